//! Parts of distributed systems: clients, the network, services, caches, databases with replicas,
//! the policies of calls between them, and faults. It knows no file format.
//!
//! - [`Plan`]: everything that is decided before a run, as plain data. [`run`] makes a run of it.
//! - `call`, `choosing`, `fan_out` and [`policy`]: how one node asks another, or many at once; the same
//!   for every caller.
//! - `tied`: two copies of a question that know of each other.
//! - `serving`: how a question comes to an instance, waits there for a place, and is answered.
//! - [`Extras`]: what a service has besides, a file for each: [`Shed`], [`Memory`], [`Pauses`], ...
//! - `clients`, `service`, `cache`, `database`: what each kind of node does. These read like the
//!   descriptions of their protocols.
//! - `limiter`: how many requests a service lets in.
//! - `conditional` and `lock`: what becomes of writes that meet at one key.
//! - `network` and `fault`: what delays, loses and cuts messages; what goes wrong on the timeline.
//! - [`meters`]: what is measured; [`breakdown`]: at which node the time went; `notes`: the
//!   fingerprint of a run and the story of a request.
//! - [`Store`], [`Profile`], [`Trace`], [`Oracle`]: plain data structures that these stand on.

pub mod breakdown;
mod cache;
mod call;
mod choosing;
mod clients;
mod cold_start;
mod conditional;
mod database;
mod extras;
mod fallback;
mod fan_out;
mod fault;
mod limiter;
mod lock;
mod memory;
pub mod meters;
mod network;
mod notes;
mod oracle;
mod pauses;
mod plan;
pub mod policy;
mod probing;
mod profile;
mod question;
mod service;
mod serving;
mod shedding;
mod store;
mod system;
mod tied;
mod trace;

pub use breakdown::{Breakdown, Sampling};
pub use clients::request_id;
pub use cold_start::ColdStart;
pub use extras::Extras;
pub use fallback::Fallback;
pub use fault::gray::{Gray, Symptom};
pub use fault::random::RandomFault;
pub use limiter::{
    Busiest, Counts, FixedWindow, LeakyBucket, Limit, QuotaOf, RateLimit, RetryAfter,
    SlidingCounter, SlidingLog, TokenBucket,
};
pub use memory::Memory;
pub use meters::{ClientMeters, Count, Level, Meters, Party};
pub use notes::{Happening, Note};
pub use oracle::{Oracle, Stale};
pub use pauses::Pauses;
pub use plan::{
    Bursts, Cache, CachePattern, CacheStart, Clients, Database, FaultKind, FaultPlan, Link, NodeId,
    NodeKind, NodeParameters, NodePlan, Parameters, PlacePlan, Plan, Reads, Service, SingleFlight,
    SiteId, SitePlan, Source, Step, TenantId, Work, Writes,
};
pub use policy::{
    AdaptiveThrottling, Algorithm, Backoff, Balance, Budget, Bulkhead, CallPolicy, CircuitBreaker,
    ConcurrencyLimit, ConsistentHash, Depth, Ejection, FanOut, Gates, HashOf, HealthCheck, Hedge,
    HedgeAfter, Honour, Jitter, PreferZone, ResponseTime, Rotation, SlowStart, Subset,
    SubsetChoice, SuccessRate, TOKEN, Tokens, Weights, Window,
};
pub use profile::{Clock, Profile, Stage};
pub use question::{Cause, Command, Failure, NO_SESSION, NO_SOURCE, Outcome, Question, Value};
pub use shedding::{ClassLimit, Codel, CodelVariant, Shed};
pub use store::{Capacity, Entry, Evict, Store};
pub use system::{NodeOutcomes, Outcomes, run};
pub use trace::{Record, Trace};
