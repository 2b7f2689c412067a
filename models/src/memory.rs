//! Memory: what requests hold of an instance slows its collector down, and kills it when there is no more.

use crate::extras::Extras;
use crate::question::Failure;
use crate::system::System;
use crate::{Command, Count};
use sim_core::{Launch, PlaceId, Promise, Span};

/// The memory of an instance.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Memory {
    /// How much there is, in bytes.
    pub limit: u64,
    /// What is live without any request.
    pub base: u64,
    /// What a request keeps alive, from its arrival until its answer.
    pub per_request: u64,
    /// Time spent on garbage collection per time of work, while half of the memory is live.
    pub collection: f64,
    /// How long an instance is away that has run out of memory.
    pub restart: Span,
}

impl Memory {
    /// Whether work slows down as memory fills.
    pub(crate) fn slows_down(&self) -> bool {
        0.0 < self.collection
    }

    /// Whether so many requests are more than there is memory for.
    fn is_exceeded(&self, held: u32) -> bool {
        self.limit < self.live(held)
    }

    fn live(&self, held: u32) -> u64 {
        let requests = self.per_request.saturating_mul(held.into());
        self.base.saturating_add(requests)
    }

    /// How many times as long work takes with so many requests. A collection traces what is live, and
    /// comes when what is free has been allocated, so that its cost per allocation is live / free
    /// (Appel, 1987, "Garbage Collection Can Be Faster Than Stack Allocation").
    fn slowness(&self, held: u32) -> f64 {
        let live = self.live(held) as f64;
        // Never quite full, so that work goes on.
        let free = (self.limit as f64 - live).max(self.limit as f64 / 1_000.0);
        1.0 + self.collection * live / free
    }
}

impl System<'_> {
    /// An instance holds so many requests now, which makes its work slower or quicker.
    pub(crate) fn feel_memory(&self, extras: &Extras, place: PlaceId, held: u32) {
        if let Some(memory) = extras.memory.filter(Memory::slows_down) {
            self.set_pressure(place, memory.slowness(held));
        }
    }

    /// Whether the question that has just come is one too many: the instance dies of it then.
    pub(crate) fn runs_out_of_memory(
        &self,
        extras: &Extras,
        place: PlaceId,
        promise: Promise,
    ) -> bool {
        let held = self.instances[place.0 as usize].held() + 1;
        let Some(memory) = extras.memory.filter(|memory| memory.is_exceeded(held)) else {
            return false;
        };
        self.count(place, Count::OutOfMemory);
        self.crash(place, false);
        self.sim
            .start_after(memory.restart, Command::Restart(place));
        self.turn_away(promise, Failure::Reset, "runs out of memory");
        true
    }

    /// An instance that ran out of memory is back.
    pub(crate) fn restart_after_exhaustion(&self, place: PlaceId) -> Option<Launch> {
        self.restart(place);
        self.has_left(self.node_of(place), place, || 0);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: Memory = Memory {
        limit: 1_000,
        base: 200,
        per_request: 100,
        collection: 0.1,
        restart: Span::ZERO,
    };

    #[test]
    fn the_ninth_request_is_one_too_many() {
        assert!(!MEMORY.is_exceeded(8));
        assert!(MEMORY.is_exceeded(9));
    }

    #[test]
    fn collection_costs_what_is_live_over_what_is_free() {
        let factors = [0, 3, 6, 8].map(|held| MEMORY.slowness(held));
        let expected = [0.2 / 0.8, 1.0, 0.8 / 0.2, 1.0 / 0.001].map(|ratio| 1.0 + 0.1 * ratio);
        for (factor, expected) in factors.into_iter().zip(expected) {
            assert!((factor - expected).abs() < 1e-9, "{factor} {expected}");
        }
    }
}
