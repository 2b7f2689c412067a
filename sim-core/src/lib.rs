//! A deterministic discrete-event engine: a clock, a calendar, processes, dice, samplers and
//! measuring instruments. It knows nothing of what it simulates.
//!
//! - [`Time`] and [`Span`]: whole nanoseconds.
//! - [`Calendar`]: what is going to happen, in exact order.
//! - [`Sim`]: the loop. Commands (plain data) start processes (`async fn`s that borrow the model),
//!   which wait for time, for a permit or for an answer, each possibly against a deadline.
//! - [`Permits`]: bounded places for work with a queue in front; [`PlaceId`]: where work is done, at
//!   what speed, and how jobs share it ([`Sharing`]); [`Promise`]: an answer that is waited for, with the record of the question.
//! - [`measure`]: counters, gauges, histograms, windows.
//!
//! One run is a pure function of its inputs: no wall clock, no hash order, no threads, no float
//! whose value depends on the platform.

mod agenda;
mod before;
mod budget;
mod calendar;
mod dice;
mod distribution;
mod keys;
pub mod measure;
mod permits;
mod place;
mod process;
mod promise;
mod sharing;
mod sim;
mod sleep;
mod stream;
mod time;
mod timers;
mod waits;

pub use before::Before;
pub use budget::{Budget, Stopped};
pub use calendar::Calendar;
pub use dice::{Dice, Purpose, name_hash};
pub use distribution::{Distribution, InvalidDistribution};
pub use keys::Keys;
pub use permits::{Acquire, Entrance, Order, Permit, Permits, Position, Refusal};
pub use place::{PlaceId, Work};
pub use process::{Frames, Launch, Pool, Process};
pub use promise::{Answer, Promise, Reply};
pub use sharing::Sharing;
pub use sim::{Sim, World};
pub use sleep::Sleep;
pub use stream::Stream;
pub use time::{Span, Time};
pub use waits::{Wait, Waits};
