//! What theory expects of the scenario files in this folder.
//!
//! Tolerances are 4 standard errors. `scaled(t, stated, used)` takes a tolerance that is known for
//! one sample size to the size of the file; `errors(e, used)` takes the relative standard error of
//! independent simulations of half a million requests.

mod policies;
mod queues;

use std::ops::RangeInclusive;

/// Quantiles come from histograms of three digits.
const DIGITS: f64 = 0.001;

/// A file, a variant of it, and where its theory comes from.
#[derive(Clone, Copy)]
pub(crate) struct Study {
    /// The scenario's name: the file's name without `.yaml`.
    pub(crate) scenario: &'static str,
    /// A variant, or `baseline`.
    pub(crate) variant: &'static str,
    /// Who found the law that is tested.
    pub(crate) source: &'static str,
}

/// A metric and its value by theory.
#[derive(Clone)]
pub(crate) struct Check {
    /// What is run.
    pub(crate) study: Study,
    /// The metric; times are in seconds.
    pub(crate) metric: String,
    /// Its value by theory.
    pub(crate) expected: f64,
    /// How far off it may be, in its own unit.
    pub(crate) tolerance: f64,
}

impl Check {
    /// Whether a measured value agrees with theory.
    pub(crate) fn accepts(&self, measured: f64) -> bool {
        (measured - self.expected).abs() <= self.tolerance
    }
}

/// A verdict by theory, to which every run must come.
pub(crate) struct VerdictCheck {
    /// What is run.
    pub(crate) study: Study,
    /// How it ends.
    pub(crate) end: End,
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// It recovers this many seconds after the trigger.
    RecoversAfter(RangeInclusive<f64>),
    /// It is stuck.
    Stuck,
}

const fn study(scenario: &'static str, variant: &'static str, source: &'static str) -> Study {
    Study {
        scenario,
        variant,
        source,
    }
}

impl Study {
    /// The metric is `expected` within this share of it.
    fn near(self, metric: String, expected: f64, tolerance: f64) -> Check {
        self.within(metric, expected, expected * tolerance)
    }

    /// The quantile is `expected` within this share of it, and the digits of the histogram.
    fn quantile(self, metric: String, expected: f64, tolerance: f64) -> Check {
        self.near(metric, expected, tolerance + DIGITS)
    }

    /// The metric is `expected` within this much.
    fn within(self, metric: String, expected: f64, tolerance: f64) -> Check {
        Check {
            study: self,
            metric,
            expected,
            tolerance,
        }
    }

    /// The variant of the same file.
    fn variant(self, variant: &'static str) -> Study {
        Study { variant, ..self }
    }
}

fn scaled(tolerance: f64, stated: f64, used: f64) -> f64 {
    tolerance * (stated / used).sqrt()
}

fn errors(error: f64, used: f64) -> f64 {
    4.0 * scaled(error, 0.5e6, used)
}

/// Every check of a metric.
pub(crate) fn checks() -> Vec<Check> {
    [queues::checks(), policies::checks()].concat()
}

/// Every check of a verdict (Bronson et al., 2021, section 2). Times are the means of 25 to 60
/// independent simulations, judged by the same rule, and 4 standard deviations of one run.
pub(crate) fn verdict_checks() -> Vec<VerdictCheck> {
    use End::{RecoversAfter, Stuck};
    let source = "Bronson et al., 2021, Metastable Failures in Distributed Systems";
    [
        ("metastable", "baseline", Stuck),
        ("metastable", "no-retry", RecoversAfter(82.0..=200.0)),
        ("metastable", "short", RecoversAfter(0.0..=86.0)),
        ("metastable", "at-140", RecoversAfter(66.0..=179.0)),
        ("metastable", "at-145", RecoversAfter(75.0..=431.0)),
        ("metastable", "at-155", Stuck),
        ("look-aside", "baseline", Stuck),
        (
            "look-aside",
            "late-answers-count",
            RecoversAfter(34.0..=43.0),
        ),
    ]
    .map(|(scenario, variant, end)| VerdictCheck {
        study: study(scenario, variant, source),
        end,
    })
    .into()
}
