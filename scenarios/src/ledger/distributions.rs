//! Every distribution of a scenario: its path, and its law as it would stand in a file.

use super::as_written;
use crate::schema::{
    Arrivals, Backoff, Cache, Call, Clients, Distribution, Drawn, Jitter, Network, Node, Retry,
    Scenario, Step,
};
use crate::units::{Duration, Share};
use serde::Serialize;

/// Paths and laws found so far.
#[derive(Default)]
struct Found(Vec<(String, String)>);

/// The distributions of nodes, network and faults. Times that are always nothing are left out, and so are
/// shares of nothing.
pub(super) fn of(scenario: &Scenario) -> Vec<(String, String)> {
    let mut found = Found::default();
    for (name, node) in &scenario.nodes {
        let path = format!("nodes.{name}");
        match node {
            Node::Clients(clients) => found.clients(&format!("{path}.clients"), clients),
            Node::Service(service) => {
                if let Some(pauses) = &service.pauses {
                    found.law(&format!("{path}.service.pauses"), pauses);
                }
                for (index, step) in service.steps.iter().enumerate() {
                    found.step(&format!("{path}.service.steps.{index}"), step);
                }
            }
            Node::Cache(cache) => found.cache(&format!("{path}.cache"), cache),
            Node::Database(database) => {
                let path = format!("{path}.database");
                found.time(&format!("{path}.read"), &database.read);
                found.time(&format!("{path}.write"), &database.write);
                if let Some(replicas) = &database.replicas {
                    found.time(&format!("{path}.replicas.apply"), &replicas.apply);
                }
            }
        }
    }
    found.network(&scenario.network);
    for (index, fault) in scenario.faults.iter().enumerate() {
        if let Some(random) = &fault.random {
            found.law(&format!("faults.{index}.random"), random);
        }
    }
    found.0
}

impl Found {
    fn law(&mut self, path: &str, law: &impl Serialize) {
        let law = serde_json::to_value(law).unwrap_or_default();
        self.0.push((path.to_owned(), as_written(&law)));
    }

    fn time(&mut self, path: &str, time: &Distribution) {
        let nothing = Duration::default();
        let is_nothing = match time {
            Distribution::Constant(time) => *time == nothing,
            Distribution::Drawn(drawn) => {
                matches!(**drawn, Drawn::Constant(time) if time == nothing)
            }
        };
        if !is_nothing {
            self.law(path, time);
        }
    }

    fn share(&mut self, path: &str, share: Share) {
        if 0.0 < share.0 {
            self.law(path, &share);
        }
    }

    fn clients(&mut self, path: &str, clients: &Clients) {
        let arrivals = format!("{path}.arrivals");
        match &clients.arrivals {
            Arrivals::Closed(closed) => {
                self.time(&format!("{arrivals}.closed.think"), &closed.think);
            }
            other => self.law(&arrivals, other),
        }
        if let Some(keys) = &clients.keys {
            self.law(&format!("{path}.keys"), keys);
        }
        self.share(&format!("{path}.writes"), clients.writes);
        self.call(&format!("{path}.call"), &clients.call);
    }

    fn cache(&mut self, path: &str, cache: &Cache) {
        self.time(&format!("{path}.hit"), &cache.hit);
        self.share(&format!("{path}.ttl_jitter"), cache.ttl_jitter);
        if let Some(early) = &cache.early_refresh {
            self.law(&format!("{path}.early_refresh"), early);
        }
        self.retry(&format!("{path}.fill"), cache.fill.policy.retry.as_ref());
    }

    fn step(&mut self, path: &str, step: &Step) {
        match step {
            Step::Work(time) => self.time(&format!("{path}.work"), time),
            Step::Call(call) => self.call(&format!("{path}.call"), call),
            Step::Parallel(calls) => {
                for (index, call) in calls.iter().enumerate() {
                    self.call(&format!("{path}.parallel.{index}"), call);
                }
            }
            Step::Fail(share) => self.share(&format!("{path}.fail"), *share),
        }
    }

    fn call(&mut self, path: &str, call: &Call) {
        self.retry(path, call.policy.retry.as_ref());
        if let Some(fallback) = &call.fallback {
            if let Some(time) = &fallback.work {
                self.time(&format!("{path}.fallback.work"), time);
            }
            if let Some(call) = &fallback.call {
                self.call(&format!("{path}.fallback.call"), call);
            }
        }
    }

    /// Only jitter is drawn.
    fn retry(&mut self, path: &str, retry: Option<&Retry>) {
        let Some(retry) = retry else { return };
        match retry.backoff {
            Backoff::Constant { jitter, .. } | Backoff::Exponential { jitter, .. }
                if jitter != Jitter::None =>
            {
                self.law(&format!("{path}.retry.backoff"), &retry.backoff);
            }
            _ => {}
        }
    }

    fn network(&mut self, network: &Network) {
        self.time("network.default", &network.default);
        self.share("network.loss", network.loss);
        for (index, link) in network.links.iter().enumerate() {
            if let Some(latency) = &link.latency {
                self.time(&format!("network.links.{index}.latency"), latency);
            }
            if let Some(loss) = link.loss {
                self.share(&format!("network.links.{index}.loss"), loss);
            }
        }
    }
}
