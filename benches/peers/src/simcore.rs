//! The workloads on simcore 0.1: components that handle events in callbacks, which its
//! documentation calls the default and the faster of its two ways. Its time is in seconds.

pub(crate) mod hold;
pub(crate) mod one_server;
pub(crate) mod three_stages;

/// The seed of the simulator's own generator, which nothing here draws from.
const SEED: u64 = 1;
