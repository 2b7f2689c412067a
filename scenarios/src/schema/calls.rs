//! How one node asks another: one policy for every caller.

use super::{TimeLimit, YesNo};
use crate::clauses::{
    AdaptiveThrottling, Balance, Budget, Bulkhead, CircuitBreaker, Clause, ConcurrencyLimit,
    Fallback, HealthCheck, Hedge, HonourRetryAfter, OutlierEjection, Panic, PreferZone, Preset,
    SlowStart, StaleLoad, Subset, WrittenRetry, clause,
};
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A question to another node, and what to do when the answer is late, missing or an error.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Call {
    /// The node to ask.
    pub to: String,
    /// How to ask; its fields are fields of the call.
    #[serde(flatten)]
    pub policy: Policy,
    /// Steps of a service: what takes its place when it has failed. The answer is degraded then.
    #[serde(default)]
    pub fallback: Option<Box<Fallback>>,
    /// Steps of a service: whether it may fail, and the answer is degraded then; no unless said.
    #[serde(default)]
    pub optional: Option<YesNo>,
    /// Fan out: one copy to every instance.
    #[serde(default)]
    pub each: Option<Each>,
    /// Fan out: this many copies, to instances that `balance` picks.
    #[serde(default)]
    pub copies: Option<u32>,
    /// How many answers of a fan-out are needed; all when missing.
    #[serde(default)]
    pub need: Option<u32>,
    /// A fan-out goes on after this long with the answers that came, complete or not.
    #[serde(default)]
    pub within: Option<Duration>,
}

impl Call {
    /// Whether a failure of the call is not the end.
    pub(crate) fn falls_back(&self) -> bool {
        self.fallback.is_some() || self.optional == Some(YesNo::Yes)
    }

    /// The call that takes its place when it has failed.
    pub(crate) fn fallback_call(&self) -> Option<&Call> {
        self.fallback.as_ref()?.call.as_deref()
    }
}

/// How a cache asks for what it does not have.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Fill {
    /// The node to ask.
    pub from: String,
    /// How to ask; its fields are fields of the fill.
    #[serde(flatten)]
    pub policy: Policy,
}

/// What every caller decides about a call, whoever it is.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
pub struct Policy {
    /// How long to wait for one attempt, hedge included; `none` waits for ever.
    pub timeout: TimeLimit,
    /// How long to wait for all attempts together.
    #[serde(default)]
    pub deadline: Option<Duration>,
    /// Whether the time that is left travels with the question: a service that gets it limits its
    /// own calls by it, and with `reject_expired` begins no work for which too little is left.
    #[serde(default = "no")]
    pub propagate_deadline: YesNo,
    /// Whether and when to try again; without it there is one attempt.
    #[serde(default)]
    pub retry: Option<Retry>,
    /// Whether to send a second copy when the first is slow.
    #[serde(default)]
    pub hedge: Option<Hedge>,
    /// Stops asking a target that has failed, or was slow, too often.
    #[serde(default)]
    pub circuit_breaker: Option<CircuitBreaker>,
    /// Limits how many attempts are under way at once.
    #[serde(default)]
    pub bulkhead: Option<Bulkhead>,
    /// Limits how many attempts are under way at once, to as many as prove right.
    #[serde(default)]
    pub concurrency_limit: Option<ConcurrencyLimit>,
    /// Holds attempts back by the share of them that is accepted.
    #[serde(default)]
    pub adaptive_throttling: Option<AdaptiveThrottling>,
    /// Which instance to ask.
    #[serde(default)]
    pub balance: Balance,
    /// How old the loads are that `balance` looks at.
    #[serde(default)]
    pub stale_load: Option<StaleLoad>,
    /// Limits which instances each caller asks.
    #[serde(default)]
    pub subset: Option<Subset>,
    /// Lets instances in the caller's zone go first.
    #[serde(default)]
    pub prefer_zone: Option<PreferZone>,
    /// Leaves instances alone whose calls fail.
    #[serde(default)]
    pub outlier_ejection: Option<OutlierEjection>,
    /// Asks instances whether they are well.
    #[serde(default)]
    pub health_check: Option<HealthCheck>,
    /// Gives few calls to instances that come back.
    #[serde(default)]
    pub slow_start: Option<SlowStart>,
    /// Asks anybody when too few instances seem well.
    #[serde(default)]
    pub panic: Option<Panic>,
    /// What becomes of work whose caller stopped waiting.
    #[serde(default)]
    pub on_abandon: OnAbandon,
}

fn no() -> YesNo {
    YesNo::No
}

impl Policy {
    /// The clauses that are written, by the names of their fields.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = (&'static str, &dyn Clause)> {
        let clauses = [
            ("hedge", clause(&self.hedge)),
            ("circuit_breaker", clause(&self.circuit_breaker)),
            ("bulkhead", clause(&self.bulkhead)),
            ("stale_load", clause(&self.stale_load)),
            ("subset", clause(&self.subset)),
            ("prefer_zone", clause(&self.prefer_zone)),
            ("outlier_ejection", clause(&self.outlier_ejection)),
            ("health_check", clause(&self.health_check)),
            ("slow_start", clause(&self.slow_start)),
            ("panic", clause(&self.panic)),
            ("concurrency_limit", clause(&self.concurrency_limit)),
            ("adaptive_throttling", clause(&self.adaptive_throttling)),
        ];
        clauses
            .into_iter()
            .filter_map(|(name, clause)| Some((name, clause?)))
    }
}

/// The word `instance`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Each {
    /// One copy to every instance.
    Instance,
}

/// Trying again. What is missing comes from the preset.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(from = "WrittenRetry")]
pub struct Retry {
    /// What a library does, where the fields beside it do not say otherwise.
    pub preset: Option<Preset>,
    /// How many attempts in all, the first included.
    pub attempts: u32,
    /// How long to wait before each further attempt.
    pub backoff: Backoff,
    /// Which failures are tried again.
    pub on: Vec<FailureKind>,
    /// Whether it waits at least as long as the other side says.
    pub honour_retry_after: HonourRetryAfter,
    /// A limit on retries of each calling instance.
    pub budget: Option<Budget>,
}

/// Why there is no answer.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The caller stopped waiting.
    TimedOut,
    /// The other side was there, and had no room or did not listen.
    Refused,
    /// The other side chose not to serve the request.
    Shed,
    /// The other side died while it was at work.
    Reset,
    /// The other side answered that it cannot.
    Unavailable,
    /// The other side answered that the caller asks too often (HTTP 429).
    Throttled,
    /// What was to be written had changed since it was read.
    Conflict,
    /// The caller's own policy did not let the attempt through; not tried again unless named.
    Rejected,
}

/// How long to wait before another attempt.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Backoff {
    /// Not at all.
    #[default]
    None,
    /// Always the same, before jitter.
    Constant {
        /// How long.
        delay: Duration,
        /// How the wait is spread.
        #[serde(default)]
        jitter: Jitter,
    },
    /// Twice as long each time, before jitter.
    Exponential {
        /// The first wait.
        base: Duration,
        /// The longest wait.
        cap: Duration,
        /// How the wait is spread.
        #[serde(default)]
        jitter: Jitter,
    },
}

/// How a wait is spread (AWS Architecture Blog, 2015, "Exponential Backoff And Jitter").
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Jitter {
    /// Not at all.
    #[default]
    None,
    /// Uniform between nothing and the whole wait.
    Full,
    /// Half of the wait, and uniform over the other half.
    Equal,
    /// Uniform between the base and three times the wait before.
    Decorrelated,
    /// A fifth of the wait more or less, uniformly.
    Fifth,
}

/// What becomes of work whose caller stopped waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnAbandon {
    /// It goes on, and its answer finds nobody.
    #[default]
    Continue,
    /// It ends as soon as the message that nobody waits has arrived.
    Cancel,
}
