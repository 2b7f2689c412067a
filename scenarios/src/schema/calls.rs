//! How one node asks another: one policy for every caller.

use super::{TimeLimit, YesNo};
use crate::clauses::{Bulkhead, Clause, Fallback};
use crate::units::{Duration, Share};
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
    /// Whether and when to try again; without it there is one attempt.
    #[serde(default)]
    pub retry: Option<Retry>,
    /// Whether to send a second copy when the first is slow.
    #[serde(default)]
    pub hedge: Option<Hedge>,
    /// Limits how many attempts are under way at once.
    #[serde(default)]
    pub bulkhead: Option<Bulkhead>,
    /// Which instance to ask.
    #[serde(default)]
    pub balance: Balance,
    /// What becomes of work whose caller stopped waiting.
    #[serde(default)]
    pub on_abandon: OnAbandon,
}

impl Policy {
    /// The clauses that are written, by the names of their fields.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = (&'static str, &dyn Clause)> {
        fn clause(written: &Option<impl Clause>) -> Option<&dyn Clause> {
            written.as_ref().map(|clause| clause as &dyn Clause)
        }
        let clauses = [("bulkhead", clause(&self.bulkhead))];
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

/// Trying again.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How many attempts in all, the first included.
    pub attempts: u32,
    /// How long to wait before each further attempt.
    #[serde(default)]
    pub backoff: Backoff,
    /// Which failures are tried again.
    #[serde(default = "every_failure")]
    pub on: Vec<FailureKind>,
    /// A limit on retries, as a token bucket of each calling instance.
    #[serde(default)]
    pub budget: Option<Budget>,
}

fn every_failure() -> Vec<FailureKind> {
    use FailureKind::{Refused, Reset, Shed, Throttled, TimedOut, Unavailable};
    vec![TimedOut, Reset, Refused, Shed, Unavailable, Throttled]
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
}

/// A token bucket for retries: each call puts in `ratio` tokens, each retry takes one.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Tokens per call: the share of calls that may be retried in the long run.
    pub ratio: Share,
    /// The most tokens that the bucket holds; it starts full.
    pub burst: u32,
}

/// A hedged request: a second copy, to another instance, when the first is slow (Dean and Barroso,
/// 2013, "The Tail at Scale").
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hedge {
    /// How long to wait before the second copy.
    pub after: Duration,
}

/// Which instance to ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Any, all alike.
    #[default]
    Random,
    /// One after the other.
    RoundRobin,
    /// The one with the fewest calls of this caller under way; ties at random.
    LeastOutstanding,
    /// The one with fewer calls of this caller under way, of two different ones picked at random.
    PowerOfTwo,
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
