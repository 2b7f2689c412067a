//! The progress of a study on a terminal.

use crate::terminal::Terminal;
use indicatif::{ProgressBar, ProgressStyle};
use scenarios::study::Progress;
use std::time::Duration;

/// A bar on standard error; not to be seen when that is no terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(terminal: &Terminal) -> Bar {
        let bar = if terminal.quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left");
        Bar(bar.with_style(style.expect("the template is well formed")))
    }

    /// Counts a run that was finished.
    pub(crate) fn show(&self, progress: Progress) {
        self.0.set_length(progress.total as u64);
        // Threads may tell out of order, and a bar must not go back.
        self.0.inc(1);
    }

    /// Takes the bar away, and tells how long it all took.
    pub(crate) fn finish(self) -> Duration {
        self.0.finish_and_clear();
        self.0.elapsed()
    }
}
