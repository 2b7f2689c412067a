//! Adaptive throttling: a client that holds back the more, the less of what it asks is accepted.

use super::rolling::{Rolling, Window};
use super::{At, Attempt, Ending, Gate};
use crate::{Count, Failure};
use sim_core::{Dice, Purpose};
use std::cell::RefCell;

/// Client-side throttling (Beyer et al., 2016, "Site Reliability Engineering", chapter 21): an attempt
/// is kept back with probability max(0, (requests - K x accepts) / (requests + 1)).
#[derive(Clone, PartialEq, Debug)]
pub struct AdaptiveThrottling {
    /// K: with 2, about as many requests are rejected by the target as are accepted.
    pub k: f64,
    /// What requests and accepts are counted over.
    pub window: Window,
    /// The failures by which a target says that it has not accepted a request.
    pub failures: Vec<Failure>,
}

/// Requests, those kept back among them, and accepts of one calling instance.
#[derive(Default)]
pub(crate) struct Throttle(RefCell<Rolling<2>>);

impl Gate for Throttle {
    type Policy = AdaptiveThrottling;

    const REJECTED: Count = Count::ThrottleRejected;

    fn admits(&self, policy: &AdaptiveThrottling, attempt: &Attempt, dice: Dice) -> bool {
        let mut history = self.0.borrow_mut();
        let [requests, accepts] = history.sum(policy.window, attempt.began).map(f64::from);
        history.add(policy.window, attempt.began, [1, 0]);
        let excess = (requests - policy.k * accepts) / (requests + 1.0);
        excess < dice.uniform(Purpose::Throttle, 0)
    }

    fn ends(&self, policy: &AdaptiveThrottling, _: &Attempt, ending: Ending, at: &At<'_>) {
        // What a caller has left may have been accepted.
        let is_accepted = ending
            .failure()
            .is_none_or(|failure| !policy.failures.contains(&failure));
        if is_accepted {
            self.0.borrow_mut().add(policy.window, at.now, [0, 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Meters;
    use sim_core::measure::Calibration;
    use sim_core::{Sim, Span, Time};

    #[test]
    fn it_sends_k_times_as_much_as_is_accepted() {
        let policy = AdaptiveThrottling {
            k: 2.0,
            window: Window::Time(Span(120_000)),
            failures: vec![Failure::Refused],
        };
        let throttle = Throttle::default();
        let (sim, meters) = (Sim::default(), Meters::default());
        let calibration = Calibration {
            from: Time::ZERO,
            until: Time(1_000_000),
            window: Span(1_000),
        };
        // A request each nanosecond, of which the target accepts the first 100 of each 1000.
        let (mut accepted, mut sent) = (0, 0);
        for n in 0..600_000 {
            if n % 1_000 == 0 {
                accepted = 0;
            }
            let attempt = Attempt {
                instance: 0,
                began: Time(n),
            };
            let dice = Dice::visit(1, 1, 1, n);
            if !throttle.admits(&policy, &attempt, dice) {
                continue;
            }
            sent += u32::from(300_000 <= n);
            accepted += 1;
            let ending = match accepted {
                1..=100 => Ending::Answered,
                _ => Ending::Failed(Failure::Refused),
            };
            let at = At {
                now: Time(n),
                sim: &sim,
                calibration: &calibration,
                meters: &meters,
            };
            throttle.ends(&policy, &attempt, ending, &at);
        }
        // Of 300 000 requests a fifth is sent; what is sent is binomial and its feedback narrows it.
        assert!((58_800..61_200).contains(&sent), "{sent}");
    }
}
