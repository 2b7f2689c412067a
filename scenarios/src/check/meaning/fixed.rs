//! What stays as it is while a system runs, and so is no matter for `set` faults.

use super::calls::targets;
use super::places::{instances, kind, zones};
use crate::problem::Problem;
use crate::schema::{Arrivals, Node, Scenario};
use crate::tree::Tree;

/// Reports the first part of the topology that a `set` fault changed; `tree` is the new scenario.
pub(crate) fn changed_topology(old: &Scenario, new: &Scenario, tree: &Tree) -> Option<Problem> {
    let (old, new) = (facts(old), facts(new));
    let added = new.iter().find(|fact| !old.contains(fact));
    let (path, _) = added.or_else(|| old.iter().find(|fact| !new.contains(fact)))?;
    let problem = Problem::new(
        &tree.locate(path),
        "a `set` fault cannot change the topology",
    );
    Some(
        problem
            .expected("limits, times, policies and mitigations of nodes that stay as they are")
            .help("let a variant change nodes, instances, zones and whom they ask"),
    )
}

/// Path and value of all that is fixed.
fn facts(scenario: &Scenario) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    for (name, node) in &scenario.nodes {
        let path = format!("nodes.{name}.{}", kind(node));
        facts.push((path.clone(), kind(node).to_owned()));
        let count = match node {
            Node::Database(_) => "replicas.count",
            _ => "instances",
        };
        facts.push((format!("{path}.{count}"), instances(node).to_string()));
        facts.push((format!("{path}.zones"), zones(node).join(" ")));
        facts.extend(shape(&path, node));
        let asked = targets(name, node).into_iter();
        facts.extend(asked.map(|(path, target)| (path, target.to_owned())));
    }
    facts
}

/// What else about a node is decided before a run: where its requests come from, what it is born
/// with.
fn shape(path: &str, node: &Node) -> Vec<(String, String)> {
    let fact = |field: &str, value: String| (format!("{path}.{field}"), value);
    match node {
        Node::Clients(clients) => {
            let arrivals = match &clients.arrivals {
                Arrivals::Poisson(_) | Arrivals::Piecewise(_) => "at random".to_owned(),
                Arrivals::Constant(_) => "at equal distances".to_owned(),
                Arrivals::Closed(closed) => format!("{} users", closed.users),
                other => format!("{other:?}"),
            };
            let sessions = format!("{:?} {:?}", clients.sessions, clients.read_back.is_some());
            vec![fact("arrivals", arrivals), fact("sessions", sessions)]
        }
        Node::Service(service) => {
            vec![
                fact("slow_instance", format!("{:?}", service.slow_instance)),
                fact("processor", format!("{:?}", service.processor)),
                fact("memory", format!("{:?}", service.memory)),
                fact("pauses", format!("{:?}", service.pauses)),
                fact("cold_start", format!("{:?}", service.cold_start)),
            ]
        }
        Node::Cache(cache) => vec![
            fact("evict", format!("{:?}", cache.evict)),
            fact("start", format!("{:?}", cache.start)),
            fact("store", format!("{:?}", cache.store)),
        ],
        Node::Database(_) => Vec::new(),
    }
}
