//! A surface to draw on: plotters over SVG at ten times the coordinates, with the embedded fonts.

use super::palette::{Colour, INK};
use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color, DrawingArea, FontStyle, IntoDrawingArea, IntoFont, PathElement, Polygon,
    Rectangle, SVGBackend, ShapeStyle, Text, TextStyle, WHITE,
};
use plotters::style::register_font;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::sync::OnceLock;

/// Inter Regular, a subset, under the SIL Open Font Licence 1.1 (`fonts/OFL.txt`).
pub(super) const REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.sub.otf");
/// Inter SemiBold, likewise.
pub(super) const SEMI_BOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.sub.otf");

/// Coordinates per pixel: plotters rounds to whole numbers, which would kink lines.
const FINE: f64 = 10.0;
/// The SVG backend writes the font size divided by this.
const BACKEND_FONT_SCALE: f64 = 1.24;
const FAMILY: &str = "Inter";
const IN_MEMORY: &str = "drawing into a string cannot fail";

/// A point in pixels from the upper left corner.
pub(super) type Point = (f64, f64);
/// What plotters draws on.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A rectangle in pixels.
#[derive(Clone, Copy)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Rect {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// How text looks and which of its points is placed.
#[derive(Clone, Copy)]
pub(super) struct Font {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) colour: Colour,
    pub(super) across: HPos,
    pub(super) down: VPos,
}

impl Font {
    /// Text of this size in ink, placed by the left end of its middle line.
    pub(super) fn new(size: f64) -> Font {
        Font {
            size,
            bold: false,
            colour: INK,
            across: HPos::Left,
            down: VPos::Center,
        }
    }

    pub(super) fn bold(self) -> Font {
        Font { bold: true, ..self }
    }

    pub(super) fn colour(self, colour: Colour) -> Font {
        Font { colour, ..self }
    }

    pub(super) fn across(self, across: HPos) -> Font {
        Font { across, ..self }
    }

    pub(super) fn down(self, down: VPos) -> Font {
        Font { down, ..self }
    }

    /// The width of a text in pixels.
    pub(super) fn width(&self, text: &str) -> f64 {
        let ((left, _), (right, _)) = self
            .style()
            .font
            .layout_box(text)
            .expect("the fonts are registered");
        f64::from(right - left) / FINE
    }

    /// The style for plotters.
    pub(super) fn style(&self) -> TextStyle<'static> {
        register_fonts();
        let weight = if self.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let font = (FAMILY, self.size * BACKEND_FONT_SCALE * FINE)
            .into_font()
            .style(weight);
        font.color(&self.colour)
            .pos(Pos::new(self.across, self.down))
    }
}

/// How a line looks.
#[derive(Clone, Copy)]
pub(super) struct Stroke {
    pub(super) colour: Colour,
    pub(super) opacity: f64,
    pub(super) width: f64,
    /// Lengths of a dash and of the gap behind it.
    pub(super) dash: Option<(f64, f64)>,
}

impl Stroke {
    pub(super) fn new(colour: Colour, width: f64) -> Stroke {
        Stroke {
            colour,
            opacity: 1.0,
            width,
            dash: None,
        }
    }

    pub(super) fn opacity(self, opacity: f64) -> Stroke {
        Stroke { opacity, ..self }
    }

    pub(super) fn dash(self, dash: Option<(f64, f64)>) -> Stroke {
        Stroke { dash, ..self }
    }

    /// The style for plotters.
    pub(super) fn style(&self) -> ShapeStyle {
        self.colour
            .mix(self.opacity)
            .stroke_width(fine(self.width).unsigned_abs())
    }
}

/// A surface of a fixed size.
pub(super) struct Canvas<'a> {
    pub(super) area: Area<'a>,
}

impl Canvas<'_> {
    pub(super) fn text(&self, at: Point, text: &str, font: Font) {
        let text = Text::new(text.to_owned(), place(at), font.style());
        self.area.draw(&text).expect(IN_MEMORY);
    }

    pub(super) fn line(&self, points: &[Point], stroke: Stroke) {
        let pieces = match stroke.dash {
            None => vec![points.to_vec()],
            Some(dash) => dashes(points, dash),
        };
        for piece in pieces {
            let points: Vec<_> = piece.into_iter().map(place).collect();
            self.area
                .draw(&PathElement::new(points, stroke.style()))
                .expect(IN_MEMORY);
        }
    }

    pub(super) fn polygon(&self, points: &[Point], colour: Colour, opacity: f64) {
        let points: Vec<_> = points.iter().copied().map(place).collect();
        let polygon = Polygon::new(points, colour.mix(opacity).filled());
        self.area.draw(&polygon).expect(IN_MEMORY);
    }

    pub(super) fn fill(&self, rect: Rect, colour: Colour, opacity: f64) {
        let corners = [
            place((rect.left, rect.top)),
            place((rect.right, rect.bottom)),
        ];
        let rectangle = Rectangle::new(corners, colour.mix(opacity).filled());
        self.area.draw(&rectangle).expect(IN_MEMORY);
    }

    pub(super) fn dot(&self, at: Point, radius: f64, colour: Colour) {
        let circle = Circle::new(place(at), fine(radius), colour.filled());
        self.area.draw(&circle).expect(IN_MEMORY);
    }
}

/// Draws on white and gives the SVG, which has a title and a description for who cannot see it,
/// and says where it comes from.
pub(super) fn svg(
    (width, height): (f64, f64),
    [title, description, origin]: [&str; 3],
    paint: impl FnOnce(&Canvas),
) -> String {
    let mut drawn = String::new();
    let size = (fine(width).unsigned_abs(), fine(height).unsigned_abs());
    {
        let canvas = Canvas {
            area: SVGBackend::with_string(&mut drawn, size).into_drawing_area(),
        };
        canvas.area.fill(&WHITE).expect(IN_MEMORY);
        paint(&canvas);
        canvas.area.present().expect(IN_MEMORY);
    }
    let head = format!(
        "<svg width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n<title>{}</title>\n<desc>{}</desc>\n\
         <metadata>{}</metadata>\n\
         <style>polyline{{stroke-linejoin:round;stroke-linecap:round}}\
         rect{{shape-rendering:crispEdges}}text{{font-feature-settings:\"tnum\"}}</style>",
        size.0,
        size.1,
        escaped(title),
        escaped(description),
        escaped(origin)
    );
    let body = drawn.split_once('>').map_or("", |(_, body)| body);
    let body = body.replace(
        "\"Inter\"",
        "\"Inter, &apos;Helvetica Neue&apos;, Arial, sans-serif\"",
    );
    format!("{head}{}", with_whole_font_sizes(&body))
}

/// Whole coordinates for a length in pixels.
pub(super) fn fine(pixels: f64) -> i32 {
    (pixels * FINE).round() as i32
}

/// Pixels for whole coordinates.
pub(super) fn pixels((x, y): (i32, i32)) -> Point {
    (f64::from(x) / FINE, f64::from(y) / FINE)
}

fn place((x, y): Point) -> (i32, i32) {
    (fine(x), fine(y))
}

/// Cuts a line into dashes; plotters can too, but with the platform's `hypot`.
fn dashes(points: &[Point], (dash, gap): (f64, f64)) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let (mut left, mut is_dash) = (dash, true);
    for pair in points.windows(2) {
        let ((x, y), end) = (pair[0], pair[1]);
        let length = ((end.0 - x) * (end.0 - x) + (end.1 - y) * (end.1 - y)).sqrt();
        let mut done = 0.0;
        while left < length - done {
            done += left;
            let share = done / length;
            piece.push((x + (end.0 - x) * share, y + (end.1 - y) * share));
            if is_dash {
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece.drain(..piece.len() - 1);
            }
            is_dash = !is_dash;
            left = if is_dash { dash } else { gap };
        }
        left -= length - done;
        piece.push(end);
    }
    if is_dash && 1 < piece.len() {
        pieces.push(piece);
    }
    pieces
}

/// Rounds the font sizes, which the backend computes and writes in full.
fn with_whole_font_sizes(svg: &str) -> String {
    let attribute = "font-size=\"";
    let mut parts = svg.split(attribute);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (size, rest) = part.split_once('"').unwrap_or((part, ""));
        let size: f64 = size.parse().unwrap_or_default();
        whole.push_str(&format!("{attribute}{size:.0}\"{rest}"));
    }
    whole
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn register_fonts() {
    static REGISTERED: OnceLock<()> = OnceLock::new();
    REGISTERED.get_or_init(|| {
        for (style, bytes) in [(FontStyle::Normal, REGULAR), (FontStyle::Bold, SEMI_BOLD)] {
            if register_font(FAMILY, style, bytes).is_err() {
                unreachable!("the embedded fonts are sound");
            }
        }
    });
}
