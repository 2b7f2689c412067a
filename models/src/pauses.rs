//! Stop-the-world pauses: an instance stands still now and then, as for a garbage collection.

use crate::serving::Health;
use crate::system::System;
use crate::{Command, Count, NodeId};
use sim_core::{Distribution, Launch, PlaceId, Span, Stream};
use std::cell::RefCell;

/// When the instances of a service stand still.
#[derive(Clone, Debug)]
pub struct Pauses {
    /// From the beginning of one to that of the next.
    pub every: Distribution,
    /// How long one is.
    pub length: Distribution,
    /// Whether all instances pause together.
    pub aligned: bool,
}

/// The draws of an instance's pauses; nothing where there are none.
pub(crate) type PauseStream = RefCell<Option<Stream>>;

/// The shortest time from one pause to the next, so that time goes on.
const SHORTEST: Span = Span(1_000);

impl System<'_> {
    /// Lets the pauses of a node's instances begin, each at some time within a first distance.
    pub(crate) fn begin_pauses(&self, node: NodeId, pauses: &Pauses) {
        let plan = &self.plan.nodes[node.index()];
        let sources = if pauses.aligned { 1 } else { plan.instances };
        for instance in 0..sources {
            let place = self.instance(node, instance);
            let name = format!("{}/{instance}", plan.name);
            let mut stream = Stream::new(self.seed, self.run, &name, "pauses");
            let phase = stream.uniform();
            let first = pauses.every.sample(stream.uniform()).0 as f64 * phase;
            *self.instances[place.0 as usize].pauses.borrow_mut() = Some(stream);
            self.sim
                .start_after(Span::nanos(first), Command::Pause(place));
        }
    }

    /// A pause begins at an instance, or with it at all others.
    pub(crate) fn begin_pause(&self, place: PlaceId) -> Option<Launch> {
        let pauses = self.extras(self.node_of(place))?.pauses.as_ref()?;
        let (length, gap) = {
            let mut stream = self.instances[place.0 as usize].pauses.borrow_mut();
            let stream = stream.as_mut()?;
            let length = pauses.length.sample(stream.uniform());
            (length, pauses.every.sample(stream.uniform()))
        };
        for place in self.paused_with(place, pauses) {
            // Who is dead does not pause.
            if self.instances[place.0 as usize].health.get() == Health::Up {
                self.count(place, Count::Pauses);
                self.sim.pause(place);
                self.sim.start_after(length, Command::Resume(place));
            }
        }
        let next = gap.max(length).max(SHORTEST);
        self.sim.start_after(next, Command::Pause(place));
        None
    }

    /// A pause ends at an instance.
    pub(crate) fn end_pause(&self, place: PlaceId) -> Option<Launch> {
        self.sim.resume(place);
        None
    }

    fn paused_with(&self, place: PlaceId, pauses: &Pauses) -> impl Iterator<Item = PlaceId> {
        let instances = self.plan.nodes[self.node_of(place).index()].instances;
        let count = if pauses.aligned { instances } else { 1 };
        (place.0..place.0 + count).map(PlaceId)
    }
}
