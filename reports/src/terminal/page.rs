//! Text that keeps to a width: paragraphs, and tables that split into blocks.

use crate::spark::bar;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// The narrowest page; what is asked for below it is laid out for it.
pub(crate) const NARROWEST: usize = 60;

/// Label columns may be broken at hyphens down to this width.
const LABEL: usize = 16;

/// The widest bar of a share.
const BAR: usize = 40;

/// A space at which no line is broken.
const GLUE: &str = "\u{a0}";

/// The widest gap between columns.
const GAP: usize = 3;

/// Wraps a paragraph; its later lines are indented by two.
pub(crate) fn paragraph(text: &str, width: usize) -> String {
    lines(text, width.max(NARROWEST).saturating_sub(2)).join("\n  ") + "\n"
}

/// A text in lines of at most this width.
pub(crate) fn lines(text: &str, width: usize) -> Vec<String> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(width as u16);
    table.add_row([glued(text)]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    let lines = table.lines();
    lines
        .map(|line| line.trim_end().replace(GLUE, " "))
        .collect()
}

/// The words of a text, where a number stays on the line of its unit.
fn glued(text: &str) -> String {
    let mut glued = String::new();
    for word in text.split_whitespace() {
        let is_number = glued.ends_with(|last: char| last.is_ascii_digit());
        glued += if is_number { GLUE } else { " " };
        glued += word;
    }
    glued.trim_start().to_owned()
}

/// How many columns of a terminal a text takes: a Chinese character takes two.
pub(crate) fn columns(text: &str) -> usize {
    let mut table = Table::new();
    table.add_row([text]);
    table
        .column_max_content_widths()
        .first()
        .map_or(0, |&width| width.into())
}

/// A text with spaces behind it.
pub(crate) fn padded(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(columns(text)))
}

/// A text that takes exactly `width` columns, its end cut off where it must be.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return padded(text, width);
    }
    let start = pieces(text, width.saturating_sub(1)).swap_remove(0);
    padded(&(start + "…"), width)
}

/// Parts of a whole: a label, figures, and a bar of the share that comes last.
pub(crate) fn bars(parts: &[(String, Vec<String>, f64)], width: usize) -> String {
    let mut grid = Grid::default();
    for (label, figures, _) in parts {
        grid.row(label, figures.clone());
    }
    let figures: usize = grid.widths().iter().map(|width| width + GAP).sum();
    let room = width.max(NARROWEST).saturating_sub(figures).min(BAR);
    for (row, (_, _, share)) in grid.rows.iter_mut().zip(parts) {
        row.text = bar(*share, room);
    }
    grid.render(width)
}

/// A table with labels at the left, figures aligned right and perhaps a text behind them.
#[derive(Default)]
pub(crate) struct Grid {
    rows: Vec<Row>,
    /// Whether the first column of figures comes again in each block.
    repeat_first: bool,
    /// Labels may be broken down to this width, if that is more than usual.
    label_least: usize,
}

/// A line of a table. Its text stands behind the figures, or in their place where there are none.
struct Row {
    label: String,
    figures: Vec<String>,
    text: String,
}

impl Grid {
    /// A table with these headings above the figures.
    pub(crate) fn new(headings: impl IntoIterator<Item = String>) -> Grid {
        let mut grid = Grid::default();
        grid.row("", headings);
        grid
    }

    /// Repeats the first column of figures in each block when the page is too narrow for one.
    pub(crate) fn repeating_first(mut self) -> Grid {
        self.repeat_first = true;
        self
    }

    /// Keeps labels this wide, even when the page is then too narrow for one block.
    pub(crate) fn with_labels_of(self, label_least: usize) -> Grid {
        Grid {
            label_least,
            ..self
        }
    }

    /// Adds headings that are broken at hyphens and spaces into lines of this width.
    pub(crate) fn headings(&mut self, headings: &[String], width: usize) {
        let lines = |heading: &String| -> Vec<String> {
            let lines = broken(heading, width).into_iter();
            lines.map(|line| line.trim().to_owned()).collect()
        };
        let headings: Vec<Vec<String>> = headings.iter().map(lines).collect();
        let height = headings.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            // Short headings stand just above their figures.
            let at = |lines: &Vec<String>| (line + lines.len()).checked_sub(height);
            let cells = headings
                .iter()
                .map(|lines| at(lines).map(|at| lines[at].clone()).unwrap_or_default());
            self.row("", cells);
        }
    }

    /// Adds a line of figures.
    pub(crate) fn row(&mut self, label: &str, figures: impl IntoIterator<Item = String>) {
        let figures = figures.into_iter().collect();
        self.rows.push(Row {
            label: label.to_owned(),
            figures,
            text: String::new(),
        });
    }

    /// Adds a line with a text in place of figures.
    pub(crate) fn note(&mut self, label: &str, text: &str) {
        self.rows.push(Row {
            label: label.to_owned(),
            figures: vec![],
            text: text.to_owned(),
        });
    }

    /// Lays the table out, in as many blocks as the width asks for.
    pub(crate) fn render(&self, width: usize) -> String {
        let width = width.max(NARROWEST);
        let mut widths = self.widths();
        let Some(labels) = widths.first_mut() else {
            return String::new();
        };
        let label = *labels;
        *labels = 0;
        let fits = label + widths.iter().skip(1).map(|w| w + 1).sum::<usize>() <= width;
        widths[0] = if fits {
            label
        } else {
            label.min(LABEL.max(self.label_least))
        };
        let blocks = self.blocks(&widths, width);
        let blocks: Vec<_> = blocks
            .iter()
            .map(|block| self.block(block, &widths, width))
            .collect();
        blocks.join("\n")
    }

    /// How wide each column is, the labels first.
    fn widths(&self) -> Vec<usize> {
        let mut table = Table::new();
        for row in &self.rows {
            table.add_row(std::iter::once(&row.label).chain(&row.figures));
        }
        table
            .column_max_content_widths()
            .into_iter()
            .map(usize::from)
            .collect()
    }

    /// Which columns stand side by side.
    fn blocks(&self, widths: &[usize], width: usize) -> Vec<Vec<usize>> {
        let again = if self.repeat_first {
            &[0, 1][..]
        } else {
            &[0][..]
        };
        let taken = |block: &[usize]| block.iter().map(|&c| widths[c] + 1).sum::<usize>() - 1;
        let mut blocks = vec![vec![0]];
        for column in 1..widths.len() {
            let last = blocks.last_mut().expect("there is always a block");
            last.push(column);
            if width < taken(last) && again.len() < last.len() - 1 {
                last.pop();
                blocks.push([again, &[column]].concat());
            }
        }
        blocks
    }

    fn block(&self, columns: &[usize], widths: &[usize], width: usize) -> String {
        let taken: usize = columns.iter().map(|&c| widths[c]).sum();
        let gap = match columns.len() {
            1 => 1,
            n => (width.saturating_sub(taken) / (n - 1)).clamp(1, GAP),
        };
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        let mut entries = vec![];
        for row in &self.rows {
            for (i, label) in broken(&row.label, widths[0]).into_iter().enumerate() {
                let row = (i == 0).then_some(row);
                let figure = |&c: &usize| row.and_then(|row| row.figures.get(c - 1)).cloned();
                let figures = columns[1..].iter().map(|c| figure(c).unwrap_or_default());
                table.add_row(std::iter::once(label.clone()).chain(figures));
                entries.push((label, row));
            }
        }
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((if i == 0 { 0 } else { gap as u16 }, 0));
            let alignment = if i == 0 {
                CellAlignment::Left
            } else {
                CellAlignment::Right
            };
            column.set_cell_alignment(alignment);
        }
        let label_width = widths[0] + gap;
        let lines = table
            .lines()
            .zip(entries)
            .map(|(line, (label, row))| match row {
                Some(Row { figures, text, .. }) if figures.is_empty() => {
                    padded(&label, label_width) + text
                }
                Some(row) => format!("{line}  {}", row.text),
                None => line,
            });
        lines
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect()
    }
}

/// Breaks a label at hyphens and spaces so that each part fits; later parts are indented.
fn broken(label: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in label.split_inclusive(['-', ' ']) {
        for piece in pieces(part, width.saturating_sub(2).max(1)) {
            let line = lines.last_mut().expect("there is always a line");
            if columns(line) + columns(piece.trim_end()) <= width {
                line.push_str(&piece);
            } else {
                lines.push(format!("  {piece}"));
            }
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Cuts what has neither hyphen nor space.
fn pieces(text: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for character in text.chars() {
        let last = pieces.last_mut().expect("there is always a piece");
        let longer = format!("{last}{character}");
        if columns(&longer) <= width || last.is_empty() {
            *last = longer;
        } else {
            pieces.push(character.to_string());
        }
    }
    pieces
}
