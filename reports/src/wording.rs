//! The sentences that the terminal and documents share.

use crate::certainty::multiplicity;
use crate::quantity::{difference, duration, quantity};
use scenarios::results::{
    BASELINE, BillLine, Curve, CurvePoint, Difference, Recovery, Results, Unit, Variant,
};

/// How many lines of a bill a sentence names on each side.
const BILL_LINES: usize = 4;

/// What was compared: `baseline + 5 variants x 20 paired runs, 2 min each, seed 1`.
pub(crate) fn study(results: &Results) -> String {
    let variants = &results.variants;
    let who = match (&results.curve, variants.as_slice()) {
        (Some(curve), _) => counted(curve.lines.len(), "variant"),
        (None, []) => counted(0, "variant"),
        (None, [only]) => only.name.clone(),
        (None, [first, others @ ..]) if first.name == BASELINE => {
            format!("{BASELINE} + {}", counted(others.len(), "variant"))
        }
        (None, all) => counted(all.len(), "variant"),
    };
    let values = match &results.curve {
        Some(curve) => format!(" x {}", counted(curve.values.len(), "value")),
        None => String::new(),
    };
    let paired = if variants.len() < 2 { "" } else { "paired " };
    let identity = &results.identity;
    let length = duration(identity.duration);
    let runs = match results.batches() {
        Some((batches, seconds)) => format!(
            "{batches} {paired}batches of {} of one run of {length}",
            duration(seconds)
        ),
        None => format!("{}, {length} each", runs(results, &format!("{paired}run"))),
    };
    format!("{who}{values} x {runs}, seed {}", identity.seed)
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
        format!("{} (interrupted)", counted(finished, noun))
    } else {
        counted(planned, noun)
    }
}

/// `1 run`, `20 runs`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// The verdicts of all runs in a few characters: `0.0 s`, `9.2 s 18/20`, `stuck 20/20`, `-`.
pub(crate) fn recovery(recovery: &Recovery) -> String {
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
pub(crate) fn known_and_seen(variant: &Variant) -> (bool, bool) {
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

/// What a variant costs and saves in one sentence; nothing for the baseline, and where no
/// difference is known. What is neither good nor bad by itself stands in the table alone.
pub(crate) fn bill(variant: &Variant) -> Option<String> {
    let lines = &variant.bill.lines;
    if variant.name == BASELINE || lines.iter().all(|line| line.difference.is_none()) {
        return None;
    }
    let name = variant.title();
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
    let prices = || lines.iter().filter(|line| line.item.is_price());
    let costs = listed(prices().filter(rising));
    let saves = listed(prices().filter(falling));
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

pub(crate) fn bill_line(line: &BillLine) -> String {
    let value = quantity(Some(line.value), line.unit);
    match &line.difference {
        Some(change) if is_new(line.value, change) => format!("{} {value}", line.label),
        Some(change) => format!("{} {value} ({})", line.label, difference(change, line.unit)),
        None => format!("{} {value}", line.label),
    }
}

/// Whether the baseline has none of it, so that the difference is the value itself.
pub(crate) fn is_new(value: f64, change: &Difference) -> bool {
    !change.relative && (value - change.mean).abs() <= 1e-9 * value.abs()
}

/// Whether any difference from the baseline is known.
pub(crate) fn is_compared(results: &Results) -> bool {
    results
        .variants
        .iter()
        .any(|variant| known_and_seen(variant).0)
}

/// Said once where no difference is known, in place of all bills.
pub(crate) const TOO_FEW: &str =
    "Differences and costs are not known: too few runs, or nothing to compare.";

/// What intervals rest on.
pub(crate) fn over(results: &Results) -> &'static str {
    match results.batches() {
        Some(_) => "batches",
        None => "runs",
    }
}

/// How to read the table of a comparison.
pub(crate) fn key(results: &Results) -> String {
    let within = duration(results.good_within);
    let intervals = if is_compared(results) {
        let over = over(results);
        format!(
            " vs baseline: paired differences with their 95 % intervals over {over}; those of \
             quantiles compare the quantiles of each of the {over}, where the table has the \
             quantile of all requests together."
        )
    } else {
        String::new()
    };
    let many = multiplicity(results).map(|note| format!(" {note}"));
    format!(
        "goodput: share of requests answered within {within}. p50, p99...: latency of answered \
         requests from their intended arrival.{intervals} recovers: how long after the fault the \
         system is back to normal, or in how many runs it is not.{}",
        many.unwrap_or_default()
    )
}

/// The lines of a curve in the order of the variants.
pub(crate) fn lines<'a>(
    results: &'a Results,
    curve: &'a Curve,
) -> Vec<(&'a str, &'a [CurvePoint])> {
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
pub(crate) fn is_at(variant: &Variant, name: &str, value: &str) -> bool {
    variant.name == name && variant.value.as_deref() == Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[track_caller]
    fn check(counts: [u32; 4], time: Option<f64>, text: &str) {
        let [recovered, degraded, oscillating, stuck] = counts;
        let judged = counts.iter().sum();
        let verdicts = Recovery {
            judged,
            recovered,
            degraded,
            oscillating,
            stuck,
            time,
            ..Recovery::default()
        };
        assert_eq!(recovery(&verdicts), text);
    }

    #[test]
    fn recovery_names_the_time_or_the_commonest_failure() {
        check([20, 0, 0, 0], Some(0.0), "0.0 s");
        check([18, 2, 0, 0], Some(9.21), "9.2 s 18/20");
        check([0, 0, 0, 20], None, "stuck 20/20");
        check([8, 0, 0, 12], Some(9.2), "stuck 12/20");
        check([0, 10, 0, 10], None, "stuck 10/20");
        check([1, 2, 9, 8], Some(1.0), "oscillating 9/20");
        check([0, 0, 0, 0], None, "-");
    }

    #[test]
    fn a_study_is_named_by_its_variants_runs_and_seed() {
        assert_eq!(
            study(&made_up::stampede()),
            "baseline + 5 variants x 20 paired runs, 2 min each, seed 1"
        );
        assert_eq!(
            study(&made_up::single_run()),
            "baseline x 20 runs, 2 min each, seed 1"
        );
        let mut alone = made_up::single_run();
        alone.variants[0].name = "both".to_owned();
        assert_eq!(study(&alone), "both x 20 runs, 2 min each, seed 1");
    }

    #[test]
    fn one_long_run_is_named_by_its_batches() {
        let mut results = made_up::single_run();
        results.variants[0].batches = vec![std::collections::BTreeMap::new(); 20];
        assert_eq!(
            study(&results),
            "baseline x 20 batches of 5 s of one run of 2 min, seed 1"
        );
        assert_eq!(over(&results), "batches");
    }

    #[test]
    fn a_bill_names_only_what_is_seen() {
        let variants = made_up::stampede().variants;
        assert_eq!(
            bill(&variants[4]).unwrap(),
            "early-refresh costs: load of products: refresh 14/s (x12). It saves: duplicate fills \
             of catalog 0/s (-230/s); load of products 0.96/s (-98 %); peak load of products 6.0/s \
             (-98 %); wasted work of products 0 % (-62 pts); and 1 more."
        );
        assert!(bill(&variants[2]).unwrap().starts_with(
            "single-flight costs: waits for another's fill at catalog 10/s. It saves: "
        ));
        assert_eq!(
            bill(&variants[1]).unwrap(),
            "ttl-jitter costs: nothing seen."
        );
        let mut variant = variants[4].clone();
        let line = variant.bill.lines[1].clone();
        variant.bill.lines = vec![line; 6];
        assert!(bill(&variant).unwrap().ends_with("; and 2 more."));
        variant
            .bill
            .lines
            .iter_mut()
            .for_each(|line| line.difference = None);
        assert_eq!(bill(&variant), None);
    }
}
