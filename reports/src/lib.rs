//! Results to terminal tables, charts, Markdown and exports. Knows results only, runs nothing.

pub mod csv;
#[cfg(test)]
mod fixture;
pub mod hgrm;
pub mod histogram;
pub mod hlog;
pub mod json;
pub mod markdown;
pub mod quantity;
mod spark;
pub mod terminal;
mod wording;
