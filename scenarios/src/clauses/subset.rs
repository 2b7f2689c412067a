//! Subsetting: each caller asks a few instances only.

use super::Clause;
use crate::check::meaning::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each calling instance asks so many of the instances only, and always the same, so that there are
/// fewer connections (Beyer et al., 2016, "Site Reliability Engineering", chapter 20).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subset {
    /// How many instances.
    pub size: u32,
    /// Which instances.
    #[serde(default)]
    pub choice: SubsetChoice,
}

/// Which instances are a caller's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubsetChoice {
    /// Callers share out the instances round by round, so that all have as many callers.
    #[default]
    Deterministic,
    /// Each draws its own, so that some instances have more callers than others.
    Random,
}

impl Subset {
    pub(crate) fn plan(self) -> models::Subset {
        models::Subset {
            size: self.size,
            choice: match self.choice {
                SubsetChoice::Deterministic => models::SubsetChoice::Deterministic,
                SubsetChoice::Random => models::SubsetChoice::Random,
            },
        }
    }
}

impl Clause for Subset {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        report.count(&format!("{path}.size"), self.size, u32::MAX);
    }

    fn describe(&self) -> String {
        format!("{} instances each", self.size)
    }
}
