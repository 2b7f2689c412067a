//! Adaptive LIFO: the newest first, while there is a queue.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::{Order, Span};

/// First in, first out; but last in, first out while the queue is longer or older than this (Maurer, 2015,
/// "Fail at Scale"): those who came last may still be waited for.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveLifo {
    /// More than so many wait.
    #[serde(default)]
    pub longer_than: Option<u32>,
    /// Somebody has waited longer than this.
    #[serde(default)]
    pub older_than: Option<Duration>,
}

impl AdaptiveLifo {
    pub(crate) fn plan(self) -> Order {
        Order::AdaptiveLifo {
            longer_than: self.longer_than.unwrap_or(u32::MAX),
            older_than: self.older_than.map_or(Span::FOREVER, |age| age.0),
        }
    }
}

impl Clause for AdaptiveLifo {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if self.longer_than.is_none() && self.older_than.is_none() {
            let expected = "`longer_than: 50`, `older_than: 100ms`, or both";
            report.wrong(path, "this queue never turns round", expected);
        }
    }

    fn describe(&self) -> String {
        let long = self.longer_than.map(|most| format!("of more than {most}"));
        let old = self.older_than.map(|age| format!("older than {age}"));
        let when: Vec<String> = [long, old].into_iter().flatten().collect();
        format!("the newest first in a queue {}", when.join(" or "))
    }
}
