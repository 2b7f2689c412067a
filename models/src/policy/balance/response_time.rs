//! Balancing by response time: the peak-sensitive moving average of Finagle and Linkerd.

use super::{Choices, Draw, Loads};
use crate::policy::Ending;
use sim_core::{Span, Time};
use std::cell::RefCell;

/// How response times are averaged.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ResponseTime {
    /// After how long an observation weighs 1/e of what it did.
    pub decay: Span,
    /// How long a failed call counts as having taken, at least; nothing when failures count as
    /// long as they took.
    pub failure_takes: Span,
}

/// What a caller has seen of one instance.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// The average, in nanoseconds, as of `at`.
    cost: f64,
    at: Time,
}

impl Seen {
    /// A longer time counts in full at once, a shorter one by how long ago the last was.
    fn observe(&mut self, policy: &ResponseTime, now: Time, took: f64) {
        let aged = self.now(policy, now);
        let share = self.share_left(policy, now);
        self.cost = if self.cost < took {
            took
        } else {
            aged + took * (1.0 - share)
        };
        self.at = now;
    }

    /// The average, faded by what nothing was seen for.
    fn now(&self, policy: &ResponseTime, now: Time) -> f64 {
        self.cost * self.share_left(policy, now)
    }

    fn share_left(&self, policy: &ResponseTime, now: Time) -> f64 {
        libm::exp(-(now.since(self.at).0 as f64) / policy.decay.0 as f64)
    }
}

/// What an instance costs that has calls under way and none that has ended: more than any other.
const UNKNOWN: f64 = 1e18;

/// The response times that one caller has seen.
#[derive(Default)]
pub(super) struct ResponseTimes(RefCell<Vec<Seen>>);

impl ResponseTimes {
    /// A call has ended, however it did: Finagle counts those that the caller left, too.
    pub(super) fn ends(
        &self,
        policy: &ResponseTime,
        target: u32,
        took: Span,
        now: Time,
        ending: Ending,
    ) {
        let is_failure = matches!(ending, Ending::Failed(_) | Ending::TimedOut);
        let least = if is_failure {
            policy.failure_takes
        } else {
            Span::ZERO
        };
        let mut seen = self.0.borrow_mut();
        if seen.len() <= target as usize {
            seen.resize(target as usize + 1, Seen::default());
        }
        seen[target as usize].observe(policy, now, took.max(least).0 as f64);
    }

    /// The cheaper of two different ones.
    pub(super) fn better_of_two(
        &self,
        policy: &ResponseTime,
        choices: &Choices<'_>,
        loads: &Loads,
        draw: Draw,
        now: Time,
    ) -> u32 {
        let (one, other) = draw.two_below(choices.len());
        let (one, other) = (choices.nth(one), choices.nth(other));
        let cost = |instance| self.cost(policy, instance, loads, now);
        if cost(other) < cost(one) { other } else { one }
    }

    /// The cheapest; ties at random.
    pub(super) fn least(
        &self,
        policy: &ResponseTime,
        choices: &Choices<'_>,
        loads: &Loads,
        draw: Draw,
        now: Time,
    ) -> u32 {
        draw.smallest(choices, |instance| self.cost(policy, instance, loads, now))
    }

    /// The response time to expect: the average, times the calls that would be under way.
    fn cost(&self, policy: &ResponseTime, instance: u32, loads: &Loads, now: Time) -> f64 {
        let seen = self.0.borrow().get(instance as usize).copied();
        let cost = seen.unwrap_or_default().now(policy, now);
        let pending = f64::from(loads.of(instance));
        if cost == 0.0 && 0.0 < pending {
            return UNKNOWN + pending;
        }
        cost * (pending + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Failure;
    use sim_core::Dice;

    const POLICY: ResponseTime = ResponseTime {
        decay: Span::millis(10_000),
        failure_takes: Span::millis(1_000),
    };

    fn at(seconds: f64) -> Time {
        Time::ZERO + Span::seconds(seconds)
    }

    #[test]
    fn an_average_jumps_to_peaks_and_fades_after_them() {
        let mut seen = Seen::default();
        seen.observe(&POLICY, at(1.0), 5.0);
        assert_eq!(seen.cost, 5.0);
        seen.observe(&POLICY, at(1.0), 80.0);
        assert_eq!(seen.cost, 80.0);
        seen.observe(&POLICY, at(11.0), 5.0);
        let left = libm::exp(-1.0);
        assert!((seen.cost - (80.0 * left + 5.0 * (1.0 - left))).abs() < 1e-12);
    }

    #[test]
    fn the_quick_one_is_asked_until_its_queue_makes_up_for_it() {
        let (times, loads) = (ResponseTimes::default(), Loads::new(2));
        let end = |target, millis| {
            let took = Span::millis(millis);
            times.ends(&POLICY, target, took, at(0.0), Ending::Answered);
        };
        end(0, 10);
        end(1, 35);
        let choices = Choices::range(0, 2, None);
        let mut picks = Vec::new();
        for n in 0..6 {
            let draw = Draw(Dice::visit(1, 1, 1, n));
            let picked = times.least(&POLICY, &choices, &loads, draw, at(0.0));
            assert_eq!(
                picked,
                times.better_of_two(&POLICY, &choices, &loads, draw, at(0.0))
            );
            loads.begin(picked);
            picks.push(picked);
        }
        assert_eq!(picks, [0, 0, 0, 1, 0, 0], "10, 20, 30, 35, 40, 50 ms");
    }

    #[test]
    fn a_failure_counts_as_slow_and_an_instance_never_heard_of_as_slower() {
        let (times, loads) = (ResponseTimes::default(), Loads::new(3));
        let refused = Ending::Failed(Failure::Refused);
        times.ends(&POLICY, 0, Span::millis(1), at(0.0), refused);
        times.ends(&POLICY, 1, Span::millis(100), at(0.0), Ending::Answered);
        loads.begin(2);
        let cost = |instance| times.cost(&POLICY, instance, &loads, at(0.0));
        assert!(cost(1) < cost(0) && cost(0) < cost(2));
    }
}
