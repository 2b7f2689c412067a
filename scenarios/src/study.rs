//! Studies: a scenario's variants run many times in the same worlds, and what came out.

use crate::results::Results;
use crate::{Document, Problems, Setting};
use std::fmt;
use std::sync::atomic::AtomicBool;

/// What to run.
#[derive(Clone, Debug)]
pub struct Study {
    /// Variants by name, `baseline` among them where it is wanted; all when missing.
    pub variants: Option<Vec<String>>,
    /// New values, such as those of `--set`.
    pub sets: Vec<Setting>,
    /// A parameter and its values; the scenario's own when missing.
    pub vary: Option<Vary>,
    /// The metric of a curve; `latency.p99` when missing.
    pub metric: Option<String>,
    /// Threads to run on.
    pub threads: usize,
    /// The command that makes the results again, for the stamp.
    pub command: String,
}

/// A parameter and its values.
#[derive(Clone, Debug)]
pub struct Vary {
    /// Such as `nodes.readers.clients.arrivals.poisson`.
    pub path: String,
    /// The values, as they would stand in a file.
    pub values: Vec<String>,
}

/// How far a study is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Runs that are finished.
    pub finished: usize,
    /// Runs in all.
    pub total: usize,
}

/// Why there are no results.
#[derive(Debug)]
pub enum StudyError {
    /// The scenario has mistakes.
    Problems(Problems),
    /// Something else is wrong with the input: a file, a name, a metric.
    Input(String),
    /// A run was stopped by a guard.
    Stopped(String),
}

impl From<Problems> for StudyError {
    fn from(problems: Problems) -> StudyError {
        StudyError::Problems(problems)
    }
}

impl fmt::Display for StudyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StudyError::Problems(problems) => problems.fmt(f),
            StudyError::Input(message) | StudyError::Stopped(message) => message.fmt(f),
        }
    }
}

impl std::error::Error for StudyError {}

/// Runs a study on all threads, run by run over all variants. When `stop` becomes true, the runs
/// under way are finished and the results hold what every variant has.
///
/// # Errors
/// When the scenario cannot be read, or a run is stopped by a guard.
pub fn run(
    document: &Document,
    study: &Study,
    progress: &(dyn Fn(Progress) + Sync),
    stop: &AtomicBool,
) -> Result<Results, StudyError> {
    let _ = (document, study, progress, stop);
    Err(StudyError::Input("not yet".into()))
}

/// What `verify` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Fingerprints by variant and run, from the first pass.
    pub fingerprints: Vec<(String, u32, String)>,
    /// Differences, a sentence each; none when all is well.
    pub differences: Vec<String>,
}

/// Runs the study's variants again: twice, on 1 thread and on several, and with the nodes declared
/// in another order; compares fingerprints and results.
///
/// # Errors
/// As [`run`].
pub fn verify(document: &Document, study: &Study) -> Result<Verification, StudyError> {
    let _ = (document, study);
    Err(StudyError::Input("not yet".into()))
}

/// A node's load before anything is run, by arithmetic on the scenario alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// The node.
    pub node: String,
    /// What it is.
    pub kind: String,
    /// Calls per second that it is offered, caches taken as warm where they have a hit ratio by
    /// theory.
    pub offered: f64,
    /// Calls per second that it can serve; nothing without a limit.
    pub capacity: Option<f64>,
    /// Offered over capacity.
    pub utilisation: Option<f64>,
    /// The same with every cache cold.
    pub cold_utilisation: Option<f64>,
}

/// What `show` tells of a scenario besides its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// The parts of the system and who asks whom.
    pub topology: crate::results::Topology,
    /// What goes wrong, and when.
    pub faults: Vec<crate::results::FaultSpan>,
    /// Each node's load.
    pub capacities: Vec<Capacity>,
    /// Every metric: its name and what it is.
    pub metrics: Vec<(String, String)>,
    /// Warnings, such as a node that is offered more than it can serve.
    pub warnings: Vec<String>,
}

/// An overview of a scenario as it stands, or of a variant.
///
/// # Errors
/// When the scenario cannot be read.
pub fn overview(
    document: &Document,
    variant: Option<&str>,
    sets: &[Setting],
) -> Result<Overview, StudyError> {
    let _ = (document, variant, sets);
    Err(StudyError::Input("not yet".into()))
}

/// The story of one request of run 1: time in seconds, place and what happened, line by line.
///
/// # Errors
/// As [`run`].
pub fn follow(
    document: &Document,
    variant: Option<&str>,
    sets: &[Setting],
    clients: Option<&str>,
    request: u64,
) -> Result<Vec<(f64, String, String)>, StudyError> {
    let _ = (document, variant, sets, clients, request);
    Err(StudyError::Input("not yet".into()))
}
