//! Warnings: what a reader must know before believing the figures, a sentence each.

use super::BASELINE;
use super::assemble::Finished;
use super::record::Record;
use crate::results::{Column, Variant};
use crate::schema::{Arrivals, Node};
use crate::statistics::is_correlated;
use crate::warm_up::{self, WarmUp};
use std::collections::BTreeMap;

/// Above this utilisation waits grow without measure, and so do their differences between runs.
const BUSY: f64 = 0.95;

/// A sentence names so many variants.
const NAMED: usize = 3;

/// All warnings, in order of the alphabet. `cells` and `variants` are of the same order.
pub(super) fn warnings(
    cells: &[Finished],
    variants: &[Variant],
    columns: &[Column],
    kept: u32,
) -> Vec<String> {
    if kept == 0 {
        return vec!["No run was finished.".to_owned()];
    }
    let mut warnings = Grouped::default();
    let is_cut = variants.iter().any(|variant| !variant.batches.is_empty());
    let mut all: Vec<String> = Vec::new();
    if kept == 1 && !is_cut {
        all.push("One run has no interval: use more runs to compare.".to_owned());
    }
    for (finished, variant) in cells.iter().zip(variants) {
        let name = variant.title();
        before_the_trigger(finished, kept, &name, &mut all);
        warnings.extend(&name, warm_up(finished));
        warnings.extend(&name, too_few_samples(variant, columns));
        warnings.extend(&name, correlated(variant, columns));
        if variant.name == BASELINE {
            all.extend(busy(variant, &name));
        }
    }
    all.extend(warnings.sentences());
    all.sort();
    all.dedup();
    all
}

/// Sentences, and the variants of which each is true.
#[derive(Default)]
struct Grouped(BTreeMap<String, Vec<String>>);

impl Grouped {
    fn extend(&mut self, name: &str, sentences: impl IntoIterator<Item = String>) {
        for sentence in sentences {
            self.0.entry(sentence).or_default().push(name.to_owned());
        }
    }

    fn sentences(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|(sentence, names)| {
            let more = names.len().saturating_sub(NAMED);
            let mut named = names[..names.len() - more].join(", ");
            if 0 < more {
                named += &format!(" and {more} more");
            }
            format!("{named}: {sentence}")
        })
    }
}

/// What the verdict on recovery found wrong with the time before the trigger.
fn before_the_trigger(finished: &Finished, kept: u32, name: &str, warnings: &mut Vec<String>) {
    let judgements = || finished.records.iter().map(|record| &record.judgement);
    let overloaded = judgements()
        .filter(|judgement| judgement.overloaded_before)
        .count();
    if 0 < overloaded {
        warnings.push(format!(
            "{name} was overloaded before the trigger in {overloaded} of {kept} runs: its baseline \
             is no healthy system."
        ));
    }
    let noted = judgements().filter_map(|judgement| judgement.warning.as_ref());
    warnings.extend(noted.map(|warning| format!("{name}: {warning}")));
}

/// Whether the number in flight before the first fault, on average over runs, becomes steady only
/// after the warm-up. A load that is meant to vary says nothing about it.
fn warm_up(finished: &Finished) -> Option<String> {
    let built = &finished.cell.built;
    let is_varying = |node: &Node| match node {
        Node::Clients(clients) => {
            matches!(
                clients.arrivals,
                Arrivals::Piecewise(_) | Arrivals::Replay(_)
            )
        }
        _ => false,
    };
    if built.scenario.nodes.values().any(is_varying) {
        return None;
    }
    let calibration = &built.plan.calibration;
    let first_fault = built.faults.iter().map(|fault| fault.from);
    let until = first_fault.fold(calibration.until.as_seconds(), f64::min);
    let window = calibration.window.as_seconds();
    let windows = (until / window + 1e-9).floor() as usize;
    let series = ensemble(&finished.records, windows);
    let warm_up = (calibration.from.as_seconds() / window - 1e-9).ceil() as usize;
    match warm_up::judge(&series, warm_up) {
        WarmUp::Enough => None,
        WarmUp::Short(windows) => Some(format!(
            "the warm-up is too short: the number in flight is steady from {:.0} s on (MSER-5).",
            windows as f64 * window
        )),
        WarmUp::NeverSteady => Some(
            "the number in flight is not steady before the second half of the time without faults \
             (MSER-5): the run is too short, or the system has no steady state."
                .to_owned(),
        ),
    }
}

/// The mean number in flight over runs, window by window.
fn ensemble(records: &[Record], windows: usize) -> Vec<f64> {
    let at = |index: usize| {
        let values = records
            .iter()
            .map(|record| record.in_flight.get(index).copied());
        // Windows beyond the last in which something was under way are left out of a series.
        values.map(|value| value.unwrap_or(0.0)).sum::<f64>() / records.len().max(1) as f64
    };
    (0..windows).map(at).collect()
}

/// Columns without a value, which is for want of samples: unknown metrics are refused.
fn too_few_samples(variant: &Variant, columns: &[Column]) -> Option<String> {
    let missing = variant.cells.iter().zip(columns);
    let missing = missing.filter(|(cell, _)| cell.value.is_none());
    let labels: Vec<&str> = missing.map(|(_, column)| column.label.as_str()).collect();
    let labels = labels.join(", ");
    (!labels.is_empty()).then(|| format!("too few samples for {labels}, or none."))
}

/// The column whose batches depend on each other, where intervals are narrower than they should be.
fn correlated(variant: &Variant, columns: &[Column]) -> Option<String> {
    if variant.batches.is_empty() {
        return None;
    }
    let is_correlated = |column: &&Column| {
        let batches: Vec<f64> = variant
            .samples(&column.metric)
            .into_iter()
            .flatten()
            .collect();
        is_correlated(&batches)
    };
    let labels: Vec<&str> = columns
        .iter()
        .filter(is_correlated)
        .map(|column| column.label.as_str())
        .collect();
    (!labels.is_empty()).then(|| {
        format!(
            "batches are too short, each tells of the next (von Neumann's ratio): intervals of {} \
             are too narrow; use fewer batches or a longer run.",
            labels.join(", ")
        )
    })
}

/// Nodes that hardly ever rest.
fn busy(variant: &Variant, name: &str) -> Vec<String> {
    let busy = variant.nodes.iter().filter_map(|node| {
        let utilisation = node.utilisation.filter(|share| BUSY <= *share)?;
        Some(format!(
            "{} of {name} is busy {:.0} % of the time: near saturation waits differ widely from \
             run to run, and small errors of a parameter matter.",
            node.name,
            100.0 * utilisation
        ))
    });
    busy.collect()
}
