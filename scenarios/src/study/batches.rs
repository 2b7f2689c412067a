//! Batch means: the measured time of one long run cut into batches, each measured as a run is.
//!
//! Long batches are nearly independent, so that intervals over them hold as intervals over runs do,
//! with one warm-up in place of many (Conway, 1963, "Some Tactical Problems in Digital Simulation").

use super::metrics::{QUANTILES, counts_of, levels_of, metric_name, sum_of_windows};
use crate::build::{Built, instances};
use crate::schema::Node;
use crate::statistics::quantile_or_none;
use hdrhistogram::Histogram;
use models::{Cause, ClientMeters, Count, Failure, Meters, Outcomes};
use sim_core::measure::{Calibration, Counter, Gauge};
use std::collections::BTreeMap;
use std::ops::Range;

/// The metrics of each batch that the windows of a run can give; none without batch means.
pub(super) fn batches(built: &Built, outcomes: &Outcomes) -> Vec<BTreeMap<String, f64>> {
    let Some(wanted) = built.scenario.batch_means else {
        return Vec::new();
    };
    let calibration = built.plan.calibration;
    cut(&calibration, wanted as usize)
        .map(|windows| Batch::of(&calibration, windows).measured(built, outcomes))
        .collect()
}

/// The windows of each batch: as many in each, the last ones of the measured time.
fn cut(calibration: &Calibration, batches: usize) -> impl Iterator<Item = Range<usize>> {
    let first = calibration.from.0.div_ceil(calibration.window.0.max(1)) as usize;
    let windows = calibration.windows();
    let each = windows.saturating_sub(first) / batches;
    let begin = windows - each * batches;
    (0..batches).map(move |batch| begin + batch * each..begin + (batch + 1) * each)
}

/// A batch, and what was measured in it so far.
struct Batch {
    windows: Range<usize>,
    /// The seconds of each window; the last of a run may be shorter.
    lengths: Vec<f64>,
    prefix: String,
    values: BTreeMap<String, f64>,
}

impl Batch {
    fn of(calibration: &Calibration, windows: Range<usize>) -> Batch {
        let length = |index: usize| {
            let begin = calibration.window.0.saturating_mul(index as u64);
            let left = calibration.until.0.saturating_sub(begin);
            left.min(calibration.window.0) as f64 / 1e9
        };
        Batch {
            lengths: windows.clone().map(length).collect(),
            windows,
            prefix: String::new(),
            values: BTreeMap::new(),
        }
    }

    fn measured(mut self, built: &Built, outcomes: &Outcomes) -> BTreeMap<String, f64> {
        let clients: Vec<&ClientMeters> = outcomes
            .nodes
            .iter()
            .filter_map(|node| node.clients.as_ref())
            .collect();
        self.requests(&clients);
        for ((name, node), measured) in built.scenario.nodes.iter().zip(&outcomes.nodes) {
            self.prefix = format!("{name}.");
            let meters = &measured.meters;
            self.gauge(
                "in_flight.mean",
                meters.in_flight.windows(&built.plan.calibration),
            );
            match &measured.clients {
                Some(clients) => {
                    self.requests(&[clients]);
                    self.rate("arrivals.rate", &meters.calls.iter().collect::<Vec<_>>());
                    self.counts(meters, node, &built.plan.calibration);
                    let stale = self.count(&[&meters.counts[Count::StaleReads as usize]]);
                    let reads = self.count(&[&meters.counts[Count::ReadsAnswered as usize]]);
                    self.share("stale_share", stale, reads);
                }
                None => self.served(meters, node, &built.plan.calibration),
            }
        }
        self.values
    }

    fn put(&mut self, name: &str, value: f64) {
        self.values.insert(format!("{}{name}", self.prefix), value);
    }

    fn seconds(&self) -> f64 {
        self.lengths.iter().sum::<f64>().max(1e-9)
    }

    fn share(&mut self, name: &str, part: u64, of: u64) {
        if 0 < of {
            self.put(name, part as f64 / of as f64);
        }
    }

    /// What counters have counted within the batch.
    fn count(&self, counters: &[&Counter]) -> u64 {
        let windows = sum_of_windows(counters);
        windows
            .iter()
            .take(self.windows.end)
            .skip(self.windows.start)
            .sum()
    }

    fn rate(&mut self, name: &str, counters: &[&Counter]) {
        let rate = self.count(counters) as f64 / self.seconds();
        self.put(name, rate);
    }

    /// The mean of a gauge over the batch, from its means over windows.
    fn mean(&self, means: &[f64]) -> f64 {
        let inside = means.iter().skip(self.windows.start).zip(&self.lengths);
        inside.map(|(mean, length)| mean * length).sum::<f64>() / self.seconds()
    }

    fn gauge(&mut self, name: &str, means: Vec<f64>) {
        let mean = self.mean(&means);
        self.put(name, mean);
    }

    /// Goodput and latency of the requests that arrived within the batch.
    fn requests(&mut self, clients: &[&ClientMeters]) {
        let (mut offered, mut in_time, mut sum) = (0, 0, 0_u128);
        let mut latency = Histogram::<u64>::new(2).expect("2 digits are in range");
        for clients in clients {
            let windows = clients.windows.borrow();
            for window in windows
                .iter()
                .take(self.windows.end)
                .skip(self.windows.start)
            {
                offered += window.offered;
                in_time += window.in_time;
                sum += window.latency.sum();
                window.latency.add_to(&mut latency);
            }
        }
        self.put("offered.rate", offered as f64 / self.seconds());
        self.put("goodput.rate", in_time as f64 / self.seconds());
        self.share("goodput", in_time, offered);
        self.share("late.share", latency.len() - in_time, offered);
        if !latency.is_empty() {
            self.put("latency.mean", sum as f64 / latency.len() as f64 / 1e9);
        }
        for (label, q) in QUANTILES {
            if let Some(nanos) = quantile_or_none(&latency, q) {
                self.put(&format!("latency.{label}"), nanos as f64 / 1e9);
            }
        }
    }

    /// What a node of this kind counts by itself.
    fn counts(&mut self, meters: &Meters, node: &Node, calibration: &Calibration) {
        for count in counts_of(node) {
            let name = format!("{}.rate", count.name());
            self.rate(&name, &[&meters.counts[count as usize]]);
        }
        for level in levels_of(node) {
            let windows = meters.levels[level as usize].windows(calibration);
            self.gauge(&format!("{}.mean", level.name()), windows);
        }
    }

    fn served(&mut self, meters: &Meters, node: &Node, calibration: &Calibration) {
        let asked: Vec<&Counter> = Cause::ALL
            .iter()
            .filter(|cause| **cause != Cause::Replication)
            .map(|cause| &meters.calls[*cause as usize])
            .collect();
        self.rate("arrivals.rate", &asked);
        for cause in Cause::ALL {
            let name = format!("arrivals.{}.rate", cause.name());
            self.rate(&name, &[&meters.calls[cause as usize]]);
        }
        self.rate("refused.rate", &[&meters.refused]);
        let (refused, arrivals) = (self.count(&[&meters.refused]), self.count(&asked));
        self.share("refused.share", refused, arrivals);
        for (failure, errors) in Failure::ALL.iter().zip(&meters.errors) {
            let name = format!("errors.{}.rate", metric_name(failure.name()));
            self.rate(&name, &[errors]);
        }
        self.counts(meters, node, calibration);
        let wasted = self.count(&[&meters.wasted]) as f64 / 1e9 / self.seconds();
        self.put("wasted", wasted);
        let busy = self.mean(&meters.busy.windows(calibration));
        if 0.0 < busy {
            self.put("wasted.share", wasted / busy);
        }
        let windows = |gauge: &Gauge| gauge.windows(calibration);
        let places = match node {
            Node::Service(service) => service.workers.count(),
            Node::Database(database) => database.connections.count(),
            Node::Cache(_) => {
                let count = |count: Count| self.count(&[&meters.counts[count as usize]]);
                let hits = count(Count::Hits);
                let lookups = hits + count(Count::Misses) + count(Count::StaleServed);
                return self.share("hit_ratio", hits, lookups);
            }
            Node::Clients(_) => return,
        };
        self.gauge("queue.mean", windows(&meters.queue));
        if places != u32::MAX {
            let all = f64::from(places) * f64::from(instances(node));
            self.put("utilisation", busy / all);
        }
        if let Node::Database(database) = node {
            self.rate("reads.rate", &asked);
            if database.replicas.is_some() {
                self.gauge("backlog.mean", windows(&meters.backlog));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::{Span, Time};

    #[test]
    fn batches_are_the_last_windows_and_all_of_one_size() {
        let calibration = Calibration {
            from: Time(12_500_000_000),
            until: Time(45_000_000_000),
            window: Span::millis(1_000),
        };
        // 32 windows begin after the warm-up.
        let batches: Vec<_> = cut(&calibration, 10).collect();
        assert_eq!(batches.first(), Some(&(15..18)));
        assert_eq!(batches.last(), Some(&(42..45)));
        assert_eq!(batches.len(), 10);
    }

    #[test]
    fn a_last_window_that_is_shorter_counts_for_less() {
        let calibration = Calibration {
            from: Time::ZERO,
            until: Time(1_500_000_000),
            window: Span::millis(1_000),
        };
        let batch = Batch::of(&calibration, 0..2);
        assert!((batch.seconds() - 1.5).abs() < 1e-12);
        assert!((batch.mean(&[1.0, 4.0]) - 2.0).abs() < 1e-12);
        assert!(
            (batch.mean(&[3.0]) - 2.0).abs() < 1e-12,
            "zeros are left out"
        );
    }
}
