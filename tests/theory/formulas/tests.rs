//! The closed forms against values computed independently, and against published figures.

use super::*;

#[track_caller]
fn assert_close(measured: f64, expected: f64) {
    assert!(
        (measured / expected - 1.0).abs() < 1e-6,
        "{measured} is not {expected}"
    );
}

#[track_caller]
fn assert_near(measured: f64, expected: f64, tolerance: f64) {
    assert!(
        (measured - expected).abs() < tolerance,
        "{measured} is not {expected}"
    );
}

#[test]
fn one_server_is_the_textbook_case() {
    assert_close(mmc_sojourn_mean(1, 0.8), 5.0);
    assert_close(mmc_sojourn_quantile(1, 0.8, 0.5), 3.465_736);
    assert_close(mmc_sojourn_quantile(1, 0.8, 0.95), 14.978_66);
    assert_close(mmc_sojourn_quantile(1, 0.8, 0.99), 23.025_85);
    assert_close(mmc_sojourn_quantile(1, 0.8, 0.999), 34.538_78);
    assert_close(mmc_wait_mean(1, 0.7), 2.333_333_3);
}

#[test]
fn erlangs_formulas_give_the_known_loss_and_delay() {
    assert_close(erlang_b(10, 10.0), 0.214_582_3);
    assert_close(erlang_c(10, 8.0), 0.409_180_2);
    assert_close(mmc_wait_mean(10, 8.0), 0.204_590_1);
    assert_close(mmc_sojourn_mean(10, 8.0), 1.204_590);
    assert_close(mmc_wait_quantile(10, 8.0, 0.95), 1.051_066);
    assert_close(mmc_wait_quantile(10, 8.0, 0.99), 1.855_785);
    assert!(mmc_wait_quantile(10, 8.0, 0.5) <= 0.0, "most do not wait");
}

#[test]
fn at_half_load_few_wait_as_published() {
    // Brooker, 2020, "Surprising Economics of Load-Balanced Systems".
    assert_near(erlang_c(5, 2.5), 0.13, 0.005);
    assert_near(erlang_c(10, 5.0), 0.036, 0.001);
    assert_close(erlang_c(5, 2.5), 0.130_371_3);
    assert_close(erlang_c(10, 5.0), 0.036_105_36);
}

#[test]
fn the_hockey_stick_is_lower_with_more_servers() {
    let expected = [
        (1, [2.0, 3.333_333, 5.0, 10.0, 20.0]),
        (4, [1.086_957, 1.357_212, 1.745_541, 2.969_383, 5.457_095]),
        (16, [1.001_127, 1.027_016, 1.095_276, 1.369_590, 1.975_241]),
    ];
    for (servers, means) in expected {
        for (load, mean) in [0.5, 0.7, 0.8, 0.9, 0.95].into_iter().zip(means) {
            assert_close(mmc_sojourn_mean(servers, load * f64::from(servers)), mean);
        }
    }
}

#[test]
fn pooled_servers_beat_split_ones() {
    assert_close(mmc_sojourn_mean(10, 9.0), 1.668_732);
    assert_close(mmc_sojourn_quantile(10, 9.0, 0.99), 6.249_877);
    assert_close(mmc_sojourn_quantile(1, 0.9, 0.99), 46.0517);
}

#[test]
fn the_error_of_a_mean_wait_is_as_known() {
    for (load, percent) in [(0.5, 0.54), (0.8, 1.1), (0.9, 2.1), (0.95, 4.1)] {
        assert_near(100.0 * mm1_wait_error(load, 1e6), percent, 0.06);
    }
}

#[test]
fn a_short_queue_turns_some_away() {
    let (refused, mean) = mmck(1, 10, 0.9);
    assert_close(refused, 0.050_813_73);
    assert_close(mean, 3.969_441);
    assert_close(mean / (0.9 * (1.0 - refused)), 4.646_601);
    assert_close(erlang_b(1, 0.9), mmck(1, 1, 0.9).0);
    assert_close(erlang_b(10, 10.0), mmck(10, 10, 10.0).0);
}

#[test]
fn waits_behind_one_server_follow_the_second_moment() {
    assert_close(mg1_wait_mean(0.8, 1.0), 2.0);
    assert_close(mg1_wait_mean(0.7, libm::exp(1.0)), 3.171_329);
    assert_close(mg1_wait_mean(0.8, 2.0), mmc_wait_mean(1, 0.8));
}

#[test]
fn waits_for_constant_service_have_erlangs_law() {
    assert_close(md1_wait_cdf(0.8, 0.0), 0.2);
    assert_close(md1_wait_quantile(0.8, 0.5), 1.275_94);
    assert_close(md1_wait_quantile(0.8, 0.95), 6.620_325);
    assert_close(md1_wait_quantile(0.8, 0.99), 10.355_89);
}

#[test]
fn regular_arrivals_wait_less() {
    let waiting = gim1_waiting(|s| erlang_transform(10, 0.9, s));
    assert_close(1.0 / (1.0 - waiting), 5.660_276);
    assert_close(libm::log(100.0) / (1.0 - waiting), 26.066_54);
    let constant = gim1_waiting(|s| libm::exp(-s / 0.8));
    assert_close(constant, 0.628_629_8);
    assert_close(gim1_waiting(|s| erlang_transform(1, 0.8, s)), 0.8);
}

#[test]
fn priority_shifts_the_wait_to_the_second_class() {
    let (first, second) = priority_waits(0.3, 0.5);
    assert_close(first, 1.142_857_1);
    assert_close(second, 5.714_285_7);
    assert_close((0.3 * first + 0.5 * second) / 0.8, mmc_wait_mean(1, 0.8));
}

#[test]
fn births_and_deaths_have_the_losses_of_erlang() {
    let shares = births_and_deaths(10, |_| 10.0, f64::from);
    assert_close(shares[10], erlang_b(10, 10.0));
}

#[test]
fn throughput_scales_as_gunther_says() {
    for (n, expected) in [
        (16.0, 8.556_149_7),
        (32.0, 10.505_581_1),
        (64.0, 10.379_500_5),
    ] {
        assert_close(scaled_throughput(0.05, 0.0005, n), expected);
    }
    assert_close(scaled_throughput(0.05, 0.0, 32.0), 12.549_019_6);
}

#[test]
fn memory_that_costs_nothing_to_collect_holds_what_comes_in_a_service() {
    assert_close(mean_in_memory(10.0, 80, 20, 0.0), 10.0);
}

#[test]
fn last_come_first_served_spreads_the_same_mean() {
    assert_close(lifo_wait_survival(0.7, 0.0), 0.7);
    let step = 0.04;
    let at = |i: u32| lifo_wait_survival(0.7, step * (f64::from(i) + 0.5));
    let mean: f64 = (0..15_000).map(at).sum::<f64>() * step;
    assert_near(mean, mmc_wait_mean(1, 0.7), 1e-4);
    assert_near(quantile(|t| lifo_wait_survival(0.7, t), 0.5), 0.38, 0.01);
    assert_near(quantile(|t| lifo_wait_survival(0.7, t), 0.99), 32.5, 0.3);
}

#[test]
fn closed_networks_saturate() {
    let demands = [0.005, 0.030, 0.027];
    let expected = [(10, 9.264_585, 0.079_379_18), (30, 25.415_21, 0.180_395_7)];
    for (users, throughput, response) in expected {
        let (x, r) = closed_network(&demands, 1.0, users);
        assert_close(x, throughput);
        assert_close(r, response);
    }
    let (x, r) = closed_network(&demands, 1.0, 100);
    assert_close(x, 33.329_65);
    assert_close(r, 2.000_331);
}

#[test]
fn two_choices_lie_above_their_limit() {
    assert_close(two_choices_mean_field(0.5), 1.265_686);
    assert_close(two_choices_mean_field(0.9), 2.614_057);
    assert_close(two_choices_mean_field(0.95), 3.383_046);
    for (load, simulated) in TWO_CHOICES_OF_100_SOJOURN {
        let limit = two_choices_mean_field(load);
        assert!(limit < simulated && simulated < 1.03 * limit, "at {load}");
    }
    for (load, exact) in SHORTEST_OF_TWO_SOJOURN {
        let pooled = mmc_sojourn_mean(2, 2.0 * load);
        assert!(
            pooled < exact && exact < mmc_sojourn_mean(1, load),
            "at {load}"
        );
    }
}

#[test]
fn the_slowest_of_many_is_slow() {
    assert_close(harmonic(10), 2.928_968);
    assert_close(harmonic(100), 5.187_378);
    let exponential = |t: f64| libm::exp(-t);
    assert_close(largest_quantile(100, exponential, 0.5), 4.975_147);
    assert_close(largest_quantile(100, exponential, 0.99), 9.205_37);
}

#[test]
fn hedging_cuts_the_tail() {
    let one = |t: f64| lognormal_survival(10.0, 40.0, t);
    let delay = quantile(one, 0.95);
    assert_close(delay, 26.649_492_31);
    let hedged = |t: f64| hedged_survival(one, delay, t);
    assert_close(quantile(one, 0.999), 63.059_956_06);
    assert_close(quantile(hedged, 0.99), 35.389_784_7);
    assert_close(quantile(hedged, 0.999), 44.548_749_25);
    let one = |t: f64| libm::exp(-t / 10.0);
    let hedged = |t: f64| hedged_survival(one, 10.0 * libm::log(20.0), t);
    assert_near(quantile(hedged, 0.99), 38.0045, 1e-4);
    assert_near(quantile(hedged, 0.999), 49.5174, 1e-4);
}

#[test]
fn a_hundred_leaves_have_the_published_tail() {
    let hedged = |t: f64| hedged_survival(leaf_survival, 10.0, t);
    assert_near(largest_quantile(100, leaf_survival, 0.999), 1800.0, 1.0);
    assert_near(largest_quantile(100, hedged, 0.999), 74.0, 0.1);
    assert_close(largest_quantile(100, leaf_survival, 0.5), 30.402_785_84);
    assert_close(largest_quantile(100, hedged, 0.5), 11.710_661_49);
    assert_close(largest_quantile(100, leaf_survival, 0.99), 523.445_674_1);
    assert_close(largest_quantile(100, hedged, 0.99), 26.191_615_5);
}

#[test]
fn caches_hit_as_often_as_theory_says() {
    assert_close(ttl_hit_ratio(2.0, 3.0), 0.857_142_857_1);
    let shares = zipf(10_000, 1.0);
    assert_near(lru_hit_ratio(&shares, 1000.0), 0.6756, 5e-5);
    assert_near(fifo_hit_ratio(&shares, 1000.0), 0.63091, 5e-6);
    let few = [0.5, 0.25, 0.15, 0.1];
    let (lru, fifo) = two_place_hit_ratios(&few);
    assert_close(lru, 0.628_300_7);
    assert_close(fifo, 0.610_687);
    assert_close(lru_hit_ratio(&few, 2.0), 0.620_274_7);
}

#[test]
fn fills_at_an_expiry_are_counted() {
    assert_close(fill_rate(50.0, 10.0, 0.2) / 50.0, 0.021_526_418_79);
    // e fills in each cycle of about 60 s + 1 s - 5.18 s + 0.45 s.
    assert_near(
        xfetch_fill_rate(100.0, 60.0, 1.0),
        std::f64::consts::E / 56.27,
        1e-5,
    );
}

#[test]
fn attempts_add_up() {
    assert_close(mean_attempts(0.5, 4), 1.875);
    assert_close(mean_attempts(0.1, 3), 1.11);
    assert_close(mean_attempts(1.0, 4), 4.0);
    assert_close(mean_attempts(0.02, 4), 1.020_408);
}

#[test]
fn staleness_is_a_race_against_the_lag() {
    assert_close(stale_after(0.100, 0.050), 0.135_335_283_2);
    assert_close(stale_after(0.100, 0.050) * 2.0 / 3.0, 0.090_223_522_16);
    assert_close(stale_under_writes(20.0, 0.050), 0.632_120_6);
}

#[test]
fn callers_that_leave_waste_what_is_still_done_for_them() {
    assert_close(mm1_wasted_share(0.8, 0.0), 1.0);
    // The same as an integral over the wait, by midpoints.
    let step = 0.001;
    let late = |w: f64| (1.0 + (10.0 - w)) * libm::exp(-(10.0 - w));
    let waited: f64 = (0..10_000)
        .map(|i| step * (f64::from(i) + 0.5))
        .map(|w| 0.16 * libm::exp(-0.2 * w) * late(w) * step)
        .sum();
    let integral = 0.2 * late(0.0) + waited + 0.8 * libm::exp(-2.0);
    assert_near(mm1_wasted_share(0.8, 10.0), integral, 1e-6);
}

#[test]
fn limited_patience_bounds_an_overload() {
    let (left, busy) = mm1_patience(1.2, 3.0);
    assert_close(left, 0.269_303_3);
    assert_close(busy, 0.876_836);
    assert_close(1.2 * (1.0 - left), busy);
}

#[test]
fn batches_forks_and_chains_are_as_known() {
    assert_close(batches_in_system(0.8, 4.0), 10.0);
    assert_close(batches_in_system(0.8, 1.0), 4.0);
    assert_close(fork_join_of_two(0.5), 2.875);
    assert_close(fork_join_of_two(0.9), 13.875);
    let tandem = |t: f64| exponentials_survival(&[0.4, 0.3, 0.6], t);
    assert_close(quantile(tandem, 0.5), 6.604_405);
    assert_close(quantile(tandem, 0.95), 16.074_31);
    assert_close(quantile(tandem, 0.99), 21.831_55);
    assert_close(quantile(|t| erlang_survival(5, t), 0.5), 4.670_909);
    assert_close(quantile(|t| erlang_survival(5, t), 0.99), 11.604_63);
}

#[test]
fn a_bounded_pareto_has_its_moments() {
    assert_close(bounded_pareto_moment(1.5, 1.0, 1000.0, 1.0), 2.905_224);
    assert_near(bounded_pareto_moment(1.5, 1.0, 1000.0, 2.0), 91.8712, 1e-4);
    let second = bounded_pareto_moment(1.5, 1.0, 1000.0, 2.0);
    let mean = bounded_pareto_moment(1.5, 1.0, 1000.0, 1.0);
    assert_near(
        mean * mg1_wait_mean(0.7, second / (mean * mean)),
        36.893_24,
        1e-4,
    );
}

#[test]
fn queues_of_two_choices_are_little_s() {
    let sojourn = two_choices_mean_field(0.9);
    assert_close(two_choices_waiting(0.9), 0.9 * (sojourn - 1.0));
    assert_near(
        two_choices_waiting(0.9),
        0.729 + 0.478_297 + 0.205_891 + 0.038_152,
        2e-3,
    );
}

#[test]
fn majorities_and_orders_are_binomial() {
    assert_close(enough_up(3, 2, 0.01), 0.999_702);
    assert_close(enough_up(5, 3, 0.05), 0.998_841_9);
    assert_close(enough_up(7, 4, 0.05), 0.999_806_4);
    assert_close(enough_up(3, 2, 0.6), 0.352);
    assert_close(enough_up(7, 4, 0.6), 0.289_792);
    assert_close(order_mean(3, 1), 1.0 / 3.0);
    assert_close(order_mean(3, 3), harmonic(3));
    assert_close(quantile(|t| order_survival(3, 2, t), 0.99), 2.831_861);
    assert_close(quantile(|t| order_survival(3, 3, t), 0.99), 5.700_436);
    // Dean and Barroso, 2013: 63 % of requests, and almost one in five.
    assert_close(1.0 - enough_up(100, 100, 0.01), 0.633_967_7);
    assert_close(1.0 - enough_up(2000, 2000, 1e-4), 0.181_277_4);
}

#[test]
fn early_refreshes_begin_five_fills_before_the_expiry() {
    assert_close(
        1.0 / xfetch_refresh_rate(100.0, 60.0, 1.0),
        61.0 - 5.182_386,
    );
}

#[test]
fn retries_double_what_a_cut_leaves_behind() {
    assert_close(drained_after_retries(140.0, 300.0, 10.0, 1.0), 118.0);
    assert_close(drained_after_retries(145.0, 300.0, 10.0, 1.0), 245.5);
}

#[test]
fn work_for_those_who_left_is_a_partial_expectation() {
    let (worked_out, called_off) = work_for_nobody(1.0);
    assert_close(worked_out, 0.735_758_9);
    assert_close(called_off, 0.581_976_7);
    // By parts: of Exp(1), the work that takes longer than 2.
    let step = 1e-4;
    let middle = |i: u32| 2.0 + step * (f64::from(i) + 0.5);
    let longer: f64 = (0..400_000)
        .map(|i| middle(i) * libm::exp(-middle(i)) * step)
        .sum();
    assert_near(work_for_nobody(2.0).0, longer, 1e-6);
}

#[test]
fn levels_multiply_attempts() {
    assert_close(calls_of_the_bottom(1.0, 4, 3), 64.0);
    assert_close(calls_of_the_bottom(1.0, 3, 5), 243.0);
    assert_close(calls_of_the_bottom(0.5, 2, 1), 1.5);
    // 3.439, 2.369 and 1.226 attempts.
    assert_near(calls_of_the_bottom(0.9, 4, 3), 9.988_21, 1e-5);
}

#[test]
fn counts_have_the_moments_of_their_laws() {
    // Abramowitz and Stegun, 1964, table 26.7: a Poisson variable of mean 2 is at most 2.
    assert_near(poisson_at_least(3, 2.0), 1.0 - 0.676_68, 1e-5);
    let (mean, variance) = moments(|n| poisson_at_least(n, 4.0));
    assert_close(mean, 4.0);
    assert_close(variance, 4.0);
    // Cox, 1962, Renewal Theory, 3.3: with Erlang gaps of two stages, half the time less a quarter.
    let (mean, _) = moments(|n| poisson_at_least(2 * n, 4.0));
    assert_close(mean, 4.0 / 2.0 - 0.25 + libm::exp(-8.0) / 4.0);
}

#[test]
fn the_share_of_time_up_scatters_as_that_of_a_two_state_chain() {
    // The integral of a (1 - a) exp(-t / 4) from 0 on is 4 a (1 - a).
    let both = |t: f64| 0.8 * (0.8 + 0.2 * libm::exp(-t / 4.0));
    let deviation = enough_up_deviation((1, 1), 0.8, both, 80.0, 10_000.0);
    assert_near(
        deviation,
        (2.0 * 4.0 * 0.8 * 0.2 / 10_000.0_f64).sqrt(),
        1e-5,
    );
    // All of three: (a + (1 - a) x)^3 a^3 less a^6, with x falling as exp(-t / 4).
    let all = 2.0 * 4.0 * 0.512 * (3.0 * 0.64 * 0.2 + 3.0 * 0.8 * 0.04 / 2.0 + 0.008 / 3.0);
    let deviation = enough_up_deviation((3, 3), 0.8, both, 80.0, 10_000.0);
    assert_near(deviation, f64::sqrt(all / 10_000.0), 1e-5);
}

#[test]
fn a_bucket_loses_what_the_embedded_chain_says() {
    assert_close(md1k_lost(5, 0.8), 0.035_290_396_44);
    assert_close(md1k_lost(10, 1.0), 0.050_847_457_63);
    assert_close(md1k_lost(1, 0.5), 1.0 / 3.0); // Erlang's loss of one server.
}

#[test]
fn runs_take_as_long_as_feller_says() {
    // Six, with a variance of 22, for two heads of a fair coin in a row.
    let (mean, variance) = run_length(0.5, 2);
    assert_close(mean, 6.0);
    assert_close(variance, 22.0);
    let (mean, variance) = run_length(0.25, 1);
    assert_close(mean, 4.0);
    assert_close(variance, 12.0);
}

#[test]
fn rings_are_as_uneven_as_published() {
    // Lamping and Veach, 2014, "A Fast, Minimal Memory, Consistent Hash Algorithm", table 1.
    assert_near(ring_variance(1000, 10).sqrt(), 0.315_18, 0.002);
    assert_near(ring_variance(1000, 100).sqrt(), 0.099_70, 0.000_5);
}

#[test]
fn a_black_hole_beside_one_instance_has_two_states() {
    // Idle, half of the calls go wrong, and busy, all.
    assert_close(black_hole_share(2.0, 1), 0.5 * 0.5 + 0.5);
    assert_close(black_hole_share(0.0, 4), 0.2);
    assert!(0.9 < black_hole_share(1000.0, 9));
}
