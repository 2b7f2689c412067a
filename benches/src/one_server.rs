//! W1: one server, Poisson arrivals at 0.9 per second, exponential service of 1 s, every sojourn
//! recorded. Theory: a mean sojourn of 1 / (1 - 0.9) = 10 s (M/M/1).

use crate::hold::PLENTY;
use sim_core::measure::Histogram;
use sim_core::{
    Distribution, Entrance, Frames, Launch, Order, Permits, PlaceId, Pool, Reply, Sim, Span,
    Stream, Time, Wait, World,
};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// The mean sojourn by theory, in seconds.
pub const MEAN_SOJOURN: f64 = 10.0;

/// The draws of both sides.
struct Draws {
    gaps: Distribution,
    services: Distribution,
    arrivals: Stream,
    work: Stream,
}

impl Draws {
    fn new() -> Draws {
        let exponential = |mean: f64| {
            Distribution::exponential(Span::seconds(mean)).expect("the mean is above zero")
        };
        Draws {
            gaps: exponential(1.0 / 0.9),
            services: exponential(1.0),
            arrivals: Stream::new(1, 0, "clients", "arrivals"),
            work: Stream::new(1, 0, "server", "work"),
        }
    }

    #[inline]
    fn gap(&mut self) -> Span {
        self.gaps.sample(self.arrivals.uniform())
    }

    #[inline]
    fn service(&mut self) -> Span {
        self.services.sample(self.work.uniform())
    }
}

/// By hand: two clocks and a queue of arrival times.
pub fn by_hand(customers: u64) -> Histogram {
    let sojourns = Histogram::new(3);
    let mut draws = Draws::new();
    let mut waiting: VecDeque<Time> = VecDeque::new();
    let mut arrival = Time::ZERO + draws.gap();
    let mut departure = Time::NEVER;
    let mut arrived = 0;
    loop {
        if arrival <= departure && arrived < customers {
            arrived += 1;
            if waiting.is_empty() {
                departure = arrival + draws.service();
            }
            waiting.push_back(arrival);
            arrival = arrival + draws.gap();
            continue;
        }
        let Some(since) = waiting.pop_front() else {
            return sojourns;
        };
        sojourns.record(departure.since(since));
        departure = if waiting.is_empty() {
            Time::NEVER
        } else {
            departure + draws.service()
        };
    }
}

/// What happens: the next customer comes, one that waited is served, one leaves.
#[derive(Clone, Copy)]
enum Command {
    Arrive,
    Begin(Time),
    Leave(Time),
}

/// No answer is awaited here.
#[derive(Clone, Copy)]
struct Never;

impl Reply for Never {
    fn is_success(&self) -> bool {
        false
    }
}

/// Through the engine.
struct Queue {
    has_processes: bool,
    sim: Sim<Command, Never, ()>,
    server: Permits<Command>,
    draws: RefCell<Draws>,
    to_come: Cell<u64>,
    sojourns: Histogram,
}

/// Through the engine, by commands alone, as in a simulator of events.
pub fn on_engine(customers: u64) -> Histogram {
    run(customers, false)
}

/// Through the engine, with a process for each customer that is served.
pub fn by_processes(customers: u64) -> Histogram {
    run(customers, true)
}

fn run(customers: u64, has_processes: bool) -> Histogram {
    let queue = Queue {
        has_processes,
        sim: Sim::default(),
        server: Permits::new(1, u32::MAX, Order::Fifo),
        draws: RefCell::new(Draws::new()),
        to_come: Cell::new(customers),
        sojourns: Histogram::new(3),
    };
    queue.expect_next();
    let mut pools: [Box<dyn Pool<Command> + '_>; 1] =
        [Box::new(Frames::new("customer", |command| {
            queue.serve(command)
        }))];
    let ended = queue.sim.run(&queue, &mut pools, PLENTY);
    ended.expect("nothing stands still");
    drop(pools);
    queue.sojourns
}

impl Queue {
    fn expect_next(&self) {
        let left = self.to_come.get();
        if 0 < left {
            self.to_come.set(left - 1);
            let gap = self.draws.borrow_mut().gap();
            self.sim.start_after(gap, Command::Arrive);
        }
    }

    async fn serve(&self, command: Command) {
        let arrived = match command {
            Command::Arrive => self.sim.now(),
            Command::Begin(arrived) | Command::Leave(arrived) => arrived,
        };
        let _place = self.server.held(&self.sim);
        let service = self.draws.borrow_mut().service();
        self.sim.sleep(service, Wait::Work).await;
        self.sojourns.record(self.sim.now().since(arrived));
    }
}

impl World<Command> for Queue {
    fn arrive(&self, command: Command) -> Option<Launch> {
        let now = self.sim.now();
        let arrived = match command {
            Command::Arrive => {
                self.expect_next();
                let granted = Command::Begin(now);
                if self.server.enter(&self.sim, granted, 0) != Entrance::Granted {
                    return None;
                }
                now
            }
            Command::Begin(arrived) => arrived,
            Command::Leave(arrived) => {
                drop(self.server.held(&self.sim));
                self.sojourns.record(now.since(arrived));
                return None;
            }
        };
        if self.has_processes {
            return Some(Launch {
                pool: 0,
                place: PlaceId::NOWHERE,
            });
        }
        let service = self.draws.borrow_mut().service();
        self.sim.start_after(service, Command::Leave(arrived));
        None
    }

    fn place(&self, _: Command) -> PlaceId {
        PlaceId::NOWHERE
    }

    fn discard(&self, _: Command) {}
}

/// The standard error of the mean sojourn of so many customers, in seconds, from the asymptotic
/// variance of the waits (Daley 1968, "The serial correlation coefficients of waiting times in a
/// stationary single server queue"): r (2 + 5 r - 4 r^2 + r^3) / (1 - r)^4.
pub fn standard_error(customers: u64) -> f64 {
    let r: f64 = 0.9;
    let idle = 1.0 - r;
    let variance = r * (2.0 + 5.0 * r - 4.0 * r * r + r * r * r) / (idle * idle * idle * idle);
    (variance / customers as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_come_to_the_same_sum_and_to_theory() {
        let customers = 400_000;
        let by_hand = by_hand(customers);
        assert_eq!(by_hand.count(), customers);
        for run in [on_engine, by_processes] {
            assert_eq!(run(customers).sum(), by_hand.sum());
        }
        let mean = by_hand.mean().expect("there are sojourns");
        assert!(
            (mean - MEAN_SOJOURN).abs() < 4.0 * standard_error(customers),
            "{mean}"
        );
    }
}
