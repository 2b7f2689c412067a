//! Tests of the samplers: pinned values, moments, order and ends.

mod inversion;
mod oracle;
mod refusals;

use super::*;

const SECOND: Span = Span(1_000_000_000);

fn ms(millis: u64) -> Span {
    Span::millis(millis)
}

fn exponential(millis: u64) -> Distribution {
    Distribution::exponential(ms(millis)).unwrap()
}

/// A distribution of each kind, the hash of its quantiles, and how near to its mean and variance
/// their numerical integral comes.
fn each() -> Vec<(&'static str, Distribution, u64, f64)> {
    let quantiles = [(0.0, ms(1)), (0.5, ms(2)), (0.75, ms(2)), (1.0, ms(9))];
    let parts = vec![
        (0.75, exponential(2)),
        (0.25, exponential(50).shifted(ms(5))),
    ];
    let phases = [(0.5, ms(1)), (0.5, ms(20))];
    [
        (
            "constant",
            Ok(Distribution::constant(ms(3))),
            0xe42e_e3de_93fa_6325,
            1e-12,
        ),
        (
            "uniform",
            Distribution::uniform(ms(1), ms(4)),
            0xf9b8_5e3a_7d1d_f993,
            1e-12,
        ),
        (
            "exponential",
            Distribution::exponential(ms(5)),
            0x86d2_d433_5ed5_1119,
            1e-9,
        ),
        (
            "folded normal",
            Distribution::folded_normal(ms(2), ms(3)),
            0x34d7_33e0_ef69_00bb,
            1e-9,
        ),
        (
            "half normal",
            Distribution::folded_normal(ms(0), ms(3)),
            0x1066_8fa3_4ab7_257e,
            1e-9,
        ),
        (
            "nearly plain normal",
            Distribution::folded_normal(ms(20), ms(3)),
            0xe60f_7dc4_bdd2_e566,
            1e-9,
        ),
        (
            "truncated normal",
            Distribution::truncated_normal(ms(2), ms(3)),
            0x1965_cf04_48bc_a603,
            1e-9,
        ),
        (
            "lognormal",
            Distribution::lognormal(ms(5), ms(50)),
            0x9e47_8217_ca53_8a63,
            1e-8,
        ),
        (
            "lognormal of mean",
            Distribution::lognormal_of_mean(ms(5), 0.5),
            0x94d2_3073_97de_7b25,
            1e-9,
        ),
        (
            "heavy Weibull",
            Distribution::weibull(0.5, ms(5)),
            0x174c_0ffc_8cab_2398,
            1e-8,
        ),
        (
            "light Weibull",
            Distribution::weibull(3.0, ms(5)),
            0xaae1_404c_3d4b_b9bf,
            1e-9,
        ),
        (
            "Pareto",
            Distribution::pareto(ms(5), 8.0),
            0x24e8_f791_06ff_0aa4,
            1e-8,
        ),
        (
            "bounded Pareto",
            Distribution::bounded_pareto(ms(5), ms(500), 1.5),
            0x8686_a38c_37a7_181a,
            1e-9,
        ),
        (
            "bounded Pareto of 1",
            Distribution::bounded_pareto(ms(5), ms(50), 1.0),
            0x0228_460a_461c_4681,
            1e-9,
        ),
        (
            "Erlang of 2",
            Distribution::erlang(2, ms(5)),
            0x3488_20d7_2777_7e2f,
            1e-9,
        ),
        (
            "Erlang of 30",
            Distribution::erlang(30, ms(5)),
            0x3939_0d5e_ac75_137d,
            1e-9,
        ),
        (
            "Erlang of 1000",
            Distribution::erlang(1000, ms(5)),
            0x8d82_c549_1738_3fff,
            1e-9,
        ),
        (
            "hyperexponential",
            Distribution::hyperexponential(&phases),
            0x2e83_b154_54fc_4f46,
            1e-3,
        ),
        (
            "quantiles",
            Distribution::quantiles(&quantiles),
            0xea51_18cd_332d_f0d5,
            1e-12,
        ),
        (
            "samples",
            Distribution::samples(&[ms(4), ms(1), ms(1), ms(9)]),
            0x6dcc_c83e_908a_3d4d,
            1e-12,
        ),
        (
            "mixture",
            Distribution::mixture(parts),
            0x711f_93f7_4859_9a18,
            1e-3,
        ),
        (
            "shifted",
            Ok(exponential(5).shifted(ms(1))),
            0xeb3b_b52d_d7d6_e4d1,
            1e-9,
        ),
        (
            "scaled",
            exponential(5).scaled(1.5),
            0x98aa_1201_0a98_6e56,
            1e-9,
        ),
    ]
    .map(|(name, distribution, golden, near)| (name, distribution.unwrap(), golden, near))
    .into()
}

fn grid(points: u32) -> impl Iterator<Item = f64> {
    (0..points).map(move |i| (f64::from(i) + 0.5) / f64::from(points))
}

/// The integral of `f` from 0 to 1, by Gauss and Legendre's rule of three points on panels that
/// narrow towards both ends, where quantiles may be infinite.
fn integral(f: impl Fn(f64) -> f64) -> f64 {
    const PANELS: u32 = 64;
    let panel = |middle: f64, half: f64| {
        let off = half * 0.6_f64.sqrt();
        half * (5.0 * f(middle - off) + 8.0 * f(middle) + 5.0 * f(middle + off)) / 9.0
    };
    let mut sum = 0.0;
    for octave in 1..=51 {
        let end = 1.0 / (1_u64 << octave) as f64;
        let half = end / f64::from(PANELS) / 4.0;
        for i in 0..PANELS {
            let middle = end / 2.0 + half * f64::from(2 * i + 1);
            sum += panel(middle, half) + panel(1.0 - middle, half);
        }
    }
    sum
}

#[test]
fn samplers_keep_their_values() {
    let mut moved = String::new();
    for (name, distribution, golden, _) in each() {
        let hash = grid(10_000).fold(0xcbf2_9ce4_8422_2325_u64, |hash, uniform| {
            let bytes = distribution.quantile(uniform).to_le_bytes();
            let fnv = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            bytes.into_iter().fold(hash, fnv)
        });
        if hash != golden {
            moved += &format!("{name}: {hash:#018x}\n");
        }
    }
    assert_eq!(moved, "");
}

#[test]
fn means_and_variances_are_those_of_the_quantiles() {
    for (name, distribution, _, near) in each() {
        let (mean, variance) = (distribution.mean(), distribution.variance());
        let mean_seen = integral(|uniform| distribution.quantile(uniform));
        let variance_seen = integral(|uniform| {
            let off = distribution.quantile(uniform) - mean;
            off * off
        });
        assert!(
            (mean_seen / mean - 1.0).abs() < near,
            "{name}: mean {mean_seen}, not {mean}"
        );
        let off = (variance_seen - variance).abs();
        let bound = near * (variance + 1.0);
        assert!(
            off <= bound,
            "{name}: variance {variance_seen}, not {variance}"
        );
    }
}

#[test]
fn a_larger_uniform_gives_no_smaller_sample() {
    for (name, distribution, ..) in each() {
        if ["hyperexponential", "mixture"].contains(&name) {
            continue; // Within a part only, and the parts are tested.
        }
        let near_zero = (1..40).rev().map(|i| libm::pow(2.0, -f64::from(i)));
        let near_one = (1..53).map(|i| 1.0 - libm::pow(2.0, -f64::from(i)));
        for uniforms in [
            grid(20_000).collect::<Vec<_>>(),
            near_zero.chain(near_one).collect(),
        ] {
            let quantiles: Vec<f64> = uniforms.iter().map(|&u| distribution.quantile(u)).collect();
            assert!(quantiles.is_sorted(), "{name}");
        }
    }
}

#[test]
fn the_ends_of_the_unit_interval_give_spans() {
    for (name, distribution, ..) in each() {
        let smallest = 1.0 / (1_u64 << 53) as f64;
        for uniform in [0.0, 1e-300, smallest, 0.5, 1.0 - smallest, 1.0] {
            let quantile = distribution.quantile(uniform);
            assert!(0.0 <= quantile, "{name}: {quantile} at {uniform}");
        }
        let largest = distribution.quantile(1.0 - smallest);
        assert!(largest.is_finite(), "{name}: {largest}");
        assert!(
            distribution.sample(0.0) <= distribution.sample(1.0),
            "{name}"
        );
    }
    assert_eq!(exponential(1).sample(1.0), Span::FOREVER);
    let heavy = Distribution::pareto(SECOND, 0.01).unwrap();
    assert_eq!(heavy.sample(0.999), Span::FOREVER);
}

#[test]
fn heavy_tails_have_infinite_moments() {
    let pareto = |alpha| Distribution::pareto(SECOND, alpha).unwrap();
    assert!(pareto(1.0).mean().is_infinite());
    assert!(pareto(1.5).mean().is_finite());
    assert!(pareto(2.0).variance().is_infinite());
    let half = Distribution::mixture(vec![(0.5, pareto(1.0)), (0.5, exponential(1))]).unwrap();
    assert!(half.variance().is_infinite());
    let spread = Distribution::weibull(0.001, SECOND).unwrap().variance();
    assert!(spread.is_infinite());
}

#[test]
fn parts_of_a_mixture_share_the_unit_interval() {
    let constant = |millis| Distribution::constant(ms(millis));
    let parts = vec![(0.25, constant(1)), (0.0, constant(2)), (0.75, constant(3))];
    let mixture = Distribution::mixture(parts).unwrap();
    assert_eq!(mixture.sample(0.249), ms(1));
    assert_eq!(mixture.sample(0.251), ms(3));
    let whole = Distribution::mixture(vec![(1.0, exponential(7))]).unwrap();
    assert!(grid(1000).all(|uniform| whole.sample(uniform) == exponential(7).sample(uniform)));
}

#[test]
fn distributions_stay_small() {
    assert_eq!(size_of::<Distribution>(), 24);
}
