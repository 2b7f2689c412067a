//! Cold starts: an instance that has just been started is slow at first.

use crate::system::System;
use sim_core::{PlaceId, Span};

/// How slow an instance is after a restart: its caches are empty, its code is not compiled, its connections
/// are not open.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ColdStart {
    /// How many times as long work takes at first.
    pub factor: f64,
    /// When that has fallen to 1, in a straight line.
    pub over: Span,
}

impl ColdStart {
    /// How many times as long work takes that begins so long after the restart.
    fn slowness(&self, age: Span) -> f64 {
        if self.over <= age {
            return 1.0;
        }
        let left = 1.0 - age.as_seconds() / self.over.as_seconds();
        1.0 + (self.factor - 1.0) * left
    }
}

impl System<'_> {
    /// How long work of this span takes at an instance that may be cold.
    #[inline(always)]
    pub(crate) fn warmed(&self, place: PlaceId, span: Span) -> Span {
        match self.instances[place.0 as usize].restarted.get() {
            None => span,
            Some(since) => {
                let extras = self.extras(self.node_of(place));
                let Some(cold_start) = extras.and_then(|extras| extras.cold_start) else {
                    return span;
                };
                let slowness = cold_start.slowness(self.sim.now().since(since));
                Span::nanos(span.0 as f64 * slowness)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_warms_up_in_a_straight_line() {
        let cold = ColdStart {
            factor: 5.0,
            over: Span::seconds(10.0),
        };
        for (age, expected) in [(0.0, 5.0), (5.0, 3.0), (10.0, 1.0), (60.0, 1.0)] {
            let slowness = cold.slowness(Span::seconds(age));
            assert!((slowness - expected).abs() < 1e-12, "{age}: {slowness}");
        }
    }
}
