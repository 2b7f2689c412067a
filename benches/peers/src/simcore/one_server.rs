//! W1: clients that hand each customer to the server, and a server that sends itself departures.

use super::SEED;
use crate::spans::Spans;
use ::simcore::{Event, EventHandler, Simulation, SimulationContext, cast};
use serde::Serialize;
use sim_core::Span;
use sim_core::measure::Histogram;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

#[derive(Clone, Serialize)]
struct Arrival {}

#[derive(Clone, Serialize)]
struct Departure {}

struct Clients {
    ctx: SimulationContext,
    gaps: Spans,
    left: u64,
    /// Called directly, as the documentation advises where an event would take no time.
    server: Rc<RefCell<Server>>,
}

impl Clients {
    fn next(&mut self) {
        if 0 < self.left {
            self.left -= 1;
            let gap = self.gaps.draw().as_seconds();
            self.ctx.emit_self(Arrival {}, gap);
        }
    }
}

impl EventHandler for Clients {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Arrival {} => {
                self.server.borrow_mut().enter();
                self.next();
            }
        });
    }
}

struct Server {
    ctx: SimulationContext,
    services: Spans,
    /// When those came who are here, the one who is served first.
    present: VecDeque<f64>,
    sojourns: Histogram,
}

impl Server {
    fn enter(&mut self) {
        if self.present.is_empty() {
            self.serve();
        }
        self.present.push_back(self.ctx.time());
    }

    fn serve(&mut self) {
        let service = self.services.draw().as_seconds();
        self.ctx.emit_self(Departure {}, service);
    }

    fn leave(&mut self) {
        if let Some(arrived) = self.present.pop_front() {
            let sojourn = self.ctx.time() - arrived;
            self.sojourns.record(Span::seconds(sojourn));
        }
        if !self.present.is_empty() {
            self.serve();
        }
    }
}

impl EventHandler for Server {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Departure {} => {
                self.leave();
            }
        });
    }
}

/// The sojourns of so many customers.
pub(crate) fn run(customers: u64) -> Histogram {
    let mut sim = Simulation::new(SEED);
    let server = Rc::new(RefCell::new(Server {
        ctx: sim.create_context("server"),
        services: Spans::new("server", "work", 1.0),
        present: VecDeque::new(),
        sojourns: Histogram::new(3),
    }));
    let mut clients = Clients {
        ctx: sim.create_context("clients"),
        gaps: Spans::new("clients", "arrivals", 1.0 / 0.9),
        left: customers,
        server: server.clone(),
    };
    clients.next();
    sim.add_handler("clients", Rc::new(RefCell::new(clients)));
    sim.add_handler("server", server.clone());
    sim.step_until_no_events();
    let sojourns = &mut server.borrow_mut().sojourns;
    std::mem::replace(sojourns, Histogram::new(3))
}
