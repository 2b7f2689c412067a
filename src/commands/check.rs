//! `squall check`: reads scenarios without running them.

use crate::arguments::Check;
use crate::exit::Exit;
use crate::input;
use crate::terminal::Terminal;
use scenarios::{Document, study};
use std::path::Path;

pub(crate) fn check(wanted: &Check, terminal: &Terminal) -> anyhow::Result<Exit> {
    let mut exit = Exit::Fine;
    for file in &wanted.files {
        match check_one(file, terminal) {
            Ok(()) => terminal.print(&format!("{}: fine\n", file.display()))?,
            Err(error) => exit = terminal.explain(&error),
        }
    }
    Ok(exit)
}

/// Checks a file and warns of what is allowed but strange, once.
fn check_one(file: &Path, terminal: &Terminal) -> anyhow::Result<()> {
    let document = input::document(file)?;
    document.check(&[])?;
    let known = warnings(&document, None)?;
    for warning in &known {
        terminal.warn(format_args!("{}: {warning}", file.display()));
    }
    for variant in document.scenario(None, &[])?.variants.keys() {
        let new = warnings(&document, Some(variant))?;
        for warning in new.iter().filter(|warning| !known.contains(warning)) {
            let file = file.display();
            terminal.warn(format_args!("{file}: with variant `{variant}`: {warning}"));
        }
    }
    Ok(())
}

fn warnings(document: &Document, variant: Option<&str>) -> anyhow::Result<Vec<String>> {
    Ok(study::overview(document, variant, &[])?.warnings)
}
