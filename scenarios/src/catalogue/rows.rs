//! Every failure that the catalogue is to show, and which of them it shows.

use super::find;
use serde::Deserialize;

/// The themes, in order of their numbers, the first of which is 1.
pub const THEMES: [&str; 14] = [
    "Caching",
    "Retries, timeouts & resilience",
    "Queues, backpressure & streaming",
    "Load balancing & tail latency",
    "Rate limiting & multi-tenancy",
    "Databases: pools, locks, isolation, MVCC / checkpoint / compaction",
    "Replication, quorum & consistency",
    "Sharding & hashing",
    "Consensus, coordination & gossip",
    "Transactions: 2PC / saga / outbox / CDC / idempotency / ordering",
    "Capacity, autoscaling & availability algebra",
    "Multi-region & DR",
    "Deployments & migrations",
    "Composite systems",
];

/// The widest page that the list fits, and what stands beside names and texts there.
#[cfg(test)]
const LIST: (usize, usize) = (80, 4);

/// A failure of the catalogue, whether or not there is a scenario that shows it yet.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Row {
    /// The number of its theme.
    pub theme: usize,
    /// The name of its scenario.
    pub id: String,
    /// How soon it is wanted: 1 is first.
    pub tier: u8,
    /// What fails.
    pub failure: String,
    /// Why it is there although the plan did not have it; empty for all others.
    pub note: String,
}

impl Row {
    /// Whether its scenario is there.
    pub fn works(&self) -> bool {
        find(&self.id).is_some()
    }

    /// The name of its theme.
    pub fn theme(&self) -> &'static str {
        THEMES[self.theme - 1]
    }
}

/// All rows, theme by theme.
pub fn rows() -> Vec<Row> {
    csv::Reader::from_reader(include_bytes!("../../catalogue/rows.csv").as_slice())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("the file is part of the program, and a test reads it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ENTRIES;
    use std::collections::BTreeSet;

    #[test]
    fn every_scenario_is_in_a_row() {
        let rows = rows();
        let missing: Vec<_> = ENTRIES
            .iter()
            .filter(|entry| rows.iter().all(|row| row.id != entry.id))
            .map(|entry| entry.id)
            .collect();
        assert!(missing.is_empty(), "in no row of rows.csv: {missing:?}");
    }

    #[test]
    fn rows_are_the_plan_and_what_was_added_with_a_reason() {
        let rows = rows();
        let ids: BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
        assert_eq!(ids.len(), rows.len(), "names are unique");
        let planned = |row: &&Row| row.note.is_empty();
        assert_eq!(rows.iter().filter(planned).count(), 254);
        assert!(rows.is_sorted_by_key(|row| row.theme));
        let themes: BTreeSet<_> = rows.iter().map(|row| row.theme).collect();
        assert_eq!(themes, (1..=THEMES.len()).collect());
        assert!(rows.iter().all(|row| (1..=3).contains(&row.tier)));
    }

    #[test]
    fn every_row_fits_a_line_beside_the_longest_name_of_its_theme() {
        let rows = rows();
        let (width, beside) = LIST;
        for row in &rows {
            let of_theme = rows.iter().filter(|other| other.theme == row.theme);
            let longest = of_theme.map(|other| other.id.len()).max().unwrap_or(0);
            let room = width - beside - longest;
            let length = row.failure.chars().count();
            assert!(
                (1..=room).contains(&length),
                "{}: {length} > {room}",
                row.id
            );
        }
    }
}
