//! Parts of distributed systems.
