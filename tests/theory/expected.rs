//! Values and errors that rows of the table share: formulas with the parameters of the scenarios here.

use super::check::Error::{self, *};
use super::formulas::*;

/// The mean service time of the scenarios in seconds.
pub(super) const UNIT: f64 = 0.010;

/// A million requests.
pub(super) const M: f64 = 1e6;

/// Errors that fall with the root of the number of requests are stated for one.
pub(super) const ONE: f64 = 1.0;

/// The mean time in M/M/c with so many workers at this utilisation.
pub(super) fn sojourn(workers: u32, utilisation: f64) -> f64 {
    UNIT * mmc_sojourn_mean(workers, utilisation * f64::from(workers))
}

/// A quantile of the time in M/M/1.
pub(super) fn sojourn_quantile(utilisation: f64, p: f64) -> f64 {
    UNIT * mmc_sojourn_quantile(1, utilisation, p)
}

/// The standard error of the mean time in M/M/1: that of waits by Daley, that of services beside it.
pub(super) fn sojourn_error(utilisation: f64) -> Error {
    Relative(utilisation * mm1_wait_error(utilisation, ONE) + 1.0, ONE)
}

/// The standard error of a quantile of independent requests: sqrt(p (1 - p)) over the density there
/// (Cramer, 1946, "Mathematical Methods of Statistics", 28.5).
pub(super) fn of_quantile(quantile: impl Fn(f64) -> f64, p: f64) -> Error {
    let step = (1.0 - p) / 20.0;
    let per_share = (quantile(p + step) - quantile(p - step)) / (2.0 * step);
    Absolute((p * (1.0 - p)).sqrt() * per_share, ONE)
}

/// The standard error of the mean of the k-th smallest of n exponentials: stages of independent lengths.
pub(super) fn of_order(n: u32, k: u32) -> Error {
    let stage = |i: u32| 1.0 / f64::from(n - i);
    let variance: f64 = (0..k).map(|i| stage(i) * stage(i)).sum();
    Absolute(UNIT * variance.sqrt(), ONE)
}

/// A hedged lognormal leaf: the median is 10 ms, the 99th percentile 40 ms, the second copy sent
/// at the 95th.
pub(super) fn lognormal(p: f64) -> f64 {
    quantile(|t| lognormal_survival(0.010, 0.040, t), p)
}

pub(super) fn hedged_lognormal(p: f64) -> f64 {
    let (one, delay) = (
        |t: f64| lognormal_survival(0.010, 0.040, t),
        lognormal(0.95),
    );
    quantile(|t| hedged_survival(one, delay, t), p)
}

pub(super) fn hedged_exponential(p: f64) -> f64 {
    let one = |t: f64| libm::exp(-t);
    UNIT * quantile(|t| hedged_survival(one, libm::log(20.0), t), p)
}

/// A hundred leaves of Dean and Barroso, in seconds.
pub(super) fn leaves(p: f64) -> f64 {
    1e-3 * largest_quantile(100, leaf_survival, p)
}

pub(super) fn hedged_leaves(p: f64) -> f64 {
    let hedged = |t: f64| hedged_survival(leaf_survival, 10.0, t);
    1e-3 * largest_quantile(100, hedged, p)
}

/// A quantile of the largest of a hundred exponentials.
pub(super) fn largest_of_hundred(p: f64) -> f64 {
    UNIT * largest_quantile(100, |t| libm::exp(-t), p)
}

/// The share that waits, and the rate at which time in the system ends, where ten servers are asked in
/// turn: each sees Erlang arrivals of ten stages.
pub(super) fn in_turn_rate() -> f64 {
    1.0 - gim1_waiting(|s| erlang_transform(10, 0.9, s))
}

/// The rate at which time in the system ends with constant gaps between arrivals.
pub(super) fn regular_rate() -> f64 {
    1.0 - gim1_waiting(|s| libm::exp(-s / 0.8))
}

/// A quantile of the time in three queues in a row, with the rates that are left of their capacity.
pub(super) fn tandem(p: f64) -> f64 {
    UNIT * quantile(|t| exponentials_survival(&[0.4, 0.3, 0.6], t), p)
}

/// The mean and second moment of bounded Pareto service in milliseconds.
pub(super) fn pareto_moment(k: f64) -> f64 {
    bounded_pareto_moment(1.5, 1.0, 1000.0, k)
}

/// A quantile of five exponentials, one after the other.
pub(super) fn chain(p: f64) -> f64 {
    UNIT * quantile(|t| erlang_survival(5, t), p)
}

/// A quantile of the k-th answer of three.
pub(super) fn answer(k: u32, p: f64) -> f64 {
    UNIT * quantile(|t| order_survival(3, k, t), p)
}

/// The load in erlangs of which so many servers turn away half: to them a client sends twice what they
/// accept.
pub(super) fn half_refused(servers: u32) -> f64 {
    quantile(|load| 1.0 - erlang_b(servers, load), 0.5)
}

/// Throughput and response time of the closed network with so many users.
pub(super) fn network(users: u32) -> (f64, f64) {
    closed_network(&[0.005, 0.030, 0.027], 1.0, users)
}

/// How far off chance puts the share of 10 000 s in which enough of three are up that fail after 20 s
/// and are down for 5 s, both exponential: two-state chains.
pub(super) fn chain_error(need: u32) -> Error {
    let both = |t: f64| 0.8 * (0.8 + 0.2 * libm::exp(-t / 4.0));
    Run(enough_up_deviation((3, need), 0.8, both, 80.0, 10_000.0))
}

/// The same where one of three is killed for 5 s every 10 s: one is up when it was not hit for 5 s.
pub(super) fn killer_error(up: f64) -> Error {
    let both = |t: f64| libm::exp(-(5.0 + t.min(5.0)) / 30.0);
    Run(enough_up_deviation((3, 2), up, both, 5.0, 10_000.0))
}

/// The spread of 200 000 requests for a million keys over a ring of a thousand instances.
pub(super) fn ring_spread(virtual_nodes: u32) -> f64 {
    let sampled = 999.0 / 200_000.0 + 999.0 / 1e6;
    (ring_variance(1000, virtual_nodes) + sampled).sqrt()
}

/// That of a standard deviation of a thousand shares, which are nearly gamma variables of shape V.
pub(super) fn ring_spread_error(virtual_nodes: u32) -> f64 {
    let kurtosis = 3.0 + 6.0 / f64::from(virtual_nodes);
    ring_spread(virtual_nodes) * ((kurtosis - 1.0) / 4.0 / 1000.0).sqrt()
}

/// The deviation of how many of 2000 keys one of eleven instances has.
pub(super) fn sampled_keys() -> f64 {
    (2000.0 * 10.0_f64).sqrt() / 11.0
}

/// How often 20 instances that are checked every second for 2000 s fail three checks in a row, after
/// having passed two, and its deviation: a renewal process (Cox, 1962).
pub(super) fn false_alarms() -> (f64, f64) {
    let (down, up) = (run_length(0.36, 3), run_length(0.64, 2));
    let (mean, variance) = (down.0 + up.0, down.1 + up.1);
    let checks = 20.0 * 2000.0;
    (
        checks / mean,
        (checks * variance / (mean * mean * mean)).sqrt(),
    )
}
