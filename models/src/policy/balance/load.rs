//! Balancing by load: the calls that a caller has under way at each instance.

use super::{Choices, Draw};
use sim_core::{Span, Time};
use std::cell::RefCell;

/// How many calls of one caller are under way at each instance.
#[derive(Default)]
pub(super) struct Loads {
    now: RefCell<Vec<u32>>,
    board: RefCell<Board>,
}

/// Loads as they were, until they are looked at again.
#[derive(Default)]
struct Board {
    loads: Vec<u32>,
    until: Time,
}

impl Loads {
    pub(super) fn new(targets: u32) -> Loads {
        Loads {
            now: RefCell::new(vec![0; targets as usize]),
            ..Default::default()
        }
    }

    pub(super) fn begin(&self, target: u32) {
        self.now.borrow_mut()[target as usize] += 1;
    }

    pub(super) fn end(&self, target: u32) {
        self.now.borrow_mut()[target as usize] -= 1;
    }

    /// The calls under way at all instances.
    pub(super) fn all(&self) -> u32 {
        self.now.borrow().iter().sum()
    }

    /// The calls under way at an instance.
    pub(super) fn of(&self, instance: u32) -> u32 {
        self.now.borrow()[instance as usize]
    }

    /// Looks at the loads: as they are, or at a board that is brought up to date every so often
    /// (Mitzenmacher, 2000, "How Useful Is Old Information?").
    pub(super) fn look<X>(
        &self,
        every: Option<Span>,
        now: Time,
        look: impl FnOnce(&[u32]) -> X,
    ) -> X {
        let loads = self.now.borrow();
        let Some(every) = every else {
            return look(&loads);
        };
        let mut board = self.board.borrow_mut();
        if board.until <= now {
            board.loads.clone_from(&loads);
            board.until = now + every;
        }
        look(&board.loads)
    }
}

/// The least loaded; ties at random.
pub(super) fn least(loads: &[u32], choices: &Choices<'_>, draw: Draw) -> u32 {
    draw.smallest(choices, |instance| loads[instance as usize])
}

/// The less loaded of two different ones; the first of them when they are alike.
pub(super) fn better_of_two(loads: &[u32], choices: &Choices<'_>, draw: Draw) -> u32 {
    let (one, other) = draw.two_below(choices.len());
    let (one, other) = (choices.nth(one), choices.nth(other));
    let is_better = loads[other as usize] < loads[one as usize];
    if is_better { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::Dice;

    #[test]
    fn the_least_loaded_instance_is_picked() {
        let choices = Choices::range(0, 3, None);
        let pick = |n| least(&[1, 0, 1], &choices, Draw(Dice::visit(1, 1, 1, n)));
        assert!((0..50).all(|n| pick(n) == 1));
    }

    #[test]
    fn a_board_shows_loads_as_they_were() {
        let loads = Loads::new(1);
        let at = |millis| Time::ZERO + Span::millis(millis);
        let seen = |millis, every| loads.look(every, at(millis), |loads| loads[0]);
        let every = Some(Span::millis(100));
        assert_eq!(seen(5, every), 0);
        loads.begin(0);
        assert_eq!([seen(104, every), seen(105, every)], [0, 1]);
        loads.end(0);
        assert_eq!(
            (seen(204, every), seen(204, None), seen(205, every)),
            (1, 0, 0)
        );
    }
}
