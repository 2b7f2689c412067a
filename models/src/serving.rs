//! Serving: how questions come to an instance, wait for a place there, and are answered.

use crate::meters::failure_index;
use crate::network::{Fate, Parcel, REPLY};
use crate::plan::NodeParameters;
use crate::question::{Context, Failure, Outcome, Question};
use crate::system::{System, pool};
use crate::{Cause, Command, Count, Happening, NodeKind};
use sim_core::{
    Entrance, Launch, Order, Permit, Permits, PlaceId, Process, Promise, Span, Time, Wait,
};
use std::cell::{Cell, RefCell};

/// The state of an instance.
pub(crate) struct InstanceState {
    pub(crate) permits: Permits<Command>,
    pub(crate) health: Cell<Health>,
    /// What makes it slow: faults by number, and what it was born with.
    pub(crate) slowness: RefCell<Vec<(Option<u32>, f64)>>,
    /// Crashes that have not ended.
    pub(crate) crashes: Cell<u32>,
}

/// Whether an instance is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Health {
    Up,
    /// The process is gone: the machine refuses.
    ProcessDown,
    /// The machine is gone: silence.
    MachineDown,
}

/// How many places an instance has, how many may wait, and in which order.
pub(crate) fn places_of(parameters: &NodeParameters) -> (u32, u32, Order) {
    match parameters {
        NodeParameters::Service(service) => (service.workers, service.queue, service.order),
        NodeParameters::Database(database) => (database.connections, u32::MAX, Order::Fifo),
        NodeParameters::Cache(_) | NodeParameters::Clients(_) => (u32::MAX, u32::MAX, Order::Fifo),
    }
}

impl InstanceState {
    pub(crate) fn new(parameters: &NodeParameters) -> InstanceState {
        let (size, capacity, order) = places_of(parameters);
        InstanceState {
            permits: Permits::new(size, capacity, order),
            health: Cell::new(Health::Up),
            slowness: RefCell::default(),
            crashes: Cell::new(0),
        }
    }
}

/// A question that is being answered. Dropping it gives back its place, accounts for its work,
/// and, where there was no answer, tells the caller as much as the world would.
pub(crate) struct Serving<'s> {
    system: &'s System<'s>,
    promise: Promise,
    place: PlaceId,
    arrived: Time,
    began: Time,
    is_answered: Cell<bool>,
    leaves_something: Cell<bool>,
    _permit: Permit<'s, Command, Outcome, Question>,
}

impl Serving<'_> {
    pub(crate) fn place(&self) -> PlaceId {
        self.place
    }

    /// What the question is about.
    pub(crate) fn context(&self) -> Context {
        let context = self
            .system
            .sim
            .with_record(self.promise, |question| question.context);
        context.expect("who answers a question holds it")
    }

    /// Says that the work was of use whoever waits: it has changed something that stays.
    pub(crate) fn leaves_something(&self) {
        self.leaves_something.set(true);
    }

    /// Sends the answer.
    pub(crate) fn answer(&self, outcome: Outcome) {
        self.account_for_waste();
        self.is_answered.set(true);
        let waits = self.system.sim.waits();
        self.system
            .sim
            .with_record(self.promise, |question| question.waits = waits);
        self.system.send_reply(self.promise, outcome);
    }

    fn account_for_waste(&self) {
        let system = self.system;
        let is_wasted = !self.leaves_something.get() && !system.is_wanted(self.promise);
        if is_wasted {
            let now = system.sim.now();
            let busy = now.since(self.began).0;
            let meters = system.meters(system.node_of(self.place));
            meters.wasted.add(&system.plan.calibration, now, busy);
        }
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let system = self.system;
        let (calibration, now) = (&system.plan.calibration, system.sim.now());
        if !self.is_answered.get() {
            self.account_for_waste();
            match system.instances[self.place.0 as usize].health.get() {
                Health::ProcessDown => {
                    system.send_reply(self.promise, Outcome::Failed(Failure::Reset));
                }
                Health::Up | Health::MachineDown => system.sim.forsake(self.promise),
            }
        }
        let meters = system.meters(system.node_of(self.place));
        meters.busy.change(calibration, now, -1);
        meters.leave(calibration, now, self.arrived);
    }
}

impl System<'_> {
    /// A question has come to its place: it gets a worker, waits, or is turned away.
    pub(crate) fn deliver(&self, promise: Promise) -> Option<Launch> {
        let now = self.sim.now();
        let (place, request, cause, priority, is_tied) =
            self.sim.with_record(promise, |question| {
                let context = &mut question.context;
                if context.deadline != Time::NEVER {
                    // What travels is the time that is left: the way here is not known to count.
                    context.deadline = context.deadline + now.since(question.arrived);
                }
                question.arrived = now;
                let Context {
                    request,
                    cause,
                    priority,
                    is_tied,
                    ..
                } = question.context;
                (question.to, request, cause, priority, is_tied)
            })?;
        let node = self.node_of(place);
        let state = &self.instances[place.0 as usize];
        match state.health.get() {
            Health::Up => {}
            Health::ProcessDown => {
                self.note(place, Happening::Refusal, request, || {
                    "nobody listens".into()
                });
                self.send_reply(promise, Outcome::Failed(Failure::Refused));
                return None;
            }
            Health::MachineDown => {
                self.sim.forsake(promise);
                return None;
            }
        }
        let calibration = &self.plan.calibration;
        let meters = self.meters(node);
        self.note(place, Happening::Delivery, request, || {
            "has the question".into()
        });
        meters.calls[cause as usize].add(calibration, now, 1);
        if is_tied && self.is_called_off(promise) {
            self.forsake_tied(promise);
            return None;
        }
        meters.enter(calibration, now);
        match state
            .permits
            .enter(&self.sim, Command::Begin(promise), priority)
        {
            Entrance::Granted => Some(self.serving_at(place)),
            Entrance::Queued(position) => {
                meters.queue.change(calibration, now, 1);
                self.sim
                    .with_record(promise, |question| question.position = Some(position));
                if let NodeParameters::Database(database) = self.parameters(node)
                    && database.acquire_timeout != Span::FOREVER
                {
                    let timeout = Command::AcquireTimeout(promise);
                    self.sim.start_after(database.acquire_timeout, timeout);
                }
                None
            }
            Entrance::Full => {
                self.refuse(promise, place, request);
                None
            }
        }
    }

    fn refuse(&self, promise: Promise, place: PlaceId, request: u64) {
        let (calibration, now) = (&self.plan.calibration, self.sim.now());
        let node = self.node_of(place);
        let meters = self.meters(node);
        meters.refused.add(calibration, now, 1);
        let plan = &self.plan.nodes[node.index()];
        let first = plan.first_place.0 as usize;
        let fleet = &self.instances[first..first + plan.instances as usize];
        let is_free = |state: &InstanceState| {
            state.health.get() == Health::Up && state.permits.has_free_place()
        };
        if fleet.iter().any(is_free) {
            self.count(place, Count::GoodRefused);
        }
        self.note(place, Happening::Refusal, request, || {
            "refuses: there is no room".into()
        });
        meters.leave(calibration, now, now);
        self.send_reply(promise, Outcome::Failed(Failure::Refused));
    }

    /// Which process answers a question whose place is given.
    pub(crate) fn launch_serving(&self, promise: Promise) -> Option<Launch> {
        let place = self.sim.look(promise, |question, _| question.to)?;
        Some(self.serving_at(place))
    }

    fn serving_at(&self, place: PlaceId) -> Launch {
        let pool = match self.plan.nodes[self.node_of(place).index()].kind {
            NodeKind::Service => pool::SERVICE,
            NodeKind::Cache { .. } => pool::CACHE,
            NodeKind::Database(_) => pool::DATABASE,
            NodeKind::Clients(_) => unreachable!("nobody asks clients"),
        };
        Launch { pool, place }
    }

    /// The running process begins to answer a question; its place has been given.
    pub(crate) fn begin_serving(&self, promise: Promise) -> Serving<'_> {
        let now = self.sim.now();
        let asked = self.sim.serve(promise, |question| {
            let was_queued = question.position.take().is_some();
            (
                question.to,
                question.arrived,
                question.context.request,
                question.context.is_tied,
                was_queued,
            )
        });
        let (place, arrived, request, is_tied, was_queued) =
            asked.expect("who answers a question holds it");
        let meters = self.meters(self.node_of(place));
        let calibration = &self.plan.calibration;
        let waited = now.since(arrived);
        self.sim.with_waits(|waits| waits.add(Wait::Queue, waited));
        if was_queued {
            meters.queue.change(calibration, now, -1);
        }
        if calibration.covers(now) {
            meters.place_wait.record(waited);
        }
        meters.busy.change(calibration, now, 1);
        if is_tied {
            self.begin_tied(promise);
        }
        self.note(place, Happening::Start, request, || match waited {
            Span::ZERO => "begins".into(),
            waited => format!("begins after {waited} in the queue"),
        });
        Serving {
            system: self,
            promise,
            place,
            arrived,
            began: now,
            is_answered: Cell::new(false),
            leaves_something: Cell::new(false),
            _permit: self.instances[place.0 as usize].permits.held(&self.sim),
        }
    }

    /// Sends an answer back to who asked.
    pub(crate) fn send_reply(&self, promise: Promise, outcome: Outcome) {
        let sent = self.sim.look(promise, |question, is_awaited| {
            let Context { request, dice, .. } = question.context;
            (question.from, question.to, request, dice, is_awaited)
        });
        let Some((from, to, request, dice, is_awaited)) = sent else {
            return;
        };
        let now = self.sim.now();
        if let Outcome::Failed(failure) = outcome {
            let meters = self.meters(self.node_of(to));
            meters.errors[failure_index(failure)].add(&self.plan.calibration, now, 1);
        }
        self.note(to, Happening::Answer, request, || match outcome {
            Outcome::Answered(_) => format!("answers {}", self.address(from)),
            Outcome::Failed(failure) => {
                format!("tells {}: {}", self.address(from), failure.name())
            }
        });
        if !is_awaited {
            self.sim.forsake(promise);
            return;
        }
        let classes = (self.class(to), self.class(from));
        match self
            .network
            .judge(&self.epoch().links, classes, dice, REPLY)
        {
            Fate::Delivered(delay) => self.sim.answer_after(delay, promise, outcome),
            Fate::Lost => {
                self.note(to, Happening::Loss, request, || {
                    format!("its answer to {} is lost", self.address(from))
                });
                self.sim.forsake(promise);
            }
            Fate::Held => self.network.hold(classes, Parcel::Reply(promise, outcome)),
        }
    }

    /// Whether work on a question is of use: everybody up to the client still waits, or the
    /// answer will be stored on the way.
    pub(crate) fn is_wanted(&self, mut promise: Promise) -> bool {
        while promise != Promise::NONE {
            let asked = self.sim.look(promise, |question, is_awaited| {
                let context = &question.context;
                (context.parent, context.leaves_something, is_awaited)
            });
            promise = match asked {
                None | Some((_, false, false)) => return false,
                Some((_, true, _)) => return true,
                Some((parent, false, true)) => parent,
            };
        }
        true
    }

    /// The message that nobody waits has come: what serves the question ends, or leaves the queue.
    pub(crate) fn call_off(&self, promise: Promise) -> Option<Launch> {
        let question = self.sim.with_record(promise, |question| *question)?;
        match self.sim.server(promise) {
            Some(process) if process != Process::NONE => self.sim.end(process),
            _ => {
                if self.leave_queue(promise, &question) {
                    self.sim.forsake(promise);
                }
            }
        }
        None
    }

    /// A question has waited long enough for a connection.
    pub(crate) fn time_out_in_queue(&self, promise: Promise) -> Option<Launch> {
        let question = self.sim.with_record(promise, |question| *question)?;
        if self.leave_queue(promise, &question) {
            let node = self.node_of(question.to);
            self.meters(node)
                .refused
                .add(&self.plan.calibration, self.sim.now(), 1);
            self.count(question.to, Count::AcquireTimeouts);
            self.send_reply(promise, Outcome::Failed(Failure::Refused));
        }
        None
    }

    pub(crate) fn leave_queue(&self, promise: Promise, question: &Question) -> bool {
        let Some(position) = question.position else {
            return false;
        };
        let permits = &self.instances[question.to.0 as usize].permits;
        if !permits.abandon(&self.sim, position) {
            return false;
        }
        self.sim
            .with_record(promise, |question| question.position = None);
        self.count_out_of_queue(question);
        true
    }

    fn count_out_of_queue(&self, question: &Question) {
        let (calibration, now) = (&self.plan.calibration, self.sim.now());
        let meters = self.meters(self.node_of(question.to));
        meters.queue.change(calibration, now, -1);
        meters.leave(calibration, now, question.arrived);
    }

    /// A question that waited for a place at an instance that has crashed.
    pub(crate) fn drop_waiting(&self, promise: Promise, failure: Failure) {
        let question = self.sim.with_record(promise, |question| *question);
        let Some(question) = question else { return };
        if question.position.is_some() {
            self.count_out_of_queue(&question);
        }
        match self.instances[question.to.0 as usize].health.get() {
            Health::MachineDown => self.sim.forsake(promise),
            _ => self.send_reply(promise, Outcome::Failed(failure)),
        }
    }

    /// Counts calls that are no questions: the stream of a replica.
    pub(crate) fn count_replication(&self, place: PlaceId, writes: u32) {
        let meters = self.meters(self.node_of(place));
        let calls = &meters.calls[Cause::Replication as usize];
        calls.add(&self.plan.calibration, self.sim.now(), u64::from(writes));
    }
}
