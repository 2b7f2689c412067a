//! Locks on the keys of a database's primary: who writes a key, and who waits for it.

use crate::question::{Context, Outcome, Value};
use crate::system::System;
use sim_core::{PlaceId, Promise, Span, Wait};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

/// The keys that are locked, each with its holder and those who wait, first come, first served.
#[derive(Default)]
pub(crate) struct Locks {
    keys: RefCell<BTreeMap<u32, Queue>>,
    next: Cell<u64>,
}

struct Queue {
    holder: u64,
    waiting: VecDeque<(u64, Promise)>,
}

/// A lock that is held or waited for. Dropping it gives it to the next, or leaves the queue.
pub(crate) struct Lock<'s> {
    system: &'s System<'s>,
    locks: &'s Locks,
    key: u32,
    ticket: u64,
}

impl System<'_> {
    /// Waits for the lock of a key, for at most `timeout`; nothing when that was not long enough.
    pub(crate) async fn lock<'s>(
        &'s self,
        locks: &'s Locks,
        context: Context,
        place: PlaceId,
        timeout: Span,
    ) -> Option<Lock<'s>> {
        let (key, ticket) = (context.key, locks.next.get());
        locks.next.set(ticket + 1);
        let lock = Lock {
            system: self,
            locks,
            key,
            ticket,
        };
        let began = self.sim.now();
        let turn = {
            let mut keys = locks.keys.borrow_mut();
            let Some(queue) = keys.get_mut(&key) else {
                let (holder, waiting) = (ticket, VecDeque::new());
                keys.insert(key, Queue { holder, waiting });
                return Some(lock);
            };
            let turn = self.sim.promise(self.local_question(context, place));
            queue.waiting.push_back((ticket, turn.promise()));
            turn
        };
        let outcome = self.sim.before(began + timeout, turn).await;
        let waited = self.sim.now().since(began);
        self.sim.with_waits(|waits| waits.add(Wait::Lock, waited));
        outcome.map(|_| lock)
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        let mut keys = self.locks.keys.borrow_mut();
        let Some(queue) = keys.get_mut(&self.key) else {
            return;
        };
        let sim = &self.system.sim;
        if queue.holder != self.ticket {
            let mine = |&(ticket, _): &(u64, Promise)| ticket == self.ticket;
            if let Some((_, turn)) = queue
                .waiting
                .iter()
                .position(mine)
                .and_then(|at| queue.waiting.remove(at))
            {
                sim.forsake(turn);
            }
            return;
        }
        match queue.waiting.pop_front() {
            Some((next, turn)) => {
                queue.holder = next;
                sim.answer_after(Span::ZERO, turn, Outcome::Answered(Value::default()));
            }
            None => {
                keys.remove(&self.key);
            }
        }
    }
}
