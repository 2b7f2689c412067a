//! Faults: exactly one kind each, at places that are there, at times that make sense.

use super::Report;
use super::places::kind;
use crate::clauses::Clause;
use crate::schema::{
    Arrivals, Fault, LoadChange, Messages, Node, Places, RunLength, Target, TargetOf,
};
use crate::units::Duration;

/// The kinds of a fault, as its fields name them.
const KINDS: [&str; 10] = [
    "slow",
    "crash",
    "pause",
    "partition",
    "loss",
    "gray",
    "flush",
    "expire",
    "load",
    "set",
];

/// More faults than anybody follows.
pub(crate) const FAULTS: usize = 100;

pub(super) fn kinds_of(fault: &Fault) -> Vec<&'static str> {
    let given = [
        fault.slow.is_some(),
        fault.crash.is_some(),
        fault.pause.is_some(),
        fault.partition.is_some(),
        fault.loss.is_some(),
        fault.gray.is_some(),
        fault.flush.is_some(),
        fault.expire.is_some(),
        fault.load.is_some(),
        fault.set.is_some(),
    ];
    KINDS
        .into_iter()
        .zip(given)
        .filter(|(_, given)| *given)
        .map(|(kind, _)| kind)
        .collect()
}

/// How often a fault may happen in one run.
pub(super) const OCCURRENCES: u32 = 10_000;

impl<'s> Report<'s> {
    pub(super) fn faults(&mut self) {
        let faults = &self.scenario.faults;
        if FAULTS < faults.len() {
            let message = format!("there are {} faults", faults.len());
            self.wrong("faults", message, &format!("at most {FAULTS}"));
        }
        for (index, fault) in faults.iter().enumerate() {
            let path = format!("faults.{index}");
            self.one_kind(&path, fault);
            match &fault.random {
                Some(random) => self.random_times(&path, fault, random),
                None => self.timing(&path, fault),
            }
            self.targets(&path, fault);
            self.messages(&path, fault);
            self.caches(&path, fault);
            self.load(&path, fault);
        }
    }

    fn one_kind(&mut self, path: &str, fault: &Fault) {
        let expected = || {
            format!(
                "exactly one of {}",
                KINDS.map(|kind| format!("`{kind}`")).join(", ")
            )
        };
        match kinds_of(fault)[..] {
            [] => self.wrong(path, "this fault does nothing", &expected()),
            [_] => {}
            [first, second, ..] => {
                let problem = self.problem(
                    &format!("{path}.{second}"),
                    format!("this fault is both `{first}` and `{second}`"),
                );
                self.push(
                    problem
                        .expected(expected())
                        .help("write two faults with the same `at`"),
                );
            }
        }
        if fault.set.as_ref().is_some_and(|set| set.is_empty()) {
            let expected = "new values by path";
            self.wrong(&format!("{path}.set"), "`set` changes nothing", expected);
        }
        if fault
            .name
            .as_ref()
            .is_some_and(|name| name.trim().is_empty())
        {
            self.wrong(
                &format!("{path}.name"),
                "`name` is empty",
                "what charts call the fault",
            );
        }
    }

    fn timing(&mut self, path: &str, fault: &Fault) {
        let at = |part: &str| format!("{path}.{part}");
        match fault.at {
            Some(begin) => self.before_the_end(&at("at"), begin),
            None => self.wrong(path, "this fault has no time", "`at: 30s`, or `random:`"),
        }
        if let Some(Target::Of(_)) = fault.target() {
            let message = "only faults at random times choose what they hit";
            self.wrong(
                path,
                message,
                "`random:` in place of `at:`, or a target that is fixed",
            );
        }
        if let Some(lasts) = fault.lasts {
            self.some_time(&at("for"), lasts);
            let kind = kinds_of(fault)
                .into_iter()
                .find(|kind| matches!(*kind, "flush" | "expire"));
            if let Some(kind) = kind {
                let message = format!("`{kind}` is over at once and has no length");
                self.wrong(&at("for"), message, "no `for` here");
            }
        }
        if let Some(times) = fault.times {
            self.count(&at("times"), times, OCCURRENCES);
            if fault.every.is_none() {
                let message = "`times` needs `every`";
                self.wrong(
                    &at("times"),
                    message,
                    "`every: 30s` beside it, from begin to begin",
                );
            }
        }
        if let Some(every) = fault.every {
            self.some_time(&at("every"), every);
            self.few_occurrences(&at("every"), every, fault);
            if let Some(lasts) = fault.lasts.filter(|lasts| every.0 < lasts.0) {
                let message = format!("it begins again after {every}, before it ends");
                self.wrong(
                    &at("every"),
                    message,
                    &format!("at least {lasts}, which is its `for`"),
                );
            }
        }
    }

    /// Reports a time that is not before the last request.
    pub(super) fn before_the_end(&mut self, path: &str, time: Duration) {
        if let RunLength::For(duration) = self.scenario.duration
            && duration.0 <= time.0
        {
            let message = format!("this fault begins at {time}, after the last request");
            self.wrong(path, message, &format!("a time before {duration}"));
        }
    }

    /// Reports a fault that repeats more often than a run can keep.
    fn few_occurrences(&mut self, path: &str, every: Duration, fault: &Fault) {
        let RunLength::For(duration) = self.scenario.duration else {
            return;
        };
        let begin = fault.at.unwrap_or_default();
        let room = duration.0.0.saturating_sub(begin.0.0);
        let occurrences = room / every.0.0.max(1);
        if fault.times.is_none() && u64::from(OCCURRENCES) < occurrences {
            let message = format!("it would happen {occurrences} times");
            self.wrong(path, message, &format!("at most {OCCURRENCES} times"));
        }
    }

    fn targets(&mut self, path: &str, fault: &'s Fault) {
        let slow = fault.slow.as_ref().map(|slow| ("slow", &slow.target));
        let crash = fault.crash.as_ref().map(|crash| ("crash", &crash.target));
        let pause = fault.pause.as_ref().map(|pause| ("pause", &pause.target));
        for (kind, target) in [slow, crash, pause].into_iter().flatten() {
            self.servers(&format!("{path}.{kind}"), kind, target);
        }
        if let Some(gray) = &fault.gray {
            gray.check(&format!("{path}.gray"), self);
        }
        if let Some(slow) = &fault.slow {
            self.positive(&format!("{path}.slow.factor"), slow.factor);
        }
    }

    /// Checks that faults of this kind, written at `path`, can hit all of their target.
    pub(crate) fn servers(&mut self, path: &str, kind: &str, target: &Target) {
        use Places::{InstancesAt, Several};
        let expected = "a service, a cache, a database or a zone";
        let (part, is_list) = match target {
            Target::At(_) => ("target", false),
            Target::Together(_) => ("target", true),
            Target::Of(TargetOf::OneOf(InstancesAt(_))) => ("target.one_of", false),
            Target::Of(TargetOf::OneOf(Several(_))) => ("target.one_of", true),
            Target::Of(TargetOf::EachOf(InstancesAt(_))) => ("target.each_of", false),
            Target::Of(TargetOf::EachOf(Several(_))) => ("target.each_of", true),
        };
        let path = format!("{path}.{part}");
        let addresses = target.addresses();
        if addresses.is_empty() {
            self.wrong(&path, "there is nothing to hit", expected);
        }
        for (index, address) in addresses.iter().enumerate() {
            let path = match is_list {
                true => format!("{path}.{index}"),
                false => path.clone(),
            };
            if let Some(Node::Clients(_)) = self.place(&path, address) {
                let message = format!("`{address}` are clients, which no `{kind}` can hit");
                self.wrong(&path, message, expected);
            }
        }
    }

    fn messages(&mut self, path: &str, fault: &'s Fault) {
        if let Some(cut) = &fault.partition {
            let at = format!("{path}.partition");
            let ends = [cut.from.as_ref(), cut.to.as_ref()];
            self.ends(&at, cut.between.as_ref(), ends, false);
            let random = fault.random.as_ref();
            let ends = fault.lasts.is_some() || random.is_some_and(|r| r.lasts.is_some());
            if cut.messages == Messages::Held && !ends {
                let message = "messages are held until the end of the cut, which has none";
                self.wrong(&format!("{at}.messages"), message, "`for: 30s` beside `at`");
            }
        }
        if let Some(loss) = &fault.loss {
            let ends = [loss.from.as_ref(), loss.to.as_ref()];
            self.ends(&format!("{path}.loss"), loss.between.as_ref(), ends, true);
        }
    }

    fn caches(&mut self, path: &str, fault: &'s Fault) {
        if let Some(flush) = &fault.flush {
            let path = format!("{path}.flush.cache");
            let node = self.place(&path, &flush.cache);
            self.of_kind(&path, &flush.cache, node, "cache");
        }
        if let Some(expire) = &fault.expire {
            let at = format!("{path}.expire.cache");
            let node = self.node(&at, &expire.cache);
            self.of_kind(&at, &expire.cache, node, "cache");
            if let Some(hottest) = expire.hottest {
                self.count(&format!("{path}.expire.hottest"), hottest, u32::MAX);
            }
        }
    }

    /// Reports a node of another kind than `wanted`.
    fn of_kind(&mut self, path: &str, name: &str, node: Option<&Node>, wanted: &str) {
        let Some(found) = node.map(kind).filter(|found| *found != wanted) else {
            return;
        };
        let all = self
            .scenario
            .nodes
            .iter()
            .filter(|(_, node)| kind(node) == wanted);
        let names: Vec<String> = all.map(|(name, _)| format!("`{name}`")).collect();
        let problem = self.problem(path, format!("`{name}` is a {found} node"));
        let expected = match names.as_slice() {
            [] => format!("a {wanted} node, of which there is none"),
            names => format!("a {wanted} node: {}", names.join(", ")),
        };
        self.push(problem.expected(expected));
    }

    fn load(&mut self, path: &str, fault: &'s Fault) {
        let Some(load) = &fault.load else { return };
        let at = format!("{path}.load");
        let target = format!("{at}.target");
        let node = self.node(&target, &load.target);
        self.of_kind(&target, &load.target, node, "clients");
        if let Some(Node::Clients(clients)) = node
            && let Arrivals::Closed(_) | Arrivals::Replay(_) = clients.arrivals
        {
            let message = format!("`{}` have no rate that could change", load.target);
            let expected = "clients with `poisson`, `constant`, `bursts` or `piecewise` arrivals";
            self.wrong(&target, message, expected);
        }
        if !(0.0..=1e6).contains(&load.factor) {
            let message = format!("`factor` cannot be {}", load.factor);
            self.wrong(
                &format!("{at}.factor"),
                message,
                "a number from 0 to 1000000",
            );
        }
        if load.change == LoadChange::Ramp && fault.lasts.is_none() {
            let expected = "`for: 30s` beside `at`";
            self.wrong(&format!("{at}.change"), "this ramp has no length", expected);
        }
    }
}
