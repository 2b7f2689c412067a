//! What a reader must know before believing the figures of a study: loads near the limit, and
//! figures that rest on too few samples.

use super::overview::Capacity;
use crate::results::{Column, Variant};

/// From this share of its capacity on, a node's latency depends on the least change of its load.
const NEAR: f64 = 0.95;

/// A warning for each node that is offered almost all that it can serve, or more, by arithmetic.
pub(super) fn loads(capacities: &[Capacity]) -> Vec<String> {
    let near = capacities.iter().filter_map(|capacity| {
        let (utilisation, most) = (capacity.utilisation?, capacity.capacity?);
        let Capacity { node, offered, .. } = capacity;
        match utilisation {
            u if 1.0 <= u => Some(format!(
                "{node} is overloaded before anything fails: it is offered {offered:.0}/s and can \
                 serve {most:.0}/s"
            )),
            u if NEAR <= u => Some(format!(
                "{node} is near its limit before anything fails: it is offered {offered:.0}/s and \
                 can serve {most:.0}/s"
            )),
            _ => None,
        }
    });
    near.collect()
}

/// A warning for each column that some variants have too few samples for.
pub(super) fn samples(columns: &[Column], variants: &[Variant]) -> Vec<String> {
    let mut warnings = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let is_missing = |variant: &&Variant| {
            let cell = variant.cells.get(index);
            cell.is_some_and(|cell| cell.value.is_none())
        };
        let missing = variants.iter().filter(is_missing);
        let missing: Vec<&str> = missing.map(|variant| variant.name.as_str()).collect();
        if !missing.is_empty() {
            warnings.push(format!(
                "There are too few samples for {} of {}.",
                column.label,
                missing.join(", ")
            ));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_near_or_beyond_the_limit_is_told() {
        let at = |offered: f64| {
            let capacity = Capacity {
                node: "web".to_owned(),
                kind: "service".to_owned(),
                offered,
                offered_cold: offered,
                capacity: Some(100.0),
                utilisation: Some(offered / 100.0),
                cold_utilisation: None,
            };
            loads(&[capacity])
        };
        assert!(at(94.0).is_empty());
        assert!(at(95.0)[0].starts_with("web is near its limit"));
        assert!(at(100.0)[0].starts_with("web is overloaded"));
    }
}
