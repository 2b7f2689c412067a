//! Workloads that are scenario files, run as users run them: read, checked, with all default
//! measurements and the bill.

use scenarios::results::Results;
use scenarios::study::{BASELINE, Study, run};
use scenarios::{Document, Setting, Source, catalogue};
use std::sync::atomic::AtomicBool;

/// W2 as a scenario file.
pub const THREE_STAGES: &str = include_str!("three_stages.yaml");

/// Reads a scenario.
///
/// # Panics
/// When the text is not one.
pub fn read(name: &str, text: &str) -> Document {
    let source = Source {
        name: name.to_owned(),
        text: text.to_owned(),
        folder: None,
    };
    Document::parse(source).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

/// A scenario of the catalogue.
///
/// # Panics
/// When there is none of that name.
pub fn of_catalogue(id: &str) -> Document {
    let entry = catalogue::find(id).expect("the catalogue has it");
    read(id, entry.text)
}

/// Runs the baseline on this thread, with other values at these paths.
///
/// # Panics
/// When a path or a value is wrong.
pub fn baseline(document: &Document, sets: &[(&str, &str)]) -> Results {
    baseline_on(1, document, sets)
}

/// Runs the baseline on so many threads, with other values at these paths.
///
/// # Panics
/// When a path or a value is wrong.
pub fn baseline_on(threads: usize, document: &Document, sets: &[(&str, &str)]) -> Results {
    let setting = |&(path, value): &(&str, &str)| Setting {
        path: path.to_owned(),
        value: value.to_owned(),
        origin: "--set".to_owned(),
    };
    let study = Study {
        variants: Some(vec![BASELINE.to_owned()]),
        sets: sets.iter().map(setting).collect(),
        vary: None,
        metric: None,
        precision: None,
        threads,
        command: String::new(),
    };
    run(document, &study, &|_| {}, &AtomicBool::new(false)).unwrap_or_else(|e| panic!("{e}"))
}

/// How many requests were measured in the runs of the baseline.
pub fn offered(results: &Results) -> u64 {
    results.variants[0].ends.offered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::three_stages::MEAN_LATENCY;

    #[test]
    fn three_stages_as_a_scenario_agree_with_theory() {
        let results = baseline(&read("three-stages", THREE_STAGES), &[]);
        let mean = results.variants[0].runs[0].metrics["latency.mean"];
        assert!((mean - MEAN_LATENCY).abs() < 0.02, "{mean}");
    }
}
