//! Clauses: what a scenario may write about one mitigation, each in one file: its fields, what is refused,
//! and what it becomes in a plan.

mod balance;
mod bulkhead;
mod health_check;
mod outlier_ejection;
mod panic;
mod prefer_zone;
pub(crate) mod rotation;
mod slow_start;
mod stale_load;
mod subset;

pub use balance::{Balance, ConsistentHash, HashOf, ResponseTime};
pub use bulkhead::Bulkhead;
pub use health_check::{Depth, HealthCheck};
pub use outlier_ejection::{OutlierEjection, SuccessRate};
pub use panic::Panic;
pub use prefer_zone::PreferZone;
pub use slow_start::SlowStart;
pub use stale_load::StaleLoad;
pub use subset::{Subset, SubsetChoice};

use crate::check::meaning::Report;

/// What a scenario writes about one mitigation.
pub(crate) trait Clause {
    /// Reports what makes no sense, where the clause stands at `path`.
    fn check(&self, path: &str, report: &mut Report<'_>);

    /// The clause in a few words, for the topology.
    fn describe(&self) -> String;
}
