//! Budgets: how many retries or hedges there may be, in the forms in which libraries have them.

use crate::check::meaning::Report;
use crate::units::{Duration, Rate, Share};
use models::{TOKEN, Tokens};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A limit on retries or hedges of each calling instance.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Budget {
    /// A token bucket that calls fill.
    Calls(CallsBudget),
    /// A budget with the rules of some library.
    Named(NamedBudget),
}

/// A token bucket: each call puts in `ratio` tokens, each retry or hedge takes one.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallsBudget {
    /// Tokens per call: the share of calls that may be repeated in the long run.
    pub ratio: Share,
    /// The most tokens that the bucket holds; it starts full.
    pub burst: u32,
}

/// A budget with the rules of some library.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NamedBudget {
    /// A share of the calls of the last `window`, and so many besides (Finagle's `RetryBudget`).
    Recent {
        /// How far back calls and retries count (its `ttl`).
        window: Duration,
        /// Retries for each call.
        ratio: Share,
        /// Retries besides.
        min: Rate,
    },
    /// A share of the attempts under way, or so many if that is more (Envoy's `retry_budget`).
    Concurrent {
        /// Retries under way, waits before them included, for each attempt under way.
        share: Share,
        /// What is always allowed.
        min: u32,
    },
    /// Tokens that failures take and successes bring; with half of them or fewer there is no retry
    /// (gRPC's `retryThrottling`).
    Throttling {
        /// Tokens at the start, and at most.
        max_tokens: u32,
        /// What a success brings; a failure takes 1.
        token_ratio: f64,
    },
    /// Tokens that retries take; a retry that succeeds gives them back (the retry quota of the AWS SDKs).
    Quota {
        /// Tokens at the start, and at most.
        tokens: u32,
        /// What a retry takes.
        retry_cost: u32,
        /// What a retry takes after a timeout.
        timeout_cost: u32,
        /// What a call brings that succeeds without a retry.
        success: u32,
    },
}

impl NamedBudget {
    /// Whether it goes by what calls come to.
    pub(crate) fn is_by_outcome(self) -> bool {
        matches!(
            self,
            NamedBudget::Throttling { .. } | NamedBudget::Quota { .. }
        )
    }
}

impl Budget {
    pub(crate) fn plan(self) -> models::Budget {
        let tokens = |count: u32| u64::from(count) * TOKEN;
        match self {
            Budget::Calls(budget) => models::Budget::of_calls(budget.ratio.0, budget.burst),
            Budget::Named(NamedBudget::Recent { window, ratio, min }) => models::Budget::Recent {
                window: window.0,
                ratio: ratio.0,
                reserve: min.0 * window.0.as_seconds(),
            },
            Budget::Named(NamedBudget::Concurrent { share, min }) => models::Budget::Concurrent {
                share: share.0,
                min,
            },
            Budget::Named(NamedBudget::Throttling {
                max_tokens,
                token_ratio,
            }) => models::Budget::Tokens(Tokens {
                capacity: tokens(max_tokens),
                per_success: (token_ratio * TOKEN as f64).round() as u64,
                per_failure: TOKEN,
                floor: tokens(max_tokens) / 2,
                ..Tokens::default()
            }),
            Budget::Named(NamedBudget::Quota {
                tokens: capacity,
                retry_cost,
                timeout_cost,
                success,
            }) => models::Budget::Tokens(Tokens {
                capacity: tokens(capacity),
                per_success: tokens(success),
                retry: tokens(retry_cost),
                retry_after_timeout: tokens(timeout_cost),
                refunds: true,
                ..Tokens::default()
            }),
        }
    }

    /// Reports what makes no sense, where the budget stands at `path`.
    pub(crate) fn check(&self, path: &str, report: &mut Report<'_>) {
        match self {
            Budget::Calls(budget) => report.count(&format!("{path}.burst"), budget.burst, u32::MAX),
            Budget::Named(NamedBudget::Recent { window, .. }) => {
                report.some_time(&format!("{path}.recent.window"), *window);
            }
            Budget::Named(NamedBudget::Concurrent { .. }) => {}
            Budget::Named(NamedBudget::Throttling {
                max_tokens,
                token_ratio,
            }) => {
                report.count(&format!("{path}.throttling.max_tokens"), *max_tokens, 1_000);
                report.positive(&format!("{path}.throttling.token_ratio"), *token_ratio);
            }
            Budget::Named(NamedBudget::Quota {
                tokens, retry_cost, ..
            }) => {
                report.count(&format!("{path}.quota.tokens"), *tokens, u32::MAX);
                report.count(&format!("{path}.quota.retry_cost"), *retry_cost, *tokens);
            }
        }
    }
}
