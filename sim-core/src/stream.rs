//! Draws in sequence: what a source does by itself, one number after the other.
//!
//! The generator is xoshiro256++ (Blackman and Vigna 2021, "Scrambled Linear Pseudorandom Number
//! Generators"), a published algorithm over integers, and so the same on every platform.

use crate::dice::{absorb, name_hash, open_unit, place};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A sequence of uniform numbers that depends on nothing but what it is named by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream of what is called `name`, for `purpose`. Streams of other names or purposes are
    /// independent of it, whatever else they have in common.
    pub fn new(seed: u64, run: u32, name: &str, purpose: &str) -> Stream {
        let key = absorb(place(seed, run, name_hash(name)), name_hash(purpose));
        let mut bytes = [0; 32];
        for (i, word) in bytes.chunks_exact_mut(8).enumerate() {
            word.copy_from_slice(&absorb(key, i as u64).to_le_bytes());
        }
        Stream(Xoshiro256PlusPlus::from_seed(bytes))
    }

    /// The next number, above 0 and below 1.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.0.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, run: u32, name: &str, purpose: &str) -> [u64; 4] {
        let mut stream = Stream::new(seed, run, name, purpose);
        std::array::from_fn(|_| stream.uniform().to_bits())
    }

    #[test]
    fn streams_differ_in_seed_run_name_and_purpose() {
        let streams = [
            first(1, 0, "readers", "arrivals"),
            first(2, 0, "readers", "arrivals"),
            first(1, 1, "readers", "arrivals"),
            first(1, 0, "writers", "arrivals"),
            first(1, 0, "readers", "keys"),
            first(1, 0, "arrivals", "readers"),
        ];
        for (i, a) in streams.iter().enumerate() {
            assert!(
                streams[..i]
                    .iter()
                    .all(|b| a.iter().all(|x| !b.contains(x)))
            );
        }
    }

    #[test]
    fn streams_of_successive_runs_are_uncorrelated() {
        let runs = 100_000;
        let uniforms: Vec<f64> = (0..runs)
            .map(|run| Stream::new(1, run, "readers", "arrivals").uniform())
            .collect();
        let product = |pair: &[f64]| (pair[0] - 0.5) * (pair[1] - 0.5);
        let correlation = 12.0 * uniforms.windows(2).map(product).sum::<f64>() / f64::from(runs);
        assert!(correlation.abs() < 4.0 / f64::from(runs).sqrt());
    }
}
