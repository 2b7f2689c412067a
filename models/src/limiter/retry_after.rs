//! Retry-After: when those may come again that were turned away.

use crate::NodeParameters;
use crate::question::Failure;
use crate::system::System;
use sim_core::{PlaceId, Promise, Purpose, Span};

/// What a service says of when to try again, with each answer that something was shed or throttled
/// (Fielding, Nottingham and Reschke, 2022, RFC 9110, "HTTP Semantics", 10.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetryAfter {
    /// After how long; nothing where it is when the limiter would let one in.
    pub wait: Option<Span>,
    /// Spreads it uniformly by so much more.
    pub jitter: Span,
}

impl System<'_> {
    /// Writes into a question that has failed at a place when to try again, if that says so.
    pub(crate) fn say_when(&self, promise: Promise, place: PlaceId, failure: Failure) {
        if !matches!(failure, Failure::Shed | Failure::Throttled) {
            return;
        }
        let said = match self.parameters(self.node_of(place)) {
            NodeParameters::Service(service) => service.retry_after,
            _ => None,
        };
        self.sim.with_record(promise, |question| {
            question.retry_after = said.map_or(Span::ZERO, |said| {
                let uniform = || question.context.dice.uniform(Purpose::RetryAfter, 0);
                let jitter = Span::nanos(said.jitter.0 as f64 * uniform());
                said.wait.unwrap_or(question.retry_after) + jitter
            });
        });
    }
}
