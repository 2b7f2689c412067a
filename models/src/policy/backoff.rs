//! Backoff: how long to wait before another attempt.

use sim_core::{Dice, Purpose, Span};

/// The wait before another attempt (AWS Architecture Blog, 2015, "Exponential Backoff And Jitter").
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Backoff {
    /// The first wait.
    pub base: Span,
    /// The longest wait.
    pub cap: Span,
    /// Whether it doubles.
    pub doubles: bool,
    /// How it is spread.
    pub jitter: Jitter,
}

/// How a wait is spread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Jitter {
    /// Not at all.
    None,
    /// Uniform between nothing and the whole wait.
    Full,
    /// Half of the wait, and uniform over the other half.
    Equal,
    /// Uniform between the base and three times the wait before.
    Decorrelated,
    /// Uniform between 0.8 and 1.2 times the wait (gRFC A6).
    Fifth,
}

impl Backoff {
    /// No wait at all.
    pub const NONE: Backoff = Backoff {
        base: Span::ZERO,
        cap: Span::ZERO,
        doubles: false,
        jitter: Jitter::None,
    };

    /// The wait after `attempt` attempts (1 for the first wait), given the wait before it.
    pub fn pause(&self, attempt: u32, before: Span, dice: Dice) -> Span {
        let doublings = if self.doubles {
            attempt.saturating_sub(1).min(63)
        } else {
            0
        };
        let whole = Span(self.base.0.saturating_mul(1 << doublings)).min(self.cap);
        let uniform = || dice.uniform(Purpose::Backoff, attempt);
        let share = |span: Span, of: f64| Span::nanos(span.0 as f64 * of);
        match self.jitter {
            Jitter::None => whole,
            Jitter::Full => share(whole, uniform()),
            Jitter::Equal => share(whole, 0.5 + 0.5 * uniform()),
            Jitter::Fifth => share(whole, 0.8 + 0.4 * uniform()),
            Jitter::Decorrelated => {
                let most = Span(before.max(self.base).0.saturating_mul(3));
                (self.base + share(most - self.base, uniform())).min(self.cap)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DICE: Dice = Dice::visit(1, 1, 1, 1);

    #[test]
    fn backoff_doubles_up_to_its_cap() {
        let millis = Span::millis;
        let plain = Backoff {
            base: millis(50),
            cap: millis(300),
            doubles: true,
            jitter: Jitter::None,
        };
        let pauses: Vec<Span> = (1..6).map(|n| plain.pause(n, Span::ZERO, DICE)).collect();
        assert_eq!(pauses, [50, 100, 200, 300, 300].map(millis));
        assert_eq!(plain.pause(u32::MAX, Span::ZERO, DICE), millis(300));
    }

    #[test]
    fn jitter_spreads_over_the_range_it_names() {
        let spread = |jitter| {
            let backoff = Backoff {
                base: Span(1_000),
                cap: Span(100_000),
                doubles: true,
                jitter,
            };
            let pauses: Vec<u64> = (0..4_000)
                .map(|n| backoff.pause(4, Span(5_000), DICE.call(n, 0)).0)
                .collect();
            let mean = pauses.iter().sum::<u64>() as f64 / 4_000.0;
            (
                *pauses.iter().min().unwrap_or(&0),
                mean,
                *pauses.iter().max().unwrap_or(&0),
            )
        };
        for (jitter, low, high) in [
            (Jitter::Full, 0.0, 8_000.0),
            (Jitter::Equal, 4_000.0, 8_000.0),
            (Jitter::Decorrelated, 1_000.0, 15_000.0),
            (Jitter::Fifth, 6_400.0, 9_600.0),
        ] {
            let (least, mean, most) = spread(jitter);
            let four_errors = 4.0 * (high - low) / 12.0_f64.sqrt() / 4_000.0_f64.sqrt();
            assert!(
                low <= least as f64 && most as f64 <= high,
                "{jitter:?}: {least} to {most}"
            );
            assert!(
                (mean - (low + high) / 2.0).abs() < four_errors,
                "{jitter:?}: mean {mean}"
            );
        }
    }
}
