//! Fallbacks: what a service does instead of a call that has failed, and the degraded answers that come of it.

use crate::call::{Asker, Calling};
use crate::plan::Work;
use crate::question::{Outcome, Value};
use crate::system::System;
use crate::{Count, SiteId};
use sim_core::Promise;

/// What takes the place of a call that has failed. The answer is degraded then.
#[derive(Clone, Debug, Default)]
pub struct Fallback {
    /// Work, such as making a default answer.
    pub work: Option<Work>,
    /// Another call, after the work; where it fails too, the call has failed.
    pub call: Option<SiteId>,
    /// Which of the calls of the service's steps it stands for, for its draws.
    pub number: u32,
}

/// The first index of the draws of fallbacks; those of steps are below.
const FIRST_INDEX: u32 = 1 << 16;

impl System<'_> {
    /// What takes the place of a call that has failed, if anything does.
    pub(crate) fn fallback(&self, calling: &Calling<'_>) -> Option<&Fallback> {
        let extras = self.extras(self.node_of(calling.here))?;
        let own = |(site, _): &&(SiteId, Fallback)| *site == calling.site;
        let fallback = extras.fallbacks.iter().find(own);
        fallback.map(|(_, fallback)| fallback)
    }

    /// Does what takes the place of a call that has failed.
    pub(crate) async fn fall_back(&self, calling: &Calling<'_>, fallback: &Fallback) -> Outcome {
        self.count(calling.here, Count::Fallbacks);
        if let Some(work) = &fallback.work {
            let dice = {
                let slower = match calling.asker {
                    Asker::Question(promise) => self.slowed_by(promise, calling.here),
                    Asker::Visit(_) => 1.0,
                };
                self.context_of(calling.asker).work_dice(slower)
            };
            let span = dice.span_of(work, FIRST_INDEX + fallback.number);
            self.sim
                .work(calling.here, self.warmed(calling.here, span))
                .await;
        }
        let outcome = match fallback.call {
            None => Outcome::Answered(Value::default()),
            Some(site) => self.call(&Calling { site, ..*calling }).await,
        };
        outcome.degraded()
    }

    /// Who answers this question has learned something that may be degraded, as its own answer is then.
    pub(crate) fn degrade(&self, promise: Promise, outcome: Outcome) {
        if let Outcome::Answered(value) = outcome
            && value.is_degraded
        {
            self.sim
                .with_record(promise, |question| question.is_degraded = true);
        }
    }
}

impl Outcome {
    /// The same, if it is an answer, without something that it should have.
    pub(crate) fn degraded(self) -> Outcome {
        match self {
            Outcome::Answered(value) => Outcome::Answered(Value {
                is_degraded: true,
                ..value
            }),
            failed @ Outcome::Failed(_) => failed,
        }
    }
}
