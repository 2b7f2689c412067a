//! The integration tests, one binary.

mod theory;
