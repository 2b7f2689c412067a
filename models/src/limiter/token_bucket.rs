//! A token bucket: a rate, and a burst above it.

use super::{Algorithm, Verdict, interval};
use sim_core::{Span, Time};

/// A bucket of `burst` tokens, full at first, that gains `rate` tokens a second; a request takes one. It
/// lets at most burst + rate x t through in any time t. It is kept as the virtual scheduling of GCRA
/// (ITU-T, 2004, I.371): one time, and no refill.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TokenBucket {
    /// Tokens per second.
    pub rate: f64,
    /// The most tokens that it holds.
    pub burst: u32,
}

impl Algorithm for TokenBucket {
    /// When a bucket that nobody takes from is full again: the theoretical arrival time of GCRA.
    type State = Time;

    fn verdict(&self, full: &Time, now: Time) -> Verdict {
        if self.reset(full, now) == Span::ZERO {
            Verdict::Pass
        } else {
            Verdict::Refuse
        }
    }

    fn take(&self, full: &mut Time, now: Time) {
        *full = (*full).max(now) + interval(self.rate);
    }

    fn reset(&self, full: &Time, now: Time) -> Span {
        let tolerance = interval(self.rate)
            .0
            .saturating_mul((self.burst - 1).into());
        full.since(now) - Span(tolerance)
    }

    fn window(&self) -> Span {
        Span::seconds(1.0)
    }

    fn divided(&self, by: u32) -> TokenBucket {
        TokenBucket {
            rate: self.rate / f64::from(by),
            burst: (self.burst / by).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{passed, poisson};
    use super::*;

    #[test]
    fn at_most_the_burst_and_the_rate_times_the_time_pass() {
        let limit = TokenBucket {
            rate: 10.0,
            burst: 20,
        };
        let flood: Vec<f64> = (0..5_000).map(|n| f64::from(n) * 0.001).collect();
        let passed = passed(&limit, &flood);
        assert_eq!(passed.len(), 69); // 20 + 10 x 4.999 s, whole ones.
        assert_eq!(passed.iter().filter(|&&at| at < 1.0).count(), 29);
        for (n, from) in passed.iter().enumerate() {
            for (m, to) in passed.iter().enumerate().skip(n) {
                assert!((m - n + 1) as f64 <= 20.0 + 10.0 * (to - from) + 1e-6);
            }
        }
    }

    /// A bucket whose tokens are counted, in billionths.
    #[test]
    fn it_decides_as_a_bucket_with_a_refill_does() {
        let limit = TokenBucket {
            rate: 10.0,
            burst: 5,
        };
        let arrivals = poisson(11.0, 10_000.0);
        let (token, full) = (100_000_000_u64, 500_000_000);
        let (mut tokens, mut last) = (full, Time::ZERO);
        let counted = arrivals.iter().filter(|&&at| {
            let now = Time::ZERO + Span::seconds(at);
            tokens = (tokens + now.since(last).0).min(full);
            last = now;
            let has_one = token <= tokens;
            tokens -= token * u64::from(has_one);
            has_one
        });
        let counted: Vec<f64> = counted.copied().collect();
        assert!(passed(&limit, &arrivals) == counted);
        assert!(80_000 < counted.len() && counted.len() < arrivals.len());
    }
}
