//! Zone-aware balancing: the caller's own zone first, and others when it has too few left.

/// Instances in the caller's zone go first.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PreferZone {
    /// The largest share of the calls that stays in the zone.
    pub share: f64,
    /// How many times their part the instances of the zone that are left can bear: below 1 / this of them, the rest of
    /// the calls spill over (Envoy's overprovisioning factor).
    pub overprovisioning: f64,
}

impl PreferZone {
    /// The share of calls that stays in a zone in which `left` of `all` instances are in rotation.
    pub(super) fn stays(&self, left: usize, all: usize) -> f64 {
        let bearable = self.overprovisioning * left as f64 / all.max(1) as f64;
        self.share.min(bearable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of Envoy's documentation on localities, with a factor of 1.4.
    #[test]
    fn calls_spill_over_when_too_few_are_left() {
        let zone = PreferZone {
            share: 1.0,
            overprovisioning: 1.4,
        };
        for (left, stays) in [
            (100, 1.0),
            (72, 1.0),
            (71, 0.994),
            (50, 0.7),
            (25, 0.35),
            (0, 0.0),
        ] {
            assert!((zone.stays(left, 100) - stays).abs() < 1e-12, "{left}");
        }
        assert_eq!(PreferZone { share: 0.6, ..zone }.stays(100, 100), 0.6);
    }
}
