//! The bill: for each variant what it has more of and less of than the baseline, as ratios.

use super::axis::Axis;
use super::canvas::{Canvas, Font, Point, Rect, Stroke};
use super::page::{Page, WIDTH};
use super::palette::{COST, Colour, INK, PAPER, QUIET, SAVING};
use super::panels::Panels;
use super::plot::{Axes, Plot, tick_font};
use super::{Drawing, words};
use crate::bill::{Entry, Row, columns, rows};
use crate::quantity::quantity;
use crate::wording;
use plotters::style::text_anchor::HPos;
use scenarios::results::{Difference, Item, Results};

/// So many lines are drawn, those that differ most.
const LINES_MOST: usize = 14;
const LINE: f64 = 18.0;
const BAR: f64 = 9.0;
const LABEL_MOST: f64 = 230.0;
const PANELS_MOST: usize = 3;
/// The name of a variant.
const ABOVE: f64 = 20.0;
/// Ratios beyond these are drawn as these, with a tip.
const LIMITS: (f64, f64) = (0.01, 100.0);

/// What a change is, as far as a ratio can say it.
enum Change {
    /// The ratio to the baseline with its interval.
    Ratio(f64, (f64, f64)),
    /// The baseline has none of it.
    New,
    /// The variant has none of it any more.
    Gone,
}

/// Draws a panel for each variant; nothing when no difference is seen.
pub(super) fn draw(results: &Results) -> Option<Drawing> {
    let all = rows(results);
    let shown = largest(&all);
    let variants = columns(results);
    if shown.is_empty() {
        return None;
    }
    let left_out = match all.len() - shown.len() {
        0 => String::new(),
        more => format!("; {more} lines with smaller differences are left out"),
    };
    let subtitle = format!(
        "Ratio to the baseline's value (in brackets), log scale, with 95 % intervals of paired \
         differences; =: no difference seen; grey: neither good nor bad by itself{left_out}"
    );
    let font = tick_font();
    let label = |row: &&Row| {
        let before = format!(" ({})", words::value(row.before, row.about.unit));
        let fits = |text: &str| font.width(text) + font.width(&before) <= LABEL_MOST;
        words::shortened(&row.about.label, fits) + &before
    };
    let labels: Vec<String> = shown.iter().rev().map(label).collect();
    let axes = Axes {
        x: Axis::ratios(reach(&shown)),
        y: Axis::categories(&labels),
        x_name: String::new(),
        y_name: String::new(),
        has_columns: true,
    };
    let count = variants.len();
    let columns = count.div_ceil(count.div_ceil(PANELS_MOST));
    let height = LINE * shown.len() as f64;
    let panels = Panels::new((count, columns), &axes, height, ABOVE);
    let size = (WIDTH, panels.height());
    let page = Page::sized(results, &finding(results), &subtitle, size);
    Some(page.draw("bill", |canvas| {
        for (index, variant) in variants.iter().enumerate() {
            let rect = panels.rect(index, page.content.top);
            let name = Font::new(12.0).bold();
            let fits = |text: &str| name.width(text) <= rect.width();
            let text = words::shortened(&variant.name, fits);
            canvas.text((rect.left, rect.top - 9.0), &text, name);
            let plot = Plot::new(canvas, rect, &panels.axes(index, &axes));
            for (line, row) in shown.iter().enumerate() {
                let y = (shown.len() - 1 - line) as f64;
                draw_entry(canvas, &plot, y, row, &row.entries[index]);
            }
        }
    }))
}

/// The rows that differ most, in their order.
fn largest<'r, 'a>(rows: &'r [Row<'a>]) -> Vec<&'r Row<'a>> {
    let size = |row: &Row| {
        let ratios = row.entries.iter().filter_map(|entry| match entry {
            Entry::Changed(value, difference) => Some(change(*value, difference)),
            _ => None,
        });
        let sizes = ratios.map(|change| match change {
            Change::Ratio(ratio, _) => libm::log(ratio.max(1e-9)).abs(),
            Change::New | Change::Gone => f64::INFINITY,
        });
        sizes.fold(0.0, f64::max)
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| size(&rows[b]).total_cmp(&size(&rows[a])));
    order.truncate(LINES_MOST);
    order.sort_unstable();
    order.into_iter().map(|index| &rows[index]).collect()
}

/// A difference as a ratio; one in the metric's unit is held against the mean of the baseline.
fn change(value: f64, difference: &Difference) -> Change {
    let &Difference {
        relative,
        mean,
        low,
        high,
    } = difference;
    let before = if relative { 1.0 } else { value - mean };
    if !relative && wording::is_new(value, difference) {
        return Change::New;
    }
    let ratio = |change: f64| (1.0 + change / before).max(0.0);
    match ratio(mean) {
        ratio if ratio < 1e-6 => Change::Gone,
        middle => Change::Ratio(middle, (ratio(low), ratio(high))),
    }
}

/// How far the axis reaches: to the outermost ratio, and at least to a quarter and four times.
fn reach(rows: &[&Row]) -> (f64, f64) {
    let entries = rows.iter().flat_map(|row| &row.entries);
    let ratios = entries.filter_map(|entry| match entry {
        Entry::Changed(value, difference) => match change(*value, difference) {
            Change::Ratio(_, (low, high)) => Some((low, high)),
            Change::New | Change::Gone => None,
        },
        _ => None,
    });
    let (low, high) = ratios.fold((0.25, 4.0), |(low, high): (f64, f64), ratio| {
        (low.min(ratio.0), high.max(ratio.1))
    });
    (low.max(LIMITS.0), high.min(LIMITS.1))
}

fn draw_entry(canvas: &Canvas, plot: &Plot, y: f64, row: &Row, entry: &Entry) {
    let (zero, y) = plot.at((1.0, y));
    let font = Font::new(10.5);
    let text = |text: &str, colour: Colour, side: HPos| {
        let text = text.replace(" us", " µs");
        let width = font.width(&text);
        let (x, left) = match side {
            HPos::Right => (zero - 5.0, zero - 5.0 - width),
            _ => (zero + 5.0, zero + 5.0),
        };
        // The grid would cross the text out.
        let behind = Rect {
            left,
            right: left + width,
            top: y - 6.0,
            bottom: y + 6.0,
        };
        canvas.fill(behind, PAPER, 1.0);
        canvas.text((x, y), &text, font.colour(colour).across(side));
    };
    let same = Stroke::new(QUIET, 1.0);
    canvas.line(&[(zero, y - LINE / 2.0), (zero, y + LINE / 2.0)], same);
    let (value, difference) = match entry {
        Entry::Changed(value, difference) => (*value, *difference),
        other => {
            text(&row.text(other), QUIET, HPos::Left);
            return;
        }
    };
    let is_price = row.about.item.is_price();
    let colour = |colour| if is_price { colour } else { QUIET };
    match change(value, difference) {
        Change::New => {
            let value = quantity(Some(value), row.about.unit);
            text(&format!("new: {value}"), colour(COST), HPos::Left);
        }
        Change::Gone => {
            bar(canvas, (zero, y), (plot.rect.left, true), colour(SAVING));
            text("none left", INK, HPos::Left);
        }
        Change::Ratio(ratio, (low, high)) => {
            let x = |ratio: f64| plot.at((ratio.clamp(LIMITS.0, LIMITS.1), 0.0)).0;
            let is_beyond = ratio < LIMITS.0 || LIMITS.1 < ratio;
            let colour = colour(if ratio < 1.0 { SAVING } else { COST });
            bar(canvas, (zero, y), (x(ratio), is_beyond), colour);
            let whisker = [(x(low), y), (x(high), y)];
            canvas.line(&whisker, Stroke::new(INK, 1.4));
            let side = if ratio < 1.0 { HPos::Left } else { HPos::Right };
            text(&row.text(entry), INK, side);
        }
    }
}

/// A bar from `from` to `to`, with a tip where it goes on.
fn bar(canvas: &Canvas, (from, y): Point, (to, goes_on): (f64, bool), colour: Colour) {
    let (top, bottom) = (y - BAR / 2.0, y + BAR / 2.0);
    let tip = if to < from { 6.0 } else { -6.0 };
    let end = if goes_on { to + tip } else { to };
    let rect = Rect {
        left: from.min(end),
        right: from.max(end),
        top,
        bottom,
    };
    canvas.fill(rect, colour, 0.85);
    if goes_on {
        canvas.polygon(&[(end, top), (to, y), (end, bottom)], colour, 0.85);
    }
}

/// What each variant costs most, in the order of variants.
fn finding(results: &Results) -> Vec<String> {
    let mut rows = rows(results);
    rows.retain(|row| row.about.item.is_price());
    let mut groups = Vec::new();
    for (index, variant) in columns(results).into_iter().enumerate() {
        let costs = rows.iter().filter_map(|row| match row.entries[index] {
            Entry::Changed(value, difference) if 0.0 < difference.low => {
                let size = match change(value, difference) {
                    Change::Ratio(ratio, _) => ratio,
                    Change::New | Change::Gone => f64::INFINITY,
                };
                let label = &row.about.label;
                let written = words::value(value, row.about.unit);
                let times = match size {
                    size if size.is_finite() => format!(" ({})", row.text(&row.entries[index])),
                    _ => String::new(),
                };
                let text = format!("{label} {written}{times}");
                Some((size, row.about.item, value, text))
            }
            _ => None,
        });
        let costs: Vec<(f64, Item, f64, String)> = costs.collect();
        let more = match costs.len().saturating_sub(1) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        // Of what is new there is no ratio; of the same at two nodes the larger value counts.
        let is_more = |a: &(f64, Item, f64, String), b: &(f64, Item, f64, String)| {
            let are_new = a.0.is_infinite() && b.0.is_infinite();
            a.0 < b.0 || (are_new && a.1 == b.1 && a.2 < b.2)
        };
        let most = costs
            .into_iter()
            .reduce(|a, b| if is_more(&a, &b) { b } else { a });
        let text = match most {
            Some((.., cost)) => format!("{cost}{more}"),
            None => "nothing that is seen".to_owned(),
        };
        super::finding::put(&mut groups, &variant.name, text);
    }
    let clause = |(names, cost): &(Vec<&str>, String)| {
        let verb = if names.len() == 1 { "costs" } else { "cost" };
        format!("{} {verb} {cost}", words::list(names))
    };
    groups.iter().map(clause).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn ratio(value: f64, relative: bool, mean: f64) -> Option<f64> {
        let difference = Difference {
            relative,
            mean,
            low: mean,
            high: mean,
        };
        match change(value, &difference) {
            Change::Ratio(ratio, _) => Some(ratio),
            Change::New | Change::Gone => None,
        }
    }

    #[test]
    fn differences_become_ratios_to_the_baseline() {
        let is = |ratio: Option<f64>, expected: f64| {
            assert!((ratio.expect("it is a ratio") - expected).abs() < 1e-9);
        };
        is(ratio(14.0, true, 11.0), 12.0);
        is(ratio(0.1, true, -0.9), 0.1);
        is(ratio(0.6, false, 0.2), 1.5);
        assert_eq!(ratio(28.0, false, 28.0), None, "what is new has no ratio");
        assert_eq!(ratio(0.0, false, -28.0), None, "what is gone has none");
    }
}
