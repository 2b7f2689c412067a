//! Measuring instruments: counters, time-weighted gauges, histograms, and the windows they fill.

use crate::{Span, Time};
use std::cell::{Cell, Ref, RefCell};

/// When a run is measured, and how its time is cut into windows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Calibration {
    /// Measuring begins.
    pub from: Time,
    /// Measuring ends.
    pub until: Time,
    /// The length of a window; windows begin at time 0 and fill the whole run up to `until`.
    pub window: Span,
}

impl Calibration {
    /// Whether a moment is measured.
    #[inline]
    pub fn covers(&self, moment: Time) -> bool {
        self.from <= moment && moment < self.until
    }

    /// The window of a moment; nothing after the end.
    #[inline]
    pub fn window_of(&self, moment: Time) -> Option<usize> {
        (moment < self.until).then(|| (moment.0 / self.window.0.max(1)) as usize)
    }

    /// How many windows there are; the last may be shorter.
    pub fn windows(&self) -> usize {
        self.until.0.div_ceil(self.window.0.max(1)) as usize
    }
}

/// Counts what happens.
#[derive(Default)]
pub struct Counter {
    all: Cell<u64>,
    measured: Cell<u64>,
    window: Cell<Window>,
    windows: RefCell<Vec<u64>>,
}

/// The window that was counted in last, so that most additions need no division.
#[derive(Clone, Copy, Default)]
struct Window {
    index: usize,
    end: Time,
}

impl Counter {
    /// Adds `n` at `now`.
    #[inline]
    pub fn add(&self, calibration: &Calibration, now: Time, n: u64) {
        self.all.set(self.all.get() + n);
        if calibration.covers(now) {
            self.measured.set(self.measured.get() + n);
        }
        if self.window.get().end <= now {
            let Some(index) = calibration.window_of(now) else {
                return;
            };
            let end = Time(calibration.window.0.saturating_mul(index as u64 + 1));
            self.window.set(Window {
                index,
                end: end.min(calibration.until),
            });
            self.windows.borrow_mut().resize(index + 1, 0);
        }
        self.windows.borrow_mut()[self.window.get().index] += n;
    }

    /// The count of the whole run.
    pub fn all(&self) -> u64 {
        self.all.get()
    }

    /// The count of the measured time.
    pub fn measured(&self) -> u64 {
        self.measured.get()
    }

    /// The count of each window, up to the last that has one.
    pub fn windows(&self) -> Ref<'_, Vec<u64>> {
        self.windows.borrow()
    }
}

/// A number that goes up and down, averaged over time.
#[derive(Default)]
pub struct Gauge {
    value: Cell<u64>,
    since: Cell<Time>,
    stretch: Cell<Stretch>,
    /// Value times nanoseconds, over the whole run and over the measured time.
    all: Cell<u128>,
    measured: Cell<u128>,
    max: Cell<u64>,
    windows: RefCell<Vec<u128>>,
}

/// Time that lies in one window and is measured all or not at all, so that most changes of a
/// gauge are one multiplication and one addition.
#[derive(Clone, Copy, Default)]
struct Stretch {
    end: Time,
    is_measured: bool,
    window: Option<usize>,
    /// Value times nanoseconds.
    sum: u128,
}

impl Stretch {
    fn from(calibration: &Calibration, begin: Time) -> Stretch {
        let window = calibration.window_of(begin);
        let window_end = window.map_or(Time::NEVER, |index| {
            Time(calibration.window.0.saturating_mul(index as u64 + 1))
        });
        let edges = [window_end, calibration.from, calibration.until];
        let end = edges.into_iter().filter(|&edge| begin < edge).min();
        Stretch {
            end: end.unwrap_or(Time::NEVER),
            is_measured: calibration.covers(begin),
            window,
            sum: 0,
        }
    }
}

impl Gauge {
    /// The value now.
    #[inline]
    pub fn value(&self) -> u64 {
        self.value.get()
    }

    /// Changes the value at `now`.
    #[inline]
    pub fn set(&self, calibration: &Calibration, now: Time, value: u64) {
        self.advance(calibration, now);
        self.value.set(value);
        if self.max.get() < value && calibration.covers(now) {
            self.max.set(value);
        }
    }

    /// Adds `change` to the value at `now`.
    #[inline]
    pub fn change(&self, calibration: &Calibration, now: Time, change: i64) {
        let value = self.value.get().saturating_add_signed(change);
        self.set(calibration, now, value);
    }

    /// Accounts for the time up to `now`; to be called at the end of a run, before reading.
    pub fn settle(&self, calibration: &Calibration, now: Time) {
        self.advance(calibration, now);
        self.close(self.stretch.get());
        self.stretch.set(Stretch::from(calibration, now));
    }

    #[inline]
    fn advance(&self, calibration: &Calibration, now: Time) {
        let mut stretch = self.stretch.get();
        let mut since = self.since.replace(now);
        let value = u128::from(self.value.get());
        while stretch.end <= now {
            stretch.sum += value * u128::from(stretch.end.since(since).0);
            self.close(stretch);
            since = since.max(stretch.end);
            stretch = Stretch::from(calibration, since);
        }
        stretch.sum += value * u128::from(now.since(since).0);
        self.stretch.set(stretch);
    }

    fn close(&self, stretch: Stretch) {
        if stretch.sum == 0 {
            return;
        }
        self.all.set(self.all.get() + stretch.sum);
        if stretch.is_measured {
            self.measured.set(self.measured.get() + stretch.sum);
        }
        if let Some(index) = stretch.window {
            let mut windows = self.windows.borrow_mut();
            if windows.len() <= index {
                windows.resize(index + 1, 0);
            }
            windows[index] += stretch.sum;
        }
    }

    /// The integral over the whole run, in nanoseconds.
    pub fn integral(&self) -> u128 {
        self.all.get()
    }

    /// The mean over the measured time.
    pub fn mean(&self, calibration: &Calibration) -> f64 {
        let span = calibration.until.since(calibration.from).0;
        self.measured.get() as f64 / span.max(1) as f64
    }

    /// The largest value of the measured time.
    pub fn max(&self) -> u64 {
        self.max.get()
    }

    /// The mean over each window, up to the last that is not zero.
    pub fn windows(&self, calibration: &Calibration) -> Vec<f64> {
        let windows = self.windows.borrow();
        let length = |index: usize| {
            let begin = Time(calibration.window.0.saturating_mul(index as u64));
            let end = (begin + calibration.window).min(calibration.until);
            end.since(begin).0.max(1)
        };
        let means = windows.iter().enumerate();
        means.map(|(index, &sum)| sum as f64 / length(index) as f64).collect()
    }
}

/// Spans in a High Dynamic Range histogram, in nanoseconds.
pub struct Histogram {
    counts: RefCell<hdrhistogram::Histogram<u64>>,
    /// Exact, for the mean.
    sum: Cell<u128>,
}

impl Histogram {
    /// An empty histogram that keeps this many significant digits (1 to 5).
    pub fn new(digits: u8) -> Histogram {
        let counts = hdrhistogram::Histogram::new(digits.clamp(1, 5)).expect("digits are in range");
        Histogram {
            counts: RefCell::new(counts),
            sum: Cell::new(0),
        }
    }

    /// Counts one span; beyond an hour and a day or so it counts as that.
    #[inline]
    pub fn record(&self, span: Span) {
        const LONGEST: u64 = 100_000 * 1_000_000_000;
        self.sum.set(self.sum.get() + u128::from(span.0));
        let recorded = self.counts.borrow_mut().record(span.0.min(LONGEST));
        recorded.expect("histograms without bounds grow");
    }

    /// How many spans were counted.
    pub fn count(&self) -> u64 {
        self.counts.borrow().len()
    }

    /// The exact sum.
    pub fn sum(&self) -> u128 {
        self.sum.get()
    }

    /// The exact mean in seconds; nothing of nothing.
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (0 < count).then(|| self.sum.get() as f64 / count as f64 / 1e9)
    }

    /// The counts.
    pub fn counts(&self) -> Ref<'_, hdrhistogram::Histogram<u64>> {
        self.counts.borrow()
    }

    /// The counts, taken out.
    pub fn into_counts(self) -> hdrhistogram::Histogram<u64> {
        self.counts.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: Calibration = Calibration {
        from: Time(2_000_000_000),
        until: Time(9_500_000_000),
        window: Span(1_000_000_000),
    };

    fn at(seconds: f64) -> Time {
        Time::ZERO + Span::seconds(seconds)
    }

    #[test]
    fn a_counter_counts_all_measured_and_by_window() {
        let counter = Counter::default();
        for (seconds, n) in [
            (0.0, 1),
            (1.9, 2),
            (2.0, 4),
            (9.4, 8),
            (9.5, 16),
            (12.0, 32),
        ] {
            counter.add(&SECONDS, at(seconds), n);
        }
        assert_eq!(counter.all(), 63);
        assert_eq!(counter.measured(), 12);
        assert_eq!(*counter.windows(), [1, 2, 4, 0, 0, 0, 0, 0, 0, 8]);
    }

    #[test]
    fn a_gauge_is_weighted_with_time() {
        let gauge = Gauge::default();
        gauge.set(&SECONDS, at(1.5), 4);
        gauge.change(&SECONDS, at(3.25), -2);
        gauge.settle(&SECONDS, at(10.0));
        assert_eq!(gauge.integral(), 7_000_000_000 + 13_500_000_000);
        let measured = 4.0 * 1.25 + 2.0 * 6.25;
        assert!((gauge.mean(&SECONDS) - measured / 7.5).abs() < 1e-12);
        assert_eq!(gauge.windows(&SECONDS)[..5], [0.0, 2.0, 4.0, 2.5, 2.0]);
        assert_eq!(gauge.windows(&SECONDS).len(), 10);
        assert_eq!(gauge.max(), 2, "4 was reached before measuring began");
    }

    #[test]
    fn a_histogram_keeps_the_exact_mean() {
        let histogram = Histogram::new(3);
        assert_eq!(histogram.mean(), None);
        histogram.record(Span(1));
        histogram.record(Span(1_000_000_002));
        assert_eq!(histogram.mean(), Some(0.500_000_001_5));
        assert_eq!(histogram.count(), 2);
    }
}
