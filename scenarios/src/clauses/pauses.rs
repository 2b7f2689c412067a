//! Stop-the-world pauses of instances.

use super::Clause;
use crate::build::distribution;
use crate::check::meaning::Report;
use crate::schema::{Distribution, YesNo};
use crate::study::StudyError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Each instance stands still now and then, as for a garbage collection: work stops, and messages wait.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pauses {
    /// From the beginning of a pause to that of the next.
    pub every: Distribution,
    /// How long a pause is.
    pub length: Distribution,
    /// Whether all instances pause together; each at its own times unless said.
    #[serde(default)]
    pub aligned: Option<YesNo>,
}

impl Pauses {
    pub(crate) fn plan(&self) -> Result<models::Pauses, StudyError> {
        Ok(models::Pauses {
            every: distribution(&self.every)?,
            length: distribution(&self.length)?,
            aligned: self.aligned == Some(YesNo::Yes),
        })
    }
}

impl Clause for Pauses {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        for (name, time) in [("every", &self.every), ("length", &self.length)] {
            let path = format!("{path}.{name}");
            report.distribution(&path, time);
            if let Distribution::Constant(time) = time {
                report.some_time(&path, *time);
            }
        }
    }

    fn describe(&self) -> String {
        match (&self.length, &self.every) {
            (Distribution::Constant(length), Distribution::Constant(every)) => {
                format!("pauses {length} every {every}")
            }
            _ => "pauses".to_owned(),
        }
    }
}
