//! Verification: the same scenario gives the same runs, however it is run.

use super::{Study, StudyError, run};
use crate::Document;
use crate::results::Results;
use std::sync::atomic::AtomicBool;

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
/// When the scenario cannot be read, or a run is stopped by a guard.
pub fn verify(document: &Document, study: &Study) -> Result<Verification, StudyError> {
    let pass = |document: &Document, threads: usize| {
        let study = Study {
            threads,
            ..study.clone()
        };
        run(document, &study, &|_| {}, &AtomicBool::new(false))
    };
    let first = pass(document, 1)?;
    let mut differences = Vec::new();
    let passes = [
        ("run again on one thread", pass(document, 1)?),
        ("on several threads", pass(document, study.threads.max(2))?),
        (
            "with the nodes declared in another order",
            pass(&document.reordered(), 1)?,
        ),
    ];
    for (how, again) in &passes {
        compare(how, &first, again, &mut differences);
    }
    Ok(Verification {
        fingerprints: fingerprints(&first),
        differences,
    })
}

/// The fingerprint of each run of each variant.
pub fn fingerprints(results: &Results) -> Vec<(String, u32, String)> {
    let of = |variant: &crate::results::Variant| {
        let name = variant.title();
        let runs = (1..).zip(&variant.runs);
        runs.map(|(n, run)| (name.clone(), n, run.fingerprint.clone()))
            .collect::<Vec<_>>()
    };
    results.variants.iter().flat_map(of).collect()
}

fn compare(how: &str, first: &Results, again: &Results, differences: &mut Vec<String>) {
    for (one, other) in fingerprints(first).iter().zip(&fingerprints(again)) {
        if one != other {
            differences.push(format!(
                "{}, run {}: fingerprint {} became {} {how}",
                one.0, one.1, one.2, other.2
            ));
        }
    }
    if differences.is_empty() && first != again {
        differences.push(format!(
            "the results differ {how}, though the fingerprints do not"
        ));
    }
}
