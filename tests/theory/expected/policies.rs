//! What theory expects of fan-out, hedging, caches, retries, overload and replicas.

use super::super::formulas::*;
use super::super::metric;
use super::{Check, scaled, study};

/// The mean service time of the scenarios in seconds.
const UNIT: f64 = 0.010;

/// Every check of a policy.
pub(super) fn checks() -> Vec<Check> {
    [
        slowest_of_many(),
        hedging(),
        hedged_fan_out(),
        hit_ratios(),
        fills(),
        attempts(),
        retry_budget(),
        afterwards(),
        staleness(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn slowest_of_many() -> Vec<Check> {
    let hundred = study(
        "slowest-of-many",
        "baseline",
        "Renyi, 1953: order statistics",
    );
    let ten = hundred.variant("ten");
    let exponential = |t: f64| libm::exp(-t);
    let latency = |p: f64| UNIT * largest_quantile(100, exponential, p);
    let tolerance = |stated: f64| scaled(stated, 1e5, 5e4);
    vec![
        hundred.near(
            metric::latency("clients", "mean"),
            UNIT * harmonic(100),
            tolerance(0.01),
        ),
        hundred.quantile(
            metric::latency("clients", "p50"),
            latency(0.5),
            tolerance(0.008),
        ),
        hundred.quantile(
            metric::latency("clients", "p99"),
            latency(0.99),
            tolerance(0.02),
        ),
        ten.near(
            metric::latency("clients", "mean"),
            UNIT * harmonic(10),
            tolerance(0.016),
        ),
    ]
}

fn hedging() -> Vec<Check> {
    let hedged = study(
        "hedging",
        "baseline",
        "Dean and Barroso, 2013; independent copies",
    );
    let plain = hedged.variant("no-hedge");
    let light = hedged.variant("exponential");
    let one = |t: f64| lognormal_survival(0.010, 0.040, t);
    let delay = quantile(one, 0.95);
    let two = |t: f64| hedged_survival(one, delay, t);
    let exponential = |t: f64| libm::exp(-t / 0.010);
    let light_two = |t: f64| hedged_survival(exponential, 0.010 * libm::log(20.0), t);
    let tolerance = |stated: f64| scaled(stated, 1e6, 5e5);
    let latency = |stat| metric::latency("clients", stat);
    vec![
        hedged.within(metric::arrivals("leaf"), 1050.0, 1.3),
        hedged.quantile(latency("p95"), delay, tolerance(0.012)),
        hedged.quantile(latency("p99"), quantile(two, 0.99), tolerance(0.012)),
        hedged.quantile(latency("p99.9"), quantile(two, 0.999), tolerance(0.02)),
        plain.within(metric::arrivals("leaf"), 1000.0, 0.01),
        plain.quantile(latency("p99"), 0.040, tolerance(0.015)),
        plain.quantile(latency("p99.9"), quantile(one, 0.999), tolerance(0.035)),
        light.within(metric::arrivals("leaf"), 1050.0, 1.3),
        light.near(latency("mean"), 0.975 * 0.010, 0.0057),
        light.quantile(latency("p99"), quantile(light_two, 0.99), 0.0075),
        light.quantile(latency("p99.9"), quantile(light_two, 0.999), 0.018),
    ]
}

fn hedged_fan_out() -> Vec<Check> {
    let source = "Dean and Barroso, 2013: p99.9 from 1800 ms to 74 ms with 2 % more requests";
    let hedged = study("hedged-fan-out", "baseline", source);
    let plain = hedged.variant("no-hedge");
    let two = |t: f64| hedged_survival(leaf_survival, 10.0, t);
    let with = |p: f64| 1e-3 * largest_quantile(100, two, p);
    let without = |p: f64| 1e-3 * largest_quantile(100, leaf_survival, p);
    let tolerance = |stated: f64| scaled(stated, 3e5, 3e4);
    let latency = |stat| metric::latency("clients", stat);
    vec![
        hedged.within(metric::arrivals("leaf"), 5100.0, 2.0),
        hedged.quantile(latency("p50"), with(0.5), tolerance(0.01)),
        hedged.quantile(latency("p99"), with(0.99), tolerance(0.02)),
        hedged.quantile(latency("p99.9"), with(0.999), tolerance(0.06)),
        plain.within(metric::arrivals("leaf"), 5000.0, 0.7),
        plain.quantile(latency("p50"), without(0.5), tolerance(0.02)),
        plain.quantile(latency("p99"), without(0.99), tolerance(0.06)),
        plain.quantile(latency("p99.9"), without(0.999), tolerance(0.12)),
    ]
}

fn hit_ratios() -> Vec<Check> {
    let lifetime = study("lifetime", "baseline", "renewal theory");
    let lru = study("eviction", "baseline", "Che, Tung and Wang, 2002");
    let fifo = study(
        "eviction",
        "fifo",
        "Gelenbe, 1973; Fricker, Robert and Roberts, 2012",
    );
    let exact = study("two-places", "baseline", "King, 1971");
    let shares = zipf(10_000, 1.0);
    let (two_lru, two_fifo) = two_place_hit_ratios(&[0.5, 0.25, 0.15, 0.1]);
    let ratio = || metric::hit_ratio("cache");
    // LRU and FIFO: errors of 0.0004 for 4 million requests, and Che's own of 0.0002.
    let tolerance = 0.0002 + 4.0 * scaled(0.0004, 4e6, 1e6);
    vec![
        lifetime.within(ratio(), ttl_hit_ratio(2.0, 3.0), scaled(0.0012, 1e6, 5e5)),
        lru.within(ratio(), lru_hit_ratio(&shares, 1000.0), tolerance),
        fifo.within(ratio(), fifo_hit_ratio(&shares, 1000.0), tolerance),
        exact.within(ratio(), two_lru, scaled(0.0024, 1e6, 5e5)),
        exact
            .variant("fifo")
            .within(ratio(), two_fifo, scaled(0.0024, 1e6, 5e5)),
    ]
}

fn fills() -> Vec<Check> {
    let each = study(
        "fills-per-expiry",
        "baseline",
        "Poisson arrivals during a fill",
    );
    let one = each.variant("single-flight");
    let early = study(
        "early-refresh",
        "baseline",
        "Vattani, Chierichetti, Lowenstein, 2015",
    );
    let cycle = 10.0 + 0.02 + 0.2;
    let rate = fill_rate(50.0, 10.0, 0.2);
    vec![
        each.near(metric::arrivals("origin"), rate, scaled(0.016, 3e6, 1.5e6)),
        each.within(metric::hit_ratio("cache"), 1.0 - rate / 50.0, 0.0005),
        one.near(metric::arrivals("origin"), 1.0 / cycle, 0.0015),
        // 710 refreshes, whose sizes have a standard deviation of 2.16.
        early.near(
            metric::arrivals("origin"),
            xfetch_fill_rate(100.0, 60.0, 1.0),
            0.12,
        ),
    ]
}

fn attempts() -> Vec<Check> {
    let often = study("attempts", "baseline", "geometric series");
    let seldom = often.variant("seldom");
    let layers = study(
        "layers",
        "baseline",
        "Beyer et al., 2016, Site Reliability Engineering, 22",
    );
    let tolerance = |stated: f64| scaled(stated, 1e5, 2e5);
    vec![
        often.near(
            metric::arrivals("server"),
            1000.0 * mean_attempts(0.5, 4),
            tolerance(0.0084),
        ),
        often.within(metric::goodput("clients"), 0.9375, tolerance(0.0031)),
        seldom.near(
            metric::arrivals("server"),
            1000.0 * mean_attempts(0.1, 3),
            tolerance(0.004),
        ),
        seldom.within(metric::goodput("clients"), 0.999, tolerance(0.0004)),
        layers.near(metric::arrivals("bottom"), 10.0 * 64.0, 0.002),
    ]
}

fn retry_budget() -> Vec<Check> {
    let study = study(
        "retry-budget",
        "baseline",
        "Brooker, 2022: at most 10 % more",
    );
    let load = |variant, attempts: f64, tolerance| {
        study
            .variant(variant)
            .near(metric::arrivals("server"), 1000.0 * attempts, tolerance)
    };
    vec![
        load("baseline", 1.1, 0.003),
        load("hardly-ever-failing", mean_attempts(0.02, 4), 0.002),
        load("seldom-failing", 1.1, 0.003),
        load("always-failing", 1.1, 0.003),
        load("no-budget", mean_attempts(0.5, 4), 0.008),
        load("no-budget-always-failing", 4.0, 1e-4),
        study.within(metric::goodput("clients"), 0.55, 0.006),
    ]
}

fn afterwards() -> Vec<Check> {
    let source = "Bronson et al., 2021, Metastable Failures in Distributed Systems";
    let storm = study("metastable-afterwards", "baseline", source);
    let flushed = study("look-aside-afterwards", "baseline", source);
    vec![
        storm.near(metric::arrivals("server"), 560.0, 0.03),
        storm.within(metric::goodput("clients"), 0.0, 0.002),
        storm
            .variant("at-155")
            .near(metric::arrivals("server"), 310.0, 0.04),
        // What is filled before the backlog reaches a second: 429 keys, and 8.3 % by simulation.
        flushed.near(metric::goodput("clients"), 0.083, 0.12),
    ]
}

fn staleness() -> Vec<Check> {
    let own = study("read-your-write", "baseline", "P(lag > age)");
    let stream = study("constant-lag", "baseline", "Poisson writes within the lag");
    let stale = || metric::stale("clients");
    let late = stale_after(0.100, 0.050);
    vec![
        own.within(stale(), late, 0.0044),
        own.variant("any-of-three")
            .within(stale(), late * 2.0 / 3.0, 0.0037),
        stream.within(stale(), stale_under_writes(20.0, 0.050), 0.005),
    ]
}
