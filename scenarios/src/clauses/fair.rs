//! Fair queueing: tenants take turns, by their weights.

use super::Clause;
use crate::build::tenants;
use crate::check::meaning::Report;
use crate::schema::Scenario;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tenants take turns, each with as many requests as its weight says, first in, first out within each
/// (start-time fair queueing: Goyal, Vin and Cheng, 1997).
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fair {
    /// What a tenant's turns weigh, by its name; 1 for those without.
    pub weights: BTreeMap<String, f64>,
}

impl Fair {
    /// The weights of all tenants, in order of name.
    pub(crate) fn plan(&self, scenario: &Scenario) -> Vec<f64> {
        let weight = |tenant: &str| self.weights.get(tenant).copied().unwrap_or(1.0);
        tenants(scenario).into_iter().map(weight).collect()
    }
}

impl Clause for Fair {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        let names: Vec<&str> = tenants(report.scenario).into_iter().collect();
        for (tenant, weight) in &self.weights {
            let path = format!("{path}.weights.{tenant}");
            report.positive(&path, *weight);
            if !names.contains(&tenant.as_str()) {
                report.unknown(&path, "tenant", tenant, names.clone());
            }
        }
    }

    fn describe(&self) -> String {
        "tenants take turns".to_owned()
    }
}
