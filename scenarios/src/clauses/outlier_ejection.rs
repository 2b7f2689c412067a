//! Outlier ejection: instances whose calls fail are left alone for a while.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::{Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

/// Outlier ejection, as in Envoy: who fails so many calls of this caller in a row gets no calls for a
/// while, and for longer each time.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutlierEjection {
    /// Calls in a row that must fail.
    #[serde(default = "five")]
    pub consecutive_failures: u32,
    /// How often success rates are compared; each so long in rotation takes one off the number of
    /// times ejected.
    #[serde(default = "ten_seconds")]
    pub interval: Duration,
    /// How long an instance is left alone, times the number of times that this has happened; at most
    /// 300 s, or once this time where that is longer.
    #[serde(default = "thirty_seconds")]
    pub base_ejection: Duration,
    /// Nobody more is ejected when this share of the instances is.
    #[serde(default = "a_tenth")]
    pub max_ejected: Share,
    /// Ejects also whose calls succeed less often than those of others.
    #[serde(default)]
    pub success_rate: Option<SuccessRate>,
}

/// Compares how often the calls to each instance succeed.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessRate {
    /// How many standard deviations below the mean of the instances is too low.
    #[serde(default = "envoys_factor")]
    pub stdev_factor: f64,
    /// Calls that an instance must have had in the interval to be compared.
    #[serde(default = "a_hundred")]
    pub min_requests: u32,
    /// How many such instances there must be.
    #[serde(default = "five")]
    pub min_instances: u32,
}

fn five() -> u32 {
    5
}

fn ten_seconds() -> Duration {
    Duration(Span::seconds(10.0))
}

fn thirty_seconds() -> Duration {
    Duration(Span::seconds(30.0))
}

fn a_tenth() -> Share {
    Share(0.1)
}

fn envoys_factor() -> f64 {
    1.9
}

fn a_hundred() -> u32 {
    100
}

impl OutlierEjection {
    pub(crate) fn plan(self) -> models::Ejection {
        models::Ejection {
            consecutive_failures: self.consecutive_failures,
            interval: self.interval.0,
            base: self.base_ejection.0,
            max_ejected: self.max_ejected.0,
            success_rate: self.success_rate.map(|rate| models::SuccessRate {
                stdev_factor: rate.stdev_factor,
                min_requests: rate.min_requests,
                min_instances: rate.min_instances,
            }),
        }
    }
}

impl Clause for OutlierEjection {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        let at = |part: &str| format!("{path}.{part}");
        report.count(
            &at("consecutive_failures"),
            self.consecutive_failures,
            u32::MAX,
        );
        report.some_time(&at("interval"), self.interval);
        report.some_time(&at("base_ejection"), self.base_ejection);
        if self.max_ejected.0 <= 0.0 {
            report.wrong(
                &at("max_ejected"),
                "nobody is ever ejected",
                "a share above 0 %",
            );
        }
        if let Some(rate) = self.success_rate {
            report.positive(&at("success_rate.stdev_factor"), rate.stdev_factor);
            report.count(
                &at("success_rate.min_requests"),
                rate.min_requests,
                u32::MAX,
            );
            report.count(
                &at("success_rate.min_instances"),
                rate.min_instances,
                u32::MAX,
            );
        }
    }

    fn describe(&self) -> String {
        format!("ejects after {} failures", self.consecutive_failures)
    }
}
