//! Algorithms: what a limiter makes of one more request, by what it has counted.

use super::{FixedWindow, LeakyBucket, SlidingCounter, SlidingLog, TokenBucket};
use sim_core::{Span, Time};

/// What a limiter makes of one more request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It is let in.
    Pass,
    /// It is let in after this long.
    PassAfter(Span),
    /// It is refused.
    Refuse,
}

/// How a limiter decides.
///
/// To judge and to count are two things, since limiters that share their counts do them at two times.
pub(crate) trait Algorithm: Sized {
    /// What it counts; by default as it is before the first request.
    type State: Clone + Default;

    /// What becomes of a request at `now`.
    fn verdict(&self, state: &Self::State, now: Time) -> Verdict;

    /// Counts a request that was let in at `now`, which may be earlier than what is counted already.
    fn take(&self, state: &mut Self::State, now: Time);

    /// After which time a request would be let in, or the window ends, if nobody else asks.
    fn reset(&self, state: &Self::State, now: Time) -> Span;

    /// The stretch of time within which it is meant to bound requests.
    fn window(&self) -> Span;

    /// The share of each of so many instances that count for themselves: whole requests, and one at least.
    fn divided(&self, by: u32) -> Self;
}

/// Lists the algorithms.
macro_rules! algorithms {
    ($($name:ident: $what:literal,)*) => {
        /// A limit on requests.
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub enum Limit {
            $(#[doc = $what] $name($name),)*
        }

        /// What a limit has counted.
        #[derive(Clone)]
        pub(super) enum Tally {
            $($name(<$name as Algorithm>::State),)*
        }

        impl Limit {
            /// The share of each of so many instances that count for themselves: whole requests, and one
            /// at least.
            #[must_use]
            pub fn divided(&self, by: u32) -> Limit {
                match self {
                    $(Limit::$name(limit) => Limit::$name(limit.divided(by)),)*
                }
            }

            pub(super) fn window(&self) -> Span {
                match self {
                    $(Limit::$name(limit) => limit.window(),)*
                }
            }

            pub(super) fn nothing(&self) -> Tally {
                match self {
                    $(Limit::$name(_) => Tally::$name(Default::default()),)*
                }
            }

            pub(super) fn verdict(&self, tally: &Tally, now: Time) -> Verdict {
                match (self, tally) {
                    $((Limit::$name(limit), Tally::$name(state)) => limit.verdict(state, now),)*
                    _ => self.verdict(&self.nothing(), now),
                }
            }

            pub(super) fn take(&self, tally: &mut Tally, now: Time) {
                match (self, &mut *tally) {
                    $((Limit::$name(limit), Tally::$name(state)) => limit.take(state, now),)*
                    // What another kind of limit has counted, before a fault put this in its place.
                    _ => {
                        *tally = self.nothing();
                        self.take(tally, now);
                    }
                }
            }

            pub(super) fn reset(&self, tally: &Tally, now: Time) -> Span {
                match (self, tally) {
                    $((Limit::$name(limit), Tally::$name(state)) => limit.reset(state, now),)*
                    _ => self.reset(&self.nothing(), now),
                }
            }
        }
    };
}

algorithms! {
    FixedWindow: "So many in each window of the clock.",
    SlidingLog: "So many in any stretch of time.",
    SlidingCounter: "So many in any stretch of time, by an estimate.",
    TokenBucket: "A rate, and a burst above it.",
    LeakyBucket: "A queue with a constant rate out of it.",
}

/// Nanoseconds between requests of this rate per second.
pub(super) fn interval(rate: f64) -> Span {
    Span::seconds(1.0 / rate)
}

impl Limit {
    /// What becomes of a request: how long it is held back, or when it may come again.
    pub(super) fn decide(&self, tally: &Tally, now: Time) -> Result<Span, Span> {
        match self.verdict(tally, now) {
            Verdict::Pass => Ok(Span::ZERO),
            Verdict::PassAfter(wait) => Ok(wait),
            Verdict::Refuse => Err(self.reset(tally, now)),
        }
    }
}
