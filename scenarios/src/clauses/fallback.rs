//! Fallbacks: what takes the place of a call that has failed.

use super::Clause;
use crate::build::work;
use crate::check::meaning::Report;
use crate::schema::{Call, Distribution};
use crate::study::StudyError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a service does when a call has failed, with all its attempts. It goes on then, and its answer is
/// degraded.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fallback {
    /// Works for this long, as to make a default answer or to find an old one.
    pub work: Option<Distribution>,
    /// Asks another node, after that; where this fails too, the step fails.
    pub call: Option<Box<Call>>,
}

impl Fallback {
    /// What it is in a plan, where its call has this site, for a call of this number.
    pub(crate) fn plan(
        &self,
        site: Option<models::SiteId>,
        number: u32,
    ) -> Result<models::Fallback, StudyError> {
        Ok(models::Fallback {
            work: self.work.as_ref().map(work).transpose()?,
            call: site,
            number,
        })
    }
}

impl Clause for Fallback {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if *self == Fallback::default() {
            let expected = "`work: 2ms`, `call: { to: ... }`, or `optional: yes` in its place";
            report.wrong(path, "this fallback does nothing", expected);
        }
        if let Some(time) = &self.work {
            report.distribution(&format!("{path}.work"), time);
        }
        if let Some(call) = &self.call
            && call.falls_back()
        {
            let expected = "a fallback that succeeds or fails";
            let message = "a fallback cannot have a fallback";
            report.wrong(&format!("{path}.call"), message, expected);
        }
    }

    fn describe(&self) -> String {
        match &self.call {
            Some(call) => format!("else {}", call.to),
            None => "else a default".to_owned(),
        }
    }
}
