//! Faults at random times: which schedules there are, and what each may hit.

use super::distributions::distribution;
use super::faults::{elsewhere, name};
use super::places::Places;
use super::targets::{groups, kind};
use crate::schema::{Fault, Random, Scenario, Target, TargetOf};
use crate::study::StudyError;
use models::{FaultKind, RandomFault};
use sim_core::{Span, Time};

/// The schedules of all faults at random times; `until` is the end of arrivals.
pub(super) fn schedules(
    scenario: &Scenario,
    places: &Places,
    until: Time,
) -> Result<Vec<RandomFault>, StudyError> {
    let mut schedules = Vec::new();
    for fault in &scenario.faults {
        let Some(random) = &fault.random else {
            continue;
        };
        for (of, kinds) in choices(fault, scenario, places) {
            schedules.push(schedule(fault, random, of, kinds, until)?);
        }
    }
    Ok(schedules)
}

/// What a fault may do: one choice for each that has a schedule of its own, and whose it is.
fn choices(fault: &Fault, scenario: &Scenario, places: &Places) -> Vec<(String, Vec<FaultKind>)> {
    let Some(target) = fault.target() else {
        return vec![(
            String::new(),
            elsewhere(fault, places).into_iter().collect(),
        )];
    };
    let each = groups(target, scenario, places)
        .into_iter()
        .filter_map(|group| {
            let address = group.address.clone();
            Some((address, kind(fault, group, places)?))
        });
    match target {
        Target::Of(TargetOf::EachOf(_)) => each.map(|(of, kind)| (of, vec![kind])).collect(),
        _ => vec![(String::new(), each.map(|(_, kind)| kind).collect())],
    }
}

fn schedule(
    fault: &Fault,
    random: &Random,
    of: String,
    kinds: Vec<FaultKind>,
    end: Time,
) -> Result<RandomFault, StudyError> {
    let wait = random.every.as_ref().or(random.gap.as_ref());
    let until = random
        .until
        .map_or(Time::NEVER, |until| Time::ZERO + until.0);
    Ok(RandomFault {
        name: name(fault),
        of,
        wait: match wait {
            Some(wait) => distribution(wait)?,
            None => sim_core::Distribution::constant(Span::FOREVER),
        },
        from_end: random.every.is_none(),
        lasts: random.lasts.as_ref().map(distribution).transpose()?,
        from: Time::ZERO + random.from.0,
        until: until.min(end),
        kinds,
    })
}
