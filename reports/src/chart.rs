//! Charts of a study as SVG, each titled with its finding.
//!
//! plotters scales and draws the meshes; only `canvas`, `plot`, `axis` and `palette` know it. Every
//! coordinate is a whole number of tenths of a pixel and logarithms are those of libm, so that a
//! study has the same bytes on every platform.

mod axis;
mod bill;
mod breakdown;
mod canvas;
mod curve;
mod faults;
mod finding;
mod histogram;
mod labels;
mod load;
mod network;
mod page;
mod palette;
mod panels;
mod percentiles;
mod plot;
#[cfg(feature = "png")]
mod raster;
mod recovery;
#[cfg(test)]
mod tests;
mod timeline;
mod words;

#[cfg(feature = "png")]
pub use raster::png;

use scenarios::results::Results;

/// A finished chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// What its file is called, without extension.
    pub name: String,
    /// The finding in words.
    pub title: String,
    /// The chart.
    pub svg: String,
    /// What was run, and the command that runs it again.
    pub origin: String,
}

/// Draws every chart for which the study has data: of a curve the metric against the parameter,
/// of a comparison the latencies, what happened over time, where the time went and the bill, and of
/// both the topology. Where there is a verdict on recovery, its chart stands for that of goodput.
pub fn draw(results: &Results) -> Vec<Drawing> {
    let charts: &[fn(&Results) -> Option<Drawing>] = match results.curve {
        Some(_) => &[curve::draw, network::draw],
        None => &[
            histogram::draw,
            percentiles::draw,
            timeline::p99,
            |results| recovery::draw(results).or_else(|| timeline::goodput(results)),
            load::draw,
            timeline::depth,
            breakdown::draw,
            bill::draw,
            network::draw,
        ],
    };
    charts.iter().filter_map(|chart| chart(results)).collect()
}
