//! The integration tests, one binary.

mod cli;
mod coverage;
mod folder;
mod house;
mod invariance;
mod replay;
mod running;
mod runs;
mod theory;
mod warnings;
