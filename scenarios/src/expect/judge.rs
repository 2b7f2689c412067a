//! Judges what was claimed by the runs that were made: met, violated, or not enough data to tell.

use super::{Bound, Claim, Expected, Side, counter_metrics, of};
use crate::results::{Basis, Expectation, Figure, Judgement, Run, Unit, Variant, Verdict};
use crate::schema::{Expect, Scenario};
use crate::statistics::{interval, mean, wilson};
use crate::study::describe;
use std::collections::BTreeMap;

/// What must hold in every run is met by no fewer runs than this.
const RUNS: u32 = 5;

/// The expectations of the variants that were run, judged.
pub(crate) fn judged(scenario: &Scenario, variants: &[Variant]) -> Vec<Expectation> {
    let made = |name: &str| {
        let variant = variants.iter().find(|variant| variant.name == name)?;
        let (runs, batches) = (variant.runs.as_slice(), variant.batches.as_slice());
        Some(Made { runs, batches })
    };
    let judged = |(expect, expected): (&Expect, Expected)| {
        let (judgement, figure) = judge(&expected, made)?;
        Some(Expectation {
            that: expect.that.split_whitespace().collect::<Vec<_>>().join(" "),
            because: expect.because.trim().to_owned(),
            judgement,
            figure,
        })
    };
    let expected = scenario.expect.iter().zip(of(scenario));
    expected.filter_map(judged).collect()
}

/// What judgements of a variant rest on.
#[derive(Clone, Copy)]
pub(super) struct Made<'v> {
    pub(super) runs: &'v [Run],
    /// The batches of the one long run, which means rest on where there are any.
    pub(super) batches: &'v [BTreeMap<String, f64>],
}

/// Judges an expectation by the runs of its variants; nothing when one of them was not run.
///
/// A metric is held against its bound by the 95 % t-interval of its mean over runs, a ratio to
/// another variant by that of the paired logarithms, and a probability by the Wilson interval of
/// the share of runs. An interval that holds the bound decides nothing.
pub(super) fn judge<'v>(
    expected: &Expected,
    made: impl Fn(&str) -> Option<Made<'v>>,
) -> Option<(Judgement, Figure)> {
    let own = made(&expected.variant)?;
    Some(match &expected.claim {
        Claim::Metric {
            metric,
            side,
            bound,
            probability,
        } => {
            let values = |made: Made<'_>| match probability {
                Some(_) => values(made.runs.iter().map(|run| &run.metrics), metric),
                None => samples(made, metric),
            };
            let (values, against) = match bound {
                Bound::Value(bound) => (values(own), Against::Value(*bound)),
                Bound::Times { share, of } => paired(&values(own), &values(made(of)?), *share),
            };
            match probability {
                Some(share) => values_over_runs(&values, *side, against, *share),
                None => {
                    let batches = !own.batches.is_empty();
                    mean_over_runs(&values, batches, *side, against, describe(metric).0)
                }
            }
        }
        Claim::Recovers {
            within,
            probability,
        } => {
            let in_time =
                |verdict| matches!(verdict, Verdict::Recovered(after) if after <= *within);
            verdicts(own.runs, in_time, *probability)
        }
        Claim::NeverRecovers => {
            let does_not = |verdict| !matches!(verdict, Verdict::Recovered(_));
            verdicts(own.runs, does_not, None)
        }
        Claim::No { counter } => nothing_counted(own.runs, counter),
    })
}

/// Why a metric may be missing in every run.
const TOO_FEW_SAMPLES: &str = "no run has enough samples for it";

impl Side {
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Side::Below => value < bound,
            Side::Above => bound < value,
        }
    }
}

/// What the values of a metric are, and what they are held against.
#[derive(Clone, Copy)]
enum Against {
    /// The metric itself, against this bound.
    Value(f64),
    /// Logarithms of ratios, against this ratio.
    Ratio(f64),
    /// Differences from the expected share of another variant's value, against nothing.
    Nothing,
}

impl Against {
    fn bound(self) -> f64 {
        match self {
            Against::Value(bound) => bound,
            Against::Ratio(ratio) => libm::log(ratio),
            Against::Nothing => 0.0,
        }
    }
}

/// A metric in every run, or in every batch of the one run.
fn samples(made: Made<'_>, metric: &str) -> Vec<Option<f64>> {
    if made.batches.is_empty() {
        return values(made.runs.iter().map(|run| &run.metrics), metric);
    }
    let of = |batch: &BTreeMap<String, f64>| batch.get(metric).copied();
    made.batches.iter().map(of).collect()
}

/// A metric in every run.
fn values<'r>(
    runs: impl Iterator<Item = &'r BTreeMap<String, f64>>,
    metric: &str,
) -> Vec<Option<f64>> {
    runs.map(|run| run.get(metric).copied()).collect()
}

/// Pairs the runs of two variants: logarithms of ratios, and where a value is 0 differences of the
/// first from so many times the second.
fn paired(own: &[Option<f64>], other: &[Option<f64>], share: f64) -> (Vec<Option<f64>>, Against) {
    let pairs: Vec<Option<(f64, f64)>> = own
        .iter()
        .zip(other)
        .map(|(own, other)| Some(((*own)?, (*other)?)))
        .collect();
    let is_positive = |(own, other): &(f64, f64)| 0.0 < *own && 0.0 < *other;
    let of = |of: &dyn Fn((f64, f64)) -> f64| pairs.iter().map(|pair| pair.map(of)).collect();
    if pairs.iter().flatten().all(is_positive) {
        let ratio = |(own, other)| libm::log(own / other);
        (of(&ratio), Against::Ratio(share))
    } else {
        let difference = |(own, other)| own - share * other;
        (of(&difference), Against::Nothing)
    }
}

/// Judges the mean over runs by its interval. Runs without a value are often the worst, so that
/// without them nothing is met; and a few runs that do not differ at all tell little.
fn mean_over_runs(
    values: &[Option<f64>],
    batches: bool,
    side: Side,
    against: Against,
    unit: Unit,
) -> (Judgement, Figure) {
    let (all, values) = (values.len(), known(values));
    let Some(value) = mean(&values) else {
        return (
            Judgement::Undecided,
            Figure::Missing(TOO_FEW_SAMPLES.into()),
        );
    };
    let interval = interval(&values);
    let bound = against.bound();
    let judgement = match interval {
        Some((low, high)) if low < high || RUNS as usize <= values.len() => {
            match [low, high].map(|end| side.holds(end, bound)) {
                [true, true] if values.len() == all => Judgement::Met,
                [false, false] => Judgement::Violated,
                _ => Judgement::Undecided,
            }
        }
        _ => Judgement::Undecided,
    };
    let basis = Basis {
        have: values.len() as u32,
        of: all as u32,
        batches,
    };
    let figure = match against {
        Against::Value(bound) => Figure::Value {
            value,
            // No metric is negative.
            interval: interval.map(|(low, high)| (low.max(0.0), high)),
            bound,
            unit,
            basis,
        },
        Against::Ratio(bound) => Figure::Value {
            value: libm::exp(value),
            interval: interval.map(|(low, high)| (libm::exp(low), libm::exp(high))),
            bound,
            unit: Unit::Share,
            basis,
        },
        Against::Nothing => Figure::Difference {
            value,
            interval,
            unit,
            basis,
        },
    };
    (judgement, figure)
}

/// Judges by the runs in which the value itself is on the right side. What a run without a value
/// would have had is not known: it holds for no expectation, and against none.
fn values_over_runs(
    values: &[Option<f64>],
    side: Side,
    against: Against,
    probability: f64,
) -> (Judgement, Figure) {
    let bound = against.bound();
    let (all, values) = (values.len(), known(values));
    if values.is_empty() {
        return (
            Judgement::Undecided,
            Figure::Missing(TOO_FEW_SAMPLES.into()),
        );
    }
    let held = values.iter().filter(|value| side.holds(**value, bound));
    let held = held.count();
    let might_hold = held + all - values.len();
    let (judgement, figure) = share_of_runs(held, all, Some(probability), TOO_FEW_SAMPLES);
    match (judgement, wilson(might_hold as u32, all as u32)) {
        (Judgement::Violated, Some((_, high))) if probability <= high => {
            (Judgement::Undecided, figure)
        }
        _ => (judgement, figure),
    }
}

/// The values that there are.
fn known(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().copied().flatten().collect()
}

/// Judges by the runs in which nothing was counted.
fn nothing_counted(runs: &[Run], counter: &str) -> (Judgement, Figure) {
    let [total, share] = counter_metrics(counter);
    let has = |metric: &String| runs.iter().any(|run| run.metrics.contains_key(metric));
    let metric = if has(&share) && !has(&total) {
        share
    } else {
        total
    };
    let values = known(&values(runs.iter().map(|run| &run.metrics), &metric));
    let held = values.iter().filter(|value| **value <= 0.0).count();
    share_of_runs(held, values.len(), None, TOO_FEW_SAMPLES)
}

/// Judges by the runs that have a verdict on recovery.
fn verdicts(
    runs: &[Run],
    holds: impl Fn(Verdict) -> bool,
    probability: Option<f64>,
) -> (Judgement, Figure) {
    let judged = || {
        let verdicts = runs.iter().map(|run| run.recovery);
        verdicts.filter(|verdict| *verdict != Verdict::NotApplicable)
    };
    let held = judged().filter(|verdict| holds(*verdict)).count();
    let reason = "no run has a verdict on recovery";
    share_of_runs(held, judged().count(), probability, reason)
}

/// Judges the share of runs in which something holds. Without a probability it must hold in all of
/// them: one counterexample is enough, a few examples are not.
fn share_of_runs(
    held: usize,
    of: usize,
    probability: Option<f64>,
    reason: &str,
) -> (Judgement, Figure) {
    let (held, of) = (held as u32, of as u32);
    let Some(interval) = wilson(held, of) else {
        return (Judgement::Undecided, Figure::Missing(reason.into()));
    };
    let (low, high) = interval;
    let judgement = match probability {
        Some(share) if share <= low => Judgement::Met,
        Some(share) if high < share => Judgement::Violated,
        None if held < of => Judgement::Violated,
        None if RUNS <= of => Judgement::Met,
        _ => Judgement::Undecided,
    };
    let figure = Figure::Runs {
        held,
        of,
        interval,
        expected: probability.unwrap_or(1.0),
    };
    (judgement, figure)
}
