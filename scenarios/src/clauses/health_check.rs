//! Active health checks: callers ask instances whether they are well.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Active health checks: each calling instance asks each instance every so often whether it is well,
/// and keeps out of rotation who is not.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// How often, from the begin of one check to that of the next.
    pub interval: Duration,
    /// How long a check waits for its answer.
    pub timeout: Duration,
    /// Checks in a row that must fail before an instance is unhealthy.
    #[serde(default = "three")]
    pub unhealthy_after: u32,
    /// Checks in a row that must pass before it is healthy again.
    #[serde(default = "two")]
    pub healthy_after: u32,
    /// What a check asks for.
    #[serde(default)]
    pub depth: Depth,
}

/// What a health check asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// Whether the process is there: it answers at once, whatever its workers do.
    #[default]
    Shallow,
    /// All that a request does: a worker follows the steps, and asks whom they ask.
    Deep,
}

fn three() -> u32 {
    3
}

fn two() -> u32 {
    2
}

impl HealthCheck {
    pub(crate) fn plan(self) -> models::HealthCheck {
        models::HealthCheck {
            interval: self.interval.0,
            timeout: self.timeout.0,
            unhealthy_after: self.unhealthy_after,
            healthy_after: self.healthy_after,
            depth: match self.depth {
                Depth::Shallow => models::Depth::Shallow,
                Depth::Deep => models::Depth::Deep,
            },
        }
    }
}

impl Clause for HealthCheck {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        let at = |part: &str| format!("{path}.{part}");
        report.some_time(&at("interval"), self.interval);
        report.some_time(&at("timeout"), self.timeout);
        if self.interval.0 < self.timeout.0 {
            let message = format!(
                "a check waits for {}, and the next begins after {}",
                self.timeout, self.interval
            );
            let expected = format!("at most the interval of {}", self.interval);
            report.wrong(&at("timeout"), message, &expected);
        }
        report.count(&at("unhealthy_after"), self.unhealthy_after, 1_000);
        report.count(&at("healthy_after"), self.healthy_after, 1_000);
    }

    fn describe(&self) -> String {
        let depth = match self.depth {
            Depth::Shallow => "shallow",
            Depth::Deep => "deep",
        };
        format!("{depth} checks every {}", self.interval)
    }
}
