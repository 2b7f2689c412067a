//! Whether noise explains a difference: p-values, and what to do with many of them.

use super::{CONFIDENCE, mean, share_within, standard_deviation, two_sided_t};

/// A difference of means: the middle, the ends of its 95 % interval, and the probability of one as
/// large when the means are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The middle.
    pub mean: f64,
    /// The ends of the 95 % interval.
    pub interval: (f64, f64),
    /// The two-sided p-value.
    pub p: f64,
}

/// The mean of paired differences, by Student's t (Student, 1908, "The Probable Error of a Mean");
/// nothing with fewer than 2.
pub fn paired(differences: &[f64]) -> Option<Shift> {
    let error = standard_deviation(differences)? / (differences.len() as f64).sqrt();
    Some(shift(mean(differences)?, error, differences.len() - 1))
}

/// The mean of `b` less that of `a`, which are independent and may have other variances, by Welch's
/// t (Welch, 1947, "The Generalization of 'Student's' Problem when Several Different Population
/// Variances are Involved"), its degrees of freedom rounded down, which widens the interval.
/// Nothing with fewer than 2 values of either.
pub fn welch(a: &[f64], b: &[f64]) -> Option<Shift> {
    let square_error = |values: &[f64]| {
        let deviation = standard_deviation(values)?;
        Some(deviation * deviation / values.len() as f64)
    };
    let (of_a, of_b) = (square_error(a)?, square_error(b)?);
    let sum = of_a + of_b;
    let spread = of_a * of_a / (a.len() - 1) as f64 + of_b * of_b / (b.len() - 1) as f64;
    let most = a.len() + b.len() - 2;
    let freedom = match 0.0 < spread {
        true => ((sum * sum / spread) as usize).clamp(1, most),
        false => most,
    };
    Some(shift(mean(b)? - mean(a)?, sum.sqrt(), freedom))
}

fn shift(mean: f64, error: f64, freedom: usize) -> Shift {
    let half_width = two_sided_t(CONFIDENCE, freedom) * error;
    let p = match (mean.abs() <= 0.0, error <= 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => {
            let angle = libm::atan(mean.abs() / error / (freedom as f64).sqrt());
            (1.0 - share_within(angle, freedom)).clamp(0.0, 1.0)
        }
    };
    Shift {
        mean,
        interval: (mean - half_width, mean + half_width),
        p,
    }
}

/// The probability that `held` of `of` trials, against `others.0` of `others.1`, come out as
/// unequal as they did, or more so, when both have one probability: Fisher's exact test, two-sided
/// by the sum of all tables that are not more likely (Fisher, 1934, "Statistical Methods for
/// Research Workers", 5th edition, section 21.02).
pub fn fisher((held, of): (u32, u32), others: (u32, u32)) -> f64 {
    let (all, total) = (of + others.1, held + others.0);
    let log_choose = |n: u32, k: u32| {
        let log_factorial = |n: u32| libm::lgamma(f64::from(n) + 1.0);
        log_factorial(n) - log_factorial(k) - log_factorial(n - k)
    };
    let log_probability =
        |k: u32| log_choose(of, k) + log_choose(others.1, total - k) - log_choose(all, total);
    let observed = log_probability(held);
    let tables = total.saturating_sub(others.1)..=total.min(of);
    let as_unlikely = tables
        .map(log_probability)
        .filter(|&log| log <= observed + 1e-7); // Equal tables differ in the last digits.
    as_unlikely.map(libm::exp).sum::<f64>().min(1.0)
}

/// Which of these p-values are too small for noise, so that the probability of calling any so by
/// mistake is at most `level`, however they depend on each other (Holm, 1979, "A Simple
/// Sequentially Rejective Multiple Test Procedure").
pub fn holm(ps: &[f64], level: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..ps.len()).collect();
    order.sort_by(|&a, &b| ps[a].total_cmp(&ps[b]).then(a.cmp(&b)));
    let mut rejected = vec![false; ps.len()];
    for (rank, &index) in order.iter().enumerate() {
        // So that what is no number is not rejected.
        let is_small = ps[index] <= level / ((ps.len() - rank) as f64);
        if !is_small {
            break;
        }
        rejected[index] = true;
    }
    rejected
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

    /// Student's ten patients: additional hours of sleep by two drugs.
    const FIRST: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const SECOND: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

    #[test]
    fn students_sleepers_are_told_apart_by_pairs_and_not_without() {
        // Published with the data set `sleep` of R: paired t = 4.0621 with 9 degrees of freedom;
        // Welch's t = 1.8608 with 17.776, which is 17 here.
        let differences: Vec<f64> = FIRST.iter().zip(&SECOND).map(|(a, b)| b - a).collect();
        let by_pairs = paired(&differences).unwrap();
        assert_close(by_pairs.p, 0.002_833, 1e-6);
        assert_close(by_pairs.interval.0, 0.700_114, 1e-6);
        assert_close(by_pairs.interval.1, 2.459_886, 1e-6);
        let without = welch(&FIRST, &SECOND).unwrap();
        assert_close(without.mean, 1.58, 1e-12);
        // 0.07939 with the fraction; one degree of freedom less than 18 costs under 0.001.
        assert_close(without.p, 0.079_39, 1e-3);
        assert!(0.079_39 < without.p && without.interval.0 < -0.205_483_2);
    }

    #[test]
    fn equal_values_are_no_difference_and_constant_ones_a_sure_one() {
        assert_close(paired(&[0.0; 5]).unwrap().p, 1.0, 0.0);
        assert_close(paired(&[0.5; 5]).unwrap().p, 0.0, 0.0);
        assert_close(welch(&[1.0; 3], &[1.0; 4]).unwrap().p, 1.0, 0.0);
        assert_eq!(welch(&[1.0; 3], &[2.0; 4]).unwrap().interval, (1.0, 1.0));
        assert_eq!(paired(&[1.0]), None);
        assert_eq!(welch(&[1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn the_lady_tasting_tea_may_have_guessed() {
        // Fisher, 1935, "The Design of Experiments", chapter 2: 3 of 4 cups of each kind.
        assert_close(fisher((3, 4), (1, 4)), 34.0 / 70.0, 1e-12);
        assert_close(fisher((4, 4), (0, 4)), 2.0 / 70.0, 1e-12);
        assert_close(fisher((20, 20), (20, 20)), 1.0, 1e-12);
        assert_close(fisher((0, 0), (3, 9)), 1.0, 1e-12);
    }

    #[test]
    fn criminal_twins_are_told_apart() {
        // Fisher, 1934: 10 of 13 and 2 of 17 like-sexed twins of convicts were convicted.
        assert_close(fisher((10, 13), (2, 17)), 0.000_536_7, 1e-7);
    }

    #[test]
    fn many_comparisons_need_smaller_p_values() {
        assert_eq!(holm(&[0.04], 0.05), [true]);
        assert_eq!(holm(&[0.04, 0.9], 0.05), [false, false]);
        // 0.01 <= 0.05 / 4, 0.013 <= 0.05 / 3, 0.03 > 0.05 / 2: the last two stay.
        let ps = [0.03, 0.013, 0.01, 0.04];
        assert_eq!(holm(&ps, 0.05), [false, true, true, false]);
        assert_eq!(holm(&[], 0.05), Vec::<bool>::new());
    }
}
