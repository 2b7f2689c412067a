//! Calls: attempts, retries, hedges and fan-out, the same for every caller.

mod hedge;

use crate::breakdown::Spent;
use crate::network::{CANCEL, Fate, Parcel, REQUEST};
use crate::policy::{Allowance, At, Attempt, Bulkhead, Ending, Gates};
use crate::question::Context;
use crate::serving::Health;
use crate::system::System;
use crate::{
    Cause, Command, Count, Failure, Happening, NodeParameters, Outcome, Question, Reads, SiteId,
};
use sim_core::{Answer, Dice, PlaceId, Promise, Purpose, Span, Time, Wait, Waits};
use std::pin::Pin;
use std::task::{Context as Waking, Poll};

/// The index of the draw for an instance in place of one that is barred.
const UNBARRED: u32 = 16;

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
    site: SiteId,
    here: PlaceId,
    instance: u32,
    began: Time,
    /// Those that let it through.
    gates: Option<&'s Gates>,
    cancels: bool,
    is_tied: bool,
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
        let is_off = self.is_tied && self.system.is_called_off(self.answer.promise());
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
        let system = self.system;
        let state = system.policy_state(self.site, self.here);
        let (policy, now) = (system.policy(self.site), system.sim.now());
        let attempt = Attempt {
            instance: self.instance,
            began: self.began,
        };
        state
            .balance
            .end(&policy.balance, &attempt, now, self.ending);
        if let Some(rotation) = &policy.rotation {
            system.learn_of_instance(self.site, self.here, rotation, &attempt, self.ending);
        }
        if let Some(gates) = self.gates {
            let at = At {
                now,
                sim: &system.sim,
                calibration: &system.plan.calibration,
                meters: system.meters(system.node_of(self.here)),
            };
            state.gates().end(gates, &attempt, self.ending, &at);
        }
        if self.is_tied {
            system.close_tie(self.answer.promise());
        }
        if self.is_open() && self.cancels {
            system.send_cancel(self.answer.promise());
        }
    }
}

impl System<'_> {
    /// Asks, as the policy of the site says, until there is an answer, no attempt is left, or
    /// patience ends.
    pub(crate) fn call(&self, calling: &Calling<'_>) -> impl Future<Output = Outcome> {
        let policy = self.policy(calling.site);
        let is_fan_out = policy.fan_out.is_some() && calling.copy.is_none();
        let limit = calling.limit.min(self.sim.now() + policy.deadline);
        // A block holds what it needs once; an `async fn` holds its arguments twice.
        async move {
            if is_fan_out {
                // In a box, so that calls that are no fan-outs need no room for one.
                return Box::pin(self.fan_out(calling)).await;
            }
            self.begin_call(calling);
            let mut pause = Span::ZERO;
            let mut attempt = 0;
            let mut retried_for = None;
            let mut allowance = Allowance::FREE;
            loop {
                if let Some(bulkhead) = self.line_before(calling) {
                    Box::pin(self.wait_for_room(calling, bulkhead, limit)).await;
                }
                if limit <= self.sim.now() {
                    return Outcome::Failed(Failure::TimedOut);
                }
                let (outcome, told) = if self.is_conditional_write(calling) {
                    // In a box, as most calls are none.
                    Box::pin(self.attempt_conditionally(calling, attempt, limit)).await
                } else {
                    self.attempt(calling, attempt, limit).await
                };
                attempt += 1;
                drop(allowance);
                let Outcome::Failed(failure) = outcome else {
                    self.end_call(calling, retried_for);
                    return outcome;
                };
                let Some(allowed) = self.retry(calling, failure, attempt, limit) else {
                    return outcome;
                };
                (allowance, retried_for) = (allowed, Some(failure));
                let dice = self.question_of(calling, 0, 0).dice;
                let policy = self.policy(calling.site);
                pause = policy.backoff.pause(attempt, pause, dice);
                let wait = policy.retry_after.pause(pause, told, attempt, dice);
                let left = limit.since(self.sim.now());
                self.sim.sleep(wait.min(left), Wait::Backoff).await;
            }
        }
    }

    /// A call is made: its budget hears of it.
    fn begin_call(&self, calling: &Calling<'_>) {
        if let Some(budget) = &self.policy(calling.site).budget {
            let state = self.policy_state(calling.site, calling.here);
            state.spending.call(budget, self.sim.now());
        }
    }

    /// A call has succeeded, after a retry that was made for this failure, or at once.
    fn end_call(&self, calling: &Calling<'_>, retried_for: Option<Failure>) {
        if let Some(budget) = &self.policy(calling.site).budget {
            let state = self.policy_state(calling.site, calling.here);
            state.spending.succeed(budget, retried_for);
        }
    }

    /// The bulkhead in front of a call, where attempts wait for room.
    fn line_before(&self, calling: &Calling<'_>) -> Option<Bulkhead> {
        let gates = self.policy(calling.site).gates.as_ref()?;
        gates
            .bulkhead
            .filter(|bulkhead| bulkhead.max_wait != Span::ZERO)
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
    pub(crate) fn attempt(
        &self,
        calling: &Calling<'_>,
        attempt: u32,
        limit: Time,
    ) -> impl Future<Output = (Outcome, Span)> {
        let began = self.sim.now();
        let policy = self.policy(calling.site);
        let expires = limit.min(began + policy.timeout);
        let hedge = policy
            .hedge
            .as_ref()
            .filter(|_| self.has_another_instance(calling));
        let hedge_after = hedge.and_then(|hedge| {
            let state = self.policy_state(calling.site, calling.here);
            state.hedging().begin(hedge, began)
        });
        let hedge_at = hedge_after.map_or(Time::NEVER, |after| began + after);
        async move {
            let Some(mut asked) = self.ask(calling, (attempt, 0), None, expires) else {
                return (Outcome::Failed(Failure::Rejected), Span::ZERO);
            };
            let mut outcome = self.sim.before(expires.min(hedge_at), &mut asked).await;
            if outcome.is_none() && hedge_at < expires {
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
        let again = self.ask(calling, (attempt, 2), None, expires);
        let is_sent = again.is_some();
        if let Some(again) = again {
            *asked = again;
        }
        is_sent
    }

    fn account_for_attempt(&self, began: Time, outcome: Option<Outcome>, asked: &Asked<'_>) {
        let (now, sent) = (self.sim.now(), asked.began);
        if let Some(hedge) = &self.policy(asked.site).hedge
            && !matches!(outcome, Some(Outcome::Failed(_)))
        {
            let state = self.policy_state(asked.site, asked.here);
            state.hedging().took(hedge, now.since(began));
        }
        let promise = asked.answer.promise();
        let answered = matches!(outcome, Some(Outcome::Answered(_))).then_some(promise);
        let spent = self.sim.look(promise, |question, _| {
            let mut waits = Waits::default();
            if answered.is_some() {
                waits = question.waits;
                waits.add(Wait::Network, now.since(sent) - question.waits.total());
                waits.add(Wait::Lost, sent.since(began));
            } else {
                waits.add(Wait::Lost, now.since(began));
            }
            Spent {
                request: question.context.request,
                from: question.from,
                to: question.to,
                answered,
                waits,
            }
        });
        self.spend(&spent.expect("who waits for an answer holds the question"));
    }

    /// Sends a question to an instance that the policy picks, if its gates let it: this copy of this
    /// attempt, which is of use until it `expires`.
    fn ask(
        &self,
        calling: &Calling<'_>,
        (attempt, copy): (u32, u32),
        avoid: Option<u32>,
        expires: Time,
    ) -> Option<Asked<'_>> {
        let policy = self.policy(calling.site);
        let state = self.policy_state(calling.site, calling.here);
        let mut context = self.question_of(calling, attempt, copy);
        if policy.propagates_deadline {
            context.deadline = expires;
        }
        context.is_tied = policy.hedge.is_some_and(|hedge| hedge.tied);
        let mut instance = self.choose(calling, policy, &context, copy, avoid, state);
        let target = self.plan.sites[usize::from(calling.site.0)].to;
        let gates = policy.gates.as_deref();
        if let Some(gates) = gates
            && copy != 2
            && state.gates().bars(gates, instance, self.sim.now())
            && self.has_another_instance(calling)
        {
            let other = self.unbarred(calling, gates, avoid, context.dice);
            instance = other.unwrap_or(instance);
        }
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
            site: calling.site,
            here: from,
            instance,
            began: attempt.began,
            gates,
            cancels: policy.cancels,
            is_tied: context.is_tied,
            ending: Ending::Left,
        })
    }

    /// Another instance than `avoid` that no gate bars, all with the same probability.
    fn unbarred(
        &self,
        calling: &Calling<'_>,
        gates: &Gates,
        avoid: Option<u32>,
        dice: Dice,
    ) -> Option<u32> {
        let target = self.plan.sites[usize::from(calling.site.0)].to;
        let first = match self.parameters(target) {
            NodeParameters::Database(database) => {
                u32::from(matches!(database.reads, Reads::WaitForVersion(_)))
            }
            _ => 0,
        };
        let state = self.policy_state(calling.site, calling.here).gates();
        let now = self.sim.now();
        let is_open = |&i: &u32| Some(i) != avoid && !state.bars(gates, i, now);
        let instances = first..self.plan.nodes[target.index()].instances;
        let open: Vec<u32> = instances.filter(is_open).collect();
        let nth = dice.uniform(Purpose::Balance, UNBARRED) * open.len() as f64;
        open.get(nth as usize).copied()
    }

    /// Counts an attempt that a gate of its caller has kept back.
    fn reject(&self, here: PlaceId, context: &Context, what: Count) {
        self.count(here, what);
        self.note(here, Happening::Refusal, context.request, || {
            format!("does not ask: {}", what.name())
        });
    }

    /// What a question is about, by attempt and copy.
    fn question_of(&self, calling: &Calling<'_>, attempt: u32, copy: u32) -> Context {
        let site = &self.plan.sites[usize::from(calling.site.0)];
        let target = self.hash(site.to);
        let ordinal = (site.ordinal << 16) | u32::from(calling.copy.unwrap_or(0));
        let about = |parent: &Context| Context {
            dice: parent.dice.call(target, ordinal).attempt(attempt, copy),
            request_dice: parent.request_dice.call(target, ordinal),
            cause: match parent.cause {
                Cause::First if 0 < attempt => Cause::Retry,
                Cause::First if copy == 1 => Cause::Hedge,
                inherited => inherited,
            },
            leaves_something: false,
            deadline: Time::NEVER,
            ..*parent
        };
        match calling.asker {
            Asker::Visit(parent) => about(parent),
            Asker::Question(parent) => {
                let context = self.sim.look(parent, |question, _| Context {
                    parent,
                    ..about(&question.context)
                });
                context.expect("who answers a question holds it")
            }
        }
    }

    /// What a caller hands on.
    pub(crate) fn context_of(&self, asker: Asker<'_>) -> Context {
        match asker {
            Asker::Visit(context) => *context,
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
            retry_after: Span::ZERO,
            is_degraded: false,
        }
    }

    /// What becomes of a question that is sent now.
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
