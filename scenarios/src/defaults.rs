//! What a scenario leaves unsaid, and the reader fills in.

use crate::tree::{Tree, Value};
use crate::{Document, Problems, Setting};
use serde_json::Value as Json;

/// The parts of a scenario on which results depend.
const PARTS: [&str; 6] = ["runs", "seed", "warm_up", "nodes", "network", "faults"];

impl Document {
    /// The defaults that are used: path and value of all that is not written, in order of the
    /// schema. What is missing and has no value is left out.
    ///
    /// # Errors
    /// Returns all that is wrong with the scenario.
    pub fn defaults(
        &self,
        variant: Option<&str>,
        sets: &[Setting],
    ) -> Result<Vec<(String, Json)>, Problems> {
        let scenario = self.as_written(variant, sets)?;
        let written = self.edited(variant, sets)?;
        let filled = serde_json::to_value(scenario).unwrap_or_default();
        let mut defaults = vec![];
        for part in PARTS {
            add(
                part.to_owned(),
                &filled[part],
                written.get(part),
                &mut defaults,
            );
        }
        Ok(defaults)
    }
}

fn add(path: String, filled: &Json, written: Option<&Tree>, defaults: &mut Vec<(String, Json)>) {
    let inside = |name: &str| format!("{path}.{name}");
    match (written.map(|tree| &tree.value), filled) {
        (None, Json::Null) => {}
        (None, Json::Array(items)) if items.is_empty() => {}
        (None, Json::Object(fields)) if fields.is_empty() => {}
        (None, value) => defaults.push((path, value.clone())),
        (Some(Value::Map(map)), Json::Object(fields)) => {
            for (name, value) in fields {
                let written = map.get(name).map(|entry| &entry.value);
                add(inside(name), value, written, defaults);
            }
        }
        (Some(Value::List(list)), Json::Array(items)) => {
            for (index, (value, written)) in items.iter().zip(list).enumerate() {
                add(inside(&index.to_string()), value, Some(written), defaults);
            }
        }
        // Written in a short form, which says it all.
        (Some(_), _) => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, Setting, Source, catalogue};

    #[test]
    fn what_is_written_or_set_is_no_default() {
        let entry = catalogue::find("cache-stampede").expect("it is there");
        let source = Source {
            name: entry.id.into(),
            text: entry.text.into(),
            folder: None,
        };
        let document = Document::parse(source).expect("it is a scenario");
        let paths = |sets: &[Setting]| -> Vec<String> {
            let defaults = document.defaults(None, sets).expect("it is right");
            defaults.into_iter().map(|(path, _)| path).collect()
        };
        let seed = Setting {
            path: "seed".into(),
            value: "3".into(),
            origin: "--seed".into(),
        };
        let pattern = "nodes.catalog.cache.pattern".to_owned();
        assert!(paths(&[]).contains(&"seed".to_owned()));
        assert!(paths(&[]).contains(&pattern));
        assert!(!paths(&[]).contains(&"nodes.catalog.cache.ttl".to_owned()));
        assert!(!paths(&[seed]).contains(&"seed".to_owned()));
    }
}
