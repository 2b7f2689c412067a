//! A deterministic discrete-event engine: a clock, a calendar, processes, dice, samplers and
//! measuring instruments. It knows nothing of what it simulates.

mod time;

pub use time::{Span, Time};
