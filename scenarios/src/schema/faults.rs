//! What goes wrong, and when.

use super::Distribution;
use crate::clauses::Gray;
use crate::units::{Duration, Share};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Something that goes wrong, `at` a time or at `random`; exactly one of `slow` to `set` says what.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When it begins.
    pub at: Option<Duration>,
    /// In place of `at`: it happens again and again, at random times.
    pub random: Option<Random>,
    /// How long it lasts; without it, it stays (or, as with `flush`, is over at once).
    #[serde(rename = "for")]
    pub lasts: Option<Duration>,
    /// Repeats it this often, counted from begin to begin.
    pub every: Option<Duration>,
    /// How many times in all, when it repeats.
    pub times: Option<u32>,
    /// What charts and tables call it.
    pub name: Option<String>,
    /// Whether the verdict on recovery counts it as the trigger: `no` for `set` and `random`, else `yes`.
    pub trigger: Option<YesNo>,
    /// An instance, a node or a zone works more slowly.
    pub slow: Option<Slow>,
    /// An instance, a node or a zone dies, and restarts at the end of `for`.
    pub crash: Option<Crash>,
    /// An instance, a node or a zone stands still, as in a long garbage collection.
    pub pause: Option<Pause>,
    /// Messages between two places are cut.
    pub partition: Option<Partition>,
    /// Messages between two places get lost at random.
    pub loss: Option<Loss>,
    /// Instances are sick for some of their requests, and look healthy.
    pub gray: Option<Gray>,
    /// A cache forgets.
    pub flush: Option<Flush>,
    /// Entries of a cache expire.
    pub expire: Option<Expire>,
    /// Clients send more, or less.
    pub load: Option<Load>,
    /// Parameters change, such as a mitigation that is turned on late: new values by path.
    pub set: Option<IndexMap<String, Value>>,
}

/// Random times: a renewal process. It is drawn from a stream of its own, by the fault's name.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Random {
    /// How long from one begin to the next; they may overlap.
    pub every: Option<Distribution>,
    /// In place of `every`: how long from the end of one to the begin of the next.
    pub gap: Option<Distribution>,
    /// How long each lasts; without it, they stay (or, as with `flush`, are over at once).
    #[serde(rename = "for")]
    pub lasts: Option<Distribution>,
    /// From when on.
    pub from: Duration,
    /// Until when one may begin; as long as requests arrive unless said otherwise.
    pub until: Option<Duration>,
}

/// The words `yes` and `no`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Where something goes wrong.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Target {
    /// A node (`web`), an instance (`web/2`) or a zone (`zone/a`).
    At(String),
    /// Several of these, which fail together: what shares a rack, a disk or a deploy.
    Together(Vec<String>),
    /// For faults at random times: one or each of several.
    Of(TargetOf),
}

/// Which of several places a fault at random times hits.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetOf {
    /// One of these, drawn anew each time.
    OneOf(Places),
    /// Each of these, at times of its own.
    EachOf(Places),
}

/// Places to choose from: the instances at one address, or what is at each of several.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Places {
    /// The instances of a node (`web`) or in a zone (`zone/a`).
    InstancesAt(String),
    /// What is at each address: `[zone/a, zone/b]` are two zones.
    Several(Vec<String>),
}

impl Target {
    /// Every address of it.
    pub fn addresses(&self) -> &[String] {
        match self {
            Target::At(address)
            | Target::Of(
                TargetOf::OneOf(Places::InstancesAt(address))
                | TargetOf::EachOf(Places::InstancesAt(address)),
            ) => std::slice::from_ref(address),
            Target::Together(addresses)
            | Target::Of(
                TargetOf::OneOf(Places::Several(addresses))
                | TargetOf::EachOf(Places::Several(addresses)),
            ) => addresses,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |and: &str| self.addresses().join(and);
        match self {
            Target::At(_) | Target::Together(_) => write!(f, "{}", listed(" and ")),
            Target::Of(TargetOf::OneOf(_)) => write!(f, "one of {}", listed(", ")),
            Target::Of(TargetOf::EachOf(_)) => write!(f, "each of {}", listed(", ")),
        }
    }
}

impl Fault {
    /// What it hits, where it hits instances.
    pub fn target(&self) -> Option<&Target> {
        let slow = self.slow.as_ref().map(|slow| &slow.target);
        let crash = self.crash.as_ref().map(|crash| &crash.target);
        let pause = self.pause.as_ref().map(|pause| &pause.target);
        let gray = self.gray.as_ref().map(|gray| &gray.target);
        slow.or(crash).or(pause).or(gray)
    }
}

/// Slower work.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slow {
    /// What it hits.
    pub target: Target,
    /// How many times as long all work takes.
    pub factor: f64,
}

/// A crash.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// What it hits.
    pub target: Target,
    /// What dies.
    #[serde(default)]
    pub of: CrashOf,
}

/// What dies in a crash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CrashOf {
    /// The process: its machine resets and refuses connections.
    #[default]
    Process,
    /// The machine: silence.
    Machine,
}

/// A standstill.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// What it hits.
    pub target: Target,
}

/// A cut: `between` two places in both directions, or `from` one `to` the other.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Partition {
    /// Two places, in both directions.
    pub between: Option<(String, String)>,
    /// Where messages come from, for one direction only.
    pub from: Option<String>,
    /// Where messages go to, for one direction only.
    pub to: Option<String>,
    /// What becomes of messages sent meanwhile.
    pub messages: Messages,
}

/// What becomes of messages sent into a cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Messages {
    /// They are lost.
    #[default]
    Lost,
    /// They are delivered at the end, in order, as TCP does.
    Held,
}

/// Random loss: `between` two places in both directions, or `from` one `to` the other; everywhere
/// without either.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// Two places, in both directions.
    #[serde(default)]
    pub between: Option<(String, String)>,
    /// Where messages come from, for one direction only.
    #[serde(default)]
    pub from: Option<String>,
    /// Where messages go to, for one direction only.
    #[serde(default)]
    pub to: Option<String>,
    /// How many messages are lost.
    pub share: Share,
}

/// A cache forgets everything at once.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flush {
    /// The cache, or one instance of it.
    pub cache: String,
}

/// Entries of a cache expire at the time of the fault.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expire {
    /// The cache.
    pub cache: String,
    /// How many keys, the most popular first; all when missing.
    #[serde(default)]
    pub hottest: Option<u32>,
    /// From how long before on the cache knows when they expire.
    #[serde(default)]
    pub notice: Duration,
}

/// A change of load.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// The clients node.
    pub target: String,
    /// What the rate is multiplied by.
    pub factor: f64,
    /// How the rate changes.
    #[serde(default)]
    pub change: LoadChange,
}

/// How the load changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoadChange {
    /// At once, and back at once at the end of `for`.
    #[default]
    Step,
    /// In a straight line over the length of `for`; it stays at the end.
    Ramp,
}
