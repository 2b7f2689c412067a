//! Studies: a scenario's variants run many times in the same worlds, and what came out.

mod assemble;
mod batches;
mod bill;
mod breakdown;
mod metrics;
mod overview;
mod precision;
mod record;
mod reproduce;
mod request;
mod sampling;
mod verify;
mod vocabulary;
mod warnings;

use crate::build::{Built, build};
use crate::results::{Precision, Results};
use crate::{Document, Problems, Setting};
use models::Outcomes;
use record::{Pooled, Record, record};
use sampling::sampling;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use crate::results::BASELINE;
pub(crate) use assemble::column_of;
pub(crate) use metrics::{describe, full_name};
pub use overview::{Capacity, Overview, overview};
pub use precision::Wanted;
pub use reproduce::{Reproduction, reproduce};
pub use verify::{Verification, fingerprints, verify};
pub(crate) use vocabulary::metric_names;

/// What to run.
#[derive(Clone, Debug)]
pub struct Study {
    /// Variants by name, `baseline` among them where it is wanted; all when missing.
    pub variants: Option<Vec<String>>,
    /// New values, such as those of `--set`.
    pub sets: Vec<Setting>,
    /// A parameter and its values; the scenario's own when missing.
    pub vary: Option<Vary>,
    /// The metric of a curve, and of the precision; `latency.p99` when missing.
    pub metric: Option<String>,
    /// How narrow its intervals are wanted; the scenario's own runs when missing.
    pub precision: Option<Wanted>,
    /// Threads to run on.
    pub threads: usize,
    /// The command that makes the results again, for the stamp.
    pub command: String,
}

/// A parameter and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A variant at a value of the varied parameter, and what its runs have left so far.
struct Cell {
    name: String,
    value: Option<String>,
    built: Built,
    runs: Mutex<Runs>,
}

/// The runs of a cell that are finished.
#[derive(Default)]
struct Runs {
    records: BTreeMap<usize, Record>,
    /// Histograms of runs that not every cell has yet.
    apart: BTreeMap<usize, Pooled>,
    pooled: Pooled,
}

/// Runs a study on all threads, run by run over all variants. When `stop` becomes true, the runs
/// under way are finished and the results hold the runs that every variant has.
///
/// # Errors
/// When the scenario cannot be read, or a run is stopped by a guard.
pub fn run(
    document: &Document,
    study: &Study,
    progress: &(dyn Fn(Progress) + Sync),
    stop: &AtomicBool,
) -> Result<Results, StudyError> {
    let vary = vary_of(document, study);
    let cells = cells(document, study, vary.as_ref())?;
    check_metric(study, &cells, vary.as_ref())?;
    let runner = Runner {
        cells: &cells,
        threads: study.threads,
        progress,
        stop,
    };
    let mut kept = 0;
    let mut run_up_to = |runs| {
        kept = runner.run_up_to(runs, kept)?;
        Ok(kept)
    };
    let (planned, precision) = match study.precision {
        Some(wanted) => {
            let (planned, precision) = precision::reach(wanted, study, &cells, run_up_to)?;
            (planned, Some(precision))
        }
        None => {
            let runs = cells.first().map_or(0, |cell| cell.built.scenario.runs);
            run_up_to(runs)?;
            (runs, None)
        }
    };
    let made = Made {
        runs: kept,
        is_interrupted: kept < planned,
        precision,
    };
    assemble::results(document, study, cells, made, vary)
}

/// A metric is named for a curve or for a precision.
fn check_metric(study: &Study, cells: &[Cell], vary: Option<&Vary>) -> Result<(), StudyError> {
    let (Some(metric), Some(first)) = (&study.metric, cells.first()) else {
        return Ok(());
    };
    assemble::check_metric(metric, &first.built, false)?;
    if vary.is_none() && study.precision.is_none() {
        let message = "--metric says what is drawn where something is varied, and what \
                       --precision is about: here is neither";
        return Err(StudyError::Input(message.into()));
    }
    Ok(())
}

/// How many runs there are, and how it came to that.
struct Made {
    runs: u32,
    is_interrupted: bool,
    precision: Option<Precision>,
}

/// The parameter that is varied: the study's, else the scenario's own, unless a setting fixes it.
fn vary_of(document: &Document, study: &Study) -> Option<Vary> {
    if study.vary.is_some() {
        return study.vary.clone();
    }
    let settings = document.vary();
    let path = settings.first()?.path.clone();
    if study.sets.iter().any(|setting| setting.path == path) {
        return None;
    }
    let values = settings.iter().filter(|setting| setting.path == path);
    Some(Vary {
        values: values.map(|setting| setting.value.clone()).collect(),
        path,
    })
}

/// The names of the variants to run, the baseline first.
fn names(document: &Document, study: &Study) -> Result<Vec<String>, StudyError> {
    let scenario = document.scenario(None, &study.sets)?;
    let all = || scenario.variants.keys().cloned();
    let Some(wanted) = &study.variants else {
        return Ok(std::iter::once(BASELINE.to_owned()).chain(all()).collect());
    };
    for name in wanted {
        if name != BASELINE && !scenario.variants.contains_key(name) {
            let known: Vec<String> = std::iter::once(BASELINE.to_owned()).chain(all()).collect();
            return Err(StudyError::Input(unknown_variant(name, &known)));
        }
    }
    Ok(wanted.clone())
}

fn unknown_variant(name: &str, known: &[String]) -> String {
    let closeness = |other: &&String| strsim::damerau_levenshtein(name, other);
    let nearest = known
        .iter()
        .min_by_key(closeness)
        .filter(|other| closeness(other) < 4);
    match nearest {
        Some(nearest) => format!("no variant named `{name}`; did you mean `{nearest}`?"),
        None => format!("no variant named `{name}`; there are {}", known.join(", ")),
    }
}

fn cells(document: &Document, study: &Study, vary: Option<&Vary>) -> Result<Vec<Cell>, StudyError> {
    let values: Vec<Option<String>> = match vary {
        Some(vary) => vary.values.iter().cloned().map(Some).collect(),
        None => vec![None],
    };
    let mut cells = Vec::new();
    for value in values {
        let mut sets = study.sets.clone();
        if let (Some(vary), Some(value)) = (vary, &value) {
            let (path, value, origin) = (vary.path.clone(), value.clone(), "--vary".to_owned());
            sets.push(Setting {
                path,
                value,
                origin,
            });
        }
        let first = cells.len();
        for name in names(document, study)? {
            let variant = (name != BASELINE).then_some(name.as_str());
            let built = build(document, variant, &sets)?;
            cells.push(Cell {
                name,
                value: value.clone(),
                built,
                runs: Mutex::default(),
            });
        }
        let cells = &mut cells[first..];
        let traced = match cells.iter().find(|cell| cell.name == BASELINE) {
            Some(baseline) => sampling(&baseline.built)?,
            None => sampling(&build(document, None, &sets)?)?,
        };
        for cell in cells {
            cell.built.plan.traced = traced;
        }
    }
    Ok(cells)
}

/// Makes the runs of all cells.
struct Runner<'s> {
    cells: &'s [Cell],
    threads: usize,
    progress: &'s (dyn Fn(Progress) + Sync),
    stop: &'s AtomicBool,
}

impl Runner<'_> {
    /// Runs every cell until it has `runs` runs, `kept` of which are there, run by run over all
    /// variants, and says how many runs every cell has in the end. Which thread makes which run
    /// changes nothing: each run is a function of its plan, the seed and its number.
    fn run_up_to(&self, runs: u32, kept: u32) -> Result<u32, StudyError> {
        let cells = self.cells;
        let [begin, total] = [kept, runs].map(|runs| cells.len() * runs as usize);
        let (next, finished) = (AtomicUsize::new(begin), AtomicUsize::new(begin));
        let failure: Mutex<Option<(usize, StudyError)>> = Mutex::new(None);
        let kept = Mutex::new(kept);
        let worker = || {
            while !self.stop.load(Ordering::Relaxed) {
                let task = next.fetch_add(1, Ordering::Relaxed);
                if total <= task {
                    return;
                }
                let (number, cell) = (task / cells.len(), &cells[task % cells.len()]);
                match run_once(cell, number as u32 + 1) {
                    Ok(outcomes) => {
                        let pooled = Pooled::of(&outcomes);
                        let record = record(&cell.built, &outcomes);
                        {
                            let mut runs = lock(&cell.runs);
                            runs.apart.insert(number, pooled);
                            runs.records.insert(number, record);
                        }
                        pool_pairs(cells, &mut lock(&kept));
                        let finished = finished.fetch_add(1, Ordering::Relaxed) + 1;
                        (self.progress)(Progress { finished, total });
                    }
                    Err(error) => {
                        let mut failure = lock(&failure);
                        // The first in order is reported, whichever thread met it.
                        if failure.as_ref().is_none_or(|(first, _)| task < *first) {
                            *failure = Some((task, error));
                        }
                        next.store(total, Ordering::Relaxed);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.max(1) {
                scope.spawn(worker);
            }
            worker();
        });
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, error)) => Err(error),
            None => Ok(*lock(&kept)),
        }
    }
}

/// Pools the histograms of the runs that every cell has by now, from the first on, and counts
/// these runs. An interrupted study keeps them, and only them.
fn pool_pairs(cells: &[Cell], kept: &mut u32) {
    while cells
        .iter()
        .all(|cell| lock(&cell.runs).apart.contains_key(&(*kept as usize)))
    {
        for cell in cells {
            let mut runs = lock(&cell.runs);
            if let Some(more) = runs.apart.remove(&(*kept as usize)) {
                runs.pooled.merge(&more);
            }
        }
        *kept += 1;
    }
}

fn run_once(cell: &Cell, number: u32) -> Result<Outcomes, StudyError> {
    models::run(&cell.built.plan, cell.built.scenario.seed, number, None)
        .map_err(|stopped| StudyError::Stopped(format!("{}, run {number}: {stopped}", cell.name)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The story of one request of run 1: time in seconds, place and what happened, line by line.
///
/// # Errors
/// When the scenario cannot be read, has no such clients, or the run is stopped by a guard.
pub fn follow(
    document: &Document,
    variant: Option<&str>,
    sets: &[Setting],
    clients: Option<&str>,
    request: u64,
) -> Result<Vec<(f64, String, String)>, StudyError> {
    let built = build(document, variant, sets)?;
    let is_clients = |node: &&models::NodePlan| matches!(node.kind, models::NodeKind::Clients(_));
    let mut nodes = built.plan.nodes.iter().filter(is_clients);
    let node = match clients {
        Some(name) => nodes.find(|node| node.name == name).ok_or_else(|| {
            StudyError::Input(format!("no clients node named `{name}` sends requests"))
        })?,
        None => nodes
            .next()
            .ok_or_else(|| StudyError::Input("nobody sends requests".into()))?,
    };
    let id = models::request_id(sim_core::name_hash(&node.name), request);
    let outcomes = models::run(&built.plan, built.scenario.seed, 1, Some(id))
        .map_err(|stopped| StudyError::Stopped(stopped.to_string()))?;
    let address = |place: u32| {
        let place = &built.plan.places[place as usize];
        let node = &built.plan.nodes[usize::from(place.node.0)];
        match node.instances {
            1 => node.name.clone(),
            _ => format!("{}/{}", node.name, place.instance),
        }
    };
    let line = |note: &models::Note| {
        (
            note.at.as_seconds(),
            address(note.place),
            note.detail.clone(),
        )
    };
    Ok(outcomes.story.iter().map(line).collect())
}
