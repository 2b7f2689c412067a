//! Parts of distributed systems.

mod oracle;
mod store;
mod trace;

pub use oracle::{Oracle, Stale};
pub use store::{Capacity, Entry, Evict, Store};
pub use trace::{Record, Trace};
