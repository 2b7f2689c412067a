//! Distributions of measured values.

use super::{InvalidDistribution, invalid, percent};
use crate::time::Span;

/// Quantiles with straight lines between them.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Quantiles {
    shares: Box<[f64]>,
    values: Box<[f64]>,
}

impl Quantiles {
    pub(super) fn new(points: &[(f64, Span)]) -> Result<Quantiles, InvalidDistribution> {
        let shares: Box<[f64]> = points.iter().map(|&(share, _)| share).collect();
        let values: Box<[f64]> = points.iter().map(|&(_, value)| value.0 as f64).collect();
        let (Some(first), Some(last)) = (shares.first(), shares.last()) else {
            return Err(invalid("there must be quantiles from 0 % to 100 %"));
        };
        // Not `shares == [0, 1]`: a NaN must be refused too.
        if !(first.abs() <= 0.0 && (last - 1.0).abs() <= 0.0) {
            return Err(invalid(format!(
                "quantiles must reach from 0 % to 100 %, not from {} % to {} %",
                percent(*first),
                percent(*last)
            )));
        }
        if !shares.is_sorted_by(|a, b| a < b) {
            return Err(invalid(
                "the shares of quantiles must rise from one to the next",
            ));
        }
        if !values.is_sorted() {
            return Err(invalid(
                "the values of quantiles must not fall from one to the next",
            ));
        }
        Ok(Quantiles { shares, values })
    }

    pub(super) fn quantile(&self, uniform: f64) -> f64 {
        let last = self.shares.len() - 1;
        let above = self
            .shares
            .partition_point(|&share| share <= uniform)
            .clamp(1, last);
        let (from, to) = (self.shares[above - 1], self.shares[above]);
        let (low, high) = (self.values[above - 1], self.values[above]);
        low + (high - low) * ((uniform - from) / (to - from))
    }

    pub(super) fn mean(&self) -> f64 {
        self.lines()
            .map(|(width, low, high)| width * (low + high) / 2.0)
            .sum()
    }

    pub(super) fn variance(&self) -> f64 {
        let mean = self.mean();
        let square = |(width, low, high)| {
            let (low, high) = (low - mean, high - mean);
            width * (low * low + low * high + high * high) / 3.0
        };
        self.lines().map(square).sum()
    }

    /// The straight lines: how much of the whole each covers, its lowest and its highest value.
    fn lines(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let widths = self.shares.windows(2).map(|pair| pair[1] - pair[0]);
        widths
            .zip(self.values.windows(2))
            .map(|(width, pair)| (width, pair[0], pair[1]))
    }
}

/// Values of which each is as likely as any other, in rising order.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Samples(Box<[f64]>);

impl Samples {
    pub(super) fn new(values: &[Span]) -> Result<Samples, InvalidDistribution> {
        if values.is_empty() {
            return Err(invalid("there must be at least one measured value"));
        }
        let mut rising: Box<[f64]> = values.iter().map(|span| span.0 as f64).collect();
        rising.sort_unstable_by(f64::total_cmp);
        Ok(Samples(rising))
    }

    pub(super) fn quantile(&self, uniform: f64) -> f64 {
        let rank = (uniform * self.0.len() as f64) as usize;
        self.0[rank.min(self.0.len() - 1)]
    }

    pub(super) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    pub(super) fn variance(&self) -> f64 {
        let mean = self.mean();
        let squares = self.0.iter().map(|value| (value - mean) * (value - mean));
        squares.sum::<f64>() / self.0.len() as f64
    }
}
