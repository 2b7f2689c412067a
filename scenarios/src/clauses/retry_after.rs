//! Retry-After: what a service says of when to try again, and what a caller makes of it.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Duration;
use models::Honour;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

/// What a service says of when to try again, with each answer `throttled` or `shed` (HTTP's
/// `Retry-After`).
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryAfter {
    /// After how long.
    pub wait: RetryWait,
    /// Spreads it uniformly by up to so much more.
    #[serde(default)]
    pub jitter: Duration,
}

/// After how long to try again.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum RetryWait {
    /// After this long.
    For(Duration),
    /// When the limiter would let one in.
    Until(Reset),
}

/// The word `reset`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// When the limiter's window ends, or its bucket has room.
    Reset,
}

/// What a caller makes of what it was told of when to try again.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HonourRetryAfter {
    /// Nothing: it waits as its backoff says.
    #[default]
    No,
    /// It waits at least so long.
    Yes,
    /// It waits at least so long, and up to so much longer, uniformly.
    Jitter(Duration),
}

impl RetryAfter {
    pub(crate) fn plan(self) -> models::RetryAfter {
        models::RetryAfter {
            wait: match self.wait {
                RetryWait::For(wait) => Some(wait.0),
                RetryWait::Until(Reset::Reset) => None,
            },
            jitter: self.jitter.0,
        }
    }
}

impl Clause for RetryAfter {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if let RetryWait::For(wait) = self.wait
            && self.jitter.0 == Span::ZERO
        {
            report.some_time(&format!("{path}.wait"), wait);
        }
    }

    fn describe(&self) -> String {
        match self.wait {
            RetryWait::For(wait) => format!("retry after {wait}"),
            RetryWait::Until(Reset::Reset) => "retry after reset".to_owned(),
        }
    }
}

impl HonourRetryAfter {
    pub(crate) fn plan(self) -> Honour {
        match self {
            HonourRetryAfter::No => Honour::Ignore,
            HonourRetryAfter::Yes => Honour::Wait { jitter: Span::ZERO },
            HonourRetryAfter::Jitter(jitter) => Honour::Wait { jitter: jitter.0 },
        }
    }
}
