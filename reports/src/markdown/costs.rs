//! What variants cost, and where the time went, as tables.

use super::{escaped, listed, table};
use crate::quantity::{MISSING, quantity};
use crate::{bill, breakdown, wording};
use scenarios::results::{BASELINE, Breakdown, Portion, Results, Unit, Variant};

/// So many parts of the time of a variant's requests are named.
const LARGEST_PARTS: usize = 4;

/// The bill of all variants, and a sentence for each.
pub(super) fn bills(results: &Results) -> String {
    let sentences = results.variants.iter().filter_map(wording::bill);
    let rows = bill::rows(results).into_iter().map(|row| {
        let entries = row
            .entries
            .iter()
            .map(|entry| row.text_with_interval(entry));
        let start = [escaped(&row.about.label), row.before()];
        start.into_iter().chain(entries).collect()
    });
    let names = bill::columns(results).into_iter().map(Variant::title);
    let headings = ["", BASELINE].map(str::to_owned).into_iter();
    let table = table(headings.chain(names).collect(), rows);
    let key = if table.is_empty() { "" } else { bill::KEY };
    format!(
        "{table}\n{key}\n\n{}",
        listed(&sentences.collect::<Vec<_>>())
    )
}

/// The parts of the time of one variant's requests, in the middle and in the tail.
pub(super) fn time(variant: &Variant) -> String {
    let Breakdown { middle, tail, .. } = &variant.breakdown;
    let rows = breakdown::rows(&variant.breakdown).into_iter().map(|row| {
        let figures = [(middle, row.middle), (tail, row.tail)];
        let figures = figures.map(|(portion, seconds)| breakdown::figures(portion, seconds));
        [vec![row.node, row.kind], figures.concat()].concat()
    });
    let headings = [
        "where",
        "kind",
        breakdown::MIDDLE,
        "share",
        breakdown::TAIL,
        "share",
    ];
    let table = table(headings.map(str::to_owned).to_vec(), rows);
    if table.is_empty() {
        return table;
    }
    format!("{table}\n{}", breakdown::key(&variant.breakdown))
}

/// The largest parts of the time of each variant's requests.
pub(super) fn times(results: &Results) -> String {
    let traced = results.variants.iter().filter(|v| 0 < v.breakdown.traced);
    let rows = traced.map(|variant| {
        let portion = |portion: &Option<Portion>| match portion {
            Some(portion) => vec![
                quantity(Some(portion.latency), Unit::Seconds),
                breakdown::largest(portion, LARGEST_PARTS),
            ],
            None => vec![MISSING.to_owned(), String::new()],
        };
        let Breakdown { middle, tail, .. } = &variant.breakdown;
        let name = vec![escaped(&variant.title())];
        [name, portion(middle), portion(tail)].concat()
    });
    let headings = [
        "variant",
        breakdown::MIDDLE,
        "of which",
        breakdown::TAIL,
        "of which",
    ];
    table(headings.map(str::to_owned).to_vec(), rows)
}
