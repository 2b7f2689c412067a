//! Gates: what stands between a caller and its target, asked before each attempt and told how it ended.

use super::adaptive_throttling::{AdaptiveThrottling, Throttle};
use super::bulkhead::{Bulkhead, Places};
use super::circuit_breaker::{Breakers, CircuitBreaker};
use super::concurrency_limit::{ConcurrencyLimit, Limiter};
use crate::{Command, Count, Failure, Level, Meters, Outcome, Question};
use sim_core::measure::Calibration;
use sim_core::{Dice, Sim, Time};

/// An attempt that a caller is about to make, or has made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// Which instance it asks.
    pub(crate) instance: u32,
    /// When it is made.
    pub(crate) began: Time,
}

/// How an attempt ended for its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// With an answer.
    Answered,
    /// With a failure.
    Failed(Failure),
    /// The caller has stopped waiting for it.
    TimedOut,
    /// Nobody wants to know any more: another copy has answered, or the caller itself has gone.
    Left,
}

impl Ending {
    /// The failure that the caller has seen, if any.
    pub(crate) fn failure(self) -> Option<Failure> {
        match self {
            Ending::Failed(failure) => Some(failure),
            Ending::TimedOut => Some(Failure::TimedOut),
            Ending::Answered | Ending::Left => None,
        }
    }
}

/// When a gate hears of an end, and where it reports what it makes of it.
pub(crate) struct At<'a> {
    pub(crate) now: Time,
    pub(crate) sim: &'a Sim<Command, Outcome, Question>,
    pub(crate) calibration: &'a Calibration,
    /// Those of the calling node.
    pub(crate) meters: &'a Meters,
}

impl At<'_> {
    pub(crate) fn count(&self, what: Count) {
        self.meters.counts[what as usize].add(self.calibration, self.now, 1);
    }

    pub(crate) fn change(&self, what: Level, by: i64) {
        self.meters.levels[what as usize].change(self.calibration, self.now, by);
    }
}

/// A mitigation that may keep an attempt from being made.
///
/// It is asked when an attempt is about to be made, and told of the end of each that it and all
/// others let through. It reads its policy where it decides, so that a fault can turn it on.
pub(crate) trait Gate {
    /// Its parameters.
    type Policy;

    /// What counts the attempts that it keeps back.
    const REJECTED: Count;

    /// Other parameters hold from now on; none where there is no such gate any more.
    fn set(&self, _policy: Option<&Self::Policy>, _at: &At<'_>) {}

    /// Whether it would keep back any attempt to ask this instance, so that another is worth a try.
    fn bars(&self, _policy: &Self::Policy, _instance: u32, _now: Time) -> bool {
        false
    }

    /// Whether the attempt may be made; its dice decide what is left to chance.
    fn admits(&self, policy: &Self::Policy, attempt: &Attempt, dice: Dice) -> bool;

    /// An attempt is made; all gates have let it through.
    fn begins(&self, _policy: &Self::Policy, _attempt: &Attempt) {}

    /// An attempt has ended, and began under this policy.
    fn ends(&self, _policy: &Self::Policy, _attempt: &Attempt, _ending: Ending, _at: &At<'_>) {}

    /// How many attempts it holds for under way.
    #[cfg(test)]
    fn held(&self) -> u32 {
        0
    }
}

/// Lists the gates in the order in which they are asked: a field, its policy and its state, and what it is.
macro_rules! gates {
    ($($field:ident: $policy:ty => $gate:ty, $what:literal;)*) => {
        /// The gates of a call; what is missing lets everything through.
        #[derive(Clone, PartialEq, Debug, Default)]
        pub struct Gates {
            $(#[doc = $what] pub $field: Option<$policy>,)*
        }

        /// The state of every gate of a call at one calling instance.
        #[derive(Default)]
        pub(crate) struct GateStates {
            $(pub(crate) $field: $gate,)*
        }

        impl GateStates {
            /// Whether no gate holds an attempt for under way.
            #[cfg(test)]
            pub(crate) fn are_empty(&self) -> bool {
                true $(&& self.$field.held() == 0)*
            }

            /// Other gates hold from now on.
            pub(crate) fn set(&self, gates: Option<&Gates>, at: &At<'_>) {
                $(self.$field.set(gates.and_then(|gates| gates.$field.as_ref()), at);)*
            }

            /// Whether a gate keeps back any attempt to ask this instance.
            pub(crate) fn bars(&self, gates: &Gates, instance: u32, now: Time) -> bool {
                false $(|| gates.$field.as_ref().is_some_and(|policy| self.$field.bars(policy, instance, now)))*
            }

            /// What counts an attempt that must not be made: the first gate that keeps it back.
            pub(crate) fn rejects(&self, gates: &Gates, attempt: &Attempt, dice: Dice) -> Option<Count> {
                $(if let Some(policy) = &gates.$field
                    && !self.$field.admits(policy, attempt, dice)
                {
                    return Some(<$gate>::REJECTED);
                })*
                None
            }

            /// All gates have let an attempt through.
            pub(crate) fn begin(&self, gates: &Gates, attempt: &Attempt) {
                $(if let Some(policy) = &gates.$field {
                    self.$field.begins(policy, attempt);
                })*
            }

            /// An attempt that these gates let through has ended.
            pub(crate) fn end(&self, gates: &Gates, attempt: &Attempt, ending: Ending, at: &At<'_>) {
                $(if let Some(policy) = &gates.$field {
                    self.$field.ends(policy, attempt, ending, at);
                })*
            }
        }
    };
}

gates! {
    circuit_breaker: CircuitBreaker => Breakers, "What stops asking a target that has failed too often.";
    bulkhead: Bulkhead => Places, "A limit on the attempts under way at once.";
    concurrency_limit: ConcurrencyLimit => Limiter, "A limit that finds its size by itself.";
    adaptive_throttling: AdaptiveThrottling => Throttle, "What holds attempts back by the share that is accepted.";
}
