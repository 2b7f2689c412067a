//! Questions and answers: what travels between nodes.

use crate::{NodeId, SiteId, TenantId};
use sim_core::{Dice, PlaceId, Position, Promise, Purpose, Reply, Span, Time, Waits};

/// What starts processes, and what else happens to a system.
#[derive(Clone, Copy, Debug)]
pub enum Command {
    /// The requests of a clients node arrive.
    Generate(NodeId),
    /// A user of a closed loop.
    User(NodeId, u32),
    /// A request of a clients node, by number.
    Visit(NodeId, u32),
    /// The key that this write has written is read back, by a session that has seen this position
    /// of the log.
    ReadBack(NodeId, u32, u32),
    /// A question has arrived at the place where it is to be answered.
    Serve(Promise),
    /// A shallow health check has arrived at the place that it asks.
    Ping(Promise),
    /// A caller at this place checks an instance of whom it calls.
    Check(SiteId, PlaceId, u32),
    /// A place for work has been given to a question that waited for it.
    Begin(Promise),
    /// Nobody waits for this answer any more.
    Cancel(Promise),
    /// The other copy of a tied request has begun.
    CallOffTied(Promise),
    /// A question has waited long enough for a place.
    AcquireTimeout(Promise),
    /// One of the calls of a fan-out, by site and copy.
    Leg(Promise, SiteId, u16),
    /// A fill of a cache.
    Fill(Promise),
    /// A replica of a database has received the log up to this position.
    Replicate(PlaceId, u32),
    /// A replica applies what it has received.
    Apply(PlaceId),
    /// The primary learns that a replica has the log up to this position.
    Acknowledge(PlaceId, u32),
    /// An instance asks the store of its rate limiter what the others have let in, the n-th time.
    Synchronise(PlaceId, u32),
    /// A fault begins.
    Begins(u32),
    /// A fault ends.
    Ends(u32),
    /// An instance stands still.
    Pause(PlaceId),
    /// An instance goes on.
    Resume(PlaceId),
    /// An instance that ran out of memory is back.
    Restart(PlaceId),
    /// The run ends.
    Finish,
}

/// What a question ends with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// An answer.
    Answered(Value),
    /// None, and why.
    Failed(Failure),
}

/// An answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value {
    /// The version of the key; 0 before the first write.
    pub version: u32,
    /// How far the log of the database was.
    pub position: u32,
    /// Which database it comes from; `NO_SOURCE` when from none.
    pub source: u16,
    /// Whether it lacks something that it should have.
    pub is_degraded: bool,
}

/// The source of a value that comes from no database.
pub const NO_SOURCE: u16 = u16::MAX;

impl Default for Value {
    fn default() -> Self {
        Value {
            version: 0,
            position: 0,
            source: NO_SOURCE,
            is_degraded: false,
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Failure {
    /// The caller stopped waiting.
    TimedOut,
    /// There was no room, or nobody listened.
    Refused,
    /// It was chosen not to be served.
    Shed,
    /// Who was at work died.
    Reset,
    /// The other side answered that it cannot.
    Unavailable,
    /// The other side answered that the caller asks too often (HTTP 429).
    Throttled,
    /// What was to be written had changed since its caller read it (HTTP 412).
    Conflict,
    /// The caller's own policy did not let the attempt through.
    Rejected,
    /// A replica has not caught up; the caller's driver asks the primary.
    Behind,
}

impl Failure {
    /// The kinds that callers see, in order.
    pub const ALL: [Failure; 8] = [
        Failure::TimedOut,
        Failure::Refused,
        Failure::Shed,
        Failure::Reset,
        Failure::Unavailable,
        Failure::Throttled,
        Failure::Conflict,
        Failure::Rejected,
    ];

    /// What scenarios and reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Failure::TimedOut => "timed-out",
            Failure::Refused => "refused",
            Failure::Shed => "shed",
            Failure::Reset => "reset",
            Failure::Unavailable => "unavailable",
            Failure::Throttled => "throttled",
            Failure::Conflict => "conflict",
            Failure::Rejected => "rejected",
            Failure::Behind => "behind",
        }
    }
}

impl Reply for Outcome {
    fn is_success(&self) -> bool {
        matches!(self, Outcome::Answered(_))
    }
}

/// Why a call was made. A call inherits its parent's cause unless that is `First`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Cause {
    /// Because somebody wants to know.
    First,
    /// Because an attempt failed.
    Retry,
    /// Because an answer is slow.
    Hedge,
    /// Because a cache entry gets old.
    Refresh,
    /// Because replicas follow their primary.
    Replication,
    /// To see whether somebody is there.
    Probe,
}

impl Cause {
    /// All causes, in order.
    pub const ALL: [Cause; 6] = [
        Cause::First,
        Cause::Retry,
        Cause::Hedge,
        Cause::Refresh,
        Cause::Replication,
        Cause::Probe,
    ];

    /// What reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::First => "first",
            Cause::Retry => "retry",
            Cause::Hedge => "hedge",
            Cause::Refresh => "refresh",
            Cause::Replication => "replication",
            Cause::Probe => "probe",
        }
    }
}

/// What a question is about: all that it hands on to the questions asked on its behalf.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The question on whose behalf this is asked; `NONE` for a client's own.
    pub parent: Promise,
    /// The dice of this attempt and copy.
    pub dice: Dice,
    /// The dice that all attempts and copies share.
    pub request_dice: Dice,
    /// Which request it serves, for the notes.
    pub request: u64,
    /// What is asked for.
    pub key: u32,
    /// How large its value is.
    pub bytes: u32,
    /// The session of the client; `NO_SESSION` without one.
    pub session: u32,
    /// How far in a database's log the session has seen; of a conditional write, the version of the key
    /// that its caller has read.
    pub seen: u32,
    /// When an answer is of no use to who asks any more, where a deadline travels with it.
    pub deadline: Time,
    /// On whose account it is asked.
    pub tenant: TenantId,
    /// Why it is asked.
    pub cause: Cause,
    /// Who goes first.
    pub priority: u8,
    /// Whether it writes.
    pub is_write: bool,
    /// Whether its work is of use even when nobody waits: it will be stored.
    pub leaves_something: bool,
    /// Whether it has another copy, which is called off when its work begins.
    pub is_tied: bool,
}

impl Context {
    /// A read of `key` with these dice on nobody's behalf.
    pub(crate) fn about(dice: Dice, key: u32) -> Context {
        Context {
            parent: Promise::NONE,
            dice,
            request_dice: dice,
            request: 0,
            key,
            bytes: 1,
            session: NO_SESSION,
            seen: 0,
            deadline: Time::NEVER,
            tenant: TenantId(0),
            cause: Cause::First,
            priority: 0,
            is_write: false,
            is_tied: false,
            leaves_something: false,
        }
    }

    /// The dice for a piece of work that takes `slower` times as long as usual.
    #[inline]
    pub(crate) fn work_dice(&self, slower: f64) -> WorkDice {
        WorkDice {
            attempt: self.dice,
            request: self.request_dice,
            slower,
        }
    }
}

/// The dice for a piece of work: of this attempt and copy, and of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkDice {
    pub(crate) attempt: Dice,
    pub(crate) request: Dice,
    slower: f64,
}

impl WorkDice {
    /// The same dice for work that takes so many times as long.
    #[inline]
    pub(crate) fn slowed(self, slower: f64) -> WorkDice {
        WorkDice { slower, ..self }
    }

    /// How long a piece of work takes; `index` tells pieces of one question apart.
    #[inline]
    pub(crate) fn span_of(&self, work: &crate::plan::Work, index: u32) -> Span {
        let dice = if work.per_request {
            self.request
        } else {
            self.attempt
        };
        let span = work.span.sample_with(|| dice.uniform(Purpose::Work, index));
        match self.slower {
            1.0 => span,
            slower => Span::nanos(span.0 as f64 * slower),
        }
    }
}

/// The session of a request that has none.
pub const NO_SESSION: u32 = u32::MAX;

/// The record of a question, for as long as somebody waits for it or works on it.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// What it is about.
    pub context: Context,
    /// Who asks.
    pub from: PlaceId,
    /// Who is asked.
    pub to: PlaceId,
    /// When it arrived there.
    pub arrived: Time,
    /// What its answer has waited for so far.
    pub waits: Waits,
    /// Where it waits for a place.
    pub position: Option<Position>,
    /// After how long to try again, as who turned it away has said; zero when nothing was said.
    pub retry_after: Span,
    /// Whether its answer will lack something that it should have.
    pub is_degraded: bool,
}

impl Question {
    /// Time between the question's arrival and `now`.
    pub fn age(&self, now: Time) -> Span {
        now.since(self.arrived)
    }
}
