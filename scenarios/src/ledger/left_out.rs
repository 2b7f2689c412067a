//! What the models leave out, in a sentence each. `docs/MODELS.md` takes its list from here.

use crate::build::calls_of;
use crate::schema::{Call, Network, Node, Scenario, Step};

/// A model, or a part of one, and what it leaves out.
pub struct Model {
    /// What it is called.
    pub name: &'static str,
    /// What it leaves out, a sentence each.
    pub left_out: &'static [&'static str],
    /// Whether a scenario uses it.
    pub(super) is_used: fn(&Scenario) -> bool,
}

/// All models that leave something out.
pub const MODELS: &[Model] = &[
    Model {
        name: "clients",
        left_out: &[
            "Connections and their set-up.",
            "Users who come back because they failed.",
            "Correlation between the keys of successive requests.",
        ],
        is_used: |_| true,
    },
    Model {
        name: "network",
        left_out: &[
            "Bandwidth, sizes of messages, and queues in switches.",
            "Reordering as an effect of its own: messages overtake each other when their draws say \
             so.",
            "Connections: a call has no handshake, and TCP's retransmission appears only in \
             replication.",
        ],
        is_used: |scenario| scenario.network != Network::default(),
    },
    Model {
        name: "calls",
        left_out: &[
            "Loads and health that instances report of themselves, or that balancers tell each other: \
             each knows what its own calls and checks returned.",
        ],
        is_used: |_| true,
    },
    Model {
        name: "retries",
        left_out: &[
            "A memory of earlier calls: what one was told of when to try again, the next does not know.",
        ],
        is_used: |scenario| calls(scenario).any(|(retry, _)| retry),
    },
    Model {
        name: "hedges",
        left_out: &["Classes of requests: a measured quantile is of all that a call asks."],
        is_used: |scenario| calls(scenario).any(|(_, hedge)| hedge),
    },
    Model {
        name: "fan-out",
        left_out: &["The work of putting answers together, unless a step stands for it."],
        is_used: fans_out,
    },
    Model {
        name: "services",
        left_out: &[
            "Processor sharing and slow-down with load unless `processor` says so: 10 workers are as fast \
             as 1. Cores that favour some requests, and threads that block others.",
            "Disks, and memory other than what requests hold (`memory`).",
        ],
        is_used: |scenario| has(scenario, |node| matches!(node, Node::Service(_))),
    },
    Model {
        name: "rate limits",
        left_out: &[
            "The time to decide, and the memory of the counts.",
            "Requests that cost more than others.",
            "Counts that a store loses.",
        ],
        is_used: |scenario| has(scenario, has_rate_limit),
    },
    Model {
        name: "caches",
        left_out: &[
            "The work of evicting, negative caching, and leases.",
            "The network between the instances of a shared store.",
            "Sizes of entries besides their values.",
        ],
        is_used: |scenario| has(scenario, is_cache),
    },
    Model {
        name: "databases",
        left_out: &[
            "Transactions of several keys, deadlocks and levels of isolation.",
            "Indexes, disks and checkpoints.",
        ],
        is_used: |scenario| has(scenario, |node| matches!(node, Node::Database(_))),
    },
    Model {
        name: "replicas",
        left_out: &[
            "Conflicts, and writes that are lost.",
            "Failover: while the primary is down, nobody writes.",
        ],
        is_used: |scenario| has(scenario, has_replicas),
    },
    Model {
        name: "staleness",
        left_out: &[
            "Histories, such as linearizability and monotonic reads.",
            "Writes whose acknowledgement never arrived.",
        ],
        is_used: |scenario| has(scenario, |node| is_cache(node) || has_replicas(node)),
    },
    Model {
        name: "faults",
        left_out: &["Clock skew and corruption: what is answered is right, or said to be missing."],
        is_used: |scenario| !scenario.faults.is_empty(),
    },
    Model {
        name: "crashes",
        left_out: &["Slow starts other than `cold_start`: who restarts is at full speed at once."],
        is_used: |scenario| scenario.faults.iter().any(|fault| fault.crash.is_some()),
    },
    Model {
        name: "partitions",
        left_out: &["Messages that are on their way when a cut begins: they arrive."],
        is_used: |scenario| {
            scenario
                .faults
                .iter()
                .any(|fault| fault.partition.is_some())
        },
    },
];

fn has(scenario: &Scenario, is: fn(&Node) -> bool) -> bool {
    scenario.nodes.values().any(is)
}

fn is_cache(node: &Node) -> bool {
    matches!(node, Node::Cache(_))
}

fn has_rate_limit(node: &Node) -> bool {
    matches!(node, Node::Service(service) if service.rate_limit.is_some())
}

fn has_replicas(node: &Node) -> bool {
    matches!(node, Node::Database(database) if database.replicas.is_some())
}

fn fans_out(scenario: &Scenario) -> bool {
    let mut nodes = scenario.nodes.values();
    nodes.any(|node| {
        let several = |call: &&Call| call.each.is_some() || call.copies.is_some();
        let is_parallel = |step: &Step| matches!(step, Step::Parallel(_));
        written(node).iter().any(several) || steps(node).iter().any(is_parallel)
    })
}

/// Every call and fill: whether it is tried again, and whether it is hedged.
fn calls(scenario: &Scenario) -> impl Iterator<Item = (bool, bool)> {
    let calls = scenario.nodes.values().flat_map(calls_of);
    calls.map(|call| (call.policy().retry.is_some(), call.policy().hedge.is_some()))
}

fn steps(node: &Node) -> &[Step] {
    match node {
        Node::Service(service) => &service.steps,
        _ => &[],
    }
}

/// The calls of clients or of a service's steps.
fn written(node: &Node) -> Vec<&Call> {
    let of_steps = steps(node).iter().flat_map(|step| match step {
        Step::Call(call) => std::slice::from_ref(&**call),
        Step::Parallel(calls) => calls.as_slice(),
        Step::Work(_) | Step::Fail(_) => &[],
    });
    let of_clients = match node {
        Node::Clients(clients) => Some(&clients.call),
        _ => None,
    };
    of_clients.into_iter().chain(of_steps).collect()
}
