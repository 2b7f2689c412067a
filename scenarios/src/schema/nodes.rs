//! The parts of a system.

use super::{Call, Distribution, Fill, OrUnlimited, TimeLimit};
use crate::clauses::{
    AdaptiveLifo, Clause, ColdStart, Fair, Memory, Pauses, Processor, RateLimit, RetryAfter, Shed,
    Writes, clause,
};
use crate::units::{Duration, Rate, Share, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of the system.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Node {
    /// Where requests come from.
    Clients(Box<Clients>),
    /// Workers that follow the same steps for each request.
    Service(Box<Service>),
    /// Keeps answers of another node for a while.
    Cache(Box<Cache>),
    /// Stores versions of keys, on a primary and perhaps replicas.
    Database(Box<Database>),
}

/// Where requests come from.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clients {
    /// When requests arrive.
    pub arrivals: Arrivals,
    /// What is asked for; a single key when missing.
    #[serde(default)]
    pub keys: Option<Keys>,
    /// How large a value is.
    #[serde(default)]
    pub bytes: Option<Size>,
    /// How many of the requests are writes.
    #[serde(default)]
    pub writes: Share,
    /// Each acknowledged write is followed, this long after, by a read of its key in its session.
    #[serde(default)]
    pub read_back: Option<Duration>,
    /// How many sessions share the requests; one per user in a closed loop, else one for each
    /// request when missing.
    #[serde(default)]
    pub sessions: Option<u32>,
    /// Who goes first where a queue is ordered by priority: lower numbers first.
    #[serde(default)]
    pub priority: u8,
    /// On whose account the clients ask, where tenants have quotas or shares; each clients node is a
    /// tenant of its own when missing.
    #[serde(default)]
    pub tenant: Option<String>,
    /// An answer within this time is in time.
    pub good_within: Duration,
    /// The client leaves after this long.
    #[serde(default)]
    pub gives_up_after: Option<Duration>,
    /// The zone in which the clients are.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Whom the clients ask.
    pub call: Call,
}

/// When requests arrive.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Arrivals {
    /// At random, independently of each other, at this mean rate.
    Poisson(Rate),
    /// At equal distances.
    Constant(Rate),
    /// At random while a burst is on.
    Bursts(Bursts),
    /// At random, at a rate that changes in steps and ramps.
    Piecewise(Vec<Stage>),
    /// From users who each wait for an answer, think, and ask again.
    Closed(Closed),
    /// As a trace says.
    Replay(Replay),
}

/// Bursts: Poisson arrivals that are turned on and off.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bursts {
    /// The rate while on.
    pub rate: Rate,
    /// The rate while off.
    #[serde(default)]
    pub idle_rate: Rate,
    /// How long it is on.
    pub on: Distribution,
    /// How long it is off; it starts off.
    pub off: Distribution,
}

/// A stretch of a changing rate.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// When the stretch ends; the last may leave it out.
    #[serde(default)]
    pub until: Option<Duration>,
    /// The rate at its start.
    pub rate: Rate,
    /// The rate at its end, reached in a straight line; constant when missing.
    #[serde(default)]
    pub ramp_to: Option<Rate>,
}

/// A closed loop.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// How many users.
    pub users: u32,
    /// How long a user waits after an answer, or after giving up, before asking again.
    pub think: Distribution,
}

/// A trace: a CSV file with a header and the columns `time_s`, `key` and perhaps `bytes`.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The file, relative to the scenario file.
    #[schemars(extend("x-unit" = "file"))]
    pub file: String,
    /// When its requests are sent.
    #[serde(default)]
    pub pace: Pace,
}

/// When the requests of a trace are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// At their times, the first at 0.
    #[default]
    AsRecorded,
    /// Each when the one before has been answered.
    OneAtATime,
}

/// What is asked for. Keys are numbered from 0 in order of popularity.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Keys {
    /// All keys alike.
    Uniform {
        /// How many keys.
        count: u32,
    },
    /// The k-th key in proportion to 1/k^exponent.
    Zipf(Zipf),
    /// A few keys get a share of the requests, the others the rest.
    HotSet(HotSet),
    /// Each key by its own share; the shares add up to 100 %.
    Weighted(Vec<Share>),
}

/// Zipf's law.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zipf {
    /// The exponent; 0 is uniform.
    pub exponent: f64,
    /// How many keys.
    pub count: u32,
}

/// A hot set.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HotSet {
    /// How many hot keys.
    pub hot: u32,
    /// The share of requests that the hot keys get together.
    pub share: Share,
    /// How many keys in all.
    pub count: u32,
}

/// Workers that follow the same steps for each request, each request holding one worker.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// How many instances.
    #[serde(default = "one")]
    pub instances: u32,
    /// Requests that one instance works on at a time.
    pub workers: OrUnlimited,
    /// Where requests wait for a worker of an instance.
    #[serde(default)]
    pub queue: ServiceQueue,
    /// Which requests are turned away to be in time for the others.
    #[serde(default)]
    pub shed: Option<Shed>,
    /// How the work of requests shares an instance; each request is as fast as if it were alone when missing.
    #[serde(default)]
    pub processor: Option<Processor>,
    /// What requests hold of an instance's memory.
    #[serde(default)]
    pub memory: Option<Memory>,
    /// When instances stand still.
    #[serde(default)]
    pub pauses: Option<Pauses>,
    /// How slow an instance is after a restart.
    #[serde(default)]
    pub cold_start: Option<ColdStart>,
    /// Refuses (`shed`) to begin work for a caller who will have left: where its callers propagate
    /// their deadlines.
    #[serde(default)]
    pub reject_expired: Option<RejectExpired>,
    /// What a worker does for a request, in order.
    pub steps: Vec<Step>,
    /// An instance that is slower than the others all the time.
    #[serde(default)]
    pub slow_instance: Option<SlowInstance>,
    /// Limits how many requests are let in.
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    /// What those are told of when to try again who are throttled or shed.
    #[serde(default)]
    pub retry_after: Option<RetryAfter>,
    /// Zones, to which instances are spread in turn.
    #[serde(default)]
    pub zones: Vec<String>,
}

impl Service {
    /// The clauses that are written, by the paths of their fields.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = (&'static str, &dyn Clause)> {
        let order: Option<&dyn Clause> = match &self.queue.order {
            QueueOrder::AdaptiveLifo(order) => Some(order),
            QueueOrder::Fair(order) => Some(order),
            QueueOrder::Fifo | QueueOrder::Lifo | QueueOrder::Priority => None,
        };
        let order_path = match &self.queue.order {
            QueueOrder::AdaptiveLifo(_) => "queue.order.adaptive_lifo",
            _ => "queue.order.fair",
        };
        let clauses = [
            (order_path, order),
            ("shed", clause(&self.shed)),
            ("rate_limit", clause(&self.rate_limit)),
            ("retry_after", clause(&self.retry_after)),
            ("processor", clause(&self.processor)),
            ("memory", clause(&self.memory)),
            ("pauses", clause(&self.pauses)),
            ("cold_start", clause(&self.cold_start)),
        ];
        clauses
            .into_iter()
            .filter_map(|(name, clause)| Some((name, clause?)))
    }
}

fn one() -> u32 {
    1
}

/// When too little time is left for a request.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RejectExpired {
    /// Less than this is too little.
    pub min_remaining: Duration,
}

/// Where requests wait for a worker.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceQueue {
    /// How many may wait; further requests are refused. Unlimited when missing.
    pub capacity: Option<OrUnlimited>,
    /// Who goes first.
    pub order: QueueOrder,
}

/// Who goes first in a queue.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QueueOrder {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out.
    Lifo,
    /// The lowest `priority` of the clients first, then first in, first out.
    Priority,
    /// First in, first out while the queue is short and young, else last in, first out.
    AdaptiveLifo(AdaptiveLifo),
    /// Tenants take turns.
    Fair(Fair),
}

/// One thing that a worker does.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Work for this long.
    Work(Distribution),
    /// Ask another node, and fail if it fails.
    Call(Box<Call>),
    /// Ask several nodes at once, and fail as soon as one fails.
    Parallel(Vec<Call>),
    /// Fail (`unavailable`) this often.
    Fail(Share),
}

/// An instance that is slower than the others.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowInstance {
    /// Which instance, from 0.
    #[serde(default)]
    pub instance: u32,
    /// How many times as long its work takes.
    pub factor: f64,
}

/// Keeps answers of another node for a while.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// How many instances.
    #[serde(default = "one")]
    pub instances: u32,
    /// Whether the instances share what they keep.
    #[serde(default)]
    pub store: CacheStore,
    /// How much a store keeps: a number of entries, or a size.
    pub capacity: CacheCapacity,
    /// How long an entry stays fresh after its fill; `none` is for ever.
    pub ttl: TimeLimit,
    /// Spreads each lifetime uniformly by this share, up and down.
    #[serde(default)]
    pub ttl_jitter: Share,
    /// What a store holds at the start.
    #[serde(default)]
    pub start: CacheStart,
    /// Which entry goes when a store is full.
    #[serde(default)]
    pub evict: Evict,
    /// How long an answer from the store takes.
    #[serde(default)]
    pub hit: Distribution,
    /// How the cache asks for what it does not have.
    pub fill: Fill,
    /// Who asks for what is missing, and stores it.
    #[serde(default)]
    pub pattern: CachePattern,
    /// Whether misses of one key share one fill.
    #[serde(default)]
    pub single_flight: SingleFlight,
    /// Serves an expired entry for this long while one refresh is under way.
    #[serde(default)]
    pub stale_while_revalidate: Option<Duration>,
    /// Refreshes an entry before it expires.
    #[serde(default)]
    pub early_refresh: Option<EarlyRefresh>,
    /// Zones, to which instances are spread in turn.
    #[serde(default)]
    pub zones: Vec<String>,
}

/// Whether cache instances share what they keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheStore {
    /// One store for all.
    #[default]
    Shared,
    /// Each its own.
    PerInstance,
}

/// How much a cache keeps.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CacheCapacity {
    /// A number of entries.
    Entries(u32),
    /// The sizes of the values together.
    Bytes(Size),
}

/// What a cache holds at the start: the most popular keys, as many as fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CacheStart {
    /// Nothing.
    #[default]
    Cold,
    /// Entries of every age, the most popular the youngest.
    Warm,
    /// Entries all filled at time 0.
    Loaded,
}

/// Which entry goes when a cache is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Evict {
    /// The one whose last use is longest ago.
    #[default]
    Lru,
    /// The one that came first.
    Fifo,
}

/// Who asks for what a cache does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CachePattern {
    /// The cache, which keeps the answer even when the requester has left.
    #[default]
    ReadThrough,
    /// The requester, who stores the answer; what comes after it left is lost.
    LookAside,
}

/// Which misses of one key share one fill.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SingleFlight {
    /// None.
    #[default]
    Off,
    /// Those of one instance.
    PerInstance,
    /// Those of all instances.
    Fleet,
}

/// How a cache refreshes an entry before it expires.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EarlyRefresh {
    /// At random, more often the closer the expiry.
    Xfetch(XFetch),
}

/// Probabilistic early expiration (Vattani, Chierichetti and Lowenstein, 2015, "Optimal
/// Probabilistic Cache Stampede Prevention"): a read refreshes when
/// now - beta x (duration of the last fill) x ln(uniform) reaches the expiry.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct XFetch {
    /// Above 1 refreshes earlier, below 1 later.
    pub beta: f64,
}

/// Stores versions of keys.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Requests that one instance (the primary, each replica) works on at a time.
    pub connections: OrUnlimited,
    /// How long a request waits for a connection before it is refused; without it, for ever.
    #[serde(default)]
    pub acquire_timeout: Option<Duration>,
    /// How long a read takes.
    #[serde(default)]
    pub read: Distribution,
    /// How long a write takes.
    #[serde(default)]
    pub write: Distribution,
    /// What becomes of writes that meet at one key.
    #[serde(default)]
    pub writes: Writes,
    /// Copies of the primary that follow it; without it there is only the primary.
    #[serde(default)]
    pub replicas: Option<Replicas>,
    /// Zones, to which the primary and then the replicas are spread in turn.
    #[serde(default)]
    pub zones: Vec<String>,
}

/// Copies of a database's primary. Instance 0 is the primary, the others are replicas.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replicas {
    /// How many replicas.
    pub count: u32,
    /// When a write is acknowledged.
    #[serde(default)]
    pub replication: Replication,
    /// How long a replica takes to apply one write; it applies them one after the other.
    #[serde(default)]
    pub apply: Distribution,
    /// Which instance answers a read.
    #[serde(default)]
    pub reads: Reads,
}

/// When a write is acknowledged.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Replication {
    /// When the primary has it.
    #[default]
    Asynchronous,
    /// When that many replicas have it too.
    Synchronous(AcknowledgedBy),
}

/// Which replicas must have a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgedBy {
    /// How many replicas.
    pub replicas: u32,
}

/// Which instance of a database answers a read.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reads {
    /// The primary.
    #[default]
    Primary,
    /// Any instance, as the caller balances.
    Any,
    /// The instance that is nearest: in the caller's zone, else over the quickest link.
    Nearest,
    /// One instance for each session.
    Sticky,
    /// A replica that waits until it has what the session has written and read.
    WaitForVersion(WaitForVersion),
}

/// Waiting for a version.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitForVersion {
    /// How long a replica waits; then the primary answers.
    pub up_to: Duration,
}
