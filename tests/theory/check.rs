//! A check: what theory expects of a metric, how far off chance may put it, and what came out.

use super::metric;
use scenarios::results::{Results, Variant};
use scenarios::statistics::{interval, mean};

/// Chance may put a figure so many standard errors off.
const ERRORS: f64 = 4.0;

/// Quantiles come from histograms of three digits.
const DIGITS: f64 = 0.001;

/// A metric and its value by theory.
#[derive(Clone)]
pub(crate) struct Check {
    /// The entry of the list of known results that it belongs to: `Q01`.
    pub(crate) id: &'static str,
    /// The scenario's name: the file's name without `.yaml`.
    pub(crate) scenario: &'static str,
    /// A variant, or `baseline`.
    pub(crate) variant: &'static str,
    /// The metric; times are in seconds.
    pub(crate) metric: &'static str,
    /// Its value by theory.
    pub(crate) expected: f64,
    /// What chance does to it.
    pub(crate) error: Error,
    /// How far off it may be beside chance, in its own unit: what the theory leaves out.
    pub(crate) give: f64,
    /// Who found the law that is tested.
    pub(crate) source: &'static str,
}

/// The standard error of a figure.
#[derive(Clone, Copy)]
pub(crate) enum Error {
    /// Nothing is left to chance.
    None,
    /// The share of the expected value that it is with this many requests.
    Relative(f64, f64),
    /// What it is with this many requests, in the figure's unit.
    Absolute(f64, f64),
    /// That of a share of independent requests.
    Share,
    /// The standard deviation of one run.
    Run(f64),
}

/// What came out of a check.
pub(crate) struct Outcome {
    /// What was checked.
    pub(crate) check: Check,
    /// What the variant does, in words; empty for the baseline.
    pub(crate) setup: String,
    /// The mean over runs.
    pub(crate) measured: f64,
    /// The 95 % t-interval of the mean over runs.
    pub(crate) interval: (f64, f64),
    /// The standard error by theory, for all requests of all runs.
    pub(crate) error: f64,
}

impl Check {
    /// Looks the metric up in the results of the scenario.
    pub(crate) fn outcome(self, results: &Results) -> Outcome {
        let variant = results.variants.iter().find(|v| v.name == self.variant);
        let variant =
            variant.unwrap_or_else(|| panic!("{} has no variant {}", self.scenario, self.variant));
        let values: Vec<f64> = variant
            .runs
            .iter()
            .map(|run| metric::read(run, self.metric).unwrap_or(f64::NAN))
            .collect();
        Outcome {
            setup: variant.summary.clone(),
            measured: mean(&values).unwrap_or(f64::NAN),
            interval: interval(&values).expect("every scenario has several runs"),
            error: self.standard_error(variant),
            check: self,
        }
    }

    fn standard_error(&self, variant: &Variant) -> f64 {
        let requests = variant.ends.offered as f64;
        match self.error {
            Error::None => 0.0,
            Error::Relative(error, of) => error * self.expected.abs() * (of / requests).sqrt(),
            Error::Absolute(error, of) => error * (of / requests).sqrt(),
            Error::Share => (self.expected * (1.0 - self.expected) / requests).sqrt(),
            Error::Run(deviation) => deviation / (variant.runs.len() as f64).sqrt(),
        }
    }
}

impl Outcome {
    /// How far off the figure may be, in its own unit.
    pub(crate) fn tolerance(&self) -> f64 {
        let digits = if is_quantile(self.check.metric) {
            DIGITS
        } else {
            0.0
        };
        ERRORS * self.error + self.check.give + digits * self.check.expected
    }

    /// Whether theory and simulation agree.
    pub(crate) fn is_within(&self) -> bool {
        (self.measured - self.check.expected).abs() <= self.tolerance()
    }

    /// How many standard errors the figure is above what was expected; nothing where nothing is
    /// left to chance.
    pub(crate) fn deviation(&self) -> Option<f64> {
        (0.0 < self.error).then(|| (self.measured - self.check.expected) / self.error)
    }
}

/// Whether a metric ends in `.p99.9` or the like.
fn is_quantile(metric: &str) -> bool {
    let last = metric.rsplit_once(".p").map_or("", |(_, last)| last);
    last.starts_with(|first: char| first.is_ascii_digit())
}
