//! Databases: versions of keys on a primary, and replicas that follow it.
//!
//! The primary's log is one stream to each replica, as in MySQL and PostgreSQL: it never reorders,
//! repeats what a lossy link drops, stands still while a link is cut, and goes on from where the
//! replica is. A replica acknowledges what it has received; it applies writes one by one.

use crate::lock::Locks;
use crate::meters::Count;
use crate::network::mean_latency;
use crate::plan::{Reads, Writes};
use crate::question::{Failure, Outcome, Value};
use crate::serving::{Health, Serving};
use crate::system::{System, pool};
use crate::{Command, Happening, NodeId, NodeKind};
use sim_core::{Dice, Launch, PlaceId, Promise, Purpose, Span, Time, Wait};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

/// How long a stream waits before it repeats a message that got lost (the least retransmission
/// time-out of Linux TCP).
const RETRANSMIT: Span = Span::millis(200);

/// The state of a database.
pub(crate) struct DatabaseState {
    pub(crate) index: u16,
    log: RefCell<Log>,
    instances: Vec<InstanceData>,
    locks: Locks,
    /// Writes that wait until enough replicas have them, by position.
    unacknowledged: RefCell<VecDeque<(u32, Promise)>>,
}

/// The writes that some replica has not applied yet. Position n is that of the n-th write.
#[derive(Default)]
struct Log {
    length: u32,
    first: u32,
    entries: VecDeque<LogEntry>,
}

#[derive(Clone, Copy)]
struct LogEntry {
    key: u32,
    version: u32,
    committed: Time,
    /// The dice of the write, from which all draws on its way to the replicas come.
    dice: Dice,
}

/// What one instance has.
struct InstanceData {
    /// The version of each key.
    versions: RefCell<Vec<u32>>,
    /// How far it has applied the log.
    applied: Cell<u32>,
    /// How far it has received the log.
    received: Cell<u32>,
    /// How far the primary has sent it.
    sent: Cell<u32>,
    /// How far it has told the primary that it has received.
    told: Cell<u32>,
    /// How far the primary knows that it has received.
    acknowledged: Cell<u32>,
    /// When the last message of the stream arrives, in each direction.
    last_arrival: Cell<Time>,
    last_acknowledgement: Cell<Time>,
    is_applying: Cell<bool>,
    /// Reads that wait for a position.
    readers: RefCell<BTreeMap<(u32, u64), Promise>>,
    next_reader: Cell<u64>,
}

impl DatabaseState {
    pub(crate) fn new(index: u16, instances: u32, keys: u32) -> DatabaseState {
        let instance = |_| InstanceData {
            versions: RefCell::new(vec![0; keys as usize]),
            applied: Cell::new(0),
            received: Cell::new(0),
            sent: Cell::new(0),
            told: Cell::new(0),
            acknowledged: Cell::new(0),
            last_arrival: Cell::new(Time::ZERO),
            last_acknowledgement: Cell::new(Time::ZERO),
            is_applying: Cell::new(false),
            readers: RefCell::default(),
            next_reader: Cell::new(0),
        };
        DatabaseState {
            index,
            log: RefCell::default(),
            instances: (0..instances).map(instance).collect(),
            locks: Locks::default(),
            unacknowledged: RefCell::default(),
        }
    }

    fn replicas(&self) -> &[InstanceData] {
        &self.instances[1..]
    }

    fn read(&self, instance: u32, key: u32) -> Value {
        let data = &self.instances[instance as usize];
        let version = data.versions.borrow()[key as usize];
        Value {
            version,
            position: data.applied.get(),
            source: self.index,
            is_degraded: false,
        }
    }

    fn commit(&self, key: u32, dice: Dice, now: Time) -> Value {
        let primary = &self.instances[0];
        let version = {
            let version = &mut primary.versions.borrow_mut()[key as usize];
            *version += 1;
            *version
        };
        let mut log = self.log.borrow_mut();
        log.length += 1;
        if self.replicas().is_empty() {
            log.first = log.length;
        } else {
            log.entries.push_back(LogEntry {
                key,
                version,
                committed: now,
                dice,
            });
        }
        primary.applied.set(log.length);
        Value {
            version,
            position: log.length,
            source: self.index,
            is_degraded: false,
        }
    }

    /// The next write that a replica has received and not applied.
    fn next_to_apply(&self, replica: &InstanceData) -> Option<LogEntry> {
        let log = self.log.borrow();
        if replica.received.get() <= replica.applied.get() {
            return None;
        }
        log.entries
            .get((replica.applied.get() - log.first) as usize)
            .copied()
    }

    /// The write at a position, for as long as some replica has not applied it.
    fn entry(&self, position: u32) -> Option<LogEntry> {
        let log = self.log.borrow();
        let index = position.checked_sub(log.first + 1)?;
        log.entries.get(index as usize).copied()
    }

    /// Forgets what every replica has applied.
    fn trim(&self) {
        let applied = self
            .replicas()
            .iter()
            .map(|replica| replica.applied.get())
            .min();
        let mut log = self.log.borrow_mut();
        while Some(log.first) < applied {
            log.entries.pop_front();
            log.first += 1;
        }
    }
}

impl System<'_> {
    /// Reads or writes, with a connection that is held until the answer is sent.
    pub(crate) async fn serve_at_database(&self, promise: Promise) {
        let serving = self.begin_serving(promise);
        let outcome = if serving.context().is_write {
            self.write(&serving).await
        } else {
            self.read(&serving).await
        };
        serving.answer(outcome);
    }

    /// Reads what this instance has when the read begins.
    async fn read(&self, serving: &Serving<'_>) -> Outcome {
        let place = serving.place();
        let node = self.node_of(place);
        let database = self.parameters(node).as_database();
        let instance = self.instance_of(place);
        if let Reads::WaitForVersion(up_to) = database.reads
            && instance != 0
            && !self.wait_for_version(serving, up_to).await
        {
            return Outcome::Failed(Failure::Behind);
        }
        let context = serving.context();
        let value = self.database(node).read(instance, context.key);
        let span = serving.work_dice().span_of(&database.read, 0);
        self.sim.work(place, span).await;
        Outcome::Answered(value)
    }

    async fn wait_for_version(&self, serving: &Serving<'_>, up_to: Span) -> bool {
        let (place, context) = (serving.place(), serving.context());
        let seen = context.seen;
        let state = self.database(self.node_of(place));
        let data = &state.instances[self.instance_of(place) as usize];
        if seen <= data.applied.get() {
            return true;
        }
        let began = self.sim.now();
        let here = self.sim.promise(self.local_question(context, place));
        let number = data.next_reader.replace(data.next_reader.get() + 1);
        data.readers
            .borrow_mut()
            .insert((seen, number), here.promise());
        let outcome = self.sim.before(began + up_to, here).await;
        if outcome.is_none()
            && let Some(reader) = data.readers.borrow_mut().remove(&(seen, number))
        {
            self.sim.forsake(reader);
        }
        let waited = self.sim.now().since(began);
        self.sim.with_waits(|waits| waits.add(Wait::Lock, waited));
        outcome.is_some()
    }

    async fn write(&self, serving: &Serving<'_>) -> Outcome {
        let place = serving.place();
        let node = self.node_of(place);
        let database = self.parameters(node).as_database();
        let state = self.database(node);
        let context = serving.context();
        let _lock = match database.writes {
            Writes::Locked(timeout) => {
                let lock = self.lock(&state.locks, context, place, timeout);
                let Some(lock) = Box::pin(lock).await else {
                    self.count(place, Count::LockTimeouts);
                    return Outcome::Failed(Failure::Unavailable);
                };
                Some(lock)
            }
            Writes::Blind | Writes::Conditional => None,
        };
        let span = serving.work_dice().span_of(&database.write, 0);
        self.sim.work(place, span).await;
        if database.writes == Writes::Conditional
            && state.read(0, context.key).version != context.seen
        {
            self.count(place, Count::Conflicts);
            return Outcome::Failed(Failure::Conflict);
        }
        let value = state.commit(context.key, context.dice, self.sim.now());
        serving.leaves_something();
        self.count(place, Count::Commits);
        let backlog = &self.meters(node).backlog;
        let replicas = state.replicas().len() as i64;
        backlog.change(&self.plan.calibration, self.sim.now(), replicas);
        let needed = self.parameters(node).as_database().acknowledged_by;
        let acknowledged = (0 < needed).then(|| {
            let here = self.sim.promise(self.local_question(context, place));
            let waiting = (value.position, here.promise());
            state.unacknowledged.borrow_mut().push_back(waiting);
            here
        });
        for replica in 1..=replicas as u32 {
            self.ship(node, replica);
        }
        if let Some(acknowledged) = acknowledged {
            let began = self.sim.now();
            acknowledged.await;
            let waited = self.sim.now().since(began);
            self.sim
                .with_waits(|waits| waits.add(Wait::Network, waited));
        }
        Outcome::Answered(value)
    }

    /// Sends a replica what it has not been sent, if the link is there.
    fn ship(&self, node: NodeId, replica: u32) {
        let state = self.database(node);
        let data = &state.instances[replica as usize];
        let log = state.log.borrow();
        let length = log.length;
        let (from, to) = (self.instance(node, 0), self.instance(node, replica));
        let is_up = |place: PlaceId| self.instances[place.0 as usize].health.get() == Health::Up;
        if length <= data.sent.get() || !is_up(from) || !is_up(to) {
            return;
        }
        let Some(last) = log.entries.back() else {
            return;
        };
        let dice = self.stream_dice(last, node, replica);
        let classes = (self.class(from), self.class(to));
        let links = &self.epoch().links;
        let Some(delay) = self.network.stream_delay(links, classes, dice, RETRANSMIT) else {
            return;
        };
        let arrival = (self.sim.now() + delay).max(data.last_arrival.get());
        data.last_arrival.set(arrival);
        data.sent.set(length);
        self.sim.start_after(
            arrival.since(self.sim.now()),
            Command::Replicate(to, length),
        );
    }

    /// The dice of a write on its way to a replica.
    fn stream_dice(&self, write: &LogEntry, node: NodeId, replica: u32) -> Dice {
        write.dice.call(self.hash(node), replica)
    }

    /// A replica receives the log up to a position, and says so.
    pub(crate) fn receive(&self, place: PlaceId, position: u32) -> Option<Launch> {
        let (node, replica) = (self.node_of(place), self.instance_of(place));
        let data = &self.database(node).instances[replica as usize];
        let is_up = self.instances[place.0 as usize].health.get() == Health::Up;
        if !is_up || position <= data.received.get() || data.sent.get() < position {
            return None; // Gone, or of a stream that a crash has broken.
        }
        self.count_replication(place, position - data.received.get());
        data.received.set(position);
        self.note(place, Happening::Delivery, u64::from(position), String::new);
        self.acknowledge(node, replica);
        if !data.is_applying.replace(true) {
            self.sim.spawn(
                Launch {
                    pool: pool::APPLY,
                    place,
                },
                Command::Apply(place),
            );
        }
        None
    }

    fn acknowledge(&self, node: NodeId, replica: u32) {
        if self.parameters(node).as_database().acknowledged_by == 0 {
            return;
        }
        let state = self.database(node);
        let data = &state.instances[replica as usize];
        let (from, to) = (self.instance(node, replica), self.instance(node, 0));
        let received = data.received.get();
        // After a cut, what is acknowledged late may be forgotten already.
        let forgotten = || Dice::visit(self.seed, self.run, self.hash(node), u64::from(received));
        let write = state
            .entry(received)
            .map_or_else(forgotten, |write| write.dice);
        let dice = write.call(self.hash(node), replica).attempt(0, 1);
        let classes = (self.class(from), self.class(to));
        let links = &self.epoch().links;
        let Some(delay) = self.network.stream_delay(links, classes, dice, RETRANSMIT) else {
            return;
        };
        let arrival = (self.sim.now() + delay).max(data.last_acknowledgement.get());
        data.last_acknowledgement.set(arrival);
        data.told.set(received);
        let command = Command::Acknowledge(from, received);
        self.sim.start_after(arrival.since(self.sim.now()), command);
    }

    /// The primary learns what a replica has, and acknowledges the writes that enough have.
    pub(crate) fn learn_acknowledgement(&self, replica: PlaceId, position: u32) -> Option<Launch> {
        let (node, number) = (self.node_of(replica), self.instance_of(replica));
        let primary = self.instance(node, 0);
        let state = self.database(node);
        let data = &state.instances[number as usize];
        if self.instances[primary.0 as usize].health.get() != Health::Up {
            data.told.set(data.acknowledged.get());
            return None;
        }
        data.acknowledged.set(data.acknowledged.get().max(position));
        self.acknowledge_writes(node);
        None
    }

    fn acknowledge_writes(&self, node: NodeId) {
        let state = self.database(node);
        let needed = self.parameters(node).as_database().acknowledged_by as usize;
        let mut waiting = state.unacknowledged.borrow_mut();
        while let Some(&(position, promise)) = waiting.front() {
            let has_it = |replica: &&InstanceData| position <= replica.acknowledged.get();
            if state.replicas().iter().filter(has_it).count() < needed {
                return;
            }
            waiting.pop_front();
            self.sim
                .answer_after(Span::ZERO, promise, Outcome::Answered(Value::default()));
        }
    }

    /// A replica applies what it has received, one write after the other.
    pub(crate) async fn apply(&self, place: PlaceId) {
        let (node, replica) = (self.node_of(place), self.instance_of(place));
        let state = self.database(node);
        let data = &state.instances[replica as usize];
        let _applying = Applying(data);
        while let Some(entry) = state.next_to_apply(data) {
            let dice = self.stream_dice(&entry, node, replica);
            let apply = &self.parameters(node).as_database().apply;
            self.sim
                .work(place, apply.sample(dice.uniform(Purpose::Apply, 0)))
                .await;
            data.versions.borrow_mut()[entry.key as usize] = entry.version;
            data.applied.set(data.applied.get() + 1);
            self.note(
                place,
                Happening::Start,
                u64::from(data.applied.get()),
                String::new,
            );
            state.trim();
            let (calibration, now) = (&self.plan.calibration, self.sim.now());
            let meters = self.meters(node);
            meters.backlog.change(calibration, now, -1);
            if calibration.covers(now) {
                meters.lag.record(now.since(entry.committed));
            }
            self.wake_readers(data);
        }
    }

    fn wake_readers(&self, data: &InstanceData) {
        let mut readers = data.readers.borrow_mut();
        while let Some(reader) = readers.first_entry() {
            if data.applied.get() < reader.key().0 {
                return;
            }
            let answer = Outcome::Answered(Value::default());
            self.sim.answer_after(Span::ZERO, reader.remove(), answer);
        }
    }

    /// A process that was to apply will never begin.
    pub(crate) fn stop_applying(&self, place: PlaceId) {
        let state = self.database(self.node_of(place));
        state.instances[self.instance_of(place) as usize]
            .is_applying
            .set(false);
    }

    /// What an instance of a database loses in a crash: what it had received and not applied, and
    /// who waited there. What was committed stays.
    pub(crate) fn crash_database(&self, place: PlaceId) {
        let state = self.database(self.node_of(place));
        let instance = self.instance_of(place);
        let data = &state.instances[instance as usize];
        let readers = std::mem::take(&mut *data.readers.borrow_mut());
        for promise in readers.into_values() {
            self.sim.forsake(promise);
        }
        if instance == 0 {
            for (_, promise) in state.unacknowledged.borrow_mut().drain(..) {
                self.sim.forsake(promise);
            }
        } else {
            data.received.set(data.applied.get());
            data.sent.set(data.applied.get());
        }
    }

    /// Lets every stream go on that can: after a cut has healed, or an instance has restarted.
    pub(crate) fn resume_streams(&self) {
        for (index, node) in (0..).map(NodeId).zip(&self.plan.nodes) {
            if !matches!(node.kind, NodeKind::Database(_)) {
                continue;
            }
            for replica in 1..node.instances {
                let data = &self.database(index).instances[replica as usize];
                self.ship(index, replica);
                if data.told.get() < data.received.get() {
                    self.acknowledge(index, replica);
                }
            }
        }
    }

    /// The instance of a database that is nearest to a place: in its zone, else over the link that
    /// is quickest on average, else the first.
    pub(crate) fn nearest(&self, here: PlaceId, database: NodeId, avoid: Option<u32>) -> u32 {
        let zone = self.plan.places[here.0 as usize].zone;
        let links = &self.epoch().links;
        let classes = self.network.classes();
        let distance = |instance: u32| {
            let there = self.instance(database, instance);
            let is_near = zone.is_some() && zone == self.plan.places[there.0 as usize].zone;
            let latency = mean_latency(links, classes, self.class(here), self.class(there));
            (!is_near, latency)
        };
        let instances = 0..self.plan.nodes[database.index()].instances;
        let others = instances.filter(|&instance| Some(instance) != avoid);
        let nearest = others.min_by(|&one, &other| {
            distance(one)
                .partial_cmp(&distance(other))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        nearest.unwrap_or(0)
    }
}

/// A replica that is at work on its backlog.
struct Applying<'s>(&'s InstanceData);

impl Drop for Applying<'_> {
    fn drop(&mut self) {
        self.0.is_applying.set(false);
    }
}
