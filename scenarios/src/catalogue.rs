//! The catalogue: scenarios that come with the program.

mod rows;

pub use rows::{Row, THEMES, rows};

/// A scenario of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub id: &'static str,
    /// Its file.
    pub text: &'static str,
}

macro_rules! catalogue {
    ($($id:literal),* $(,)?) => {
        &[$(Entry { id: $id, text: include_str!(concat!("../catalogue/", $id, ".yaml")) }),*]
    };
}

/// Every scenario, in order of name.
pub const ENTRIES: &[Entry] = catalogue![
    "agent-retry-loop",
    "backoff-jitter",
    "bulkhead",
    "cache-avalanche",
    "cache-cold-start",
    "cache-stampede",
    "cascading-failure",
    "chaos-monkey",
    "circuit-breaker",
    "connection-pool-exhaustion",
    "deadline-propagation",
    "distributed-rate-limiter",
    "gateway-saturation",
    "gc-pause",
    "graceful-degradation",
    "health-check-flap",
    "hedged-requests",
    "latency-budget",
    "lb-black-hole",
    "lb-policies",
    "littles-law",
    "load-shedding",
    "metastable-failure",
    "network-partition",
    "noisy-neighbor",
    "partial-results",
    "priority-queueing",
    "queue-saturation",
    "rate-limiter",
    "replica-lag",
    "retry-after-herd",
    "retry-amplification",
    "retry-presets",
    "retry-storm",
    "slow-dependency",
    "slow-node",
    "tail-fanout",
    "tied-requests",
    "timeout-tuning",
    "unbounded-queue",
];

/// The scenario with this name.
pub fn find(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id)
}

/// Asks whether the scenario with the nearest name was meant, if one is near.
pub fn nearest(id: &str) -> Option<String> {
    crate::check::nearest(id, ENTRIES.iter().map(|entry| entry.id))
}
