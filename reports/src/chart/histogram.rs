//! Latency histograms of all variants over each other.

use super::axis::Axis;
use super::canvas::{Font, Rect, Stroke};
use super::page::Page;
use super::plot::{Axes, Plot};
use super::{Drawing, finding, labels, palette, words};
use crate::histogram::{decode_or_empty, quantile};
use plotters::style::text_anchor::HPos;
use scenarios::results::{Results, Unit, Variant};
use std::collections::BTreeMap;

const BINS_PER_DECADE: f64 = 10.0;
/// Bins with a smaller share than this could not be seen.
const VISIBLE: f64 = 5e-4;
const ROW: f64 = 17.0;
/// The width of a name; longer ones are cut.
const NAME_MOST: f64 = 200.0;

/// The shares of a variant's requests by bin, and its 99th percentile in seconds.
struct Shape {
    index: usize,
    shares: BTreeMap<i32, f64>,
    p99: Option<f64>,
}

/// Draws the share of requests in each tenth of a decade of latency; nothing when none was
/// answered.
pub(super) fn draw(results: &Results) -> Option<Drawing> {
    let variants = results.variants.iter().enumerate();
    let shapes: Vec<Shape> = variants.map(|(i, variant)| shape(i, variant)).collect();
    let visible = shapes.iter().flat_map(|shape| &shape.shares);
    let visible = visible
        .filter(|(_, share)| VISIBLE <= **share)
        .map(|(bin, _)| *bin);
    let (first, last) = (visible.clone().min()?, visible.max()?);
    let p99s = shapes.iter().filter_map(|shape| shape.p99);
    let high = p99s.fold(lower_edge(last + 1), f64::max) * 1.1;
    let largest = shapes
        .iter()
        .flat_map(|shape| shape.shares.values())
        .copied()
        .fold(0.0, f64::max);

    let finding = finding::column(results, "p99")
        .map_or_else(Vec::new, |column| finding::differences(results, column));
    let finding = if finding.is_empty() {
        vec!["Latency".to_owned()]
    } else {
        finding
    };
    let page = Page::new(results, &finding::capitalised(finding), &subtitle(results));

    let markers: Vec<Marker> = shapes
        .iter()
        .filter_map(|shape| marker(results, shape))
        .collect();
    let mut axes = Axes {
        x: Axis::log(lower_edge(first), high, Unit::Seconds),
        y: Axis::from_zero(largest, Unit::Share),
        x_name: "request latency (log scale)".to_owned(),
        y_name: "share of requests".to_owned(),
        has_columns: true,
    };
    let content = page.content;
    let mut rect = Rect {
        left: content.left + axes.left(),
        bottom: content.bottom - axes.below(),
        right: content.right - 12.0,
        ..content
    };
    let poles: Vec<(f64, f64)> = markers
        .iter()
        .map(|marker| {
            let share =
                libm::log(marker.p99 / axes.x.low()) / libm::log(axes.x.high() / axes.x.low());
            (rect.left + share * rect.width(), marker.width())
        })
        .collect();
    let flags = labels::flags(&poles, rect.left + 2.0, rect.right);
    let rows = flags.iter().map(|flag| flag.row + 1).max().unwrap_or(0) as f64;
    // Names stand above the data, not on it.
    rect.top += rows * ROW;
    axes.y = axes.y.with_room_above(0.03);
    axes.x = axes.x.thinned(rect.width(), 6.0, |label| {
        super::plot::tick_font().width(label)
    });

    Some(page.draw("latency-histogram", |canvas| {
        let plot = Plot::new(canvas, rect, &axes);
        for shape in &shapes {
            let outline = outline(&plot, shape);
            if shape.index == 0 || shapes.len() <= 2 {
                canvas.polygon(&outline, palette::colour(shape.index), 0.2);
            }
            canvas.line(&outline, palette::stroke(shape.index));
        }
        for ((marker, flag), (x, _)) in markers.iter().zip(&flags).zip(&poles) {
            let top = rect.top - flag.row as f64 * ROW - 2.0;
            let stroke = Stroke {
                width: 1.2,
                ..palette::stroke(marker.index)
            };
            canvas.line(&[(*x, rect.bottom), (*x, top)], stroke);
            let middle = top - ROW / 2.0 + 1.0;
            let text = Rect {
                left: flag.left,
                right: flag.left + marker.width(),
                top: top - ROW,
                bottom: top - 1.0,
            };
            plot.clear(canvas, text);
            let (name, figures) = marker.fonts();
            canvas.text((flag.left, middle), &marker.name, name);
            canvas.text(
                (text.right, middle),
                &marker.figures,
                figures.across(HPos::Right),
            );
        }
    }))
}

/// The name of a variant at its 99th percentile.
struct Marker {
    index: usize,
    p99: f64,
    name: String,
    figures: String,
}

impl Marker {
    fn fonts(&self) -> (Font, Font) {
        let font = Font::new(11.5).colour(palette::text_colour(self.index));
        (font.bold(), font)
    }

    fn width(&self) -> f64 {
        let (name, figures) = self.fonts();
        name.width(&self.name) + 7.0 + figures.width(&self.figures)
    }
}

fn marker(results: &Results, shape: &Shape) -> Option<Marker> {
    let variant = &results.variants[shape.index];
    let p99 = shape.p99?;
    let ends = &variant.ends;
    let in_time = words::value(
        ends.in_time as f64 / ends.offered.max(1) as f64,
        Unit::Share,
    );
    let figures = format!(
        "p99 {}, {in_time} in time",
        words::value(p99, Unit::Seconds)
    );
    let fits = |name: &str| Font::new(11.5).bold().width(name) <= NAME_MOST;
    let name = words::shortened(&variant.name, fits);
    Some(Marker {
        index: shape.index,
        p99,
        name,
        figures,
    })
}

fn subtitle(results: &Results) -> String {
    let offered = results.variants.iter().map(|variant| variant.ends.offered);
    let (fewest, most) = (
        offered.clone().min().unwrap_or(0),
        offered.max().unwrap_or(0),
    );
    let each = if fewest == most { "" } else { "up to " };
    format!(
        "Latency of answered requests from their intended arrival, in bins of 1/10 decade, as share \
         of all {each}{} requests per variant; lines: p99",
        words::grouped(most)
    )
}

/// Shares are of all requests, so that the area is what was answered.
fn shape(index: usize, variant: &Variant) -> Shape {
    let histogram = decode_or_empty(&variant.latency);
    let all = variant.ends.offered.max(histogram.len()).max(1) as f64;
    let mut shares = BTreeMap::new();
    for step in histogram.iter_recorded() {
        let bin = libm::floor(
            libm::log10(step.value_iterated_to().max(1) as f64 / 1e9) * BINS_PER_DECADE + 1e-9,
        ) as i32;
        *shares.entry(bin).or_insert(0.0) += step.count_since_last_iteration() as f64 / all;
    }
    Shape {
        index,
        shares,
        p99: quantile(&histogram, 0.99),
    }
}

fn lower_edge(bin: i32) -> f64 {
    libm::pow(10.0, f64::from(bin) / BINS_PER_DECADE)
}

/// The stairs over the bins, from the ground to the ground.
fn outline(plot: &Plot, shape: &Shape) -> Vec<(f64, f64)> {
    let bins = shape.shares.keys();
    let (Some(&first), Some(&last)) = (bins.clone().min(), bins.max()) else {
        return Vec::new();
    };
    let low = libm::ceil(libm::log10(plot.x.low()) * BINS_PER_DECADE - 1e-6) as i32;
    let high = libm::floor(libm::log10(plot.x.high()) * BINS_PER_DECADE + 1e-6) as i32;
    let (first, last) = (first.max(low), last.min(high - 1));
    let mut points = vec![plot.at((lower_edge(first), 0.0))];
    for bin in first..=last {
        let share = shape.shares.get(&bin).copied().unwrap_or(0.0);
        points.push(plot.at((lower_edge(bin), share)));
        points.push(plot.at((lower_edge(bin + 1), share)));
    }
    points.push(plot.at((lower_edge(last + 1), 0.0)));
    points
}
