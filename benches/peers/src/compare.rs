//! Rounds in which each side has its turn, and the table of what they took.

use benches::table::{Side, measure, median};
use std::cell::RefCell;

/// Measured rounds, after one to warm up.
const ROUNDS: usize = 7;

/// Runs a workload once, and returns the nanoseconds of processor time per operation.
pub(crate) type Round<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// Measures a workload and prints its table. The first side is by hand, the second Squall's
/// engine: what the others are compared with.
pub(crate) fn compare<'a>(workload: &str, sides: Vec<(&'static str, Round<'a>)>) {
    let taken: Vec<RefCell<Vec<f64>>> = sides.iter().map(|_| RefCell::default()).collect();
    let sides = sides.into_iter().zip(&taken);
    let lines = measure(
        ROUNDS,
        sides
            .map(|((name, round), taken)| logged(name, round, taken))
            .collect(),
    );
    println!(
        "{workload:<34} {:>11} {:>10} {:>10}",
        "", "by hand", "engine"
    );
    let engine = taken[1].borrow();
    for (line, taken) in lines.iter().zip(&taken) {
        let times_engine = times(&taken.borrow(), &engine);
        println!(
            "  {:<32} {:>8.1} ns {:>9.2}x {times_engine:>9.2}x",
            line.name, line.nanos, line.ratio
        );
    }
    println!();
}

/// A side that also logs what each of its rounds took.
fn logged<'a>(name: &'static str, mut round: Round<'a>, taken: &'a RefCell<Vec<f64>>) -> Side<'a> {
    Side::new(name, move || {
        let nanos = round();
        taken.borrow_mut().push(nanos);
        nanos
    })
}

/// How many times what `other` takes: the median of rounds, without the first, which warms up.
fn times(taken: &[f64], other: &[f64]) -> f64 {
    let ratios = taken.iter().zip(other).skip(1);
    median(ratios.map(|(taken, other)| taken / other).collect())
}
