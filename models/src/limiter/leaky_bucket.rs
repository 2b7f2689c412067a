//! A leaky bucket: a queue that lets requests out at a constant rate.

use super::{Algorithm, Verdict, interval};
use sim_core::{Span, Time};

/// A queue of at most `queue` requests from which one goes on every 1 / `rate` seconds (the bucket as a queue of
/// Turner, 1986, "New Directions in Communications"). It delays a burst where a token bucket, which is the same
/// bucket as a meter, lets it through.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LeakyBucket {
    /// Requests per second that go on.
    pub rate: f64,
    /// How many may wait.
    pub queue: u32,
}

impl LeakyBucket {
    /// How long the last of a full queue waits.
    fn longest(&self) -> Span {
        Span(interval(self.rate).0.saturating_mul(self.queue.into()))
    }
}

impl Algorithm for LeakyBucket {
    /// When the next request may go on.
    type State = Time;

    fn verdict(&self, next: &Time, now: Time) -> Verdict {
        match next.since(now) {
            Span::ZERO => Verdict::Pass,
            wait if wait <= self.longest() => Verdict::PassAfter(wait),
            _ => Verdict::Refuse,
        }
    }

    fn take(&self, next: &mut Time, now: Time) {
        *next = (*next).max(now) + interval(self.rate);
    }

    fn reset(&self, next: &Time, now: Time) -> Span {
        next.since(now) - self.longest()
    }

    fn window(&self) -> Span {
        Span::seconds(1.0)
    }

    fn divided(&self, by: u32) -> LeakyBucket {
        LeakyBucket {
            rate: self.rate / f64::from(by),
            queue: self.queue / by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{passed, poisson};
    use super::*;

    const LIMIT: LeakyBucket = LeakyBucket {
        rate: 10.0,
        queue: 5,
    };

    #[test]
    fn a_burst_comes_out_at_a_constant_rate() {
        let out = passed(&LIMIT, &[1.0; 20]);
        assert_eq!(out, [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]);
    }

    #[test]
    fn no_two_are_closer_than_the_rate_allows() {
        let out = passed(&LIMIT, &poisson(12.0, 1_000.0));
        let gaps = out.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.clone().all(|gap| 0.1 - 1e-6 <= gap));
        assert!(9_000 < out.len());
    }
}
