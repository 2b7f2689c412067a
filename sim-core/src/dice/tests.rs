//! Tests of the keyed draws: uniform, independent and apart, for keys that are neighbours.

use super::*;

const READERS: u64 = name_hash("readers");
const BINS: usize = 1024;
const DRAWS: u32 = 1 << 20;

const PURPOSES: [Purpose; 18] = [
    Purpose::Work,
    Purpose::NetworkRequest,
    Purpose::NetworkReply,
    Purpose::NetworkCancel,
    Purpose::LossRequest,
    Purpose::LossReply,
    Purpose::LossCancel,
    Purpose::Balance,
    Purpose::Backoff,
    Purpose::Key,
    Purpose::Operation,
    Purpose::Session,
    Purpose::Ttl,
    Purpose::EarlyRefresh,
    Purpose::Fail,
    Purpose::Think,
    Purpose::Replication,
    Purpose::Apply,
];

/// A way from key to neighbouring key: the uniform at step i.
type Walk = Box<dyn Fn(u32) -> f64>;

fn walks() -> Vec<(&'static str, Walk)> {
    let visit = |n| Dice::visit(1, 0, READERS, n);
    let uniform = |dice: Dice| dice.uniform(Purpose::Work, 0);
    let purposes = PURPOSES.len() as u32;
    vec![
        ("visits", Box::new(move |i| uniform(visit(u64::from(i))))),
        (
            "runs",
            Box::new(move |i| uniform(Dice::visit(1, i, READERS, 0))),
        ),
        (
            "seeds",
            Box::new(move |i| uniform(Dice::visit(u64::from(i), 0, READERS, 0))),
        ),
        (
            "indices",
            Box::new(move |i| visit(0).uniform(Purpose::Work, i)),
        ),
        (
            "purposes",
            Box::new(move |i| {
                visit(u64::from(i / purposes)).uniform(PURPOSES[(i % purposes) as usize], 0)
            }),
        ),
        (
            "ordinals",
            Box::new(move |i| uniform(visit(0).call(READERS, i))),
        ),
        (
            "attempts",
            Box::new(move |i| uniform(visit(u64::from(i / 4)).attempt(i % 4, 0))),
        ),
        (
            "copies",
            Box::new(move |i| uniform(visit(u64::from(i / 2)).attempt(0, i % 2))),
        ),
        (
            "users",
            Box::new(move |i| uniform(Dice::visit_of_user(1, 0, READERS, i, 0))),
        ),
    ]
}

/// How many standard deviations the chi-square of `counts`, expected to be equal, is off.
fn chi_square_deviation(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    let off = |&count: &u32| (f64::from(count) - expected) * (f64::from(count) - expected);
    let chi_square = counts.iter().map(off).sum::<f64>() / expected;
    let freedom = counts.len() as f64 - 1.0;
    (chi_square - freedom) / (2.0 * freedom).sqrt()
}

#[test]
fn draws_of_neighbouring_keys_fill_the_bins_evenly() {
    for (walk, uniform) in walks() {
        let mut counts = [0; BINS];
        for i in 0..DRAWS {
            counts[(uniform(i) * BINS as f64) as usize] += 1;
        }
        let deviation = chi_square_deviation(&counts);
        assert!(
            deviation.abs() < 4.0,
            "{walk}: {deviation} standard deviations off"
        );
    }
}

#[test]
fn pairs_of_neighbouring_draws_fill_the_square_evenly() {
    for (walk, uniform) in walks() {
        let mut counts = [0; BINS];
        for i in 0..DRAWS / 2 {
            let (x, y) = (uniform(2 * i), uniform(2 * i + 1));
            counts[(x * 32.0) as usize * 32 + (y * 32.0) as usize] += 1;
        }
        let deviation = chi_square_deviation(&counts);
        assert!(
            deviation.abs() < 4.0,
            "{walk}: {deviation} standard deviations off"
        );
    }
}

#[test]
fn neighbouring_draws_are_uncorrelated() {
    for (walk, uniform) in walks() {
        for lag in [1, 2, 3, 18] {
            let product = |i| (uniform(i) - 0.5) * (uniform(i + lag) - 0.5);
            let n = f64::from(DRAWS - lag);
            let correlation = 12.0 * (0..DRAWS - lag).map(product).sum::<f64>() / n;
            assert!(
                correlation.abs() < 4.5 / n.sqrt(),
                "{walk}, lag {lag}: {correlation}"
            );
        }
    }
}

#[test]
fn each_bit_of_a_key_flips_each_bit_of_a_draw_half_of_the_time() {
    let keys = 1 << 14;
    let draw = |key: u64| Dice::visit(1, 0, READERS, key).bits(Purpose::Work, 0);
    let index = |key: u64| Dice(7).bits(Purpose::Key, key as u32);
    let raw = |key: u64| Dice(key).bits(Purpose::Work, 0);
    for (name, bits, hash) in [
        ("visit", 64, &draw as &dyn Fn(u64) -> u64),
        ("index", 32, &index),
        ("dice", 64, &raw),
    ] {
        for flipped in 0..bits {
            let mut flips = [0_u32; 64];
            for key in 0..keys {
                let change = hash(key) ^ hash(key ^ 1 << flipped);
                for (bit, flips) in flips.iter_mut().enumerate() {
                    *flips += (change >> bit & 1) as u32;
                }
            }
            for (bit, flips) in flips.into_iter().enumerate() {
                // Flips of one low bit repeat each pair, which widens the error to 1 / sqrt(2 n).
                let share = f64::from(flips) / keys as f64;
                assert!(
                    (share - 0.5).abs() < 0.03,
                    "{name}: {flipped} flips {bit} in {share}"
                );
            }
        }
    }
}

#[test]
fn a_million_calls_attempts_and_visits_do_not_collide() {
    let mut seen = Vec::new();
    for n in 0..50_000 {
        let visit = Dice::visit(1, 0, READERS, n);
        seen.push(visit.0);
        seen.push(Dice::visit_of_user(1, 0, READERS, n as u32, 0).0);
        for target in [name_hash("cache"), name_hash("database")] {
            for ordinal in 0..2 {
                let call = visit.call(target, ordinal);
                seen.push(call.0);
                for (attempt, copy) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    seen.push(call.attempt(attempt, copy).0);
                }
            }
        }
    }
    let made = seen.len();
    assert!(1_000_000 < made);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), made);
}

#[test]
fn keys_of_different_shapes_stay_apart() {
    let visit = Dice::visit(1, 0, READERS, 0);
    assert_ne!(visit.attempt(0, 0), visit);
    assert_ne!(visit.attempt(1, 0), visit.attempt(0, 1));
    assert_ne!(visit.attempt(0, 0).0, visit.bits(Purpose::Work, 0));
    assert_ne!(visit, Dice::visit_of_user(1, 0, READERS, 0, 0));
    assert_ne!(visit, Dice::visit(1, 0, name_hash("writers"), 0));
    let (a, b) = (name_hash("a"), name_hash("b"));
    assert_ne!(visit.call(a, 0).call(b, 0), visit.call(b, 0).call(a, 0));
}

#[test]
fn uniforms_are_above_zero_and_below_one() {
    assert!(0.0 < open_unit(0) && open_unit(u64::MAX) < 1.0);
    assert_eq!(open_unit(0).to_bits(), SMALLEST_UNIFORM.to_bits());
    assert_eq!(
        open_unit(u64::MAX).to_bits(),
        (1.0 - SMALLEST_UNIFORM).to_bits()
    );
}
