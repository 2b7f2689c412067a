//! A deterministic discrete-event engine: a clock, a calendar, processes, dice, samplers and
//! measuring instruments. It knows nothing of what it simulates.

mod dice;
mod distribution;
mod keys;
mod stream;
mod time;

pub use dice::{Dice, Purpose, name_hash};
pub use distribution::{Distribution, InvalidDistribution};
pub use keys::Keys;
pub use stream::Stream;
pub use time::{Span, Time};
