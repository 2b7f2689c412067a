//! The table per node of a run.

use super::page::{Grid, paragraph};
use crate::quantity::quantity;
use scenarios::results::{NodeSummary, Unit, Variant};
use std::collections::BTreeMap;

const HEADINGS: [&str; 8] = [
    "arrivals",
    "in flight",
    "queue",
    "peak",
    "busy",
    "refused",
    "errors",
    "wasted",
];

const KEY: &str = "queue, peak: waiting for a place, on average and at most. busy: share of places \
                   taken. wasted: busy seconds per second that nobody waited for.";

/// What each node did, on average over runs; nothing without nodes.
pub(crate) fn table(variant: &Variant, width: usize) -> String {
    if variant.nodes.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(HEADINGS.map(str::to_owned));
    for node in &variant.nodes {
        grid.row(&node.name, figures(node));
    }
    let mut text = grid.render(width) + &paragraph(KEY, width);
    for details in variant.nodes.iter().filter_map(details) {
        text += &paragraph(&details, width);
    }
    text
}

fn figures(node: &NodeSummary) -> [String; 8] {
    let rate = |value| quantity(Some(value), Unit::PerSecond);
    let count = |value| quantity(Some(value), Unit::Count);
    [
        rate(node.arrivals),
        count(node.in_flight),
        count(node.queue),
        count(node.queue_peak),
        quantity(node.utilisation, Unit::Share),
        rate(node.refused),
        rate(node.errors.values().sum()),
        count(node.wasted),
    ]
}

/// Why calls arrived, which errors there were and what else was counted.
fn details(node: &NodeSummary) -> Option<String> {
    let parts = [
        listed("arrivals", &node.by_cause, Unit::PerSecond),
        listed("errors", &node.errors, Unit::PerSecond),
        listed("counted", &node.counters, Unit::Count),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("{} ({}): {}.", node.name, node.kind, parts.join("; ")))
}

fn listed(what: &str, figures: &BTreeMap<String, f64>, unit: Unit) -> Option<String> {
    let written = figures.iter().filter(|(_, value)| **value != 0.0);
    let written = written.map(|(name, value)| format!("{name} {}", quantity(Some(*value), unit)));
    let written: Vec<_> = written.collect();
    (!written.is_empty()).then(|| format!("{what}: {}", written.join(", ")))
}
