//! A circuit breaker: stops asking a target whose recent attempts have failed, or were slow, too often.

use super::rolling::{Rolling, Window};
use super::{At, Attempt, Ending, Gate};
use crate::{Count, Failure, Level};
use sim_core::{Dice, Span, Time};
use std::cell::RefCell;

/// A circuit breaker (Nygard, 2007, "Release It!") with the rules of resilience4j: closed, it watches a
/// window of attempts; open, it rejects all; half-open, it lets so many probes through and judges those.
#[derive(Clone, PartialEq, Debug)]
pub struct CircuitBreaker {
    /// Whether there is one for each instance that is asked; else there is one for all.
    pub per_instance: bool,
    /// What it looks at while it is closed.
    pub window: Window,
    /// With fewer attempts in the window it does not judge.
    pub minimum_calls: u32,
    /// It opens when this share of them has failed.
    pub failure_rate: f64,
    /// An attempt that took longer is slow, and it opens when this share of them was.
    pub slow: Option<(Span, f64)>,
    /// How long it stays open.
    pub open_for: Span,
    /// How many probes it lets through then; it judges when so many have ended, or `minimum_calls` if that is less.
    pub probes: u32,
    /// What it counts as a failure.
    pub failures: Vec<Failure>,
}

/// The breakers of one calling instance: one for each instance that is asked, or one for all.
#[derive(Default)]
pub(crate) struct Breakers(RefCell<Vec<Breaker>>);

#[derive(Default)]
struct Breaker {
    state: State,
    /// Since when; attempts that began before tell nothing about it.
    since: Time,
    /// Attempts, failures and slow ones.
    recent: Rolling<3>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Closed,
    Open,
    HalfOpen {
        /// Probes let through, and how many of them are under way.
        probes: u32,
        under_way: u32,
    },
}

impl Breaker {
    fn admits(&self, policy: &CircuitBreaker, now: Time) -> bool {
        match self.state {
            State::Closed => true,
            State::Open => self.since + policy.open_for <= now,
            // One more when all have ended without a verdict: that was to come after more probes than this
            // policy has.
            State::HalfOpen { probes, under_way } => probes < policy.probes || under_way == 0,
        }
    }

    fn turn(&mut self, state: State, now: Time) {
        (self.state, self.since) = (state, now);
        self.recent.clear();
    }

    fn begins(&mut self, now: Time) {
        match &mut self.state {
            State::Closed => {}
            State::Open => {
                let (probes, under_way) = (1, 1);
                self.turn(State::HalfOpen { probes, under_way }, now);
            }
            State::HalfOpen { probes, under_way } => {
                *probes += 1;
                *under_way += 1;
            }
        }
    }

    fn ends(&mut self, policy: &CircuitBreaker, attempt: &Attempt, ending: Ending, at: &At<'_>) {
        if attempt.began < self.since {
            return;
        }
        if let State::HalfOpen { probes, under_way } = &mut self.state {
            *under_way -= 1;
            *probes -= u32::from(ending == Ending::Left); // It tells nothing: another may take its turn.
        }
        if ending == Ending::Left {
            return;
        }
        let (window, needed) = match self.state {
            State::Open => return,
            State::Closed => (policy.window, policy.minimum_calls),
            State::HalfOpen { .. } => {
                let needed = policy.minimum_calls.min(policy.probes);
                (Window::Calls(policy.probes), needed)
            }
        };
        let is_failure = ending
            .failure()
            .is_some_and(|failure| policy.failures.contains(&failure));
        let took = at.now.since(attempt.began);
        let is_slow = policy.slow.is_some_and(|(longest, _)| longest < took);
        let outcome = [1, u32::from(is_failure), u32::from(is_slow)];
        self.recent.add(window, at.now, outcome);
        let [calls, failed, slow] = self.recent.sum(window, at.now);
        if calls < needed {
            return;
        }
        let reaches = |part: u32, rate: f64| rate * f64::from(calls) <= f64::from(part);
        let is_bad = reaches(failed, policy.failure_rate)
            || policy.slow.is_some_and(|(_, rate)| reaches(slow, rate));
        match (self.state, is_bad) {
            (State::Closed, true) => {
                at.change(Level::BreakersOpen, 1);
                self.open(at);
            }
            (_, true) => self.open(at),
            (State::HalfOpen { .. }, false) => {
                at.change(Level::BreakersOpen, -1);
                self.turn(State::Closed, at.now);
            }
            _ => {}
        }
    }

    fn open(&mut self, at: &At<'_>) {
        at.count(Count::BreakerOpened);
        self.turn(State::Open, at.now);
    }

    /// It closes without a verdict; what is under way tells nothing any more.
    fn forget(&mut self, at: &At<'_>) {
        if !matches!(self.state, State::Closed) {
            at.change(Level::BreakersOpen, -1);
        }
        self.turn(State::Closed, at.now + Span(1));
    }
}

impl Breakers {
    /// Uses the breaker in front of an instance.
    fn with<X>(
        &self,
        policy: &CircuitBreaker,
        instance: u32,
        with: impl FnOnce(&mut Breaker) -> X,
    ) -> X {
        let index = if policy.per_instance { instance } else { 0 } as usize;
        let mut breakers = self.0.borrow_mut();
        if breakers.len() <= index {
            breakers.resize_with(index + 1, Breaker::default);
        }
        with(&mut breakers[index])
    }
}

impl Gate for Breakers {
    type Policy = CircuitBreaker;

    const REJECTED: Count = Count::BreakerRejected;

    fn set(&self, policy: Option<&CircuitBreaker>, at: &At<'_>) {
        let used = match policy {
            None => 0,
            Some(policy) if policy.per_instance => usize::MAX,
            Some(_) => 1,
        };
        for breaker in self.0.borrow_mut().iter_mut().skip(used) {
            breaker.forget(at);
        }
    }

    fn bars(&self, policy: &CircuitBreaker, instance: u32, now: Time) -> bool {
        self.with(policy, instance, |breaker| !breaker.admits(policy, now))
    }

    fn admits(&self, policy: &CircuitBreaker, attempt: &Attempt, _: Dice) -> bool {
        !self.bars(policy, attempt.instance, attempt.began)
    }

    fn begins(&self, policy: &CircuitBreaker, attempt: &Attempt) {
        self.with(policy, attempt.instance, |breaker| {
            breaker.begins(attempt.began);
        });
    }

    fn ends(&self, policy: &CircuitBreaker, attempt: &Attempt, ending: Ending, at: &At<'_>) {
        self.with(policy, attempt.instance, |breaker| {
            breaker.ends(policy, attempt, ending, at);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Meters;
    use sim_core::measure::Calibration;

    const DICE: Dice = Dice::visit(1, 1, 1, 1);
    const FAILED: Ending = Ending::Failed(Failure::Unavailable);

    fn policy() -> CircuitBreaker {
        CircuitBreaker {
            per_instance: false,
            window: Window::Calls(10),
            minimum_calls: 4,
            failure_rate: 0.5,
            slow: Some((Span(100), 0.75)),
            open_for: Span(1_000),
            probes: 2,
            failures: vec![Failure::Unavailable, Failure::TimedOut],
        }
    }

    /// Tells the breakers of an attempt to ask an instance; false when they reject it.
    fn attempt(
        breakers: &Breakers,
        policy: &CircuitBreaker,
        instance: u32,
        times: (u64, u64),
        ending: Ending,
    ) -> bool {
        let (began, now) = (Time(times.0), Time(times.1));
        let attempt = Attempt { instance, began };
        let is_admitted = breakers.admits(policy, &attempt, DICE);
        if is_admitted {
            breakers.begins(policy, &attempt);
            end(breakers, policy, &attempt, now, ending);
        }
        is_admitted
    }

    fn end(
        breakers: &Breakers,
        policy: &CircuitBreaker,
        attempt: &Attempt,
        now: Time,
        how: Ending,
    ) {
        at(now, &Meters::default(), |at| {
            breakers.ends(policy, attempt, how, at);
        });
    }

    fn at(now: Time, meters: &Meters, tell: impl FnOnce(&At<'_>)) {
        let calibration = Calibration {
            from: Time::ZERO,
            until: Time(1_000_000),
            window: Span(1_000),
        };
        tell(&At {
            now,
            sim: &sim_core::Sim::default(),
            calibration: &calibration,
            meters,
        });
    }

    #[test]
    fn it_opens_at_its_rate_probes_and_closes() {
        let (policy, breakers) = (policy(), Breakers::default());
        let ask = |at, ending| attempt(&breakers, &policy, 0, (at, at + 1), ending);
        for (at, ending) in [(0, FAILED), (1, Ending::Answered), (2, Ending::Answered)] {
            assert!(ask(at, ending));
        }
        assert!(ask(3, FAILED), "two of four: it opens at 4");
        assert!(!ask(1_003, FAILED), "it is open");
        assert!(ask(1_004, Ending::Answered) && ask(1_005, FAILED));
        assert!(!ask(2_005, FAILED), "half of its probes failed: it is open");
        assert!(ask(2_006, Ending::Answered) && ask(2_007, Ending::Answered));
        assert!((3_000..3_003).all(|at| ask(at, FAILED)), "it is closed");
    }

    #[test]
    fn half_open_it_lets_so_many_probes_through_and_another_for_one_that_left() {
        let (policy, breakers) = (policy(), Breakers::default());
        for at in 0..4 {
            attempt(&breakers, &policy, 0, (at, at), FAILED);
        }
        let probe = |instance| Attempt {
            instance,
            began: Time(2_000),
        };
        for instance in 0..2 {
            assert!(breakers.admits(&policy, &probe(instance), DICE));
            breakers.begins(&policy, &probe(instance));
        }
        assert!(!breakers.admits(&policy, &probe(2), DICE));
        end(&breakers, &policy, &probe(0), Time(2_010), Ending::Left);
        assert!(breakers.admits(&policy, &probe(2), DICE));
    }

    #[test]
    fn slow_attempts_open_it_and_those_from_before_count_for_nothing() {
        let (policy, breakers) = (policy(), Breakers::default());
        let before = Attempt {
            instance: 0,
            began: Time(0),
        };
        breakers.begins(&policy, &before);
        for at in 0..4 {
            attempt(&breakers, &policy, 0, (at, at + 101), Ending::Answered);
        }
        assert!(breakers.bars(&policy, 0, Time(1_000)));
        end(&breakers, &policy, &before, Time(1_000), Ending::Answered);
        assert!(breakers.bars(&policy, 0, Time(1_000)));
    }

    #[test]
    fn each_instance_has_one_of_its_own() {
        let breakers = Breakers::default();
        let policy = CircuitBreaker {
            per_instance: true,
            ..policy()
        };
        for at in 0..4 {
            attempt(&breakers, &policy, 1, (at, at), Ending::TimedOut);
        }
        let bars = |instance| breakers.bars(&policy, instance, Time(5));
        assert_eq!([bars(0), bars(1), bars(2)], [false, true, false]);
    }

    #[test]
    fn half_open_it_judges_after_the_minimum_of_calls_if_that_is_less() {
        let breakers = Breakers::default();
        let policy = CircuitBreaker {
            probes: 9,
            ..policy()
        };
        let ask = |at, ending| attempt(&breakers, &policy, 0, (at, at + 1), ending);
        assert!((0..4).all(|at| ask(at, FAILED)) && !ask(5, FAILED));
        assert!((2_000..2_004).all(|at| ask(at, FAILED)));
        assert!(!ask(2_004, FAILED), "it has judged four of nine");
    }

    #[test]
    fn half_open_it_judges_even_if_fewer_probes_are_set_while_more_are_out() {
        let breakers = Breakers::default();
        let many = CircuitBreaker {
            minimum_calls: 10,
            probes: 10,
            ..policy()
        };
        for at in 0..10 {
            attempt(&breakers, &many, 0, (at, at), FAILED);
        }
        let probe = Attempt {
            instance: 0,
            began: Time(2_000),
        };
        for _ in 0..8 {
            assert!(breakers.admits(&many, &probe, DICE));
            breakers.begins(&many, &probe);
        }
        let few = policy();
        let ask = |at| attempt(&breakers, &few, 0, (at, at), Ending::Answered);
        for _ in 0..8 {
            assert!(!ask(2_001));
            end(&breakers, &many, &probe, Time(2_001), Ending::Answered);
        }
        assert!((2_002..2_009).all(ask), "one more closes it");
    }

    #[test]
    fn an_open_one_that_is_removed_is_forgotten() {
        let (policy, breakers, meters) = (policy(), Breakers::default(), Meters::default());
        let one = Attempt {
            instance: 0,
            began: Time(0),
        };
        let level = || meters.levels[Level::BreakersOpen as usize].value();
        for _ in 0..5 {
            breakers.begins(&policy, &one);
        }
        let ends = |at: &At<'_>| breakers.ends(&policy, &one, FAILED, at);
        (0..4).for_each(|_| at(Time(1), &meters, ends));
        assert_eq!((level(), breakers.bars(&policy, 0, Time(2))), (1, true));
        at(Time(2), &meters, |at| breakers.set(Some(&policy), at));
        assert_eq!((level(), breakers.bars(&policy, 0, Time(2))), (1, true));
        at(Time(2), &meters, |at| breakers.set(None, at));
        at(Time(3), &meters, ends);
        assert_eq!((level(), breakers.bars(&policy, 0, Time(3))), (0, false));
    }
}
