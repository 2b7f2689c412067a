//! docs/VALIDATION.md: a section for each scenario and a summary, kept as they come out.

use super::check::Outcome;
use super::entries::{CORE, Coverage};
use scenarios::results::Results;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Seek, Write as _};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/VALIDATION.md");

/// Digits of a figure that are shown: few, so that they are the same on every machine.
const DIGITS: i32 = 4;

/// Shows that a check holds, in the last column of a section.
const WITHIN: &str = "within";

/// Asserts that the page says of a scenario what came out, or writes it anew with `UPDATE`.
pub(crate) fn keep(results: &Results, outcomes: &[Outcome]) {
    let name = &results.identity.scenario;
    let section = section(results, outcomes);
    if std::env::var_os("UPDATE").is_some() {
        rewrite(|sections| {
            sections.insert(name.clone(), section.clone());
        });
    }
    let kept = sections(&read()).remove(name).unwrap_or_default();
    assert!(
        kept == section,
        "docs/VALIDATION.md is out of date: `UPDATE=1 cargo test --test suite theory` writes it anew\n\
         --- it says\n{kept}\n--- and is\n{section}"
    );
}

/// Asserts that the page has sections of these scenarios and no others, and that its summary is
/// theirs. With `UPDATE`, sections of other scenarios go.
pub(crate) fn keep_whole(scenarios: &[&str]) {
    if std::env::var_os("UPDATE").is_some() {
        rewrite(|sections| sections.retain(|name, _| scenarios.contains(&name.as_str())));
        return; // Sections of tests that run beside this one may be missing yet.
    }
    let page = read();
    let sections = sections(&page);
    let names: Vec<&str> = sections.keys().map(String::as_str).collect();
    assert_eq!(names, scenarios, "sections of docs/VALIDATION.md");
    assert_eq!(marked(&page, "summary"), summary(&sections));
}

fn read() -> String {
    std::fs::read_to_string(PATH).expect("docs/VALIDATION.md is there")
}

/// Changes the sections of the page, and the summary with them. Tests run beside each other: the
/// file is locked meanwhile.
fn rewrite(change: impl FnOnce(&mut BTreeMap<String, String>)) {
    let mut file = File::options()
        .read(true)
        .write(true)
        .open(PATH)
        .expect("the page is there");
    file.lock().expect("the page can be locked");
    let mut page = String::new();
    file.read_to_string(&mut page)
        .expect("the page can be read");
    let mut sections = sections(&page);
    change(&mut sections);
    let body: String = sections.values().map(String::as_str).collect();
    for (mark, text) in [("summary", summary(&sections)), ("sections", body)] {
        let (before, after) = around(&page, mark);
        page = format!("{before}{text}{after}");
    }
    file.set_len(0).expect("the page can be written");
    file.rewind().expect("the page can be written");
    file.write_all(page.as_bytes())
        .expect("the page can be written");
}

/// What stands before the text between two marks, the first mark included, and what after it.
fn around<'p>(page: &'p str, mark: &str) -> (&'p str, &'p str) {
    let (from, to) = (
        format!("<!-- {mark} -->\n"),
        format!("<!-- end of {mark} -->"),
    );
    let begin = page.find(&from).expect("the page has its marks") + from.len();
    let end = page.find(&to).expect("the page has its marks");
    (&page[..begin], &page[end..])
}

fn marked<'p>(page: &'p str, mark: &str) -> &'p str {
    let (before, after) = around(page, mark);
    &page[before.len()..page.len() - after.len()]
}

/// The sections by the scenarios' names, each with its heading.
fn sections(page: &str) -> BTreeMap<String, String> {
    let named = |section: &str| {
        let name = section.lines().next().unwrap_or_default().to_owned();
        (name, format!("### {section}"))
    };
    marked(page, "sections")
        .split("### ")
        .skip(1)
        .map(named)
        .collect()
}

fn section(results: &Results, outcomes: &[Outcome]) -> String {
    let identity = &results.identity;
    let measured = identity.duration - identity.warm_up;
    let mut text = format!(
        "### {name}\n\n{summary} [File](../tests/theory/{name}.yaml), {runs} runs of {measured} s \
         after {warm_up} s, seed {seed}.\n\n\
         | id | setup | metric | expected | measured | 95 % interval | tolerance | verdict |\n\
         |---|---|---|--:|--:|--:|--:|---|\n",
        name = identity.scenario,
        summary = identity.summary,
        runs = identity.runs,
        warm_up = identity.warm_up,
        seed = identity.seed,
    );
    for outcome in outcomes {
        writeln!(text, "{}", row(outcome)).expect("strings take all");
    }
    let mut sources: Vec<&str> = outcomes.iter().map(|o| o.check.source).collect();
    sources.dedup();
    format!("{text}\n{}.\n\n", sources.join(". "))
}

fn row(outcome: &Outcome) -> String {
    let check = &outcome.check;
    let setup = if outcome.setup.is_empty() {
        "as it stands"
    } else {
        &outcome.setup
    };
    let (low, high) = outcome.interval;
    let verdict = if outcome.is_within() {
        WITHIN
    } else {
        "MISSED"
    };
    format!(
        "| {} | {setup} | `{}` | {} | {} | {} to {} | {} | {verdict}{} |",
        check.id,
        check.metric,
        figure(check.expected),
        figure(outcome.measured),
        figure(low),
        figure(high),
        figure(outcome.tolerance()),
        outcome
            .deviation()
            .map_or(String::new(), |errors| format!(", {errors:+.1} SE")),
    )
}

/// A number of few digits: `0.03463`, `560.2`, `1e-9`.
fn figure(value: f64) -> String {
    if value.is_nan() {
        return "-".into();
    }
    let magnitude = libm::floor(libm::log10(value.abs()));
    if magnitude < -7.0 {
        return if value.abs() < 1e-15 {
            "0".into()
        } else {
            format!("{value:.0e}")
        };
    }
    let decimals = (DIGITS - 1 - magnitude as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A row of a section, as the summary counts it.
struct Row<'s> {
    scenario: &'s str,
    ids: &'s str,
    metric: &'s str,
    is_within: bool,
    deviation: Option<f64>,
}

fn rows(sections: &BTreeMap<String, String>) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for (scenario, section) in sections {
        for line in section
            .lines()
            .filter(|line| line.starts_with("| "))
            .skip(1)
        {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [ids, _, metric, .., verdict] = cells[..] else {
                continue;
            };
            let (word, errors) = verdict.split_once(", ").unwrap_or((verdict, ""));
            let is_within = word == WITHIN;
            let deviation = errors.trim_end_matches(" SE").parse().ok();
            rows.push(Row {
                scenario,
                ids,
                metric,
                is_within,
                deviation,
            });
        }
    }
    rows
}

fn summary(sections: &BTreeMap<String, String>) -> String {
    let rows = rows(sections);
    let within = rows.iter().filter(|row| row.is_within).count();
    let with_errors: Vec<(f64, &Row)> = rows
        .iter()
        .filter_map(|row| Some((row.deviation?, row)))
        .collect();
    let squares: f64 = with_errors.iter().map(|(errors, _)| errors * errors).sum();
    let largest = with_errors
        .iter()
        .max_by(|(a, _), (b, _)| a.abs().total_cmp(&b.abs()));
    let mut text = format!(
        "**{} checks in {} scenarios: {within} within their tolerance.** {} of them are left to chance: \
         their root mean square deviation is {:.2} standard errors",
        rows.len(),
        sections.len(),
        with_errors.len(),
        (squares / with_errors.len().max(1) as f64).sqrt(),
    );
    if let Some((errors, row)) = largest {
        write!(
            text,
            ", the largest {errors:+.1} ({}, {} of [{}](#{})).",
            row.ids, row.metric, row.scenario, row.scenario
        )
        .expect("strings take all");
    }
    format!("{text}\n\n{}", coverage(&rows))
}

/// The entries of the core, and where each is checked.
fn coverage(rows: &[Row]) -> String {
    let of = |is: fn(&Coverage) -> bool| CORE.iter().filter(|(_, _, c)| is(c)).count();
    let mut text = format!(
        "Of {} core entries, {} are checked as a whole and {} in part; {} need models that do not exist \
         yet.\n\n| id | what is known | where it is checked, or what is missing |\n|---|---|---|\n",
        CORE.len(),
        of(|c| *c == Coverage::Whole),
        of(|c| matches!(c, Coverage::But(_))),
        of(|c| matches!(c, Coverage::Lacks(_))),
    );
    for (id, what, coverage) in CORE {
        let mut places: Vec<String> = rows
            .iter()
            .filter(|row| row.ids.split(", ").any(|other| other == *id))
            .map(|row| format!("[{0}](#{0})", row.scenario))
            .collect();
        places.dedup();
        let places = places.join(", ");
        let where_or_what = match coverage {
            Coverage::Whole => places,
            Coverage::But(missing) if places.is_empty() => format!("without {missing}"),
            Coverage::But(missing) => format!("{places}; without {missing}"),
            Coverage::Lacks(model) => format!("**not yet**, for want of {model}"),
        };
        writeln!(text, "| {id} | {what} | {where_or_what} |").expect("strings take all");
    }
    text
}
