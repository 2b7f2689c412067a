//! A circuit breaker: no attempts for a while, after too many have failed or were slow.

use super::Clause;
use crate::check::meaning::Report;
use crate::schema::FailureKind;
use crate::units::{Duration, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

/// A circuit breaker (Nygard, 2007, "Release It!"; rules and defaults of resilience4j). Closed, it
/// watches a window of attempts; open, it rejects all for `open_for`; then it lets `half_open_calls`
/// through, and closes or opens again by those. Attempts that it keeps back fail at once (`rejected`).
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CircuitBreaker {
    /// One for all instances of the target, or one for each; where that of an instance is open,
    /// another instance is asked.
    #[serde(default)]
    pub per: Per,
    /// What it looks at while it is closed.
    #[serde(default = "hundred_calls")]
    pub window: Window,
    /// It does not judge by fewer attempts; a window of fewer calls is judged when it is full.
    #[serde(default = "hundred")]
    pub minimum_calls: u32,
    /// It opens when this share of the attempts has failed, or more.
    #[serde(default = "half")]
    pub failure_rate: Share,
    /// It opens, too, when so many attempts were slow.
    #[serde(default)]
    pub slow_call: Option<SlowCall>,
    /// How long it stays open.
    #[serde(default = "a_minute")]
    pub open_for: Duration,
    /// How many probes it lets through then; it judges when all have ended, or as many as
    /// `minimum_calls` if these are fewer.
    #[serde(default = "ten")]
    pub half_open_calls: u32,
    /// Which failures count.
    #[serde(default = "failures")]
    pub failures: Vec<FailureKind>,
}

/// What a circuit breaker stands in front of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// All instances of the target.
    #[default]
    Service,
    /// Each instance by itself.
    Instance,
}

/// How far back a policy looks.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// At the last so many calls.
    Calls(u32),
    /// At the last so much time, in ten slices.
    Time(Duration),
}

/// When attempts are too slow.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowCall {
    /// An attempt that takes longer is slow.
    pub longer_than: Duration,
    /// The share of slow attempts at which the breaker opens.
    #[serde(default = "all")]
    pub rate: Share,
}

fn hundred() -> u32 {
    100
}

fn hundred_calls() -> Window {
    Window::Calls(hundred())
}

fn half() -> Share {
    Share(0.5)
}

fn all() -> Share {
    Share(1.0)
}

fn a_minute() -> Duration {
    Duration(Span::seconds(60.0))
}

fn ten() -> u32 {
    10
}

fn failures() -> Vec<FailureKind> {
    use FailureKind::{Refused, Reset, Shed, TimedOut, Unavailable};
    vec![TimedOut, Reset, Refused, Shed, Unavailable]
}

impl Window {
    pub(crate) fn plan(self) -> models::Window {
        match self {
            Window::Calls(calls) => models::Window::Calls(calls),
            Window::Time(span) => models::Window::Time(span.0),
        }
    }

    pub(crate) fn check(self, path: &str, report: &mut Report<'_>) {
        match self {
            Window::Calls(calls) => report.count(&format!("{path}.calls"), calls, 1_000_000),
            Window::Time(span) => report.some_time(&format!("{path}.time"), span),
        }
    }
}

impl CircuitBreaker {
    pub(crate) fn plan(&self) -> models::CircuitBreaker {
        let minimum_calls = match self.window {
            Window::Calls(calls) => self.minimum_calls.min(calls),
            Window::Time(_) => self.minimum_calls,
        };
        models::CircuitBreaker {
            per_instance: self.per == Per::Instance,
            window: self.window.plan(),
            minimum_calls,
            failure_rate: self.failure_rate.0,
            slow: self.slow_call.map(|slow| (slow.longer_than.0, slow.rate.0)),
            open_for: self.open_for.0,
            probes: self.half_open_calls,
            failures: self.failures.iter().map(|kind| kind.plan()).collect(),
        }
    }
}

impl Clause for CircuitBreaker {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        let at = |field: &str| format!("{path}.{field}");
        self.window.check(&at("window"), report);
        report.count(&at("minimum_calls"), self.minimum_calls, u32::MAX);
        report.some_share(&at("failure_rate"), self.failure_rate);
        if let Some(slow) = self.slow_call {
            report.some_share(&at("slow_call.rate"), slow.rate);
        }
        report.some_time(&at("open_for"), self.open_for);
        report.count(&at("half_open_calls"), self.half_open_calls, u32::MAX);
        let may_be_none = self.slow_call.is_some();
        report.failures(&at("failures"), &self.failures, may_be_none);
    }

    fn describe(&self) -> String {
        match self.per {
            Per::Service => "circuit breaker".to_owned(),
            Per::Instance => "circuit breaker per instance".to_owned(),
        }
    }
}
