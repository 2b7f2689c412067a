//! Measuring instruments: counters, time-weighted gauges, histograms, and the windows they fill.

use crate::{Span, Time};
use std::cell::{Cell, Ref, RefCell};
use std::ops::AddAssign;

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

/// Time that lies in one window and is measured all or not at all, so that what happens within
/// it is one addition.
#[derive(Clone, Copy, Default)]
struct Stretch {
    end: Time,
    is_measured: bool,
    window: Option<usize>,
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
        }
    }
}

/// Sums of stretches.
#[derive(Default)]
struct Ledger<N> {
    all: N,
    measured: N,
    windows: Vec<N>,
}

impl<N: Copy + Default + PartialEq + AddAssign> Ledger<N> {
    fn enter(&mut self, stretch: Stretch, sum: N) {
        if sum == N::default() {
            return;
        }
        self.all += sum;
        if stretch.is_measured {
            self.measured += sum;
        }
        if let Some(index) = stretch.window {
            if self.windows.len() <= index {
                self.windows.resize(index + 1, N::default());
            }
            self.windows[index] += sum;
        }
    }
}

/// Counts what happens.
#[derive(Default)]
pub struct Counter {
    /// What was counted in the current stretch and is not in the ledger.
    count: Cell<u64>,
    stretch: Cell<Stretch>,
    ledger: RefCell<Ledger<u64>>,
}

impl Counter {
    /// Adds `n` at `now`.
    #[inline]
    pub fn add(&self, calibration: &Calibration, now: Time, n: u64) {
        if self.stretch.get().end <= now {
            self.close();
            self.stretch.set(Stretch::from(calibration, now));
        }
        self.count.set(self.count.get() + n);
    }

    fn close(&self) {
        let mut ledger = self.ledger.borrow_mut();
        ledger.enter(self.stretch.get(), self.count.take());
    }

    /// The count of the whole run.
    pub fn all(&self) -> u64 {
        self.close();
        self.ledger.borrow().all
    }

    /// The count of the measured time.
    pub fn measured(&self) -> u64 {
        self.close();
        self.ledger.borrow().measured
    }

    /// The count of each window, up to the last that has one.
    pub fn windows(&self) -> Ref<'_, Vec<u64>> {
        self.close();
        Ref::map(self.ledger.borrow(), |ledger| &ledger.windows)
    }
}

/// A number that goes up and down, averaged over time.
#[derive(Default)]
pub struct Gauge {
    value: Cell<u64>,
    since: Cell<Time>,
    /// Value times nanoseconds in the current stretch, not in the ledger.
    sum: Cell<u128>,
    stretch: Cell<Stretch>,
    max: Cell<u64>,
    /// Value times nanoseconds.
    ledger: RefCell<Ledger<u128>>,
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
        if self.max.get() < value && self.stretch.get().is_measured {
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
        self.close();
    }

    #[inline]
    fn advance(&self, calibration: &Calibration, now: Time) {
        while self.stretch.get().end <= now {
            self.turn(calibration);
        }
        self.pass(now);
    }

    /// Lets time pass up to a moment of the current stretch, or its end.
    #[inline]
    fn pass(&self, now: Time) {
        let span = now.since(self.since.replace(now)).0;
        let more = u128::from(self.value.get()) * u128::from(span);
        self.sum.set(self.sum.get() + more);
    }

    /// Goes on to the next stretch.
    #[cold]
    fn turn(&self, calibration: &Calibration) {
        let end = self.stretch.get().end;
        self.pass(end);
        self.close();
        self.stretch.set(Stretch::from(calibration, end));
    }

    fn close(&self) {
        let mut ledger = self.ledger.borrow_mut();
        ledger.enter(self.stretch.get(), self.sum.take());
    }

    /// The integral over the whole run, in nanoseconds.
    pub fn integral(&self) -> u128 {
        self.ledger.borrow().all
    }

    /// The mean over the measured time.
    pub fn mean(&self, calibration: &Calibration) -> f64 {
        let span = calibration.until.since(calibration.from).0;
        self.ledger.borrow().measured as f64 / span.max(1) as f64
    }

    /// The largest value of the measured time.
    pub fn max(&self) -> u64 {
        self.max.get()
    }

    /// The mean over each window, up to the last that is not zero.
    pub fn windows(&self, calibration: &Calibration) -> Vec<f64> {
        let windows = &self.ledger.borrow().windows;
        let length = |index: usize| {
            let begin = Time(calibration.window.0.saturating_mul(index as u64));
            let end = (begin + calibration.window).min(calibration.until);
            end.since(begin).0.max(1)
        };
        let means = windows.iter().enumerate();
        means
            .map(|(index, &sum)| sum as f64 / length(index) as f64)
            .collect()
    }
}

/// Counts of spans by buckets that grow with them: powers of two of nanoseconds, each cut into
/// equal parts, so many that some significant digits are kept. The buckets are those of the High
/// Dynamic Range histogram (Gil Tene), and [`Histogram::counts`] is one.
pub struct Histogram {
    digits: u8,
    /// A power of two is cut into 2 to this.
    part_bits: u32,
    /// By power of two, from the first that is cut; empty where nothing was counted.
    octaves: RefCell<Vec<Vec<u64>>>,
    /// Exact, for the mean.
    sum: Cell<u128>,
}

impl Histogram {
    /// An empty histogram that keeps this many significant digits (1 to 5).
    pub fn new(digits: u8) -> Histogram {
        let digits = digits.clamp(1, 5);
        // At least as many parts as tell 10^digits from its neighbours.
        let part_bits = 10_u32.pow(digits.into()).ilog2() + 1;
        Histogram {
            digits,
            part_bits,
            octaves: RefCell::default(),
            sum: Cell::new(0),
        }
    }

    /// Counts one span; beyond an hour and a day or so it counts as that.
    #[inline]
    pub fn record(&self, span: Span) {
        const LONGEST: u64 = 100_000 * 1_000_000_000;
        self.sum.set(self.sum.get() + u128::from(span.0));
        let nanos = span.0.min(LONGEST);
        let shift = (nanos | 1 << self.part_bits).ilog2() - self.part_bits;
        let bucket = ((shift as usize) << self.part_bits) + (nanos >> shift) as usize;
        let octave = bucket >> self.part_bits;
        let part = bucket & ((1 << self.part_bits) - 1);
        let mut octaves = self.octaves.borrow_mut();
        match octaves
            .get_mut(octave)
            .and_then(|parts| parts.get_mut(part))
        {
            Some(count) => *count += 1,
            None => self.count_first(&mut octaves, octave, part),
        }
    }

    /// Makes room for an octave, and counts one in it.
    #[cold]
    fn count_first(&self, octaves: &mut Vec<Vec<u64>>, octave: usize, part: usize) {
        if octaves.len() <= octave {
            octaves.resize(octave + 1, Vec::new());
        }
        octaves[octave] = vec![0; 1 << self.part_bits];
        octaves[octave][part] = 1;
    }

    /// How many spans were counted.
    pub fn count(&self) -> u64 {
        self.octaves.borrow().iter().flatten().sum()
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

    /// The counts as a High Dynamic Range histogram.
    pub fn counts(&self) -> hdrhistogram::Histogram<u64> {
        let mut counts = hdrhistogram::Histogram::new(self.digits).expect("digits are in range");
        self.add_to(&mut counts);
        counts
    }

    /// Adds the counts to a High Dynamic Range histogram.
    pub fn add_to(&self, all: &mut hdrhistogram::Histogram<u64>) {
        for (octave, parts) in (0_u32..).zip(&*self.octaves.borrow()) {
            // The first two octaves are cut into parts of 1 ns.
            let shift = octave.max(1) - 1;
            let first = u64::from(octave.min(1)) << self.part_bits;
            for (part, &count) in (first..).zip(parts) {
                if 0 < count {
                    all.record_n(part << shift, count)
                        .expect("histograms without bounds grow");
                }
            }
        }
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
    fn buckets_are_those_of_the_high_dynamic_range_histogram() {
        for digits in 1..=5 {
            let ours = Histogram::new(digits);
            let mut theirs = hdrhistogram::Histogram::<u64>::new(digits).expect("in range");
            let (mut nanos, mut state) = (1_u64, 1_u64);
            while nanos < 1 << 46 {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                for value in [nanos, nanos + 1, nanos + (state >> 20) % nanos] {
                    ours.record(Span(value));
                    theirs.record(value).expect("grows");
                }
                nanos += nanos / 37 + 1;
            }
            assert_eq!(ours.counts(), theirs, "{digits} digits");
            assert_eq!(ours.counts().max(), theirs.max());
        }
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
