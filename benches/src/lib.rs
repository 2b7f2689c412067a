//! Workloads that measure the simulator against hand-written code.
//!
//! - [`hold`]: the pending events alone, 1 thousand to 1 million of them.
//! - [`one_server`] (W1): an M/M/1 queue, every sojourn recorded.
//! - [`three_stages`] (W2): Poisson clients, a balancer, three stages of 8 servers, and a timeout
//!   that is armed and called off for each request.
//! - [`scenario`]: W2 as a scenario file, and the catalogue, with all default measurements.
//! - [`reference`](mod@reference): what the hand-written loops stand on.
//! - [`instructions`]: instructions per operation, compared with a committed reference.
//! - [`pairing`]: how much narrower intervals are for pairing.
//! - [`clock`] and [`table`]: processor time, interleaved rounds, ratios.
//!
//! Each workload is written twice: by hand, for this one purpose, and through the engine. Both
//! draw the same numbers and must come to the same sums, to the nanosecond; and these must agree
//! with theory, as must the scenario, which draws its own.

pub mod clock;
pub mod hold;
pub mod instructions;
pub mod one_server;
pub mod pairing;
pub mod reference;
pub mod scenario;
pub mod table;
pub mod three_stages;
