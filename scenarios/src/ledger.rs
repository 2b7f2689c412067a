//! The assumption ledger: what figures rest on besides what a scenario says.

mod distributions;
mod left_out;

pub use left_out::{MODELS, Model};

use crate::results::Ledger;
use crate::{Document, Problems, Setting};
use serde_json::Value;

impl Document {
    /// The ledger of these variants, with new values: that of the first, and then what others have
    /// besides, where the name of the variant stands behind the path.
    ///
    /// # Errors
    /// Returns all that is wrong with the scenario.
    pub fn ledger(&self, variants: &[&str], sets: &[Setting]) -> Result<Ledger, Problems> {
        let mut ledger = Ledger::default();
        let mut scenarios = Vec::new();
        for (index, name) in variants.iter().enumerate() {
            let scenario = self.as_written(Some(name), sets)?;
            let defaults = self.defaults(Some(name), sets)?.into_iter();
            let defaults = defaults.map(|(path, value)| (path, as_written(&value)));
            let other = (0 < index).then_some(*name);
            add_new(&mut ledger.defaults, defaults.collect(), other);
            let found = distributions::of(&scenario);
            add_new(&mut ledger.distributions, found, other);
            scenarios.push(scenario);
        }
        let is_used = |model: &&Model| scenarios.iter().any(model.is_used);
        for model in MODELS.iter().filter(is_used) {
            let sentences = model.left_out.iter();
            let entries = sentences.map(|text| (model.name.to_owned(), (*text).to_owned()));
            ledger.not_modelled.extend(entries);
        }
        Ok(ledger)
    }
}

/// Adds entries that are not there yet.
fn add_new(known: &mut Vec<(String, String)>, found: Vec<(String, String)>, variant: Option<&str>) {
    let new = found.into_iter().filter(|entry| !known.contains(entry));
    let new = new.map(|(path, value)| match variant {
        Some(name) => (format!("{path} ({name})"), value),
        None => (path, value),
    });
    let new: Vec<_> = new.collect();
    known.extend(new);
}

/// A value as it would stand in a file, where what is missing is not written.
pub fn as_written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(as_written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name}: {}", as_written(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::results::Ledger;
    use crate::{Document, Source, catalogue};

    fn ledger(id: &str, variants: &[&str]) -> Ledger {
        let entry = catalogue::find(id).expect("it is there");
        let source = Source {
            name: entry.id.into(),
            text: entry.text.into(),
            folder: None,
        };
        let document = Document::parse(source).expect("it is a scenario");
        document.ledger(variants, &[]).expect("it is right")
    }

    #[test]
    fn a_ledger_has_every_law_as_it_is_written() {
        let ledger = ledger("retry-storm", &["baseline"]);
        let written: Vec<String> = ledger
            .distributions
            .iter()
            .map(|(path, law)| format!("{path}: {law}"))
            .collect();
        insta::assert_snapshot!(written.join("\n"));
    }

    #[test]
    fn what_the_models_leave_out_depends_on_the_models_that_are_used() {
        let models = |id, variants: &[&str]| -> Vec<String> {
            let entries = ledger(id, variants).not_modelled.into_iter();
            let mut models: Vec<String> = entries.map(|(model, _)| model).collect();
            models.dedup();
            models
        };
        let stampede = models("cache-stampede", &["baseline"]);
        assert!(stampede.contains(&"caches".to_owned()), "{stampede:?}");
        assert!(!stampede.contains(&"hedges".to_owned()), "{stampede:?}");
        let baseline = models("hedged-requests", &["baseline"]);
        assert!(!baseline.contains(&"hedges".to_owned()), "{baseline:?}");
    }

    #[test]
    fn a_variant_adds_what_it_has_besides() {
        let entry = catalogue::find("cache-stampede").expect("it is there");
        let alone = ledger(entry.id, &["baseline"]);
        let both = ledger(entry.id, &["baseline", "ttl-jitter"]);
        assert_eq!(both.defaults[..alone.defaults.len()], alone.defaults);
        let added = &both.distributions[alone.distributions.len()..];
        let jitter = "nodes.catalog.cache.ttl_jitter (ttl-jitter)";
        assert!(
            added.iter().any(|(path, _)| path == jitter),
            "{added:?} has no {jitter}"
        );
    }
}
