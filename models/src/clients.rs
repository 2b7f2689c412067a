//! Clients: when requests arrive, what they ask for, and how they end.

use crate::call::{Asker, Calling};
use crate::meters::{ClientMeters, End};
use crate::plan::{Bursts, Clients, Source};
use crate::question::Context;
use crate::system::System;
use crate::{
    Cause, Command, Count, Failure, Happening, NO_SESSION, NO_SOURCE, NodeId, Outcome, Profile,
    Trace, Value,
};
use sim_core::{Dice, Promise, Purpose, Span, Stream, Time, Wait, name_hash};
use std::cell::RefCell;

/// The purpose of the dice with which a write is read back.
const READ_BACK: u64 = name_hash("read-back");

/// The shortest phase of bursts, so that time goes on.
const SHORTEST_PHASE: Span = Span(1_000);

/// A request of a client.
#[derive(Clone, Copy)]
pub(crate) struct Visit {
    pub(crate) node: NodeId,
    pub(crate) origin: Origin,
    pub(crate) arrived: Time,
}

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(crate) enum Origin {
    /// The n-th arrival of an open loop.
    Arrival(u32),
    /// The read that follows the n-th arrival, a write, and what its session has seen by then.
    ReadBack(u32, u32),
    /// An iteration of a user of a closed loop.
    Iteration(u32, u32),
}

/// The state of a clients node.
pub(crate) struct ClientState {
    pub(crate) source: u16,
    pub(crate) meters: ClientMeters,
    /// How far in a database's log each session has seen.
    seen: RefCell<Vec<u32>>,
}

impl ClientState {
    pub(crate) fn new(source: u16, sessions: u32) -> ClientState {
        ClientState {
            source,
            meters: ClientMeters::default(),
            seen: RefCell::new(vec![0; sessions as usize]),
        }
    }
}

impl System<'_> {
    fn source(&self, node: NodeId) -> &Source {
        &self.plan.sources[usize::from(self.clients(node).source)]
    }

    /// Lets the requests of an open loop arrive, one by one.
    pub(crate) async fn generate(&self, node: NodeId) {
        match self.source(node) {
            Source::Poisson(profile) => {
                let mut stream = self.stream(node, "arrivals");
                self.arrive_along(node, profile, || -libm::log(stream.uniform()))
                    .await;
            }
            Source::Constant(profile) => self.arrive_along(node, profile, || 1.0).await,
            Source::Bursts(bursts) => self.arrive_in_bursts(node, bursts).await,
            Source::Replay(trace) => self.replay(node, trace).await,
            Source::OneAtATime(trace) => self.replay_one_at_a_time(node, trace).await,
            &Source::Closed(users) => {
                for user in 0..users {
                    self.sim.start_after(Span::ZERO, Command::User(node, user));
                }
            }
        }
        self.source_is_dry();
    }

    /// Arrivals at the points of a process of unit rate, stretched by the integrated rate.
    async fn arrive_along(&self, node: NodeId, profile: &Profile, mut gap: impl FnMut() -> f64) {
        let mut clock = profile.clock();
        let mut target = 0.0;
        for number in 0.. {
            target += gap();
            let Some(at) = clock
                .time_of(target)
                .filter(|&at| at < self.plan.calibration.until)
            else {
                return;
            };
            self.sim.sleep(at.since(self.sim.now()), Wait::Work).await;
            self.sim.start_at_once(Command::Visit(node, number));
        }
    }

    async fn arrive_in_bursts(&self, node: NodeId, bursts: &Bursts) {
        let until = self.plan.calibration.until;
        let mut gaps = self.stream(node, "arrivals");
        let mut phases = self.stream(node, "bursts");
        let mut clock = bursts.load.clock();
        let (mut is_on, mut phase_end) = (false, Time::ZERO);
        // The load profile stretches time; a burst is laid out in the stretched time.
        let (mut load, mut number) = (0.0, 0);
        while phase_end < until {
            let length = if is_on { &bursts.on } else { &bursts.off };
            phase_end = phase_end + length.sample(phases.uniform()).max(SHORTEST_PHASE);
            let rate = if is_on { bursts.rate } else { bursts.idle_rate };
            let load_end = bursts.load.integral(phase_end.min(until));
            loop {
                let gap = -libm::log(gaps.uniform()) / rate; // Infinite at rate 0.
                if load_end <= load + gap {
                    break;
                }
                load += gap;
                let Some(at) = clock.time_of(load) else {
                    return;
                };
                self.sim.sleep(at.since(self.sim.now()), Wait::Work).await;
                self.sim.start_at_once(Command::Visit(node, number));
                number += 1;
            }
            load = load_end;
            is_on = !is_on;
        }
    }

    async fn replay(&self, node: NodeId, trace: &Trace) {
        for (number, record) in (0..).zip(trace.records()) {
            let at = Time::ZERO + record.at;
            if self.plan.calibration.until <= at {
                return;
            }
            self.sim.sleep(at.since(self.sim.now()), Wait::Work).await;
            self.sim.start_at_once(Command::Visit(node, number));
        }
    }

    async fn replay_one_at_a_time(&self, node: NodeId, trace: &Trace) {
        for number in 0..trace.records().len() as u32 {
            let began = self.sim.now();
            if self.plan.calibration.until <= began {
                return;
            }
            self.visit(self.arriving(node, Origin::Arrival(number)))
                .await;
            if began == self.sim.now() {
                // However long the trace is, it does not fit into one moment.
                self.sim.sleep(Span(1), Wait::Work).await;
            }
        }
    }

    /// A user of a closed loop: thinks, asks, and begins anew.
    pub(crate) async fn user(&self, node: NodeId, user: u32) {
        let until = self.plan.calibration.until;
        for iteration in 0.. {
            let dice = self.user_dice(node, user, iteration);
            let think = self
                .parameters(node)
                .as_clients()
                .think
                .sample(dice.uniform(Purpose::Think, 0));
            self.sim
                .sleep(think.min(until.since(self.sim.now())), Wait::Work)
                .await;
            if until <= self.sim.now() {
                return;
            }
            self.visit(self.arriving(node, Origin::Iteration(user, iteration)))
                .await;
        }
    }

    /// One request, from its arrival to its end.
    pub(crate) fn visit(&self, visit: Visit) -> impl Future<Output = ()> {
        let context = self.visit_context(&visit);
        // A block holds what it needs once; an `async fn` holds its arguments twice.
        async move {
            let guard = Visiting::new(self, &visit);
            let clients = self.parameters(visit.node).as_clients();
            self.sim.with_waits(|waits| *waits = Default::default());
            if self.plan.calibration.covers(visit.arrived) {
                self.begin_trace(context.request);
            }
            let calling = Calling {
                site: clients.call,
                here: self.instance(visit.node, 0),
                asker: Asker::Visit(&context),
                copy: None,
                is_leg: false,
                limit: visit.arrived + clients.gives_up_after,
            };
            let outcome = self.call(&calling).await;
            self.end_visit(&visit, &context, outcome, calling.limit);
            drop(guard);
        }
    }

    /// A request that arrives now.
    pub(crate) fn arriving(&self, node: NodeId, origin: Origin) -> Visit {
        Visit {
            node,
            origin,
            arrived: self.sim.now(),
        }
    }

    fn end_visit(&self, visit: &Visit, context: &Context, outcome: Outcome, limit: Time) {
        let now = self.sim.now();
        let took = now.since(visit.arrived);
        let clients = self.parameters(visit.node).as_clients();
        let end = match outcome {
            Outcome::Answered(value) => {
                self.learn(visit, context, value);
                End::Answered {
                    degraded: value.is_degraded,
                }
            }
            Outcome::Failed(Failure::TimedOut) if limit <= now => End::GaveUp,
            Outcome::Failed(failure) => End::Failed(failure),
        };
        let waits = self.sim.waits();
        assert!(
            !end.is_answered() || waits.total() == took,
            "the kinds of wait add up to the latency: {waits:?} {took}"
        );
        self.end_trace(context.request, visit.node, &waits, end.is_answered());
        let meters = &self.clients(visit.node).meters;
        meters.end(
            &self.plan.calibration,
            visit.arrived,
            took,
            end,
            clients.good_within,
            &waits,
        );
        self.note(
            self.instance(visit.node, 0),
            Happening::Outcome,
            context.request,
            || {
                format!(
                    "{} after {took}",
                    describe(end, took <= clients.good_within)
                )
            },
        );
    }

    /// What an answer tells the client, its session and the oracle.
    fn learn(&self, visit: &Visit, context: &Context, value: Value) {
        let now = self.sim.now();
        let state = self.clients(visit.node);
        let place = self.instance(visit.node, 0);
        if context.session != NO_SESSION
            && let Some(seen) = state.seen.borrow_mut().get_mut(context.session as usize)
        {
            *seen = (*seen).max(value.position);
        }
        if context.is_write {
            if value.source != NO_SOURCE {
                self.oracle(value.source)
                    .acknowledged(context.key, value.version, now);
            }
            let read_back = self.parameters(visit.node).as_clients().read_back;
            if let (Some(after), Origin::Arrival(number)) = (read_back, visit.origin)
                && now + after < self.plan.calibration.until
            {
                self.sim
                    .start_after(after, Command::ReadBack(visit.node, number, value.position));
            }
            return;
        }
        if !self.plan.calibration.covers(visit.arrived) {
            return;
        }
        self.count(place, Count::ReadsAnswered);
        if value.source == NO_SOURCE {
            return;
        }
        let stale = self
            .oracle(value.source)
            .judge(context.key, value.version, visit.arrived);
        if let Some(stale) = stale {
            self.count(place, Count::StaleReads);
            state.meters.stale_age.record(stale.age);
            let versions = &state.meters.stale_versions;
            versions.set(versions.get() + u64::from(stale.versions));
        }
    }

    fn user_dice(&self, node: NodeId, user: u32, iteration: u32) -> Dice {
        Dice::visit_of_user(
            self.seed,
            self.run,
            self.hash(node),
            user,
            u64::from(iteration),
        )
    }

    /// What a client's request is about.
    fn visit_context(&self, visit: &Visit) -> Context {
        let clients = self.parameters(visit.node).as_clients();
        let arrival =
            |n: u32| Dice::visit(self.seed, self.run, self.hash(visit.node), u64::from(n));
        let (dice, asks) = match visit.origin {
            Origin::Arrival(n) => (arrival(n), arrival(n)),
            Origin::ReadBack(n, _) => (arrival(n).call(READ_BACK, 0), arrival(n)),
            Origin::Iteration(user, iteration) => {
                let dice = self.user_dice(visit.node, user, iteration);
                (dice, dice)
            }
        };
        let (key, bytes) = self.asked_for(visit, clients, asks);
        let session = match (visit.origin, clients.sessions) {
            (Origin::Iteration(user, _), None) => user,
            // A write and the read that follows it are a session by themselves.
            (Origin::Arrival(n) | Origin::ReadBack(n, _), None) if clients.read_back.is_some() => n,
            (_, None) => NO_SESSION,
            (_, Some(count)) => {
                ((asks.uniform(Purpose::Session, 0) * f64::from(count)) as u32).min(count - 1)
            }
        };
        let seen = self
            .clients(visit.node)
            .seen
            .borrow()
            .get(session as usize)
            .copied();
        let (is_read_back, seen_by_write) = match visit.origin {
            Origin::ReadBack(_, seen) => (true, seen),
            _ => (false, 0),
        };
        let writes = asks.uniform(Purpose::Operation, 0) < clients.writes;
        Context {
            parent: Promise::NONE,
            dice,
            request_dice: dice,
            request: self.request_number(visit),
            key,
            bytes,
            session,
            seen: seen.unwrap_or(0).max(seen_by_write),
            deadline: Time::NEVER,
            tenant: clients.tenant,
            cause: Cause::First,
            priority: clients.priority,
            is_write: writes && !is_read_back,
            leaves_something: false,
            is_tied: false,
        }
    }

    fn asked_for(&self, visit: &Visit, clients: &Clients, dice: Dice) -> (u32, u32) {
        match (self.source(visit.node), visit.origin) {
            (
                Source::Replay(trace) | Source::OneAtATime(trace),
                Origin::Arrival(n) | Origin::ReadBack(n, _),
            ) => {
                let record = trace.records()[n as usize];
                (record.key, record.bytes)
            }
            _ => (clients.keys.draw(dice), clients.bytes),
        }
    }

    /// The number by which `--follow` and the notes name a request.
    fn request_number(&self, visit: &Visit) -> u64 {
        let number = match visit.origin {
            Origin::Arrival(n) => u64::from(n),
            Origin::ReadBack(n, _) => u64::from(n) | 1 << 62,
            Origin::Iteration(user, iteration) => u64::from(user) << 32 | u64::from(iteration),
        };
        request_id(self.hash(visit.node), number)
    }

    fn stream(&self, node: NodeId, purpose: &str) -> Stream {
        Stream::new(
            self.seed,
            self.run,
            &self.plan.nodes[node.index()].name,
            purpose,
        )
    }
}

/// The number by which the notes name request `number` of the clients node with this hash.
pub fn request_id(node: u64, number: u64) -> u64 {
    node.wrapping_add(number)
}

fn describe(end: End, is_in_time: bool) -> &'static str {
    match end {
        End::Answered { .. } if is_in_time => "answered in time",
        End::Answered { .. } => "answered late",
        End::Failed(failure) => failure.name(),
        End::GaveUp => "gave up",
    }
}

/// A request under way at its clients node.
struct Visiting<'s> {
    system: &'s System<'s>,
    visit: &'s Visit,
}

impl<'s> Visiting<'s> {
    fn new(system: &'s System<'s>, visit: &'s Visit) -> Visiting<'s> {
        let calibration = &system.plan.calibration;
        let place = system.instance(visit.node, 0);
        let meters = system.meters(visit.node);
        meters.enter(calibration, visit.arrived);
        meters.calls[Cause::First as usize].add(calibration, visit.arrived, 1);
        system
            .clients(visit.node)
            .meters
            .offer(calibration, visit.arrived);
        system.open_visits.set(system.open_visits.get() + 1);
        let request = system.request_number(visit);
        system.note(place, Happening::Arrival, request, || {
            let context = system.visit_context(visit);
            let verb = if context.is_write { "writes" } else { "reads" };
            format!("arrives; {verb} key {}", context.key)
        });
        Visiting { system, visit }
    }
}

impl Drop for Visiting<'_> {
    fn drop(&mut self) {
        let system = self.system;
        let meters = system.meters(self.visit.node);
        meters.leave(
            &system.plan.calibration,
            system.sim.now(),
            self.visit.arrived,
        );
        system.visit_is_over();
    }
}
