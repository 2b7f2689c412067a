//! Data on standard output, everything else on standard error.

use crate::exit::Exit;
use anyhow::Context;
use clap::ColorChoice;
use scenarios::Problems;
use scenarios::study::StudyError;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// The width of a page that is not read on a terminal.
const WIDTH: usize = 80;

/// Longer lines are hard to read.
const WIDEST: usize = 120;

/// Where a command speaks to its user.
pub(crate) struct Terminal {
    /// Columns of a page on standard output.
    pub(crate) width: usize,
    /// Whether standard error carries errors and warnings only.
    pub(crate) quiet: bool,
    coloured: bool,
}

impl Terminal {
    pub(crate) fn new(quiet: bool, color: ColorChoice) -> Terminal {
        let size = terminal_size::terminal_size_of(io::stdout());
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Terminal {
            width: size.map_or(WIDTH, |(width, _)| usize::from(width.0).min(WIDEST)),
            quiet,
            coloured: match color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => io::stderr().is_terminal() && !is_set("NO_COLOR"),
            },
        }
    }

    /// Writes data to standard output.
    pub(crate) fn print(&self, text: &str) -> anyhow::Result<()> {
        let mut output = io::stdout().lock();
        output
            .write_all(text.as_bytes())
            .and_then(|()| output.flush())
            .context("cannot write to standard output")
    }

    /// Says what is good to know on standard error.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.quiet {
            self.tell(text);
        }
    }

    /// Warns on standard error.
    pub(crate) fn warn(&self, text: impl Display) {
        self.tell(format_args!("warning: {text}"));
    }

    /// Says what is wrong on standard error, and how the command ends.
    pub(crate) fn explain(&self, error: &anyhow::Error) -> Exit {
        if is_closed_pipe(error) {
            return Exit::Fine;
        }
        match problems(error) {
            Some(problems) => self.tell(problems.render(self.coloured)),
            None => self.error(format_args!("{error:#}")),
        }
        Exit::Refused
    }

    /// Says what is wrong on standard error.
    pub(crate) fn error(&self, text: impl Display) {
        self.tell(format_args!("error: {text}"));
    }

    fn tell(&self, text: impl Display) {
        // There is no other place to complain to.
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// Whether the reader of standard output has left, as `head` does: it has all that it wants.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let error = error.root_cause().downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// The mistakes in a scenario, when that is what the error is about.
fn problems(error: &anyhow::Error) -> Option<&Problems> {
    match error.downcast_ref() {
        Some(StudyError::Problems(problems)) => Some(problems),
        _ => error.downcast_ref(),
    }
}
