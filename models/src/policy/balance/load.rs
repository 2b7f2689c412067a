//! Balancing by load: the calls that a caller has under way at each instance.

use super::{Choices, Draw};
use std::cell::RefCell;

/// How many calls of one caller are under way at each instance.
#[derive(Default)]
pub(super) struct Loads(RefCell<Vec<u32>>);

impl Loads {
    pub(super) fn new(targets: u32) -> Loads {
        Loads(RefCell::new(vec![0; targets as usize]))
    }

    pub(super) fn begin(&self, target: u32) {
        self.0.borrow_mut()[target as usize] += 1;
    }

    pub(super) fn end(&self, target: u32) {
        self.0.borrow_mut()[target as usize] -= 1;
    }

    /// The least loaded; ties at random.
    pub(super) fn least(&self, choices: &Choices, draw: Draw) -> u32 {
        let loads = self.0.borrow();
        let load = |instance: &u32| loads[*instance as usize];
        let least = choices.iter().map(|i| load(&i)).min().unwrap_or(0);
        let best = || choices.iter().filter(|i| load(i) == least);
        let ties = best().count() as u32;
        best()
            .nth(draw.below(0, ties) as usize)
            .unwrap_or(choices.nth(0))
    }

    /// The less loaded of two different ones; the first of them when they are alike.
    pub(super) fn better_of_two(&self, choices: &Choices, draw: Draw) -> u32 {
        let (one, other) = draw.two_below(choices.len());
        let (one, other) = (choices.nth(one), choices.nth(other));
        let loads = self.0.borrow();
        let is_better = loads[other as usize] < loads[one as usize];
        if is_better { other } else { one }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::Dice;

    #[test]
    fn the_least_loaded_instance_is_picked() {
        let loads = Loads::new(3);
        loads.begin(0);
        loads.begin(2);
        let choices = Choices::range(0, 3, None);
        let pick = |n| loads.least(&choices, Draw(Dice::visit(1, 1, 1, n)));
        assert!((0..50).all(|n| pick(n) == 1));
    }
}
