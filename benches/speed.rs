//! The speed of the simulator as ratios to hand-written code, measured in one run:
//! `cargo bench -p benches --bench speed`. Behind a ratio stand what it must be and what is aimed
//! at. The machine may be noisy; ratios are of interleaved rounds, times are for orientation.

use benches::clock::{cpu_nanos, process_cpu_nanos};
use benches::reference::LogLinear;
use benches::table::{Line, Side, measure};
use benches::{hold, one_server, scenario, three_stages};
use scenarios::Document;
use scenarios::results::Results;
use sim_core::Span;
use sim_core::measure::Histogram;
use std::env;
use std::hint::black_box;
use std::process::{Child, Command};

const ROUNDS: usize = 9;

/// What a ratio must be at most, and what is aimed at.
#[derive(Clone, Copy)]
struct Goal {
    must: f64,
    aim: f64,
}

const fn goal(must: f64, aim: f64) -> Option<Goal> {
    Some(Goal { must, aim })
}

fn main() {
    if env::args()
        .nth(1)
        .is_some_and(|argument| argument == NEIGHBOUR)
    {
        be_a_neighbour();
    }
    println!(
        "{:<52} {:>9} {:>7} {:>6} {:>5}",
        "", "ns each", "ratio", "must", "aim"
    );
    holds();
    w1();
    w2();
    record();
    catalogue();
    threads();
}

fn print(line: &Line, goal: Option<Goal>) {
    print!("  {:<50} {:9.1} {:7.2}", line.name, line.nanos, line.ratio);
    match goal {
        Some(Goal { must, aim }) => {
            let is_missed = must < line.ratio;
            println!(
                " {must:6.2} {aim:5.2}{}",
                if is_missed { "  missed" } else { "" }
            );
        }
        None => println!(),
    }
}

fn per<X>(operations: u64, work: impl FnOnce() -> X) -> f64 {
    cpu_nanos(work).0 / operations as f64
}

fn holds() {
    const HOLDS: u64 = 1_000_000;
    let mut engines: Vec<hold::OnEngine> =
        [1_000, 100_000, 1_000_000].map(hold::OnEngine::new).into();
    for (pending, name, engine) in [
        (1_000, "hold model, 1 thousand pending: an event", 0),
        (100_000, "hold model, 100 thousand pending", 1),
        (1_000_000, "hold model, 1 million pending", 2),
    ] {
        let mut by_hand = hold::ByHand::new(pending);
        let mut on_calendar = hold::OnCalendar::new(pending);
        let on_engine = &mut engines[engine];
        let lines = measure(
            ROUNDS,
            vec![
                Side::new("by hand", || per(HOLDS, || by_hand.run(HOLDS))),
                Side::new("calendar", || per(HOLDS, || on_calendar.run(HOLDS))),
                Side::new("engine", || per(HOLDS, || on_engine.run(HOLDS))),
            ],
        );
        println!("{name}");
        print(&lines[0], None);
        print(&lines[1], None);
        print(&lines[2], if engine == 0 { goal(1.3, 1.1) } else { None });
    }
    let [few, _, many] = &mut engines[..] else {
        return;
    };
    let lines = measure(
        ROUNDS,
        vec![
            Side::new("engine, 1 thousand pending", || {
                per(HOLDS, || few.run(HOLDS))
            }),
            Side::new("engine, 1 million pending", || {
                per(HOLDS, || many.run(HOLDS))
            }),
        ],
    );
    println!("hold model, 1 million pending against 1 thousand");
    print(&lines[0], None);
    print(&lines[1], goal(1.5, 1.2));
}

fn w1() {
    const CUSTOMERS: u64 = 1_000_000;
    let lines = measure(
        ROUNDS,
        vec![
            Side::new("by hand", || {
                per(CUSTOMERS, || one_server::by_hand(CUSTOMERS))
            }),
            Side::new("engine, commands", || {
                per(CUSTOMERS, || one_server::on_engine(CUSTOMERS))
            }),
            Side::new("engine, a process per customer", || {
                per(CUSTOMERS, || one_server::by_processes(CUSTOMERS))
            }),
        ],
    );
    println!("W1, one server: a customer");
    print(&lines[0], None);
    print(&lines[1], goal(3.0, 1.5));
    print(&lines[2], goal(3.0, 1.5));
}

fn w2() {
    const REQUESTS: u64 = 200_000;
    let document = scenario::read("three-stages", scenario::THREE_STAGES);
    let engine = |has_timeouts| {
        per(REQUESTS, || {
            three_stages::by_processes(REQUESTS, has_timeouts)
        })
    };
    let lines = measure(
        ROUNDS,
        vec![
            Side::new("by hand", || {
                per(REQUESTS, || three_stages::by_hand(REQUESTS, true))
            }),
            Side::new("engine, commands", || {
                per(REQUESTS, || three_stages::on_engine(REQUESTS, true))
            }),
            Side::new("engine, a process per visit to a stage", || engine(true)),
            Side::new("scenario file, all measurements and the bill", || {
                per_request(&document, &[])
            }),
        ],
    );
    println!("W2, three stages: a request");
    print(&lines[0], None);
    print(&lines[1], goal(1.6, 1.3));
    print(&lines[2], goal(1.6, 1.3));
    print(&lines[3], goal(2.5, 1.8));
    let lines = measure(
        ROUNDS,
        vec![
            Side::new("engine, no timeouts", || engine(false)),
            Side::new("engine, a timeout per request", || engine(true)),
        ],
    );
    println!("W2, with a timeout per request against none");
    print(&lines[0], None);
    print(&lines[1], goal(1.15, 1.05));
}

fn record() {
    const VALUES: u64 = 4_000_000;
    // Latencies as they are: from microseconds to minutes, in no order.
    let spans: Vec<u64> = (0..4096_u64)
        .map(|n| 1_000 << (n.wrapping_mul(0x9e37_79b9) % 26))
        .zip((0..4096_u64).map(|n| n * n))
        .map(|(least, more)| least + more % least)
        .collect();
    let mut by_hand = LogLinear::default();
    let ours = Histogram::new(3);
    let spans = || spans.iter().cycle().take(VALUES as usize);
    let lines = measure(
        ROUNDS,
        vec![
            Side::new("by hand", || {
                per(VALUES, || {
                    for &span in spans() {
                        by_hand.record(black_box(span));
                    }
                })
            }),
            Side::new("histogram with an exact sum", || {
                per(VALUES, || {
                    for &span in spans() {
                        ours.record(black_box(Span(span)));
                    }
                })
            }),
        ],
    );
    assert_eq!(by_hand.count(), ours.count());
    println!("one record into one histogram");
    print(&lines[0], None);
    print(&lines[1], goal(3.5, 1.5));
}

/// The processor time of one request of the baseline, on one thread.
fn per_request(document: &Document, sets: &[(&str, &str)]) -> f64 {
    let (nanos, results) = cpu_nanos(|| scenario::baseline(document, sets));
    nanos / scenario::offered(&results) as f64
}

fn catalogue() {
    println!("the catalogue, baseline: a request of the clients, with all that it causes");
    for (id, sets) in [
        ("cache-stampede", &[("runs", "1"), ("duration", "75s")][..]),
        ("tail-fanout", &[("runs", "1")][..]),
    ] {
        let document = scenario::of_catalogue(id);
        let round = || per_request(&document, sets);
        print(&measure(3, vec![Side::new(id, round)])[0], None);
    }
}

/// Threads share caches and clock with each other whatever the program does, so two threads are
/// compared with one that has another process beside it.
fn threads() {
    let document = scenario::of_catalogue("retry-storm");
    let on = |threads| {
        let (nanos, _) = process_cpu_nanos(|| forty_runs(threads, &document));
        nanos / 40.0
    };
    let lines = measure(
        5,
        vec![
            Side::new("1 thread, another process beside it", || {
                let mut neighbour = neighbour();
                let nanos = on(1);
                neighbour.kill().expect("it runs until it is killed");
                neighbour.wait().expect("it is our child");
                nanos
            }),
            Side::new("2 threads", || on(2)),
            Side::new("1 thread, alone", || on(1)),
        ],
    );
    println!("40 runs, processor time of one");
    print(&lines[0], None);
    print(&lines[1], goal(1.05, 1.0));
    print(&lines[2], None);
}

fn forty_runs(threads: usize, document: &Document) -> Results {
    scenario::baseline_on(threads, document, &[("runs", "40"), ("duration", "60s")])
}

/// The argument that makes this program a neighbour of itself.
const NEIGHBOUR: &str = "neighbour";

/// A process that does the same over and over.
fn neighbour() -> Child {
    let this = env::current_exe().expect("this program is a file");
    let child = Command::new(this).arg(NEIGHBOUR).spawn();
    child.expect("this program can be started")
}

fn be_a_neighbour() -> ! {
    let document = scenario::of_catalogue("retry-storm");
    loop {
        forty_runs(1, &document);
    }
}
