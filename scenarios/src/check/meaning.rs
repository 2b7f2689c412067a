//! What the schema cannot say about a scenario: names, ranges, and what goes together.

mod calls;
mod distributions;
mod expect;
mod faults;
mod fixed;
mod nodes;
mod places;
mod random_faults;
mod study;

pub(crate) use expect::expected_metrics;
pub(crate) use faults::FAULTS;
pub(crate) use fixed::changed_topology;

use super::words::{among, nearest};
use crate::problem::{Problem, Problems};
use crate::schema::{Arrivals, FailureKind, Node, RunLength, Scenario};
use crate::source;
use crate::tree::Tree;
use crate::units::{Duration, Share};
use sim_core::Span;

/// The longest run.
const LONGEST: Duration = Duration(Span(30 * 24 * 3600 * 1_000_000_000));

/// More variants than anybody compares, few enough to check each.
pub(crate) const VARIANTS: usize = 100;

/// Checks a scenario that fits the schema; `tree` knows where its values stand.
pub(crate) fn check(scenario: &Scenario, tree: &Tree) -> Problems {
    let mut report = Report {
        scenario,
        tree,
        problems: Vec::new(),
    };
    report.head();
    report.lengths();
    report.batch_means();
    report.recovery();
    report.names();
    report.nodes();
    report.cycles();
    report.network();
    report.faults();
    report.expectations();
    report.problems.into_iter().collect()
}

/// A scenario, and what was found about it.
pub(crate) struct Report<'s> {
    pub(crate) scenario: &'s Scenario,
    tree: &'s Tree,
    problems: Vec<Problem>,
}

impl Report<'_> {
    /// Reports what is wrong with the value at `path`.
    pub(crate) fn wrong(&mut self, path: &str, message: impl Into<String>, expected: &str) {
        self.push(self.problem(path, message).expected(expected));
    }

    pub(crate) fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        Problem::new(&self.tree.locate(path), message)
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.problems.len() < Problems::KEPT {
            self.problems.push(problem);
        }
    }

    /// Reports a count that is zero, or larger than `most`.
    pub(crate) fn count(&mut self, path: &str, count: u32, most: u32) {
        if count == 0 || most < count {
            let name = path.rsplit('.').next().unwrap_or(path);
            let message = format!("`{name}` cannot be {count}");
            self.wrong(path, message, &format!("a whole number from 1 to {most}"));
        }
    }

    /// Reports a number that is not above zero.
    pub(crate) fn positive(&mut self, path: &str, number: f64) {
        if number.is_nan() || number <= 0.0 || number.is_infinite() {
            let name = path.rsplit('.').next().unwrap_or(path);
            self.wrong(
                path,
                format!("`{name}` cannot be {number}"),
                "a number above 0",
            );
        }
    }

    /// Reports a duration of zero.
    pub(crate) fn some_time(&mut self, path: &str, duration: Duration) {
        if duration.0 == Span::ZERO {
            let name = path.rsplit('.').next().unwrap_or(path);
            self.wrong(
                path,
                format!("`{name}` cannot be 0s"),
                "a duration above 0s",
            );
        }
    }

    /// Reports a share of nothing.
    pub(crate) fn some_share(&mut self, path: &str, share: Share) {
        if share.0 <= 0.0 {
            let name = path.rsplit('.').next().unwrap_or(path);
            self.wrong(path, format!("`{name}` cannot be 0%"), "a share above 0%");
        }
    }

    /// Reports failures by which a gate can never decide.
    pub(crate) fn failures(&mut self, path: &str, failures: &[FailureKind], may_be_none: bool) {
        if failures.is_empty() && !may_be_none {
            let expected = "failures that count, such as `[timed-out, unavailable]`";
            self.wrong(path, "no failure counts", expected);
        }
        if failures.contains(&FailureKind::Rejected) {
            let message = "an attempt that is `rejected` is not made, and so tells nothing";
            let expected = "failures of attempts that are made, such as `timed-out`";
            self.wrong(path, message, expected);
        }
    }

    /// Reports shares that do not add up to a whole.
    fn whole(&mut self, path: &str, shares: impl Iterator<Item = f64>) {
        let sum: f64 = shares.sum();
        if 1e-6 < (sum - 1.0).abs() {
            let percent = (sum * 1e8).round() / 1e6;
            self.wrong(
                path,
                format!("the shares add up to {percent}%"),
                "shares that add up to 100%",
            );
        }
    }

    /// Reports a tenant on whose account nobody asks.
    pub(crate) fn tenant(&mut self, path: &str, name: &str) {
        let tenants = crate::build::tenants(self.scenario);
        if !tenants.contains(name) {
            self.unknown(path, "tenant", name, tenants.into_iter().collect());
        }
    }

    /// Reports a name that nothing has.
    pub(crate) fn unknown(&mut self, path: &str, what: &str, wrong: &str, names: Vec<&str>) {
        let names = names.into_iter();
        let problem = self.problem(path, format!("there is no {what} `{wrong}`"));
        let problem = problem.expected(among(names.clone()));
        self.push(problem.maybe_help(nearest(wrong, names)));
    }

    fn head(&mut self) {
        let scenario = self.scenario;
        self.name(&self.tree.locate("name"), "scenario", &scenario.name);
        if scenario.summary.trim().is_empty() {
            self.wrong(
                "summary",
                "`summary` is empty",
                "a sentence that says what fails",
            );
        }
        self.count("runs", scenario.runs, 10_000);
        if scenario.limits.events == 0 {
            self.wrong(
                "limits.events",
                "`events` cannot be 0",
                "a whole number above 0",
            );
        }
        if scenario.limits.memory.0 == 0 {
            self.wrong("limits.memory", "`memory` cannot be 0B", "a size above 0B");
        }
        if VARIANTS < scenario.variants.len() {
            let message = format!("there are {} variants", scenario.variants.len());
            self.wrong("variants", message, &format!("at most {VARIANTS}"));
        }
        if 1 < scenario.vary.len() {
            let message = "`vary` names several parameters";
            self.wrong(
                "vary",
                message,
                "one path, with the values it takes in turn",
            );
        }
        for (path, values) in &scenario.vary {
            if values.is_empty() {
                self.wrong(
                    "vary",
                    format!("`{path}` takes no value"),
                    "a list of values",
                );
            }
        }
    }

    fn lengths(&mut self) {
        let nodes = self.scenario.nodes.values();
        let replays = nodes.clone().any(|node| {
            matches!(node, Node::Clients(clients) if matches!(clients.arrivals, Arrivals::Replay(_)))
        });
        match self.scenario.duration {
            RunLength::Trace(_) if !replays => {
                let message = "`duration: trace` needs clients that replay a trace";
                self.wrong("duration", message, "a duration such as `2m`");
            }
            RunLength::Trace(_) => {}
            RunLength::For(duration) => {
                self.some_time("duration", duration);
                if LONGEST.0 < duration.0 {
                    let message = format!("`{duration}` is longer than 30 days");
                    self.wrong("duration", message, "a duration up to `720h`");
                }
                let warm_up = self.scenario.warm_up;
                if duration.0 <= warm_up.0 && duration.0 != Span::ZERO {
                    let message =
                        format!("nothing is measured: `warm_up` is {warm_up} of {duration}");
                    let expected = format!("a duration below {duration}");
                    self.wrong("warm_up", message, &expected);
                }
            }
        }
    }

    fn names(&mut self) {
        for (name, node) in &self.scenario.nodes {
            let path = format!("nodes.{name}");
            let place = self.tree.locate_name(&path);
            self.name(&place, "node", name);
            if name == "zone" {
                let problem = Problem::new(&place, "a node cannot be called `zone`");
                self.push(problem.expected("another name, for `zone/a` means the zone `a`"));
            }
            let zones = format!("{path}.{}.zones", places::kind(node));
            for (index, zone) in places::zones(node).iter().enumerate() {
                let place = self.tree.locate(&format!("{zones}.{index}"));
                self.name(&place, "zone", zone);
            }
        }
        for name in self.scenario.variants.keys() {
            let place = self.tree.locate_name(&format!("variants.{name}"));
            self.name(&place, "variant", name);
            if name == "baseline" {
                let problem = Problem::new(&place, "a variant cannot be called `baseline`");
                let expected = "another name: `baseline` is the scenario as it stands";
                self.push(problem.expected(expected));
            }
        }
    }

    fn name(&mut self, place: &source::Span, what: &str, name: &str) {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let good = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name.chars().all(allowed);
        if !good {
            let problem = Problem::new(place, format!("`{name}` cannot be the name of a {what}"));
            let problem = problem.expected("lower-case letters, digits and hyphens");
            let plain: String = name.to_lowercase().replace(['_', ' ', '.'], "-");
            let usable = plain.chars().all(allowed) && plain.starts_with(|c| c != '-');
            self.push(problem.maybe_help(usable.then(|| format!("write `{plain}`"))));
        }
    }
}
