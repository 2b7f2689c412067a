//! How much narrower intervals are for pairing: the same runs compared in pairs, and as if their
//! seeds were independent.
//!
//! Runs of different numbers share no dice, so the variance of a difference between run i of one
//! and run j of the other, over all i and j that differ, is the sum of the two variances. That sum
//! is what is held against the variance of the paired differences; no further runs are needed.

use scenarios::results::{Results, Run, Unit, Variant};
use scenarios::statistics::significance::{paired, welch};
use scenarios::statistics::{mean, standard_deviation};

/// What pairing should buy where variants share the path of requests.
pub const AIM: f64 = 3.0;

/// What pairing does for one column of one variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gain {
    /// Too few runs have a value.
    Unknown,
    /// No run differs from another, in the baseline or in the variant.
    NoNoise,
    /// All pairs differ by the same, though runs do not.
    Exact,
    /// There is noise with pairs and without.
    Ratio {
        /// The width of the unpaired interval over that of the paired one.
        narrower: f64,
        /// The same ratio if the two were as correlated as can be: what pairing can do at most.
        /// Below the aim where one of the two has nearly all of the noise.
        at_most: f64,
        /// The correlation over runs; nothing where one of the two has no noise.
        correlation: Option<f64>,
    },
}

/// Why pairing buys less than is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// Nearly all of the noise is on one side, so that there is nothing to take it off against.
    OneSided,
    /// Both have noise, but not the same.
    OwnLuck,
}

impl Gain {
    /// Compares the values of a column over runs of one number.
    pub fn of(baseline: &[Option<f64>], variant: &[Option<f64>], unit: Unit) -> Gain {
        let pairs = baseline.iter().zip(variant);
        let pairs: Vec<(f64, f64)> = pairs.filter_map(|(b, v)| Some(((*b)?, (*v)?))).collect();
        let relative = !matches!(unit, Unit::Share | Unit::Count)
            && pairs.iter().all(|&(b, v)| 0.0 < b && 0.0 < v);
        let on_scale = |value: f64| if relative { libm::log(value) } else { value };
        let b: Vec<f64> = pairs.iter().map(|pair| on_scale(pair.0)).collect();
        let v: Vec<f64> = pairs.iter().map(|pair| on_scale(pair.1)).collect();
        let differences: Vec<f64> = b.iter().zip(&v).map(|(b, v)| v - b).collect();
        let width = |(low, high): (f64, f64)| high - low;
        let (Some(with), Some(without)) = (paired(&differences), welch(&b, &v)) else {
            return Gain::Unknown;
        };
        let (with, without) = (width(with.interval), width(without.interval));
        // Differences of equal logarithms are not all equal in the last digits.
        let is_nothing = |width: f64| width <= 1e-12;
        match (is_nothing(with), is_nothing(without)) {
            (true, true) => Gain::NoNoise,
            (true, false) => Gain::Exact,
            (false, _) => Gain::ratio(without / with, &b, &v),
        }
    }

    fn ratio(narrower: f64, b: &[f64], v: &[f64]) -> Gain {
        let deviation = |values| standard_deviation(values).unwrap_or(0.0);
        let (of_b, of_v) = (deviation(b), deviation(v));
        let apart = (of_b - of_v).abs();
        Gain::Ratio {
            narrower,
            at_most: (of_b * of_b + of_v * of_v).sqrt() / apart,
            correlation: (0.0 < of_b && 0.0 < of_v).then(|| covariance(b, v) / (of_b * of_v)),
        }
    }

    /// Why it is less than [`AIM`]; nothing where it is not.
    pub fn shortfall(self) -> Option<Shortfall> {
        match self {
            Gain::Ratio { narrower, .. } if AIM <= narrower => None,
            Gain::Ratio { at_most, .. } if at_most < AIM => Some(Shortfall::OneSided),
            Gain::Ratio { .. } => Some(Shortfall::OwnLuck),
            Gain::Unknown | Gain::NoNoise | Gain::Exact => None,
        }
    }
}

fn covariance(b: &[f64], v: &[f64]) -> f64 {
    let (mean_b, mean_v) = (mean(b).unwrap_or(0.0), mean(v).unwrap_or(0.0));
    let products = b.iter().zip(v).map(|(b, v)| (b - mean_b) * (v - mean_v));
    products.sum::<f64>() / (b.len() - 1) as f64
}

/// What pairing does for each column of each variant but the first, the baseline.
pub fn gains(results: &Results) -> Vec<(&Variant, Vec<Gain>)> {
    let Some((baseline, others)) = results.variants.split_first() else {
        return Vec::new();
    };
    let values = |variant: &Variant, metric: &str| -> Vec<Option<f64>> {
        let value = |run: &Run| run.metrics.get(metric).copied();
        variant.runs.iter().map(value).collect()
    };
    let gains = |variant: &Variant| -> Vec<Gain> {
        let columns = results.columns.iter();
        let gain = columns.map(|column| {
            let [b, v] = [baseline, variant].map(|of| values(of, &column.metric));
            Gain::of(&b, &v, column.unit)
        });
        gain.collect()
    };
    others
        .iter()
        .map(|variant| (variant, gains(variant)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(baseline: &[f64], variant: &[f64]) -> Gain {
        let some =
            |values: &[f64]| -> Vec<Option<f64>> { values.iter().copied().map(Some).collect() };
        Gain::of(&some(baseline), &some(variant), Unit::Count)
    }

    #[test]
    fn runs_that_move_together_gain_and_others_do_not() {
        assert_eq!(of(&[1.0], &[2.0]), Gain::Unknown);
        assert_eq!(of(&[1.0, 1.0], &[2.0, 2.0]), Gain::NoNoise);
        assert_eq!(of(&[1.0, 3.0, 8.0], &[2.0, 4.0, 9.0]), Gain::Exact);
        let nearly = of(&[1.0, 3.0, 8.0], &[2.0, 4.0, 9.1]);
        assert_eq!(nearly.shortfall(), None, "{nearly:?}");
        let apart = of(&[1.0, 3.0, 8.0, 2.0], &[8.0, 2.0, 1.0, 3.0]);
        assert_eq!(apart.shortfall(), Some(Shortfall::OwnLuck), "{apart:?}");
        let flat = of(&[1.0, 3.0, 8.0, 2.0], &[5.0, 5.1, 5.0, 5.1]);
        assert_eq!(flat.shortfall(), Some(Shortfall::OneSided), "{flat:?}");
    }

    #[test]
    fn the_gain_is_that_of_the_variances() {
        // Variances 1 and 1, covariance 0.5: differences have variance 1, a sum would have 2. The
        // t-quantiles are those of 2 and of 4 degrees of freedom.
        let Gain::Ratio {
            narrower,
            correlation,
            ..
        } = of(&[-1.0, 0.0, 1.0], &[-1.0, 1.0, 0.0])
        else {
            panic!("there is noise");
        };
        assert!((correlation.unwrap_or(0.0) - 0.5).abs() < 1e-12);
        assert!((narrower - 2.0_f64.sqrt() * 2.776_445 / 4.302_653).abs() < 1e-5);
    }
}
