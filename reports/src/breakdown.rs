//! Where the time went, in words: rows for tables, and phrases for findings.

use crate::quantity::quantity;
use scenarios::results::{Breakdown, Part, Portion, Unit};
use std::collections::BTreeSet;

/// What is smaller than this share of both the middle and the tail is pooled.
const SMALL: f64 = 0.005;

/// What the middle is called.
pub(crate) const MIDDLE: &str = "p45 to p55";
/// What the tail is called.
pub(crate) const TAIL: &str = "above p99";

/// A part of the time, in seconds; nothing where there is no such portion.
pub(crate) struct Row {
    pub(crate) node: String,
    /// The kind of wait; empty for what is pooled.
    pub(crate) kind: String,
    pub(crate) middle: Option<f64>,
    pub(crate) tail: Option<f64>,
}

/// The parts by their larger share, and what is too small for a row of its own.
pub(crate) fn rows(breakdown: &Breakdown) -> Vec<Row> {
    let portions = [&breakdown.middle, &breakdown.tail];
    let parts = portions.iter().copied().flatten().flat_map(|p| &p.parts);
    let names: BTreeSet<_> = parts
        .map(|part| (part.node.as_str(), part.kind.as_str()))
        .collect();
    let mut rows: Vec<(f64, Row)> = Vec::new();
    let mut rest = Row {
        node: "the rest".to_owned(),
        kind: String::new(),
        middle: breakdown.middle.as_ref().map(|_| 0.0),
        tail: breakdown.tail.as_ref().map(|_| 0.0),
    };
    for (node, kind) in names {
        let [middle, tail] = portions.map(|portion| Some(seconds(portion.as_ref()?, node, kind)));
        let share = |portion: &Option<Portion>, seconds: Option<f64>| {
            portion
                .as_ref()
                .zip(seconds)
                .map_or(0.0, |(p, seconds)| share(p, seconds))
        };
        let larger = share(portions[0], middle).max(share(portions[1], tail));
        if larger < SMALL {
            rest.middle = rest.middle.map(|sum| sum + middle.unwrap_or_default());
            rest.tail = rest.tail.map(|sum| sum + tail.unwrap_or_default());
            continue;
        }
        let row = Row {
            node: node.to_owned(),
            kind: kind.to_owned(),
            middle,
            tail,
        };
        rows.push((larger, row));
    }
    rows.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let is_there = |seconds: Option<f64>| seconds.is_some_and(|seconds| 0.0 < seconds);
    let rest = Some(rest).filter(|rest| is_there(rest.middle) || is_there(rest.tail));
    rows.into_iter().map(|(_, row)| row).chain(rest).collect()
}

fn seconds(portion: &Portion, node: &str, kind: &str) -> f64 {
    let parts = portion.parts.iter();
    let same = parts.filter(|part| part.node == node && part.kind == kind);
    same.map(|part| part.seconds).sum()
}

/// A part of a portion as a share of its latency.
pub(crate) fn share(portion: &Portion, seconds: f64) -> f64 {
    if 0.0 < portion.latency {
        seconds / portion.latency
    } else {
        0.0
    }
}

/// A time and its share of a portion, in words; empty where there is no portion.
pub(crate) fn figures(portion: &Option<Portion>, seconds: Option<f64>) -> [String; 2] {
    match portion.as_ref().zip(seconds) {
        Some((portion, seconds)) => [
            quantity(Some(seconds), Unit::Seconds),
            quantity(Some(share(portion, seconds)), Unit::Share),
        ],
        None => [String::new(), String::new()],
    }
}

/// Which requests the portions are, in a sentence each.
pub(crate) fn key(breakdown: &Breakdown) -> String {
    let count = |n: u64| quantity(Some(n as f64), Unit::Count);
    let portion = |name: &str, portion: &Option<Portion>| match portion {
        Some(Portion {
            requests, between, ..
        }) => {
            let [low, high] =
                [between.0, between.1].map(|seconds| quantity(Some(seconds), Unit::Seconds));
            format!("{name}: {} from {low} to {high}", count(*requests))
        }
        None => format!("{name}: too few"),
    };
    format!(
        "Of {} traced requests. {}; {}.",
        count(breakdown.traced),
        portion(MIDDLE, &breakdown.middle),
        portion(TAIL, &breakdown.tail)
    )
}

/// The largest parts of a portion in a few words: `products queue 92 %, web work 5 %`.
pub(crate) fn largest(portion: &Portion, most: usize) -> String {
    let parts = portion.parts.iter().take(most);
    let parts = parts.filter(|part| SMALL <= share(portion, part.seconds));
    let parts = parts.map(|part| {
        let share = quantity(Some(share(portion, part.seconds)), Unit::Share);
        format!("{} {} {share}", part.node, part.kind)
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What requests do in a part of their time, to follow `is`.
pub(crate) fn phrase(part: &Part) -> String {
    let node = &part.node;
    match part.kind.as_str() {
        "queue" => {
            let s = if node.ends_with('s') { "" } else { "s" };
            format!("waiting in {node}'{s} queue")
        }
        "work" => format!("work at {node}"),
        "network" => format!("on the network to {node}"),
        "backoff" => format!("backing off before another try at {node}"),
        "flight" => format!("waiting for another's fill at {node}"),
        "lock" => format!("waiting for a lock or a version at {node}"),
        "lost attempts" => format!("lost in failed attempts at {node}"),
        kind => format!("{kind} at {node}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn rows_add_up_to_the_latency_of_both_portions() {
        for variant in made_up::stampede().variants {
            let breakdown = variant.breakdown;
            let rows = rows(&breakdown);
            let sum = |of: fn(&Row) -> Option<f64>| -> f64 { rows.iter().filter_map(of).sum() };
            for (portion, sum) in [
                (&breakdown.middle, sum(|row| row.middle)),
                (&breakdown.tail, sum(|row| row.tail)),
            ] {
                let latency = portion.as_ref().expect("it is made up").latency;
                assert!((sum - latency).abs() < 1e-12, "{sum} of {latency}");
            }
        }
    }

    #[test]
    fn the_largest_comes_first_and_the_small_are_pooled() {
        let mut results = made_up::stampede();
        let breakdown = &mut results.variants[0].breakdown;
        let tail = breakdown.tail.as_mut().expect("it is made up");
        tail.parts.push(Part {
            node: "web".to_owned(),
            kind: "queue".to_owned(),
            seconds: 0.001,
        });
        tail.latency += 0.001;
        let rows = rows(breakdown);
        assert_eq!(
            (rows[0].node.as_str(), rows[0].kind.as_str()),
            ("products", "queue")
        );
        let last = rows.last().expect("there are rows");
        assert_eq!(last.node, "the rest");
        assert_eq!(last.middle, Some(0.0));
    }

    #[test]
    fn a_portion_that_is_missing_leaves_its_figures_empty() {
        let mut breakdown = made_up::stampede().variants[0].breakdown.clone();
        breakdown.tail = None;
        let rows = rows(&breakdown);
        assert!(rows.iter().all(|row| row.tail.is_none()));
        assert_eq!(figures(&breakdown.tail, rows[0].tail), ["", ""]);
        assert!(key(&breakdown).ends_with("above p99: too few."));
    }
}
