//! How long something takes.

use super::OrNone;
use crate::units::{Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long something takes: a duration, or a distribution of durations.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Distribution {
    /// Always the same.
    Constant(Duration),
    /// Drawn anew each time.
    Drawn(Box<Drawn>),
}

impl Default for Distribution {
    fn default() -> Self {
        Distribution::Constant(Duration::default())
    }
}

/// A distribution of durations.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Drawn {
    /// Always the same.
    Constant(Duration),
    /// Every value between `from` and `to` alike.
    Uniform {
        /// The smallest value.
        from: Duration,
        /// The largest value.
        to: Duration,
    },
    /// Exponential with this mean.
    Exponential(Duration),
    /// Normal; what would be negative is folded to its absolute value, or drawn from the part
    /// above zero.
    Normal {
        /// The mean before folding or truncating.
        mean: Duration,
        /// The standard deviation before folding or truncating.
        sd: Duration,
        /// What happens below zero.
        #[serde(default)]
        negative: Negative,
    },
    /// Lognormal, by median and 99th percentile, or by its own mean and the sigma of its logarithm.
    Lognormal(Lognormal),
    /// Weibull: a shape below 1 has a heavy tail, 1 is exponential.
    Weibull {
        /// The shape k.
        shape: f64,
        /// The scale, which 63 % of the values lie below.
        scale: Duration,
    },
    /// Pareto: P(T > t) = (min/t)^alpha. The mean is finite only for alpha above 1.
    Pareto {
        /// The smallest value.
        min: Duration,
        /// The tail index.
        alpha: f64,
    },
    /// Pareto cut at a largest value.
    BoundedPareto {
        /// The smallest value.
        min: Duration,
        /// The largest value.
        max: Duration,
        /// The tail index.
        alpha: f64,
    },
    /// The sum of k exponentials.
    Erlang {
        /// How many stages.
        k: u32,
        /// The mean of the sum.
        mean: Duration,
    },
    /// One of several exponentials, chosen by share.
    Hyperexponential(Vec<Phase>),
    /// Measured values.
    Empirical(Empirical),
    /// One of several distributions, chosen by share; the shares add up to 100 %.
    Mixture(Vec<Part>),
    /// A distribution with a constant added.
    Shifted {
        /// What is added.
        by: Duration,
        /// The distribution.
        of: Distribution,
    },
    /// A distribution multiplied by a number.
    Scaled {
        /// The factor.
        by: f64,
        /// The distribution.
        of: Distribution,
    },
    /// The same draw for every attempt and copy of one request: a heavy query stays heavy.
    PerRequest(Distribution),
}

/// What a normal distribution does below zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Negative {
    /// The absolute value is taken.
    #[default]
    Folded,
    /// The draw is from the part above zero.
    Truncated,
}

/// A lognormal distribution: `{median, p99}` or `{mean, sigma}`.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lognormal {
    /// Half of the values lie below; goes with `p99`.
    pub median: Option<Duration>,
    /// 99 % of the values lie below; goes with `median`.
    pub p99: Option<Duration>,
    /// The mean of the values; goes with `sigma`.
    pub mean: Option<Duration>,
    /// The standard deviation of the logarithm; goes with `mean`.
    pub sigma: Option<f64>,
}

/// An exponential with its share.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// How often this one is drawn; the shares add up to 100 %.
    pub share: Share,
    /// Its mean.
    pub mean: Duration,
}

/// A distribution with its share.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How often this one is drawn; the shares add up to 100 %.
    pub share: Share,
    /// The distribution.
    pub of: Distribution,
}

/// Measured values: quantiles with straight lines between them, or a column of a CSV file, every
/// row of which is as likely as any other.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Empirical {
    /// Quantiles in rising order, from 0 % to 100 %.
    pub quantiles: Vec<Quantile>,
    /// A CSV file with a header line, relative to the scenario file.
    #[schemars(extend("x-unit" = "file"))]
    pub file: Option<String>,
    /// The column of the file; the first when missing.
    pub column: Option<String>,
    /// What the numbers of the column count; `1s` when missing.
    pub unit: Option<Duration>,
}

/// A quantile of measured values.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantile {
    /// The share of values at or below.
    pub share: Share,
    /// The value.
    pub value: Duration,
}

/// An optional limit on time: a duration or `none`.
pub type TimeLimit = OrNone<Duration>;
