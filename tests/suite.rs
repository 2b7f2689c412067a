//! The integration tests, one binary.

mod catalogue_page;
mod cli;
mod coverage;
mod expectations;
mod folder;
mod house;
mod invariance;
mod pairing;
mod pairs;
mod replay;
mod reproduction;
mod running;
mod runs;
mod theory;
mod warnings;
