//! One file that is written whole: beside its place first, then put there by renaming.

use crate::destination::{beside, cannot_write};
use anyhow::{Context, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// A file that will be written, or replaced.
pub(crate) struct WholeFile {
    path: PathBuf,
    partial: PathBuf,
}

impl WholeFile {
    /// Makes sure that the file can be written. Asking before a study finds out early what cannot.
    pub(crate) fn new(path: &Path) -> anyhow::Result<WholeFile> {
        let file = WholeFile {
            path: path.to_path_buf(),
            partial: beside(path, "partial"),
        };
        ensure!(
            path.file_name().is_some() && (!path.exists() || path.is_file()),
            "{}: it is not a file",
            cannot_write(path)
        );
        fs::write(&file.partial, "").with_context(|| cannot_write(path))?;
        let _ = fs::remove_file(&file.partial);
        Ok(file)
    }

    /// Writes it; when that fails, an old one stays.
    pub(crate) fn write(&self, content: &str) -> anyhow::Result<()> {
        let written = fs::write(&self.partial, content);
        let placed = written.and_then(|()| fs::rename(&self.partial, &self.path));
        if placed.is_err() {
            let _ = fs::remove_file(&self.partial);
        }
        placed.with_context(|| cannot_write(&self.path))
    }
}
