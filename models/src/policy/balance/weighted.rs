//! Balancing by weight: instances get shares of the calls that somebody has decided beforehand.

use super::{Choices, Draw};
use std::cell::RefCell;

/// The weight of each instance, one of them at least above 0.
pub type Weights = Vec<u32>;

/// How far each instance is ahead of its share.
#[derive(Default)]
pub(super) struct Turns(RefCell<Vec<i64>>);

impl Turns {
    /// Smooth weighted round robin, as in nginx (Dounin, 2012): every instance gains its weight, the one that is ahead
    /// most is picked, and pays for all. So the turns of a heavy one are spread between those of others.
    pub(super) fn next(&self, weights: &Weights, choices: &Choices<'_>) -> u32 {
        let mut turns = self.0.borrow_mut();
        turns.resize(weights.len(), 0);
        let (mut picked, mut total) = (choices.nth(0), 0);
        for instance in choices.iter() {
            let weight = i64::from(weights[instance as usize]);
            turns[instance as usize] += weight;
            total += weight;
            if turns[picked as usize] < turns[instance as usize] {
                picked = instance;
            }
        }
        turns[picked as usize] -= total;
        picked
    }
}

/// One at random, as often as its weight says; all alike where all weights are 0.
pub(super) fn by_chance(weights: &Weights, choices: &Choices<'_>, draw: Draw) -> u32 {
    let weight = |instance: u32| u64::from(weights[instance as usize]);
    let total: u64 = choices.iter().map(weight).sum();
    let mut left = draw.unit(0) * total as f64;
    let picked = choices.iter().find(|&instance| {
        left -= weight(instance) as f64;
        left < 0.0
    });
    picked.unwrap_or_else(|| choices.nth(draw.below(0, choices.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::Dice;

    #[test]
    fn turns_are_those_of_nginx() {
        let turns = Turns::default();
        let choices = Choices::range(0, 3, None);
        let picks: Vec<u32> = (0..14)
            .map(|_| turns.next(&vec![5, 1, 1], &choices))
            .collect();
        assert_eq!(picks, [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0]);
    }

    #[test]
    fn chance_gives_each_its_share() {
        let (weights, calls) = (vec![3, 0, 1], 40_000);
        let choices = Choices::range(0, 3, None);
        let mut seen = [0.0; 3];
        for n in 0..calls {
            let picked = by_chance(&weights, &choices, Draw(Dice::visit(1, 1, 1, n)));
            seen[picked as usize] += 1.0 / calls as f64;
        }
        let four_errors = 4.0 * (0.75_f64 * 0.25 / calls as f64).sqrt();
        assert_eq!(seen[1], 0.0);
        assert!((seen[0] - 0.75).abs() < four_errors, "{seen:?}");
    }

    #[test]
    fn instances_without_weight_are_picked_when_nobody_else_is_left() {
        let weights = vec![0, 1, 0];
        let choices = Choices::range(0, 3, Some(1));
        let by_chance = |n| by_chance(&weights, &choices, Draw(Dice::visit(1, 1, 1, n)));
        assert!((0..50).any(|n| by_chance(n) == 0) && (0..50).any(|n| by_chance(n) == 2));
        assert_eq!(Turns::default().next(&weights, &choices), 0);
    }
}
