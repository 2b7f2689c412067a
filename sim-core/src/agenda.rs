//! The agenda: all that is going to happen, and what is next.

use crate::timers::{Ticket, Timers};
use crate::{Calendar, Process, Promise, Time};
use std::cell::Cell;
use std::collections::VecDeque;

/// Something that happens: plain data.
#[derive(Clone, Copy)]
pub(crate) enum Event<C, R> {
    /// A command comes.
    Start(C),
    /// A process looks again at what it waits for.
    Wake(Process),
    /// A timer rings.
    Timer(Ticket),
    /// A timer rings after everything else of its moment.
    Deadline(Ticket),
    /// A value arrives.
    Arrive(Promise, R),
    /// A process ends.
    End(Process),
}

/// What happens before anything else of its moment.
#[derive(Clone, Copy)]
pub(crate) enum Urgent<C> {
    /// A command comes.
    Start(C),
    /// A process that has a name begins.
    Begin(Process, C),
}

/// All that is going to happen.
pub(crate) struct Agenda<C, R> {
    urgent: VecDeque<Urgent<C>>,
    calendar: Calendar<Event<C, R>>,
    /// Deadlines of this moment.
    late: VecDeque<Ticket>,
    pub(crate) timers: Timers,
}

impl<C: Copy, R: Copy> Default for Agenda<C, R> {
    fn default() -> Self {
        Agenda {
            urgent: VecDeque::new(),
            calendar: Calendar::default(),
            late: VecDeque::new(),
            timers: Timers::default(),
        }
    }
}

impl<C: Copy, R: Copy> Agenda<C, R> {
    #[inline]
    pub(crate) fn push_urgent(&mut self, urgent: Urgent<C>) {
        self.urgent.push_back(urgent);
    }

    #[inline]
    pub(crate) fn push(&mut self, time: Time, event: Event<C, R>) {
        self.calendar.push(time, event);
    }

    /// Arms a timer of `owner` that rings at `time`.
    #[inline]
    pub(crate) fn arm(&mut self, owner: Process, time: Time) -> Ticket {
        let ticket = self.timers.arm(owner);
        self.calendar.push(time, Event::Timer(ticket));
        ticket
    }

    /// Arms a timer of `owner` that rings when everything else of `time` has happened.
    #[inline]
    pub(crate) fn arm_deadline(&mut self, owner: Process, time: Time) -> Ticket {
        let ticket = self.timers.arm(owner);
        self.calendar.push(time, Event::Deadline(ticket));
        ticket
    }

    /// The moment of a deadline has come: it rings after everything else of it.
    pub(crate) fn ring_late(&mut self, ticket: Ticket) {
        if self.timers.is_armed(ticket) {
            self.late.push_back(ticket);
        }
    }

    /// Takes what comes before anything else of this moment.
    #[inline]
    pub(crate) fn pop_urgent(&mut self) -> Option<Urgent<C>> {
        self.urgent.pop_front()
    }

    /// Takes what is next, once nothing is urgent; the clock moves on when this moment is over.
    #[inline]
    pub(crate) fn pop(&mut self, now: &Cell<Time>) -> Option<Event<C, R>> {
        if !self.late.is_empty() {
            return self.pop_late();
        }
        let timers = &self.timers;
        let is_alive = |event: &Event<C, R>| match event {
            Event::Timer(ticket) | Event::Deadline(ticket) => timers.is_armed(*ticket),
            _ => true,
        };
        let (time, event) = self.calendar.pop(is_alive)?;
        now.set(time);
        Some(event)
    }

    /// Takes what is next while a deadline waits for the end of this moment.
    #[inline(never)]
    fn pop_late(&mut self) -> Option<Event<C, R>> {
        let now = self.calendar.pop_now();
        now.or_else(|| self.late.pop_front().map(Event::Timer))
    }

    /// The memory of the agenda, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.calendar.bytes() + self.timers.bytes()
    }
}
