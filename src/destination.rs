//! The directory that results go to: written beside it, then put in place by renaming.

use crate::files::{File, RESULTS};
use crate::input;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where results go when nothing is said.
const FOLDER: &str = "squall-out";

/// The name by which the last result in [`FOLDER`] is found.
const LATEST: &str = "latest";

/// Where results will go. Asking before a study finds out early what cannot be.
pub(crate) enum Destination {
    /// A directory of its own in [`FOLDER`].
    Fresh,
    /// This directory, as the user wrote it.
    Named(PathBuf),
}

impl Destination {
    /// Makes sure that results can go there.
    pub(crate) fn new(out: Option<&Path>) -> anyhow::Result<Destination> {
        let (destination, place) = match out {
            None => (Destination::Fresh, Path::new(FOLDER).join(LATEST)),
            Some(out) => (Destination::Named(out.into()), replaceable(out)?),
        };
        let mut folders = folder(&place).ancestors().filter(|folder| folder.exists());
        Partial::beside(&folders.next().unwrap_or(Path::new(".")).join(LATEST))?;
        Ok(destination)
    }

    /// Writes the files of a scenario's result, and says where they are.
    pub(crate) fn write(&self, scenario: &str, files: &[File]) -> anyhow::Result<PathBuf> {
        match self {
            Destination::Fresh => write_fresh(scenario, files),
            Destination::Named(out) => {
                let place = replaceable(out)?;
                let partial = Partial::filled(&place, files)?;
                partial.replace(&place).with_context(|| cannot_write(out))?;
                Ok(out.clone())
            }
        }
    }
}

/// The directory itself, behind all links, when it may be replaced.
fn replaceable(out: &Path) -> anyhow::Result<PathBuf> {
    let shown = out.display();
    if !out.exists() {
        return Ok(out.into());
    }
    ensure!(
        out.is_dir(),
        "cannot write to `{shown}`: it is not a directory"
    );
    let place = out.canonicalize().with_context(|| cannot_write(out))?;
    let here = std::env::current_dir().unwrap_or_default();
    if here.starts_with(&place) {
        bail!("cannot write to `{shown}`: it would be replaced, and you are in it");
    }
    let mut entries = fs::read_dir(&place).with_context(|| cannot_write(out))?;
    if entries.next().is_some() && !holds_result(&place) {
        bail!("cannot write to `{shown}`: it holds something else than a result of Squall");
    }
    Ok(place)
}

/// Whether there is a result in the directory, of whatever version.
fn holds_result(directory: &Path) -> bool {
    let text = input::text(&directory.join(RESULTS)).unwrap_or_default();
    let results: Value = serde_json::from_str(&text).unwrap_or_default();
    results["format"].is_u64() && results["identity"]["squall"].is_string()
}

/// Puts the files into the next directory of the scenario, to which `latest` then leads.
fn write_fresh(scenario: &str, files: &[File]) -> anyhow::Result<PathBuf> {
    let latest = Path::new(FOLDER).join(LATEST);
    let partial = Partial::filled(&latest, files)?;
    let place = loop {
        let name = format!("{scenario}-{}", 1 + last_number(scenario));
        let place = Path::new(FOLDER).join(name);
        match fs::rename(&partial.0, &place) {
            // Another process was quicker.
            Err(_) if place.exists() => {}
            Err(error) => return Err(error).with_context(|| cannot_write(&place)),
            Ok(()) => break place,
        }
    };
    point(&latest, &place).with_context(|| cannot_write(&latest))?;
    Ok(place)
}

/// The highest number of a directory of the scenario.
fn last_number(scenario: &str) -> u64 {
    let entries = fs::read_dir(FOLDER).into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let number = name.strip_prefix(scenario)?.strip_prefix('-')?;
        number.parse().ok()
    });
    numbers.max().unwrap_or(0)
}

/// Makes `latest` lead to a directory beside it: a link, or where there are none a file with its
/// name.
fn point(latest: &Path, place: &Path) -> io::Result<()> {
    let target = Path::new(place.file_name().unwrap_or_default());
    let new = beside(latest, "link");
    let _ = fs::remove_file(&new);
    link(target, &new).or_else(|_| fs::write(&new, target.as_os_str().as_encoded_bytes()))?;
    fs::rename(&new, latest)
}

#[cfg(unix)]
fn link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A directory under construction, removed unless it is put in place.
struct Partial(PathBuf);

impl Partial {
    fn beside(place: &Path) -> anyhow::Result<Partial> {
        let path = beside(place, "partial");
        // What an earlier process with the same number left when it was killed.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).with_context(|| cannot_write(folder(place)))?;
        Ok(Partial(path))
    }

    fn filled(place: &Path, files: &[File]) -> anyhow::Result<Partial> {
        let folder = folder(place);
        fs::create_dir_all(folder).with_context(|| cannot_write(folder))?;
        let partial = Partial::beside(place)?;
        for File { name, content } in files {
            let path = partial.0.join(name);
            fs::write(&path, content).with_context(|| cannot_write(&path))?;
        }
        Ok(partial)
    }

    /// Takes the place of a directory; when that fails, the old one stays.
    fn replace(&self, place: &Path) -> io::Result<()> {
        if !place.exists() {
            return fs::rename(&self.0, place);
        }
        let old = beside(place, "old");
        fs::rename(place, &old)?;
        if let Err(error) = fs::rename(&self.0, place) {
            fs::rename(&old, place)?;
            return Err(error);
        }
        fs::remove_dir_all(&old)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A hidden neighbour that no other process uses.
pub(crate) fn beside(place: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(place.file_name().unwrap_or_default());
    name.push(format!(".{what}-{}", std::process::id()));
    folder(place).join(name)
}

/// The directory that a path lies in.
fn folder(place: &Path) -> &Path {
    match place.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

pub(crate) fn cannot_write(path: &Path) -> String {
    format!("cannot write to `{}`", path.display())
}
