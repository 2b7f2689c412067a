//! The parameters of nodes.

use super::distributions::{distribution, work};
use super::places::Places;
use super::sources::Traces;
use super::{all_calls_of, calls_of, input, limit, sites_of, step_calls};
use crate::clauses::{Clause, ColdStart, Memory, Pauses, Processor, Shed};
use crate::schema::{
    self, Arrivals, CacheCapacity, CachePattern, CacheStart, CacheStore, Call, EarlyRefresh, Evict,
    Keys, Node, QueueOrder, Reads, Replication, RetryAfter, Scenario, SingleFlight, Step, Writes,
};
use crate::study::StudyError;
use models::{Extras, NodeId, NodeKind, NodeParameters, NodePlan, SiteId, SitePlan, TenantId};
use sim_core::{Distribution, Order, Span};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What never changes about the nodes.
pub(super) fn plans(scenario: &Scenario, places: &Places) -> Vec<NodePlan> {
    let (mut sources, mut databases) = (0, 0);
    let next = |counter: &mut u16| {
        *counter += 1;
        *counter - 1
    };
    let plan = |(index, (name, node)): (usize, (&String, &Node))| NodePlan {
        name: name.clone(),
        kind: match node {
            Node::Clients(_) => NodeKind::Clients(next(&mut sources)),
            Node::Service(_) => NodeKind::Service,
            Node::Cache(cache) => NodeKind::Cache {
                per_instance: cache.store == CacheStore::PerInstance,
                start: match cache.start {
                    CacheStart::Cold => models::CacheStart::Cold,
                    CacheStart::Warm => models::CacheStart::Warm,
                    CacheStart::Loaded => models::CacheStart::Loaded,
                },
            },
            Node::Database(_) => NodeKind::Database(next(&mut databases)),
        },
        first_place: places.first_of(NodeId(index as u16)),
        instances: instances(node),
        slow: match node {
            Node::Service(service) => service
                .slow_instance
                .map(|slow| (slow.instance, slow.factor)),
            _ => None,
        },
    };
    scenario.nodes.iter().enumerate().map(plan).collect()
}

/// The parameters of the nodes.
pub(super) fn parameters(
    scenario: &Scenario,
    sites: &[SitePlan],
    traces: &Traces,
) -> Result<Vec<NodeParameters>, StudyError> {
    let parameters = |(index, (name, node)): (u16, (&String, &Node))| {
        let mut calls = sites_of(sites, NodeId(index));
        let mut next = || calls.next().expect("every call has a site");
        Ok(match node {
            Node::Clients(clients) => NodeParameters::Clients(models::Clients {
                keys: Arc::new(match &clients.keys {
                    Some(keys) => key_law(keys)?,
                    None => sim_core::Keys::uniform(1).map_err(input)?,
                }),
                bytes: value_bytes(clients),
                writes: clients.writes.0,
                read_back: clients.read_back.map(|after| after.0),
                sessions: clients.sessions,
                priority: clients.priority,
                tenant: tenant_id(scenario, tenant(name, clients)),
                good_within: clients.good_within.0,
                gives_up_after: limit(clients.gives_up_after),
                think: match &clients.arrivals {
                    Arrivals::Closed(closed) => distribution(&closed.think)?,
                    _ => Distribution::constant(Span::ZERO),
                },
                call: next(),
            }),
            Node::Service(service) => NodeParameters::Service(models::Service {
                workers: service.workers.count(),
                reject_expired: service
                    .reject_expired
                    .map(|expired| expired.min_remaining.0),
                queue: service
                    .queue
                    .capacity
                    .map_or(u32::MAX, |capacity| capacity.count()),
                order: match &service.queue.order {
                    QueueOrder::Fifo => Order::Fifo,
                    QueueOrder::Lifo => Order::Lifo,
                    QueueOrder::Priority => Order::Priority,
                    QueueOrder::AdaptiveLifo(order) => order.plan(),
                    QueueOrder::Fair(_) => Order::Fair,
                },
                steps: service
                    .steps
                    .iter()
                    .map(|step| match step {
                        Step::Work(span) => Ok(models::Step::Work(work(span)?)),
                        Step::Call(_) => Ok(models::Step::Call(next())),
                        Step::Parallel(calls) => Ok(models::Step::Parallel(
                            calls.iter().map(|_| next()).collect(),
                        )),
                        Step::Fail(share) => Ok(models::Step::Fail(share.0)),
                    })
                    .collect::<Result<_, StudyError>>()?,
                retry_after: service.retry_after.map(RetryAfter::plan),
                extras: {
                    let limit = service.rate_limit.as_ref().map(|limit| {
                        let tenant = |name: &str| tenant_id(scenario, name).0.into();
                        limit.plan(service.instances, &mut next, tenant)
                    });
                    let sites = sites_of(sites, NodeId(index));
                    extras(scenario, node, service, limit, sites)?
                },
            }),
            Node::Cache(cache) => {
                let askers = askers(scenario, name);
                let keys = askers.iter().map(|asker| key_count(asker, traces)).max();
                let bytes = askers.iter().map(|asker| value_bytes(asker)).max();
                NodeParameters::Cache(models::Cache {
                    keys: keys.unwrap_or(0),
                    value_bytes: bytes.unwrap_or(1),
                    ..cache_parameters(scenario, cache, next())?
                })
            }
            Node::Database(database) => NodeParameters::Database(database_parameters(database)?),
        })
    };
    (0..).zip(&scenario.nodes).map(parameters).collect()
}

/// What there is to a service besides, if there is anything.
fn extras(
    scenario: &Scenario,
    node: &Node,
    service: &schema::Service,
    rate_limit: Option<models::RateLimit>,
    sites: impl Iterator<Item = SiteId>,
) -> Result<Option<Box<Extras>>, StudyError> {
    let is_plain = service.clauses().next().is_none() && !step_calls(node).any(Call::falls_back);
    if is_plain {
        return Ok(None);
    }
    Ok(Some(Box::new(Extras {
        rate_limit,
        weights: match &service.queue.order {
            QueueOrder::Fair(order) => order.plan(scenario),
            _ => Vec::new(),
        },
        shed: service.shed.as_ref().map(Shed::plan),
        sharing: service.processor.map(Processor::plan),
        memory: service.memory.map(Memory::plan),
        pauses: service.pauses.as_ref().map(Pauses::plan).transpose()?,
        cold_start: service.cold_start.map(ColdStart::plan),
        fallbacks: fallbacks(node, sites)?,
    })))
}

/// What takes the place of the calls of a service, whose `sites` are those of its calls and then those
/// of its fallbacks.
fn fallbacks(
    node: &Node,
    sites: impl Iterator<Item = SiteId>,
) -> Result<Vec<(SiteId, models::Fallback)>, StudyError> {
    let sites: Vec<SiteId> = sites.collect();
    let (own, mut others) = {
        // The store of a rate limit stands between them.
        let (own, others) = (
            &sites[..step_calls(node).count()],
            &sites[calls_of(node).len()..],
        );
        (own, others.iter().copied())
    };
    let calls = (0..).zip(step_calls(node)).zip(own);
    let falling = calls.filter(|((_, call), _)| call.falls_back());
    falling
        .map(|((number, call), &site)| {
            let fallback = call.fallback.as_deref().cloned().unwrap_or_default();
            let other = call.fallback_call().and_then(|_| others.next());
            Ok((site, fallback.plan(other, number)?))
        })
        .collect()
}

fn cache_parameters(
    scenario: &Scenario,
    cache: &schema::Cache,
    fill: models::SiteId,
) -> Result<models::Cache, StudyError> {
    Ok(models::Cache {
        capacity: match cache.capacity {
            CacheCapacity::Entries(entries) => models::Capacity::Entries(entries),
            CacheCapacity::Bytes(size) => models::Capacity::Bytes(size.0),
        },
        evict: match cache.evict {
            Evict::Lru => models::Evict::Lru,
            Evict::Fifo => models::Evict::Fifo,
        },
        ttl: limit(cache.ttl.get()),
        ttl_jitter: cache.ttl_jitter.0,
        hit: work(&cache.hit)?,
        pattern: match cache.pattern {
            CachePattern::ReadThrough => models::CachePattern::ReadThrough,
            CachePattern::LookAside => models::CachePattern::LookAside,
        },
        single_flight: match cache.single_flight {
            SingleFlight::Off => models::SingleFlight::Off,
            SingleFlight::PerInstance => models::SingleFlight::PerInstance,
            SingleFlight::Fleet => models::SingleFlight::Fleet,
        },
        stale_while_revalidate: cache
            .stale_while_revalidate
            .map_or(Span::ZERO, |span| span.0),
        early_refresh: cache
            .early_refresh
            .map(|EarlyRefresh::Xfetch(xfetch)| xfetch.beta),
        keys: 0,
        value_bytes: 1,
        idle_fill: Span::nanos(idle_latency(scenario, &cache.fill.from)?),
        fill,
    })
}

/// The mean time of an answer when nothing is in its way, in nanoseconds: work and network.
pub(crate) fn idle_latency(scenario: &Scenario, name: &str) -> Result<f64, StudyError> {
    let network = 2.0 * distribution(&scenario.network.default)?.mean();
    let own = match &scenario.nodes[name] {
        Node::Clients(_) => 0.0,
        Node::Database(database) => distribution(&database.read)?.mean(),
        Node::Cache(cache) => distribution(&cache.hit)?.mean(),
        Node::Service(service) => {
            let steps = service.steps.iter().map(|step| match step {
                Step::Work(span) => Ok(distribution(span)?.mean()),
                Step::Call(call) => idle_latency(scenario, &call.to),
                Step::Parallel(calls) => {
                    let mut calls = calls.iter().map(|call| idle_latency(scenario, &call.to));
                    calls.try_fold(0.0, |most: f64, next| Ok(most.max(next?)))
                }
                Step::Fail(_) => Ok(0.0),
            });
            steps.sum::<Result<f64, StudyError>>()?
        }
    };
    Ok(network + own)
}

fn database_parameters(database: &schema::Database) -> Result<models::Database, StudyError> {
    let replicas = database.replicas.as_ref();
    Ok(models::Database {
        connections: database.connections.count(),
        acquire_timeout: limit(database.acquire_timeout),
        read: work(&database.read)?,
        write: work(&database.write)?,
        apply: match replicas {
            Some(replicas) => distribution(&replicas.apply)?,
            None => Distribution::constant(Span::ZERO),
        },
        acknowledged_by: match replicas.map(|replicas| replicas.replication) {
            Some(Replication::Synchronous(by)) => by.replicas,
            Some(Replication::Asynchronous) | None => 0,
        },
        reads: match replicas.map(|replicas| replicas.reads) {
            Some(Reads::Any) => models::Reads::Any,
            Some(Reads::Nearest) => models::Reads::Nearest,
            Some(Reads::Sticky) => models::Reads::Sticky,
            Some(Reads::WaitForVersion(wait)) => models::Reads::WaitForVersion(wait.up_to.0),
            Some(Reads::Primary) | None => models::Reads::Primary,
        },
        writes: database.writes.plan(),
    })
}

/// On whose account these clients ask.
fn tenant<'s>(name: &'s str, clients: &'s schema::Clients) -> &'s str {
    clients.tenant.as_deref().unwrap_or(name)
}

/// The tenants of a scenario, in order of name.
pub(crate) fn tenants(scenario: &Scenario) -> BTreeSet<&str> {
    let tenants = scenario.nodes.iter().filter_map(|(name, node)| match node {
        Node::Clients(clients) => Some(tenant(name, clients)),
        _ => None,
    });
    tenants.collect()
}

/// The number of a tenant: its place in the order of names.
pub(crate) fn tenant_id(scenario: &Scenario, name: &str) -> TenantId {
    let index = tenants(scenario).iter().position(|tenant| *tenant == name);
    TenantId(index.expect("the checker has seen to it that the tenant exists") as u16)
}

/// How large the values of these clients are where no trace says so; 1 byte when nobody says.
fn value_bytes(clients: &schema::Clients) -> u32 {
    clients
        .bytes
        .map_or(1, |size| u32::try_from(size.0).unwrap_or(u32::MAX))
}

fn key_law(keys: &Keys) -> Result<sim_core::Keys, StudyError> {
    let law = match keys {
        Keys::Uniform { count } => sim_core::Keys::uniform(*count),
        Keys::Zipf(zipf) => sim_core::Keys::zipf(zipf.count, zipf.exponent),
        Keys::HotSet(set) => sim_core::Keys::hot_set(set.count, set.hot, set.share.0),
        Keys::Weighted(shares) => {
            let weights: Vec<f64> = shares.iter().map(|share| share.0).collect();
            sim_core::Keys::weighted(&weights)
        }
    };
    law.map_err(input)
}

/// How many keys these clients ask for.
pub(super) fn key_count(clients: &schema::Clients, traces: &Traces) -> u32 {
    if let Arrivals::Replay(replay) = &clients.arrivals {
        return traces.get(&replay.file).map_or(1, |trace| trace.keys());
    }
    match &clients.keys {
        None => 1,
        Some(Keys::Uniform { count }) => *count,
        Some(Keys::Zipf(zipf)) => zipf.count,
        Some(Keys::HotSet(set)) => set.count,
        Some(Keys::Weighted(shares)) => shares.len() as u32,
    }
}

/// The clients whose requests can come to a node.
fn askers<'s>(scenario: &'s Scenario, name: &str) -> Vec<&'s schema::Clients> {
    fn reaches(scenario: &Scenario, node: &Node, name: &str) -> bool {
        all_calls_of(node).iter().any(|call| {
            let target = call.target();
            target == name || reaches(scenario, &scenario.nodes[target], name)
        })
    }
    let clients = scenario.nodes.values().filter_map(|node| match node {
        Node::Clients(clients) if reaches(scenario, node, name) => Some(&**clients),
        _ => None,
    });
    clients.collect()
}

/// What a node is.
pub(crate) fn kind(node: &Node) -> &'static str {
    match node {
        Node::Clients(_) => "clients",
        Node::Service(_) => "service",
        Node::Cache(_) => "cache",
        Node::Database(_) => "database",
    }
}

/// How many instances a node has.
pub(crate) fn instances(node: &Node) -> u32 {
    match node {
        Node::Clients(_) => 1,
        Node::Service(service) => service.instances,
        Node::Cache(cache) => cache.instances,
        Node::Database(database) => 1 + database.replicas.as_ref().map_or(0, |r| r.count),
    }
}

/// The zones to which a node's instances are spread.
pub(crate) fn zones(node: &Node) -> &[String] {
    match node {
        Node::Clients(clients) => &clients.zones,
        Node::Service(service) => &service.zones,
        Node::Cache(cache) => &cache.zones,
        Node::Database(database) => &database.zones,
    }
}

/// What matters about a node in a few words.
pub(super) fn describe(node: &Node) -> String {
    let of = |count: u32, what: &str| match count {
        u32::MAX => format!("unlimited {what}"),
        count => format!("{count} {what}"),
    };
    let times = |count: u32| {
        if count == 1 {
            String::new()
        } else {
            format!("{count} x ")
        }
    };
    match node {
        Node::Clients(clients) => match &clients.arrivals {
            Arrivals::Poisson(rate) => format!("Poisson, {rate}"),
            Arrivals::Constant(rate) => format!("constant, {rate}"),
            Arrivals::Bursts(bursts) => format!("bursts of {}", bursts.rate),
            Arrivals::Piecewise(stages) => format!("{} stages", stages.len()),
            Arrivals::Closed(closed) => of(closed.users, "users"),
            Arrivals::Replay(_) => "replays a trace".to_owned(),
        },
        Node::Service(s) => {
            let workers = format!("{}{}", times(s.instances), of(s.workers.count(), "workers"));
            let clauses = s.clauses().map(|(_, clause)| clause.describe());
            let words: Vec<String> = std::iter::once(workers).chain(clauses).collect();
            words.join(", ")
        }
        Node::Cache(cache) => {
            let capacity = match cache.capacity {
                CacheCapacity::Entries(entries) => format!("{entries} entries"),
                CacheCapacity::Bytes(size) => size.to_string(),
            };
            let ttl = cache
                .ttl
                .get()
                .map_or(String::new(), |ttl| format!(", TTL {}", ttl.0));
            format!("{}{capacity}{ttl}", times(cache.instances))
        }
        Node::Database(database) => {
            let mut words = vec![of(database.connections.count(), "connections")];
            words.extend(
                database
                    .replicas
                    .as_ref()
                    .map(|r| format!("{} replicas", r.count)),
            );
            if database.writes != Writes::Blind {
                words.push(database.writes.describe());
            }
            words.join(", ")
        }
    }
}
