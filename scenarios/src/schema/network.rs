//! How messages travel.

use super::Distribution;
use crate::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How messages travel between the nodes.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// How long a message travels, one way, where no link says otherwise.
    pub default: Distribution,
    /// How many messages are lost where no link says otherwise.
    pub loss: Share,
    /// Exceptions; the last that matches counts.
    pub links: Vec<Link>,
}

/// An exception for messages between two places: a node (`web`), an instance (`web/2`) or a zone
/// (`zone/a`).
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Link {
    /// Two places, in both directions.
    pub between: Option<(String, String)>,
    /// Where messages come from, for one direction only.
    pub from: Option<String>,
    /// Where messages go to, for one direction only.
    pub to: Option<String>,
    /// How long a message travels, one way.
    pub latency: Option<Distribution>,
    /// How many messages are lost.
    pub loss: Option<Share>,
}
