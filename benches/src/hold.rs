//! The hold model: a fixed number of pending events; each that happens puts itself back an
//! exponential span later (Vaucher and Duval 1975, "A comparison of simulation event list
//! algorithms"). It measures the pending-event set and the loop, and nothing else.

use crate::reference::Wheel;
use sim_core::{
    Budget, Calendar, Distribution, Frames, Launch, PlaceId, Pool, Reply, Sim, Span, Stream, Time,
    World,
};
use std::cell::{Cell, RefCell};

/// The mean span between two happenings of one event.
const MEAN: Span = Span(1_000_000_000);

fn spans() -> (Stream, Distribution) {
    let spans = Distribution::exponential(MEAN).expect("the mean is above zero");
    (Stream::new(1, 0, "hold", "spans"), spans)
}

/// The hold model by hand.
pub struct ByHand {
    wheel: Wheel<u32>,
    stream: Stream,
    spans: Distribution,
    now: u64,
}

impl ByHand {
    /// The model with this many pending events.
    pub fn new(pending: u32) -> ByHand {
        let (stream, spans) = spans();
        let mut hold = ByHand {
            wheel: Wheel::default(),
            stream,
            spans,
            now: 0,
        };
        for event in 0..pending {
            hold.push(event);
        }
        hold
    }

    fn push(&mut self, event: u32) {
        let span = self.spans.sample(self.stream.uniform());
        self.wheel.push(self.now + span.0, event);
    }

    /// Lets so many events happen, and returns the time of the last.
    pub fn run(&mut self, holds: u64) -> Time {
        for _ in 0..holds {
            let Some((time, event)) = self.wheel.pop() else {
                break;
            };
            self.now = time;
            self.push(event);
        }
        Time(self.now)
    }
}

/// The hold model on the engine's calendar alone.
pub struct OnCalendar {
    calendar: Calendar<u32>,
    stream: Stream,
    spans: Distribution,
    now: Time,
}

impl OnCalendar {
    /// The model with this many pending events.
    pub fn new(pending: u32) -> OnCalendar {
        let (stream, spans) = spans();
        let mut hold = OnCalendar {
            calendar: Calendar::default(),
            stream,
            spans,
            now: Time::ZERO,
        };
        for event in 0..pending {
            hold.push(event);
        }
        hold
    }

    fn push(&mut self, event: u32) {
        let span = self.spans.sample(self.stream.uniform());
        self.calendar.push(self.now + span, event);
    }

    /// Lets so many events happen, and returns the time of the last.
    pub fn run(&mut self, holds: u64) -> Time {
        for _ in 0..holds {
            let Some((time, event)) = self.calendar.pop(|_| true) else {
                break;
            };
            self.now = time;
            self.push(event);
        }
        self.now
    }
}

/// No answer is ever awaited here.
#[derive(Clone, Copy)]
struct Never;

impl Reply for Never {
    fn is_success(&self) -> bool {
        false
    }
}

/// The hold model through the engine: each event is a command.
pub struct OnEngine {
    sim: Sim<u32, Never, ()>,
    stream: RefCell<Stream>,
    spans: Distribution,
    left: Cell<u64>,
}

impl OnEngine {
    /// The model with this many pending events.
    pub fn new(pending: u32) -> OnEngine {
        let (stream, spans) = spans();
        let hold = OnEngine {
            sim: Sim::default(),
            stream: RefCell::new(stream),
            spans,
            left: Cell::new(0),
        };
        for event in 0..pending {
            hold.push(event);
        }
        hold
    }

    fn push(&self, event: u32) {
        let uniform = self.stream.borrow_mut().uniform();
        self.sim.start_after(self.spans.sample(uniform), event);
    }

    /// Lets so many events happen, and returns the time of the last.
    pub fn run(&mut self, holds: u64) -> Time {
        self.left.set(holds);
        let mut pools: [Box<dyn Pool<u32>>; 1] =
            [Box::new(Frames::new("none", |_| std::future::ready(())))];
        let ended = self.sim.run(self, &mut pools, PLENTY);
        ended.expect("nothing stands still");
        self.sim.now()
    }
}

impl World<u32> for OnEngine {
    fn arrive(&self, event: u32) -> Option<Launch> {
        self.push(event);
        self.left.set(self.left.get() - 1);
        if self.left.get() == 0 {
            self.sim.stop();
        }
        None
    }

    fn place(&self, _: u32) -> PlaceId {
        PlaceId::NOWHERE
    }

    fn discard(&self, _: u32) {}
}

/// A budget that no workload here reaches.
pub(crate) const PLENTY: Budget = Budget {
    events: u64::MAX,
    bytes: usize::MAX,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_come_to_the_same_moment_and_to_theory() {
        let (pending, holds) = (1_000, 200_000);
        let by_hand = ByHand::new(pending).run(holds);
        assert_eq!(OnCalendar::new(pending).run(holds), by_hand);
        assert_eq!(OnEngine::new(pending).run(holds), by_hand);
        // Events come at a rate of `pending` per mean: so many take this long, within 4 errors.
        let expected = holds as f64 / f64::from(pending);
        let error = (holds as f64).sqrt() / f64::from(pending);
        assert!((by_hand.as_seconds() - expected).abs() < 4.0 * error);
    }
}
