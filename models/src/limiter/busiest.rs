//! The most that has happened within any stretch of time of some length.

use sim_core::{Span, Time};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// The most events within any stretch of some length, wherever it begins.
#[derive(Default)]
pub struct Busiest {
    recent: RefCell<VecDeque<Time>>,
    most: Cell<usize>,
}

impl Busiest {
    /// Adds an event, which is not before those that were added.
    pub(crate) fn add(&self, now: Time, stretch: Span) {
        let mut recent = self.recent.borrow_mut();
        while recent.front().is_some_and(|&at| at + stretch <= now) {
            recent.pop_front();
        }
        recent.push_back(now);
        self.most.set(self.most.get().max(recent.len()));
    }

    /// The most events.
    pub fn most(&self) -> usize {
        self.most.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_stretch_with_the_most_events() {
        let busiest = Busiest::default();
        for at in [0, 4, 9, 10, 13, 30] {
            busiest.add(Time(at), Span(10));
        }
        assert_eq!(busiest.most(), 4); // 4, 9, 10 and 13.
    }
}
