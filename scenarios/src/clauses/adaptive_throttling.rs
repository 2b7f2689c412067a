//! Adaptive throttling: clients that hold back by themselves what a target would not accept.

use super::Clause;
use crate::check::meaning::Report;
use crate::schema::FailureKind;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

/// Client-side throttling (Beyer et al., 2016, "Site Reliability Engineering", chapter 21): each calling
/// instance keeps an attempt back (`rejected`) with probability max(0, (requests - k x accepts) /
/// (requests + 1)), of what it wanted to send and what was accepted lately.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveThrottling {
    /// How many requests are sent for each that is accepted; at least 1.
    #[serde(default = "two")]
    pub k: f64,
    /// How long requests and accepts are remembered.
    #[serde(default = "two_minutes")]
    pub window: Duration,
    /// The failures that say that a request was not accepted.
    #[serde(default = "failures")]
    pub failures: Vec<FailureKind>,
}

fn two() -> f64 {
    2.0
}

fn two_minutes() -> Duration {
    Duration(Span::seconds(120.0))
}

fn failures() -> Vec<FailureKind> {
    use FailureKind::{Refused, Reset, Shed, Throttled, TimedOut, Unavailable};
    vec![TimedOut, Reset, Refused, Shed, Unavailable, Throttled]
}

impl AdaptiveThrottling {
    pub(crate) fn plan(&self) -> models::AdaptiveThrottling {
        models::AdaptiveThrottling {
            k: self.k,
            window: models::Window::Time(self.window.0),
            failures: self.failures.iter().map(|kind| kind.plan()).collect(),
        }
    }
}

impl Clause for AdaptiveThrottling {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if self.k < 1.0 {
            let message = format!("`k` cannot be {}", self.k);
            let expected =
                "a number from 1 on: with less, the target never gets what it could accept";
            report.wrong(&format!("{path}.k"), message, expected);
        }
        report.some_time(&format!("{path}.window"), self.window);
        report.failures(&format!("{path}.failures"), &self.failures, false);
    }

    fn describe(&self) -> String {
        "adaptive throttling".to_owned()
    }
}
