//! Findings in words, computed from the data: a difference is told only when its interval leaves
//! out zero.

use super::words;
use crate::quantity;
use scenarios::results::{Cell, Column, Recovery, Results, Unit, Variant};

/// Variants about which the same is said.
type Group<'a> = (Vec<&'a str>, String);

/// What a column says of the variants against the baseline, one clause each for those that lower
/// it, those that raise it, and those that do neither.
pub(super) fn differences(results: &Results, column: usize) -> Vec<String> {
    let Some((baseline, variants)) = results.variants.split_first() else {
        return Vec::new();
    };
    let Some(about) = results.columns.get(column) else {
        return Vec::new();
    };
    let (label, unit) = (&about.label, about.unit);
    let cell = |variant: &Variant| variant.cells.get(column).cloned();
    let Some(before) = cell(baseline).and_then(|cell| cell.value) else {
        return vec![format!("too few samples for {label} in the baseline")];
    };
    let before = words::value(before, unit);
    let cells = variants
        .iter()
        .filter_map(|variant| Some((variant.name.as_str(), cell(variant)?)));
    let mut seen: Vec<(&str, Cell)> = Vec::new();
    let (mut unseen, mut unknown) = (Vec::new(), Vec::new());
    for (name, cell) in cells {
        match &cell.difference {
            Some(difference) if difference.is_seen() => seen.push((name, cell)),
            Some(_) => unseen.push(name),
            None => unknown.push((name, cell)),
        }
    }
    seen.sort_by(|(_, a), (_, b)| size(b).total_cmp(&size(a)));
    let (lower, higher): (Vec<_>, Vec<_>) = seen
        .into_iter()
        .partition(|(_, cell)| cell.difference.as_ref().is_some_and(|d| d.mean < 0.0));
    let mut clauses: Vec<String> = [(lower, ["cuts", "cut"]), (higher, ["raises", "raise"])]
        .into_iter()
        .filter(|(cells, _)| !cells.is_empty())
        .map(|(cells, verbs)| moved(&cells, verbs, about, &before))
        .collect();
    if !unseen.is_empty() {
        let what = if clauses.is_empty() {
            format!(" in {label}")
        } else {
            String::new()
        };
        clauses.push(format!(
            "no difference seen{what} for {}",
            words::list(&unseen)
        ));
    }
    if clauses.is_empty() {
        clauses.push(plainly(label, &before, &unknown, unit));
    }
    clauses
}

/// Says what is there without calling it a difference.
fn plainly(label: &str, before: &str, others: &[(&str, Cell)], unit: Unit) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for (name, cell) in others {
        if let Some(value) = cell.value {
            put(&mut groups, name, words::value(value, unit));
        }
    }
    let others = groups
        .iter()
        .map(|(names, value)| format!(", {value} with {}", words::list(names)));
    format!(
        "{label} is {before} in the baseline{}",
        others.collect::<String>()
    )
}

fn moved(cells: &[(&str, Cell)], [one, many]: [&str; 2], about: &Column, before: &str) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for (name, cell) in cells {
        let after = cell.value.map(|value| words::value(value, about.unit));
        let change = cell
            .difference
            .as_ref()
            .map(|d| quantity::difference(d, about.unit));
        let how = match (after, change) {
            (Some(after), _) if after != before => format!("to {after}"),
            (_, Some(change)) => format!("by {}", change.trim_start_matches(['+', '-'])),
            (_, None) => continue,
        };
        put(&mut groups, name, how);
    }
    let mut text = String::new();
    for (index, (names, how)) in groups.iter().take(3).enumerate() {
        let names = words::list(names);
        if index == 0 {
            let verb = if groups[0].0.len() == 1 { one } else { many };
            let from = if how.starts_with("to") {
                format!(" from {before}")
            } else {
                String::new()
            };
            text = format!("{names} {verb} {}{from} {how}", about.label);
        } else {
            text.push_str(&format!(", {names} {how}"));
        }
    }
    text
}

fn size(cell: &Cell) -> f64 {
    cell.difference
        .as_ref()
        .map_or(0.0, |difference| difference.mean.abs())
}

/// What the verdicts on recovery say, one clause for each verdict.
pub(super) fn recoveries(results: &Results) -> Vec<String> {
    let mut groups: Vec<Group> = Vec::new();
    for variant in &results.variants {
        if let Some(verdict) = verdict(&variant.recovery) {
            put(&mut groups, &variant.name, verdict);
        }
    }
    let clause = |(names, verdict): &Group| {
        let (one, many) = verdict.split_once('|').unwrap_or((verdict, verdict));
        format!(
            "{} {}",
            words::list(names),
            if names.len() == 1 { one } else { many }
        )
    };
    groups.iter().map(clause).collect()
}

/// The verdict as a verb for one, a stroke, and the verb for several.
fn verdict(recovery: &Recovery) -> Option<String> {
    let Recovery {
        judged,
        recovered,
        stuck,
        oscillating,
        time,
        ..
    } = recovery;
    match judged {
        0 => None,
        _ if recovered == judged => match time.unwrap_or_default() {
            time if time < 1.0 => Some("recovers at once|recover at once".to_owned()),
            time => {
                let time = words::value(time, Unit::Seconds);
                Some(format!("recovers in {time}|recover in {time}"))
            }
        },
        _ if 0 < *recovered => {
            let share = format!("in {recovered} of {judged} runs");
            Some(format!("recovers {share}|recover {share}"))
        }
        _ if stuck == judged => Some("never recovers|never recover".to_owned()),
        _ if oscillating == judged => Some("oscillates|oscillate".to_owned()),
        _ => Some("does not recover fully|do not recover fully".to_owned()),
    }
}

/// The column with this metric, or with this label.
pub(super) fn column(results: &Results, metric: &str) -> Option<usize> {
    let is = |column: &Column| column.metric == metric || column.label == metric;
    results.columns.iter().position(is)
}

/// Whether a variant is to be told apart from the baseline: one of the columns shows a difference,
/// or none of them could.
pub(super) fn is_told(results: &Results, variant: usize, metrics: &[&str]) -> bool {
    let cells = metrics.iter().filter_map(|metric| {
        results.variants[variant]
            .cells
            .get(column(results, metric)?)
    });
    let mut differences = cells.filter_map(|cell| cell.difference.as_ref()).peekable();
    differences.peek().is_none() || differences.any(|difference| difference.is_seen())
}

/// Adds a name to those of which the same is said.
pub(super) fn put<'a>(groups: &mut Vec<Group<'a>>, name: &'a str, text: String) {
    match groups.iter_mut().find(|(_, other)| *other == text) {
        Some((names, _)) => names.push(name),
        None => groups.push((vec![name], text)),
    }
}

/// Begins the first clause with a capital letter, when it begins with an ordinary word.
pub(super) fn capitalised(mut clauses: Vec<String>) -> Vec<String> {
    for word in [
        "baseline",
        "no difference",
        "too few",
        "goodput is",
        "every answer",
    ] {
        if let Some(first) = clauses.first_mut().filter(|first| first.starts_with(word)) {
            first.replace_range(..1, &word[..1].to_uppercase());
        }
    }
    clauses
}
