//! Closed forms of queueing, caching, tail latency, retries and replication, as oracles.
//!
//! Queues serve at rate 1: times are in mean service times, arrival rates are offered loads in
//! Erlang. `p` is a probability, so a quantile at 0.99 is a p99.

use std::f64::consts::{PI, SQRT_2};

/// The 0.99-quantile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// Mean sojourn in join-the-shortest-queue over two servers at a load of 0.8 and 0.9 each: the
/// stationary law of the chain cut at 150 per queue, solved numerically. No closed form is known.
pub(crate) const SHORTEST_OF_TWO_SOJOURN: [(f64, f64); 2] = [(0.8, 2.955_737), (0.9, 5.474_913)];

/// Mean sojourn with 100 servers and two distinct choices, simulated (Mitzenmacher, 1996, "The
/// Power of Two Choices in Randomized Load Balancing", table of 100 queues, and again by us).
pub(crate) const TWO_CHOICES_OF_100_SOJOURN: [(f64, f64); 5] = [
    (0.5, 1.2671),
    (0.7, 1.6188),
    (0.8, 1.9589),
    (0.9, 2.6449),
    (0.95, 3.4595),
];

/// Where `f`, which falls from a positive value at `low` to a negative one at `high`, is 0.
fn root(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (low, high);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if 0.0 < f(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The `p`-quantile of a variable with this survival function, below 1e6.
pub(crate) fn quantile(survival: impl Fn(f64) -> f64, p: f64) -> f64 {
    root(0.0, 1e6, |t| survival(t) - (1.0 - p))
}

/// Erlang's loss formula by its recursion (Erlang, 1917): the share of arrivals that find all
/// `servers` taken and are lost, for any law of service.
pub(crate) fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b))
}

/// Erlang's delay formula (Erlang, 1917): the share of arrivals of an M/M/c queue that wait.
pub(crate) fn erlang_c(servers: u32, load: f64) -> f64 {
    let b = erlang_b(servers, load);
    let utilisation = load / f64::from(servers);
    b / (1.0 - utilisation * (1.0 - b))
}

/// The mean wait in M/M/c (Kleinrock, 1975, "Queueing Systems", vol. 1).
pub(crate) fn mmc_wait_mean(servers: u32, load: f64) -> f64 {
    erlang_c(servers, load) / (f64::from(servers) - load)
}

/// A quantile of the wait in M/M/c: P(W > t) = C exp(-(c - a) t).
pub(crate) fn mmc_wait_quantile(servers: u32, load: f64, p: f64) -> f64 {
    let waiting = erlang_c(servers, load);
    libm::log(waiting / (1.0 - p)).max(0.0) / (f64::from(servers) - load)
}

/// The mean time in an M/M/c system.
pub(crate) fn mmc_sojourn_mean(servers: u32, load: f64) -> f64 {
    mmc_wait_mean(servers, load) + 1.0
}

/// A quantile of the time in an M/M/c system: service alone, or a wait at rate c - a before it.
pub(crate) fn mmc_sojourn_quantile(servers: u32, load: f64, p: f64) -> f64 {
    let waiting = erlang_c(servers, load);
    let rate = f64::from(servers) - load;
    let survival = |t: f64| {
        let service = libm::exp(-t);
        let both = if (rate - 1.0).abs() < 1e-9 {
            (1.0 + t) * service
        } else {
            (rate * service - libm::exp(-rate * t)) / (rate - 1.0)
        };
        (1.0 - waiting) * service + waiting * both
    };
    quantile(survival, p)
}

/// The relative standard error of the mean wait over `requests` of M/M/1 in a row, from the
/// asymptotic variance (Daley, 1968, "The serial correlation coefficients of waiting times").
pub(crate) fn mm1_wait_error(load: f64, requests: f64) -> f64 {
    let r = load;
    let idle = 1.0 - r;
    let variance = r * (2.0 + 5.0 * r - 4.0 * r * r + r * r * r) / (idle * idle * idle * idle);
    (variance / requests).sqrt() / (r / idle)
}

/// The share of arrivals that M/M/c with room for `places` requests, those at work included, turns
/// away, and the mean number in it, from the balance of births and deaths. The load is in servers.
pub(crate) fn mmck(servers: u32, places: u32, load: f64) -> (f64, f64) {
    let weight = |k: u32| (1..=k).fold(1.0, |w, i| w * load / f64::from(i.min(servers)));
    let total: f64 = (0..=places).map(weight).sum();
    let mean = (0..=places).map(|k| f64::from(k) * weight(k)).sum::<f64>() / total;
    (weight(places) / total, mean)
}

/// The mean wait in M/G/1 by the second moment of service (Pollaczek, 1930; Khinchine, 1932).
pub(crate) fn mg1_wait_mean(load: f64, second_moment: f64) -> f64 {
    load * second_moment / (2.0 * (1.0 - load))
}

/// The share of busy time that serves callers who have left, in M/M/1 at this load whose callers
/// leave `patience` after they came while the server, which does not know, serves them all the same:
/// E[S; W + S > patience] over the exponential wait, integrated by parts.
pub(crate) fn mm1_wasted_share(load: f64, patience: f64) -> f64 {
    let waited = libm::exp(-(1.0 - load) * patience) / load;
    waited + (1.0 - 1.0 / load) * libm::exp(-patience)
}

/// The share of arrivals that leave an M/M/1 queue unserved because they have waited for exactly
/// `patience`, and the share of time the server is busy (Gnedenko and Kovalenko, 1968, "Introduction
/// to Queueing Theory": the law of the work that an arrival would wait for).
pub(crate) fn mm1_patience(load: f64, patience: f64) -> (f64, f64) {
    let growth = libm::exp((load - 1.0) * patience);
    let idle = 1.0 / (1.0 + load * (growth - 1.0) / (load - 1.0) + load * growth);
    (idle * load * growth, 1.0 - idle)
}

/// The mean number in M/M/1 where requests come in batches of exactly `size`, by the load of all
/// (M^X/M/1: Gross and Harris, 1998, "Fundamentals of Queueing Theory").
pub(crate) fn batches_in_system(load: f64, size: f64) -> f64 {
    load * (size + 1.0) / (2.0 * (1.0 - load))
}

/// The mean time until both tasks of a job are done that forks one to each of two M/M/1 servers
/// (Flatto and Hahn, 1984, "Two Parallel Queues Created by Arrivals with Two Demands").
pub(crate) fn fork_join_of_two(load: f64) -> f64 {
    (12.0 - load) / (8.0 * (1.0 - load))
}

/// P(T > t) of a sum of independent exponentials with these different rates.
pub(crate) fn exponentials_survival(rates: &[f64], t: f64) -> f64 {
    let weight = |i: usize, rate: f64| -> f64 {
        let others = rates.iter().enumerate().filter(|(j, _)| *j != i);
        others.map(|(_, other)| other / (other - rate)).product()
    };
    let terms = rates.iter().enumerate();
    terms
        .map(|(i, &rate)| weight(i, rate) * libm::exp(-rate * t))
        .sum()
}

/// The mean of the `k`-th power of a Pareto variable that is bounded by `low` and `high`.
pub(crate) fn bounded_pareto_moment(alpha: f64, low: f64, high: f64, k: f64) -> f64 {
    let scale = alpha * libm::pow(low, alpha) / (1.0 - libm::pow(low / high, alpha));
    scale * (libm::pow(high, k - alpha) - libm::pow(low, k - alpha)) / (k - alpha)
}

/// P(W <= t) in M/D/1 (Erlang, 1909; Crommelin, 1932). The sum alternates: above 15 it is useless
/// in double precision.
pub(crate) fn md1_wait_cdf(load: f64, t: f64) -> f64 {
    assert!(t <= 15.0, "the sum cancels");
    let term = |k: u32| {
        let x = load * (t - f64::from(k));
        let power = (1..=k).fold(1.0, |product, i| -product * x / f64::from(i));
        power * libm::exp(x)
    };
    (1.0 - load) * (0..=t as u32).map(term).sum::<f64>()
}

/// A quantile of the wait in M/D/1, below 15.
pub(crate) fn md1_wait_quantile(load: f64, p: f64) -> f64 {
    root(0.0, 15.0, |t| p - md1_wait_cdf(load, t))
}

/// The share that M/D/1 with so many places, one in service among them, turns away: from the chain of the
/// numbers that departures leave behind (Gross and Harris, 1998, "Fundamentals of Queueing Theory", 5.1.8).
pub(crate) fn md1k_lost(places: usize, load: f64) -> f64 {
    let arrivals = poisson(load, places);
    let mut left = vec![1.0];
    for n in 0..places - 1 {
        let by_others: f64 = (1..=n).map(|k| left[k] * arrivals[n - k + 1]).sum();
        left.push((left[n] - by_others - left[0] * arrivals[n]) / arrivals[0]);
    }
    let empty = left[0] / left.iter().sum::<f64>();
    1.0 - 1.0 / (empty + load)
}

/// The probabilities of 0 to `most` events of Poisson's law.
fn poisson(mean: f64, most: usize) -> Vec<f64> {
    let next = |p: &f64, n: f64| p * mean / n;
    let mut shares = vec![libm::exp(-mean)];
    for n in 1..=most {
        shares.push(next(&shares[n - 1], n as f64));
    }
    shares
}

/// The share of arrivals that wait in GI/M/1, where `transform` is the Laplace transform of the
/// time between arrivals (Kendall, 1953). The time in the system is exponential with the rate
/// that is left of 1.
pub(crate) fn gim1_waiting(transform: impl Fn(f64) -> f64) -> f64 {
    root(0.0, 1.0 - 1e-6, |s| transform(1.0 - s) - s)
}

/// The Laplace transform of an Erlang distribution with `stages` and rate `load`.
pub(crate) fn erlang_transform(stages: u32, load: f64, s: f64) -> f64 {
    let rate = f64::from(stages) * load;
    libm::pow(rate / (rate + s), f64::from(stages))
}

/// Mean waits of two classes of M/M/1 by priority, the first first, without preemption (Cobham,
/// 1954, "Priority Assignment in Waiting Line Problems").
pub(crate) fn priority_waits(first_load: f64, second_load: f64) -> (f64, f64) {
    let residual = first_load + second_load;
    let first = residual / (1.0 - first_load);
    (first, first / (1.0 - first_load - second_load))
}

/// The shares of time that a chain of births and deaths spends in its states from 0 to `most`, by the
/// balance between neighbours.
pub(crate) fn births_and_deaths(
    most: u32,
    births: impl Fn(u32) -> f64,
    deaths: impl Fn(u32) -> f64,
) -> Vec<f64> {
    let mut shares = vec![1.0];
    for state in 0..most {
        shares.push(shares[state as usize] * births(state) / deaths(state + 1));
    }
    let total: f64 = shares.iter().sum();
    shares.iter().map(|share| share / total).collect()
}

/// The throughput of n at work, in those of one, by the Universal Scalability Law (Gunther, 2007,
/// "Guerrilla Capacity Planning").
pub(crate) fn scaled_throughput(contention: f64, coherence: f64, n: f64) -> f64 {
    n / (1.0 + contention * (n - 1.0) + coherence * n * (n - 1.0))
}

/// The mean number in M/G/infinity with so many arrivals per mean service, where requests share memory
/// for `room` of them, a part of which for `base` of them is always in use, and work takes 1 + `cost` x used
/// / free times as long. With everybody served alike it is insensitive to the law of service, and that of
/// births and deaths (Cohen, 1979, "The Multiple Phase Service Network with Generalized Processor Sharing").
pub(crate) fn mean_in_memory(load: f64, room: u32, base: u32, cost: f64) -> f64 {
    let rate = |n: u32| {
        let used = f64::from(base + n);
        f64::from(n) / (1.0 + cost * used / (f64::from(room) - used))
    };
    let shares = births_and_deaths(room - base - 1, |_| load, rate);
    (0..)
        .zip(shares)
        .map(|(n, share)| f64::from(n) * share)
        .sum()
}

/// P(W > t) in M/M/1 where the last to come goes first, without preemption: whoever waits waits
/// for a busy period (Takagi, 1991, "Queueing Analysis", vol. 1), whose law (Kleinrock, 1975) is
/// integrated here with Bessel's I1 as an integral over an angle.
pub(crate) fn lifo_wait_survival(load: f64, t: f64) -> f64 {
    const STEPS: u32 = 400;
    let integrand = |i: u32| {
        let angle = PI * (f64::from(i) + 0.5) / f64::from(STEPS);
        let rate = 1.0 + load - 2.0 * load.sqrt() * libm::cos(angle);
        libm::sin(angle) * libm::sin(angle) * libm::exp(-rate * t) / rate
    };
    load * 2.0 / f64::from(STEPS) * (0..STEPS).map(integrand).sum::<f64>()
}

/// Throughput and response time of a closed network of single servers by mean value analysis
/// (Reiser and Lavenberg, 1980).
pub(crate) fn closed_network(demands: &[f64], think: f64, users: u32) -> (f64, f64) {
    let mut queues = vec![0.0; demands.len()];
    let (mut throughput, mut response) = (0.0, 0.0);
    for n in 1..=users {
        let times: Vec<f64> = demands
            .iter()
            .zip(&queues)
            .map(|(d, q)| d * (1.0 + q))
            .collect();
        response = times.iter().sum();
        throughput = f64::from(n) / (think + response);
        queues = times.iter().map(|time| throughput * time).collect();
    }
    (throughput, response)
}

/// Mean sojourn where each request joins the shorter of two queues out of infinitely many
/// (Mitzenmacher, 1996; Vvedenskaya, Dobrushin and Karpelevich, 1996).
pub(crate) fn two_choices_mean_field(load: f64) -> f64 {
    (1..=20)
        .map(|i| libm::pow(load, libm::exp2(f64::from(i)) - 2.0))
        .sum()
}

/// How many requests wait at each of infinitely many servers, where each request joins the shorter
/// of two queues: the shares of servers with at least 2, 3, ... requests, added up (ibidem).
pub(crate) fn two_choices_waiting(load: f64) -> f64 {
    let at_least = |i: i32| libm::pow(load, libm::exp2(f64::from(i)) - 1.0);
    (2..=20).map(at_least).sum()
}

/// The binomial law: the probability of `k` out of `n` that each happen with `p`.
fn binomial(n: u32, k: u32, p: f64) -> f64 {
    let ways = (0..k.min(n - k)).fold(1.0, |ways, i| ways * f64::from(n - i) / f64::from(i + 1));
    ways * libm::pow(p, f64::from(k)) * libm::pow(1.0 - p, f64::from(n - k))
}

/// The share of the time in which at least `need` of `n` are up that are each down with `down`.
pub(crate) fn enough_up(n: u32, need: u32, down: f64) -> f64 {
    (need..=n).map(|up| binomial(n, up, 1.0 - down)).sum()
}

/// The standard deviation of the share of so many seconds in which at least `need` of n independent
/// instances are up: the integral of the autocovariance. An instance is up with probability `up`, and
/// with probability `both(t)` at both ends of a time t; after `memory` seconds they have nothing to do
/// with each other.
pub(crate) fn enough_up_deviation(
    (n, need): (u32, u32),
    up: f64,
    both: impl Fn(f64) -> f64,
    memory: f64,
    seconds: f64,
) -> f64 {
    const STEPS: u32 = 1_000;
    let mean = enough_up(n, need, 1.0 - up);
    // Enough are up at both ends: a are up only then, b only later, and c both times.
    let covariance = |t: f64| {
        let (both, one) = (both(t), up - both(t));
        let counts = (0..=n).flat_map(|a| (0..=n - a).map(move |b| (a, b)));
        let counts = counts.flat_map(|(a, b)| (0..=n - a - b).map(move |c| (a, b, c)));
        let enough = counts.filter(|(a, b, c)| need <= a + c && need <= b + c);
        let joint: f64 = enough
            .map(|(a, b, c)| {
                let none = 1.0 - 2.0 * one - both;
                binomial(n, a, one)
                    * binomial(n - a, b, one / (1.0 - one))
                    * binomial(n - a - b, c, both / (both + none))
            })
            .sum();
        joint - mean * mean
    };
    let step = memory / f64::from(STEPS);
    let at = |i: u32| covariance((f64::from(i) + 0.5) * step);
    let integral: f64 = (0..STEPS).map(at).sum::<f64>() * step;
    (2.0 * integral / seconds).sqrt()
}

/// The mean and the variance of a count of which this is P(count >= n), n from 1 on.
pub(crate) fn moments(at_least: impl Fn(u32) -> f64) -> (f64, f64) {
    let tail: Vec<f64> = (1..=100).map(at_least).collect();
    let mean: f64 = tail.iter().sum();
    let squares: f64 = (1..)
        .zip(&tail)
        .map(|(n, p)| (2.0 * f64::from(n) - 1.0) * p)
        .sum();
    (mean, squares - mean * mean)
}

/// P(a Poisson variable of this mean is at least n).
pub(crate) fn poisson_at_least(n: u32, mean: f64) -> f64 {
    let mut term = libm::exp(-mean);
    let mut below = 0.0;
    for i in 1..=n {
        below += term;
        term *= mean / f64::from(i);
    }
    1.0 - below
}

/// The mean of the k-th smallest of n exponentials of mean 1 (Renyi, 1953).
pub(crate) fn order_mean(n: u32, k: u32) -> f64 {
    (0..k).map(|i| 1.0 / f64::from(n - i)).sum()
}

/// P(T > t) of the k-th smallest of n exponentials of mean 1: fewer than k are over.
pub(crate) fn order_survival(n: u32, k: u32, t: f64) -> f64 {
    (0..k).map(|over| binomial(n, over, -libm::expm1(-t))).sum()
}

/// P(T > t) of a sum of `stages` exponentials of mean 1.
pub(crate) fn erlang_survival(stages: u32, t: f64) -> f64 {
    let term = |k: u32| (1..=k).fold(libm::exp(-t), |term, i| term * t / f64::from(i));
    (0..stages).map(term).sum()
}

/// The mean of the largest of n exponentials of mean 1: the n-th harmonic number (Renyi, 1953).
pub(crate) fn harmonic(n: u32) -> f64 {
    (1..=n).map(|k| 1.0 / f64::from(k)).sum()
}

/// A quantile of the largest of n independent variables with this survival function.
pub(crate) fn largest_quantile(n: u32, survival: impl Fn(f64) -> f64, p: f64) -> f64 {
    quantile(survival, libm::pow(p, 1.0 / f64::from(n)))
}

/// P(T > t) of a lognormal distribution by its median and 99th percentile.
pub(crate) fn lognormal_survival(median: f64, p99: f64, t: f64) -> f64 {
    let sigma = libm::log(p99 / median) / NORMAL_P99;
    0.5 * libm::erfc(libm::log(t / median) / (sigma * SQRT_2))
}

/// P(T > t) when a second, independent copy is sent after `delay` and the first answer counts.
pub(crate) fn hedged_survival(survival: impl Fn(f64) -> f64, delay: f64, t: f64) -> f64 {
    if t < delay {
        survival(t)
    } else {
        survival(t) * survival(t - delay)
    }
}

/// P(T > t) of a leaf, in milliseconds, straight between its corners on log-log paper: the law
/// that gives the three figures of Dean and Barroso, 2013, "The Tail at Scale", for 100 leaves.
pub(crate) fn leaf_survival(t: f64) -> f64 {
    let at_100 = 0.02 * libm::pow(10.0, -0.956_090_3);
    if t < 1.0 {
        1.0
    } else if t < 10.0 {
        libm::pow(t, libm::log10(0.02))
    } else if t < 100.0 {
        0.02 * libm::pow(t / 10.0, -0.956_090_3)
    } else {
        at_100 * libm::pow(t / 100.0, -1.867_900_9)
    }
}

/// The hit ratio of one key whose lifetime starts at its fill, read at `rate`: of each fill and
/// the reads until the expiry only the first read misses.
pub(crate) fn ttl_hit_ratio(rate: f64, ttl: f64) -> f64 {
    rate * ttl / (1.0 + rate * ttl)
}

/// The shares of `count` keys by Zipf's law.
pub(crate) fn zipf(count: u32, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=count)
        .map(|k| libm::pow(f64::from(k), -exponent))
        .collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// The hit ratio of a cache of `places` whose entries are each there with probability
/// `presence(share x t)`, at the t at which the cache is just full on average.
fn characteristic_time_hit_ratio(
    shares: &[f64],
    places: f64,
    presence: impl Fn(f64) -> f64,
) -> f64 {
    let filled = |t: f64| shares.iter().map(|p| presence(p * t)).sum::<f64>();
    let t = root(0.0, 1e9, |t| places - filled(t));
    shares.iter().map(|p| p * presence(p * t)).sum()
}

/// The hit ratio of LRU (Che, Tung and Wang, 2002, "Hierarchical Web Caching Systems").
pub(crate) fn lru_hit_ratio(shares: &[f64], places: f64) -> f64 {
    characteristic_time_hit_ratio(shares, places, |x| -libm::expm1(-x))
}

/// The hit ratio of FIFO (Fricker, Robert and Roberts, 2012, "A versatile and accurate
/// approximation for LRU cache performance"; equal to random eviction by Gelenbe, 1973).
pub(crate) fn fifo_hit_ratio(shares: &[f64], places: f64) -> f64 {
    characteristic_time_hit_ratio(shares, places, |x| x / (1.0 + x))
}

/// The exact hit ratios of LRU and FIFO with two places (King, 1971, "Analysis of Demand Paging
/// Algorithms"), from the laws of their ordered contents.
pub(crate) fn two_place_hit_ratios(shares: &[f64]) -> (f64, f64) {
    let (mut lru, mut fifo, mut total) = (0.0, 0.0, 0.0);
    for (i, p) in shares.iter().enumerate() {
        for (j, q) in shares.iter().enumerate() {
            if i != j {
                lru += p * q / (1.0 - p) * (p + q);
                fifo += p * q * (p + q);
                total += p * q;
            }
        }
    }
    (lru, fifo / total)
}

/// Fills per second of a key read at `rate`, filled in exactly `fill` seconds by every read that
/// misses: 1 + rate x fill of them in each cycle of a lifetime, a wait for a read, and a fill.
pub(crate) fn fill_rate(rate: f64, ttl: f64, fill: f64) -> f64 {
    (1.0 + rate * fill) / (ttl + 1.0 / rate + fill)
}

/// How long before an expiry the first of the reads under XFetch with beta 1 refreshes on average
/// (rule: Vattani, Chierichetti and Lowenstein, 2015), where a key is read at `rate` and filled in
/// exactly `fill`: reads that refresh come at the rate `rate` exp(-(time left) / `fill`).
fn xfetch_lead(rate: f64, fill: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    fill * (libm::log(rate * fill) + EULER)
}

/// Fills per second of a key under XFetch, each renewing the lifetime.
///
/// When the first refresh comes, the rate of refreshes is an Exp(1) variable M per `fill`, so the
/// others until its answer are Poisson with mean M (e - 1): e fills in all. The last of them is
/// behind the first by the integral over y from 0 to 1 of 1 - 1/(1 + e - e^y).
pub(crate) fn xfetch_fill_rate(rate: f64, ttl: f64, fill: f64) -> f64 {
    const STEPS: u32 = 1000;
    let e = libm::exp(1.0);
    let behind = |i: u32| {
        let y = (f64::from(i) + 0.5) / f64::from(STEPS);
        1.0 - 1.0 / (1.0 + e - libm::exp(y))
    };
    let last_behind = fill * (0..STEPS).map(behind).sum::<f64>() / f64::from(STEPS);
    e / (ttl + fill + last_behind - xfetch_lead(rate, fill))
}

/// Refreshes per second of a key under XFetch where reads join the refresh under way.
pub(crate) fn xfetch_refresh_rate(rate: f64, ttl: f64, fill: f64) -> f64 {
    1.0 / (ttl + fill - xfetch_lead(rate, fill))
}

/// Mean attempts of a call that is tried up to `attempts` times, each failing with `failing`.
pub(crate) fn mean_attempts(failing: f64, attempts: u32) -> f64 {
    (0..attempts)
        .map(|k| libm::pow(failing, f64::from(k)))
        .sum()
}

/// Mean calls of the bottom for a call that `levels` repeat up to `attempts` times each: a level fails
/// when all its attempts have.
pub(crate) fn calls_of_the_bottom(failing: f64, attempts: u32, levels: u32) -> f64 {
    let fails = |level: u32| libm::pow(failing, libm::pow(f64::from(attempts), f64::from(level)));
    (0..levels)
        .map(|level| mean_attempts(fails(level), attempts))
        .product()
}

/// The share of exponential work of mean 1 that is done for callers who leave after `patience`: all of
/// what takes longer, E[S; S > patience] / E[S]; where it is called off, what was done by then,
/// patience P(S > patience) / E[min(S, patience)].
pub(crate) fn work_for_nobody(patience: f64) -> (f64, f64) {
    let leaves = libm::exp(-patience);
    let called_off = patience * leaves / (1.0 - leaves);
    ((1.0 + patience) * leaves, called_off)
}

/// Seconds from the end of a cut until a queue is short again whose callers try once more after
/// `timeout`: what came during the cut, twice but for the last second, is drained by what the server
/// has left (Bronson et al., 2021, "Metastable Failures in Distributed Systems", as a fluid).
pub(crate) fn drained_after_retries(load: f64, capacity: f64, cut: f64, timeout: f64) -> f64 {
    (load * (2.0 * cut - timeout) - capacity * timeout) / (capacity - 2.0 * load)
}

/// The share of reads that miss a write made `age` before, where replicas lag exponentially.
pub(crate) fn stale_after(age: f64, mean_lag: f64) -> f64 {
    libm::exp(-age / mean_lag)
}

/// The share of reads that miss a write, where a key is written at random at `rate` and a replica
/// always lags by `lag`: at least one write fell into the last `lag` seconds.
pub(crate) fn stale_under_writes(rate: f64, lag: f64) -> f64 {
    -libm::expm1(-rate * lag)
}

#[cfg(test)]
mod tests;

/// The mean and the variance of how many trials it takes until `length` in a row succeed, each with
/// probability `p` (Feller, 1968, "An Introduction to Probability Theory", vol. 1, XIII.7).
pub(crate) fn run_length(p: f64, length: u32) -> (f64, f64) {
    let (q, run) = (1.0 - p, libm::pow(p, f64::from(length)));
    let mean = (1.0 - run) / (q * run);
    let rest = (2.0 * f64::from(length) + 1.0) / (q * run) + p / (q * q);
    (mean, 1.0 / (q * run * q * run) - rest)
}

/// The squared coefficient of variation of the shares of so many instances on a ring with `points` for
/// each: each is Beta(V, (N - 1) V).
pub(crate) fn ring_variance(instances: u32, points: u32) -> f64 {
    let (n, v) = (f64::from(instances), f64::from(points));
    (n - 1.0) / (n * v + 1.0)
}

/// The share of calls that go to an instance which fails at once, next to `good` ones, when each call goes
/// to one of those with the fewest under way: with k of the good ones busy, at a load in Erlang, it is one
/// of good - k + 1, and more than one call is never under way at any of them.
pub(crate) fn black_hole_share(load: f64, good: u32) -> f64 {
    let idle = |busy: u32| f64::from(good - busy);
    let mut weight = 1.0;
    let (mut all, mut lost) = (0.0, 0.0);
    for busy in 0..=good {
        all += weight;
        lost += weight / (idle(busy) + 1.0);
        weight *= load * idle(busy) / (idle(busy) + 1.0) / f64::from(busy + 1);
    }
    lost / all
}
