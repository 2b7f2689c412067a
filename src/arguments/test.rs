//! What can be said to `squall test`.

use super::{Study, setting};
use clap::Args;
use scenarios::Setting;
use std::path::{Path, PathBuf};

/// Judge what scenarios expect of their variants, for continuous integration
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  squall test                           the whole catalogue
  squall test mine.yaml
  squall test mine.yaml --junit report.xml --quiet
  squall test mine.yaml --runs 100      when there is not enough data to tell",
    after_help = "\
Exit codes: 0 all expectations are met, 1 one is violated, 3 none is violated, but for one there is
not enough data to tell; 2 bad input, which a file without `expect:` is; 130 interrupted."
)]
pub(crate) struct Test {
    /// Scenarios of the catalogue, or files; the whole catalogue when missing
    #[arg(value_name = "ID|FILE")]
    pub(crate) scenarios: Vec<PathBuf>,
    /// Write the judgements to this file as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Another value for one place of each scenario; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) set: Vec<Setting>,
    /// The root of all dice
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<String>,
    /// How many runs of each variant
    #[arg(long, value_name = "N")]
    pub(crate) runs: Option<String>,
    /// Simulated time in which requests arrive, such as `30s`
    #[arg(long, value_name = "TIME")]
    pub(crate) duration: Option<String>,
    /// How many threads to run on; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

impl Test {
    /// The study of one of the scenarios.
    pub(crate) fn study(&self, scenario: &Path) -> Study {
        Study {
            scenario: scenario.to_path_buf(),
            set: self.set.clone(),
            seed: self.seed.clone(),
            runs: self.runs.clone(),
            duration: self.duration.clone(),
            threads: self.threads,
            ..Study::default()
        }
    }
}
