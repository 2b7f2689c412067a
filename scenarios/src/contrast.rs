//! What differs between two results beyond noise.

use crate::distinctions::distinctions;
use crate::results::contrast::{
    Contrast, Distinction, MetricContrast, VariantContrast, VerdictContrast,
};
use crate::results::{
    Column, Difference, Identity, Recovery, Results, Run, Unit, Variant, Verdict,
};
use crate::statistics::mean;
use crate::statistics::significance::{fisher, holm, paired, welch};
use crate::study::column_of;
use crate::{Document, Setting, Source};
use std::collections::BTreeSet;

/// The probability that anything is called beyond noise when there is nothing but noise.
const LEVEL: f64 = 0.05;

/// The time to recover, among the metrics.
const RECOVERY_TIME: &str = "recovery_time";

/// Compares two results, variant by variant: the columns of both, or `all` metrics of their runs.
///
/// Runs are compared in pairs of one number when both have one seed and one length, and so the same
/// dice; else as independent samples. Each metric has the 95 % interval of its own; what is beyond
/// noise is decided over all of them together, by Holm's procedure.
pub fn contrast(a: &Results, b: &Results, all: bool) -> Contrast {
    let lengths = |identity: &Identity| [identity.duration, identity.warm_up].map(f64::to_bits);
    let is_paired =
        a.identity.seed == b.identity.seed && lengths(&a.identity) == lengths(&b.identity);
    let same = |x: &Variant, y: &Variant| x.name == y.name && x.value == y.value;
    let only = |of: &Results, other: &Results| -> Vec<String> {
        let alone = of
            .variants
            .iter()
            .filter(|v| !other.variants.iter().any(|o| same(v, o)));
        alone.map(Variant::title).collect()
    };
    let columns = columns(a, b, all);
    let pairs = a.variants.iter().filter_map(|of_a| {
        let of_b = b.variants.iter().find(|of_b| same(of_a, of_b))?;
        Some((of_a, of_b))
    });
    let variants = pairs.map(|(of_a, of_b)| {
        let values = |column: &Column| {
            let shown = |of: &Results, variant: &Variant| shown(of, variant, column);
            (shown(a, of_a), shown(b, of_b))
        };
        variant(of_a, of_b, is_paired, &columns, values)
    });
    let mut contrast = Contrast {
        identity: identity(&a.identity, &b.identity),
        is_paired,
        only_a: only(a, b),
        only_b: only(b, a),
        variants: variants.collect(),
        tests: 0,
        level: LEVEL,
    };
    judge(&mut contrast);
    contrast
}

/// Decides what is beyond noise, over everything that was tested. Runs that are the same to the last
/// figure need no test, and count for none.
fn judge(contrast: &mut Contrast) {
    let mut tested: Vec<(f64, &mut bool)> = Vec::new();
    let differing = contrast.variants.iter_mut().filter(|v| !v.is_same);
    for variant in differing {
        let metrics = variant.metrics.iter_mut();
        tested.extend(metrics.filter_map(|m| Some((m.p?, &mut m.is_beyond_noise))));
        let verdicts = variant.verdicts.iter_mut();
        tested.extend(verdicts.map(|v| (v.p, &mut v.is_beyond_noise)));
    }
    let ps: Vec<f64> = tested.iter().map(|(p, _)| *p).collect();
    for ((_, is_beyond_noise), rejected) in tested.into_iter().zip(holm(&ps, LEVEL)) {
        *is_beyond_noise = rejected;
    }
    contrast.tests = ps.len();
}

/// The version, the scenario value by value, and the traces.
fn identity(a: &Identity, b: &Identity) -> Vec<Distinction> {
    let mut found = Vec::new();
    let mut compare = |what: &str, a: &str, b: &str| {
        if a != b {
            let (what, a, b) = (what.to_owned(), a.to_owned(), b.to_owned());
            found.push(Distinction { what, a, b });
        }
    };
    compare("version", &a.squall, &b.squall);
    compare("scenario hash", &a.hash, &b.hash);
    let traces = |identity: &Identity| identity.request.traces.join(", ");
    compare("traces", &traces(a), &traces(b));
    if let (Some(a), Some(b)) = (canonical(a), canonical(b)) {
        found.extend(distinctions(&a, &b));
    } else {
        compare("scenario", &a.scenario, &b.scenario);
        compare("seed", &a.seed.to_string(), &b.seed.to_string());
    }
    found
}

/// The scenario in its canonical form; nothing where this version cannot read it.
fn canonical(identity: &Identity) -> Option<serde_json::Value> {
    let document = Document::parse(Source {
        name: identity.scenario.clone(),
        text: identity.request.source.clone(),
        folder: None,
    });
    let setting = |(path, value): &(String, String)| Setting {
        path: path.clone(),
        value: value.clone(),
        origin: String::new(),
    };
    let sets: Vec<Setting> = identity.request.sets.iter().map(setting).collect();
    serde_json::from_str(&document.ok()?.canonical(&sets).ok()?).ok()
}

/// The columns of both, and of `all` metrics of their runs; with whether it is one of the former.
fn columns(a: &Results, b: &Results, all: bool) -> Vec<(Column, bool)> {
    let mut columns: Vec<(Column, bool)> = Vec::new();
    let mut add = |column: Column, is_column| {
        if !columns
            .iter()
            .any(|(known, _)| known.metric == column.metric)
        {
            columns.push((column, is_column));
        }
    };
    for column in a.columns.iter().chain(&b.columns) {
        add(column.clone(), true);
    }
    if all {
        let variants = a.variants.iter().chain(&b.variants);
        let runs = variants.flat_map(|variant| &variant.runs);
        let metrics: BTreeSet<&String> = runs.flat_map(|run| run.metrics.keys()).collect();
        for metric in metrics {
            add(column_of(metric, Some(metric)), false);
        }
    }
    columns
}

/// What the table of the results says, else the mean over runs.
fn shown(results: &Results, variant: &Variant, column: &Column) -> Option<f64> {
    let is_it = |known: &Column| known.metric == column.metric;
    match results.columns.iter().position(is_it) {
        Some(index) => variant.cells.get(index)?.value,
        None => mean(&values(&variant.runs, &column.metric, None)),
    }
}

fn variant(
    a: &Variant,
    b: &Variant,
    is_paired: bool,
    columns: &[(Column, bool)],
    shown: impl Fn(&Column) -> (Option<f64>, Option<f64>),
) -> VariantContrast {
    let runs = (a.runs.len(), b.runs.len());
    let pairs = || a.runs.iter().zip(&b.runs);
    let same_runs = pairs().filter(|(a, b)| a.fingerprint == b.fingerprint);
    let same_runs = same_runs.count();
    let metrics = columns.iter().map(|(column, is_column)| {
        let (a_shown, b_shown) = shown(column);
        let tested = difference(&a.runs, &b.runs, &column.metric, column.unit, is_paired);
        metric(column, *is_column, (a_shown, b_shown), tested)
    });
    let metrics = metrics.chain([recovery_time(a, b, is_paired)]);
    let is_there = |metric: &MetricContrast| metric.a.is_some() || metric.b.is_some();
    VariantContrast {
        name: a.title(),
        runs,
        same_runs,
        is_same: pairs().all(|(a, b)| a == b) && runs.0 == runs.1,
        metrics: metrics.filter(is_there).collect(),
        verdicts: verdicts(&a.recovery, &b.recovery),
    }
}

fn metric(
    column: &Column,
    is_column: bool,
    (a, b): (Option<f64>, Option<f64>),
    tested: Option<(Difference, f64)>,
) -> MetricContrast {
    MetricContrast {
        metric: column.metric.clone(),
        label: column.label.clone(),
        is_column,
        unit: column.unit,
        a,
        b,
        p: tested.as_ref().map(|(_, p)| *p),
        difference: tested.map(|(difference, _)| difference),
        is_beyond_noise: false,
    }
}

fn recovery_time(a: &Variant, b: &Variant, is_paired: bool) -> MetricContrast {
    let column = Column {
        label: "time to recover".to_owned(),
        ..column_of(RECOVERY_TIME, None)
    };
    let column = Column {
        unit: Unit::Seconds,
        ..column
    };
    let tested = difference(&a.runs, &b.runs, RECOVERY_TIME, column.unit, is_paired);
    metric(&column, true, (a.recovery.time, b.recovery.time), tested)
}

/// The value of a metric in a run.
fn value(run: &Run, metric: &str) -> Option<f64> {
    match (metric, run.recovery) {
        (RECOVERY_TIME, Verdict::Recovered(seconds)) => Some(seconds),
        _ => run.metrics.get(metric).copied(),
    }
}

/// The values of the runs that have one, and, where runs are paired, whose partner has one too.
fn values(runs: &[Run], metric: &str, partners: Option<&[Run]>) -> Vec<f64> {
    let has_partner = |index: usize| {
        partners.is_none_or(|others| others.get(index).and_then(|o| value(o, metric)).is_some())
    };
    let kept = runs.iter().enumerate().filter(|(i, _)| has_partner(*i));
    kept.filter_map(|(_, run)| value(run, metric)).collect()
}

/// How `b` differs from `a`, as a ratio or by subtraction as [`crate::statistics::difference`] has
/// it, and the p-value; nothing with fewer than 2 values.
fn difference(
    a: &[Run],
    b: &[Run],
    metric: &str,
    unit: Unit,
    is_paired: bool,
) -> Option<(Difference, f64)> {
    let of_a = values(a, metric, is_paired.then_some(b));
    let of_b = values(b, metric, is_paired.then_some(a));
    let relative = !matches!(unit, Unit::Share | Unit::Count)
        && of_a.iter().chain(&of_b).all(|&value| 0.0 < value);
    let on_scale = |values: Vec<f64>| -> Vec<f64> {
        match relative {
            true => values.into_iter().map(libm::log).collect(),
            false => values,
        }
    };
    let (of_a, of_b) = (on_scale(of_a), on_scale(of_b));
    let shift = if is_paired {
        let differences: Vec<f64> = of_a.iter().zip(&of_b).map(|(a, b)| b - a).collect();
        paired(&differences)?
    } else {
        welch(&of_a, &of_b)?
    };
    let figures = [shift.mean, shift.interval.0, shift.interval.1];
    let [mean, low, high] = match relative {
        true => figures.map(libm::expm1),
        false => figures,
    };
    let difference = Difference {
        relative,
        mean,
        low,
        high,
    };
    Some((difference, shift.p))
}

/// How often each verdict that occurs was given. Runs are taken for independent; where they are
/// pairs that fare alike, that makes the test strict.
fn verdicts(a: &Recovery, b: &Recovery) -> Vec<VerdictContrast> {
    let counts = |r: &Recovery| [r.recovered, r.degraded, r.oscillating, r.stuck];
    let names = ["recovered", "degraded", "oscillating", "stuck"];
    let all = names.into_iter().zip(counts(a)).zip(counts(b));
    let occurring = all.filter(|((_, a), b)| 0 < *a + *b);
    let contrast = occurring.map(|((verdict, of_a), of_b)| {
        let (of_a, of_b) = ((of_a, a.judged), (of_b, b.judged));
        VerdictContrast {
            verdict: verdict.to_owned(),
            a: of_a,
            b: of_b,
            p: fisher(of_a, of_b),
            is_beyond_noise: false,
        }
    });
    contrast.collect()
}
