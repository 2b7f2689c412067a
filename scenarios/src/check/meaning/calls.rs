//! Calls: whom they ask, their limits on time, retries, hedges and fan-out.

use super::Report;
use super::places::{instances, kind};
use crate::clauses::{Clause, Hedge, HedgeAfter, rotation};
use crate::schema::{Backoff, Call, Fill, Node, Policy, Reads, Retry, Scenario, Step};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use sim_core::Span;
use std::collections::BTreeMap;

/// Copies of one call: more are a mistake.
const COPIES: u32 = 10_000;

/// Attempts of one call.
const ATTEMPTS: u32 = 1_000;

/// Whom a node asks: where its file says so, and the name there.
pub(super) fn targets<'s>(name: &str, node: &'s Node) -> Vec<(String, &'s str)> {
    let path = format!("nodes.{name}.{}", kind(node));
    match node {
        Node::Clients(clients) => vec![(format!("{path}.call.to"), &clients.call.to)],
        Node::Cache(cache) => vec![(format!("{path}.fill.from"), &cache.fill.from)],
        Node::Service(service) => {
            let calls = calls_of(&path, &service.steps).into_iter();
            let calls = calls.map(|(path, call)| (format!("{path}.to"), call.to.as_str()));
            let limit = service.rate_limit.as_ref();
            let store = limit.and_then(|limit| limit.store());
            let store =
                store.map(|(at, store)| (format!("{path}.rate_limit.{at}.to"), store.to.as_str()));
            calls.chain(store).collect()
        }
        Node::Database(_) => Vec::new(),
    }
}

/// The calls of a service's steps, each with the one that takes its place, with their paths.
pub(super) fn calls_of<'s>(path: &str, steps: &'s [Step]) -> Vec<(String, &'s Call)> {
    let calls = |(index, step): (usize, &'s Step)| {
        let at = format!("{path}.steps.{index}");
        match step {
            Step::Call(call) => vec![(format!("{at}.call"), call.as_ref())],
            Step::Parallel(calls) => {
                let number = |(n, call)| (format!("{at}.parallel.{n}"), call);
                calls.iter().enumerate().map(number).collect()
            }
            Step::Work(_) | Step::Fail(_) => Vec::new(),
        }
    };
    let with_fallback = |(path, call): (String, &'s Call)| {
        let fallback = call.fallback_call();
        let fallback = fallback.map(|other| (format!("{path}.fallback.call"), other));
        std::iter::once((path, call)).chain(fallback)
    };
    let calls = steps.iter().enumerate().flat_map(calls);
    calls.flat_map(with_fallback).collect()
}

fn can_be_asked(scenario: &Scenario, name: &str) -> bool {
    !matches!(scenario.nodes.get(name), Some(Node::Clients(_)))
}

impl<'s> Report<'s> {
    /// Checks the call at `path`.
    pub(super) fn call(&mut self, path: &str, call: &'s Call) {
        let target = self.target(&format!("{path}.to"), &call.to);
        self.policy(path, &call.policy, target);
        self.fan_out(path, call, target);
        if let (Some(_), Some(clause)) = (call.each, rotation::first(&call.policy)) {
            let message = "a fan-out to every instance leaves nobody out";
            self.wrong(
                &format!("{path}.{clause}"),
                message,
                "`copies` in place of `each`",
            );
        }
        let is_conditional = target.is_some_and(Node::writes_conditionally);
        if is_conditional && call.each.is_some() {
            let message = format!("writes of `{}` are conditional", call.to);
            let expected = "one call, for it is the primary that has the last version";
            self.wrong(&format!("{path}.each"), message, expected);
        }
        if let Some(fallback) = &call.fallback {
            let path = format!("{path}.fallback");
            fallback.check(&path, self);
            if call.optional.is_some() {
                let message = "this call is optional, and has a fallback";
                self.wrong(&path, message, "`optional` or `fallback`, not both");
            }
        }
    }

    /// Checks the fill at `path`.
    pub(super) fn fill(&mut self, path: &str, fill: &'s Fill) {
        let target = self.target(&format!("{path}.from"), &fill.from);
        self.policy(path, &fill.policy, target);
    }

    /// Checks a question to the node `to` at `path`, and says whom it asks.
    pub(crate) fn asked(&mut self, path: &str, to: &str, policy: &Policy) -> Option<&'s Node> {
        let target = self.target(&format!("{path}.to"), to);
        self.policy(path, policy, target);
        target
    }

    fn target(&mut self, path: &str, name: &str) -> Option<&'s Node> {
        let node = self.node(path, name)?;
        if matches!(node, Node::Clients(_)) {
            let expected = "a service, a cache or a database";
            self.wrong(
                path,
                format!("`{name}` are clients, whom nobody can ask"),
                expected,
            );
            return None;
        }
        Some(node)
    }

    fn policy(&mut self, path: &str, policy: &Policy, target: Option<&Node>) {
        if policy
            .timeout
            .get()
            .is_some_and(|timeout| timeout.0 == Span::ZERO)
        {
            let path = format!("{path}.timeout");
            self.wrong(
                &path,
                "`timeout` cannot be 0s",
                "a duration above 0s, or `none`",
            );
        }
        if let Some(deadline) = policy.deadline {
            self.some_time(&format!("{path}.deadline"), deadline);
        }
        for (name, clause) in policy.clauses() {
            clause.check(&format!("{path}.{name}"), self);
        }
        if let Some(retry) = &policy.retry {
            self.retry(&format!("{path}.retry"), retry);
        }
        if let Some(target) = target {
            let balance = format!("{path}.balance");
            policy.balance.check(&balance, instances(target), self);
            rotation::check(path, policy, target, self);
        }
        if policy.stale_load.is_some() && !policy.balance.looks_at_loads() {
            let message = "this balancing does not look at loads";
            let expected = "`balance: least-outstanding` or `power-of-two` beside it";
            self.wrong(&format!("{path}.stale_load"), message, expected);
        }
        if policy.hedge.is_some() && target.is_some_and(|node| instances(node) == 1) {
            let problem = self.problem(&format!("{path}.hedge"), "there is nobody to hedge to");
            let expected = "a node of two or more instances, for a hedge goes to another one";
            self.push(
                problem
                    .expected(expected)
                    .help("leave `hedge` out, or add instances"),
            );
        }
        if let Some(hedge) = &policy.hedge {
            self.hedge(path, hedge, policy, target);
        }
        if let Some(slow) = policy
            .circuit_breaker
            .as_ref()
            .and_then(|breaker| breaker.slow_call)
            && let Some(timeout) = policy.timeout.get()
            && timeout.0 <= slow.longer_than.0
        {
            let at = format!("{path}.circuit_breaker.slow_call.longer_than");
            let message = format!("no attempt takes longer than its timeout of {}", timeout.0);
            self.wrong(&at, &message, "a shorter time");
        }
    }

    /// A hedge that would never be sent, or to nobody else.
    fn hedge(&mut self, path: &str, hedge: &Hedge, policy: &Policy, target: Option<&Node>) {
        if let (HedgeAfter::Time(after), Some(timeout)) = (hedge.after, policy.timeout.get())
            && timeout.0 <= after.0
        {
            let message = format!(
                "an attempt ends at its timeout of {} before that",
                timeout.0
            );
            self.wrong(&format!("{path}.hedge.after"), &message, "a shorter time");
        }
        let reads = match target {
            Some(Node::Database(database)) => {
                database.replicas.as_ref().map(|copies| &copies.reads)
            }
            _ => None,
        };
        if reads == Some(&Reads::Primary) {
            let message = "all reads go to the primary";
            let expected = "`reads: any` at the database, for a hedge goes to another instance";
            self.wrong(&format!("{path}.hedge"), message, expected);
        }
        if policy
            .subset
            .as_ref()
            .is_some_and(|subset| subset.size == 1)
        {
            let message = "a subset of one leaves nobody to hedge to";
            self.wrong(&format!("{path}.hedge"), message, "a larger `subset`");
        }
    }

    fn retry(&mut self, path: &str, retry: &Retry) {
        let attempts = format!("{path}.attempts");
        if retry.attempts == 0 && self.tree.at(&attempts).is_none() {
            let expected = "`attempts:` with a whole number, or a `preset:`";
            self.wrong(path, "`retry` lacks `attempts`", expected);
        } else {
            self.count(&attempts, retry.attempts, ATTEMPTS);
        }
        if let Backoff::Exponential { base, cap, .. } = retry.backoff {
            let at = format!("{path}.backoff.exponential");
            self.some_time(&format!("{at}.base"), base);
            if cap.0 < base.0 {
                let message = format!("`cap` is {cap}, and `base` is {base}");
                self.wrong(&format!("{at}.cap"), message, &format!("at least {base}"));
            }
        }
        if retry.on.is_empty() {
            let expected = "failures to try again after, such as `[timed-out, refused]`";
            self.wrong(
                &format!("{path}.on"),
                "nothing is ever tried again",
                expected,
            );
        }
        if let Some(budget) = retry.budget {
            budget.check(&format!("{path}.budget"), self);
        }
    }

    fn fan_out(&mut self, path: &str, call: &Call, target: Option<&Node>) {
        let (need, within) = (format!("{path}.need"), format!("{path}.within"));
        if let Some(copies) = call.copies {
            self.count(&format!("{path}.copies"), copies, COPIES);
        }
        let copies = match (call.each, call.copies) {
            (Some(_), Some(_)) => {
                let expected = "`each: instance`, or `copies: 3`";
                return self.wrong(
                    &format!("{path}.copies"),
                    "there are two fan-outs",
                    expected,
                );
            }
            (Some(_), None) => {
                let all = target.map(instances);
                if let Some(all) = all.filter(|&all| COPIES < all) {
                    let message = format!("{} has {all} instances", call.to);
                    let expected = format!("a fan-out to at most {COPIES}");
                    self.wrong(&format!("{path}.each"), message, &expected);
                }
                all
            }
            (None, Some(copies)) => Some(copies),
            (None, None) => {
                let expected = "a fan-out: `each: instance` or `copies: 3` beside it";
                if call.need.is_some() {
                    self.wrong(&need, "`need` belongs to a fan-out", expected);
                }
                if call.within.is_some() {
                    self.wrong(&within, "`within` belongs to a fan-out", expected);
                }
                return;
            }
        };
        if let (Some(needed), Some(copies)) = (call.need, copies)
            && (needed == 0 || copies < needed)
        {
            let message = format!("`need` is {needed}, and {copies} copies are sent");
            self.wrong(
                &need,
                message,
                &format!("a whole number from 1 to {copies}"),
            );
        }
        if call.within.is_some_and(|within| within.0 == Span::ZERO) {
            self.wrong(&within, "`within` cannot be 0s", "a duration above 0s");
        }
    }

    /// Reports nodes that ask each other in a circle.
    pub(super) fn cycles(&mut self) {
        let scenario: &'s Scenario = self.scenario;
        let mut graph = DiGraph::new();
        let ids: BTreeMap<&str, _> = scenario
            .nodes
            .keys()
            .map(|name| (name.as_str(), graph.add_node(name.as_str())))
            .collect();
        for (name, node) in &scenario.nodes {
            for (path, target) in targets(name, node) {
                if let Some(target) = ids.get(target).filter(|_| can_be_asked(scenario, target)) {
                    graph.add_edge(ids[name.as_str()], *target, path);
                }
            }
        }
        for mut group in tarjan_scc(&graph) {
            group.sort_unstable();
            let mut circle = vec![group[0]];
            let closing = loop {
                let last = circle[circle.len() - 1];
                let mut next = graph.neighbors(last).filter(|node| group.contains(node));
                let Some(next) = next.next() else { break None };
                if let Some(start) = circle.iter().position(|node| *node == next) {
                    circle.drain(..start);
                    circle.push(next);
                    break graph.find_edge(last, next);
                }
                circle.push(next);
            };
            if let Some(edge) = closing {
                let names: Vec<&str> = circle.iter().map(|node| graph[*node]).collect();
                let message = format!("calls go round in a circle: {}", names.join(" -> "));
                self.wrong(
                    &graph[edge].clone(),
                    message,
                    "a node that does not ask back",
                );
            }
        }
    }
}
