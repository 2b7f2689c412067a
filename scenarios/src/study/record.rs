//! Records: what one run leaves behind for the study, and what a variant's runs leave together.

use super::batches::batches;
use super::metrics::{
    add_histogram, empty_histogram, latency_of, metrics, sum_of_windows, time_to_failure_of,
};
use crate::build::Built;
use crate::results::{Ends, FaultSpan, Run, Timeline};
use crate::statistics::{mean, quantile_or_none};
use crate::verdict::{Judgement, Series, judge};
use hdrhistogram::Histogram;
use models::{Breakdown, Cause, ClientMeters, Failure, Outcomes};
use std::collections::BTreeMap;

/// What one run leaves behind, its histograms apart.
pub(super) struct Record {
    pub(super) run: Run,
    pub(super) judgement: Judgement,
    pub(super) ends: Ends,
    /// With batch means: the metrics of each batch.
    pub(super) batches: Vec<BTreeMap<String, f64>>,
    /// How many requests were under way on average, by window.
    pub(super) in_flight: Vec<f64>,
    series: RunSeries,
}

/// What happened over time in one run.
struct RunSeries {
    offered: Vec<u64>,
    in_time: Vec<u64>,
    load: BTreeMap<String, BTreeMap<&'static str, Vec<u64>>>,
    depth: BTreeMap<String, Vec<f64>>,
}

/// The histograms and traces of all runs of a variant. They hold counts, so it does not matter in which
/// order runs are added.
pub(super) struct Pooled {
    pub(super) latency: Histogram<u64>,
    pub(super) time_to_failure: Histogram<u64>,
    pub(super) breakdown: Breakdown,
    windows: Vec<Histogram<u64>>,
}

impl Default for Pooled {
    fn default() -> Self {
        Pooled {
            latency: empty_histogram(),
            time_to_failure: empty_histogram(),
            breakdown: Breakdown::default(),
            windows: Vec::new(),
        }
    }
}

impl Pooled {
    /// The histograms of one run.
    pub(super) fn of(outcomes: &Outcomes) -> Pooled {
        let mut pooled = Pooled {
            latency: latency_of(&outcomes.nodes),
            time_to_failure: time_to_failure_of(&outcomes.nodes),
            breakdown: Breakdown::default(),
            windows: Vec::new(),
        };
        for clients in clients(outcomes) {
            pooled.breakdown.merge(&clients.breakdown.borrow());
            for (index, window) in clients.windows.borrow().iter().enumerate() {
                window.latency.add_to(pooled.window(index));
            }
        }
        pooled
    }

    /// Adds those of other runs.
    pub(super) fn merge(&mut self, more: &Pooled) {
        add_histogram(&mut self.latency, &more.latency);
        add_histogram(&mut self.time_to_failure, &more.time_to_failure);
        self.breakdown.merge(&more.breakdown);
        for (index, window) in more.windows.iter().enumerate() {
            add_histogram(self.window(index), window);
        }
    }

    fn window(&mut self, index: usize) -> &mut Histogram<u64> {
        if self.windows.len() <= index {
            let empty = || Histogram::new(2).expect("2 digits are in range");
            self.windows.resize_with(index + 1, empty);
        }
        &mut self.windows[index]
    }
}

fn clients(outcomes: &Outcomes) -> impl Iterator<Item = &ClientMeters> {
    outcomes
        .nodes
        .iter()
        .filter_map(|node| node.clients.as_ref())
}

/// What a run leaves behind.
pub(super) fn record(built: &Built, outcomes: &Outcomes) -> Record {
    let series = series(built, outcomes);
    let judged = Series {
        window: built.plan.calibration.window.as_seconds(),
        warm_up: built.plan.calibration.from.as_seconds(),
        arrivals: series.offered.clone(),
        in_time: series.in_time.clone(),
        median: medians(outcomes, series.offered.len()),
        in_flight: in_flight(built, outcomes),
    };
    let thresholds = built.scenario.recovery.unwrap_or_default().into();
    let judgement = judge(&judged, trigger(&built.faults), &thresholds);
    Record {
        run: Run {
            fingerprint: format!("{:016x}", outcomes.fingerprint),
            events: outcomes.events,
            metrics: metrics(built, outcomes),
            recovery: judgement.verdict,
        },
        judgement,
        ends: ends(outcomes),
        batches: batches(built, outcomes),
        in_flight: judged.in_flight,
        series,
    }
}

/// From the first fault that counts as the trigger to the end of the last; for ever when one of
/// them stays.
fn trigger(faults: &[FaultSpan]) -> Option<(f64, f64)> {
    let triggers = || faults.iter().filter(|fault| fault.trigger);
    let from = triggers().map(|fault| fault.from).reduce(f64::min)?;
    let end = |fault: &FaultSpan| if fault.stays { f64::INFINITY } else { fault.to };
    Some((from, triggers().map(end).fold(from, f64::max)))
}

fn ends(outcomes: &Outcomes) -> Ends {
    let mut ends = Ends::default();
    for clients in clients(outcomes) {
        let of = &clients.ends;
        ends.offered += of.offered.get();
        ends.in_time += of.in_time.get();
        ends.late += of.late.get();
        ends.gave_up += of.gave_up.get();
        ends.undecided += of.undecided();
        for (failure, count) in Failure::ALL.iter().zip(&of.failed) {
            if 0 < count.get() {
                *ends.failed.entry(failure.name().to_owned()).or_default() += count.get();
            }
        }
        assert_eq!(
            of.offered.get(),
            of.decided() + of.undecided(),
            "every request ends once"
        );
    }
    ends
}

fn series(built: &Built, outcomes: &Outcomes) -> RunSeries {
    let (mut offered, mut in_time) = (Vec::new(), Vec::new());
    for clients in clients(outcomes) {
        let windows = clients.windows.borrow();
        let length = offered.len().max(windows.len());
        offered.resize(length, 0);
        in_time.resize(length, 0);
        for (index, window) in windows.iter().enumerate() {
            offered[index] += window.offered;
            in_time[index] += window.in_time;
        }
    }
    let (mut load, mut depth) = (BTreeMap::new(), BTreeMap::new());
    for (plan, node) in built.plan.nodes.iter().zip(&outcomes.nodes) {
        if node.clients.is_some() {
            continue;
        }
        let mut causes = BTreeMap::new();
        for (cause, counter) in Cause::ALL.iter().zip(&node.meters.calls) {
            if 0 < counter.all() {
                causes.insert(cause.name(), sum_of_windows(&[counter]));
            }
        }
        load.insert(plan.name.clone(), causes);
        let waiting = node.meters.queue.windows(&built.plan.calibration);
        if !waiting.is_empty() {
            depth.insert(plan.name.clone(), waiting);
        }
    }
    RunSeries {
        offered,
        in_time,
        load,
        depth,
    }
}

/// The median latency of each window, over all clients, in seconds.
fn medians(outcomes: &Outcomes, windows: usize) -> Vec<Option<f64>> {
    let mut all = Histogram::<u64>::new(2).expect("2 digits are in range");
    let median = |index: usize| {
        all.reset();
        for clients in clients(outcomes) {
            if let Some(window) = clients.windows.borrow().get(index) {
                window.latency.add_to(&mut all);
            }
        }
        (!all.is_empty()).then(|| all.value_at_quantile(0.5) as f64 / 1e9)
    };
    (0..windows).map(median).collect()
}

fn in_flight(built: &Built, outcomes: &Outcomes) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::new();
    for node in outcomes.nodes.iter().filter(|node| node.clients.is_some()) {
        let windows = node.meters.in_flight.windows(&built.plan.calibration);
        all.resize(all.len().max(windows.len()), 0.0);
        all.iter_mut()
            .zip(&windows)
            .for_each(|(all, one)| *all += one);
    }
    all
}

/// What happened over time, as means over runs.
pub(super) fn timeline(records: &[&Record], pooled: &Pooled, window: f64) -> Timeline {
    let runs = records.len().max(1) as f64;
    let windows = records
        .iter()
        .map(|record| record.series.offered.len())
        .max()
        .unwrap_or(0);
    let average = |of: &dyn Fn(&RunSeries) -> Option<&Vec<u64>>| {
        let mut sum = vec![0_u64; windows];
        for series in records.iter().filter_map(|record| of(&record.series)) {
            sum.iter_mut()
                .zip(series)
                .for_each(|(all, one)| *all += one);
        }
        sum.into_iter()
            .map(|sum| rounded(sum as f64 / runs / window))
            .collect::<Vec<f64>>()
    };
    let quantile = |q: f64| -> Vec<Option<f64>> {
        let of = |index: usize| {
            let histogram = pooled.windows.get(index)?;
            quantile_or_none(histogram, q).map(|nanos| nanos as f64 / 1e9)
        };
        (0..windows).map(of).collect()
    };
    let mut load: BTreeMap<String, BTreeMap<String, Vec<f64>>> = BTreeMap::new();
    let mut depth = BTreeMap::new();
    for record in records {
        for (node, causes) in &record.series.load {
            for cause in causes.keys() {
                let by_cause = load.entry(node.clone()).or_default();
                by_cause.entry((*cause).to_owned()).or_insert_with(|| {
                    average(&|series| series.load.get(node).and_then(|causes| causes.get(cause)))
                });
            }
        }
        for node in record.series.depth.keys() {
            depth.entry(node.clone()).or_insert_with(|| {
                let at = |index: usize| {
                    let of = |r: &&Record| {
                        r.series
                            .depth
                            .get(node)
                            .and_then(|d| d.get(index))
                            .copied()
                            .unwrap_or(0.0)
                    };
                    rounded(records.iter().map(of).sum::<f64>() / runs)
                };
                (0..windows).map(at).collect::<Vec<f64>>()
            });
        }
    }
    Timeline {
        window,
        offered: average(&|series| Some(&series.offered)),
        goodput: average(&|series| Some(&series.in_time)),
        p50: quantile(0.5),
        p99: quantile(0.99),
        load,
        depth,
    }
}

/// Three digits after the point are more than a series over time needs.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The mean of a metric over runs that have it.
pub(super) fn mean_of(records: &[&Record], metric: &str) -> Option<f64> {
    let values: Vec<f64> = records
        .iter()
        .filter_map(|record| record.run.metrics.get(metric).copied())
        .collect();
    mean(&values)
}

/// A metric in every run, or in every batch of the one run: what intervals rest on.
pub(super) fn by_run(records: &[&Record], metric: &str) -> Vec<Option<f64>> {
    let runs = || records.iter().map(|record| &record.run.metrics);
    let batches = || records.iter().flat_map(|record| &record.batches);
    let of = |metrics: &BTreeMap<String, f64>| metrics.get(metric).copied();
    match batches().next() {
        Some(_) => batches().map(of).collect(),
        None => runs().map(of).collect(),
    }
}

/// The same of something that is counted: what a run does not have, it has counted nothing of.
/// Batches have every count that windows can give.
pub(super) fn counted_by_run(records: &[&Record], metric: &str) -> Vec<Option<f64>> {
    let is_cut = records.iter().any(|record| !record.batches.is_empty());
    let counted = |value: Option<f64>| if is_cut { value } else { value.or(Some(0.0)) };
    by_run(records, metric).into_iter().map(counted).collect()
}
