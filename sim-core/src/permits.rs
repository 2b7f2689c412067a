//! Permits: a bounded number of places for work, and a queue in front of them.

use crate::{Process, Reply, Sim, Time, Wait};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Who goes first in a queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out.
    Lifo,
    /// The lowest priority number first, then first in, first out.
    Priority,
}

/// A bounded number of places for work, such as workers or connections, and a queue in front.
///
/// Who waits is a command, which starts its process when the place is given, or a process that
/// awaits [`Permits::acquire`]. A place that becomes free is handed over before anything else of
/// that moment. Somebody who leaves the queue does not count from then on.
pub struct Permits<C> {
    size: Cell<u32>,
    capacity: Cell<u32>,
    order: Cell<Order>,
    taken: Cell<u32>,
    waiting: Cell<u32>,
    next_serial: Cell<u64>,
    clearings: Cell<u32>,
    /// In order of their priority numbers.
    lanes: RefCell<Vec<Lane<C>>>,
}

/// A position in a queue: the lane in the upper byte, and one more than the serial number below,
/// so that an optional position needs no more room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position(NonZeroU64);

const LANE_SHIFT: u32 = 56;

impl Position {
    fn new(lane: u8, serial: u64) -> Position {
        let packed = u64::from(lane) << LANE_SHIFT | (serial + 1);
        Position(NonZeroU64::new(packed).expect("the lower part is at least 1"))
    }

    fn lane(self) -> u8 {
        (self.0.get() >> LANE_SHIFT) as u8
    }

    fn serial(self) -> u64 {
        (self.0.get() & ((1 << LANE_SHIFT) - 1)) - 1
    }
}

/// Those who wait with one priority number, in the order in which they came.
struct Lane<C> {
    priority: u8,
    entries: VecDeque<Entry<C>>,
}

impl<C> Lane<C> {
    /// The place of a position in its lane.
    fn find(lanes: &[Lane<C>], position: Position) -> Option<(usize, usize)> {
        let lane = lanes.iter().position(|l| l.priority == position.lane())?;
        let entries = &lanes[lane].entries;
        let entry = entries.binary_search_by_key(&position.serial(), |entry| entry.serial);
        Some((lane, entry.ok()?))
    }
}

struct Entry<C> {
    serial: u64,
    since: Time,
    waiter: Waiter<C>,
}

#[derive(Clone, Copy)]
enum Waiter<C> {
    Command(C),
    Process(Process),
    /// Has left; is skipped.
    Nobody,
}

/// What became of a request for a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entrance {
    /// A place was free and is taken.
    Granted,
    /// It waits.
    Queued(Position),
    /// The queue is full.
    Full,
}

/// Why there will be no place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The queue was full.
    Full,
    /// The queue was cleared: who holds it has crashed.
    Cleared,
}

impl<C: Copy> Permits<C> {
    /// What one who waits weighs.
    pub const ENTRY_BYTES: usize = size_of::<Entry<C>>();

    /// `size` places with at most `capacity` waiting for one.
    pub fn new(size: u32, capacity: u32, order: Order) -> Permits<C> {
        Permits {
            size: Cell::new(size),
            capacity: Cell::new(capacity),
            order: Cell::new(order),
            taken: Cell::new(0),
            waiting: Cell::new(0),
            next_serial: Cell::new(0),
            clearings: Cell::new(0),
            lanes: RefCell::default(),
        }
    }

    /// The number of places.
    pub fn size(&self) -> u32 {
        self.size.get()
    }

    /// How many places are taken.
    pub fn taken(&self) -> u32 {
        self.taken.get()
    }

    /// How many wait.
    pub fn waiting(&self) -> u32 {
        self.waiting.get()
    }

    /// Whether somebody who came now would get a place at once.
    pub fn has_free_place(&self) -> bool {
        self.taken.get() < self.size.get() && self.waiting.get() == 0
    }

    /// Takes a place for `command`, or lets it wait. A command that gets its place later comes
    /// again, through [`Sim::start_at_once`], as `granted` makes it. A place that a command was
    /// given is given back by [`Permits::held`].
    pub fn enter<R: Reply, T>(&self, sim: &Sim<C, R, T>, granted: C, priority: u8) -> Entrance {
        if self.has_free_place() {
            self.taken.set(self.taken.get() + 1);
            return Entrance::Granted;
        }
        if self.capacity.get() <= self.waiting.get() {
            return Entrance::Full;
        }
        Entrance::Queued(self.push(sim, Waiter::Command(granted), priority))
    }

    /// Waits for a place, first come first served among equals.
    pub fn acquire<'s, R: Reply, T>(
        &'s self,
        sim: &'s Sim<C, R, T>,
        priority: u8,
    ) -> Acquire<'s, C, R, T> {
        Acquire {
            permits: self,
            sim,
            priority,
            began: sim.now(),
            state: State::New,
        }
    }

    /// The guard of a place that [`Permits::enter`] has given to the running process.
    pub fn held<'s, R: Reply, T>(&'s self, sim: &'s Sim<C, R, T>) -> Permit<'s, C, R, T> {
        Permit {
            permits: self,
            sim,
            clearings: self.clearings.get(),
        }
    }

    /// Takes a waiting command out of the queue; false when it no longer waits.
    pub fn abandon<R: Reply, T>(&self, sim: &Sim<C, R, T>, position: Position) -> bool {
        let mut lanes = self.lanes.borrow_mut();
        let Some((lane, index)) = Lane::find(&lanes, position) else {
            return false;
        };
        let lane = &mut lanes[lane].entries;
        if matches!(lane[index].waiter, Waiter::Nobody) {
            return false;
        }
        lane[index].waiter = Waiter::Nobody;
        self.waiting.set(self.waiting.get() - 1);
        if (self.waiting.get() as usize + 64) * 2 < lane.len() {
            let before = lane.len();
            lane.retain(|entry| !matches!(entry.waiter, Waiter::Nobody));
            self.count_queued(sim, lane.len() as isize - before as isize);
        }
        true
    }

    /// Changes the number of places, the capacity and the order. Places beyond a smaller number
    /// go as they are given back; who waits and has room now is let in at once.
    pub fn resize<R: Reply, T>(&self, sim: &Sim<C, R, T>, size: u32, capacity: u32, order: Order) {
        self.size.set(size);
        self.capacity.set(capacity);
        self.order.set(order);
        while self.taken.get() < self.size.get() && self.hand_over(sim) {
            self.taken.set(self.taken.get() + 1);
        }
    }

    /// Forgets who holds a place and who waits, and returns the commands that waited. Processes
    /// that waited are refused.
    pub fn clear<R: Reply, T>(&self, sim: &Sim<C, R, T>) -> Vec<C> {
        let lanes = std::mem::take(&mut *self.lanes.borrow_mut());
        self.clearings.set(self.clearings.get().wrapping_add(1));
        self.taken.set(0);
        self.waiting.set(0);
        let mut commands = Vec::new();
        for entry in lanes.into_iter().flat_map(|lane| lane.entries) {
            self.count_queued(sim, -1);
            match entry.waiter {
                Waiter::Command(command) => commands.push(command),
                Waiter::Process(process) => sim.wake(process),
                Waiter::Nobody => {}
            }
        }
        commands
    }

    /// Since when the one who waits longest has waited.
    pub fn oldest(&self) -> Option<Time> {
        let lanes = self.lanes.borrow();
        let waits = |entry: &&Entry<C>| !matches!(entry.waiter, Waiter::Nobody);
        lanes
            .iter()
            .filter_map(|lane| lane.entries.iter().find(waits))
            .map(|e| e.since)
            .min()
    }

    fn push<R: Reply, T>(&self, sim: &Sim<C, R, T>, waiter: Waiter<C>, priority: u8) -> Position {
        let priority = match self.order.get() {
            Order::Priority => priority,
            Order::Fifo | Order::Lifo => 0,
        };
        let serial = self.next_serial.replace(self.next_serial.get() + 1);
        let entry = Entry {
            serial,
            since: sim.now(),
            waiter,
        };
        let mut lanes = self.lanes.borrow_mut();
        let index = lanes.partition_point(|before| before.priority < priority);
        if lanes
            .get(index)
            .is_none_or(|lane| lane.priority != priority)
        {
            let entries = VecDeque::new();
            lanes.insert(index, Lane { priority, entries });
        }
        lanes[index].entries.push_back(entry);
        self.waiting.set(self.waiting.get() + 1);
        self.count_queued(sim, 1);
        Position::new(priority, serial)
    }

    fn count_queued<R: Reply, T>(&self, sim: &Sim<C, R, T>, entries: isize) {
        sim.count_queued(entries * Self::ENTRY_BYTES as isize);
    }

    /// Gives one place back.
    fn leave<R: Reply, T>(&self, sim: &Sim<C, R, T>) {
        if self.size.get() < self.taken.get() || !self.hand_over(sim) {
            self.taken.set(self.taken.get() - 1);
        }
    }

    /// Gives a place to the next who waits; false when nobody does.
    fn hand_over<R: Reply, T>(&self, sim: &Sim<C, R, T>) -> bool {
        if self.waiting.get() == 0 {
            return false;
        }
        match self.take_next(sim) {
            Waiter::Command(command) => sim.start_at_once(command),
            Waiter::Process(process) => sim.wake(process),
            Waiter::Nobody => return false,
        }
        self.waiting.set(self.waiting.get() - 1);
        true
    }

    fn take_next<R: Reply, T>(&self, sim: &Sim<C, R, T>) -> Waiter<C> {
        for lane in self.lanes.borrow_mut().iter_mut() {
            loop {
                let entry = match self.order.get() {
                    Order::Lifo => lane.entries.pop_back(),
                    Order::Fifo | Order::Priority => lane.entries.pop_front(),
                };
                let Some(entry) = entry else { break };
                self.count_queued(sim, -1);
                if !matches!(entry.waiter, Waiter::Nobody) {
                    return entry.waiter;
                }
            }
        }
        Waiter::Nobody
    }

    fn is_queued(&self, position: Position) -> bool {
        Lane::find(&self.lanes.borrow(), position).is_some()
    }
}

/// A place that is held; dropping it gives it to the next who waits.
pub struct Permit<'s, C: Copy, R: Reply, T> {
    permits: &'s Permits<C>,
    sim: &'s Sim<C, R, T>,
    clearings: u32,
}

impl<C: Copy, R: Reply, T> Drop for Permit<'_, C, R, T> {
    fn drop(&mut self) {
        if self.clearings == self.permits.clearings.get() {
            self.permits.leave(self.sim);
        }
    }
}

/// A process waiting for a place. Dropping it leaves the queue.
pub struct Acquire<'s, C: Copy, R: Reply, T> {
    permits: &'s Permits<C>,
    sim: &'s Sim<C, R, T>,
    priority: u8,
    began: Time,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    New,
    Queued(Position, u32),
    Done,
}

impl<'s, C: Copy, R: Reply, T> Future for Acquire<'s, C, R, T> {
    type Output = Result<Permit<'s, C, R, T>, Refusal>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let (permits, sim) = (self.permits, self.sim);
        match self.state {
            State::New if permits.has_free_place() => permits.taken.set(permits.taken.get() + 1),
            State::New if permits.capacity.get() <= permits.waiting.get() => {
                self.state = State::Done;
                return Poll::Ready(Err(Refusal::Full));
            }
            State::New => {
                let position = permits.push(sim, Waiter::Process(sim.running()), self.priority);
                self.state = State::Queued(position, permits.clearings.get());
                return Poll::Pending;
            }
            State::Queued(_, clearings) if clearings != permits.clearings.get() => {
                self.state = State::Done;
                return Poll::Ready(Err(Refusal::Cleared));
            }
            State::Queued(position, _) if permits.is_queued(position) => return Poll::Pending,
            State::Queued(..) | State::Done => {}
        }
        self.state = State::Done;
        sim.waited(Wait::Queue, self.began);
        Poll::Ready(Ok(permits.held(sim)))
    }
}

impl<C: Copy, R: Reply, T> Drop for Acquire<'_, C, R, T> {
    fn drop(&mut self) {
        if let State::Queued(position, clearings) = self.state
            && clearings == self.permits.clearings.get()
            && !self.permits.abandon(self.sim, position)
        {
            self.permits.leave(self.sim); // The place was given and not yet taken up.
        }
    }
}
