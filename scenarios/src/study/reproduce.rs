//! Reproduction: a study again from its results alone, and what came out otherwise.

use super::verify::fingerprints;
use super::{Progress, StudyError, request, run};
use crate::Setting;
use crate::distinctions::distinctions;
use crate::results::Results;
use crate::results::contrast::Distinction;
use serde_json::Value;
use std::sync::atomic::AtomicBool;

/// What came out when a study was run again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reproduction {
    /// Runs of all variants that were made again.
    pub runs: usize,
    /// Whether the results are of this version of Squall.
    pub is_same_version: bool,
    /// The runs with another fingerprint: something else happened in the model.
    pub fingerprints: Vec<Distinction>,
    /// Everything else in the results that is not the same, the version apart.
    pub figures: Vec<Distinction>,
    /// Whether it was interrupted, and nothing was compared.
    pub interrupted: bool,
}

/// Makes the study of `results` again on so many threads, as many runs of it as there are, and
/// compares: the fingerprint of each run first, then every figure.
///
/// # Errors
/// When the scenario in the results cannot be read, a trace that it replays is missing or another,
/// or a run is stopped by a guard.
pub fn reproduce(
    results: &Results,
    threads: usize,
    progress: &(dyn Fn(Progress) + Sync),
    stop: &AtomicBool,
) -> Result<Reproduction, StudyError> {
    let asked = &results.identity.request;
    let (document, mut study) = request::again(&results.identity, threads)?;
    if results.interrupted {
        // The runs that there are, however many a precision would have asked for.
        study.precision = None;
        let finished = results.variants.first().map_or(0, |v| v.runs.len());
        study.sets.push(Setting {
            path: "runs".to_owned(),
            value: finished.to_string(),
            origin: "the runs that were finished".to_owned(),
        });
    }
    let mut again = run(&document, &study, progress, stop)?;
    if again.identity.request.traces != asked.traces {
        return Err(StudyError::Input(
            "the trace that these results replay has changed since: its hash is not the one in \
             identity.request.traces"
                .to_owned(),
        ));
    }
    let mut reproduction = Reproduction {
        runs: again.variants.iter().map(|v| v.runs.len()).sum(),
        is_same_version: again.identity.squall == results.identity.squall,
        fingerprints: Vec::new(),
        figures: Vec::new(),
        interrupted: again.interrupted,
    };
    if again.interrupted {
        return Ok(reproduction);
    }
    // What the runs that were left out changed, and the version, of which the caller knows.
    again.interrupted = results.interrupted;
    if results.interrupted {
        again.identity.hash.clone_from(&results.identity.hash);
        again.precision.clone_from(&results.precision);
    }
    again.identity.request = asked.clone();
    again.identity.squall.clone_from(&results.identity.squall);
    reproduction.fingerprints = changed_runs(results, &again);
    reproduction.figures = distinctions(&value(results), &value(&again))
        .filter(|figure| !figure.what.ends_with(".fingerprint"))
        .collect();
    Ok(reproduction)
}

fn changed_runs(results: &Results, again: &Results) -> Vec<Distinction> {
    let (was, is) = (fingerprints(results), fingerprints(again));
    let pairs = was.into_iter().zip(is);
    let changed = pairs.filter(|(was, is)| was != is);
    let change =
        |((name, number, was), (.., is)): ((String, u32, String), (_, _, String))| Distinction {
            what: format!("{name}, run {number}"),
            a: was,
            b: is,
        };
    changed.map(change).collect()
}

fn value(results: &Results) -> Value {
    serde_json::to_value(results).unwrap_or_default()
}
