//! The integration tests, one binary.

mod cli;
mod folder;
mod house;
mod runs;
