//! Clauses: what a scenario may write about one mitigation, each in one file: its fields, what is refused,
//! and what it becomes in a plan.

mod bulkhead;
mod gray;

pub use bulkhead::Bulkhead;
pub use gray::{Gray, Symptom};

use crate::check::meaning::Report;

/// What a scenario writes about one mitigation.
pub(crate) trait Clause {
    /// Reports what makes no sense, where the clause stands at `path`.
    fn check(&self, path: &str, report: &mut Report<'_>);

    /// The clause in a few words, for the topology.
    fn describe(&self) -> String;
}
