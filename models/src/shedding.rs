//! Shedding: a service answers some requests at once that it does not serve them, to be in time for the others.

mod codel;

pub use codel::{Codel, CodelVariant};

use crate::extras::Extras;
use crate::question::{Failure, Outcome};
use crate::serving::InstanceState;
use crate::system::System;
use crate::{Count, Happening};
use codel::CodelState;
use sim_core::{PlaceId, Promise, Span, Time};
use std::cell::Cell;

/// When a service turns requests away; what is missing turns nobody away.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Shed {
    /// On arrival, when so many wait at the instance.
    pub depth: Option<u32>,
    /// On arrival, by priority.
    pub classes: Vec<ClassLimit>,
    /// When its turn comes, and it has waited longer than this.
    pub age: Option<Span>,
    /// When its turn comes, by how long others have waited (Nichols and Jacobson, 2012).
    pub codel: Option<Codel>,
}

/// How much of an instance a class may fill: requests of this priority number and higher ones are turned
/// away beyond it, so that the rest stays for the more important.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ClassLimit {
    /// The lowest priority number of the class.
    pub priority: u8,
    /// The share of the places that may be taken when one of them comes.
    pub places: Option<f64>,
    /// The share of the queue that may be taken.
    pub queue: Option<f64>,
}

/// What shedding remembers at an instance.
#[derive(Default)]
pub(crate) struct Shedding {
    codel: Cell<CodelState>,
}

impl Shed {
    /// Whether a question is turned away that has just come.
    fn turns_away(&self, state: &InstanceState, priority: u8) -> bool {
        let permits = &state.permits;
        let is_full = |share: Option<f64>, taken: u32, of: u32| {
            share.is_some_and(|share| share * f64::from(of) <= f64::from(taken))
        };
        let excludes = |class: &ClassLimit| {
            class.priority <= priority
                && (is_full(class.places, permits.taken(), permits.size())
                    || is_full(class.queue, permits.waiting(), permits.capacity()))
        };
        self.depth.is_some_and(|most| most <= permits.waiting())
            || self.classes.iter().any(excludes)
    }

    /// Whether a question is turned away whose turn comes now, having arrived then.
    fn drops(&self, state: &InstanceState, arrived: Time, now: Time) -> bool {
        let waited = now.since(arrived);
        let is_dropped = self.codel.is_some_and(|codel| {
            let mut memory = state.shedding.codel.get();
            let is_last = state.permits.waiting() == 0;
            let drops = memory.drops(&codel, arrived, now, is_last);
            state.shedding.codel.set(memory);
            drops
        });
        is_dropped || self.age.is_some_and(|most| most < waited)
    }
}

impl System<'_> {
    /// Sheds a question that has just come, if that is what to do.
    pub(crate) fn sheds_on_arrival(
        &self,
        extras: &Extras,
        place: PlaceId,
        promise: Promise,
    ) -> bool {
        let Some(shed) = &extras.shed else {
            return false;
        };
        let state = &self.instances[place.0 as usize];
        let priority = self
            .sim
            .with_record(promise, |question| question.context.priority);
        let is_shed = priority.is_some_and(|priority| shed.turns_away(state, priority));
        if is_shed {
            self.count(place, Count::Shed);
            self.turn_away(promise, Failure::Shed, "sheds it");
        }
        is_shed
    }

    /// A question has been let in: CoDel notices when a queue begins.
    pub(crate) fn notice_queue(&self, extras: &Extras, state: &InstanceState) {
        if extras.shed.is_some() && state.permits.waiting() == 1 {
            let mut memory = state.shedding.codel.get();
            memory.begins_to_queue(self.sim.now());
            state.shedding.codel.set(memory);
        }
    }

    /// Sheds a question that has waited and to which a place has been given, if that is what to do; the
    /// place goes to the next then.
    pub(crate) fn sheds_at_turn(&self, promise: Promise, place: PlaceId) -> bool {
        let extras = self.extras(self.node_of(place));
        let Some(shed) = extras.and_then(|extras| extras.shed.as_ref()) else {
            return false;
        };
        let state = &self.instances[place.0 as usize];
        let asked = self.sim.with_record(promise, |question| *question);
        let Some(question) = asked else { return false };
        if !shed.drops(state, question.arrived, self.sim.now()) {
            return false;
        }
        drop(state.permits.held(&self.sim));
        self.sim
            .with_record(promise, |question| question.position = None);
        self.count_out_of_queue(&question);
        self.count(place, Count::Shed);
        self.note(place, Happening::Refusal, question.context.request, || {
            format!("sheds it after {}", question.age(self.sim.now()))
        });
        self.send_reply(promise, Outcome::Failed(Failure::Shed));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::{Order, Permits};

    fn ms(millis: u64) -> Time {
        Time::ZERO + Span::millis(millis)
    }

    /// An instance of 10 workers and room for 20, of which so many are taken.
    fn instance(working: u32, waiting: u32) -> InstanceState {
        let sim = crate::serving::Engine::default();
        let permits = Permits::new(10, 20, Order::Fifo);
        for _ in 0..working + waiting {
            permits.enter(&sim, crate::Command::Finish, 0);
        }
        InstanceState::with(permits)
    }

    #[test]
    fn depth_counts_those_who_wait_and_not_those_at_work() {
        let shed = Shed {
            depth: Some(3),
            ..Shed::default()
        };
        assert!(!shed.turns_away(&instance(10, 2), 0));
        assert!(shed.turns_away(&instance(10, 3), 0));
    }

    #[test]
    fn a_class_leaves_the_rest_to_the_more_important() {
        let limit = |places, queue| Shed {
            classes: vec![ClassLimit {
                priority: 2,
                places,
                queue,
            }],
            ..Shed::default()
        };
        let of_places = limit(Some(0.8), None);
        assert!(!of_places.turns_away(&instance(7, 0), 2));
        assert!(of_places.turns_away(&instance(8, 0), 2));
        assert!(of_places.turns_away(&instance(8, 0), 5));
        assert!(!of_places.turns_away(&instance(10, 19), 1));
        let of_queue = limit(None, Some(0.5));
        assert!(!of_queue.turns_away(&instance(10, 9), 2));
        assert!(of_queue.turns_away(&instance(10, 10), 2));
    }

    #[test]
    fn who_has_waited_too_long_is_dropped() {
        let shed = Shed {
            age: Some(Span::millis(5)),
            ..Shed::default()
        };
        let state = instance(10, 1);
        assert!(!shed.drops(&state, ms(0), ms(5)));
        assert!(shed.drops(&state, ms(0), ms(6)));
    }
}
