//! Fixed windows: so many requests in each stretch of the clock.

use super::{Algorithm, Verdict};
use sim_core::{Span, Time};

/// So many requests in each window, the windows side by side from time 0. Up to twice as many pass within
/// one window's length, around a boundary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FixedWindow {
    /// How many.
    pub requests: u32,
    /// How long a window is.
    pub per: Span,
}

/// A window, by number, and what has passed in it.
#[derive(Clone, Default, Debug)]
pub(crate) struct Window {
    number: u64,
    passed: u32,
}

impl Algorithm for FixedWindow {
    type State = Window;

    fn verdict(&self, window: &Window, now: Time) -> Verdict {
        let is_full = window.number == now.0 / self.per.0 && self.requests <= window.passed;
        if is_full {
            Verdict::Refuse
        } else {
            Verdict::Pass
        }
    }

    fn take(&self, window: &mut Window, now: Time) {
        let number = now.0 / self.per.0;
        if window.number < number {
            *window = Window { number, passed: 0 };
        }
        window.passed += u32::from(window.number == number);
    }

    fn reset(&self, _: &Window, now: Time) -> Span {
        Span(self.per.0 - now.0 % self.per.0)
    }

    fn window(&self) -> Span {
        self.per
    }

    fn divided(&self, by: u32) -> FixedWindow {
        FixedWindow {
            requests: (self.requests / by).max(1),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{busiest, passed};
    use super::*;

    #[test]
    fn twice_the_limit_passes_around_a_boundary_and_never_more() {
        let limit = FixedWindow {
            requests: 100,
            per: Span::seconds(60.0),
        };
        let around = [59.9, 60.1].map(|at| [at; 150]).concat();
        let passed = passed(&limit, &around);
        assert_eq!(passed.len(), 200);
        assert_eq!(busiest(&passed, 60.0), 200);
        let steady: Vec<f64> = (0..40_000).map(|n| f64::from(n) * 0.01).collect();
        assert!(busiest(&super::super::tests::passed(&limit, &steady), 60.0) <= 200);
    }

    #[test]
    fn it_is_reset_when_the_window_ends() {
        let limit = FixedWindow {
            requests: 1,
            per: Span::seconds(10.0),
        };
        let at = Time::ZERO + Span::seconds(13.0);
        assert_eq!(limit.reset(&Window::default(), at), Span::seconds(7.0));
    }
}
