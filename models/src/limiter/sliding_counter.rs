//! A sliding counter: a window's count, and that of the one before as far as it still reaches in.

use super::{Algorithm, Verdict};
use sim_core::{Span, Time};

/// So many requests in a stretch of this length, estimated from two counts: this window's, and the one before it
/// times the share of it that lies within the stretch (Desgats, 2017, "How we built rate limiting
/// capable of scaling to millions of domains", Cloudflare). It takes the requests of the window before
/// for evenly spread, and errs where they were not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlidingCounter {
    /// How many.
    pub requests: u32,
    /// How long a stretch is.
    pub per: Span,
}

/// A window, by number, what has passed in it, and in the one before.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Windows {
    number: u64,
    passed: u32,
    before: u32,
}

impl SlidingCounter {
    /// The counts as they are at `now`.
    fn at(&self, windows: &Windows, now: Time) -> Windows {
        let number = now.0 / self.per.0;
        match number.saturating_sub(windows.number) {
            0 => *windows,
            1 => Windows {
                number,
                passed: 0,
                before: windows.passed,
            },
            _ => Windows {
                number,
                ..Windows::default()
            },
        }
    }
}

impl Algorithm for SlidingCounter {
    type State = Windows;

    fn verdict(&self, windows: &Windows, now: Time) -> Verdict {
        let windows = self.at(windows, now);
        let (per, gone) = (u128::from(self.per.0), u128::from(now.0 % self.per.0));
        // The estimate and the limit, both times the length of a window.
        let estimate = u128::from(windows.before) * (per - gone) + u128::from(windows.passed) * per;
        if estimate < u128::from(self.requests) * per {
            Verdict::Pass
        } else {
            Verdict::Refuse
        }
    }

    fn take(&self, windows: &mut Windows, now: Time) {
        *windows = self.at(windows, now);
        let number = now.0 / self.per.0;
        windows.passed += u32::from(windows.number == number);
        windows.before += u32::from(windows.number == number + 1);
    }

    fn reset(&self, windows: &Windows, now: Time) -> Span {
        let windows = self.at(windows, now);
        let ends = self.per.0 - now.0 % self.per.0;
        let room = self.requests.saturating_sub(windows.passed);
        if room == 0 || windows.before == 0 {
            return Span(ends);
        }
        // The window before must shrink to less than the room.
        let left = u128::from(self.per.0) * u128::from(room) / u128::from(windows.before);
        let left = u64::try_from(left).unwrap_or(u64::MAX);
        Span(ends.saturating_sub(left) + 1)
    }

    fn window(&self) -> Span {
        self.per
    }

    fn divided(&self, by: u32) -> SlidingCounter {
        SlidingCounter {
            requests: (self.requests / by).max(1),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{busiest, passed, poisson};
    use super::*;

    const MINUTE: SlidingCounter = SlidingCounter {
        requests: 50,
        per: Span::millis(60_000),
    };

    /// Cloudflare's example: 42 in the minute before, 18 in the first 15 s of this one, are 49.5.
    #[test]
    fn the_example_of_its_authors_has_room_for_one_more() {
        let windows = Windows {
            number: 1,
            passed: 18,
            before: 42,
        };
        let at = Time::ZERO + Span::seconds(75.0);
        assert_eq!(MINUTE.verdict(&windows, at), Verdict::Pass);
        let windows = Windows {
            passed: 19,
            ..windows
        };
        assert_eq!(MINUTE.verdict(&windows, at), Verdict::Refuse);
        let reset = MINUTE.reset(&windows, at);
        assert_eq!(MINUTE.verdict(&windows, at + reset), Verdict::Pass);
        assert_eq!(
            MINUTE.verdict(&windows, at + (reset - Span(2))),
            Verdict::Refuse
        );
    }

    #[test]
    fn a_boundary_burst_is_seen_and_an_uneven_window_is_misjudged() {
        let around = [59.9, 60.1].map(|at| [at; 80]).concat();
        // 50 at the end of one window leave room for 1 of the 80 that come 0.2 s later.
        assert_eq!(passed(&MINUTE, &around).len(), 51);
        // 50 at 59.9 s count as half of that at 90 s, though all 50 are less than 60 s old.
        let late = [[59.9; 50], [90.0; 50]].concat();
        assert_eq!(busiest(&passed(&MINUTE, &late), 60.0), 75);
    }

    #[test]
    fn it_lets_about_its_rate_through() {
        let limit = SlidingCounter {
            requests: 20,
            per: Span::seconds(1.0),
        };
        let passed = passed(&limit, &poisson(60.0, 100.0));
        assert!((1_900..=2_100).contains(&passed.len()), "{}", passed.len());
    }
}
