//! Tied requests: two copies of a question in two queues, where the one whose work begins first calls off
//! the other (Dean and Barroso, 2013, "The Tail at Scale").
//!
//! The message that a copy has begun takes a network delay, and may be lost. It stops a copy that
//! waits, or that has yet to come; one that has begun goes on.

use crate::network::{Fate, Parcel, TIED};
use crate::system::System;
use crate::{Command, Count, Happening};
use sim_core::{Process, Promise, Time};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The copies under way that know of each other, for as long as their caller waits.
#[derive(Default)]
pub(crate) struct Ties(RefCell<BTreeMap<Promise, Tie>>);

struct Tie {
    /// Who waits for the answer.
    caller: Process,
    other: Promise,
    /// When its work began.
    began: Option<Time>,
    is_off: bool,
}

#[cfg(test)]
impl Ties {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

impl System<'_> {
    /// The running process has sent a question that will be tied to another.
    pub(crate) fn open_tie(&self, promise: Promise) {
        let tie = Tie {
            caller: self.sim.running(),
            other: Promise::NONE,
            began: None,
            is_off: false,
        };
        self.ties.0.borrow_mut().insert(promise, tie);
    }

    /// Nobody waits for the answer any more.
    pub(crate) fn close_tie(&self, promise: Promise) {
        self.ties.0.borrow_mut().remove(&promise);
    }

    /// Ties a second copy to the first, whose server may have begun and said so.
    pub(crate) fn tie(&self, first: Promise, second: Promise) {
        let began = {
            let mut ties = self.ties.0.borrow_mut();
            for (one, other) in [(first, second), (second, first)] {
                if let Some(tie) = ties.get_mut(&one) {
                    tie.other = other;
                }
            }
            ties.get(&first).and_then(|tie| tie.began)
        };
        if let Some(began) = began {
            self.say_that_it_began(first, second, began);
        }
    }

    /// Whether the copy has been called off by the other.
    pub(crate) fn is_called_off(&self, promise: Promise) -> bool {
        let ties = self.ties.0.borrow();
        ties.get(&promise).is_some_and(|tie| tie.is_off)
    }

    /// The work of a copy begins.
    #[cold]
    pub(crate) fn begin_tied(&self, promise: Promise) {
        let now = self.sim.now();
        let (other, is_second) = {
            let mut ties = self.ties.0.borrow_mut();
            let Some(tie) = ties.get_mut(&promise) else {
                return;
            };
            tie.began = Some(now);
            let other = tie.other;
            let is_second = ties.get(&other).is_some_and(|tie| tie.began.is_some());
            (other, is_second)
        };
        if is_second {
            let place = self.sim.with_record(promise, |question| question.to);
            self.count(place.expect("it is being served"), Count::TiedTwice);
        }
        if other != Promise::NONE {
            self.say_that_it_began(promise, other, now);
        }
    }

    /// The server of one copy tells that of the other, from then on.
    fn say_that_it_began(&self, one: Promise, other: Promise, began: Time) {
        let place = |promise| self.sim.look(promise, |question, _| question.to);
        let dice = self.sim.look(one, |question, _| question.context.dice);
        let (Some(from), Some(to), Some(dice)) = (place(one), place(other), dice) else {
            return;
        };
        let classes = (self.class(from), self.class(to));
        match self.network.judge(&self.epoch().links, classes, dice, TIED) {
            Fate::Delivered(delay) => {
                let (now, arrives) = (self.sim.now(), began + delay);
                if now < arrives {
                    self.sim
                        .start_after(arrives.since(now), Command::CallOffTied(other));
                } else {
                    self.call_off_tied(other);
                }
            }
            Fate::Lost => {}
            Fate::Held => self.network.hold(classes, Parcel::CallOffTied(other)),
        }
    }

    /// The server of a copy hears that the other has begun.
    pub(crate) fn call_off_tied(&self, promise: Promise) {
        let mut ties = self.ties.0.borrow_mut();
        let Some(tie) = ties.get_mut(&promise).filter(|tie| tie.began.is_none()) else {
            return;
        };
        let question = self.sim.with_record(promise, |question| *question);
        let question = question.expect("its caller waits for it");
        // One that is on its way is turned away when it comes.
        tie.is_off = match question.position {
            Some(_) => self.leave_queue(promise, &question),
            None => true,
        };
        if tie.is_off && question.position.is_some() {
            self.forsake_tied(promise);
        }
        // With the other copy failed already, nothing is left to wait for.
        self.sim.wake(tie.caller);
    }

    /// A copy is called off before its work has begun.
    #[cold]
    pub(crate) fn forsake_tied(&self, promise: Promise) {
        let asked = self.sim.look(promise, |question, _| {
            (question.to, question.context.request)
        });
        if let Some((place, request)) = asked {
            self.note(place, Happening::Refusal, request, || {
                "drops it: the other copy has begun".into()
            });
        }
        self.sim.forsake(promise);
    }
}
