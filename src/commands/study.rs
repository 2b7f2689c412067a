//! `squall run` and `squall compare`: a study, its files and what is printed.

use crate::arguments::{self, Compare, Follow, ReportArguments, Run};
use crate::destination::Destination;
use crate::exit::Exit;
use crate::page::Page;
use crate::progress::Bar;
use crate::terminal::Terminal;
use crate::{files, input, interrupt, stamp};
use scenarios::results::Results;
use scenarios::study::{self, Study};
use std::path::Path;

const BASELINE: &str = "baseline";

/// Runs one variant, or tells the story of one request.
pub(crate) fn run(wanted: &Run, terminal: &Terminal) -> anyhow::Result<Exit> {
    if let Some(request) = &wanted.follow {
        return follow(wanted, request, terminal);
    }
    let scenario = &wanted.scenario.scenario;
    let given = wanted.variant.as_slice();
    let variants = vec![wanted.variant.clone().unwrap_or(BASELINE.into())];
    let study = study("run", scenario, given, Some(variants), &wanted.study);
    perform(scenario, &study, &wanted.report, terminal)
}

/// Compares variants with the baseline.
pub(crate) fn compare(wanted: &Compare, terminal: &Terminal) -> anyhow::Result<Exit> {
    let scenario = &wanted.scenario.scenario;
    let given = &wanted.variants.variants;
    let others = given.iter().filter(|name| *name != BASELINE).cloned();
    let variants = std::iter::once(BASELINE.to_owned()).chain(others).collect();
    let variants = (!given.is_empty()).then_some(variants);
    let study = study("compare", scenario, given, variants, &wanted.study);
    perform(scenario, &study, &wanted.report, terminal)
}

/// The study that the arguments describe, stamped with the variants as they were given.
pub(crate) fn study(
    verb: &str,
    scenario: &Path,
    given: &[String],
    variants: Option<Vec<String>>,
    arguments: &arguments::Study,
) -> Study {
    Study {
        variants,
        sets: arguments.settings(),
        vary: arguments.vary.clone(),
        metric: arguments.metric.clone(),
        threads: arguments.threads(),
        command: stamp::command(verb, scenario, given, arguments),
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
    let results = study::run(
        &document,
        study,
        &|progress| bar.show(progress),
        interrupt::stop(),
    )?;
    let elapsed = bar.finish();
    if results.interrupted
        && results
            .variants
            .iter()
            .all(|variant| variant.runs.is_empty())
    {
        terminal.warn("interrupted before a run was finished; nothing was written");
        return Ok(Exit::Interrupted);
    }
    let saved = destination.write(&results.identity.scenario, &files::all(&results));
    terminal.print(&files::shown(&results, report.format, terminal.width))?;
    let directory = saved?.display().to_string();
    terminal.note(format_args!("\n{directory}: {}", files::summary(&results)));
    let threads = study.threads;
    terminal.note(format_args!(
        "{:.1} s on {threads} threads",
        elapsed.as_secs_f64()
    ));
    Ok(ending(&results, &directory, terminal))
}

fn ending(results: &Results, directory: &str, terminal: &Terminal) -> Exit {
    if !results.interrupted {
        return Exit::Fine;
    }
    terminal.warn(format_args!(
        "interrupted; {directory} has the runs that were finished"
    ));
    Exit::Interrupted
}

/// Prints what happened to one request.
fn follow(wanted: &Run, request: &Follow, terminal: &Terminal) -> anyhow::Result<Exit> {
    let story = study::follow(
        &input::document(&wanted.scenario.scenario)?,
        wanted.variant.as_deref(),
        &wanted.study.settings(),
        request.clients.as_deref(),
        request.request,
    )?;
    let mut page = Page::new(terminal.width);
    let rows = story
        .into_iter()
        .map(|(time, place, event)| vec![format!("{time:.6} s"), place, event]);
    page.table(0, rows, 0);
    terminal.print(&page.finish())?;
    Ok(Exit::Fine)
}
