//! Extras: what a service does besides its steps, and what befalls it, each in a file of its own.

use crate::cold_start::ColdStart;
use crate::fallback::Fallback;
use crate::limiter::RateLimit;
use crate::memory::Memory;
use crate::pauses::Pauses;
use crate::plan::NodeParameters;
use crate::serving::InstanceState;
use crate::shedding::Shed;
use crate::system::System;
use crate::{NodeId, SiteId};
use sim_core::{PlaceId, Promise, Sharing};

/// What a service has besides workers and steps; what is missing has no effect.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// How many requests are let in.
    pub rate_limit: Option<RateLimit>,
    /// The weights of tenants where they take fair turns; 1 for those without.
    pub weights: Vec<f64>,
    /// When requests are shed.
    pub shed: Option<Shed>,
    /// How work shares the processor of an instance.
    pub sharing: Option<Sharing>,
    /// What requests hold of an instance.
    pub memory: Option<Memory>,
    /// When instances stand still.
    pub pauses: Option<Pauses>,
    /// How slow an instance is that has just been started.
    pub cold_start: Option<ColdStart>,
    /// What takes the place of calls that fail.
    pub fallbacks: Vec<(SiteId, Fallback)>,
}

impl<'p> System<'p> {
    /// The extras of a node, if it has any.
    #[inline]
    pub(crate) fn extras(&self, node: NodeId) -> Option<&'p Extras> {
        match self.parameters(node) {
            NodeParameters::Service(service) => service.extras.as_deref(),
            _ => None,
        }
    }

    /// What the extras of a node have to be told before a run.
    pub(crate) fn begin_extras(&self, node: NodeId) {
        let Some(extras) = self.extras(node) else {
            return;
        };
        let collects = extras.memory.is_some_and(|memory| memory.slows_down());
        let sharing = extras.sharing.or(collects.then_some(Sharing::NONE));
        if let Some(sharing) = sharing {
            let plan = &self.plan.nodes[node.index()];
            for instance in 0..plan.instances {
                self.sim.share(self.instance(node, instance), sharing);
            }
        }
        if let Some(pauses) = &extras.pauses {
            self.begin_pauses(node, pauses);
        }
    }

    /// Whether an instance does not let a question in that has just come; it has been told so then.
    pub(crate) fn keeps_out(&self, extras: &Extras, place: PlaceId, promise: Promise) -> bool {
        self.sheds_on_arrival(extras, place, promise)
            || self.runs_out_of_memory(extras, place, promise)
    }

    /// A question has been let in.
    pub(crate) fn has_entered(&self, extras: &Extras, state: &InstanceState, place: PlaceId) {
        self.notice_queue(extras, state);
        self.feel_memory(extras, place, state.held());
    }

    /// A question has left an instance, which holds so many now.
    #[inline]
    pub(crate) fn has_left(&self, node: NodeId, place: PlaceId, held: impl FnOnce() -> u32) {
        if let Some(extras) = self.extras(node) {
            self.feel_memory(extras, place, held());
        }
    }
}
