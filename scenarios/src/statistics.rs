//! Means, intervals and differences over runs, as a comparison states them.
//!
//! All intervals are at 95 %. Runs are independent and few, so means over runs are judged by
//! Student's t (Student, 1908, "The Probable Error of a Mean").

use crate::results::{Difference, Unit};
use hdrhistogram::Histogram;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

pub mod significance;

/// A quantile is stated only when at least this many samples lie beyond it.
const SAMPLES_BEYOND: f64 = 10.0;

/// The probability of an interval.
const CONFIDENCE: f64 = 0.95;

/// What a standard normal variable stays within, on both sides of 0, with that probability.
const TWO_SIDED_Z: f64 = 1.959_963_984_540_054;

/// What a standard normal variable stays below 99 times in a hundred.
const ONE_SIDED_Z: f64 = 2.326_347_874_040_841;

/// The mean; nothing without values.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// The standard deviation of the population that the values are a sample of (divisor n - 1);
/// nothing with fewer than 2 values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// The 95 % t-interval of the mean; nothing with fewer than 2 values.
pub fn interval(values: &[f64]) -> Option<(f64, f64)> {
    let mean = mean(values)?;
    let runs = values.len();
    let error = standard_deviation(values)? / (runs as f64).sqrt();
    let half_width = two_sided_t(CONFIDENCE, runs - 1) * error;
    Some((mean - half_width, mean + half_width))
}

/// The 95 % interval of a probability, from so many successes in `of` independent trials; nothing
/// without trials.
///
/// Wilson, 1927, "Probable Inference, the Law of Succession, and Statistical Inference": the
/// probabilities at which what was seen lies within z standard errors. It stays between 0 and 1 and
/// holds with few trials, and where all or none succeed.
pub fn wilson(successes: u32, of: u32) -> Option<(f64, f64)> {
    if of == 0 {
        return None;
    }
    let (n, z) = (f64::from(of), TWO_SIDED_Z);
    let seen = f64::from(successes) / n;
    let middle = seen + z * z / (2.0 * n);
    let half_width = z * (seen * (1.0 - seen) / n + z * z / (4.0 * n * n)).sqrt();
    let ends = [middle - half_width, middle + half_width].map(|end| end / (1.0 + z * z / n));
    // At the ends rounding would leave a little of what is nothing, or all.
    let low = if successes == 0 { 0.0 } else { ends[0] };
    let high = if successes == of { 1.0 } else { ends[1] };
    Some((low.max(0.0), high.min(1.0)))
}

/// Whether values in order depend on those before them: whether their squared steps are so much
/// smaller than twice their variance that chance would do it once in a hundred times. False with
/// fewer than 4 values, or where all are equal.
///
/// von Neumann, 1941, "Distribution of the Ratio of the Mean Square Successive Difference to the
/// Variance"; for batch means: Fishman, 1978, "Grouping Observations in Digital Simulation".
pub fn is_correlated(values: &[f64]) -> bool {
    let Some(mean) = mean(values).filter(|_| 4 <= values.len()) else {
        return false;
    };
    let n = values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let steps: f64 = values
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0]))
        .sum();
    // Of independent normal values the ratio has mean 2 and this standard deviation.
    let deviation = (4.0 * (n - 2.0) / (n * n - 1.0)).sqrt();
    steps < (2.0 - ONE_SIDED_Z * deviation) * squares
}

/// The difference of a variant from the baseline, paired by run; nothing with fewer than 2 runs in
/// which both have a value.
///
/// Times, rates and sizes are compared as ratios: the t-interval of the logarithms of the runs'
/// ratios. Shares and counts, and everything where a value is 0, are compared by subtraction.
/// Values are never negative.
pub fn difference(
    baseline: &[Option<f64>],
    variant: &[Option<f64>],
    unit: Unit,
) -> Option<Difference> {
    let pairs: Vec<(f64, f64)> = baseline
        .iter()
        .zip(variant)
        .filter_map(|(b, v)| Some(((*b)?, (*v)?)))
        .collect();
    let relative = !matches!(unit, Unit::Share | Unit::Count)
        && pairs.iter().all(|&(b, v)| 0.0 < b && 0.0 < v);
    if relative {
        let logarithms: Vec<f64> = pairs.iter().map(|&(b, v)| libm::log(v / b)).collect();
        let (low, high) = interval(&logarithms)?;
        let mean = mean(&logarithms)?;
        let [mean, low, high] = [mean, low, high].map(libm::expm1);
        Some(Difference {
            relative,
            mean,
            low,
            high,
        })
    } else {
        let differences: Vec<f64> = pairs.iter().map(|&(b, v)| v - b).collect();
        let (low, high) = interval(&differences)?;
        let mean = mean(&differences)?;
        Some(Difference {
            relative,
            mean,
            low,
            high,
        })
    }
}

/// The `q`-quantile of the histogram, in the histogram's unit; nothing with fewer than 10 samples
/// beyond it.
pub fn quantile_or_none(histogram: &Histogram<u64>, q: f64) -> Option<u64> {
    let samples = histogram.len() as f64;
    let rank = (q * samples - 1e-6).ceil(); // 0.55 x 100 is a little more than 55.
    if samples - rank < SAMPLES_BEYOND {
        return None;
    }
    Some(histogram.value_at_quantile(q))
}

/// The t that a variable with Student's distribution stays within, on both sides of 0, with this
/// `probability`; infinite without degrees of freedom.
pub fn two_sided_t(probability: f64, degrees_of_freedom: usize) -> f64 {
    if degrees_of_freedom == 0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..60 {
        let angle = (low + high) / 2.0;
        if share_within(angle, degrees_of_freedom) < probability {
            low = angle;
        } else {
            high = angle;
        }
    }
    (degrees_of_freedom as f64).sqrt() * libm::tan((low + high) / 2.0)
}

/// The probability that |t| is below sqrt(n) tan(`angle`) with n degrees of freedom: the finite
/// series of Abramowitz and Stegun, 1964, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4.
fn share_within(angle: f64, degrees_of_freedom: usize) -> f64 {
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let is_odd = degrees_of_freedom % 2 == 1;
    let mut term = if is_odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    for power in (degrees_of_freedom % 2..degrees_of_freedom).step_by(2) {
        sum += term;
        term *= (power + 1) as f64 / (power + 2) as f64 * cosine * cosine;
    }
    if is_odd {
        FRAC_2_PI * (angle + sine * sum)
    } else {
        sine * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_close(measured: f64, expected: f64, tolerance: f64) {
        assert!(
            (measured - expected).abs() <= tolerance,
            "{measured} is not {expected}"
        );
    }

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn t_quantiles_agree_with_the_published_table() {
        // Fisher and Yates, 1938, "Statistical Tables", table III, P = 0.05; by one more digit.
        let table = [
            (1, 12.7062),
            (2, 4.3027),
            (3, 3.1824),
            (4, 2.7764),
            (5, 2.5706),
            (9, 2.2622),
            (10, 2.2281),
            (19, 2.0930),
            (29, 2.0452),
            (30, 2.0423),
            (60, 2.0003),
            (120, 1.9799),
        ];
        for (degrees, expected) in table {
            assert_close(two_sided_t(0.95, degrees), expected, 0.5e-4);
        }
        assert_close(two_sided_t(0.99, 10), 3.1693, 0.5e-4);
        assert_close(two_sided_t(0.90, 5), 2.0150, 0.5e-4);
        assert_close(two_sided_t(0.95, 100_000), 1.96, 0.5e-4);
        assert!(two_sided_t(0.95, 0).is_infinite());
    }

    #[test]
    fn the_interval_of_a_textbook_sample_is_right() {
        // Mean 5, standard deviation sqrt(10), error sqrt(2), t(4) = 2.7764.
        let values = [1.0, 3.0, 5.0, 7.0, 9.0];
        let (low, high) = interval(&values).unwrap();
        assert_close(standard_deviation(&values).unwrap(), 3.162_277, 1e-5);
        assert_close(low, 5.0 - 3.9264, 1e-3);
        assert_close(high, 5.0 + 3.9264, 1e-3);
    }

    #[test]
    fn wilson_intervals_agree_with_published_ones() {
        // Newcombe, 1998, "Two-Sided Confidence Intervals for the Single Proportion", table I.
        let table = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ];
        for (successes, of, low, high) in table {
            let interval = wilson(successes, of).unwrap();
            assert_close(interval.0, low, 0.5e-4);
            assert_close(interval.1, high, 0.5e-4);
            let mirrored = wilson(of - successes, of).unwrap();
            assert_close(mirrored.0, 1.0 - interval.1, 1e-12);
            assert_close(mirrored.1, 1.0 - interval.0, 1e-12);
        }
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(0, 3).map(|(low, _)| low), Some(0.0));
        assert_eq!(wilson(3, 3).map(|(_, high)| high), Some(1.0));
    }

    #[test]
    fn values_that_follow_each_other_are_correlated() {
        // The ratio of 1, 2, ..., n is 12 / (n (n + 1)), and that of turns is nearly 4.
        let rising: Vec<f64> = (0..20).map(f64::from).collect();
        assert!(is_correlated(&rising));
        let turns: Vec<f64> = (0..20).map(|i| f64::from(i % 2)).collect();
        assert!(!is_correlated(&turns));
        assert!(!is_correlated(&[3.0; 20]));
        assert!(!is_correlated(&rising[..3]));
        // Of 20 values the ratio must be below 2 - 2.326 x 0.425 = 1.011.
        let stretches = |of: i32| -> Vec<f64> { (0..20).map(|i| f64::from(i / of % 2)).collect() };
        assert!(!is_correlated(&stretches(2)), "9 / 5");
        assert!(is_correlated(&stretches(4)), "4 / 4.8");
    }

    #[test]
    fn one_value_has_a_mean_and_no_interval() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[3.0]), Some(3.0));
        assert_eq!(standard_deviation(&[3.0]), None);
        assert_eq!(interval(&[3.0]), None);
    }

    #[test]
    fn times_are_compared_by_ratios() {
        let d = difference(
            &some(&[1.0, 2.0, 4.0]),
            &some(&[0.5, 1.1, 1.9]),
            Unit::Seconds,
        );
        let d = d.unwrap();
        assert!(d.relative);
        assert!(d.low < d.mean && d.mean < d.high && d.high < 0.0);
        let geometric_mean = libm::cbrt(0.5 * 0.55 * 0.475);
        assert_close(d.mean, geometric_mean - 1.0, 1e-12);
    }

    #[test]
    fn shares_and_counts_are_compared_by_subtraction() {
        for unit in [Unit::Share, Unit::Count] {
            let d = difference(&some(&[0.25, 0.5]), &some(&[0.75, 1.0]), unit).unwrap();
            assert_eq!(
                d,
                Difference {
                    relative: false,
                    mean: 0.5,
                    low: 0.5,
                    high: 0.5
                }
            );
        }
    }

    #[test]
    fn a_zero_in_any_run_makes_the_difference_absolute() {
        let d = difference(&some(&[0.0, 2.0]), &some(&[1.0, 3.0]), Unit::PerSecond).unwrap();
        assert_eq!(
            d,
            Difference {
                relative: false,
                mean: 1.0,
                low: 1.0,
                high: 1.0
            }
        );
    }

    #[test]
    fn equal_runs_differ_by_exactly_nothing() {
        let values = some(&[0.1, 0.7, 1e-9]);
        for unit in [
            Unit::Seconds,
            Unit::PerSecond,
            Unit::Share,
            Unit::Count,
            Unit::Bytes,
        ] {
            let d = difference(&values, &values, unit).unwrap();
            assert_eq!((d.mean, d.low, d.high), (0.0, 0.0, 0.0));
            assert!(!d.is_seen());
        }
    }

    #[test]
    fn runs_without_a_partner_are_left_out() {
        let baseline = [Some(1.0), None, Some(1.0), Some(1.0)];
        let variant = [Some(2.0), Some(9.0), None, Some(2.0)];
        let d = difference(&baseline, &variant, Unit::Share).unwrap();
        assert_eq!((d.low, d.high), (1.0, 1.0));
        assert_eq!(difference(&baseline[..2], &variant[..2], Unit::Share), None);
        assert_eq!(difference(&[], &[], Unit::Seconds), None);
    }

    #[test]
    fn a_quantile_needs_ten_samples_beyond_it() {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        for value in 1..1000 {
            histogram.record(value).unwrap();
        }
        assert_eq!(quantile_or_none(&histogram, 0.99), None);
        histogram.record(1000).unwrap();
        assert_eq!(quantile_or_none(&histogram, 0.99), Some(990));
        assert_eq!(quantile_or_none(&histogram, 0.999), None);
        assert_eq!(quantile_or_none(&Histogram::new(3).unwrap(), 0.5), None);
    }
}
