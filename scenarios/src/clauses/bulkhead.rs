//! A bulkhead: so many attempts at once, and no more.

use super::Clause;
use crate::check::meaning::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bulkhead (Nygard, 2007, "Release It!"): each calling instance has so many attempts under way at most,
/// so that a slow target cannot hold all of its workers. Further attempts fail at once (`rejected`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulkhead {
    /// Attempts of one calling instance that may be under way at once.
    pub concurrent: u32,
}

impl Bulkhead {
    pub(crate) fn plan(self) -> models::Bulkhead {
        models::Bulkhead {
            concurrent: self.concurrent,
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
