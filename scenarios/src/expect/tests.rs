//! Reading expectations, and judging them by runs made by hand.

use super::judge::{Made, judge};
use super::{Claim, Expected, read};
use crate::results::{Basis, Figure, Judgement, Run, Unit, Verdict};
use std::collections::BTreeMap;

const VARIANTS: [&str; 3] = ["baseline", "short-queue", "no-retries"];

#[track_caller]
fn expected(text: &str) -> Expected {
    read(text, &VARIANTS).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"))
}

/// The word that is refused, and why.
#[track_caller]
fn refused(text: &str) -> (&str, String) {
    let wrong = read(text, &VARIANTS).expect_err(text);
    (&text[wrong.range], wrong.message)
}

/// Runs that have these values of a metric.
fn runs(metric: &str, values: &[f64]) -> Vec<Run> {
    let run = |value: &f64| Run {
        fingerprint: String::new(),
        events: 0,
        metrics: BTreeMap::from([(metric.to_owned(), *value)]),
        recovery: Verdict::NotApplicable,
    };
    values.iter().map(run).collect()
}

/// Runs that have these verdicts.
fn judged_runs(verdicts: &[Verdict]) -> Vec<Run> {
    let mut runs = runs("goodput", &vec![1.0; verdicts.len()]);
    for (run, verdict) in runs.iter_mut().zip(verdicts) {
        run.recovery = *verdict;
    }
    runs
}

fn made(runs: &[Run]) -> Made<'_> {
    let batches = &[];
    Made { runs, batches }
}

/// Judges an expectation of the baseline, with these runs of it and of another variant.
#[track_caller]
fn judged(text: &str, own: &[Run], other: &[Run]) -> (Judgement, Figure) {
    let of = |name: &str| Some(made(if name == "baseline" { own } else { other }));
    judge(&expected(text), of).expect("both variants were run")
}

#[track_caller]
fn check(text: &str, own: &[Run], judgement: Judgement) {
    let found = judged(text, own, &[]);
    assert_eq!(found.0, judgement, "{text}: {:?}", found.1);
}

use Judgement::{Met, Undecided, Violated};

#[test]
fn every_form_is_read() {
    for text in [
        "baseline latency.p99 < 350ms",
        "short-queue p99 > 50% of no-retries",
        "baseline web.refused.rate > 0.5/s with probability 80%",
        "baseline goodput > 99.9%",
        "baseline web.queue.max < 12.5",
        "no-retries web.arrivals.peak < 120% of baseline with probability 90%",
        "baseline recovers within 1m30s",
        "baseline recovers within 5s with probability 90%",
        "baseline never recovers",
        "baseline no web.refused",
        "  baseline   no \t failed ",
    ] {
        expected(text);
    }
    let Claim::Metric { metric, .. } = expected("baseline p99 < 1s").claim else {
        panic!("this is about a metric");
    };
    assert_eq!(metric, "latency.p99");
}

#[test]
fn what_cannot_be_read_is_refused_at_the_word_that_is_wrong() {
    for (text, word) in [
        ("shortqueue p99 < 1s", "shortqueue"),
        ("baseline p99 < 1s of shortqueue", "1s"),
        ("baseline p99 < 50% of shortqueue", "shortqueue"),
        ("baseline p99 <= 1s", "<="),
        ("baseline p99 < 50%", "50%"),
        ("baseline p99 < 27/s", "27/s"),
        ("baseline p99 < -1s", "-1s"),
        ("baseline goodput > 120%", "120%"),
        ("baseline web.queue.max < 1e3", "1e3"),
        ("baseline web.queue.max < inf", "inf"),
        ("baseline p99 < 0% of no-retries", "0%"),
        ("baseline recoverss within 5s", "recoverss"),
        ("baseline recovers in 5s", "in"),
        ("baseline recovers within 5", "5"),
        ("baseline never recover", "recover"),
        ("baseline never recovers with probability 5%", "with"),
        ("baseline no web.refused at all", "at"),
        ("baseline p99 < 1s with luck", "luck"),
        ("baseline p99 < 1s with probability 100%", "100%"),
        ("baseline p99 < 1s with probability 0%", "0%"),
        ("baseline p99 < 1s sometimes", "sometimes"),
    ] {
        assert_eq!(refused(text).0, word, "{text}");
    }
    for text in [
        "",
        "baseline",
        "baseline p99",
        "baseline p99 <",
        "baseline no",
    ] {
        assert_eq!(
            refused(text),
            (text, "this expectation is not complete".into())
        );
    }
}

#[test]
fn a_metric_is_judged_by_the_interval_of_its_mean() {
    // Mean 5, t(4) x sqrt(2) = 3.926: from 1.074 to 8.926.
    let own = runs("web.queue.max", &[1.0, 3.0, 5.0, 7.0, 9.0]);
    for (bound, below, above) in [
        ("8.93", Met, Violated),
        ("8.92", Undecided, Undecided),
        ("5", Undecided, Undecided),
        ("1.08", Undecided, Undecided),
        ("1.07", Violated, Met),
    ] {
        check(&format!("baseline web.queue.max < {bound}"), &own, below);
        check(&format!("baseline web.queue.max > {bound}"), &own, above);
    }
}

#[test]
fn a_value_on_the_bound_is_on_neither_side_of_it() {
    let own = runs("web.queue.max", &[5.0; 5]);
    check("baseline web.queue.max < 5", &own, Violated);
    check("baseline web.queue.max > 5", &own, Violated);
    check("baseline web.queue.max < 5.1", &own, Met);
    check("baseline web.queue.max > 4.9", &own, Met);
}

#[test]
fn fewer_than_two_values_decide_nothing() {
    let metric = "latency.p99";
    check("baseline p99 < 1s", &[], Undecided);
    check("baseline p99 < 1s", &runs("goodput", &[1.0; 9]), Undecided);
    check("baseline p99 < 1s", &runs(metric, &[0.1]), Undecided);
    check("baseline p99 < 1s", &runs(metric, &[0.1, 0.11]), Met);
    let (_, figure) = judged("baseline p99 < 1s", &runs(metric, &[0.1]), &[]);
    let one = Figure::Value {
        value: 0.1,
        interval: None,
        bound: 1.0,
        unit: Unit::Seconds,
        basis: basis(1, 1),
    };
    assert_eq!(figure, one);
}

fn basis(have: u32, of: u32) -> Basis {
    let batches = false;
    Basis { have, of, batches }
}

#[test]
fn what_must_never_be_counted_is_not_counted_in_any_run() {
    check(
        "baseline no web.refused",
        &runs("web.refused.total", &[0.0; 5]),
        Met,
    );
    check(
        "baseline no web.refused",
        &runs("web.refused.total", &[0.0; 4]),
        Undecided,
    );
    let one = runs("web.refused.total", &[0.0, 0.0, 1.0]);
    check("baseline no web.refused", &one, Violated);
}

#[test]
fn a_few_runs_that_do_not_differ_decide_nothing() {
    let metric = "web.refused.total";
    check(
        "baseline web.refused.total < 1",
        &runs(metric, &[0.0; 4]),
        Undecided,
    );
    check(
        "baseline web.refused.total < 1",
        &runs(metric, &[0.0; 5]),
        Met,
    );
}

#[test]
fn a_ratio_is_judged_by_pairs() {
    // Each run is its own world: the values differ by a factor of 16, the ratios hardly.
    let own = runs("latency.p99", &[0.1, 0.2, 0.41, 0.79, 1.6]);
    let other = runs("latency.p99", &[0.2, 0.4, 0.8, 1.6, 3.2]);
    for (bound, judgement) in [("52%", Met), ("50%", Undecided), ("48%", Violated)] {
        let text = format!("baseline p99 < {bound} of no-retries");
        assert_eq!(judged(&text, &own, &other).0, judgement, "{text}");
    }
    let (judgement, figure) = judged("baseline p99 > 40% of no-retries", &own, &other);
    let Figure::Value {
        value,
        interval: Some((low, high)),
        bound,
        unit,
        basis: of,
    } = figure
    else {
        panic!("{figure:?} is no ratio with an interval");
    };
    assert_eq!((judgement, unit, of), (Met, Unit::Share, basis(5, 5)));
    assert!(low < value && value < high && bound < low);
    let of_itself = judged("baseline p99 < 101% of baseline", &own, &[]).0;
    assert_eq!(of_itself, Met);
}

#[test]
fn where_a_value_is_zero_differences_are_judged() {
    let own = runs("web.refused.rate", &[0.0, 1.0, 2.0, 1.0, 1.0]);
    let other = runs("web.refused.rate", &[9.0, 11.0, 10.0, 9.0, 11.0]);
    let text = "baseline web.refused.rate < 50% of no-retries";
    let (judgement, figure) = judged(text, &own, &other);
    assert_eq!(judgement, Met);
    // 1 on average, less half of 10.
    assert!(
        matches!(figure, Figure::Difference { value, basis: of, .. }
            if (value + 4.0).abs() < 1e-12 && of == basis(5, 5)),
        "{figure:?}"
    );
    let text = "baseline web.refused.rate > 50% of no-retries";
    assert_eq!(judged(text, &own, &other).0, Violated);
    let nothing = runs("web.refused.rate", &[0.0; 5]);
    let text = "baseline web.refused.rate < 50% of no-retries";
    assert_eq!(judged(text, &nothing, &nothing).0, Violated);
}

#[test]
fn runs_without_a_value_keep_an_expectation_from_being_met() {
    let mut own = runs("latency.p99", &[0.1, 0.11, 0.1, 0.11, 0.1, 0.11]);
    let other = runs("latency.p99", &[1.0; 6]);
    own[2].metrics.clear();
    let (judgement, figure) = judged("baseline p99 < 20% of no-retries", &own, &other);
    assert_eq!(
        judgement, Undecided,
        "the one that is missing may be the worst"
    );
    let of = basis(5, 6);
    assert!(
        matches!(figure, Figure::Value { basis, .. } if basis == of),
        "{figure:?}"
    );
    check("baseline p99 > 1s", &own, Violated);
}

#[test]
fn runs_without_a_value_count_for_no_probability_and_against_none() {
    let mut own = runs("latency.p99", &[0.1; 20]);
    own[4..].iter_mut().for_each(|run| run.metrics.clear());
    check("baseline p99 < 1s with probability 30%", &own, Undecided);
    check("baseline p99 > 1s with probability 90%", &own, Undecided);
    own.truncate(4);
    check("baseline p99 < 1s with probability 30%", &own, Met);
}

#[test]
fn what_was_not_run_is_not_judged() {
    let own = runs("latency.p99", &[0.1; 6]);
    let of = |name: &str| (name == "baseline").then(|| made(&own));
    for text in [
        "no-retries p99 < 1s",
        "no-retries never recovers",
        "baseline p99 < 20% of no-retries",
    ] {
        assert_eq!(judge(&expected(text), of), None, "{text}");
    }
}

#[test]
fn a_probability_is_judged_by_the_wilson_interval() {
    // 18 of 20: from 69.9 % to 97.2 %.
    let mut values = vec![0.1; 18];
    values.extend([2.0, 2.0]);
    let own = runs("latency.p99", &values);
    for (probability, judgement) in [
        ("69%", Met),
        ("71%", Undecided),
        ("97%", Undecided),
        ("98%", Violated),
    ] {
        let text = format!("baseline p99 < 1s with probability {probability}");
        check(&text, &own, judgement);
    }
    let other = runs("latency.p99", &[1.0; 20]);
    let text = "baseline p99 < 50% of no-retries with probability 69%";
    assert_eq!(judged(text, &own, &other).0, Met);
    let text = "baseline p99 > 150% of no-retries with probability 69%";
    assert_eq!(judged(text, &own, &other).0, Violated);
}

#[test]
fn recovery_is_expected_of_every_run_that_has_a_verdict() {
    let back = Verdict::Recovered;
    let text = "baseline recovers within 5s";
    let recovered =
        |times: &[f64]| judged_runs(&times.iter().map(|t| back(*t)).collect::<Vec<_>>());
    check(text, &recovered(&[0.0, 1.0, 2.0, 3.0, 5.0]), Met);
    check(text, &recovered(&[0.0, 1.0, 2.0, 3.0]), Undecided);
    check(text, &recovered(&[5.1]), Violated);
    check(text, &recovered(&[0.0, 0.0, 0.0, 0.0, 5.1]), Violated);
    let stuck = [back(1.0), Verdict::Stuck];
    check(text, &judged_runs(&stuck), Violated);
    let mut verdicts = vec![back(1.0); 5];
    verdicts.extend([Verdict::NotApplicable; 5]);
    check(text, &judged_runs(&verdicts), Met);
}

#[test]
fn recovery_may_be_expected_with_a_probability() {
    let mut verdicts = vec![Verdict::Recovered(1.0); 18];
    verdicts.extend([Verdict::Recovered(9.0), Verdict::Degraded]);
    let own = judged_runs(&verdicts);
    let text = |share| format!("baseline recovers within 5s with probability {share}");
    check(&text("69%"), &own, Met);
    check(&text("90%"), &own, Undecided);
    check(&text("98%"), &own, Violated);
}

#[test]
fn no_run_may_recover_where_none_is_expected_to() {
    let text = "baseline never recovers";
    let broken = [
        Verdict::Stuck,
        Verdict::Degraded,
        Verdict::Oscillating,
        Verdict::Stuck,
        Verdict::Stuck,
    ];
    check(text, &judged_runs(&broken), Met);
    check(text, &judged_runs(&broken[..4]), Undecided);
    let one = [Verdict::Stuck, Verdict::Recovered(60.0)];
    check(text, &judged_runs(&one), Violated);
}

#[test]
fn runs_without_a_verdict_decide_nothing_and_say_why() {
    let own = judged_runs(&[Verdict::NotApplicable; 20]);
    for text in ["baseline recovers within 5s", "baseline never recovers"] {
        let (judgement, figure) = judged(text, &own, &[]);
        assert_eq!(judgement, Undecided);
        let reason = "no run has a verdict on recovery".into();
        assert_eq!(figure, Figure::Missing(reason));
    }
}

#[test]
fn what_must_not_happen_may_not_happen_once() {
    let text = "baseline no web.refused";
    check(text, &runs("web.refused.total", &[0.0; 5]), Met);
    check(text, &runs("web.refused.total", &[0.0; 4]), Undecided);
    check(text, &runs("web.refused.total", &[0.0, 0.0, 1.0]), Violated);
    let text = "baseline no failed";
    check(text, &runs("failed.share", &[0.0; 5]), Met);
    check(text, &runs("failed.share", &[0.0, 1e-6]), Violated);
}

#[test]
fn batches_of_one_long_run_stand_for_runs_where_a_mean_is_judged() {
    let long = runs("latency.p99", &[0.1]);
    let batches = runs("latency.p99", &[0.08, 0.12, 0.1, 0.09, 0.11]);
    let batches: Vec<_> = batches.into_iter().map(|run| run.metrics).collect();
    let of = |_: &str| {
        Some(Made {
            runs: &long,
            batches: &batches,
        })
    };
    let judgement = |text: &str| judge(&expected(text), of).map(|(judgement, _)| judgement);
    assert_eq!(judgement("baseline p99 < 200ms"), Some(Judgement::Met));
    assert_eq!(judgement("baseline p99 > 200ms"), Some(Judgement::Violated));
    assert_eq!(
        judgement("baseline p99 < 101ms"),
        Some(Judgement::Undecided)
    );
    // One run says little of how often something holds.
    let often = "baseline p99 < 200ms with probability 50%";
    assert_eq!(judgement(often), Some(Judgement::Undecided));
}
