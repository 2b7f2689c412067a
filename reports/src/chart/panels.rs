//! Panels of equal size with the same axes, row by row, and the key above them.

use super::axis::Axis;
use super::canvas::{Canvas, Font, Point, Rect};
use super::page::{MARGIN, WIDTH};
use super::palette::{self, Colour};
use super::plot::{Axes, tick_font};
use super::words;
use scenarios::results::Results;

/// The height of a key.
pub(super) const KEY: f64 = 22.0;
/// Between panels side by side.
const GAP: f64 = 36.0;
/// Between rows of panels.
const ROW_GAP: f64 = 10.0;

/// Where panels go.
pub(super) struct Panels {
    columns: usize,
    left: f64,
    /// The width of a panel's data.
    pub(super) width: f64,
    height: f64,
    above: f64,
    row: f64,
    rows: usize,
}

impl Panels {
    /// So many panels in so many columns, with this height of data and of what is above it.
    pub(super) fn new(
        (count, columns): (usize, usize),
        axes: &Axes,
        height: f64,
        above: f64,
    ) -> Panels {
        let left = MARGIN + axes.left();
        let gaps = GAP * columns.saturating_sub(1) as f64;
        let width = (WIDTH - left - MARGIN - 6.0 - gaps) / columns.max(1) as f64;
        Panels {
            columns,
            left,
            width,
            height,
            above,
            row: above + height + axes.below() + ROW_GAP,
            rows: count.div_ceil(columns.max(1)),
        }
    }

    /// The height of all of them.
    pub(super) fn height(&self) -> f64 {
        self.rows as f64 * self.row
    }

    /// The rectangle of a panel's data, when the first panels begin at `top`.
    pub(super) fn rect(&self, index: usize, top: f64) -> Rect {
        let (row, column) = (index / self.columns, index % self.columns);
        let left = self.left + column as f64 * (self.width + GAP);
        let top = top + row as f64 * self.row + self.above;
        Rect {
            left,
            top,
            right: left + self.width,
            bottom: top + self.height,
        }
    }

    /// The axes of a panel: only the first of a row has labels at its side.
    pub(super) fn axes(&self, index: usize, axes: &Axes) -> Axes {
        let y = axes.y.clone();
        Axes {
            x: self.thinned(&axes.x),
            y: if index.is_multiple_of(self.columns) {
                y
            } else {
                y.unlabelled()
            },
            x_name: String::new(),
            y_name: String::new(),
            has_columns: axes.has_columns,
        }
    }

    fn thinned(&self, axis: &Axis) -> Axis {
        let width = |label: &str| tick_font().width(label);
        axis.clone().thinned(self.width, 10.0, width)
    }
}

/// How many columns panels over time have, and how high each is.
pub(super) fn over_time(count: usize) -> (usize, f64) {
    let columns = if count == 4 { 2 } else { count.min(3) };
    let height = match count.div_ceil(columns.max(1)) {
        0 | 1 => 280.0,
        2 => 150.0,
        _ => 120.0,
    };
    (columns, height)
}

/// Names colours, and the faults.
pub(super) fn key(
    canvas: &Canvas,
    (mut x, y): Point,
    entries: impl IntoIterator<Item = (String, Colour, f64)>,
    results: &Results,
) {
    let font = Font::new(12.0);
    let mut names: Vec<&str> = results.faults.iter().map(|f| f.name.as_str()).collect();
    names.dedup();
    let faults = (words::list(&names), palette::ALARM, 0.35);
    let entries = entries.into_iter().chain([faults]);
    for (text, colour, opacity) in entries.filter(|(text, ..)| !text.is_empty()) {
        let square = Rect {
            left: x,
            top: y - 5.0,
            right: x + 10.0,
            bottom: y + 5.0,
        };
        canvas.fill(square, colour, opacity);
        x += 15.0;
        let text = words::shortened(&text, |text| x + font.width(text) <= WIDTH - MARGIN);
        canvas.text((x, y), &text, font);
        x += font.width(&text) + 18.0;
    }
}
