//! The scenario file as plain data: what `squall: 1` may say, field by field.
//!
//! The JSON Schema is derived from these types, and their documentation is its descriptions. They
//! hold what was written, with defaults filled in; what it means for a run is decided in `build`.

mod calls;
mod distribution;
mod expect;
mod faults;
mod network;
mod nodes;
mod recovery;

pub use calls::{Backoff, Call, Each, FailureKind, Fill, Jitter, OnAbandon, Policy, Retry};
pub use distribution::{
    Distribution, Drawn, Empirical, Lognormal, Negative, Part, Phase, Quantile, TimeLimit,
};
pub use expect::Expect;
pub use faults::{
    Crash, CrashOf, Expire, Fault, Flush, Load, LoadChange, Loss, Messages, Partition, Pause,
    Places, Random, Slow, Target, TargetOf, YesNo,
};
pub use network::{Link, Network};
pub use nodes::{
    AcknowledgedBy, Arrivals, Bursts, Cache, CacheCapacity, CachePattern, CacheStart, CacheStore,
    Clients, Closed, Database, EarlyRefresh, Evict, HotSet, Keys, Node, Pace, QueueOrder, Reads,
    RejectExpired, Replay, Replicas, Replication, Service, ServiceQueue, SingleFlight,
    SlowInstance, Stage, Step, WaitForVersion, XFetch, Zipf,
};
pub use recovery::Recovery;

pub use crate::clauses::*;

use crate::units::{Duration, Size};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A failure mode on a simulated system, and the mitigations to compare.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of this format: 1.
    pub squall: u32,
    /// The scenario's name: lower-case words joined by hyphens.
    pub name: String,
    /// What fails, in one sentence.
    pub summary: String,
    /// Words to find the scenario by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What you see, why it happens, what helps and what that costs.
    #[serde(default)]
    pub story: String,
    /// What the scenario takes for granted.
    #[serde(default)]
    pub assumptions: Vec<String>,
    /// Papers, books and articles that the story rests on.
    #[serde(default)]
    pub sources: Vec<String>,
    /// How long requests arrive; `trace` ends with the last record of a replay.
    pub duration: RunLength,
    /// Requests that arrive before this are simulated but not measured.
    #[serde(default)]
    pub warm_up: Duration,
    /// How many runs, each with its own dice, a result rests on.
    #[serde(default = "twenty")]
    pub runs: u32,
    /// The root of all dice.
    #[serde(default = "one")]
    pub seed: u64,
    /// Cuts the measured time of one long run into this many batches (10 to 100), on which intervals
    /// then rest; needs `runs: 1`.
    pub batch_means: Option<u32>,
    /// The parts of the system, by name.
    pub nodes: BTreeMap<String, Node>,
    /// How messages travel between the nodes.
    #[serde(default)]
    pub network: Network,
    /// What goes wrong, and when.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// The mitigations to compare with the scenario as it stands, by name.
    #[serde(default)]
    pub variants: IndexMap<String, Variant>,
    /// A parameter and its values, for a scenario whose point is a curve.
    #[serde(default)]
    pub vary: IndexMap<String, Vec<Value>>,
    /// Further columns of the comparison: a label, and a metric as `squall show --metrics` lists it.
    #[serde(default)]
    pub columns: IndexMap<String, String>,
    /// What a study must find, judged by `squall test`. No result depends on it, nor does the hash.
    #[serde(default, skip_serializing)]
    pub expect: Vec<Expect>,
    /// From where on a system counts as back to normal.
    pub recovery: Option<Recovery>,
    /// When to stop a run that gets out of hand.
    #[serde(default)]
    pub limits: Limits,
}

fn twenty() -> u32 {
    20
}

fn one() -> u64 {
    1
}

/// How long requests arrive.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum RunLength {
    /// Until this much simulated time has passed.
    For(Duration),
    /// Until the last record of the replayed trace.
    Trace(Trace),
}

/// The word `trace`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trace {
    /// The run ends with the last record of the replayed trace.
    Trace,
}

/// A change to the scenario: a mitigation, or another shape of the system.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Variant {
    /// What the variant does, in one sentence.
    pub summary: String,
    /// Variants to apply first, in this order.
    #[serde(rename = "use")]
    pub uses: Vec<String>,
    /// New values by path, such as `nodes.web.service.workers: 8`; `none` removes an optional block.
    pub set: IndexMap<String, Value>,
}

/// When to stop a run that gets out of hand.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Events in one run.
    pub events: u64,
    /// Memory of one run: processes, calendar, promises and queues.
    pub memory: Size,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            events: 10_000_000_000,
            memory: Size(4 << 30),
        }
    }
}

/// A value, or the word `none`.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum OrNone<T> {
    /// The word `none`.
    None(NoneWord),
    /// A value.
    Some(T),
}

impl<T: Copy> OrNone<T> {
    /// The value, if there is one.
    pub fn get(self) -> Option<T> {
        match self {
            OrNone::None(_) => None,
            OrNone::Some(value) => Some(value),
        }
    }
}

/// The word `none`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoneWord {
    /// Nothing.
    None,
}

/// A count, or the word `unlimited`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum OrUnlimited {
    /// The word `unlimited`.
    Unlimited(UnlimitedWord),
    /// A count.
    Count(u32),
}

impl OrUnlimited {
    /// The count; the largest there is when unlimited.
    pub fn count(self) -> u32 {
        match self {
            OrUnlimited::Unlimited(_) => u32::MAX,
            OrUnlimited::Count(count) => count,
        }
    }
}

/// The word `unlimited`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnlimitedWord {
    /// No limit.
    Unlimited,
}
