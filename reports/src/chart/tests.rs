//! Charts of made-up studies, as a whole.

use super::{Drawing, draw};
use crate::made_up;
use scenarios::results::{Difference, Recovery, Results, Timeline};

fn drawing(results: &Results, name: &str) -> Drawing {
    let found = draw(results)
        .into_iter()
        .find(|drawing| drawing.name == name);
    found.unwrap_or_else(|| panic!("{name} is drawn"))
}

fn titles(results: &Results) -> Vec<String> {
    draw(results)
        .into_iter()
        .map(|drawing| drawing.title)
        .collect()
}

#[test]
fn a_histogram_has_these_bytes() {
    let results = made_up::only(made_up::stampede(), 3);
    insta::assert_snapshot!(drawing(&results, "latency-histogram").svg);
}

#[test]
fn a_timeline_has_these_bytes() {
    insta::assert_snapshot!(drawing(&made_up::replicas(), "goodput-over-time").svg);
}

#[test]
fn a_curve_has_these_bytes() {
    insta::assert_snapshot!(drawing(&made_up::curve(), "metric-against-parameter").svg);
}

#[test]
fn a_topology_has_these_bytes() {
    insta::assert_snapshot!(drawing(&made_up::replicas(), "topology").svg);
}

#[test]
fn where_the_time_went_has_these_bytes() {
    let results = made_up::only(made_up::stampede(), 3);
    insta::assert_snapshot!(drawing(&results, "where-the-time-went").svg);
}

#[test]
fn a_bill_has_these_bytes() {
    let results = made_up::only(made_up::stampede(), 4);
    insta::assert_snapshot!(drawing(&results, "bill").svg);
}

#[test]
fn a_recovery_has_these_bytes() {
    let results = made_up::only(made_up::stampede(), 3);
    insta::assert_snapshot!(drawing(&results, "recovery").svg);
}

#[test]
fn recovery_stands_for_goodput_where_there_is_a_verdict() {
    let names = |results: &Results| -> Vec<String> {
        let drawings = draw(results).into_iter();
        drawings.map(|drawing| drawing.name).collect()
    };
    let mut results = made_up::only(made_up::stampede(), 2);
    let both = ["recovery", "goodput-over-time"].map(str::to_owned);
    let judged = names(&results);
    assert_eq!(
        both.each_ref().map(|name| judged.contains(name)),
        [true, false]
    );
    for variant in &mut results.variants {
        variant.recovery = Recovery::default();
    }
    let unjudged = names(&results);
    assert_eq!(
        both.each_ref().map(|name| unjudged.contains(name)),
        [false, true]
    );
}

#[test]
fn titles_tell_the_differences_that_are_seen_and_those_that_are_not() {
    assert_eq!(
        titles(&made_up::only(made_up::stampede(), 3)),
        [
            "single-flight cuts p99 from 2.1 s to 55 ms; no difference seen for ttl-jitter",
            "Baseline crosses 1 s at p86; single-flight never crosses it; no difference seen for \
             ttl-jitter",
            "p99 of the worst window is 2.6 s in the baseline, 124 ms with single-flight; no \
             difference seen for ttl-jitter",
            "Baseline and ttl-jitter never recover; single-flight recovers in 3.0 s",
            "single-flight cuts db peak from 300/s to 27/s; no difference seen for ttl-jitter",
            "Up to 504 requests wait at products in the baseline",
            "In the baseline 93.0 % of the time of the slowest 1 % is waiting in products' queue; \
             with single-flight most is waiting for another's fill at catalog",
            "ttl-jitter costs nothing that is seen; single-flight costs waits for another's fill \
             at catalog 10/s",
            "A hot key expires and every reader goes to the database at once",
        ]
    );
}

#[test]
fn one_run_claims_no_difference() {
    let mut results = made_up::only(made_up::stampede(), 3);
    results.identity.runs = 1;
    for cell in results
        .variants
        .iter_mut()
        .flat_map(|variant| &mut variant.cells)
    {
        cell.difference = None;
    }
    assert_eq!(
        drawing(&results, "latency-histogram").title,
        "p99 is 2.1 s in the baseline, 2.1 s with ttl-jitter, 55 ms with single-flight"
    );
}

#[test]
fn what_has_no_data_is_not_drawn() {
    assert!(draw(&made_up::nothing()).is_empty());
    let mut results = made_up::nothing();
    results.variants.clear();
    assert!(draw(&results).is_empty());
}

#[test]
fn every_drawing_is_sound() {
    for results in hard_cases() {
        for drawing in draw(&results) {
            let Drawing {
                name,
                title,
                svg,
                origin,
            } = &drawing;
            assert!(
                svg.starts_with("<svg width=") && svg.ends_with("</svg>\n"),
                "{name}: {title}"
            );
            assert!(
                !svg.contains("NaN") && !svg.contains("inf"),
                "{name}: {title}"
            );
            assert!(origin.contains("0123456789abcdef"), "{name}: {origin}");
            #[cfg(feature = "png")]
            assert!(
                super::png(&drawing).starts_with(b"\x89PNG"),
                "{name}: {title}"
            );
        }
    }
}

/// Studies that are unlike those that anybody means to make.
fn hard_cases() -> Vec<Results> {
    let with = |change: &dyn Fn(&mut Results)| {
        let mut results = made_up::replicas();
        change(&mut results);
        results
    };
    vec![
        made_up::stampede(),
        made_up::curve(),
        with(&|results| {
            let copies = results.variants.clone();
            results
                .variants
                .extend(copies.iter().cycle().take(8).cloned());
        }),
        with(&|results| results.variants[1].name = "<&\"'> long ".repeat(40)),
        with(&|results| {
            results.variants.truncate(1);
            let timeline = &mut results.variants[0].timeline;
            let first = |values: &mut Vec<f64>| values.truncate(1);
            first(&mut timeline.offered);
            first(&mut timeline.goodput);
            timeline.p99.truncate(5);
            timeline
                .load
                .values_mut()
                .flat_map(|load| load.values_mut())
                .for_each(first);
            timeline.depth.values_mut().for_each(first);
        }),
        with(&|results| {
            for variant in &mut results.variants {
                variant
                    .timeline
                    .goodput
                    .iter_mut()
                    .for_each(|goodput| *goodput = 1e300);
                variant
                    .timeline
                    .p99
                    .iter_mut()
                    .for_each(|p99| *p99 = Some(1e-300));
            }
            results.good_within = 1e-9;
        }),
        with(&|results| {
            results.variants[1].timeline = Timeline::default();
            results.variants[2].cells.clear();
            results.columns.clear();
            results.identity.duration = 0.0;
        }),
        with(&|results| {
            *results = made_up::stampede();
            for variant in &mut results.variants {
                variant.breakdown.tail = None;
                if let Some(middle) = &mut variant.breakdown.middle {
                    middle.latency = 0.0;
                }
                variant.recovery.time = Some(1e9);
                variant.recovery.time_interval = Some((-1e9, 1e12));
                if let Some(band) = &mut variant.recovery.band {
                    (band.least, band.share) = (1.0, 0.0);
                }
                for line in &mut variant.bill.lines {
                    line.label = line.label.repeat(9);
                    line.value = 1e300;
                    line.difference = Some(Difference {
                        relative: true,
                        mean: 1e299,
                        low: 1e-9,
                        high: f64::MAX,
                    });
                }
            }
        }),
        with(&|results| {
            let mut curve = made_up::curve().curve.expect("a curve");
            curve.numbers = None;
            curve.lines.values_mut().for_each(|line| line.truncate(1));
            results.curve = Some(curve);
        }),
    ]
}
