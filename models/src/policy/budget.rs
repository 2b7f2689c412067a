//! A retry budget: a token bucket that calls fill and retries empty.

use std::cell::Cell;

/// A token bucket for retries, in millionths of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// What each call puts in.
    pub per_call: u64,
    /// The most it holds.
    pub burst: u64,
}

/// What a retry takes.
const TOKEN: u64 = 1_000_000;

/// What a calling instance has spent of its budget. An unspent budget is a full bucket.
#[derive(Default)]
pub(crate) struct Spending(Cell<u64>);

impl Spending {
    /// Accounts for a new call.
    pub(crate) fn deposit(&self, budget: &Budget) {
        self.0.set(self.0.get().saturating_sub(budget.per_call));
    }

    /// Takes a token for a retry; false when there is none.
    pub(crate) fn withdraw(&self, budget: &Budget) -> bool {
        let spent = self.0.get() + TOKEN;
        let is_allowed = spent <= budget.burst;
        if is_allowed {
            self.0.set(spent);
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_allows_its_burst_and_then_its_ratio() {
        let budget = Budget {
            per_call: 100_000,
            burst: 5 * TOKEN,
        };
        let state = Spending::default();
        assert_eq!((0..10).filter(|_| state.withdraw(&budget)).count(), 5);
        let allowed = (0..1_000).filter(|_| {
            state.deposit(&budget);
            state.withdraw(&budget)
        });
        assert_eq!(allowed.count(), 100);
    }
}
