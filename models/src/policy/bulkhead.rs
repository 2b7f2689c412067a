//! A bulkhead: a limit on the attempts that a calling instance has under way at once.

use super::{At, Attempt, Ending, Gate};
use crate::{Command, Count, Outcome, Question};
use sim_core::{Dice, Process, Sim, Span};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A limit on the attempts of one calling instance that are under way at once (Nygard, 2007, "Release
/// It!", "Bulkheads").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bulkhead {
    /// How many.
    pub concurrent: u32,
    /// How long an attempt waits for room, first come first served.
    pub max_wait: Span,
}

/// The attempts under way that a bulkhead has let through, and the processes that wait for room.
#[derive(Default)]
pub(crate) struct Places {
    taken: Cell<u32>,
    /// How many may be, by the policy of the moment.
    concurrent: Cell<u32>,
    line: RefCell<VecDeque<Process>>,
}

impl Places {
    /// Waits for room behind those who came before. It is the caller's for this moment: an attempt
    /// that is made at once takes it.
    pub(crate) fn room<'s>(
        &'s self,
        policy: &Bulkhead,
        sim: &'s Sim<Command, Outcome, Question>,
    ) -> Room<'s> {
        self.limit(policy.concurrent, sim);
        Room {
            places: self,
            sim,
            waiting: None,
        }
    }

    /// So many may be under way from now on.
    fn limit(&self, concurrent: u32, sim: &Sim<Command, Outcome, Question>) {
        if self.concurrent.replace(concurrent) < concurrent {
            self.wake(sim);
        }
    }

    /// Lets the first in line look again; who finds room wakes the next.
    fn wake(&self, sim: &Sim<Command, Outcome, Question>) {
        if let Some(&first) = self.line.borrow().front() {
            sim.wake(first);
        }
    }
}

impl Gate for Places {
    type Policy = Bulkhead;

    const REJECTED: Count = Count::BulkheadRejected;

    fn set(&self, policy: Option<&Bulkhead>, at: &At<'_>) {
        let concurrent = policy.map_or(u32::MAX, |policy| policy.concurrent);
        self.limit(concurrent, at.sim);
    }

    fn admits(&self, policy: &Bulkhead, _: &Attempt, _: Dice) -> bool {
        self.taken.get() < policy.concurrent
    }

    fn begins(&self, _: &Bulkhead, _: &Attempt) {
        self.taken.set(self.taken.get() + 1);
    }

    fn ends(&self, _: &Bulkhead, _: &Attempt, _: Ending, at: &At<'_>) {
        self.taken.set(self.taken.get() - 1);
        self.wake(at.sim);
    }

    #[cfg(test)]
    fn held(&self) -> u32 {
        self.taken.get() + self.line.borrow().len() as u32
    }
}

/// A wait for room. Dropping it leaves the line.
pub(crate) struct Room<'s> {
    places: &'s Places,
    sim: &'s Sim<Command, Outcome, Question>,
    /// Who stands in line, once somebody does.
    waiting: Option<Process>,
}

impl Room<'_> {
    /// Leaves the line; who is first then may find room too.
    fn leave(&mut self) {
        if let Some(me) = self.waiting.take() {
            self.places.line.borrow_mut().retain(|&one| one != me);
            self.places.wake(self.sim);
        }
    }
}

impl Future for Room<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let me = self.sim.running();
        let first = self.places.line.borrow().front().copied();
        let is_next = first.is_none_or(|first| first == me);
        if is_next && self.places.taken.get() < self.places.concurrent.get() {
            self.leave();
            return Poll::Ready(());
        }
        if self.waiting.is_none() {
            self.waiting = Some(me);
            self.places.line.borrow_mut().push_back(me);
        }
        Poll::Pending
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Meters;
    use sim_core::Time;
    use sim_core::measure::Calibration;
    use std::task::Waker;

    #[test]
    fn who_waits_finds_room_by_the_limit_of_the_moment() {
        let (places, sim, meters) = (Places::default(), Sim::default(), Meters::default());
        let policy = |concurrent| Bulkhead {
            concurrent,
            max_wait: Span(1_000),
        };
        let at = At {
            now: Time::ZERO,
            sim: &sim,
            calibration: &Calibration {
                from: Time::ZERO,
                until: Time(1_000),
                window: Span(100),
            },
            meters: &meters,
        };
        let one = Attempt {
            instance: 0,
            began: Time::ZERO,
        };
        let mut room = places.room(&policy(1), &sim);
        let mut is_found = |policy: Option<Bulkhead>| {
            places.set(policy.as_ref(), &at);
            let mut context = Context::from_waker(Waker::noop());
            Pin::new(&mut room).poll(&mut context).is_ready()
        };
        places.begins(&policy(1), &one);
        assert!(!is_found(Some(policy(1))));
        assert!(is_found(Some(policy(2))));
        places.begins(&policy(2), &one);
        assert!(!is_found(Some(policy(1))));
        assert!(is_found(None));
        assert_eq!(places.held(), 2);
    }
}
