//! Faults on the timeline: when each happens, what it means for the places, and which sets of
//! parameters hold when.

use super::node_id;
use super::places::Places;
use super::targets::{self, groups};
use crate::clauses::Clause;
use crate::results::FaultSpan;
use crate::schema::{Fault, LoadChange, Messages, Scenario, YesNo};
use models::{FaultKind, FaultPlan};
use sim_core::{Span, Time};

/// One occurrence of a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occurrence {
    /// The fault's place in the scenario's list.
    pub(super) fault: usize,
    pub(super) from: Time,
    /// `NEVER` when it stays; equal to `from` when it is over at once.
    pub(super) to: Time,
}

/// Which `set` faults hold when.
pub(super) struct Epochs {
    /// The faults of each epoch, by their place in the list; none hold in the first.
    pub(super) sets: Vec<Vec<usize>>,
    /// When each epoch begins.
    pub(super) changes: Vec<(Time, usize)>,
}

/// Every occurrence of every fault with a time, in order of the list, then of time.
pub(super) fn occurrences(scenario: &Scenario, until: Time) -> Vec<Occurrence> {
    let mut occurrences = Vec::new();
    for (index, fault) in scenario.faults.iter().enumerate() {
        let Some(at) = fault.at else { continue };
        let times = match (fault.every, fault.times) {
            (None, _) => 1,
            (Some(_), Some(times)) => times,
            (Some(every), None) => {
                let room = until.since(Time::ZERO + at.0).0;
                u32::try_from(room.div_ceil(every.0.0.max(1))).unwrap_or(u32::MAX)
            }
        };
        let every = fault.every.map_or(Span::ZERO, |every| every.0);
        for n in 0..u64::from(times) {
            let from = Time::ZERO + at.0 + Span(every.0.saturating_mul(n));
            let to = match fault.lasts {
                Some(lasts) => from + lasts.0,
                None if is_over_at_once(fault) => from,
                None => Time::NEVER,
            };
            occurrences.push(Occurrence {
                fault: index,
                from,
                to,
            });
        }
    }
    occurrences
}

fn is_over_at_once(fault: &Fault) -> bool {
    fault.flush.is_some() || fault.expire.is_some()
}

fn is_set(scenario: &Scenario, occurrence: &Occurrence) -> bool {
    scenario.faults[occurrence.fault].set.is_some()
}

/// The sets of parameters that the timeline needs.
pub(super) fn epochs(scenario: &Scenario, occurrences: &[Occurrence]) -> Epochs {
    let sets: Vec<_> = occurrences.iter().filter(|o| is_set(scenario, o)).collect();
    let mut moments: Vec<Time> = sets.iter().flat_map(|set| [set.from, set.to]).collect();
    moments.sort_unstable();
    moments.dedup();
    let mut epochs = Epochs {
        sets: vec![Vec::new()],
        changes: vec![(Time::ZERO, 0)],
    };
    for moment in moments.into_iter().filter(|&moment| moment != Time::NEVER) {
        let holds = |set: &&&Occurrence| set.from <= moment && moment < set.to;
        let mut active: Vec<usize> = sets.iter().filter(holds).map(|set| set.fault).collect();
        active.sort_unstable();
        active.dedup();
        let known = epochs.sets.iter().position(|set| *set == active);
        let epoch = known.unwrap_or_else(|| {
            epochs.sets.push(active);
            epochs.sets.len() - 1
        });
        epochs.changes.push((moment, epoch));
    }
    epochs
}

impl Epochs {
    fn at(&self, moment: Time) -> usize {
        let begun = self.changes.iter().rfind(|(begins, _)| *begins <= moment);
        begun.map_or(0, |&(_, epoch)| epoch)
    }
}

/// What happens to the places.
pub(super) fn plans(
    scenario: &Scenario,
    occurrences: &[Occurrence],
    epochs: &Epochs,
    places: &Places,
) -> Vec<FaultPlan> {
    let plan = |occurrence: &Occurrence| {
        let fault = &scenario.faults[occurrence.fault];
        let notice = fault
            .expire
            .as_ref()
            .map_or(Span::ZERO, |expire| expire.notice.0);
        FaultPlan {
            name: name(fault),
            at: Time::ZERO + (occurrence.from.since(Time::ZERO) - notice),
            until: if is_over_at_once(fault) {
                Time::NEVER
            } else {
                occurrence.to
            },
            kind: kind(scenario, fault, occurrence, epochs, places),
        }
    };
    occurrences.iter().map(plan).collect()
}

fn kind(
    scenario: &Scenario,
    fault: &Fault,
    occurrence: &Occurrence,
    epochs: &Epochs,
    places: &Places,
) -> FaultKind {
    let mut groups = fault
        .target()
        .map(|target| groups(target, scenario, places));
    let hit = groups.as_mut().and_then(Vec::pop);
    let hit = hit.and_then(|group| targets::kind(fault, group, places));
    if let Some(kind) = hit.or_else(|| elsewhere(fault, places)) {
        kind
    } else if let Some(expire) = &fault.expire {
        FaultKind::Expire {
            cache: node_id(scenario, &expire.cache),
            hottest: expire.hottest.unwrap_or(u32::MAX),
            expiry: occurrence.from,
        }
    } else if fault.set.is_some() {
        FaultKind::Set {
            begin: epochs.at(occurrence.from),
            end: epochs.at(occurrence.to),
        }
    } else {
        FaultKind::Load
    }
}

/// What a fault does between places, or to all that a cache holds; nothing when it is of another
/// kind.
pub(super) fn elsewhere(fault: &Fault, places: &Places) -> Option<FaultKind> {
    let pairs =
        |between: &Option<(String, String)>, from: &Option<String>, to: &Option<String>| match (
            between, from, to,
        ) {
            (Some((one, other)), ..) => places.pairs(one, other, true),
            (None, Some(from), Some(to)) => places.pairs(from, to, false),
            _ => places.all_pairs(),
        };
    if let Some(cut) = &fault.partition {
        Some(FaultKind::Cut {
            classes: pairs(&cut.between, &cut.from, &cut.to),
            held: cut.messages == Messages::Held,
        })
    } else if let Some(loss) = &fault.loss {
        Some(FaultKind::Loss {
            classes: pairs(&loss.between, &loss.from, &loss.to),
            share: loss.share.0,
        })
    } else {
        let flush = fault.flush.as_ref()?;
        let places = places.at(&flush.cache);
        Some(FaultKind::Flush { places })
    }
}

/// What charts call a fault.
pub(super) fn name(fault: &Fault) -> String {
    if let Some(name) = &fault.name {
        return name.clone();
    }
    let link =
        |between: &Option<(String, String)>, from: &Option<String>, to: &Option<String>| match (
            between, from, to,
        ) {
            (Some((one, other)), ..) => format!("{one} | {other}"),
            (None, Some(from), Some(to)) => format!("{from} to {to}"),
            _ => "everywhere".to_owned(),
        };
    if let Some(slow) = &fault.slow {
        format!("{} {} times slower", slow.target, slow.factor)
    } else if let Some(crash) = &fault.crash {
        format!("{} down", crash.target)
    } else if let Some(pause) = &fault.pause {
        format!("{} paused", pause.target)
    } else if let Some(cut) = &fault.partition {
        format!("cut {}", link(&cut.between, &cut.from, &cut.to))
    } else if let Some(loss) = &fault.loss {
        let share = loss.share.0 * 100.0;
        format!(
            "{share} % loss {}",
            link(&loss.between, &loss.from, &loss.to)
        )
    } else if let Some(gray) = &fault.gray {
        gray.describe()
    } else if let Some(flush) = &fault.flush {
        format!("{} flushed", flush.cache)
    } else if let Some(expire) = &fault.expire {
        match expire.hottest {
            Some(1) => format!("hottest key of {} expires", expire.cache),
            Some(keys) => format!("{keys} keys of {} expire", expire.cache),
            None => format!("all keys of {} expire", expire.cache),
        }
    } else if let Some(load) = &fault.load {
        format!("{} x {}", load.target, load.factor)
    } else {
        let paths: Vec<&str> = fault
            .set
            .iter()
            .flat_map(|set| set.keys().map(String::as_str))
            .collect();
        format!("set {}", paths.join(", "))
    }
}

/// The faults as reports show them: those at random times as the time in which they may begin, for
/// each run has its own.
pub(super) fn spans(
    scenario: &Scenario,
    occurrences: &[Occurrence],
    until: Time,
) -> Vec<FaultSpan> {
    let span = |occurrence: &Occurrence| {
        let fault = &scenario.faults[occurrence.fault];
        let is_ramp = fault
            .load
            .as_ref()
            .is_some_and(|load| load.change == LoadChange::Ramp);
        let stays = occurrence.to == Time::NEVER || is_ramp;
        let to = if stays { until } else { occurrence.to };
        FaultSpan {
            name: name(fault),
            from: occurrence.from.as_seconds(),
            to: to.as_seconds(),
            trigger: is_trigger(fault),
            stays,
        }
    };
    let at_random = |fault: &Fault| {
        let random = fault.random.as_ref()?;
        let last = random.until.map(|until| Time::ZERO + until.0);
        Some(FaultSpan {
            name: format!("{}, at random times", name(fault)),
            from: random.from.0.as_seconds(),
            to: last.unwrap_or(until).as_seconds(),
            trigger: is_trigger(fault),
            stays: last.is_none_or(|last| until <= last),
        })
    };
    let planned = occurrences.iter().map(span);
    planned
        .chain(scenario.faults.iter().filter_map(at_random))
        .collect()
}

fn is_trigger(fault: &Fault) -> bool {
    match fault.trigger {
        Some(says) => says == YesNo::Yes,
        None => fault.set.is_none() && fault.random.is_none(),
    }
}
