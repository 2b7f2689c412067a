//! Pages of text: headings, paragraphs and tables within a width.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// A text under construction that keeps to a width.
pub(crate) struct Page {
    text: String,
    width: usize,
}

impl Page {
    pub(crate) fn new(width: usize) -> Page {
        Page {
            text: String::new(),
            width,
        }
    }

    /// Begins a part of the page.
    pub(crate) fn heading(&mut self, heading: &str) {
        self.text += &format!("\n{heading}\n");
    }

    /// Adds text whose lines stay as they are.
    pub(crate) fn lines(&mut self, text: &str) {
        self.text += text.trim_end();
        self.text += "\n";
    }

    /// Adds a paragraph behind so many spaces; its later lines are indented by two more.
    pub(crate) fn paragraph(&mut self, indent: usize, text: &str) {
        let lines = laid_out(
            [vec![text.to_owned()]],
            0,
            self.width.saturating_sub(indent + 2),
        );
        let lines: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
        let text = lines.join(&format!("\n{}", " ".repeat(indent + 2)));
        self.lines(&format!("{}{text}", " ".repeat(indent)));
    }

    /// Adds rows of cells, wrapped where they must be. So many columns after the first hold figures,
    /// which are aligned right.
    pub(crate) fn table(
        &mut self,
        indent: usize,
        rows: impl IntoIterator<Item = Vec<String>>,
        figures: usize,
    ) {
        for line in laid_out(rows, figures, self.width.saturating_sub(indent)) {
            self.lines(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// The lines of a table of at most this width.
fn laid_out(
    rows: impl IntoIterator<Item = Vec<String>>,
    figures: usize,
    width: usize,
) -> Vec<String> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width as u16)
        .add_rows(rows);
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if i == 0 { 0 } else { 2 }, 0));
        if (1..=figures).contains(&i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().collect()
}
