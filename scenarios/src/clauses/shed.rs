//! Shedding: which requests a service turns away to be in time for the others.

use super::Clause;
use crate::check::meaning::Report;
use crate::schema::OrUnlimited;
use crate::units::{Duration, Share};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shedding: an instance answers at once that it does not serve a request (`shed`, HTTP 503). Any of the
/// rules may decide it.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shed {
    /// On arrival, when so many wait already.
    pub depth: Option<u32>,
    /// On arrival, by the priority of the clients.
    pub classes: Vec<ClassLimit>,
    /// When its turn comes, and it has waited longer than this.
    pub age: Option<Duration>,
    /// When its turn comes, and all have waited longer than a target for a while.
    pub codel: Option<Codel>,
}

/// Clients of this priority number and higher ones may fill so much of an instance; the rest is for the more
/// important.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassLimit {
    /// The lowest priority number that is limited.
    pub priority: u8,
    /// Turned away when this share of the workers is taken.
    #[serde(default)]
    pub workers: Option<Share>,
    /// Turned away when this share of the queue is taken.
    #[serde(default)]
    pub queue: Option<Share>,
}

/// Controlled delay.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Codel {
    /// A wait that is no sign of a standing queue.
    pub target: Duration,
    /// How long all may wait longer than that.
    pub interval: Duration,
    /// What is dropped then.
    #[serde(default)]
    pub variant: CodelVariant,
}

/// What is dropped from a standing queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CodelVariant {
    /// One, then more and more often (Nichols and Jacobson, 2012; RFC 8289).
    #[default]
    Network,
    /// All that have waited longer than the target (Maurer, 2015, "Fail at Scale").
    Server,
}

impl Shed {
    pub(crate) fn plan(&self) -> models::Shed {
        let class = |class: &ClassLimit| models::ClassLimit {
            priority: class.priority,
            places: class.workers.map(|share| share.0),
            queue: class.queue.map(|share| share.0),
        };
        models::Shed {
            depth: self.depth,
            classes: self.classes.iter().map(class).collect(),
            age: self.age.map(|age| age.0),
            codel: self.codel.map(|codel| models::Codel {
                target: codel.target.0,
                interval: codel.interval.0,
                variant: match codel.variant {
                    CodelVariant::Network => models::CodelVariant::Network,
                    CodelVariant::Server => models::CodelVariant::Server,
                },
            }),
        }
    }

    /// Reports shares of workers or of a queue that have no limit.
    pub(crate) fn check_limits(
        &self,
        path: &str,
        workers: OrUnlimited,
        queue: Option<OrUnlimited>,
        report: &mut Report<'_>,
    ) {
        let is_unlimited = |limit: OrUnlimited| limit.count() == u32::MAX;
        for (index, class) in self.classes.iter().enumerate() {
            let path = format!("{path}.classes.{index}");
            if class.workers.is_some() && is_unlimited(workers) {
                let expected = "a number of `workers`";
                let path = format!("{path}.workers");
                report.wrong(&path, "there is no share of unlimited workers", expected);
            }
            if class.queue.is_some() && queue.is_none_or(is_unlimited) {
                let expected = "a queue with a `capacity`";
                let path = format!("{path}.queue");
                report.wrong(&path, "there is no share of an unlimited queue", expected);
            }
        }
    }
}

impl Clause for Shed {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if *self == Shed::default() {
            let expected = "`depth`, `classes`, `age` or `codel`";
            report.wrong(path, "nothing is ever shed", expected);
        }
        if let Some(depth) = self.depth {
            report.count(&format!("{path}.depth"), depth, u32::MAX);
        }
        for (index, class) in self.classes.iter().enumerate() {
            if class.workers.is_none() && class.queue.is_none() {
                let expected = "`workers: 80%`, `queue: 50%`, or both";
                let path = format!("{path}.classes.{index}");
                report.wrong(&path, "this class is not limited", expected);
            }
        }
        if let Some(age) = self.age {
            report.some_time(&format!("{path}.age"), age);
        }
        if let Some(codel) = self.codel {
            report.some_time(&format!("{path}.codel.target"), codel.target);
            report.some_time(&format!("{path}.codel.interval"), codel.interval);
        }
    }

    fn describe(&self) -> String {
        let depth = self.depth.map(|depth| format!("beyond {depth}"));
        let classes = (!self.classes.is_empty()).then(|| "by class".to_owned());
        let age = self.age.map(|age| format!("after {age}"));
        let codel = self.codel.map(|_| "by CoDel".to_owned());
        let rules: Vec<String> = [depth, classes, age, codel].into_iter().flatten().collect();
        format!("sheds {}", rules.join(", "))
    }
}
