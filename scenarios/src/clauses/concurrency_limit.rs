//! An adaptive limit on concurrency: a bulkhead that finds its size by itself.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::{Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

/// A limit on the attempts of a calling instance that are under way at once, which moves with what they
/// come to (Netflix, 2018, "Performance Under Load"; rules and defaults of its library
/// concurrency-limits, but for `min`). Further attempts fail at once (`rejected`).
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ConcurrencyLimit {
    /// Up by one for an answer while the limit is in use; down by a share for a failure.
    Aimd {
        /// The limit at the start, and how far it moves.
        #[serde(default)]
        limit: LimitRange,
        /// What a failure leaves of it.
        #[serde(default = "nine_tenths")]
        backoff: Share,
        /// An answer that takes longer is as good as a failure.
        #[serde(default = "five_seconds")]
        timeout: Duration,
    },
    /// Down as far as answers are slower than in the long run, and up by what may wait.
    Gradient {
        /// The limit at the start, and how far it moves.
        #[serde(default)]
        limit: LimitRange,
        /// How many times as long as in the long run an answer may take.
        #[serde(default = "one_and_a_half")]
        tolerance: f64,
        /// How far each answer moves the limit towards its new value.
        #[serde(default = "fifth")]
        smoothing: Share,
        /// How many attempts may wait at the target.
        #[serde(default = "four")]
        queue: u32,
        /// Over how many answers the long run is averaged.
        #[serde(default = "six_hundred")]
        long_window: u32,
    },
}

/// Where a limit starts, and between what it moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitRange {
    /// At the start.
    pub initial: u32,
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
}

impl Default for LimitRange {
    fn default() -> Self {
        LimitRange {
            initial: 20,
            min: 1,
            max: 200,
        }
    }
}

fn nine_tenths() -> Share {
    Share(0.9)
}

fn five_seconds() -> Duration {
    Duration(Span::seconds(5.0))
}

fn one_and_a_half() -> f64 {
    1.5
}

fn fifth() -> Share {
    Share(0.2)
}

fn four() -> u32 {
    4
}

fn six_hundred() -> u32 {
    600
}

impl ConcurrencyLimit {
    pub(crate) fn plan(self) -> models::ConcurrencyLimit {
        let (limit, algorithm) = match self {
            ConcurrencyLimit::Aimd {
                limit,
                backoff,
                timeout,
            } => {
                let (backoff, timeout) = (backoff.0, timeout.0);
                (limit, models::Algorithm::Aimd { backoff, timeout })
            }
            ConcurrencyLimit::Gradient {
                limit,
                tolerance,
                smoothing,
                queue,
                long_window,
            } => {
                let algorithm = models::Algorithm::Gradient {
                    tolerance,
                    smoothing: smoothing.0,
                    queue: f64::from(queue),
                    long_window,
                };
                (limit, algorithm)
            }
        };
        models::ConcurrencyLimit {
            initial: f64::from(limit.initial),
            min: f64::from(limit.min),
            max: f64::from(limit.max),
            algorithm,
        }
    }
}

impl Clause for ConcurrencyLimit {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        let (limit, at) = match self {
            ConcurrencyLimit::Aimd {
                limit,
                backoff,
                timeout,
            } => {
                let at = format!("{path}.aimd");
                if backoff.0 <= 0.0 || 1.0 <= backoff.0 {
                    let message = format!("`backoff` cannot be {backoff}");
                    let expected =
                        "a share above 0% and below 100%: what a failure leaves of the limit";
                    report.wrong(&format!("{at}.backoff"), message, expected);
                }
                report.some_time(&format!("{at}.timeout"), *timeout);
                (limit, at)
            }
            ConcurrencyLimit::Gradient {
                limit,
                tolerance,
                smoothing,
                long_window,
                ..
            } => {
                let at = format!("{path}.gradient");
                report.positive(&format!("{at}.tolerance"), *tolerance);
                report.some_share(&format!("{at}.smoothing"), *smoothing);
                report.count(&format!("{at}.long_window"), *long_window, u32::MAX);
                (limit, at)
            }
        };
        report.count(&format!("{at}.limit.min"), limit.min, u32::MAX);
        if limit.max < limit.min || limit.initial < limit.min || limit.max < limit.initial {
            let message = format!(
                "the limit starts at {} and moves from {} to {}",
                limit.initial, limit.min, limit.max
            );
            let expected = "`min` up to `initial` up to `max`";
            report.wrong(&format!("{at}.limit"), message, expected);
        }
    }

    fn describe(&self) -> String {
        match self {
            ConcurrencyLimit::Aimd { .. } => "adaptive limit (AIMD)".to_owned(),
            ConcurrencyLimit::Gradient { .. } => "adaptive limit (gradient)".to_owned(),
        }
    }
}
