//! A hedge: a second copy of what is slow to be answered.

use super::{Budget, Clause};
use crate::check::meaning::Report;
use crate::schema::YesNo;
use crate::units::{Duration, Quantile};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;
use std::fmt;

/// A hedged request: a second copy, to another instance, when the first is slow (Dean and Barroso,
/// 2013, "The Tail at Scale").
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hedge {
    /// How long to wait before the second copy: a duration, or a quantile such as `p95` of what the
    /// calling instance's last 1000 attempts took, measured anew every 100.
    pub after: HedgeAfter,
    /// A limit on second copies.
    #[serde(default)]
    pub budget: Option<Budget>,
    /// Whether the copies know of each other: the one whose work begins calls off the other, with a
    /// message from server to server.
    #[serde(default = "no")]
    pub tied: YesNo,
}

fn no() -> YesNo {
    YesNo::No
}

/// When a second copy is sent.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum HedgeAfter {
    /// After so long.
    Time(Duration),
    /// After what this share of the recent attempts took at most.
    Quantile(Quantile),
}

impl fmt::Display for HedgeAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HedgeAfter::Time(time) => time.0.fmt(f),
            HedgeAfter::Quantile(quantile) => quantile.fmt(f),
        }
    }
}

impl Hedge {
    pub(crate) fn plan(&self) -> models::Hedge {
        models::Hedge {
            after: match self.after {
                HedgeAfter::Time(time) => models::HedgeAfter::Span(time.0),
                HedgeAfter::Quantile(quantile) => models::HedgeAfter::Quantile(quantile.0),
            },
            budget: self.budget.map(|budget| budget.plan()),
            tied: self.tied == YesNo::Yes,
        }
    }
}

impl Clause for Hedge {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if let Some(budget) = self.budget {
            budget.check(&format!("{path}.budget"), report);
            if let Budget::Named(named) = budget
                && named.is_by_outcome()
            {
                let expected =
                    "a budget of calls: `{ ratio: 5%, burst: 10 }`, `recent:` or `concurrent:`";
                let message = "this budget is for retries: it goes by what calls come to";
                report.wrong(&format!("{path}.budget"), message, expected);
            }
        }
    }

    fn describe(&self) -> String {
        match (self.tied, self.after) {
            (YesNo::No, after) => format!("hedge after {after}"),
            (YesNo::Yes, HedgeAfter::Time(time)) if time.0 == Span::ZERO => "tied".to_owned(),
            (YesNo::Yes, after) => format!("tied after {after}"),
        }
    }
}
