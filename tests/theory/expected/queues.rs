//! What theory expects of queues and of balancing over them.

use super::super::formulas::*;
use super::super::metric;
use super::{Check, errors, scaled, study};

/// The mean service time of the scenarios in seconds.
const UNIT: f64 = 0.010;

/// Every check of a queue.
pub(super) fn checks() -> Vec<Check> {
    [
        one_server(),
        many_servers(),
        loss(),
        short_queue(),
        other_services(),
        orders(),
        closed_networks(),
        hockey_sticks(),
        balancing(),
        two_choices(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn one_server() -> Vec<Check> {
    let study = study(
        "one-server",
        "baseline",
        "M/M/1: Harchol-Balter, 2013, ch. 13",
    );
    let latency = |p: f64| UNIT * mmc_sojourn_quantile(1, 0.8, p);
    let tolerance = |stated: f64| scaled(stated, 4e6, 2e6);
    vec![
        study.near(
            metric::latency("clients", "mean"),
            UNIT * 5.0,
            tolerance(0.014),
        ),
        study.quantile(
            metric::latency("clients", "p50"),
            latency(0.5),
            tolerance(0.011),
        ),
        study.quantile(
            metric::latency("clients", "p95"),
            latency(0.95),
            tolerance(0.018),
        ),
        study.quantile(
            metric::latency("clients", "p99"),
            latency(0.99),
            tolerance(0.025),
        ),
        study.quantile(
            metric::latency("clients", "p99.9"),
            latency(0.999),
            tolerance(0.067),
        ),
        study.near(metric::utilisation("server"), 0.8, tolerance(0.003)),
        study.near(metric::queue("server"), 3.2, tolerance(0.02)),
    ]
}

fn many_servers() -> Vec<Check> {
    let full = study("many-servers", "baseline", "Erlang C; Kleinrock, 1975");
    let half = study(
        "many-servers",
        "half-of-five",
        "Brooker, 2020: 13 % and 3.6 % wait",
    );
    let wait = |p: f64| UNIT * mmc_wait_quantile(10, 8.0, p);
    let used = 1.6e6;
    vec![
        full.near(
            metric::latency("clients", "mean"),
            UNIT * mmc_sojourn_mean(10, 8.0),
            errors(0.00497, used),
        ),
        full.near(
            metric::wait("server", "mean"),
            UNIT * mmc_wait_mean(10, 8.0),
            errors(0.0264, used),
        ),
        full.quantile(
            metric::wait("server", "p95"),
            wait(0.95),
            scaled(0.10, 1e6, used),
        ),
        full.quantile(
            metric::wait("server", "p99"),
            wait(0.99),
            scaled(0.14, 1e6, used),
        ),
        // The share that waits, through the mean wait that follows from it.
        half.near(
            metric::wait("server", "mean"),
            UNIT * mmc_wait_mean(5, 2.5),
            errors(0.01785, 0.5e6),
        ),
        half.variant("half-of-ten").near(
            metric::wait("server", "mean"),
            UNIT * mmc_wait_mean(10, 5.0),
            errors(0.0395, 1e6),
        ),
    ]
}

fn loss() -> Vec<Check> {
    let study = study(
        "loss",
        "baseline",
        "Erlang B, insensitive to the law of service",
    );
    ["baseline", "deterministic", "lognormal"]
        .map(|v| {
            study
                .variant(v)
                .near(metric::refused("server"), erlang_b(10, 10.0), 0.022)
        })
        .into()
}

fn short_queue() -> Vec<Check> {
    let study = study("short-queue", "baseline", "M/M/1/K by births and deaths");
    let (refused, mean) = mm1k(10, 0.9);
    let served = 0.9 * (1.0 - refused);
    let tolerance = |stated: f64| scaled(stated, 2e6, 1e6);
    vec![
        study.near(metric::refused("server"), refused, tolerance(0.03)),
        study.near(
            metric::latency("clients", "mean"),
            UNIT * mean / served,
            tolerance(0.015),
        ),
        study.near(metric::queue("server"), mean - served, tolerance(0.02)),
        study.near(metric::utilisation("server"), served, tolerance(0.004)),
    ]
}

fn other_services() -> Vec<Check> {
    let constant = study(
        "constant-service",
        "baseline",
        "M/D/1: Erlang, 1909; Crommelin, 1932",
    );
    let lognormal = study(
        "lognormal-service",
        "baseline",
        "M/G/1: Pollaczek, 1930; Khinchine, 1932",
    );
    let wait = |p: f64| UNIT * md1_wait_quantile(0.8, p);
    let second_moment = libm::exp(1.0); // Of a lognormal with mean 1 and sigma 1.
    vec![
        constant.near(
            metric::wait("server", "mean"),
            UNIT * mg1_wait_mean(0.8, 1.0),
            0.033,
        ),
        constant.near(metric::latency("clients", "mean"), UNIT * 3.0, 0.022),
        constant.quantile(metric::wait("server", "p50"), wait(0.5), 0.03),
        constant.quantile(metric::wait("server", "p95"), wait(0.95), 0.042),
        constant.quantile(metric::wait("server", "p99"), wait(0.99), 0.06),
        lognormal.near(
            metric::wait("server", "mean"),
            UNIT * mg1_wait_mean(0.7, second_moment),
            0.035,
        ),
        // Simulated: 10 runs of two million requests.
        lognormal.quantile(metric::wait("server", "p95"), UNIT * 13.025, 0.035),
        lognormal.quantile(metric::wait("server", "p99"), UNIT * 23.34, 0.065),
    ]
}

fn orders() -> Vec<Check> {
    let priority = study("priority", "baseline", "Cobham, 1954");
    let (urgent, patient) = priority_waits(0.3, 0.5);
    let fifo = study(
        "last-come-first-served",
        "baseline",
        "M/M/1: Kleinrock, 1975",
    );
    let lifo = study(
        "last-come-first-served",
        "lifo",
        "Kingman, 1962; Takagi, 1991",
    );
    let first = |p: f64| UNIT * mmc_wait_quantile(1, 0.7, p);
    let last = |p: f64| UNIT * quantile(|t| lifo_wait_survival(0.7, t), p);
    let mean = UNIT * mmc_wait_mean(1, 0.7);
    vec![
        // Errors of the mean waits are 0.23 % and 0.71 %, of a mean service time 0.12 %.
        priority.near(
            metric::latency("urgent", "mean"),
            UNIT * (1.0 + urgent),
            0.006,
        ),
        priority.near(
            metric::latency("patient", "mean"),
            UNIT * (1.0 + patient),
            0.025,
        ),
        fifo.near(metric::wait("server", "mean"), mean, errors(0.0123, 2e6)),
        fifo.quantile(
            metric::wait("server", "p50"),
            first(0.5),
            errors(0.0139, 2e6),
        ),
        fifo.quantile(
            metric::wait("server", "p99"),
            first(0.99),
            errors(0.0167, 2e6),
        ),
        lifo.near(metric::wait("server", "mean"), mean, errors(0.0123, 2e6)),
        lifo.quantile(
            metric::wait("server", "p50"),
            last(0.5),
            errors(0.0094, 2e6),
        ),
        lifo.quantile(
            metric::wait("server", "p99"),
            last(0.99),
            errors(0.0167, 2e6),
        ),
    ]
}

fn closed_networks() -> Vec<Check> {
    // Users, variant, and tolerances of throughput and response for half a million requests.
    let sizes = [
        (10, "few", 0.008, 0.010, 0.20e6),
        (30, "baseline", 0.006, 0.020, 0.55e6),
        (100, "many", 0.006, 0.010, 0.72e6),
    ];
    let check = |(users, variant, rate, response, used)| {
        let study = study("closed-network", variant, "Reiser and Lavenberg, 1980");
        let (x, r) = closed_network(&[0.005, 0.030, 0.027], 1.0, users);
        [
            study.near(metric::arrivals("front"), x, scaled(rate, 5e5, used)),
            study.near(
                metric::latency("users", "mean"),
                r,
                scaled(response, 5e5, used),
            ),
        ]
    };
    sizes.into_iter().flat_map(check).collect()
}

fn hockey_sticks() -> Vec<Check> {
    const VARIANTS: [(&str, f64); 5] = [
        ("baseline", 0.5),
        ("at-70", 0.7),
        ("at-80", 0.8),
        ("at-90", 0.9),
        ("at-95", 0.95),
    ];
    // Standard errors of the mean sojourn by simulation; with one server there is a formula.
    let sticks = [
        (
            "hockey-stick-4",
            4,
            2500.0,
            [0.00196, 0.00477, 0.00903, 0.02178, 0.04789],
        ),
        (
            "hockey-stick-16",
            16,
            600.0,
            [0.00139, 0.00185, 0.00342, 0.01127, 0.03275],
        ),
    ];
    let mut checks = Vec::new();
    for (variant, load) in VARIANTS {
        let used = load * 100.0 * 10_000.0;
        let error = load * mm1_wait_error(load, used) + 1.0 / used.sqrt();
        let study = study("hockey-stick-1", variant, "M/M/1: Kleinrock, 1975");
        let mean = UNIT * mmc_sojourn_mean(1, load);
        checks.push(study.near(metric::latency("clients", "mean"), mean, 4.0 * error));
    }
    for (scenario, servers, seconds, sizes) in sticks {
        for ((variant, load), error) in VARIANTS.into_iter().zip(sizes) {
            let erlangs = load * f64::from(servers);
            let tolerance = errors(error, erlangs * 100.0 * seconds);
            let study = study(scenario, variant, "M/M/c: Kleinrock, 1975");
            let mean = UNIT * mmc_sojourn_mean(servers, erlangs);
            checks.push(study.near(metric::latency("clients", "mean"), mean, tolerance));
        }
    }
    checks
}

fn balancing() -> Vec<Check> {
    let random = study(
        "balancing",
        "baseline",
        "M/M/1 by splitting a Poisson process",
    );
    let in_turn = study("balancing", "in-turn", "E10/M/1: Kendall, 1953");
    let pooled = study("balancing", "one-queue", "M/M/10: Kleinrock, 1975");
    let shortest = study(
        "shortest-queue",
        "baseline",
        "truncated chain, solved numerically",
    );
    let rate = 1.0 - gim1_waiting(|s| erlang_transform(10, 0.9, s));
    let mean = || metric::latency("clients", "mean");
    let p99 = || metric::latency("clients", "p99");
    let used = 2.25e6;
    let pooled_p99 = UNIT * mmc_sojourn_quantile(10, 9.0, 0.99);
    let [(_, at_80), (_, at_90)] = SHORTEST_OF_TWO_SOJOURN;
    vec![
        random.near(mean(), UNIT * 10.0, scaled(0.03, 1e7, used)),
        random.quantile(
            p99(),
            UNIT * mmc_sojourn_quantile(1, 0.9, 0.99),
            scaled(0.05, 1e7, used),
        ),
        in_turn.near(mean(), UNIT / rate, scaled(0.05, 2e6, used)),
        in_turn.quantile(
            p99(),
            UNIT * libm::log(100.0) / rate,
            scaled(0.096, 2e6, used),
        ),
        pooled.near(
            mean(),
            UNIT * mmc_sojourn_mean(10, 9.0),
            errors(0.01505, used),
        ),
        pooled.quantile(p99(), pooled_p99, scaled(0.06, 1e7, used)),
        shortest.near(mean(), UNIT * at_90, scaled(0.03, 2e6, 1.8e6)),
        shortest
            .variant("at-80")
            .near(mean(), UNIT * at_80, scaled(0.02, 2e6, 1.6e6)),
    ]
}

fn two_choices() -> Vec<Check> {
    let variants = ["at-50", "at-70", "at-80", "baseline", "at-95"];
    let tolerances = [0.004, 0.004, 0.006, 0.008, 0.012]; // Of 20 million requests.
    let source = "Mitzenmacher, 1996: simulations with 100 queues";
    variants
        .into_iter()
        .zip(TWO_CHOICES_OF_100_SOJOURN)
        .zip(tolerances)
        .map(|((variant, (load, mean)), tolerance)| {
            let tolerance = scaled(tolerance, 2e7, load * 100.0 * 100.0 * 260.0);
            let study = study("two-choices", variant, source);
            study.near(metric::latency("clients", "mean"), UNIT * mean, tolerance)
        })
        .collect()
}
