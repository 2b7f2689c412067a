//! Says what was expected, and which valid name is nearest to a wrong one.

use super::shape::{Quantity, Shape};
use crate::units::{Duration, Misread, Quantile, Rate, Share, Size};

/// How many valid names a message lists.
const NAMED: usize = 40;

/// How many valid names are compared with a wrong one.
const COMPARED: usize = 1_000;

/// What a value of one of these shapes looks like.
pub(crate) fn expectation(shapes: &[&Shape]) -> String {
    let parts: Vec<String> = shapes.iter().map(|shape| phrase(shape)).collect();
    parts.join(", or ")
}

fn phrase(shape: &Shape) -> String {
    match shape {
        Shape::Anything => "a value".into(),
        Shape::Text => "text".into(),
        Shape::File => "the name of a file".into(),
        Shape::Quantity(quantity) => quantity.example().into(),
        Shape::Whole { max, .. } if u32::MAX as i128 <= *max => "a whole number".into(),
        Shape::Whole { min, max } => format!("a whole number from {min} to {max}"),
        Shape::Number => "a number".into(),
        Shape::Choice { words, tags } => {
            let words = words.iter().map(|word| format!("`{word}`"));
            let tags = tags.keys().map(|tag| format!("`{tag}:`"));
            one_of(words.chain(tags).collect())
        }
        Shape::Record(fields) => {
            let required: Vec<_> = fields.iter().filter(|(_, field)| field.required).collect();
            let named = if required.is_empty() {
                fields.iter().collect()
            } else {
                required
            };
            let named = named
                .into_iter()
                .take(4)
                .map(|(name, _)| format!("{name}: ..."));
            format!(
                "a block such as `{{ {} }}`",
                named.collect::<Vec<_>>().join(", ")
            )
        }
        Shape::Table(_) => "a block of names, each with its value".into(),
        Shape::List(_) => "a list: `[ ... ]`, or lines that begin with `- `".into(),
        Shape::Tuple(shapes) => format!("a list of {}", shapes.len()),
        Shape::Either(_) | Shape::Named(_) => String::new(),
    }
}

/// `one of a, b, c`.
pub(crate) fn among<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names = names.map(|name| format!("`{name}`"));
    let mut named: Vec<String> = names.by_ref().take(NAMED).collect();
    named.extend(names.next().map(|_| "...".into()));
    one_of(named)
}

fn one_of(names: Vec<String>) -> String {
    match names.as_slice() {
        [] => "nothing".into(),
        [only] => only.clone(),
        names => format!("one of {}", names.join(", ")),
    }
}

/// Asks whether the valid name nearest to `wrong` was meant, if one is near.
pub(crate) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let wrong = plain(wrong);
    let limit = wrong.chars().count().div_ceil(3);
    names
        .take(COMPARED)
        .map(|name| (strsim::damerau_levenshtein(&wrong, &plain(name)), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

impl Quantity {
    /// Whether `text` is such a quantity.
    pub(crate) fn read(self, text: &str) -> Result<(), Misread> {
        match self {
            Quantity::Duration => text.parse::<Duration>().map(drop),
            Quantity::Rate => text.parse::<Rate>().map(drop),
            Quantity::Share => text.parse::<Share>().map(drop),
            Quantity::Quantile => text.parse::<Quantile>().map(drop),
            Quantity::Size => text.parse::<Size>().map(drop),
        }
    }

    fn example(self) -> &'static str {
        match self {
            Quantity::Duration => Duration::EXAMPLES,
            Quantity::Rate => Rate::EXAMPLES,
            Quantity::Share => Share::EXAMPLES,
            Quantity::Quantile => Quantile::EXAMPLES,
            Quantity::Size => Size::EXAMPLES,
        }
    }
}
