//! Fan-outs: several calls at once, and as many answers as are needed.

use crate::breakdown::Spent;
use crate::call::{Asker, Calling};
use crate::system::{System, pool};
use crate::{Command, Count, Failure, Outcome, Question, SiteId, Value};
use sim_core::{Answer, Launch, Process, Promise, Span, Time, Wait, Waits};
use std::cell::Cell;

/// The copy number of a leg that makes the whole call of its site.
const WHOLE_CALL: u16 = u16::MAX;

impl System<'_> {
    /// Asks several copies at once and waits for as many answers as are needed.
    pub(crate) async fn fan_out(&self, calling: &Calling<'_>) -> Outcome {
        let policy = self.policy(calling.site);
        let Some(fan) = policy.fan_out else {
            return Outcome::Answered(Value::default());
        };
        let limit = calling.limit.min(self.sim.now() + policy.deadline);
        let legs = (0..fan.copies).map(|copy| (calling.site, copy));
        let gathering = self.gather(calling, legs, fan.need, policy.cancels);
        self.gathered(gathering, calling, limit, fan.within).await
    }

    /// Makes calls of several sites at once, and fails as soon as one fails.
    pub(crate) async fn parallel(&self, calling: &Calling<'_>, sites: &[SiteId]) -> Outcome {
        let legs = sites.iter().map(|&site| (site, WHOLE_CALL));
        let cancels = sites.iter().all(|&site| self.policy(site).cancels);
        let gathering = self.gather(calling, legs, sites.len() as u16, cancels);
        self.gathered(gathering, calling, calling.limit, Span::FOREVER)
            .await
    }

    /// Starts the legs of a fan-out.
    fn gather(
        &self,
        calling: &Calling<'_>,
        legs: impl ExactSizeIterator<Item = (SiteId, u16)>,
        need: u16,
        cancels: bool,
    ) -> Gathering<'_> {
        let spared = (legs.len() as u32).saturating_sub(need.into());
        let question = self.local_question(self.context_of(calling.asker), calling.here);
        let answer = self
            .sim
            .promise_of(need.into(), legs.len() as u32, question);
        let launch = Launch {
            pool: pool::LEG,
            place: calling.here,
        };
        let mut running = Vec::new();
        for (site, copy) in legs {
            let leg = self
                .sim
                .spawn(launch, Command::Leg(answer.promise(), site, copy));
            if cancels {
                running.push(leg);
            }
        }
        Gathering {
            system: self,
            answer,
            running,
            spared,
        }
    }

    async fn gathered(
        &self,
        mut gathering: Gathering<'_>,
        calling: &Calling<'_>,
        limit: Time,
        within: Span,
    ) -> Outcome {
        let began = self.sim.now();
        let outcome = self
            .sim
            .before(limit.min(began + within), &mut gathering.answer)
            .await;
        let has_enough = matches!(outcome, Some(Outcome::Answered(_)));
        self.account_for_fan_out(calling, gathering.answer.promise(), began, has_enough);
        let outcome = match outcome {
            Some(outcome) => outcome,
            None if limit <= self.sim.now() => Outcome::Failed(Failure::TimedOut),
            None => Outcome::Answered(Value::default()),
        };
        let needed = self.sim.needed(gathering.answer.promise()).unwrap_or(0);
        let missing = gathering.spared + needed;
        if matches!(outcome, Outcome::Answered(_)) && 0 < missing {
            self.count(calling.here, Count::PartialAnswers);
            self.count_many(calling.here, Count::MissingAnswers, missing.into());
        }
        let promise = gathering.answer.promise();
        let lacks = self
            .sim
            .with_record(promise, |question| question.is_degraded);
        if has_enough && lacks != Some(true) {
            outcome
        } else {
            outcome.degraded()
        }
    }

    /// The time of a fan-out is that of the leg that decided it, or else lost on whom it asked.
    fn account_for_fan_out(
        &self,
        calling: &Calling<'_>,
        promise: Promise,
        began: Time,
        has_enough: bool,
    ) {
        let took = self.sim.now().since(began);
        let asked = self.plan.sites[usize::from(calling.site.0)].to;
        let spent = self.sim.look(promise, |question, _| {
            let mut waits = Waits::default();
            if has_enough {
                waits = question.waits;
                waits.add(Wait::Network, took - question.waits.total());
            } else {
                waits.add(Wait::Lost, took);
            }
            Spent {
                request: question.context.request,
                from: calling.here,
                to: if has_enough {
                    calling.here
                } else {
                    self.instance(asked, 0)
                },
                answered: has_enough.then_some(promise),
                waits,
            }
        });
        self.spend(&spent.expect("who waits for an answer holds the question"));
    }

    /// Runs one leg of a fan-out.
    pub(crate) async fn leg(&self, promise: Promise, site: SiteId, copy: u16) {
        let reply = LegReply {
            system: self,
            promise,
            is_open: Cell::new(true),
        };
        let asked = self.sim.look(promise, |question, _| {
            (question.to, question.context.deadline)
        });
        let Some((here, limit)) = asked else { return };
        let calling = Calling {
            site,
            here,
            asker: Asker::Question(promise),
            copy: (copy != WHOLE_CALL).then_some(copy),
            is_leg: true,
            limit,
        };
        let mut outcome = self.call(&calling).await;
        if let Outcome::Failed(_) = outcome
            && copy == WHOLE_CALL
            && let Some(fallback) = self.fallback(&calling)
        {
            outcome = Box::pin(self.fall_back(&calling, fallback)).await;
        }
        self.degrade(promise, outcome);
        reply.is_open.set(false);
        let waits = self.sim.waits();
        // The leg that decides a fan-out is the last to have answered by then.
        self.sim.serve(promise, |question| question.waits = waits);
        self.sim.answer_after(Span::ZERO, promise, outcome);
    }
}

/// A fan-out under way. Dropping it ends the legs that still run, where that is the policy.
struct Gathering<'s> {
    system: &'s System<'s>,
    answer: Answer<'s, Command, Outcome, Question>,
    running: Vec<Process>,
    /// Legs whose answers are not needed.
    spared: u32,
}

impl Drop for Gathering<'_> {
    fn drop(&mut self) {
        for &process in &self.running {
            self.system.sim.end(process);
        }
    }
}

/// A leg's duty to answer.
struct LegReply<'s> {
    system: &'s System<'s>,
    promise: Promise,
    is_open: Cell<bool>,
}

impl Drop for LegReply<'_> {
    fn drop(&mut self) {
        if self.is_open.get() {
            self.system.sim.forsake(self.promise);
        }
    }
}
