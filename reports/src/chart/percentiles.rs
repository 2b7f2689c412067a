//! Latency by percentile, the x axis counted in nines.

use super::axis::Axis;
use super::canvas::{Font, Rect, Stroke};
use super::page::Page;
use super::plot::{Axes, LineEnd, Plot, tick_font};
use super::{Drawing, finding, palette, words};
use crate::histogram::decode_or_empty;
use hdrhistogram::Histogram;
use plotters::style::text_anchor::VPos;
use scenarios::results::{Results, Unit};

/// A quantile is shown when so many samples lie beyond it.
const BEYOND: f64 = 10.0;
/// What is written of a line that stays below the limit.
const NEVER: &str = "never";
const POINTS_PER_NINE: u32 = 60;

/// A variant's line: 1/(1 - p) and latency in seconds.
struct Line {
    index: usize,
    points: Vec<(f64, f64)>,
    /// The share of answers within `good_within`.
    in_time: f64,
}

/// Draws a line per variant, up to where fewer than 10 samples lie beyond; nothing when none was
/// answered.
pub(super) fn draw(results: &Results) -> Option<Drawing> {
    let good = results.good_within;
    let lines: Vec<Line> = results
        .variants
        .iter()
        .enumerate()
        .map(|(index, variant)| {
            let histogram = decode_or_empty(&variant.latency);
            let within = histogram.count_between(0, (good * 1e9).round() as u64) as f64;
            let answered = histogram.len().max(1) as f64;
            Line {
                index,
                points: curve(&histogram),
                in_time: within / answered,
            }
        })
        .filter(|line| 1 < line.points.len())
        .collect();
    let ends = lines.iter().filter_map(|line| line.points.last());
    let nines = ends.clone().map(|(nines, _)| *nines).fold(0.0, f64::max);
    let slowest = ends.map(|(_, latency)| *latency).fold(0.0, f64::max);
    let fastest = lines
        .iter()
        .map(|line| line.points[0].1)
        .fold(f64::INFINITY, f64::min);
    if lines.is_empty() {
        return None;
    }

    let subtitle = "Latency of answered requests by percentile, one more nine per division; lines end \
                    where fewer than 10 requests lie beyond";
    let page = Page::new(results, &finding(results, &lines), subtitle);
    let low = fastest.max(slowest / 1e5).min(good);
    let mut axes = Axes {
        x: Axis::nines(nines),
        y: Axis::log(low * 0.8, slowest.max(good) * 1.4, Unit::Seconds),
        x_name: "percentile of answered requests".to_owned(),
        y_name: "latency (log scale)".to_owned(),
        has_columns: true,
    };
    let names = || {
        lines
            .iter()
            .map(|line| results.variants[line.index].name.as_str())
    };
    let content = page.content;
    let rect = Rect {
        left: content.left + axes.left(),
        bottom: content.bottom - axes.below(),
        right: content.right - Plot::width_of_ends(names()).max(110.0),
        ..content
    };
    axes.x = axes
        .x
        .thinned(rect.width(), 8.0, |label| tick_font().width(label));

    Some(page.draw("percentile-curve", |canvas| {
        let plot = Plot::new(canvas, rect, &axes);
        let (left, y) = plot.at((1.0, good));
        let limit = Stroke::new(palette::ALARM, 1.2).dash(Some((6.0, 4.0)));
        canvas.line(&[(left, y), (rect.right, y)], limit);
        let text = format!("in time: {}", words::tick(good, Unit::Seconds));
        let font = Font::new(11.0).colour(palette::ALARM).down(VPos::Bottom);
        canvas.text((left + 8.0, y - 3.0), &text, font);
        let mut ends = Vec::new();
        for line in &lines {
            let points: Vec<_> = line.points.iter().map(|&point| plot.at(point)).collect();
            canvas.line(&points, palette::stroke(line.index));
            let variant = &results.variants[line.index];
            let in_time = variant.ends.in_time as f64 / variant.ends.offered.max(1) as f64;
            ends.push(LineEnd {
                at: points[points.len() - 1],
                name: variant.name.clone(),
                note: format!("{} in time", words::value(in_time, Unit::Share)),
                font: Font::new(12.0)
                    .bold()
                    .colour(palette::text_colour(line.index)),
            });
        }
        plot.name_ends(canvas, &ends);
    }))
}

fn curve(histogram: &Histogram<u64>) -> Vec<(f64, f64)> {
    let end = histogram.len() as f64 / BEYOND;
    (0..16 * POINTS_PER_NINE)
        .map(|step| libm::pow(10.0, f64::from(step) / f64::from(POINTS_PER_NINE)))
        .take_while(|nines| *nines <= end)
        .map(|nines| {
            (
                nines,
                histogram.value_at_quantile(1.0 - 1.0 / nines) as f64 / 1e9,
            )
        })
        .collect()
}

/// Where each line crosses the limit. A variant that no column tells from the baseline is not
/// told from it here either.
fn finding(results: &Results, lines: &[Line]) -> Vec<String> {
    let limit = words::tick(results.good_within, Unit::Seconds);
    let (mut groups, mut unseen) = (Vec::new(), Vec::new());
    for line in lines {
        let name = &results.variants[line.index].name;
        if finding::is_told(results, line.index, &["p99", "p99.9", "goodput"]) {
            finding::put(&mut groups, name, percentile(line.in_time));
        } else {
            unseen.push(name.as_str());
        }
    }
    let mut clauses: Vec<String> = Vec::new();
    for (names, percentile) in &groups {
        let who = words::list(names);
        let plural = if names.len() == 1 { "es" } else { "" };
        clauses.push(match percentile.as_str() {
            NEVER if names.len() == lines.len() => format!("every answer came within {limit}"),
            NEVER => format!("{who} never cross{plural} it"),
            _ if clauses.is_empty() => format!("{who} cross{plural} {limit} at {percentile}"),
            _ => format!("{who} at {percentile}"),
        });
    }
    // The limit is named by whoever is named first.
    if let Some(first) = clauses.first_mut().filter(|first| first.ends_with(" it")) {
        first.replace_range(first.len() - 2.., &limit);
    }
    if !unseen.is_empty() {
        clauses.push(format!("no difference seen for {}", words::list(&unseen)));
    }
    finding::capitalised(clauses)
}

fn percentile(share: f64) -> String {
    match share * 100.0 {
        percent if 100.0 <= percent => NEVER.to_owned(),
        percent if percent < 99.0 => format!("p{:.0}", libm::floor(percent)),
        percent => {
            let nines = libm::floor(-libm::log10(1.0 - share) + 1e-9).clamp(2.0, 9.0) as usize;
            let scale = libm::pow(10.0, nines as f64 - 1.0);
            let text = format!("{:.*}", nines - 1, libm::floor(percent * scale) / scale);
            format!("p{}", text.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_has_as_many_digits_as_it_has_nines() {
        for (share, text) in [
            (1.0, NEVER),
            (0.954, "p95"),
            (0.9931, "p99.3"),
            (0.99, "p99"),
            (0.99951, "p99.95"),
            (0.0, "p0"),
        ] {
            assert_eq!(percentile(share), text);
        }
    }
}
