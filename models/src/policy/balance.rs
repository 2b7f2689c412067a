//! Balancing: which instance to ask, by what the caller's own calls have taught it.

mod choices;
mod load;

pub(crate) use choices::Choices;

use load::Loads;
use sim_core::{Dice, Purpose};
use std::cell::Cell;

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
    loads: Loads,
}

impl BalanceState {
    pub(crate) fn new(targets: u32) -> BalanceState {
        BalanceState {
            loads: Loads::new(targets),
            ..Default::default()
        }
    }

    /// An attempt is made.
    pub(crate) fn begin(&self, target: u32) {
        self.loads.begin(target);
    }

    /// An attempt has ended.
    pub(crate) fn end(&self, target: u32) {
        self.loads.end(target);
    }

    /// Picks one of the instances that may be picked.
    pub(crate) fn pick(&self, balance: Balance, choices: &Choices, dice: Dice) -> u32 {
        let draw = Draw(dice);
        match balance {
            _ if choices.len() == 1 => choices.nth(0),
            Balance::Random => choices.nth(draw.below(0, choices.len())),
            Balance::RoundRobin => {
                let pointer = self.pointer.replace(self.pointer.get().wrapping_add(1));
                choices.nth(pointer % choices.len())
            }
            Balance::LeastOutstanding => self.loads.least(choices, draw),
            Balance::PowerOfTwo => self.loads.better_of_two(choices, draw),
        }
    }
}

/// The draws of one pick; each has a number of its own.
#[derive(Clone, Copy)]
struct Draw(Dice);

impl Draw {
    /// Draw number `index`, one of 0 to `count` - 1, all alike.
    fn below(self, index: u32, count: u32) -> u32 {
        let drawn = self.0.uniform(Purpose::Balance, index) * f64::from(count);
        (drawn as u32).min(count - 1)
    }

    /// Two different ones of 0 to `count` - 1: draws 0 and 1.
    fn two_below(self, count: u32) -> (u32, u32) {
        let one = self.below(0, count);
        let other = self.below(1, count - 1);
        (one, other + u32::from(one <= other))
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
            let choices = Choices::range(1, 4, Some(2));
            let mut seen = [0; 5];
            for n in 0..500 {
                seen[state.pick(balance, &choices, DICE.call(n, 1)) as usize] += 1;
            }
            assert_eq!((seen[0], seen[2]), (0, 0), "{balance:?}");
            assert!(
                seen[1].min(seen[3]).min(seen[4]) > 100,
                "{balance:?}: {seen:?}"
            );
        }
    }
}
