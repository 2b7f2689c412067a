//! Tests that impossible distributions are refused, and with which words.

use super::{SECOND, ms};
use crate::{Distribution, Span};

#[test]
fn impossible_distributions_are_refused() {
    let zero = Span::ZERO;
    let constant = |share| (share, Distribution::constant(SECOND));
    for (distribution, message) in [
        (
            Distribution::uniform(ms(2), ms(1)),
            "`from` must not lie above `to`: 2 ms does above 1 ms",
        ),
        (
            Distribution::exponential(zero),
            "the mean of an exponential must be above zero",
        ),
        (
            Distribution::folded_normal(SECOND, zero),
            "the standard deviation (sd) of a normal must be above zero",
        ),
        (
            Distribution::truncated_normal(SECOND, zero),
            "the standard deviation (sd) of a normal must be above zero",
        ),
        (
            Distribution::lognormal(zero, SECOND),
            "the median of a lognormal must be above zero",
        ),
        (
            Distribution::lognormal(SECOND, SECOND),
            "the p99 of a lognormal must lie above its median: 1 s is not above 1 s",
        ),
        (
            Distribution::lognormal_of_mean(zero, 1.0),
            "the mean of a lognormal must be above zero",
        ),
        (
            Distribution::lognormal_of_mean(SECOND, 0.0),
            "the sigma of a lognormal must be a number above zero, not 0",
        ),
        (
            Distribution::lognormal_of_mean(SECOND, 250.0),
            "the sigma of a lognormal must be at most 20, not 250: \
             it is the standard deviation of the logarithm",
        ),
        (
            Distribution::weibull(f64::NAN, SECOND),
            "the shape of a Weibull must be a number above zero, not NaN",
        ),
        (
            Distribution::weibull(1.0, zero),
            "the scale of a Weibull must be above zero",
        ),
        (
            Distribution::pareto(zero, 1.0),
            "the min of a Pareto must be above zero",
        ),
        (
            Distribution::pareto(SECOND, f64::INFINITY),
            "the alpha of a Pareto must be a number above zero, not inf",
        ),
        (
            Distribution::bounded_pareto(SECOND, SECOND, 1.0),
            "the max of a bounded Pareto must lie above its min: 1 s is not above 1 s",
        ),
        (
            Distribution::bounded_pareto(SECOND, ms(2000), -1.0),
            "the alpha of a bounded Pareto must be a number above zero, not -1",
        ),
        (
            Distribution::erlang(0, SECOND),
            "an Erlang must have 1 to 1000 stages (k), not 0",
        ),
        (
            Distribution::erlang(1001, SECOND),
            "an Erlang must have 1 to 1000 stages (k), not 1001",
        ),
        (
            Distribution::erlang(2, zero),
            "the mean of an Erlang must be above zero",
        ),
        (
            Distribution::hyperexponential(&[]),
            "there must be at least one share",
        ),
        (
            Distribution::hyperexponential(&[(1.0, zero)]),
            "the mean of an exponential must be above zero",
        ),
        (
            Distribution::mixture(vec![constant(0.5), constant(0.25)]),
            "the shares must add up to 100 %, not to 75 %",
        ),
        (
            Distribution::mixture(vec![constant(1.1), constant(-0.1)]),
            "a share must lie between 0 % and 100 %, not at 110 %",
        ),
        (
            Distribution::mixture(vec![constant(f64::NAN)]),
            "a share must lie between 0 % and 100 %, not at NaN %",
        ),
        (
            Distribution::quantiles(&[]),
            "there must be quantiles from 0 % to 100 %",
        ),
        (
            Distribution::quantiles(&[(0.0, zero), (0.5, SECOND)]),
            "quantiles must reach from 0 % to 100 %, not from 0 % to 50 %",
        ),
        (
            Distribution::quantiles(&[(0.0, zero), (f64::NAN, SECOND), (1.0, SECOND)]),
            "the shares of quantiles must rise from one to the next",
        ),
        (
            Distribution::quantiles(&[(0.0, SECOND), (1.0, zero)]),
            "the values of quantiles must not fall from one to the next",
        ),
        (
            Distribution::samples(&[]),
            "there must be at least one measured value",
        ),
        (
            Distribution::constant(SECOND).scaled(0.0),
            "the factor of a scaled distribution (by) must be a number above zero, not 0",
        ),
    ] {
        assert_eq!(distribution.unwrap_err().to_string(), message);
    }
}
