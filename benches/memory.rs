//! The memory of the simulator, by pending event, request and simulated time:
//! `cargo bench -p benches --bench memory`.
//!
//! Each figure is the peak of a process of its own, which this one starts: `memory <case> <size>`.

use benches::{hold, scenario};
use std::env;
use std::fs;
use std::process::Command;

/// What is run at two sizes.
struct Case {
    name: &'static str,
    sizes: [u32; 2],
    figure: Figure,
    run: fn(u32),
}

/// What the two peaks are made into, and how much it may be.
enum Figure {
    /// Bytes per item: the difference of the peaks by that of the sizes.
    PerItem { at_most: f64 },
    /// The ratio of the peaks.
    Growth { at_most: f64 },
}

const EVENT: Figure = Figure::PerItem { at_most: 100.0 };
const GROWTH: Figure = Figure::Growth { at_most: 1.1 };
/// Bytes per process that waits.
const PROCESS: f64 = 512.0;

const CASES: [Case; 7] = [
    Case {
        name: "pending event, calendar",
        sizes: [1_000, 1_000_000],
        figure: EVENT,
        run: |pending| {
            hold::OnCalendar::new(pending).run(2 * u64::from(pending));
        },
    },
    Case {
        name: "pending event, engine",
        sizes: [1_000, 1_000_000],
        figure: EVENT,
        run: |pending| {
            hold::OnEngine::new(pending).run(2 * u64::from(pending));
        },
    },
    // Its client and its handler wait.
    Case {
        name: "request under way",
        sizes: [10_000, 100_000],
        figure: Figure::PerItem {
            at_most: 2.0 * PROCESS,
        },
        run: |requests| at_once(requests, "unlimited"),
    },
    // Its client waits, and it stands in the queue.
    Case {
        name: "request in a queue",
        sizes: [10_000, 100_000],
        figure: Figure::PerItem { at_most: PROCESS },
        run: |requests| at_once(requests, "1"),
    },
    Case {
        name: "run, W2, by minutes",
        sizes: [10, 100],
        figure: GROWTH,
        run: |minutes| {
            let document = scenario::read("three-stages", scenario::THREE_STAGES);
            long_run(&document, minutes);
        },
    },
    Case {
        name: "run, cache-stampede, by minutes",
        sizes: [10, 100],
        figure: GROWTH,
        run: |minutes| long_run(&scenario::of_catalogue("cache-stampede"), minutes),
    },
    Case {
        name: "run, replica-lag, by minutes",
        sizes: [5, 50],
        figure: GROWTH,
        // What judges staleness keeps every acknowledged write.
        run: |minutes| long_run(&scenario::of_catalogue("replica-lag"), minutes),
    },
];

/// So many requests arrive in a second and are answered 10 s later, if at all.
fn at_once(requests: u32, workers: &str) {
    let text = format!(
        "
squall: 1
name: at-once
summary: Requests that are all under way at once.
tags: [memory]
story: All arrive in a second and take 10 s.
duration: 1s
warm_up: 0s
runs: 1
nodes:
  clients:
    clients:
      arrivals: {{ poisson: {requests}/s }}
      good_within: 20s
      call: {{ to: server, timeout: 15s }}
  server: {{ service: {{ workers: {workers}, steps: [ {{ work: 10s }} ] }} }}
"
    );
    scenario::baseline(&scenario::read("at-once", &text), &[]);
}

fn long_run(document: &scenarios::Document, minutes: u32) {
    let duration = format!("{minutes}m");
    let sets = [
        ("duration", duration.as_str()),
        ("runs", "1"),
        ("limits.events", "1000000000"),
    ];
    scenario::baseline(document, &sets);
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [name, size] = &arguments[..]
        && let Some(case) = CASES.iter().find(|case| case.name == name)
    {
        let size = size.parse().expect("the parent gives a size");
        (case.run)(size);
        // Nothing is printed where nothing can be known.
        if let Some(peak) = peak_of_this_process() {
            println!("{peak}");
        }
        return;
    }
    if peak_of_this_process().is_none() {
        println!("The peak memory of a process can be measured on Linux only.");
        return;
    }
    println!(
        "{:<34} {:>10} {:>10} {:>14} {:>12}",
        "", "small MiB", "large MiB", "", "at most"
    );
    for case in &CASES {
        measure(case);
    }
}

/// Prints the figure of a case beside its limit.
fn measure(case: &Case) {
    let [small, large] = case.sizes.map(|size| peak(case, size));
    let [few, many] = case.sizes.map(f64::from);
    let (figure, at_most, unit) = match case.figure {
        Figure::PerItem { at_most } => ((large - small) / (many - few), at_most, "bytes"),
        Figure::Growth { at_most } => (large / small, at_most, "times"),
    };
    const MIB: f64 = (1 << 20) as f64;
    let verdict = if figure <= at_most { "" } else { "  EXCEEDED" };
    println!(
        "{:<34} {:>10.1} {:>10.1} {figure:>8.2} {unit} {at_most:>12}{verdict}",
        case.name,
        small / MIB,
        large / MIB
    );
}

/// The peak resident memory, in bytes, of a process that runs a case at this size.
fn peak(case: &Case, size: u32) -> f64 {
    let program = env::current_exe().expect("this program has a path");
    let child = Command::new(program)
        .args([case.name, &size.to_string()])
        .output()
        .expect("this program can be run");
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{} {size}: {said}", case.name);
    let printed = String::from_utf8_lossy(&child.stdout);
    printed.trim().parse().expect("the child prints its peak")
}

/// In bytes.
fn peak_of_this_process() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
