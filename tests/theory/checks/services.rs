//! What theory expects of what services do besides their steps: sharing, shedding, pauses, fallbacks.

use super::*;

/// The share of requests that meet a pause of this length or what it leaves behind, at this utilisation.
fn behind_a_pause(pause: f64, utilisation: f64, period: f64) -> f64 {
    pause / (1.0 - utilisation) / period
}

/// Checks of services.
pub(super) fn checks() -> Vec<Check> {
    // Beyond eight of ten servers only the first of two classes is let in.
    let entering = |working: u32| if working < 8 { 8.0 } else { 4.0 };
    let reserved = births_and_deaths(10, entering, f64::from);
    let (left, busy) = mm1_patience(1.2, 3.0);
    table! {
    "reserved", "Births and deaths: trunk reservation, Kelly, 1991, Loss Networks" => {
        "Q07" "baseline" "urgent.failed.share"  = reserved[10], Run(0.0006);
        "Q07" "baseline" "patient.failed.share" = reserved[8..].iter().sum(), Run(0.0017);
    }
    "fair-turns", "Goyal, Vin and Cheng, 1997, Start-Time Fair Queuing: turns by weight" => {
        "-" "baseline" "gold.goodput.rate"   = 50.0, None, 0.1;
        "-" "baseline" "silver.goodput.rate" = 30.0, None, 0.1;
        "-" "baseline" "bronze.goodput.rate" = 20.0, None, 0.1;
        "-" "in-order" "gold.goodput.rate"   = 100.0 / 3.0, None, 0.5;
    }
    "processor-sharing", "M/G/1-PS is insensitive: Kleinrock, 1976, Queueing Systems 2; of four cores: Cohen, 1979" => {
        "Q17" "baseline"   "clients.latency.mean" = UNIT * 5.0, Relative(0.0106, 0.4 * M);
        "Q17" "constant"   "clients.latency.mean" = UNIT * 5.0, Relative(0.014, 0.4 * M);
        "Q17" "uneven"     "clients.latency.mean" = UNIT * 5.0, Relative(0.030, 0.4 * M);
        "Q17" "four-cores" "clients.latency.mean" = 4.0 * sojourn(4, 0.8), Relative(0.014, 0.4 * M);
    }
    "scalability", "The Universal Scalability Law: Gunther, 2007, Guerrilla Capacity Planning" => {
        "A05" "baseline" "users.goodput.rate" = scaled_throughput(0.05, 0.0005, 16.0) / UNIT, Relative(1.0, ONE);
        "A05" "users-32" "users.goodput.rate" = scaled_throughput(0.05, 0.0005, 32.0) / UNIT, Relative(1.0, ONE);
        "A05" "users-64" "users.goodput.rate" = scaled_throughput(0.05, 0.0005, 64.0) / UNIT, Relative(1.0, ONE);
        "A05" "amdahl"   "users.goodput.rate" = scaled_throughput(0.05, 0.0, 32.0) / UNIT, Relative(1.0, ONE);
    }
    "collection", "Appel, 1987, Garbage Collection Can Be Faster Than Stack Allocation; Cohen, 1979" => {
        "-" "baseline" "server.in_flight.mean" = mean_in_memory(10.0, 80, 20, 0.2), Relative(2.0, ONE);
        "-" "constant" "server.in_flight.mean" = mean_in_memory(10.0, 80, 20, 0.2), Relative(2.0, ONE);
    }
    "shed-by-age", "M/M/1+D: Gnedenko and Kovalenko, 1968: it is the same who leaves at his time and who is dropped at his turn" => {
        "Q32" "baseline" "clients.failed.shed.share" = left, Relative(0.0027, 2.0 * M);
        "Q32" "baseline" "server.utilisation"        = busy, Relative(0.0006, 2.0 * M);
    }
    "pauses", "A fluid: a pause and its backlog of pause / (1 - utilisation)" => {
        "-" "baseline" "clients.late.share" = behind_a_pause(0.5, 0.5, 10.0), None, 0.002;
        "-" "aligned"  "clients.late.share" = behind_a_pause(0.5, 0.5, 10.0), None, 0.002;
    }
    "page", "Availability in series: a page has that of the product of what it needs" => {
        "-" "baseline" "readers.failed.share"   = 1.0 - 0.98 * 0.97, Share;
        "-" "baseline" "readers.degraded.share" = 0.98 * 0.97 * (1.0 - 0.9 * 0.8), Share;
        "-" "all-hard" "readers.failed.share"   = 1.0 - 0.98 * 0.97 * 0.9 * 0.8, Share;
    }
    }
}
