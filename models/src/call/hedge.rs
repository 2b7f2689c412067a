//! Hedges: a second copy of a question that is slow to be answered.

use super::{Asked, Calling};
use crate::policy::{Allowance, Ending, Hedge};
use crate::system::System;
use crate::{Count, NodeParameters, Outcome, Reads};
use sim_core::Time;
use std::pin::Pin;
use std::task::{Context as Waking, Poll};

/// Waits for the first success of two, and tells which; a failure of both is that of the later.
struct FirstSuccess<'a, 's> {
    asked: [&'a mut Asked<'s>; 2],
}

impl Future for FirstSuccess<'_, '_> {
    type Output = (Outcome, usize);

    fn poll(mut self: Pin<&mut Self>, context: &mut Waking<'_>) -> Poll<(Outcome, usize)> {
        let mut last = None;
        for index in 0..2 {
            let was_open = self.asked[index].is_open();
            if was_open
                && let Poll::Ready(outcome) = Pin::new(&mut *self.asked[index]).poll(context)
            {
                if let Outcome::Answered(_) = outcome {
                    return Poll::Ready((outcome, index));
                }
                last = Some(index);
            }
        }
        if self.asked.iter().any(|asked| asked.may_answer()) {
            return Poll::Pending;
        }
        let last = last.unwrap_or(usize::from(self.asked[0].is_open()));
        let answered = Pin::new(&mut *self.asked[last]).poll(context);
        answered.map(|outcome| (outcome, last))
    }
}

impl System<'_> {
    /// Sends a second copy and waits for the first success of both; where it was the copy's, that
    /// takes the place of what was `asked`.
    pub(super) async fn hedge<'s>(
        &'s self,
        calling: &Calling<'_>,
        attempt: u32,
        expires: Time,
        asked: &mut Asked<'s>,
    ) -> Option<Outcome> {
        let allowance = self.allow_hedge(calling);
        let copy = allowance.as_ref().and_then(|_| {
            let other = Some(asked.instance);
            self.ask(
                calling,
                self.policy(calling.site),
                (attempt, 1),
                other,
                expires,
            )
        });
        let Some(mut copy) = copy else {
            return self.sim.before(expires, asked).await;
        };
        if asked.policy.is_tied() {
            self.tie(asked.answer.promise(), copy.answer.promise());
        }
        let both = FirstSuccess {
            asked: [asked, &mut copy],
        };
        let Some((outcome, first)) = self.sim.before(expires, both).await else {
            copy.ending = Ending::TimedOut;
            return None;
        };
        if first == 1 {
            std::mem::swap(asked, &mut copy);
        }
        Some(outcome)
    }

    /// When a second copy of an attempt that begins now is sent, if it is not answered by then.
    pub(super) fn time_to_hedge(&self, calling: &Calling<'_>, hedge: &Hedge) -> Time {
        if !self.has_another_instance(calling) {
            return Time::NEVER;
        }
        let (state, now) = (
            self.policy_state(calling.site, calling.here),
            self.sim.now(),
        );
        let after = state.hedging().begin(hedge, now);
        after.map_or(Time::NEVER, |after| now + after)
    }

    /// What allows a second copy to be sent.
    fn allow_hedge(&self, calling: &Calling<'_>) -> Option<Allowance<'_>> {
        let state = self.policy_state(calling.site, calling.here);
        let hedge = self.policy(calling.site).hedge.as_ref()?;
        let under_way = state.balance.under_way();
        let allowed = state.hedging().allow(hedge, self.sim.now(), under_way);
        if allowed.is_none() {
            self.count(calling.here, Count::HedgesDenied);
        }
        allowed
    }

    /// Whether a hedge has another instance to go to: a write has only the primary, and a copy for
    /// each instance has only its own.
    pub(super) fn has_another_instance(&self, calling: &Calling<'_>) -> bool {
        let target = self.plan.sites[usize::from(calling.site.0)].to;
        if self
            .policy(calling.site)
            .fan_out
            .is_some_and(|fan| fan.to_each)
        {
            return false;
        }
        match self.parameters(target) {
            NodeParameters::Database(database) => {
                database.reads != Reads::Primary && !self.context_of(calling.asker).is_write
            }
            _ => true,
        }
    }
}
