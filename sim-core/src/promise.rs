//! Promises: an answer that somebody waits for, and the record of the question.

use crate::{Process, Sim};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The sending end of a promise: a plain number that fits in a command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Promise {
    index: u32,
    generation: u32,
}

impl Promise {
    /// No promise.
    pub const NONE: Promise = Promise {
        index: u32::MAX,
        generation: 0,
    };
}

/// A value that arrives at a promise.
pub trait Reply: Copy {
    /// Whether it counts towards the answers that are needed.
    fn is_success(&self) -> bool;
}

/// The waiting end of a promise. Dropping it means that nobody waits any more.
pub struct Answer<'s, C: Copy, R: Reply, T> {
    sim: &'s Sim<C, R, T>,
    promise: Promise,
}

/// All promises of a run.
///
/// A slot is held by its waiting end and by every answer that may still come, and free when
/// neither is left; so the record outlives a caller that stopped waiting for as long as somebody
/// works on its question.
pub(crate) struct Promises<R, T> {
    slots: Vec<Slot<R, T>>,
    free: Vec<u32>,
}

struct Slot<R, T> {
    generation: u32,
    is_awaited: bool,
    /// Answers that may still come.
    open: u32,
    /// Successful answers that are still needed.
    need: u32,
    owner: Process,
    server: Process,
    value: Option<R>,
    record: T,
}

impl<R, T> Default for Promises<R, T> {
    fn default() -> Self {
        Promises {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<R: Reply, T> Promises<R, T> {
    fn open(&mut self, owner: Process, need: u32, of: u32, record: T) -> Promise {
        let index = match self.free.pop() {
            Some(index) => {
                let slot = &mut self.slots[index as usize];
                (slot.is_awaited, slot.open, slot.need, slot.owner) = (true, of, need, owner);
                (slot.server, slot.value, slot.record) = (Process::NONE, None, record);
                index
            }
            None => {
                self.slots.push(Slot {
                    generation: 0,
                    is_awaited: true,
                    open: of,
                    need,
                    owner,
                    server: Process::NONE,
                    value: None,
                    record,
                });
                self.slots.len() as u32 - 1
            }
        };
        Promise {
            index,
            generation: self.slots[index as usize].generation,
        }
    }

    #[inline]
    fn get(&mut self, promise: Promise) -> Option<&mut Slot<R, T>> {
        let slot = self.slots.get_mut(promise.index as usize)?;
        (slot.generation == promise.generation).then_some(slot)
    }

    /// One answer has come, and names whom to wake: when enough have succeeded, or when too many
    /// have failed for that.
    pub(crate) fn arrive(&mut self, promise: Promise, value: R) -> Option<Process> {
        let slot = self.get(promise)?;
        slot.open -= 1;
        if slot.is_awaited && slot.value.is_none() {
            if value.is_success() {
                slot.need -= 1;
            }
            if slot.need == 0 || slot.open < slot.need {
                slot.value = Some(value);
                return Some(slot.owner);
            }
        }
        self.free_if_unheld(promise);
        None
    }

    /// One answer will never come.
    pub(crate) fn forsake(&mut self, promise: Promise) {
        if let Some(slot) = self.get(promise) {
            slot.open -= 1;
            self.free_if_unheld(promise);
        }
    }

    fn leave(&mut self, promise: Promise) {
        if let Some(slot) = self.get(promise) {
            slot.is_awaited = false;
            self.free_if_unheld(promise);
        }
    }

    fn free_if_unheld(&mut self, promise: Promise) {
        let slot = &mut self.slots[promise.index as usize];
        if !slot.is_awaited && slot.open == 0 {
            slot.generation = slot.generation.wrapping_add(1);
            self.free.push(promise.index);
        }
    }

    pub(crate) fn owner(&mut self, promise: Promise) -> Option<Process> {
        self.get(promise)
            .filter(|slot| slot.is_awaited)
            .map(|slot| slot.owner)
    }

    /// Promises that are held.
    pub(crate) fn held(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<Slot<R, T>>() + self.free.len() * 4
    }
}

impl<C: Copy, R: Reply, T> Sim<C, R, T> {
    /// Opens a promise of one answer for the running process. Somebody must let a value arrive
    /// ([`Sim::answer_after`]) or forsake the promise ([`Sim::forsake`]), once.
    #[inline]
    pub fn promise(&self, record: T) -> Answer<'_, C, R, T> {
        self.promise_of(1, 1, record)
    }

    /// Opens a promise that is kept by `need` successes of `of` answers, and broken as soon as too
    /// many have failed for that.
    pub fn promise_of(&self, need: u32, of: u32, record: T) -> Answer<'_, C, R, T> {
        let promise = self
            .promises
            .borrow_mut()
            .open(self.running(), need.min(of), of, record);
        Answer { sim: self, promise }
    }

    /// Lets `value` arrive after `delay`.
    #[inline]
    pub fn answer_after(&self, delay: crate::Span, promise: Promise, value: R) {
        self.schedule_arrival(delay, promise, value);
    }

    /// Says that one of the promise's answers will never come.
    pub fn forsake(&self, promise: Promise) {
        self.promises.borrow_mut().forsake(promise);
    }

    /// Whether somebody still waits for the promise.
    #[inline]
    pub fn is_awaited(&self, promise: Promise) -> bool {
        self.promises
            .borrow_mut()
            .get(promise)
            .is_some_and(|slot| slot.is_awaited)
    }

    /// Looks at the record of a question; nothing when the promise is gone.
    #[inline]
    pub fn with_record<X>(&self, promise: Promise, look: impl FnOnce(&mut T) -> X) -> Option<X> {
        self.promises
            .borrow_mut()
            .get(promise)
            .map(|slot| look(&mut slot.record))
    }

    /// Looks at the record of a question, and says whether somebody still waits for the promise;
    /// nothing when it is gone.
    #[inline]
    pub fn look<X>(&self, promise: Promise, look: impl FnOnce(&T, bool) -> X) -> Option<X> {
        self.promises
            .borrow_mut()
            .get(promise)
            .map(|slot| look(&slot.record, slot.is_awaited))
    }

    /// Notes that the running process serves the promise, and looks at the record of its question;
    /// nothing when the promise is gone.
    #[inline]
    pub fn serve<X>(&self, promise: Promise, look: impl FnOnce(&mut T) -> X) -> Option<X> {
        let mut promises = self.promises.borrow_mut();
        let slot = promises.get(promise)?;
        slot.server = self.running();
        Some(look(&mut slot.record))
    }

    /// Successes that the promise still needs; nothing when it is gone.
    pub fn needed(&self, promise: Promise) -> Option<u32> {
        self.promises
            .borrow_mut()
            .get(promise)
            .map(|slot| slot.need)
    }

    /// Who serves the promise: [`Process::NONE`] when nobody has begun, nothing when it is gone.
    pub fn server(&self, promise: Promise) -> Option<Process> {
        self.promises
            .borrow_mut()
            .get(promise)
            .map(|slot| slot.server)
    }

    /// Promises that are held by a waiter or by an answer that may still come.
    pub fn promises_held(&self) -> usize {
        self.promises.borrow().held()
    }
}

impl<C: Copy, R: Reply, T> Answer<'_, C, R, T> {
    /// The sending end.
    pub fn promise(&self) -> Promise {
        self.promise
    }
}

impl<C: Copy, R: Reply, T> Future for Answer<'_, C, R, T> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<R> {
        let mut promises = self.sim.promises.borrow_mut();
        match promises.get(self.promise).and_then(|slot| slot.value) {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        }
    }
}

impl<C: Copy, R: Reply, T> Drop for Answer<'_, C, R, T> {
    #[inline]
    fn drop(&mut self) {
        self.sim.promises.borrow_mut().leave(self.promise);
    }
}
