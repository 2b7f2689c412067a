//! What differs between two results, as plain data.

use super::{Difference, Unit};
use serde::Serialize;

/// What differs between results `a` and `b`, and whether noise explains it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contrast {
    /// What was run otherwise.
    pub identity: Vec<Distinction>,
    /// Whether runs are compared with runs of the same number: the dice are the same.
    pub is_paired: bool,
    /// Variants that only `a` has.
    pub only_a: Vec<String>,
    /// Variants that only `b` has.
    pub only_b: Vec<String>,
    /// The variants of both.
    pub variants: Vec<VariantContrast>,
    /// How many differences were tested, over all variants.
    pub tests: usize,
    /// The probability that anything is called beyond noise when there is nothing but noise.
    pub level: f64,
}

/// Something that was run otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Distinction {
    /// What: `seed`, `scenario`, `--set`.
    pub what: String,
    /// In `a`.
    pub a: String,
    /// In `b`.
    pub b: String,
}

/// What differs between the variants of one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantContrast {
    /// The name, with the value of the varied parameter where there is one.
    pub name: String,
    /// Runs of `a` and of `b`.
    pub runs: (usize, usize),
    /// Runs of one number and one fingerprint: exactly the same happened in them.
    pub same_runs: usize,
    /// Whether every run of each is such a run.
    pub is_same: bool,
    /// The metrics: the columns first.
    pub metrics: Vec<MetricContrast>,
    /// The verdicts on recovery that any run has.
    pub verdicts: Vec<VerdictContrast>,
}

/// What differs in a metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricContrast {
    /// The metric, as `squall show --metrics` lists it, or `recovery_time`.
    pub metric: String,
    /// What stands above its column; the metric where it is none.
    pub label: String,
    /// Whether it is a column of the comparison.
    pub is_column: bool,
    /// How to write its values.
    pub unit: Unit,
    /// In `a`: what its table says, else the mean over runs. Nothing with too few samples.
    pub a: Option<f64>,
    /// In `b`.
    pub b: Option<f64>,
    /// How `b` differs from `a`, with the 95 % interval of this metric alone; nothing with fewer
    /// than 2 runs that have a value.
    pub difference: Option<Difference>,
    /// The probability of such a difference or a larger one when there is nothing but noise.
    pub p: Option<f64>,
    /// Whether noise does not explain it, seen together with all the others.
    pub is_beyond_noise: bool,
}

/// What differs in how often a verdict on recovery was given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerdictContrast {
    /// The verdict: `recovered`, `degraded`, `oscillating` or `stuck`.
    pub verdict: String,
    /// Runs of `a` with it, and with any.
    pub a: (u32, u32),
    /// Runs of `b` with it, and with any.
    pub b: (u32, u32),
    /// The probability of such a difference or a larger one when there is nothing but noise.
    pub p: f64,
    /// Whether noise does not explain it, seen together with all the others.
    pub is_beyond_noise: bool,
}

impl Contrast {
    /// Whether noise does not explain something.
    pub fn is_beyond_noise(&self) -> bool {
        self.variants.iter().any(VariantContrast::is_beyond_noise)
    }

    /// Whether a variant has other runs, but too few of them to tell these from noise.
    pub fn is_undecided(&self) -> bool {
        let too_few = |v: &VariantContrast| !v.is_same && v.runs.0.min(v.runs.1) < 2;
        self.variants.iter().any(too_few)
    }
}

impl VariantContrast {
    /// Whether noise does not explain something.
    pub fn is_beyond_noise(&self) -> bool {
        self.metrics.iter().any(|metric| metric.is_beyond_noise)
            || self.verdicts.iter().any(|verdict| verdict.is_beyond_noise)
    }
}
