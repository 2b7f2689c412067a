//! W2: clients, a balancer and three stages. A message carries when its request was made and what
//! to cancel when it is answered, as a response carries the time of its request in the example of
//! the documentation.

use super::SEED;
use crate::spans::Spans;
use ::simcore::{Event, EventHandler, EventId, Id, Simulation, SimulationContext, cast};
use benches::three_stages::Outcome;
use serde::Serialize;
use sim_core::Span;
use sim_core::measure::Histogram;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

const SERVERS: u32 = 8;
const HOP: f64 = 0.01;
const TIMEOUT: f64 = 50.0;

#[derive(Clone, Serialize)]
struct Request {
    arrived: f64,
    timeout: EventId,
}

/// A request that comes over the network.
#[derive(Clone, Serialize)]
struct Message {
    request: Request,
}

#[derive(Clone, Serialize)]
struct Arrival {}

#[derive(Clone, Serialize)]
struct Timeout {}

/// A stage has served a request.
#[derive(Clone, Serialize)]
struct Done {
    request: Request,
}

struct Clients {
    ctx: SimulationContext,
    gaps: Spans,
    left: u64,
    balancer: Id,
    outcome: Outcome,
}

impl Clients {
    fn next(&mut self) {
        if 0 < self.left {
            self.left -= 1;
            let gap = self.gaps.draw().as_seconds();
            self.ctx.emit_self(Arrival {}, gap);
        }
    }

    fn ask(&mut self) {
        let request = Request {
            arrived: self.ctx.time(),
            timeout: self.ctx.emit_ordered_self(Timeout {}, TIMEOUT),
        };
        self.ctx.emit(Message { request }, self.balancer, HOP);
        self.next();
    }

    fn answered(&mut self, request: &Request) {
        let latency = self.ctx.time() - request.arrived;
        if latency < TIMEOUT {
            self.ctx.cancel_event(request.timeout);
            self.outcome.latency.record(Span::seconds(latency));
        }
    }
}

impl EventHandler for Clients {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Arrival {} => {
                self.ask();
            }
            Message { request } => {
                self.answered(&request);
            }
            Timeout {} => {
                self.outcome.timed_out += 1;
            }
        });
    }
}

struct Balancer {
    ctx: SimulationContext,
    stage: Id,
}

impl EventHandler for Balancer {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Message { request } => {
                self.ctx.emit(Message { request }, self.stage, HOP);
            }
        });
    }
}

struct Stage {
    ctx: SimulationContext,
    services: Spans,
    next: Id,
    free: u32,
    waiting: VecDeque<Request>,
}

impl Stage {
    fn enter(&mut self, request: Request) {
        if self.free == 0 {
            self.waiting.push_back(request);
        } else {
            self.free -= 1;
            self.serve(request);
        }
    }

    fn serve(&mut self, request: Request) {
        let service = self.services.draw().as_seconds();
        self.ctx.emit_self(Done { request }, service);
    }

    fn leave(&mut self, request: Request) {
        self.ctx.emit(Message { request }, self.next, HOP);
        match self.waiting.pop_front() {
            Some(waiting) => self.serve(waiting),
            None => self.free += 1,
        }
    }
}

impl EventHandler for Stage {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Message { request } => {
                self.enter(request);
            }
            Done { request } => {
                self.leave(request);
            }
        });
    }
}

/// What comes of so many requests.
pub(crate) fn run(requests: u64) -> Outcome {
    let mut sim = Simulation::new(SEED);
    let ctx = sim.create_context("clients");
    let mut next = ctx.id();
    for name in ["three", "two", "one"] {
        let stage = Stage {
            ctx: sim.create_context(name),
            services: Spans::new(name, "work", 1.0),
            next,
            free: SERVERS,
            waiting: VecDeque::new(),
        };
        next = sim.add_handler(name, Rc::new(RefCell::new(stage)));
    }
    let balancer = Balancer {
        ctx: sim.create_context("balancer"),
        stage: next,
    };
    let clients = Rc::new(RefCell::new(Clients {
        ctx,
        gaps: Spans::new("clients", "arrivals", 1.0 / 6.4),
        left: requests,
        balancer: sim.add_handler("balancer", Rc::new(RefCell::new(balancer))),
        outcome: nothing(),
    }));
    sim.add_handler("clients", clients.clone());
    clients.borrow_mut().next();
    sim.step_until_no_events();
    std::mem::replace(&mut clients.borrow_mut().outcome, nothing())
}

fn nothing() -> Outcome {
    Outcome {
        latency: Histogram::new(3),
        timed_out: 0,
    }
}
