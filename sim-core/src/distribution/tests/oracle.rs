//! Tests of the samplers against those of `rand_distr`.

use super::{SECOND, grid, ms};
use crate::{Distribution, InvalidDistribution, Span};
use rand::SeedableRng;
use rand::distr::Distribution as _;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The largest distance between the share of `rand_distr`'s samples below a quantile and the share
/// that should be, against Kolmogorov's bound that one honest sampler in a thousand exceeds.
#[track_caller]
fn check_against(
    distribution: Result<Distribution, InvalidDistribution>,
    sample: impl Fn(&mut Xoshiro256PlusPlus) -> f64,
) {
    let distribution = distribution.unwrap();
    let n = 200_000;
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut seconds: Vec<f64> = (0..n).map(|_| sample(&mut generator)).collect();
    seconds.sort_unstable_by(f64::total_cmp);
    let distance = |uniform: f64| {
        let quantile = distribution.quantile(uniform) / 1e9;
        let below = seconds.partition_point(|&second| second <= quantile);
        (below as f64 / f64::from(n) - uniform).abs()
    };
    let largest = grid(10_000).map(distance).fold(0.0, f64::max);
    assert!(largest < 1.95 / f64::from(n).sqrt(), "{largest}");
}

#[test]
fn samplers_agree_with_those_of_rand_distr() {
    use rand_distr::{Exp, Gamma, LogNormal, Normal, Pareto, Weibull};
    let exp = Exp::new(0.5).unwrap();
    check_against(Distribution::exponential(ms(2000)), |g| exp.sample(g));
    let lognormal = LogNormal::new(0.0, 1.0).unwrap();
    let p99 = Span::seconds(10.240_473_656_312_12);
    check_against(Distribution::lognormal(SECOND, p99), |g| {
        lognormal.sample(g)
    });
    let mean = Span::seconds(1.648_721_270_700_128);
    check_against(Distribution::lognormal_of_mean(mean, 1.0), |g| {
        lognormal.sample(g)
    });
    for shape in [0.5, 2.0] {
        let weibull = Weibull::new(3.0, shape).unwrap();
        check_against(Distribution::weibull(shape, ms(3000)), |g| {
            weibull.sample(g)
        });
    }
    let pareto = Pareto::new(2.0, 1.5).unwrap();
    check_against(Distribution::pareto(ms(2000), 1.5), |g| pareto.sample(g));
    check_against(Distribution::bounded_pareto(ms(2000), ms(9000), 1.5), |g| {
        std::iter::repeat_with(|| pareto.sample(g))
            .find(|&second| second <= 9.0)
            .unwrap()
    });
    let normal = Normal::new(2.0_f64, 3.0).unwrap();
    check_against(Distribution::folded_normal(ms(2000), ms(3000)), |g| {
        normal.sample(g).abs()
    });
    check_against(Distribution::truncated_normal(ms(2000), ms(3000)), |g| {
        std::iter::repeat_with(|| normal.sample(g))
            .find(|&second| 0.0 <= second)
            .unwrap()
    });
    for k in [2, 7, 400] {
        let gamma = Gamma::new(f64::from(k), 1.0 / f64::from(k)).unwrap();
        check_against(Distribution::erlang(k, SECOND), |g| gamma.sample(g));
    }
}
