//! The integration tests, one binary.

mod invariance;
mod replay;
mod running;
mod theory;
