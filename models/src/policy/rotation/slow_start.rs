//! Slow start: an instance that comes back gets few calls at first.

use sim_core::{Span, Time};

/// An instance that comes back into rotation gets a share of its calls that grows in step with time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlowStart {
    /// How long it takes until it gets all of them.
    pub over: Span,
}

/// The share with which it begins, as in Envoy.
const LEAST: f64 = 0.1;

impl SlowStart {
    /// The share of its calls that an instance gets which has been back since then.
    pub(super) fn share(&self, since: Time, now: Time) -> f64 {
        let share = now.since(since).0 as f64 / self.over.0.max(1) as f64;
        share.clamp(LEAST, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_grows_from_a_tenth_to_all() {
        let slow = SlowStart {
            over: Span::millis(10_000),
        };
        let since = Time::ZERO + Span::millis(5_000);
        let share = |millis| slow.share(since, since + Span::millis(millis));
        assert_eq!(
            [0, 500, 2_500, 10_000, 20_000].map(share),
            [0.1, 0.1, 0.25, 1.0, 1.0]
        );
    }
}
