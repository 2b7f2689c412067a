//! Which key a request asks for. Keys are numbered from 0, the most popular first.
//!
//! Uniform and hot-set keys are arithmetic on exact numbers; the others are drawn from an alias
//! table (Walker 1977), whose weights come from `libm` and whose draws use integers, sums and
//! products only. Both are the same on every platform.

use crate::dice::{Dice, Purpose};
use crate::distribution::{InvalidDistribution, percent};
use rand::TryRng;
use rand::distr::Distribution as _;
use rand_distr::weighted::WeightedAliasIndex;
use std::convert::Infallible;

/// A distribution of keys.
#[derive(Clone, Debug)]
pub struct Keys {
    count: u32,
    popularity: Popularity,
}

#[derive(Clone, Debug)]
enum Popularity {
    Uniform,
    HotSet {
        hot: u32,
        share: f64,
    },
    Table {
        aliases: WeightedAliasIndex<f64>,
        probabilities: Vec<f64>,
    },
}

impl Keys {
    /// `count` keys, all alike.
    ///
    /// # Errors
    /// If there are no keys.
    pub fn uniform(count: u32) -> Result<Keys, InvalidDistribution> {
        some_keys(count)?;
        Ok(Keys {
            count,
            popularity: Popularity::Uniform,
        })
    }

    /// `count` keys of which number k, from 0, is asked for in proportion to (k + 1)^-`exponent`
    /// (Zipf 1949, Human Behavior and the Principle of Least Effort).
    ///
    /// # Errors
    /// If there are no keys, or the exponent is negative or not a number.
    pub fn zipf(count: u32, exponent: f64) -> Result<Keys, InvalidDistribution> {
        some_keys(count)?;
        if !(exponent.is_finite() && 0.0 <= exponent) {
            return Err(InvalidDistribution::new(format!(
                "the exponent of Zipf's law must be a number from 0 up, not {exponent}"
            )));
        }
        let weights = (1..=count).map(|rank| libm::pow(f64::from(rank), -exponent));
        Keys::table(weights.collect())
    }

    /// `count` keys; the first `hot` of them get `share` of the requests together, the others the
    /// rest.
    ///
    /// # Errors
    /// If there is no hot or no other key, or the share is not between 0 and 1.
    pub fn hot_set(count: u32, hot: u32, share: f64) -> Result<Keys, InvalidDistribution> {
        if hot == 0 || count <= hot {
            return Err(InvalidDistribution::new(format!(
                "there must be some hot keys and some others, not {hot} hot ones of {count}"
            )));
        }
        if !(0.0..=1.0).contains(&share) {
            return Err(InvalidDistribution::new(format!(
                "the share of the hot keys must lie between 0 % and 100 %, not at {} %",
                percent(share)
            )));
        }
        Ok(Keys {
            count,
            popularity: Popularity::HotSet { hot, share },
        })
    }

    /// A key per weight, asked for in proportion to it; numbered from the greatest weight on.
    ///
    /// # Errors
    /// If a weight is negative or not a number, or none is above zero.
    pub fn weighted(weights: &[f64]) -> Result<Keys, InvalidDistribution> {
        if let Some(weight) = weights.iter().find(|w| !(w.is_finite() && 0.0 <= **w)) {
            return Err(InvalidDistribution::new(format!(
                "the weight of a key must be a number from 0 up, not {weight}"
            )));
        }
        if !weights.iter().any(|&weight| 0.0 < weight) {
            return Err(InvalidDistribution::new(
                "at least one key must have a weight above zero",
            ));
        }
        let mut falling = weights.to_vec();
        falling.sort_unstable_by(|a, b| b.total_cmp(a));
        Keys::table(falling)
    }

    fn table(mut weights: Vec<f64>) -> Result<Keys, InvalidDistribution> {
        let sum: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= sum;
        }
        let too_much = |_| InvalidDistribution::new("the weights of the keys are too large to add");
        let aliases = WeightedAliasIndex::new(weights.clone()).map_err(too_much)?;
        Ok(Keys {
            count: weights.len() as u32, // The table holds at most 2^32 - 1.
            popularity: Popularity::Table {
                aliases,
                probabilities: weights,
            },
        })
    }

    /// How many keys there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The key that a request with these dice asks for.
    #[inline]
    pub fn draw(&self, dice: Dice) -> u32 {
        let pick = |count| {
            let product = u128::from(dice.bits(Purpose::Key, 0)) * u128::from(count);
            (product >> 64) as u32
        };
        match &self.popularity {
            Popularity::Uniform => pick(self.count),
            Popularity::HotSet { hot, share } => match dice.uniform(Purpose::Key, 1) < *share {
                true => pick(*hot),
                false => hot + pick(self.count - hot),
            },
            Popularity::Table { aliases, .. } => {
                aliases.sample(&mut KeyBits { dice, index: 0 }) as u32
            }
        }
    }

    /// How likely a request is to ask for `key`; 0 if there is no such key.
    pub fn probability(&self, key: u32) -> f64 {
        if self.count <= key {
            return 0.0;
        }
        match &self.popularity {
            Popularity::Uniform => 1.0 / f64::from(self.count),
            Popularity::HotSet { hot, share } if key < *hot => share / f64::from(*hot),
            Popularity::HotSet { hot, share } => (1.0 - share) / f64::from(self.count - hot),
            Popularity::Table { probabilities, .. } => probabilities[key as usize],
        }
    }
}

fn some_keys(count: u32) -> Result<(), InvalidDistribution> {
    match count {
        0 => Err(InvalidDistribution::new("there must be at least one key")),
        _ => Ok(()),
    }
}

/// The bits that an alias table asks for, from keyed dice.
struct KeyBits {
    dice: Dice,
    index: u32,
}

impl TryRng for KeyBits {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let bits = self.dice.bits(Purpose::Key, self.index);
        self.index += 1;
        Ok(bits)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::name_hash;

    fn draws(keys: &Keys, count: u64) -> impl Iterator<Item = u32> {
        let dice = |n| Dice::visit(1, 0, name_hash("readers"), n);
        (0..count).map(move |n| keys.draw(dice(n)))
    }

    /// Compares how often each key is drawn with how often it should be. Keys expected fewer than
    /// 10 times share a bin with the ones after them.
    #[track_caller]
    fn check_frequencies(keys: &Keys) {
        let n = 1_000_000;
        let mut counts = vec![0_u32; keys.count() as usize];
        for key in draws(keys, n) {
            counts[key as usize] += 1;
        }
        let (mut chi_square, mut bins, mut expected, mut count) = (0.0, 0, 0.0, 0);
        for key in 0..keys.count() {
            expected += n as f64 * keys.probability(key);
            count += counts[key as usize];
            if 10.0 <= expected {
                let off = f64::from(count) - expected;
                chi_square += off * off / expected;
                (bins, expected, count) = (bins + 1, 0.0, 0);
            }
        }
        assert!(
            f64::from(count) < 40.0 + expected,
            "the last keys come too often"
        );
        let freedom = f64::from(bins - 1);
        let deviation = (chi_square - freedom) / (2.0 * freedom).sqrt();
        assert!(deviation.abs() < 4.0, "{deviation} standard deviations off");
    }

    #[test]
    fn keys_come_as_often_as_they_should() {
        for keys in [
            Keys::uniform(1000),
            Keys::zipf(1000, 0.99),
            Keys::zipf(100_000, 1.2),
            Keys::hot_set(1000, 10, 0.9),
            Keys::weighted(&[1.0, 0.0, 5.0, 2.5, 1.0]),
        ] {
            check_frequencies(&keys.unwrap());
        }
    }

    #[test]
    fn probabilities_add_up_and_fall() {
        for keys in [
            Keys::uniform(7),
            Keys::zipf(1000, 0.0),
            Keys::zipf(1000, 1.0),
            Keys::hot_set(100, 10, 0.9),
            Keys::weighted(&[1.0, 3.0, 2.0]),
        ] {
            let keys = keys.unwrap();
            let probabilities: Vec<f64> =
                (0..keys.count()).map(|key| keys.probability(key)).collect();
            assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(probabilities.is_sorted_by(|a, b| b <= a));
        }
    }

    #[test]
    fn a_key_twice_as_far_down_zipfs_list_comes_half_as_often() {
        let keys = Keys::zipf(100, 1.0).unwrap();
        let ratio = keys.probability(4) / keys.probability(9);
        assert!((ratio - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_single_key_is_always_asked_for() {
        for keys in [Keys::uniform(1), Keys::zipf(1, 1.0), Keys::weighted(&[0.1])] {
            assert!(draws(&keys.unwrap(), 1000).all(|key| key == 0));
        }
    }

    #[test]
    fn impossible_keys_are_refused() {
        for (keys, message) in [
            (Keys::uniform(0), "there must be at least one key"),
            (Keys::zipf(0, 1.0), "there must be at least one key"),
            (
                Keys::zipf(9, f64::NAN),
                "the exponent of Zipf's law must be a number from 0 up, not NaN",
            ),
            (
                Keys::zipf(9, -1.0),
                "the exponent of Zipf's law must be a number from 0 up, not -1",
            ),
            (
                Keys::hot_set(9, 9, 0.5),
                "there must be some hot keys and some others, not 9 hot ones of 9",
            ),
            (
                Keys::hot_set(9, 1, 1.5),
                "the share of the hot keys must lie between 0 % and 100 %, not at 150 %",
            ),
            (
                Keys::weighted(&[]),
                "at least one key must have a weight above zero",
            ),
            (
                Keys::weighted(&[0.0]),
                "at least one key must have a weight above zero",
            ),
            (
                Keys::weighted(&[1.0, f64::INFINITY]),
                "the weight of a key must be a number from 0 up, not inf",
            ),
            (
                Keys::weighted(&[f64::MAX, f64::MAX]),
                "the weights of the keys are too large to add",
            ),
        ] {
            assert_eq!(keys.unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn keys_keep_their_values() {
        for (keys, golden) in [
            (Keys::uniform(1000), 0x3681_dcb5_ed6d_55d5),
            (Keys::zipf(1000, 0.99), 0xca11_aeaf_2368_44a2),
            (Keys::hot_set(1000, 10, 0.9), 0x64d2_1ea1_94e9_28c8),
            (Keys::weighted(&[3.0, 2.0, 1.0]), 0x1fb1_7291_a5f8_eb06),
        ] {
            let keys = keys.unwrap();
            let hash = draws(&keys, 10_000).fold(0xcbf2_9ce4_8422_2325_u64, |hash, key| {
                (hash ^ u64::from(key)).wrapping_mul(0x0000_0100_0000_01b3)
            });
            assert_eq!(hash, golden, "{hash:#018x}");
        }
    }
}
