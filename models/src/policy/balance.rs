//! Balancing: which instance to ask, by what the caller's own calls have taught it.

use sim_core::{Dice, Purpose};
use std::cell::{Cell, RefCell};

/// Which instance to ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Balance {
    /// Any, all alike.
    Random,
    /// One after the other.
    RoundRobin,
    /// The one with the fewest calls of this caller under way; ties at random.
    LeastOutstanding,
    /// The better of two different ones picked at random (Mitzenmacher, 1996).
    PowerOfTwo,
}

/// What a calling instance knows of the instances it may ask.
#[derive(Default)]
pub(crate) struct BalanceState {
    pointer: Cell<u32>,
    outstanding: RefCell<Vec<u32>>,
}

impl BalanceState {
    pub(crate) fn new(targets: u32) -> BalanceState {
        BalanceState {
            outstanding: RefCell::new(vec![0; targets as usize]),
            ..Default::default()
        }
    }

    pub(crate) fn begin(&self, target: u32) {
        self.outstanding.borrow_mut()[target as usize] += 1;
    }

    pub(crate) fn end(&self, target: u32) {
        self.outstanding.borrow_mut()[target as usize] -= 1;
    }

    /// Attempts under way to all targets.
    pub(crate) fn under_way(&self) -> u32 {
        self.outstanding.borrow().iter().sum()
    }

    /// Picks one of the instances `first..first + count`, another than `avoid` if there is one.
    pub(crate) fn pick(
        &self,
        balance: Balance,
        first: u32,
        count: u32,
        avoid: Option<u32>,
        dice: Dice,
    ) -> u32 {
        let avoided = avoid.filter(|&avoid| 1 < count && (first..first + count).contains(&avoid));
        let choices = count - u32::from(avoided.is_some());
        // Choice i of those that are left, in order.
        let nth = |i: u32| match avoided {
            Some(avoided) if avoided <= first + i => first + i + 1,
            _ => first + i,
        };
        let random = |index: u32, below: u32| {
            ((dice.uniform(Purpose::Balance, index) * f64::from(below)) as u32).min(below - 1)
        };
        match balance {
            _ if choices == 1 => nth(0),
            Balance::Random => nth(random(0, choices)),
            Balance::RoundRobin => {
                let pointer = self.pointer.replace(self.pointer.get().wrapping_add(1));
                nth(pointer % choices)
            }
            Balance::LeastOutstanding => {
                let outstanding = self.outstanding.borrow();
                let load = |i: &u32| outstanding[nth(*i) as usize];
                let least = (0..choices).map(|i| load(&i)).min().unwrap_or(0);
                let best = || (0..choices).filter(|i| load(i) == least);
                let ties = best().count() as u32;
                nth(best().nth(random(0, ties) as usize).unwrap_or(0))
            }
            Balance::PowerOfTwo => {
                let one = random(0, choices);
                let other = random(1, choices - 1);
                let other = other + u32::from(one <= other);
                let outstanding = self.outstanding.borrow();
                let (one, other) = (nth(one), nth(other));
                let is_better = outstanding[other as usize] < outstanding[one as usize];
                if is_better { other } else { one }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DICE: Dice = Dice::visit(1, 1, 1, 1);

    #[test]
    fn picking_avoids_one_instance_and_uses_all_others() {
        for balance in [
            Balance::Random,
            Balance::RoundRobin,
            Balance::LeastOutstanding,
            Balance::PowerOfTwo,
        ] {
            let state = BalanceState::new(5);
            let mut seen = [0; 5];
            for n in 0..500 {
                let dice = DICE.call(n, 1);
                seen[state.pick(balance, 1, 4, Some(2), dice) as usize] += 1;
            }
            assert_eq!((seen[0], seen[2]), (0, 0), "{balance:?}");
            assert!(
                seen[1].min(seen[3]).min(seen[4]) > 100,
                "{balance:?}: {seen:?}"
            );
        }
    }

    #[test]
    fn the_least_loaded_instance_is_picked() {
        let state = BalanceState::new(3);
        state.begin(0);
        state.begin(2);
        let pick = |n| state.pick(Balance::LeastOutstanding, 0, 3, None, DICE.call(n, 0));
        assert!((0..50).all(|n| pick(n) == 1));
    }
}
