//! The simulation: a clock, a calendar, and the loop that runs processes.
//!
//! A process is an `async fn` that borrows the model. It runs until it waits: for time
//! ([`Sim::sleep`], [`Sim::work`]), for a permit ([`crate::Permits`]), or for an answer
//! ([`Sim::promise`]), each possibly against a deadline ([`Sim::before`]). Commands start
//! processes; they are plain data, so the calendar never holds a box or a closure.
//!
//! **Invariant:** a wake is a hint, never a fact. Every future of this crate checks its own
//! condition again when polled, so a stale or double wake does nothing.

use crate::agenda::{Agenda, Event, Urgent};
use crate::budget::MAX_RESUMPTIONS;
use crate::place::Place;
use crate::process::Processes;
use crate::promise::Promises;
use crate::timers::Ticket;
use crate::{Budget, Launch, PlaceId, Pool, Process, Promise, Reply, Span, Stopped};
use crate::{Time, Wait, Waits};
use std::cell::{Cell, RefCell};

/// One run of a model whose processes start from commands `C`, get replies `R`, and keep a record
/// `T` of every question.
pub struct Sim<C: Copy, R: Reply, T> {
    now: Cell<Time>,
    running: Cell<Process>,
    events: Cell<u64>,
    is_stopped: Cell<bool>,
    pub(crate) agenda: RefCell<Agenda<C, R>>,
    pub(crate) processes: RefCell<Processes>,
    pub(crate) promises: RefCell<Promises<R, T>>,
    pub(crate) places: RefCell<Vec<Place<Event<C, R>>>>,
    /// Pauses of places that have not ended.
    pub(crate) pauses: Cell<u32>,
    queued_bytes: Cell<usize>,
}

/// What a model tells the engine about its commands.
pub trait World<C> {
    /// A command has come; what process it starts now, if any.
    fn arrive(&self, command: C) -> Option<Launch>;
    /// Where a command comes to.
    fn place(&self, command: C) -> PlaceId;
    /// A command will never come, or its process will never begin.
    fn discard(&self, command: C);
}

const EVENTS_BETWEEN_MEMORY_CHECKS: u64 = 1 << 14;

impl<C: Copy, R: Reply, T> Default for Sim<C, R, T> {
    fn default() -> Self {
        Sim {
            now: Cell::default(),
            running: Cell::new(Process::NONE),
            events: Cell::default(),
            is_stopped: Cell::default(),
            agenda: RefCell::default(),
            processes: RefCell::default(),
            promises: RefCell::default(),
            places: RefCell::default(),
            pauses: Cell::default(),
            queued_bytes: Cell::default(),
        }
    }
}

impl<C: Copy, R: Reply, T> Sim<C, R, T> {
    /// The bytes of one event, its time apart.
    pub const EVENT_BYTES: usize = size_of::<Event<C, R>>();

    /// The current time.
    #[inline]
    pub fn now(&self) -> Time {
        self.now.get()
    }

    /// How many events have happened.
    pub fn events(&self) -> u64 {
        self.events.get()
    }

    /// The process that is running.
    #[inline]
    pub fn running(&self) -> Process {
        self.running.get()
    }

    /// Processes that live.
    pub fn processes_live(&self) -> usize {
        self.processes.borrow().live
    }

    /// Lets `command` come after `delay`.
    #[inline]
    pub fn start_after(&self, delay: Span, command: C) {
        self.schedule(delay, Event::Start(command));
    }

    /// Lets `command` come at once, before anything else of this moment.
    pub fn start_at_once(&self, command: C) {
        self.agenda.borrow_mut().push_urgent(Urgent::Start(command));
    }

    /// Starts a process for `command` before anything else of this moment, and names it already.
    pub fn spawn(&self, launch: Launch, command: C) -> Process {
        let process = self.processes.borrow_mut().open(launch);
        let begin = Urgent::Begin(process, command);
        self.agenda.borrow_mut().push_urgent(begin);
        process
    }

    /// Lets `process` look again at what it waits for, at this moment but not before this process
    /// has paused.
    pub fn wake(&self, process: Process) {
        self.schedule(Span::ZERO, Event::Wake(process));
    }

    /// Ends `process` between events, if it still lives: its frame is dropped, and what it holds
    /// is given back.
    pub fn end(&self, process: Process) {
        self.schedule(Span::ZERO, Event::End(process));
    }

    /// Makes [`Sim::run`] return after the running process has paused; another run goes on from there.
    pub fn stop(&self) {
        self.is_stopped.set(true);
    }

    /// What the running process has waited for since it began.
    pub fn waits(&self) -> Waits {
        self.with_waits(|waits| *waits).unwrap_or_default()
    }

    /// Changes what the running process has waited for.
    pub fn with_waits<X>(&self, change: impl FnOnce(&mut Waits) -> X) -> Option<X> {
        self.processes
            .borrow_mut()
            .get(self.running())
            .map(|slot| change(slot.waits()))
    }

    /// Runs until nothing is left to happen, or until [`Sim::stop`]. Frames stay in their `pools`.
    pub fn run(
        &self,
        world: &impl World<C>,
        pools: &mut [Box<dyn Pool<C> + '_>],
        budget: Budget,
    ) -> Result<(), Stopped> {
        while !self.is_stopped.take() {
            // Calls of their own, so that the agenda is free again when something is handled.
            let urgent = self.agenda.borrow_mut().pop_urgent();
            match urgent {
                Some(Urgent::Start(command)) => self.start(world, pools, command),
                Some(Urgent::Begin(process, command)) => {
                    self.begin_named(world, pools, process, command);
                }
                None => {
                    let next = self.agenda.borrow_mut().pop(&self.now);
                    let Some(event) = next else {
                        break;
                    };
                    self.count_event(pools, budget)?;
                    self.handle(world, pools, event)?;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn handle(
        &self,
        world: &impl World<C>,
        pools: &mut [Box<dyn Pool<C> + '_>],
        event: Event<C, R>,
    ) -> Result<(), Stopped> {
        if 0 < self.pauses.get() && self.is_held(event) {
            return Ok(());
        }
        let process = match event {
            Event::Start(command) => {
                self.start(world, pools, command);
                None
            }
            Event::Wake(process) => Some(process),
            Event::Timer(ticket) => self.agenda.borrow_mut().timers.take(ticket),
            Event::Arrive(promise, value) => self.promises.borrow_mut().arrive(promise, value),
            Event::Deadline(ticket) => {
                self.agenda.borrow_mut().ring_late(ticket);
                None
            }
            Event::End(process) => {
                self.end_now(pools, process);
                None
            }
        };
        process.map_or(Ok(()), |process| self.resume_process(pools, process))
    }

    /// Puts an event aside when its process stands still.
    fn is_held(&self, event: Event<C, R>) -> bool {
        let process = match event {
            Event::Start(_) | Event::End(_) => None,
            Event::Wake(process) => Some(process),
            Event::Timer(ticket) | Event::Deadline(ticket) => {
                self.agenda.borrow().timers.owner(ticket)
            }
            Event::Arrive(promise, _) => self.promises.borrow_mut().owner(promise),
        };
        process.is_some_and(|process| self.hold(self.place_of(process), event))
    }

    fn start(&self, world: &impl World<C>, pools: &mut [Box<dyn Pool<C> + '_>], command: C) {
        if 0 < self.pauses.get() && self.hold(world.place(command), Event::Start(command)) {
            return;
        }
        self.running.set(Process::NONE);
        if let Some(launch) = world.arrive(command) {
            let process = self.processes.borrow_mut().open(launch);
            self.begin(pools, launch.pool, process, command);
        }
    }

    /// Begins a process that was spawned, if it was not ended before.
    fn begin_named(
        &self,
        world: &impl World<C>,
        pools: &mut [Box<dyn Pool<C> + '_>],
        process: Process,
        command: C,
    ) {
        let pool = self
            .processes
            .borrow_mut()
            .get(process)
            .map(|slot| slot.pool);
        match pool {
            Some(pool) => self.begin(pools, pool.into(), process, command),
            None => world.discard(command),
        }
    }

    #[inline]
    fn begin(
        &self,
        pools: &mut [Box<dyn Pool<C> + '_>],
        pool: usize,
        process: Process,
        command: C,
    ) {
        self.running.set(process);
        let frame = pools[pool].start(command);
        let mut processes = self.processes.borrow_mut();
        match frame {
            Some(frame) => processes.set_frame(process, frame),
            None => processes.close(process),
        }
    }

    #[inline]
    fn resume_process(
        &self,
        pools: &mut [Box<dyn Pool<C> + '_>],
        process: Process,
    ) -> Result<(), Stopped> {
        let (pool, frame) = {
            let mut processes = self.processes.borrow_mut();
            let Some(slot) = processes.get(process) else {
                return Ok(());
            };
            let Some(frame) = slot.frame() else {
                return Ok(());
            };
            if MAX_RESUMPTIONS < Processes::count_resumption(slot, self.now()) {
                let culprit = pools[usize::from(slot.pool)].name();
                return Err(Stopped::Runaway {
                    culprit,
                    place: slot.place,
                    at: self.now(),
                });
            }
            (usize::from(slot.pool), frame)
        };
        self.running.set(process);
        if pools[pool].resume(frame) {
            self.processes.borrow_mut().close(process);
        }
        Ok(())
    }

    fn end_now(&self, pools: &mut [Box<dyn Pool<C> + '_>], process: Process) {
        let (pool, frame) = {
            let mut processes = self.processes.borrow_mut();
            let Some(slot) = processes.get(process) else {
                return;
            };
            (usize::from(slot.pool), slot.frame())
        };
        self.running.set(process);
        if let Some(frame) = frame {
            pools[pool].end(frame);
        }
        self.processes.borrow_mut().close(process);
    }

    #[inline]
    fn count_event(&self, pools: &[Box<dyn Pool<C> + '_>], budget: Budget) -> Result<(), Stopped> {
        let events = self.events.get() + 1;
        self.events.set(events);
        if budget.events < events {
            let culprit = self.culprit(pools);
            let (at, budget) = (self.now(), budget.events);
            return Err(Stopped::TooManyEvents {
                culprit,
                at,
                budget,
            });
        }
        if events.is_multiple_of(EVENTS_BETWEEN_MEMORY_CHECKS) {
            self.check_memory(pools, budget.bytes)?;
        }
        Ok(())
    }

    #[cold]
    fn culprit(&self, pools: &[Box<dyn Pool<C> + '_>]) -> &'static str {
        let mut processes = self.processes.borrow_mut();
        processes
            .get(self.running())
            .map_or("finished", |slot| pools[usize::from(slot.pool)].name())
    }

    /// The bytes of frames, calendar, timers, promises, processes and queues: by what the run has
    /// asked for, never by what the allocator gave, so that a budget trips at the same event
    /// everywhere.
    pub fn bytes_held(&self, pools: &[Box<dyn Pool<C> + '_>]) -> usize {
        self.parts(pools).map(|part| part.0).sum()
    }

    #[cold]
    fn check_memory(&self, pools: &[Box<dyn Pool<C> + '_>], budget: usize) -> Result<(), Stopped> {
        if budget < self.bytes_held(pools) {
            let culprit = self.parts(pools).max().map_or("", |part| part.1);
            let at = self.now();
            return Err(Stopped::TooMuchMemory {
                culprit,
                at,
                budget,
            });
        }
        Ok(())
    }

    /// What the run has memory for: bytes and name.
    fn parts(
        &self,
        pools: &[Box<dyn Pool<C> + '_>],
    ) -> impl Iterator<Item = (usize, &'static str)> {
        let frames = pools.iter().map(|pool| (pool.bytes(), pool.name()));
        frames.chain([
            (self.agenda.borrow().bytes(), "the calendar"),
            (self.promises.borrow().bytes(), "calls under way"),
            (self.processes.borrow().bytes(), "processes"),
            (self.queued_bytes.get(), "queues"),
        ])
    }

    pub(crate) fn count_queued(&self, bytes: isize) {
        self.queued_bytes
            .set(self.queued_bytes.get().saturating_add_signed(bytes));
    }

    #[inline]
    pub(crate) fn schedule(&self, delay: Span, event: Event<C, R>) {
        self.agenda.borrow_mut().push(self.now() + delay, event);
    }

    #[inline]
    pub(crate) fn schedule_arrival(&self, delay: Span, promise: Promise, value: R) {
        self.schedule(delay, Event::Arrive(promise, value));
    }

    /// Adds the time since `began` to what the running process has waited for.
    #[inline]
    pub(crate) fn waited(&self, kind: Wait, began: Time) {
        let span = self.now().since(began);
        if span != Span::ZERO
            && let Some(slot) = self.processes.borrow_mut().get(self.running())
        {
            slot.add_wait(kind, span);
        }
    }

    /// Counts a wait of no time, which does not pause its process. True when there were so many at
    /// this moment that the process must pause, for the loop to stop it.
    pub(crate) fn is_running_away(&self) -> bool {
        let process = self.running();
        let is_over = self
            .processes
            .borrow_mut()
            .get(process)
            .is_some_and(|slot| MAX_RESUMPTIONS < Processes::count_resumption(slot, self.now()));
        if is_over {
            self.wake(process);
        }
        is_over
    }

    #[inline]
    pub(crate) fn arm(&self, at: Time) -> Ticket {
        self.agenda.borrow_mut().arm(self.running(), at)
    }

    #[inline]
    pub(crate) fn disarm(&self, ticket: Ticket) {
        self.agenda.borrow_mut().timers.take(ticket);
    }

    #[inline]
    pub(crate) fn is_armed(&self, ticket: Ticket) -> bool {
        self.agenda.borrow().timers.is_armed(ticket)
    }
}
