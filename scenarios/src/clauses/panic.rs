//! Panic threshold: when too few instances seem well, who is in rotation does not matter.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When less than this share of the instances is in rotation, anybody is asked, as so many are hardly
/// ill at once (Envoy, 50 %). Without it, anybody is asked only when nobody is left.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Panic {
    /// The share below which anybody is asked.
    pub below: Share,
}

impl Clause for Panic {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if self.below.0 <= 0.0 {
            let message = "this is so without `panic`";
            report.wrong(&format!("{path}.below"), message, "a share above 0 %");
        }
    }

    fn describe(&self) -> String {
        format!("anybody below {}", self.below)
    }
}
