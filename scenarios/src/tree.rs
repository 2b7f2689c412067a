//! A scenario as a tree of values that know where they were written.

mod parse;

pub(crate) use parse::{parse, read};

use crate::source::Span;
use indexmap::IndexMap;

/// How deep values may lie in each other: far deeper than any scenario, far from the stack's end.
pub(crate) const DEPTH: usize = 64;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// What a value is, by the core schema of YAML 1.2.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Map(IndexMap<String, Entry>),
}

/// A value of a map, and where its key stands.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Span,
    pub(crate) value: Tree,
}

impl Tree {
    /// The value of a map's key, or of a list's number.
    pub(crate) fn get(&self, segment: &str) -> Option<&Tree> {
        self.step(segment).map(|(_, tree)| tree)
    }

    /// The value at a path such as `nodes.web.service.steps.0.work`.
    pub(crate) fn at(&self, path: &str) -> Option<&Tree> {
        path.split('.').try_fold(self, Tree::get)
    }

    /// Where to point for the value at `path`: at the value when it fits in a line, else at its
    /// key; for a value that is not written, at the nearest block around it.
    pub(crate) fn locate(&self, path: &str) -> Span {
        let (mut tree, mut span) = (self, self.span.clone());
        for segment in path.split('.') {
            let Some((key, next)) = tree.step(segment) else {
                return span;
            };
            tree = next;
            span = key.unwrap_or(&next.span).clone();
        }
        if tree.span.text().contains('\n') {
            span
        } else {
            tree.span.clone()
        }
    }

    /// Where the last name of `path` stands.
    pub(crate) fn locate_name(&self, path: &str) -> Span {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        let parent = if parent.is_empty() {
            Some(self)
        } else {
            self.at(parent)
        };
        match parent.and_then(|parent| parent.step(name)) {
            Some((Some(key), _)) => key.clone(),
            _ => self.locate(path),
        }
    }

    /// The values of a map; nothing for other values.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&String, &Entry)> + Clone {
        let map = if let Value::Map(map) = &self.value {
            Some(map)
        } else {
            None
        };
        map.into_iter().flatten()
    }

    /// The values of a list; nothing for other values.
    pub(crate) fn items(&self) -> &[Tree] {
        if let Value::List(items) = &self.value {
            items
        } else {
            &[]
        }
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value {
            Some(text)
        } else {
            None
        }
    }

    /// Whether both say the same, wherever they stand.
    pub(crate) fn says_the_same(&self, other: &Tree) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b))
            }
            (Value::Map(a), Value::Map(b)) => {
                let same = |(key, entry): (&String, &Entry)| {
                    b.get(key)
                        .is_some_and(|other| entry.value.says_the_same(&other.value))
                };
                a.len() == b.len() && a.iter().all(same)
            }
            _ => false,
        }
    }

    /// The start of the value as it was written, for messages.
    pub(crate) fn written(&self) -> String {
        let line = self.span.first_line();
        let start: String = line.text().chars().take(40).collect();
        if start.len() < self.span.text().len() {
            format!("{start}…")
        } else {
            start
        }
    }

    fn step(&self, segment: &str) -> Option<(Option<&Span>, &Tree)> {
        match &self.value {
            Value::Map(map) => map
                .get(segment)
                .map(|entry| (Some(&entry.key), &entry.value)),
            Value::List(items) => items
                .get(segment.parse::<usize>().ok()?)
                .map(|item| (None, item)),
            _ => None,
        }
    }
}
