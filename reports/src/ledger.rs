//! The assumption ledger in words: what figures rest on besides what the scenario says.

use crate::wording::counted;
use scenarios::results::Results;

/// Paths with their values, a line for each block of the scenario: block, and its values.
pub fn blocks(entries: &[(String, String)]) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    for (path, value) in entries {
        let (block, name) = path.rsplit_once('.').unwrap_or(("scenario", path));
        let value = format!("{name} {value}");
        add(&mut blocks, block, &value, ", ");
    }
    blocks
}

/// Models with their sentences, a line for each model.
pub fn models(entries: &[(String, String)]) -> Vec<(String, String)> {
    let mut models: Vec<(String, String)> = Vec::new();
    for (model, sentence) in entries {
        add(&mut models, model, sentence, " ");
    }
    models
}

fn add(groups: &mut Vec<(String, String)>, name: &str, text: &str, between: &str) {
    match groups.iter_mut().find(|(other, _)| other == name) {
        Some((_, texts)) => *texts += &format!("{between}{text}"),
        None => groups.push((name.to_owned(), text.to_owned())),
    }
}

/// How long the ledger is, and where it can be read; nothing when it is empty.
pub(crate) fn summary(results: &Results) -> Option<String> {
    let ledger = &results.ledger;
    let parts = [
        (ledger.defaults.len(), "default"),
        (ledger.distributions.len(), "distribution"),
        (ledger.not_modelled.len(), "omission"),
    ];
    parts.iter().any(|(n, _)| 0 < *n).then(|| {
        let parts = parts.map(|(n, noun)| counted(n, noun));
        format!(
            "These figures rest on {}, {} and {} of the models: summary.md and `squall show` list \
             them.",
            parts[0], parts[1], parts[2]
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn entries_are_gathered_by_block_and_by_model() {
        let ledger = made_up::stampede().ledger;
        let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        assert_eq!(
            blocks(&ledger.defaults),
            [
                pair("scenario", "seed 1"),
                pair("nodes.catalog.cache", "pattern read-through, evict lru")
            ]
        );
        assert_eq!(
            models(&ledger.not_modelled),
            [
                pair("cache", "Negative caching. Leases."),
                pair("database", "Transactions, locks and isolation.")
            ]
        );
    }

    #[test]
    fn the_summary_counts() {
        assert_eq!(
            summary(&made_up::stampede()).expect("there is a ledger"),
            "These figures rest on 3 defaults, 2 distributions and 3 omissions of the models: \
             summary.md and `squall show` list them."
        );
    }
}
