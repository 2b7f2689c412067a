//! Budgets: limits on what callers send besides first tries, retries or hedges, in the forms that are in use.

use super::rolling::{Rolling, Window};
use crate::Failure;
use sim_core::{Span, Time};
use std::cell::{Cell, RefCell};

/// A limit on retries or hedges at one calling instance.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Budget {
    /// A bucket of tokens, full at first.
    Tokens(Tokens),
    /// A share of what was called lately (Finagle, `RetryBudget`): over the last `window` so many for
    /// each call, and so many besides.
    Recent {
        /// How far back.
        window: Span,
        /// For each call.
        ratio: f64,
        /// Besides.
        reserve: f64,
    },
    /// A share of the calls under way (Envoy, `retry_budget`), or a number if that is more.
    Concurrent {
        /// Of the calls under way.
        share: f64,
        /// What is always allowed.
        min: u32,
    },
}

/// A bucket of tokens, in millionths of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tokens {
    /// The most it holds.
    pub capacity: u64,
    /// What each call puts in when it is made.
    pub per_call: u64,
    /// What each call puts in that succeeds at its first attempt.
    pub per_success: u64,
    /// What each failed attempt takes.
    pub per_failure: u64,
    /// What a retry takes.
    pub retry: u64,
    /// What a retry takes after a timeout.
    pub retry_after_timeout: u64,
    /// Whether a retry that succeeds gives back what it took; else it counts as a success.
    pub refunds: bool,
    /// Nothing is allowed unless more than this is left.
    pub floor: u64,
}

/// One token.
pub const TOKEN: u64 = 1_000_000;

impl Budget {
    /// A bucket that each call fills by a share of a token, and each retry empties by one.
    pub fn of_calls(ratio: f64, burst: u32) -> Budget {
        Budget::Tokens(Tokens {
            capacity: u64::from(burst) * TOKEN,
            per_call: (ratio * TOKEN as f64).round() as u64,
            retry: TOKEN,
            retry_after_timeout: TOKEN,
            ..Tokens::default()
        })
    }
}

impl Tokens {
    fn cost(&self, failure: Failure) -> u64 {
        match failure {
            Failure::TimedOut => self.retry_after_timeout,
            _ => self.retry,
        }
    }
}

/// What a calling instance has spent of its budget. Of an unspent one nothing is missing.
#[derive(Default)]
pub(crate) struct Spending {
    /// Tokens that are missing.
    missing: Cell<u64>,
    /// Calls, and what the budget has allowed.
    recent: RefCell<Rolling<2>>,
    /// What it has allowed and is under way.
    extras: Cell<u32>,
}

/// What a budget has allowed. Dropping it says that it is over.
pub(crate) struct Allowance<'s>(Option<&'s Spending>);

impl Allowance<'_> {
    /// What needs no budget.
    pub(crate) const FREE: Allowance<'static> = Allowance(None);
}

impl Drop for Allowance<'_> {
    fn drop(&mut self) {
        if let Some(spending) = self.0 {
            spending.extras.set(spending.extras.get() - 1);
        }
    }
}

impl Spending {
    /// A call is made.
    pub(crate) fn call(&self, budget: &Budget, now: Time) {
        match budget {
            Budget::Tokens(tokens) => self.put(tokens.per_call),
            Budget::Recent { window, .. } => {
                let window = Window::Time(*window);
                self.recent.borrow_mut().add(window, now, [1, 0]);
            }
            Budget::Concurrent { .. } => {}
        }
    }

    /// An attempt has failed.
    pub(crate) fn fail(&self, budget: &Budget) {
        if let Budget::Tokens(tokens) = budget {
            let missing = self.missing.get() + tokens.per_failure;
            self.missing.set(missing.min(tokens.capacity));
        }
    }

    /// A call has succeeded, after a retry that was made for this failure, or at once.
    pub(crate) fn succeed(&self, budget: &Budget, retried_for: Option<Failure>) {
        if let Budget::Tokens(tokens) = budget {
            self.put(match retried_for {
                Some(failure) if tokens.refunds => tokens.cost(failure),
                _ => tokens.per_success,
            });
        }
    }

    /// Takes what a retry or hedge costs, whatever it is for, with so many attempts under way; nothing
    /// when it is not allowed.
    pub(crate) fn allow(
        &self,
        budget: &Budget,
        failure: Option<Failure>,
        now: Time,
        under_way: u32,
    ) -> Option<Allowance<'_>> {
        match *budget {
            Budget::Tokens(tokens) => {
                let cost = failure.map_or(tokens.retry, |failure| tokens.cost(failure));
                let left = tokens.capacity.saturating_sub(self.missing.get());
                let is_allowed = cost <= left && tokens.floor < left;
                is_allowed.then(|| {
                    self.missing.set(self.missing.get() + cost);
                    Allowance::FREE
                })
            }
            Budget::Recent {
                window,
                ratio,
                reserve,
            } => {
                let window = Window::Time(window);
                let mut recent = self.recent.borrow_mut();
                let [calls, extras] = recent.sum(window, now).map(f64::from);
                let is_allowed = extras + 1.0 <= reserve + ratio * calls;
                is_allowed.then(|| {
                    recent.add(window, now, [0, 1]);
                    Allowance::FREE
                })
            }
            Budget::Concurrent { share, min } => {
                let most = (share * f64::from(under_way)).max(f64::from(min));
                let extras = self.extras.get() + 1;
                (f64::from(extras) <= most).then(|| {
                    self.extras.set(extras);
                    Allowance(Some(self))
                })
            }
        }
    }

    fn put(&self, tokens: u64) {
        self.missing.set(self.missing.get().saturating_sub(tokens));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(spending: &Spending, budget: &Budget, now: u64) -> bool {
        let failure = Some(Failure::Unavailable);
        spending.allow(budget, failure, Time(now), 0).is_some()
    }

    #[test]
    fn a_bucket_allows_its_burst_and_then_its_ratio() {
        let (budget, state) = (Budget::of_calls(0.1, 5), Spending::default());
        let burst = (0..10).filter(|_| allows(&state, &budget, 0));
        assert_eq!(burst.count(), 5);
        let allowed = (0..1_000).filter(|_| {
            state.call(&budget, Time::ZERO);
            allows(&state, &budget, 0)
        });
        assert_eq!(allowed.count(), 100);
    }

    #[test]
    fn tokens_that_failures_take_stop_retries_at_the_floor_until_successes_bring_them_back() {
        // gRPC: ten tokens, a tenth for each success, no retry at five or fewer.
        let budget = Budget::Tokens(Tokens {
            capacity: 10 * TOKEN,
            per_success: TOKEN / 10,
            per_failure: TOKEN,
            floor: 5 * TOKEN,
            ..Tokens::default()
        });
        let state = Spending::default();
        let allowed = (0..20).filter(|_| {
            state.fail(&budget);
            allows(&state, &budget, 0)
        });
        assert_eq!(allowed.count(), 4, "6 are left after four failures");
        let successes = (1..).find(|_| {
            state.succeed(&budget, None);
            allows(&state, &budget, 0)
        });
        assert_eq!(
            successes,
            Some(51),
            "none are left, and more than five are needed"
        );
    }

    #[test]
    fn a_quota_gives_back_what_a_retry_took_when_it_succeeds() {
        // AWS: a retry costs 5, 10 after a timeout; a call that needs none brings 1.
        let budget = Budget::Tokens(Tokens {
            capacity: 20 * TOKEN,
            per_success: TOKEN,
            retry: 5 * TOKEN,
            retry_after_timeout: 10 * TOKEN,
            refunds: true,
            ..Tokens::default()
        });
        let state = Spending::default();
        let timeout = Some(Failure::TimedOut);
        let after_timeout = || state.allow(&budget, timeout, Time::ZERO, 0).is_some();
        assert!(after_timeout() && after_timeout() && !allows(&state, &budget, 0));
        state.succeed(&budget, timeout);
        assert!(allows(&state, &budget, 0) && allows(&state, &budget, 0));
        (0..4).for_each(|_| state.succeed(&budget, None));
        assert!(!allows(&state, &budget, 0));
        state.succeed(&budget, None);
        assert!(allows(&state, &budget, 0));
    }

    #[test]
    fn a_budget_of_recent_calls_forgets() {
        let budget = Budget::Recent {
            window: Span(1_000),
            ratio: 0.2,
            reserve: 3.0,
        };
        let state = Spending::default();
        (0..10).for_each(|_| state.call(&budget, Time(0)));
        let allowed = |now| (0..20).filter(|_| allows(&state, &budget, now)).count();
        assert_eq!([allowed(0), allowed(999), allowed(1_000)], [5, 0, 3]);
    }

    #[test]
    fn a_concurrent_budget_counts_what_is_under_way() {
        let budget = Budget::Concurrent { share: 0.2, min: 1 };
        let state = Spending::default();
        let allow = |under_way| state.allow(&budget, None, Time::ZERO, under_way);
        let first = allow(0);
        assert!(first.is_some() && allow(9).is_none());
        let second = allow(10);
        assert!(second.is_some());
        drop((first, second));
        assert!(allow(0).is_some());
    }
}
