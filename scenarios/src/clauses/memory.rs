//! The memory of an instance: what requests hold of it.

use super::Clause;
use crate::check::meaning::Report;
use crate::units::{Duration, Share, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The memory of an instance. Each request holds some from its arrival until its answer; with one too many
/// the instance crashes, and with little left it spends its time on garbage collection.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// How much there is.
    pub limit: Size,
    /// What is in use without any request.
    #[serde(default)]
    pub base: Size,
    /// What a request holds.
    pub per_request: Size,
    /// Time spent on garbage collection per time of work, while half of the memory is in use; it grows as
    /// what is in use over what is free.
    #[serde(default)]
    pub collection: Share,
    /// How long an instance is away that has crashed.
    pub restart: Duration,
}

impl Memory {
    pub(crate) fn plan(self) -> models::Memory {
        models::Memory {
            limit: self.limit.0,
            base: self.base.0,
            per_request: self.per_request.0,
            collection: self.collection.0,
            restart: self.restart.0,
        }
    }

    /// How many requests there is memory for.
    fn requests(&self) -> u64 {
        (self.limit.0 - self.base.0.min(self.limit.0)) / self.per_request.0.max(1)
    }
}

impl Clause for Memory {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if self.per_request.0 == 0 {
            let path = format!("{path}.per_request");
            report.wrong(&path, "`per_request` cannot be 0B", "a size above 0B");
        } else if self.requests() == 0 {
            let message = "there is no memory for a single request";
            let expected = "at least `base` and `per_request` together";
            report.wrong(&format!("{path}.limit"), message, expected);
        }
        report.some_time(&format!("{path}.restart"), self.restart);
    }

    fn describe(&self) -> String {
        format!("memory for {} requests", self.requests())
    }
}
