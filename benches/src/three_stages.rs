//! W2: Poisson clients at 6.4 per second, a balancer, three stages of 8 servers each with
//! exponential service of 1 s, 10 ms of network on each of the 5 hops, and a timeout of 50 s that
//! is armed and called off for each request. Theory: three queues M/M/8 in a row, 3.9081 s.

use crate::hold::PLENTY;
use crate::reference::Wheel;
use sim_core::measure::Histogram;
use sim_core::{
    Distribution, Entrance, Frames, Launch, Order, Permits, PlaceId, Pool, Promise, Reply, Sim,
    Span, Stream, Time, Wait, World,
};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// The mean latency by theory, in seconds: Erlang C in each stage.
pub const MEAN_LATENCY: f64 = 3.908_1;

/// How many requests are made in a second.
pub const RATE: f64 = 6.4;

const STAGES: usize = 3;
const SERVERS: u32 = 8;
const HOP: Span = Span(10_000_000);
const TIMEOUT: Span = Span(50_000_000_000);

/// The draws of both sides.
struct Draws {
    gaps: Distribution,
    services: Distribution,
    arrivals: Stream,
    work: [Stream; STAGES],
}

impl Draws {
    fn new() -> Draws {
        let exponential = |mean: f64| {
            Distribution::exponential(Span::seconds(mean)).expect("the mean is above zero")
        };
        Draws {
            gaps: exponential(1.0 / RATE),
            services: exponential(1.0),
            arrivals: Stream::new(1, 0, "clients", "arrivals"),
            work: ["one", "two", "three"].map(|stage| Stream::new(1, 0, stage, "work")),
        }
    }

    #[inline]
    fn gap(&mut self) -> Span {
        self.gaps.sample(self.arrivals.uniform())
    }

    #[inline]
    fn service(&mut self, stage: usize) -> Span {
        self.services.sample(self.work[stage].uniform())
    }
}

/// What came out.
pub struct Outcome {
    /// Latencies of the requests that were answered in time.
    pub latency: Histogram,
    /// Requests that timed out.
    pub timed_out: u64,
}

/// An event of the loop by hand.
#[derive(Clone, Copy)]
enum Event {
    Arrive,
    Balance(u32),
    Enter(u8, u32),
    Leave(u8, u32),
    Reply(u32),
    Timeout(u32, u32),
}

#[derive(Clone, Copy)]
struct Request {
    arrived: Time,
    generation: u32,
}

struct Stage {
    free: u32,
    waiting: VecDeque<u32>,
}

/// The loop by hand.
struct ByHand {
    wheel: Wheel<Event>,
    now: Time,
    draws: Draws,
    requests: Vec<Request>,
    unused: Vec<u32>,
    stages: [Stage; STAGES],
    outcome: Outcome,
}

/// By hand: a wheel of plain events, a slab of requests, and timeouts that find their request
/// gone. Without `has_timeouts` none are armed.
pub fn by_hand(requests: u64, has_timeouts: bool) -> Outcome {
    let mut world = ByHand {
        wheel: Wheel::default(),
        now: Time::ZERO,
        draws: Draws::new(),
        requests: Vec::new(),
        unused: Vec::new(),
        stages: std::array::from_fn(|_| Stage {
            free: SERVERS,
            waiting: VecDeque::new(),
        }),
        outcome: Outcome::new(),
    };
    let mut arrivals = requests;
    let gap = world.draws.gap();
    world.after(gap, Event::Arrive);
    while let Some((time, event)) = world.wheel.pop() {
        world.now = Time(time);
        match event {
            Event::Arrive => {
                let request = world.open();
                world.after(HOP, Event::Balance(request));
                if has_timeouts {
                    let generation = world.requests[request as usize].generation;
                    world.after(TIMEOUT, Event::Timeout(request, generation));
                }
                arrivals -= 1;
                if 0 < arrivals {
                    let gap = world.draws.gap();
                    world.after(gap, Event::Arrive);
                }
            }
            Event::Balance(request) => world.after(HOP, Event::Enter(0, request)),
            Event::Enter(stage, request) => world.enter(stage, request),
            Event::Leave(stage, request) => world.leave(stage, request),
            Event::Reply(request) => {
                let latency = world.now.since(world.requests[request as usize].arrived);
                world.outcome.latency.record(latency);
                world.close(request);
            }
            Event::Timeout(request, generation) => {
                if world.requests[request as usize].generation == generation {
                    unreachable!("no request here takes 50 s");
                }
            }
        }
    }
    world.outcome
}

impl ByHand {
    #[inline]
    fn after(&mut self, span: Span, event: Event) {
        self.wheel.push((self.now + span).0, event);
    }

    fn open(&mut self) -> u32 {
        let request = self.unused.pop().unwrap_or_else(|| {
            self.requests.push(Request {
                arrived: Time::ZERO,
                generation: 0,
            });
            self.requests.len() as u32 - 1
        });
        self.requests[request as usize].arrived = self.now;
        request
    }

    fn close(&mut self, request: u32) {
        self.requests[request as usize].generation += 1;
        self.unused.push(request);
    }

    fn enter(&mut self, stage: u8, request: u32) {
        let place = &mut self.stages[usize::from(stage)];
        if place.free == 0 {
            place.waiting.push_back(request);
            return;
        }
        place.free -= 1;
        let service = self.draws.service(usize::from(stage));
        self.after(service, Event::Leave(stage, request));
    }

    fn leave(&mut self, stage: u8, request: u32) {
        let next = stage + 1;
        let event = if usize::from(next) < STAGES {
            Event::Enter(next, request)
        } else {
            Event::Reply(request)
        };
        self.after(HOP, event);
        match self.stages[usize::from(stage)].waiting.pop_front() {
            Some(waiting) => {
                let service = self.draws.service(usize::from(stage));
                self.after(service, Event::Leave(stage, waiting));
            }
            None => self.stages[usize::from(stage)].free += 1,
        }
    }
}

impl Outcome {
    fn new() -> Outcome {
        Outcome {
            latency: Histogram::new(3),
            timed_out: 0,
        }
    }
}

/// What happens: the next request is made, comes to the balancer, comes to a stage, is served
/// there after it waited, and leaves it.
#[derive(Clone, Copy)]
enum Command {
    Arrive,
    Balance(Promise),
    Enter(u8, Promise),
    Begin(u8, Promise),
    Leave(u8, Promise),
}

/// The answer that each request waits for.
#[derive(Clone, Copy)]
struct Done;

impl Reply for Done {
    fn is_success(&self) -> bool {
        true
    }
}

/// Through the engine: a process for each request, which waits for its answer.
struct Pipeline {
    has_processes: bool,
    sim: Sim<Command, Done, ()>,
    stages: [Permits<Command>; STAGES],
    draws: RefCell<Draws>,
    timeout: Span,
    to_come: Cell<u64>,
    outcome: RefCell<Outcome>,
}

/// Through the engine, the stages by commands alone, as in a simulator of events. Without
/// `has_timeouts` none are armed.
pub fn on_engine(requests: u64, has_timeouts: bool) -> Outcome {
    run(requests, has_timeouts, false)
}

/// Through the engine, with a process for each request that is served at a stage.
pub fn by_processes(requests: u64, has_timeouts: bool) -> Outcome {
    run(requests, has_timeouts, true)
}

fn run(requests: u64, has_timeouts: bool, has_processes: bool) -> Outcome {
    let world = Pipeline {
        has_processes,
        sim: Sim::default(),
        stages: std::array::from_fn(|_| Permits::new(SERVERS, u32::MAX, Order::Fifo)),
        draws: RefCell::new(Draws::new()),
        timeout: if has_timeouts { TIMEOUT } else { Span::FOREVER },
        to_come: Cell::new(requests),
        outcome: RefCell::new(Outcome::new()),
    };
    world.expect_next();
    let mut pools: [Box<dyn Pool<Command> + '_>; 2] = [
        Box::new(Frames::new("request", |_| world.visit())),
        Box::new(Frames::new("service", |command| world.serve(command))),
    ];
    let ended = world.sim.run(&world, &mut pools, PLENTY);
    ended.expect("nothing stands still");
    drop(pools);
    world.outcome.into_inner()
}

impl Pipeline {
    fn expect_next(&self) {
        let left = self.to_come.get();
        if 0 < left {
            self.to_come.set(left - 1);
            let gap = self.draws.borrow_mut().gap();
            self.sim.start_after(gap, Command::Arrive);
        }
    }

    async fn visit(&self) {
        let arrived = self.sim.now();
        let answer = self.sim.promise(());
        self.sim
            .start_after(HOP, Command::Balance(answer.promise()));
        let done = self.sim.before(arrived + self.timeout, answer).await;
        let mut outcome = self.outcome.borrow_mut();
        match done {
            Some(Done) => outcome.latency.record(self.sim.now().since(arrived)),
            None => outcome.timed_out += 1,
        }
    }

    async fn serve(&self, command: Command) {
        let (Command::Enter(stage, request) | Command::Begin(stage, request)) = command else {
            return;
        };
        let _place = self.stages[usize::from(stage)].held(&self.sim);
        let service = self.draws.borrow_mut().service(usize::from(stage));
        self.sim.sleep(service, Wait::Work).await;
        self.hand_on(stage, request);
    }

    /// Sends a request that was served to the next stage, or its answer back.
    fn hand_on(&self, stage: u8, request: Promise) {
        let next = stage + 1;
        if usize::from(next) < STAGES {
            self.sim.start_after(HOP, Command::Enter(next, request));
        } else {
            self.sim.answer_after(HOP, request, Done);
        }
    }

    /// A request has a place at a stage: how it is served.
    fn begin(&self, stage: u8, request: Promise) -> Option<Launch> {
        if self.has_processes {
            return Some(in_pool(1));
        }
        let service = self.draws.borrow_mut().service(usize::from(stage));
        self.sim
            .start_after(service, Command::Leave(stage, request));
        None
    }
}

fn in_pool(pool: usize) -> Launch {
    Launch {
        pool,
        place: PlaceId::NOWHERE,
    }
}

impl World<Command> for Pipeline {
    fn arrive(&self, command: Command) -> Option<Launch> {
        match command {
            Command::Arrive => {
                self.expect_next();
                Some(in_pool(0))
            }
            Command::Balance(request) => {
                self.sim.start_after(HOP, Command::Enter(0, request));
                None
            }
            Command::Enter(stage, request) => {
                let granted = Command::Begin(stage, request);
                let places = &self.stages[usize::from(stage)];
                match places.enter(&self.sim, granted, 0) {
                    Entrance::Granted => self.begin(stage, request),
                    Entrance::Queued(_) | Entrance::Full => None,
                }
            }
            Command::Begin(stage, request) => self.begin(stage, request),
            Command::Leave(stage, request) => {
                drop(self.stages[usize::from(stage)].held(&self.sim));
                self.hand_on(stage, request);
                None
            }
        }
    }

    fn place(&self, _: Command) -> PlaceId {
        PlaceId::NOWHERE
    }

    fn discard(&self, _: Command) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_come_to_the_same_sum_and_to_theory() {
        let requests = 300_000;
        for has_timeouts in [true, false] {
            let by_hand = by_hand(requests, has_timeouts);
            assert_eq!(by_hand.latency.count(), requests);
            for run in [on_engine, by_processes] {
                let outcome = run(requests, has_timeouts);
                assert_eq!(outcome.latency.sum(), by_hand.latency.sum());
                assert_eq!(outcome.timed_out, 0);
            }
            let mean = by_hand.latency.mean().expect("there are latencies");
            assert!((mean - MEAN_LATENCY).abs() < 0.02, "{mean}");
        }
    }
}
