//! Expectations, judged, and what they rest on.

use super::Unit;
use serde::{Deserialize, Serialize};

/// An expectation of the scenario, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// What is expected, as it was written.
    pub that: String,
    /// Why, as it was written; may be empty.
    pub because: String,
    /// The judgement.
    pub judgement: Judgement,
    /// What was measured.
    pub figure: Figure,
}

/// Whether an expectation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// The whole interval lies on the right side.
    Met,
    /// The whole interval lies on the wrong side.
    Violated,
    /// There is not enough data to tell.
    Undecided,
}

/// What a figure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Runs that have a value.
    pub have: u32,
    /// All runs.
    pub of: u32,
    /// Whether they are the batches of one long run instead.
    pub batches: bool,
}

/// The figures of an expectation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// A metric, or its ratio to another variant's, with its 95 % interval over runs.
    Value {
        /// The mean over runs (the geometric mean of ratios).
        value: f64,
        /// The ends of the interval; nothing with one run.
        interval: Option<(f64, f64)>,
        /// What it is held against.
        bound: f64,
        /// How to write all of them.
        unit: Unit,
        /// What it rests on.
        basis: Basis,
    },
    /// Where a value is 0: a metric's difference from the expected share of another variant's.
    Difference {
        /// The mean over runs.
        value: f64,
        /// The ends of the 95 % interval; nothing with one run.
        interval: Option<(f64, f64)>,
        /// How to write all of them.
        unit: Unit,
        /// What it rests on; both must have a value.
        basis: Basis,
    },
    /// The runs in which something holds.
    Runs {
        /// Runs in which it holds.
        held: u32,
        /// Runs that could be judged.
        of: u32,
        /// The Wilson interval of the probability.
        interval: (f64, f64),
        /// The probability that is expected.
        expected: f64,
    },
    /// There is nothing to judge, and why.
    Missing(String),
}
