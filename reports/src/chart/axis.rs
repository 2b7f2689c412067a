//! Axes: linear or logarithmic, with the ticks that a person would choose.

use super::words;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use scenarios::results::Unit;
use std::ops::Range;

/// How far values are kept from what a logarithm cannot take.
const SMALLEST: f64 = 1e-12;
/// Where the largest value is so many times the smallest, a linear axis hides the small ones.
const LOG_FROM: f64 = 50.0;
/// Steps in seconds between ticks of simulated time.
const TIME_STEPS: [f64; 22] = [
    1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0,
    300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0,
];

/// An axis with its ticks.
#[derive(Clone)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
    /// Labelled ticks.
    ticks: Vec<(f64, String)>,
    /// Grid lines between them.
    minor: Vec<f64>,
}

impl Axis {
    /// From 0 to a little above the largest value.
    pub(super) fn from_zero(largest: f64, unit: Unit) -> Axis {
        let largest = if SMALLEST < largest {
            largest.min(1e300)
        } else {
            1.0
        };
        let high = if unit == Unit::Share && 0.9 < largest && largest <= 1.0 {
            1.0
        } else {
            largest * 1.06
        };
        Axis::linear(0.0, high, |value| words::tick(value, unit))
    }

    /// From `low` to `high`, with about five round ticks.
    pub(super) fn linear(low: f64, high: f64, label: impl Fn(f64) -> String) -> Axis {
        let high = if low < high { high } else { low + 1.0 };
        let step = round_step((high - low) / 5.0);
        let first = (low / step).ceil() as i64;
        let ticks = (first..)
            .map(|index| index as f64 * step)
            .take_while(|&value| value <= high + step * 1e-9)
            .take(20)
            .map(|value| (value, label(value)))
            .collect();
        Axis {
            low,
            high,
            is_log: false,
            ticks,
            minor: Vec::new(),
        }
    }

    /// A logarithmic axis over at least half a decade. Powers of ten are labelled, and what lies
    /// between where there are few of them.
    pub(super) fn log(low: f64, high: f64, unit: Unit) -> Axis {
        let low = low.max(SMALLEST);
        let high = high.max(low * 3.2);
        let labelled: &[u32] = match libm::log10(high / low) {
            decades if decades < 1.6 => &[1, 2, 5],
            decades if decades < 3.2 => &[1, 3],
            _ => &[1],
        };
        let (mut ticks, mut minor) = (Vec::new(), Vec::new());
        let decades = libm::floor(libm::log10(low)) as i32..=libm::ceil(libm::log10(high)) as i32;
        for (decade, digit) in decades.flat_map(|decade| (1..10).map(move |digit| (decade, digit)))
        {
            let value = f64::from(digit) * power_of_ten(decade);
            if value < low * 0.9999 || high * 1.0001 < value {
                continue;
            }
            match labelled.contains(&digit) {
                true => ticks.push((value, words::tick(value, unit))),
                false => minor.push(value),
            }
        }
        Axis {
            low,
            high,
            is_log: true,
            ticks,
            minor,
        }
    }

    /// From zero, or logarithmic for times that differ too much for that.
    pub(super) fn for_values(values: impl Iterator<Item = f64> + Clone, unit: Unit) -> Axis {
        let largest = values.clone().fold(0.0, f64::max);
        let smallest = values.fold(f64::INFINITY, f64::min);
        if unit == Unit::Seconds && 0.0 < smallest && smallest * LOG_FROM < largest {
            Axis::log(smallest * 0.8, largest * 1.25, unit)
        } else {
            Axis::from_zero(largest, unit)
        }
    }

    /// Simulated time from 0.
    pub(super) fn time(duration: f64) -> Axis {
        let duration = if SMALLEST < duration { duration } else { 1.0 };
        let most = 8.0 * 1.000_001;
        let step = TIME_STEPS.into_iter().find(|step| duration / step <= most);
        let step = step.unwrap_or_else(|| round_step(duration / 5.0 / 3600.0) * 3600.0);
        let count = (duration / step * 1.000_001) as u32;
        let ticks = (0..=count).map(|index| f64::from(index) * step);
        let ticks = ticks.map(|at| (at, words::moment(at, step))).collect();
        Axis {
            low: 0.0,
            high: duration,
            is_log: false,
            ticks,
            minor: Vec::new(),
        }
    }

    /// Ratios on a logarithmic scale, labelled as changes: `-90 %`, `=`, `x10`.
    pub(super) fn ratios((low, high): (f64, f64)) -> Axis {
        let labels = [
            (0.01, "-99 %"),
            (0.1, "-90 %"),
            (0.5, "-50 %"),
            (1.0, "="),
            (2.0, "x2"),
            (10.0, "x10"),
            (100.0, "x100"),
        ];
        let low = low.max(SMALLEST);
        let high = high.max(low * 1.01);
        let is_short = high / low < 40.0;
        let is_shown = |ratio: f64| {
            let is_inside = low * 0.9999 <= ratio && ratio <= high * 1.0001;
            is_inside
                && (is_short || !(0.4..=2.5).contains(&ratio) || ratio.total_cmp(&1.0).is_eq())
        };
        let ticks = labels.into_iter().filter(|(ratio, _)| is_shown(*ratio));
        Axis {
            low,
            high,
            is_log: true,
            ticks: ticks.map(|(at, label)| (at, label.to_owned())).collect(),
            minor: Vec::new(),
        }
    }

    /// Percentiles in nines: the value is 1/(1 - p), so that each decade is one nine more.
    pub(super) fn nines(high: f64) -> Axis {
        let high = high.max(20.0);
        let early = [1.0, 2.0, 4.0].map(|value| (value, 0));
        let nines = (1..16).flat_map(|nines| {
            let halfway = if nines == 1 { Some((20.0, 0)) } else { None };
            [Some((power_of_ten(nines), nines)), halfway]
                .into_iter()
                .flatten()
        });
        let label = |value: f64, nines: i32| {
            let decimals = (nines - 2).max(0) as usize;
            format!("p{:.decimals$}", 100.0 - 100.0 / value)
        };
        let ticks = early
            .into_iter()
            .chain(nines)
            .filter(|&(value, _)| value <= high * 1.0001);
        let ticks = ticks
            .map(|(value, nines)| (value, label(value, nines)))
            .collect();
        Axis {
            low: 1.0,
            high,
            is_log: true,
            ticks,
            minor: Vec::new(),
        }
    }

    /// Categories at 0, 1, 2 and so on.
    pub(super) fn categories(labels: &[String]) -> Axis {
        let ticks = labels
            .iter()
            .enumerate()
            .map(|(at, label)| (at as f64, label.clone()));
        let high = labels.len().max(1) as f64 - 0.5;
        Axis {
            low: -0.5,
            high,
            is_log: false,
            ticks: ticks.collect(),
            minor: Vec::new(),
        }
    }

    /// An axis with a tick at each of these numbers, as they are written.
    pub(super) fn numbers(numbers: &[f64], labels: &[String]) -> Axis {
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let ticks = numbers
            .iter()
            .copied()
            .zip(labels.iter().cloned())
            .collect();
        let is_log = 0.0 < low && low * 20.0 <= high;
        let margin = if low < high {
            (high - low) * 0.04
        } else {
            high.abs().max(1.0) * 0.1
        };
        let (low, high) = match is_log {
            true => (low / 1.15, high * 1.15),
            false => (low - margin, high + margin),
        };
        Axis {
            low,
            high,
            is_log,
            ticks,
            minor: Vec::new(),
        }
    }

    /// The same axis with room above, as a share of its length.
    pub(super) fn with_room_above(self, share: f64) -> Axis {
        let high = match self.is_log {
            true => self.high * libm::pow(self.high / self.low, share),
            false => self.high + (self.high - self.low) * share,
        };
        Axis { high, ..self }
    }

    /// The same axis without those labels that would come closer to the one before than `gap`,
    /// when the axis has this length.
    pub(super) fn thinned(mut self, length: f64, gap: f64, width: impl Fn(&str) -> f64) -> Axis {
        let mut end = f64::NEG_INFINITY;
        let ticks = std::mem::take(&mut self.ticks);
        for (value, label) in ticks {
            let middle = self.position(value) * length;
            let half = width(&label) / 2.0;
            if end + gap <= middle - half {
                end = middle + half;
                self.ticks.push((value, label));
            } else {
                self.minor.push(value);
            }
        }
        self
    }

    pub(super) fn low(&self) -> f64 {
        self.low
    }

    pub(super) fn high(&self) -> f64 {
        self.high
    }

    pub(super) fn is_log(&self) -> bool {
        self.is_log
    }

    /// The labels, for measuring.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.ticks.iter().map(|(_, label)| label.as_str())
    }

    /// The label of a tick.
    pub(super) fn label(&self, value: f64) -> String {
        let tick = self
            .ticks
            .iter()
            .find(|(at, _)| at.total_cmp(&value).is_eq());
        tick.map(|(_, label)| label.clone()).unwrap_or_default()
    }

    /// The same axis without labels, for panels that share those of another.
    pub(super) fn unlabelled(mut self) -> Axis {
        self.ticks.iter_mut().for_each(|(_, label)| label.clear());
        self
    }

    /// Where a value lies, 0 at the low end and 1 at the high one; what lies outside is put just
    /// beyond the end.
    fn position(&self, value: f64) -> f64 {
        let on = |value: f64| {
            if self.is_log {
                libm::log10(value.max(SMALLEST))
            } else {
                value
            }
        };
        let (low, high) = (on(self.low), on(self.high));
        ((on(value) - low) / (high - low)).clamp(-0.02, 1.02)
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (low, high): (i32, i32)) -> i32 {
        low + (self.position(*value) * f64::from(high - low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let ticks = self.ticks.iter().map(|&(value, _)| value);
        match hint.weight().allow_light_points() {
            true => ticks.chain(self.minor.iter().copied()).collect(),
            false => ticks.collect(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let decade = power_of_ten(libm::floor(libm::log10(least.max(1e-300))) as i32);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * decade);
    steps
        .into_iter()
        .find(|&step| least <= step * 1.000_001)
        .unwrap_or(10.0 * decade)
}

fn power_of_ten(exponent: i32) -> f64 {
    libm::pow(10.0, f64::from(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(axis: &Axis, labels: &[&str]) {
        assert_eq!(axis.labels().collect::<Vec<_>>(), labels);
    }

    #[test]
    fn time_is_ticked_in_the_units_of_clocks() {
        check(
            &Axis::time(120.0),
            &["0", "30 s", "1 min", "1.5 min", "2 min"],
        );
        check(
            &Axis::time(60.0),
            &["0", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"],
        );
        check(
            &Axis::time(600.0),
            &["0", "2 min", "4 min", "6 min", "8 min", "10 min"],
        );
        check(&Axis::time(0.02), &["0", "5 ms", "10 ms", "15 ms", "20 ms"]);
        check(
            &Axis::time(4.0 * 3600.0),
            &[
                "0", "30 min", "1 h", "1.5 h", "2 h", "2.5 h", "3 h", "3.5 h", "4 h",
            ],
        );
    }

    #[test]
    fn log_axes_label_more_where_they_are_short() {
        check(
            &Axis::log(0.001, 10.0, Unit::Seconds),
            &["1 ms", "10 ms", "100 ms", "1 s", "10 s"],
        );
        check(
            &Axis::log(0.002, 0.01, Unit::Seconds),
            &["2 ms", "5 ms", "10 ms"],
        );
    }

    #[test]
    fn ratios_are_labelled_as_changes() {
        check(&Axis::ratios((0.25, 4.0)), &["-50 %", "=", "x2"]);
        check(&Axis::ratios((0.01, 20.0)), &["-99 %", "-90 %", "=", "x10"]);
    }

    #[test]
    fn percentiles_are_counted_in_nines() {
        let labels = ["p0", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99"];
        check(&Axis::nines(30_000.0), &labels);
    }

    #[test]
    fn linear_axes_take_round_steps() {
        check(
            &Axis::from_zero(2000.0, Unit::PerSecond),
            &["0", "500/s", "1 k/s", "1.5 k/s", "2 k/s"],
        );
        check(
            &Axis::from_zero(0.0, Unit::Share).thinned(1.0, 0.0, |_| 0.0),
            &["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"],
        );
    }

    #[test]
    fn extreme_values_give_axes_that_map() {
        for axis in [
            Axis::log(0.0, 0.0, Unit::Seconds),
            Axis::from_zero(1e300, Unit::Count),
            Axis::from_zero(1e-300, Unit::Count),
            Axis::time(0.0),
            Axis::time(1e12),
            Axis::numbers(&[], &[]),
            Axis::categories(&[]),
        ] {
            assert!((-100..=1100).contains(&axis.map(&0.5, (0, 1000))));
        }
    }
}
