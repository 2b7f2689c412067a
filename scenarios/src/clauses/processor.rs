//! The processor of an instance: how the work of its requests shares it.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Sharing;

/// How work at an instance slows down with the requests at work: processor sharing, and the Universal
/// Scalability Law (Gunther, 2007, "Guerrilla Capacity Planning"). Who waits for an answer is not at work.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Processor {
    /// So many requests work at full speed; more of them share alike. Unlimited when missing.
    pub cores: Option<u32>,
    /// The share of work that only one request can do at a time.
    pub contention: Share,
    /// What it costs a request to agree with each other one, as a share of its work.
    pub coherence: Share,
}

impl Processor {
    pub(crate) fn plan(self) -> Sharing {
        Sharing {
            cores: self.cores.unwrap_or(u32::MAX),
            contention: self.contention.0,
            coherence: self.coherence.0,
        }
    }
}

impl Clause for Processor {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if *self == Processor::default() {
            let expected = "`cores: 4`, `contention: 5%` or `coherence: 0.1%`";
            report.wrong(path, "this processor slows nobody down", expected);
        }
        if let Some(cores) = self.cores {
            report.count(&format!("{path}.cores"), cores, u32::MAX);
        }
    }

    fn describe(&self) -> String {
        match self.cores {
            Some(1) => "1 core".to_owned(),
            Some(cores) => format!("{cores} cores"),
            None => "slows with its load".to_owned(),
        }
    }
}
