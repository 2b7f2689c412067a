//! `squall verify`: the same bytes again, on any number of threads and in another process.

use super::study::study;
use crate::arguments::{self, Verify};
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::{input, interrupt, stamp};
use anyhow::Context;
use scenarios::results::Variant;
use scenarios::study::{self, Study};
use std::process::Command;

/// How many runs of each variant are made when nothing else is said.
const RUNS: &str = "2";

pub(crate) fn verify(wanted: &Verify, terminal: &Terminal) -> anyhow::Result<Exit> {
    let document = input::document(&wanted.scenario.scenario)?;
    let verification = study::verify(&document, &described(wanted))?;
    let here = verification.fingerprints.iter();
    let here: Vec<_> = here
        .map(|(name, run, print)| line(name, *run, print))
        .collect();
    let mut differences = verification.differences;
    differences.extend(compared(&here, &elsewhere(wanted)?));
    terminal.print(&here.concat())?;
    for difference in &differences {
        terminal.warn(difference);
    }
    if !differences.is_empty() {
        terminal.warn("equal studies differ: this is a mistake in Squall, please report it");
        return Ok(Exit::Mistake);
    }
    terminal.note(
        "no difference: twice, on 1 thread and on several, with nodes in another order, and in \
         another process",
    );
    Ok(Exit::Fine)
}

/// `squall fingerprints`: what the other process does.
pub(crate) fn fingerprints(wanted: &Verify, terminal: &Terminal) -> anyhow::Result<Exit> {
    let document = input::document(&wanted.scenario.scenario)?;
    let results = study::run(&document, &described(wanted), &|_| {}, interrupt::stop())?;
    let mut lines = String::new();
    for variant in &results.variants {
        for (run, number) in variant.runs.iter().zip(1..) {
            lines += &line(&name(variant), number, &run.fingerprint);
        }
    }
    terminal.print(&lines)?;
    Ok(Exit::Fine)
}

fn described(wanted: &Verify) -> Study {
    let mut arguments = wanted.study.clone();
    arguments.runs.get_or_insert(RUNS.into());
    let given = &wanted.variants.variants;
    let variants = (!given.is_empty()).then(|| given.clone());
    study(
        "verify",
        &wanted.scenario.scenario,
        given,
        variants,
        &arguments,
    )
}

/// The lines that another process prints.
fn elsewhere(wanted: &Verify) -> anyhow::Result<Vec<String>> {
    let arguments::Verify {
        scenario,
        variants,
        study,
    } = wanted;
    let program = std::env::current_exe().context("cannot find this program to run it again")?;
    let output = Command::new(program)
        .arg("fingerprints")
        .args(stamp::flags(&variants.variants, study))
        .arg("--")
        .arg(&scenario.scenario)
        .output()
        .context("cannot run this program again")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "in another process: {complaint}");
    Ok(text.split_inclusive('\n').map(str::to_owned).collect())
}

/// What differs between this process and another.
fn compared(here: &[String], elsewhere: &[String]) -> Option<String> {
    let differ = |(here, elsewhere): (&String, &String)| here != elsewhere;
    if here.len() == elsewhere.len() && !here.iter().zip(elsewhere).any(differ) {
        return None;
    }
    Some(format!("another process has\n{}", elsewhere.concat()))
}

fn line(name: &str, run: u32, fingerprint: &str) -> String {
    format!("{fingerprint}  {name}, run {run}\n")
}

fn name(variant: &Variant) -> String {
    match &variant.value {
        Some(value) => format!("{} at {value}", variant.name),
        None => variant.name.clone(),
    }
}
