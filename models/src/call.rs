//! Calls: attempts, retries, hedges and fan-out, the same for every caller.

mod hedge;

use crate::breakdown::Spent;
use crate::network::{CANCEL, Fate, Parcel, REQUEST};
use crate::policy::{Allowance, At, Attempt, Bulkhead, CallPolicy, Ending, PolicyState};
use crate::question::Context;
use crate::serving::Health;
use crate::system::System;
use crate::{Cause, Command, Count, Failure, Happening, Outcome, Question, SiteId, SitePlan};
use sim_core::{Answer, PlaceId, Promise, Span, Time, Wait, Waits};
use std::pin::Pin;
use std::task::{Context as Waking, Poll};

/// On whose behalf a call is made.
#[derive(Clone, Copy)]
pub(crate) enum Asker<'a> {
    /// A client's own request.
    Visit(&'a Context),
    /// A question that is being answered.
    Question(Promise),
}

/// A call, from its first attempt to its outcome.
#[derive(Clone, Copy)]
pub(crate) struct Calling<'a> {
    pub(crate) site: SiteId,
    pub(crate) here: PlaceId,
    pub(crate) asker: Asker<'a>,
    /// Which copy of a fan-out this is, if it is one.
    pub(crate) copy: Option<u16>,
    /// Whether it is one of several calls at once, which are over when these are decided.
    pub(crate) is_leg: bool,
    /// When the caller's patience ends.
    pub(crate) limit: Time,
}

/// A question that was asked and is not yet answered. Dropping it is leaving.
struct Asked<'s> {
    system: &'s System<'s>,
    answer: Answer<'s, Command, Outcome, Question>,
    /// The policy under which it was asked, and its state at who asks.
    policy: &'s CallPolicy,
    state: &'s PolicyState,
    site: SiteId,
    here: PlaceId,
    instance: u32,
    began: Time,
    /// How it ended; `Left` as long as it has not.
    ending: Ending,
}

impl Asked<'_> {
    /// Whether there is no answer yet.
    fn is_open(&self) -> bool {
        matches!(self.ending, Ending::TimedOut | Ending::Left)
    }

    /// Whether an answer may still come.
    fn may_answer(&self) -> bool {
        let is_off = self.policy.is_tied() && self.system.is_called_off(self.answer.promise());
        self.is_open() && !is_off
    }
}

impl Future for Asked<'_> {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Waking<'_>) -> Poll<Outcome> {
        let outcome = Pin::new(&mut self.answer).poll(context);
        if let Poll::Ready(outcome) = outcome {
            self.ending = match outcome {
                Outcome::Answered(_) => Ending::Answered,
                Outcome::Failed(failure) => Ending::Failed(failure),
            };
        }
        outcome
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let Asked {
            system,
            policy,
            state,
            ..
        } = *self;
        let attempt = Attempt {
            instance: self.instance,
            began: self.began,
        };
        let now = system.sim.now();
        state
            .balance
            .end(&policy.balance, &attempt, now, self.ending);
        // A rotation that has been switched off meanwhile learns no more.
        if policy.rotation.is_some()
            && let Some(rotation) = &system.policy(self.site).rotation
        {
            system.learn_of_instance(self.site, self.here, rotation, &attempt, self.ending);
        }
        if let Some(gates) = &policy.gates {
            let at = At {
                now,
                sim: &system.sim,
                calibration: &system.plan.calibration,
                meters: system.meters(system.node_of(self.here)),
            };
            state.gates().end(gates, &attempt, self.ending, &at);
        }
        if policy.is_tied() {
            system.close_tie(self.answer.promise());
        }
        if self.is_open() && policy.cancels {
            system.send_cancel(self.answer.promise());
        }
    }
}

impl System<'_> {
    /// Asks, as the policy of the site says, until there is an answer, no attempt is left, or
    /// patience ends.
    #[inline(always)]
    pub(crate) fn call(&self, calling: &Calling<'_>) -> impl Future<Output = Outcome> {
        let policy = self.policy(calling.site);
        let is_fan_out = policy.fan_out.is_some() && calling.copy.is_none();
        let limit = calling.limit.min(self.sim.now() + policy.deadline);
        if let Some(budget) = &policy.budget
            && !is_fan_out
        {
            let state = self.policy_state(calling.site, calling.here);
            state.spending.call(budget, self.sim.now());
        }
        // A block holds what it needs once; an `async fn` holds its arguments twice.
        async move {
            if is_fan_out {
                // In a box, so that calls that are no fan-outs need no room for one.
                return Box::pin(self.fan_out(calling)).await;
            }
            let mut pause = Span::ZERO;
            let mut attempt = 0;
            let mut retried_for = None;
            let mut allowance = Allowance::FREE;
            loop {
                let (line, is_conditional) = self.way_of_attempt(calling);
                if let Some(bulkhead) = line {
                    Box::pin(self.wait_for_room(calling, bulkhead, limit)).await;
                }
                if limit <= self.sim.now() {
                    return Outcome::Failed(Failure::TimedOut);
                }
                let (outcome, told) = if is_conditional {
                    // In a box, as most calls are none.
                    Box::pin(self.attempt_conditionally(calling, attempt, limit)).await
                } else {
                    self.attempt::<false>(calling, attempt, limit).await
                };
                attempt += 1;
                drop(allowance);
                let Outcome::Failed(failure) = outcome else {
                    if let Some(budget) = &self.policy(calling.site).budget {
                        let state = self.policy_state(calling.site, calling.here);
                        state.spending.succeed(budget, retried_for);
                    }
                    return outcome;
                };
                let Some(allowed) = self.retry(calling, failure, attempt, limit) else {
                    return outcome;
                };
                (allowance, retried_for) = (allowed, Some(failure));
                let site = &self.plan.sites[usize::from(calling.site.0)];
                let dice = self.question_of(calling, site, 0, 0).dice;
                let policy = self.policy(calling.site);
                pause = policy.backoff.pause(attempt, pause, dice);
                let wait = policy.retry_after.pause(pause, told, attempt, dice);
                let left = limit.since(self.sim.now());
                self.sim.sleep(wait.min(left), Wait::Backoff).await;
            }
        }
    }

    /// The bulkhead in front of an attempt, where it waits for room; and whether it is a write that
    /// depends on the version that it replaces.
    #[inline]
    fn way_of_attempt(&self, calling: &Calling<'_>) -> (Option<Bulkhead>, bool) {
        let policy = self.policy(calling.site);
        let bulkhead = policy.gates.as_ref().and_then(|gates| gates.bulkhead);
        let line = bulkhead.filter(|bulkhead| bulkhead.max_wait != Span::ZERO);
        let is_conditional = policy.conditional_writes && self.context_of(calling.asker).is_write;
        (line, is_conditional)
    }

    async fn wait_for_room(&self, calling: &Calling<'_>, bulkhead: Bulkhead, limit: Time) {
        let began = self.sim.now();
        let state = self.policy_state(calling.site, calling.here);
        let room = state.gates().bulkhead.room(&bulkhead, &self.sim);
        let until = limit.min(began + bulkhead.max_wait);
        self.sim.before(until, room).await;
        let waited = self.sim.now().since(began);
        self.sim.with_waits(|waits| waits.add(Wait::Queue, waited));
    }

    /// Whether there is another attempt after this failure, and what allows it.
    fn retry(
        &self,
        calling: &Calling<'_>,
        failure: Failure,
        attempts: u32,
        limit: Time,
    ) -> Option<Allowance<'_>> {
        let policy = self.policy(calling.site);
        let is_moot = match calling.asker {
            Asker::Question(fan_out) => calling.is_leg && !self.sim.is_awaited(fan_out),
            Asker::Visit(_) => false,
        };
        let state = self.policy_state(calling.site, calling.here);
        let is_retried = policy.retry_on.contains(&failure);
        if is_retried && let Some(budget) = &policy.budget {
            state.spending.fail(budget);
        }
        let now = self.sim.now();
        if is_moot || policy.attempts <= attempts || !is_retried || limit <= now {
            return None;
        }
        let Some(budget) = &policy.budget else {
            return Some(Allowance::FREE);
        };
        let under_way = state.balance.under_way();
        let allowed = state.spending.allow(budget, Some(failure), now, under_way);
        if allowed.is_none() {
            self.count(calling.here, Count::RetriesDenied);
        }
        allowed
    }

    /// One attempt, with its hedge, and after how long the other side says to try again. Its time is
    /// split into the waits of who answered and network; where it comes to nothing, all of it is lost.
    ///
    /// Attempts that are parts of a conditional write are another copy of this code, so that the usual
    /// one has a single place where it is made and becomes part of that.
    pub(crate) fn attempt<const IS_PART: bool>(
        &self,
        calling: &Calling<'_>,
        attempt: u32,
        limit: Time,
    ) -> impl Future<Output = (Outcome, Span)> {
        let began = self.sim.now();
        async move {
            let policy = self.policy(calling.site);
            let expires = limit.min(began + policy.timeout);
            let hedge_at = match &policy.hedge {
                None => Time::NEVER,
                Some(hedge) => self.time_to_hedge(calling, hedge),
            };
            // Without a name, or the frame would have room for it twice.
            let Some(mut asked) = self.ask(calling, policy, (attempt, 0), None, expires) else {
                return (Outcome::Failed(Failure::Rejected), Span::ZERO);
            };
            let is_hedged = hedge_at < expires;
            let mut outcome = self.sim.before(expires.min(hedge_at), &mut asked).await;
            if outcome.is_none() && is_hedged {
                // In a box, so that attempts that need no hedge need no room for one.
                outcome = Box::pin(self.hedge(calling, attempt, expires, &mut asked)).await;
            }
            if outcome == Some(Outcome::Failed(Failure::Behind)) {
                // Out of line, so that the frame has room for one question only.
                outcome = match self.ask_primary(calling, attempt, expires, &mut asked) {
                    true => self.sim.before(expires, &mut asked).await,
                    false => Some(Outcome::Failed(Failure::Rejected)),
                };
            }
            if outcome.is_none() {
                asked.ending = Ending::TimedOut;
            }
            self.account_for_attempt(began, outcome, &asked);
            let told = match outcome {
                Some(Outcome::Failed(_)) => self.told_by(&asked),
                _ => Span::ZERO,
            };
            (outcome.unwrap_or(Outcome::Failed(Failure::TimedOut)), told)
        }
    }

    /// After how long to try again, as an answer says.
    #[cold]
    fn told_by(&self, asked: &Asked<'_>) -> Span {
        let told = |question: &Question, _| question.retry_after;
        let told = self.sim.look(asked.answer.promise(), told);
        told.unwrap_or_default()
    }

    /// Sends the question to the primary in place of what was `asked`, if the gates let it.
    fn ask_primary<'s>(
        &'s self,
        calling: &Calling<'_>,
        attempt: u32,
        expires: Time,
        asked: &mut Asked<'s>,
    ) -> bool {
        let policy = self.policy(calling.site);
        let again = self.ask(calling, policy, (attempt, 2), None, expires);
        let is_sent = again.is_some();
        if let Some(again) = again {
            *asked = again;
        }
        is_sent
    }

    #[inline(always)]
    fn account_for_attempt(&self, began: Time, outcome: Option<Outcome>, asked: &Asked<'_>) {
        let (now, sent) = (self.sim.now(), asked.began);
        if !matches!(outcome, Some(Outcome::Failed(_)))
            && let Some(hedge) = &asked.policy.hedge
        {
            asked.state.hedging().took(hedge, now.since(began));
        }
        let promise = asked.answer.promise();
        let answered = matches!(outcome, Some(Outcome::Answered(_))).then_some(promise);
        let record = self.sim.look(promise, |question, _| {
            (question.context.request, question.to, question.waits)
        });
        let (request, to, mut waits) = record.expect("who waits for an answer holds the question");
        match answered {
            Some(_) => {
                waits.add(Wait::Network, now.since(sent) - waits.total());
                waits.add(Wait::Lost, sent.since(began));
            }
            None => {
                waits = Waits::default();
                waits.add(Wait::Lost, now.since(began));
            }
        }
        self.spend(&Spent {
            request,
            from: asked.here,
            to,
            answered,
            waits,
        });
    }

    /// Sends a question to an instance that the policy picks, if its gates let it: this copy of this
    /// attempt, which is of use until it `expires`.
    #[inline(always)]
    fn ask<'s>(
        &'s self,
        calling: &Calling<'_>,
        policy: &'s CallPolicy,
        (attempt, copy): (u32, u32),
        avoid: Option<u32>,
        expires: Time,
    ) -> Option<Asked<'s>> {
        let state = self.policy_state(calling.site, calling.here);
        let site = &self.plan.sites[usize::from(calling.site.0)];
        let target = site.to;
        let mut context = self.question_of(calling, site, attempt, copy);
        if policy.propagates_deadline {
            context.deadline = expires;
        }
        context.is_tied = policy.is_tied();
        let instance = self.choose(calling, target, policy, state, &context, (copy, avoid));
        if copy == 1 && avoid == Some(instance) {
            return None; // There is nobody else to hedge to.
        }
        let gates = policy.gates.as_deref();
        let attempt = Attempt {
            instance,
            began: self.sim.now(),
        };
        if let Some(gates) = gates {
            if let Some(rejected) = state.gates().rejects(gates, &attempt, context.dice) {
                self.reject(calling.here, &context, rejected);
                return None;
            }
            state.gates().begin(gates, &attempt);
        }
        let (from, to) = (calling.here, self.instance(target, instance));
        let fate = self.send_question(from, to, &context);
        let answer = self.sim.promise(Question {
            context,
            from,
            to,
            arrived: self.sim.now(),
            waits: Waits::default(),
            position: None,
            retry_after: Span::ZERO,
            is_degraded: false,
        });
        state.balance.begin(instance);
        let promise = answer.promise();
        if context.is_tied {
            self.open_tie(promise);
        }
        match fate {
            Fate::Delivered(delay) => self.sim.start_after(delay, Command::Serve(promise)),
            Fate::Lost => self.sim.forsake(promise),
            Fate::Held => self.network.hold(
                (self.class(from), self.class(to)),
                Parcel::Question(Command::Serve(promise)),
            ),
        }
        Some(Asked {
            system: self,
            answer,
            policy,
            state,
            site: calling.site,
            here: from,
            instance,
            began: attempt.began,
            ending: Ending::Left,
        })
    }

    /// Counts an attempt that a gate of its caller has kept back.
    fn reject(&self, here: PlaceId, context: &Context, what: Count) {
        self.count(here, what);
        self.note(here, Happening::Refusal, context.request, || {
            format!("does not ask: {}", what.name())
        });
    }

    /// What a question is about, by attempt and copy.
    #[inline(always)]
    fn question_of(
        &self,
        calling: &Calling<'_>,
        site: &SitePlan,
        attempt: u32,
        copy: u32,
    ) -> Context {
        let target = self.hash(site.to);
        let ordinal = (site.ordinal << 16) | u32::from(calling.copy.unwrap_or(0));
        // Changed in place: it is too large to be put together anew for each attempt.
        let mut context = self.context_of(calling.asker);
        context.dice = context.dice.call(target, ordinal).attempt(attempt, copy);
        context.request_dice = context.request_dice.call(target, ordinal);
        context.cause = match context.cause {
            Cause::First if 0 < attempt => Cause::Retry,
            Cause::First if copy == 1 => Cause::Hedge,
            inherited => inherited,
        };
        context.leaves_something = false;
        context.deadline = Time::NEVER;
        context
    }

    /// What a caller hands on.
    #[inline]
    pub(crate) fn context_of(&self, asker: Asker<'_>) -> Context {
        match asker {
            Asker::Visit(context) => *context,
            Asker::Question(promise) => {
                let context = self.sim.look(promise, |question, _| question.context);
                let mut context = context.expect("who answers a question holds it");
                context.parent = promise;
                context
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
            retry_after: Span::ZERO,
            is_degraded: false,
        }
    }

    /// What becomes of a question that is sent now.
    #[inline(always)]
    pub(crate) fn send_question(&self, from: PlaceId, to: PlaceId, context: &Context) -> Fate {
        self.note(from, Happening::Send, context.request, || {
            format!("asks {} ({})", self.address(to), context.cause.name())
        });
        let classes = (self.class(from), self.class(to));
        let links = &self.epoch().links;
        let fate = self.network.judge(links, classes, context.dice, REQUEST);
        if fate == Fate::Lost {
            self.note(from, Happening::Loss, context.request, || {
                format!("its question to {} is lost", self.address(to))
            });
        }
        fate
    }

    fn send_cancel(&self, promise: Promise) {
        let question = self.sim.with_record(promise, |question| *question);
        let Some(question) = question else { return };
        if self.instances[question.from.0 as usize].health.get() == Health::MachineDown {
            return; // The dead say nothing.
        }
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
