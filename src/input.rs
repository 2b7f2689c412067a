//! Finds a scenario by its name in the catalogue or by its file.

use crate::files;
use anyhow::{Context, anyhow, bail};
use scenarios::results::Results;
use scenarios::{Document, Source, catalogue};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// No file that is meant for Squall is longer; without a limit, `/dev/zero` would fill the memory.
const LONGEST: u64 = 256 << 20;

/// Reads the scenario with this name, or else this file.
pub(crate) fn document(wanted: &Path) -> anyhow::Result<Document> {
    Ok(Document::parse(source(wanted)?)?)
}

/// The text of the scenario with this name, or else of this file.
fn source(wanted: &Path) -> anyhow::Result<Source> {
    let id = &*wanted.to_string_lossy();
    if let Some(entry) = catalogue::find(id) {
        return Ok(Source {
            name: id.into(),
            text: entry.text.into(),
            folder: None,
        });
    }
    let is_name = wanted.components().count() == 1 && wanted.extension().is_none();
    if is_name && !wanted.exists() {
        return Err(unknown(id));
    }
    Ok(Source {
        name: wanted.display().to_string(),
        text: text(wanted)?,
        folder: wanted.parent().map(Path::to_path_buf),
    })
}

/// The results in a file, or in the directory of a study.
pub(crate) fn results(wanted: &Path) -> anyhow::Result<Results> {
    let path = match wanted.is_dir() {
        true => wanted.join(files::RESULTS),
        false => wanted.to_path_buf(),
    };
    reports::json::from_json(&text(&path)?)
        .map_err(|error| anyhow!("cannot read `{}`: {error}", path.display()))
}

/// There is no scenario of this name.
pub(crate) fn unknown(id: &str) -> anyhow::Error {
    let remedy =
        catalogue::nearest(id).unwrap_or_else(|| "`squall list` names those there are".to_owned());
    anyhow!("there is no scenario and no file `{id}`: {remedy}")
}

/// The text of a file, or why it cannot be read.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read `{}`", path.display());
    if path.is_dir() {
        bail!("{}: it is a directory", cannot());
    }
    let mut bytes = vec![];
    let file = File::open(path).with_context(cannot)?;
    file.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .with_context(cannot)?;
    if LONGEST < bytes.len() as u64 {
        bail!("{}: it has more than {} MiB", cannot(), LONGEST >> 20);
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        anyhow!("{}: line {line} is not text in UTF-8", cannot())
    })
}
