//! Hand-made runs: 1 s windows, 20 s of warm-up, a trigger from 40 s to 50 s unless a test says so.

mod boundaries;

use super::*;

const TRIGGER: Option<(f64, f64)> = Some((40.0, 50.0));
const ARRIVALS: u64 = 1000;

/// A run in which every request is answered in time, with a median of 10 ms.
fn healthy(windows: usize) -> Series {
    Series {
        window: 1.0,
        warm_up: 20.0,
        arrivals: vec![ARRIVALS; windows],
        in_time: vec![ARRIVALS; windows],
        median: vec![Some(0.010); windows],
        in_flight: vec![10.0; windows],
    }
}

/// A run that is bad from 40 s to 50 s, and after that wherever `pattern` has no `+`.
fn after(pattern: &str) -> Series {
    let mut series = healthy(50 + pattern.len());
    for i in 40..50 {
        series.in_time[i] = 0;
    }
    for (i, window) in pattern.chars().enumerate() {
        if window != '+' {
            series.in_time[50 + i] = ARRIVALS * 7 / 10;
        }
    }
    series
}

fn judge(series: &Series, trigger: Option<(f64, f64)>) -> Judgement {
    super::judge(series, trigger, &Thresholds::default())
}

fn verdict(series: &Series) -> Verdict {
    let judgement = judge(series, TRIGGER);
    assert_eq!(judgement.warning, None);
    judgement.verdict
}

#[test]
fn without_a_trigger_there_is_no_verdict() {
    let judgement = judge(&healthy(100), None);
    assert_eq!(judgement, Judgement::without_verdict(false, None));
}

#[test]
fn a_system_that_never_suffers_recovers_at_once() {
    assert_eq!(verdict(&healthy(100)), Verdict::Recovered(0.0));
}

#[test]
fn recovery_is_counted_from_the_end_of_the_trigger() {
    assert_eq!(
        verdict(&after("---++++++++++++++++++++")),
        Verdict::Recovered(3.0)
    );
    let between_windows = judge(&after("---++++++++++++++++++++"), Some((40.0, 50.25)));
    assert_eq!(between_windows.verdict, Verdict::Recovered(2.75));
}

#[test]
fn a_trigger_of_a_moment_is_judged_from_its_window_on() {
    assert_eq!(
        judge(&healthy(60), Some((40.0, 40.0))).verdict,
        Verdict::Recovered(0.0)
    );
}

#[test]
fn ten_good_windows_in_a_row_are_needed() {
    assert_eq!(verdict(&after("-+++++++++")), Verdict::Degraded);
    assert_eq!(verdict(&after("-++++++++++")), Verdict::Recovered(1.0));
    assert_eq!(
        verdict(&after("+++++++++-++++++++++")),
        Verdict::Recovered(10.0)
    );
}

#[test]
fn ninety_percent_of_the_later_windows_must_be_good() {
    assert_eq!(
        verdict(&after("++++++++++-+++++++++")),
        Verdict::Recovered(0.0)
    );
    assert_eq!(verdict(&after("++++++++++-++++++++")), Verdict::Degraded);
    assert_eq!(
        verdict(&after("++++++++++--++++++++++")),
        Verdict::Recovered(12.0)
    );
}

#[test]
fn fewer_than_ten_windows_after_the_trigger_are_no_verdict() {
    assert_eq!(verdict(&after("+++++++++")), Verdict::NotApplicable);
    assert_eq!(verdict(&after("++++++++++")), Verdict::Recovered(0.0));
}

#[test]
fn a_trigger_without_end_leaves_nothing_to_judge() {
    let judgement = judge(&healthy(100), Some((40.0, f64::INFINITY)));
    assert_eq!(judgement, Judgement::without_verdict(false, None));
}

#[test]
fn windows_without_arrivals_are_skipped() {
    let mut series = after("++++++----++++++");
    for i in 56..60 {
        series.arrivals[i] = 0;
        series.in_time[i] = 0;
        series.median[i] = None;
    }
    assert_eq!(verdict(&series), Verdict::Recovered(0.0));
    series.arrivals[50] = 0;
    assert_eq!(verdict(&series), Verdict::Recovered(1.0));
}

#[test]
fn skipped_windows_do_not_count_as_time_to_judge() {
    let mut series = healthy(60);
    series.arrivals[55] = 0;
    assert_eq!(verdict(&series), Verdict::NotApplicable);
}

#[test]
fn a_window_with_arrivals_and_no_answers_is_bad() {
    // Nothing in time is normal here, so that only the missing answers tell.
    let mut series = healthy(70);
    series.in_time = vec![0; 70];
    assert_eq!(verdict(&series), Verdict::Recovered(0.0));
    series.median[50..].fill(None);
    assert_eq!(verdict(&series), Verdict::Degraded);
}

#[test]
fn the_share_in_time_may_fall_by_one_point() {
    let mut series = healthy(70);
    series.in_time[50..].fill(990);
    assert_eq!(verdict(&series), Verdict::Recovered(0.0));
    series.in_time[50..].fill(989);
    assert_eq!(verdict(&series), Verdict::Degraded);
}

#[test]
fn the_share_in_time_may_fall_by_four_standard_errors() {
    // Of 100 arrivals at 80 %, 4 standard errors are 16 points; of 10,000 they are 1.6.
    let mut series = healthy(70);
    series.in_time.fill(800);
    for (arrivals, least) in [(100, 64), (10_000, 7840)] {
        series.arrivals[50..].fill(arrivals);
        series.in_time[50..].fill(least);
        assert_eq!(verdict(&series), Verdict::Recovered(0.0));
        series.in_time[50..].fill(least - 1);
        assert_eq!(verdict(&series), Verdict::Degraded);
    }
}

#[test]
fn the_median_may_rise_to_one_and_a_half_times_the_largest_before() {
    let mut series = healthy(70);
    series.median[30] = Some(0.020);
    series.median[10] = Some(9.0); // In the warm-up.
    series.median[45] = Some(9.0); // In the trigger.
    series.median[50..].fill(Some(0.030));
    assert_eq!(verdict(&series), Verdict::Recovered(0.0));
    series.median[50..].fill(Some(0.0301));
    assert_eq!(verdict(&series), Verdict::Degraded);
}

#[test]
fn less_than_half_the_share_in_the_last_quarter_is_stuck() {
    let mut series = after(&"-".repeat(40));
    series.in_time[50..80].fill(0);
    series.in_time[80..].fill(500);
    assert_eq!(verdict(&series), Verdict::Degraded);
    series.in_time[80] = 499;
    assert_eq!(verdict(&series), Verdict::Stuck);
    series.in_time[50..80].fill(900);
    assert_eq!(verdict(&series), Verdict::Stuck);
}

#[test]
fn stuck_is_measured_by_what_was_normal() {
    let mut series = healthy(90);
    series.in_time[..50].fill(600);
    series.in_time[50..].fill(310);
    assert_eq!(verdict(&series), Verdict::Degraded);
    series.in_time[50..].fill(290);
    assert_eq!(verdict(&series), Verdict::Stuck);
}

#[test]
fn two_relapses_in_the_last_quarter_are_an_oscillation() {
    let before = "-".repeat(60);
    assert_eq!(
        verdict(&after(&format!("{before}+++++-----+++++-----"))),
        Verdict::Oscillating
    );
    assert_eq!(
        verdict(&after(&format!("{before}-++++-----+++++-----"))),
        Verdict::Degraded
    );
    assert_eq!(
        verdict(&after(&format!("{before}+++++----++++++-----"))),
        Verdict::Degraded
    );
    assert_eq!(
        verdict(&after(&format!("+++++-----+++++-----{before}"))),
        Verdict::Degraded
    );
}

#[test]
fn the_baseline_needs_ten_windows() {
    let series = after("++++++++++++");
    assert_eq!(
        judge(&series, Some((30.0, 50.0))).verdict,
        Verdict::Recovered(0.0)
    );
    let judgement = judge(&series, Some((29.9, 50.0)));
    assert_eq!(judgement.verdict, Verdict::NotApplicable);
    let warning = judgement.warning.unwrap();
    assert!(
        warning.contains("9 windows of 1 s, and 10 are needed"),
        "{warning}"
    );
    assert!(
        judge(&series, Some((5.0, 50.0))).warning.is_some(),
        "in the warm-up"
    );
}

#[test]
fn windows_that_are_not_whole_seconds_have_exact_borders() {
    // 3.0 / 0.3 is a little more than 10, 6.0 / 0.3 a little less than 20 in some roundings.
    let series = Series {
        window: 0.3,
        warm_up: 3.0,
        ..healthy(40)
    };
    assert_eq!(
        judge(&series, Some((6.0, 9.0))).verdict,
        Verdict::Recovered(0.0)
    );
}

#[test]
fn a_baseline_without_answers_is_none() {
    let series = Series {
        median: vec![None; 70],
        in_time: vec![0; 70],
        ..healthy(70)
    };
    let judgement = judge(&series, TRIGGER);
    assert_eq!(judgement.verdict, Verdict::NotApplicable);
    assert!(judgement.warning.unwrap().contains("nothing is answered"));
}

#[test]
fn a_share_in_time_below_99_percent_is_overload_before() {
    let mut series = healthy(70);
    series.in_time[20..40].fill(990);
    assert!(!judge(&series, TRIGGER).overloaded_before);
    series.in_time[20..40].fill(989);
    assert!(judge(&series, TRIGGER).overloaded_before);
}

#[test]
fn a_backlog_that_builds_up_is_overload_before() {
    let mut series = healthy(70);
    series.in_flight = (0..70).map(|i| 100.0 + 50.0 * f64::from(i)).collect();
    assert!(judge(&series, TRIGGER).overloaded_before);
    series.in_flight.reverse();
    assert!(!judge(&series, TRIGGER).overloaded_before, "it drains");
}

#[test]
fn a_queue_that_comes_and_goes_is_no_overload() {
    let mut series = healthy(70);
    series.in_flight = (0..70).map(|i| f64::from(i * 7919 % 31)).collect();
    assert!(!judge(&series, TRIGGER).overloaded_before);
    series.in_flight = (0..70).map(|i| 0.01 * f64::from(i)).collect();
    assert!(
        !judge(&series, TRIGGER).overloaded_before,
        "less than one request"
    );
    series.in_flight = (0..70).map(|i| 10_000.0 + 10.0 * f64::from(i)).collect();
    assert!(
        !judge(&series, TRIGGER).overloaded_before,
        "next to nothing"
    );
}

#[test]
fn a_summary_counts_verdicts_and_averages_the_time() {
    let band = |share| Band {
        from: 20.0,
        until: 40.0,
        trigger_end: 50.0,
        share,
        least: share - 0.01,
    };
    let judged = |verdict, overloaded_before, share: Option<f64>| Judgement {
        verdict,
        overloaded_before,
        band: share.map(band),
        warning: None,
    };
    let recovery = summarise(&[
        judged(Verdict::Recovered(2.0), false, Some(1.0)),
        judged(Verdict::Recovered(4.0), true, Some(1.0)),
        judged(Verdict::Stuck, true, Some(0.75)),
        judged(Verdict::Degraded, false, Some(0.25)),
        judged(Verdict::Oscillating, false, Some(0.75)),
        judged(Verdict::NotApplicable, false, None),
    ]);
    // t(1) = 12.7062, and the standard error is 1: the interval would begin below 0.
    let (_, high) = recovery.time_interval.expect("two runs recovered");
    assert!((high - 15.7062).abs() < 1e-4, "{high}");
    let expected = Recovery {
        judged: 5,
        recovered: 2,
        degraded: 1,
        oscillating: 1,
        stuck: 1,
        time: Some(3.0),
        time_interval: Some((0.0, high)),
        probabilities: [2, 1, 1, 1]
            .into_iter()
            .filter_map(|runs| statistics::wilson(runs, 5))
            .collect(),
        overloaded_before: 2,
        band: Some(band(0.75)),
    };
    assert_eq!(recovery, expected);
    assert_eq!(recovery.probabilities.len(), 4);
    assert_eq!(summarise(&[]), Recovery::default());
}
