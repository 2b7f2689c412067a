//! Meters: what a run measures at each node.

use crate::{Breakdown, Busiest, Cause, Failure};
use sim_core::measure::{Calibration, Counter, Gauge, Histogram};
use sim_core::{Span, Time, Waits};
use std::cell::{Cell, RefCell};

/// Who counts something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Party {
    /// Clients.
    Clients,
    /// Whoever asks: clients, services and caches.
    Caller,
    /// Whoever has places for work: services and databases.
    Server,
    /// Whoever is asked: services, caches and databases.
    Target,
    /// Services.
    Service,
    /// Caches.
    Cache,
    /// Databases.
    Database,
}

/// Lists the counts: a name, its metric, who counts it, whether it is a price, and what it is.
macro_rules! counts {
    ($($count:ident = $name:literal, $party:ident, $price:ident, $what:literal;)*) => {
        /// What models count beyond arrivals, errors and queues.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub enum Count {
            $(#[doc = $what] $count,)*
        }

        impl Count {
            /// All counts, in order.
            pub const ALL: &[Count] = &[$(Count::$count),*];

            /// What metrics call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Count::$count => $name,)*
                }
            }

            /// Who counts it.
            pub const fn party(self) -> Party {
                match self {
                    $(Count::$count => Party::$party,)*
                }
            }

            /// Whether the bill of a variant states it.
            pub const fn is_price(self) -> bool {
                match self {
                    $(Count::$count => counts!($price),)*
                }
            }

            /// What it is, in a few words.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Count::$count => $what,)*
                }
            }
        }
    };
    (price) => { true };
    (plain) => { false };
}

counts! {
    Hits = "hits", Cache, plain, "answered from the store while fresh";
    Misses = "misses", Cache, plain, "nothing fresh was there";
    Fills = "fills", Cache, plain, "fills that began, refreshes not among them";
    DuplicateFills = "duplicate_fills", Cache, price, "fills that landed on a key that was fresh again";
    Joined = "joined", Cache, price, "waits for a fill that somebody else had begun";
    StaleServed = "stale_served", Cache, price, "answers from an expired entry";
    Refreshes = "refreshes", Cache, plain, "refreshes that began";
    Evictions = "evictions", Cache, plain, "entries that had to go to make room";
    AcquireTimeouts = "acquire_timeouts", Database, plain, "waited too long for a connection";
    Commits = "commits", Database, plain, "writes that were committed";
    Conflicts = "conflicts", Database, price, "conditional writes that came too late";
    LockTimeouts = "lock_timeouts", Database, plain, "writes that waited too long for a lock";
    RetriesDenied = "retries_denied", Caller, price, "retries that the budget did not allow";
    BulkheadRejected = "bulkhead_rejected", Caller, price, "attempts that a bulkhead had no room for";
    BreakerRejected = "breaker_rejected", Caller, price, "attempts that an open circuit breaker kept back";
    BreakerOpened = "breaker_opened", Caller, plain, "times that a circuit breaker opened";
    Ejections = "ejections", Caller, plain, "instances taken out of rotation because their calls failed";
    MarkedUnhealthy = "marked_unhealthy", Caller, plain, "instances taken out of rotation because their checks failed";
    FalseEjections = "false_ejections", Caller, price, "instances taken out of rotation while up and at full speed";
    PanicPicks = "panic_picks", Caller, price, "attempts that went to anybody, as too few instances seemed well";
    ThrottleRejected = "throttle_rejected", Caller, price, "attempts that a client held back by adaptive throttling";
    LimitRejected = "limit_rejected", Caller, price, "attempts beyond an adaptive limit on concurrency";
    HedgesDenied = "hedges_denied", Caller, price, "hedges that their budget did not allow";
    PartialAnswers = "partial_answers", Caller, plain, "fan-outs that went on without some answers";
    MissingAnswers = "missing_answers", Caller, price, "answers that fan-outs went on without";
    ReadsAnswered = "reads_answered", Clients, plain, "reads that were answered";
    StaleReads = "stale_reads", Clients, plain, "answers that missed an acknowledged write";
    Shed = "shed", Service, price, "requests that were shed";
    Admitted = "admitted", Service, plain, "let in by the rate limiter";
    Unchecked = "unchecked", Service, price, "let in as the store of the rate limiter did not answer";
    Crashes = "crashes", Target, plain, "instances that died";
    GrayErrors = "gray_errors", Target, plain, "answered `unavailable` at once by an instance that is sick";
    OutOfMemory = "out_of_memory", Service, price, "times that an instance ran out of memory";
    Pauses = "pauses", Service, plain, "pauses of an instance that began";
    Fallbacks = "fallbacks", Service, price, "calls that failed and had something in their place";
    TiedTwice = "tied_twice", Server, price, "tied requests that were at work elsewhere when their work began here";
    ExpiredRejected = "expired_rejected", Service, price, "calls that came to be served when too little time was left";
    GoodRefused = "good_refused", Server, price, "refused while an instance had a free place";
}

/// Lists the levels: a name, its metric, whose it is, and what it is.
macro_rules! levels {
    ($($level:ident = $name:literal, $party:ident, $what:literal;)*) => {
        /// What models keep the level of, averaged over time, beyond calls and places.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub enum Level {
            $(#[doc = $what] $level,)*
        }

        impl Level {
            /// All levels, in order.
            pub const ALL: &[Level] = &[$(Level::$level),*];

            /// What metrics call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Level::$level => $name,)*
                }
            }

            /// Who keeps it.
            pub const fn party(self) -> Party {
                match self {
                    $(Level::$level => Party::$party,)*
                }
            }

            /// What it is, in a few words.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Level::$level => $what,)*
                }
            }
        }
    };
}

levels! {
    ConcurrencyLimit = "concurrency_limit", Caller, "the adaptive limits on concurrency, of all instances together";
    BreakersOpen = "breakers_open", Caller, "circuit breakers that are not closed";
}

/// What is measured at a node of any kind.
pub struct Meters {
    /// Calls that arrived, by cause (requests that were offered, for clients).
    pub calls: [Counter; Cause::ALL.len()],
    /// Calls that were refused.
    pub refused: Counter,
    /// Calls that ended with a failure, by kind.
    pub errors: [Counter; Failure::ALL.len()],
    /// Calls in the node.
    pub in_flight: Gauge,
    /// Calls that wait for a place.
    pub queue: Gauge,
    /// Places that are taken.
    pub busy: Gauge,
    /// Busy nanoseconds that nobody waited for.
    pub wasted: Counter,
    /// Time waited for a place, of calls that got one in the measured time.
    pub place_wait: Histogram,
    /// What models count, by [`Count`].
    pub counts: [Counter; Count::ALL.len()],
    /// What models keep the level of, by [`Level`].
    pub levels: [Gauge; Level::ALL.len()],
    /// What a rate limiter has let in: the most within one of its windows.
    pub admitted: Busiest,
    /// Replicas: time from the commit of a write to its application at a replica.
    pub lag: Histogram,
    /// Replicas: writes committed and not yet applied, over all replicas.
    pub backlog: Gauge,
    /// Instances that callers keep out of rotation, added up over the callers.
    pub out_of_rotation: Gauge,
    sojourns: Cell<u128>,
    arrivals: Cell<u128>,
}

impl Default for Meters {
    fn default() -> Self {
        Meters {
            calls: Default::default(),
            refused: Counter::default(),
            errors: Default::default(),
            in_flight: Gauge::default(),
            queue: Gauge::default(),
            busy: Gauge::default(),
            wasted: Counter::default(),
            place_wait: Histogram::new(3),
            counts: std::array::from_fn(|_| Counter::default()),
            levels: Default::default(),
            admitted: Busiest::default(),
            lag: Histogram::new(3),
            backlog: Gauge::default(),
            out_of_rotation: Gauge::default(),
            sojourns: Cell::default(),
            arrivals: Cell::default(),
        }
    }
}

impl Meters {
    /// Something enters the node.
    pub(crate) fn enter(&self, calibration: &Calibration, now: Time) {
        self.in_flight.change(calibration, now, 1);
        self.arrivals.set(self.arrivals.get() + u128::from(now.0));
    }

    /// Something that arrived then leaves the node.
    pub(crate) fn leave(&self, calibration: &Calibration, now: Time, arrived: Time) {
        self.in_flight.change(calibration, now, -1);
        self.arrivals
            .set(self.arrivals.get() - u128::from(arrived.0));
        self.sojourns
            .set(self.sojourns.get() + u128::from(now.since(arrived).0));
    }

    /// Accounts for the time up to the end of the run, and asserts Little's law: the integral of
    /// the number in the node is the sum of the times spent there (Little, 1961).
    pub(crate) fn settle(&self, calibration: &Calibration, end: Time, name: &str) {
        let gauges = [&self.in_flight, &self.queue, &self.busy, &self.backlog];
        let out = [&self.out_of_rotation];
        for gauge in gauges.into_iter().chain(&self.levels).chain(out) {
            gauge.settle(calibration, end);
        }
        let inside = u128::from(self.in_flight.value());
        let unfinished = inside * u128::from(end.0) - self.arrivals.get();
        assert_eq!(
            self.in_flight.integral(),
            self.sojourns.get() + unfinished,
            "Little's law does not hold at {name}"
        );
    }
}

/// What is measured at a clients node besides.
pub struct ClientMeters {
    /// Ends of measured requests.
    pub ends: Ends,
    /// Latency of answered measured requests.
    pub latency: Histogram,
    /// Time until measured requests failed or gave up.
    pub time_to_failure: Histogram,
    /// Age of stale answers.
    pub stale_age: Histogram,
    /// By how many versions stale answers were behind.
    pub stale_versions: Cell<u64>,
    /// Time by kind of wait over answered measured requests.
    pub waits: RefCell<Waits>,
    /// The same by node, over those of them that were traced.
    pub breakdown: RefCell<Breakdown>,
    /// By window of intended arrival, measured or not.
    pub windows: RefCell<Vec<ClientWindow>>,
}

/// How measured requests ended.
#[derive(Default)]
pub struct Ends {
    /// All of them.
    pub offered: Cell<u64>,
    /// Answered in time.
    pub in_time: Cell<u64>,
    /// Answered late.
    pub late: Cell<u64>,
    /// Failed, by kind.
    pub failed: [Cell<u64>; Failure::ALL.len()],
    /// The client left.
    pub gave_up: Cell<u64>,
    /// Of those answered, in time or late, with a degraded answer.
    pub degraded: Cell<u64>,
}

impl Ends {
    /// Requests whose end is known.
    pub fn decided(&self) -> u64 {
        let failed: u64 = self.failed.iter().map(Cell::get).sum();
        self.in_time.get() + self.late.get() + failed + self.gave_up.get()
    }

    /// Requests that were not decided when the run ended.
    pub fn undecided(&self) -> u64 {
        self.offered.get() - self.decided()
    }
}

/// A window of a clients node, by intended arrival.
pub struct ClientWindow {
    /// Requests that arrived.
    pub offered: u64,
    /// Of them, answered in time.
    pub in_time: u64,
    /// Latencies of those that were answered.
    pub latency: Histogram,
}

impl Default for ClientWindow {
    fn default() -> Self {
        ClientWindow {
            offered: 0,
            in_time: 0,
            latency: Histogram::new(2),
        }
    }
}

impl Default for ClientMeters {
    fn default() -> Self {
        ClientMeters {
            ends: Ends::default(),
            latency: Histogram::new(3),
            time_to_failure: Histogram::new(3),
            stale_age: Histogram::new(3),
            stale_versions: Cell::default(),
            waits: RefCell::default(),
            breakdown: RefCell::default(),
            windows: RefCell::default(),
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// With an answer.
    Answered {
        /// Whether it lacks something that it should have.
        degraded: bool,
    },
    /// With a failure.
    Failed(Failure),
    /// The client left.
    GaveUp,
}

impl End {
    /// Whether there was an answer.
    pub fn is_answered(self) -> bool {
        matches!(self, End::Answered { .. })
    }
}

impl ClientMeters {
    pub(crate) fn offer(&self, calibration: &Calibration, arrived: Time) {
        if calibration.covers(arrived) {
            self.ends.offered.set(self.ends.offered.get() + 1);
        }
        self.in_window(calibration, arrived, |window| window.offered += 1);
    }

    pub(crate) fn end(
        &self,
        calibration: &Calibration,
        arrived: Time,
        took: Span,
        end: End,
        good_within: Span,
        waits: &Waits,
    ) {
        let in_time = end.is_answered() && took <= good_within;
        if end.is_answered() {
            self.in_window(calibration, arrived, |window| {
                window.in_time += u64::from(in_time);
                window.latency.record(took);
            });
        }
        if !calibration.covers(arrived) {
            return;
        }
        let ends = &self.ends;
        let counter = match end {
            End::Answered { .. } if in_time => &ends.in_time,
            End::Answered { .. } => &ends.late,
            End::Failed(failure) => &ends.failed[failure_index(failure)],
            End::GaveUp => &ends.gave_up,
        };
        counter.set(counter.get() + 1);
        if let End::Answered { degraded: true } = end {
            ends.degraded.set(ends.degraded.get() + 1);
        }
        if end.is_answered() {
            self.latency.record(took);
            self.waits.borrow_mut().add_all(waits);
        } else {
            self.time_to_failure.record(took);
        }
    }

    fn in_window(
        &self,
        calibration: &Calibration,
        arrived: Time,
        change: impl FnOnce(&mut ClientWindow),
    ) {
        let Some(index) = calibration.window_of(arrived) else {
            return;
        };
        let mut windows = self.windows.borrow_mut();
        if windows.len() <= index {
            windows.resize_with(index + 1, ClientWindow::default);
        }
        change(&mut windows[index]);
    }
}

/// The place of a failure in [`Failure::ALL`]; what callers never see counts as unavailable.
pub(crate) fn failure_index(failure: Failure) -> usize {
    match failure {
        Failure::Behind => Failure::Unavailable as usize,
        failure => failure as usize,
    }
}
