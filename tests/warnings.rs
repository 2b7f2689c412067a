//! What a study warns of, and where it keeps quiet.

use crate::running::{read, results};

/// The warnings of a study with other values at some paths.
fn warnings(change: &[(&str, &str)]) -> Vec<String> {
    let document = read(
        "
squall: 1
name: warned
summary: One server and its queue.
duration: 2m
warm_up: 10s
runs: 4
nodes:
  users: { clients: { arrivals: { poisson: 100/s }, good_within: 1m, call: { to: server, timeout: none } } }
  server: { service: { workers: 1, steps: [ { work: { exponential: 5ms } } ] } }
",
    );
    results(&document, change, 2).warnings
}

const WORKERS: &str = "nodes.server.service.workers";
const WORK: &str = "nodes.server.service.steps.0.work";

#[test]
fn a_healthy_study_warns_of_nothing() {
    assert_eq!(warnings(&[]), [""; 0]);
}

#[test]
fn a_warm_up_that_is_too_short_is_told_with_its_end() {
    // The number in flight tends to 1000 as 1 - exp(-t / 10 s).
    let slow = [(WORKERS, "100000"), (WORK, "{ exponential: 10s }")];
    let early = warnings(&slow);
    let start = "baseline: the warm-up is too short: the number in flight is steady from ";
    let seconds: f64 = match early.as_slice() {
        [warning] => warning
            .strip_prefix(start)
            .and_then(|rest| rest.split(' ').next()),
        _ => None,
    }
    .and_then(|seconds| seconds.parse().ok())
    .unwrap_or_else(|| panic!("{early:?}"));
    assert!((20.0..=60.0).contains(&seconds), "{seconds}");
    let late = [&slow[..], &[("warm_up", "60s")]].concat();
    assert_eq!(warnings(&late), [""; 0]);
}

#[test]
fn a_backlog_that_grows_is_never_steady_and_its_node_never_rests() {
    let warnings = warnings(&[(WORK, "{ exponential: 11ms }")]);
    for part in [
        "is not steady before the second half",
        "server of baseline is busy 100 %",
    ] {
        assert!(
            warnings.iter().any(|warning| warning.contains(part)),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_load_that_is_meant_to_grow_is_no_warm_up() {
    let ramp = "{ piecewise: [ { until: 100s, rate: 10/s, ramp_to: 150/s }, { rate: 150/s } ] }";
    assert_eq!(warnings(&[("nodes.users.clients.arrivals", ramp)]), [""; 0]);
}

#[test]
fn a_quantile_without_samples_is_told() {
    let warnings = warnings(&[("duration", "15s")]);
    assert_eq!(warnings, ["baseline: too few samples for p99.9, or none."]);
}

#[test]
fn batches_that_depend_on_each_other_are_told() {
    // At a load of 98 % the queue remembers for minutes, and a batch is of seconds.
    let long = [
        ("runs", "1"),
        ("batch_means", "60"),
        ("duration", "4m"),
        (WORK, "{ exponential: 9.8ms }"),
    ];
    let warnings = warnings(&long);
    let expected = "batches are too short, each tells of the next (von Neumann's ratio)";
    assert!(
        warnings.iter().any(|warning| warning.contains(expected)),
        "{warnings:?}"
    );
}
