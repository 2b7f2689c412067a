//! Clauses: what a scenario may write about one mitigation, each in one file: its fields, what is refused,
//! and what it becomes in a plan.

mod bulkhead;
mod rate_limit;
mod retry_after;
mod writes;

pub use bulkhead::Bulkhead;
pub use rate_limit::{
    Check, Counts, Fail, LeakyBucket, Limit, LimitAnswer, QuotaOf, RateLimit, Requests, Shared,
    StoreCall, Synchronised, TokenBucket,
};
pub use retry_after::{HonourRetryAfter, Reset, RetryAfter, RetryWait};
pub use writes::Writes;

use crate::check::meaning::Report;

/// What a scenario writes about one mitigation.
pub(crate) trait Clause {
    /// Reports what makes no sense, where the clause stands at `path`.
    fn check(&self, path: &str, report: &mut Report<'_>);

    /// The clause in a few words, for the topology.
    fn describe(&self) -> String;
}

/// A clause, if it is written.
pub(crate) fn clause(written: &Option<impl Clause>) -> Option<&dyn Clause> {
    written.as_ref().map(|clause| clause as &dyn Clause)
}
