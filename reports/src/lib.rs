//! Results to terminal tables, charts, Markdown and exports. Knows results only, runs nothing.

mod bill;
mod breakdown;
mod certainty;
pub mod chart;
pub mod csv;
pub mod expectations;
pub mod hgrm;
pub mod histogram;
pub mod hlog;
mod identity;
pub mod json;
pub mod junit;
pub mod ledger;
#[cfg(test)]
mod made_up;
pub mod markdown;
pub mod quantity;
mod spark;
pub mod terminal;
pub mod topology;
mod wording;
