//! Numbers with units as text: two or three significant digits and the unit that fits.

use scenarios::results::{Difference, Unit};

/// How a value is written that is not there.
pub const MISSING: &str = "-";

/// The relative change above which a difference is written `x12` instead of `+1100 %`.
const TIMES_ABOVE: f64 = 9.0;

/// A unit on a scale: its size in base units, and what is written behind the number.
type Step = (f64, &'static str);

const SECONDS: &[Step] = &[
    (1e-9, " ns"),
    (1e-6, " us"),
    (1e-3, " ms"),
    (1.0, " s"),
    (3600.0, " h"),
];
const PER_SECOND: &[Step] = &[
    (1.0, "/s"),
    (1e3, " k/s"),
    (1e6, " M/s"),
    (1e9, " G/s"),
    (1e12, " T/s"),
];
const COUNT: &[Step] = &[
    (1.0, ""),
    (1e3, " k"),
    (1e6, " M"),
    (1e9, " G"),
    (1e12, " T"),
];
const BYTES: &[Step] = &[
    (1.0, " B"),
    (1024.0, " KiB"),
    (1_048_576.0, " MiB"),
    (1_073_741_824.0, " GiB"),
    (1_099_511_627_776.0, " TiB"),
];
const PERCENT: &[Step] = &[(0.01, " %")];
const POINTS: &[Step] = &[(0.01, " pts")];

/// Writes a value as `2.2 ms`, `270/s`, `23.2 %`, `1.2 k` or `3.4 MiB`; `-` for nothing.
pub fn quantity(value: Option<f64>, unit: Unit) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else {
        return MISSING.to_owned();
    };
    match unit {
        Unit::Share => share(value),
        Unit::Count if value.fract() == 0.0 && value.abs() < 1000.0 => format!("{value:.0}"),
        _ => {
            let (size, suffix) = fitting(value, scale(unit));
            format!("{}{suffix}", digits(value / size))
        }
    }
}

/// Writes a length of simulated time in full: `1.5 s`, `90 s`, `2 min`, `2 min 30 s`, `1 h`.
pub fn duration(seconds: f64) -> String {
    if seconds.fract() != 0.0 || !(1.0..1e9).contains(&seconds) {
        return quantity(Some(seconds), Unit::Seconds);
    }
    let whole = seconds as u64;
    if whole < 120 {
        return format!("{whole} s");
    }
    let parts = [
        (whole / 3600, "h"),
        (whole / 60 % 60, "min"),
        (whole % 60, "s"),
    ];
    let written = parts
        .iter()
        .filter(|(n, _)| 0 < *n)
        .map(|(n, unit)| format!("{n} {unit}"));
    written.collect::<Vec<_>>().join(" ")
}

/// Writes the middle of a difference: `-77 %`, `x12`, `+77 pts`, `+1.2 ms`.
pub fn difference(difference: &Difference, unit: Unit) -> String {
    match Change::of(difference, unit) {
        Some(change) => format!("{}{}", change.number(difference.mean), change.suffix),
        None => MISSING.to_owned(),
    }
}

/// Writes the interval of a difference, in the unit that its middle has: `[-78,-76]`.
pub fn interval(difference: &Difference, unit: Unit) -> String {
    match Change::of(difference, unit) {
        Some(change) => {
            format!(
                "[{},{}]",
                change.number(difference.low),
                change.number(difference.high)
            )
        }
        None => MISSING.to_owned(),
    }
}

/// Writes the interval around a value in the unit that [`quantity`] gives the value: `[1.9,2.3]`.
pub fn range(value: f64, (low, high): (f64, f64), unit: Unit) -> String {
    if ![value, low, high].iter().all(|figure| figure.is_finite()) {
        return MISSING.to_owned();
    }
    let (size, _) = fitting(value, scale(unit));
    format!("[{},{}]", digits(low / size), digits(high / size))
}

/// Writes a value and its interval with as many digits as show on which side of `bound` the ends of
/// the interval lie: `99.64 % [99.62,99.66]`.
pub fn estimate(value: f64, interval: Option<(f64, f64)>, bound: f64, unit: Unit) -> String {
    let (size, suffix) = fitting(value, scale(unit));
    let (low, high) = interval.unwrap_or((value, value));
    let gaps = [low - bound, high - bound, high - low];
    let gaps = gaps.into_iter().map(|gap| gap.abs() / size);
    let least = gaps.filter(|gap| 0.0 < *gap).fold(f64::INFINITY, f64::min);
    // An end that all but lies on the bound may look as if it did.
    let least = least.max((high - low) / size / 10.0);
    let is_shown = |decimals: &usize| {
        let scale = libm::pow(10.0, *decimals as f64);
        1.0 <= least * scale && (value == 0.0 || 10.0 <= value.abs() / size * scale)
    };
    let decimals = (0..DECIMALS).find(is_shown).unwrap_or(DECIMALS);
    let written = |figure: f64| format!("{:.decimals$}", figure / size);
    let around = match interval {
        Some((low, high)) => format!(" [{},{}]", written(low), written(high)),
        None => String::new(),
    };
    format!("{}{suffix}{around}", written(value))
}

/// No estimate has more decimals than this.
const DECIMALS: usize = 4;

/// How the three figures of a difference are written.
struct Change {
    relative: bool,
    times: bool,
    size: f64,
    suffix: &'static str,
    decimals: usize,
}

impl Change {
    /// Chooses one unit and one number of decimals for all three; nothing when one is not finite.
    fn of(difference: &Difference, unit: Unit) -> Option<Change> {
        let &Difference {
            relative,
            mean,
            low,
            high,
        } = difference;
        if ![mean, low, high].iter().all(|figure| figure.is_finite()) {
            return None;
        }
        let largest = mean.abs().max(low.abs()).max(high.abs());
        let (size, suffix) = match unit {
            _ if relative => PERCENT[0],
            Unit::Share => POINTS[0],
            _ => fitting(largest, scale(unit)),
        };
        let times = relative && TIMES_ABOVE < mean;
        // A load that fell by 99.7 % is not gone.
        let almost_gone = relative && -1.0 < mean && mean < -0.995;
        let decimals = match largest / size {
            n if 2.95 <= n && !almost_gone => 0,
            n if 0.0995 <= n => 1,
            _ => 2,
        };
        Some(Change {
            relative,
            times,
            size,
            suffix: if times { "" } else { suffix },
            decimals,
        })
    }

    fn number(&self, figure: f64) -> String {
        if self.times && self.relative {
            return format!("x{}", digits(1.0 + figure));
        }
        let text = format!("{:+.*}", self.decimals, figure / self.size);
        if text.chars().any(|c| ('1'..='9').contains(&c)) {
            text
        } else {
            "0".to_owned()
        }
    }
}

fn scale(unit: Unit) -> &'static [Step] {
    match unit {
        Unit::Seconds => SECONDS,
        Unit::PerSecond => PER_SECOND,
        Unit::Share => PERCENT,
        Unit::Count => COUNT,
        Unit::Bytes => BYTES,
    }
}

/// The largest step in which the value is written with at least 1; 999.7 ms is already 1.0 s.
fn fitting(value: f64, steps: &[Step]) -> Step {
    let largest = steps
        .iter()
        .rev()
        .find(|(size, _)| size * 0.9995 <= value.abs());
    let base = steps.iter().find(|(size, _)| 1.0 <= *size);
    match largest {
        Some(&step) => step,
        None if value == 0.0 => *base.unwrap_or(&steps[0]),
        None => steps[0],
    }
}

/// Writes a share; 99.98 % is not all, and 0.02 % is not nothing.
fn share(value: f64) -> String {
    let percent = value * 100.0;
    match percent {
        p if (99.995..100.0).contains(&p) => format!("{:.3} %", p.min(99.999)),
        p if (99.95..100.0).contains(&p) => format!("{p:.2} %"),
        p if (9.95..99.95).contains(&p) => format!("{p:.1} %"),
        p => format!("{} %", digits(p)),
    }
}

/// Two significant digits below ten, whole numbers above, powers of ten from a million on.
fn digits(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e6).contains(&size) {
        return format!("{value:.1e}");
    }
    if 9.95 <= size {
        return format!("{value:.0}");
    }
    let mut decimals = 1;
    let mut bound = 0.995;
    while size < bound {
        decimals += 1;
        bound /= 10.0;
    }
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, unit: Unit, text: &str) {
        assert_eq!(quantity(Some(value), unit), text);
    }

    fn change(relative: bool, mean: f64, low: f64, high: f64, unit: Unit) -> String {
        let change = Difference {
            relative,
            mean,
            low,
            high,
        };
        format!("{} {}", difference(&change, unit), interval(&change, unit))
    }

    #[test]
    fn estimates_have_the_digits_that_tell_them_from_the_bound() {
        let check = |value, interval, bound, unit, text: &str| {
            assert_eq!(estimate(value, interval, bound, unit), text);
        };
        let around = |low, high| Some((low, high));
        let share = Unit::Share;
        check(
            0.9964,
            around(0.9962, 0.9966),
            0.99,
            share,
            "99.64 % [99.62,99.66]",
        );
        check(1.0, around(1.0, 1.0), 0.999, share, "100.0 % [100.0,100.0]");
        check(0.094, around(0.0912, 0.097), 0.5, share, "9.4 % [9.1,9.7]");
        check(
            0.2206,
            around(0.2154, 0.2257),
            0.35,
            Unit::Seconds,
            "221 ms [215,226]",
        );
        check(
            0.02,
            around(2e-9, 0.051),
            1e-9,
            Unit::Seconds,
            "20 ms [0,51]",
        );
        check(0.5, None, 0.35, Unit::Seconds, "500 ms");
        check(0.0, around(0.0, 0.0), 1.0, Unit::PerSecond, "0/s [0,0]");
        check(
            -12.0,
            around(-14.0, -10.0),
            0.0,
            Unit::PerSecond,
            "-12/s [-14,-10]",
        );
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        for (seconds, text) in [
            (0.0022, "2.2 ms"),
            (0.95, "950 ms"),
            (0.9997, "1.0 s"),
            (2.1, "2.1 s"),
            (0.00000025, "250 ns"),
            (0.00012, "120 us"),
            (75.0, "75 s"),
            (7200.0, "2.0 h"),
            (0.0, "0 s"),
            (9.96, "10 s"),
        ] {
            check(seconds, Unit::Seconds, text);
        }
    }

    #[test]
    fn rates_counts_and_sizes_have_prefixes() {
        check(270.4, Unit::PerSecond, "270/s");
        check(0.42, Unit::PerSecond, "0.42/s");
        check(3400.0, Unit::PerSecond, "3.4 k/s");
        check(0.0, Unit::PerSecond, "0/s");
        check(3.0, Unit::Count, "3");
        check(3.4, Unit::Count, "3.4");
        check(1234.0, Unit::Count, "1.2 k");
        check(999_700.0, Unit::Count, "1.0 M");
        check(1e21, Unit::Count, "1.0e9 T");
        check(-1234.0, Unit::Count, "-1.2 k");
        check(3.4 * 1024.0 * 1024.0, Unit::Bytes, "3.4 MiB");
    }

    #[test]
    fn a_share_is_all_only_when_it_is_all() {
        for (value, text) in [
            (0.232, "23.2 %"),
            (1.0, "100 %"),
            (0.9998, "99.98 %"),
            (0.999_999_9, "99.999 %"),
            (0.9993, "99.9 %"),
            (0.041, "4.1 %"),
            (0.0002, "0.020 %"),
            (0.0, "0 %"),
            (1.2, "120 %"),
        ] {
            check(value, Unit::Share, text);
        }
    }

    #[test]
    fn what_is_not_a_number_is_missing() {
        assert_eq!(quantity(None, Unit::Count), "-");
        assert_eq!(quantity(Some(f64::NAN), Unit::Share), "-");
        assert_eq!(change(true, f64::INFINITY, 0.0, 0.0, Unit::Count), "- -");
    }

    #[test]
    fn a_difference_and_its_interval_share_a_unit() {
        assert_eq!(
            change(true, -0.77, -0.78, -0.76, Unit::Seconds),
            "-77 % [-78,-76]"
        );
        assert_eq!(
            change(false, 0.77, 0.76, 0.78, Unit::Share),
            "+77 pts [+76,+78]"
        );
        assert_eq!(
            change(true, 11.0, 10.0, 12.4, Unit::PerSecond),
            "x12 [x11,x13]"
        );
        assert_eq!(
            change(false, 0.004, -0.002, 0.012, Unit::Seconds),
            "+4 ms [-2,+12]"
        );
        assert_eq!(change(true, 0.0, 0.0, 0.0, Unit::Seconds), "0 % [0,0]");
        assert_eq!(
            change(true, 0.002, -0.0001, 0.004, Unit::Seconds),
            "+0.2 % [0,+0.4]"
        );
        assert_eq!(
            change(true, -0.997, -0.999, -0.991, Unit::Count),
            "-99.7 % [-99.9,-99.1]"
        );
    }

    #[test]
    fn an_interval_has_the_unit_of_its_value() {
        assert_eq!(range(2.1, (0.95, 3.0), Unit::Seconds), "[0.95,3.0]");
        assert_eq!(range(0.95, (0.9, 1.01), Unit::Seconds), "[900,1010]");
        assert_eq!(range(0.5, (0.0, f64::NAN), Unit::Share), "-");
    }

    #[test]
    fn durations_are_written_in_full() {
        for (seconds, text) in [
            (1.5, "1.5 s"),
            (0.25, "250 ms"),
            (0.0, "0 s"),
            (60.0, "60 s"),
            (90.0, "90 s"),
            (120.0, "2 min"),
            (150.0, "2 min 30 s"),
            (3600.0, "1 h"),
            (3725.0, "1 h 2 min 5 s"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
