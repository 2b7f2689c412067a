//! W1: clients that send each customer through a port, and a server that schedules departures on
//! itself.

use super::{duration, span};
use crate::spans::Spans;
use ::nexosim::model::{Context, Model, schedulable};
use ::nexosim::ports::{Output, QuerySource};
use ::nexosim::simulation::{Mailbox, SimInit, SimulationError};
use ::nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use sim_core::measure::Histogram;
use std::collections::VecDeque;

#[derive(Serialize, Deserialize)]
struct Clients {
    customers: Output<()>,
    left: u64,
}

/// What cannot be saved of the clients.
struct Gaps(Spans);

impl Default for Gaps {
    fn default() -> Gaps {
        Gaps(Spans::new("clients", "arrivals", 1.0 / 0.9))
    }
}

#[Model(type Env = Gaps)]
impl Clients {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, gaps: &mut Gaps) {
        self.next(cx, gaps);
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, _: (), cx: &Context<Self>, gaps: &mut Gaps) {
        self.customers.send(()).await;
        self.next(cx, gaps);
    }

    fn next(&mut self, cx: &Context<Self>, gaps: &mut Gaps) {
        if 0 < self.left {
            self.left -= 1;
            let gap = duration(gaps.0.draw());
            let scheduled = cx.schedule_event(gap, schedulable!(Self::arrive), ());
            scheduled.expect("no gap is zero");
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Server {
    /// When those came who are here, the one who is served first.
    present: VecDeque<MonotonicTime>,
}

/// What cannot be saved of the server.
struct Desk {
    services: Spans,
    sojourns: Histogram,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk {
            services: Spans::new("server", "work", 1.0),
            sojourns: Histogram::new(3),
        }
    }
}

#[Model(type Env = Desk)]
impl Server {
    fn enter(&mut self, _: (), cx: &Context<Self>, desk: &mut Desk) {
        if self.present.is_empty() {
            serve(cx, desk);
        }
        self.present.push_back(cx.time());
    }

    #[nexosim(schedulable)]
    fn leave(&mut self, _: (), cx: &Context<Self>, desk: &mut Desk) {
        if let Some(arrived) = self.present.pop_front() {
            desk.sojourns.record(span(arrived, cx.time()));
        }
        if !self.present.is_empty() {
            serve(cx, desk);
        }
    }

    async fn sojourns(&mut self, _: (), _: &Context<Self>, desk: &mut Desk) -> Histogram {
        std::mem::replace(&mut desk.sojourns, Histogram::new(3))
    }
}

fn serve(cx: &Context<Server>, desk: &mut Desk) {
    let service = duration(desk.services.draw());
    let scheduled = cx.schedule_event(service, schedulable!(Server::leave), ());
    scheduled.expect("no service is zero");
}

/// The sojourns of so many customers.
pub(crate) fn run(customers: u64) -> Histogram {
    simulate(customers).expect("the models are sound")
}

fn simulate(customers: u64) -> Result<Histogram, SimulationError> {
    let mut clients = Clients {
        customers: Output::default(),
        left: customers,
    };
    let (clients_mailbox, server_mailbox) = (Mailbox::new(), Mailbox::new());
    clients.customers.connect(Server::enter, &server_mailbox);
    let mut bench = SimInit::with_num_threads(1);
    let sojourns = QuerySource::new()
        .connect(Server::sojourns, &server_mailbox)
        .register(&mut bench);
    let mut simulation = bench
        .add_model(clients, clients_mailbox, "clients")
        .add_model(Server::default(), server_mailbox, "server")
        .init(MonotonicTime::EPOCH)?;
    simulation.run()?;
    Ok(simulation.process_query(&sojourns, ())?)
}
