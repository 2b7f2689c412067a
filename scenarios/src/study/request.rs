//! Requests: what a study was asked for, as its results keep it, and the study again.

use super::{Study, StudyError, Vary, Wanted};
use crate::read::fnv1a;
use crate::results::{Identity, Request};
use crate::schema::{Arrivals, Node};
use crate::units::Misread;
use crate::{Document, Setting, Source};
use models::{Plan, Trace};
use std::collections::BTreeSet;
use std::path::Path;

/// The source that messages name when a scenario comes out of results.
const SOURCE: &str = "identity.request.source";

/// What `study` asks for, and the traces that its `plans` replay.
pub(super) fn of<'p>(
    document: &Document,
    study: &Study,
    plans: impl Iterator<Item = &'p Plan>,
) -> Request {
    let sets = study.sets.iter();
    let vary = study.vary.as_ref();
    let wanted = study.precision.as_ref();
    let traces: BTreeSet<String> = plans.flat_map(traces).map(hash).collect();
    Request {
        source: document.source().text.clone(),
        variants: study.variants.clone(),
        sets: sets
            .map(|set| (set.path.clone(), set.value.clone()))
            .collect(),
        vary: vary.map(|vary| (vary.path.clone(), vary.values.clone())),
        metric: study.metric.clone(),
        precision: wanted.map(|wanted| (wanted.half_width.to_string(), wanted.limit)),
        traces: traces.into_iter().collect(),
    }
}

/// The scenario and the study that these results were asked for by.
///
/// # Errors
/// When the source is no scenario, or a trace that it replays is not there.
pub(super) fn again(identity: &Identity, threads: usize) -> Result<(Document, Study), StudyError> {
    let request = &identity.request;
    let document = Document::parse(Source {
        name: SOURCE.to_owned(),
        text: request.source.clone(),
        folder: None,
    })?;
    let sets = request.sets.iter().map(|(path, value)| Setting {
        path: path.clone(),
        value: value.clone(),
        origin: "identity.request.sets".to_owned(),
    });
    let vary = request.vary.clone();
    let precision = request.precision.as_ref().map(|(half_width, limit)| {
        let half_width = half_width.parse().map_err(|misread: Misread| {
            StudyError::Input(format!("identity.request.precision: {}", misread.message))
        })?;
        Wanted::new(half_width, *limit)
            .map_err(|what| StudyError::Input(format!("identity.request.precision: {what}")))
    });
    let study = Study {
        variants: request.variants.clone(),
        sets: sets.collect(),
        vary: vary.map(|(path, values)| Vary { path, values }),
        metric: request.metric.clone(),
        precision: precision.transpose()?,
        threads,
        command: identity.command.clone(),
    };
    expect_traces(&document, &study)?;
    Ok((document, study))
}

/// A trace may be missing, as it is not part of the results.
fn expect_traces(document: &Document, study: &Study) -> Result<(), StudyError> {
    for node in document.scenario(None, &study.sets)?.nodes.values() {
        if let Node::Clients(clients) = node
            && let Arrivals::Replay(replay) = &clients.arrivals
            && !Path::new(&replay.file).is_file()
        {
            return Err(StudyError::Input(format!(
                "these results replay the trace `{}`, which is not here: results hold no traces, \
                 and their paths lead from the working directory; go to the folder of the \
                 scenario file",
                replay.file
            )));
        }
    }
    Ok(())
}

/// The traces of a plan.
fn traces(plan: &Plan) -> impl Iterator<Item = &Trace> {
    plan.sources.iter().filter_map(|source| match source {
        models::Source::Replay(trace) | models::Source::OneAtATime(trace) => Some(&**trace),
        _ => None,
    })
}

/// The hash of what a trace replays: 16 hexadecimal digits.
fn hash(trace: &Trace) -> String {
    let bytes = trace.records().iter().flat_map(|record| {
        let number = u64::from(record.key) << 32 | u64::from(record.bytes);
        [record.at.0.to_le_bytes(), number.to_le_bytes()].concat()
    });
    format!("{:016x}", fnv1a(bytes))
}
