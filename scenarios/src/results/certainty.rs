//! What intervals rest on, and how narrow they are.

use super::{Results, Unit, Variant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a wanted precision took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// The metric whose intervals were to be narrow.
    pub metric: String,
    /// How its values are written; where it is a share, half-widths are in points.
    pub unit: Unit,
    /// The half-width that was wanted, as a share of the value (in points of a share).
    pub wanted: f64,
    /// The widest half-width in the end; nothing where a variant has no interval.
    pub widest: Option<f64>,
    /// The variant that has it.
    pub variant: String,
    /// The runs of each variant that it took.
    pub runs: u32,
    /// The most runs that it might take.
    pub limit: u32,
    /// Whether every interval is as narrow as was wanted.
    pub is_reached: bool,
}

impl Results {
    /// With batch means: how many batches the long run has, and the seconds of each.
    pub fn batches(&self) -> Option<(usize, f64)> {
        let variant = self.variants.iter().find(|v| !v.batches.is_empty())?;
        let (batches, window) = (variant.batches.len(), variant.timeline.window);
        let windows = |seconds: f64| (seconds / window - 1e-9).ceil();
        let measured = windows(self.identity.duration) - windows(self.identity.warm_up);
        Some((batches, (measured / batches as f64).floor() * window))
    }
}

/// The name of a variant, with the value of the varied parameter where there is one.
pub(crate) fn title(name: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{name} at {value}"),
        None => name.to_owned(),
    }
}

impl Variant {
    /// Its name, with the value of the varied parameter where there is one.
    pub fn title(&self) -> String {
        title(&self.name, self.value.as_deref())
    }

    /// A metric in each run, or in each batch where there are batches: what intervals rest on.
    pub fn samples(&self, metric: &str) -> Vec<Option<f64>> {
        let of = |metrics: &BTreeMap<String, f64>| metrics.get(metric).copied();
        if self.batches.is_empty() {
            self.runs.iter().map(|run| of(&run.metrics)).collect()
        } else {
            self.batches.iter().map(of).collect()
        }
    }
}
