//! Walks a tree beside the schema, collects all that does not fit, and makes the clean value.

pub(crate) mod meaning;
mod scalars;
mod shape;
mod words;

pub use shape::json_schema;
pub(crate) use shape::{Field, Shape, Shapes};
pub(crate) use words::{among, expectation, nearest};

use crate::problem::{Problem, Problems};
use crate::source::Span;
use crate::tree::{Entry, Tree, Value};
use indexmap::IndexMap;
use scalars::exact;
use serde_json::{Map, Value as Json};

/// What to do with the names of files in a scenario.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Files {
    /// Leave them as they were written.
    AsWritten,
    /// Put the folder of the source in front, so that they can be opened.
    Resolved,
}

/// Checks a scenario's tree against the schema; the value is of use only without problems.
pub(crate) fn check(tree: &Tree, files: Files) -> (Json, Vec<Problem>) {
    let shapes = Shapes::scenario();
    let mut checker = Checker {
        shapes,
        files,
        problems: Vec::new(),
    };
    let at = Place {
        name: "scenario",
        span: &tree.span,
    };
    let value = checker.value(tree, &shapes.root, at);
    (value, checker.problems)
}

/// A value as text on one line, which reads as the same value.
pub(crate) fn as_text(tree: &Tree) -> String {
    if !tree.span.text().contains('\n') {
        return tree.span.text().to_owned();
    }
    let mut checker = Checker {
        shapes: Shapes::scenario(),
        files: Files::AsWritten,
        problems: Vec::new(),
    };
    checker.anything(tree).to_string()
}

struct Checker {
    shapes: &'static Shapes,
    files: Files,
    problems: Vec<Problem>,
}

/// What to call a value, and where to point when it is missing, empty or long.
#[derive(Clone, Copy)]
struct Place<'t> {
    name: &'t str,
    span: &'t Span,
}

impl Checker {
    fn value(&mut self, tree: &Tree, shape: &'static Shape, at: Place<'_>) -> Json {
        let shapes = self.shapes.alternatives(shape);
        if matches!(shapes[..], [Shape::Anything]) {
            return self.anything(tree);
        }
        match &tree.value {
            Value::Map(map) => self.map(tree, map, &shapes, at),
            Value::List(items) => self.list(tree, items, &shapes, at),
            Value::Text(text) => self.text(tree, text, &shapes, at),
            Value::Integer(number) => self.integer(tree, *number, &shapes, at),
            Value::Float(number) => self.float(tree, *number, &shapes, at),
            Value::Bool(_) => self.mismatch(tree, &shapes, at),
            Value::Null => {
                let problem = Problem::new(at.span, format!("`{}` is empty", at.name));
                let help = "give it a value, or leave it out if it may be missing";
                self.report(problem.expected(expectation(&shapes)).help(help))
            }
        }
    }

    fn map(
        &mut self,
        tree: &Tree,
        map: &IndexMap<String, Entry>,
        shapes: &[&'static Shape],
        at: Place<'_>,
    ) -> Json {
        let has_field = |shape: &&'static Shape| match shape {
            Shape::Record(fields) => map.keys().any(|key| fields.contains_key(key)),
            _ => false,
        };
        // What may be a record or a tag with a value is a record where it has a field of one.
        let is_tagged = !shapes.iter().any(has_field) && shapes.iter().any(|one| one.has_tags());
        for shape in shapes {
            match shape {
                Shape::Record(_) if is_tagged => {}
                Shape::Record(fields) => return self.record(map, fields, at),
                Shape::Table(of) => return self.table(map, of),
                Shape::Choice { words, tags } if !tags.is_empty() => {
                    return self.tagged(map, words, tags, shapes, at);
                }
                _ => {}
            }
        }
        self.mismatch(tree, shapes, at)
    }

    fn record(
        &mut self,
        map: &IndexMap<String, Entry>,
        fields: &'static IndexMap<String, Field>,
        at: Place<'_>,
    ) -> Json {
        let mut clean = Map::new();
        for (name, Entry { key, value }) in map {
            let Some(field) = fields.get(name) else {
                let names = fields.keys().map(String::as_str);
                let problem = Problem::new(key, format!("unknown field `{name}`"));
                self.report(
                    problem
                        .expected(among(names.clone()))
                        .maybe_help(nearest(name, names)),
                );
                continue;
            };
            let at = Place { name, span: key };
            clean.insert(name.clone(), self.value(value, &field.shape, at));
        }
        for (name, field) in fields {
            if field.required && !map.contains_key(name) {
                let what = expectation(&self.shapes.alternatives(&field.shape));
                let problem = Problem::new(at.span, format!("`{}` lacks `{name}`", at.name));
                self.report(
                    problem
                        .expected(format!("`{name}:` with {what}"))
                        .help(field.help()),
                );
            }
        }
        Json::Object(clean)
    }

    fn table(&mut self, map: &IndexMap<String, Entry>, of: &'static Shape) -> Json {
        let entry = |(name, entry): (&String, &Entry)| {
            let at = Place {
                name,
                span: &entry.key,
            };
            (name.clone(), self.value(&entry.value, of, at))
        };
        Json::Object(map.iter().map(entry).collect())
    }

    fn tagged(
        &mut self,
        map: &IndexMap<String, Entry>,
        words: &[String],
        tags: &'static IndexMap<String, Shape>,
        shapes: &[&'static Shape],
        at: Place<'_>,
    ) -> Json {
        let expected = expectation(shapes);
        let mut keys = map.iter();
        let Some((tag, entry)) = keys.next() else {
            let problem = Problem::new(at.span, format!("`{}` is empty", at.name));
            return self.report(problem.expected(expected));
        };
        if let Some((second, other)) = keys.next() {
            let message = format!("`{}` is both `{tag}` and `{second}`", at.name);
            let problem = Problem::new(&other.key, message);
            return self.report(problem.expected(format!("exactly {expected}")));
        }
        if let Some(shape) = tags.get(tag) {
            let at = Place {
                name: tag,
                span: &entry.key,
            };
            let value = self.value(&entry.value, shape, at);
            return Json::Object(Map::from_iter([(tag.clone(), value)]));
        }
        let problem = Problem::new(&entry.key, format!("`{}` cannot be `{tag}`", at.name));
        let help = if words.contains(tag) {
            Some(format!(
                "`{tag}` takes no value: write `{}: {tag}`",
                at.name
            ))
        } else {
            nearest(tag, tags.keys().map(String::as_str))
        };
        self.report(problem.expected(expected).maybe_help(help))
    }

    fn list(
        &mut self,
        tree: &Tree,
        items: &[Tree],
        shapes: &[&'static Shape],
        at: Place<'_>,
    ) -> Json {
        for shape in shapes {
            match shape {
                Shape::List(of) => {
                    let items = items.iter().enumerate();
                    return items
                        .map(|(index, item)| self.item(item, index, of, at))
                        .collect();
                }
                Shape::Tuple(of) if of.len() == items.len() => {
                    let items = items.iter().zip(of).enumerate();
                    return items
                        .map(|(index, (item, of))| self.item(item, index, of, at))
                        .collect();
                }
                Shape::Tuple(of) => {
                    let message = format!("`{}` has {} values", at.name, items.len());
                    let problem = Problem::new(&tree.span, message);
                    return self.report(problem.expected(format!("{} values", of.len())));
                }
                _ => {}
            }
        }
        self.mismatch(tree, shapes, at)
    }

    fn item(&mut self, item: &Tree, index: usize, of: &'static Shape, at: Place<'_>) -> Json {
        let name = format!("{}.{index}", at.name);
        self.value(
            item,
            of,
            Place {
                name: &name,
                span: &item.span,
            },
        )
    }

    /// A value whose shape is decided where it is used.
    fn anything(&mut self, tree: &Tree) -> Json {
        match &tree.value {
            Value::Null => Json::Null,
            Value::Bool(value) => (*value).into(),
            Value::Integer(number) => exact(*number).unwrap_or_else(|| tree.written().into()),
            Value::Float(number) => self.finite(tree, *number),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(|item| self.anything(item)).collect(),
            Value::Map(map) => {
                let entry =
                    |(name, entry): (&String, &Entry)| (name.clone(), self.anything(&entry.value));
                Json::Object(map.iter().map(entry).collect())
            }
        }
    }

    fn mismatch(&mut self, tree: &Tree, shapes: &[&'static Shape], at: Place<'_>) -> Json {
        let span = if tree.span.text().contains('\n') {
            at.span
        } else {
            &tree.span
        };
        let wants_text = shapes
            .iter()
            .any(|shape| matches!(shape, Shape::Text | Shape::File));
        let problem = Problem::new(span, cannot_be(tree, at)).expected(expectation(shapes));
        self.report(match &tree.value {
            Value::Map(map) => match map.keys().find(|key| has_word(shapes, key)) {
                Some(word) => {
                    let help = format!("`{word}` takes no value: write `{}: {word}`", at.name);
                    problem.help(help)
                }
                None => problem,
            },
            Value::Integer(number) if has_count(shapes) => problem.help(match *number < 0 {
                true => "a count cannot be negative",
                false => "this number is too large",
            }),
            Value::List(_) => problem,
            _ if wants_text => problem.help(format!("write it in quotes: \"{}\"", tree.written())),
            _ => problem,
        })
    }

    fn report(&mut self, problem: Problem) -> Json {
        if self.problems.len() < Problems::KEPT {
            self.problems.push(problem);
        }
        Json::Null
    }
}

impl Field {
    fn help(&self) -> String {
        self.description.clone()
    }
}

fn cannot_be(tree: &Tree, at: Place<'_>) -> String {
    match tree.value {
        Value::Map(_) => format!("`{}` cannot be a block", at.name),
        Value::List(_) => format!("`{}` cannot be a list", at.name),
        _ => format!("`{}` cannot be `{}`", at.name, tree.written()),
    }
}

fn has_word(shapes: &[&Shape], text: &str) -> bool {
    let takes = |shape: &&Shape| match shape {
        Shape::Choice { words, .. } => words.iter().any(|word| word == text),
        _ => false,
    };
    shapes.iter().any(takes)
}

fn has_count(shapes: &[&Shape]) -> bool {
    shapes
        .iter()
        .any(|shape| matches!(shape, Shape::Whole { .. }))
}
