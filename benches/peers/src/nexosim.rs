//! The workloads on nexosim 1.0: models that schedule events on themselves and send messages
//! through ports. It runs on one thread, where it is both deterministic and, for models that do
//! as little as these, faster than on several. Its time is in nanoseconds.

pub(crate) mod hold;
pub(crate) mod one_server;
pub(crate) mod three_stages;

use ::nexosim::time::MonotonicTime;
use sim_core::Span;
use std::time::Duration;

/// A span as the peer has it.
#[inline]
fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.0)
}

/// The span between two moments of the peer.
#[inline]
fn span(from: MonotonicTime, to: MonotonicTime) -> Span {
    Span(to.duration_since(from).as_nanos() as u64)
}
