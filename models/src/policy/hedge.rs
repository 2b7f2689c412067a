//! Hedges: when to send a second copy of a question, and how many.

use super::budget::{Allowance, Budget, Spending};
use sim_core::{Span, Time};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// A second copy of a question that is slow to be answered, to another instance (Dean and Barroso, 2013,
/// "The Tail at Scale").
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hedge {
    /// When it is sent.
    pub after: HedgeAfter,
    /// A limit on copies.
    pub budget: Option<Budget>,
    /// Whether the copies know of each other, so that the one whose work begins calls off the other.
    pub tied: bool,
}

/// When a second copy is sent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum HedgeAfter {
    /// After so long.
    Span(Span),
    /// After what this share of the calling instance's recent attempts took at most.
    Quantile(f64),
}

/// Attempts that a measured quantile rests on.
const RECENT: usize = 1_000;

/// After so many attempts it is computed anew; before them there is none.
const EVERY: u32 = 100;

/// What a calling instance knows for its hedges.
#[derive(Default)]
pub(crate) struct Hedging {
    spending: Spending,
    recent: RefCell<VecDeque<Span>>,
    unseen: Cell<u32>,
    quantile: Cell<Option<Span>>,
}

impl Hedging {
    /// An attempt is made; how long to wait before its second copy.
    pub(crate) fn begin(&self, hedge: &Hedge, now: Time) -> Option<Span> {
        if let Some(budget) = &hedge.budget {
            self.spending.call(budget, now);
        }
        match hedge.after {
            HedgeAfter::Span(span) => Some(span),
            HedgeAfter::Quantile(_) => self.quantile.get(),
        }
    }

    /// Whether a second copy may be sent, with so many attempts under way.
    pub(crate) fn allow(&self, hedge: &Hedge, now: Time, under_way: u32) -> Option<Allowance<'_>> {
        match &hedge.budget {
            Some(budget) => self.spending.allow(budget, None, now, under_way),
            None => Some(Allowance::FREE),
        }
    }

    /// An attempt was answered, or timed out, after so long; whichever copy was first. A first copy
    /// that lost took at least as long, which is beyond the quantile at which it was hedged: so the
    /// quantile stays what it would be without hedges.
    pub(crate) fn took(&self, hedge: &Hedge, took: Span) {
        let HedgeAfter::Quantile(quantile) = hedge.after else {
            return;
        };
        let mut recent = self.recent.borrow_mut();
        if recent.len() == RECENT {
            recent.pop_front();
        }
        recent.push_back(took);
        self.unseen.set(self.unseen.get() + 1);
        if self.unseen.get() == EVERY {
            self.unseen.set(0);
            let mut sorted: Vec<Span> = recent.iter().copied().collect();
            let rank = (quantile * sorted.len() as f64).ceil() as usize;
            let rank = rank.clamp(1, sorted.len()) - 1;
            let (_, at_rank, _) = sorted.select_nth_unstable(rank);
            self.quantile.set(Some(*at_rank));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_that_of_the_last_thousand_attempts() {
        let hedge = Hedge {
            after: HedgeAfter::Quantile(0.95),
            budget: None,
            tied: false,
        };
        let hedging = Hedging::default();
        let after = || hedging.begin(&hedge, Time::ZERO);
        (1..100).for_each(|n| hedging.took(&hedge, Span(n)));
        assert_eq!(after(), None, "it needs a hundred");
        hedging.took(&hedge, Span(100));
        assert_eq!(after(), Some(Span(95)));
        (1..=1_000).for_each(|n| hedging.took(&hedge, Span(1_000 + n)));
        assert_eq!(after(), Some(Span(1_950)));
    }
}
