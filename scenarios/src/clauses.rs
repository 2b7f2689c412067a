//! Clauses: what a scenario may write about one mitigation, each in one file: its fields, what is refused,
//! and what it becomes in a plan.

mod adaptive_lifo;
mod adaptive_throttling;
mod balance;
mod budget;
mod bulkhead;
mod circuit_breaker;
mod cold_start;
mod concurrency_limit;
mod fair;
mod fallback;
mod gray;
mod health_check;
mod hedge;
mod memory;
mod outlier_ejection;
mod panic;
mod pauses;
mod prefer_zone;
mod preset;
mod processor;
mod rate_limit;
mod retry_after;
pub(crate) mod rotation;
mod shed;
mod slow_start;
mod stale_load;
mod subset;
mod writes;

pub use adaptive_lifo::AdaptiveLifo;
pub use adaptive_throttling::AdaptiveThrottling;
pub use balance::{Balance, ConsistentHash, HashOf, ResponseTime};
pub use budget::{Budget, CallsBudget, NamedBudget};
pub use bulkhead::Bulkhead;
pub use circuit_breaker::{CircuitBreaker, Per, SlowCall, Window};
pub use cold_start::ColdStart;
pub use concurrency_limit::{ConcurrencyLimit, LimitRange};
pub use fair::Fair;
pub use fallback::Fallback;
pub use gray::{Gray, Symptom};
pub use health_check::{Depth, HealthCheck};
pub use hedge::{Hedge, HedgeAfter};
pub use memory::Memory;
pub use outlier_ejection::{OutlierEjection, SuccessRate};
pub use panic::Panic;
pub use pauses::Pauses;
pub use prefer_zone::PreferZone;
pub use preset::Preset;
pub use processor::Processor;
pub use rate_limit::{
    Check, Counts, Fail, LeakyBucket, Limit, LimitAnswer, QuotaOf, RateLimit, Requests, Shared,
    StoreCall, Synchronised, TokenBucket,
};
pub use retry_after::{HonourRetryAfter, Reset, RetryAfter, RetryWait};
pub use shed::{ClassLimit, Codel, CodelVariant, Shed};
pub use slow_start::SlowStart;
pub use stale_load::StaleLoad;
pub use subset::{Subset, SubsetChoice};
pub use writes::Writes;

pub(crate) use preset::WrittenRetry;

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
