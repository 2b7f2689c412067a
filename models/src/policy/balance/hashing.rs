//! Balancing by hash: requests that are alike go to the same instance.

use super::{Choices, Loads};
use crate::NO_SESSION;
use crate::question::Context;
use sim_core::{Dice, Purpose};
use std::cell::RefCell;

/// What makes requests alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HashOf {
    /// The key that is asked for.
    Key,
    /// The session, as an address or a cookie does; a request without one is like no other.
    Session,
}

/// Consistent hashing (Karger et al., 1997, "Consistent Hashing and Random Trees").
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ConsistentHash {
    /// What is hashed.
    pub of: HashOf,
    /// How many points each instance has on the ring.
    pub virtual_nodes: u32,
    /// How many times the mean of the calls under way an instance may have (Mirrokni, Thorup and
    /// Zadimoghaddam, 2018, "Consistent Hashing with Bounded Loads"); nothing without bound.
    pub bounded_load: Option<f64>,
}

impl HashOf {
    /// The hash of what a question is about; the same for every caller, target and run.
    pub(crate) fn hash(self, context: &Context) -> u64 {
        let of = |number: u32| Dice::visit(0, 0, 0, number.into()).bits(Purpose::Balance, 0);
        match self {
            HashOf::Key => of(context.key),
            HashOf::Session if context.session == NO_SESSION => {
                context.request_dice.bits(Purpose::Balance, 0)
            }
            HashOf::Session => of(context.session),
        }
    }
}

/// The instance whose number is the hash modulo how many there are: most keys move when that changes.
pub(super) fn modulo(hash: u64, choices: &Choices<'_>) -> u32 {
    choices.nth((hash % u64::from(choices.len())) as u32)
}

/// The rings of a node, by points of each instance: the same for all who ask it, and others in each
/// run, as if its instances had other names.
pub(crate) struct Rings {
    dice: Dice,
    instances: u32,
    made: RefCell<Vec<(u32, Ring)>>,
}

impl Rings {
    /// The rings of a node of so many instances, none of which is made yet.
    pub(crate) fn new(dice: Dice, instances: u32) -> Rings {
        Rings {
            dice,
            instances,
            made: RefCell::default(),
        }
    }

    /// Picks an instance for a hash.
    pub(super) fn pick(
        &self,
        policy: &ConsistentHash,
        hash: u64,
        choices: &Choices<'_>,
        loads: &Loads,
    ) -> u32 {
        let mut made = self.made.borrow_mut();
        let known = made
            .iter()
            .position(|&(points, _)| points == policy.virtual_nodes);
        let index = known.unwrap_or_else(|| {
            let ring = Ring::new(self.dice, self.instances, policy.virtual_nodes);
            made.push((policy.virtual_nodes, ring));
            made.len() - 1
        });
        made[index]
            .1
            .pick(hash, policy.bounded_load, choices, loads)
    }
}

/// The points of all instances, in order.
struct Ring(Vec<(u64, u32)>);

impl Ring {
    /// A ring of `virtual_nodes` points for each of so many instances of what `dice` stand for. The points of an
    /// instance do not depend on how many others there are.
    fn new(dice: Dice, instances: u32, virtual_nodes: u32) -> Ring {
        let points = (0..instances).flat_map(|instance| {
            let of_instance = dice.call(0, instance);
            (0..virtual_nodes)
                .map(move |point| (of_instance.bits(Purpose::Balance, point), instance))
        });
        let mut points: Vec<_> = points.collect();
        points.sort_unstable();
        Ring(points)
    }

    /// The first instance clockwise from `hash` that may be picked and has room. There is always one: the loads add
    /// up to the mean times their number, and nobody may have less than the mean.
    fn pick(
        &self,
        hash: u64,
        bounded_load: Option<f64>,
        choices: &Choices<'_>,
        loads: &Loads,
    ) -> u32 {
        let most = bounded_load.map_or(u32::MAX, |bound| bound_of(bound, choices, loads));
        let first = self.0.partition_point(|&(point, _)| point < hash);
        let clockwise = self.0[first..].iter().chain(&self.0[..first]);
        let mut instances = clockwise.map(|&(_, instance)| instance);
        let found = instances.find(|&i| choices.contains(i) && loads.of(i) < most);
        found.unwrap_or(choices.nth(0))
    }
}

/// How many calls an instance may have under way, this one included.
fn bound_of(bound: f64, choices: &Choices<'_>, loads: &Loads) -> u32 {
    let all: u32 = choices.iter().map(|instance| loads.of(instance)).sum();
    (bound * f64::from(all + 1) / f64::from(choices.len())).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> u64 {
        Dice::visit(0, 0, 0, n).bits(Purpose::Balance, 0)
    }

    fn ring(seed: u64, instances: u32, virtual_nodes: u32) -> Ring {
        Ring::new(Dice::visit(seed, 1, 1, 1), instances, virtual_nodes)
    }

    fn place(ring: &Ring, instances: u32, n: u64) -> u32 {
        let (choices, loads) = (Choices::range(0, instances, None), Loads::new(instances));
        ring.pick(key(n), None, &choices, &loads)
    }

    #[test]
    fn a_new_instance_takes_its_share_of_the_keys_and_no_other_key_moves() {
        let (keys, seeds) = (2_000, 50);
        let mut moved = 0.0;
        for seed in 0..seeds {
            let (ten, eleven) = (ring(seed, 10, 100), ring(seed, 11, 100));
            for n in 0..keys {
                let (before, after) = (place(&ten, 10, n), place(&eleven, 11, n));
                assert!(before == after || after == 10);
                moved += f64::from(before != after) / (keys * seeds) as f64;
            }
        }
        // The share of one of 11 is Beta(100, 1000) in each ring; keys are a sample of it.
        let ring_error = 0.008_664 / (seeds as f64).sqrt();
        let key_error = (moved * (1.0 - moved) / (keys * seeds) as f64).sqrt();
        let expected = 1.0 / 11.0;
        assert!(
            (moved - expected).abs() < 4.0 * libm::hypot(ring_error, key_error),
            "{moved}"
        );
    }

    #[test]
    fn a_new_instance_moves_most_keys_of_a_modulus() {
        let keys = 100_000;
        let moved = |more: u32| {
            let (before, after) = (Choices::range(0, 10, None), Choices::range(0, more, None));
            let moves = |n: &u64| modulo(key(*n), &before) != modulo(key(*n), &after);
            (0..keys).filter(moves).count() as f64 / keys as f64
        };
        for (more, expected) in [(11, 10.0 / 11.0), (12, 10.0 / 12.0)] {
            let error: f64 = expected * (1.0 - expected) / keys as f64;
            assert!((moved(more) - expected).abs() < 4.0 * error.sqrt());
        }
    }

    /// Shares of a ring are Beta(V, (N - 1) V), whose coefficient of variation is known.
    #[test]
    fn shares_on_a_ring_vary_as_the_beta_law_says() {
        for (instances, virtual_nodes, rings) in [(10, 100, 400), (100, 10, 100)] {
            let mut squares = 0.0;
            for seed in 0..rings {
                let points = ring(seed, instances, virtual_nodes).0;
                let mut shares = vec![0.0; instances as usize];
                let before = points.iter().map(|p| p.0).cycle().skip(points.len() - 1);
                for (&(point, owner), before) in points.iter().zip(before) {
                    shares[owner as usize] +=
                        point.wrapping_sub(before) as f64 / 18_446_744_073_709_551_616.0;
                }
                let mean = 1.0 / f64::from(instances);
                let square = |share: &f64| (share / mean - 1.0) * (share / mean - 1.0);
                squares += shares.iter().map(square).sum::<f64>();
            }
            let count = f64::from(instances) * rings as f64;
            let (n, v) = (f64::from(instances), f64::from(virtual_nodes));
            let expected = ((n - 1.0) / (n * v + 1.0)).sqrt();
            // The error of a standard deviation of so many nearly normal figures.
            let error = expected / (2.0 * count).sqrt();
            let found = (squares / count).sqrt();
            assert!((found - expected).abs() < 5.0 * error, "{found} {expected}");
        }
    }

    #[test]
    fn no_instance_gets_more_than_its_bound() {
        for seed in 0..20 {
            let ring = ring(seed, 20, 50);
            let (choices, loads) = (Choices::range(0, 20, None), Loads::new(20));
            for n in 0..1_000 {
                let picked = ring.pick(key(n), Some(1.25), &choices, &loads);
                loads.begin(picked);
            }
            assert!((0..20).all(|instance| loads.of(instance) <= 63));
        }
    }

    #[test]
    fn an_instance_that_may_not_be_picked_leaves_its_keys_to_those_that_follow() {
        let (ring, loads) = (ring(1, 5, 100), Loads::new(5));
        let mut heirs = [0; 5];
        for n in 0..5_000 {
            let owner = place(&ring, 5, n);
            let without = Choices::range(0, 5, Some(2));
            let heir = ring.pick(key(n), None, &without, &loads);
            assert!(owner == 2 || owner == heir);
            heirs[heir as usize] += u32::from(owner == 2);
        }
        assert!(
            heirs
                .iter()
                .enumerate()
                .all(|(i, &keys)| (i == 2) == (keys == 0))
        );
    }
}
