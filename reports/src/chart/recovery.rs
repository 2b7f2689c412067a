//! The share of requests answered in time over time, against the baseline's band, with the verdict.

use super::axis::Axis;
use super::canvas::{Canvas, Font, Rect, Stroke};
use super::faults::Faults;
use super::page::{MARGIN, Page, WIDTH};
use super::palette::{INK, QUIET};
use super::panels::{self, KEY, Panels};
use super::plot::{Axes, Plot};
use super::timeline::{end_of_time, window};
use super::{Drawing, finding, palette, words};
use crate::quantity::range;
use scenarios::results::{Band, Recovery, Results, Timeline, Unit, Variant};

/// The name of a variant and its verdict.
const ABOVE: f64 = 36.0;

/// Draws a panel for each variant; nothing when none has a verdict.
pub(super) fn draw(results: &Results) -> Option<Drawing> {
    let is_judged = |variant: &Variant| 0 < variant.recovery.judged;
    results
        .variants
        .iter()
        .find(|v| is_judged(v) && v.recovery.band.is_some())?;
    let axes = Axes {
        x: Axis::time(end_of_time(results)),
        y: Axis::from_zero(1.0, Unit::Share).with_room_above(0.03),
        x_name: String::new(),
        y_name: String::new(),
        has_columns: false,
    };
    let count = results.variants.len();
    let (columns, height) = panels::over_time(count);
    let panels = Panels::new((count, columns), &axes, height, ABOVE);
    let subtitle = format!(
        "Share of requests answered within {} by arrival in windows of {}, means over runs; \
         verdicts with the 95 % intervals of their probabilities, times with those of their means",
        words::tick(results.good_within, Unit::Seconds),
        window(results)
    );
    let finding = finding::capitalised(finding::recoveries(results));
    let page = Page::sized(results, &finding, &subtitle, (WIDTH, KEY + panels.height()));
    Some(page.draw("recovery", |canvas| {
        let top = page.content.top;
        let band = "as good as before the fault, if the median latency is too".to_owned();
        let key = [(band, palette::GOOD, 0.35)];
        panels::key(canvas, (MARGIN, top + 4.0), key, results);
        for (index, variant) in results.variants.iter().enumerate() {
            let rect = panels.rect(index, top + KEY);
            panel(canvas, rect, &panels.axes(index, &axes), results, index);
            head(canvas, rect, &variant.name, &variant.recovery, index);
        }
    }))
}

fn panel(canvas: &Canvas, rect: Rect, axes: &Axes, results: &Results, index: usize) {
    let variant = &results.variants[index];
    let faults = Faults::new(&results.faults, &axes.x, &rect);
    faults.shade(canvas, &rect);
    let plot = Plot::new(canvas, rect, axes);
    if let Some(band) = &variant.recovery.band {
        draw_band(canvas, &plot, band);
    }
    faults.mark(canvas, &rect);
    plot.line(canvas, &shares(&variant.timeline), palette::stroke(index));
    if let Some(band) = &variant.recovery.band {
        mark_recovery(canvas, &plot, band, &variant.recovery);
    }
}

/// What a window is held against: what counts as good, darker where it was measured.
fn draw_band(canvas: &Canvas, plot: &Plot, band: &Band) {
    let (left, top) = plot.at((band.from, 1.0));
    let (until, bottom) = plot.at((band.until, band.least));
    // A narrow band is still to be seen.
    let bottom = bottom.max(top + 2.5);
    let right = plot.rect.right;
    let area = |left, right| Rect {
        left,
        top,
        right,
        bottom,
    };
    canvas.fill(area(left, until), palette::GOOD, 0.45);
    canvas.fill(area(until, right), palette::GOOD, 0.22);
    let least = Stroke::new(palette::GOOD, 0.9).dash(Some((4.0, 3.0)));
    canvas.line(&[(left, bottom), (right, bottom)], least);
}

/// The mean moment of recovery and its interval.
fn mark_recovery(canvas: &Canvas, plot: &Plot, band: &Band, recovery: &Recovery) {
    let Some(time) = recovery.time else { return };
    let x = |after: f64| plot.at((band.trigger_end + after, 0.0)).0;
    let Rect { top, bottom, .. } = plot.rect;
    if let Some((low, high)) = recovery.time_interval {
        let interval = Rect {
            left: x(low),
            right: x(high).max(x(low) + 1.0),
            top,
            bottom,
        };
        canvas.fill(interval, INK, 0.12);
    }
    let at = x(time);
    canvas.line(
        &[(at, top), (at, bottom)],
        Stroke::new(INK, 1.2).dash(Some((5.0, 3.0))),
    );
}

fn head(canvas: &Canvas, rect: Rect, name: &str, recovery: &Recovery, index: usize) {
    let fits = |font: Font| move |text: &str| font.width(text) <= rect.width();
    let bold = Font::new(12.0).bold().colour(palette::text_colour(index));
    let name = words::shortened(name, fits(bold));
    canvas.text((rect.left, rect.top - 25.0), &name, bold);
    let quiet = Font::new(11.0).colour(QUIET);
    let verdict = words::shortened(&verdicts(recovery), fits(quiet));
    canvas.text((rect.left, rect.top - 10.0), &verdict, quiet);
}

/// Every verdict that occurs with the interval of its probability, the most frequent first, and
/// the time to recover: `recovered 18/20 [70, 97] % in 9.2 s [8.8,9.6]; stuck 2/20 [3, 30] %`.
fn verdicts(recovery: &Recovery) -> String {
    let Recovery {
        judged,
        recovered,
        degraded,
        oscillating,
        stuck,
        ..
    } = recovery;
    if *judged == 0 {
        return "no verdict".to_owned();
    }
    let mut verdicts: Vec<(u32, String)> = [
        ("recovered", recovered),
        ("degraded", degraded),
        ("oscillating", oscillating),
        ("stuck", stuck),
    ]
    .into_iter()
    .enumerate()
    .filter(|(_, (_, runs))| 0 < **runs)
    .map(|(kind, (name, runs))| {
        let interval = recovery.probabilities.get(kind).map(|(low, high)| {
            let [low, high] = [low, high].map(|share| (share * 100.0).round());
            format!(" [{low}, {high}] %")
        });
        let time = match (kind, recovery.time) {
            (0, Some(time)) => time_to_recover(time, recovery.time_interval),
            _ => String::new(),
        };
        let interval = interval.unwrap_or_default();
        (*runs, format!("{name} {runs}/{judged}{interval}{time}"))
    })
    .collect();
    verdicts.sort_by_key(|(runs, _)| std::cmp::Reverse(*runs));
    let verdicts: Vec<String> = verdicts.into_iter().map(|(_, verdict)| verdict).collect();
    verdicts.join("; ")
}

fn time_to_recover(time: f64, interval: Option<(f64, f64)>) -> String {
    let value = words::value(time, Unit::Seconds);
    let interval = interval.map(|ends| format!(" {}", range(time, ends, Unit::Seconds)));
    format!(" in {value}{}", interval.unwrap_or_default())
}

/// The share in time of each window, in its middle; nothing where no request arrives.
fn shares(timeline: &Timeline) -> Vec<(f64, Option<f64>)> {
    let windows = timeline.goodput.iter().zip(&timeline.offered).enumerate();
    windows
        .map(|(index, (goodput, offered))| {
            let share = (0.0 < *offered).then(|| (goodput / offered).min(1.0));
            ((index as f64 + 0.5) * timeline.window, share)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_that_occurs_is_told_with_its_interval() {
        let recovery = Recovery {
            judged: 20,
            recovered: 18,
            stuck: 2,
            time: Some(9.2),
            time_interval: Some((8.8, 9.6)),
            probabilities: vec![(0.699, 0.972), (0.0, 0.161), (0.0, 0.161), (0.028, 0.301)],
            ..Recovery::default()
        };
        assert_eq!(
            verdicts(&recovery),
            "recovered 18/20 [70, 97] % in 9.2 s [8.8,9.6]; stuck 2/20 [3, 30] %"
        );
        assert_eq!(verdicts(&Recovery::default()), "no verdict");
    }

    #[test]
    fn a_window_without_arrivals_is_a_gap() {
        let timeline = Timeline {
            window: 2.0,
            offered: vec![10.0, 0.0],
            goodput: vec![5.0, 0.0],
            ..Timeline::default()
        };
        assert_eq!(shares(&timeline), [(1.0, Some(0.5)), (3.0, None)]);
    }
}
