//! How often 95 % intervals hold the truth: small studies of M/M/1 queues, repeated with other seeds.
//!
//! The truth is in closed form: of a queue with arrival rate a and service rate s, times in the
//! system are exponential with mean 1 / (s - a), so that p99 is ln 100 / (s - a). Of so many studies
//! the share whose interval holds it has a standard error of sqrt(0.95 x 0.05 / 400) = 1.1 points,
//! and must lie between 91 % and 98.5 %.
//!
//! Intervals hold what the mean over runs tends to, and so each bias must be small beside them. A
//! run begins empty, and warms up for 20 relaxation times. Its p99 is that of some thousand requests
//! that depend on each other, and falls short by about 1 / (2 x the independent requests beyond it):
//! so runs are long and the load is low. The paired difference is the mean of logarithms, and that
//! of a ratio of means of n requests falls short by half the difference of their squared relative
//! errors: 0.1 % here, where half-widths are 2 %.

use crate::running::{read, results};
use scenarios::results::Results;
use scenarios::statistics::interval;

/// How many studies.
const STUDIES: u32 = 400;

/// Studies with batch means.
const LONG_RUNS: u32 = 100;

/// Arrivals per second, and what the servers serve.
const ARRIVALS: f64 = 100.0;
const SERVED: f64 = 250.0;
const SERVED_QUICKLY: f64 = 300.0;

fn mean_time(served: f64) -> f64 {
    1.0 / (served - ARRIVALS)
}

/// Two queues at a load of 40 % and 33 %, of 2400 requests a run.
const QUEUES: &str = "
squall: 1
name: queues
summary: One server, and a quicker one.
duration: 25s
warm_up: 1s
runs: 10
nodes:
  users: { clients: { arrivals: { poisson: 100/s }, good_within: 1s, call: { to: server, timeout: none } } }
  server: { service: { workers: 1, steps: [ { work: { exponential: 4ms } } ] } }
variants:
  quicker: { set: { nodes.server.service.steps.0.work: { scaled: { by: 0.8333333333333334, of: { exponential: 4ms } } } } }
";

/// Counts how often something was held.
#[derive(Default)]
struct Held {
    held: u32,
    of: u32,
}

impl Held {
    fn add(&mut self, (low, high): (f64, f64), truth: f64) {
        self.of += 1;
        self.held += u32::from(low <= truth && truth <= high);
    }

    #[track_caller]
    fn check(&self, what: &str, allowed: std::ops::RangeInclusive<f64>) {
        let share = f64::from(self.held) / f64::from(self.of);
        let percent = 100.0 * share;
        println!(
            "{what}: {} of {} intervals hold the truth, {percent:.1} %",
            self.held, self.of
        );
        assert!(allowed.contains(&share), "{what}: {percent:.1} %");
    }
}

fn over_samples(results: &Results, metric: &str) -> (f64, f64) {
    let samples: Vec<f64> = results.variants[0]
        .samples(metric)
        .into_iter()
        .flatten()
        .collect();
    interval(&samples).expect("there are samples")
}

/// The difference of the mean latency, which is a column of these scenarios.
fn of_the_mean(results: &Results) -> (f64, f64) {
    let column = results
        .columns
        .iter()
        .position(|column| column.metric == "latency.mean");
    let cell = &results.variants[1].cells[column.expect("it is a column")];
    let difference = cell.difference.as_ref().expect("there are pairs");
    assert!(difference.relative);
    (difference.low, difference.high)
}

#[test]
fn intervals_over_runs_hold_the_truth_as_often_as_they_say() {
    let document = read(&format!("{QUEUES}columns: {{ mean: latency.mean }}\n"));
    let (mut means, mut tails, mut differences) = <(Held, Held, Held)>::default();
    for seed in 1..=STUDIES {
        let results = results(&document, &[("seed", &seed.to_string())], 2);
        means.add(over_samples(&results, "latency.mean"), mean_time(SERVED));
        let p99 = mean_time(SERVED) * libm::log(100.0);
        tails.add(over_samples(&results, "latency.p99"), p99);
        let ratio = mean_time(SERVED_QUICKLY) / mean_time(SERVED);
        differences.add(of_the_mean(&results), ratio - 1.0);
    }
    means.check("mean", 0.91..=0.985);
    tails.check("p99", 0.91..=0.985);
    differences.check("paired difference of the mean", 0.91..=0.985);
}

/// One run of 40,000 requests at a load of 80 %, in 20 batches of 26 relaxation times.
const LONG_RUN: &str = "
squall: 1
name: long-run
summary: One server at 80 %.
duration: 410s
warm_up: 10s
runs: 1
batch_means: 20
nodes:
  users: { clients: { arrivals: { poisson: 100/s }, good_within: 1s, call: { to: server, timeout: none } } }
  server: { service: { workers: 1, steps: [ { work: { exponential: 8ms } } ] } }
";

#[test]
fn intervals_over_batches_hold_the_truth_about_as_often_as_they_say() {
    let document = read(LONG_RUN);
    let mut means = Held::default();
    for seed in 1..=LONG_RUNS {
        let results = results(&document, &[("seed", &seed.to_string())], 2);
        assert_eq!(results.batches().map(|(batches, _)| batches), Some(20));
        means.add(over_samples(&results, "latency.mean"), mean_time(125.0));
    }
    // The standard error is 2.2 points, and batches that depend on each other a little cost one or
    // two: three errors below 93 % is too seldom.
    means.check("mean over batches", 0.86..=1.0);
}
