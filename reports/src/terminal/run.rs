//! One variant in depth: latency beside goodput, how requests ended, what happened over time.

use super::page::{Grid, bars, paragraph};
use super::{nodes, shape};
use crate::certainty::{time_to_recover, verdicts};
use crate::quantity::{duration, quantity};
use crate::{breakdown, histogram, wording};
use hdrhistogram::Histogram;
use scenarios::results::{Breakdown, Ends, Portion, Results, Unit, Variant};

/// Shows the first variant, on a page of `width` columns (at least 60).
pub fn run(results: &Results, width: usize) -> String {
    let identity = &results.identity;
    let mut page = paragraph(
        &format!("{}: {}", identity.scenario, identity.summary),
        width,
    );
    page += &paragraph(&wording::study(results), width);
    let Some(variant) = results.variants.first() else {
        return page + "\n" + &super::nothing_finished(results, width);
    };
    if !variant.summary.is_empty() {
        page += &paragraph(&format!("{}: {}", variant.title(), variant.summary), width);
    }
    let sections = [
        latency(results, variant, width),
        recovery(variant, width),
        ends(variant, width),
        shape::histogram(&histogram::decode_or_empty(&variant.latency), width),
        shape::timeline(results, variant, width),
        nodes::table(variant, width),
        time(variant, width),
    ];
    for section in sections.iter().filter(|section| !section.is_empty()) {
        page += "\n";
        page += section;
    }
    page + &super::precision(results, width) + &super::ending(results, width)
}

fn latency(results: &Results, variant: &Variant, width: usize) -> String {
    let (headings, answered) = summary_of(&histogram::decode_or_empty(&variant.latency));
    let headings = ["goodput"].into_iter().chain(headings).chain(["recovers"]);
    let mut grid = Grid::new(headings.map(str::to_owned)).repeating_first();
    let mut row = |label: &str, goodput: String, figures: [String; 5], recovers: String| {
        grid.row(
            label,
            std::iter::once(goodput).chain(figures).chain([recovers]),
        );
    };
    let goodput = quantity(goodput(&variant.ends), Unit::Share);
    row(
        "answered",
        goodput,
        answered,
        wording::recovery(&variant.recovery),
    );
    if variant.ends.failed.values().any(|n| 0 < *n) || 0 < variant.ends.gave_up {
        let (_, failed) = summary_of(&histogram::decode_or_empty(&variant.time_to_failure));
        row("until failure", String::new(), failed, String::new());
    }
    let within = duration(results.good_within);
    let key = format!(
        "goodput: share answered within {within}. Latency counts from the intended arrival; a \
         quantile with fewer than 10 samples beyond it is \"-\"."
    );
    grid.render(width) + &paragraph(&key, width)
}

/// The quantiles and the mean of a histogram of latencies: what they are called, and as text.
pub(crate) fn summary_of(histogram: &Histogram<u64>) -> ([&'static str; 5], [String; 5]) {
    let quantile = |q| histogram::quantile(histogram, q);
    let figures = [
        ("p50", quantile(0.5)),
        ("p90", quantile(0.9)),
        ("p99", quantile(0.99)),
        ("p99.9", quantile(0.999)),
        ("mean", histogram::mean(histogram)),
    ];
    let labels = figures.map(|(label, _)| label);
    (
        labels,
        figures.map(|(_, seconds)| quantity(seconds, Unit::Seconds)),
    )
}

/// The verdicts of all runs as probabilities.
fn recovery(variant: &Variant, width: usize) -> String {
    let verdicts = verdicts(&variant.recovery);
    if verdicts.is_empty() {
        return String::new();
    }
    let mut grid = Grid::default();
    for (name, figures) in verdicts {
        grid.row(&format!("  {name}"), figures);
    }
    let (time, interval) = time_to_recover(&variant.recovery);
    grid.row("  time to recover", [String::new(), time, interval]);
    let judged = wording::counted(variant.recovery.judged as usize, "run");
    let heading = format!("How {judged} recovered, in brackets 95 % intervals");
    paragraph(&heading, width) + &grid.render(width)
}

/// The share of requests that were answered in time; nothing without requests.
pub(crate) fn goodput(ends: &Ends) -> Option<f64> {
    (0 < ends.offered).then(|| ends.in_time as f64 / ends.offered as f64)
}

/// How requests ended, each kind with its number.
pub(crate) fn kinds_of_end(ends: &Ends) -> Vec<(String, u64)> {
    let failed = ends.failed.iter().map(|(kind, n)| (kind.clone(), *n));
    [
        ("in time".to_owned(), ends.in_time),
        ("late".to_owned(), ends.late),
    ]
    .into_iter()
    .chain(failed)
    .chain([
        ("gave up".to_owned(), ends.gave_up),
        ("undecided".to_owned(), ends.undecided),
    ])
    .collect()
}

fn ends(variant: &Variant, width: usize) -> String {
    let ends = &variant.ends;
    if ends.offered == 0 {
        return "No request was measured.\n".to_owned();
    }
    let offered = quantity(Some(ends.offered as f64), Unit::Count);
    let runs = wording::counted(variant.runs.len(), "run");
    let parts = kinds_of_end(ends).into_iter().filter(|(_, n)| 0 < *n);
    let parts: Vec<_> = parts.map(|(kind, n)| (kind, n as f64)).collect();
    paragraph(&format!("How {offered} requests ended, over {runs}"), width)
        + &parts_of(ends.offered as f64, Unit::Count, &parts, width)
}

fn time(variant: &Variant, width: usize) -> String {
    let Breakdown { middle, tail, .. } = &variant.breakdown;
    let rows = breakdown::rows(&variant.breakdown);
    if rows.is_empty() {
        return String::new();
    }
    let headings = [breakdown::MIDDLE, "share", breakdown::TAIL, "share"];
    let mut grid = Grid::new(headings.map(str::to_owned));
    let mut add = |label: &str, [one, two]: [Option<f64>; 2]| {
        let figures = [(middle, one), (tail, two)];
        grid.row(
            label,
            figures
                .map(|(p, seconds)| breakdown::figures(p, seconds))
                .concat(),
        );
    };
    let latency = |portion: &Option<Portion>| portion.as_ref().map(|portion| portion.latency);
    add("  latency", [latency(middle), latency(tail)]);
    for row in &rows {
        let label = format!("  {} {}", row.node, row.kind);
        add(label.trim_end(), [row.middle, row.tail]);
    }
    let heading = "Where the time of answered requests went, those in the middle and the slowest";
    let key = breakdown::key(&variant.breakdown);
    paragraph(heading, width) + &grid.render(width) + &paragraph(&key, width)
}

/// Parts of a whole: number, share and bar.
fn parts_of(whole: f64, unit: Unit, parts: &[(String, f64)], width: usize) -> String {
    let rows = parts.iter().map(|(label, part)| {
        let share = part / whole;
        let figures = vec![
            quantity(Some(*part), unit),
            quantity(Some(share), Unit::Share),
        ];
        (format!("  {label}"), figures, share)
    });
    bars(&rows.collect::<Vec<_>>(), width)
}
