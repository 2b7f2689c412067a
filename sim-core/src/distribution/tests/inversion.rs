//! Tests that quantiles invert the distribution functions they belong to.

use super::super::normal;
use super::{SECOND, grid, ms};
use crate::{Distribution, Span};

#[test]
fn the_standard_normal_is_inverted_to_the_last_digits() {
    for (uniform, z) in [
        (0.5, 0.0),
        (0.975, 1.959_963_984_540_054),
        (0.99, 2.326_347_874_040_841),
        (1e-3, -3.090_232_306_167_813_5),
        (1e-20, -9.262_340_089_798_408),
    ] {
        assert!(
            (normal::quantile(uniform) - z).abs() <= 1e-15 * z.abs(),
            "{uniform}"
        );
    }
    for uniform in grid(10_000).chain((1..300).map(|i| libm::pow(10.0, -f64::from(i)))) {
        let again = normal::below(normal::quantile(uniform));
        assert!((again / uniform - 1.0).abs() < 1e-12, "{uniform}: {again}");
    }
}

#[test]
fn folding_and_truncating_are_inverted_exactly() {
    for (mean, sd) in [(0, 1), (1, 4), (1, 1), (3, 1), (6, 1), (50, 1)] {
        let d = f64::from(mean) / f64::from(sd);
        let (mean, sd) = (SECOND.0 * mean as u64, SECOND.0 * sd as u64);
        let folded = Distribution::folded_normal(Span(mean), Span(sd)).unwrap();
        let truncated = Distribution::truncated_normal(Span(mean), Span(sd)).unwrap();
        for uniform in grid(10_000) {
            let t = folded.quantile(uniform) / sd as f64;
            let above = normal::below(d - t) + normal::below(-d - t);
            assert!(
                (1.0 - above - uniform).abs() < 1e-14,
                "folded {d}, {uniform}: {above}"
            );
            let t = truncated.quantile(uniform) / sd as f64;
            let above = normal::below(d - t) / normal::below(d);
            assert!(
                (1.0 - above - uniform).abs() < 1e-14,
                "truncated {d}, {uniform}: {above}"
            );
        }
    }
}

#[test]
fn erlang_quantiles_are_those_of_the_literature() {
    // Half the 5 % and 95 % points of chi-square with 2 k degrees of freedom.
    for (k, low, high) in [
        (2, 0.355_361_510_698_662, 4.743_864_518_393_93),
        (10, 5.425_405_697_091_3, 15.705_216_422_115_1),
    ] {
        let erlang = Distribution::erlang(k, Span(SECOND.0 * u64::from(k))).unwrap();
        for (uniform, seconds) in [(0.05, low), (0.95, high)] {
            let quantile = erlang.quantile(uniform) / 1e9;
            assert!(
                (quantile / seconds - 1.0).abs() < 1e-12,
                "{k}, {uniform}: {quantile}"
            );
        }
    }
}

#[test]
fn a_lognormal_has_the_median_and_the_p99_it_was_given() {
    let lognormal = Distribution::lognormal(ms(20), ms(300)).unwrap();
    assert_eq!(lognormal.sample(0.5), ms(20));
    assert_eq!(lognormal.sample(0.99), ms(300));
}
