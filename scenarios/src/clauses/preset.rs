//! Presets of retries: what four libraries do unless told otherwise.

use super::{Budget, HonourRetryAfter, NamedBudget};
use crate::schema::{Backoff, FailureKind, Jitter, Retry};
use crate::units::{Duration, Rate, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

/// The retries of a library, as it has them unless told otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Envoy: one retry, full jitter from 25 ms up to 250 ms, retries for 20 % of the attempts under
    /// way or for 3 (router filter, `retry_back_off`; `CircuitBreakers.Thresholds.RetryBudget`).
    Envoy,
    /// gRPC: four attempts, from 100 ms up to 1 s within 20 %, no retry after a timeout, retry throttling
    /// with 10 tokens and a ratio of 0.1 (gRFC A6, its examples, as of 2024).
    Grpc,
    /// Finagle: three attempts, decorrelated jitter from 5 ms up to 200 ms, retries for 20 % of the calls
    /// of the last 10 s and 10 a second besides (`MethodBuilder`, `RetryPolicy.tries`, `RetryBudget`).
    Finagle,
    /// The standard mode of the AWS SDKs: three attempts, full jitter from 1 s up to 20 s, a quota of 500
    /// tokens of which a retry takes 5, or 10 after a timeout (botocore, `retries/standard.py`; AWS SDKs
    /// and Tools Reference Guide, "Retry behavior").
    Aws,
}

/// Trying again, as it is written; what is missing comes from the preset.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenRetry {
    /// What a library does; the fields beside it say otherwise.
    #[serde(default)]
    preset: Option<Preset>,
    /// How many attempts in all, the first included. Required without a preset.
    #[serde(default)]
    attempts: Option<u32>,
    /// How long to wait before each further attempt; not at all when missing.
    #[serde(default)]
    backoff: Option<Backoff>,
    /// Which failures are tried again; all but `rejected` when missing.
    #[serde(default)]
    on: Option<Vec<FailureKind>>,
    /// Whether it waits at least as long as the other side says; not when missing.
    #[serde(default)]
    honour_retry_after: Option<HonourRetryAfter>,
    /// A limit on retries of each calling instance.
    #[serde(default)]
    budget: Option<Budget>,
}

impl From<WrittenRetry> for Retry {
    fn from(written: WrittenRetry) -> Retry {
        let usual = written.preset.map_or_else(no_preset, Preset::retry);
        Retry {
            preset: written.preset,
            attempts: written.attempts.unwrap_or(usual.attempts),
            backoff: written.backoff.unwrap_or(usual.backoff),
            on: written.on.unwrap_or(usual.on),
            honour_retry_after: written
                .honour_retry_after
                .unwrap_or(usual.honour_retry_after),
            budget: written.budget.or(usual.budget),
        }
    }
}

/// What is taken without a preset; attempts cannot be missing then.
fn no_preset() -> Retry {
    use FailureKind::{Conflict, Throttled};
    let mut on = server_failures();
    on.extend([Throttled, Conflict]);
    Retry {
        preset: None,
        attempts: 0,
        backoff: Backoff::None,
        on,
        honour_retry_after: HonourRetryAfter::default(),
        budget: None,
    }
}

/// All that goes wrong at the other side, but that it is asked too often.
fn server_failures() -> Vec<FailureKind> {
    use FailureKind::{Refused, Reset, Shed, TimedOut, Unavailable};
    vec![TimedOut, Reset, Refused, Shed, Unavailable]
}

fn exponential(base: u64, cap: u64, jitter: Jitter) -> Backoff {
    let millis = |millis| Duration(Span::millis(millis));
    Backoff::Exponential {
        base: millis(base),
        cap: millis(cap),
        jitter,
    }
}

impl Preset {
    fn retry(self) -> Retry {
        use FailureKind::TimedOut;
        let usual = Retry {
            preset: Some(self),
            ..no_preset()
        };
        match self {
            Preset::Envoy => Retry {
                attempts: 2,
                backoff: exponential(25, 250, Jitter::Full),
                on: server_failures(),
                budget: Some(Budget::Named(NamedBudget::Concurrent {
                    share: Share(0.2),
                    min: 3,
                })),
                ..usual
            },
            Preset::Grpc => {
                let mut on = server_failures();
                on.retain(|failure| *failure != TimedOut);
                Retry {
                    attempts: 4,
                    backoff: exponential(100, 1_000, Jitter::Fifth),
                    on,
                    budget: Some(Budget::Named(NamedBudget::Throttling {
                        max_tokens: 10,
                        token_ratio: 0.1,
                    })),
                    ..usual
                }
            }
            Preset::Finagle => Retry {
                attempts: 3,
                backoff: exponential(5, 200, Jitter::Decorrelated),
                on: server_failures(),
                budget: Some(Budget::Named(NamedBudget::Recent {
                    window: Duration(Span::seconds(10.0)),
                    ratio: Share(0.2),
                    min: Rate(10.0),
                })),
                ..usual
            },
            Preset::Aws => Retry {
                attempts: 3,
                backoff: exponential(1_000, 20_000, Jitter::Full),
                budget: Some(Budget::Named(NamedBudget::Quota {
                    tokens: 500,
                    retry_cost: 5,
                    timeout_cost: 10,
                    success: 1,
                })),
                ..usual
            },
        }
    }
}
