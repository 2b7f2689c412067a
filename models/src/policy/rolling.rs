//! Sums over what happened last: over the last so many calls, or the last so much time.

use sim_core::{Span, Time};
use std::collections::VecDeque;

/// How far back a policy looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Window {
    /// So many calls.
    Calls(u32),
    /// So much time, in ten slices, the oldest of which is forgotten as a whole (as in Hystrix).
    Time(Span),
}

/// The slices of a window of time.
const SLICES: u64 = 10;

/// Sums of several numbers over a window.
pub(crate) struct Rolling<const N: usize> {
    /// The oldest first: a call, or a slice of time, and when it began. No numbers of slices, as a window may be
    /// given another length.
    parts: VecDeque<(Time, [u32; N])>,
    sum: [u32; N],
}

impl<const N: usize> Default for Rolling<N> {
    fn default() -> Self {
        Rolling {
            parts: VecDeque::new(),
            sum: [0; N],
        }
    }
}

impl<const N: usize> Rolling<N> {
    /// Adds what has happened now.
    pub(crate) fn add(&mut self, window: Window, now: Time, numbers: [u32; N]) {
        match (window, self.parts.back_mut()) {
            (Window::Time(span), Some((last, sums))) if slice(span, *last) == slice(span, now) => {
                add(sums, numbers);
            }
            _ => self.parts.push_back((now, numbers)),
        }
        add(&mut self.sum, numbers);
    }

    /// The sums over the window that ends now.
    pub(crate) fn sum(&mut self, window: Window, now: Time) -> [u32; N] {
        while let Some(&(oldest, numbers)) = self.parts.front() {
            let is_over = match window {
                Window::Calls(calls) => (calls as usize) < self.parts.len(),
                Window::Time(span) => slice(span, oldest) + SLICES <= slice(span, now),
            };
            if !is_over {
                break;
            }
            self.parts.pop_front();
            for (sum, number) in self.sum.iter_mut().zip(numbers) {
                *sum -= number;
            }
        }
        self.sum
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Rolling::default();
    }
}

/// The number of the slice of a window that a moment belongs to.
fn slice(window: Span, at: Time) -> u64 {
    at.0 / (window.0 / SLICES).max(1)
}

fn add<const N: usize>(sums: &mut [u32; N], numbers: [u32; N]) {
    for (sum, number) in sums.iter_mut().zip(numbers) {
        *sum += number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_calls_has_the_last_ones() {
        let (window, mut rolling) = (Window::Calls(3), Rolling::default());
        for number in 1..=5 {
            rolling.add(window, Time::ZERO, [number, 1]);
        }
        assert_eq!(rolling.sum(window, Time::ZERO), [3 + 4 + 5, 3]);
    }

    #[test]
    fn a_window_of_time_forgets_slice_by_slice() {
        let (window, mut rolling) = (Window::Time(Span(1_000)), Rolling::default());
        for now in (0..2_000).step_by(50) {
            rolling.add(window, Time(now), [1]);
        }
        // Up to 1950, within the slice that ends at 2000: ten slices of two.
        assert_eq!(rolling.sum(window, Time(1_999)), [20]);
        assert_eq!(rolling.sum(window, Time(2_000)), [18]);
        assert_eq!(rolling.sum(window, Time(2_850)), [2]);
        assert_eq!(rolling.sum(window, Time(9_999)), [0]);
    }

    #[test]
    fn a_window_of_time_that_is_given_another_length_goes_on_forgetting() {
        for (before, after) in [(1_000, 10_000), (10_000, 1_000)] {
            let [before, after] = [before, after].map(|span| Window::Time(Span(span)));
            let mut rolling = Rolling::default();
            rolling.add(before, Time(50_000), [7]);
            rolling.add(after, Time(50_100), [1]);
            assert_eq!(rolling.sum(after, Time(50_100)), [8]);
            assert_eq!(rolling.sum(after, Time(60_000)), [0]);
        }
    }
}
