//! Calls: attempts, retries, hedges and fan-out, the same for every caller.

use crate::network::{CANCEL, Fate, Parcel, REQUEST};
use crate::policy::PolicyState;
use crate::question::Context;
use crate::system::{System, pool};
use crate::{
    Cause, Command, Count, Failure, Happening, NO_SESSION, NodeKind, Outcome, Question, Reads,
    SiteId, Value,
};
use sim_core::{Answer, Launch, PlaceId, Process, Promise, Span, Time, Wait, Waits};
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// On whose behalf a call is made.
#[derive(Clone, Copy)]
pub(crate) enum Asker {
    /// A client's own request.
    Visit(crate::clients::Visit),
    /// A question that is being answered.
    Question(Promise),
}

/// The copy number of a leg that makes the whole call of its site.
pub(crate) const WHOLE_CALL: u16 = u16::MAX;

/// A call, from its first attempt to its outcome.
#[derive(Clone, Copy)]
pub(crate) struct Calling {
    pub(crate) site: SiteId,
    pub(crate) here: PlaceId,
    pub(crate) asker: Asker,
    /// Which copy of a fan-out this is.
    pub(crate) copy_of_fan_out: u16,
    /// When the caller's patience ends.
    pub(crate) limit: Time,
}

/// A question that was asked and is not yet answered. Dropping it is leaving.
struct Asked<'s> {
    system: &'s System<'s>,
    answer: Answer<'s, Command, Outcome, Question>,
    state: &'s PolicyState,
    instance: u32,
    cancels: bool,
    is_open: Cell<bool>,
}

impl Asked<'_> {
    fn poll(&mut self, context: &mut std::task::Context<'_>) -> Poll<Outcome> {
        let outcome = Pin::new(&mut self.answer).poll(context);
        if outcome.is_ready() {
            self.is_open.set(false);
        }
        outcome
    }

    async fn outcome(&mut self) -> Outcome {
        poll_fn(|context| self.poll(context)).await
    }

    fn waits(&self) -> Waits {
        let promise = self.answer.promise();
        self.system
            .sim
            .with_record(promise, |question| question.waits)
            .unwrap_or_default()
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.state.end(self.instance);
        if self.is_open.get() && self.cancels {
            self.system.send_cancel(self.answer.promise());
        }
    }
}

/// Waits for the first success of two; a failure of both is the failure of the later.
async fn first_success<'s>(one: &mut Asked<'s>, two: &mut Asked<'s>) -> (Outcome, bool) {
    let mut failed = [false; 2];
    poll_fn(|context| {
        let mut last = None;
        for (index, asked) in [&mut *one, &mut *two].into_iter().enumerate() {
            if failed[index] {
                continue;
            }
            if let Poll::Ready(outcome) = asked.poll(context) {
                if let Outcome::Answered(_) = outcome {
                    return Poll::Ready((outcome, index == 1));
                }
                failed[index] = true;
                last = Some((outcome, index == 1));
            }
        }
        match last {
            Some(last) if failed == [true; 2] => Poll::Ready(last),
            _ => Poll::Pending,
        }
    })
    .await
}

impl System<'_> {
    /// Asks, as the policy of the site says, until there is an outcome.
    pub(crate) async fn call(&self, calling: Calling) -> Outcome {
        if self.policy(calling.site).fan_out.is_some() {
            self.fan_out(calling).await
        } else {
            self.attempts(calling).await
        }
    }

    /// Tries until there is an answer, no attempt is left, or patience ends.
    pub(crate) async fn attempts(&self, mut calling: Calling) -> Outcome {
        let policy = self.policy(calling.site);
        calling.limit = calling.limit.min(self.sim.now() + policy.deadline);
        let state = self.policy_state(calling.site, calling.here);
        if let Some(budget) = &policy.budget {
            state.deposit(budget);
        }
        let mut pause = Span::ZERO;
        let mut attempt = 0;
        loop {
            let outcome = self.attempt(calling, attempt).await;
            let Outcome::Failed(failure) = outcome else {
                return outcome;
            };
            attempt += 1;
            let policy = self.policy(calling.site);
            let is_final = policy.attempts <= attempt
                || !policy.retry_on.contains(&failure)
                || calling.limit <= self.sim.now();
            if is_final {
                return outcome;
            }
            if policy
                .budget
                .as_ref()
                .is_some_and(|budget| !state.withdraw(budget))
            {
                self.count(calling.here, Count::RetriesDenied);
                return outcome;
            }
            let dice = self.question_of(&calling, 0, 0).dice;
            pause = policy.backoff.pause(attempt, pause, dice);
            let until = (self.sim.now() + pause).min(calling.limit);
            self.sim
                .sleep(until.since(self.sim.now()), Wait::Backoff)
                .await;
            if calling.limit <= self.sim.now() {
                return Outcome::Failed(Failure::TimedOut);
            }
        }
    }

    /// One attempt, with its hedge. Its time is split into the waits of who answered and network;
    /// where it comes to nothing, all of it is lost.
    async fn attempt(&self, calling: Calling, attempt: u32) -> Outcome {
        let began = self.sim.now();
        let policy = self.policy(calling.site);
        let expires = calling.limit.min(began + policy.timeout);
        let hedge_at = policy
            .hedge_after
            .map_or(Time::NEVER, |after| began + after);
        let mut asked = self.ask(&calling, attempt, 0, None);
        let mut sent = began;
        let mut outcome = self
            .sim
            .before(expires.min(hedge_at), asked.outcome())
            .await;
        if outcome.is_none() && hedge_at < expires {
            let mut copy = self.ask(&calling, attempt, 1, Some(asked.instance));
            let first = self
                .sim
                .before(expires, first_success(&mut asked, &mut copy))
                .await;
            if let Some((_, true)) = first {
                std::mem::swap(&mut asked, &mut copy);
                sent = hedge_at;
            }
            outcome = first.map(|(outcome, _)| outcome);
        }
        if outcome == Some(Outcome::Failed(Failure::Behind)) {
            sent = self.sim.now();
            asked = self.ask(&calling, attempt, 2, None);
            outcome = self.sim.before(expires, asked.outcome()).await;
        }
        let lost_until = match outcome {
            Some(Outcome::Answered(_)) => sent,
            _ => self.sim.now(),
        };
        let waits = asked.waits();
        let answered = self.sim.now().since(lost_until);
        self.sim.with_waits(|mine| {
            mine.add(Wait::Lost, lost_until.since(began));
            if answered != Span::ZERO {
                mine.add_all(&waits);
                mine.add(Wait::Network, answered - waits.total());
            }
        });
        outcome.unwrap_or(Outcome::Failed(Failure::TimedOut))
    }

    /// Asks several copies at once and waits for as many answers as are needed.
    async fn fan_out(&self, mut calling: Calling) -> Outcome {
        let policy = self.policy(calling.site);
        let Some(fan) = policy.fan_out else {
            return Outcome::Answered(Value::default());
        };
        calling.limit = calling.limit.min(self.sim.now() + policy.deadline);
        let legs = (0..fan.copies).map(|copy| (calling.site, copy));
        self.gather(&calling, legs, fan.need, fan.within, policy.cancels)
            .await
    }

    /// Makes calls of several sites at once, and fails as soon as one fails.
    pub(crate) async fn parallel(&self, calling: Calling, sites: &[SiteId]) -> Outcome {
        let legs = sites.iter().map(|&site| (site, WHOLE_CALL));
        let cancels = sites.iter().all(|&site| self.policy(site).cancels);
        self.gather(&calling, legs, sites.len() as u16, Span::FOREVER, cancels)
            .await
    }

    async fn gather(
        &self,
        calling: &Calling,
        legs: impl ExactSizeIterator<Item = (SiteId, u16)>,
        need: u16,
        within: Span,
        cancels: bool,
    ) -> Outcome {
        let began = self.sim.now();
        let context = self.context_of(calling.asker);
        let question = self.local_question(context, calling.here);
        let count = legs.len();
        // Stays until the end: with it goes the record in which the legs note their waits.
        let mut gather = self.sim.promise_of(need.into(), count as u32, question);
        let promise = gather.promise();
        let launch = Launch {
            pool: pool::LEG,
            place: calling.here,
        };
        let mut running = Legs {
            system: self,
            processes: Vec::new(),
        };
        for (site, copy) in legs {
            let leg = self.sim.spawn(launch, Command::Leg(promise, site, copy));
            if cancels {
                running.processes.push(leg);
            }
        }
        let outcome = self
            .sim
            .before(calling.limit.min(began + within), &mut gather)
            .await;
        let waits = self
            .sim
            .with_record(promise, |question| question.waits)
            .unwrap_or_default();
        let took = self.sim.now().since(began);
        let is_late = calling.limit <= self.sim.now();
        let has_enough = matches!(outcome, Some(Outcome::Answered(_)));
        self.sim.with_waits(|mine| {
            if has_enough {
                mine.add_all(&waits);
                mine.add(Wait::Network, took - waits.total());
            } else {
                mine.add(Wait::Lost, took);
            }
        });
        let outcome = match outcome {
            Some(outcome) => outcome,
            None if is_late => Outcome::Failed(Failure::TimedOut),
            None => Outcome::Answered(Value::default()),
        };
        let is_whole = has_enough && usize::from(need) == count;
        if matches!(outcome, Outcome::Answered(_)) && !is_whole {
            self.count(calling.here, Count::PartialAnswers);
        }
        outcome
    }

    /// Runs one leg of a fan-out.
    pub(crate) async fn leg(&self, promise: Promise, site: SiteId, copy: u16) {
        let reply = LegReply {
            system: self,
            promise,
            is_open: Cell::new(true),
        };
        let here = self.sim.with_record(promise, |question| question.to);
        let Some(here) = here else { return };
        let calling = Calling {
            site,
            here,
            asker: Asker::Question(promise),
            copy_of_fan_out: if copy == WHOLE_CALL { 0 } else { copy },
            limit: Time::NEVER,
        };
        let outcome = if copy == WHOLE_CALL {
            self.call(calling).await
        } else {
            self.attempts(calling).await
        };
        reply.is_open.set(false);
        let waits = self.sim.waits();
        self.sim
            .with_record(promise, |question| question.waits = waits);
        self.sim.answer_after(Span::ZERO, promise, outcome);
    }

    /// Sends a question to an instance that the policy picks.
    fn ask(&self, calling: &Calling, attempt: u32, copy: u32, avoid: Option<u32>) -> Asked<'_> {
        let policy = self.policy(calling.site);
        let state = self.policy_state(calling.site, calling.here);
        let context = self.question_of(calling, attempt, copy);
        let instance = self.choose(calling, &context, copy, avoid, state);
        let to = self.instance(self.plan.sites[usize::from(calling.site.0)].to, instance);
        let question = Question {
            context,
            from: calling.here,
            to,
            arrived: self.sim.now(),
            waits: Waits::default(),
            position: None,
        };
        let answer = self.sim.promise(question);
        state.begin(instance);
        self.send_question(answer.promise(), &question);
        Asked {
            system: self,
            answer,
            state,
            instance,
            cancels: policy.cancels,
            is_open: Cell::new(true),
        }
    }

    /// What a question is about, by attempt and copy.
    fn question_of(&self, calling: &Calling, attempt: u32, copy: u32) -> Context {
        let site = &self.plan.sites[usize::from(calling.site.0)];
        let parent = self.context_of(calling.asker);
        let target = self.hash(site.to);
        let ordinal = (site.ordinal << 16) | u32::from(calling.copy_of_fan_out);
        let cause = match parent.cause {
            Cause::First if 0 < attempt => Cause::Retry,
            Cause::First if copy == 1 => Cause::Hedge,
            inherited => inherited,
        };
        Context {
            dice: parent.dice.call(target, ordinal).attempt(attempt, copy),
            request_dice: parent.request_dice.call(target, ordinal),
            cause,
            leaves_something: false,
            ..parent
        }
    }

    /// What a caller hands on.
    pub(crate) fn context_of(&self, asker: Asker) -> Context {
        match asker {
            Asker::Visit(visit) => self.visit_context(visit),
            Asker::Question(promise) => {
                let context = self.sim.with_record(promise, |question| question.context);
                Context {
                    parent: promise,
                    ..context.expect("who answers a question holds it")
                }
            }
        }
    }

    /// The record of a question that a place asks itself.
    pub(crate) fn local_question(&self, context: Context, here: PlaceId) -> Question {
        Question {
            context,
            from: here,
            to: here,
            arrived: self.sim.now(),
            waits: Waits::default(),
            position: None,
        }
    }

    fn choose(
        &self,
        calling: &Calling,
        context: &Context,
        copy: u32,
        avoid: Option<u32>,
        state: &PolicyState,
    ) -> u32 {
        let target = self.plan.sites[usize::from(calling.site.0)].to;
        let count = self.plan.nodes[target.index()].instances;
        let policy = self.policy(calling.site);
        let pick = |first, count| state.pick(policy.balance, first, count, avoid, context.dice);
        if policy.fan_out.is_some_and(|fan| fan.to_each) {
            return u32::from(calling.copy_of_fan_out);
        }
        if count == 1 {
            return 0;
        }
        if let NodeKind::Database(_) = self.plan.nodes[target.index()].kind {
            if context.is_write || copy == 2 {
                return 0;
            }
            return match self.parameters(target).as_database().reads {
                Reads::Primary => 0,
                Reads::Any => pick(0, count),
                Reads::Nearest => self.nearest(calling.here, target),
                Reads::Sticky if context.session == NO_SESSION => pick(0, count),
                Reads::Sticky => context.session % count,
                Reads::WaitForVersion(_) => pick(1, count - 1),
            };
        }
        pick(0, count)
    }

    fn send_question(&self, promise: Promise, question: &Question) {
        self.note(
            question.from,
            Happening::Send,
            question.context.request,
            || {
                format!(
                    "asks {} ({})",
                    self.address(question.to),
                    question.context.cause.name()
                )
            },
        );
        let classes = (self.class(question.from), self.class(question.to));
        match self
            .network
            .judge(&self.epoch().links, classes, question.context.dice, REQUEST)
        {
            Fate::Delivered(delay) => self.sim.start_after(delay, Command::Serve(promise)),
            Fate::Lost => {
                self.note(
                    question.from,
                    Happening::Loss,
                    question.context.request,
                    || format!("its question to {} is lost", self.address(question.to)),
                );
                self.sim.forsake(promise);
            }
            Fate::Held => self.network.hold(classes, Parcel::Question(promise)),
        }
    }

    fn send_cancel(&self, promise: Promise) {
        let question = self.sim.with_record(promise, |question| *question);
        let Some(question) = question else { return };
        let classes = (self.class(question.from), self.class(question.to));
        match self
            .network
            .judge(&self.epoch().links, classes, question.context.dice, CANCEL)
        {
            Fate::Delivered(delay) => self.sim.start_after(delay, Command::Cancel(promise)),
            Fate::Lost => {}
            Fate::Held => self.network.hold(classes, Parcel::Cancel(promise)),
        }
    }
}

/// The legs of a fan-out; dropping them ends those that still run.
struct Legs<'s> {
    system: &'s System<'s>,
    processes: Vec<Process>,
}

impl Drop for Legs<'_> {
    fn drop(&mut self) {
        for &process in &self.processes {
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
