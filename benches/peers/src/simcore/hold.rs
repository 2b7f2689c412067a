//! The hold model: a component that sends itself each event again.

use super::SEED;
use crate::spans::Spans;
use ::simcore::{Event, EventHandler, Simulation, SimulationContext, cast};
use serde::Serialize;
use sim_core::{Span, Time};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone, Serialize)]
struct Due {
    event: u32,
}

struct Holder {
    ctx: SimulationContext,
    spans: Spans,
}

impl Holder {
    fn push(&mut self, event: u32) {
        let span = self.spans.draw().as_seconds();
        self.ctx.emit_self(Due { event }, span);
    }
}

impl EventHandler for Holder {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Due { event } => {
                self.push(event);
            }
        });
    }
}

/// The hold model.
pub(crate) struct Hold(Simulation);

impl Hold {
    /// The model with this many pending events.
    pub(crate) fn new(pending: u32) -> Hold {
        let mut sim = Simulation::new(SEED);
        let mut holder = Holder {
            ctx: sim.create_context("hold"),
            spans: Spans::new("hold", "spans", 1.0),
        };
        for event in 0..pending {
            holder.push(event);
        }
        sim.add_handler("hold", Rc::new(RefCell::new(holder)));
        Hold(sim)
    }

    /// Lets so many events happen, and returns the time of the last.
    pub(crate) fn run(&mut self, holds: u64) -> Time {
        self.0.steps(holds);
        Time::ZERO + Span::seconds(self.0.time())
    }
}
