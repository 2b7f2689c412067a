//! Runs scenarios for the other tests.

use scenarios::results::Results;
use scenarios::study::{Study, run};
use scenarios::{Document, Setting, Source};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Reads a scenario file, by its path in the repository.
pub(crate) fn open(path: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path).expect("the file is there");
    parse(Source {
        name: path.display().to_string(),
        text,
        folder: path.parent().map(Path::to_path_buf),
    })
}

/// Reads a scenario that a test has written.
pub(crate) fn read(text: &str) -> Document {
    parse(Source {
        name: "test.yaml".into(),
        text: text.into(),
        folder: None,
    })
}

fn parse(source: Source) -> Document {
    let text = source.text.clone();
    Document::parse(source).unwrap_or_else(|e| panic!("{}\n{text}", e.render(false)))
}

/// Runs all variants of a scenario with new values by path.
pub(crate) fn results(document: &Document, sets: &[(&str, &str)], threads: usize) -> Results {
    let study = study(sets, threads);
    run(document, &study, &|_| {}, &AtomicBool::new(false)).unwrap_or_else(|e| panic!("{e}"))
}

/// A study of all variants with new values by path.
pub(crate) fn study(sets: &[(&str, &str)], threads: usize) -> Study {
    let setting = |&(path, value): &(&str, &str)| Setting {
        path: path.into(),
        value: value.into(),
        origin: "--set".into(),
    };
    Study {
        variants: None,
        sets: sets.iter().map(setting).collect(),
        vary: None,
        metric: None,
        precision: None,
        threads,
        command: String::new(),
    }
}
