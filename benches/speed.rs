//! The speed of the simulator as ratios to hand-written code: `cargo bench --bench speed`.

use benches::clock::cpu_nanos;
use benches::table::{Line, Side, measure, median};
use benches::{hold, one_server, scenario, three_stages};

const ROUNDS: usize = 7;

fn main() {
    holds();
    w1();
    w2();
}

fn print(title: &str, lines: &[Line]) {
    println!("{title}");
    for line in lines {
        println!(
            "  {:<44} {:9.1} ns {:6.2}",
            line.name, line.nanos, line.ratio
        );
    }
}

fn per<X>(operations: u64, work: impl FnOnce() -> X) -> f64 {
    cpu_nanos(work).0 / operations as f64
}

fn holds() {
    const HOLDS: u64 = 1_000_000;
    for pending in [1_000, 100_000, 1_000_000] {
        let mut by_hand = hold::ByHand::new(pending);
        let mut on_calendar = hold::OnCalendar::new(pending);
        let mut on_engine = hold::OnEngine::new(pending);
        let lines = measure(
            ROUNDS,
            vec![
                Side::new("by hand", || per(HOLDS, || by_hand.run(HOLDS))),
                Side::new("calendar", || per(HOLDS, || on_calendar.run(HOLDS))),
                Side::new("engine", || per(HOLDS, || on_engine.run(HOLDS))),
            ],
        );
        print(&format!("hold {pending}"), &lines);
    }
}

fn w1() {
    const N: u64 = 1_000_000;
    let lines = measure(
        ROUNDS,
        vec![
            Side::new("by hand", || per(N, || one_server::by_hand(N))),
            Side::new("engine", || per(N, || one_server::on_engine(N))),
        ],
    );
    print("W1", &lines);
}

fn w2() {
    const N: u64 = 200_000;
    let document = scenario::read("three-stages", scenario::THREE_STAGES);
    let by_scenario = || {
        let (nanos, results) = cpu_nanos(|| scenario::baseline(&document, &[]));
        nanos / scenario::answered(&results) as f64
    };
    let lines = measure(
        ROUNDS,
        vec![
            Side::new("by hand", || per(N, || three_stages::by_hand(N, true))),
            Side::new("by hand, no timeouts", || {
                per(N, || three_stages::by_hand(N, false))
            }),
            Side::new("engine", || per(N, || three_stages::on_engine(N, true))),
            Side::new("engine, no timeouts", || {
                per(N, || three_stages::on_engine(N, false))
            }),
            Side::new("scenario", by_scenario),
        ],
    );
    print("W2", &lines);
    let _ = median;
}
