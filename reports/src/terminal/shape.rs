//! The shape of a run in block characters: the latency histogram and what happened over time.

use super::page::{NARROWEST, bars, columns, cut, paragraph};
use crate::quantity::{duration, quantity};
use crate::spark::{Fold, folded, sparkline, windows_per_slot};
use hdrhistogram::Histogram;
use scenarios::results::{FaultSpan, Results, Timeline, Unit, Variant};

/// A histogram has at most so many rows.
const ROWS: usize = 12;

/// Steps within a decade in tenths, from fine to coarse.
const STEPS: [&[u64]; 5] = [
    &[10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82],
    &[10, 15, 20, 30, 50, 70],
    &[10, 20, 50],
    &[10, 30],
    &[10],
];

/// Latencies on logarithmic bins, the finest that give at most twelve rows; empty without any.
pub(crate) fn histogram(latency: &Histogram<u64>, width: usize) -> String {
    if latency.is_empty() {
        return String::new();
    }
    let edges = edges(latency.min(), latency.max());
    let seconds = |nanoseconds: u64| quantity(Some(nanoseconds as f64 / 1e9), Unit::Seconds);
    let total = latency.len() as f64;
    let bins: Vec<(u64, f64)> = edges
        .windows(2)
        .map(|edge| {
            // An answer in no time at all belongs into the first row.
            let from = if edge[0] == edges[0] { 0 } else { edge[0] };
            (
                edge[0],
                latency.count_between(from, edge[1] - 1) as f64 / total,
            )
        })
        .collect();
    let top = bins
        .iter()
        .fold(0.0, |top: f64, (_, share)| top.max(*share));
    let row = |&(from, share): &(u64, f64)| {
        (
            format!("  {}", seconds(from)),
            vec![quantity(Some(share), Unit::Share)],
            share / top,
        )
    };
    let rows: Vec<_> = bins.iter().map(row).collect();
    paragraph(
        "Latency of answered requests: each row from its value up to the next",
        width,
    ) + &bars(&rows, width)
}

/// Round edges of which the first is at most `low` and the last is above `high`.
fn edges(low: u64, high: u64) -> Vec<u64> {
    let scales = STEPS.iter().map(|steps| {
        let decades = (1..19).map(|exponent| 10u64.pow(exponent));
        let all: Vec<u64> = decades
            .flat_map(|d| steps.iter().map(move |s| d / 10 * s))
            .collect();
        let first = all.partition_point(|edge| *edge <= low).saturating_sub(1);
        let last = all.partition_point(|edge| *edge <= high).min(all.len() - 1);
        all[first..=last].to_vec()
    });
    let mut scales = scales.collect::<Vec<_>>();
    let fits = scales.iter().position(|edges| edges.len() <= ROWS + 1);
    scales.swap_remove(fits.unwrap_or(STEPS.len() - 1))
}

/// A line over time.
struct Line {
    label: String,
    series: Vec<Option<f64>>,
    fold: Fold,
    unit: Unit,
}

/// Goodput, p99 and the load and queue of the busiest node as sparklines under the faults.
pub(crate) fn timeline(results: &Results, variant: &Variant, width: usize) -> String {
    let timeline = &variant.timeline;
    let lines = lines(variant);
    let windows = timeline.offered.len();
    if windows == 0 || timeline.window <= 0.0 {
        return String::new();
    }
    let labels = lines.iter().map(|line| columns(&line.label));
    let faults = results.faults.iter().map(|fault| columns(&fault.name));
    let label = labels.chain(faults).max().unwrap_or(0).min(24);
    // Behind each line stands ` max 999 k/s`; before its label, two spaces.
    let room = width.max(NARROWEST).saturating_sub(label + 18).max(8);
    let slot = windows_per_slot(windows, room) as f64 * timeline.window;
    let end = duration(windows as f64 * timeline.window);
    let heading = format!("Over time, 0 s to {end}, {} each character", duration(slot));
    let mut text = paragraph(&heading, width);
    for fault in &results.faults {
        let marks = marks(
            fault,
            slot,
            windows.div_ceil(windows_per_slot(windows, room)),
        );
        text += format!("  {} {marks}", cut(&fault.name, label)).trim_end();
        text += "\n";
    }
    for line in &lines {
        let spark = sparkline(&folded(&line.series, room, line.fold));
        let top = line.series.iter().flatten().copied().reduce(f64::max);
        let top = quantity(top, line.unit);
        text += &format!("  {} {spark} max {top}\n", cut(&line.label, label));
    }
    text
}

fn lines(variant: &Variant) -> Vec<Line> {
    let timeline = &variant.timeline;
    let known = |series: &[f64]| series.iter().map(|value| Some(*value)).collect::<Vec<_>>();
    let mean = |label: String, series, unit| Line {
        label,
        series,
        fold: Fold::Mean,
        unit,
    };
    let p99 = timeline.p99.clone();
    let mut lines = vec![
        mean(
            "offered".to_owned(),
            known(&timeline.offered),
            Unit::PerSecond,
        ),
        mean(
            "goodput".to_owned(),
            known(&timeline.goodput),
            Unit::PerSecond,
        ),
        Line {
            label: "p99".to_owned(),
            series: p99,
            fold: Fold::Peak,
            unit: Unit::Seconds,
        },
    ];
    if let Some(node) = busiest(variant) {
        let load = total(timeline, node);
        let depth = timeline
            .depth
            .get(node)
            .map(|depth| known(depth))
            .unwrap_or_default();
        lines.push(mean(format!("{node} load"), known(&load), Unit::PerSecond));
        lines.push(mean(format!("{node} queue"), depth, Unit::Count));
    }
    lines.retain(|line| !line.series.is_empty());
    lines
}

/// The node that serves with the largest share of its places taken, then the longest queue.
fn busiest(variant: &Variant) -> Option<&str> {
    let serving = variant.nodes.iter().filter(|node| node.kind != "clients");
    let busy = |utilisation: Option<f64>| utilisation.unwrap_or(0.0);
    let busiest = serving.max_by(|a, b| {
        busy(a.utilisation)
            .total_cmp(&busy(b.utilisation))
            .then(a.queue.total_cmp(&b.queue))
    });
    busiest.map(|node| node.name.as_str())
}

/// The load of a node over all causes.
fn total(timeline: &Timeline, node: &str) -> Vec<f64> {
    let mut total = vec![];
    for series in timeline
        .load
        .get(node)
        .into_iter()
        .flat_map(|causes| causes.values())
    {
        total.resize(total.len().max(series.len()), 0.0);
        for (sum, value) in total.iter_mut().zip(series) {
            *sum += value;
        }
    }
    total
}

/// Marks the slots in which a fault holds.
fn marks(fault: &FaultSpan, slot: f64, slots: usize) -> String {
    let mark = |i: usize| {
        let (from, to) = (i as f64 * slot, (i + 1) as f64 * slot);
        let begins_here = from <= fault.from && fault.from < to;
        let holds = fault.from < to && (fault.stays || from < fault.to);
        if begins_here || holds { '▼' } else { ' ' }
    };
    (0..slots).map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_round_few_and_enclose_all() {
        for (low, high) in [
            (1, 1),
            (2_000_000, 2_100_000),
            (250_000, 2_100_000_000),
            (1, 1 << 59),
        ] {
            let edges = edges(low, high);
            assert!(edges.len() <= 20, "{edges:?}");
            assert!(
                high < *edges.last().unwrap() && edges.is_sorted(),
                "{edges:?}"
            );
            assert!(edges[0] <= low.max(10), "{edges:?}");
        }
        let shown = edges(250_000, 2_100_000_000);
        assert_eq!(shown[..3], [100_000, 300_000, 1_000_000]);
    }

    #[test]
    fn a_fault_is_marked_where_it_holds() {
        let mut fault = FaultSpan {
            name: "slow".to_owned(),
            from: 3.0,
            to: 6.0,
            trigger: true,
            stays: false,
        };
        assert_eq!(marks(&fault, 2.0, 5), " ▼▼  ");
        fault.to = 3.0;
        assert_eq!(marks(&fault, 2.0, 5), " ▼   ");
        fault.stays = true;
        assert_eq!(marks(&fault, 2.0, 5), " ▼▼▼▼");
    }
}
