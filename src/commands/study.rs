//! `squall run` and `squall compare`: a study, its files and what is printed.

use crate::arguments::{self, Compare, Follow, ReportArguments, Run};
use crate::destination::Destination;
use crate::exit::Exit;
use crate::page::Page;
use crate::progress::Bar;
use crate::terminal::Terminal;
use crate::{files, input, interrupt, stamp};
use anyhow::ensure;
use scenarios::study::{self, BASELINE, Study};
use std::iter;
use std::path::Path;

/// Runs one variant, or tells the story of one request.
pub(crate) fn run(wanted: &Run, terminal: &Terminal) -> anyhow::Result<Exit> {
    if let Some(request) = &wanted.follow {
        return follow(wanted, request, terminal);
    }
    let given = wanted.variant.as_slice();
    let variant = wanted.variant.clone().unwrap_or(BASELINE.into());
    let study = study("run", given, Some(vec![variant]), &wanted.study);
    perform(&wanted.study.scenario, &study, &wanted.report, terminal)
}

/// Compares variants with the baseline.
pub(crate) fn compare(wanted: &Compare, terminal: &Terminal) -> anyhow::Result<Exit> {
    let given = &wanted.variants;
    let others = given.iter().filter(|name| *name != BASELINE).cloned();
    let variants = iter::once(BASELINE.to_owned()).chain(others).collect();
    let variants = (!given.is_empty()).then_some(variants);
    let study = study("compare", given, variants, &wanted.study);
    perform(&wanted.study.scenario, &study, &wanted.report, terminal)
}

/// The study that the arguments describe, stamped with the variants as they were given.
pub(crate) fn study(
    verb: &str,
    given: &[String],
    variants: Option<Vec<String>>,
    arguments: &arguments::Study,
) -> Study {
    Study {
        variants,
        sets: arguments.settings(),
        vary: arguments.vary.clone(),
        metric: arguments.metric.clone(),
        precision: arguments.wanted(),
        threads: arguments::threads(arguments.threads),
        command: stamp::command(verb, given, arguments),
    }
}

fn perform(
    scenario: &Path,
    study: &Study,
    report: &ReportArguments,
    terminal: &Terminal,
) -> anyhow::Result<Exit> {
    let document = input::document(scenario)?;
    let destination = Destination::new(report.out.as_deref())?;
    let bar = Bar::new(terminal);
    let show = |progress| bar.show(progress);
    let results = study::run(&document, study, &show, interrupt::stop())?;
    let elapsed = bar.finish().as_secs_f64();
    if results
        .variants
        .iter()
        .all(|variant| variant.runs.is_empty())
    {
        terminal.warn("interrupted before a run was finished; nothing was written");
        return Ok(Exit::Interrupted);
    }
    let files = files::all(&results);
    let saved = destination.write(&results.identity.scenario, &files);
    terminal.print(&files::shown(&results, report.format, terminal.width))?;
    let directory = saved?.display().to_string();
    terminal.note(files::named(&files, &directory));
    terminal.note(format_args!("{elapsed:.1} s on {} threads", study.threads));
    if results.interrupted {
        terminal.warn(format_args!(
            "interrupted: {directory} has what was finished"
        ));
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::Fine)
}

/// Prints what happened to one request.
fn follow(wanted: &Run, request: &Follow, terminal: &Terminal) -> anyhow::Result<Exit> {
    let Follow { clients, request } = request;
    let story = study::follow(
        &input::document(&wanted.study.scenario)?,
        wanted.variant.as_deref(),
        &wanted.study.settings(),
        clients.as_deref(),
        *request,
    )?;
    ensure!(!story.is_empty(), "run 1 has no request {request}");
    let mut page = Page::new(terminal.width);
    let rows = story
        .into_iter()
        .map(|(time, place, event)| vec![format!("{time:.6} s"), place, event]);
    page.table(0, rows, 0);
    terminal.print(&page.finish())?;
    Ok(Exit::Fine)
}
