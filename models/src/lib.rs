//! Parts of distributed systems.

mod oracle;
mod profile;
mod store;
mod trace;

pub use oracle::{Oracle, Stale};
pub use profile::{Clock, Profile, Stage};
pub use store::{Capacity, Entry, Evict, Store};
pub use trace::{Record, Trace};
