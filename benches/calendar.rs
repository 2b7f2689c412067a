//! What an event costs in the calendar, by the number of pending ones: the hold model of Vaucher
//! and Duval ("A comparison of simulation event list algorithms", 1975). Each step takes the next
//! event and puts it back a random span later. `cargo bench --bench calendar`

#![allow(
    clippy::disallowed_types,
    reason = "the time measured here is that of the machine"
)]

use sim_core::{Calendar, Span, Time};
use std::hint::black_box;
use std::time::Instant;

const PENDING: [usize; 3] = [1_000, 100_000, 1_000_000];
const ROUNDS: usize = 9;
const HOLDS: u32 = 2_000_000;

/// As large as an event of the simulator.
type Event = [u64; 4];

struct Hold {
    calendar: Calendar<Event>,
    now: Time,
    state: u64,
}

impl Hold {
    fn of(pending: usize) -> Hold {
        let mut hold = Hold {
            calendar: Calendar::default(),
            now: Time::ZERO,
            state: 1,
        };
        for event in 0..pending as u64 {
            hold.push([event; 4]);
        }
        hold.run(2 * pending as u32);
        hold
    }

    /// Pushes an event up to two seconds from now: SplitMix64 (Steele, Lea and Flood 2014).
    fn push(&mut self, event: Event) {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let span = Span((bits ^ (bits >> 31)) % 2_000_000_000);
        self.calendar.push(self.now + span, event);
    }

    fn run(&mut self, holds: u32) {
        for _ in 0..holds {
            let event = loop {
                match self.calendar.pop_due() {
                    Some(event) => break event,
                    None => self.now = self.calendar.advance(|_| true).expect("one is pending"),
                }
            };
            self.push(black_box(event));
        }
    }
}

fn main() {
    let mut holds = PENDING.map(Hold::of);
    let mut nanos = PENDING.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (hold, nanos) in holds.iter_mut().zip(&mut nanos) {
            let begun = Instant::now();
            hold.run(HOLDS);
            nanos.push(begun.elapsed().as_nanos() as f64 / f64::from(HOLDS));
        }
    }
    let ratios: Vec<f64> = nanos[2].iter().zip(&nanos[0]).map(|(a, b)| a / b).collect();
    for ((pending, nanos), hold) in PENDING.iter().zip(nanos).zip(&holds) {
        let bytes = hold.calendar.bytes() / pending;
        let median = median(nanos);
        println!("{pending:>9} pending: {median:6.1} ns and {bytes:>4} bytes per event");
    }
    println!("1M to 1k, median of rounds: {:.2}", median(ratios));
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
