//! Whether the warm-up is long enough, by the rule MSER-5.
//!
//! White, 1997, "An Effective Truncation Heuristic for Bias Reduction in Simulation Output"; White,
//! Cobb and Spratt, 2000, "A Comparison of Five Steady-State Truncation Heuristics for Simulation".

use crate::statistics::{mean, standard_deviation};

/// Windows of a batch: the 5 of MSER-5.
const BATCH: usize = 5;

/// With fewer batches there is nothing to tell.
const LEAST: usize = 10;

/// What is left must be this many batches, for fewer are alike by chance.
const LEAST_LEFT: usize = 5;

/// A difference that is no chance, in its standard errors: the rule has chosen the largest of many.
const STANDARD_ERRORS: f64 = 4.0;

/// A difference that matters, as a share of the mean.
const MATTERS: f64 = 0.05;

/// What a series says about its warm-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WarmUp {
    /// It is long enough, or there is too little to tell.
    Enough,
    /// It should last this many windows.
    Short(usize),
    /// The series is not steady before its second half, if ever.
    NeverSteady,
}

/// Judges a warm-up of so many windows by a series from time 0 on, such as the mean over runs of the
/// number in flight.
///
/// MSER-5 cuts off the batches without which the standard error of the mean of the rest is smallest.
/// It moves about with chance where there is nothing to cut: so its cut counts only where it lies
/// more than a batch beyond the warm-up, and where what is measured before it differs from the rest
/// by more than chance and by more than 5 %.
pub fn judge(series: &[f64], warm_up: usize) -> WarmUp {
    let batches: Vec<f64> = series.chunks_exact(BATCH).filter_map(mean).collect();
    if batches.len() < LEAST {
        return WarmUp::Enough;
    }
    let cut = truncation(&batches);
    let warm_up = warm_up.div_ceil(BATCH);
    if cut <= warm_up + 1 || !differs(&batches[warm_up..cut], &batches[cut..]) {
        WarmUp::Enough
    } else if batches.len() < 2 * cut {
        WarmUp::NeverSteady
    } else {
        WarmUp::Short(cut * BATCH)
    }
}

/// How many batches to cut off, so that the sum of squares around the mean of the rest, over the
/// square of their number, is smallest.
fn truncation(batches: &[f64]) -> usize {
    let statistic = |cut: usize| {
        let rest = &batches[cut..];
        let middle = rest.iter().sum::<f64>() / rest.len() as f64;
        let squares: f64 = rest.iter().map(|z| (z - middle) * (z - middle)).sum();
        squares / (rest.len() * rest.len()) as f64
    };
    let cuts = 0..=batches.len() - LEAST_LEFT;
    let smallest = cuts.min_by(|&a, &b| statistic(a).total_cmp(&statistic(b)));
    smallest.unwrap_or(0)
}

fn differs(before: &[f64], after: &[f64]) -> bool {
    let (Some(first), Some(then), Some(scatter)) =
        (mean(before), mean(after), standard_deviation(after))
    else {
        return false;
    };
    let error = scatter * (1.0 / before.len() as f64 + 1.0 / after.len() as f64).sqrt();
    let difference = (first - then).abs();
    STANDARD_ERRORS * error < difference && MATTERS * then.abs() < difference
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise around 10 with a standard deviation of about 0.3, always the same.
    fn noise(windows: usize) -> Vec<f64> {
        let value = |i: usize| 10.0 + ((i * 7919 + 13) % 101) as f64 / 100.0 - 0.5;
        (0..windows).map(value).collect()
    }

    #[test]
    fn a_transient_is_cut_where_it_ends() {
        let mut series = noise(100);
        for (i, value) in series.iter_mut().take(20).enumerate() {
            *value *= i as f64 / 20.0;
        }
        assert_eq!(truncation(&batched(&series)), 4);
        assert_eq!(judge(&series, 0), WarmUp::Short(20));
        assert_eq!(judge(&series, 9), WarmUp::Short(20));
        assert_eq!(judge(&series, 15), WarmUp::Enough, "a batch is forgiven");
        assert_eq!(judge(&series, 20), WarmUp::Enough);
        assert_eq!(judge(&series, 50), WarmUp::Enough);
    }

    #[test]
    fn a_start_that_is_too_high_is_a_transient_too() {
        let mut series = noise(100);
        for (i, value) in series.iter_mut().take(30).enumerate() {
            *value += 30.0 - i as f64;
        }
        assert_eq!(judge(&series, 5), WarmUp::Short(30));
    }

    #[test]
    fn the_statistic_is_that_of_the_paper() {
        // Without the first batch: (0.5 + 0.5) / 4 squares of 1 and 0 around 0.5, over 16.
        let batches = [9.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        assert_eq!(truncation(&batches), 1);
        assert_eq!(truncation(&[1.0; 8]), 0, "of equals the first");
    }

    #[test]
    fn steady_noise_needs_no_warm_up() {
        for windows in [50, 73, 100, 240] {
            assert_eq!(judge(&noise(windows), 0), WarmUp::Enough, "{windows}");
        }
    }

    #[test]
    fn a_constant_needs_no_warm_up() {
        for value in [0.0, 3.0] {
            assert_eq!(judge(&[value; 60], 0), WarmUp::Enough);
        }
    }

    #[test]
    fn a_trend_is_never_steady() {
        let rising: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(judge(&rising, 20), WarmUp::NeverSteady);
        let falling: Vec<f64> = (0..100).map(|i| 200.0 - f64::from(i)).collect();
        assert_eq!(judge(&falling, 20), WarmUp::NeverSteady);
    }

    #[test]
    fn a_transient_that_hardly_matters_is_none() {
        let step = |i: usize| if i < 30 { 9.7 } else { 10.0 };
        let series: Vec<f64> = (0..100).map(step).collect();
        assert_eq!(judge(&series, 5), WarmUp::Enough);
    }

    #[test]
    fn too_few_windows_tell_nothing() {
        let rising: Vec<f64> = (0..49).map(f64::from).collect();
        assert_eq!(judge(&rising, 0), WarmUp::Enough);
        assert_eq!(judge(&[], 0), WarmUp::Enough);
        assert_eq!(judge(&[1.0; 60], 100), WarmUp::Enough, "all of it warms up");
    }

    fn batched(series: &[f64]) -> Vec<f64> {
        series.chunks_exact(BATCH).filter_map(mean).collect()
    }
}
