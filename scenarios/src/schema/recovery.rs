//! The verdict on recovery as a scenario writes it: from where on a system counts as back to normal.

use crate::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The thresholds of the verdict on recovery, which are the same for all variants.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recovery {
    /// How far below the baseline's share in time a good window may always lie.
    pub share_slack: Share,
    /// How far below it a good window may lie by chance, in standard errors of its share.
    pub standard_errors: f64,
    /// How many times the largest median latency of the baseline's windows a good window may have.
    pub median_factor: f64,
    /// Good windows in a row that make a recovery; the baseline and the time after the faults must
    /// be as long.
    pub windows: u32,
    /// The share of the windows after a recovery that must be good.
    pub later_good: Share,
    /// The system is stuck where its share in time is below this part of the baseline's.
    pub stuck_below: Share,
    /// Good windows, and bad ones after them, that make a relapse; two relapses are an oscillation.
    pub stretch: u32,
    /// The system was overloaded before the faults where its share in time is below this.
    pub healthy_share: Share,
}

impl Default for Recovery {
    fn default() -> Self {
        Recovery {
            share_slack: Share(0.01),
            standard_errors: 4.0,
            median_factor: 1.5,
            windows: 10,
            later_good: Share(0.9),
            stuck_below: Share(0.5),
            stretch: 5,
            healthy_share: Share(0.99),
        }
    }
}
