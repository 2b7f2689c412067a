//! Permits: a bounded number of places for work, and a queue in front of them.

mod lanes;

pub use lanes::{Order, Position};

use crate::{Reply, Sim, Time, Wait};
use lanes::{Entry, Lanes, Waiter};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context, Poll};

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
    clearings: Cell<u32>,
    lanes: RefCell<Lanes<C>>,
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
            clearings: Cell::new(0),
            lanes: RefCell::default(),
        }
    }

    /// The number of places.
    pub fn size(&self) -> u32 {
        self.size.get()
    }

    /// How many may wait.
    pub fn capacity(&self) -> u32 {
        self.capacity.get()
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

    /// Takes a place for `command`, or lets it wait among its `class`: a priority, or whose turn it
    /// is, for the orders that tell classes apart. A command that gets its place later comes
    /// again, through [`Sim::start_at_once`], as `granted` makes it. A place that a command was
    /// given is given back by [`Permits::held`].
    #[inline]
    pub fn enter<R: Reply, T>(&self, sim: &Sim<C, R, T>, granted: C, class: u16) -> Entrance {
        if self.has_free_place() {
            self.taken.set(self.taken.get() + 1);
            return Entrance::Granted;
        }
        if self.capacity.get() <= self.waiting.get() {
            return Entrance::Full;
        }
        Entrance::Queued(self.push(sim, Waiter::Command(granted), class))
    }

    /// Waits for a place, first come first served among equals.
    pub fn acquire<'s, R: Reply, T>(
        &'s self,
        sim: &'s Sim<C, R, T>,
        class: u16,
    ) -> Acquire<'s, C, R, T> {
        Acquire {
            permits: self,
            sim,
            class,
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
        let left = self.waiting.get().saturating_sub(1);
        let Some(gone) = self.lanes.borrow_mut().abandon(position, left) else {
            return false;
        };
        self.waiting.set(left);
        self.count_queued(sim, -(gone as isize));
        true
    }

    /// Sets the weights of [`Order::Fair`], by class; a class without one has 1.
    pub fn weigh(&self, weights: &[f64]) {
        self.lanes.borrow_mut().weigh(weights);
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
        self.clearings.set(self.clearings.get().wrapping_add(1));
        self.taken.set(0);
        self.waiting.set(0);
        let mut commands = Vec::new();
        for entry in self.lanes.borrow_mut().drain() {
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
        self.lanes.borrow().oldest()
    }

    /// Who goes first.
    pub fn order(&self) -> Order {
        self.order.get()
    }

    #[inline(never)]
    fn push<R: Reply, T>(&self, sim: &Sim<C, R, T>, waiter: Waiter<C>, class: u16) -> Position {
        let class = match self.order.get() {
            Order::Priority | Order::Fair => class,
            Order::Fifo | Order::Lifo | Order::AdaptiveLifo { .. } => 0,
        };
        let position = self.lanes.borrow_mut().push(waiter, class, sim.now());
        self.waiting.set(self.waiting.get() + 1);
        self.count_queued(sim, 1);
        position
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
        let (order, waiting) = (self.order.get(), self.waiting.get());
        let (next, gone) = self.lanes.borrow_mut().take_next(order, waiting, sim.now());
        self.count_queued(sim, -(gone as isize));
        next
    }

    fn is_queued(&self, position: Position) -> bool {
        self.lanes.borrow().has(position)
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
    class: u16,
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
                let position = permits.push(sim, Waiter::Process(sim.running()), self.class);
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
