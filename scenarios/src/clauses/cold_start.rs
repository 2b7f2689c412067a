//! Cold starts: an instance is slow at first.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// After a restart, work at an instance takes longer, and less so as time goes by. When the run begins,
/// instances are warm.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColdStart {
    /// How many times as long work takes at first.
    pub factor: f64,
    /// When that has fallen to 1, in a straight line.
    pub over: Duration,
}

impl ColdStart {
    pub(crate) fn plan(self) -> models::ColdStart {
        models::ColdStart {
            factor: self.factor,
            over: self.over.0,
        }
    }
}

impl Clause for ColdStart {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if !(1.0..=1e6).contains(&self.factor) {
            let message = format!("`factor` cannot be {}", self.factor);
            report.wrong(&format!("{path}.factor"), message, "a number from 1 on");
        }
        report.some_time(&format!("{path}.over"), self.over);
    }

    fn describe(&self) -> String {
        format!("cold for {} after a restart", self.over)
    }
}
