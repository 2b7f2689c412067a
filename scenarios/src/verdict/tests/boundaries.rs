//! Each threshold exactly at, just below and just above its boundary, as it is and when it is set.

use super::*;
use crate::verdict::judge as judge_by;

/// Asserts the verdict under some thresholds.
#[track_caller]
fn check(series: &Series, thresholds: Thresholds, expected: Verdict) {
    let judgement = judge_by(series, TRIGGER, &thresholds);
    assert_eq!(judgement.verdict, expected, "{thresholds:?}");
}

fn usual() -> Thresholds {
    Thresholds::default()
}

/// A run whose windows after the trigger have this many of 1000 in time, after `before` of 1000.
fn fallen(before: u64, after: u64) -> Series {
    let mut series = healthy(70);
    series.in_time.fill(before);
    series.in_time[50..].fill(after);
    series
}

#[test]
fn the_slack_of_the_share_is_a_boundary_that_still_is_good() {
    let lax = Thresholds {
        share_slack: 0.05,
        ..usual()
    };
    let strict = Thresholds {
        share_slack: 0.0,
        ..usual()
    };
    for (thresholds, least) in [(usual(), 990), (lax, 950), (strict, 1000)] {
        check(&fallen(1000, least), thresholds, Verdict::Recovered(0.0));
        check(&fallen(1000, least - 1), thresholds, Verdict::Degraded);
        check(
            &fallen(1000, (least + 1).min(1000)),
            thresholds,
            Verdict::Recovered(0.0),
        );
    }
}

#[test]
fn the_standard_errors_are_a_boundary_that_still_is_good() {
    // Half of 10,000 arrivals are in time, with a standard error of 0.5 points.
    let mut series = fallen(500, 0);
    series.arrivals[50..].fill(10_000);
    for (standard_errors, least) in [(4.0, 4800), (8.0, 4600), (0.0, 4900)] {
        let thresholds = Thresholds {
            standard_errors,
            ..usual()
        };
        series.in_time[50..].fill(least);
        check(&series, thresholds, Verdict::Recovered(0.0));
        series.in_time[50..].fill(least + 1);
        check(&series, thresholds, Verdict::Recovered(0.0));
        series.in_time[50..].fill(least - 1);
        check(&series, thresholds, Verdict::Degraded);
    }
}

#[test]
fn the_factor_of_the_median_is_a_boundary_that_still_is_good() {
    let mut series = healthy(70);
    for (median_factor, largest) in [(1.5, 0.015), (1.0, 0.010), (3.0, 0.030)] {
        let thresholds = Thresholds {
            median_factor,
            ..usual()
        };
        series.median[50..].fill(Some(largest));
        check(&series, thresholds, Verdict::Recovered(0.0));
        series.median[50..].fill(Some(largest - 1e-6));
        check(&series, thresholds, Verdict::Recovered(0.0));
        series.median[50..].fill(Some(largest + 1e-6));
        check(&series, thresholds, Verdict::Degraded);
    }
}

#[test]
fn a_recovery_is_as_many_windows_as_are_asked_for() {
    for windows in [1, 3, 10, 15] {
        let thresholds = Thresholds { windows, ..usual() };
        let good = |n: usize| after(&format!("{}{}", "-".repeat(20), "+".repeat(n)));
        check(&good(windows - 1), thresholds, Verdict::Degraded);
        check(&good(windows), thresholds, Verdict::Recovered(20.0));
        check(&good(windows + 1), thresholds, Verdict::Recovered(20.0));
    }
}

#[test]
fn the_time_after_the_trigger_is_as_many_windows_at_least() {
    for windows in [3, 10] {
        let thresholds = Thresholds { windows, ..usual() };
        let short = healthy(50 + windows - 1);
        check(&short, thresholds, Verdict::NotApplicable);
        check(&healthy(50 + windows), thresholds, Verdict::Recovered(0.0));
        let longer = healthy(50 + windows + 1);
        check(&longer, thresholds, Verdict::Recovered(0.0));
    }
}

#[test]
fn the_baseline_is_as_many_windows_at_least() {
    for windows in [3, 10] {
        let thresholds = Thresholds { windows, ..usual() };
        let series = healthy(80);
        for (more, is_judged) in [(-1.0, false), (-0.001, false), (0.0, true), (1.0, true)] {
            let from = 20.0 + windows as f64 + more;
            let judgement = judge_by(&series, Some((from, 50.0)), &thresholds);
            assert_eq!(judgement.warning.is_none(), is_judged, "{windows} {more}");
            assert_eq!(judgement.band.is_some(), is_judged);
        }
    }
}

#[test]
fn enough_of_the_later_windows_must_be_good() {
    // 0.9 x 10 and 0.45 x 20 are whole, whatever binary fractions say.
    for (later_good, later, most_bad) in [
        (0.9, 10, 1),
        (0.9, 20, 2),
        (0.9, 30, 3),
        (0.45, 20, 11),
        (0.0, 10, 10),
        (1.0, 10, 0),
    ] {
        let thresholds = Thresholds {
            later_good,
            ..usual()
        };
        let is_at_once = |bad: usize| {
            let rest = format!("{}{}", "-".repeat(bad), "+".repeat(later - bad));
            let series = after(&format!("{}{rest}", "+".repeat(10)));
            judge_by(&series, TRIGGER, &thresholds).verdict == Verdict::Recovered(0.0)
        };
        assert!(is_at_once(most_bad), "{later_good} of {later}");
        assert!(
            most_bad == 0 || is_at_once(most_bad - 1),
            "{later_good} of {later}"
        );
        assert!(
            most_bad == later || !is_at_once(most_bad + 1),
            "{later_good} of {later}"
        );
    }
}

#[test]
fn exactly_the_part_below_which_it_is_stuck_is_not_stuck() {
    let severe = Thresholds {
        stuck_below: 0.2,
        ..usual()
    };
    let strict = Thresholds {
        stuck_below: 0.9,
        ..usual()
    };
    for (thresholds, before, least) in [
        (usual(), 1000, 500),
        (usual(), 600, 300),
        (severe, 1000, 200),
        (severe, 700, 140),
        (strict, 1000, 900),
    ] {
        check(&fallen(before, least), thresholds, Verdict::Degraded);
        check(&fallen(before, least + 1), thresholds, Verdict::Degraded);
        check(&fallen(before, least - 1), thresholds, Verdict::Stuck);
    }
}

#[test]
fn stuck_is_stronger_than_oscillating() {
    let mut series = after(&format!("{}+++++-----+++++-----", "-".repeat(60)));
    check(&series, usual(), Verdict::Oscillating);
    for i in (115..120).chain(125..130) {
        series.in_time[i] = 0;
    }
    // Half of all is in time; with one less it is under half.
    check(&series, usual(), Verdict::Oscillating);
    series.in_time[119] = 0;
    series.in_time[114] = 999;
    check(&series, usual(), Verdict::Stuck);
}

#[test]
fn a_relapse_is_as_long_as_it_is_asked_for() {
    let quiet = "-".repeat(60);
    let threes = Thresholds {
        stretch: 3,
        ..usual()
    };
    let pattern = after(&format!("{quiet}----+++---+++-----++"));
    check(&pattern, usual(), Verdict::Degraded);
    check(&pattern, threes, Verdict::Oscillating);
    let shorter = after(&format!("{quiet}----++----+++-----++"));
    check(&shorter, threes, Verdict::Degraded);
    let sixes = Thresholds {
        stretch: 6,
        ..usual()
    };
    let fives = after(&format!("{quiet}+++++-----+++++-----"));
    check(&fives, usual(), Verdict::Oscillating);
    check(&fives, sixes, Verdict::Degraded);
}

#[test]
fn the_share_of_a_healthy_system_is_still_healthy() {
    for (healthy_share, least) in [(0.99, 990), (0.999, 999), (0.5, 500), (0.0, 0)] {
        let thresholds = Thresholds {
            healthy_share,
            ..usual()
        };
        let overloaded = |in_time| {
            let series = fallen(in_time, in_time);
            judge_by(&series, TRIGGER, &thresholds).overloaded_before
        };
        assert!(!overloaded(least), "{healthy_share}");
        assert!(!overloaded(least + 1), "{healthy_share}");
        assert!(least == 0 || overloaded(least - 1), "{healthy_share}");
    }
}

#[test]
fn windows_are_judged_from_the_first_that_begins_after_the_trigger() {
    // Window 50 is bad: a trigger that ends within it leaves it out.
    let series = after("-+++++++++++");
    for (to, expected) in [(49.75, 1.25), (50.0, 1.0), (50.25, 0.75), (51.0, 0.0)] {
        let judgement = judge(&series, Some((40.0, to)));
        assert_eq!(judgement.verdict, Verdict::Recovered(expected), "{to}");
    }
}

#[test]
fn the_baseline_is_the_windows_wholly_before_the_trigger() {
    // Window 40 would spoil the baseline's share, and window 19 too.
    let mut series = healthy(80);
    series.in_time[19] = 0;
    series.in_time[40] = 0;
    for from in [40.0, 40.001, 40.999] {
        let judgement = judge(&series, Some((from, 50.0)));
        assert!(!judgement.overloaded_before, "{from}");
        let band = judgement.band.expect("there is a verdict");
        assert_eq!((band.share, band.until), (1.0, from));
    }
    assert!(judge(&series, Some((41.0, 50.0))).overloaded_before);
    let earlier = Series {
        warm_up: 19.0,
        ..series.clone()
    };
    assert!(judge(&earlier, TRIGGER).overloaded_before);
    let later = Series {
        warm_up: 18.001,
        ..series
    };
    assert!(
        judge(&later, TRIGGER).overloaded_before,
        "window 19 is whole"
    );
}

#[test]
fn a_trigger_at_the_edge_of_the_run_leaves_nothing_to_judge() {
    let series = healthy(60);
    for to in [50.001, 59.0, 60.0, 61.0] {
        let judgement = judge(&series, Some((40.0, to)));
        assert_eq!(judgement.verdict, Verdict::NotApplicable, "{to}");
    }
    let before_all = judge(&series, Some((0.0, 10.0)));
    assert_eq!(before_all.verdict, Verdict::NotApplicable);
    assert!(before_all.warning.is_some());
}

#[test]
fn the_band_says_what_a_window_of_average_size_is_held_against() {
    let series = fallen(800, 800);
    let band = judge(&series, TRIGGER).band.expect("there is a verdict");
    assert_eq!(
        (band.from, band.until, band.trigger_end),
        (20.0, 40.0, 50.0)
    );
    assert!((band.share - 0.8).abs() < 1e-12);
    let by_chance = 4.0 * (0.8 * 0.2 / 1000.0_f64).sqrt();
    assert!((band.least - (0.8 - by_chance)).abs() < 1e-12);
}
