//! `squall verify`: the same bytes again, on any number of threads and in another process.

use super::study::study;
use crate::arguments::Verify;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::{input, interrupt, stamp};
use anyhow::{Context, ensure};
use scenarios::study::{self, Study};
use std::process::Command;

/// How many runs of each variant are made when nothing else is said.
const RUNS: &str = "2";

pub(crate) fn verify(mut wanted: Verify, terminal: &Terminal) -> anyhow::Result<Exit> {
    wanted.study.runs.get_or_insert(RUNS.into());
    let document = input::document(&wanted.study.scenario)?;
    let verification = study::verify(&document, &described(&wanted))?;
    let here = verification.fingerprints.iter();
    let here: String = here
        .map(|(name, run, print)| line(name, *run, print))
        .collect();
    let elsewhere = elsewhere(&wanted)?;
    terminal.print(&here)?;
    let mut differences = verification.differences;
    if here != elsewhere {
        differences.push(format!("another process has\n{elsewhere}"));
    }
    if !differences.is_empty() {
        let differences = differences.join("\n");
        terminal.error(format_args!("this is a mistake in Squall: {differences}"));
        return Ok(Exit::Mistake);
    }
    terminal.note(
        "\nno difference: run again, on 1 thread and on several, with nodes in another order, in \
         another process",
    );
    Ok(Exit::Fine)
}

/// `squall fingerprints`: what the other process does.
pub(crate) fn fingerprints(wanted: &Verify, terminal: &Terminal) -> anyhow::Result<Exit> {
    let document = input::document(&wanted.study.scenario)?;
    let results = study::run(&document, &described(wanted), &|_| {}, interrupt::stop())?;
    let prints = study::fingerprints(&results);
    let lines = prints
        .iter()
        .map(|(name, run, print)| line(name, *run, print));
    terminal.print(&lines.collect::<String>())?;
    Ok(Exit::Fine)
}

fn described(wanted: &Verify) -> Study {
    let given = &wanted.variants;
    let variants = (!given.is_empty()).then(|| given.clone());
    study("verify", given, variants, &wanted.study)
}

/// The lines that another process prints.
fn elsewhere(wanted: &Verify) -> anyhow::Result<String> {
    let program = std::env::current_exe().context("cannot find this program to run it again")?;
    let output = Command::new(program)
        .arg("fingerprints")
        .args(stamp::flags(&wanted.variants, &wanted.study))
        .arg("--")
        .arg(&wanted.study.scenario)
        .output()
        .context("cannot run this program again")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "in another process: {complaint}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn line(name: &str, run: u32, fingerprint: &str) -> String {
    format!("{fingerprint}  {name}, run {run}\n")
}
