//! The bill as a table: what is paid for in rows, variants in columns, and only what differs.

use crate::quantity::{MISSING, difference, interval, quantity};
use crate::wording;
use scenarios::results::BASELINE;
use scenarios::results::{BillLine, Difference, Results, Variant};

/// What stands where no difference is seen.
const SAME: &str = "=";

/// How to read the table.
pub(crate) const KEY: &str = "Differences from the baseline, on average over runs; =: none seen. \
                              One wants less of everything here, but first tries and idle \
                              places are good or bad by what causes them.";

/// A line of the bill in all variants.
pub(crate) struct Row<'a> {
    /// The line of one of them, for what it is called and how it is written.
    pub(crate) about: &'a BillLine,
    /// What the baseline has of it.
    pub(crate) before: f64,
    /// One for each of [`columns`].
    pub(crate) entries: Vec<Entry<'a>>,
}

/// What a variant has of it.
pub(crate) enum Entry<'a> {
    /// The difference is not known.
    Unknown,
    /// No difference is seen.
    Same,
    /// The value and the difference that is seen.
    Changed(f64, &'a Difference),
}

/// The variants that are compared with the baseline.
pub(crate) fn columns(results: &Results) -> Vec<&Variant> {
    let others = results.variants.iter().filter(|v| v.name != BASELINE);
    others.collect()
}

/// The lines in which a difference is seen, in the order of bills.
pub(crate) fn rows(results: &Results) -> Vec<Row<'_>> {
    let lines = results.variants.iter().flat_map(|v| &v.bill.lines);
    let mut lines: Vec<&BillLine> = lines.collect();
    lines.sort_by_key(|line| (line.node.is_empty(), &line.node, line.item, &line.label));
    lines.dedup_by_key(|line| &line.label);
    let columns = columns(results);
    let rows = lines.into_iter().map(|about| Row {
        about,
        before: before(results, about),
        entries: columns.iter().map(|v| entry(v, about)).collect(),
    });
    let is_seen = |entry: &Entry| matches!(entry, Entry::Changed(..));
    rows.filter(|row| row.entries.iter().any(is_seen)).collect()
}

fn before(results: &Results, about: &BillLine) -> f64 {
    let baseline = results.variants.iter().find(|v| v.name == BASELINE);
    let line = baseline.and_then(|variant| line(variant, about));
    line.map_or(0.0, |line| line.value)
}

fn line<'a>(variant: &'a Variant, about: &BillLine) -> Option<&'a BillLine> {
    let mut lines = variant.bill.lines.iter();
    lines.find(|line| line.label == about.label)
}

fn entry<'a>(variant: &'a Variant, about: &BillLine) -> Entry<'a> {
    match line(variant, about) {
        // Neither the baseline nor the variant has any of it.
        None => Entry::Same,
        Some(line) => match &line.difference {
            None => Entry::Unknown,
            Some(difference) if difference.is_seen() => Entry::Changed(line.value, difference),
            Some(_) => Entry::Same,
        },
    }
}

impl Row<'_> {
    /// What the baseline has of it, in words.
    pub(crate) fn before(&self) -> String {
        quantity(Some(self.before), self.about.unit)
    }

    /// An entry in words: the difference, or the value of what is new.
    pub(crate) fn text(&self, entry: &Entry) -> String {
        match entry {
            Entry::Unknown => MISSING.to_owned(),
            Entry::Same => SAME.to_owned(),
            Entry::Changed(value, change) if wording::is_new(*value, change) => {
                format!("+{}", quantity(Some(*value), self.about.unit))
            }
            Entry::Changed(_, change) => difference(change, self.about.unit),
        }
    }

    /// An entry in words with the interval of its difference.
    pub(crate) fn text_with_interval(&self, entry: &Entry) -> String {
        match entry {
            Entry::Changed(_, change) => format!(
                "{}<br>{}",
                self.text(entry),
                interval(change, self.about.unit)
            ),
            other => self.text(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    fn texts(results: &Results, label: &str) -> Vec<String> {
        let rows = rows(results);
        let row = rows.iter().find(|row| row.about.label == label);
        let row = row.expect("the line has a row");
        let entries = row.entries.iter().map(|entry| row.text(entry));
        std::iter::once(row.before()).chain(entries).collect()
    }

    #[test]
    fn a_row_has_every_variant_and_says_what_is_new() {
        let results = made_up::only(made_up::stampede(), 4);
        assert_eq!(
            texts(&results, "load of products"),
            ["48/s", "=", "-77 %", "-99 %"]
        );
        assert_eq!(
            texts(&results, "expired answers of catalog"),
            ["0/s", "=", "=", "+28/s"]
        );
    }

    #[test]
    fn what_differs_nowhere_has_no_row() {
        let results = made_up::only(made_up::stampede(), 2);
        assert!(rows(&results).is_empty());
    }
}
