//! What is around every chart: the finding above, what is drawn below it, and the footer.

use super::Drawing;
use super::canvas::{Canvas, Font, Rect, svg};
use super::palette::{INK, QUIET};
use super::words;
use crate::{identity, quantity};
use plotters::style::text_anchor::VPos;
use scenarios::results::{Identity, Results};

/// The width of a chart in pixels.
pub(super) const WIDTH: f64 = 860.0;
/// The height of what is between the headings and the footer of a chart.
pub(super) const HEIGHT: f64 = 392.0;
/// Left and right of everything.
pub(super) const MARGIN: f64 = 16.0;

const TITLE_LINE: f64 = 23.0;
const SUBTITLE_LINE: f64 = 17.0;
const FOOTER: f64 = 26.0;

/// A page with headings and footer.
pub(super) struct Page {
    width: f64,
    height: f64,
    title: Vec<String>,
    subtitle: Vec<String>,
    footer: String,
    origin: String,
    /// Where the chart goes.
    pub(super) content: Rect,
}

impl Page {
    /// A page of the usual size. Of the clauses of the finding as many are told as two lines hold.
    pub(super) fn new(results: &Results, finding: &[String], subtitle: &str) -> Page {
        Page::sized(results, finding, subtitle, (WIDTH, HEIGHT))
    }

    /// A page with a content of this size and its margins.
    pub(super) fn sized(
        results: &Results,
        finding: &[String],
        subtitle: &str,
        (width, height): (f64, f64),
    ) -> Page {
        let fits = |font: Font| move |text: &str| font.width(text) <= width - 2.0 * MARGIN;
        let title = fitting_title(finding, fits(title_font()));
        let mut subtitle = words::wrapped(&words::unbroken(subtitle), fits(subtitle_font()));
        subtitle.truncate(2);
        let footer = words::shortened(&footer(&results.identity), fits(footer_font()));
        let top =
            14.0 + TITLE_LINE * title.len() as f64 + SUBTITLE_LINE * subtitle.len() as f64 + 12.0;
        let content = Rect {
            left: MARGIN,
            top,
            right: width - MARGIN,
            bottom: top + height,
        };
        Page {
            width,
            height: content.bottom + FOOTER,
            title,
            subtitle,
            footer,
            origin: identity::origin(&results.identity),
            content,
        }
    }

    /// Draws the page with the chart in it.
    pub(super) fn draw(&self, name: &str, chart: impl FnOnce(&Canvas)) -> Drawing {
        let title = self.title.join(" ").replace('\u{a0}', " ");
        let size = (self.width, self.height);
        let subtitle = self.subtitle.join(" ");
        let svg = svg(size, [&title, &subtitle, &self.origin], |canvas| {
            let mut y = 14.0;
            for line in &self.title {
                canvas.text((MARGIN, y), line, title_font());
                y += TITLE_LINE;
            }
            for line in &self.subtitle {
                canvas.text((MARGIN, y), line, subtitle_font());
                y += SUBTITLE_LINE;
            }
            canvas.text((MARGIN, self.height - 10.0), &self.footer, footer_font());
            chart(canvas);
        });
        Drawing {
            name: name.to_owned(),
            title,
            svg,
            origin: self.origin.clone(),
        }
    }
}

fn title_font() -> Font {
    Font::new(17.0).bold().colour(INK).down(VPos::Top)
}

fn subtitle_font() -> Font {
    Font::new(12.0).colour(QUIET).down(VPos::Top)
}

fn footer_font() -> Font {
    Font::new(9.5).colour(QUIET).down(VPos::Bottom)
}

/// At most two lines of the first clauses, as many as fit.
fn fitting_title(clauses: &[String], fits: impl Fn(&str) -> bool) -> Vec<String> {
    for count in (1..=clauses.len()).rev() {
        let lines = words::wrapped(&words::unbroken(&clauses[..count].join("; ")), &fits);
        if lines.len() <= 2 {
            return lines;
        }
    }
    let mut lines = words::wrapped(clauses.first().map_or("", String::as_str), &fits);
    if let Some(rest) = lines
        .get(1..)
        .map(|rest| rest.join(" "))
        .filter(|rest| !rest.is_empty())
    {
        lines.truncate(1);
        lines.push(words::shortened(&rest, &fits));
    }
    lines
}

/// Where the chart comes from, so that it can be made again.
fn footer(identity: &Identity) -> String {
    let runs = match identity.runs {
        1 => "1 run".to_owned(),
        runs => format!("{runs} paired runs"),
    };
    let Identity {
        scenario,
        seed,
        squall,
        hash,
        ..
    } = identity;
    let duration = quantity::duration(identity.duration);
    format!("scenario {scenario} · seed {seed} · {runs} of {duration} · squall {squall} · {hash}")
}
