//! A bulkhead: so many attempts at once, and no more.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bulkhead (Nygard, 2007, "Release It!"): each calling instance has so many attempts under way at most,
/// so that a slow target cannot hold all of its workers. Further attempts fail (`rejected`).
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulkhead {
    /// Attempts of one calling instance that may be under way at once.
    pub concurrent: u32,
    /// How long an attempt waits for room, first come first served, before it fails; not at all when
    /// missing. A hedge never waits.
    #[serde(default)]
    pub max_wait: Option<Duration>,
}

impl Bulkhead {
    pub(crate) fn plan(self) -> models::Bulkhead {
        models::Bulkhead {
            concurrent: self.concurrent,
            max_wait: self.max_wait.unwrap_or_default().0,
        }
    }
}

impl Clause for Bulkhead {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        report.count(&format!("{path}.concurrent"), self.concurrent, u32::MAX);
    }

    fn describe(&self) -> String {
        format!("at most {} at once", self.concurrent)
    }
}
