//! The plan of a run: everything that is decided before it begins, as plain data.

use crate::{CallPolicy, Extras, Gray, RandomFault, Sampling};
use sim_core::measure::Calibration;
use sim_core::{Distribution, Keys, Order, PlaceId, Span, Time};
use std::sync::Arc;

/// The number of a node, in order of name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NodeId(pub u16);

impl NodeId {
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The number of a call in the plan: one policy, used by every instance of one node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SiteId(pub u16);

/// The number of a tenant, in order of name: on whose account requests are sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TenantId(pub u16);

/// Everything that is decided before a run begins.
///
/// A node is parameters (here, immutable) and state (in the system). Where a fault changes
/// parameters, all sets of them are here from the start, and the fault turns one index.
#[derive(Clone, Debug)]
pub struct Plan {
    /// When the run is measured.
    pub calibration: Calibration,
    /// How long after the end of arrivals the run may go on until each request is decided.
    pub drain: Span,
    /// What never changes about the nodes, in order of name.
    pub nodes: Vec<NodePlan>,
    /// Where processes run; instances of a node are neighbours, in order.
    pub places: Vec<PlacePlan>,
    /// Who calls whom.
    pub sites: Vec<SitePlan>,
    /// The sets of parameters: the first holds from the start.
    pub epochs: Vec<Parameters>,
    /// What goes wrong, and when.
    pub faults: Vec<FaultPlan>,
    /// What goes wrong at random times.
    pub random_faults: Vec<RandomFault>,
    /// When requests arrive, for each clients node.
    pub sources: Vec<Source>,
    /// How many keys there are.
    pub keys: u32,
    /// Of which requests is kept where their time went.
    pub traced: Sampling,
    /// How much a run may use.
    pub budget: sim_core::Budget,
}

/// What never changes about a node.
#[derive(Clone, Debug)]
pub struct NodePlan {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// Its first place.
    pub first_place: PlaceId,
    /// How many places it has.
    pub instances: u32,
    /// The places whose work is slow all the time, and by how much.
    pub slow: Option<(u32, f64)>,
}

/// The kind of a node, with the shape that no fault can change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeKind {
    /// Where requests come from; the index of its source.
    Clients(u16),
    /// Workers that follow steps.
    Service,
    /// Keeps answers of another node.
    Cache {
        /// Whether each instance has a store of its own.
        per_instance: bool,
        /// What it holds at the start.
        start: CacheStart,
    },
    /// Stores versions of keys; the index among the databases.
    Database(u16),
}

/// What a cache holds at the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CacheStart {
    /// Nothing.
    Cold,
    /// The most popular keys, with ages spread over the lifetime, the most popular the youngest.
    Warm,
    /// The most popular keys, all filled at time 0.
    Loaded,
}

/// A place: an instance of a node.
#[derive(Clone, Copy, Debug)]
pub struct PlacePlan {
    /// Whose instance it is.
    pub node: NodeId,
    /// Which instance.
    pub instance: u32,
    /// Its zone, by number.
    pub zone: Option<u16>,
    /// Its class in the network: places of one class are alike for every link and fault.
    pub class: u16,
    /// The hash of its address.
    pub hash: u64,
}

/// Who calls whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SitePlan {
    /// Who calls.
    pub from: NodeId,
    /// Who is called.
    pub to: NodeId,
    /// Which of the calls of `from` to `to` this is.
    pub ordinal: u32,
}

/// A set of parameters.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Of each node.
    pub nodes: Vec<NodeParameters>,
    /// Of each call.
    pub calls: Vec<CallPolicy>,
    /// Latency and loss between classes of places, row by row.
    pub links: Vec<Link>,
}

/// How messages travel from one class of places to another.
#[derive(Clone, Debug)]
pub struct Link {
    /// How long.
    pub latency: Distribution,
    /// The share that is lost.
    pub loss: f64,
}

/// The parameters of a node.
#[derive(Clone, Debug)]
pub enum NodeParameters {
    /// Where requests come from.
    Clients(Clients),
    /// Workers that follow steps.
    Service(Service),
    /// Keeps answers of another node.
    Cache(Cache),
    /// Stores versions of keys.
    Database(Database),
}

/// Where requests come from.
#[derive(Clone, Debug)]
pub struct Clients {
    /// What is asked for.
    pub keys: Arc<Keys>,
    /// How large values are; a trace may say otherwise.
    pub bytes: u32,
    /// The share of writes.
    pub writes: f64,
    /// After which time a write is read back.
    pub read_back: Option<Span>,
    /// How many sessions; nothing when each request is its own.
    pub sessions: Option<u32>,
    /// Who goes first.
    pub priority: u8,
    /// On whose account they ask.
    pub tenant: TenantId,
    /// An answer within this time is in time.
    pub good_within: Span,
    /// When the client leaves; `FOREVER` when it never does.
    pub gives_up_after: Span,
    /// The think time of a closed loop.
    pub think: Distribution,
    /// Whom it asks.
    pub call: SiteId,
}

/// Workers that follow steps.
#[derive(Clone, Debug)]
pub struct Service {
    /// Requests that one instance works on at a time.
    pub workers: u32,
    /// How many may wait at one instance.
    pub queue: u32,
    /// Who goes first.
    pub order: Order,
    /// Work is refused for a caller who waits for less than this, where deadlines travel.
    pub reject_expired: Option<Span>,
    /// What a worker does.
    pub steps: Vec<Step>,
    /// What is said of when to try again.
    pub retry_after: Option<crate::RetryAfter>,
    /// What else there is to it; nothing when there is nothing, so that it need not be looked for.
    pub extras: Option<Box<Extras>>,
}

/// One thing that a worker does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Work.
    Work(Work),
    /// Ask.
    Call(SiteId),
    /// Ask several at once.
    Parallel(Vec<SiteId>),
    /// Fail this often.
    Fail(f64),
}

/// How long work takes.
#[derive(Clone, Debug)]
pub struct Work {
    /// How long.
    pub span: Distribution,
    /// Whether all attempts and copies of a request draw the same.
    pub per_request: bool,
}

/// Keeps answers of another node.
#[derive(Clone, Debug)]
pub struct Cache {
    /// How much a store keeps.
    pub capacity: crate::Capacity,
    /// Which entry goes when it is full.
    pub evict: crate::Evict,
    /// How long an entry is fresh; `FOREVER` without end.
    pub ttl: Span,
    /// Spreads lifetimes by this share, up and down.
    pub ttl_jitter: f64,
    /// How long an answer from the store takes.
    pub hit: Work,
    /// Who asks for what is missing.
    pub pattern: CachePattern,
    /// Which misses share one fill.
    pub single_flight: SingleFlight,
    /// How long an expired entry is served while it is refreshed.
    pub stale_while_revalidate: Span,
    /// The beta of XFetch.
    pub early_refresh: Option<f64>,
    /// How many keys it is asked for: it may hold the first of them at the start.
    pub keys: u32,
    /// How large the values are that it holds at the start.
    pub value_bytes: u32,
    /// How long a fill takes when nothing is in its way; what XFetch knows before the first fill.
    pub idle_fill: Span,
    /// Whom it asks.
    pub fill: SiteId,
}

/// Who asks for what a cache does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CachePattern {
    /// The cache.
    ReadThrough,
    /// The requester; what comes after it left is lost.
    LookAside,
}

/// Which misses of one key share one fill.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SingleFlight {
    /// None.
    Off,
    /// Those of one instance.
    PerInstance,
    /// Those of all instances.
    Fleet,
}

/// Stores versions of keys.
#[derive(Clone, Debug)]
pub struct Database {
    /// Requests that one instance works on at a time.
    pub connections: u32,
    /// How long a request waits for a connection; `FOREVER` without limit.
    pub acquire_timeout: Span,
    /// How long a read takes.
    pub read: Work,
    /// How long a write takes.
    pub write: Work,
    /// How long a replica takes to apply a write.
    pub apply: Distribution,
    /// How many replicas must have a write before it is acknowledged.
    pub acknowledged_by: u32,
    /// Which instance answers a read.
    pub reads: Reads,
    /// What becomes of writes that meet at one key.
    pub writes: Writes,
}

/// What becomes of writes that meet at one key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Writes {
    /// The later one replaces what the earlier one wrote.
    Blind,
    /// A write fails when its key is no longer as its caller has read it.
    Conditional,
    /// They wait for each other, for this long at most.
    Locked(Span),
}

/// Which instance of a database answers a read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reads {
    /// The primary.
    Primary,
    /// Any instance, as the caller balances.
    Any,
    /// The nearest.
    Nearest,
    /// One for each session.
    Sticky,
    /// A replica that waits this long until it has what the session has seen.
    WaitForVersion(Span),
}

/// When requests arrive.
#[derive(Clone, Debug)]
pub enum Source {
    /// At random, at a rate that may change.
    Poisson(Arc<crate::Profile>),
    /// At equal distances of the integrated rate.
    Constant(Arc<crate::Profile>),
    /// At random, in bursts.
    Bursts(Box<Bursts>),
    /// From users who wait for their answers.
    Closed(u32),
    /// As recorded.
    Replay(Arc<crate::Trace>),
    /// The requests of a trace, one after the other.
    OneAtATime(Arc<crate::Trace>),
}

/// Bursts.
#[derive(Clone, Debug)]
pub struct Bursts {
    /// What the rate is multiplied with over time: 1, but for load faults.
    pub load: Arc<crate::Profile>,
    /// The rate while on, per second.
    pub rate: f64,
    /// The rate while off, per second.
    pub idle_rate: f64,
    /// How long it is on.
    pub on: Distribution,
    /// How long it is off.
    pub off: Distribution,
}

/// A fault on the timeline.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    /// What reports call it.
    pub name: String,
    /// When it begins.
    pub at: Time,
    /// When it ends; `NEVER` when it stays.
    pub until: Time,
    /// What happens.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// Places work more slowly by this factor.
    Slow {
        /// Which.
        places: Vec<PlaceId>,
        /// How many times as long work takes.
        factor: f64,
    },
    /// Places die.
    Crash {
        /// Which.
        places: Vec<PlaceId>,
        /// Whether their machines die too, and are silent.
        machine: bool,
    },
    /// Places stand still.
    Pause {
        /// Which.
        places: Vec<PlaceId>,
    },
    /// Messages from one class of places to another are cut.
    Cut {
        /// From and to.
        classes: Vec<(u16, u16)>,
        /// Whether messages are delivered at the end.
        held: bool,
    },
    /// Messages from one class of places to another get lost.
    Loss {
        /// From and to.
        classes: Vec<(u16, u16)>,
        /// How many.
        share: f64,
    },
    /// Places are sick for some of their requests.
    Gray(Gray),
    /// Cache instances forget.
    Flush {
        /// Which.
        places: Vec<PlaceId>,
    },
    /// Entries of a cache expire at `expiry`.
    Expire {
        /// Which cache.
        cache: NodeId,
        /// How many keys, the most popular first.
        hottest: u32,
        /// When they expire.
        expiry: Time,
    },
    /// The load changes; it is part of the sources' profiles already.
    Load,
    /// The parameters change.
    Set {
        /// The epoch that begins.
        begin: usize,
        /// The epoch that begins when it ends.
        end: usize,
    },
}

impl NodeParameters {
    pub(crate) fn as_clients(&self) -> &Clients {
        match self {
            NodeParameters::Clients(clients) => clients,
            _ => unreachable!("the plan says that it is a clients node"),
        }
    }

    pub(crate) fn as_service(&self) -> &Service {
        match self {
            NodeParameters::Service(service) => service,
            _ => unreachable!("the plan says that it is a service"),
        }
    }

    pub(crate) fn as_cache(&self) -> &Cache {
        match self {
            NodeParameters::Cache(cache) => cache,
            _ => unreachable!("the plan says that it is a cache"),
        }
    }

    pub(crate) fn as_database(&self) -> &Database {
        match self {
            NodeParameters::Database(database) => database,
            _ => unreachable!("the plan says that it is a database"),
        }
    }
}
