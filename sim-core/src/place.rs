//! Places: where processes run, how fast, and whether they stand still.

use crate::agenda::Event;
use crate::sharing::Shared;
use crate::timers::Ticket;
use crate::{Process, Reply, Sim, Span, Time, Wait};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The name of a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PlaceId(pub u32);

impl PlaceId {
    /// No place: what runs there is never slow and never stands still.
    pub const NOWHERE: PlaceId = PlaceId(u32::MAX);
}

/// A place where processes run. Work is counted in *served time*, which runs with the clock at
/// speed 1, half as fast at speed 0.5, and stands still during a pause.
pub(crate) struct Place<E> {
    pub(crate) speed: f64,
    pauses: u32,
    epoch: u32,
    served: u64,
    served_at: Time,
    held: Vec<E>,
    /// Its jobs, where they share it.
    pub(crate) shared: Option<Box<Shared>>,
}

impl<E> Default for Place<E> {
    fn default() -> Self {
        Place {
            speed: 1.0,
            pauses: 0,
            epoch: 0,
            served: 0,
            served_at: Time::ZERO,
            held: Vec::new(),
            shared: None,
        }
    }
}

impl<E> Place<E> {
    fn is_paused(&self) -> bool {
        0 < self.pauses
    }

    fn served_by(&self, now: Time) -> u64 {
        if self.is_paused() {
            return self.served;
        }
        let passed = now.since(self.served_at);
        let served = if self.is_at_full_speed() {
            passed
        } else {
            scaled(passed, self.speed)
        };
        self.served.saturating_add(served.0)
    }

    fn is_at_full_speed(&self) -> bool {
        self.speed.to_bits() == 1.0_f64.to_bits()
    }

    /// How long until `target` of served time is reached; nothing while the place stands still.
    pub(crate) fn until(&self, target: u64, now: Time) -> Option<Span> {
        let left = Span(target.saturating_sub(self.served_by(now)));
        match () {
            () if self.is_paused() => None,
            () if self.is_at_full_speed() => Some(left),
            () => Some(Span((left.0 as f64 / self.speed).ceil() as u64)),
        }
    }

    pub(crate) fn settle(&mut self, now: Time) {
        self.served = self.served_by(now);
        self.served_at = now;
        self.epoch += 1;
    }
}

fn scaled(span: Span, factor: f64) -> Span {
    Span::nanos(span.0 as f64 * factor)
}

impl<C: Copy, R: Reply, T> Sim<C, R, T> {
    /// Adds places until there are `count`.
    pub fn add_places(&self, count: usize) {
        self.places.borrow_mut().resize_with(count, Place::default);
    }

    /// Sets the speed of a place: 1 is normal, 0.1 takes ten times as long. Work that is under way
    /// goes on at the new speed.
    pub fn set_speed(&self, place: PlaceId, speed: f64) {
        let now = self.now();
        let speed = speed.max(1e-9);
        if self.change_shared(place, |shared| shared.set_own_speed(speed)) {
            return;
        }
        {
            let place = &mut self.places.borrow_mut()[place.0 as usize];
            if speed.to_bits() == place.speed.to_bits() {
                return; // Work would be rounded anew.
            }
            place.settle(now);
            place.speed = speed;
        }
        self.wake_all(place);
    }

    /// Lets a place stand still: its work stops, and what would happen there waits.
    pub fn pause(&self, place: PlaceId) {
        let place = &mut self.places.borrow_mut()[place.0 as usize];
        place.settle(self.now());
        place.pauses += 1;
        self.pauses.set(self.pauses.get() + 1);
    }

    /// Ends one [`Sim::pause`]; after the last, what has waited happens now, in order.
    pub fn resume(&self, place: PlaceId) {
        let held = {
            let place = &mut self.places.borrow_mut()[place.0 as usize];
            place.settle(self.now());
            place.pauses -= 1;
            self.pauses.set(self.pauses.get() - 1);
            if place.is_paused() {
                Vec::new()
            } else {
                std::mem::take(&mut place.held)
            }
        };
        for event in held {
            self.schedule(Span::ZERO, event);
        }
        self.wake_all(place);
    }

    /// Ends every process at a place, in the order of their slots, and forgets what waits there.
    /// Commands among it are given to `discard`.
    pub fn clear_place(&self, place: PlaceId, discard: impl Fn(C)) {
        let held = std::mem::take(&mut self.places.borrow_mut()[place.0 as usize].held);
        for event in held {
            match event {
                Event::Start(command) => discard(command),
                Event::Arrive(promise, _) => self.forsake(promise),
                Event::Wake(_) | Event::Timer(_) | Event::Deadline(_) | Event::End(_) => {}
            }
        }
        for process in self.processes.borrow().at(place) {
            self.end(process);
        }
    }

    /// Works for `span` of served time at `place`; at speed 1 and without pauses that is a sleep.
    #[inline]
    pub fn work(&self, place: PlaceId, span: Span) -> Work<'_, C, R, T> {
        let now = self.now();
        let target = match self.places.borrow().get(place.0 as usize) {
            Some(place) => place.served_by(now).saturating_add(span.0),
            None => now.0.saturating_add(span.0),
        };
        Work {
            sim: self,
            place,
            target,
            began: now,
            progress: Progress::New,
        }
    }

    fn wake_all(&self, place: PlaceId) {
        for process in self.processes.borrow().at(place) {
            self.wake(process);
        }
    }

    /// Puts an event aside when it would happen at a place that stands still.
    pub(crate) fn hold(&self, place: PlaceId, event: Event<C, R>) -> bool {
        let mut places = self.places.borrow_mut();
        match places.get_mut(place.0 as usize) {
            Some(place) if place.is_paused() => {
                place.held.push(event);
                true
            }
            _ => false,
        }
    }
}

/// Work under way. Dropping it stops the work.
pub struct Work<'s, C: Copy, R: Reply, T> {
    sim: &'s Sim<C, R, T>,
    place: PlaceId,
    target: u64,
    began: Time,
    progress: Progress,
}

/// What brings a process back when its work is done.
#[derive(Clone, Copy)]
enum Progress {
    /// Nothing yet.
    New,
    /// A timer of its own, and the epoch of the place for which it was armed.
    Alarm(Ticket, u32),
    /// The timer of the place, which it shares with others; its number there.
    Shared(u64),
}

impl<C: Copy, R: Reply, T> Future for Work<'_, C, R, T> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let sim = self.sim;
        let (left, epoch, is_shared) = match sim.places.borrow().get(self.place.0 as usize) {
            Some(place) => (
                place.until(self.target, sim.now()),
                place.epoch,
                place.shared.is_some(),
            ),
            None => (
                Some(Span(self.target.saturating_sub(sim.now().0))),
                0,
                false,
            ),
        };
        if left == Some(Span::ZERO) {
            if self.began == sim.now() && sim.is_running_away() {
                return Poll::Pending;
            }
            match self.progress {
                // It has rung, or is about to: a stale wake at most.
                Progress::Alarm(_, armed) if armed == epoch => self.progress = Progress::New,
                _ => self.stop(),
            }
            sim.waited(Wait::Work, self.began);
            return Poll::Ready(());
        }
        match self.progress {
            Progress::New if is_shared => {
                self.progress = Progress::Shared(sim.join(self.place, self.target));
            }
            // Its turn has come a rounding too early, or somebody has woken it.
            Progress::Shared(_) => {
                sim.change_shared(self.place, |_| ());
            }
            Progress::Alarm(ticket, armed) if armed == epoch && sim.is_armed(ticket) => {}
            Progress::New | Progress::Alarm(..) => {
                self.stop();
                if let Some(left) = left {
                    self.progress = Progress::Alarm(sim.arm(sim.now() + left), epoch);
                }
            }
        }
        Poll::Pending
    }
}

impl<C: Copy, R: Reply, T> Work<'_, C, R, T> {
    #[inline(always)]
    fn stop(&mut self) {
        match self.progress {
            Progress::New => return,
            Progress::Alarm(ticket, _) => self.sim.disarm(ticket),
            Progress::Shared(number) => self.sim.part(self.place, (self.target, number)),
        }
        self.progress = Progress::New;
    }
}

impl<C: Copy, R: Reply, T> Drop for Work<'_, C, R, T> {
    #[inline]
    fn drop(&mut self) {
        self.stop();
    }
}

impl<C: Copy, R: Reply, T> Sim<C, R, T> {
    /// Where a process runs; [`PlaceId::NOWHERE`] when it has ended.
    pub(crate) fn place_of(&self, process: Process) -> PlaceId {
        self.processes
            .borrow_mut()
            .get(process)
            .map_or(PlaceId::NOWHERE, |slot| slot.place)
    }
}
