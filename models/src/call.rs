//! Calls: attempts, retries, hedges and fan-out, the same for every caller.

use crate::breakdown::Spent;
use crate::network::{CANCEL, Fate, Parcel, REQUEST};
use crate::policy::{Attempt, Ending, PolicyState};
use crate::question::Context;
use crate::serving::Health;
use crate::system::System;
use crate::{
    CallPolicy, Cause, Command, Count, Failure, Happening, NO_SESSION, NodeKind, NodeParameters,
    Outcome, Question, Reads, SiteId,
};
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
    site: SiteId,
    here: PlaceId,
    attempt: Attempt,
    cancels: bool,
    /// How it ended; `Left` as long as it has not.
    ending: Ending,
}

impl Asked<'_> {
    /// Whether an answer may still come.
    fn is_open(&self) -> bool {
        matches!(self.ending, Ending::TimedOut | Ending::Left)
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
        state.balance.end(self.attempt.instance);
        if let Some(gates) = &system.policy(self.site).gates {
            let now = system.sim.now();
            state.gates().end(gates, &self.attempt, now, self.ending);
        }
        if self.is_open() && self.cancels {
            system.send_cancel(self.answer.promise());
        }
    }
}

/// Waits for the first success of two, and tells which; a failure of both is that of the later.
struct FirstSuccess<'a, 's> {
    asked: [&'a mut Asked<'s>; 2],
}

impl Future for FirstSuccess<'_, '_> {
    type Output = (Outcome, usize);

    fn poll(mut self: Pin<&mut Self>, context: &mut Waking<'_>) -> Poll<(Outcome, usize)> {
        let mut last = 0;
        for index in 0..2 {
            let was_open = self.asked[index].is_open();
            if was_open
                && let Poll::Ready(outcome) = Pin::new(&mut *self.asked[index]).poll(context)
            {
                if let Outcome::Answered(_) = outcome {
                    return Poll::Ready((outcome, index));
                }
                last = index;
            }
        }
        if self.asked.iter().any(|asked| asked.is_open()) {
            return Poll::Pending;
        }
        let answered = Pin::new(&mut *self.asked[last]).poll(context);
        answered.map(|outcome| (outcome, last))
    }
}

impl System<'_> {
    /// Asks, as the policy of the site says, until there is an answer, no attempt is left, or
    /// patience ends.
    pub(crate) async fn call(&self, calling: &Calling<'_>) -> Outcome {
        let policy = self.policy(calling.site);
        if policy.fan_out.is_some() && calling.copy.is_none() {
            // In a box, so that calls that are no fan-outs need no room for one.
            return Box::pin(self.fan_out(calling)).await;
        }
        let limit = calling.limit.min(self.sim.now() + policy.deadline);
        if let Some(budget) = &policy.budget {
            self.policy_state(calling.site, calling.here)
                .spending
                .deposit(budget);
        }
        let mut pause = Span::ZERO;
        let mut attempt = 0;
        loop {
            let outcome = self.attempt(calling, attempt, limit).await;
            attempt += 1;
            if !self.is_to_retry(calling, outcome, attempt, limit) {
                return outcome;
            }
            let dice = self.question_of(calling, 0, 0).dice;
            pause = self
                .policy(calling.site)
                .backoff
                .pause(attempt, pause, dice);
            let left = limit.since(self.sim.now());
            self.sim.sleep(pause.min(left), Wait::Backoff).await;
            if limit <= self.sim.now() {
                return Outcome::Failed(Failure::TimedOut);
            }
        }
    }

    fn is_to_retry(
        &self,
        calling: &Calling<'_>,
        outcome: Outcome,
        attempts: u32,
        limit: Time,
    ) -> bool {
        let policy = self.policy(calling.site);
        let Outcome::Failed(failure) = outcome else {
            return false;
        };
        let is_moot = match calling.asker {
            Asker::Question(fan_out) => calling.is_leg && !self.sim.is_awaited(fan_out),
            Asker::Visit(_) => false,
        };
        let may = !is_moot
            && attempts < policy.attempts
            && policy.retry_on.contains(&failure)
            && self.sim.now() < limit;
        if !may {
            return false;
        }
        let state = self.policy_state(calling.site, calling.here);
        let is_allowed = policy
            .budget
            .as_ref()
            .is_none_or(|budget| state.spending.withdraw(budget));
        if !is_allowed {
            self.count(calling.here, Count::RetriesDenied);
        }
        is_allowed
    }

    /// One attempt, with its hedge. Its time is split into the waits of who answered and network;
    /// where it comes to nothing, all of it is lost.
    async fn attempt(&self, calling: &Calling<'_>, attempt: u32, limit: Time) -> Outcome {
        let began = self.sim.now();
        let policy = self.policy(calling.site);
        let expires = limit.min(began + policy.timeout);
        let hedge_after = policy
            .hedge_after
            .filter(|_| self.has_another_instance(calling));
        let hedge_at = hedge_after.map_or(Time::NEVER, |after| began + after);
        let mut sent = began;
        let Some(mut asked) = self.ask(calling, attempt, 0, None) else {
            return Outcome::Failed(Failure::Rejected);
        };
        let mut outcome = self.sim.before(expires.min(hedge_at), &mut asked).await;
        if outcome.is_none() && hedge_at < expires {
            // In a box, so that attempts that need no hedge need no room for one.
            let hedged = Box::pin(self.hedge(calling, attempt, expires, &mut asked)).await;
            outcome = hedged.map(|(outcome, _)| outcome);
            if let Some((_, true)) = hedged {
                sent = hedge_at;
            }
        }
        if outcome == Some(Outcome::Failed(Failure::Behind)) {
            sent = self.sim.now();
            // Out of line, so that the frame has room for one question only.
            outcome = match self.ask_primary(calling, attempt, &mut asked) {
                true => self.sim.before(expires, &mut asked).await,
                false => Some(Outcome::Failed(Failure::Rejected)),
            };
        }
        if outcome.is_none() {
            asked.ending = Ending::TimedOut;
        }
        self.account_for_attempt(began, sent, outcome, &asked);
        outcome.unwrap_or(Outcome::Failed(Failure::TimedOut))
    }

    /// Sends the question to the primary in place of what was `asked`, if the gates let it.
    fn ask_primary<'s>(
        &'s self,
        calling: &Calling<'_>,
        attempt: u32,
        asked: &mut Asked<'s>,
    ) -> bool {
        let again = self.ask(calling, attempt, 2, None);
        let is_sent = again.is_some();
        if let Some(again) = again {
            *asked = again;
        }
        is_sent
    }

    /// Sends a second copy and waits for the first success of both; says whether it was the copy's,
    /// which takes the place of what was `asked` then.
    async fn hedge<'s>(
        &'s self,
        calling: &Calling<'_>,
        attempt: u32,
        expires: Time,
        asked: &mut Asked<'s>,
    ) -> Option<(Outcome, bool)> {
        let Some(mut copy) = self.ask(calling, attempt, 1, Some(asked.attempt.instance)) else {
            let outcome = self.sim.before(expires, asked).await?;
            return Some((outcome, false));
        };
        let both = FirstSuccess {
            asked: [asked, &mut copy],
        };
        let Some((outcome, first)) = self.sim.before(expires, both).await else {
            copy.ending = Ending::TimedOut;
            return None;
        };
        let is_of_copy = first == 1;
        if is_of_copy {
            std::mem::swap(asked, &mut copy);
        }
        Some((outcome, is_of_copy))
    }

    /// Whether a hedge has another instance to go to: a write has only the primary, and a copy for
    /// each instance has only its own.
    fn has_another_instance(&self, calling: &Calling<'_>) -> bool {
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

    fn account_for_attempt(
        &self,
        began: Time,
        sent: Time,
        outcome: Option<Outcome>,
        asked: &Asked<'_>,
    ) {
        let now = self.sim.now();
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

    /// Sends a question to an instance that the policy picks, if its gates let it.
    fn ask(
        &self,
        calling: &Calling<'_>,
        attempt: u32,
        copy: u32,
        avoid: Option<u32>,
    ) -> Option<Asked<'_>> {
        let policy = self.policy(calling.site);
        let state = self.policy_state(calling.site, calling.here);
        let context = self.question_of(calling, attempt, copy);
        let instance = self.choose(calling, policy, &context, copy, avoid, state);
        let target = self.plan.sites[usize::from(calling.site.0)].to;
        let attempt = Attempt { instance };
        if let Some(gates) = &policy.gates {
            if let Some(rejected) = state.gates().rejects(gates, &attempt) {
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
            is_degraded: false,
        });
        state.balance.begin(instance);
        let promise = answer.promise();
        match fate {
            Fate::Delivered(delay) => self.sim.start_after(delay, Command::Serve(promise)),
            Fate::Lost => self.sim.forsake(promise),
            Fate::Held => self.network.hold(
                (self.class(from), self.class(to)),
                Parcel::Question(promise),
            ),
        }
        Some(Asked {
            system: self,
            answer,
            site: calling.site,
            here: from,
            attempt,
            cancels: policy.cancels,
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
            is_degraded: false,
        }
    }

    fn choose(
        &self,
        calling: &Calling<'_>,
        policy: &CallPolicy,
        context: &Context,
        copy: u32,
        avoid: Option<u32>,
        state: &PolicyState,
    ) -> u32 {
        let target = self.plan.sites[usize::from(calling.site.0)].to;
        let count = self.plan.nodes[target.index()].instances;
        let pick = |first, count| {
            state
                .balance
                .pick(policy.balance, first, count, avoid, context.dice)
        };
        if policy.fan_out.is_some_and(|fan| fan.to_each) {
            return u32::from(calling.copy.unwrap_or(0));
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
                Reads::Nearest => self.nearest(calling.here, target, avoid),
                Reads::Sticky if context.session == NO_SESSION => pick(0, count),
                Reads::Sticky => {
                    let home = context.session % count;
                    if avoid == Some(home) {
                        (home + 1) % count
                    } else {
                        home
                    }
                }
                Reads::WaitForVersion(_) => pick(1, count - 1),
            };
        }
        pick(0, count)
    }

    /// What becomes of a question that is sent now.
    fn send_question(&self, from: PlaceId, to: PlaceId, context: &Context) -> Fate {
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
