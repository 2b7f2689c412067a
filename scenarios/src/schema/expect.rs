//! What a study of the scenario must find.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An expectation, which `squall test` judges.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// What must hold: `VARIANT METRIC < VALUE [of VARIANT] [with probability SHARE]` (or `>`),
    /// `VARIANT recovers within DURATION [with probability SHARE]`, `VARIANT never recovers`, or
    /// `VARIANT no COUNTER`.
    pub that: String,
    /// Why it must hold.
    #[serde(default)]
    pub because: String,
}
