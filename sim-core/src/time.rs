//! Simulated time: whole nanoseconds since the start of the run.

use std::fmt;
use std::ops::Add;

/// A moment of a run, in nanoseconds since its start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Time(pub u64);

/// A length of simulated time, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Span(pub u64);

impl Time {
    /// The start of every run.
    pub const ZERO: Time = Time(0);
    /// Later than everything that can happen.
    pub const NEVER: Time = Time(u64::MAX);

    /// The span from `earlier` to this moment; zero when `earlier` is later.
    #[inline]
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// This moment in seconds.
    pub const fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// Longer than every run.
    pub const FOREVER: Span = Span(u64::MAX);

    /// A span of `millis` milliseconds.
    pub const fn millis(millis: u64) -> Span {
        Span(millis.saturating_mul(1_000_000))
    }

    /// A span of `seconds`, rounded to the nearest nanosecond; negative values and NaN are no time
    /// at all, values beyond the clock are [`Span::FOREVER`].
    pub fn seconds(seconds: f64) -> Span {
        Span::nanos(seconds * 1e9)
    }

    /// A span of `nanos`, rounded to the nearest nanosecond and saturating at both ends.
    #[inline]
    pub fn nanos(nanos: f64) -> Span {
        Span((nanos + 0.5) as u64) // `as` saturates, and takes NaN to 0.
    }

    /// This span in seconds.
    pub const fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add<Span> for Time {
    type Output = Time;

    #[inline]
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Add for Span {
    type Output = Span;

    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Span {
    type Output = Span;

    #[inline]
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl std::ops::AddAssign for Span {
    #[inline]
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

/// Writes the span with at most three digits after the point, in the largest unit that leaves at
/// least 1: `250 ns`, `1.5 ms`, `2 min 30 s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            1_000_000_000..60_000_000_000 => (1_000_000_000, "s"),
            _ => {
                let minutes = self.0 / 60_000_000_000;
                let rest = Span(self.0 % 60_000_000_000);
                return match rest {
                    Span::ZERO => write!(f, "{minutes} min"),
                    _ => write!(f, "{minutes} min {rest}"),
                };
            }
        };
        let digits = format!("{:.3}", self.0 as f64 / f64::from(unit));
        write!(
            f,
            "{} {name}",
            digits.trim_end_matches('0').trim_end_matches('.')
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_saturate() {
        assert_eq!(Span::seconds(-1.0), Span::ZERO);
        assert_eq!(Span::seconds(f64::NAN), Span::ZERO);
        assert_eq!(Span::seconds(1e300), Span::FOREVER);
        assert_eq!(Time(5) + Span::FOREVER, Time::NEVER);
        assert_eq!(Time(5).since(Time(7)), Span::ZERO);
    }

    #[test]
    fn spans_are_written_in_the_largest_fitting_unit() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_500, "1.5 µs"),
            (250_000_000, "250 ms"),
            (1_000_000_000, "1 s"),
            (150_000_000_000, "2 min 30 s"),
            (120_000_000_000, "2 min"),
        ] {
            assert_eq!(Span(nanos).to_string(), text);
        }
    }
}
