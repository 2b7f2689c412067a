//! Runs the scenario files of this folder and compares what they measure with theory.

use super::expected::{Check, End, checks, verdict_checks};
use crate::running::{open, results};
use scenarios::results::{Results, Variant, Verdict};
use std::collections::BTreeSet;
use std::fmt::Write;

fn variant<'r>(results: &'r Results, name: &str) -> &'r Variant {
    let found = results.variants.iter().find(|v| v.name == name);
    found.unwrap_or_else(|| panic!("{} has no variant {name}", results.identity.scenario))
}

/// The mean of a metric over the runs of a variant.
fn measured(variant: &Variant, metric: &str) -> f64 {
    let values: Vec<f64> = variant
        .runs
        .iter()
        .map(|run| run.metrics.get(metric).copied().unwrap_or(f64::NAN))
        .collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// One line of the table of misses.
fn miss(check: &Check, measured: f64) -> String {
    let Check {
        study,
        metric,
        expected,
        tolerance,
    } = check;
    let id = format!("{} {} {metric}", study.scenario, study.variant);
    let errors = 4.0 * (measured - expected) / tolerance;
    format!(
        "{id:<60} {expected:>12.6} {measured:>12.6} {tolerance:>11.6} {errors:>+7.1}   {}",
        study.source
    )
}

/// Whether a run ended as it had to.
fn ends_so(end: &End, verdict: Verdict) -> bool {
    match (end, verdict) {
        (End::Stuck, Verdict::Stuck) => true,
        (End::RecoversAfter(within), Verdict::Recovered(after)) => within.contains(&after),
        _ => false,
    }
}

/// Asserts all that theory says of a scenario.
fn agrees_with_theory(scenario: &str) {
    let results = results(&open(&format!("tests/theory/{scenario}.yaml")), &[], 2);
    let mut misses = Vec::new();
    for check in checks().iter().filter(|c| c.study.scenario == scenario) {
        let measured = measured(variant(&results, check.study.variant), &check.metric);
        if !check.accepts(measured) {
            misses.push(miss(check, measured));
        }
    }
    for check in verdict_checks() {
        if check.study.scenario != scenario {
            continue;
        }
        for run in &variant(&results, check.study.variant).runs {
            if !ends_so(&check.end, run.recovery) {
                misses.push(format!(
                    "{scenario} {}: expected {:?}, but {:?}",
                    check.study.variant, check.end, run.recovery
                ));
            }
        }
    }
    let mut table = format!(
        "{:<60} {:>12} {:>12} {:>11} {:>7}\n",
        "scenario, variant, metric", "expected", "measured", "tolerance", "errors"
    );
    for line in &misses {
        writeln!(table, "{line}").expect("strings take all");
    }
    assert!(misses.is_empty(), "\n{table}");
}

/// One test for each file, so that they run beside each other, and the list of their files.
macro_rules! scenarios {
    ($($test:ident: $file:literal,)*) => {
        $(
            #[test]
            fn $test() {
                agrees_with_theory($file);
            }
        )*

        const TESTED: &[&str] = &[$($file),*];
    };
}

scenarios! {
    retries_add_up_to_a_geometric_series: "attempts",
    one_queue_beats_turns_and_turns_beat_chance: "balancing",
    users_of_a_closed_network_are_those_of_mean_value_analysis: "closed-network",
    a_constant_lag_makes_reads_stale_as_often_as_writes_fall_into_it: "constant-lag",
    constant_service_waits_as_erlang_says: "constant-service",
    early_refreshes_come_as_often_as_xfetch_says: "early-refresh",
    lru_and_fifo_hit_as_che_and_gelenbe_say: "eviction",
    fills_per_expiry_are_those_that_arrive_during_one: "fills-per-expiry",
    a_hedged_fan_out_has_the_tail_of_dean_and_barroso: "hedged-fan-out",
    hedging_takes_the_quicker_of_two_copies: "hedging",
    one_server_has_its_hockey_stick: "hockey-stick-1",
    sixteen_servers_have_their_hockey_stick: "hockey-stick-16",
    four_servers_have_their_hockey_stick: "hockey-stick-4",
    last_come_first_served_waits_as_long_and_less_evenly: "last-come-first-served",
    retries_multiply_through_layers: "layers",
    entries_with_a_lifetime_hit_as_renewal_theory_says: "lifetime",
    lognormal_service_waits_as_pollaczek_and_khinchine_say: "lognormal-service",
    what_a_look_aside_cache_still_hits_after_a_flush: "look-aside-afterwards",
    a_flushed_look_aside_cache_is_stuck_and_read_through_recovers: "look-aside",
    losses_are_those_of_erlang_b_for_any_law_of_service: "loss",
    many_servers_wait_as_erlang_c_says: "many-servers",
    a_metastable_failure_sustains_its_load: "metastable-afterwards",
    retries_keep_an_overload_alive_above_half_of_capacity: "metastable",
    one_server_has_the_latency_of_m_m_1: "one-server",
    priorities_wait_as_cobham_says: "priority",
    a_replica_misses_its_readers_own_write_when_it_lags: "read-your-write",
    a_retry_budget_bounds_the_load: "retry-budget",
    a_short_queue_turns_away_as_many_as_births_and_deaths_say: "short-queue",
    joining_the_shorter_of_two_queues_gives_the_solved_chain: "shortest-queue",
    the_slowest_of_many_is_renyis: "slowest-of-many",
    two_choices_of_a_hundred_wait_as_mitzenmacher_found: "two-choices",
    two_places_hit_as_king_says: "two-places",
}

#[test]
fn each_file_is_tested_and_each_test_has_something_to_check() {
    let files: BTreeSet<String> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/theory"))
            .expect("the folder is there")
            .map(|entry| entry.expect("it can be read").path())
            .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
    let tested: BTreeSet<String> = TESTED.iter().map(|&name| name.to_owned()).collect();
    let checked: BTreeSet<String> = checks()
        .iter()
        .map(|check| check.study)
        .chain(verdict_checks().iter().map(|check| check.study))
        .map(|study| study.scenario.to_owned())
        .collect();
    assert_eq!(files, tested);
    assert_eq!(files, checked);
}
