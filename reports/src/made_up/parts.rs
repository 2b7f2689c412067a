//! What made-up results are made of.

use super::{WINDOWS, price};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::IntervalLogWriterBuilder;
use scenarios::results::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// A histogram as results hold it, encoded by hdrhistogram's own log writer.
pub(super) fn encoded(histogram: &Histogram<u64>) -> String {
    let (mut log, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
    let mut writer = IntervalLogWriterBuilder::new()
        .begin_log_with(&mut log, &mut serializer)
        .expect("memory");
    writer
        .write_histogram(histogram, Duration::ZERO, Duration::ZERO, None)
        .expect("memory");
    let log = String::from_utf8(log).expect("a log is text");
    log.trim_end()
        .rsplit([',', '\n'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// A histogram of so many samples at so many milliseconds, as results hold it.
pub(crate) fn histogram(samples: &[(f64, u64)]) -> String {
    let mut histogram = Histogram::new(3).expect("3 digits");
    for (milliseconds, count) in samples {
        histogram
            .record_n((milliseconds * 1e6) as u64, *count)
            .expect("it grows");
    }
    encoded(&histogram)
}

pub(super) fn node(name: &str, kind: &str, detail: &str, zones: &[&str]) -> TopologyNode {
    TopologyNode {
        name: name.to_owned(),
        kind: kind.to_owned(),
        instances: 1,
        detail: detail.to_owned(),
        zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
    }
}

pub(super) fn edge(from: &str, to: &str, label: &str) -> Edge {
    Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        label: label.to_owned(),
    }
}

pub(super) fn fault(name: &str, from: f64, to: f64) -> FaultSpan {
    FaultSpan {
        name: name.to_owned(),
        from,
        to,
        trigger: true,
        stays: false,
    }
}

pub(super) fn named<T, const N: usize>(entries: [(&str, T); N]) -> BTreeMap<String, T> {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A difference from the baseline with an interval of 0.01 on each side.
pub(super) fn about(relative: bool, mean: f64) -> Option<Difference> {
    Some(Difference {
        relative,
        mean,
        low: mean - 0.01,
        high: mean + 0.01,
    })
}

/// A variant that the stampede hurts to a degree from 0 to 1; above a half it never recovers.
pub(super) fn stampeded(name: &str, seed: u64, hurt: f64, change: Option<f64>) -> Variant {
    let mut dice = Dice(seed + 1);
    let histogram = latencies(&mut dice, hurt);
    let quantile = |q| histogram.value_at_quantile(q) as f64 / 1e9;
    let is_stuck = 0.5 < hurt;
    let share = if is_stuck { 0.232 } else { 1.0 - hurt / 100.0 };
    let gain = change.map(|change| if change < 0.0 { share - 0.232 } else { 0.0 });
    let cell = |value, relative, change: Option<f64>| Cell {
        value: Some(value),
        difference: change.and_then(|change| about(relative, change)),
    };
    let verdict = if is_stuck {
        Verdict::Stuck
    } else {
        Verdict::Recovered(0.0)
    };
    let run = |number: u64| Run {
        fingerprint: format!("{:016x}", number * 0x9e37_79b9),
        events: 2_900_000 + number,
        metrics: named([("goodput", share), ("p99", quantile(0.99))]),
        recovery: verdict,
    };
    Variant {
        name: name.to_owned(),
        summary: String::new(),
        changes: Vec::new(),
        value: None,
        runs: (1..=20).map(run).collect(),
        cells: vec![
            cell(share, false, gain),
            cell(quantile(0.5), true, change.map(|_| 0.0)),
            cell(quantile(0.99), true, change),
            cell(quantile(0.999), true, change),
            cell(300.0 * hurt.max(0.09), true, change),
        ],
        recovery: recovery(is_stuck, hurt),
        latency: encoded(&histogram),
        time_to_failure: self::histogram(&[(1000.0, 3_000), (3100.0, 200_000)]),
        ends: ends(share),
        timeline: timeline(&mut dice, hurt),
        nodes: nodes(share),
        bill: price::bill(name, hurt, change),
        breakdown: price::breakdown(name, hurt),
        batches: Vec::new(),
    }
}

/// Verdicts of 20 runs, with Wilson's intervals.
fn recovery(is_stuck: bool, hurt: f64) -> Recovery {
    let (none, all) = ((0.0, 0.161), (0.839, 1.0));
    let judged = Recovery {
        judged: 20,
        probabilities: vec![none; 4],
        band: Some(Band {
            from: 20.0,
            until: 40.0,
            trigger_end: 40.0,
            share: 0.995,
            least: 0.976,
        }),
        ..Recovery::default()
    };
    let mut recovery = match is_stuck {
        true => Recovery {
            stuck: 20,
            ..judged
        },
        false => Recovery {
            recovered: 20,
            time: Some(60.0 * hurt),
            time_interval: Some((54.0 * hurt, 66.0 * hurt)),
            ..judged
        },
    };
    recovery.probabilities[if is_stuck { 3 } else { 0 }] = all;
    recovery
}

fn ends(share: f64) -> Ends {
    let offered = 4_000_000;
    let in_time = (offered as f64 * share) as u64;
    let missed = offered - in_time;
    Ends {
        offered,
        in_time,
        late: missed / 10,
        failed: named([("timed out", missed / 10 * 8), ("refused", missed / 100)]),
        gave_up: missed - missed / 10 * 9 - missed / 100,
        undecided: 0,
    }
}

fn nodes(share: f64) -> Vec<NodeSummary> {
    let node = |name: &str, kind: &str, arrivals: f64| NodeSummary {
        name: name.to_owned(),
        kind: kind.to_owned(),
        arrivals,
        by_cause: named([("first", arrivals * 0.8), ("retry", arrivals * 0.2)]),
        in_flight: arrivals * 0.02,
        queue: 0.0,
        queue_peak: 0.0,
        utilisation: None,
        refused: 0.0,
        errors: BTreeMap::new(),
        wasted: 0.0,
        counters: BTreeMap::new(),
    };
    let counters = [
        ("hits", 950.0),
        ("misses", 1200.0),
        ("duplicate fills", 230.0),
    ];
    vec![
        NodeSummary {
            counters: named(counters),
            ..node("catalog", "cache", 2150.0)
        },
        NodeSummary {
            queue: 431.0 * (1.0 - share),
            queue_peak: 1_240.0,
            utilisation: Some(0.9998),
            wasted: 12.1,
            errors: named([("timed out", 31.0)]),
            ..node("products", "database", 268.0)
        },
        NodeSummary {
            by_cause: BTreeMap::new(),
            ..node("readers", "clients", 2000.0)
        },
        NodeSummary {
            utilisation: Some(0.93),
            refused: 1.2,
            ..node("web", "service", 3810.0)
        },
    ]
}

fn latencies(dice: &mut Dice, hurt: f64) -> Histogram<u64> {
    let mut histogram = Histogram::new(3).expect("3 digits");
    let median = 0.0022;
    let answers = if 0.5 < hurt { 464 } else { 2000 };
    for index in 0..answers * 100 {
        let slow = index % 100 < (hurt * 30.0) as u64 + 2;
        let middle = if slow { 0.9 * hurt.max(0.012) } else { median };
        let seconds = middle * libm::exp(0.9 * (dice.roll() + dice.roll() + dice.roll() - 1.5));
        histogram
            .record_n((seconds * 1e9) as u64, 10)
            .expect("it grows");
    }
    histogram
}

fn timeline(dice: &mut Dice, hurt: f64) -> Timeline {
    let is_stuck = 0.5 < hurt;
    let is_hit = |window: usize| 40 <= window && (is_stuck || window < 43);
    let mut over_time = |calm: f64, hit: f64, noise: f64| -> Vec<f64> {
        let level = |window| if is_hit(window) { hit } else { calm };
        (0..WINDOWS)
            .map(|window| level(window) * (1.0 + noise * (dice.roll() - 0.5)))
            .collect()
    };
    let p99 = over_time(0.009, 2.1 * hurt.max(0.006), 0.5);
    Timeline {
        window: 1.0,
        offered: over_time(2000.0, 2000.0, 0.03),
        goodput: over_time(
            1990.0,
            if is_stuck {
                90.0
            } else {
                2000.0 * (1.0 - hurt)
            },
            0.02,
        ),
        p50: Vec::new(),
        p99: p99
            .into_iter()
            .enumerate()
            .map(|(i, v)| Some(v).filter(|_| 3 < i && i != 44))
            .collect(),
        load: named([
            (
                "products",
                named([("first", over_time(21.0, 300.0 * hurt.max(0.09), 0.2))]),
            ),
            (
                "readers",
                named([("first", over_time(2000.0, 2000.0, 0.03))]),
            ),
        ]),
        depth: named([
            ("products", over_time(0.1, 480.0 * hurt, 0.1)),
            ("web", over_time(0.0, 60.0 * hurt, 0.1)),
        ]),
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    /// The next number from 0 to 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 11) as f64 / (1u64 << 53) as f64
    }
}
