//! Honouring Retry-After: a caller waits at least as long as it was told.

use sim_core::{Dice, Purpose, Span};

/// What a caller makes of what a server says of when to try again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Honour {
    /// Nothing.
    Ignore,
    /// It waits at least so long, and up to so much longer, uniformly.
    Wait {
        /// How much longer.
        jitter: Span,
    },
}

impl Honour {
    /// The wait after `attempt` attempts, given the backoff of the caller's own and what it was told,
    /// which is zero when it was told nothing.
    pub(crate) fn pause(self, own: Span, told: Span, attempt: u32, dice: Dice) -> Span {
        match self {
            Honour::Wait { jitter } if told != Span::ZERO => {
                let uniform = dice.uniform(Purpose::RetryAfterSpread, attempt);
                own.max(told) + Span::nanos(jitter.0 as f64 * uniform)
            }
            _ => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DICE: Dice = Dice::visit(1, 1, 1, 1);

    #[test]
    fn a_caller_waits_for_the_longer_of_its_backoff_and_what_it_was_told() {
        let wait = Honour::Wait { jitter: Span::ZERO };
        for (honour, own, told, pause) in [
            (Honour::Ignore, 2, 5, 2),
            (wait, 2, 5, 5),
            (wait, 7, 5, 7),
            (wait, 2, 0, 2),
        ] {
            let [own, told] = [own, told].map(Span::millis);
            assert_eq!(honour.pause(own, told, 1, DICE), Span::millis(pause));
        }
    }

    #[test]
    fn jitter_spreads_callers_over_all_of_it() {
        let honour = Honour::Wait {
            jitter: Span(1_000),
        };
        let pauses: Vec<u64> = (0..4_000)
            .map(|n| honour.pause(Span(0), Span(500), 1, DICE.call(n, 0)).0)
            .collect();
        assert!(pauses.iter().all(|pause| (500..=1_500).contains(pause)));
        let mean = pauses.iter().sum::<u64>() as f64 / 4_000.0;
        let four_errors = 4.0 * 1_000.0 / 12.0_f64.sqrt() / 4_000.0_f64.sqrt();
        assert!((mean - 1_000.0).abs() < four_errors, "{mean}");
    }
}
