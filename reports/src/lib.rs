//! Results to terminal tables, charts, Markdown and exports. Knows results only, runs nothing.

mod certainty;
pub mod chart;
pub mod csv;
pub mod expectations;
#[cfg(test)]
mod fixture;
pub mod hgrm;
pub mod histogram;
pub mod hlog;
pub mod json;
pub mod junit;
#[cfg(test)]
mod made_up;
pub mod markdown;
pub mod quantity;
mod spark;
pub mod terminal;
pub mod topology;
mod wording;
