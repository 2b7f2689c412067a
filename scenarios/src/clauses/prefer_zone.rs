//! Zone-aware balancing: instances in the caller's zone first.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Instances in the caller's zone go first; calls spill over to others when too few of them are in
/// rotation.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferZone {
    /// The largest share of the calls that stays in the zone.
    #[serde(default = "all")]
    pub share: Share,
    /// How many times their part the instances that are left can bear. With 1.4, calls spill over when
    /// less than 1 / 1.4, 71 %, of the zone's instances are in rotation (as in Envoy).
    #[serde(default = "envoys")]
    pub overprovisioning: f64,
}

fn all() -> Share {
    Share(1.0)
}

fn envoys() -> f64 {
    1.4
}

impl PreferZone {
    pub(crate) fn plan(self) -> models::PreferZone {
        models::PreferZone {
            share: self.share.0,
            overprovisioning: self.overprovisioning,
        }
    }
}

impl Clause for PreferZone {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        report.positive(&format!("{path}.overprovisioning"), self.overprovisioning);
    }

    fn describe(&self) -> String {
        "own zone first".to_owned()
    }
}
