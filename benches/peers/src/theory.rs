//! What must come out of each run, whoever simulates.

use benches::one_server::{MEAN_SOJOURN, standard_error};
use benches::three_stages::{MEAN_LATENCY, Outcome};
use sim_core::Time;
use sim_core::measure::Histogram;

/// Events come at a rate of `pending` per second: so many take this long, within 4 errors.
///
/// # Panics
/// When they do not.
pub(crate) fn hold(pending: u32, holds: u64, end: Time) {
    let expected = holds as f64 / f64::from(pending);
    let error = (holds as f64).sqrt() / f64::from(pending);
    near(end.as_seconds(), expected, 4.0 * error);
}

/// All customers are served, and their mean sojourn is that of theory within 4 standard errors.
///
/// # Panics
/// When they are not.
pub(crate) fn one_server(customers: u64, sojourns: &Histogram) {
    assert_eq!(sojourns.count(), customers);
    let mean = sojourns.mean().expect("there are sojourns");
    near(mean, MEAN_SOJOURN, 4.0 * standard_error(customers));
}

/// All requests are answered in time, and their mean latency is that of theory.
///
/// # Panics
/// When they are not.
pub(crate) fn three_stages(requests: u64, outcome: &Outcome) {
    assert_eq!((outcome.latency.count(), outcome.timed_out), (requests, 0));
    three_stages_mean(outcome.latency.mean().expect("there are latencies"));
}

/// A mean latency in seconds is that of theory.
///
/// # Panics
/// When it is not.
pub(crate) fn three_stages_mean(mean: f64) {
    near(mean, MEAN_LATENCY, 0.03);
}

fn near(found: f64, expected: f64, error: f64) {
    assert!(
        (found - expected).abs() <= error,
        "{found} is not {expected}"
    );
}
