//! Balancing: which instance to ask.

use crate::check::meaning::Report;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

/// Which instance to ask.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Balance {
    /// Any, all alike.
    #[default]
    Random,
    /// One after the other.
    RoundRobin,
    /// The one with the fewest calls of this caller under way; ties at random.
    LeastOutstanding,
    /// The one with fewer calls of this caller under way, of two different ones picked at random.
    PowerOfTwo,
    /// One after the other, each as often as its weight says: smooth weighted round robin as in
    /// nginx. A weight for each instance, in order.
    #[serde(rename = "weighted_round_robin")]
    WeightedRoundRobin(Vec<u32>),
    /// At random, each as often as its weight says. A weight for each instance, in order.
    #[serde(rename = "weighted_random")]
    WeightedRandom(Vec<u32>),
    /// The better of two picked at random, by peak-sensitive average of response times, times the
    /// calls of this caller under way: peak EWMA as in Finagle and Linkerd.
    #[serde(rename = "peak_ewma")]
    PeakEwma(ResponseTime),
    /// The best of all by the measure of `peak_ewma`.
    #[serde(rename = "least_response_time")]
    LeastResponseTime(ResponseTime),
    /// By hash modulo the number of instances: alike requests go to the same one.
    #[serde(rename = "hash")]
    Hash(HashOf),
    /// By hash on a ring: alike requests go to the same instance, and few move when one comes or
    /// goes (Karger et al., 1997).
    #[serde(rename = "consistent_hash")]
    ConsistentHash(ConsistentHash),
}

/// How response times are averaged.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseTime {
    /// After how long a response time weighs 1/e of what it did.
    #[serde(default = "ten_seconds")]
    pub decay: Duration,
    /// How long a failed call counts as having taken at least, so that who fails fast does not look
    /// quick; as long as it took when missing.
    #[serde(default)]
    pub failure_takes: Option<Duration>,
}

fn ten_seconds() -> Duration {
    Duration(Span::seconds(10.0))
}

/// What makes requests alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HashOf {
    /// The key that is asked for.
    #[default]
    Key,
    /// The session, as a client's address or a cookie stands for one.
    Session,
}

/// A hash ring.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsistentHash {
    /// What is hashed.
    #[serde(default)]
    pub of: HashOf,
    /// Points of each instance on the ring.
    #[serde(default = "a_hundred")]
    pub virtual_nodes: u32,
    /// How many times the mean of this caller's calls under way an instance may have, before the
    /// next on the ring is asked (Mirrokni et al., 2018); without bound when missing.
    #[serde(default)]
    pub bounded_load: Option<f64>,
}

fn a_hundred() -> u32 {
    100
}

impl ResponseTime {
    fn plan(&self) -> models::ResponseTime {
        models::ResponseTime {
            decay: self.decay.0,
            failure_takes: self.failure_takes.map_or(Span::ZERO, |takes| takes.0),
        }
    }
}

impl HashOf {
    fn plan(self) -> models::HashOf {
        match self {
            HashOf::Key => models::HashOf::Key,
            HashOf::Session => models::HashOf::Session,
        }
    }
}

impl Balance {
    pub(crate) fn plan(&self) -> models::Balance {
        match self {
            Balance::Random => models::Balance::Random,
            Balance::RoundRobin => models::Balance::RoundRobin,
            Balance::LeastOutstanding => models::Balance::LeastOutstanding,
            Balance::PowerOfTwo => models::Balance::PowerOfTwo,
            Balance::WeightedRoundRobin(weights) => {
                models::Balance::WeightedRoundRobin(weights.clone())
            }
            Balance::WeightedRandom(weights) => models::Balance::WeightedRandom(weights.clone()),
            Balance::PeakEwma(times) => models::Balance::PeakEwma(times.plan()),
            Balance::LeastResponseTime(times) => models::Balance::LeastResponseTime(times.plan()),
            Balance::Hash(of) => models::Balance::Hash(of.plan()),
            Balance::ConsistentHash(hash) => {
                models::Balance::ConsistentHash(models::ConsistentHash {
                    of: hash.of.plan(),
                    virtual_nodes: hash.virtual_nodes,
                    bounded_load: hash.bounded_load,
                })
            }
        }
    }

    /// Whether it looks at the calls under way, and at nothing else.
    pub(crate) fn looks_at_loads(&self) -> bool {
        matches!(self, Balance::LeastOutstanding | Balance::PowerOfTwo)
    }

    /// Reports what makes no sense for a target of so many instances.
    pub(crate) fn check(&self, path: &str, instances: u32, report: &mut Report<'_>) {
        match self {
            Balance::WeightedRoundRobin(weights) => {
                let path = format!("{path}.weighted_round_robin");
                check_weights(weights, &path, instances, report);
            }
            Balance::WeightedRandom(weights) => {
                check_weights(
                    weights,
                    &format!("{path}.weighted_random"),
                    instances,
                    report,
                );
            }
            Balance::PeakEwma(times) => {
                report.some_time(&format!("{path}.peak_ewma.decay"), times.decay);
            }
            Balance::LeastResponseTime(times) => {
                report.some_time(&format!("{path}.least_response_time.decay"), times.decay);
            }
            Balance::Hash(of) => check_hash(*of, &format!("{path}.hash"), report),
            Balance::ConsistentHash(hash) => {
                let at = |part: &str| format!("{path}.consistent_hash.{part}");
                check_hash(hash.of, &at("of"), report);
                report.count(&at("virtual_nodes"), hash.virtual_nodes, VIRTUAL_NODES);
                if hash.bounded_load.is_some_and(|bound| bound <= 1.0) {
                    let message = "nobody may have more than the mean";
                    report.wrong(
                        &at("bounded_load"),
                        message,
                        "a number above 1, such as 1.25",
                    );
                }
            }
            Balance::Random
            | Balance::RoundRobin
            | Balance::LeastOutstanding
            | Balance::PowerOfTwo => {}
        }
    }
}

/// Points of one instance: more are a mistake.
const VIRTUAL_NODES: u32 = 10_000;

fn check_hash(of: HashOf, path: &str, report: &mut Report<'_>) {
    if of == HashOf::Session && !report.has_sessions() {
        let message = "this hash is of sessions, and each request is a session of its own";
        let expected = "clients with `sessions`, `read_back` or a closed loop";
        report.wrong(path, message, expected);
    }
}

fn check_weights(weights: &[u32], path: &str, instances: u32, report: &mut Report<'_>) {
    if weights.len() != instances as usize {
        let message = format!("{} weights for {instances} instances", weights.len());
        report.wrong(path, message, "a weight for each instance, in order");
    } else if weights.iter().all(|&weight| weight == 0) {
        report.wrong(path, "nobody has any weight", "a weight above 0");
    }
}
