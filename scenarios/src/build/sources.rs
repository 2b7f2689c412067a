//! When requests arrive: profiles of rates, with the faults that change the load laid in, and
//! traces.

use super::distributions::distribution;
use super::faults::{Epochs, Occurrence};
use super::input;
use crate::schema::{Arrivals, Clients, LoadChange, Node, Pace, Replay, Scenario};
use crate::study::StudyError;
use models::{Profile, Source, Stage, Trace};
use sim_core::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The traces that a scenario replays, by file.
pub(super) type Traces = BTreeMap<String, Arc<Trace>>;

fn clients(scenario: &Scenario) -> impl Iterator<Item = (&String, &Clients)> {
    scenario.nodes.iter().filter_map(|(name, node)| match node {
        Node::Clients(clients) => Some((name, &**clients)),
        _ => None,
    })
}

fn replays(scenario: &Scenario) -> impl Iterator<Item = &Replay> {
    clients(scenario).filter_map(|(_, clients)| match &clients.arrivals {
        Arrivals::Replay(replay) => Some(replay),
        _ => None,
    })
}

/// Whether requests of a trace are sent one after the other.
pub(super) fn is_one_at_a_time(scenario: &Scenario) -> bool {
    replays(scenario).any(|replay| replay.pace == Pace::OneAtATime)
}

/// Reads the traces of a scenario.
pub(super) fn traces(scenario: &Scenario) -> Result<Traces, StudyError> {
    let files = replays(scenario).map(|replay| replay.file.clone());
    files
        .map(|file| Ok((file.clone(), Arc::new(trace(&file)?))))
        .collect()
}

fn trace(file: &str) -> Result<Trace, StudyError> {
    let wrong = |message: String| input(format!("{file}: {message}"));
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .map_err(|error| wrong(error.to_string()))?;
    let header = reader
        .headers()
        .map_err(|error| wrong(error.to_string()))?
        .clone();
    let column = |name: &str| header.iter().position(|title| title == name);
    let needed = |name: &str| {
        let titles: Vec<_> = header.iter().collect();
        column(name).ok_or_else(|| {
            wrong(format!(
                "a trace needs a column `{name}`; this has {}",
                titles.join(", ")
            ))
        })
    };
    let (time, key, bytes) = (needed("time_s")?, needed("key")?, column("bytes"));
    let mut rows = Vec::new();
    for (line, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let field = |index: usize| record.get(index).unwrap_or_default();
        let bad = |name: &str, index: usize| {
            input(format!("{file}:{line}: `{}` is not a {name}", field(index)))
        };
        rows.push((
            field(time)
                .parse()
                .map_err(|_| bad("time in seconds", time))?,
            field(key)
                .parse()
                .map_err(|_| bad("key (a whole number)", key))?,
            match bytes {
                Some(bytes) => field(bytes)
                    .parse()
                    .map_err(|_| bad("number of bytes", bytes))?,
                None => 1,
            },
        ));
    }
    Trace::from_rows(rows).map_err(wrong)
}

/// The sources of all clients nodes, in order of name. `stages` are the scenario as each epoch
/// has it.
pub(super) fn sources(
    stages: &[Scenario],
    epochs: &Epochs,
    occurrences: &[Occurrence],
    traces: &Traces,
) -> Result<Vec<Source>, StudyError> {
    let scenario = &stages[0];
    clients(scenario)
        .map(|(name, clients)| {
            let over_time = |rate: &dyn Fn(&Arrivals) -> Profile| {
                let mut profile = rate(&clients.arrivals);
                let mut arrivals = &clients.arrivals;
                for &(at, epoch) in &epochs.changes[1..] {
                    let changed = self::clients(&stages[epoch]).find(|(n, _)| *n == name);
                    // What does not change is not cut: pieces would round arrivals anew.
                    if let Some((_, changed)) = changed
                        && changed.arrivals != *arrivals
                    {
                        arrivals = &changed.arrivals;
                        profile = profile.splice(at, &rate(arrivals));
                    }
                }
                Arc::new(with_load(profile, scenario, name, occurrences))
            };
            Ok(match &clients.arrivals {
                Arrivals::Poisson(_) | Arrivals::Piecewise(_) => {
                    Source::Poisson(over_time(&profile))
                }
                Arrivals::Constant(_) => Source::Constant(over_time(&profile)),
                Arrivals::Bursts(bursts) => Source::Bursts(Box::new(models::Bursts {
                    load: over_time(&|_| Profile::constant(1.0)),
                    rate: bursts.rate.0,
                    idle_rate: bursts.idle_rate.0,
                    on: distribution(&bursts.on)?,
                    off: distribution(&bursts.off)?,
                })),
                Arrivals::Closed(closed) => Source::Closed(closed.users),
                Arrivals::Replay(replay) => {
                    let trace = traces[&replay.file].clone();
                    match replay.pace {
                        Pace::AsRecorded => Source::Replay(trace),
                        Pace::OneAtATime => Source::OneAtATime(trace),
                    }
                }
            })
        })
        .collect()
}

/// The rate that arrivals are written with; none for those without a rate.
fn profile(arrivals: &Arrivals) -> Profile {
    match arrivals {
        Arrivals::Poisson(rate) | Arrivals::Constant(rate) => Profile::constant(rate.0),
        Arrivals::Piecewise(stages) => {
            let stages: Vec<Stage> = stages
                .iter()
                .map(|stage| Stage {
                    until: stage
                        .until
                        .map_or(Time::NEVER, |until| Time::ZERO + until.0),
                    from: stage.rate.0,
                    to: stage.ramp_to.unwrap_or(stage.rate).0,
                })
                .collect();
            Profile::stages(&stages)
        }
        Arrivals::Bursts(_) | Arrivals::Closed(_) | Arrivals::Replay(_) => Profile::constant(0.0),
    }
}

/// Lays the load faults of a clients node into its profile.
fn with_load(
    mut profile: Profile,
    scenario: &Scenario,
    name: &str,
    occurrences: &[Occurrence],
) -> Profile {
    for occurrence in occurrences {
        let Some(load) = &scenario.faults[occurrence.fault].load else {
            continue;
        };
        if load.target == name && load.factor.to_bits() != 1.0_f64.to_bits() {
            let to = (occurrence.to != Time::NEVER).then_some(occurrence.to);
            let is_ramp = load.change == LoadChange::Ramp;
            profile = profile.scaled(occurrence.from, to, load.factor, is_ramp);
        }
    }
    profile
}
