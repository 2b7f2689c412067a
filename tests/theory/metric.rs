//! The names of the metrics that the theory tests ask for, in one place.

/// A statistic of the latency of answered requests: `mean`, `p50`, `p99.9`.
pub(crate) fn latency(clients: &str, statistic: &str) -> String {
    format!("{clients}.latency.{statistic}")
}

/// The share of requests that were answered in time.
pub(crate) fn goodput(clients: &str) -> String {
    format!("{clients}.goodput")
}

/// The share of reads that missed an acknowledged write.
pub(crate) fn stale(clients: &str) -> String {
    format!("{clients}.stale_share")
}

/// Requests that wait for a place, on average over time.
pub(crate) fn queue(node: &str) -> String {
    format!("{node}.queue.mean")
}

/// A statistic of the time waited for a place, of all that got one.
pub(crate) fn wait(node: &str, statistic: &str) -> String {
    format!("{node}.wait.{statistic}")
}

/// The share of places that are taken, on average over time.
pub(crate) fn utilisation(node: &str) -> String {
    format!("{node}.utilisation")
}

/// Calls that arrive per second.
pub(crate) fn arrivals(node: &str) -> String {
    format!("{node}.arrivals.rate")
}

/// The share of arrivals that are refused.
pub(crate) fn refused(node: &str) -> String {
    format!("{node}.refused.share")
}

/// The share of reads that a cache answers from its store.
pub(crate) fn hit_ratio(cache: &str) -> String {
    format!("{cache}.hit_ratio")
}
