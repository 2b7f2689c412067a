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

    /// Adds a paragraph, wrapped, behind so many spaces.
    pub(crate) fn paragraph(&mut self, indent: usize, text: &str) {
        self.table(indent, [vec![text.to_owned()]], 0);
    }

    /// Adds rows of cells, of which the last ones are wrapped where they must be, and of which this
    /// many, after the first, are aligned right.
    pub(crate) fn table(
        &mut self,
        indent: usize,
        rows: impl IntoIterator<Item = Vec<String>>,
        figures: usize,
    ) {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width.saturating_sub(indent) as u16)
            .add_rows(rows);
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((if i == 0 { 0 } else { 2 }, 0));
            if (1..=figures).contains(&i) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for line in table.lines() {
            let line = format!("{}{line}", " ".repeat(indent));
            self.lines(&line);
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}
