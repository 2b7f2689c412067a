//! An adaptive limit on concurrency: a bulkhead that finds its size by what attempts come to.

use super::{At, Attempt, Ending, Gate};
use crate::{Count, Level};
use sim_core::{Dice, Span};
use std::cell::{Cell, RefCell};

/// A limit on the attempts of one calling instance that are under way at once, which each end of an
/// attempt moves (Netflix, 2018, "Performance Under Load", and its library concurrency-limits).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ConcurrencyLimit {
    /// What it begins with.
    pub initial: f64,
    /// What it never falls below.
    pub min: f64,
    /// What it never rises above.
    pub max: f64,
    /// How it moves.
    pub algorithm: Algorithm,
}

/// How a limit moves. It grows only while at least half of it is in use.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Algorithm {
    /// Additive increase, multiplicative decrease (Chiu and Jain, 1989): up by 1 for an answer, and
    /// times `backoff` for a failure or an answer that took longer than `timeout`.
    Aimd {
        /// What a failure leaves of the limit.
        backoff: f64,
        /// A longer answer is as good as none.
        timeout: Span,
    },
    /// By how far answers are slower than they were in the long run: limit x gradient + queue, where
    /// the gradient, from 0.5 to 1, is tolerance x long-run latency / latency.
    Gradient {
        /// How many times the long-run latency an answer may take.
        tolerance: f64,
        /// The share of the way that each answer moves the limit.
        smoothing: f64,
        /// How many may wait: what lets the limit grow.
        queue: f64,
        /// Over how many answers the long-run latency is averaged, exponentially.
        long_window: u32,
    },
}

/// The limit of one calling instance, and the attempts under way.
#[derive(Default)]
pub(crate) struct Limiter {
    taken: Cell<u32>,
    limit: Cell<Option<f64>>,
    latency: RefCell<LongRun>,
    /// The level that has been reported.
    reported: Cell<i64>,
}

/// An average of latencies: plain over the first ten, exponential from then on.
#[derive(Default)]
struct LongRun {
    count: u32,
    mean: f64,
}

impl LongRun {
    const WARM_UP: u32 = 10;

    fn add(&mut self, latency: f64, window: u32) -> f64 {
        self.count = (self.count + 1).min(Self::WARM_UP + 1);
        let weight = if self.count <= Self::WARM_UP {
            1.0 / f64::from(self.count)
        } else {
            2.0 / (f64::from(window) + 1.0)
        };
        self.mean += weight * (latency - self.mean);
        self.mean
    }
}

impl Limiter {
    fn limit(&self, policy: &ConcurrencyLimit) -> f64 {
        let limit = self.limit.get().unwrap_or(policy.initial);
        limit.clamp(policy.min, policy.max)
    }

    /// The limit after an attempt that took so long, of so many that were under way.
    fn next(&self, policy: &ConcurrencyLimit, took: Span, taken: f64, ending: Ending) -> f64 {
        let limit = self.limit(policy);
        let is_used = limit <= 2.0 * taken;
        match policy.algorithm {
            // What failed at once tells nothing about latency.
            Algorithm::Gradient { .. } if matches!(ending, Ending::Failed(_)) => limit,
            Algorithm::Aimd { backoff, timeout } => {
                if ending != Ending::Answered || timeout < took {
                    (limit * backoff).floor().min(limit - 1.0)
                } else if is_used {
                    limit + 1.0
                } else {
                    limit
                }
            }
            Algorithm::Gradient {
                tolerance,
                smoothing,
                queue,
                long_window,
            } => {
                let took = (took.0 as f64).max(1.0);
                let mut latency = self.latency.borrow_mut();
                let long_run = latency.add(took, long_window);
                if 2.0 * took < long_run {
                    latency.mean *= 0.9; // It is over: the long run need not take long to hear of it.
                }
                if !is_used {
                    return limit;
                }
                let gradient = (tolerance * long_run / took).clamp(0.5, 1.0);
                let next = limit * gradient + queue;
                limit + smoothing * (next - limit)
            }
        }
    }
}

impl Gate for Limiter {
    type Policy = ConcurrencyLimit;

    const REJECTED: Count = Count::LimitRejected;

    fn admits(&self, policy: &ConcurrencyLimit, _: &Attempt, _: Dice) -> bool {
        f64::from(self.taken.get() + 1) <= self.limit(policy)
    }

    fn begins(&self, _: &ConcurrencyLimit, _: &Attempt) {
        self.taken.set(self.taken.get() + 1);
    }

    fn ends(&self, policy: &ConcurrencyLimit, attempt: &Attempt, ending: Ending, at: &At<'_>) {
        let taken = f64::from(self.taken.get());
        self.taken.set(self.taken.get() - 1);
        if ending != Ending::Left {
            let took = at.now.since(attempt.began);
            let next = self.next(policy, took, taken, ending);
            self.limit.set(Some(next.clamp(policy.min, policy.max)));
        }
        let level = self.limit(policy) as i64;
        let before = self.reported.replace(level);
        at.change(Level::ConcurrencyLimit, level - before);
    }

    #[cfg(test)]
    fn held(&self) -> u32 {
        self.taken.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Span = Span(1_000);

    fn limit(algorithm: Algorithm) -> (ConcurrencyLimit, Limiter) {
        let policy = ConcurrencyLimit {
            initial: 20.0,
            min: 2.0,
            max: 100.0,
            algorithm,
        };
        (policy, Limiter::default())
    }

    #[test]
    fn aimd_grows_by_one_while_it_is_used_and_shrinks_by_a_share() {
        let (policy, limiter) = limit(Algorithm::Aimd {
            backoff: 0.9,
            timeout: SLOW,
        });
        let next = |took, taken, ending| limiter.next(&policy, Span(took), taken, ending) as u32;
        assert_eq!(next(10, 10.0, Ending::Answered), 21);
        let unused = next(10, 9.0, Ending::Answered);
        assert_eq!(unused, 20, "half of it is not in use");
        assert_eq!(next(1_001, 10.0, Ending::Answered), 18);
        assert_eq!(next(10, 10.0, Ending::TimedOut), 18);
    }

    #[test]
    fn a_gradient_settles_where_the_queue_that_it_allows_makes_up_for_latency() {
        let (policy, limiter) = limit(Algorithm::Gradient {
            tolerance: 1.0,
            smoothing: 0.2,
            queue: 4.0,
            long_window: 600,
        });
        let after = |took, times| {
            (0..times).for_each(|_| {
                let next = limiter.next(&policy, Span(took), 100.0, Ending::Answered);
                limiter.limit.set(Some(next.clamp(policy.min, policy.max)));
            });
            limiter.limit(&policy)
        };
        let grown = after(1_000, 10); // 0.2 x 4 more for each answer as quick as ever.
        assert!((grown - 28.0).abs() < 1e-9, "{grown}");
        // Twice as slow: limit = limit / 2 + queue; the long run has moved by less than 2 %.
        let settled = after(2_000, 5);
        assert!(settled < 28.0, "{settled}");
        let settled = after(4_000, 40);
        assert!((8.0..13.0).contains(&settled), "{settled}");
    }
}
