//! The system: all nodes of a run, and how they are run together.

use crate::breakdown::Tracer;
use crate::cache::CacheState;
use crate::clients::{ClientState, Origin};
use crate::database::DatabaseState;
use crate::fault::random::Timed;
use crate::limiter::LimiterState;
use crate::meters::{Count, Meters};
use crate::network::Network;
use crate::notes::{Happening, Note, Notes};
use crate::plan::{FaultPlan, NodeParameters, Parameters};
use crate::policy::{CallPolicy, PolicyState, Rings};
use crate::question::{Failure, Outcome, Question};
use crate::serving::InstanceState;
use crate::tied::Ties;
use crate::{Command, NodeId, NodeKind, Oracle, Plan, SiteId};
use sim_core::measure::Calibration;
use sim_core::{Frames, Launch, PlaceId, Pool, Sim, Span, Stopped, Time, World};
use std::cell::{Cell, RefCell, RefMut};

/// The pools of processes, by what they do.
pub(crate) mod pool {
    pub(crate) const SOURCE: usize = 0;
    pub(crate) const USER: usize = 1;
    pub(crate) const VISIT: usize = 2;
    pub(crate) const SERVICE: usize = 3;
    pub(crate) const CACHE: usize = 4;
    pub(crate) const DATABASE: usize = 5;
    pub(crate) const LEG: usize = 6;
    pub(crate) const FILL: usize = 7;
    pub(crate) const APPLY: usize = 8;
    pub(crate) const LIMITER: usize = 9;
    pub(crate) const CHECK: usize = 10;
}

/// The purpose of the dice of hash rings.
const RING: u64 = sim_core::name_hash("hash-ring");

/// One run of a plan.
pub(crate) struct System<'p> {
    pub(crate) sim: Sim<Command, Outcome, Question>,
    pub(crate) plan: &'p Plan,
    pub(crate) seed: u64,
    pub(crate) run: u32,
    /// What goes wrong in this run: first what is planned, then what is drawn.
    pub(crate) faults: Vec<Timed<'p>>,
    pub(crate) network: Network,
    pub(crate) open_visits: Cell<u64>,
    open_sources: Cell<usize>,
    epoch: Cell<usize>,
    nodes: Vec<NodeState>,
    pub(crate) instances: Vec<InstanceState>,
    policies: Vec<Vec<PolicyState>>,
    oracles: Vec<RefCell<Oracle>>,
    pub(crate) tracer: Tracer,
    pub(crate) ties: Ties,
    notes: Notes,
    hashes: Vec<u64>,
    rings: Vec<Rings>,
}

struct NodeState {
    meters: Meters,
    limiter: LimiterState,
    part: Part,
}

/// What only nodes of one kind have.
enum Part {
    Clients(Box<ClientState>),
    Service,
    Cache(Box<CacheState>),
    Database(Box<DatabaseState>),
}

/// What a run leaves behind.
pub struct Outcomes {
    /// When the run ended.
    pub end: Time,
    /// When it was measured; it ends with the run, when that was earlier than planned.
    pub calibration: Calibration,
    /// The hash of what happened.
    pub fingerprint: u64,
    /// The hash of what happened but the faults themselves.
    pub fingerprint_without_faults: u64,
    /// Events that the engine handled.
    pub events: u64,
    /// The story of the request that was followed.
    pub story: Vec<Note>,
    /// Each node's meters, in order of name.
    pub nodes: Vec<NodeOutcomes>,
}

/// A node's meters after a run.
pub struct NodeOutcomes {
    /// What every node measures.
    pub meters: Meters,
    /// What clients measure besides.
    pub clients: Option<crate::meters::ClientMeters>,
    /// Calls that arrived at each instance in the measured time, shallow health checks apart.
    pub instance_arrivals: Vec<u64>,
}

/// Runs a plan: a pure function of the plan, the seed and the number of the run.
///
/// # Errors
/// When the run does not advance or exceeds its budget.
pub fn run(plan: &Plan, seed: u64, run: u32, follow: Option<u64>) -> Result<Outcomes, Stopped> {
    let system = System::new(plan, seed, run, follow);
    let mut pools = system.pools();
    system.begin();
    system.sim.run(&system, &mut pools, plan.budget)?;
    let (end, calibration) = system.settle();
    // Results are read before the last frames are dropped.
    let (fingerprint, without_faults) = (
        system.notes.fingerprint(),
        system.notes.fingerprint_without_faults(),
    );
    let (events, story) = (system.sim.events(), system.notes.story());
    drop(pools);
    let arrivals = |plan: &crate::NodePlan| {
        let first = plan.first_place.0 as usize;
        let instances = &system.instances[first..first + plan.instances as usize];
        instances.iter().map(|state| state.arrivals.get()).collect()
    };
    let nodes = system.nodes.into_iter().zip(&plan.nodes);
    let nodes = nodes.map(|(node, plan)| NodeOutcomes {
        instance_arrivals: arrivals(plan),
        meters: node.meters,
        clients: match node.part {
            Part::Clients(clients) => Some(clients.meters),
            _ => None,
        },
    });
    Ok(Outcomes {
        end,
        calibration,
        fingerprint,
        fingerprint_without_faults: without_faults,
        events,
        story,
        nodes: nodes.collect(),
    })
}

impl<'p> System<'p> {
    fn new(plan: &'p Plan, seed: u64, run: u32, follow: Option<u64>) -> System<'p> {
        let sim = Sim::default();
        sim.add_places(plan.places.len());
        let first = &plan.epochs[0];
        let databases = plan
            .nodes
            .iter()
            .filter(|node| matches!(node.kind, NodeKind::Database(_)))
            .count();
        let classes = plan
            .places
            .iter()
            .map(|place| usize::from(place.class) + 1)
            .max();
        let instances = plan
            .places
            .iter()
            .map(|place| InstanceState::new(&first.nodes[place.node.index()]));
        let policies = plan.sites.iter().map(|site| {
            let callers = plan.nodes[site.from.index()].instances;
            let targets = plan.nodes[site.to.index()].instances;
            (0..callers).map(|_| PolicyState::new(targets)).collect()
        });
        let hashes: Vec<u64> = plan
            .nodes
            .iter()
            .map(|node| sim_core::name_hash(&node.name))
            .collect();
        let rings = plan.nodes.iter().zip(&hashes).map(|(node, &hash)| {
            let dice = sim_core::Dice::visit(seed, run, hash, 0).call(RING, 0);
            Rings::new(dice, node.instances)
        });
        let rings = rings.collect();
        let nodes = plan.nodes.iter().zip(&first.nodes).zip(&hashes);
        let nodes = nodes.map(|((node, parameters), &hash)| {
            let part = match (node.kind, parameters) {
                (NodeKind::Clients(source), NodeParameters::Clients(clients)) => {
                    let sessions =
                        clients
                            .sessions
                            .unwrap_or(match plan.sources[usize::from(source)] {
                                crate::Source::Closed(users) => users,
                                _ => 0,
                            });
                    Part::Clients(Box::new(ClientState::new(source, sessions)))
                }
                (
                    NodeKind::Cache {
                        per_instance,
                        start,
                    },
                    NodeParameters::Cache(cache),
                ) => {
                    let stores = if per_instance { node.instances } else { 1 };
                    let dice = |store, key| {
                        sim_core::Dice::visit(seed, run, hash, u64::from(key)).call(hash, store)
                    };
                    Part::Cache(Box::new(CacheState::new(
                        cache, stores, plan.keys, start, dice,
                    )))
                }
                (NodeKind::Database(index), NodeParameters::Database(_)) => Part::Database(
                    Box::new(DatabaseState::new(index, node.instances, plan.keys)),
                ),
                _ => Part::Service,
            };
            NodeState {
                meters: Meters::default(),
                limiter: LimiterState::default(),
                part,
            }
        });
        let planned = plan.faults.iter().map(FaultPlan::timed);
        let drawn = plan
            .random_faults
            .iter()
            .flat_map(|fault| fault.of_run(seed, run));
        System {
            sim,
            plan,
            seed,
            run,
            faults: planned.chain(drawn).collect(),
            network: Network::new(classes.unwrap_or(0)),
            open_visits: Cell::new(0),
            open_sources: Cell::new(plan.sources.len()),
            epoch: Cell::new(0),
            nodes: nodes.collect(),
            instances: instances.collect(),
            policies: policies.collect(),
            oracles: (0..databases).map(|_| RefCell::default()).collect(),
            tracer: Tracer::default(),
            ties: Ties::default(),
            notes: Notes::following(follow),
            hashes,
            rings,
        }
    }

    fn pools(&self) -> Vec<Box<dyn Pool<Command> + '_>> {
        // In the order of their numbers in `pool`.
        vec![
            Box::new(Frames::new("source", move |command| async move {
                if let Command::Generate(node) = command {
                    self.generate(node).await;
                }
            })),
            Box::new(Frames::new("user", move |command| async move {
                if let Command::User(node, user) = command {
                    self.user(node, user).await;
                }
            })),
            Box::new(Frames::new("request", move |command| async move {
                match command {
                    Command::Visit(node, n) => {
                        self.visit(self.arriving(node, Origin::Arrival(n))).await;
                    }
                    Command::ReadBack(node, n, seen) => {
                        self.visit(self.arriving(node, Origin::ReadBack(n, seen)))
                            .await;
                    }
                    _ => {}
                }
            })),
            Box::new(Frames::new("service", move |command| async move {
                if let Command::Serve(promise) | Command::Begin(promise) = command {
                    self.serve_at_service(promise).await;
                }
            })),
            Box::new(Frames::new("cache", move |command| async move {
                if let Command::Serve(promise) | Command::Begin(promise) = command {
                    self.serve_at_cache(promise).await;
                }
            })),
            Box::new(Frames::new("database", move |command| async move {
                if let Command::Serve(promise) | Command::Begin(promise) = command {
                    self.serve_at_database(promise).await;
                }
            })),
            Box::new(Frames::new("fan-out", move |command| async move {
                if let Command::Leg(promise, site, copy) = command {
                    self.leg(promise, site, copy).await;
                }
            })),
            Box::new(Frames::new("fill", move |command| async move {
                if let Command::Fill(promise) = command {
                    self.fill(promise).await;
                }
            })),
            Box::new(Frames::new("replica", move |command| async move {
                if let Command::Apply(place) = command {
                    self.apply(place).await;
                }
            })),
            Box::new(Frames::new("limiter", move |command| async move {
                match command {
                    Command::Serve(promise) => self.check_limit(promise).await,
                    Command::Synchronise(place, n) => self.synchronise(place, n).await,
                    _ => {}
                }
            })),
            Box::new(Frames::new("health check", move |command| async move {
                if let Command::Check(site, here, instance) = command {
                    self.check(site, here, instance).await;
                }
            })),
        ]
    }

    fn begin(&self) {
        for (index, node) in (0..).zip(&self.plan.nodes) {
            if let Some((instance, factor)) = node.slow {
                self.set_slowness(PlaceId(node.first_place.0 + instance), None, Some(factor));
            }
            self.begin_extras(NodeId(index));
            if let NodeKind::Clients(_) = node.kind {
                self.sim
                    .start_after(Span::ZERO, Command::Generate(NodeId(index)));
            }
        }
        for (index, fault) in (0..).zip(&self.faults) {
            self.sim
                .start_after(fault.at.since(Time::ZERO), Command::Begins(index));
            if fault.until != Time::NEVER {
                self.sim
                    .start_after(fault.until.since(Time::ZERO), Command::Ends(index));
            }
        }
        self.begin_synchronising();
        self.begin_checks();
        let last = self.plan.calibration.until + self.plan.drain;
        if last != Time::NEVER {
            self.sim
                .start_after(last.since(Time::ZERO), Command::Finish);
        }
    }

    /// Accounts for the time up to the end of the run.
    fn settle(&self) -> (Time, Calibration) {
        let end = self.sim.now();
        for (node, plan) in self.nodes.iter().zip(&self.plan.nodes) {
            node.meters.settle(&self.plan.calibration, end, &plan.name);
        }
        let planned = self.plan.calibration;
        (
            end,
            Calibration {
                until: planned.until.min(end),
                ..planned
            },
        )
    }

    pub(crate) fn source_is_dry(&self) {
        self.open_sources.set(self.open_sources.get() - 1);
        self.stop_when_quiet();
    }

    pub(crate) fn visit_is_over(&self) {
        self.open_visits.set(self.open_visits.get() - 1);
        self.stop_when_quiet();
    }

    /// Ends the run when arrivals are over and each request is decided.
    fn stop_when_quiet(&self) {
        let is_over = self.plan.calibration.until <= self.sim.now()
            || self
                .plan
                .sources
                .iter()
                .all(|source| matches!(source, crate::Source::OneAtATime(_)));
        if is_over && self.open_visits.get() == 0 && self.open_sources.get() == 0 {
            self.sim.stop();
        }
    }

    pub(crate) fn epoch(&self) -> &'p Parameters {
        &self.plan.epochs[self.epoch.get()]
    }

    /// Which set of parameters holds.
    pub(crate) fn epoch_number(&self) -> usize {
        self.epoch.get()
    }

    pub(crate) fn turn_to_epoch(&self, epoch: usize) {
        self.epoch.set(epoch);
    }

    pub(crate) fn parameters(&self, node: NodeId) -> &'p NodeParameters {
        &self.epoch().nodes[node.index()]
    }

    pub(crate) fn policy(&self, site: SiteId) -> &'p CallPolicy {
        &self.epoch().calls[usize::from(site.0)]
    }

    pub(crate) fn policy_state(&self, site: SiteId, here: PlaceId) -> &PolicyState {
        let instance = self.plan.places[here.0 as usize].instance;
        &self.policies[usize::from(site.0)][instance as usize]
    }

    /// The place of a node's instance.
    pub(crate) fn instance(&self, node: NodeId, instance: u32) -> PlaceId {
        PlaceId(self.plan.nodes[node.index()].first_place.0 + instance)
    }

    pub(crate) fn node_of(&self, place: PlaceId) -> NodeId {
        self.plan.places[place.0 as usize].node
    }

    pub(crate) fn instance_of(&self, place: PlaceId) -> u32 {
        self.plan.places[place.0 as usize].instance
    }

    pub(crate) fn class(&self, place: PlaceId) -> u16 {
        self.plan.places[place.0 as usize].class
    }

    pub(crate) fn hash(&self, node: NodeId) -> u64 {
        self.hashes[node.index()]
    }

    /// The rings on which the instances of a node are hashed.
    pub(crate) fn rings(&self, node: NodeId) -> &Rings {
        &self.rings[node.index()]
    }

    /// `web/2`, or `web` where there is only one instance.
    pub(crate) fn address(&self, place: PlaceId) -> String {
        let node = &self.plan.nodes[self.node_of(place).index()];
        match node.instances {
            1 => node.name.clone(),
            _ => format!("{}/{}", node.name, self.instance_of(place)),
        }
    }

    pub(crate) fn meters(&self, node: NodeId) -> &Meters {
        &self.nodes[node.index()].meters
    }

    pub(crate) fn limiter(&self, node: NodeId) -> &LimiterState {
        &self.nodes[node.index()].limiter
    }

    pub(crate) fn count(&self, place: PlaceId, what: Count) {
        self.count_many(place, what, 1);
    }

    pub(crate) fn count_many(&self, place: PlaceId, what: Count, n: u64) {
        let meters = self.meters(self.node_of(place));
        meters.counts[what as usize].add(&self.plan.calibration, self.sim.now(), n);
    }

    pub(crate) fn clients(&self, node: NodeId) -> &ClientState {
        match &self.nodes[node.index()].part {
            Part::Clients(state) => state,
            _ => unreachable!("the plan says that it is a clients node"),
        }
    }

    pub(crate) fn cache(&self, node: NodeId) -> &CacheState {
        match &self.nodes[node.index()].part {
            Part::Cache(state) => state,
            _ => unreachable!("the plan says that it is a cache"),
        }
    }

    pub(crate) fn database(&self, node: NodeId) -> &DatabaseState {
        match &self.nodes[node.index()].part {
            Part::Database(state) => state,
            _ => unreachable!("the plan says that it is a database"),
        }
    }

    pub(crate) fn oracle(&self, database: u16) -> RefMut<'_, Oracle> {
        self.oracles[usize::from(database)].borrow_mut()
    }

    /// Takes a note, and tells it when the request is followed.
    #[inline]
    pub(crate) fn note(
        &self,
        place: PlaceId,
        what: Happening,
        request: u64,
        detail: impl FnOnce() -> String,
    ) {
        let now = self.sim.now();
        self.notes
            .take(now, what, self.plan.places[place.0 as usize].hash, request);
        self.notes.tell(request, now, what, place.0, detail);
    }

    pub(crate) fn note_fault(&self, fault: u32, begins: bool) {
        let name = sim_core::name_hash(self.faults[fault as usize].name);
        self.notes
            .take(self.sim.now(), Happening::Fault, name, u64::from(begins));
    }
}

impl World<Command> for System<'_> {
    fn arrive(&self, command: Command) -> Option<Launch> {
        let at = |pool, place| Some(Launch { pool, place });
        match command {
            Command::Generate(node) => at(pool::SOURCE, self.instance(node, 0)),
            Command::User(node, _) => at(pool::USER, self.instance(node, 0)),
            Command::Visit(node, _) | Command::ReadBack(node, ..) => {
                at(pool::VISIT, self.instance(node, 0))
            }
            Command::Check(_, here, _) => at(pool::CHECK, here),
            Command::Ping(promise) => self.answer_ping(promise),
            Command::Serve(promise) => self.deliver(promise),
            Command::Begin(promise) => self.launch_serving(promise),
            Command::Cancel(promise) => self.call_off(promise),
            Command::CallOffTied(promise) => {
                self.call_off_tied(promise);
                None
            }
            Command::AcquireTimeout(promise) => self.time_out_in_queue(promise),
            Command::Replicate(place, position) => self.receive(place, position),
            Command::Acknowledge(place, position) => self.learn_acknowledgement(place, position),
            Command::Synchronise(place, n) => self.arrive_to_synchronise(place, n),
            Command::Pause(place) => self.begin_pause(place),
            Command::Resume(place) => self.end_pause(place),
            Command::Restart(place) => self.restart_after_exhaustion(place),
            Command::Begins(fault) => self.begin_fault(fault),
            Command::Ends(fault) => self.end_fault(fault),
            Command::Finish => {
                self.sim.stop();
                None
            }
            Command::Leg(..) | Command::Fill(_) | Command::Apply(_) => {
                unreachable!("these are spawned")
            }
        }
    }

    fn place(&self, command: Command) -> PlaceId {
        match command {
            Command::Check(_, here, _) => here,
            Command::Serve(promise)
            | Command::Ping(promise)
            | Command::Begin(promise)
            | Command::Cancel(promise)
            | Command::CallOffTied(promise)
            | Command::AcquireTimeout(promise) => self
                .sim
                .with_record(promise, |question| question.to)
                .unwrap_or(PlaceId::NOWHERE),
            Command::Replicate(place, _)
            | Command::Apply(place)
            | Command::Synchronise(place, _) => place,
            _ => PlaceId::NOWHERE,
        }
    }

    fn discard(&self, command: Command) {
        match command {
            Command::Serve(promise)
            | Command::Ping(promise)
            | Command::Leg(promise, ..)
            | Command::Fill(promise) => {
                self.sim.forsake(promise);
            }
            Command::Begin(promise) => self.drop_waiting(promise, Failure::Reset),
            Command::Apply(place) => self.stop_applying(place),
            Command::Synchronise(place, n) => {
                self.arrive_to_synchronise(place, n);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod pairwise;
#[cfg(test)]
mod tests;
