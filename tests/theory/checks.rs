//! What theory expects of the scenario files in this folder: one table.
//!
//! A row is an id, a variant, a metric, its value by theory, its standard error and, where the theory
//! leaves something out, how much. Standard errors, for as many requests as stated, follow from a
//! formula, or are those of 10 or more independent simulations in other programs. Those of tandems,
//! forks of two at half load, the heavy tail, the second of two priorities and the utilisation under
//! limited patience are those of 20 to 50 runs of other seeds by Squall itself, where so many runs give
//! a better estimate than the 10. A mean service takes 10 ms wherever theory speaks of units of it.

use super::check::Check;
use super::check::Error::*;
use super::expected::*;
use super::formulas::*;

/// Collects the rows of the table: `"scenario", "source" => { rows }`.
macro_rules! table {
    ($($scenario:literal, $source:expr => {
        $($id:literal $variant:literal $metric:literal = $expected:expr, $error:expr $(, $give:expr)?;)*
    })*) => {
        vec![$($(Check {
            id: $id,
            scenario: $scenario,
            variant: $variant,
            metric: $metric,
            expected: $expected,
            error: $error,
            give: 0.0 $(+ $give)?,
            source: $source,
        },)*)*]
    };
}

mod services;

/// Every check.
pub(crate) fn checks() -> Vec<Check> {
    let (urgent, patient) = priority_waits(0.3, 0.5);
    let (refused, in_system) = mmck(1, 10, 0.9);
    let (too_many, in_short) = mmck(1, 10, 1.2);
    let (no_place, in_pool) = mmck(10, 20, 12.0);
    let (left, busy) = mm1_patience(1.2, 3.0);
    let shares = zipf(10_000, 1.0);
    let (two_lru, two_fifo) = two_place_hit_ratios(&[0.5, 0.25, 0.15, 0.1]);
    let fills = fill_rate(50.0, 10.0, 0.2);
    let (worked_out, called_off) = work_for_nobody(libm::log(10.0));
    let [half, at_70, at_80, at_90, at_95] =
        TWO_CHOICES_OF_100_SOJOURN.map(|(_, mean)| UNIT * mean);
    let [(_, two_at_80), (_, two_at_90)] = SHORTEST_OF_TWO_SOJOURN;
    let storm = "Bronson et al., 2021, Metastable Failures in Distributed Systems";
    let mm1 =
        "M/M/1: Harchol-Balter, 2013, Performance Modeling and Design of Computer Systems, 13";
    let mmc = "M/M/c: Kleinrock, 1975, Queueing Systems 1";
    let hedges = "Dean and Barroso, 2013, The Tail at Scale: a second copy at the 95th percentile; independence";
    let leaf = "Dean and Barroso, 2013, The Tail at Scale: p99.9 from 1800 ms to 74 ms with 2 % more requests";
    let orders = "Order statistics of exponentials: Renyi, 1953";
    let budget =
        "Brooker, 2022, Fixing Retries with Token Buckets and Circuit Breakers: 10 % more at most";
    let erlang = moments(|n| poisson_at_least(2 * n, 4.0));
    let gap = moments(|n| poisson_at_least(n, (2.5 - 0.5 * f64::from(n)).max(0.0)));
    let spared = libm::exp(-5.0 / 30.0);
    let mut checks = table! {
    "one-server", mm1 => {
        "Q01" "baseline" "clients.latency.mean"  = UNIT * 5.0, Relative(0.0034, 4.0 * M);
        "Q01" "baseline" "clients.latency.p50"   = sojourn_quantile(0.8, 0.5), Relative(0.0026, 4.0 * M);
        "Q01" "baseline" "clients.latency.p95"   = sojourn_quantile(0.8, 0.95), Relative(0.0044, 4.0 * M);
        "Q01" "baseline" "clients.latency.p99"   = sojourn_quantile(0.8, 0.99), Relative(0.0062, 4.0 * M);
        "Q01" "baseline" "clients.latency.p99.9" = sojourn_quantile(0.8, 0.999), Relative(0.017, 4.0 * M);
        "Q01" "baseline" "server.utilisation"    = 0.8, Relative(0.00075, 4.0 * M);
        "Q01" "baseline" "server.in_flight.mean" = 4.0, Relative(0.00425, 4.0 * M);
        "Q33" "impatient" "clients.failed.timed_out.share" = libm::exp(-2.0), Relative(0.006, 4.0 * M);
        "Q33" "impatient" "server.utilisation"   = 0.8, Relative(0.00075, 4.0 * M);
        "Q33" "impatient" "server.wasted.share"  = mm1_wasted_share(0.8, 10.0), Relative(0.006, 4.0 * M);
    }
    "many-servers", "Erlang C: Kleinrock, 1975; Brooker, 2020, Surprising Economics of Load-Balanced Systems: 13 % and 3.6 % wait" => {
        "Q04" "baseline"     "clients.latency.mean" = sojourn(10, 0.8), Relative(0.00497, 0.5 * M);
        "Q04" "baseline"     "server.wait.mean"     = UNIT * mmc_wait_mean(10, 8.0), Relative(0.0264, 0.5 * M);
        "Q04" "baseline"     "server.wait.p95"      = UNIT * mmc_wait_quantile(10, 8.0, 0.95), Relative(0.025, M);
        "Q04" "baseline"     "server.wait.p99"      = UNIT * mmc_wait_quantile(10, 8.0, 0.99), Relative(0.035, M);
        "Q05" "half-of-five" "server.wait.mean"     = UNIT * erlang_c(5, 2.5) / 2.5, Relative(0.01785, 0.5 * M);
        "Q05" "half-of-ten"  "server.wait.mean"     = UNIT * erlang_c(10, 5.0) / 5.0, Relative(0.0395, 0.5 * M);
    }
    "loss", "Erlang B, insensitive to the law of service: Erlang, 1917" => {
        "Q07" "baseline"      "server.refused.share" = erlang_b(10, 10.0), Relative(0.0050, M);
        "Q07" "bulkhead"      "failed.rejected.share" = erlang_b(10, 10.0), Relative(0.0050, M);
        "Q07" "deterministic" "server.refused.share" = erlang_b(10, 10.0), Relative(0.0035, M);
        "Q07" "lognormal"     "server.refused.share" = erlang_b(10, 10.0), Relative(0.0056, M);
    }
    "short-queue", "M/M/1/K by births and deaths: Kleinrock, 1975" => {
        "Q09" "baseline" "server.refused.share" = refused, Relative(0.0075, 2.0 * M);
        "Q09" "baseline" "clients.latency.mean" = UNIT * in_system / (0.9 * (1.0 - refused)), Relative(0.00375, 2.0 * M);
        "Q09" "baseline" "server.in_flight.mean" = in_system, Relative(0.00375, 2.0 * M);
        "Q09" "baseline" "server.utilisation"   = 0.9 * (1.0 - refused), Relative(0.001, 2.0 * M);
        "Q09" "overloaded" "server.refused.share" = too_many, Relative(0.0052, M);
        "Q09" "overloaded" "clients.latency.mean" = UNIT * in_short / (1.2 * (1.0 - too_many)), Relative(0.0025, M);
    }
    "connection-pool", "M/M/c/K by births and deaths: Kleinrock, 1975; L = lambda W: Little, 1961" => {
        "Q09" "baseline" "pool.refused.share"   = no_place, Relative(0.0060, M);
        "Q09" "baseline" "pool.in_flight.mean"  = in_pool, Relative(0.0014, M);
        "Q09" "baseline" "pool.utilisation"     = 1.2 * (1.0 - no_place), Relative(0.00035, M);
        "Q09" "baseline" "clients.latency.mean" = UNIT * in_pool / (12.0 * (1.0 - no_place)), Relative(0.0020, M);
    }
    "constant-service", "M/D/1: Erlang, 1909; Crommelin, 1932" => {
        "Q11" "baseline" "server.wait.mean"     = UNIT * mg1_wait_mean(0.8, 1.0), Relative(0.008, 2.0 * M);
        "Q11" "baseline" "clients.latency.mean" = UNIT * 3.0, Relative(0.0055, 2.0 * M);
        "Q11" "baseline" "server.wait.p50"      = UNIT * md1_wait_quantile(0.8, 0.5), Relative(0.007, 2.0 * M);
        "Q11" "baseline" "server.wait.p95"      = UNIT * md1_wait_quantile(0.8, 0.95), Relative(0.010, 2.0 * M);
        "Q11" "baseline" "server.wait.p99"      = UNIT * md1_wait_quantile(0.8, 0.99), Relative(0.015, 2.0 * M);
    }
    "lognormal-service", "M/G/1: Pollaczek, 1930; Khinchine, 1932; percentiles from 10 simulations of 2 million requests" => {
        "Q13" "baseline" "server.wait.mean" = UNIT * mg1_wait_mean(0.7, libm::exp(1.0)), Relative(0.008, 2.0 * M);
        "Q13" "baseline" "server.wait.p95"  = UNIT * 13.025, Relative(0.008, 2.0 * M);
        "Q13" "baseline" "server.wait.p99"  = UNIT * 23.34, Relative(0.015, 2.0 * M);
    }
    "heavy-tail", "M/G/1: Pollaczek, 1930; Khinchine, 1932; moments of a bounded Pareto law" => {
        "Q15" "baseline" "server.wait.mean"   = 0.7 * pareto_moment(2.0) / pareto_moment(1.0) / 0.6 / 1e3, Relative(0.038, 2.0 * M);
        "Q15" "baseline" "server.utilisation" = 0.7, Relative(pareto_moment(2.0).sqrt() / pareto_moment(1.0), ONE);
    }
    "regular-arrivals", "GI/M/1: Kendall, 1953" => {
        "Q18" "baseline" "server.wait.mean"    = UNIT * (1.0 / regular_rate() - 1.0), Relative(0.0075, 2.0 * M);
        "Q18" "baseline" "clients.latency.p99" = UNIT * libm::log(100.0) / regular_rate(), Relative(0.01125, 2.0 * M);
    }
    "priority", "Cobham, 1954, Priority Assignment in Waiting Line Problems" => {
        "Q20" "baseline" "urgent.latency.mean"  = UNIT * (1.0 + urgent), Relative(0.0015, 2.0 * M);
        "Q20" "baseline" "patient.latency.mean" = UNIT * (1.0 + patient), Relative(0.0065, 2.0 * M);
    }
    "last-come-first-served", "Kingman, 1962; Takagi, 1991, Queueing Analysis 1" => {
        "Q23" "baseline" "server.wait.mean" = UNIT * mmc_wait_mean(1, 0.7), Relative(0.0123, 0.5 * M);
        "Q23" "baseline" "server.wait.p50"  = UNIT * mmc_wait_quantile(1, 0.7, 0.5), Relative(0.0139, 0.5 * M);
        "Q23" "baseline" "server.wait.p99"  = UNIT * mmc_wait_quantile(1, 0.7, 0.99), Relative(0.0167, 0.5 * M);
        "Q23" "lifo"     "server.wait.mean" = UNIT * mmc_wait_mean(1, 0.7), Relative(0.0123, 0.5 * M);
        "Q23" "lifo"     "server.wait.p50"  = UNIT * quantile(|t| lifo_wait_survival(0.7, t), 0.5), Relative(0.0094, 0.5 * M);
        "Q23" "lifo"     "server.wait.p99"  = UNIT * quantile(|t| lifo_wait_survival(0.7, t), 0.99), Relative(0.0167, 0.5 * M);
    }
    "closed-network", "Mean value analysis: Reiser and Lavenberg, 1980" => {
        "Q25" "few"      "front.arrivals.rate" = network(10).0, Relative(0.0020, 0.5 * M);
        "Q25" "few"      "users.latency.mean"  = network(10).1, Relative(0.0025, 0.5 * M);
        "Q25" "baseline" "front.arrivals.rate" = network(30).0, Relative(0.0015, 0.5 * M);
        "Q25" "baseline" "users.latency.mean"  = network(30).1, Relative(0.0050, 0.5 * M);
        "Q25" "many"     "front.arrivals.rate" = network(100).0, Relative(0.0015, 0.5 * M);
        "Q25" "many"     "users.latency.mean"  = network(100).1, Relative(0.0025, 0.5 * M);
    }
    "tandem", "Jackson, 1957; Reich, 1963: times in queues in a row are independent" => {
        "Q28" "baseline" "clients.latency.mean" = UNIT * 7.5, Relative(0.0021, 2.0 * M);
        "Q28" "baseline" "clients.latency.p50"  = tandem(0.5), Relative(0.0022, 2.0 * M);
        "Q28" "baseline" "clients.latency.p95"  = tandem(0.95), Relative(0.0030, 2.0 * M);
        "Q28" "baseline" "clients.latency.p99"  = tandem(0.99), Relative(0.0056, 2.0 * M);
    }
    "patience", "M/M/1+D: Gnedenko and Kovalenko, 1968, Introduction to Queueing Theory" => {
        "Q32" "baseline" "store.refused.share" = left, Relative(0.0027, 2.0 * M);
        "Q32" "baseline" "store.utilisation"   = busy, Relative(0.0006, 2.0 * M);
    }
    "fork-join", "Flatto and Hahn, 1984; Nelson and Tantawi, 1988" => {
        "Q34" "baseline" "clients.latency.mean" = UNIT * fork_join_of_two(0.5), Relative(0.0030, M);
        "Q34" "at-90"    "clients.latency.mean" = UNIT * fork_join_of_two(0.9), Relative(0.016, M);
    }
    "batches", "M^X/M/1: Gross and Harris, 1998, Fundamentals of Queueing Theory" => {
        "Q36" "baseline" "server.in_flight.mean" = batches_in_system(0.8, 4.0), Relative(0.016, 0.4 * M);
        "Q36" "baseline" "server.wait.mean"      = UNIT * (batches_in_system(0.8, 4.0) / 0.8 - 1.0), Relative(0.0174, 0.4 * M);
    }
    "empty-to-empty", "Little, 1961, A Proof for the Queuing Formula L = lambda W" => {
        "Q40" "baseline" "clients.littles_law" = 1.0, None, 1e-9;
    }
    "fluid", "Arithmetic of a fluid: (150 - 100) x 20 left over, gone after 1000 / (100 - 60) s" => {
        "Q41" "baseline" "server.queue.max"   = (150.0 - 100.0) * 20.0, None, 2.0;
        "Q41" "baseline" "clients.late.share" = 150.0 * (20.0 - 0.02) / 5400.0 + 60.0 * (25.0 - 0.025) / 5400.0, None, 3.0 / 5400.0;
        "Q41" "baseline" "server.wait.p99"    = 10.0 * (1.0 - 0.01 * 5400.0 / 4500.0), None, 0.02;
    }
    "hockey-stick-1", mm1 => {
        "X01" "baseline" "clients.latency.mean" = sojourn(1, 0.5), sojourn_error(0.5);
        "X01" "at-70"    "clients.latency.mean" = sojourn(1, 0.7), sojourn_error(0.7);
        "X01" "at-80"    "clients.latency.mean" = sojourn(1, 0.8), sojourn_error(0.8);
        "X01" "at-90"    "clients.latency.mean" = sojourn(1, 0.9), sojourn_error(0.9);
        "X01" "at-95"    "clients.latency.mean" = sojourn(1, 0.95), sojourn_error(0.95);
    }
    "hockey-stick-4", mmc => {
        "X01" "baseline" "clients.latency.mean" = sojourn(4, 0.5), Relative(0.00196, 0.5 * M);
        "X01" "at-70"    "clients.latency.mean" = sojourn(4, 0.7), Relative(0.00477, 0.5 * M);
        "X01" "at-80"    "clients.latency.mean" = sojourn(4, 0.8), Relative(0.00903, 0.5 * M);
        "X01" "at-90"    "clients.latency.mean" = sojourn(4, 0.9), Relative(0.02178, 0.5 * M);
        "X01" "at-95"    "clients.latency.mean" = sojourn(4, 0.95), Relative(0.04789, 0.5 * M);
    }
    "hockey-stick-16", mmc => {
        "X01" "baseline" "clients.latency.mean" = sojourn(16, 0.5), Relative(0.00139, 0.5 * M);
        "X01" "at-70"    "clients.latency.mean" = sojourn(16, 0.7), Relative(0.00185, 0.5 * M);
        "X01" "at-80"    "clients.latency.mean" = sojourn(16, 0.8), Relative(0.00342, 0.5 * M);
        "X01" "at-90"    "clients.latency.mean" = sojourn(16, 0.9), Relative(0.01127, 0.5 * M);
        "X01" "at-95"    "clients.latency.mean" = sojourn(16, 0.95), Relative(0.03275, 0.5 * M);
    }
    "balancing", "Splitting a Poisson process; E10/M/1: Kendall, 1953; M/M/10: Kleinrock, 1975" => {
        "L01, X03" "baseline"  "clients.latency.mean" = sojourn(1, 0.9), Relative(0.0075, 10.0 * M);
        "L01, X03" "baseline"  "clients.latency.p99"  = sojourn_quantile(0.9, 0.99), Relative(0.0125, 10.0 * M);
        "L02"      "in-turn"   "clients.latency.mean" = UNIT / in_turn_rate(), Relative(0.0125, 2.0 * M);
        "L02"      "in-turn"   "clients.latency.p99"  = UNIT * libm::log(100.0) / in_turn_rate(), Relative(0.024, 2.0 * M);
        "X03"      "one-queue" "clients.latency.mean" = sojourn(10, 0.9), Relative(0.01505, 0.5 * M);
        "X03"      "one-queue" "clients.latency.p99"  = UNIT * mmc_sojourn_quantile(10, 9.0, 0.99), Relative(0.015, 10.0 * M);
    }
    "shortest-queue", "Balance equations of two queues, cut at 150 each, solved numerically" => {
        "L04" "baseline" "clients.latency.mean" = UNIT * two_at_90, Relative(0.0075, 2.0 * M);
        "L04" "at-80"    "clients.latency.mean" = UNIT * two_at_80, Relative(0.0050, 2.0 * M);
    }
    "two-choices", "Mitzenmacher, 1996, The Power of Two Choices in Randomized Load Balancing: table of 100 queues" => {
        "L06" "at-50"    "clients.latency.mean" = half, Relative(0.0010, 20.0 * M);
        "L06" "at-70"    "clients.latency.mean" = at_70, Relative(0.0010, 20.0 * M);
        "L06" "at-80"    "clients.latency.mean" = at_80, Relative(0.0015, 20.0 * M);
        "L06" "baseline" "clients.latency.mean" = at_90, Relative(0.0020, 20.0 * M);
        "L06" "at-95"    "clients.latency.mean" = at_95, Relative(0.0030, 20.0 * M);
    }
    // What is left out: 500 queues are not infinitely many.
    "two-choices-of-500", "Mitzenmacher, 1996; Vvedenskaya, Dobrushin and Karpelevich, 1996" => {
        "L08" "baseline" "server.utilisation" = 0.9, Relative(1.42, ONE);
        "L08" "baseline" "server.queue.mean"  = 500.0 * two_choices_waiting(0.9), Relative(0.0025, 20.0 * M), 0.01 * 500.0 * two_choices_waiting(0.9);
    }
    // The spread of requests and of keys adds to that of the ring.
    "hash-ring", "Shares of a ring are Beta(V, (N - 1) V): Lamping and Veach, 2014" => {
        "L11" "baseline" "server.imbalance.cv" = ring_spread(100), Run(ring_spread_error(100));
        "L11" "ten-points" "server.imbalance.cv" = ring_spread(10), Run(ring_spread_error(10));
    }
    // One of eleven caches dies; each key that has lost its place is filled once more.
    "hash-moves", "Karger et al., 1997: K/(N + 1) keys move, all others with hash mod N" => {
        "L13" "baseline" "cache.fills.total" = 2000.0 / 11.0, Run(libm::hypot(2000.0 * 0.008_664, sampled_keys()));
        "L13" "modulo"   "cache.fills.total" = 2000.0 * 10.0 / 11.0, Run(sampled_keys());
    }
    "weights", "Shares are weights" => {
        "B01" "baseline" "server/0.arrivals.share" = 0.5, None, 1e-4;
        "B01" "baseline" "server/2.arrivals.share" = 0.1, None, 1e-4;
        "B01" "random"   "server/0.arrivals.share" = 0.5, Share;
        "B01" "random"   "server/2.arrivals.share" = 0.1, Share;
    }
    "black-hole", "Births and deaths of busy instances: who fails at once is always idle" => {
        "B02" "baseline" "clients.failed.share" = black_hole_share(5.0, 9), Share;
        "B02" "busy"     "clients.failed.share" = black_hole_share(100.0, 9), Share;
    }
    // A check passes when neither message is lost: 0.64.
    "health-checks", "Runs of trials: Feller, 1968, An Introduction to Probability Theory 1, XIII.7" => {
        "B03" "baseline" "clients.marked_unhealthy.total" = false_alarms().0, Run(false_alarms().1);
    }
    // Half an interval, two whole ones and a timeout; five calls a second, of which one more or less falls into it.
    "detection", "A phase at random: uniform over the interval" => {
        "B03" "baseline" "clients.failed.timed_out.share" = 5.0 * 3.0 / 200_000.0, Run(libm::hypot(5.0, 1.0) / 12_f64.sqrt() / 200_000.0);
    }
    "slow-leaves", "Dean and Barroso, 2013, The Tail at Scale: 63 %, and almost one in five" => {
        "T01" "baseline"     "clients.late.share" = 1.0 - enough_up(100, 100, 0.01), Share;
        "T01" "two-thousand" "clients.late.share" = 1.0 - enough_up(2000, 2000, 0.0001), Share;
    }
    "slowest-of-many", orders => {
        "T02" "baseline" "clients.latency.mean" = UNIT * harmonic(100), Relative(0.0025, 0.1 * M);
        "T02" "baseline" "clients.latency.p50"  = largest_of_hundred(0.5), of_quantile(largest_of_hundred, 0.5);
        "T02" "baseline" "clients.latency.p99"  = largest_of_hundred(0.99), of_quantile(largest_of_hundred, 0.99);
        "T02" "ten"      "clients.latency.mean" = UNIT * harmonic(10), Relative(0.0040, 0.1 * M);
    }
    // What is left out of a rate without chance: fan-outs that are under way at the end.
    "partial-answers", orders => {
        "T02" "baseline"    "clients.latency.mean"       = UNIT * order_mean(20, 18), of_order(20, 18);
        "T02" "baseline"    "front.missing_answers.rate" = 2.0 * 200.0, None, 0.2;
        "T02" "need-10"     "clients.latency.mean"       = UNIT * order_mean(20, 10), of_order(20, 10);
        "T02" "within-20ms" "front.missing_answers.rate" = 20.0 * libm::exp(-2.0) * 200.0, Relative((libm::expm1(2.0) / 20.0).sqrt(), ONE);
    }
    "hedging", hedges => {
        "T04" "baseline"    "leaf.per_request"      = 1.05, Absolute(0.218, ONE);
        "T04" "baseline"    "clients.latency.p95"   = lognormal(0.95), of_quantile(lognormal, 0.95);
        "T04" "baseline"    "clients.latency.p99"   = hedged_lognormal(0.99), of_quantile(hedged_lognormal, 0.99);
        "T04" "baseline"    "clients.latency.p99.9" = hedged_lognormal(0.999), of_quantile(hedged_lognormal, 0.999);
        "T04" "no-hedge"    "leaf.per_request"      = 1.0, None;
        "T04" "no-hedge"    "clients.latency.p99"   = 0.040, of_quantile(lognormal, 0.99);
        "T04" "no-hedge"    "clients.latency.p99.9" = lognormal(0.999), of_quantile(lognormal, 0.999);
        "T04" "budget"      "leaf.per_request"      = 1.02, None, 0.0005;
        "T04" "measured"    "leaf.per_request"      = 1.05, Absolute(0.308, ONE), 0.001;
        "T04" "measured"    "clients.latency.p99"   = hedged_lognormal(0.99), of_quantile(hedged_lognormal, 0.99), 0.0002;
        "T04" "exponential" "leaf.per_request"      = 1.05, Absolute(0.218, ONE);
        "T04" "exponential" "clients.latency.mean"  = 0.975 * UNIT, Relative(0.0014, 0.5 * M);
        "T04" "exponential" "clients.latency.p99"   = hedged_exponential(0.99), of_quantile(hedged_exponential, 0.99);
        "T04" "exponential" "clients.latency.p99.9" = hedged_exponential(0.999), of_quantile(hedged_exponential, 0.999);
    }
    "hedged-fan-out", leaf => {
        "T07" "baseline" "leaf.per_request"      = 102.0, Absolute(1.4, ONE);
        "T07" "baseline" "clients.latency.p50"   = hedged_leaves(0.5), of_quantile(hedged_leaves, 0.5);
        "T07" "baseline" "clients.latency.p99"   = hedged_leaves(0.99), of_quantile(hedged_leaves, 0.99);
        "T07" "baseline" "clients.latency.p99.9" = hedged_leaves(0.999), of_quantile(hedged_leaves, 0.999);
        "T07" "no-hedge" "leaf.per_request"      = 100.0, None;
        "T07" "no-hedge" "clients.latency.p50"   = leaves(0.5), of_quantile(leaves, 0.5);
        "T07" "no-hedge" "clients.latency.p99"   = leaves(0.99), of_quantile(leaves, 0.99);
        "T07" "no-hedge" "clients.latency.p99.9" = leaves(0.999), of_quantile(leaves, 0.999);
    }
    "both-at-once", "Two copies of which the first to end calls the other off are M/M/1 at twice the rate" => {
        "T09" "baseline" "clients.latency.mean" = UNIT / (2.0 - 1.4), Relative(0.00375, 2.0 * M);
    }
    "tied", "Two copies of which the first to begin calls the other off are M/M/2" => {
        "T09" "baseline" "clients.latency.mean" = UNIT * mmc_sojourn_mean(2, 1.4), Relative(0.0030, 2.0 * M);
        "T09" "baseline" "server.per_request"   = 2.0, None;
        "T09" "baseline" "server.utilisation"   = 0.7, Relative(1.5, ONE);
        "T09" "split"    "clients.latency.mean" = sojourn(1, 0.7), Relative(0.0050, 2.0 * M);
    }
    "serial-chain", "The sum of exponentials is Erlang's law" => {
        "T11" "baseline" "clients.latency.p50" = chain(0.5), of_quantile(chain, 0.5);
        "T11" "baseline" "clients.latency.p95" = chain(0.95), of_quantile(chain, 0.95);
        "T11" "baseline" "clients.latency.p99" = chain(0.99), of_quantile(chain, 0.99);
        "T11" "one-hop"  "clients.latency.p99" = UNIT * libm::log(100.0), of_quantile(|p| -UNIT * libm::log(1.0 - p), 0.99);
    }
    "lifetime", "Renewal theory" => {
        "C01" "baseline" "cache.hit_ratio" = ttl_hit_ratio(2.0, 3.0), Absolute(0.0003, M);
    }
    // What is left out: the error of the approximation.
    "eviction", "Che, Tung and Wang, 2002; Gelenbe, 1973; Fricker, Robert and Roberts, 2012" => {
        "C03" "baseline" "cache.hit_ratio" = lru_hit_ratio(&shares, 1000.0), Absolute(0.0004, 4.0 * M), 0.0002;
        "C03" "fifo"     "cache.hit_ratio" = fifo_hit_ratio(&shares, 1000.0), Absolute(0.0004, 4.0 * M), 0.0002;
    }
    "two-places", "King, 1971, Analysis of Demand Paging Algorithms" => {
        "C05" "baseline" "cache.hit_ratio" = two_lru, Absolute(0.0006, M);
        "C05" "fifo"     "cache.hit_ratio" = two_fifo, Absolute(0.0006, M);
    }
    // What is left out: whether the measured time begins or ends within a lifetime, by a fill.
    "fills-per-expiry", "Poisson arrivals during a fill" => {
        "C09" "baseline"      "origin.arrivals.rate" = fills, Relative(0.0040, 3.0 * M);
        "C09" "baseline"      "cache.hit_ratio"      = 1.0 - fills / 50.0, Absolute(0.0040 * fills / 50.0, 3.0 * M);
        "C09" "single-flight" "origin.arrivals.rate" = 1.0 / (10.0 + 0.02 + 0.2), None, 1.0 / 6000.0;
    }
    // What is left out, with single flight: whether the measured time begins or ends within a lifetime.
    "early-refresh", "Vattani, Chierichetti and Lowenstein, 2015, Optimal Probabilistic Cache Stampede Prevention" => {
        "C10" "baseline"      "origin.arrivals.rate" = xfetch_fill_rate(100.0, 60.0, 1.0), Relative(0.0297, 4.0 * M);
        "C10" "single-flight" "origin.arrivals.rate" = xfetch_refresh_rate(100.0, 60.0, 1.0), Run(6e-5), 0.5 / 8000.0;
    }
    "layers", "Beyer et al., 2016, Site Reliability Engineering, 22: 64; Amazon Builders' Library, Brooker, 2019: 243" => {
        "R04" "three-by-four" "bottom.per_request" = 64.0, None;
        "R04" "baseline"      "bottom.per_request" = 243.0, None;
        "R04" "four-by-four"  "bottom.per_request" = 256.0, None;
        "R04" "top-only"      "bottom.per_request" = 4.0, None;
    }
    // Errors by the moments of attempts given their outcome, level by level.
    "replanning", "Each level multiplies: b + b^2 + b^3 calls where all fail, else geometric series" => {
        "-" "baseline" "planner.per_request"    = 4.0, None;
        "-" "baseline" "researcher.per_request" = 16.0, None;
        "-" "baseline" "tool.per_request"       = 64.0, None;
        "-" "often"    "tool.per_request"       = calls_of_the_bottom(0.9, 4, 3), Absolute(9.408, ONE);
        "-" "half"     "tool.per_request"       = calls_of_the_bottom(0.5, 4, 3), Absolute(1.415, ONE);
    }
    "attempts", "Geometric series" => {
        "R05" "baseline" "server.per_request" = mean_attempts(0.5, 4), Absolute(1.053, ONE);
        "R05" "baseline" "clients.goodput"    = 1.0 - 0.0625, Share;
        "R05" "seldom"   "server.per_request" = mean_attempts(0.1, 3), Absolute(0.344, ONE);
        "R05" "seldom"   "clients.goodput"    = 1.0 - 0.001, Share;
    }
    "false-timeouts", "A timeout at the q-th quantile loses 1 - q; partial expectations of the exponential law" => {
        "-" "p50"       "clients.failed.timed_out.share" = 0.5, Share;
        "-" "baseline"  "clients.failed.timed_out.share" = 0.1, Share;
        "-" "p99"       "clients.failed.timed_out.share" = 0.01, Share;
        "-" "p999"      "clients.failed.timed_out.share" = 0.001, Share;
        "-" "baseline"  "server.wasted.share" = worked_out, Absolute(0.789, ONE);
        "-" "cancelled" "server.wasted.share" = called_off, Absolute(0.654, ONE);
        "-" "retried"   "server.per_request"  = mean_attempts(0.1, 3), Absolute(0.344, ONE);
        "-" "retried"   "clients.goodput"     = 1.0 - 0.001, Share;
    }
    "held-workers", "Little, 1961: L = lambda W, with W cut off by a timeout" => {
        "-" "baseline"     "caller.in_flight.mean" = 50.0 * 0.4, Relative(1.415, ONE);
        "-" "timeout"      "caller.in_flight.mean" = 50.0 * 0.4 * -libm::expm1(-0.5), Relative(1.080, ONE);
        "-" "slow"         "caller.in_flight.mean" = 50.0 * 2.0, Relative(1.415, ONE);
        "-" "slow-timeout" "caller.in_flight.mean" = 50.0 * 2.0 * -libm::expm1(-0.1), Relative(1.017, ONE);
    }
    // What is left out: tokens that are saved up, a few of each of the ten callers.
    "retry-budget", budget => {
        "R07" "baseline"                 "server.per_request" = 1.1, None, 0.001;
        "R07" "baseline"                 "clients.goodput"    = 0.55, Absolute(0.524, ONE), 0.001;
        "R07" "hardly-ever-failing"      "server.per_request" = mean_attempts(0.02, 4), Absolute(0.146, ONE);
        "R07" "seldom-failing"           "server.per_request" = 1.1, None, 0.001;
        "R07" "always-failing"           "server.per_request" = 1.1, None, 0.001;
        "R07" "no-budget"                "server.per_request" = mean_attempts(0.5, 4), Absolute(1.053, ONE);
        "R07" "no-budget-always-failing" "server.per_request" = 4.0, None;
    }
    // Deviations are those of the runs behind the published figures; what is left out is the error of the
    // figures themselves, means of 200 and 400 runs.
    "backoff-jitter", "Brooker, 2015, Exponential Backoff And Jitter: the published simulator, calls less the clients" => {
        "R01" "baseline"        "clients.latency.max" = 2.0274, Run(0.046), 0.3 * 0.046;
        "R01" "baseline"        "row.conflicts.total" = 2321.44, Run(30.0), 0.3 * 30.0;
        "R01" "exponential"     "clients.latency.max" = 63.3417, Run(3.323), 0.3 * 3.323;
        "R01" "exponential"     "row.conflicts.total" = 1757.37, Run(58.0), 0.3 * 58.0;
        "R01" "full"            "clients.latency.max" = 4.8522, Run(0.520), 0.3 * 0.520;
        "R01" "full"            "row.conflicts.total" = 695.55, Run(7.0), 0.3 * 7.0;
        "R01" "ten"             "clients.latency.max" = 0.3777, Run(0.0363), 0.2 * 0.0363;
        "R01" "ten"             "row.conflicts.total" = 40.68, Run(4.03), 0.2 * 4.03;
        "R01" "ten-exponential" "clients.latency.max" = 3.4549, Run(1.313), 0.2 * 1.313;
        "R01" "ten-exponential" "row.conflicts.total" = 40.64, Run(4.2), 0.2 * 4.2;
        "R01" "ten-full"        "clients.latency.max" = 0.4702, Run(0.102), 0.2 * 0.102;
        "R01" "ten-full"        "row.conflicts.total" = 29.09, Run(2.26), 0.2 * 2.26;
    }
    "locked-writes", "M/M/1 for each key" => {
        "-" "baseline" "clients.latency.mean" = sojourn(1, 0.8), sojourn_error(0.8);
        "-" "baseline" "waits.lock"           = sojourn(1, 0.8) - UNIT, Relative(mm1_wait_error(0.8, ONE), ONE);
    }
    // The sliding counter takes the 100 for spread over the minute: a sixth of a percent of them is gone. The
    // leaky bucket lets one go on every 0.6 s, which makes 2 in any second.
    "window-boundary", "Twice the limit within one window's length, around a boundary" => {
        "G01" "baseline"        "server.admitted.total" = 200.0, None;
        "G01" "baseline"        "server.admitted.burst" = 200.0, None;
        "G01" "sliding-log"     "server.admitted.burst" = 100.0, None;
        "G01" "sliding-counter" "server.admitted.burst" = 101.0, None;
        "G01" "leaky-bucket"    "server.admitted.burst" = 2.0, None;
        "G01" "leaky-bucket"    "server.admitted.total" = libm::ceil((110.0 - 59.9) / 0.6), None;
    }
    // What is left out: the last token, which comes as the last request does.
    "token-flood", "burst + rate x time" => {
        "G02" "baseline" "server.admitted.total" = 20.0 + 10.0 * 5.0, None, 1.0;
        "G02" "baseline" "server.admitted.burst" = 20.0 + 10.0, None, 1.0;
    }
    "token-bucket", "A token bucket loses as M/D/1/burst does" => {
        "G04" "baseline"  "clients.failed.throttled.share" = md1k_lost(5, 0.8), Relative(0.005, 5.0 * M);
        "G04" "full-load" "clients.failed.throttled.share" = md1k_lost(10, 1.0), Relative(0.005, 5.0 * M);
    }
    // The largest of ten: 1.539 deviations above the mean, its own deviation 0.587 (Tippett, 1925).
    "retry-after", "N clients come back at once, or N / J per second" => {
        "-" "baseline"            "server.arrivals.retry.peak" = 1000.0, None;
        "-" "jittered-by-server"  "server.arrivals.retry.rate" = 1000.0 / 10.0, None;
        "-" "jittered-by-server"  "server.arrivals.retry.peak" = 100.0 + 1.539 * 90.0_f64.sqrt(), Run(0.587 * 90.0_f64.sqrt());
        "-" "jittered-by-clients" "server.arrivals.retry.rate" = 1000.0 / 10.0, None;
    }
    "adaptive-throttling", "Beyer et al., 2016, Site Reliability Engineering, 21; a server that turns away half of what it is sent: Erlang B" => {
        "R09" "baseline" "server.arrivals.rate"           = half_refused(100), Relative(2.24, ONE), 0.2;
        "R09" "baseline" "clients.throttle_rejected.rate" = 1000.0 - half_refused(100), Relative(0.56, ONE), 0.2;
        "R09" "little"   "server.arrivals.rate"           = 150.0, Relative(1.0, ONE);
        "R09" "little"   "clients.throttle_rejected.rate" = 0.0, None;
    }
    "metastable-afterwards", storm => {
        "M01" "baseline" "server.arrivals.rate" = 2.0 * 280.0, Relative(1.0, ONE);
        "M01" "baseline" "clients.goodput"      = 0.0, None, 0.002;
        "M01" "no-retry" "clients.goodput"      = 1.0, None, 0.001;
        "M01" "short"    "clients.goodput"      = 1.0, None, 0.001;
        "M02" "at-155"   "server.arrivals.rate" = 2.0 * 155.0, Relative(1.0, ONE);
    }
    // What is left out of times: how the verdict recognises a recovery. Their deviations are those of
    // 25 to 60 independent simulations that were judged by the same rule. At 280 of 300 requests/s
    // medians vary too much to be judged; goodput afterwards says that all is well.
    "metastable", storm => {
        "M01" "baseline" "stuck"     = 1.0, None;
        "M01" "no-retry" "stuck"     = 0.0, None;
        "M01" "short"    "stuck"     = 0.0, None;
        "M02" "at-140"   "recovered" = 1.0, None;
        "M02" "at-140"   "recovery"  = drained_after_retries(140.0, 300.0, 10.0, 1.0), Run(14.1), 0.05 * 118.0;
        "M02" "at-145"   "recovered" = 1.0, None;
        "M02" "at-145"   "recovery"  = drained_after_retries(145.0, 300.0, 10.0, 1.0), Run(44.5), 0.05 * 245.0;
        "M02" "at-155"   "stuck"     = 1.0, None;
    }
    // Stuck where attempts x load is more than the server can do, and there alone.
    "amplified-overload", storm => {
        "-" "three-of-12" "recovered" = 1.0, None;
        "-" "baseline"    "stuck"     = 1.0, None;
        "-" "one-of-28"   "recovered" = 1.0, None;
        "-" "two-of-16"   "recovered" = 1.0, None;
        "-" "two-of-24"   "stuck"     = 1.0, None;
        "-" "four-of-8"   "recovered" = 1.0, None;
        "-" "four-of-12"  "stuck"     = 1.0, None;
        "-" "four-of-24"  "stuck"     = 1.0, None;
        "-" "budget"      "recovered" = 1.0, None;
        "-" "lifo"        "recovered" = 1.0, None;
    }
    // 8.3 %: independent simulations; 429 requests are answered before the backlog reaches a second.
    "look-aside-afterwards", storm => {
        "M06" "baseline" "clients.goodput" = 0.083, Run(0.0025);
    }
    "look-aside", storm => {
        "M06" "baseline"           "stuck"     = 1.0, None;
        "M06" "late-answers-count" "recovered" = 1.0, None;
        "M06" "late-answers-count" "recovery"  = 38.5, Run(1.1);
    }
    "capacity-drop", "Huang et al., 2022, Metastable Failures in the Wild: the order of outcomes" => {
        "M08" "baseline"  "stuck"     = 1.0, None;
        "M08" "milder"    "recovered" = 1.0, None;
        "M08" "shorter"   "recovered" = 1.0, None;
        "M08" "less-load" "recovered" = 1.0, None;
        "M08" "harder"    "stuck"     = 1.0, None;
        "M08" "longer"    "stuck"     = 1.0, None;
        "M08" "more-load" "stuck"     = 1.0, None;
    }
    // Half of the requests are writes.
    "read-your-write", "P(lag > age)" => {
        "P10" "baseline"     "clients.stale_share" = stale_after(0.100, 0.050), Absolute(0.00108, 0.2 * M);
        "P10" "any-of-three" "clients.stale_share" = stale_after(0.100, 0.050) * 2.0 / 3.0, Absolute(0.00091, 0.2 * M);
    }
    "constant-lag", "Poisson writes within the lag" => {
        "-" "baseline" "clients.stale_share" = stale_under_writes(20.0, 0.050), Absolute(0.00125, M);
    }
    "backlog", "Little, 1961: writes under way are rate x lag" => {
        "P12" "baseline" "store.backlog.mean" = 500.0 * 0.200, Relative(1.0, ONE);
    }
    "majority", "Peleg and Wool, 1995, The Availability of Quorum Systems" => {
        "P13" "baseline"     "clients.goodput" = enough_up(3, 2, 0.01), Share;
        "P13" "five-at-5"    "clients.goodput" = enough_up(5, 3, 0.05), Share;
        "P13" "seven-at-5"   "clients.goodput" = enough_up(7, 4, 0.05), Share;
        "P13" "three-at-50"  "clients.goodput" = enough_up(3, 2, 0.5), Share;
        "P13" "three-at-60"  "clients.goodput" = enough_up(3, 2, 0.6), Share;
        "P13" "seven-at-60"  "clients.goodput" = enough_up(7, 4, 0.6), Share;
    }
    "gray-failure", "Thinning of independent attempts" => {
        "F01" "baseline" "clients.failed.share" = 0.15, Share;
        "F01" "retry"    "clients.failed.share" = 0.15 * 0.15, Share;
        "F01" "slow"     "clients.late.share"   = 0.15, Share;
        "F01" "others"   "clients.failed.share" = 0.0, None;
    }
    "renewal", "Renewal processes: Cox, 1962" => {
        "F02" "baseline" "server.crashes.total" = 2000.0, Run(2000_f64.sqrt());
        "F02" "one"      "server.crashes.total" = 2000.0, Run(2000_f64.sqrt());
        "F02" "erlang"   "server.crashes.total" = 1000.0 * erlang.0, Run((1000.0 * erlang.1).sqrt());
        "F02" "gap"      "server.crashes.total" = 1000.0 * gap.0, Run((1000.0 * gap.1).sqrt());
    }
    "births-and-deaths", "Births and deaths: Kleinrock, 1975; killed, up or not: splitting of Poisson processes" => {
        "F03" "baseline"       "clients.goodput" = enough_up(3, 2, 0.2), chain_error(2);
        "F03" "one-of-three"   "clients.goodput" = enough_up(3, 1, 0.2), chain_error(1);
        "F03" "three-of-three" "clients.goodput" = enough_up(3, 3, 0.2), chain_error(3);
        "F03" "killer"         "clients.goodput" = enough_up(3, 2, 1.0 - spared), killer_error(spared);
    }
    "quorum-read", orders => {
        "P15" "one"      "clients.latency.mean" = UNIT * order_mean(3, 1), Relative(1.0, ONE);
        "P15" "baseline" "clients.latency.mean" = UNIT * order_mean(3, 2), Relative(0.721, ONE);
        "P15" "baseline" "clients.latency.p99"  = answer(2, 0.99), of_quantile(|p| answer(2, p), 0.99);
        "P15" "all"      "clients.latency.mean" = UNIT * order_mean(3, 3), Relative(0.636, ONE);
        "P15" "all"      "clients.latency.p99"  = answer(3, 0.99), of_quantile(|p| answer(3, p), 0.99);
    }
        };
    checks.extend(services::checks());
    checks
}
