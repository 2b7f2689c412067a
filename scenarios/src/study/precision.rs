//! As many runs as a wanted precision needs.
//!
//! Runs are added in rounds until the 95 % interval of a metric is narrow enough in every variant,
//! and that of every paired difference from the baseline (Chow and Robbins, 1965, "On the Asymptotic
//! Theory of Fixed-Width Sequential Confidence Intervals for the Mean"). To stop where an interval
//! happens to be narrow costs a little of its coverage (Law, "Simulation Modeling and Analysis",
//! section 9.4.1), and so rounds are few: each aims at the runs that the widest interval asks for.

use super::assemble::{check_metric, column_of};
use super::{BASELINE, Cell, Study, StudyError, lock};
use crate::results::{Precision, Unit, title};
use crate::statistics::{difference, interval, mean};
use crate::units::Share;

/// Fewer runs tell too little of how much they differ.
const LEAST: u32 = 5;

/// What the limit may be.
const LIMITS: std::ops::RangeInclusive<u32> = LEAST..=10_000;

/// A round adds at least one run for so many.
const LEAST_ROUND: u32 = 10;

/// How narrow intervals are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// The half-width, as a share of the value; in points where the metric is itself a share.
    pub half_width: Share,
    /// The most runs that it may take.
    pub limit: u32,
}

impl Wanted {
    /// A precision that can be wanted.
    ///
    /// # Errors
    /// In words, when no interval is that narrow, or the limit is out of range.
    pub fn new(half_width: Share, limit: u32) -> Result<Wanted, String> {
        if half_width.0 <= 0.0 {
            return Err(
                "an interval is never that narrow: write a share above 0%, such as 5%".into(),
            );
        }
        if !LIMITS.contains(&limit) {
            let (least, most) = LIMITS.into_inner();
            return Err(format!(
                "{limit} is no limit between {least} and {most} runs"
            ));
        }
        Ok(Wanted { half_width, limit })
    }
}

/// Adds runs by calling `run_up_to`, which says how many runs there are then, and describes what
/// it took. Says also how many runs were asked for last, which are more where it was interrupted.
pub(super) fn reach(
    wanted: Wanted,
    study: &Study,
    cells: &[Cell],
    mut run_up_to: impl FnMut(u32) -> Result<u32, StudyError>,
) -> Result<(u32, Precision), StudyError> {
    let column = column_of(study.metric.as_deref().unwrap_or("latency.p99"), None);
    let Some(first) = cells.first() else {
        return Err(StudyError::Input("there is no variant to run".into()));
    };
    if first.built.scenario.batch_means.is_some() {
        let message = "--precision adds runs, and batch means rest on one: leave one of them out";
        return Err(StudyError::Input(message.into()));
    }
    let mut asked = first.built.scenario.runs.max(LEAST).min(wanted.limit);
    loop {
        let runs = run_up_to(asked)?;
        let values: Vec<Vec<Option<f64>>> = cells
            .iter()
            .map(|cell| values(cell, &column.metric, runs))
            .collect();
        let is_measured = values.iter().flatten().any(Option::is_some);
        check_metric(&column.metric, &first.built, is_measured || runs == 0)?;
        let (variant, widest) = widest(cells, &values, column.unit);
        let is_reached = widest.is_some_and(|widest| widest <= wanted.half_width.0);
        // Where some runs have a value, more may give an interval; where none has, none will.
        let may_narrow = values.iter().all(|of| of.iter().any(Option::is_some));
        match widest.unwrap_or(f64::INFINITY) {
            widest if !is_reached && may_narrow && asked <= runs && runs < wanted.limit => {
                asked = next(runs, widest / wanted.half_width.0).min(wanted.limit);
            }
            _ => {
                let precision = Precision {
                    metric: column.metric,
                    unit: column.unit,
                    wanted: wanted.half_width.0,
                    widest,
                    variant,
                    runs,
                    limit: wanted.limit,
                    is_reached,
                };
                return Ok((asked, precision));
            }
        }
    }
}

/// How many runs to make next when intervals are so many times too wide: their width falls with the
/// square root of the runs, which at most double, as the estimate is one itself.
fn next(runs: u32, too_wide: f64) -> u32 {
    let needed = (f64::from(runs) * too_wide * too_wide).ceil() as u32; // `as` saturates.
    needed.clamp(runs + runs.div_ceil(LEAST_ROUND), 2 * runs)
}

fn values(cell: &Cell, metric: &str, runs: u32) -> Vec<Option<f64>> {
    let finished = lock(&cell.runs);
    let kept = finished.records.range(..runs as usize);
    kept.map(|(_, record)| record.run.metrics.get(metric).copied())
        .collect()
}

/// The variant with the widest half-width, of its own interval or of its difference from the
/// baseline; a variant without an interval is the widest.
fn widest(cells: &[Cell], values: &[Vec<Option<f64>>], unit: Unit) -> (String, Option<f64>) {
    let mut widest: Option<(String, f64)> = None;
    for (cell, of) in cells.iter().zip(values) {
        let name = title(&cell.name, cell.value.as_deref());
        let is_baseline = |other: &Cell| other.name == BASELINE && other.value == cell.value;
        let baseline = cells.iter().position(is_baseline);
        let baseline = baseline.filter(|_| cell.name != BASELINE);
        let own = half_width(of, unit);
        let paired = baseline.map(|baseline| half_width_of_pairs(&values[baseline], of, unit));
        for half_width in [Some(own), paired].into_iter().flatten() {
            let Some(half_width) = half_width else {
                return (name, None);
            };
            if widest.as_ref().is_none_or(|(_, most)| *most < half_width) {
                widest = Some((name.clone(), half_width));
            }
        }
    }
    let (name, most) = widest.unwrap_or_default();
    (name, Some(most))
}

fn half_width(values: &[Option<f64>], unit: Unit) -> Option<f64> {
    let values: Vec<f64> = values.iter().copied().flatten().collect();
    let (low, high) = interval(&values)?;
    Some(relative_to(mean(&values)?, (high - low) / 2.0, unit))
}

/// That of a paired difference: of a ratio in proportion to it, of what is subtracted in proportion
/// to the larger of the two means.
fn half_width_of_pairs(
    baseline: &[Option<f64>],
    variant: &[Option<f64>],
    unit: Unit,
) -> Option<f64> {
    let paired = difference(baseline, variant, unit)?;
    let half_width = (paired.high - paired.low) / 2.0;
    if paired.relative {
        return Some(half_width / (1.0 + paired.mean));
    }
    let mean_of =
        |values: &[Option<f64>]| mean(&values.iter().copied().flatten().collect::<Vec<_>>());
    let larger = mean_of(baseline)?.max(mean_of(variant)?);
    Some(relative_to(larger, half_width, unit))
}

fn relative_to(whole: f64, half_width: f64, unit: Unit) -> f64 {
    match unit {
        Unit::Share => half_width,
        _ if half_width == 0.0 => 0.0,
        _ => half_width / whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_grow_with_the_square_of_the_width_and_at_most_double() {
        assert_eq!(next(20, 1.2), 29);
        assert_eq!(next(20, 3.0), 40);
        assert_eq!(next(20, 1.001), 22, "not at every run");
        assert_eq!(next(5, 1.001), 6);
        assert_eq!(next(20, f64::INFINITY), 40);
    }

    #[test]
    fn widths_are_relative_and_those_of_shares_in_points() {
        // Mean 10, standard deviation 1, t(2) = 4.3027.
        let values = [9.0, 10.0, 11.0].map(Some);
        let half = 4.3027 / 3.0_f64.sqrt();
        let close = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-4, "{a:?} {b}");
        close(half_width(&values, Unit::Seconds), half / 10.0);
        close(half_width(&values, Unit::Share), half);
        close(half_width(&[Some(0.0), Some(0.0)], Unit::PerSecond), 0.0);
        assert_eq!(half_width(&[Some(1.0), None], Unit::Seconds), None);
    }

    #[test]
    fn the_width_of_a_ratio_is_in_proportion_to_it() {
        let one = [1.0, 1.0].map(Some);
        // Twelve times as much, give or take: in points of the baseline this would be 12 times wider.
        let twelve = [11.9, 12.1].map(Some);
        let ratio = half_width_of_pairs(&one, &twelve, Unit::Seconds).unwrap();
        let own = half_width(&twelve, Unit::Seconds).unwrap();
        assert!((ratio - own).abs() < 1e-3, "{ratio} {own}");
        // What is subtracted hardly differs: in proportion to the difference it never is narrow.
        let more = [1.0, 1.2].map(Some);
        let counts = half_width_of_pairs(&one, &more, Unit::Count).unwrap();
        let half_width = 12.7062 * 0.1;
        assert!((counts - half_width / 1.1).abs() < 1e-4, "{counts}");
    }
}
