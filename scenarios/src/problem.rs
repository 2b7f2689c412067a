//! What is wrong with a scenario, and where: collected, and shown with the line and a caret.

use crate::source::Span;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;

/// One thing that is wrong with a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where; a file and a stretch of it, or an argument.
    pub span: Span,
    /// What was found.
    pub message: String,
    /// What was expected instead.
    pub expected: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// All that is wrong with a scenario, in order of place, nothing twice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Problems(Vec<Problem>);

/// How many problems are shown at once.
const SHOWN: usize = 50;

/// How long lines of explanation are, so that they fit on a terminal behind their name.
const WIDTH: usize = 76;

impl Problem {
    pub(crate) fn new(span: &Span, message: impl Into<String>) -> Problem {
        Problem {
            span: span.first_line(),
            message: message.into(),
            expected: None,
            help: None,
        }
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Problem {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Problem {
        self.maybe_help(Some(help.into()))
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Problem {
        self.help = help.or(self.help);
        self
    }

    fn render(&self, renderer: &Renderer) -> String {
        let span = &self.span;
        let start = span.range.start - span.line_start();
        let line = span.whole_line();
        let snippet = Snippet::source(line)
            .path(span.source())
            .line_start(span.line())
            .annotation(AnnotationKind::Primary.span(start..start + span.range.len()));
        let note = |name, text: &Option<String>| {
            text.as_deref()
                .map(wrapped)
                .map(|text| Level::NOTE.with_name(Some(name)).message(text))
        };
        let group = Group::with_title(Level::ERROR.primary_title(self.message.as_str()))
            .element(snippet)
            .elements(note("expected", &self.expected))
            .elements(note("help", &self.help));
        renderer.render(&[group])
    }
}

/// Breaks long text between words.
fn wrapped(text: &str) -> String {
    let (mut lines, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        let width = word.chars().count();
        if 0 < length {
            let fits = length + 1 + width <= WIDTH;
            lines.push(if fits { ' ' } else { '\n' });
            length = if fits { length + 1 } else { 0 };
        }
        lines.push_str(word);
        length += width;
    }
    lines
}

impl Problems {
    /// How many are kept: a file with more is not a scenario.
    pub(crate) const KEPT: usize = 1_000;

    /// The problems in order of place.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them as text for people, coloured for a terminal or plain.
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let shown = self
            .0
            .iter()
            .take(SHOWN)
            .map(|problem| problem.render(&renderer));
        let mut texts: Vec<String> = shown.collect();
        if SHOWN < self.len() {
            texts.push(format!("... and {} more", self.len() - SHOWN));
        }
        texts.join("\n\n")
    }

    /// `Ok` when there are no problems.
    pub(crate) fn into_result(self) -> Result<(), Problems> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.extend([problem]);
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.0.extend(problems);
        self.0.sort_by(|a, b| {
            a.span
                .order(&b.span)
                .then_with(|| a.message.cmp(&b.message))
        });
        self.0
            .dedup_by(|a, b| a.span == b.span && a.message == b.message);
        self.0.truncate(Problems::KEPT);
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Problems {
        let mut all = Problems::default();
        all.extend(problems);
        all
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Problems {
        Problems(vec![problem])
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}
