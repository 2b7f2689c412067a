//! Where the time went: for each variant a bar of the middle and one of the tail, by kind of wait
//! and node.

use super::canvas::{Canvas, Font, Rect, Stroke};
use super::page::{MARGIN, Page, WIDTH};
use super::palette::{GRID, QUIET};
use super::panels::KEY;
use super::{Drawing, finding, palette, words};
use crate::breakdown::{MIDDLE, TAIL, phrase, share};
use crate::topology::layers;
use plotters::style::text_anchor::{HPos, VPos};
use scenarios::results::{Part, Portion, Results, Unit, Variant};

/// Kinds from what must be to what should not.
const KINDS: [&str; 7] = [
    "work",
    "network",
    "queue",
    "flight",
    "lock",
    "backoff",
    "lost attempts",
];
/// From one variant to the next.
const ROW: f64 = 32.0;
const BAR: f64 = 21.0;
/// The headings of the two columns of bars.
const HEAD: f64 = 26.0;
/// The ticks below them.
const TICKS: f64 = 24.0;
const NAME_MOST: f64 = 180.0;
/// The latency left of each bar.
const LATENCY: f64 = 62.0;
const GAP: f64 = 18.0;

/// Draws the bars; nothing when no request was traced. Bars are as long as each other, because
/// latencies differ by orders of magnitude; the latency stands beside each.
pub(super) fn draw(results: &Results) -> Option<Drawing> {
    let variants = results.variants.iter().enumerate();
    let shown: Vec<(usize, &Variant)> = variants
        .filter(|(_, v)| v.breakdown.middle.is_some() || v.breakdown.tail.is_some())
        .collect();
    let (_, first) = shown.first()?;
    let subtitle = "Mean latency of requests in the middle and of the slowest, and its \
                    parts by kind of wait and node; a bar is all of the latency beside it";
    let height = KEY + HEAD + ROW * shown.len() as f64 + TICKS;
    let finding = finding(results, first, &shown);
    let page = Page::sized(results, &finding, subtitle, (WIDTH, height));
    let names = Font::new(12.0).bold();
    let widest = shown.iter().map(|(_, v)| names.width(&v.name));
    let left = MARGIN + widest.fold(0.0, f64::max).min(NAME_MOST) + 8.0;
    let width = (WIDTH - MARGIN - 10.0 - left - GAP) / 2.0 - LATENCY;
    let order = order(results);
    Some(page.draw("where-the-time-went", |canvas| {
        let top = page.content.top;
        key(canvas, top + 4.0, &shown);
        let top = top + KEY + HEAD;
        for (column, title) in [MIDDLE, TAIL].into_iter().enumerate() {
            let left = left + LATENCY + column as f64 * (width + LATENCY + GAP);
            let area = Rect {
                left,
                top,
                right: left + width,
                bottom: top + ROW * shown.len() as f64,
            };
            ground(canvas, &area, title);
            for (row, (_, variant)) in shown.iter().enumerate() {
                let portion = match column {
                    0 => &variant.breakdown.middle,
                    _ => &variant.breakdown.tail,
                };
                let top = top + ROW * row as f64 + (ROW - BAR) / 2.0;
                let rect = Rect {
                    top,
                    bottom: top + BAR,
                    ..area
                };
                bar(canvas, rect, portion.as_ref(), &order);
            }
        }
        for (row, (index, variant)) in shown.iter().enumerate() {
            let y = top + ROW * (row as f64 + 0.5);
            let name = words::shortened(&variant.name, |name| names.width(name) <= NAME_MOST);
            let font = names.colour(palette::text_colour(*index));
            canvas.text((MARGIN, y), &name, font);
        }
    }))
}

/// The nodes from the clients on, so that parts stand in the same order in all bars.
fn order(results: &Results) -> Vec<&str> {
    let nodes = layers(&results.topology).concat().into_iter();
    nodes
        .map(|node| results.topology.nodes[node].name.as_str())
        .collect()
}

fn rank(kind: &str) -> usize {
    let place = KINDS.iter().position(|known| *known == kind);
    place.unwrap_or(KINDS.len())
}

/// The heading above a column of bars and the ticks below it.
fn ground(canvas: &Canvas, area: &Rect, title: &str) {
    let font = Font::new(12.0).bold().down(VPos::Bottom);
    canvas.text((area.left, area.top - 4.0), title, font);
    for (share, label) in [(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")] {
        let x = area.left + share * area.width();
        canvas.line(
            &[(x, area.top), (x, area.bottom + 4.0)],
            Stroke::new(GRID, 1.0),
        );
        let font = Font::new(11.0)
            .colour(QUIET)
            .across(HPos::Center)
            .down(VPos::Top);
        canvas.text((x, area.bottom + 7.0), label, font);
    }
}

/// A bar of all parts with the latency beside it.
fn bar(canvas: &Canvas, rect: Rect, portion: Option<&Portion>, order: &[&str]) {
    let y = (rect.top + rect.bottom) / 2.0;
    let Some(portion) = portion.filter(|portion| 0.0 < portion.latency) else {
        let font = Font::new(11.0).colour(QUIET);
        canvas.text((rect.left + 6.0, y), "too few requests", font);
        return;
    };
    let latency = words::value(portion.latency, Unit::Seconds);
    let font = Font::new(12.0).across(HPos::Right);
    canvas.text((rect.left - 8.0, y), &latency, font);
    let mut parts: Vec<&Part> = portion.parts.iter().collect();
    let place = |node: &str| order.iter().position(|name| *name == node);
    parts.sort_by_key(|part| (rank(&part.kind), place(&part.node), &part.node));
    let mut left = rect.left;
    for part in parts {
        let right = left + share(portion, part.seconds) * rect.width();
        segment(
            canvas,
            Rect {
                left,
                right,
                ..rect
            },
            part,
            share(portion, part.seconds),
        );
        left = right;
    }
}

/// A part of a bar, with its node and share as far as they fit.
fn segment(canvas: &Canvas, rect: Rect, part: &Part, share: f64) {
    // A line of paper keeps parts of one colour apart.
    let right = if 3.0 < rect.width() {
        rect.right - 1.0
    } else {
        rect.right
    };
    canvas.fill(Rect { right, ..rect }, palette::wait(&part.kind), 1.0);
    let font = Font::new(11.0).colour(palette::on_wait(&part.kind));
    let fits = |text: &String| font.width(text) + 8.0 <= rect.width();
    // What is not quite all is not written as all.
    let share = match share * 100.0 {
        percent if 99.0 < percent => words::value(share, Unit::Share),
        percent => format!("{percent:.0} %"),
    };
    let texts = [
        format!("{} {share}", part.node),
        part.node.clone(),
        share.clone(),
    ];
    if let Some(text) = texts.iter().find(|text| fits(text)) {
        let y = (rect.top + rect.bottom) / 2.0;
        canvas.text((rect.left + 4.0, y), text, font);
    }
}

/// Names the kinds of wait that there are in their colours.
fn key(canvas: &Canvas, y: f64, shown: &[(usize, &Variant)]) {
    let portions = shown
        .iter()
        .flat_map(|(_, v)| [&v.breakdown.middle, &v.breakdown.tail]);
    let parts = portions.flatten().flat_map(|portion| &portion.parts);
    let mut kinds: Vec<&str> = parts
        .filter(|part| 0.0 < part.seconds)
        .map(|part| part.kind.as_str())
        .collect();
    kinds.sort_by_key(|kind| (rank(kind), *kind));
    kinds.dedup();
    let font = Font::new(12.0);
    let mut left = MARGIN;
    for kind in kinds {
        let square = Rect {
            left,
            top: y - 5.0,
            right: left + 10.0,
            bottom: y + 5.0,
        };
        canvas.fill(square, palette::wait(kind), 1.0);
        canvas.text((left + 15.0, y), kind, font);
        left += 33.0 + font.width(kind);
    }
}

/// What most of the tail's time of the first variant is, and of those where it is something else.
fn finding(results: &Results, first: &Variant, shown: &[(usize, &Variant)]) -> Vec<String> {
    let largest = |variant: &Variant| -> Option<(String, String)> {
        let Portion { parts, .. } = portion(variant)?;
        let part = parts
            .iter()
            .max_by(|a, b| a.seconds.total_cmp(&b.seconds))?;
        let share = share(portion(variant)?, part.seconds);
        Some((words::value(share, Unit::Share), phrase(part)))
    };
    let who = |variant: &Variant| match (results.variants.len(), variant.name.as_str()) {
        (1, _) => String::new(),
        (_, "baseline") => "In the baseline ".to_owned(),
        (_, name) => format!("With {name} "),
    };
    let which = match first.breakdown.tail {
        Some(_) => "of the time of the slowest 1 %",
        None => "of the time of requests in the middle",
    };
    let Some((share, doing)) = largest(first) else {
        return vec!["Where the time of answered requests went".to_owned()];
    };
    let mut clauses = vec![format!("{}{share} {which} is {doing}", who(first))];
    let mut groups = Vec::new();
    for (_, variant) in shown.iter().skip(1) {
        if let Some((_, other)) = largest(variant).filter(|(_, other)| *other != doing) {
            finding::put(&mut groups, &variant.name, other);
        }
    }
    let others = groups
        .iter()
        .map(|(names, doing)| format!("with {} most is {doing}", words::list(names)));
    clauses.extend(others);
    clauses
}

/// The tail, or else the middle.
fn portion(variant: &Variant) -> Option<&Portion> {
    let breakdown = &variant.breakdown;
    breakdown.tail.as_ref().or(breakdown.middle.as_ref())
}
