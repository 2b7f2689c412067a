//! Broken scenario files and the exact messages that they get: `tests/broken/*.yaml` of the
//! workspace, each with a `.txt` beside it. `UPDATE=1 cargo test` writes the messages anew.

use scenarios::{Document, Problems, Source};
use std::fs;
use std::path::{Path, PathBuf};

fn broken() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/broken")
}

fn check(name: String, text: String) -> Result<(), Problems> {
    Document::parse(Source {
        name,
        text,
        folder: None,
    })?
    .check(&[])
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(broken()).expect("the folder is part of the repository");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end != "txt"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_broken_file_gets_its_messages() {
    let mut different = Vec::new();
    for path in files() {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("the file can be read");
        let found = match check(name.clone(), text) {
            Ok(()) => "nothing is wrong\n".to_owned(),
            Err(problems) => format!("{problems}\n"),
        };
        let expected = path.with_extension("txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &found).expect("the messages can be written");
        }
        if fs::read_to_string(&expected).unwrap_or_default() != found {
            different.push(format!("{name}:\n{found}"));
        }
    }
    assert!(
        different.is_empty(),
        "run with UPDATE=1 if these are right:\n{}",
        different.join("\n")
    );
}

#[test]
fn there_is_something_wrong_with_every_broken_file() {
    let files = files();
    assert!(45 <= files.len());
    for path in files {
        let text = fs::read_to_string(&path).expect("the file can be read");
        assert!(
            check("file".into(), text).is_err(),
            "{} is not broken",
            path.display()
        );
    }
}
