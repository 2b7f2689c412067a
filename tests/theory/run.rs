//! Runs the scenario files of this folder and compares what they measure with theory.

use super::check::Outcome;
use super::checks::checks;
use super::entries::{CORE, Coverage};
use super::page;
use crate::running::{open, results};
use std::collections::BTreeSet;

/// Another seed for every scenario, as text; nothing when each has its own.
const SEED: &str = "SQUALL_SEED";

/// Asserts all that theory says of a scenario, and with its own seed that the page says the same.
fn agrees_with_theory(scenario: &str) {
    let seed = std::env::var(SEED).ok();
    let sets: Vec<(&str, &str)> = seed.iter().map(|seed| ("seed", seed.as_str())).collect();
    let results = results(&open(&format!("tests/theory/{scenario}.yaml")), &sets, 2);
    let outcomes: Vec<Outcome> = checks()
        .into_iter()
        .filter(|check| check.scenario == scenario)
        .map(|check| check.outcome(&results))
        .collect();
    let misses: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.is_within())
        .map(miss)
        .collect();
    assert!(
        misses.is_empty(),
        "\n{:<8} {:<70} {:>12} {:>12} {:>12} {:>7}\n{}",
        "id",
        "scenario, variant, metric",
        "expected",
        "measured",
        "tolerance",
        "errors",
        misses.concat()
    );
    if seed.is_none() {
        page::keep(&results, &outcomes);
    }
}

/// One line of the table of misses.
fn miss(outcome: &Outcome) -> String {
    let check = &outcome.check;
    let errors = outcome
        .deviation()
        .map_or("-".into(), |errors| format!("{errors:+.1}"));
    format!(
        "{:<8} {:<70} {:>12.6} {:>12.6} {:>12.6} {errors:>7}   {}\n",
        check.id,
        format!("{} {} {}", check.scenario, check.variant, check.metric),
        check.expected,
        outcome.measured,
        outcome.tolerance(),
        check.source
    )
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
    an_overload_outlives_its_trigger_where_attempts_times_load_exceed_capacity: "amplified-overload",
    a_throttled_client_sends_twice_what_is_accepted: "adaptive-throttling",
    retries_add_up_to_a_geometric_series: "attempts",
    a_replica_lacks_what_is_under_way: "backlog",
    jitter_spares_calls_and_time_as_brooker_found: "backoff-jitter",
    one_queue_beats_turns_and_turns_beat_chance: "balancing",
    the_share_of_a_black_hole_is_that_of_births_and_deaths: "black-hole",
    batches_make_queues_longer_than_their_load: "batches",
    the_first_of_two_copies_makes_one_server_of_twice_the_rate: "both-at-once",
    instances_are_up_as_births_and_deaths_say: "births-and-deaths",
    a_capacity_drop_is_survived_when_small_or_short_or_under_less_load: "capacity-drop",
    users_of_a_closed_network_are_those_of_mean_value_analysis: "closed-network",
    collection_slows_a_server_as_births_and_deaths_say: "collection",
    a_constant_lag_makes_reads_stale_as_often_as_writes_fall_into_it: "constant-lag",
    a_pool_turns_away_as_many_as_births_and_deaths_say: "connection-pool",
    constant_service_waits_as_erlang_says: "constant-service",
    checks_find_a_dead_machine_within_their_interval: "detection",
    early_refreshes_come_as_often_as_xfetch_says: "early-refresh",
    littles_law_is_exact_from_empty_to_empty: "empty-to-empty",
    lru_and_fifo_hit_as_che_and_gelenbe_say: "eviction",
    tenants_take_turns_by_their_weights: "fair-turns",
    timeouts_at_a_quantile_lose_what_is_beyond_it: "false-timeouts",
    fills_per_expiry_are_those_that_arrive_during_one: "fills-per-expiry",
    a_backlog_grows_and_drains_like_a_fluid: "fluid",
    a_fork_of_two_joins_as_flatto_and_hahn_say: "fork-join",
    a_heavy_tail_waits_as_pollaczek_and_khinchine_say: "heavy-tail",
    workers_that_wait_are_rate_times_time: "held-workers",
    gray_failures_hit_their_share_of_attempts: "gray-failure",
    a_hedged_fan_out_has_the_tail_of_dean_and_barroso: "hedged-fan-out",
    keys_that_lose_their_node_move_and_others_do_not: "hash-moves",
    shares_of_a_hash_ring_follow_the_beta_law: "hash-ring",
    checks_fail_by_chance_as_runs_of_trials_say: "health-checks",
    hedging_takes_the_quicker_of_two_copies: "hedging",
    one_server_has_its_hockey_stick: "hockey-stick-1",
    sixteen_servers_have_their_hockey_stick: "hockey-stick-16",
    four_servers_have_their_hockey_stick: "hockey-stick-4",
    last_come_first_served_waits_as_long_and_less_evenly: "last-come-first-served",
    retries_multiply_through_layers: "layers",
    locked_keys_are_servers_of_their_own: "locked-writes",
    entries_with_a_lifetime_hit_as_renewal_theory_says: "lifetime",
    lognormal_service_waits_as_pollaczek_and_khinchine_say: "lognormal-service",
    a_flushed_look_aside_cache_is_stuck_and_read_through_recovers: "look-aside",
    what_a_look_aside_cache_still_hits_after_a_flush: "look-aside-afterwards",
    losses_are_those_of_erlang_b_for_any_law_of_service: "loss",
    majorities_are_up_as_the_binomial_law_says: "majority",
    many_servers_wait_as_erlang_c_says: "many-servers",
    retries_keep_an_overload_alive_above_half_of_capacity: "metastable",
    a_metastable_failure_sustains_its_load: "metastable-afterwards",
    one_server_has_the_latency_of_m_m_1: "one-server",
    the_first_of_many_are_as_quick_as_order_statistics: "partial-answers",
    limited_patience_leaves_as_the_virtual_wait_says: "patience",
    an_unreliable_page_is_up_as_often_as_what_it_needs: "page",
    pauses_hit_whom_they_and_their_backlog_meet: "pauses",
    priorities_wait_as_cobham_says: "priority",
    processor_sharing_is_insensitive_to_the_law_of_service: "processor-sharing",
    quorums_are_as_quick_as_order_statistics: "quorum-read",
    random_faults_are_as_many_as_renewal_theory_says: "renewal",
    a_replica_misses_its_readers_own_write_when_it_lags: "read-your-write",
    reserved_servers_are_those_of_births_and_deaths: "reserved",
    throughput_scales_as_gunther_says: "scalability",
    who_is_dropped_at_his_turn_is_as_many_as_who_would_have_left: "shed-by-age",
    regular_arrivals_wait_as_kendall_says: "regular-arrivals",
    loops_within_loops_multiply_their_attempts: "replanning",
    those_who_are_told_one_time_come_back_at_once: "retry-after",
    a_retry_budget_bounds_the_load: "retry-budget",
    a_chain_is_as_slow_as_a_sum: "serial-chain",
    a_short_queue_turns_away_as_many_as_births_and_deaths_say: "short-queue",
    joining_the_shorter_of_two_queues_gives_the_solved_chain: "shortest-queue",
    slow_leaves_make_most_fan_outs_slow: "slow-leaves",
    the_slowest_of_many_is_renyis: "slowest-of-many",
    queues_in_a_row_add_up_as_jackson_and_reich_say: "tandem",
    a_token_bucket_loses_as_a_short_queue_does: "token-bucket",
    a_token_bucket_lets_its_burst_and_its_rate_through: "token-flood",
    tied_requests_make_two_queues_one: "tied",
    two_choices_of_a_hundred_wait_as_mitzenmacher_found: "two-choices",
    two_choices_of_many_come_near_the_mean_field: "two-choices-of-500",
    two_places_hit_as_king_says: "two-places",
    twice_the_limit_passes_around_a_boundary: "window-boundary",
    weights_are_shares: "weights",
}

#[test]
fn each_file_is_tested_and_has_something_to_check_and_a_section() {
    let files: BTreeSet<String> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/theory"))
            .expect("the folder is there")
            .map(|entry| entry.expect("it can be read").path())
            .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
    let tested: BTreeSet<String> = TESTED.iter().map(|&name| name.to_owned()).collect();
    let checked: BTreeSet<String> = checks().iter().map(|c| c.scenario.to_owned()).collect();
    assert_eq!(files, tested);
    assert_eq!(files, checked);
    page::keep_whole(&files.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn each_core_entry_is_checked_or_said_to_need_another_model() {
    let checks = checks();
    let checked: BTreeSet<&str> = checks.iter().flat_map(|c| c.id.split(", ")).collect();
    for (id, _, coverage) in CORE {
        // The trace of C07 is replayed by a test of its own; G03 is a unit test of the token bucket.
        let is_checked = checked.contains(id) || ["C07", "G03"].contains(id);
        assert_eq!(is_checked, !matches!(coverage, Coverage::Lacks(_)), "{id}");
    }
}
