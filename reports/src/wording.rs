//! The sentences that the terminal and documents share.

use crate::quantity::{difference, duration, quantity};
use scenarios::results::{BillLine, Curve, CurvePoint, Recovery, Results, Unit, Variant};

/// The name of the scenario as it stands.
pub const BASELINE: &str = "baseline";

/// How many lines of a bill a sentence names on each side.
const BILL_LINES: usize = 4;

/// A variant's name, with the value of the varied parameter where there is one.
pub fn name(variant: &Variant) -> String {
    match &variant.value {
        Some(value) => format!("{} at {value}", variant.name),
        None => variant.name.clone(),
    }
}

/// What was compared: `baseline + 5 variants x 20 paired runs, 2 min each, seed 1`.
pub fn study(results: &Results) -> String {
    let (first, others) = match &results.curve {
        Some(curve) => (curve.lines.len(), 0),
        None if results.variants.first().is_some_and(|v| v.name == BASELINE) => {
            (0, results.variants.len() - 1)
        }
        None => (results.variants.len(), 0),
    };
    let who = match (first, others) {
        (0, 0) => BASELINE.to_owned(),
        (0, n) => format!("{BASELINE} + {}", counted(n, "variant")),
        (n, _) => counted(n, "variant"),
    };
    let values = match &results.curve {
        Some(curve) => format!(" x {}", counted(curve.values.len(), "value")),
        None => String::new(),
    };
    let paired = if 1 < first + others || 0 < others {
        "paired run"
    } else {
        "run"
    };
    let identity = &results.identity;
    format!(
        "{who}{values} x {}, {} each, seed {}",
        runs(results, paired),
        duration(identity.duration),
        identity.seed
    )
}

/// How many runs there are, and how many there should have been.
fn runs(results: &Results, noun: &str) -> String {
    let planned = results.identity.runs as usize;
    let finished = results
        .variants
        .iter()
        .map(|v| v.runs.len())
        .min()
        .unwrap_or(0);
    if results.interrupted {
        format!("{finished} of {} (interrupted)", counted(planned, noun))
    } else {
        counted(planned, noun)
    }
}

/// `1 run`, `20 runs`.
pub fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// The verdicts of all runs in a few characters: `0.0 s`, `9.2 s 18/20`, `stuck 20/20`, `-`.
pub fn recovery(recovery: &Recovery) -> String {
    let &Recovery {
        judged,
        recovered,
        time,
        ..
    } = recovery;
    if judged == 0 {
        return "-".to_owned();
    }
    if judged <= 2 * recovered {
        let time = match time {
            Some(seconds) if seconds < 99.95 => format!("{seconds:.1} s"),
            other => quantity(other, Unit::Seconds),
        };
        return if recovered == judged {
            time
        } else {
            format!("{time} {recovered}/{judged}")
        };
    }
    let others = [
        (recovery.degraded, "degraded"),
        (recovery.oscillating, "oscillating"),
        (recovery.stuck, "stuck"),
    ];
    // On a tie the last one wins, which is the worst.
    match others.into_iter().max_by_key(|(runs, _)| *runs) {
        Some((runs, verdict)) => format!("{verdict} {runs}/{judged}"),
        None => "-".to_owned(),
    }
}

/// Whether any difference from the baseline is known, and whether any interval leaves out zero.
pub fn known_and_seen(variant: &Variant) -> (bool, bool) {
    let mut differences = variant
        .cells
        .iter()
        .filter_map(|cell| cell.difference.as_ref())
        .peekable();
    (
        differences.peek().is_some(),
        differences.any(|difference| difference.is_seen()),
    )
}

/// What a variant costs and saves in one sentence; nothing for the baseline.
pub fn bill(variant: &Variant) -> Option<String> {
    if variant.name == BASELINE {
        return None;
    }
    let name = name(variant);
    let lines = &variant.bill.lines;
    if lines.iter().all(|line| line.difference.is_none()) {
        let why = if lines.is_empty() {
            "nothing was counted"
        } else {
            "not known from so few runs"
        };
        return Some(format!("{name} costs: {why}."));
    }
    let rising = |line: &&BillLine| {
        line.difference
            .as_ref()
            .is_some_and(|d| d.is_seen() && 0.0 < d.low)
    };
    let falling = |line: &&BillLine| {
        line.difference
            .as_ref()
            .is_some_and(|d| d.is_seen() && d.high < 0.0)
    };
    let costs = listed(lines.iter().filter(rising));
    let saves = listed(lines.iter().filter(falling));
    Some(match (costs, saves) {
        (None, None) => format!("{name} costs: nothing seen."),
        (Some(costs), None) => format!("{name} costs: {costs}."),
        (None, Some(saves)) => format!("{name} costs: nothing seen. It saves: {saves}."),
        (Some(costs), Some(saves)) => format!("{name} costs: {costs}. It saves: {saves}."),
    })
}

fn listed<'a>(lines: impl Iterator<Item = &'a BillLine>) -> Option<String> {
    let lines: Vec<_> = lines.collect();
    let more = lines.len().saturating_sub(BILL_LINES);
    let mut parts: Vec<_> = lines
        .iter()
        .take(BILL_LINES)
        .map(|line| bill_line(line))
        .collect();
    if 0 < more {
        parts.push(format!("and {more} more"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn bill_line(line: &BillLine) -> String {
    let value = quantity(Some(line.value), line.unit);
    match &line.difference {
        Some(change) => format!("{} {value} ({})", line.label, difference(change, line.unit)),
        None => format!("{} {value}", line.label),
    }
}

/// How to read the table of a comparison.
pub fn key(results: &Results) -> String {
    let within = quantity(Some(results.good_within), Unit::Seconds);
    let intervals = results.variants.iter().any(|v| known_and_seen(v).0);
    let intervals = if intervals {
        " Below them, paired differences with their 95 % intervals."
    } else {
        ""
    };
    format!(
        "goodput: share of requests answered within {within}. p50, p99...: latency of answered \
         requests from their intended arrival.{intervals} recovers: how long after the fault; or \
         how many runs did not."
    )
}

/// The lines of a curve in the order of the variants.
pub fn lines<'a>(results: &'a Results, curve: &'a Curve) -> Vec<(&'a str, &'a [CurvePoint])> {
    let place = |name: &str| {
        results
            .variants
            .iter()
            .position(|variant| variant.name == name)
    };
    let lines = curve
        .lines
        .iter()
        .map(|(name, points)| (name.as_str(), points.as_slice()));
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    lines
}

/// Whether this is the variant of that name at that value.
pub fn is_at(variant: &Variant, name: &str, value: &str) -> bool {
    variant.name == name && variant.value.as_deref() == Some(value)
}
