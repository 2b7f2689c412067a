//! Subsetting: each caller asks a few of the instances, so that it has few connections.

use sim_core::{Dice, Purpose};

/// Each calling instance asks so many of the instances only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subset {
    /// How many.
    pub size: u32,
    /// Which.
    pub choice: SubsetChoice,
}

/// Which instances are a caller's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubsetChoice {
    /// Callers share out the instances round by round (Beyer et al., 2016, "Site Reliability Engineering", chapter 20).
    Deterministic,
    /// Each draws its own.
    Random,
}

impl Subset {
    /// The instances of caller number `caller`, in order. Callers of one round have the same shuffle, of which each
    /// takes another part; what is left over at its end is nobody's in that round.
    pub(super) fn of(&self, dice: Dice, caller: u32, instances: &[u32]) -> Vec<u32> {
        let count = instances.len() as u32;
        let size = self.size.min(count);
        let (shuffle, part) = match self.choice {
            SubsetChoice::Deterministic => (caller / (count / size), caller % (count / size)),
            SubsetChoice::Random => (caller, 0),
        };
        let mut shuffled = instances.to_vec();
        for last in (1..count).rev() {
            let drawn = dice.call(0, shuffle).uniform(Purpose::Balance, last);
            let other = (drawn * f64::from(last + 1)) as u32;
            shuffled.swap(last as usize, other.min(last) as usize);
        }
        let first = (part * size) as usize;
        let mut subset = shuffled[first..first + size as usize].to_vec();
        subset.sort_unstable();
        subset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callers_of_each(choice: SubsetChoice, size: u32, callers: u32, instances: u32) -> Vec<u32> {
        let all: Vec<u32> = (0..instances).collect();
        let mut counts = vec![0; instances as usize];
        for caller in 0..callers {
            let subset = Subset { size, choice }.of(Dice::visit(1, 1, 1, 1), caller, &all);
            assert!(subset.len() == size as usize && subset.is_sorted());
            subset.iter().for_each(|&i| counts[i as usize] += 1);
        }
        counts
    }

    /// The example of chapter 20: 300 clients, 300 backends, subsets of 30.
    #[test]
    fn deterministic_subsets_are_even_and_random_ones_are_not() {
        let even = callers_of_each(SubsetChoice::Deterministic, 30, 300, 300);
        assert!(even.iter().all(|&callers| callers == 30));
        let random = callers_of_each(SubsetChoice::Random, 30, 300, 300);
        let mean = f64::from(random.iter().sum::<u32>()) / 300.0;
        assert_eq!(mean, 30.0);
        // Binomial(300, 0.1): a deviation of 5.2, so that of 300 the extremes lie about 2.9 of it off.
        assert!(random.iter().any(|&c| c < 22) && random.iter().any(|&c| 38 < c));
    }

    #[test]
    fn a_round_leaves_over_what_does_not_fill_a_subset() {
        let callers = callers_of_each(SubsetChoice::Deterministic, 3, 3, 10);
        assert_eq!(callers.iter().filter(|&&c| c == 0).count(), 1);
        assert_eq!(
            callers_of_each(SubsetChoice::Deterministic, 4, 1, 4),
            [1, 1, 1, 1]
        );
    }
}
