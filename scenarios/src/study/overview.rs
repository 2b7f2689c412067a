//! An overview of a scenario before anything is run: its parts, its capacity sum, its metrics.

use super::StudyError;
use super::vocabulary::described_metrics;
use crate::build::{
    Built, Written, build, calls_of, idle_latency, instances, kind, node_id, topology,
};
use crate::results::{FaultSpan, Topology};
use crate::schema::{
    Arrivals, CacheCapacity, CacheStore, Call, Check, Counts, Node, Scenario, Step, Writes,
};
use crate::{Document, Setting};
use models::NodeParameters;
use sim_core::Keys;
use std::collections::BTreeMap;
use std::fmt;

/// A node's load before anything is run, by arithmetic on the scenario alone: first tries only, on
/// an otherwise idle system.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// The node.
    pub node: String,
    /// What it is.
    pub kind: String,
    /// Calls per second that it is offered, with caches warm.
    pub offered: f64,
    /// The same with every cache cold.
    pub offered_cold: f64,
    /// Calls per second that it can serve; nothing without a limit.
    pub capacity: Option<f64>,
    /// Offered over capacity.
    pub utilisation: Option<f64>,
    /// The same with every cache cold.
    pub cold_utilisation: Option<f64>,
}

/// What `show` tells of a scenario besides its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// The parts of the system and who asks whom.
    pub topology: Topology,
    /// What goes wrong, and when.
    pub faults: Vec<FaultSpan>,
    /// Each node's load.
    pub capacities: Vec<Capacity>,
    /// Every metric: its name and what it is.
    pub metrics: Vec<(String, String)>,
    /// Warnings, such as a node that is offered more than it can serve.
    pub warnings: Vec<String>,
}

/// An overview of a scenario as it stands, or of a variant.
///
/// # Errors
/// When the scenario cannot be read.
pub fn overview(
    document: &Document,
    variant: Option<&str>,
    sets: &[Setting],
) -> Result<Overview, StudyError> {
    let built = build(document, variant, sets)?;
    let capacities = capacities(&built)?;
    Ok(Overview {
        topology: topology(&built.scenario),
        faults: built.faults.clone(),
        warnings: warnings(&capacities),
        capacities,
        metrics: described_metrics(&built.scenario),
    })
}

/// From this utilisation on waits are long, and grow quickly with small changes.
const NEAR_SATURATION: f64 = 0.9;

fn warnings(capacities: &[Capacity]) -> Vec<String> {
    let near = capacities.iter().filter_map(|capacity| {
        let (utilisation, most) = (capacity.utilisation?, capacity.capacity?);
        let offers = format!(
            "it is offered {:.0}/s and can serve {most:.0}/s",
            capacity.offered
        );
        let node = &capacity.node;
        if 1.0 <= utilisation {
            Some(format!(
                "{node} is overloaded before anything fails: {offers}"
            ))
        } else if NEAR_SATURATION <= utilisation {
            Some(format!(
                "{node} is near saturation before anything fails: {offers}"
            ))
        } else {
            None
        }
    });
    near.collect()
}

fn capacities(built: &Built) -> Result<Vec<Capacity>, StudyError> {
    let warm = offered(built, true)?;
    let cold = offered(built, false)?;
    let capacity = |(name, node): (&String, &Node)| {
        let capacity = served_per_second(&built.scenario, name, node)?;
        Ok(Capacity {
            node: name.clone(),
            kind: kind(node).to_owned(),
            offered: warm[name],
            offered_cold: cold[name],
            capacity,
            utilisation: capacity.map(|most| warm[name] / most),
            cold_utilisation: capacity.map(|most| cold[name] / most),
        })
    };
    built.scenario.nodes.iter().map(capacity).collect()
}

/// Calls per second at each node: what clients send, passed on from caller to callee.
fn offered(built: &Built, warm: bool) -> Result<BTreeMap<String, f64>, StudyError> {
    let scenario = &built.scenario;
    let mut offered: BTreeMap<String, f64> = scenario
        .nodes
        .keys()
        .map(|name| (name.clone(), 0.0))
        .collect();
    for (name, node) in &scenario.nodes {
        if let Node::Clients(clients) = node {
            let rate = rate_of(built, name, &clients.arrivals)?;
            offered.insert(name.clone(), rate);
            pass_on(built, name, name, rate, warm, &mut offered);
        }
        if let Node::Service(service) = node
            && let Some(limit) = &service.rate_limit
            && let Counts::Synchronised(at_times) = &limit.counts
        {
            let rate = f64::from(service.instances) / at_times.every.0.as_seconds();
            *offered.entry(at_times.store.to.clone()).or_default() += rate;
            pass_on(built, name, &at_times.store.to, rate, warm, &mut offered);
        }
    }
    Ok(offered)
}

/// Adds what the node, asked `rate` times per second on behalf of `clients`, asks others. Calls have
/// no cycles.
fn pass_on(
    built: &Built,
    clients: &str,
    name: &str,
    rate: f64,
    warm: bool,
    offered: &mut BTreeMap<String, f64>,
) {
    let scenario = &built.scenario;
    let node = &scenario.nodes[name];
    let passed = match node {
        Node::Cache(cache) if warm => rate * (1.0 - hit_ratio(built, clients, name, cache, rate)),
        _ => rate,
    };
    for call in calls_of(node) {
        let target = call.target().to_owned();
        let copies = match call {
            Written::Call(Call { each: Some(_), .. }) => {
                f64::from(instances(&scenario.nodes[&target]))
            }
            Written::Call(Call {
                copies: Some(copies),
                ..
            }) => f64::from(*copies),
            Written::Store(_) => questions_to_store(node),
            _ => 1.0,
        };
        // A conditional write is a read and a write.
        let copies = match scenario.nodes[&target].writes_conditionally() {
            true => copies * (1.0 + mean_share_of_writes(scenario)),
            false => copies,
        };
        *offered.entry(target.clone()).or_default() += passed * copies;
        pass_on(built, clients, &target, passed * copies, warm, offered);
    }
}

/// How often the limiter of a node asks its store about one request.
fn questions_to_store(node: &Node) -> f64 {
    let Node::Service(service) = node else {
        return 0.0;
    };
    match service.rate_limit.as_ref().map(|limit| &limit.counts) {
        Some(Counts::Shared(shared)) if shared.check == Check::GetThenSet => 2.0,
        Some(Counts::Shared(_)) => 1.0,
        Some(Counts::Local | Counts::Synchronised(_)) | None => 0.0,
    }
}

/// The mean rate of arrivals; of a closed loop on an idle system.
pub(super) fn rate_of(built: &Built, name: &str, arrivals: &Arrivals) -> Result<f64, StudyError> {
    let plan = &built.plan;
    let from = plan.calibration.from;
    let until = plan.calibration.until;
    let id = node_id(&built.scenario, name);
    let source = match plan.nodes[usize::from(id.0)].kind {
        models::NodeKind::Clients(source) => &plan.sources[usize::from(source)],
        _ => return Ok(0.0),
    };
    Ok(match (source, arrivals) {
        (models::Source::Poisson(profile) | models::Source::Constant(profile), _) => {
            let arrivals = profile.integral(until) - profile.integral(from);
            arrivals / until.since(from).as_seconds().max(1e-9)
        }
        (_, Arrivals::Bursts(bursts)) => {
            let mean = |law| crate::build::mean_seconds(law);
            let (on, off) = (mean(&bursts.on)?, mean(&bursts.off)?);
            (bursts.rate.0 * on + bursts.idle_rate.0 * off) / (on + off).max(1e-9)
        }
        (_, Arrivals::Closed(closed)) => {
            let think = crate::build::mean_seconds(&closed.think)?;
            let target = &calls_of(&built.scenario.nodes[name])[0];
            let answer = idle_latency(&built.scenario, target.target())? / 1e9;
            f64::from(closed.users) / (think + answer).max(1e-9)
        }
        (models::Source::Replay(trace), _) => {
            trace.records().len() as f64 / trace.length().as_seconds().max(1e-9)
        }
        _ => 0.0,
    })
}

/// The share of its clients' reads that a warm cache answers: each key's lambda T / (1 + lambda T)
/// (renewal theory), for the most popular keys that fit.
fn hit_ratio(
    built: &Built,
    clients: &str,
    name: &str,
    cache: &crate::schema::Cache,
    rate: f64,
) -> f64 {
    let Some(keys) = law_of_keys(built, clients) else {
        return 0.0;
    };
    let stores = match cache.store {
        CacheStore::Shared => 1.0,
        CacheStore::PerInstance => f64::from(instances(&built.scenario.nodes[name])),
    };
    let fits = match cache.capacity {
        CacheCapacity::Entries(entries) => entries,
        CacheCapacity::Bytes(_) => keys.count(),
    };
    let ratio = |key: u32| {
        let popularity = keys.probability(key);
        let Some(ttl) = cache.ttl.get() else {
            return popularity;
        };
        let expected = rate / stores * popularity * ttl.0.as_seconds();
        popularity * expected / (1.0 + expected)
    };
    let hits: f64 = (0..keys.count().min(fits)).map(ratio).sum();
    hits.min(1.0)
}

/// The keys of a clients node.
fn law_of_keys<'a>(built: &'a Built, clients: &str) -> Option<&'a Keys> {
    let id = node_id(&built.scenario, clients);
    match &built.plan.epochs[0].nodes[usize::from(id.0)] {
        NodeParameters::Clients(clients) => Some(&*clients.keys),
        _ => None,
    }
}

/// How many calls per second a node can serve: its places over the time that a call holds one.
fn served_per_second(
    scenario: &Scenario,
    name: &str,
    node: &Node,
) -> Result<Option<f64>, StudyError> {
    let (places, holds) = match node {
        Node::Clients(_) | Node::Cache(_) => return Ok(None),
        Node::Service(service) => {
            let network = 2.0 * crate::build::mean_seconds(&scenario.network.default)?;
            let holds = idle_latency(scenario, name)? / 1e9 - network;
            let slowed = service
                .steps
                .iter()
                .all(|step| !matches!(step, Step::Work(_)));
            (
                service.workers.count(),
                if slowed { holds.max(0.0) } else { holds },
            )
        }
        Node::Database(database) => {
            let writes = match (mean_share_of_writes(scenario), database.writes) {
                (writes, Writes::Conditional) => writes / (1.0 + writes),
                (writes, Writes::Blind | Writes::Locked { .. }) => writes,
            };
            let read = crate::build::mean_seconds(&database.read)?;
            let write = crate::build::mean_seconds(&database.write)?;
            (
                database.connections.count(),
                writes * write + (1.0 - writes) * read,
            )
        }
    };
    if holds <= 0.0 {
        return Ok(None);
    }
    if places == u32::MAX {
        let most = processed_per_second(node)?;
        return Ok(most.map(|most| most * f64::from(instances(node))));
    }
    let serving = match node {
        Node::Database(database) => match &database.replicas {
            Some(replicas) if replicas.reads != crate::schema::Reads::Primary => instances(node),
            _ => 1,
        },
        _ => instances(node),
    };
    let by_places = f64::from(places) * f64::from(serving) / holds;
    Ok(Some(match processed_per_second(node)? {
        Some(most) => by_places.min(most * f64::from(serving)),
        None => by_places,
    }))
}

/// More requests at work at once than matter to the sum.
const MOST_AT_WORK: u32 = 100_000;

/// What the processor of an instance can do in calls per second, at the best number of calls at work.
fn processed_per_second(node: &Node) -> Result<Option<f64>, StudyError> {
    let Node::Service(service) = node else {
        return Ok(None);
    };
    let mut work = 0.0;
    for step in &service.steps {
        if let Step::Work(span) = step {
            work += crate::build::mean_seconds(span)?;
        }
    }
    let Some(processor) = service.processor.filter(|_| 0.0 < work) else {
        return Ok(None);
    };
    let law = processor.plan();
    let at_work = 1..=service.workers.count().min(MOST_AT_WORK);
    let throughput = |jobs: u32| f64::from(jobs) * law.speed(jobs as usize);
    Ok(Some(at_work.map(throughput).fold(0.0, f64::max) / work))
}

fn mean_share_of_writes(scenario: &Scenario) -> f64 {
    let shares: Vec<f64> = scenario
        .nodes
        .values()
        .filter_map(|node| match node {
            Node::Clients(clients) => Some(clients.writes.0),
            _ => None,
        })
        .collect();
    crate::statistics::mean(&shares).unwrap_or(0.0)
}

/// One line of the capacity sum, as a story writes it: `products: 14/s of 51/s (28 %), cold 2000/s
/// (3940 %)`. The cold figures are left out where no cache makes them differ.
impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: Option<f64>| share.unwrap_or(0.0) * 100.0;
        write!(f, "{}: {:.0}/s", self.node, self.offered)?;
        if let Some(capacity) = self.capacity {
            write!(
                f,
                " of {capacity:.0}/s ({:.0} %)",
                percent(self.utilisation)
            )?;
        }
        if self.offered * 1.005 < self.offered_cold {
            write!(f, ", cold {:.0}/s", self.offered_cold)?;
            if self.capacity.is_some() {
                write!(f, " ({:.0} %)", percent(self.cold_utilisation))?;
            }
        }
        Ok(())
    }
}
