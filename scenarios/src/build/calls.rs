//! The policies of calls.

use super::{Written, all_calls_of, limit};
use crate::clauses::{
    AdaptiveThrottling, Budget, Bulkhead, CircuitBreaker, Clause, ConcurrencyLimit, Hedge, rotation,
};
use crate::schema::{self, FailureKind, Jitter, Node, OnAbandon, Policy, Retry, Scenario, YesNo};
use crate::study::StudyError;
use models::{Backoff, CallPolicy, Failure, FanOut, Gates, SitePlan};
use sim_core::Span;

/// The policy of every call, in the order of the sites.
pub(super) fn policies(
    scenario: &Scenario,
    sites: &[SitePlan],
) -> Result<Vec<CallPolicy>, StudyError> {
    let calls = scenario.nodes.values().flat_map(all_calls_of);
    let policies = calls.zip(sites).map(|(call, site)| {
        let target = scenario.nodes.values().nth(usize::from(site.to.0));
        policy(&call, target)
    });
    Ok(policies.collect())
}

fn policy(call: &Written<'_>, target: Option<&Node>) -> CallPolicy {
    let Policy {
        timeout,
        deadline,
        propagate_deadline,
        retry,
        hedge,
        circuit_breaker,
        bulkhead,
        concurrency_limit,
        adaptive_throttling,
        balance,
        stale_load,
        on_abandon,
        ..
    } = call.policy();
    CallPolicy {
        timeout: limit(timeout.get()),
        deadline: limit(*deadline),
        attempts: retry.as_ref().map_or(1, |retry| retry.attempts),
        retry_on: retry
            .iter()
            .flat_map(|retry| retry.on.iter().map(|failure| failure.plan()))
            .collect(),
        backoff: retry.as_ref().map_or(Backoff::NONE, backoff),
        retry_after: retry
            .as_ref()
            .map_or_else(Default::default, |retry| retry.honour_retry_after)
            .plan(),
        budget: retry
            .as_ref()
            .and_then(|retry| retry.budget)
            .map(Budget::plan),
        propagates_deadline: *propagate_deadline == YesNo::Yes,
        hedge: hedge.as_ref().map(Hedge::plan),
        gates: gates(Gates {
            circuit_breaker: circuit_breaker.as_ref().map(CircuitBreaker::plan),
            bulkhead: bulkhead.map(Bulkhead::plan),
            concurrency_limit: concurrency_limit.map(ConcurrencyLimit::plan),
            adaptive_throttling: adaptive_throttling.as_ref().map(AdaptiveThrottling::plan),
        }),
        conditional_writes: target.is_some_and(Node::writes_conditionally),
        balance: balance.plan(),
        stale_load: stale_load.map(|stale| stale.refresh.0),
        rotation: rotation::plan(call.policy()),
        cancels: *on_abandon == OnAbandon::Cancel,
        fan_out: match call {
            Written::Call(call) => fan_out(call, target.map_or(1, super::nodes::instances)),
            Written::Fill(_) | Written::Store(_) => None,
        },
    }
}

/// The gates in a box, if there are any, so that calls without need not look for them.
fn gates(gates: Gates) -> Option<Box<Gates>> {
    (gates != Gates::default()).then(|| Box::new(gates))
}

fn fan_out(call: &schema::Call, instances: u32) -> Option<FanOut> {
    let to_each = call.each.is_some();
    let copies = if to_each { instances } else { call.copies? } as u16;
    let need = call.need.map_or(copies, |need| need as u16);
    Some(FanOut {
        copies,
        to_each,
        need,
        within: limit(call.within),
    })
}

impl FailureKind {
    pub(crate) fn plan(self) -> Failure {
        match self {
            FailureKind::TimedOut => Failure::TimedOut,
            FailureKind::Refused => Failure::Refused,
            FailureKind::Shed => Failure::Shed,
            FailureKind::Reset => Failure::Reset,
            FailureKind::Unavailable => Failure::Unavailable,
            FailureKind::Throttled => Failure::Throttled,
            FailureKind::Conflict => Failure::Conflict,
            FailureKind::Rejected => Failure::Rejected,
        }
    }
}

fn backoff(retry: &Retry) -> Backoff {
    let spread = |jitter| match jitter {
        Jitter::None => models::Jitter::None,
        Jitter::Full => models::Jitter::Full,
        Jitter::Equal => models::Jitter::Equal,
        Jitter::Decorrelated => models::Jitter::Decorrelated,
        Jitter::Fifth => models::Jitter::Fifth,
    };
    match retry.backoff {
        schema::Backoff::None => Backoff::NONE,
        schema::Backoff::Constant { delay, jitter } => {
            // Decorrelated jitter grows up to three times the wait before: the cap lets it.
            let cap = if jitter == Jitter::Decorrelated {
                Span::FOREVER
            } else {
                delay.0
            };
            Backoff {
                base: delay.0,
                cap,
                doubles: false,
                jitter: spread(jitter),
            }
        }
        schema::Backoff::Exponential { base, cap, jitter } => Backoff {
            base: base.0,
            cap: cap.0,
            doubles: true,
            jitter: spread(jitter),
        },
    }
}

/// A call in a few words: `timeout 1 s, 3 attempts`.
pub(super) fn describe(call: &Written<'_>) -> String {
    let policy = policy(call, None);
    let mut words = Vec::new();
    if let Written::Call(call) = call {
        match (call.each, call.copies) {
            (Some(_), _) => words.push("every instance".to_owned()),
            (None, Some(copies)) => words.push(format!("{copies} copies")),
            (None, None) => {}
        }
    }
    if policy.timeout != Span::FOREVER {
        words.push(format!("timeout {}", policy.timeout));
    }
    if 1 < policy.attempts {
        words.push(format!("{} attempts", policy.attempts));
    }
    if let Written::Call(call) = call {
        let fallback = call.fallback.as_ref().map(|fallback| fallback.describe());
        let optional = || call.falls_back().then(|| "optional".to_owned());
        words.extend(fallback.or_else(optional));
    }
    words.extend(call.policy().clauses().map(|(_, clause)| clause.describe()));
    words.join(", ")
}
