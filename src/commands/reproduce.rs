//! `squall reproduce`: the same results again, from what they hold.

use crate::arguments::{Reproduce, threads};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::terminal::Terminal;
use crate::{input, interrupt};
use scenarios::results::Results;
use scenarios::results::contrast::Distinction;
use scenarios::study::{self, Reproduction};
use std::fmt::Write;

/// How many differences of a kind are named.
const NAMED: usize = 10;

pub(crate) fn reproduce(wanted: &Reproduce, terminal: &Terminal) -> anyhow::Result<Exit> {
    let results = input::results(&wanted.results)?;
    let bar = Bar::new(terminal);
    let show = |progress| bar.show(progress);
    let threads = threads(wanted.threads);
    let found = study::reproduce(&results, threads, &show, interrupt::stop())?;
    bar.finish();
    if found.interrupted {
        terminal.warn("interrupted before all runs were made again; nothing was compared");
        return Ok(Exit::Interrupted);
    }
    terminal.print(&page(&results, &found))?;
    let is_same = found.fingerprints.is_empty() && found.figures.is_empty();
    Ok(match (is_same, found.is_same_version) {
        (true, _) => Exit::Fine,
        (false, true) => {
            terminal.error(
                "this is a mistake in Squall, or the file has been edited: please report it with \
                 the file",
            );
            Exit::Mistake
        }
        (false, false) => {
            terminal.warn(format_args!(
                "results are only comparable within a version; the changelog says why Squall {} \
                 is another than {}",
                env!("CARGO_PKG_VERSION"),
                results.identity.squall
            ));
            Exit::Violated
        }
    })
}

fn page(results: &Results, found: &Reproduction) -> String {
    let identity = &results.identity;
    let (squall, command, hash) = (&identity.squall, &identity.command, &identity.hash);
    let runs = found.runs;
    let mut page = format!("{command}\nscenario {hash}, Squall {squall}, {runs} runs\n");
    match (found.fingerprints.len(), found.figures.len()) {
        (0, 0) => page += "all fingerprints and all figures are the same\n",
        (0, figures) => {
            let _ = writeln!(
                page,
                "all fingerprints are the same, {figures} figures are not:"
            );
        }
        (runs, 0) => {
            let _ = writeln!(page, "{runs} fingerprints differ, and no figure does:");
        }
        (runs, figures) => {
            let _ = writeln!(page, "{runs} fingerprints and {figures} figures differ:");
        }
    }
    page + &list(&found.fingerprints) + &list(&found.figures)
}

/// The first differences, a line each.
fn list(differences: &[Distinction]) -> String {
    let or_none = |text: &String| match text.as_str() {
        "" => "nothing".to_owned(),
        text => text.to_owned(),
    };
    let line = |Distinction { what, a, b }: &Distinction| {
        format!("  {what}: {} became {}\n", or_none(a), or_none(b))
    };
    let mut lines: String = differences.iter().take(NAMED).map(line).collect();
    if NAMED < differences.len() {
        let more = differences.len() - NAMED;
        let _ = writeln!(lines, "  and {more} more");
    }
    lines
}
