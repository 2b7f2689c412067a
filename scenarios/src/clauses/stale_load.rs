//! Stale load: a balancer that does not know the loads of this moment.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Balancing by load looks at the loads every so often only, and in between at what they were
/// (Mitzenmacher, 2000, "How Useful Is Old Information?").
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaleLoad {
    /// How often it looks.
    pub refresh: Duration,
}

impl Clause for StaleLoad {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        report.some_time(&format!("{path}.refresh"), self.refresh);
    }

    fn describe(&self) -> String {
        format!("loads every {}", self.refresh)
    }
}
