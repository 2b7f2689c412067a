//! W2: clients, a balancer and three stages. Ports take no time: who sends schedules the sending
//! on itself, as the delay in the example of the documentation does.

use super::{duration, span};
use crate::spans::Spans;
use ::nexosim::model::{BuildContext, Context, Model, ProtoModel, schedulable};
use ::nexosim::ports::{Output, QuerySource};
use ::nexosim::simulation::{EventKey, Mailbox, SimInit, SimulationError};
use ::nexosim::time::MonotonicTime;
use benches::three_stages::Outcome;
use serde::{Deserialize, Serialize};
use sim_core::measure::Histogram;
use std::collections::VecDeque;
use std::time::Duration;

const SERVERS: u32 = 8;
const HOP: Duration = Duration::from_millis(10);
const TIMEOUT: Duration = Duration::from_secs(50);

/// A request carries when it was made, and what to cancel when it is answered.
#[derive(Clone, Serialize, Deserialize)]
struct Request {
    arrived: MonotonicTime,
    timeout: EventKey,
}

#[derive(Serialize, Deserialize)]
struct Clients {
    requests: Output<Request>,
    left: u64,
}

/// What cannot be saved of the clients.
struct Log {
    gaps: Spans,
    outcome: Outcome,
}

impl Default for Log {
    fn default() -> Log {
        Log {
            gaps: Spans::new("clients", "arrivals", 1.0 / 6.4),
            outcome: nothing(),
        }
    }
}

#[Model(type Env = Log)]
impl Clients {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, log: &mut Log) {
        self.next(cx, log);
    }

    fn next(&mut self, cx: &Context<Self>, log: &mut Log) {
        if 0 < self.left {
            self.left -= 1;
            let gap = duration(log.gaps.draw());
            let scheduled = cx.schedule_event(gap, schedulable!(Self::arrive), ());
            scheduled.expect("no gap is zero");
        }
    }

    #[nexosim(schedulable)]
    fn arrive(&mut self, _: (), cx: &Context<Self>, log: &mut Log) {
        let timeout = cx.schedule_keyed_event(TIMEOUT, schedulable!(Self::time_out), ());
        let request = Request {
            arrived: cx.time(),
            timeout: timeout.expect("timeouts are in the future"),
        };
        let scheduled = cx.schedule_event(HOP, schedulable!(Self::send), request);
        scheduled.expect("hops take time");
        self.next(cx, log);
    }

    #[nexosim(schedulable)]
    async fn send(&mut self, request: Request) {
        self.requests.send(request).await;
    }

    fn answered(&mut self, request: Request, cx: &Context<Self>, log: &mut Log) {
        let latency = span(request.arrived, cx.time());
        if duration(latency) < TIMEOUT {
            request.timeout.cancel();
            log.outcome.latency.record(latency);
        }
    }

    #[nexosim(schedulable)]
    fn time_out(&mut self, _: (), _: &Context<Self>, log: &mut Log) {
        log.outcome.timed_out += 1;
    }

    async fn outcome(&mut self, _: (), _: &Context<Self>, log: &mut Log) -> Outcome {
        std::mem::replace(&mut log.outcome, nothing())
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Balancer {
    requests: Output<Request>,
}

#[Model]
impl Balancer {
    fn receive(&mut self, request: Request, cx: &Context<Self>) {
        let scheduled = cx.schedule_event(HOP, schedulable!(Self::send), request);
        scheduled.expect("hops take time");
    }

    #[nexosim(schedulable)]
    async fn send(&mut self, request: Request) {
        self.requests.send(request).await;
    }
}

#[derive(Serialize, Deserialize)]
struct Stage {
    served: Output<Request>,
    free: u32,
    waiting: VecDeque<Request>,
}

#[Model(type Env = Spans)]
impl Stage {
    fn enter(&mut self, request: Request, cx: &Context<Self>, services: &mut Spans) {
        if self.free == 0 {
            self.waiting.push_back(request);
        } else {
            self.free -= 1;
            serve(request, cx, services);
        }
    }

    #[nexosim(schedulable)]
    fn leave(&mut self, request: Request, cx: &Context<Self>, services: &mut Spans) {
        let scheduled = cx.schedule_event(HOP, schedulable!(Self::send), request);
        scheduled.expect("hops take time");
        match self.waiting.pop_front() {
            Some(waiting) => serve(waiting, cx, services),
            None => self.free += 1,
        }
    }

    #[nexosim(schedulable)]
    async fn send(&mut self, request: Request) {
        self.served.send(request).await;
    }
}

fn serve(request: Request, cx: &Context<Stage>, services: &mut Spans) {
    let service = duration(services.draw());
    let scheduled = cx.schedule_event(service, schedulable!(Stage::leave), request);
    scheduled.expect("no service is zero");
}

/// A stage before it is part of a simulation.
struct StageOf {
    name: &'static str,
    served: Output<Request>,
}

impl ProtoModel for StageOf {
    type Model = Stage;

    fn build(self, _: &mut BuildContext<Self>) -> (Stage, Spans) {
        let stage = Stage {
            served: self.served,
            free: SERVERS,
            waiting: VecDeque::new(),
        };
        (stage, Spans::new(self.name, "work", 1.0))
    }
}

/// What comes of so many requests.
pub(crate) fn run(requests: u64) -> Outcome {
    simulate(requests).expect("the models are sound")
}

fn simulate(requests: u64) -> Result<Outcome, SimulationError> {
    let mut bench = SimInit::with_num_threads(1);
    let clients_mailbox = Mailbox::new();
    let outcome = QuerySource::new()
        .connect(Clients::outcome, &clients_mailbox)
        .register(&mut bench);
    let mut served = Output::default();
    served.connect(Clients::answered, &clients_mailbox);
    for name in ["three", "two", "one"] {
        let mailbox = Mailbox::new();
        let mut to_it = Output::default();
        to_it.connect(Stage::enter, &mailbox);
        bench = bench.add_model(StageOf { name, served }, mailbox, name);
        served = to_it;
    }
    let balancer = Balancer { requests: served };
    let mut clients = Clients {
        requests: Output::default(),
        left: requests,
    };
    let mailbox = Mailbox::new();
    clients.requests.connect(Balancer::receive, &mailbox);
    let mut simulation = bench
        .add_model(balancer, mailbox, "balancer")
        .add_model(clients, clients_mailbox, "clients")
        .init(MonotonicTime::EPOCH)?;
    simulation.run()?;
    Ok(simulation.process_query(&outcome, ())?)
}

fn nothing() -> Outcome {
    Outcome {
        latency: Histogram::new(3),
        timed_out: 0,
    }
}
