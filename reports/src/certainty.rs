//! How sure figures are: the precision that was wanted, many intervals at once, verdicts as
//! probabilities.

use crate::quantity::{quantity, range};
use crate::wording::{counted, known_and_seen};
use scenarios::results::{BASELINE, Precision, Recovery, Results, Unit, Variant};

/// The probability with which an interval misses.
const MISS: f64 = 0.05;

/// What a wanted precision took, or what is missing; nothing when none was wanted.
pub(crate) fn precision(results: &Results) -> Option<String> {
    let of @ Precision {
        metric,
        variant,
        runs,
        ..
    } = results.precision.as_ref()?;
    let width = |half_width: f64| match of.unit {
        Unit::Share => quantity(Some(half_width), Unit::Share).replace('%', "points"),
        _ => quantity(Some(half_width), Unit::Share),
    };
    let wanted = width(of.wanted);
    let made = counted(*runs as usize, "run");
    let Some(widest) = of.widest else {
        return Some(format!(
            "{metric} is not known to within {wanted}: {variant} has no interval after {made}, for \
             too few of them have enough samples. Longer runs have more."
        ));
    };
    let widest_of = |half_width: f64| match results.variants.len() {
        0 | 1 => format!("the interval is {}", width(half_width)),
        _ => format!("the widest interval is {} ({variant})", width(half_width)),
    };
    let widest_is = widest_of(widest);
    if of.is_reached {
        let where_ = match results.variants.len() {
            0 | 1 => "",
            _ => " in every variant, as are the differences",
        };
        return Some(format!(
            "{metric} is known to within {wanted}{where_}: it took {made}; {widest_is}."
        ));
    }
    let limit = if of.limit <= *runs {
        ", the most allowed"
    } else {
        ""
    };
    let too_wide = widest / of.wanted;
    let needed = quantity(
        Some((f64::from(*runs) * too_wide * too_wide).ceil()),
        Unit::Count,
    );
    Some(format!(
        "{metric} is not yet known to within {wanted}: after {made}{limit}, {widest_is}. About \
         {needed} runs would probably do."
    ))
}

/// What to think of many intervals at once; nothing with one variant against the baseline.
pub(crate) fn multiplicity(results: &Results) -> Option<String> {
    let is_compared = |variant: &&Variant| variant.name != BASELINE && known_and_seen(variant).0;
    let variants = results.variants.iter().filter(is_compared).count();
    let columns = results.columns.len();
    if variants < 2 {
        return None;
    }
    let level = format!("{:.1}", 100.0 * (1.0 - MISS / variants as f64));
    Some(format!(
        "{variants} variants x {} are {} intervals, of which one in twenty misses by chance; to \
         judge the {variants} variants of a column together, intervals of {} % would be needed \
         (Bonferroni).",
        counted(columns, "column"),
        variants * columns,
        level.trim_end_matches(".0")
    ))
}

/// Each verdict: its name, its runs, its share of them, and the interval of its probability.
pub(crate) fn verdicts(recovery: &Recovery) -> Vec<(&'static str, [String; 3])> {
    let counts = [
        ("recovered", recovery.recovered),
        ("degraded", recovery.degraded),
        ("oscillating", recovery.oscillating),
        ("stuck", recovery.stuck),
    ];
    let with_interval = counts.iter().zip(&recovery.probabilities);
    with_interval
        .map(|(&(name, runs), &ends)| {
            let share = f64::from(runs) / f64::from(recovery.judged.max(1));
            let runs = format!("{runs}/{}", recovery.judged);
            let interval = range(share, ends, Unit::Share);
            (name, [runs, quantity(Some(share), Unit::Share), interval])
        })
        .collect()
}

/// The mean time to recover, and its interval where there is one.
pub(crate) fn time_to_recover(recovery: &Recovery) -> (String, String) {
    let time = quantity(recovery.time, Unit::Seconds);
    let interval = recovery.time.zip(recovery.time_interval);
    let interval = interval.map(|(time, ends)| range(time, ends, Unit::Seconds));
    (time, interval.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    fn wanted() -> Precision {
        Precision {
            metric: "latency.p99".to_owned(),
            unit: Unit::Seconds,
            wanted: 0.05,
            widest: Some(0.048),
            variant: "both".to_owned(),
            runs: 45,
            limit: 200,
            is_reached: true,
        }
    }

    #[track_caller]
    fn check(precision_: Precision, text: &str) {
        let results = Results {
            precision: Some(precision_),
            ..made_up::stampede()
        };
        assert_eq!(precision(&results).unwrap(), text);
    }

    #[test]
    fn a_precision_says_what_it_took_or_what_is_missing() {
        assert_eq!(precision(&made_up::stampede()), None);
        check(
            wanted(),
            "latency.p99 is known to within 5.0 % in every variant, as are the differences: it \
             took 45 runs; the widest interval is 4.8 % (both).",
        );
        check(
            Precision {
                widest: Some(0.073),
                runs: 200,
                is_reached: false,
                ..wanted()
            },
            "latency.p99 is not yet known to within 5.0 %: after 200 runs, the most allowed, the \
             widest interval is 7.3 % (both). About 427 runs would probably do.",
        );
        check(
            Precision {
                metric: "goodput".to_owned(),
                unit: Unit::Share,
                wanted: 0.01,
                widest: Some(0.02),
                runs: 20,
                is_reached: false,
                ..wanted()
            },
            "goodput is not yet known to within 1.0 points: after 20 runs, the widest interval is \
             2.0 points (both). About 80 runs would probably do.",
        );
        check(
            Precision {
                widest: None,
                runs: 5,
                is_reached: false,
                ..wanted()
            },
            "latency.p99 is not known to within 5.0 %: both has no interval after 5 runs, for too \
             few of them have enough samples. Longer runs have more.",
        );
        let alone = Results {
            precision: Some(wanted()),
            ..made_up::single_run()
        };
        assert_eq!(
            precision(&alone).unwrap(),
            "latency.p99 is known to within 5.0 %: it took 45 runs; the interval is 4.8 %."
        );
    }

    #[test]
    fn many_intervals_are_remarked_upon() {
        let mut results = made_up::stampede();
        assert_eq!(
            multiplicity(&results).unwrap(),
            "5 variants x 5 columns are 25 intervals, of which one in twenty misses by chance; to \
             judge the 5 variants of a column together, intervals of 99 % would be needed \
             (Bonferroni)."
        );
        results.variants.truncate(4);
        assert!(multiplicity(&results).unwrap().contains("98.3 %"));
        results.variants.truncate(2);
        assert_eq!(multiplicity(&results), None);
    }

    #[test]
    fn verdicts_have_their_intervals() {
        let recovery = Recovery {
            judged: 20,
            recovered: 18,
            degraded: 2,
            time: Some(9.2),
            time_interval: Some((8.1, 10.3)),
            probabilities: vec![(0.699, 0.972), (0.028, 0.301), (0.0, 0.161), (0.0, 0.161)],
            ..Recovery::default()
        };
        let lines = verdicts(&recovery);
        let [runs, share, interval] = &lines[0].1;
        assert_eq!(lines[0].0, "recovered");
        assert_eq!([runs, share, interval], ["18/20", "90.0 %", "[70,97]"]);
        assert_eq!(lines.len(), 4);
        let time = time_to_recover(&recovery);
        assert_eq!(time, ("9.2 s".to_owned(), "[8.1,10]".to_owned()));
        assert!(verdicts(&Recovery::default()).is_empty());
    }
}
