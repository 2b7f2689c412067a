//! The peers simulate the same as the hand-written loops: they draw the same numbers, and come to
//! the same sums. nexosim does to the nanosecond; simcore, whose time is a float, to a microsecond.

use crate::{nexosim, simcore};
use benches::{hold, one_server, three_stages};
use sim_core::measure::Histogram;

const OPERATIONS: u64 = 100_000;

#[test]
fn hold_models_come_to_the_same_moment() {
    let pending = 1_000;
    let by_hand = hold::ByHand::new(pending).run(OPERATIONS);
    assert_eq!(nexosim::hold::Hold::new(pending).run(OPERATIONS), by_hand);
    let on_simcore = simcore::hold::Hold::new(pending).run(OPERATIONS);
    assert_near(on_simcore.as_seconds(), by_hand.as_seconds());
}

#[test]
fn customers_have_the_same_sojourns() {
    assert_same(
        &one_server::by_hand(OPERATIONS),
        &nexosim::one_server::run(OPERATIONS),
        &simcore::one_server::run(OPERATIONS),
    );
}

#[test]
fn requests_have_the_same_latencies() {
    assert_same(
        &three_stages::by_hand(OPERATIONS, true).latency,
        &nexosim::three_stages::run(OPERATIONS).latency,
        &simcore::three_stages::run(OPERATIONS).latency,
    );
}

fn assert_same(by_hand: &Histogram, on_nexosim: &Histogram, on_simcore: &Histogram) {
    let count_and_sum = |spans: &Histogram| (spans.count(), spans.sum());
    assert_eq!(count_and_sum(on_nexosim), count_and_sum(by_hand));
    assert_eq!(on_simcore.count(), by_hand.count());
    let mean = |spans: &Histogram| spans.mean().expect("there are spans");
    assert_near(mean(on_simcore), mean(by_hand));
}

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
}
