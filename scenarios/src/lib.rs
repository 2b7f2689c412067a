//! Scenario files, the catalogue, variants, the runner and statistics over runs.

mod build;
pub mod catalogue;
mod check;
mod clauses;
pub mod contrast;
mod defaults;
mod distinctions;
mod edit;
mod expect;
pub mod ledger;
mod problem;
mod read;
pub mod results;
pub mod schema;
mod source;
pub mod statistics;
pub mod study;
mod tree;
pub mod units;
pub mod verdict;
pub mod warm_up;

pub use check::json_schema;
pub use problem::{Problem, Problems};
pub use read::{Document, Setting};
pub use source::{Source, Span};
