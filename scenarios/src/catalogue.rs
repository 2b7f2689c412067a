//! The catalogue: scenarios that come with the program.

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
    "cache-avalanche",
    "cache-stampede",
    "circuit-breaker",
    "deadline-propagation",
    "hedged-requests",
    "network-partition",
    "queue-saturation",
    "replica-lag",
    "retry-presets",
    "retry-storm",
    "tail-fanout",
    "tied-requests",
];

/// The scenario with this name.
pub fn find(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id)
}

/// Asks whether the scenario with the nearest name was meant, if one is near.
pub fn nearest(id: &str) -> Option<String> {
    crate::check::nearest(id, ENTRIES.iter().map(|entry| entry.id))
}
