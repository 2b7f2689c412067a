//! Results that are small, empty, or unusual in one way each.

use super::parts::{about, encoded, named, stampeded};
use super::{stampede, study};
use hdrhistogram::Histogram;
use scenarios::results::*;
use std::collections::BTreeMap;

/// A study of one variant without anything in it.
pub(crate) fn nothing() -> Results {
    let mut results = study("nothing", "");
    let mut variant = stampeded("baseline", 0, 1.0, None);
    variant.latency = encoded(&Histogram::new(3).expect("3 digits"));
    variant.timeline = Timeline::default();
    variant.cells.iter_mut().for_each(|cell| cell.value = None);
    variant.ends = Ends::default();
    variant.recovery = Recovery::default();
    variant.bill = Bill::default();
    variant.breakdown = Breakdown::default();
    results.identity.runs = 1;
    results.variants = vec![variant];
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
        load: BTreeMap::from([("web".to_owned(), named(["first", "retry"].map(series)))]),
        depth: named(["web"].map(series)),
    };
    results
}

fn series(name: &str) -> (&str, Vec<f64>) {
    (name, vec![1.0, 0.25, 1e-7])
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
    variant.breakdown = Breakdown::default();
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
            difference: Some(Difference {
                relative: true,
                mean: 1e9,
                low: 1e8,
                high: 1e10,
            }),
        };
        variant.cells[3].difference = about(false, -8e6);
    }
    results.variants[0].nodes[0].arrivals = 1e15;
    results.variants[0].ends.offered = u64::MAX;
}
