//! The vocabulary of metrics: the name of each that a scenario has, and what it is.

use super::metrics::{NAMED_INSTANCES, QUANTILES, counts_of, levels_of};
use crate::schema::{Node, Scenario};
use models::{Cause, Failure};
use sim_core::Wait;

/// The names of all metrics.
pub(crate) fn metric_names(scenario: &Scenario) -> Vec<String> {
    described_metrics(scenario)
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// All metrics that a run of the scenario may have, and what each is.
pub(super) fn described_metrics(scenario: &Scenario) -> Vec<(String, String)> {
    let mut list = List {
        prefix: String::new(),
        metrics: Vec::new(),
    };
    list.ends();
    list.spans(
        "latency",
        "latency of answered requests, from intended arrival",
    );
    list.longest();
    list.quantiles(
        "time_to_failure",
        "time until a request failed or its client left",
    );
    for kind in Wait::ALL {
        let name = kind.name().replace([' ', '-'], "_");
        list.add(
            &format!("waits.{name}"),
            &format!("{} per answered request, on average", kind.name()),
        );
    }
    for (name, node) in &scenario.nodes {
        list.prefix = format!("{name}.");
        match node {
            Node::Clients(_) => list.clients(node),
            node => list.served(node),
        }
        list.instances(name, crate::build::instances(node));
    }
    list.metrics
}

/// Whether a node that has places has a limited number of them.
fn has_limited_places(node: &Node) -> bool {
    match node {
        Node::Service(service) => service.workers.count() != u32::MAX,
        Node::Database(database) => database.connections.count() != u32::MAX,
        Node::Clients(_) | Node::Cache(_) => false,
    }
}

struct List {
    prefix: String,
    metrics: Vec<(String, String)>,
}

impl List {
    fn add(&mut self, name: &str, what: &str) {
        self.metrics
            .push((format!("{}{name}", self.prefix), what.to_owned()));
    }

    fn counter(&mut self, name: &str, what: &str) {
        self.add(&format!("{name}.total"), &format!("{what}, in all"));
        self.add(&format!("{name}.rate"), &format!("{what}, per second"));
        self.add(
            &format!("{name}.peak"),
            &format!("{what}, per second in the largest window"),
        );
    }

    fn gauge(&mut self, name: &str, what: &str) {
        self.add(
            &format!("{name}.mean"),
            &format!("{what}, on average over time"),
        );
        self.add(
            &format!("{name}.peak"),
            &format!("{what}, in the largest window"),
        );
        self.add(&format!("{name}.max"), &format!("{what}, at most"));
    }

    fn spans(&mut self, name: &str, what: &str) {
        self.add(&format!("{name}.mean"), &format!("{what}: mean"));
        self.quantiles(name, what);
    }

    fn quantiles(&mut self, name: &str, what: &str) {
        for (label, _) in QUANTILES {
            self.add(&format!("{name}.{label}"), &format!("{what}: {label}"));
        }
    }

    fn ends(&mut self) {
        self.add("offered.rate", "requests that arrive, per second");
        self.add("goodput", "share of requests answered in time");
        self.add("goodput.rate", "requests answered in time, per second");
        self.add("late.share", "share of requests answered late");
        self.add(
            "degraded.share",
            "share of requests answered, in time or late, with something missing",
        );
        self.add("failed.share", "share of requests that failed");
        for failure in Failure::ALL {
            let name = failure.name().replace('-', "_");
            self.add(
                &format!("failed.{name}.share"),
                &format!("share that ended {}", failure.name()),
            );
        }
        self.add("gave_up.share", "share of requests whose client left");
        self.add(
            "undecided.share",
            "share of requests not decided when the run ended",
        );
    }

    fn counts(&mut self, node: &Node) {
        for count in counts_of(node) {
            self.counter(count.name(), count.what());
        }
        for level in levels_of(node) {
            self.gauge(level.name(), level.what());
        }
    }

    fn longest(&mut self) {
        self.add("latency.max", "the longest latency of an answered request");
    }

    fn clients(&mut self, node: &Node) {
        self.ends();
        self.counter("arrivals", "requests that arrive");
        self.spans("latency", "latency of answered requests");
        self.longest();
        self.spans(
            "time_to_failure",
            "time until a request failed or its client left",
        );
        self.gauge("in_flight", "requests under way");
        self.counts(node);
        self.add(
            "stale_share",
            "share of answered reads that missed an acknowledged write",
        );
        self.spans("stale_age", "age of stale answers");
        self.add(
            "stale_versions.mean",
            "versions that a stale answer was behind, on average",
        );
    }

    /// How evenly calls are spread over so many instances.
    fn instances(&mut self, name: &str, instances: u32) {
        if instances < 2 {
            return;
        }
        self.gauge(
            "out_of_rotation",
            "instances that callers keep out of rotation, added up over the callers",
        );
        self.add(
            "imbalance",
            "calls to the busiest instance over the mean of all instances",
        );
        self.add(
            "imbalance.cv",
            "coefficient of variation of the calls to each instance",
        );
        if instances as usize <= NAMED_INSTANCES {
            for instance in 0..instances {
                self.prefix = format!("{name}/{instance}.");
                self.add("arrivals.share", "share of the calls that come to it");
            }
        }
    }

    fn served(&mut self, node: &Node) {
        self.counter("arrivals", "calls that arrive");
        for cause in Cause::ALL {
            let name = format!("arrivals.{}", cause.name());
            self.counter(&name, &format!("calls whose cause is {}", cause.name()));
        }
        self.counter("refused", "calls that are refused");
        self.add("refused.share", "share of calls that are refused");
        for failure in Failure::ALL {
            let name = format!("errors.{}", failure.name().replace('-', "_"));
            self.counter(&name, &format!("calls that end {}", failure.name()));
        }
        self.gauge("in_flight", "calls in the node");
        self.add("wasted", "busy seconds per second that nobody waited for");
        self.add("wasted.share", "share of busy time that nobody waited for");
        if !matches!(node, Node::Cache(_)) {
            self.gauge("queue", "calls that wait for a place");
            self.spans("wait", "time waited for a place");
            if has_limited_places(node) {
                self.add("utilisation", "share of places that are taken");
                self.add("idle", "places that stand idle, on average over time");
            }
        }
        self.counts(node);
        match node {
            Node::Cache(_) => self.add("hit_ratio", "share of reads answered fresh from the store"),
            Node::Database(database) => {
                self.counter("reads", "calls that arrive, replication apart");
                if database.replicas.is_some() {
                    self.spans(
                        "lag",
                        "time from the commit of a write to its application at a replica",
                    );
                    self.gauge("backlog", "writes that replicas have not applied");
                }
            }
            Node::Service(_) => self.add(
                "admitted.burst",
                "let in by the rate limiter within one of its windows, at most",
            ),
            Node::Clients(_) => {}
        }
    }
}
