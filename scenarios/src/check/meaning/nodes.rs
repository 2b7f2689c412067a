//! Nodes: counts, rates, keys, and what goes together.

use super::Report;
use super::calls::calls_of;
use crate::build::{self, Written};
use crate::clauses::Clause;
use crate::problem::Problem;
use crate::schema::{
    Arrivals, Cache, CacheCapacity, Clients, Database, Distribution, EarlyRefresh, Keys, Node,
    OrUnlimited, Reads, Replication, RetryWait, RunLength, Service, Stage, Step, YesNo,
};
use crate::units::Rate;
use sim_core::Span;

/// The fastest rate: ten million a second.
const FASTEST: f64 = 1e7;

/// The most keys, each of which takes memory.
const KEYS: u32 = 50_000_000;

/// The most instances of a node.
const INSTANCES: u32 = 1_000_000;

/// The most users of a closed loop, each of whom is a process.
const USERS: u32 = 10_000_000;

impl<'s> Report<'s> {
    pub(super) fn nodes(&mut self) {
        let nodes = &self.scenario.nodes;
        if !nodes.values().any(|node| matches!(node, Node::Clients(_))) {
            let place = self.tree.locate_name("nodes");
            let problem = Problem::new(&place, "nobody sends requests");
            self.push(problem.expected("a node such as `users: { clients: ... }`"));
        }
        for (name, node) in nodes {
            let path = format!("nodes.{name}");
            match node {
                Node::Clients(clients) => self.clients(&format!("{path}.clients"), clients),
                Node::Service(service) => self.service(&format!("{path}.service"), service),
                Node::Cache(cache) => self.cache(&format!("{path}.cache"), cache),
                Node::Database(database) => self.database(&format!("{path}.database"), database),
            }
        }
        self.events();
    }

    fn clients(&mut self, path: &str, clients: &'s Clients) {
        let at = |part: &str| format!("{path}.{part}");
        self.arrivals(&at("arrivals"), &clients.arrivals);
        if let Some(keys) = &clients.keys {
            self.keys(&at("keys"), keys);
            if matches!(clients.arrivals, Arrivals::Replay(_)) {
                let message = "a replay takes its keys from the trace";
                self.wrong(&at("keys"), message, "no `keys` here");
            }
        }
        if let Some(sessions) = clients.sessions {
            self.count(&at("sessions"), sessions, u32::MAX);
        }
        if clients.bytes.is_some_and(|bytes| bytes.0 == 0) {
            self.wrong(&at("bytes"), "`bytes` cannot be 0B", "a size above 0B");
        }
        self.some_time(&at("good_within"), clients.good_within);
        if let Some(patience) = clients.gives_up_after {
            self.some_time(&at("gives_up_after"), patience);
        }
        if 1 < clients.zones.len() {
            let expected = "one zone, or a clients node for each";
            self.wrong(&at("zones"), "clients are in one zone", expected);
        }
        self.call(&at("call"), &clients.call);
        if clients.call.falls_back() {
            let expected = "`fallback` and `optional` in a step of a service";
            let message = "clients have nothing to fall back on";
            self.wrong(&at("call"), message, expected);
        }
    }

    fn arrivals(&mut self, path: &str, arrivals: &Arrivals) {
        match arrivals {
            Arrivals::Poisson(rate) => self.rate(&format!("{path}.poisson"), *rate, false),
            Arrivals::Constant(rate) => self.rate(&format!("{path}.constant"), *rate, false),
            Arrivals::Bursts(bursts) => {
                let path = format!("{path}.bursts");
                self.rate(&format!("{path}.rate"), bursts.rate, false);
                self.rate(&format!("{path}.idle_rate"), bursts.idle_rate, true);
                self.distribution(&format!("{path}.on"), &bursts.on);
                self.distribution(&format!("{path}.off"), &bursts.off);
                for (name, length) in [("on", &bursts.on), ("off", &bursts.off)] {
                    if let Distribution::Constant(length) = length {
                        self.some_time(&format!("{path}.{name}"), *length);
                    }
                }
            }
            Arrivals::Piecewise(stages) => self.stages(&format!("{path}.piecewise"), stages),
            Arrivals::Closed(closed) => {
                self.count(&format!("{path}.closed.users"), closed.users, USERS);
                self.distribution(&format!("{path}.closed.think"), &closed.think);
            }
            Arrivals::Replay(replay) if replay.file.is_empty() => {
                self.wrong(
                    &format!("{path}.replay.file"),
                    "`file` is empty",
                    "the name of a file",
                );
            }
            Arrivals::Replay(_) => {}
        }
    }

    pub(crate) fn rate(&mut self, path: &str, rate: Rate, may_be_zero: bool) {
        if FASTEST < rate.0 {
            let problem = self.problem(path, format!("{rate} is more than can be simulated"));
            let help = "divide rates, workers and connections by the same number";
            self.push(problem.expected("a rate up to `10000000/s`").help(help));
        } else if rate.0 <= 0.0 && !may_be_zero {
            self.wrong(path, "a rate of 0/s sends nothing", "a rate above `0/s`");
        }
    }

    fn stages(&mut self, path: &str, stages: &[Stage]) {
        let peak = stages.iter().map(peak).fold(0.0, f64::max);
        if peak <= 0.0 {
            self.wrong(
                path,
                "no stretch sends anything",
                "a stretch with a rate above `0/s`",
            );
        }
        let mut before = Span::ZERO;
        for (index, stage) in stages.iter().enumerate() {
            let at = format!("{path}.{index}");
            self.rate(&format!("{at}.rate"), stage.rate, true);
            if let Some(ramp) = stage.ramp_to {
                self.rate(&format!("{at}.ramp_to"), ramp, true);
            }
            match stage.until {
                Some(until) if until.0 <= before => {
                    let message = format!("this stretch ends at {until}, before it begins");
                    self.wrong(
                        &format!("{at}.until"),
                        message,
                        "a later time than the one before",
                    );
                }
                Some(until) => before = until.0,
                None if index + 1 < stages.len() => {
                    self.wrong(
                        &at,
                        "this stretch has no end",
                        "`until`, but for the last stretch",
                    );
                }
                None if stage.ramp_to.is_some() => {
                    self.wrong(
                        &at,
                        "this ramp has no end",
                        "`until`, when `ramp_to` is reached",
                    );
                }
                None => {}
            }
        }
    }

    fn keys(&mut self, path: &str, keys: &Keys) {
        match keys {
            Keys::Uniform { count } => self.count(&format!("{path}.uniform.count"), *count, KEYS),
            Keys::Zipf(zipf) => {
                self.count(&format!("{path}.zipf.count"), zipf.count, KEYS);
                if !(0.0..=100.0).contains(&zipf.exponent) {
                    let message = format!("`exponent` cannot be {}", zipf.exponent);
                    self.wrong(
                        &format!("{path}.zipf.exponent"),
                        message,
                        "a number from 0 to 100",
                    );
                }
            }
            Keys::HotSet(set) => {
                self.count(&format!("{path}.hot_set.count"), set.count, KEYS);
                self.count(&format!("{path}.hot_set.hot"), set.hot, KEYS);
                if set.count < set.hot || (set.count == set.hot && set.share.0 < 1.0) {
                    let message = format!("{} of {} keys are hot", set.hot, set.count);
                    let expected = format!("fewer hot keys than `count`, which is {}", set.count);
                    self.wrong(&format!("{path}.hot_set.hot"), message, &expected);
                }
            }
            Keys::Weighted(shares) => {
                self.whole(
                    &format!("{path}.weighted"),
                    shares.iter().map(|share| share.0),
                );
            }
        }
    }

    /// Reports a service that looks at deadlines and gets none.
    fn deadlines_come(&mut self, path: &str) {
        let name = path.split('.').nth(1).unwrap_or(path);
        let mut calls = self.scenario.nodes.values().flat_map(build::calls_of);
        let sends = |call: &Written<'_>| {
            call.target() == name && call.policy().propagate_deadline == YesNo::Yes
        };
        if !calls.any(|call| sends(&call)) {
            let message = format!("nobody tells `{name}` of a deadline");
            let expected = "a caller with `propagate_deadline: yes`";
            self.wrong(&format!("{path}.reject_expired"), message, expected);
        }
    }

    fn service(&mut self, path: &str, service: &'s Service) {
        self.count(&format!("{path}.instances"), service.instances, INSTANCES);
        self.places_to_work(&format!("{path}.workers"), service.workers);
        if service.reject_expired.is_some() {
            self.deadlines_come(path);
        }
        if service.steps.is_empty() {
            let expected = "steps such as `[ { work: 5ms } ]`";
            self.wrong(
                &format!("{path}.steps"),
                "this service does nothing",
                expected,
            );
        }
        for (name, clause) in service.clauses() {
            clause.check(&format!("{path}.{name}"), self);
        }
        if let Some(shed) = &service.shed {
            let (path, queue) = (format!("{path}.shed"), service.queue.capacity);
            shed.check_limits(&path, service.workers, queue, self);
        }
        for (index, step) in service.steps.iter().enumerate() {
            match step {
                Step::Work(time) => self.distribution(&format!("{path}.steps.{index}.work"), time),
                Step::Parallel(calls) if calls.is_empty() => {
                    let at = format!("{path}.steps.{index}.parallel");
                    self.wrong(
                        &at,
                        "`parallel` is empty",
                        "calls such as `[ { to: ... } ]`",
                    );
                }
                _ => {}
            }
        }
        for (path, call) in calls_of(path, &service.steps) {
            self.call(&path, call);
        }
        for (name, clause) in service.clauses() {
            clause.check(&format!("{path}.{name}"), self);
        }
        let is_reset = service
            .retry_after
            .is_some_and(|said| matches!(said.wait, RetryWait::Until(_)));
        if is_reset && service.rate_limit.is_none() {
            let message = "nothing is ever reset here";
            let expected = "a duration such as `5s`, or a `rate_limit` of this service";
            self.wrong(&format!("{path}.retry_after.wait"), message, expected);
        }
        if let Some(slow) = service.slow_instance {
            let at = format!("{path}.slow_instance");
            self.positive(&format!("{at}.factor"), slow.factor);
            if service.instances <= slow.instance {
                let message = format!("there is no instance {}", slow.instance);
                let expected = format!(
                    "a number below {}, for they count from 0",
                    service.instances
                );
                self.wrong(&format!("{at}.instance"), message, &expected);
            }
        }
    }

    fn places_to_work(&mut self, path: &str, places: OrUnlimited) {
        if places == OrUnlimited::Count(0) {
            let name = path.rsplit('.').next().unwrap_or(path);
            let expected = "`unlimited`, or a whole number above 0";
            self.wrong(path, format!("`{name}` cannot be 0"), expected);
        }
    }

    fn cache(&mut self, path: &str, cache: &'s Cache) {
        let at = |part: &str| format!("{path}.{part}");
        self.count(&at("instances"), cache.instances, INSTANCES);
        match cache.capacity {
            CacheCapacity::Entries(0) | CacheCapacity::Bytes(crate::units::Size(0)) => {
                let expected = "a number of entries or a size, above 0";
                self.wrong(&at("capacity"), "this cache keeps nothing", expected);
            }
            _ => {}
        }
        if cache.ttl.get().is_some_and(|ttl| ttl.0 == Span::ZERO) {
            self.wrong(
                &at("ttl"),
                "`ttl` cannot be 0s",
                "a duration above 0s, or `none`",
            );
        }
        if let Some(stale) = cache.stale_while_revalidate {
            self.some_time(&at("stale_while_revalidate"), stale);
        }
        if let Some(EarlyRefresh::Xfetch(xfetch)) = cache.early_refresh {
            self.positive(&at("early_refresh.xfetch.beta"), xfetch.beta);
        }
        self.distribution(&at("hit"), &cache.hit);
        self.fill(&at("fill"), &cache.fill);
    }

    fn database(&mut self, path: &str, database: &Database) {
        let at = |part: &str| format!("{path}.{part}");
        self.places_to_work(&at("connections"), database.connections);
        if let Some(patience) = database.acquire_timeout {
            self.some_time(&at("acquire_timeout"), patience);
        }
        self.distribution(&at("read"), &database.read);
        self.distribution(&at("write"), &database.write);
        database.writes.check(&at("writes"), self);
        let Some(replicas) = &database.replicas else {
            return;
        };
        self.count(&at("replicas.count"), replicas.count, INSTANCES);
        self.distribution(&at("replicas.apply"), &replicas.apply);
        if let Replication::Synchronous(by) = replicas.replication {
            let path = at("replicas.replication.synchronous.replicas");
            if by.replicas == 0 || replicas.count < by.replicas {
                let message = format!(
                    "`replicas` is {}, and there are {}",
                    by.replicas, replicas.count
                );
                self.wrong(
                    &path,
                    message,
                    &format!("a whole number from 1 to {}", replicas.count),
                );
            }
        }
        let by_session = matches!(replicas.reads, Reads::Sticky | Reads::WaitForVersion(_));
        if by_session && !self.has_sessions() {
            let message = "these reads go by session, and each request is a session of its own";
            let problem = self.problem(&at("replicas.reads"), message);
            let expected = "clients with `sessions`, `read_back` or a closed loop";
            self.push(
                problem
                    .expected(expected)
                    .help("give the clients `sessions: 1000`"),
            );
        }
    }

    /// Whether some clients have sessions.
    pub(crate) fn has_sessions(&self) -> bool {
        self.scenario.nodes.values().any(|node| match node {
            Node::Clients(clients) => {
                let closed = matches!(clients.arrivals, Arrivals::Closed(_));
                closed || clients.sessions.is_some() || clients.read_back.is_some()
            }
            _ => false,
        })
    }

    /// Reports a load that cannot fit into the budget of events, an event per request.
    fn events(&mut self) {
        let RunLength::For(duration) = self.scenario.duration else {
            return;
        };
        let rate: f64 = self.scenario.nodes.values().map(lasting_rate).sum();
        let (requests, most) = (rate * duration.0.as_seconds(), self.scenario.limits.events);
        if most as f64 <= requests && rate <= FASTEST {
            let message = format!("{requests} requests in a run are more than {most} events");
            let problem = self.problem("duration", message);
            let expected = "requests, each of several events, that fit into `limits.events`";
            self.push(
                problem
                    .expected(expected)
                    .help("shorten the run, or lower the rates"),
            );
        }
    }
}

fn peak(stage: &Stage) -> f64 {
    stage
        .ramp_to
        .map_or(stage.rate.0, |ramp| stage.rate.0.max(ramp.0))
}

/// A rate that a node never falls below for long.
fn lasting_rate(node: &Node) -> f64 {
    let Node::Clients(clients) = node else {
        return 0.0;
    };
    match &clients.arrivals {
        Arrivals::Poisson(rate) | Arrivals::Constant(rate) => rate.0,
        Arrivals::Bursts(bursts) => bursts.idle_rate.0,
        Arrivals::Piecewise(stages) => stages
            .iter()
            .map(|stage| stage.rate.0)
            .fold(f64::MAX, f64::min),
        Arrivals::Closed(_) | Arrivals::Replay(_) => 0.0,
    }
}
