//! A bulkhead: a limit on the attempts that a calling instance has under way at once.

use super::{At, Attempt, Ending, Gate};
use crate::Count;
use sim_core::Dice;
use std::cell::Cell;

/// A limit on the attempts of one calling instance that are under way at once (Nygard, 2007, "Release
/// It!", "Bulkheads").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bulkhead {
    /// How many.
    pub concurrent: u32,
}

/// The attempts under way that a bulkhead has let through.
#[derive(Default)]
pub(crate) struct Places(Cell<u32>);

impl Gate for Places {
    type Policy = Bulkhead;

    const REJECTED: Count = Count::BulkheadRejected;

    fn admits(&self, policy: &Bulkhead, _: &Attempt, _: Dice) -> bool {
        self.0.get() < policy.concurrent
    }

    fn begins(&self, _: &Bulkhead, _: &Attempt) {
        self.0.set(self.0.get() + 1);
    }

    fn ends(&self, _: &Bulkhead, _: &Attempt, _: Ending, _: &At<'_>) {
        self.0.set(self.0.get() - 1);
    }
}
