//! Balancing: which instance to ask, by what the caller's own calls have taught it.

mod choices;
mod hashing;
mod load;
mod response_time;
mod weighted;

pub(crate) use choices::Choices;
pub(crate) use hashing::Rings;
pub use hashing::{ConsistentHash, HashOf};
pub use response_time::ResponseTime;
pub use weighted::Weights;

use super::{Attempt, Ending};
use crate::question::Context;
use load::Loads;
use response_time::ResponseTimes;
use sim_core::{Dice, Purpose, Span, Time};
use std::cell::Cell;
use weighted::Turns;

/// Which instance to ask.
#[derive(Clone, PartialEq, Debug)]
pub enum Balance {
    /// Any, all alike.
    Random,
    /// One after the other.
    RoundRobin,
    /// The one with the fewest calls of this caller under way; ties at random.
    LeastOutstanding,
    /// The better of two different ones picked at random (Mitzenmacher, 1996).
    PowerOfTwo,
    /// One after the other, each as often as its weight says (nginx, 2012).
    WeightedRoundRobin(Weights),
    /// At random, each as often as its weight says.
    WeightedRandom(Weights),
    /// The better of two picked at random, by response time and calls under way (Finagle's peak EWMA, 2013).
    PeakEwma(ResponseTime),
    /// The best of all by that measure.
    LeastResponseTime(ResponseTime),
    /// By hash, modulo how many there are.
    Hash(HashOf),
    /// By hash, on a ring.
    ConsistentHash(ConsistentHash),
}

/// What a calling instance knows of the instances it may ask.
#[derive(Default)]
pub(crate) struct BalanceState {
    pointer: Cell<u32>,
    loads: Loads,
    turns: Turns,
    times: ResponseTimes,
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
    pub(crate) fn end(&self, balance: &Balance, attempt: &Attempt, now: Time, ending: Ending) {
        self.loads.end(attempt.instance);
        if let Balance::PeakEwma(policy) | Balance::LeastResponseTime(policy) = balance {
            let took = now.since(attempt.began);
            self.times.ends(policy, attempt.instance, took, now, ending);
        }
    }

    /// Attempts under way to all targets.
    pub(crate) fn under_way(&self) -> u32 {
        self.loads.all()
    }

    /// Picks one of the instances that may be picked.
    pub(crate) fn pick(
        &self,
        balance: &Balance,
        stale_load: Option<Span>,
        choices: &Choices<'_>,
        context: &Context,
        now: Time,
        rings: &Rings,
    ) -> u32 {
        let draw = Draw(context.dice);
        let loads = &self.loads;
        let seen = |look: &dyn Fn(&[u32]) -> u32| loads.look(stale_load, now, look);
        match balance {
            _ if choices.len() == 1 => choices.nth(0),
            Balance::Random => choices.nth(draw.below(0, choices.len())),
            Balance::RoundRobin => {
                let pointer = self.pointer.replace(self.pointer.get().wrapping_add(1));
                choices.nth(pointer % choices.len())
            }
            Balance::LeastOutstanding => seen(&|seen| load::least(seen, choices, draw)),
            Balance::PowerOfTwo => seen(&|seen| load::better_of_two(seen, choices, draw)),
            Balance::WeightedRoundRobin(weights) => self.turns.next(weights, choices),
            Balance::WeightedRandom(weights) => weighted::by_chance(weights, choices, draw),
            Balance::PeakEwma(policy) => {
                let times = &self.times;
                times.better_of_two(policy, choices, loads, draw, now)
            }
            Balance::LeastResponseTime(policy) => {
                self.times.least(policy, choices, loads, draw, now)
            }
            Balance::Hash(of) => hashing::modulo(of.hash(context), choices),
            Balance::ConsistentHash(policy) => {
                rings.pick(policy, policy.of.hash(context), choices, loads)
            }
        }
    }
}

/// The draws of one pick; each has a number of its own.
#[derive(Clone, Copy)]
struct Draw(Dice);

impl Draw {
    /// Draw number `index`, above 0 and below 1.
    fn unit(self, index: u32) -> f64 {
        self.0.uniform(Purpose::Balance, index)
    }

    /// Draw number `index`, one of 0 to `count` - 1, all alike.
    fn below(self, index: u32, count: u32) -> u32 {
        let drawn = self.unit(index) * f64::from(count);
        (drawn as u32).min(count - 1)
    }

    /// Two different ones of 0 to `count` - 1: draws 0 and 1.
    fn two_below(self, count: u32) -> (u32, u32) {
        let one = self.below(0, count);
        let other = self.below(1, count - 1);
        (one, other + u32::from(one <= other))
    }

    /// The choice with the smallest of these figures; ties at random, by draw 0.
    fn smallest<T: Copy + PartialOrd>(self, choices: &Choices<'_>, of: impl Fn(u32) -> T) -> u32 {
        let mut least = of(choices.nth(0));
        for figure in choices.iter().map(&of) {
            if figure < least {
                least = figure;
            }
        }
        let best = || choices.iter().filter(|&instance| of(instance) == least);
        let ties = best().count() as u32;
        let tie = self.below(0, ties) as usize;
        best().nth(tie).unwrap_or(choices.nth(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DICE: Dice = Dice::visit(1, 1, 1, 1);

    #[test]
    fn picking_avoids_one_instance_and_uses_all_others() {
        let times = ResponseTime {
            decay: Span::millis(10_000),
            failure_takes: Span::ZERO,
        };
        let ring = ConsistentHash {
            of: HashOf::Key,
            virtual_nodes: 1_000,
            bounded_load: None,
        };
        for balance in [
            Balance::Random,
            Balance::RoundRobin,
            Balance::LeastOutstanding,
            Balance::PowerOfTwo,
            Balance::WeightedRoundRobin(vec![1, 2, 9, 2, 2]),
            Balance::WeightedRandom(vec![1, 2, 9, 2, 2]),
            Balance::PeakEwma(times),
            Balance::LeastResponseTime(times),
            Balance::Hash(HashOf::Key),
            Balance::ConsistentHash(ring),
        ] {
            let state = BalanceState::new(5);
            let choices = Choices::range(1, 4, Some(2));
            let rings = Rings::new(DICE, 5);
            let mut seen = [0; 5];
            for n in 0..500 {
                let context = Context::about(DICE.call(n, 1), n as u32);
                let picked = state.pick(&balance, None, &choices, &context, Time::ZERO, &rings);
                seen[picked as usize] += 1;
            }
            assert_eq!((seen[0], seen[2]), (0, 0), "{balance:?}");
            assert!(
                seen[1].min(seen[3]).min(seen[4]) > 100,
                "{balance:?}: {seen:?}"
            );
        }
    }
}
