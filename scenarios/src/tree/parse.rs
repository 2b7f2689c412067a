//! Reads YAML, of which JSON is a part, into a tree: no aliases, tags or merge keys, nothing twice.

use super::{DEPTH, Entry, Tree, Value};
use crate::problem::{Problem, Problems};
use crate::source::{Source, Span};
use indexmap::IndexMap;
use indexmap::map::Entry as Slot;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};
use std::ops::Range;
use std::sync::Arc;

/// How long a text may be, in bytes.
const SIZE: usize = 1 << 20;

/// Reads a whole file.
pub(crate) fn parse(mut source: Source) -> Result<Tree, Problems> {
    if source.text.contains('\r') {
        source.text = source.text.replace("\r\n", "\n").replace('\r', "\n");
    }
    if let Some(text) = source.text.strip_prefix('\u{feff}') {
        source.text = text.to_owned();
    }
    let length = source.text.len();
    let source = Arc::new(source);
    if SIZE < length {
        let message = format!(
            "the file has {} KiB, and a scenario at most 1024",
            length >> 10
        );
        return Err(Problem::new(
            &Span {
                source,
                range: 0..0,
            },
            message,
        )
        .into());
    }
    read(
        &source,
        0..length,
        "a scenario, which begins with `squall: 1`",
    )
}

/// Reads the value that is a part of a source, as the right side of an argument `path=value`;
/// `expected` says what is missing where there is none.
pub(crate) fn read(
    source: &Arc<Source>,
    range: Range<usize>,
    expected: &str,
) -> Result<Tree, Problems> {
    let text = &source.text[range.clone()];
    let ends = text.char_indices().map(|(offset, _)| range.start + offset);
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        source,
        offsets: ends.chain([range.end]).collect(),
        problems: Vec::new(),
    };
    match reader.document(expected) {
        Ok(tree) if reader.problems.is_empty() => return Ok(tree),
        Ok(_) => {}
        Err(problem) => reader.problems.push(*problem),
    }
    Err(reader.problems.into_iter().collect())
}

struct Reader<'s> {
    parser: Parser<'s, StrInput<'s>>,
    source: &'s Arc<Source>,
    /// Where each character begins, in bytes.
    offsets: Vec<usize>,
    /// What is refused and does not keep the rest from being read.
    problems: Vec<Problem>,
}

/// What makes it impossible to read on.
type Stop = Box<Problem>;

impl<'s> Reader<'s> {
    fn document(&mut self, expected: &str) -> Result<Tree, Stop> {
        let start = self.span(0, 0);
        let mut tree = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if tree.is_some() => {
                    let message = "a second document starts here";
                    let help = "a scenario is one document: remove the `---`";
                    return Err(Box::new(Problem::new(&span, message).help(help)));
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    tree = Some(self.value(event, span, 0)?);
                }
                _ => {}
            }
        }
        let empty = || Problem::new(&start, "there is nothing here").expected(expected);
        tree.ok_or_else(|| Box::new(empty()))
    }

    fn value(&mut self, event: Event<'s>, span: Span, depth: usize) -> Result<Tree, Stop> {
        if DEPTH < depth {
            let message = format!("values lie more than {DEPTH} deep in each other here");
            return Err(Box::new(Problem::new(&span, message)));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(&span, anchor, tag.as_deref());
                let plain = style == ScalarStyle::Plain;
                let value = if plain {
                    plain_value(&text)
                } else {
                    Value::Text(text.into())
                };
                Ok(Tree { value, span })
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_extras(&span, anchor, tag.as_deref());
                self.list(span, depth)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_extras(&span, anchor, tag.as_deref());
                self.map(span, depth)
            }
            _ => {
                self.problems.push(
                    Problem::new(&span, "aliases are not part of this format")
                        .help("write the value again, or let a variant change it"),
                );
                Ok(Tree {
                    value: Value::Null,
                    span,
                })
            }
        }
    }

    fn list(&mut self, mut span: Span, depth: usize) -> Result<Tree, Stop> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                span = span.through(&at.if_not_empty(&span));
                return Ok(Tree {
                    value: Value::List(items),
                    span,
                });
            }
            let item = self.value(event, at, depth + 1)?;
            span = span.through(&item.span);
            items.push(item);
        }
    }

    fn map(&mut self, mut span: Span, depth: usize) -> Result<Tree, Stop> {
        let mut map = IndexMap::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                span = span.through(&at.if_not_empty(&span));
                return Ok(Tree {
                    value: Value::Map(map),
                    span,
                });
            }
            let text = self.key(event, &at, depth)?;
            let (event, value_at) = self.next()?;
            let value = self.value(event, value_at, depth + 1)?;
            span = span.through(&at).through(&value.span);
            match map.entry(text) {
                Slot::Vacant(slot) => {
                    slot.insert(Entry { key: at, value });
                }
                Slot::Occupied(first) if self.problems.len() < Problems::KEPT => {
                    self.problems.push(duplicate(&at, first));
                }
                Slot::Occupied(_) => {}
            }
        }
    }

    /// The text of a key.
    fn key(&mut self, event: Event<'s>, span: &Span, depth: usize) -> Result<String, Stop> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(span, anchor, tag.as_deref());
                if text == "<<" && style == ScalarStyle::Plain {
                    self.problems.push(
                        Problem::new(span, "merge keys are not part of this format")
                            .help("write the fields out, or let a variant change them"),
                    );
                }
                Ok(text.into())
            }
            other => {
                self.value(other, span.clone(), depth + 1)?;
                let problem = Problem::new(span, "a list or a block cannot be a name");
                self.problems
                    .push(problem.expected("a name, followed by `:`"));
                Ok(span.text().to_owned())
            }
        }
    }

    fn refuse_extras(&mut self, span: &Span, anchor: usize, tag: Option<&Tag>) {
        if anchor != 0 {
            let problem = Problem::new(span, "anchors (`&name`) are not part of this format");
            self.problems
                .push(problem.help("remove the anchor; quote a text that begins with `&`"));
        }
        if tag.is_some() {
            let problem = Problem::new(span, "tags (`!name`) are not part of this format");
            self.problems
                .push(problem.help("remove the tag; quote a text that begins with `!`"));
        }
    }

    fn next(&mut self) -> Result<(Event<'s>, Span), Stop> {
        let ended = (Event::StreamEnd, saphyr_parser::Span::default());
        match self.parser.next_event().unwrap_or(Ok(ended)) {
            Ok((event, span)) => Ok((event, self.span(span.start.index(), span.end.index()))),
            Err(error) => Err(Box::new(self.not_yaml(&error))),
        }
    }

    fn not_yaml(&self, error: &ScanError) -> Problem {
        let at = error.marker().index();
        let problem = Problem::new(&self.span(at, at), format!("not YAML: {}", error.info()));
        problem.maybe_help(remedy(error.info()))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let last = self.offsets.len() - 1;
        let (start, end) = (self.offsets[start.min(last)], self.offsets[end.min(last)]);
        Span {
            source: Arc::clone(self.source),
            range: start..end.max(start),
        }
    }
}

fn duplicate(again: &Span, first: indexmap::map::OccupiedEntry<'_, String, Entry>) -> Problem {
    let line = first.get().key.line();
    Problem::new(again, format!("`{}` is given twice", first.key()))
        .help(format!("the first is in line {line}: remove one of them"))
}

/// What to do about common messages of the parser.
fn remedy(info: &str) -> Option<String> {
    let help = if info.contains("tab") {
        "indent with spaces"
    } else if info.contains("mapping values are not allowed") {
        "quote a text that contains `: `, and check the indentation"
    } else if info.contains("trailing content") {
        "a comma or a line break may be missing before this"
    } else if info.contains("illegal placement") {
        "a bracket or a quote may be left open in the lines above"
    } else if info.contains("expected") || info.contains("indent") {
        "check the indentation and the brackets here and in the lines above"
    } else {
        return None;
    };
    Some(help.into())
}

/// What a scalar without quotes stands for: YAML 1.2.2, section 10.3.2, "Tag Resolution".
fn plain_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        return Value::Float(sign * f64::INFINITY);
    }
    integer(text, unsigned)
        .map(Value::Integer)
        .or_else(|| float(text, unsigned).map(Value::Float))
        .unwrap_or_else(|| Value::Text(text.to_owned()))
}

fn integer(text: &str, unsigned: &str) -> Option<i128> {
    if let Some(digits) = text.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return i128::from_str_radix(digits, 8).ok();
    }
    let digits = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn float(text: &str, unsigned: &str) -> Option<f64> {
    let starts = unsigned
        .trim_start_matches('.')
        .starts_with(|c: char| c.is_ascii_digit());
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+');
    (starts && unsigned.chars().all(allowed))
        .then(|| text.parse().ok())
        .flatten()
}
