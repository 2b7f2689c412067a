//! The hold model: a model that schedules each event on itself again.

use super::duration;
use crate::spans::Spans;
use ::nexosim::model::{Context, Model, schedulable};
use ::nexosim::simulation::{Mailbox, SimInit, Simulation};
use ::nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use sim_core::Time;

#[derive(Serialize, Deserialize)]
struct Holder {
    pending: u32,
}

/// What cannot be saved of the holder.
struct Draws(Spans);

impl Default for Draws {
    fn default() -> Draws {
        Draws(Spans::new("hold", "spans", 1.0))
    }
}

#[Model(type Env = Draws)]
impl Holder {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, draws: &mut Draws) {
        for event in 0..self.pending {
            self.due(event, cx, draws);
        }
    }

    #[nexosim(schedulable)]
    fn due(&mut self, event: u32, cx: &Context<Self>, draws: &mut Draws) {
        let span = duration(draws.0.draw());
        let scheduled = cx.schedule_event(span, schedulable!(Self::due), event);
        scheduled.expect("no span is zero");
    }
}

/// The hold model.
pub(crate) struct Hold(Simulation);

impl Hold {
    /// The model with this many pending events.
    pub(crate) fn new(pending: u32) -> Hold {
        let bench = SimInit::with_num_threads(1)
            .add_model(Holder { pending }, Mailbox::new(), "hold")
            .init(MonotonicTime::EPOCH);
        Hold(bench.expect("the model begins"))
    }

    /// Lets the events of so many moments happen, and returns the last moment. One moment
    /// in ten thousand is of more than one event when 100 thousand are pending.
    pub(crate) fn run(&mut self, holds: u64) -> Time {
        for _ in 0..holds {
            self.0.step().expect("nothing goes wrong in a step");
        }
        let since_start = self.0.time().duration_since(MonotonicTime::EPOCH);
        Time(since_start.as_nanos() as u64)
    }
}
