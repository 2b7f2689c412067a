//! The engine through its public face.

mod chaos;
mod limits;
mod order;
mod permits;
mod places;
mod promises;

use sim_core::{
    Budget, Frames, Launch, PlaceId, Pool, Promise, Reply, Sim, Span, Stopped, Time, World,
};
use std::cell::RefCell;

/// An answer: whether it is a good one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Value(bool);

impl Reply for Value {
    fn is_success(&self) -> bool {
        self.0
    }
}

/// A command: starts a process at a place, which does what a test lets this number do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Job {
    number: u32,
    place: u32,
    promise: Promise,
}

/// A job somewhere where it is never slow.
fn job(number: u32) -> Job {
    job_at(number, PlaceId::NOWHERE)
}

fn job_at(number: u32, place: PlaceId) -> Job {
    Job {
        number,
        place: place.0,
        promise: Promise::NONE,
    }
}

/// Lets every job start a process.
struct Plain;

impl World<Job> for Plain {
    fn arrive(&self, job: Job) -> Option<Launch> {
        Some(Launch {
            pool: 0,
            place: PlaceId(job.place),
        })
    }

    fn place(&self, job: Job) -> PlaceId {
        PlaceId(job.place)
    }

    fn discard(&self, _: Job) {}
}

const PLENTY: Budget = Budget {
    events: 100_000_000,
    bytes: 1 << 32,
};

/// Runs one kind of process until all is quiet.
fn run<T, F: Future<Output = ()>>(
    sim: &Sim<Job, Value, T>,
    budget: Budget,
    body: impl Fn(Job) -> F,
) -> Result<(), Stopped> {
    let mut pools: [Box<dyn Pool<Job> + '_>; 1] = [Box::new(Frames::new("test", body))];
    sim.run(&Plain, &mut pools, budget)
}

/// What happened, and when.
#[derive(Default)]
struct Log(RefCell<Vec<(u64, u32)>>);

impl Log {
    fn note(&self, now: Time, what: u32) {
        self.0.borrow_mut().push((now.0, what));
    }

    #[track_caller]
    fn check(&self, expected: &[(u64, u32)]) {
        assert_eq!(*self.0.borrow(), expected);
    }
}

const fn at(nanos: u64) -> Time {
    Time(nanos)
}

const fn ns(nanos: u64) -> Span {
    Span(nanos)
}
