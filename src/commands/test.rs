//! `squall test`: judges the expectations of scenarios.

use super::study::study;
use crate::arguments::Test;
use crate::exit::Exit;
use crate::progress::Bar;
use crate::terminal::Terminal;
use crate::whole::WholeFile;
use crate::{input, interrupt};
use anyhow::ensure;
use reports::{expectations, junit};
use scenarios::results::{Judgement, Results};
use scenarios::study::{self, Study};
use scenarios::{Document, catalogue};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) fn test(wanted: &Test, terminal: &Terminal) -> anyhow::Result<Exit> {
    let junit_file = wanted.junit.as_deref().map(WholeFile::new).transpose()?;
    let Some(gates) = gates(wanted, terminal) else {
        return Ok(Exit::Refused);
    };
    let stop = interrupt::stop();
    let (mut studies, mut elapsed) = (Vec::new(), Duration::ZERO);
    // Whoever reads the page may leave early; the judgement still counts.
    let mut printed = Ok(());
    for (document, study) in &gates {
        let bar = Bar::new(terminal);
        let results = study::run(document, study, &|progress| bar.show(progress), stop)?;
        elapsed += bar.finish();
        if results.interrupted {
            terminal.warn("interrupted: what is not finished is not judged");
            return Ok(Exit::Interrupted);
        }
        let scenario = &results.identity.scenario;
        for warning in &results.warnings {
            terminal.warn(format_args!("{scenario}: {warning}"));
        }
        let page = expectations::page(&results, terminal.width) + "\n";
        printed = printed.and_then(|()| terminal.print(&page));
        studies.push(results);
    }
    if let Some(file) = junit_file {
        file.write(&junit::junit(&studies))?;
    }
    let summary = expectations::summary(&studies) + "\n";
    printed = printed.and_then(|()| terminal.print(&summary));
    let threads = gates.first().map_or(0, |(_, study)| study.threads);
    let elapsed = elapsed.as_secs_f64();
    terminal.note(format_args!("\n{elapsed:.1} s on {threads} threads"));
    Ok(match (judged(&studies), printed) {
        (Exit::Fine, Err(error)) => terminal.explain(&error),
        (exit, _) => exit,
    })
}

/// Reads all scenarios before any is run; nothing when one of them is no good.
fn gates(wanted: &Test, terminal: &Terminal) -> Option<Vec<(Document, Study)>> {
    let named = wanted.scenarios.clone();
    let catalogue = || catalogue::ENTRIES.iter().map(|entry| entry.id.into());
    let paths: Vec<PathBuf> = match named.is_empty() {
        true => catalogue().collect(),
        false => named,
    };
    let read: Vec<_> = paths.iter().map(|path| gate(wanted, path)).collect();
    for error in read.iter().filter_map(|gate| gate.as_ref().err()) {
        terminal.explain(error);
    }
    read.into_iter().map(Result::ok).collect()
}

/// A scenario as it stands, and the study of the variants that its expectations name.
fn gate(wanted: &Test, path: &Path) -> anyhow::Result<(Document, Study)> {
    let arguments = wanted.study(path);
    let sets = arguments.settings();
    let document = input::document(path)?.as_it_stands();
    document.check(&sets)?;
    let variants = document.expected_variants(&sets)?;
    ensure!(
        !variants.is_empty(),
        "`{}` expects nothing: give it an `expect:`, or there is nothing to test",
        path.display()
    );
    let study = study("test", &[], Some(variants), &arguments);
    Ok((document, study))
}

/// How a gate ends: one violation is enough, and not to know is not to pass.
fn judged(studies: &[Results]) -> Exit {
    let all = studies.iter().flat_map(|results| &results.expectations);
    let exits = all.map(|expectation| match expectation.judgement {
        Judgement::Met => Exit::Fine,
        Judgement::Violated => Exit::Violated,
        Judgement::Undecided => Exit::Undecided,
    });
    let severity = |exit: &Exit| match exit {
        Exit::Violated => 2,
        Exit::Undecided => 1,
        _ => 0,
    };
    exits.max_by_key(severity).unwrap_or(Exit::Fine)
}
