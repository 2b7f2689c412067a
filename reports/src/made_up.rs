//! Made-up results for tests: a stampede with mitigations, lagging replicas, a curve, and what is
//! unusual in one way.

mod edges;
mod parts;
mod price;

pub(crate) use edges::{edges, nothing, small};
pub(crate) use parts::histogram;

use parts::{edge, fault, named, node, stampeded};
use scenarios::results::*;
use std::collections::BTreeMap;

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
    results.variants[1].summary = "Entries live 20 % longer or shorter.".to_owned();
    results.variants[2].summary = "One fill per key at a time.".to_owned();
    results.variants[2].changes = vec![(
        "nodes.catalog.cache.single_flight".to_owned(),
        "fleet".to_owned(),
    )];
    results
}

/// The first variants of a study.
pub(crate) fn only(mut results: Results, count: usize) -> Results {
    results.variants.truncate(count);
    results
}

/// What `squall run` has: one variant, nothing to compare with.
pub(crate) fn single_run() -> Results {
    let mut results = only(stampede(), 1);
    results.faults.push(fault("slow database", 60.0, 75.0));
    results.warnings = vec!["web is at 93 % of its capacity before the fault.".to_owned()];
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
            degraded: 9 * index as u32,
            time: Some(9.2),
            ..Recovery::default()
        };
        variant
    })
    .collect();
    results
}

/// Three variants at six loads; the last has too few answers in one.
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
    let lifo = lines.get_mut("lifo").expect("named above");
    lifo[5].interval = Some((2.0, 9.0));
    lifo[0] = CurvePoint {
        value: None,
        interval: None,
    };
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
    let metric = results.columns[2].clone();
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

fn study(scenario: &str, summary: &str) -> Results {
    let column = |label: &str, metric: &str, unit, better| Column {
        label: label.to_owned(),
        metric: metric.to_owned(),
        unit,
        better,
    };
    let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
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
            story: "A key that half of all readers want expires.\n\nUntil it is filled, *every* \
                    reader goes to the database."
                .to_owned(),
            assumptions: vec!["The cache is shared by all instances.".to_owned()],
            sources: vec!["Nishtala et al., Scaling Memcache at Facebook, NSDI 2013".to_owned()],
            request: Request::default(),
        },
        topology: Topology::default(),
        faults: Vec::new(),
        columns: vec![
            column("goodput", "goodput", Unit::Share, Better::Higher),
            column("p50", "p50", Unit::Seconds, Better::Lower),
            column("p99", "p99", Unit::Seconds, Better::Lower),
            column("p99.9", "p99.9", Unit::Seconds, Better::Lower),
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
        ledger: Ledger {
            defaults: vec![
                pair("seed", "1"),
                pair("nodes.catalog.cache.pattern", "read-through"),
                pair("nodes.catalog.cache.evict", "lru"),
            ],
            distributions: vec![
                pair("nodes.products.database.read", "{ exponential: 50ms }"),
                pair("nodes.readers.clients.arrivals", "{ poisson: 2000/s }"),
            ],
            not_modelled: vec![
                pair("cache", "Negative caching."),
                pair("cache", "Leases."),
                pair("database", "Transactions, locks and isolation."),
            ],
        },
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
