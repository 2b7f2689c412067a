//! What the catalogue promises: every scenario is complete and expects its own lesson, and what an
//! expectation cannot say holds too: lessons with other values, and along a curve.

use scenarios::catalogue::{ENTRIES, Entry, find};
use scenarios::results::{Results, Variant};
use scenarios::study::{BASELINE, Study, Vary, overview, run};
use scenarios::{Document, Setting, Source};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

#[track_caller]
fn document(entry: &Entry) -> Document {
    let source = Source {
        name: format!("{}.yaml", entry.id),
        text: entry.text.into(),
        folder: None,
    };
    Document::parse(source).unwrap_or_else(|problems| panic!("{problems}"))
}

fn set(path: &str, value: &str) -> Setting {
    Setting {
        path: path.into(),
        value: value.into(),
        origin: "--set".into(),
    }
}

/// Runs all variants; at one value of the varied parameter, where there is one.
#[track_caller]
fn study(document: &Document, sets: Vec<Setting>, at: Option<Vary>) -> Results {
    let study = Study {
        variants: None,
        sets,
        vary: at,
        metric: None,
        precision: None,
        threads: 2,
        command: String::new(),
    };
    run(document, &study, &|_| {}, &AtomicBool::new(false))
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_catalogue_is_in_order_and_found_by_name() {
    assert!(ENTRIES.is_sorted_by(|a, b| a.id < b.id));
    assert!(
        ENTRIES
            .iter()
            .all(|entry| find(entry.id).is_some_and(|found| found.text == entry.text))
    );
    assert!(find("no-such-scenario").is_none());
}

#[test]
fn every_scenario_is_without_problems_and_complete() {
    for entry in ENTRIES {
        let document = document(entry);
        if let Err(problems) = document.check(&[]) {
            panic!("{}", problems.render(false));
        }
        let scenario = document.scenario(None, &[]).expect("it was checked");
        let id = entry.id;
        assert_eq!(scenario.name, id);
        assert!(!scenario.summary.is_empty(), "{id} has no summary");
        assert!(!scenario.assumptions.is_empty(), "{id} assumes nothing");
        assert!(!scenario.sources.is_empty(), "{id} rests on nothing");
        assert!(3 <= scenario.variants.len(), "{id} compares too little");
        assert!(3 <= scenario.expect.len(), "{id} expects too little");
        for expect in &scenario.expect {
            assert!(!expect.because.is_empty(), "{id}: why {}?", expect.that);
        }
        for (name, variant) in &scenario.variants {
            assert!(!variant.summary.is_empty(), "{id}: what is {name}?");
        }
        for fault in &scenario.faults {
            assert!(fault.name.is_some(), "{id}: a fault has no name");
        }
    }
}

#[test]
fn every_story_tells_the_capacity_sum() {
    for entry in ENTRIES {
        let document = document(entry);
        let story = document.scenario(None, &[]).expect("it is clean").story;
        let overview = overview(&document, None, &[]).expect("it is clean");
        assert_eq!(overview.warnings, Vec::<String>::new(), "{}", entry.id);
        for limited in overview.capacities.iter().filter(|c| c.capacity.is_some()) {
            let line = limited.to_string();
            let is_told = story.lines().any(|told| told.trim() == line);
            assert!(is_told, "{}: the story lacks the line `{line}`", entry.id);
        }
    }
}

/// Simulated seconds that nearly every trigger fits into.
const SHORT: f64 = 75.0;

/// Runs each variant once and writes down what happened, event by event, as one hash. Simulated
/// time is cut where the first trigger permits, to keep the test quick.
#[test]
fn the_first_run_of_every_variant_is_the_one_that_is_pinned() {
    let mut fingerprints = String::new();
    for entry in ENTRIES {
        let document = document(entry);
        let last = document.vary().pop().map(|setting| Vary {
            path: setting.path,
            values: vec![setting.value],
        });
        let mut sets = vec![set("runs", "1")];
        let scenario = document.scenario(None, &[]).expect("it is clean");
        if scenario
            .faults
            .iter()
            .all(|fault| fault.at.is_none_or(|at| at.0.as_seconds() < SHORT))
        {
            sets.push(set("duration", &format!("{SHORT}s")));
        }
        let results = study(&document, sets, last);
        for variant in &results.variants {
            let hash = &variant.runs[0].fingerprint;
            writeln!(fingerprints, "{} {} {hash}", entry.id, variant.name).expect("it is a string");
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fingerprints.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &fingerprints).expect("the file can be written");
    }
    let pinned = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(fingerprints, pinned, "UPDATE=1 writes them anew");
}

/// Three runs of a scenario, to be asked for its lesson.
struct Lesson {
    id: &'static str,
    results: Results,
}

impl Lesson {
    #[track_caller]
    fn of(id: &'static str, sets: &[(&str, &str)]) -> Lesson {
        let entry = find(id).unwrap_or_else(|| panic!("{id} is in the catalogue"));
        let sets = sets.iter().chain(&[("runs", "3"), ("seed", "1")]);
        let sets = sets.map(|(path, value)| set(path, value)).collect();
        let results = study(&document(entry), sets, None);
        Lesson { id, results }
    }

    #[track_caller]
    fn variant(&self, name: &str) -> &Variant {
        let mut variants = self.results.variants.iter();
        let found = variants.find(|variant| format!("{}{}", variant.name, at(variant)) == name);
        found.unwrap_or_else(|| panic!("{}: no variant {name}", self.id))
    }

    /// The mean over runs; a counter that a run does not have has counted nothing.
    #[track_caller]
    fn mean(&self, name: &str, metric: &str) -> f64 {
        let runs = &self.variant(name).runs;
        let values = runs
            .iter()
            .map(|run| run.metrics.get(metric).unwrap_or(&0.0));
        values.sum::<f64>() / runs.len() as f64
    }

    #[track_caller]
    fn is_stuck(&self, names: &[&str]) {
        for name in names {
            let recovery = &self.variant(name).recovery;
            assert_eq!(recovery.stuck, 3, "{} {name}: {recovery:?}", self.id);
        }
    }

    /// All runs are back to normal within so many seconds after the trigger.
    #[track_caller]
    fn recovers(&self, names: &[&str], within: f64) {
        for name in names {
            let recovery = &self.variant(name).recovery;
            let in_time = recovery.time.is_some_and(|time| time <= within);
            assert!(
                recovery.recovered == 3 && in_time,
                "{} {name}: {recovery:?}",
                self.id
            );
        }
    }

    /// The metric of one variant is below so many times that of another.
    #[track_caller]
    fn below(&self, metric: &str, one: &str, times: f64, other: &str) {
        let (lower, higher) = (self.mean(one, metric), self.mean(other, metric));
        assert!(
            lower < times * higher,
            "{}: {metric} of {one} is {lower}, of {other} {higher}",
            self.id
        );
    }

    /// The metric of a variant lies between two values.
    #[track_caller]
    fn within(&self, metric: &str, name: &str, low: f64, high: f64) {
        let value = self.mean(name, metric);
        assert!(
            low <= value && value <= high,
            "{}: {metric} of {name} is {value}",
            self.id
        );
    }
}

/// ` at 320/s` for a point of a curve.
fn at(variant: &Variant) -> String {
    let value = variant.value.as_ref();
    value.map_or_else(String::new, |value| format!(" at {value}"))
}

#[test]
fn backoff_alone_only_moves_the_threshold_of_a_retry_storm() {
    let lesson = Lesson::of("retry-storm", &[("faults.0.for", "3s")]);
    lesson.is_stuck(&[BASELINE, "fixed", "backoff", "backoff-jitter"]);
    lesson.is_stuck(&["equal-jitter", "decorrelated-jitter"]);
    lesson.recovers(&["no-retries", "budget", "backoff-budget"], 5.0);
    lesson.recovers(&["two-attempts", "breaker"], 12.0);
}

#[test]
fn a_queue_saturates_before_its_workers_do() {
    let lesson = Lesson::of("queue-saturation", &[]);
    let p99 = "latency.p99";
    // M/M/1: ln(100) / (m - l) for a worker that serves 100/s.
    lesson.within(p99, "baseline at 200/s", 0.080, 0.105);
    lesson.within(p99, "baseline at 320/s", 0.180, 0.280);
    lesson.below(p99, "baseline at 320/s", 0.75, "baseline at 360/s");
    lesson.below(p99, "baseline at 360/s", 0.75, "baseline at 380/s");
    for better in ["pooled", "power-of-two", "bounded-queue", "more-instances"] {
        lesson.below(p99, &format!("{better} at 360/s"), 0.5, "baseline at 360/s");
    }
    lesson.below(p99, "steady-work at 360/s", 0.75, "baseline at 360/s");
    // The prices: refusals, and a machine that is used less.
    lesson.within("checkout.refused.share", "baseline at 380/s", 0.0, 0.0);
    lesson.within(
        "checkout.refused.share",
        "bounded-queue at 380/s",
        0.03,
        0.1,
    );
    lesson.within(
        "checkout.utilisation",
        "more-instances at 360/s",
        0.70,
        0.74,
    );
}

#[test]
fn a_flag_against_retries_is_no_help_against_slowness() {
    let slow = "{ at: 20s, for: 5s, slow: { target: store, factor: 50 } }";
    let lesson = Lesson::of("retry-amplification", &[("faults.0", slow)]);
    lesson.is_stuck(&[BASELINE, "no-retry-flag"]);
    lesson.recovers(&["edge-only", "next-to-fault", "budget"], 5.0);
}

#[test]
fn below_its_hidden_capacity_no_failure_outlives_its_trigger() {
    let load = ("nodes.buyers.clients.arrivals.poisson", "60/s");
    let crowd = ("faults.0.load.factor", "5");
    let lesson = Lesson::of("metastable-failure", &[load, crowd]);
    lesson.recovers(&[BASELINE], 60.0);
}
