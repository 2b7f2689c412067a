//! The table of a comparison: values, paired differences, the bill of each variant.

use super::page::{Grid, paragraph};
use crate::quantity::{MISSING, difference, interval, quantity};
use crate::{bill, expectations, wording};
use scenarios::results::{BASELINE, Cell, Column, Difference, Results, Unit, Variant};

/// A row that says what a variant changes, seen from the baseline.
const AGAINST: &str = "  vs baseline";

/// The widest heading in the bill.
const BILL_HEADING: usize = 13;
/// Lines of the bill are broken into lines of at least this width.
const BILL_LABEL: usize = 26;

/// Compares all variants, on a page of `width` columns (at least 60).
pub fn compare(results: &Results, width: usize) -> String {
    let identity = &results.identity;
    let mut page = paragraph(
        &format!("{}: {}", identity.scenario, identity.summary),
        width,
    );
    page += &paragraph(&wording::study(results), width);
    page += "\n";
    if results.variants.is_empty() {
        return page + &super::nothing_finished(results, width);
    }
    page += &table(results).render(width);
    page += "\n";
    page += &paragraph(&wording::key(results), width);
    page += &super::precision(results, width);
    if !wording::is_compared(results) {
        page += "\n";
        page += &paragraph(wording::TOO_FEW, width);
    }
    page += &bill_table(results, width);
    for bill in results.variants.iter().filter_map(wording::bill) {
        page += "\n";
        page += &paragraph(&bill, width);
    }
    if !results.expectations.is_empty() {
        let tally = expectations::tally(&results.expectations);
        page += &format!("\nexpectations: {tally}\n");
        page += &expectations::listed(&results.expectations, width);
    }
    page + &super::ending(results, width)
}

fn table(results: &Results) -> Grid {
    let headings = results.columns.iter().map(|column| column.label.clone());
    let mut grid = Grid::new(headings.chain(["recovers".to_owned()])).repeating_first();
    for variant in &results.variants {
        let values =
            pairs(variant, results).map(|(cell, column)| quantity(cell.value, column.unit));
        let recovers = wording::recovery(&variant.recovery);
        grid.row(&variant.title(), values.chain([recovers]));
        if wording::is_compared(results) && variant.name != BASELINE {
            add_differences(&mut grid, variant, results);
        }
    }
    grid
}

/// The bill of all variants, after an empty line; nothing where no difference is seen.
fn bill_table(results: &Results, width: usize) -> String {
    let rows = bill::rows(results);
    if rows.is_empty() {
        return String::new();
    }
    let names = bill::columns(results).into_iter().map(Variant::title);
    let headings: Vec<String> = std::iter::once(BASELINE.to_owned()).chain(names).collect();
    let mut grid = Grid::default().repeating_first().with_labels_of(BILL_LABEL);
    grid.headings(&headings, BILL_HEADING);
    for row in &rows {
        let entries = row.entries.iter().map(|entry| row.text(entry));
        let cells = std::iter::once(row.before()).chain(entries);
        grid.row(&row.about.label, cells);
    }
    let key = paragraph(&format!("The bill. {}", bill::KEY), width);
    format!("\n{}\n{key}", grid.render(width))
}

fn pairs<'a>(
    variant: &'a Variant,
    results: &'a Results,
) -> impl Iterator<Item = (&'a Cell, &'a Column)> {
    variant.cells.iter().zip(&results.columns)
}

fn add_differences(grid: &mut Grid, variant: &Variant, results: &Results) {
    let against = |write: fn(&Difference, Unit) -> String| {
        pairs(variant, results).map(move |(cell, column)| match &cell.difference {
            Some(difference) => write(difference, column.unit),
            None => MISSING.to_owned(),
        })
    };
    match wording::known_and_seen(variant) {
        (false, _) => grid.note(AGAINST, "not known"),
        (true, false) => grid.note(AGAINST, "no difference seen"),
        (true, true) => {
            grid.row(AGAINST, against(difference));
            grid.row("", against(interval));
        }
    }
}
