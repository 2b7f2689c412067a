//! A gray failure: sick for some requests, and healthy to look at.

use super::Clause;
use crate::check::meaning::Report;
use crate::schema::Target;
use crate::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A gray failure (Huang et al., 2017, "Gray Failure: The Achilles' Heel of Cloud-Scale Systems"): instances
/// that are there and fail some of their requests, or serve them slowly. Shallow health checks pass.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gray {
    /// Who is sick.
    pub target: Target,
    /// Whose requests it hits, by the address of who asks; everybody's when missing.
    pub callers: Option<String>,
    /// The share of these requests that it hits; all unless said otherwise.
    #[serde(default = "all")]
    pub share: Share,
    /// What becomes of them.
    pub symptom: Symptom,
}

/// What becomes of the requests that a gray failure hits.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// They are answered `unavailable` at once, without a worker.
    Errors,
    /// Work on them takes so many times as long.
    Slow(f64),
}

fn all() -> Share {
    Share(1.0)
}

impl Clause for Gray {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        report.servers(path, "gray", &self.target);
        if let Some(callers) = &self.callers {
            report.place(&format!("{path}.callers"), callers);
        }
        if let Symptom::Slow(factor) = self.symptom {
            report.positive(&format!("{path}.symptom.slow"), factor);
        }
    }

    fn describe(&self) -> String {
        let target = &self.target;
        let symptom = match self.symptom {
            Symptom::Errors => "fails".to_owned(),
            Symptom::Slow(factor) => format!("is {factor} times slower for"),
        };
        let whose = match &self.callers {
            Some(callers) => format!("what {callers} asks"),
            None => "what it is asked".to_owned(),
        };
        let share = (self.share.0 * 1e8).round() / 1e6;
        match share.total_cmp(&100.0) {
            std::cmp::Ordering::Less => format!("{target} {symptom} {share} % of {whose}"),
            _ => format!("{target} {symptom} {whose}"),
        }
    }
}
