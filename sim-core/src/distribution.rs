//! How long something takes: distributions of spans, sampled by inverting their distribution
//! function.
//!
//! One uniform gives one sample, so that variants of a world stay in step, and a larger uniform
//! gives a larger sample (within a part of a mixture). Samples are the same to the bit on every
//! platform: IEEE 754 fixes sums, products, quotients and square roots, and all other functions
//! come from the `libm` crate, which is made of these, and never from the platform's own library.
//! Numerical inversions stop by comparing such numbers, so they take equally many steps everywhere.

mod erlang;
mod family;
mod measured;
mod mixture;
mod normal;

use crate::time::Span;
use erlang::Erlang;
use family::Family;
use measured::{Quantiles, Samples};
use mixture::Mixture;
use normal::{Folded, Truncated};
use std::error::Error;
use std::fmt;

/// A distribution of spans.
#[derive(Clone, PartialEq, Debug)]
pub struct Distribution(Shape);

/// The cheap and frequent shapes in line, the others behind a pointer.
#[derive(Clone, PartialEq, Debug)]
enum Shape {
    Constant { span: Span },
    Uniform { from: f64, width: f64 },
    Exponential { mean: f64 },
    Other(Box<Family>),
}

/// Why a distribution cannot be, in the words of the scenario file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvalidDistribution(String);

impl Distribution {
    /// Always `span`.
    pub const fn constant(span: Span) -> Distribution {
        Distribution(Shape::Constant { span })
    }

    /// Every span between `from` and `to` alike.
    ///
    /// # Errors
    /// If `from` is longer than `to`.
    pub fn uniform(from: Span, to: Span) -> Result<Distribution, InvalidDistribution> {
        if to < from {
            return Err(invalid(format!(
                "`from` must not lie above `to`: {from} does above {to}"
            )));
        }
        let width = (to - from).0 as f64;
        Ok(Distribution(Shape::Uniform {
            from: from.0 as f64,
            width,
        }))
    }

    /// Exponential.
    ///
    /// # Errors
    /// If the mean is zero.
    pub fn exponential(mean: Span) -> Result<Distribution, InvalidDistribution> {
        let mean = positive_span("the mean of an exponential", mean)?;
        Ok(Distribution(Shape::Exponential { mean }))
    }

    /// The absolute value of a normal with this mean and standard deviation (Leone, Nelson and
    /// Nottingham 1961, "The Folded Normal Distribution"). The probability below a quantile is
    /// right to 1e-14.
    ///
    /// # Errors
    /// If the standard deviation is zero.
    pub fn folded_normal(mean: Span, sd: Span) -> Result<Distribution, InvalidDistribution> {
        let sd = positive_span("the standard deviation (sd) of a normal", sd)?;
        Ok(family(Family::Folded(Folded {
            mean: mean.0 as f64,
            sd,
        })))
    }

    /// The part above zero of a normal with this mean and standard deviation.
    ///
    /// # Errors
    /// If the standard deviation is zero.
    pub fn truncated_normal(mean: Span, sd: Span) -> Result<Distribution, InvalidDistribution> {
        let sd = positive_span("the standard deviation (sd) of a normal", sd)?;
        Ok(family(Family::Truncated(Truncated {
            mean: mean.0 as f64,
            sd,
        })))
    }

    /// Lognormal, with half of the values below `median` and 99 % below `p99`.
    ///
    /// # Errors
    /// If the median is zero or not below the 99th percentile.
    pub fn lognormal(median: Span, p99: Span) -> Result<Distribution, InvalidDistribution> {
        let nanos = positive_span("the median of a lognormal", median)?;
        if p99 <= median {
            return Err(invalid(format!(
                "the p99 of a lognormal must lie above its median: {p99} is not above {median}"
            )));
        }
        let sigma = libm::log(p99.0 as f64 / nanos) / normal::quantile(0.99);
        Ok(family(Family::Lognormal {
            mu: libm::log(nanos),
            sigma,
        }))
    }

    /// Lognormal, by the mean of the values and the standard deviation of their logarithm.
    ///
    /// # Errors
    /// If the mean is zero, or sigma is not above 0 or so large that nearly all values vanish.
    pub fn lognormal_of_mean(mean: Span, sigma: f64) -> Result<Distribution, InvalidDistribution> {
        let mean = positive_span("the mean of a lognormal", mean)?;
        let sigma = positive("the sigma of a lognormal", sigma)?;
        if MAX_SIGMA < sigma {
            return Err(invalid(format!(
                "the sigma of a lognormal must be at most {MAX_SIGMA}, not {sigma}: \
                 it is the standard deviation of the logarithm"
            )));
        }
        Ok(family(Family::Lognormal {
            mu: libm::log(mean) - sigma * sigma / 2.0,
            sigma,
        }))
    }

    /// Weibull: P(T > t) = exp(-(t / scale)^shape).
    ///
    /// # Errors
    /// If the shape or the scale is not above zero.
    pub fn weibull(shape: f64, scale: Span) -> Result<Distribution, InvalidDistribution> {
        let scale = positive_span("the scale of a Weibull", scale)?;
        let shape = positive("the shape of a Weibull", shape)?;
        Ok(family(Family::Weibull { shape, scale }))
    }

    /// Pareto: P(T > t) = (min / t)^alpha for t above `min`.
    ///
    /// # Errors
    /// If the minimum or alpha is not above zero.
    pub fn pareto(min: Span, alpha: f64) -> Result<Distribution, InvalidDistribution> {
        let min = positive_span("the min of a Pareto", min)?;
        let alpha = positive("the alpha of a Pareto", alpha)?;
        Ok(family(Family::Pareto { min, alpha }))
    }

    /// The part of a Pareto below `max`.
    ///
    /// # Errors
    /// If the minimum or alpha is not above zero, or `max` is not above `min`.
    pub fn bounded_pareto(
        min: Span,
        max: Span,
        alpha: f64,
    ) -> Result<Distribution, InvalidDistribution> {
        let from = positive_span("the min of a bounded Pareto", min)?;
        let alpha = positive("the alpha of a bounded Pareto", alpha)?;
        if max <= min {
            return Err(invalid(format!(
                "the max of a bounded Pareto must lie above its min: {max} is not above {min}"
            )));
        }
        Ok(family(Family::BoundedPareto {
            min: from,
            max: max.0 as f64,
            alpha,
        }))
    }

    /// Erlang: the sum of `k` exponentials, `mean` on average together. Quantiles are right to
    /// 1e-13 of their value.
    ///
    /// # Errors
    /// If the mean is zero, or there is no stage or more than 1000.
    pub fn erlang(k: u32, mean: Span) -> Result<Distribution, InvalidDistribution> {
        let nanos = positive_span("the mean of an Erlang", mean)?;
        match k {
            1 => Distribution::exponential(mean),
            2..=erlang::MAX_STAGES => Ok(family(Family::Erlang(Erlang::new(k, nanos)))),
            _ => Err(invalid(format!(
                "an Erlang must have 1 to {} stages (k), not {k}",
                erlang::MAX_STAGES
            ))),
        }
    }

    /// One of several exponentials, each with its share and mean.
    ///
    /// # Errors
    /// If there are no phases, the shares do not add up to 1, or a mean is zero.
    pub fn hyperexponential(phases: &[(f64, Span)]) -> Result<Distribution, InvalidDistribution> {
        let part = |&(share, mean)| Ok((share, Distribution::exponential(mean)?));
        Distribution::mixture(phases.iter().map(part).collect::<Result<_, _>>()?)
    }

    /// One of several distributions, each with its share. The place of the uniform among the
    /// shares says which, its place within that share the sample.
    ///
    /// # Errors
    /// If there are no parts, a share is not between 0 and 1, or they do not add up to 1.
    pub fn mixture(parts: Vec<(f64, Distribution)>) -> Result<Distribution, InvalidDistribution> {
        Ok(family(Family::Mixture(Mixture::new(parts)?)))
    }

    /// Measured quantiles, each a share and the value that this share of all lies below, with
    /// straight lines between.
    ///
    /// # Errors
    /// If shares do not rise from 0 to 1, or values fall.
    pub fn quantiles(points: &[(f64, Span)]) -> Result<Distribution, InvalidDistribution> {
        Ok(family(Family::Quantiles(Quantiles::new(points)?)))
    }

    /// Measured values, each as likely as any other.
    ///
    /// # Errors
    /// If there are none.
    pub fn samples(values: &[Span]) -> Result<Distribution, InvalidDistribution> {
        Ok(family(Family::Samples(Samples::new(values)?)))
    }

    /// This distribution with `by` added.
    #[must_use]
    pub fn shifted(self, by: Span) -> Distribution {
        family(Family::Shifted {
            by: by.0 as f64,
            of: self,
        })
    }

    /// This distribution multiplied by `by`.
    ///
    /// # Errors
    /// If the factor is not above zero.
    pub fn scaled(self, by: f64) -> Result<Distribution, InvalidDistribution> {
        let by = positive("the factor of a scaled distribution (by)", by)?;
        Ok(family(Family::Scaled { by, of: self }))
    }

    /// The span that belongs to a uniform number between 0 and 1.
    #[inline]
    pub fn sample(&self, uniform: f64) -> Span {
        self.sample_with(|| uniform)
    }

    /// The same, of a number that is only drawn where there is something to draw.
    #[inline]
    pub fn sample_with(&self, uniform: impl FnOnce() -> f64) -> Span {
        match &self.0 {
            Shape::Constant { span } => *span,
            _ => Span::nanos(self.quantile(uniform())),
        }
    }

    /// The nanoseconds that a share of `uniform` of all samples (half of them for 0.5) lies below.
    #[inline]
    pub fn quantile(&self, uniform: f64) -> f64 {
        match &self.0 {
            Shape::Constant { span } => span.0 as f64,
            Shape::Uniform { from, width } => from + width * uniform,
            Shape::Exponential { mean } => mean * -libm::log(1.0 - uniform),
            Shape::Other(family) => family.quantile(uniform),
        }
    }

    /// The mean in nanoseconds; infinite for some Paretos.
    pub fn mean(&self) -> f64 {
        match &self.0 {
            Shape::Constant { span } => span.0 as f64,
            Shape::Uniform { from, width } => from + width / 2.0,
            Shape::Exponential { mean } => *mean,
            Shape::Other(family) => family.mean(),
        }
    }

    /// The variance in square nanoseconds; infinite for some Paretos.
    pub fn variance(&self) -> f64 {
        match &self.0 {
            Shape::Constant { .. } => 0.0,
            Shape::Uniform { width, .. } => width * width / 12.0,
            Shape::Exponential { mean } => mean * mean,
            Shape::Other(family) => family.variance(),
        }
    }
}

/// The largest sigma of a lognormal that medians and 99th percentiles on the clock can express.
const MAX_SIGMA: f64 = 20.0;

fn family(family: Family) -> Distribution {
    Distribution(Shape::Other(Box::new(family)))
}

fn positive_span(what: &str, span: Span) -> Result<f64, InvalidDistribution> {
    match span {
        Span::ZERO => Err(invalid(format!("{what} must be above zero"))),
        Span(nanos) => Ok(nanos as f64),
    }
}

fn positive(what: &str, number: f64) -> Result<f64, InvalidDistribution> {
    if number.is_finite() && 0.0 < number {
        return Ok(number);
    }
    Err(invalid(format!(
        "{what} must be a number above zero, not {number}"
    )))
}

/// A share in percent, to the digits worth reading.
pub(crate) fn percent(share: f64) -> f64 {
    (1e8 * share).round() / 1e6
}

fn invalid(why: impl Into<String>) -> InvalidDistribution {
    InvalidDistribution::new(why)
}

impl InvalidDistribution {
    pub(crate) fn new(why: impl Into<String>) -> InvalidDistribution {
        InvalidDistribution(why.into())
    }
}

impl fmt::Display for InvalidDistribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for InvalidDistribution {}

#[cfg(test)]
mod tests;
