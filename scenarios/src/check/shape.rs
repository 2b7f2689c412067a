//! What the JSON Schema says about values, as an enum.

use crate::schema::Scenario;
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a value may be.
#[derive(Debug)]
pub(crate) enum Shape {
    Anything,
    Text,
    /// The name of a file.
    File,
    Quantity(Quantity),
    Whole {
        min: i128,
        max: i128,
    },
    Number,
    /// One of some words, or one of some tags with a value: an externally tagged enum.
    Choice {
        words: Vec<String>,
        tags: IndexMap<String, Shape>,
    },
    Record(IndexMap<String, Field>),
    /// A map from any name.
    Table(Box<Shape>),
    List(Box<Shape>),
    Tuple(Vec<Shape>),
    Either(Vec<Shape>),
    Named(String),
}

impl Shape {
    /// Whether it may be a tag with a value.
    pub(crate) fn has_tags(&self) -> bool {
        matches!(self, Shape::Choice { tags, .. } if !tags.is_empty())
    }
}

/// A text with a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Quantity {
    Duration,
    Rate,
    Share,
    Quantile,
    Size,
}

/// A field of a record.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    pub(crate) description: String,
}

/// The shape of a scenario, and the shapes it names.
#[derive(Debug)]
pub(crate) struct Shapes {
    pub(crate) root: Shape,
    named: BTreeMap<String, Shape>,
}

static SCENARIO: LazyLock<Shapes> = LazyLock::new(|| {
    let schema = json_schema();
    let named = schema["$defs"].as_object().into_iter().flatten();
    Shapes {
        root: shape(&schema),
        named: named
            .map(|(name, schema)| (name.clone(), shape(schema)))
            .collect(),
    }
});

impl Shapes {
    /// The shapes of [`Scenario`].
    pub(crate) fn scenario() -> &'static Shapes {
        &SCENARIO
    }

    /// What a value of this shape may be, with names and alternatives resolved.
    pub(crate) fn alternatives<'s>(&'s self, shape: &'s Shape) -> Vec<&'s Shape> {
        match shape {
            Shape::Either(shapes) => shapes
                .iter()
                .flat_map(|one| self.alternatives(one))
                .collect(),
            Shape::Named(name) => match self.named.get(name) {
                Some(shape) => self.alternatives(shape),
                None => vec![&Shape::Anything],
            },
            shape => vec![shape],
        }
    }
}

/// The JSON Schema of scenario files, for editors.
///
/// A field that may be left out is left out, never `null`.
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Scenario).to_value();
    without_null(&mut schema);
    schema
}

fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(without_null);
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(shapes)) = map.get_mut("anyOf") {
                shapes.retain(|shape| shape.get("type").is_none_or(|name| name != "null"));
                if let [Value::Object(only)] = shapes.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    map.extend(only);
                }
            }
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

fn shape(schema: &Value) -> Shape {
    if let Some(name) = schema["$ref"].as_str() {
        return Shape::Named(name.trim_start_matches("#/$defs/").to_owned());
    }
    if let Some(shapes) = schema["anyOf"].as_array() {
        return Shape::Either(shapes.iter().map(shape).collect());
    }
    if let Some(alternatives) = schema["oneOf"].as_array() {
        return choice(alternatives);
    }
    match schema["type"].as_str() {
        Some("string") if schema.get("const").or(schema.get("enum")).is_some() => {
            choice(std::slice::from_ref(schema))
        }
        Some("string") => text(schema),
        Some("integer") => Shape::Whole {
            min: 0,
            max: largest(schema),
        },
        Some("number") => Shape::Number,
        Some("array") => match schema["prefixItems"].as_array() {
            Some(items) => Shape::Tuple(items.iter().map(shape).collect()),
            None => Shape::List(Box::new(shape(&schema["items"]))),
        },
        Some("object") if schema["additionalProperties"] == false => record(schema),
        Some("object") => Shape::Table(Box::new(shape(&schema["additionalProperties"]))),
        _ => Shape::Anything,
    }
}

fn text(schema: &Value) -> Shape {
    match schema["x-unit"].as_str() {
        Some("duration") => Shape::Quantity(Quantity::Duration),
        Some("rate") => Shape::Quantity(Quantity::Rate),
        Some("share") => Shape::Quantity(Quantity::Share),
        Some("quantile") => Shape::Quantity(Quantity::Quantile),
        Some("size") => Shape::Quantity(Quantity::Size),
        Some("file") => Shape::File,
        _ => Shape::Text,
    }
}

fn largest(schema: &Value) -> i128 {
    match (schema["maximum"].as_u64(), schema["format"].as_str()) {
        (Some(maximum), _) => maximum.into(),
        (None, Some("uint32")) => u32::MAX.into(),
        _ => u64::MAX.into(),
    }
}

fn record(schema: &Value) -> Shape {
    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|n| n == name));
    let fields = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, schema): (&String, &Value)| {
        let field = Field {
            shape: shape(schema),
            required: is_required(name),
            description: schema["description"]
                .as_str()
                .unwrap_or_default()
                .replace('\n', " "),
        };
        (name.clone(), field)
    };
    Shape::Record(fields.map(field).collect())
}

fn choice(alternatives: &[Value]) -> Shape {
    let (mut words, mut tags) = (Vec::new(), IndexMap::new());
    for alternative in alternatives {
        let named = alternative["enum"].as_array().into_iter().flatten();
        let word = alternative.get("const").into_iter().chain(named);
        words.extend(word.filter_map(|word| word.as_str().map(str::to_owned)));
        let fields = alternative["properties"].as_object().into_iter().flatten();
        tags.extend(fields.map(|(tag, schema)| (tag.clone(), shape(schema))));
    }
    Shape::Choice { words, tags }
}
