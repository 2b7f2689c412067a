//! Figures over simulated time, one line per variant, with the faults shaded.

use super::axis::Axis;
use super::canvas::{Font, Rect, Stroke};
use super::faults::Faults;
use super::page::Page;
use super::plot::{Axes, LineEnd, Plot, tick_font};
use super::{Drawing, finding, palette, words};
use scenarios::results::{Results, Timeline, Unit};

/// A line over time.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) values: Vec<(f64, Option<f64>)>,
    pub(super) stroke: Stroke,
    pub(super) font: Font,
}

impl Series {
    /// The line of a variant, its values in the middle of their windows.
    pub(super) fn of(results: &Results, variant: usize, values: &[Option<f64>]) -> Series {
        let Timeline { window, .. } = results.variants[variant].timeline;
        let middle = |index: usize| (index as f64 + 0.5) * window;
        Series {
            name: results.variants[variant].name.clone(),
            values: values
                .iter()
                .enumerate()
                .map(|(i, value)| (middle(i), *value))
                .collect(),
            stroke: palette::stroke(variant),
            font: Font::new(12.0).bold().colour(palette::text_colour(variant)),
        }
    }

    fn figures(&self) -> impl Iterator<Item = f64> + Clone {
        self.values.iter().filter_map(|(_, value)| *value)
    }
}

/// A chart over time before it is drawn.
pub(super) struct Chart<'a> {
    pub(super) results: &'a Results,
    pub(super) name: &'a str,
    pub(super) finding: Vec<String>,
    pub(super) subtitle: String,
    pub(super) y_name: &'a str,
    pub(super) unit: Unit,
    /// The baseline first; drawn in this order.
    pub(super) series: Vec<Series>,
}

impl Chart<'_> {
    /// Draws the chart; nothing when it has no values.
    pub(super) fn draw(self) -> Option<Drawing> {
        let figures = self.series.iter().flat_map(Series::figures);
        figures.clone().next()?;
        let mut axes = Axes {
            x: Axis::time(end_of_time(self.results)),
            y: Axis::for_values(figures, self.unit),
            x_name: "simulated time".to_owned(),
            y_name: self.y_name.to_owned(),
            has_columns: false,
        };
        if axes.y.is_log() {
            axes.y_name.push_str(" (log scale)");
        }
        let page = Page::new(
            self.results,
            &finding::capitalised(self.finding),
            &self.subtitle,
        );
        let content = page.content;
        let names = self.series.iter().map(|series| series.name.as_str());
        let mut rect = Rect {
            left: content.left + axes.left(),
            bottom: content.bottom - axes.below(),
            right: content.right - Plot::width_of_ends(names),
            ..content
        };
        let faults = Faults::new(&self.results.faults, &axes.x, &rect);
        rect.top += faults.height();
        axes.x = axes
            .x
            .thinned(rect.width(), 8.0, |label| tick_font().width(label));
        Some(page.draw(self.name, |canvas| {
            faults.shade(canvas, &rect);
            let plot = Plot::new(canvas, rect, &axes);
            faults.mark(canvas, &rect);
            let mut ends = Vec::new();
            for series in &self.series {
                plot.line(canvas, &series.values, series.stroke);
                let last = series.values.iter().rev().find_map(|&(x, y)| Some((x, y?)));
                ends.extend(last.map(|last| LineEnd {
                    at: plot.at(last),
                    name: series.name.clone(),
                    note: String::new(),
                    font: series.font,
                }));
            }
            faults.name(canvas, &rect);
            plot.name_ends(canvas, &ends);
        }))
    }
}

/// Draws the 99th percentile of each window.
pub(super) fn p99(results: &Results) -> Option<Drawing> {
    let series = each(results, |timeline| Some(timeline.p99.clone()));
    Chart {
        results,
        name: "p99-over-time",
        finding: worst_windows(results),
        subtitle: format!(
            "p99 latency of the requests that arrive in a window of {}; answered requests only, so \
             read it with the goodput; gaps: too few answers",
            window(results)
        ),
        y_name: "p99 latency",
        unit: Unit::Seconds,
        series,
    }
    .draw()
}

/// Draws the requests answered in time, with the offered ones behind them.
pub(super) fn goodput(results: &Results) -> Option<Drawing> {
    let mut series = each(results, |timeline| Some(some(&timeline.goodput)));
    let offered = &results.variants.first()?.timeline.offered;
    series.insert(
        0,
        Series {
            name: "offered".to_owned(),
            stroke: Stroke::new(palette::QUIET, 1.0).opacity(0.8),
            font: Font::new(11.5).colour(palette::QUIET),
            ..Series::of(results, 0, &some(offered))
        },
    );
    let mut finding = finding::recoveries(results);
    if finding.len() < 2 {
        let column = finding::column(results, "goodput");
        finding.extend(column.map_or_else(Vec::new, |c| finding::differences(results, c)));
    }
    if finding.is_empty() {
        finding.push("Requests answered in time".to_owned());
    }
    Chart {
        results,
        name: "goodput-over-time",
        finding,
        subtitle: format!(
            "Requests answered within {} by arrival in windows of {}; means over runs",
            words::tick(results.good_within, Unit::Seconds),
            window(results)
        ),
        y_name: "requests in time",
        unit: Unit::PerSecond,
        series,
    }
    .draw()
}

/// Draws the deepest queue; nothing when nobody ever waits.
pub(super) fn depth(results: &Results) -> Option<Drawing> {
    let queues = results
        .variants
        .iter()
        .flat_map(|variant| &variant.timeline.depth);
    let deepest = queues.map(|(node, depth)| (node, largest(depth)));
    let (node, _) = deepest.filter(|(_, depth)| 0.0 < *depth).fold(
        None,
        |best: Option<(&String, f64)>, next| match best {
            Some(best) if next.1 <= best.1 => Some(best),
            _ => Some(next),
        },
    )?;
    Chart {
        results,
        name: "queue-depth",
        finding: deepest_queue(results, node),
        subtitle: format!(
            "Requests that wait for a place at {node}, average over windows of {}; means over runs",
            window(results)
        ),
        y_name: "requests waiting",
        unit: Unit::Count,
        series: each(results, |timeline| {
            timeline.depth.get(node).map(|depth| some(depth))
        }),
    }
    .draw()
}

/// The name of a window's length.
pub(super) fn window(results: &Results) -> String {
    let window = results
        .variants
        .first()
        .map_or(0.0, |variant| variant.timeline.window);
    words::tick(window, Unit::Seconds)
}

/// The end of the time axis.
pub(super) fn end_of_time(results: &Results) -> f64 {
    let ends = results.variants.iter().map(|variant| {
        let Timeline {
            window,
            offered,
            goodput,
            p99,
            ..
        } = &variant.timeline;
        window * offered.len().max(goodput.len()).max(p99.len()) as f64
    });
    ends.fold(results.identity.duration, f64::max)
}

fn each(results: &Results, values: impl Fn(&Timeline) -> Option<Vec<Option<f64>>>) -> Vec<Series> {
    let variants = results.variants.iter().enumerate();
    variants
        .filter_map(|(index, v)| Some(Series::of(results, index, &values(&v.timeline)?)))
        .collect()
}

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// The p99 of the worst measured window, of the variants that differ in p99.
fn worst_windows(results: &Results) -> Vec<String> {
    let from = results.identity.warm_up;
    let worst = |timeline: &Timeline| {
        let after = (from / timeline.window.max(1e-9)) as usize;
        timeline
            .p99
            .iter()
            .skip(after)
            .filter_map(|p99| *p99)
            .fold(0.0, f64::max)
    };
    let (mut groups, mut unseen) = (Vec::new(), Vec::new());
    for (index, variant) in results.variants.iter().enumerate() {
        let is_told = finding::is_told(results, index, &["p99"]);
        match worst(&variant.timeline) {
            worst if 0.0 < worst && is_told => {
                finding::put(
                    &mut groups,
                    &variant.name,
                    words::value(worst, Unit::Seconds),
                );
            }
            _ if is_told => {}
            _ => unseen.push(variant.name.as_str()),
        }
    }
    let mut clauses = Vec::new();
    if let Some(((names, first), others)) = groups.split_first() {
        let others = others
            .iter()
            .map(|(names, p99)| format!(", {p99} with {}", words::list(names)));
        clauses.push(format!(
            "p99 of the worst window is {first} in {}{}",
            the(&words::list(names)),
            others.collect::<String>()
        ));
    } else {
        clauses.push("Too few answers for a p99".to_owned());
    }
    if !unseen.is_empty() {
        clauses.push(format!("no difference seen for {}", words::list(&unseen)));
    }
    clauses
}

fn the(names: &str) -> String {
    if names.starts_with("baseline") {
        format!("the {names}")
    } else {
        names.to_owned()
    }
}

/// How deep the baseline's queue is, and what the columns say of that node.
fn deepest_queue(results: &Results, node: &str) -> Vec<String> {
    let depth = |variant: usize| {
        let timeline = &results.variants[variant].timeline;
        timeline.depth.get(node).map_or(0.0, |depth| largest(depth))
    };
    let written = |depth: f64| words::value(depth.round(), Unit::Count);
    let mut clauses = match depth(0) {
        baseline if baseline < 0.5 => {
            vec![format!("almost nobody waits at {node} in the baseline")]
        }
        baseline => vec![format!(
            "up to {} requests wait at {node} in the baseline",
            written(baseline)
        )],
    };
    let about = results.columns.iter().position(|column| {
        let rest = column
            .metric
            .strip_prefix(node)
            .and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| rest.starts_with("queue") || rest.starts_with("depth"))
    });
    clauses.extend(about.map_or_else(Vec::new, |column| finding::differences(results, column)));
    for first in ["almost", "up"] {
        if clauses[0].starts_with(first) {
            clauses[0].replace_range(..1, &first[..1].to_uppercase());
        }
    }
    clauses
}
