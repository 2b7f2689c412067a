//! Clauses: what a scenario may write about one mitigation, each in one file: its fields, what is refused,
//! and what it becomes in a plan.

mod adaptive_throttling;
mod budget;
mod bulkhead;
mod circuit_breaker;
mod concurrency_limit;
mod hedge;
mod preset;

pub use adaptive_throttling::AdaptiveThrottling;
pub use budget::{Budget, CallsBudget, NamedBudget};
pub use bulkhead::Bulkhead;
pub use circuit_breaker::{CircuitBreaker, Per, SlowCall, Window};
pub use concurrency_limit::{ConcurrencyLimit, Limit};
pub use hedge::{Hedge, HedgeAfter};
pub use preset::Preset;
pub(crate) use preset::WrittenRetry;

use crate::check::meaning::Report;

/// What a scenario writes about one mitigation.
pub(crate) trait Clause {
    /// Reports what makes no sense, where the clause stands at `path`.
    fn check(&self, path: &str, report: &mut Report<'_>);

    /// The clause in a few words, for the topology.
    fn describe(&self) -> String;
}
