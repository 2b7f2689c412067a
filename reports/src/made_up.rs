//! Made-up results for tests: a stampede with mitigations, lagging replicas, a curve.

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::IntervalLogWriterBuilder;
use scenarios::results::*;
use std::collections::BTreeMap;
use std::time::Duration;

const WINDOWS: usize = 120;

/// A hot key expires at 40 s: the baseline and five mitigations.
pub(crate) fn stampede() -> Results {
    let mut results = study(
        "cache-stampede",
        "A hot key expires and every reader goes to the database at once.",
    );
    results.topology = topology();
    results.faults = vec![fault("hottest key expires", 40.0, 40.0)];
    results.variants = [
        ("baseline", 1.0, None),
        ("ttl-jitter", 1.0, Some(0.0)),
        ("single-flight", 0.05, Some(-0.77)),
        ("stale-while-revalidate", 0.002, Some(-0.99)),
        ("early-refresh", 0.004, Some(-0.98)),
        ("both", 0.05, Some(-0.77)),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (name, hurt, change))| stampeded(name, index as u64, hurt, change))
    .collect();
    results
}

/// The first variants of a study.
pub(crate) fn only(mut results: Results, count: usize) -> Results {
    results.variants.truncate(count);
    results
}

/// Replicas that lag while a link is slow, with several causes of load.
pub(crate) fn replicas() -> Results {
    let mut results = study(
        "replica-lag",
        "Replicas fall behind & readers see <old> data.",
    );
    results.topology = Topology {
        nodes: vec![
            node("api", "service", "3 x 32 workers", &["a", "b"]),
            node("audit", "service", "", &[]),
            node(
                "posts",
                "database",
                "1 primary, 2 replicas, 24 connections each",
                &["a", "b", "c"],
            ),
            node("readers", "clients", "poisson 900/s", &[]),
            node("writers", "clients", "poisson 40/s", &[]),
        ],
        edges: vec![
            edge(
                "readers",
                "api",
                "timeout 300 ms, 3 attempts, exponential backoff from 20 ms, full jitter",
            ),
            edge("writers", "api", "timeout 1 s"),
            edge("api", "posts", "timeout none"),
            edge("readers", "posts", "timeout 300 ms, hedged after 20 ms"),
            edge("api", "audit", ""),
        ],
    };
    results.faults = vec![
        fault("posts/1 slow × 10", 30.0, 60.0),
        fault("partition between zone/a and zone/b", 45.0, 70.0),
        FaultSpan {
            stays: true,
            ..fault("load + 20 %", 62.0, 62.0)
        },
        fault("pause posts/2", 80.0, 80.0),
        fault("pause posts/2", 90.0, 90.0),
    ];
    results.variants = [
        ("baseline", 0.6, None),
        ("hedged & <fast>", 0.3, Some(-0.4)),
        ("nearest", 0.5, Some(0.0)),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (name, hurt, change))| {
        let mut variant = stampeded(name, index as u64 + 7, hurt, change);
        let wave = |size: f64, from: usize, to: usize| -> Vec<f64> {
            (0..WINDOWS)
                .map(|i| {
                    if (from..to).contains(&i) {
                        size + (i % 7) as f64
                    } else {
                        size / 20.0
                    }
                })
                .collect()
        };
        let causes = [
            ("first", wave(900.0, 0, WINDOWS)),
            ("retry", wave(700.0 * hurt, 30, 70)),
        ];
        let mut load: BTreeMap<String, Vec<f64>> = named(causes);
        if index == 1 {
            load.insert("hedge".to_owned(), wave(160.0, 25, 90));
        }
        variant.timeline.load = named([("posts", load)]);
        variant.recovery = Recovery {
            judged: 20,
            recovered: 20 - 9 * index as u32,
            time: Some(9.2),
            ..Recovery::default()
        };
        variant
    })
    .collect();
    results
}

/// Three variants at six loads.
pub(crate) fn curve() -> Results {
    let mut results = study(
        "queue-saturation",
        "A queue grows without bound when load nears capacity.",
    );
    results.topology = topology();
    let numbers = [500.0, 1000.0, 1500.0, 1800.0, 1900.0, 2000.0];
    let values: Vec<String> = numbers.iter().map(|rate| format!("{rate}/s")).collect();
    let line = |capacity: f64, most: f64| -> Vec<CurvePoint> {
        let point = |rate: &f64| {
            let value = (0.02 / (1.0 - rate / capacity).max(0.004)).min(most);
            CurvePoint {
                value: Some(value),
                interval: Some((value * 0.85, value * 1.2)),
            }
        };
        numbers.iter().map(point).collect()
    };
    let mut lines = named([
        ("baseline", line(2000.0, 9.0)),
        ("bounded-queue", line(2000.0, 0.35)),
        ("lifo", line(2010.0, 9.0)),
    ]);
    lines.get_mut("lifo").expect("named above")[5].interval = Some((2.0, 9.0));
    for (index, name) in ["baseline", "bounded-queue", "lifo"]
        .into_iter()
        .enumerate()
    {
        for value in &values {
            let mut variant = stampeded(name, index as u64, 0.1, None);
            variant.value = Some(value.clone());
            results.variants.push(variant);
        }
    }
    let metric = results.columns[1].clone();
    results.curve = Some(Curve {
        path: "nodes.readers.clients.arrivals.poisson".to_owned(),
        values,
        numbers: Some(numbers.to_vec()),
        unit: "/s".to_owned(),
        metric,
        lines,
    });
    results
}

/// A study of one variant without anything in it.
pub(crate) fn nothing() -> Results {
    let mut results = study("nothing", "");
    let mut variant = stampeded("baseline", 0, 1.0, None);
    variant.latency = encoded(&Histogram::new(3).expect("3 digits"));
    variant.timeline = Timeline::default();
    variant.cells.iter_mut().for_each(|cell| cell.value = None);
    variant.ends = Ends::default();
    variant.recovery = Recovery::default();
    results.identity.runs = 1;
    results.variants = vec![variant];
    results
}

/// A histogram as results hold it, encoded by hdrhistogram's own log writer.
pub(crate) fn encoded(histogram: &Histogram<u64>) -> String {
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

fn study(scenario: &str, summary: &str) -> Results {
    let column = |label: &str, metric: &str, unit, better| Column {
        label: label.to_owned(),
        metric: metric.to_owned(),
        unit,
        better,
    };
    Results {
        format: FORMAT,
        identity: Identity {
            squall: "0.1.0".to_owned(),
            scenario: scenario.to_owned(),
            summary: summary.to_owned(),
            hash: "0123456789abcdef".to_owned(),
            command: format!("squall compare {scenario}"),
            seed: 1,
            runs: 20,
            duration: 120.0,
            warm_up: 20.0,
            story: String::new(),
            assumptions: Vec::new(),
            sources: Vec::new(),
            request: Request::default(),
        },
        topology: Topology::default(),
        faults: Vec::new(),
        columns: vec![
            column("goodput", "goodput", Unit::Share, Better::Higher),
            column("p99", "p99", Unit::Seconds, Better::Lower),
            column(
                "db peak",
                "products.reads.peak",
                Unit::PerSecond,
                Better::Lower,
            ),
        ],
        good_within: 1.0,
        variants: Vec::new(),
        curve: None,
        interrupted: false,
        ledger: Ledger::default(),
        precision: None,
        expectations: vec![],
        warnings: Vec::new(),
    }
}

fn topology() -> Topology {
    Topology {
        nodes: vec![
            node("catalog", "cache", "4 instances, one store, TTL 60 s", &[]),
            node("products", "database", "16 connections", &[]),
            node("readers", "clients", "poisson 2000/s", &[]),
            node("web", "service", "4 x 64 workers", &[]),
        ],
        edges: vec![
            edge("catalog", "products", "no timeout"),
            edge("readers", "web", "timeout 1 s, 3 attempts, full jitter"),
            edge("web", "catalog", "no timeout"),
        ],
    }
}

fn node(name: &str, kind: &str, detail: &str, zones: &[&str]) -> TopologyNode {
    TopologyNode {
        name: name.to_owned(),
        kind: kind.to_owned(),
        instances: 1,
        detail: detail.to_owned(),
        zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
    }
}

fn edge(from: &str, to: &str, label: &str) -> Edge {
    Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        label: label.to_owned(),
    }
}

fn fault(name: &str, from: f64, to: f64) -> FaultSpan {
    FaultSpan {
        name: name.to_owned(),
        from,
        to,
        trigger: true,
        stays: false,
    }
}

fn named<T, const N: usize>(entries: [(&str, T); N]) -> BTreeMap<String, T> {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A variant that the stampede hurts to a degree from 0 to 1; above a half it never recovers.
fn stampeded(name: &str, seed: u64, hurt: f64, change: Option<f64>) -> Variant {
    let mut dice = Dice(seed + 1);
    let histogram = latencies(&mut dice, hurt);
    let p99 = histogram.value_at_quantile(0.99) as f64 / 1e9;
    let is_stuck = 0.5 < hurt;
    let share = if is_stuck { 0.232 } else { 1.0 - hurt / 100.0 };
    let peak = 300.0 * hurt.max(0.09);
    let difference = |relative: bool, mean: f64| {
        change.map(|_| Difference {
            relative,
            mean,
            low: mean - 0.01,
            high: mean + 0.01,
        })
    };
    let change = change.unwrap_or_default();
    let cell = |value, difference| Cell {
        value: Some(value),
        difference,
    };
    let offered = 20 * 200_000;
    let in_time = (f64::from(offered) * share) as u64;
    Variant {
        name: name.to_owned(),
        summary: String::new(),
        changes: Vec::new(),
        value: None,
        runs: Vec::new(),
        cells: vec![
            cell(
                share,
                difference(false, if change < 0.0 { share - 0.232 } else { 0.0 }),
            ),
            cell(p99, difference(true, change)),
            cell(peak, difference(true, change)),
        ],
        recovery: match is_stuck {
            true => Recovery {
                judged: 20,
                stuck: 20,
                ..Recovery::default()
            },
            false => Recovery {
                judged: 20,
                recovered: 20,
                time: Some(0.0),
                ..Recovery::default()
            },
        },
        latency: encoded(&histogram),
        time_to_failure: String::new(),
        ends: Ends {
            offered: offered as u64,
            in_time,
            ..Ends::default()
        },
        timeline: timeline(&mut dice, hurt),
        nodes: Vec::new(),
        bill: Bill::default(),
        breakdown: Breakdown::default(),
        batches: Vec::new(),
    }
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
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 11) as f64 / (1u64 << 53) as f64
    }
}
