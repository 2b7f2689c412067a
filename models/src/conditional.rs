//! Conditional writes: the caller reads a version, and writes on the condition that it is still the last.

use crate::call::{Asker, Calling};
use crate::question::Outcome;
use crate::system::System;
use sim_core::{Span, Time};

/// Marks the read before a conditional write among the calls of a site, which have dice of their own.
const READ: u16 = 1 << 15;

impl System<'_> {
    /// One attempt at a conditional write (optimistic concurrency control: Kung and Robinson, 1981, "On
    /// Optimistic Methods for Concurrency Control"): reads the version, then writes. The time limit of an
    /// attempt is for both.
    pub(crate) async fn attempt_conditionally(
        &self,
        calling: &Calling<'_>,
        attempt: u32,
        limit: Time,
    ) -> (Outcome, Span) {
        let limit = limit.min(self.sim.now() + self.policy(calling.site).timeout);
        let mut context = self.context_of(calling.asker);
        context.is_write = false;
        let read = Calling {
            asker: Asker::Visit(&context),
            copy: Some(calling.copy.unwrap_or(0) | READ),
            ..*calling
        };
        let (outcome, told) = self.attempt::<true>(&read, attempt, limit).await;
        let Outcome::Answered(value) = outcome else {
            return (outcome, told);
        };
        (context.is_write, context.seen) = (true, value.version);
        let write = Calling {
            asker: Asker::Visit(&context),
            ..*calling
        };
        self.attempt::<true>(&write, attempt, limit).await
    }
}
