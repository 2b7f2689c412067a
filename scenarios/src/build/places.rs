//! Places: instances of nodes, their zones, and the classes that are alike to the network.

use super::distributions::distribution;
use super::nodes::{instances, zones};
use crate::schema::{Network, Scenario};
use crate::study::StudyError;
use models::{Link, NodeId, PlacePlan};
use sim_core::{PlaceId, name_hash};
use std::collections::BTreeMap;

/// The instances of all nodes, in order of node and number.
pub(super) struct Places {
    places: Vec<Place>,
    classes: Vec<Class>,
}

struct Place {
    node: NodeId,
    node_name: String,
    instance: u32,
    instances: u32,
    zone: Option<u16>,
    class: u16,
}

/// Places that no link and no fault of the network tells apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    node: String,
    zone: Option<String>,
    /// The number of an instance that is named by itself.
    named: Option<u32>,
}

impl Places {
    pub(super) fn of(scenario: &Scenario) -> Places {
        let mut zone_numbers: BTreeMap<&str, u16> = BTreeMap::new();
        for zone in scenario.nodes.values().flat_map(zones) {
            let next = zone_numbers.len() as u16;
            zone_numbers.entry(zone).or_insert(next);
        }
        let named = addresses(scenario);
        let (mut places, mut classes) = (Vec::new(), Vec::<Class>::new());
        for (index, (name, node)) in (0..).zip(&scenario.nodes) {
            for instance in 0..instances(node) {
                let zones = zones(node);
                let zone = zones.get(instance as usize % zones.len().max(1));
                let is_named = named.contains(&format!("{name}/{instance}").as_str());
                let class = Class {
                    node: name.clone(),
                    zone: zone.cloned(),
                    named: is_named.then_some(instance),
                };
                let known = classes.iter().rposition(|other| *other == class);
                let class = known.unwrap_or_else(|| {
                    classes.push(class);
                    classes.len() - 1
                });
                places.push(Place {
                    node: NodeId(index),
                    node_name: name.clone(),
                    instance,
                    instances: instances(node),
                    zone: zone.map(|zone| zone_numbers[zone.as_str()]),
                    class: class as u16,
                });
            }
        }
        Places { places, classes }
    }

    pub(super) fn first_of(&self, node: NodeId) -> PlaceId {
        PlaceId(
            self.places
                .iter()
                .position(|place| place.node == node)
                .unwrap_or(0) as u32,
        )
    }

    pub(super) fn plans(&self) -> Vec<PlacePlan> {
        let plan = |place: &Place| PlacePlan {
            node: place.node,
            instance: place.instance,
            zone: place.zone,
            class: place.class,
            hash: name_hash(&match place.instances {
                1 => place.node_name.clone(),
                _ => format!("{}/{}", place.node_name, place.instance),
            }),
        };
        self.places.iter().map(plan).collect()
    }

    /// The address of a place: `web/2`.
    pub(super) fn address(&self, place: PlaceId) -> String {
        let place = &self.places[place.0 as usize];
        format!("{}/{}", place.node_name, place.instance)
    }

    /// The places that an address names: a node, an instance or a zone.
    pub(super) fn at(&self, address: &str) -> Vec<PlaceId> {
        let is_here = |place: &Place| self.classes[usize::from(place.class)].is_at(address, place);
        let numbered = (0..).map(PlaceId).zip(&self.places);
        numbered
            .filter(|(_, place)| is_here(place))
            .map(|(id, _)| id)
            .collect()
    }

    /// The pairs of classes between two addresses, from one to the other, and back if asked.
    pub(super) fn pairs(&self, from: &str, to: &str, and_back: bool) -> Vec<(u16, u16)> {
        let classes = |address| {
            let mut classes: Vec<u16> = self
                .at(address)
                .into_iter()
                .map(|place| self.places[place.0 as usize].class)
                .collect();
            classes.sort_unstable();
            classes.dedup();
            classes
        };
        let (from, to) = (classes(from), classes(to));
        let mut pairs: Vec<_> = from
            .iter()
            .flat_map(|&from| to.iter().map(move |&to| (from, to)))
            .collect();
        if and_back {
            pairs.extend(pairs.clone().into_iter().map(|(from, to)| (to, from)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    /// All pairs of classes.
    pub(super) fn all_pairs(&self) -> Vec<(u16, u16)> {
        let count = self.classes.len() as u16;
        (0..count)
            .flat_map(|from| (0..count).map(move |to| (from, to)))
            .collect()
    }

    /// Latency and loss from each class to each, row by row.
    pub(super) fn links(&self, network: &Network) -> Result<Vec<Link>, StudyError> {
        let count = self.classes.len();
        let default = Link {
            latency: distribution(&network.default)?,
            loss: network.loss.0,
        };
        let mut links = vec![default; count * count];
        for link in &network.links {
            let latency = link.latency.as_ref().map(distribution).transpose()?;
            let pairs = match (&link.between, &link.from, &link.to) {
                (Some((one, other)), ..) => self.pairs(one, other, true),
                (None, Some(from), Some(to)) => self.pairs(from, to, false),
                _ => Vec::new(),
            };
            for (from, to) in pairs {
                let entry = &mut links[usize::from(from) * count + usize::from(to)];
                if let Some(latency) = &latency {
                    entry.latency = latency.clone();
                }
                if let Some(loss) = link.loss {
                    entry.loss = loss.0;
                }
            }
        }
        Ok(links)
    }
}

impl Class {
    fn is_at(&self, address: &str, place: &Place) -> bool {
        match address.split_once('/') {
            Some(("zone", zone)) => self.zone.as_deref() == Some(zone),
            Some((node, instance)) => self.node == node && instance.parse() == Ok(place.instance),
            None => self.node == address,
        }
    }
}

/// Every address that a link or a fault of the network names.
fn addresses(scenario: &Scenario) -> Vec<&str> {
    let mut addresses: Vec<&str> = Vec::new();
    let links = scenario
        .network
        .links
        .iter()
        .map(|l| (&l.between, &l.from, &l.to));
    let cuts = scenario
        .faults
        .iter()
        .filter_map(|fault| fault.partition.as_ref());
    let cuts = cuts.map(|cut| (&cut.between, &cut.from, &cut.to));
    let losses = scenario
        .faults
        .iter()
        .filter_map(|fault| fault.loss.as_ref());
    let losses = losses.map(|loss| (&loss.between, &loss.from, &loss.to));
    for (between, from, to) in links.chain(cuts).chain(losses) {
        addresses.extend(
            between
                .iter()
                .flat_map(|(one, other)| [one.as_str(), other.as_str()]),
        );
        addresses.extend(from.as_deref());
        addresses.extend(to.as_deref());
    }
    addresses
}
