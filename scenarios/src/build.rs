//! From a scenario to the plan of its runs.

mod calls;
mod distributions;
mod faults;
mod nodes;
mod places;
mod random_faults;
mod sources;
mod targets;

use crate::results::{Edge, FaultSpan, Topology, TopologyNode};
use crate::schema::{Call, Fill, Node, Policy, RunLength, Scenario, Step, StoreCall};
use crate::study::StudyError;
use crate::{Document, Setting};
use models::{NodeId, Parameters, Plan, Sampling, SiteId, SitePlan};
use places::Places;
use sim_core::measure::Calibration;
use sim_core::{Budget, Span, Time};

/// A scenario with a variant, ready to run.
pub(crate) struct Built {
    pub(crate) scenario: Scenario,
    pub(crate) plan: Plan,
    pub(crate) faults: Vec<FaultSpan>,
}

/// The shortest window, and how many there are at most.
const SHORTEST_WINDOW: Span = Span::millis(1_000);
const WINDOWS: u64 = 240;

/// Reads a scenario with a variant and settings, and plans its runs.
pub(crate) fn build(
    document: &Document,
    variant: Option<&str>,
    sets: &[Setting],
) -> Result<Built, StudyError> {
    let scenario = document.scenario(variant, sets)?;
    let traces = sources::traces(&scenario)?;
    let until = end_of_arrivals(&scenario, &traces);
    let occurrences = faults::occurrences(&scenario, until);
    let epochs = faults::epochs(&scenario, &occurrences);
    let mut stages = vec![scenario];
    for active in epochs.sets.iter().skip(1) {
        stages.push(document.at_fault(variant, sets, active)?);
    }
    let scenario = &stages[0];
    let places = Places::of(scenario);
    let sites = sites(scenario);
    let keys = key_count(&stages, &traces);
    let parameters = |stage: &Scenario| -> Result<Parameters, StudyError> {
        Ok(Parameters {
            nodes: nodes::parameters(stage, &sites, &traces)?,
            calls: calls::policies(stage, &sites)?,
            links: places.links(&stage.network)?,
        })
    };
    let plan = Plan {
        calibration: calibration(scenario, until),
        drain: drain(scenario),
        nodes: nodes::plans(scenario, &places),
        places: places.plans(),
        sites: sites.clone(),
        epochs: stages.iter().map(parameters).collect::<Result<_, _>>()?,
        faults: faults::plans(scenario, &occurrences, &epochs, &places),
        random_faults: random_faults::schedules(scenario, &places, until)?,
        sources: sources::sources(&stages, &epochs, &occurrences, &traces)?,
        keys,
        traced: Sampling::NONE,
        budget: Budget {
            events: scenario.limits.events,
            bytes: usize::try_from(scenario.limits.memory.0).unwrap_or(usize::MAX),
        },
    };
    let faults = faults::spans(scenario, &occurrences, until);
    let scenario = stages.swap_remove(0);
    Ok(Built {
        scenario,
        plan,
        faults,
    })
}

fn end_of_arrivals(scenario: &Scenario, traces: &sources::Traces) -> Time {
    match scenario.duration {
        RunLength::For(duration) => Time::ZERO + duration.0,
        RunLength::Trace(_) if sources::is_one_at_a_time(scenario) => Time::NEVER,
        RunLength::Trace(_) => {
            let lengths = traces.values().map(|trace| trace.length());
            Time::ZERO + lengths.max().unwrap_or_default() + Span(1)
        }
    }
}

fn calibration(scenario: &Scenario, until: Time) -> Calibration {
    Calibration {
        from: Time::ZERO + scenario.warm_up.0,
        until,
        window: window_of(until),
    }
}

/// The length of the windows of a run in which requests arrive until then.
pub(crate) fn window_of(until: Time) -> Span {
    match until {
        // A replay at its own pace has no length beforehand.
        Time::NEVER => Span::seconds(3600.0),
        until => SHORTEST_WINDOW.max(Span(until.0.div_ceil(WINDOWS))),
    }
}

/// How long a run goes on after the last arrival: until every client has given up, or for ten
/// times the time in which an answer is good.
fn drain(scenario: &Scenario) -> Span {
    let patience = scenario.nodes.values().filter_map(|node| match node {
        Node::Clients(clients) => Some(match clients.gives_up_after {
            Some(patience) => patience.0,
            None => Span(clients.good_within.0.0.saturating_mul(10)),
        }),
        _ => None,
    });
    patience.max().unwrap_or_default()
}

/// The number of a node: its place in the order of names.
pub(crate) fn node_id(scenario: &Scenario, name: &str) -> NodeId {
    let index = scenario.nodes.keys().position(|node| node == name);
    NodeId(index.expect("the checker has seen to it that the node exists") as u16)
}

/// A call as the scenario writes it, whoever makes it.
#[derive(Clone, Copy)]
pub(crate) enum Written<'s> {
    Call(&'s Call),
    Fill(&'s Fill),
    Store(&'s StoreCall),
}

impl<'s> Written<'s> {
    pub(crate) fn target(&self) -> &'s str {
        match self {
            Written::Call(call) => &call.to,
            Written::Fill(fill) => &fill.from,
            Written::Store(store) => &store.to,
        }
    }

    pub(crate) fn policy(&self) -> &'s Policy {
        match self {
            Written::Call(call) => &call.policy,
            Written::Fill(fill) => &fill.policy,
            Written::Store(store) => &store.policy,
        }
    }
}

/// The calls that a node makes, in the order in which they are written.
pub(crate) fn calls_of(node: &Node) -> Vec<Written<'_>> {
    match node {
        Node::Clients(clients) => vec![Written::Call(&clients.call)],
        Node::Cache(cache) => vec![Written::Fill(&cache.fill)],
        Node::Database(_) => Vec::new(),
        Node::Service(service) => {
            let limit = service.rate_limit.as_ref();
            let store = limit.and_then(|limit| limit.store());
            let calls = step_calls(node).map(Written::Call);
            calls
                .chain(store.map(|(_, store)| Written::Store(store)))
                .collect()
        }
    }
}

/// The same, and then those that take the place of calls that have failed.
pub(crate) fn all_calls_of(node: &Node) -> Vec<Written<'_>> {
    let mut calls = calls_of(node);
    let fallbacks: Vec<_> = step_calls(node).filter_map(Call::fallback_call).collect();
    calls.extend(fallbacks.into_iter().map(Written::Call));
    calls
}

/// The calls of a service's steps, in the order in which they are written.
pub(crate) fn step_calls(node: &Node) -> impl Iterator<Item = &Call> {
    let steps = match node {
        Node::Service(service) => service.steps.as_slice(),
        _ => &[],
    };
    steps.iter().flat_map(|step| match step {
        Step::Call(call) => std::slice::from_ref(&**call),
        Step::Parallel(calls) => calls,
        Step::Work(_) | Step::Fail(_) => &[],
    })
}

/// Who calls whom, by caller in order of name, then in the order of the calls.
fn sites(scenario: &Scenario) -> Vec<SitePlan> {
    let mut sites: Vec<SitePlan> = Vec::new();
    for (index, node) in (0..).map(NodeId).zip(scenario.nodes.values()) {
        for call in all_calls_of(node) {
            let to = node_id(scenario, call.target());
            let earlier = |site: &&SitePlan| site.from == index && site.to == to;
            let ordinal = sites.iter().filter(earlier).count() as u32;
            sites.push(SitePlan {
                from: index,
                to,
                ordinal,
            });
        }
    }
    sites
}

/// The numbers of a node's calls.
pub(crate) fn sites_of(sites: &[SitePlan], node: NodeId) -> impl Iterator<Item = SiteId> {
    let numbered = (0..).map(SiteId).zip(sites);
    numbered
        .filter(move |(_, site)| site.from == node)
        .map(|(id, _)| id)
}

/// How many keys there are in all.
fn key_count(stages: &[Scenario], traces: &sources::Traces) -> u32 {
    let nodes = stages.iter().flat_map(|stage| stage.nodes.values());
    let counts = nodes.filter_map(|node| match node {
        Node::Clients(clients) => Some(nodes::key_count(clients, traces)),
        _ => None,
    });
    counts.max().unwrap_or(1).max(1)
}

/// The parts of the system and who asks whom, in a few words each.
pub(crate) fn topology(scenario: &Scenario) -> Topology {
    let edge = |from: &str, call: &Written<'_>| Edge {
        from: from.to_owned(),
        to: call.target().to_owned(),
        label: calls::describe(call),
    };
    Topology {
        nodes: scenario
            .nodes
            .iter()
            .map(|(name, node)| TopologyNode {
                name: name.clone(),
                kind: nodes::kind(node).to_owned(),
                instances: nodes::instances(node),
                detail: nodes::describe(node),
                zones: nodes::zones(node).to_vec(),
            })
            .collect(),
        edges: scenario
            .nodes
            .iter()
            .flat_map(|(name, node)| {
                all_calls_of(node)
                    .into_iter()
                    .map(|c| edge(name, &c))
                    .collect::<Vec<_>>()
            })
            .collect(),
    }
}

/// A limit on time: none is for ever.
pub(crate) fn limit(limit: Option<crate::units::Duration>) -> Span {
    limit.map_or(Span::FOREVER, |limit| limit.0)
}

/// What else goes wrong when a scenario is built: a file, or a value the samplers refuse.
pub(crate) fn input(error: impl std::fmt::Display) -> StudyError {
    StudyError::Input(error.to_string())
}

pub(crate) use distributions::{distribution, work};
pub(crate) use nodes::{idle_latency, instances, kind, tenants, zones};

/// The mean of a written distribution in seconds, where no value counts for more than `most`: a law without
/// a mean has one then.
pub(crate) fn bounded_mean_seconds(
    written: &crate::schema::Distribution,
    most: Span,
) -> Result<f64, StudyError> {
    const VALUES: u32 = 1_000;
    let law = distributions::distribution(written)?;
    let quantiles = (0..VALUES).map(|i| (f64::from(i) + 0.5) / f64::from(VALUES));
    let sum: f64 = quantiles
        .map(|quantile| law.sample(quantile).min(most).as_seconds())
        .sum();
    Ok(sum / f64::from(VALUES))
}

/// The mean of a written distribution, in seconds.
pub(crate) fn mean_seconds(written: &crate::schema::Distribution) -> Result<f64, StudyError> {
    Ok(distributions::distribution(written)?.mean() / 1e9)
}
