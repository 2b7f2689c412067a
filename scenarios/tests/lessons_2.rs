//! The lessons of four catalogue scenarios - `tail-fanout`, `hedged-requests`, `replica-lag` and
//! `network-partition` - against arithmetic, with other values than their own, and where their
//! expectations do not go.

use scenarios::results::Results;
use scenarios::study::{Study, Vary, run};
use scenarios::{Document, Setting, Source};
use std::sync::atomic::AtomicBool;

/// Runs of each variant.
const RUNS: u32 = 3;

/// What a scenario of the catalogue says with some values changed: by variant and metric.
struct Told(Results);

impl Told {
    /// The metric, averaged over runs.
    fn of(&self, variant: &str, metric: &str) -> f64 {
        let variant = self.0.variants.iter().find(|told| told.name == variant);
        let runs = &variant.expect("the variant was run").runs;
        let values: Vec<f64> = runs
            .iter()
            .filter_map(|run| run.metrics.get(metric).copied())
            .collect();
        assert_eq!(values.len(), runs.len(), "{metric} is missing");
        values.iter().sum::<f64>() / values.len() as f64
    }

    /// Asserts `VARIANT METRIC < NUMBER` or `VARIANT METRIC > NUMBER`, a line each; the number may
    /// be followed by `x VARIANT`, and is then multiplied by that variant's figure.
    fn holds(&self, table: &str) {
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (&[variant, metric, sign, number], other) = words.split_at(4) else {
                panic!("four words, then perhaps two: {line}");
            };
            let factor = match other {
                &[_, other] => self.of(other, metric),
                _ => 1.0,
            };
            let bound = number.parse::<f64>().expect("a number") * factor;
            let value = self.of(variant, metric);
            let is_so = if sign == "<" {
                value < bound
            } else {
                bound < value
            };
            assert!(is_so, "{line}: it is {value}, and the bound {bound}");
        }
    }

    fn is_close(&self, variant: &str, metric: &str, expected: f64, tolerance: f64) {
        let value = self.of(variant, metric);
        assert!(
            (value - expected).abs() < tolerance,
            "{variant} {metric}: {value}, expected {expected} +- {tolerance}"
        );
    }
}

/// Studies a scenario of the catalogue in these variants (all, if none is named) with some values
/// changed. A curve is studied at one value of its parameter, given with the changes.
fn study(name: &str, variants: &[&str], changes: &[(&str, &str)]) -> Told {
    let file = format!("{}/catalogue/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).expect("the catalogue has it");
    let document = Document::parse(Source {
        name: file,
        text,
        folder: None,
    })
    .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let varied = document.vary().first().map(|setting| setting.path.clone());
    let is_varied = |path: &str| varied.as_deref() == Some(path);
    let vary = changes.iter().find(|(path, _)| is_varied(path));
    let set = |&(path, value): &(&str, &str)| Setting {
        path: path.into(),
        value: value.into(),
        origin: "test".into(),
    };
    let runs = RUNS.to_string();
    let fixed = [("seed", "1"), ("runs", &runs)];
    let changes = changes.iter().filter(|(path, _)| !is_varied(path));
    let study = Study {
        variants: (!variants.is_empty()).then(|| variants.iter().map(|&v| v.into()).collect()),
        sets: fixed.iter().chain(changes).map(set).collect(),
        vary: vary.map(|&(path, value)| Vary {
            path: path.into(),
            values: vec![value.into()],
        }),
        metric: None,
        precision: None,
        threads: 2,
        command: String::new(),
    };
    let results = run(&document, &study, &|_| {}, &AtomicBool::new(false));
    Told(results.unwrap_or_else(|error| panic!("{error}")))
}

/// Four standard errors of a share that is measured on `count` requests.
fn four_errors(share: f64, count: f64) -> f64 {
    4.0 * (share * (1.0 - share) / count).sqrt()
}

#[test]
fn the_rare_slow_leaf_is_the_common_case_of_a_gather() {
    let told = study("tail-fanout", &[], &[]);
    let gathers = f64::from(RUNS) * told.of("baseline", "offered.rate") * 55.0;
    for (variant, quick) in [
        ("baseline", libm::pow(0.99, 100.0)),
        ("ten-leaves", libm::pow(0.99, 10.0)),
        ("hedge", libm::pow(1.0 - 0.0101 * 0.01, 100.0)),
    ] {
        told.is_close(variant, "goodput", quick, four_errors(quick, gathers));
    }
    told.holds(
        "
        baseline      latency.p50                > 1
        ten-leaves    latency.p50                < 0.25 x baseline
        ten-leaves    latency.p99                > 0.9  x baseline
        hedge         leaf.arrivals.rate         > 1.01 x baseline
        hedge         leaf.wasted                > 20
        hedge-cancel  latency.p95                < 0.1  x baseline
        first-95      root.partial_answers.rate  > 18
        first-95      leaf.wasted                > 20
        within-200ms  goodput                    > 0.999
        within-200ms  latency.p50                > 0.2
        within-200ms  root.partial_answers.rate  > 11
        within-200ms  root.partial_answers.rate  < 14
        ",
    );
}

#[test]
fn the_time_of_a_gather_is_the_work_of_its_last_leaf() {
    let told = study("tail-fanout", &["baseline", "within-200ms"], &[]);
    let work = told.of("baseline", "latency.mean") - 0.001;
    told.is_close("baseline", "waits.work", work, 0.0001);
    told.holds(
        "
        within-200ms  waits.lost_attempts  > 0.1
        within-200ms  waits.network        < 0.0011
        ",
    );
}

#[test]
fn a_hedge_after_the_95th_percentile_costs_five_percent_and_trims_the_tail() {
    let rate = [("nodes.users.clients.arrivals.poisson", "800/s")];
    let told = study("hedged-requests", &[], &rate);
    let requests = f64::from(RUNS) * 800.0 * 9.0;
    let hedges = |variant| told.of(variant, "server.arrivals.hedge.rate") / 800.0;
    // The network takes 0.5 ms of the 27 ms; sigma is ln(40/10)/2.3263.
    let share = 0.0510;
    assert!((hedges("hedge-p95") - share).abs() < four_errors(share, requests) + 0.001);
    // S(t) S(t - d) = 1 % at 36.0 ms for d = 27 ms.
    told.is_close("hedge-p95", "latency.p99", 0.0360, 0.0005);
    told.is_close("baseline", "latency.p99", 0.0405, 0.0012);
    told.holds(
        "
        hedge-p99         latency.p99           > 0.98 x baseline
        hedge-p99         late.share            < 0.9  x baseline
        hedge-p95-budget  latency.p99           < 0.95 x baseline
        hedge-p50-budget  latency.p99           > 0.95 x baseline
        hedge-p95-cancel  server.utilisation    < 0.99 x hedge-p95
        ",
    );
}

#[test]
fn at_high_load_hedging_makes_it_worse() {
    let at = |rate| {
        let rate = [("nodes.users.clients.arrivals.poisson", rate)];
        study("hedged-requests", &[], &rate)
    };
    at("1600/s").holds(
        "
        baseline          goodput             > 0.99
        hedge-p50         goodput             < 0.05
        hedge-p50         server.utilisation  > 0.99
        hedge-p50-cancel  goodput             > 0.99
        hedge-p95         latency.p99         < 0.95 x baseline
        ",
    );
    at("2400/s").holds(
        "
        baseline          goodput      > 0.99
        hedge-p95         goodput      < 0.05
        hedge-p50         goodput      < 0.05
        hedge-p50-cancel  goodput      < 0.05
        hedge-p95-cancel  latency.p99  < 0.97 x baseline
        hedge-measured    goodput      < 0.5
        hedge-p95-budget  goodput      > 0.98
        ",
    );
}

#[test]
fn replicas_that_lag_show_the_past_and_each_remedy_has_its_price() {
    study("replica-lag", &[], &[]).holds(
        "
        baseline          writers.stale_share  > 0.4
        baseline          db.lag.p99           > 10
        wait-20ms         readers.stale_share  > 1.2  x baseline
        wait-20ms         latency.p99          > 1.5  x baseline
        synchronous       writers.latency.p50  > 1.2  x baseline
        parallel-apply    db.wait.p99          > 2    x baseline
        ",
    );
}

#[test]
fn a_backlog_drains_by_what_the_appliers_have_left() {
    // 160/s x 20 s at each of two replicas, less 80/s since the end of the burst at 50 s.
    for (from, until, left) in [("69s", "71s", 3_200.0), ("100s", "110s", 20.0)] {
        let window = [("warm_up", from), ("duration", until)];
        let told = study("replica-lag", &["baseline"], &window);
        told.is_close("baseline", "db.backlog.mean", left, 20.0 + 0.15 * left);
    }
}

#[test]
fn own_writes_are_missed_as_often_as_a_single_server_queue_is_slower() {
    // A write waits in an M/M/1 queue of 200/s, offered 120/s: P(T > 10 ms) = e^(-80 x 0.01), and
    // two of three instances are replicas. The link takes as long as the way back and forth.
    let changes = [
        ("faults.0.load.factor", "1"),
        ("nodes.writers.clients.read_back", "10ms"),
        (
            "nodes.writers.clients.keys",
            "{ uniform: { count: 1000000 } }",
        ),
    ];
    let told = study("replica-lag", &["baseline"], &changes);
    let share = 2.0 / 3.0 * libm::exp(-0.8);
    // Waits in a queue follow each other: ten times fewer count as independent.
    let pairs = f64::from(RUNS) * 120.0 * 110.0 / 10.0;
    told.is_close(
        "baseline",
        "writers.stale_share",
        share,
        four_errors(share, pairs),
    );
}

#[test]
fn the_cut_side_gets_no_answer_or_an_old_one() {
    let told = study("network-partition", &[], &[]);
    let without_cut = 1.0 - 30.0 / 110.0;
    told.is_close("baseline", "users-c.goodput", without_cut, 0.01);
    told.is_close(
        "nearest",
        "users-c.goodput",
        1.0 - 0.1 * 30.0 / 110.0,
        0.005,
    );
    told.holds(
        "
        baseline            users-a.goodput        > 0.9999
        baseline            users-b.goodput        > 0.9999
        baseline            users-c.stale_share    < 0.000001
        nearest             users-c.stale_age.p99  > 28
        nearest             users-c.stale_age.p99  < 31
        sync-one            users-a.goodput        > 0.9999
        sync-one            users-c.stale_share    > 0.15
        sync-both           users-b.goodput        > 0.96
        sync-both-call-off  users-a.goodput        < 0.99
        sync-both-call-off  db.queue.max           < 1
        ",
    );
}
