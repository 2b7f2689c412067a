//! The table of a comparison: values, paired differences, the bill of each variant.

use super::page::{Grid, paragraph};
use crate::quantity::{difference, interval, quantity};
use crate::wording;
use scenarios::results::{Column, Results, Unit, Variant};

/// A row that says what a variant changes, seen from the baseline.
const AGAINST: &str = "  vs baseline";

/// Compares all variants, on a page of `width` columns (at least 40).
pub fn compare(results: &Results, width: usize) -> String {
    let identity = &results.identity;
    let mut page = paragraph(
        &format!("{}: {}", identity.scenario, identity.summary),
        width,
    );
    page += &paragraph(&wording::study(results), width);
    page += "\n";
    if results.variants.is_empty() {
        return page
            + "No run was finished: there is nothing to compare.\n"
            + &super::warnings(results, width);
    }
    page += &table(results).render(width);
    page += "\n";
    page += &paragraph(&wording::key(results), width);
    for bill in results.variants.iter().filter_map(wording::bill) {
        page += "\n";
        page += &paragraph(&bill, width);
    }
    page + &super::warnings(results, width)
}

fn table(results: &Results) -> Grid {
    let headings = results.columns.iter().map(|column| column.label.clone());
    let mut grid = Grid::new(headings.chain(["recovers".to_owned()])).repeating_first();
    for variant in &results.variants {
        add(&mut grid, variant, &results.columns);
    }
    grid
}

fn add(grid: &mut Grid, variant: &Variant, columns: &[Column]) {
    let pairs = || variant.cells.iter().zip(columns);
    let values = pairs().map(|(cell, column)| quantity(cell.value, column.unit));
    grid.row(
        &wording::name(variant),
        values.chain([wording::recovery(&variant.recovery)]),
    );
    if variant.name == wording::BASELINE || columns.is_empty() {
        return;
    }
    let against = |write: fn(&scenarios::results::Difference, Unit) -> String| {
        pairs().map(move |(cell, column)| match &cell.difference {
            Some(difference) => write(difference, column.unit),
            None => quantity(None, column.unit),
        })
    };
    match wording::known_and_seen(variant) {
        (false, _) => grid.note(AGAINST, "not known from so few runs"),
        (true, false) => grid.note(AGAINST, "no difference seen"),
        (true, true) => {
            grid.row(AGAINST, against(difference));
            grid.row("", against(interval));
        }
    }
}
