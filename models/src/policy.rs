//! How one node asks another: the policy of a call, and its state at each calling instance.

use crate::Failure;
use sim_core::{Dice, Purpose, Span};
use std::cell::{Cell, RefCell};

/// The policy of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPolicy {
    /// How long one attempt may take, both copies of a hedge; `FOREVER` without limit.
    pub timeout: Span,
    /// How long all attempts together may take.
    pub deadline: Span,
    /// Attempts in all.
    pub attempts: u32,
    /// Which failures are tried again.
    pub retry_on: Vec<Failure>,
    /// The wait before another attempt.
    pub backoff: Backoff,
    /// A limit on retries.
    pub budget: Option<Budget>,
    /// When to send a second copy.
    pub hedge_after: Option<Span>,
    /// Which instance to ask.
    pub balance: Balance,
    /// Whether work that nobody waits for is called off.
    pub cancels: bool,
    /// Whether several copies are asked at once.
    pub fan_out: Option<FanOut>,
}

/// Several copies of one question at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FanOut {
    /// How many copies.
    pub copies: u16,
    /// Whether copy i goes to instance i.
    pub to_each: bool,
    /// How many answers are needed.
    pub need: u16,
    /// After how long it goes on with what has come.
    pub within: Span,
}

/// Which instance to ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Balance {
    /// Any, all alike.
    Random,
    /// One after the other.
    RoundRobin,
    /// The one with the fewest calls of this caller under way; ties at random.
    LeastOutstanding,
    /// The better of two different ones picked at random (Mitzenmacher, 1996).
    PowerOfTwo,
}

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
            Jitter::Decorrelated => {
                let most = Span(before.max(self.base).0.saturating_mul(3));
                (self.base + share(most - self.base, uniform())).min(self.cap)
            }
        }
    }
}

/// A token bucket for retries, in millionths of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// What each call puts in.
    pub per_call: u64,
    /// The most it holds.
    pub burst: u64,
}

/// What a retry takes.
pub(crate) const TOKEN: u64 = 1_000_000;

/// The state of a call's policy at one calling instance. What is switched off has state too, and
/// it is empty.
#[derive(Default)]
pub(crate) struct PolicyState {
    pointer: Cell<u32>,
    spent: Cell<u64>,
    outstanding: RefCell<Vec<u32>>,
}

impl PolicyState {
    pub(crate) fn new(targets: u32) -> PolicyState {
        PolicyState {
            outstanding: RefCell::new(vec![0; targets as usize]),
            ..Default::default()
        }
    }

    pub(crate) fn begin(&self, target: u32) {
        self.outstanding.borrow_mut()[target as usize] += 1;
    }

    pub(crate) fn end(&self, target: u32) {
        self.outstanding.borrow_mut()[target as usize] -= 1;
    }

    /// Accounts for a new call.
    pub(crate) fn deposit(&self, budget: &Budget) {
        self.spent
            .set(self.spent.get().saturating_sub(budget.per_call));
    }

    /// Takes a token for a retry; false when there is none.
    pub(crate) fn withdraw(&self, budget: &Budget) -> bool {
        let spent = self.spent.get() + TOKEN;
        let is_allowed = spent <= budget.burst;
        if is_allowed {
            self.spent.set(spent);
        }
        is_allowed
    }

    /// Picks one of the instances `first..first + count`, another than `avoid` if there is one.
    pub(crate) fn pick(
        &self,
        balance: Balance,
        first: u32,
        count: u32,
        avoid: Option<u32>,
        dice: Dice,
    ) -> u32 {
        let avoided = avoid.filter(|&avoid| 1 < count && (first..first + count).contains(&avoid));
        let choices = count - u32::from(avoided.is_some());
        // Choice i of those that are left, in order.
        let nth = |i: u32| match avoided {
            Some(avoided) if avoided <= first + i => first + i + 1,
            _ => first + i,
        };
        let random = |index: u32, below: u32| {
            ((dice.uniform(Purpose::Balance, index) * f64::from(below)) as u32).min(below - 1)
        };
        match balance {
            _ if choices == 1 => nth(0),
            Balance::Random => nth(random(0, choices)),
            Balance::RoundRobin => {
                let pointer = self.pointer.replace(self.pointer.get().wrapping_add(1));
                nth(pointer % choices)
            }
            Balance::LeastOutstanding => {
                let outstanding = self.outstanding.borrow();
                let load = |i: &u32| outstanding[nth(*i) as usize];
                let least = (0..choices).map(|i| load(&i)).min().unwrap_or(0);
                let best = || (0..choices).filter(|i| load(i) == least);
                let ties = best().count() as u32;
                nth(best().nth(random(0, ties) as usize).unwrap_or(0))
            }
            Balance::PowerOfTwo => {
                let one = random(0, choices);
                let other = random(1, choices - 1);
                let other = other + u32::from(one <= other);
                let outstanding = self.outstanding.borrow();
                let (one, other) = (nth(one), nth(other));
                let is_better = outstanding[other as usize] < outstanding[one as usize];
                if is_better { other } else { one }
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

    #[test]
    fn a_budget_allows_its_burst_and_then_its_ratio() {
        let budget = Budget {
            per_call: 100_000,
            burst: 5 * TOKEN,
        };
        let state = PolicyState::default();
        assert_eq!((0..10).filter(|_| state.withdraw(&budget)).count(), 5);
        let allowed = (0..1_000).filter(|_| {
            state.deposit(&budget);
            state.withdraw(&budget)
        });
        assert_eq!(allowed.count(), 100);
    }

    #[test]
    fn picking_avoids_one_instance_and_uses_all_others() {
        for balance in [
            Balance::Random,
            Balance::RoundRobin,
            Balance::LeastOutstanding,
            Balance::PowerOfTwo,
        ] {
            let state = PolicyState::new(5);
            let mut seen = [0; 5];
            for n in 0..500 {
                let dice = DICE.call(n, 1);
                seen[state.pick(balance, 1, 4, Some(2), dice) as usize] += 1;
            }
            assert_eq!((seen[0], seen[2]), (0, 0), "{balance:?}");
            assert!(
                seen[1].min(seen[3]).min(seen[4]) > 100,
                "{balance:?}: {seen:?}"
            );
        }
    }

    #[test]
    fn the_least_loaded_instance_is_picked() {
        let state = PolicyState::new(3);
        state.begin(0);
        state.begin(2);
        let pick = |n| state.pick(Balance::LeastOutstanding, 0, 3, None, DICE.call(n, 0));
        assert!((0..50).all(|n| pick(n) == 1));
    }
}
