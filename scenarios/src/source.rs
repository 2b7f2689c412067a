//! Text that values are read from, and stretches of it to point at.

use std::cmp::Ordering;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A scenario file, or an argument of the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// What messages call it: the path of a file as the user wrote it, or a flag.
    pub name: String,
    /// All of the text.
    pub text: String,
    /// What relative paths in the text are relative to; the working directory when missing.
    pub folder: Option<PathBuf>,
}

/// A stretch of a source, in bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
}

impl Span {
    /// The name of the source.
    pub fn source(&self) -> &str {
        &self.source.name
    }

    /// The line of its first character, from 1.
    pub fn line(&self) -> usize {
        1 + self.source.text[..self.range.start].matches('\n').count()
    }

    /// The place of its first character in that line, from 1, in characters.
    pub fn column(&self) -> usize {
        1 + self.source.text[self.line_start()..self.range.start]
            .chars()
            .count()
    }

    /// Its length in characters.
    pub fn length(&self) -> usize {
        self.text().chars().count()
    }

    /// The text it covers.
    pub fn text(&self) -> &str {
        &self.source.text[self.range.clone()]
    }

    /// The part of it that lies in its first line.
    pub(crate) fn first_line(&self) -> Span {
        let length = self.text().find('\n').unwrap_or(self.range.len());
        let length = self.text()[..length].trim_end().len();
        Span {
            range: self.range.start..self.range.start + length,
            ..self.clone()
        }
    }

    /// The whole line of its first character.
    pub(crate) fn whole_line(&self) -> &str {
        let rest = &self.source.text[self.line_start()..];
        rest.split('\n').next().unwrap_or(rest)
    }

    pub(crate) fn line_start(&self) -> usize {
        self.source.text[..self.range.start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1)
    }

    /// The stretch from the start of this one to the end of `last`.
    pub(crate) fn through(&self, last: &Span) -> Span {
        let end = last.range.end.max(self.range.end);
        Span {
            range: self.range.start..end,
            ..self.clone()
        }
    }

    /// This stretch, or `other` when it covers nothing.
    pub(crate) fn if_not_empty(self, other: &Span) -> Span {
        if self.range.is_empty() {
            other.clone()
        } else {
            self
        }
    }

    /// A part of it, when it covers exactly `text`; else all of it.
    pub(crate) fn part(&self, text: &str, part: Range<usize>) -> Span {
        let quote = usize::from(self.text().starts_with(['"', '\'']));
        let start = self.range.start + quote;
        match self.text().get(quote..quote + text.len()) {
            Some(found) if found == text => Span {
                range: start + part.start..start + part.end,
                ..self.clone()
            },
            _ => self.clone(),
        }
    }

    pub(crate) fn contains(&self, other: &Span) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
            && self.range.start <= other.range.start
            && other.range.end <= self.range.end
    }

    /// Files in order of name, stretches in order of place.
    pub(crate) fn order(&self, other: &Span) -> Ordering {
        let key = |span: &Span| (span.range.start, span.range.end);
        self.source
            .name
            .cmp(&other.source.name)
            .then(key(self).cmp(&key(other)))
    }
}
