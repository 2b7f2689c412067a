//! Clauses: what a scenario may write about one mitigation, each in one file: its fields, what is refused,
//! and what it becomes in a plan.

mod adaptive_lifo;
mod bulkhead;
mod cold_start;
mod fair;
mod fallback;
mod memory;
mod pauses;
mod processor;
mod shed;

pub use adaptive_lifo::AdaptiveLifo;
pub use bulkhead::Bulkhead;
pub use cold_start::ColdStart;
pub use fair::Fair;
pub use fallback::Fallback;
pub use memory::Memory;
pub use pauses::Pauses;
pub use processor::Processor;
pub use shed::{ClassLimit, Codel, Shed, Variant as CodelVariant};

use crate::check::meaning::Report;

/// What a scenario writes about one mitigation.
pub(crate) trait Clause {
    /// Reports what makes no sense, where the clause stands at `path`.
    fn check(&self, path: &str, report: &mut Report<'_>);

    /// The clause in a few words, for the topology.
    fn describe(&self) -> String;
}
