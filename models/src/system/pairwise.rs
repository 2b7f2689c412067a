//! Any two policies of calls together: every request ends once, nothing is held when all is quiet, and the
//! same run comes out again.

use super::tests::world;
use super::*;
use crate::policy::{
    AdaptiveThrottling, Algorithm, Backoff, Balance, Budget, Bulkhead, CircuitBreaker,
    ConcurrencyLimit, FanOut, Gates, Hedge, HedgeAfter, Jitter, TOKEN, Tokens, Window,
};

/// A policy by name, and what it changes.
type Change = (&'static str, fn(&mut CallPolicy));

fn gates(policy: &mut CallPolicy) -> &mut Gates {
    policy.gates.get_or_insert_default()
}

fn retries(policy: &mut CallPolicy, budget: Budget) {
    (policy.attempts, policy.budget) = (3, Some(budget));
}

fn hedges(policy: &mut CallPolicy, after: HedgeAfter, budget: Option<Budget>, tied: bool) {
    policy.hedge = Some(Hedge {
        after,
        budget,
        tied,
    });
}

fn breaks(policy: &mut CallPolicy, per_instance: bool) {
    gates(policy).circuit_breaker = Some(CircuitBreaker {
        per_instance,
        window: Window::Calls(10),
        minimum_calls: 5,
        failure_rate: 0.3,
        slow: Some((Span::millis(40), 0.5)),
        open_for: Span::millis(100),
        probes: 2,
        failures: vec![Failure::Unavailable, Failure::TimedOut, Failure::Reset],
    });
}

fn holds(policy: &mut CallPolicy, max_wait: Span) {
    gates(policy).bulkhead = Some(Bulkhead {
        concurrent: 3,
        max_wait,
    });
}

fn limits(policy: &mut CallPolicy, algorithm: Algorithm) {
    gates(policy).concurrency_limit = Some(ConcurrencyLimit {
        initial: 4.0,
        min: 1.0,
        max: 20.0,
        algorithm,
    });
}

fn fans_out(policy: &mut CallPolicy, to_each: bool) {
    policy.fan_out = Some(FanOut {
        copies: 3,
        to_each,
        need: 2,
        within: Span::millis(60),
    });
}

const QUOTA: Tokens = Tokens {
    capacity: 20 * TOKEN,
    per_call: 0,
    per_success: TOKEN,
    per_failure: 0,
    retry: 5 * TOKEN,
    retry_after_timeout: 10 * TOKEN,
    refunds: true,
    floor: 0,
};

const THROTTLING: Tokens = Tokens {
    capacity: 10 * TOKEN,
    per_call: 0,
    per_success: TOKEN / 10,
    per_failure: TOKEN,
    retry: 0,
    retry_after_timeout: 0,
    refunds: false,
    floor: 5 * TOKEN,
};

const RECENT: Budget = Budget::Recent {
    window: Span(1_000_000_000),
    ratio: 0.2,
    reserve: 5.0,
};

const CONCURRENT: Budget = Budget::Concurrent { share: 0.2, min: 1 };

const SOON: HedgeAfter = HedgeAfter::Span(Span(5_000_000));

/// Every policy of a call.
const CHANGES: &[Change] = &[
    ("retries", |policy| policy.attempts = 3),
    ("backoff", |policy| {
        policy.backoff = Backoff {
            base: Span::millis(5),
            cap: Span::millis(50),
            doubles: true,
            jitter: Jitter::Full,
        };
        policy.attempts = 3;
    }),
    ("budget of calls", |policy| {
        retries(policy, Budget::of_calls(0.1, 5));
    }),
    ("budget of recent calls", |policy| retries(policy, RECENT)),
    ("budget of calls under way", |policy| {
        retries(policy, CONCURRENT);
    }),
    ("retry throttling", |policy| {
        retries(policy, Budget::Tokens(THROTTLING));
    }),
    ("retry quota", |policy| {
        retries(policy, Budget::Tokens(QUOTA));
    }),
    ("deadline", |policy| policy.deadline = Span::millis(70)),
    ("propagated deadline", |policy| {
        policy.propagates_deadline = true;
    }),
    ("cancel", |policy| policy.cancels = true),
    ("hedge", |policy| hedges(policy, SOON, None, false)),
    ("hedge at a quantile", |policy| {
        hedges(policy, HedgeAfter::Quantile(0.5), None, false);
    }),
    ("hedge with a budget", |policy| {
        hedges(policy, SOON, Some(Budget::of_calls(0.1, 5)), false);
    }),
    ("hedge with a budget of calls under way", |policy| {
        hedges(policy, SOON, Some(CONCURRENT), false);
    }),
    ("tied", |policy| {
        hedges(policy, HedgeAfter::Span(Span::ZERO), None, true);
    }),
    ("breaker per service", |policy| breaks(policy, false)),
    ("breaker per instance", |policy| breaks(policy, true)),
    ("bulkhead", |policy| holds(policy, Span::ZERO)),
    ("bulkhead with a line", |policy| {
        holds(policy, Span::millis(20));
    }),
    ("additive increase", |policy| {
        limits(
            policy,
            Algorithm::Aimd {
                backoff: 0.9,
                timeout: Span::millis(40),
            },
        );
    }),
    ("gradient", |policy| {
        limits(
            policy,
            Algorithm::Gradient {
                tolerance: 1.5,
                smoothing: 0.2,
                queue: 4.0,
                long_window: 600,
            },
        );
    }),
    ("adaptive throttling", |policy| {
        gates(policy).adaptive_throttling = Some(AdaptiveThrottling {
            k: 1.5,
            window: Window::Time(Span::millis(500)),
            failures: vec![Failure::Refused, Failure::TimedOut],
        });
    }),
    ("fan-out to each", |policy| fans_out(policy, true)),
    ("fan-out of copies", |policy| fans_out(policy, false)),
    ("in turn", |policy| policy.balance = Balance::RoundRobin),
    ("least outstanding", |policy| {
        policy.balance = Balance::LeastOutstanding;
    }),
    ("two choices", |policy| policy.balance = Balance::PowerOfTwo),
];

impl System<'_> {
    /// Asserts that nobody holds anything.
    fn assert_quiet(&self, what: &str) {
        assert_eq!(self.sim.processes_live(), 0, "{what}: processes");
        assert_eq!(self.sim.promises_held(), 0, "{what}: calls under way");
        assert!(self.ties.is_empty(), "{what}: ties");
        for (node, plan) in self.nodes.iter().zip(&self.plan.nodes) {
            let meters = &node.meters;
            for gauge in [&meters.in_flight, &meters.queue, &meters.busy] {
                assert_eq!(gauge.value(), 0, "{what}: {}", plan.name);
            }
        }
        for instance in &self.instances {
            let permits = (instance.permits.taken(), instance.permits.waiting());
            assert_eq!(permits, (0, 0), "{what}: places");
        }
        for state in self.policies.iter().flatten() {
            assert_eq!(state.balance.under_way(), 0, "{what}: attempts");
            assert!(state.gates().are_empty(), "{what}: gates");
        }
    }
}

/// Runs a plan until nothing happens any more; its fingerprint.
fn run_until_quiet(plan: &Plan, what: &str) -> u64 {
    let system = System::new(plan, 1, 1, None);
    let mut pools = system.pools();
    system.begin();
    // It stops when every request is decided; the rest is work for those who have left.
    for _ in 0..2 {
        let run = system.sim.run(&system, &mut pools, plan.budget);
        assert_eq!(run, Ok(()), "{what}");
    }
    system.settle();
    let ends = &system.clients(NodeId(0)).meters.ends;
    assert!(200 < ends.offered.get(), "{what}: requests came");
    assert_eq!(ends.undecided(), 0, "{what}: every request has ended");
    system.assert_quiet(what);
    system.notes.fingerprint()
}

#[test]
fn any_two_policies_keep_every_request_and_hold_nothing_when_quiet() {
    for (index, (one, change)) in CHANGES.iter().enumerate() {
        for (other, also) in &CHANGES[index..] {
            let what = format!("{one}, {other}");
            let mut plan = world();
            for (policy, site) in plan.epochs[0].calls.iter_mut().zip(&plan.sites) {
                change(policy);
                also(policy);
                if let Some(fan) = &mut policy.fan_out
                    && fan.to_each
                {
                    fan.copies = plan.nodes[site.to.index()].instances as u16;
                }
            }
            let fingerprint = run_until_quiet(&plan, &what);
            assert_eq!(fingerprint, run_until_quiet(&plan, &what), "{what}: again");
        }
    }
}
