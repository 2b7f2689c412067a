//! Targets: places that a fault hits together, and those of which it hits one or each.

use super::places::Places;
use crate::clauses::Symptom;
use crate::schema::{self, CrashOf, Fault, Node, Scenario, Target, TargetOf};
use models::FaultKind;
use sim_core::PlaceId;

/// Places that a fault hits together.
pub(super) struct Group {
    /// What to call it where there are several.
    pub(super) address: String,
    places: Vec<PlaceId>,
    has_zone: bool,
}

/// The groups of a target: one, but for targets that faults at random times choose from.
pub(super) fn groups(target: &Target, scenario: &Scenario, places: &Places) -> Vec<Group> {
    use schema::Places::{InstancesAt, Several};
    let group = |addresses: &[String]| Group {
        address: addresses.join(" and "),
        places: servers_at(addresses, scenario, places),
        has_zone: addresses.iter().any(|address| address.starts_with("zone/")),
    };
    let instance = |place: PlaceId| Group {
        address: places.address(place),
        places: vec![place],
        has_zone: false,
    };
    match target {
        Target::At(_) | Target::Together(_) => vec![group(target.addresses())],
        Target::Of(TargetOf::OneOf(InstancesAt(_)) | TargetOf::EachOf(InstancesAt(_))) => {
            let instances = servers_at(target.addresses(), scenario, places).into_iter();
            instances.map(instance).collect()
        }
        Target::Of(TargetOf::OneOf(Several(_)) | TargetOf::EachOf(Several(_))) => {
            let addresses = target.addresses().iter();
            addresses
                .map(|address| group(std::slice::from_ref(address)))
                .collect()
        }
    }
}

/// What a fault does to a group of places; nothing when it is no matter of places.
pub(super) fn kind(fault: &Fault, group: Group, places: &Places) -> Option<FaultKind> {
    let hit = group.places;
    if let Some(slow) = &fault.slow {
        let factor = slow.factor;
        Some(FaultKind::Slow {
            places: hit,
            factor,
        })
    } else if let Some(crash) = &fault.crash {
        // A zone is its machines.
        let machine = crash.of == CrashOf::Machine || group.has_zone;
        Some(FaultKind::Crash {
            places: hit,
            machine,
        })
    } else if fault.pause.is_some() {
        Some(FaultKind::Pause { places: hit })
    } else {
        let gray = fault.gray.as_ref()?;
        Some(FaultKind::Gray(models::Gray {
            places: hit,
            callers: gray.callers.as_ref().map(|callers| places.at(callers)),
            share: gray.share.0,
            symptom: match gray.symptom {
                Symptom::Errors => models::Symptom::Errors,
                Symptom::Slow(factor) => models::Symptom::Slow(factor),
            },
        }))
    }
}

/// The places at these addresses, each once, but for clients: a zone's clients stay as they are.
fn servers_at(addresses: &[String], scenario: &Scenario, places: &Places) -> Vec<PlaceId> {
    let plans = places.plans();
    let is_server = |place: &PlaceId| {
        let node = usize::from(plans[place.0 as usize].node.0);
        !matches!(scenario.nodes.values().nth(node), Some(Node::Clients(_)))
    };
    let mut found: Vec<_> = addresses
        .iter()
        .flat_map(|address| places.at(address))
        .collect();
    found.sort_unstable();
    found.dedup();
    found.retain(is_server);
    found
}
