//! Metrics: what a run is measured by, by name: `[node.]name[.statistic]`.

use crate::build::Built;
use crate::results::{Better, Unit};
use crate::schema::Node;
use crate::statistics::quantile_or_none;
use hdrhistogram::Histogram;
use models::{Cause, ClientMeters, Count, Failure, Level, Meters, NodeOutcomes, Outcomes, Party};
use sim_core::Wait;
use sim_core::measure::{Calibration, Counter, Gauge};
use std::collections::BTreeMap;

/// The quantiles that are reported, by name.
pub(super) const QUANTILES: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
];

/// The most instances of a node that have metrics of their own.
pub(super) const NAMED_INSTANCES: usize = 20;

/// Every metric of a run.
pub(super) fn metrics(built: &Built, outcomes: &Outcomes) -> BTreeMap<String, f64> {
    let mut sheet = Sheet {
        calibration: outcomes.calibration,
        planned: built.plan.calibration,
        prefix: String::new(),
        values: BTreeMap::new(),
    };
    sheet.all_clients(&outcomes.nodes);
    for ((name, node), measured) in built.scenario.nodes.iter().zip(&outcomes.nodes) {
        sheet.prefix = format!("{name}.");
        match (&measured.clients, node) {
            (Some(clients), _) => sheet.clients(&measured.meters, node, clients),
            (None, node) => sheet.served(&measured.meters, node),
        }
        sheet.instances(name, &measured.instance_arrivals);
    }
    sheet.values
}

/// All clients' latencies together.
pub(super) fn latency_of(nodes: &[NodeOutcomes]) -> Histogram<u64> {
    merged(nodes, |clients| clients.latency.counts())
}

/// All clients' times to failure together.
pub(super) fn time_to_failure_of(nodes: &[NodeOutcomes]) -> Histogram<u64> {
    merged(nodes, |clients| clients.time_to_failure.counts())
}

fn merged(nodes: &[NodeOutcomes], of: impl Fn(&ClientMeters) -> Histogram<u64>) -> Histogram<u64> {
    let mut all = empty_histogram();
    for clients in nodes.iter().filter_map(|node| node.clients.as_ref()) {
        add_histogram(&mut all, &of(clients));
    }
    all
}

/// An empty histogram of 3 digits.
pub(super) fn empty_histogram() -> Histogram<u64> {
    Histogram::new(3).expect("3 digits are in range")
}

/// Adds the counts of another histogram, which may be longer.
pub(super) fn add_histogram(all: &mut Histogram<u64>, more: &Histogram<u64>) {
    all.add(more).expect("histograms without bounds grow");
}

/// Where a run's metrics are written.
struct Sheet {
    calibration: Calibration,
    planned: Calibration,
    prefix: String,
    values: BTreeMap<String, f64>,
}

impl Sheet {
    fn put(&mut self, name: &str, value: f64) {
        self.values.insert(format!("{}{name}", self.prefix), value);
    }

    fn put_some(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn seconds(&self) -> f64 {
        self.calibration
            .until
            .since(self.calibration.from)
            .as_seconds()
            .max(1e-9)
    }

    fn share(&mut self, name: &str, part: u64, of: u64) {
        if 0 < of {
            self.put(name, part as f64 / of as f64);
        }
    }

    fn counter(&mut self, name: &str, counters: &[&Counter]) {
        let total: u64 = counters.iter().map(|counter| counter.measured()).sum();
        let rate = total as f64 / self.seconds();
        self.put(&format!("{name}.total"), total as f64);
        self.put(&format!("{name}.rate"), rate);
        self.put(
            &format!("{name}.peak"),
            peak(&sum_of_windows(counters), &self.planned),
        );
    }

    fn gauge(&mut self, name: &str, gauge: &Gauge) {
        let (planned, calibration) = (self.planned, self.calibration);
        self.put(&format!("{name}.mean"), gauge.mean(&calibration));
        self.put(&format!("{name}.max"), gauge.max() as f64);
        let windows = gauge.windows(&planned);
        let measured = measured_windows(&planned, windows.len());
        let peak = windows[measured].iter().copied().fold(0.0, f64::max);
        self.put(&format!("{name}.peak"), peak);
    }

    fn spans(&mut self, name: &str, histogram: &sim_core::measure::Histogram) {
        self.put_some(&format!("{name}.mean"), histogram.mean());
        self.quantiles(name, &histogram.counts());
    }

    fn quantiles(&mut self, name: &str, histogram: &Histogram<u64>) {
        for (label, q) in QUANTILES {
            let value = quantile_or_none(histogram, q).map(|nanos| nanos as f64 / 1e9);
            self.put_some(&format!("{name}.{label}"), value);
        }
    }

    fn longest(&mut self, latency: &Histogram<u64>) {
        if !latency.is_empty() {
            self.put("latency.max", latency.max() as f64 / 1e9);
        }
    }

    fn all_clients(&mut self, nodes: &[NodeOutcomes]) {
        let clients: Vec<&ClientMeters> = nodes
            .iter()
            .filter_map(|node| node.clients.as_ref())
            .collect();
        self.ends(&clients);
        let latency = latency_of(nodes);
        self.quantiles("latency", &latency);
        let sum: u128 = clients.iter().map(|clients| clients.latency.sum()).sum();
        self.longest(&latency);
        if !latency.is_empty() {
            self.put("latency.mean", sum as f64 / latency.len() as f64 / 1e9);
            for kind in Wait::ALL {
                let waited: f64 = clients
                    .iter()
                    .map(|c| c.waits.borrow().of(kind).as_seconds())
                    .sum();
                self.put(
                    &format!("waits.{}", metric_name(kind.name())),
                    waited / latency.len() as f64,
                );
            }
        }
        self.quantiles("time_to_failure", &time_to_failure_of(nodes));
    }

    fn ends(&mut self, clients: &[&ClientMeters]) {
        let sum = |of: &dyn Fn(&ClientMeters) -> u64| clients.iter().map(|c| of(c)).sum::<u64>();
        let offered = sum(&|c| c.ends.offered.get());
        let in_time = sum(&|c| c.ends.in_time.get());
        self.put("offered.rate", offered as f64 / self.seconds());
        self.put("goodput.rate", in_time as f64 / self.seconds());
        self.share("goodput", in_time, offered);
        self.share("late.share", sum(&|c| c.ends.late.get()), offered);
        self.share("gave_up.share", sum(&|c| c.ends.gave_up.get()), offered);
        self.share("undecided.share", sum(&|c| c.ends.undecided()), offered);
        self.share("degraded.share", sum(&|c| c.ends.degraded.get()), offered);
        let failed = sum(&|c| c.ends.failed.iter().map(std::cell::Cell::get).sum());
        self.share("failed.share", failed, offered);
        for (index, failure) in Failure::ALL.iter().enumerate() {
            let name = format!("failed.{}.share", metric_name(failure.name()));
            self.share(&name, sum(&|c| c.ends.failed[index].get()), offered);
        }
    }

    /// What a node of this kind counts by itself.
    fn counts(&mut self, meters: &Meters, node: &Node) {
        for count in counts_of(node) {
            self.counter(count.name(), &[&meters.counts[count as usize]]);
        }
        for level in levels_of(node) {
            self.gauge(level.name(), &meters.levels[level as usize]);
        }
    }

    fn clients(&mut self, meters: &Meters, node: &Node, clients: &ClientMeters) {
        self.ends(&[clients]);
        self.counter("arrivals", &meters.calls.iter().collect::<Vec<_>>());
        self.spans("latency", &clients.latency);
        self.longest(&clients.latency.counts());
        self.spans("time_to_failure", &clients.time_to_failure);
        self.gauge("in_flight", &meters.in_flight);
        self.counts(meters, node);
        let reads = &meters.counts[Count::ReadsAnswered as usize];
        let stale = &meters.counts[Count::StaleReads as usize];
        self.share("stale_share", stale.all(), reads.all());
        self.spans("stale_age", &clients.stale_age);
        if 0 < stale.all() {
            self.put(
                "stale_versions.mean",
                clients.stale_versions.get() as f64 / stale.all() as f64,
            );
        }
    }

    /// How evenly calls are spread over the instances of a node.
    fn instances(&mut self, name: &str, arrivals: &[u64]) {
        let (all, most) = (arrivals.iter().sum(), arrivals.iter().max());
        if arrivals.len() < 2 || all == 0 {
            return;
        }
        let mean = all as f64 / arrivals.len() as f64;
        self.put("imbalance", most.map_or(0.0, |&most| most as f64 / mean));
        let square = |&arrived: &u64| (arrived as f64 / mean - 1.0) * (arrived as f64 / mean - 1.0);
        let variance = arrivals.iter().map(square).sum::<f64>() / arrivals.len() as f64;
        self.put("imbalance.cv", variance.sqrt());
        if arrivals.len() <= NAMED_INSTANCES {
            for (instance, &arrived) in arrivals.iter().enumerate() {
                self.prefix = format!("{name}/{instance}.");
                self.share("arrivals.share", arrived, all);
            }
        }
    }

    fn served(&mut self, meters: &Meters, node: &Node) {
        let asked: Vec<&Counter> = Cause::ALL
            .iter()
            .filter(|cause| **cause != Cause::Replication)
            .map(|cause| &meters.calls[*cause as usize])
            .collect();
        self.counter("arrivals", &asked);
        for cause in Cause::ALL {
            let calls = &meters.calls[cause as usize];
            self.counter(&format!("arrivals.{}", cause.name()), &[calls]);
        }
        let arrivals: u64 = asked.iter().map(|counter| counter.measured()).sum();
        self.counter("refused", &[&meters.refused]);
        self.share("refused.share", meters.refused.measured(), arrivals);
        for (index, failure) in Failure::ALL.iter().enumerate() {
            let name = format!("errors.{}", metric_name(failure.name()));
            self.counter(&name, &[&meters.errors[index]]);
        }
        self.gauge("in_flight", &meters.in_flight);
        self.put(
            "wasted",
            meters.wasted.measured() as f64 / 1e9 / self.seconds(),
        );
        let busy = meters.busy.mean(&self.calibration);
        if 0.0 < busy {
            let wasted = meters.wasted.measured() as f64 / 1e9 / self.seconds();
            self.put("wasted.share", wasted / busy);
        }
        let places = match node {
            Node::Service(service) => Some(service.workers.count()),
            Node::Database(database) => Some(database.connections.count()),
            _ => None,
        };
        if let Some(places) = places {
            self.gauge("queue", &meters.queue);
            self.spans("wait", &meters.place_wait);
            if places != u32::MAX {
                let all = f64::from(places) * f64::from(crate::build::instances(node));
                self.put("utilisation", busy / all);
                self.put("idle", (all - busy).max(0.0));
            }
        }
        if 1 < crate::build::instances(node) {
            self.gauge("out_of_rotation", &meters.out_of_rotation);
        }
        self.counts(meters, node);
        match node {
            Node::Cache(_) => {
                let count = |count: Count| meters.counts[count as usize].measured();
                let hits = count(Count::Hits);
                let lookups = hits + count(Count::Misses) + count(Count::StaleServed);
                self.share("hit_ratio", hits, lookups);
            }
            Node::Database(database) => {
                self.counter("reads", &asked);
                if database.replicas.is_some() {
                    self.spans("lag", &meters.lag);
                    self.gauge("backlog", &meters.backlog);
                }
            }
            Node::Service(_) => {
                self.put("admitted.burst", meters.admitted.most() as f64);
            }
            Node::Clients(_) => {}
        }
    }
}

/// What a node of this kind counts by itself.
pub(super) fn counts_of(node: &Node) -> impl Iterator<Item = Count> {
    let all = Count::ALL.iter().copied();
    all.filter(move |count| is_party(node, count.party()))
}

/// What a node of this kind keeps the level of.
pub(super) fn levels_of(node: &Node) -> impl Iterator<Item = Level> {
    let all = Level::ALL.iter().copied();
    all.filter(move |level| is_party(node, level.party()))
}

fn is_party(node: &Node, party: Party) -> bool {
    match node {
        Node::Clients(_) => matches!(party, Party::Clients | Party::Caller),
        Node::Service(_) => matches!(
            party,
            Party::Service | Party::Server | Party::Target | Party::Caller
        ),
        Node::Cache(_) => matches!(party, Party::Cache | Party::Target | Party::Caller),
        Node::Database(_) => matches!(party, Party::Database | Party::Server | Party::Target),
    }
}

/// The windows of several counters together.
pub(super) fn sum_of_windows(counters: &[&Counter]) -> Vec<u64> {
    let mut sum = Vec::new();
    for counter in counters {
        let windows = counter.windows();
        if sum.len() < windows.len() {
            sum.resize(windows.len(), 0);
        }
        for (all, one) in sum.iter_mut().zip(windows.iter()) {
            *all += one;
        }
    }
    sum
}

/// The windows that lie in the measured time, of so many.
fn measured_windows(calibration: &Calibration, windows: usize) -> std::ops::Range<usize> {
    let first = calibration.from.0.div_ceil(calibration.window.0.max(1)) as usize;
    first.min(windows)..windows
}

/// The largest window of a counter, per second.
fn peak(windows: &[u64], calibration: &Calibration) -> f64 {
    let measured = &windows[measured_windows(calibration, windows.len())];
    let most = measured.iter().copied().max().unwrap_or(0);
    most as f64 / calibration.window.as_seconds()
}

/// A name of several words as metrics have it.
pub(super) fn metric_name(words: &str) -> String {
    words.replace(['-', ' '], "_")
}

/// How to write a metric, and which way is better.
pub(crate) fn describe(metric: &str) -> (Unit, Better) {
    let (rest, last) = metric.rsplit_once('.').unwrap_or(("", metric));
    let subject = rest.rsplit('.').next().unwrap_or(rest);
    let is_time = |word: &str| {
        matches!(
            word,
            "latency" | "time_to_failure" | "wait" | "lag" | "stale_age" | "waits"
        )
    };
    if is_time(subject) || subject == "p99" && last == "9" {
        return (Unit::Seconds, Better::Lower);
    }
    if metric.contains("latency.p") || metric.contains(".p99") {
        return (Unit::Seconds, Better::Lower);
    }
    match last {
        "goodput" | "hit_ratio" => (Unit::Share, Better::Higher),
        "utilisation" => (Unit::Share, Better::Neither),
        "share" if rest.contains('/') => (Unit::Share, Better::Neither),
        "share" | "stale_share" => (Unit::Share, Better::Lower),
        "rate" | "peak" if subject == "goodput" || subject == "hits" => {
            (Unit::PerSecond, Better::Higher)
        }
        "rate" if subject == "offered" => (Unit::PerSecond, Better::Neither),
        "peak"
            if matches!(
                subject,
                "queue" | "in_flight" | "backlog" | "out_of_rotation"
            ) =>
        {
            (Unit::Count, Better::Lower)
        }
        "rate" | "peak" => (Unit::PerSecond, Better::Lower),
        _ => (Unit::Count, Better::Lower),
    }
}

/// The full name of a metric that may be written short: `p99` is `latency.p99`.
pub(crate) fn full_name(metric: &str) -> String {
    if QUANTILES.iter().any(|(name, _)| *name == metric) {
        return format!("latency.{metric}");
    }
    metric.to_owned()
}

/// The quantile of all requests' latency that a metric names.
pub(super) fn latency_quantile(metric: &str) -> Option<f64> {
    let name = metric.strip_prefix("latency.")?;
    QUANTILES
        .iter()
        .find(|(label, _)| *label == name)
        .map(|&(_, q)| q)
}
