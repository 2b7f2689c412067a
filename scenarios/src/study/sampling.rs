//! Which requests of a run are traced: all of a short run, of a long one some.

use super::StudyError;
use super::overview::rate_of;
use crate::build::Built;
use crate::schema::Node;
use models::{Sampling, Source};

/// The most measured requests of a run that are traced, on average: enough that of 20 runs a
/// thousand and more lie above the 99th percentile. To trace a request takes a tenth of the time
/// that it takes to simulate it, so a run of a million becomes slower by a thousandth.
const TRACED: f64 = 10_000.0;

/// The sample of a run of so many requests. Variants have that of their baseline, so that the
/// same requests are traced in all of them.
pub(super) fn sampling(built: &Built) -> Result<Sampling, StudyError> {
    let mut expected = requests(built)?;
    let mut bits = 0;
    while TRACED < expected {
        expected /= 2.0;
        bits += 1;
    }
    Ok(Sampling::one_in_two_to_the(bits))
}

/// How many requests a run measures, as far as the scenario tells.
fn requests(built: &Built) -> Result<f64, StudyError> {
    let mut requests = 0.0;
    for (name, node) in &built.scenario.nodes {
        if let Node::Clients(clients) = node {
            let measured = built.plan.calibration;
            let seconds = measured.until.since(measured.from).as_seconds();
            requests += rate_of(built, name, &clients.arrivals)? * seconds;
        }
    }
    // A replay at its own pace has no rate beforehand.
    let records = built.plan.sources.iter().map(|source| match source {
        Source::OneAtATime(trace) => trace.records().len() as f64,
        _ => 0.0,
    });
    Ok(requests + records.sum::<f64>())
}
