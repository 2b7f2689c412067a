//! Text and numbers beside what the schema wants of them.

use super::words::{expectation, nearest};
use super::{Checker, Files, Place, Shape, cannot_be};
use crate::problem::Problem;
use crate::tree::Tree;
use serde_json::{Number, Value as Json};

impl Checker {
    pub(super) fn text(
        &mut self,
        tree: &Tree,
        text: &str,
        shapes: &[&'static Shape],
        at: Place<'_>,
    ) -> Json {
        let mut help = None;
        for shape in shapes {
            match shape {
                Shape::Text => return text.into(),
                Shape::File => return self.file(tree, text),
                Shape::Choice { words, tags } => {
                    if words.iter().any(|word| word == text) {
                        return text.into();
                    }
                    if let Some(shape) = tags.get(text) {
                        let what = expectation(&self.shapes.alternatives(shape));
                        let problem = Problem::new(&tree.span, format!("`{text}` lacks its value"));
                        return self.report(problem.expected(format!("`{text}:` with {what}")));
                    }
                    let names = words.iter().chain(tags.keys()).map(String::as_str);
                    help = help.or_else(|| nearest(text, names));
                }
                Shape::Quantity(quantity) => match quantity.read(text) {
                    Ok(()) => return text.into(),
                    Err(misread) if looks_like_number(text) => {
                        let problem = Problem::new(&tree.span, misread.message);
                        let problem = problem.expected(misread.expected);
                        return self.report(problem.maybe_help(misread.help));
                    }
                    Err(_) => {}
                },
                Shape::Whole { .. } | Shape::Number if text.parse::<f64>().is_ok() => {
                    help = Some("write the number without quotes".into());
                }
                _ => {}
            }
        }
        let problem = Problem::new(&tree.span, cannot_be(tree, at));
        self.report(problem.expected(expectation(shapes)).maybe_help(help))
    }

    fn file(&self, tree: &Tree, text: &str) -> Json {
        match (&tree.span.source.folder, self.files) {
            (Some(folder), Files::Resolved) => folder.join(text).to_string_lossy().into(),
            _ => text.into(),
        }
    }

    pub(super) fn integer(
        &mut self,
        tree: &Tree,
        number: i128,
        shapes: &[&'static Shape],
        at: Place<'_>,
    ) -> Json {
        for shape in shapes {
            match shape {
                Shape::Number => return self.finite(tree, number as f64),
                Shape::Whole { min, max } if *min <= number && number <= *max => {
                    return exact(number).unwrap_or_default();
                }
                _ => {}
            }
        }
        self.bare_number(tree, shapes, at)
    }

    pub(super) fn float(
        &mut self,
        tree: &Tree,
        number: f64,
        shapes: &[&'static Shape],
        at: Place<'_>,
    ) -> Json {
        if shapes.iter().any(|shape| matches!(shape, Shape::Number)) {
            return self.finite(tree, number);
        }
        self.bare_number(tree, shapes, at)
    }

    /// A number where there is none to be; where there should be a quantity, it lacks its unit.
    fn bare_number(&mut self, tree: &Tree, shapes: &[&'static Shape], at: Place<'_>) -> Json {
        let quantity = shapes.iter().find_map(|shape| match shape {
            Shape::Quantity(quantity) => quantity.read(tree.span.text()).err(),
            _ => None,
        });
        let Some(misread) = quantity else {
            return self.mismatch(tree, shapes, at);
        };
        let problem = Problem::new(&tree.span, misread.message).expected(misread.expected);
        self.report(problem.maybe_help(misread.help))
    }

    pub(super) fn finite(&mut self, tree: &Tree, number: f64) -> Json {
        match Number::from_f64(number) {
            Some(number) => Json::Number(number),
            None => self.report(
                Problem::new(
                    &tree.span,
                    format!("`{}` is not a finite number", tree.written()),
                )
                .expected("a number"),
            ),
        }
    }
}

fn looks_like_number(text: &str) -> bool {
    text.trim_start_matches(['-', '+', '.'])
        .starts_with(|c: char| c.is_ascii_digit())
}

/// A whole number as JSON, when it is in the range of one.
pub(super) fn exact(number: i128) -> Option<Json> {
    let positive = u64::try_from(number).ok().map(Json::from);
    positive.or_else(|| i64::try_from(number).ok().map(Json::from))
}
