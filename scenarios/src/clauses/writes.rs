//! Writes of a database: what becomes of two that meet at one key.

use super::Clause;
use crate::check::meaning::Report;
use crate::schema::Node;
use crate::units::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of writes that meet at one key.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Writes {
    /// The later one replaces what the earlier one wrote.
    #[default]
    Blind,
    /// A caller reads the version first, and its write fails (`conflict`) when that is no longer the
    /// last: optimistic concurrency control.
    Conditional,
    /// Writes to one key wait for each other at the primary, each with its connection: pessimistic
    /// concurrency control.
    Locked {
        /// How long a write waits for its lock; then it fails (`unavailable`).
        timeout: Duration,
    },
}

impl Writes {
    pub(crate) fn plan(self) -> models::Writes {
        match self {
            Writes::Blind => models::Writes::Blind,
            Writes::Conditional => models::Writes::Conditional,
            Writes::Locked { timeout } => models::Writes::Locked(timeout.0),
        }
    }
}

impl Node {
    /// Whether it is a database whose writes depend on the version that they replace.
    pub(crate) fn writes_conditionally(&self) -> bool {
        matches!(self, Node::Database(database) if database.writes == Writes::Conditional)
    }
}

impl Clause for Writes {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        if let Writes::Locked { timeout } = *self {
            report.some_time(&format!("{path}.locked.timeout"), timeout);
        }
    }

    fn describe(&self) -> String {
        match self {
            Writes::Blind => "blind writes".to_owned(),
            Writes::Conditional => "conditional writes".to_owned(),
            Writes::Locked { .. } => "locked writes".to_owned(),
        }
    }
}
