//! A sliding log: so many requests in any stretch of time, by remembering when each passed.

use super::{Algorithm, Verdict};
use sim_core::{Span, Time};
use std::collections::VecDeque;

/// So many requests in any stretch of this length; exact, at the price of a time stamp for each request
/// that has passed in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlidingLog {
    /// How many.
    pub requests: u32,
    /// How long a stretch is.
    pub per: Span,
}

impl SlidingLog {
    /// How many of the log still count.
    fn recent(&self, log: &VecDeque<Time>, now: Time) -> usize {
        log.len() - log.partition_point(|&at| at + self.per <= now)
    }
}

impl Algorithm for SlidingLog {
    type State = VecDeque<Time>;

    fn verdict(&self, log: &VecDeque<Time>, now: Time) -> Verdict {
        if self.recent(log, now) < self.requests as usize {
            Verdict::Pass
        } else {
            Verdict::Refuse
        }
    }

    fn take(&self, log: &mut VecDeque<Time>, now: Time) {
        let place = log.partition_point(|&at| at <= now);
        log.insert(place, now);
        let latest = log[log.len() - 1];
        log.drain(..log.partition_point(|&at| at + self.per <= latest));
    }

    fn reset(&self, log: &VecDeque<Time>, now: Time) -> Span {
        let excess = (self.recent(log, now) + 1).saturating_sub(self.requests as usize);
        let old = log.len() - self.recent(log, now);
        let last = (0 < excess).then(|| log[old + excess - 1] + self.per);
        last.map_or(Span::ZERO, |leaves| leaves.since(now))
    }

    fn window(&self) -> Span {
        self.per
    }

    fn divided(&self, by: u32) -> SlidingLog {
        SlidingLog {
            requests: (self.requests / by).max(1),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{busiest, passed, poisson};
    use super::*;

    #[test]
    fn no_stretch_has_more_than_the_limit_and_a_busy_one_has_as_many() {
        let limit = SlidingLog {
            requests: 20,
            per: Span::seconds(1.0),
        };
        let passed = passed(&limit, &poisson(60.0, 100.0));
        assert_eq!(busiest(&passed, 1.0), 20);
        // Refused only where 20 have passed within the second before: the rate is all but used up.
        assert!(1_900 < passed.len(), "{}", passed.len());
    }

    #[test]
    fn it_is_reset_when_the_oldest_leaves_the_log() {
        let limit = SlidingLog {
            requests: 2,
            per: Span::seconds(10.0),
        };
        let at = |seconds: f64| Time::ZERO + Span::seconds(seconds);
        let log = VecDeque::from([at(1.0), at(4.0)]);
        assert_eq!(limit.reset(&log, at(5.0)), Span::seconds(6.0));
        assert_eq!(limit.verdict(&log, at(11.0)), Verdict::Pass);
        assert_eq!(limit.reset(&log, at(11.0)), Span::ZERO);
    }
}
