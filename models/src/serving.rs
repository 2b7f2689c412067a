//! Serving: how questions come to an instance, wait for a place there, and are answered.

use crate::extras::Extras;
use crate::meters::failure_index;
use crate::network::{Fate, Parcel, REPLY};
use crate::pauses::PauseStream;
use crate::plan::NodeParameters;
use crate::question::{Context, Failure, Outcome, Question, WorkDice};
use crate::shedding::Shedding;
use crate::system::{System, pool};
use crate::{Cause, Command, Count, Happening, NodeId, NodeKind};
use sim_core::{
    Entrance, Launch, Order, Permit, Permits, PlaceId, Process, Promise, Sim, Span, Time, Wait,
};
use std::cell::{Cell, RefCell};

/// The engine as models use it.
pub(crate) type Engine = Sim<Command, Outcome, Question>;

/// The state of an instance.
pub(crate) struct InstanceState {
    pub(crate) permits: Permits<Command>,
    pub(crate) health: Cell<Health>,
    /// What makes it slow: faults by number, and what it was born with.
    pub(crate) slowness: RefCell<Vec<(Option<u32>, f64)>>,
    /// Crashes that have not ended.
    pub(crate) crashes: Cell<u32>,
    /// How many times as long work takes as memory fills.
    pub(crate) pressure: Cell<f64>,
    /// When it was last restarted.
    pub(crate) restarted: Cell<Option<Time>>,
    pub(crate) shedding: Shedding,
    /// The gray failures that it has, by number.
    pub(crate) sick: RefCell<Vec<u32>>,
    /// Calls that arrived in the measured time.
    pub(crate) arrivals: Cell<u64>,
    pub(crate) pauses: PauseStream,
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
fn places_of(parameters: &NodeParameters) -> (u32, u32, Order) {
    match parameters {
        NodeParameters::Service(service) => (service.workers, service.queue, service.order),
        NodeParameters::Database(database) => (database.connections, u32::MAX, Order::Fifo),
        NodeParameters::Cache(_) | NodeParameters::Clients(_) => (u32::MAX, u32::MAX, Order::Fifo),
    }
}

/// What the turns of tenants weigh.
fn weights_of(parameters: &NodeParameters) -> &[f64] {
    match parameters {
        NodeParameters::Service(service) => {
            let extras = service.extras.as_deref();
            extras.map_or(&[], |extras| &extras.weights)
        }
        _ => &[],
    }
}

impl InstanceState {
    pub(crate) fn new(parameters: &NodeParameters) -> InstanceState {
        let (size, capacity, order) = places_of(parameters);
        let permits = Permits::new(size, capacity, order);
        permits.weigh(weights_of(parameters));
        InstanceState::with(permits)
    }

    /// An instance with these places, to which nothing has happened.
    pub(crate) fn with(permits: Permits<Command>) -> InstanceState {
        InstanceState {
            permits,
            health: Cell::new(Health::Up),
            slowness: RefCell::default(),
            crashes: Cell::new(0),
            pressure: Cell::new(1.0),
            restarted: Cell::default(),
            shedding: Shedding::default(),
            sick: RefCell::default(),
            arrivals: Cell::new(0),
            pauses: PauseStream::default(),
        }
    }

    /// Goes by other parameters from now on; what is held is kept until given back.
    pub(crate) fn change(&self, sim: &Engine, to: &NodeParameters) {
        let (size, capacity, order) = places_of(to);
        self.permits.weigh(weights_of(to));
        self.permits.resize(sim, size, capacity, order);
    }

    /// Whether gray failures befall it.
    #[inline]
    pub(crate) fn is_sick(&self) -> bool {
        !self.sick.borrow().is_empty()
    }

    /// How many requests it holds: at work and waiting.
    pub(crate) fn held(&self) -> u32 {
        self.permits.taken() + self.permits.waiting()
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
    dice: WorkDice,
    has_deadline: bool,
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
        self.look(|context| *context)
    }

    /// The dice for the work on the question, which a gray failure may make longer.
    pub(crate) fn work_dice(&self) -> WorkDice {
        self.dice
    }

    /// Until when its caller waits, as far as it has said so.
    #[inline]
    pub(crate) fn deadline(&self) -> Time {
        match self.has_deadline {
            true => self.look(|context| context.deadline),
            false => Time::NEVER,
        }
    }

    #[inline(always)]
    fn look<X>(&self, at: impl FnOnce(&Context) -> X) -> X {
        let looked = self
            .system
            .sim
            .look(self.promise, |question, _| at(&question.context));
        looked.expect("who answers a question holds it")
    }

    /// Says that the work was of use whoever waits: it has changed something that stays.
    pub(crate) fn leaves_something(&self) {
        self.leaves_something.set(true);
    }

    /// Sends the answer.
    #[inline(always)]
    pub(crate) fn answer(&self, outcome: Outcome) {
        self.account_for_waste();
        self.is_answered.set(true);
        let waits = self.system.sim.waits();
        let is_degraded = self.system.sim.with_record(self.promise, |question| {
            question.waits = waits;
            question.is_degraded
        });
        let outcome = match is_degraded {
            Some(true) => outcome.degraded(),
            _ => outcome,
        };
        self.system.send_reply(self.promise, outcome);
    }

    #[inline(always)]
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
        let node = system.node_of(self.place);
        let meters = system.meters(node);
        meters.busy.change(calibration, now, -1);
        if self.is_answered.get() {
            meters.leave(calibration, now, self.arrived);
        } else {
            self.account_for_waste();
            system.leave_unanswered(self.promise, self.place, self.arrived);
        }
        let state = &system.instances[self.place.0 as usize];
        // Its own place is given back right after this.
        system.has_left(node, self.place, || state.held().saturating_sub(1));
    }
}

impl System<'_> {
    /// A question leaves a place without an answer: its process was ended. Who asked is told as much as
    /// the world would.
    pub(crate) fn leave_unanswered(&self, promise: Promise, place: PlaceId, arrived: Time) {
        match self.instances[place.0 as usize].health.get() {
            Health::ProcessDown => self.send_reply(promise, Outcome::Failed(Failure::Reset)),
            Health::Up | Health::MachineDown => self.sim.forsake(promise),
        }
        let meters = self.meters(self.node_of(place));
        meters.leave(&self.plan.calibration, self.sim.now(), arrived);
    }

    /// A question has come to its place: it gets a worker, waits, or is turned away.
    pub(crate) fn deliver(&self, promise: Promise) -> Option<Launch> {
        let now = self.sim.now();
        let (place, request, cause, is_tied) = self.sim.with_record(promise, |question| {
            let context = &mut question.context;
            if context.deadline != Time::NEVER {
                // What travels is the time that is left: the way here is not known to count.
                context.deadline = context.deadline + now.since(question.arrived);
            }
            question.arrived = now;
            (question.to, context.request, context.cause, context.is_tied)
        })?;
        let state = &self.instances[place.0 as usize];
        if state.health.get() != Health::Up {
            self.is_not_heard(promise, place, request);
            return None;
        }
        let node = self.node_of(place);
        let calibration = &self.plan.calibration;
        let meters = self.meters(node);
        self.note(place, Happening::Delivery, request, || {
            "has the question".into()
        });
        meters.calls[cause as usize].add(calibration, now, 1);
        if calibration.covers(now) {
            state.arrivals.set(state.arrivals.get() + 1);
        }
        if is_tied && self.is_called_off(promise) {
            self.forsake_tied(promise);
            return None;
        }
        meters.enter(calibration, now);
        if state.is_sick() && self.fails_at_once(promise, place) {
            self.count(place, Count::GrayErrors);
            meters.leave(calibration, now, now);
            self.send_reply(promise, Outcome::Failed(Failure::Unavailable));
            return None;
        }
        let extras = self.extras(node);
        match extras.and_then(|extras| extras.rate_limit.as_ref()) {
            Some(limit) => self.arrive_at_limiter(limit, promise),
            None => self.find_worker(promise, place, extras),
        }
    }

    /// A question that may be served gets a worker, waits, or is turned away.
    #[inline(always)]
    pub(crate) fn find_worker(
        &self,
        promise: Promise,
        place: PlaceId,
        extras: Option<&Extras>,
    ) -> Option<Launch> {
        let node = self.node_of(place);
        let (calibration, now) = (&self.plan.calibration, self.sim.now());
        let (state, meters) = (&self.instances[place.0 as usize], self.meters(node));
        if extras.is_some_and(|extras| self.keeps_out(extras, place, promise)) {
            return None;
        }
        let class = self.class_of(promise, state);
        let entrance = state
            .permits
            .enter(&self.sim, Command::Begin(promise), class);
        if let Some(extras) = extras.filter(|_| entrance != Entrance::Full) {
            self.has_entered(extras, state, place);
        }
        match entrance {
            Entrance::Granted => Some(self.serving_at(node, place)),
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
                meters.refused.add(calibration, now, 1);
                self.turn_away(promise, Failure::Refused, "refuses: there is no room");
                None
            }
        }
    }

    /// The class in which a question waits at an instance.
    #[inline]
    fn class_of(&self, promise: Promise, state: &InstanceState) -> u16 {
        let class = match state.permits.order() {
            Order::Fair => |context: &Context| context.tenant.0,
            Order::Priority => |context: &Context| context.priority.into(),
            Order::Fifo | Order::Lifo | Order::AdaptiveLifo { .. } => return 0,
        };
        let class = self
            .sim
            .look(promise, |question, _| class(&question.context));
        class.unwrap_or(0)
    }

    /// Nobody at the place of a question hears it: its caller learns what it would.
    #[cold]
    pub(crate) fn is_not_heard(&self, promise: Promise, place: PlaceId, request: u64) {
        if self.instances[place.0 as usize].health.get() == Health::MachineDown {
            self.sim.forsake(promise);
            return;
        }
        self.note(place, Happening::Refusal, request, || {
            "nobody listens".into()
        });
        self.send_reply(promise, Outcome::Failed(Failure::Refused));
    }

    /// Turns away a question that has arrived and has not been given a place.
    pub(crate) fn turn_away(&self, promise: Promise, failure: Failure, why: &'static str) {
        let asked = self.sim.look(promise, |question, _| {
            (question.to, question.context.request, question.arrived)
        });
        let Some((place, request, arrived)) = asked else {
            return;
        };
        let (calibration, now) = (&self.plan.calibration, self.sim.now());
        let node = self.node_of(place);
        let plan = &self.plan.nodes[node.index()];
        let first = plan.first_place.0 as usize;
        let fleet = &self.instances[first..first + plan.instances as usize];
        let is_free = |state: &InstanceState| {
            state.health.get() == Health::Up && state.permits.has_free_place()
        };
        if fleet.iter().any(is_free) {
            self.count(place, Count::GoodRefused);
        }
        self.note(place, Happening::Refusal, request, || why.to_owned());
        self.meters(node).leave(calibration, now, arrived);
        self.send_reply(promise, Outcome::Failed(failure));
    }

    /// Which process answers a question whose place is given.
    pub(crate) fn launch_serving(&self, promise: Promise) -> Option<Launch> {
        let place = self.sim.look(promise, |question, _| question.to)?;
        (!self.sheds_at_turn(promise, place)).then(|| self.serving_at(self.node_of(place), place))
    }

    #[inline]
    fn serving_at(&self, node: NodeId, place: PlaceId) -> Launch {
        let pool = match self.plan.nodes[node.index()].kind {
            NodeKind::Service => pool::SERVICE,
            NodeKind::Cache { .. } => pool::CACHE,
            NodeKind::Database(_) => pool::DATABASE,
            NodeKind::Clients(_) => unreachable!("nobody asks clients"),
        };
        Launch { pool, place }
    }

    /// The running process begins to answer a question; its place has been given.
    #[inline(always)]
    pub(crate) fn begin_serving(&self, promise: Promise) -> Serving<'_> {
        let now = self.sim.now();
        let asked = self.sim.serve(promise, |question| {
            let was_queued = question.position.take().is_some();
            (
                question.to,
                question.arrived,
                question.context.request,
                question.context.is_tied,
                question.context.work_dice(1.0),
                question.context.deadline != Time::NEVER,
                was_queued,
            )
        });
        let (place, arrived, request, is_tied, mut dice, has_deadline, was_queued) =
            asked.expect("who answers a question holds it");
        let state = &self.instances[place.0 as usize];
        if state.is_sick() {
            dice = dice.slowed(self.slowed_by(promise, place));
        }
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
            dice,
            has_deadline,
            is_answered: Cell::new(false),
            leaves_something: Cell::new(false),
            _permit: state.permits.held(&self.sim),
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
            self.say_when(promise, to, failure);
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
            let asker = self.sim.look(promise, |question, is_awaited| {
                let context = &question.context;
                match context.leaves_something {
                    true => Some(Promise::NONE),
                    false => is_awaited.then_some(context.parent),
                }
            });
            let Some(asker) = asker.flatten() else {
                return false;
            };
            promise = asker;
        }
        true
    }

    /// The message that nobody waits has come: what serves the question ends, or leaves the queue.
    pub(crate) fn call_off(&self, promise: Promise) -> Option<Launch> {
        let question = self.sim.with_record(promise, |question| *question)?;
        // The queue comes first: what has served a question so far may have been its limiter.
        if self.leave_queue(promise, &question) {
            self.sim.forsake(promise);
        } else if let Some(process) = self.sim.server(promise)
            && process != Process::NONE
        {
            self.sim.end(process);
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

    /// A question leaves the node from the queue.
    pub(crate) fn count_out_of_queue(&self, question: &Question) {
        let (calibration, now) = (&self.plan.calibration, self.sim.now());
        let node = self.node_of(question.to);
        let meters = self.meters(node);
        meters.queue.change(calibration, now, -1);
        meters.leave(calibration, now, question.arrived);
        let state = &self.instances[question.to.0 as usize];
        self.has_left(node, question.to, || state.held());
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
