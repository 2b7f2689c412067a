//! Gates: what stands between a caller and its target, asked before each attempt and told how it ended.

use super::bulkhead::{Bulkhead, Places};
use crate::{Count, Failure};
use sim_core::Time;

/// An attempt that a caller is about to make, or has made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// Which instance it asks.
    pub(crate) instance: u32,
    /// When it was made.
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

/// A mitigation that may keep an attempt from being made.
///
/// It is asked when an attempt is about to be made, and told of the end of each that it and all
/// others let through. It reads its policy where it decides, so that a fault can turn it on.
pub(crate) trait Gate {
    /// Its parameters.
    type Policy;

    /// What counts the attempts that it keeps back.
    const REJECTED: Count;

    /// Whether the attempt may be made.
    fn admits(&self, policy: &Self::Policy, attempt: &Attempt) -> bool;

    /// An attempt is made; all gates have let it through.
    fn begins(&self, _policy: &Self::Policy, _attempt: &Attempt) {}

    /// An attempt has ended.
    fn ends(&self, _policy: &Self::Policy, _attempt: &Attempt, _now: Time, _ending: Ending) {}
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
            $($field: $gate,)*
        }

        impl GateStates {
            /// What counts an attempt that must not be made: the first gate that keeps it back.
            pub(crate) fn rejects(&self, gates: &Gates, attempt: &Attempt) -> Option<Count> {
                $(if let Some(policy) = &gates.$field
                    && !self.$field.admits(policy, attempt)
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

            /// An attempt that all gates let through has ended.
            pub(crate) fn end(&self, gates: &Gates, attempt: &Attempt, now: Time, ending: Ending) {
                $(if let Some(policy) = &gates.$field {
                    self.$field.ends(policy, attempt, now, ending);
                })*
            }
        }
    };
}

gates! {
    bulkhead: Bulkhead => Places, "A limit on the attempts under way at once.";
}
