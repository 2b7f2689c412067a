//! A pair of axes on the canvas: plotters lays out and draws the mesh.

use super::axis::Axis;
use super::canvas::{Area, Canvas, Font, Point, Rect, Stroke, fine, pixels};
use super::palette::{FAINT, GRID, INK, PAPER, QUIET};
use super::words;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::SVGBackend;

const TICK_FONT: f64 = 11.5;
const TICK_LENGTH: f64 = 4.0;
/// The width of a name beside the data; longer ones are cut.
const NAME_MOST: f64 = 180.0;
/// Below the data: tick labels, and the name of the axis.
const BELOW: f64 = 42.0;
const BELOW_WITHOUT_NAME: f64 = 22.0;

/// Axes and what stands beside them.
pub(super) struct Axes {
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// What the axes show; nothing is written when empty.
    pub(super) x_name: String,
    pub(super) y_name: String,
    /// Whether vertical grid lines are drawn.
    pub(super) has_columns: bool,
}

impl Axes {
    /// The width of what stands left of the data.
    pub(super) fn left(&self) -> f64 {
        let widest = self
            .y
            .labels()
            .map(|label| tick_font().width(label))
            .fold(0.0, f64::max);
        let name = if self.y_name.is_empty() { 0.0 } else { 20.0 };
        widest + name + TICK_LENGTH + 8.0
    }

    /// The height of what stands below the data.
    pub(super) fn below(&self) -> f64 {
        if self.x_name.is_empty() {
            BELOW_WITHOUT_NAME
        } else {
            BELOW
        }
    }
}

/// The font of tick labels.
pub(super) fn tick_font() -> Font {
    Font::new(TICK_FONT).colour(QUIET)
}

/// Drawn axes, which say where a value lies.
pub(super) struct Plot<'a> {
    chart: ChartContext<'a, SVGBackend<'a>, Cartesian2d<Axis, Axis>>,
    /// The rectangle of the data.
    pub(super) rect: Rect,
    pub(super) x: Axis,
}

impl<'a> Plot<'a> {
    /// Draws the axes around a rectangle of data.
    pub(super) fn new(canvas: &Canvas<'a>, rect: Rect, axes: &Axes) -> Plot<'a> {
        let (left, below) = (axes.left(), axes.below());
        let area: Area<'a> = canvas.area.clone().shrink(
            (fine(rect.left - left), fine(rect.top)),
            (fine(left + rect.width()), fine(rect.height() + below)),
        );
        let mut chart = ChartBuilder::on(&area)
            .x_label_area_size(fine(below))
            .y_label_area_size(fine(left))
            .build_cartesian_2d(axes.x.clone(), axes.y.clone())
            .expect("the axes fit the page");
        let mut mesh = chart.configure_mesh();
        mesh.bold_line_style(Stroke::new(GRID, 1.0).style())
            .light_line_style(Stroke::new(FAINT, 0.8).style())
            .axis_style(Stroke::new(QUIET, 1.0).style())
            .set_all_tick_mark_size(fine(TICK_LENGTH))
            .label_style(tick_font().style())
            .axis_desc_style(Font::new(12.0).colour(INK).style())
            .max_light_lines(1);
        if !axes.x_name.is_empty() {
            mesh.x_desc(&axes.x_name);
        }
        if !axes.y_name.is_empty() {
            mesh.y_desc(&axes.y_name);
        }
        if !axes.has_columns {
            mesh.disable_x_mesh();
        }
        mesh.x_label_formatter(&|value| axes.x.label(*value))
            .y_label_formatter(&|value| axes.y.label(*value))
            .draw()
            .expect("drawing into a string cannot fail");
        Plot {
            chart,
            rect,
            x: axes.x.clone(),
        }
    }

    /// Where values lie, in pixels.
    pub(super) fn at(&self, (x, y): (f64, f64)) -> Point {
        pixels(self.chart.backend_coord(&(x, y)))
    }

    /// Draws a line through the values that are there, with gaps where they are not; a value
    /// between two gaps is a dot.
    pub(super) fn line(&self, canvas: &Canvas, values: &[(f64, Option<f64>)], stroke: Stroke) {
        for piece in values.split(|(_, y)| y.is_none()) {
            let points: Vec<Point> = piece
                .iter()
                .filter_map(|&(x, y)| Some(self.at((x, y?))))
                .collect();
            match points[..] {
                [] => {}
                [only] => canvas.dot(only, stroke.width * 0.9, stroke.colour),
                _ => canvas.line(&points, stroke),
            }
        }
    }

    /// Writes names in a column right of the data, each at the end of its line or as near as the
    /// others allow, and then tied to it.
    pub(super) fn name_ends(&self, canvas: &Canvas, ends: &[LineEnd]) {
        const GAP: f64 = 16.0;
        const TIE: f64 = 14.0;
        let wanted: Vec<f64> = ends.iter().map(|end| end.at.1).collect();
        let lines = ends
            .iter()
            .map(|end| if end.note.is_empty() { 1 } else { 2 })
            .max();
        let gap = GAP * f64::from(lines.unwrap_or(1)) - if lines == Some(2) { 3.0 } else { 0.0 };
        let half = (gap - GAP) / 2.0;
        let (low, high) = (self.rect.top + 6.0 + half, self.rect.bottom - 4.0 - half);
        let placed = super::labels::spread(&wanted, gap, low, high);
        for (end, y) in ends.iter().zip(placed) {
            let name = words::shortened(&end.name, |name| end.font.width(name) <= NAME_MOST);
            let tie = [end.at, (self.rect.right + TIE, y)];
            let start = (self.rect.right + TIE + 3.0, y);
            let is_far = end.at.0 + 2.0 * TIE < self.rect.right;
            let dash = is_far.then_some((1.5, 4.0));
            canvas.line(
                &tie,
                Stroke::new(end.font.colour, 0.9).opacity(0.55).dash(dash),
            );
            if end.note.is_empty() {
                canvas.text(start, &name, end.font);
            } else {
                canvas.text((start.0, y - 7.0), &name, end.font);
                let font = Font {
                    bold: false,
                    size: 10.5,
                    ..end.font
                };
                canvas.text((start.0, y + 7.0), &end.note, font);
            }
        }
    }

    /// The width that [`Plot::name_ends`] needs right of the data.
    pub(super) fn width_of_ends<'n>(names: impl Iterator<Item = &'n str>) -> f64 {
        let font = Font::new(12.0).bold();
        30.0 + names
            .map(|name| font.width(name))
            .fold(0.0, f64::max)
            .min(NAME_MOST)
    }

    /// Covers what lies behind a text.
    pub(super) fn clear(&self, canvas: &Canvas, rect: Rect) {
        canvas.fill(rect, PAPER, 0.85);
    }
}

/// The name of a line, to be written at its end.
pub(super) struct LineEnd {
    pub(super) at: Point,
    pub(super) name: String,
    /// A second line in small type; may be empty.
    pub(super) note: String,
    pub(super) font: Font,
}
