//! What a run is measured by: the metrics of the product, and what follows from them.

use scenarios::results::{Run, Verdict};

/// The value of a metric in a run; nothing where there are too few samples. Besides what
/// `squall show --metrics` lists there are
///
/// - `NODE.per_request`: calls that arrive at the node per request of a client;
/// - `NODE.littles_law`: requests in the node on average over time, per arrivals x mean latency;
/// - `recovered` and `stuck`: 1 for a run with that verdict, else 0;
/// - `recovery`: seconds until a run that recovered had.
pub(crate) fn read(run: &Run, name: &str) -> Option<f64> {
    let listed = |name: &str| run.metrics.get(name).copied();
    if let Some(node) = name.strip_suffix(".littles_law") {
        let of = |metric: &str| listed(&format!("{node}.{metric}"));
        return Some(of("in_flight.mean")? / (of("arrivals.rate")? * of("latency.mean")?));
    }
    if let Some(node) = name.strip_suffix(".per_request") {
        return Some(listed(&format!("{node}.arrivals.rate"))? / listed("offered.rate")?);
    }
    match (name, run.recovery) {
        ("recovery", Verdict::Recovered(after)) => Some(after),
        ("recovered", verdict) => Some(f64::from(matches!(verdict, Verdict::Recovered(_)))),
        ("stuck", verdict) => Some(f64::from(verdict == Verdict::Stuck)),
        _ => listed(name),
    }
}
