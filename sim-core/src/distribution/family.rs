//! The distributions that are larger or rarer than a constant, a uniform and an exponential.

use super::{Distribution, Erlang, Folded, Mixture, Quantiles, Samples, Truncated, normal};

/// A distribution of nanoseconds.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Family {
    Folded(Folded),
    Truncated(Truncated),
    Lognormal { mu: f64, sigma: f64 },
    Weibull { shape: f64, scale: f64 },
    Pareto { min: f64, alpha: f64 },
    BoundedPareto { min: f64, max: f64, alpha: f64 },
    Erlang(Erlang),
    Quantiles(Quantiles),
    Samples(Samples),
    Mixture(Mixture),
    Shifted { by: f64, of: Distribution },
    Scaled { by: f64, of: Distribution },
}

impl Family {
    pub(super) fn quantile(&self, uniform: f64) -> f64 {
        match self {
            Family::Folded(folded) => folded.quantile(uniform),
            Family::Truncated(truncated) => truncated.quantile(uniform),
            Family::Lognormal { mu, sigma } => libm::exp(mu + sigma * normal::quantile(uniform)),
            Family::Weibull { shape, scale } => {
                scale * libm::pow(-libm::log(1.0 - uniform), 1.0 / shape)
            }
            Family::Pareto { min, alpha } => min * libm::pow(1.0 - uniform, -1.0 / alpha),
            Family::BoundedPareto { min, max, alpha } => {
                let below = -libm::expm1(-alpha * libm::log(max / min));
                (min * libm::exp(-libm::log1p(-uniform * below) / alpha)).min(*max)
            }
            Family::Erlang(erlang) => erlang.quantile(uniform),
            Family::Quantiles(quantiles) => quantiles.quantile(uniform),
            Family::Samples(samples) => samples.quantile(uniform),
            Family::Mixture(mixture) => mixture.quantile(uniform),
            Family::Shifted { by, of } => by + of.quantile(uniform),
            Family::Scaled { by, of } => by * of.quantile(uniform),
        }
    }

    pub(super) fn mean(&self) -> f64 {
        match self {
            Family::Folded(folded) => folded.mean(),
            Family::Truncated(truncated) => truncated.mean(),
            Family::Lognormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Family::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Family::Pareto { alpha, .. } if *alpha <= 1.0 => f64::INFINITY,
            Family::Pareto { min, alpha } => min * alpha / (alpha - 1.0),
            Family::BoundedPareto { min, max, alpha } => {
                min * bounded_pareto_moment(1.0, max / min, *alpha)
            }
            Family::Erlang(erlang) => erlang.mean(),
            Family::Quantiles(quantiles) => quantiles.mean(),
            Family::Samples(samples) => samples.mean(),
            Family::Mixture(mixture) => mixture.mean(),
            Family::Shifted { by, of } => by + of.mean(),
            Family::Scaled { by, of } => by * of.mean(),
        }
    }

    pub(super) fn variance(&self) -> f64 {
        match self {
            Family::Folded(folded) => folded.variance(),
            Family::Truncated(truncated) => truncated.variance(),
            Family::Lognormal { mu, sigma } => {
                let square = sigma * sigma;
                libm::exp(2.0 * mu + square) * libm::expm1(square)
            }
            Family::Weibull { shape, scale } => {
                let mean = libm::tgamma(1.0 + 1.0 / shape);
                let square = libm::tgamma(1.0 + 2.0 / shape);
                match square.is_finite() {
                    true => scale * scale * (square - mean * mean),
                    false => f64::INFINITY,
                }
            }
            Family::Pareto { alpha, .. } if *alpha <= 2.0 => f64::INFINITY,
            Family::Pareto { min, alpha } => {
                let mean = min / (alpha - 1.0);
                mean * mean * alpha / (alpha - 2.0)
            }
            Family::BoundedPareto { min, max, alpha } => {
                let mean = bounded_pareto_moment(1.0, max / min, *alpha);
                let square = bounded_pareto_moment(2.0, max / min, *alpha);
                min * min * (square - mean * mean).max(0.0)
            }
            Family::Erlang(erlang) => erlang.variance(),
            Family::Quantiles(quantiles) => quantiles.variance(),
            Family::Samples(samples) => samples.variance(),
            Family::Mixture(mixture) => mixture.variance(),
            Family::Shifted { of, .. } => of.variance(),
            Family::Scaled { by, of } => by * by * of.variance(),
        }
    }
}

/// The mean of T^power for a Pareto between 1 and `max`: the integral of t^(power - alpha - 1)
/// over that of t^(-alpha - 1).
fn bounded_pareto_moment(power: f64, max: f64, alpha: f64) -> f64 {
    let log = libm::log(max);
    let integral = |exponent: f64| match exponent * log {
        0.0 => log,
        growth => libm::expm1(growth) / exponent,
    };
    integral(power - alpha) / integral(-alpha)
}
