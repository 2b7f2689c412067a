//! Slow start: an instance that comes back gets few calls at first.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An instance that comes back into rotation gets a share of its calls that grows from a tenth to all,
/// as in Envoy; the others get the rest.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowStart {
    /// How long it takes until it gets all of its calls.
    pub over: Duration,
}

impl SlowStart {
    pub(crate) fn plan(self) -> models::SlowStart {
        models::SlowStart { over: self.over.0 }
    }
}

impl Clause for SlowStart {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        report.some_time(&format!("{path}.over"), self.over);
    }

    fn describe(&self) -> String {
        format!("slow start over {}", self.over)
    }
}
