//! From the records of all runs to results.

use super::bill::bill;
use super::breakdown::breakdown;
use super::metrics::{describe, full_name, latency_quantile};
use super::record::{Record, by_run, mean_of, timeline};
use super::warnings::warnings;
use super::{BASELINE, Cell, Made, Study, StudyError, Vary};
use crate::build::{Built, kind, topology};
use crate::results::{
    self, Column, Curve, CurvePoint, Ends, FORMAT, Identity, NodeSummary, Request, Results, Variant,
};
use crate::schema::{Node, Scenario};
use crate::statistics::{difference, interval, quantile_or_none};
use crate::units::{Rate, Share, Size};
use crate::verdict::summarise;
use crate::{Document, Setting, expect, units};
use base64::Engine;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

/// A cell with the runs that are kept.
pub(super) struct Finished {
    pub(super) cell: Cell,
    pub(super) records: Vec<Record>,
    pooled: super::Pooled,
}

pub(super) fn results(
    document: &Document,
    study: &Study,
    cells: Vec<Cell>,
    made: Made,
    vary: Option<Vary>,
) -> Result<Results, StudyError> {
    let kept = made.runs;
    let cells: Vec<Finished> = cells.into_iter().map(|cell| finish(cell, kept)).collect();
    let Some(first) = cells.first() else {
        return Err(StudyError::Input("there is no variant to run".into()));
    };
    let scenario = &first.cell.built.scenario;
    let columns = columns(&first.cell.built, &cells)?;
    let plans = cells.iter().map(|finished| &finished.cell.built.plan);
    let request = super::request::of(document, study, plans);
    let mut variants = Vec::new();
    for finished in &cells {
        let same_value = |other: &&Finished| other.cell.value == finished.cell.value;
        let baseline = cells
            .iter()
            .filter(same_value)
            .find(|c| c.cell.name == BASELINE);
        let baseline = baseline.filter(|_| finished.cell.name != BASELINE);
        variants.push(variant(finished, baseline, &columns));
    }
    let curve = match vary {
        Some(vary) => Some(curve(study, &first.cell.built, &cells, vary)?),
        None => None,
    };
    let mut names: Vec<&str> = cells.iter().map(|cell| cell.cell.name.as_str()).collect();
    names.dedup();
    Ok(Results {
        format: FORMAT,
        identity: identity(document, study, scenario, kept, request)?,
        topology: topology(scenario),
        faults: first.cell.built.faults.clone(),
        good_within: good_within(scenario),
        interrupted: made.is_interrupted,
        warnings: warnings(&cells, &variants, &columns, kept),
        columns,
        ledger: document.ledger(&names, &study.sets)?,
        precision: made.precision,
        expectations: match &curve {
            None => expect::judged(scenario, &variants),
            // A curve has many values, and an expectation does not say at which it holds.
            Some(_) => Vec::new(),
        },
        variants,
        curve,
    })
}

fn finish(cell: Cell, kept: u32) -> Finished {
    let runs = std::mem::take(&mut *cell.runs.lock().unwrap_or_else(PoisonError::into_inner));
    let records = runs
        .records
        .into_iter()
        .filter(|(number, _)| *number < kept as usize);
    Finished {
        records: records.map(|(_, record)| record).collect(),
        pooled: runs.pooled,
        cell,
    }
}

impl Finished {
    fn records(&self) -> Vec<&Record> {
        self.records.iter().collect()
    }

    /// A metric over all runs: a quantile of the pooled histogram, else the mean over runs.
    fn value(&self, metric: &str) -> Option<f64> {
        match latency_quantile(metric) {
            Some(q) => quantile_or_none(&self.pooled.latency, q).map(|nanos| nanos as f64 / 1e9),
            None => mean_of(&self.records(), metric),
        }
    }
}

fn identity(
    document: &Document,
    study: &Study,
    scenario: &Scenario,
    runs: u32,
    request: Request,
) -> Result<Identity, StudyError> {
    let duration = match scenario.duration {
        crate::schema::RunLength::For(duration) => duration.0.as_seconds(),
        crate::schema::RunLength::Trace(_) => 0.0,
    };
    Ok(Identity {
        squall: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: scenario.name.clone(),
        summary: scenario.summary.clone(),
        hash: hash(document, study, runs)?,
        command: study.command.clone(),
        seed: scenario.seed,
        runs,
        duration,
        warm_up: scenario.warm_up.0.as_seconds(),
        story: scenario.story.clone(),
        assumptions: scenario.assumptions.clone(),
        sources: scenario.sources.clone(),
        request,
    })
}

/// The hash of the scenario; where a precision was wanted, with the runs that it took.
fn hash(document: &Document, study: &Study, runs: u32) -> Result<String, StudyError> {
    let mut sets = study.sets.clone();
    if study.precision.is_some() && 0 < runs {
        sets.push(Setting {
            path: "runs".into(),
            value: runs.to_string(),
            origin: "--precision".into(),
        });
    }
    Ok(document.hash(&sets)?)
}

fn good_within(scenario: &Scenario) -> f64 {
    let limits = scenario.nodes.values().filter_map(|node| match node {
        Node::Clients(clients) => Some(clients.good_within.0.as_seconds()),
        _ => None,
    });
    limits.reduce(f64::min).unwrap_or(0.0)
}

/// A column for a metric.
pub(crate) fn column_of(metric: &str, label: Option<&str>) -> Column {
    let metric = full_name(metric);
    let (unit, better) = describe(&metric);
    let label = label.unwrap_or_else(|| metric.strip_prefix("latency.").unwrap_or(&metric));
    Column {
        label: label.to_owned(),
        unit,
        better,
        metric,
    }
}

fn columns(built: &Built, cells: &[Finished]) -> Result<Vec<Column>, StudyError> {
    let usual = ["goodput", "latency.p50", "latency.p99", "latency.p99.9"];
    let mut columns: Vec<Column> = usual.iter().map(|metric| column_of(metric, None)).collect();
    for (label, metric) in &built.scenario.columns {
        check_metric(metric, built, is_measured(metric, cells))?;
        columns.push(column_of(metric, Some(label)));
    }
    Ok(columns)
}

/// Whether any run has a metric; there may be no runs.
fn is_measured(metric: &str, cells: &[Finished]) -> bool {
    let mut records = cells.iter().flat_map(|cell| &cell.records).peekable();
    let metric = full_name(metric);
    records.peek().is_none() || records.any(|record| record.run.metrics.contains_key(&metric))
}

/// A metric that no run has is a slip, unless too few samples are the reason.
pub(super) fn check_metric(
    metric: &str,
    built: &Built,
    is_measured: bool,
) -> Result<(), StudyError> {
    let metric = full_name(metric);
    let known = super::vocabulary::metric_names(&built.scenario);
    if is_measured || known.contains(&metric) {
        return Ok(());
    }
    let closeness = |other: &&String| strsim::damerau_levenshtein(&metric, other);
    let nearest = known.iter().min_by_key(closeness);
    let hint = nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
    let list = "`squall show --metrics` lists them";
    Err(StudyError::Input(format!(
        "no metric named `{metric}`{hint} {list}"
    )))
}

fn variant(finished: &Finished, baseline: Option<&Finished>, columns: &[Column]) -> Variant {
    let scenario = &finished.cell.built.scenario;
    let name = finished.cell.name.as_str();
    let records = finished.records();
    let written = scenario.variants.get(name);
    let cells = columns.iter().map(|column| results::Cell {
        value: finished.value(&column.metric),
        difference: baseline.and_then(|baseline| {
            let [before, after] =
                [baseline, finished].map(|of| by_run(&of.records(), &column.metric));
            difference(&before, &after, column.unit)
        }),
    });
    let judgements: Vec<_> = records
        .iter()
        .map(|record| record.judgement.clone())
        .collect();
    let window = finished.cell.built.plan.calibration.window.as_seconds();
    let nodes_by_name: Vec<&str> = scenario.nodes.keys().map(String::as_str).collect();
    Variant {
        name: name.to_owned(),
        summary: written
            .map(|variant| variant.summary.clone())
            .unwrap_or_default(),
        changes: changes(scenario, name),
        value: finished.cell.value.clone(),
        runs: records.iter().map(|record| record.run.clone()).collect(),
        cells: cells.collect(),
        recovery: summarise(&judgements),
        latency: encode(&finished.pooled.latency),
        time_to_failure: encode(&finished.pooled.time_to_failure),
        ends: ends(&records),
        timeline: timeline(&records, &finished.pooled, window),
        nodes: nodes(scenario, &records),
        bill: bill(
            scenario,
            &records,
            baseline.map(Finished::records).as_deref(),
        ),
        breakdown: breakdown(&nodes_by_name, &finished.pooled.breakdown),
        batches: records
            .iter()
            .flat_map(|record| record.batches.clone())
            .collect(),
    }
}

/// What a variant and those it builds on set.
fn changes(scenario: &Scenario, name: &str) -> Vec<(String, String)> {
    let Some(variant) = scenario.variants.get(name) else {
        return Vec::new();
    };
    let mut changes: Vec<(String, String)> = variant
        .uses
        .iter()
        .flat_map(|used| changes(scenario, used))
        .collect();
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    changes.extend(
        variant
            .set
            .iter()
            .map(|(path, value)| (path.clone(), text(value))),
    );
    changes
}

fn encode(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .expect("writing to memory does not fail");
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn ends(records: &[&Record]) -> Ends {
    let mut all = Ends::default();
    for ends in records.iter().map(|record| &record.ends) {
        all.offered += ends.offered;
        all.in_time += ends.in_time;
        all.late += ends.late;
        all.gave_up += ends.gave_up;
        all.undecided += ends.undecided;
        for (kind, count) in &ends.failed {
            *all.failed.entry(kind.clone()).or_default() += count;
        }
    }
    all
}

fn nodes(scenario: &Scenario, records: &[&Record]) -> Vec<NodeSummary> {
    let summary = |(name, node): (&String, &Node)| {
        let metric = |metric: &str| mean_of(records, &format!("{name}.{metric}"));
        let by = |prefix: &str| -> BTreeMap<String, f64> {
            let prefix = format!("{name}.{prefix}.");
            let names: BTreeSet<&String> = records
                .iter()
                .flat_map(|record| record.run.metrics.keys())
                .collect();
            let matching = names.into_iter().filter_map(|metric| {
                let kind = metric.strip_prefix(&prefix)?.strip_suffix(".rate")?;
                let rate = mean_of(records, metric)?;
                (0.0 < rate).then(|| (kind.replace('_', "-"), rate))
            });
            matching.collect()
        };
        let counters = super::metrics::counts_of(node).filter_map(|count| {
            let rate = metric(&format!("{}.rate", count.name()))?;
            (0.0 < rate).then(|| (count.name().to_owned(), rate))
        });
        let shares = ["hit_ratio", "stale_share", "lag.mean", "backlog.mean"];
        let shares = shares
            .iter()
            .filter_map(|share| Some(((*share).to_owned(), metric(share)?)));
        NodeSummary {
            name: name.clone(),
            kind: kind(node).to_owned(),
            arrivals: metric("arrivals.rate").unwrap_or(0.0),
            by_cause: by("arrivals"),
            in_flight: metric("in_flight.mean").unwrap_or(0.0),
            queue: metric("queue.mean").unwrap_or(0.0),
            queue_peak: metric("queue.max").unwrap_or(0.0),
            utilisation: metric("utilisation"),
            refused: metric("refused.rate").unwrap_or(0.0),
            errors: by("errors"),
            wasted: metric("wasted").unwrap_or(0.0),
            counters: counters.chain(shares).collect(),
        }
    };
    scenario.nodes.iter().map(summary).collect()
}

fn curve(
    study: &Study,
    built: &Built,
    cells: &[Finished],
    vary: Vary,
) -> Result<Curve, StudyError> {
    let metric = study.metric.as_deref().unwrap_or("latency.p99");
    check_metric(metric, built, is_measured(metric, cells))?;
    let metric = column_of(metric, None);
    let mut lines: BTreeMap<String, Vec<CurvePoint>> = BTreeMap::new();
    for cell in cells {
        let values: Vec<f64> = by_run(&cell.records(), &metric.metric)
            .into_iter()
            .flatten()
            .collect();
        let point = CurvePoint {
            value: cell.value(&metric.metric),
            interval: interval(&values).map(|(low, high)| (low.max(0.0), high)),
        };
        lines.entry(cell.cell.name.clone()).or_default().push(point);
    }
    let (numbers, unit) = numbers(&vary.values);
    Ok(Curve {
        path: vary.path,
        values: vary.values,
        numbers,
        unit,
        metric,
        lines,
    })
}

/// Written values as numbers of one unit, where they all are quantities of one kind.
fn numbers(values: &[String]) -> (Option<Vec<f64>>, String) {
    type Parse<'p> = &'p dyn Fn(&str) -> Option<f64>;
    let all = |parse: Parse<'_>| -> Option<Vec<f64>> {
        values.iter().map(|value| parse(value.trim())).collect()
    };
    let kinds: [(&str, Parse<'_>); 5] = [
        ("", &|text| {
            text.parse().ok().filter(|number: &f64| number.is_finite())
        }),
        ("/s", &|text| text.parse::<Rate>().ok().map(|rate| rate.0)),
        ("s", &|text| {
            text.parse::<units::Duration>()
                .ok()
                .map(|span| span.0.as_seconds())
        }),
        ("%", &|text| {
            text.parse::<Share>().ok().map(|share| share.0 * 100.0)
        }),
        ("B", &|text| {
            text.parse::<Size>().ok().map(|size| size.0 as f64)
        }),
    ];
    for (unit, parse) in kinds {
        if let Some(numbers) = all(parse) {
            return (Some(numbers), unit.to_owned());
        }
    }
    (None, String::new())
}
