//! The simulation: a clock, a calendar, and the loop that runs processes.
//!
//! A process is an `async fn` that borrows the model. It runs until it waits: for time
//! ([`Sim::sleep`], [`Sim::work`]), for a permit ([`crate::Permits`]), or for an answer
//! ([`Sim::promise`]), each possibly against a deadline ([`Sim::before`]). Commands start
//! processes; they are plain data, so the calendar never holds a box or a closure.
//!
//! **Invariant:** a wake is a hint, never a fact. Every future of this crate checks its own
//! condition again when polled, so a stale or double wake does nothing.

use crate::place::Place;
use crate::process::Processes;
use crate::promise::Promises;
use crate::timers::{Ticket, Timers};
use crate::{Calendar, Launch, PlaceId, Pool, Process, Promise, Reply, Span, Time, Wait, Waits};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One run of a model whose processes start from commands `C`, get replies `R`, and keep a record
/// `T` of every question.
pub struct Sim<C: Copy, R: Reply, T> {
    now: Cell<Time>,
    running: Cell<Process>,
    events: Cell<u64>,
    is_stopped: Cell<bool>,
    calendar: RefCell<Calendar<Event<C, R>>>,
    /// What happens before anything else of this moment.
    urgent: RefCell<VecDeque<Urgent<C>>>,
    /// What happens after everything else of this moment.
    late: RefCell<VecDeque<Event<C, R>>>,
    timers: RefCell<Timers>,
    pub(crate) processes: RefCell<Processes>,
    pub(crate) promises: RefCell<Promises<R, T>>,
    pub(crate) places: RefCell<Vec<Place<Event<C, R>>>>,
    queued_bytes: Cell<usize>,
}

/// Something that happens: plain data.
#[derive(Clone, Copy)]
pub(crate) enum Event<C, R> {
    Start(C),
    Wake(Process),
    Timer(Ticket),
    Deadline(Ticket),
    Arrive(Promise, R),
    End(Process),
}

#[derive(Clone, Copy)]
enum Urgent<C> {
    Start(C),
    Begin(Process, C),
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

/// How much a run may use.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Events.
    pub events: u64,
    /// Bytes of frames, calendar, promises and queues.
    pub bytes: usize,
}

/// Why a run was stopped before its end. `culprit` is the kind of process that ran last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A process was resumed over and over while time stood still.
    Runaway {
        /// The kind of process.
        culprit: &'static str,
        /// Where it ran.
        place: PlaceId,
        /// When.
        at: Time,
    },
    /// The run had more events than its budget.
    TooManyEvents {
        /// The kind of process.
        culprit: &'static str,
        /// When.
        at: Time,
        /// The budget.
        budget: u64,
    },
    /// The run needed more memory than its budget.
    TooMuchMemory {
        /// The kind of process of which there are most bytes, or `queues`.
        culprit: &'static str,
        /// When.
        at: Time,
        /// The budget in bytes.
        budget: usize,
    },
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Runaway { culprit, at, .. } => write!(
                f,
                "time stands still at {at}: a {culprit} process went on for more than \
                 {MAX_RESUMPTIONS} steps within one moment"
            ),
            Stopped::TooManyEvents {
                culprit,
                at,
                budget,
            } => write!(
                f,
                "the run exceeded its budget of {budget} events at {at}, in a {culprit} process"
            ),
            Stopped::TooMuchMemory {
                culprit,
                at,
                budget,
            } => write!(
                f,
                "the run exceeded its memory budget of {} MiB at {at}; most of it is {culprit}",
                budget >> 20
            ),
        }
    }
}

impl std::error::Error for Stopped {}

const MAX_RESUMPTIONS: u16 = 50_000;
const EVENTS_BETWEEN_MEMORY_CHECKS: u64 = 1 << 14;

impl<C: Copy, R: Reply, T> Default for Sim<C, R, T> {
    fn default() -> Self {
        Sim {
            now: Cell::default(),
            running: Cell::new(Process::NONE),
            events: Cell::default(),
            is_stopped: Cell::default(),
            calendar: RefCell::default(),
            urgent: RefCell::default(),
            late: RefCell::default(),
            timers: RefCell::default(),
            processes: RefCell::default(),
            promises: RefCell::default(),
            places: RefCell::default(),
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
        self.urgent.borrow_mut().push_back(Urgent::Start(command));
    }

    /// Starts a process for `command` before anything else of this moment, and names it already.
    pub fn spawn(&self, launch: Launch, command: C) -> Process {
        let process = self.processes.borrow_mut().open(launch);
        self.urgent
            .borrow_mut()
            .push_back(Urgent::Begin(process, command));
        process
    }

    /// Waits for `span`, for the reason `kind`.
    pub fn sleep(&self, span: Span, kind: Wait) -> Sleep<'_, C, R, T> {
        Sleep {
            sim: self,
            until: self.now() + span,
            began: self.now(),
            kind,
            alarm: None,
        }
    }

    /// Does `work`, but stops waiting at the end of the moment `deadline`: an answer that comes
    /// at that very moment still counts. Work that is late is dropped with the future.
    pub fn before<F: Future + Unpin>(&self, deadline: Time, work: F) -> Before<'_, F, C, R, T> {
        Before {
            sim: self,
            work,
            deadline,
            alarm: None,
        }
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

    /// Makes [`Sim::run`] return after the running process has paused.
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
        while !self.is_stopped.get() {
            if let Some(urgent) = self.pop_urgent() {
                match urgent {
                    Urgent::Start(command) => self.start(world, pools, command)?,
                    Urgent::Begin(process, command) => {
                        self.begin(world, pools, process, command)?;
                    }
                }
                continue;
            }
            let Some(event) = self.next_event() else {
                break;
            };
            self.count_event(pools, budget)?;
            self.handle(world, pools, event)?;
        }
        Ok(())
    }

    fn handle(
        &self,
        world: &impl World<C>,
        pools: &mut [Box<dyn Pool<C> + '_>],
        event: Event<C, R>,
    ) -> Result<(), Stopped> {
        let process = match event {
            Event::Start(command) => return self.start(world, pools, command),
            Event::End(process) => {
                self.end_now(pools, process);
                return Ok(());
            }
            Event::Wake(process) => Some(process),
            Event::Timer(ticket) | Event::Deadline(ticket) => self.timers.borrow().owner(ticket),
            Event::Arrive(promise, _) => self.promises.borrow_mut().owner(promise),
        };
        if process.is_some_and(|process| self.is_held(self.place_of(process), event)) {
            return Ok(());
        }
        let process = match event {
            Event::Timer(ticket) => self.timers.borrow_mut().take(ticket),
            Event::Deadline(ticket) => {
                if self.timers.borrow().is_armed(ticket) {
                    self.late.borrow_mut().push_back(Event::Timer(ticket));
                }
                None
            }
            Event::Arrive(promise, value) => self.promises.borrow_mut().arrive(promise, value),
            Event::Start(_) | Event::End(_) | Event::Wake(_) => process,
        };
        process.map_or(Ok(()), |process| self.resume_process(pools, process))
    }

    fn pop_urgent(&self) -> Option<Urgent<C>> {
        self.urgent.borrow_mut().pop_front()
    }

    /// The next event, moving the clock when this moment is over.
    #[inline]
    fn next_event(&self) -> Option<Event<C, R>> {
        let mut calendar = self.calendar.borrow_mut();
        if let Some(event) = calendar.pop_due() {
            return Some(event);
        }
        if let Some(event) = self.late.borrow_mut().pop_front() {
            return Some(event);
        }
        let timers = self.timers.borrow();
        let is_alive = |event: &Event<C, R>| match event {
            Event::Timer(ticket) | Event::Deadline(ticket) => timers.is_armed(*ticket),
            _ => true,
        };
        self.now.set(calendar.advance(is_alive)?);
        calendar.pop_due()
    }

    fn start(
        &self,
        world: &impl World<C>,
        pools: &mut [Box<dyn Pool<C> + '_>],
        command: C,
    ) -> Result<(), Stopped> {
        if self.is_held(world.place(command), Event::Start(command)) {
            return Ok(());
        }
        self.running.set(Process::NONE);
        let Some(launch) = world.arrive(command) else {
            return Ok(());
        };
        let process = self.processes.borrow_mut().open(launch);
        self.begin(world, pools, process, command)
    }

    fn begin(
        &self,
        world: &impl World<C>,
        pools: &mut [Box<dyn Pool<C> + '_>],
        process: Process,
        command: C,
    ) -> Result<(), Stopped> {
        let Some(pool) = self
            .processes
            .borrow_mut()
            .get(process)
            .map(|slot| slot.pool)
        else {
            world.discard(command);
            return Ok(());
        };
        self.running.set(process);
        let frame = pools[usize::from(pool)].start(command);
        if let Some(slot) = self.processes.borrow_mut().get(process) {
            slot.set_frame(frame);
        }
        self.resume_process(pools, process)
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
            (self.calendar.borrow().bytes(), "the calendar"),
            (self.timers.borrow().bytes(), "timers"),
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
        self.calendar.borrow_mut().push(self.now() + delay, event);
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

    pub(crate) fn arm(&self, at: Time) -> Ticket {
        let ticket = self.timers.borrow_mut().arm(self.running());
        self.calendar.borrow_mut().push(at, Event::Timer(ticket));
        ticket
    }

    pub(crate) fn disarm(&self, ticket: Ticket) {
        self.timers.borrow_mut().take(ticket);
    }

    #[inline]
    pub(crate) fn is_armed(&self, ticket: Ticket) -> bool {
        self.timers.borrow().is_armed(ticket)
    }
}

/// A wait for time to pass.
pub struct Sleep<'s, C: Copy, R: Reply, T> {
    sim: &'s Sim<C, R, T>,
    until: Time,
    began: Time,
    kind: Wait,
    alarm: Option<Ticket>,
}

impl<C: Copy, R: Reply, T> Future for Sleep<'_, C, R, T> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.until <= self.sim.now() {
            if self.began == self.until && self.sim.is_running_away() {
                return Poll::Pending;
            }
            self.sim.waited(self.kind, self.began);
            return Poll::Ready(());
        }
        if self.alarm.is_none() {
            self.alarm = Some(self.sim.arm(self.until));
        }
        Poll::Pending
    }
}

impl<C: Copy, R: Reply, T> Drop for Sleep<'_, C, R, T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.alarm {
            self.sim.disarm(ticket);
        }
    }
}

/// Work against a deadline. Its alarm rings when everything else of its moment has happened.
pub struct Before<'s, F, C: Copy, R: Reply, T> {
    sim: &'s Sim<C, R, T>,
    work: F,
    deadline: Time,
    alarm: Option<Ticket>,
}

impl<F: Future + Unpin, C: Copy, R: Reply, T> Future for Before<'_, F, C, R, T> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = Pin::new(&mut self.work).poll(context) {
            return Poll::Ready(Some(output));
        }
        let sim = self.sim;
        match self.alarm {
            Some(ticket) if !sim.is_armed(ticket) => return Poll::Ready(None),
            Some(_) => {}
            None if self.deadline == Time::NEVER => {}
            None => {
                let ticket = sim.timers.borrow_mut().arm(sim.running());
                let at = self.deadline.max(sim.now());
                sim.calendar.borrow_mut().push(at, Event::Deadline(ticket));
                self.alarm = Some(ticket);
            }
        }
        Poll::Pending
    }
}

impl<F, C: Copy, R: Reply, T> Drop for Before<'_, F, C, R, T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.alarm {
            self.sim.disarm(ticket);
        }
    }
}
