//! One of several distributions.

use super::{Distribution, InvalidDistribution, invalid, percent};
use crate::dice::SMALLEST_UNIFORM;

/// How far the sum of shares may be from 1, so that three thirds written with seven digits pass.
const TOLERANCE: f64 = 1e-6;

/// Distributions side by side on the unit interval, each as wide as its share.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Mixture(Box<[Part]>);

#[derive(Clone, PartialEq, Debug)]
struct Part {
    from: f64,
    share: f64,
    of: Distribution,
}

impl Mixture {
    pub(super) fn new(parts: Vec<(f64, Distribution)>) -> Result<Mixture, InvalidDistribution> {
        if parts.is_empty() {
            return Err(invalid("there must be at least one share"));
        }
        if let Some((share, _)) = parts.iter().find(|(share, _)| !(0.0..=1.0).contains(share)) {
            return Err(invalid(format!(
                "a share must lie between 0 % and 100 %, not at {} %",
                percent(*share)
            )));
        }
        let sum: f64 = parts.iter().map(|(share, _)| share).sum();
        if TOLERANCE < (sum - 1.0).abs() {
            return Err(invalid(format!(
                "the shares must add up to 100 %, not to {} %",
                percent(sum)
            )));
        }
        let mut from = 0.0;
        let drawn = parts.into_iter().filter(|(share, _)| 0.0 < *share);
        let place = |(share, of)| {
            let part = Part {
                from,
                share: share / sum,
                of,
            };
            from += part.share;
            part
        };
        Ok(Mixture(drawn.map(place).collect()))
    }

    pub(super) fn quantile(&self, uniform: f64) -> f64 {
        let after = self.0.partition_point(|part| part.from <= uniform).max(1);
        let part = &self.0[after - 1];
        // Rounding must not make an end of the interval, where some quantiles are infinite.
        let within = (uniform - part.from) / part.share;
        part.of
            .quantile(within.clamp(SMALLEST_UNIFORM, 1.0 - SMALLEST_UNIFORM))
    }

    pub(super) fn mean(&self) -> f64 {
        self.0.iter().map(|part| part.share * part.of.mean()).sum()
    }

    pub(super) fn variance(&self) -> f64 {
        let mean = self.mean();
        if mean.is_infinite() {
            return f64::INFINITY;
        }
        let about_mean = |part: &Part| {
            let off = part.of.mean() - mean;
            part.share * (part.of.variance() + off * off)
        };
        self.0.iter().map(about_mean).sum()
    }
}
