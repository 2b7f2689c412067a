//! How fast Squall is, against other simulators: the workloads of `benches` by hand, on Squall
//! and on each peer, in turn.

#[cfg(test)]
mod agreement;
mod compare;
mod nexosim;
mod simcore;
mod spans;
mod theory;

use benches::clock::cpu_nanos;
use benches::three_stages::Outcome;
use benches::{hold, one_server, scenario, three_stages};
use compare::{Round, compare};
use sim_core::Time;
use sim_core::measure::Histogram;

const BY_HAND: &str = "by hand";
const ENGINE: &str = "Squall, engine";
const PROCESSES: &str = "Squall, engine, processes";
const SCENARIO: &str = "Squall, scenario";
const SIMCORE: &str = "simcore 0.1.0";
const NEXOSIM: &str = "nexosim 1.0.0, one thread";

fn main() {
    println!("Processor time per operation, and how many times that by hand and that of the");
    println!("engine in the same round; medians of rounds.\n");
    hold_model(1_000);
    hold_model(100_000);
    w1();
    w2();
}

fn hold_model(pending: u32) {
    let mut by_hand = hold::ByHand::new(pending);
    let mut engine = hold::OnEngine::new(pending);
    let mut on_simcore = simcore::hold::Hold::new(pending);
    let mut on_nexosim = nexosim::hold::Hold::new(pending);
    compare(
        &format!("hold model, {pending} pending"),
        vec![
            (BY_HAND, holding(pending, |holds| by_hand.run(holds))),
            (ENGINE, holding(pending, |holds| engine.run(holds))),
            (SIMCORE, holding(pending, |holds| on_simcore.run(holds))),
            (NEXOSIM, holding(pending, |holds| on_nexosim.run(holds))),
        ],
    );
}

fn holding<'a>(pending: u32, mut run: impl FnMut(u64) -> Time + 'a) -> Round<'a> {
    const HOLDS: u64 = 1_000_000;
    let mut held = 0;
    Box::new(move || {
        let (nanos, end) = cpu_nanos(|| run(HOLDS));
        held += HOLDS;
        theory::hold(pending, held, end);
        nanos / HOLDS as f64
    })
}

fn w1() {
    let serving = |run: fn(u64) -> Histogram| -> Round<'_> {
        const CUSTOMERS: u64 = 1_000_000;
        Box::new(move || {
            let (nanos, sojourns) = cpu_nanos(|| run(CUSTOMERS));
            theory::one_server(CUSTOMERS, &sojourns);
            nanos / CUSTOMERS as f64
        })
    };
    compare(
        "W1, one server: a customer",
        vec![
            (BY_HAND, serving(one_server::by_hand)),
            (ENGINE, serving(one_server::on_engine)),
            (PROCESSES, serving(one_server::by_processes)),
            (SIMCORE, serving(simcore::one_server::run)),
            (NEXOSIM, serving(nexosim::one_server::run)),
        ],
    );
}

fn w2() {
    let answering = |run: fn(u64) -> Outcome| -> Round<'_> {
        const REQUESTS: u64 = 200_000;
        Box::new(move || {
            let (nanos, outcome) = cpu_nanos(|| run(REQUESTS));
            theory::three_stages(REQUESTS, &outcome);
            nanos / REQUESTS as f64
        })
    };
    let document = scenario::read("three-stages", scenario::THREE_STAGES);
    let by_scenario = || {
        let (nanos, results) = cpu_nanos(|| scenario::baseline(&document, &[]));
        theory::three_stages_mean(results.variants[0].runs[0].metrics["latency.mean"]);
        nanos / scenario::offered(&results) as f64
    };
    compare(
        "W2, three stages: a request",
        vec![
            (BY_HAND, answering(|n| three_stages::by_hand(n, true))),
            (ENGINE, answering(|n| three_stages::on_engine(n, true))),
            (
                PROCESSES,
                answering(|n| three_stages::by_processes(n, true)),
            ),
            (SCENARIO, Box::new(by_scenario)),
            (SIMCORE, answering(simcore::three_stages::run)),
            (NEXOSIM, answering(nexosim::three_stages::run)),
        ],
    );
}
