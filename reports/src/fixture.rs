//! Results made up for tests.

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{
    IntervalLogIterator, IntervalLogWriterBuilder, LogEntry,
};
use scenarios::results::{
    Better, Bill, BillLine, Breakdown, Cell, Column, Curve, CurvePoint, Difference, Ends, FORMAT,
    FaultSpan, Identity, Item, Ledger, NodeSummary, Recovery, Request, Results, Run, Timeline,
    Topology, Unit, Variant, Verdict,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// A histogram as results hold it, of so many samples at so many milliseconds.
pub(crate) fn histogram(samples: &[(f64, u64)]) -> String {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
    for (milliseconds, count) in samples {
        histogram
            .record_n((milliseconds * 1e6) as u64, *count)
            .unwrap();
    }
    // The log's writer is the one place where the library has base64.
    let (mut log, mut serializer) = (vec![], V2DeflateSerializer::new());
    let builder = IntervalLogWriterBuilder::new();
    let mut writer = builder.begin_log_with(&mut log, &mut serializer).unwrap();
    writer
        .write_histogram(&histogram, Duration::ZERO, Duration::ZERO, None)
        .unwrap();
    match IntervalLogIterator::new(&log).next() {
        Some(Ok(LogEntry::Interval(interval))) => interval.encoded_histogram().to_owned(),
        _ => panic!("the log has one interval"),
    }
}

fn names<V: Copy>(pairs: &[(&str, V)]) -> BTreeMap<String, V> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect()
}

fn column(label: &str, metric: &str, unit: Unit, better: Better) -> Column {
    Column {
        label: label.to_owned(),
        metric: metric.to_owned(),
        unit,
        better,
    }
}

fn difference(relative: bool, mean: f64, low: f64, high: f64) -> Option<Difference> {
    Some(Difference {
        relative,
        mean,
        low,
        high,
    })
}

/// A variant of the stampede: goodput, p50, p99, p99.9 and the database's peak.
fn variant(
    name: &str,
    summary: &str,
    values: [f64; 5],
    differences: [Option<Difference>; 5],
) -> Variant {
    let cells = values.iter().zip(differences);
    let cells = cells.map(|(value, difference)| Cell {
        value: Some(*value),
        difference,
    });
    let [goodput, p50, p99, p999, peak] = values;
    let offered = 4_000_000;
    let in_time = (offered as f64 * goodput) as u64;
    let answered = in_time / 10;
    let missed = offered - in_time;
    let run = |n: u64| Run {
        fingerprint: format!("{:016x}", n * 0x9e37_79b9),
        events: 2_900_000 + n,
        metrics: names(&[("goodput", goodput), ("p99", p99 + n as f64 * 1e-5)]),
        recovery: if goodput < 0.5 {
            Verdict::Stuck
        } else {
            Verdict::Recovered(0.0)
        },
    };
    let stuck = if goodput < 0.5 { 20 } else { 0 };
    Variant {
        name: name.to_owned(),
        summary: summary.to_owned(),
        changes: vec![],
        value: None,
        runs: (1..=20).map(run).collect(),
        cells: cells.collect(),
        recovery: Recovery {
            judged: 20,
            recovered: 20 - stuck,
            stuck,
            time: (stuck == 0).then_some(0.0),
            time_interval: (stuck == 0).then_some((0.0, 0.0)),
            probabilities: [20 - stuck, 0, 0, stuck]
                .map(|runs| {
                    if runs == 20 {
                        (0.839, 1.0)
                    } else {
                        (0.0, 0.161)
                    }
                })
                .to_vec(),
            ..Recovery::default()
        },
        latency: histogram(&[
            (p50 * 300.0, answered),
            (p50 * 1000.0, answered * 7),
            (p50 * 2500.0, answered),
            (p99 * 1000.0, answered * 99 / 100),
            (p999 * 1000.0, answered / 100),
        ]),
        time_to_failure: histogram(&[(1000.0, 3_000), (3100.0, 200_000)]),
        ends: Ends {
            offered,
            in_time,
            late: missed / 10,
            failed: names(&[("timed out", missed / 10 * 8), ("refused", missed / 100)]),
            gave_up: missed - missed / 10 * 9 - missed / 100,
            undecided: 0,
        },
        timeline: timeline(goodput, p50, p99, peak),
        nodes: nodes(goodput),
        bill: Bill {
            lines: vec![],
            waits: names(&[
                ("queue", 0.31),
                ("network", 0.0011),
                ("work", 0.0021),
                ("lock", 0.0),
            ]),
        },
        breakdown: Breakdown::default(),
        batches: vec![],
    }
}

fn timeline(goodput: f64, p50: f64, p99: f64, peak: f64) -> Timeline {
    let over = |before: f64, after: f64| -> Vec<f64> {
        (0..120)
            .map(|s| if s < 40 { before } else { after } * (1.0 + 0.001 * f64::from(s % 7)))
            .collect()
    };
    let perhaps = |series: Vec<f64>| series.into_iter().map(Some).collect::<Vec<_>>();
    let first = BTreeMap::from([("first".to_owned(), over(25.0, peak * 0.6))]);
    let mut database = first.clone();
    database.insert("retry".to_owned(), over(0.0, peak * 0.4));
    let mut slow = perhaps(over(0.004, p99));
    slow[50] = None;
    Timeline {
        window: 1.0,
        offered: over(2000.0, 2000.0),
        goodput: over(2000.0, 2000.0 * goodput),
        p50: perhaps(over(0.0021, p50)),
        p99: slow,
        load: BTreeMap::from([("web".to_owned(), first), ("products".to_owned(), database)]),
        depth: BTreeMap::from([("products".to_owned(), over(0.0, 480.0 * (1.0 - goodput)))]),
    }
}

fn nodes(goodput: f64) -> Vec<NodeSummary> {
    let node = |name: &str, kind: &str, arrivals: f64| NodeSummary {
        name: name.to_owned(),
        kind: kind.to_owned(),
        arrivals,
        by_cause: names(&[("first", arrivals * 0.8), ("retry", arrivals * 0.2)]),
        in_flight: arrivals * 0.02,
        queue: 0.0,
        queue_peak: 0.0,
        utilisation: None,
        refused: 0.0,
        errors: BTreeMap::new(),
        wasted: 0.0,
        counters: BTreeMap::new(),
    };
    vec![
        NodeSummary {
            counters: names(&[
                ("hits", 950.0),
                ("misses", 1200.0),
                ("duplicate fills", 230.0),
            ]),
            ..node("catalog", "cache", 2150.0)
        },
        NodeSummary {
            queue: 431.0 * (1.0 - goodput),
            queue_peak: 1_240.0,
            utilisation: Some(0.9998),
            wasted: 12.1,
            errors: names(&[("timed out", 31.0)]),
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

fn bill_line(label: &str, unit: Unit, value: f64, difference: Option<Difference>) -> BillLine {
    BillLine {
        label: label.to_owned(),
        item: Item::Load,
        node: String::new(),
        unit,
        value,
        difference,
    }
}

/// The comparison of the design: a baseline and five variants.
pub(crate) fn stampede() -> Results {
    let baseline = [0.232, 0.0022, 0.95, 2.1, 270.0];
    let good = [1.0, 0.0022, 0.22, 0.351, 27.0];
    let helps = [
        difference(false, 0.768, 0.762, 0.781),
        difference(true, 0.0, 0.0, 0.0),
        difference(true, -0.77, -0.78, -0.76),
        difference(true, -0.833, -0.842, -0.821),
        difference(true, -0.9, -0.91, -0.89),
    ];
    let nothing = difference(true, 0.0004, -0.002, 0.003);
    let none = [const { None }; 5];
    let no_help = [const { 0 }; 5].map(|_| nothing.clone());
    let mut variants = vec![
        variant("baseline", "", baseline, none),
        variant(
            "ttl-jitter",
            "Entries live 20 % longer or shorter.",
            baseline,
            no_help,
        ),
        variant(
            "single-flight",
            "One fill per key at a time.",
            good,
            helps.clone(),
        ),
        variant(
            "stale-while-revalidate",
            "Old answers while a new one is fetched.",
            good,
            helps.clone(),
        ),
        variant(
            "early-refresh",
            "Entries are renewed before they expire.",
            good,
            helps.clone(),
        ),
        variant("both", "ttl-jitter and single-flight.", good, helps),
    ];
    let lines = |more: f64| {
        vec![
            bill_line(
                "waited for another's fill",
                Unit::Share,
                0.003,
                difference(false, 0.003, 0.0028, 0.0032),
            ),
            bill_line(
                "p99 of that wait",
                Unit::Seconds,
                0.352,
                difference(false, 0.352, 0.34, 0.36),
            ),
            bill_line(
                "work of products",
                Unit::Count,
                3.4,
                difference(true, -0.62, -0.64, -0.6),
            ),
            bill_line(
                "load of products: refresh",
                Unit::PerSecond,
                more,
                difference(true, 11.0, 10.0, 12.0),
            ),
            bill_line(
                "refused by web",
                Unit::PerSecond,
                0.0,
                difference(false, 0.0, 0.0, 0.0),
            ),
        ]
    };
    for variant in &mut variants[2..] {
        variant.bill.lines = lines(14.0);
        variant.changes = vec![(
            "nodes.catalog.cache.single_flight".to_owned(),
            "fleet".to_owned(),
        )];
    }
    variants[1].bill.lines = vec![bill_line("refused by web", Unit::PerSecond, 1.2, nothing)];
    Results {
        format: FORMAT,
        identity: identity(),
        topology: Topology::default(),
        faults: vec![FaultSpan {
            name: "hottest key expires".to_owned(),
            from: 40.0,
            to: 40.0,
            trigger: true,
            stays: false,
        }],
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
        variants,
        curve: None,
        interrupted: false,
        ledger: Ledger::default(),
        precision: None,
        expectations: vec![],
        warnings: vec![],
    }
}

fn identity() -> Identity {
    Identity {
        squall: "0.1.0".to_owned(),
        scenario: "cache-stampede".to_owned(),
        summary: "a hot key expires and every reader goes to the database".to_owned(),
        hash: "52fb10d2c0ffee00".to_owned(),
        command: "squall compare cache-stampede --seed 1 --runs 20".to_owned(),
        seed: 1,
        runs: 20,
        duration: 120.0,
        warm_up: 20.0,
        story:
            "A key that half of all readers want expires.\n\nUntil it is filled, *every* reader \
                goes to the database."
                .to_owned(),
        assumptions: vec!["The cache is shared by all instances.".to_owned()],
        sources: vec!["Nishtala et al., Scaling Memcache at Facebook, NSDI 2013".to_owned()],
        request: Request::default(),
    }
}

/// What `squall run` has: one variant, nothing to compare with.
pub(crate) fn single_run() -> Results {
    let mut results = stampede();
    results.variants.truncate(1);
    results.faults.push(FaultSpan {
        name: "slow database".to_owned(),
        from: 60.0,
        to: 75.0,
        trigger: true,
        stays: false,
    });
    results.warnings = vec!["web is at 93 % of its capacity before the fault.".to_owned()];
    results
}

/// A curve: two variants at seven loads.
pub(crate) fn saturation() -> Results {
    let mut results = stampede();
    let values = [500, 600, 700, 800, 900, 950, 990].map(|load| format!("{load}/s"));
    let mut lines = BTreeMap::new();
    results.variants.clear();
    for (i, name) in ["baseline", "lifo"].into_iter().enumerate() {
        let mut points = vec![];
        for (n, value) in values.iter().enumerate() {
            let p99 = 0.002 * (1 << (n + i)) as f64;
            let goodput = 1.0 - 0.0004 * (n * n) as f64;
            let none = [const { None }; 5];
            let mut variant = variant(name, "", [goodput, 0.001, p99, p99 * 2.0, 900.0], none);
            variant.value = Some(value.clone());
            results.variants.push(variant);
            let missing = n == 6 && i == 0;
            points.push(CurvePoint {
                value: (!missing).then_some(p99),
                interval: (!missing).then_some((p99 * 0.95, p99 * 1.06)),
            });
        }
        lines.insert(name.to_owned(), points);
    }
    results.curve = Some(Curve {
        path: "nodes.readers.clients.arrivals.poisson".to_owned(),
        values: values.to_vec(),
        numbers: Some(vec![500.0, 600.0, 700.0, 800.0, 900.0, 950.0, 990.0]),
        unit: "/s".to_owned(),
        metric: column("p99", "p99", Unit::Seconds, Better::Lower),
        lines,
    });
    results
}

/// One variant of one run and three windows.
pub(crate) fn small() -> Results {
    let mut results = stampede();
    results.variants.truncate(1);
    let variant = &mut results.variants[0];
    variant.runs.truncate(1);
    variant.latency = String::new();
    variant.time_to_failure = String::new();
    variant.timeline = Timeline {
        window: 1.0,
        offered: vec![2000.0, 1999.5, 0.1 + 0.2],
        goodput: vec![2000.0, 1.0 / 3.0, 0.0],
        p50: vec![Some(0.0022), None, None],
        p99: vec![Some(0.95), Some(1.25)],
        load: BTreeMap::from([("web".to_owned(), names_of_series(&["first", "retry"]))]),
        depth: names_of_series(&["web"]),
    };
    results
}

fn names_of_series(series: &[&str]) -> BTreeMap<String, Vec<f64>> {
    series
        .iter()
        .map(|name| ((*name).to_owned(), vec![1.0, 0.25, 1e-7]))
        .collect()
}

/// Results that are unusual in one way each.
pub(crate) fn edges() -> Vec<(&'static str, Results)> {
    let changed = |change: fn(&mut Results)| {
        let mut results = stampede();
        change(&mut results);
        results
    };
    vec![
        ("one-run", changed(one_run)),
        (
            "nothing-finished",
            changed(|results| {
                results.variants.clear();
                results.interrupted = true;
            }),
        ),
        (
            "interrupted",
            changed(|results| {
                results.interrupted = true;
                for variant in &mut results.variants {
                    variant.runs.truncate(7);
                }
            }),
        ),
        (
            "no-columns",
            changed(|results| {
                results.columns.clear();
                for variant in &mut results.variants {
                    variant.cells.clear();
                }
            }),
        ),
        (
            "empty",
            changed(|results| results.variants.iter_mut().for_each(emptied)),
        ),
        ("twelve-long-names", changed(twelve_long_names)),
        ("huge", changed(huge)),
        (
            "unicode",
            changed(|results| {
                results.identity.summary = "一个热键过期，所有读者都去数据库。".repeat(4);
                results.faults[0].name = "热键过期，缓存失效，数据库被压垮".to_owned();
                results.variants[2].name = "einzelflug-für-größe".to_owned();
                results.variants[3].name = "缓存-单飞-提前刷新-旧值".to_owned();
            }),
        ),
    ]
}

fn one_run(results: &mut Results) {
    results.identity.runs = 1;
    for variant in &mut results.variants {
        variant.runs.truncate(1);
        variant.recovery = Recovery {
            judged: 1,
            recovered: 1,
            time: Some(9.2),
            probabilities: vec![(0.207, 1.0), (0.0, 0.793), (0.0, 0.793), (0.0, 0.793)],
            ..Recovery::default()
        };
        let lines = variant
            .bill
            .lines
            .iter_mut()
            .map(|line| &mut line.difference);
        let cells = variant.cells.iter_mut().map(|cell| &mut cell.difference);
        cells.chain(lines).for_each(|difference| *difference = None);
    }
}

fn emptied(variant: &mut Variant) {
    variant.latency.clear();
    variant.time_to_failure.clear();
    variant.ends = Ends::default();
    variant.timeline = Timeline::default();
    variant.nodes.clear();
    variant.bill = Bill::default();
    variant.recovery = Recovery::default();
    for cell in &mut variant.cells {
        *cell = Cell {
            value: None,
            difference: None,
        };
    }
}

fn twelve_long_names(results: &mut Results) {
    let model = results.variants[3].clone();
    let named = |n: u32| Variant {
        name: format!("refresh-ahead-of-time-{n:02}"),
        ..model.clone()
    };
    results.variants.truncate(1);
    results.variants.extend((1..=12).map(named));
    let peak = results.columns[4].clone();
    for label in ["duplicate fills", "web refused", "stale reads"] {
        results.columns.push(Column {
            label: label.to_owned(),
            ..peak.clone()
        });
    }
    for variant in &mut results.variants {
        let cell = variant.cells[4].clone();
        variant.cells.extend([cell.clone(), cell.clone(), cell]);
        variant.recovery = Recovery {
            judged: 20,
            oscillating: 12,
            recovered: 8,
            time: Some(31.0),
            time_interval: Some((24.0, 38.0)),
            probabilities: vec![(0.219, 0.613), (0.0, 0.161), (0.387, 0.781), (0.0, 0.161)],
            ..Recovery::default()
        };
    }
}

fn huge(results: &mut Results) {
    for variant in &mut results.variants[1..] {
        variant.cells[1].value = Some(4e7);
        variant.cells[2].value = Some(1e-12);
        variant.cells[4] = Cell {
            value: Some(1e21),
            difference: difference(true, 1e9, 1e8, 1e10),
        };
        variant.cells[3].difference = difference(false, -8e6, -9e6, 1e7);
    }
    results.variants[0].nodes[0].arrivals = 1e15;
    results.variants[0].ends.offered = u64::MAX;
}
