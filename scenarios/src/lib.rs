//! Scenario files, the catalogue, variants, the runner and statistics over runs.

pub mod results;
pub mod schema;
pub mod statistics;
pub mod units;
pub mod verdict;
