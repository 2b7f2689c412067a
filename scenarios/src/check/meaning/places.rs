//! Addresses: a node (`web`), an instance (`web/2`) or a zone (`zone/a`).

use super::Report;
use crate::schema::{Node, Scenario};

/// The tag of a node in the file.
pub(super) fn kind(node: &Node) -> &'static str {
    match node {
        Node::Clients(_) => "clients",
        Node::Service(_) => "service",
        Node::Cache(_) => "cache",
        Node::Database(_) => "database",
    }
}

pub(super) fn zones(node: &Node) -> &[String] {
    match node {
        Node::Clients(clients) => &clients.zones,
        Node::Service(service) => &service.zones,
        Node::Cache(cache) => &cache.zones,
        Node::Database(database) => &database.zones,
    }
}

/// How many instances a node has; a database its primary and its replicas.
pub(super) fn instances(node: &Node) -> u32 {
    match node {
        Node::Clients(_) => 1,
        Node::Service(service) => service.instances,
        Node::Cache(cache) => cache.instances,
        Node::Database(database) => {
            let replicas = database
                .replicas
                .as_ref()
                .map_or(0, |replicas| replicas.count);
            replicas.saturating_add(1)
        }
    }
}

/// Whether an address is one instance, which sends no messages to itself. The two ends may both be
/// a node or a zone: that is what its instances send each other.
fn is_instance(address: &str) -> bool {
    address.contains('/') && !address.starts_with("zone/")
}

impl<'s> Report<'s> {
    /// The node at `path`, by its name; reports a name that is not there.
    pub(super) fn node(&mut self, path: &str, name: &str) -> Option<&'s Node> {
        let scenario: &'s Scenario = self.scenario;
        let node = scenario.nodes.get(name);
        if node.is_none() {
            let names = scenario.nodes.keys().map(String::as_str).collect();
            self.unknown(path, "node", name, names);
        }
        node
    }

    /// Checks an address, and returns its node when it is not a zone.
    pub(crate) fn place(&mut self, path: &str, address: &str) -> Option<&'s Node> {
        let Some((name, part)) = address.split_once('/') else {
            return self.node(path, address);
        };
        if name == "zone" {
            self.zone(path, part);
            return None;
        }
        let node = self.node(path, name)?;
        let count = instances(node);
        if part.parse::<u32>().is_ok_and(|index| index < count) {
            return Some(node);
        }
        let expected = match count {
            0 | 1 => format!("`{name}` or `{name}/0`, its only instance"),
            _ => format!("`{name}`, or `{name}/0` to `{name}/{}`", count - 1),
        };
        self.wrong(path, format!("there is no instance `{address}`"), &expected);
        None
    }

    fn zone(&mut self, path: &str, zone: &str) {
        let scenario: &'s Scenario = self.scenario;
        let mut names: Vec<&str> = scenario
            .nodes
            .values()
            .flat_map(zones)
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            let expected = "the name of a node; zones come from the `zones` of nodes";
            self.wrong(path, "no node of this scenario is in a zone", expected);
        } else if !names.contains(&zone) {
            self.unknown(path, "zone", zone, names);
        }
    }

    /// Checks the two ends of a link, a partition or a loss: `between` two, or `from` one `to`
    /// another. Without either it reports, unless `everywhere` is a choice.
    pub(super) fn ends(
        &mut self,
        path: &str,
        between: Option<&(String, String)>,
        [from, to]: [Option<&String>; 2],
        everywhere: bool,
    ) {
        let expected = "`between: [one, other]`, or `from: one, to: other`";
        match (between, from, to) {
            (Some((one, other)), None, None) => {
                let between = format!("{path}.between");
                self.place(&format!("{between}.0"), one);
                self.place(&format!("{between}.1"), other);
                if one == other && is_instance(one) {
                    self.wrong(&between, format!("`{one}` is on both ends"), "two places");
                }
            }
            (None, Some(one), Some(other)) => {
                self.place(&format!("{path}.from"), one);
                self.place(&format!("{path}.to"), other);
                if one == other && is_instance(one) {
                    let message = format!("`{one}` is on both ends");
                    self.wrong(&format!("{path}.to"), message, "two places");
                }
            }
            (None, None, None) if everywhere => {}
            (None, None, None) => self.wrong(path, "the two ends are missing", expected),
            (Some(_), _, _) => {
                let message = "`between` does not go with `from` and `to`";
                self.wrong(&format!("{path}.between"), message, expected);
            }
            (None, Some(_), None) => {
                self.wrong(&format!("{path}.from"), "`from` lacks its `to`", expected);
            }
            (None, None, Some(_)) => {
                self.wrong(&format!("{path}.to"), "`to` lacks its `from`", expected);
            }
        }
    }

    pub(super) fn network(&mut self) {
        let network = &self.scenario.network;
        self.distribution("network.default", &network.default);
        for (index, link) in network.links.iter().enumerate() {
            let path = format!("network.links.{index}");
            let ends = [link.from.as_ref(), link.to.as_ref()];
            self.ends(&path, link.between.as_ref(), ends, false);
            match &link.latency {
                Some(latency) => self.distribution(&format!("{path}.latency"), latency),
                None if link.loss.is_none() => {
                    self.wrong(&path, "this link changes nothing", "`latency` or `loss`");
                }
                None => {}
            }
        }
    }
}
