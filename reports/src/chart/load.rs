//! The load of one node over time by cause: areas on each other, a panel for each variant.

use super::axis::Axis;
use super::canvas::{Canvas, Font, Point, Rect};
use super::faults::Faults;
use super::page::{MARGIN, Page, WIDTH};
use super::panels::{self, KEY, Panels};
use super::plot::{Axes, Plot};
use super::timeline::{Chart, Series, end_of_time, window};
use super::{Drawing, finding, palette, words};
use crate::topology::layers;
use scenarios::results::{Results, Timeline, Unit, Variant};
use std::collections::{BTreeMap, BTreeSet};

const PANEL_TITLE: f64 = 20.0;
/// Nodes whose load differs less between variants are not worth choosing for it.
const WORTH_CHOOSING: f64 = 0.1;

/// Draws the load of the node whose load differs most between the variants, or else of the
/// deepest; nothing when no node but clients is ever asked.
pub(super) fn draw(results: &Results) -> Option<Drawing> {
    let node = chosen(results)?;
    let causes: BTreeSet<&str> = results
        .variants
        .iter()
        .filter_map(|variant| variant.timeline.load.get(node))
        .flat_map(|load| {
            load.iter()
                .filter(|(_, load)| load.iter().any(|calls| 0.0 < *calls))
        })
        .map(|(cause, _)| cause.as_str())
        .collect();
    let mut causes: Vec<&str> = causes.into_iter().collect();
    causes.sort_by_key(|cause| (*cause != "first", *cause != "retry"));
    let finding = finding(results, node, &causes);
    let subtitle = format!(
        "Calls that arrive at {node} by cause, in windows of {}; means over runs",
        window(results)
    );
    match causes[..] {
        [] => None,
        [only] => Chart {
            results,
            name: "load-by-cause",
            finding,
            subtitle: subtitle.replace("by cause", &format!("(all {})", noun(only))),
            y_name: "calls",
            unit: Unit::PerSecond,
            series: totals(results, node),
        }
        .draw(),
        _ => Some(panels(results, node, &causes, finding, &subtitle)),
    }
}

fn totals(results: &Results, node: &str) -> Vec<Series> {
    let variants = results.variants.iter().enumerate();
    let total = |variant: &Variant| -> Vec<Option<f64>> {
        stack(&variant.timeline, node, &[])
            .last()
            .into_iter()
            .flatten()
            .map(|v| Some(*v))
            .collect()
    };
    variants
        .map(|(index, variant)| Series::of(results, index, &total(variant)))
        .collect()
}

/// A panel for each variant, all with the same axes.
fn panels(
    results: &Results,
    node: &str,
    causes: &[&str],
    finding: Vec<String>,
    subtitle: &str,
) -> Drawing {
    let largest = results
        .variants
        .iter()
        .filter_map(|variant| stack(&variant.timeline, node, causes).pop())
        .flatten()
        .fold(0.0, f64::max);
    let axes = Axes {
        x: Axis::time(end_of_time(results)),
        y: Axis::from_zero(largest, Unit::PerSecond),
        x_name: String::new(),
        y_name: String::new(),
        has_columns: false,
    };
    let count = results.variants.len();
    let (columns, height) = panels::over_time(count);
    let panels = Panels::new((count, columns), &axes, height, PANEL_TITLE);
    let content = (WIDTH, KEY + panels.height());
    let page = Page::sized(results, &finding::capitalised(finding), subtitle, content);
    page.draw("load-by-cause", |canvas| {
        let causes_key = causes
            .iter()
            .map(|cause| (noun(cause).to_owned(), palette::cause(cause), 0.9));
        let top = page.content.top;
        panels::key(canvas, (MARGIN, top + 4.0), causes_key, results);
        for (index, variant) in results.variants.iter().enumerate() {
            let rect = panels.rect(index, top + KEY);
            let axes = panels.axes(index, &axes);
            let faults = Faults::new(&results.faults, &axes.x, &rect);
            faults.shade(canvas, &rect);
            panel(canvas, rect, &axes, variant, node, causes);
            faults.mark(canvas, &rect);
            let name = Font::new(12.0).bold().colour(palette::text_colour(index));
            let fits = |text: &str| name.width(text) <= panels.width;
            canvas.text(
                (rect.left, rect.top - 9.0),
                &words::shortened(&variant.name, fits),
                name,
            );
        }
    })
}

fn panel(canvas: &Canvas, rect: Rect, axes: &Axes, variant: &Variant, node: &str, causes: &[&str]) {
    let plot = Plot::new(canvas, rect, axes);
    let stack = stack(&variant.timeline, node, causes);
    let window = variant.timeline.window;
    let edge = |tops: &[f64]| -> Vec<Point> {
        let steps = tops.iter().enumerate();
        steps
            .flat_map(|(i, top)| [i, i + 1].map(|at| plot.at((at as f64 * window, *top))))
            .collect()
    };
    for (index, tops) in stack.iter().enumerate() {
        let below = match index {
            0 => vec![0.0; tops.len()],
            _ => stack[index - 1].clone(),
        };
        if tops.is_empty() {
            continue;
        }
        let mut area = edge(tops);
        area.extend(edge(&below).into_iter().rev());
        canvas.polygon(&area, palette::cause(causes[index]), 0.88);
    }
}

/// For each cause the top of its area in each window; without causes, the total.
fn stack(timeline: &Timeline, node: &str, causes: &[&str]) -> Vec<Vec<f64>> {
    let none = BTreeMap::new();
    let load = timeline.load.get(node).unwrap_or(&none);
    let windows = load.values().map(Vec::len).max().unwrap_or(0);
    let mut top = vec![0.0; windows];
    let mut add = |calls: Option<&Vec<f64>>| {
        for (top, calls) in top.iter_mut().zip(calls.into_iter().flatten()) {
            *top += calls;
        }
        top.clone()
    };
    match causes {
        [] => load.values().map(|calls| add(Some(calls))).collect(),
        causes => causes.iter().map(|cause| add(load.get(*cause))).collect(),
    }
}

/// The node to draw.
fn chosen(results: &Results) -> Option<&str> {
    let layers = layers(&results.topology);
    let depth = |name: &str| {
        let is_it = |&node: &usize| results.topology.nodes[node].name == name;
        layers
            .iter()
            .position(|layer| layer.iter().any(is_it))
            .unwrap_or(0)
    };
    let is_client = |name: &str| {
        let mut nodes = results.topology.nodes.iter();
        nodes.any(|node| node.name == name && node.kind == "clients")
    };
    let nodes: BTreeSet<&str> = results
        .variants
        .iter()
        .flat_map(|variant| variant.timeline.load.keys())
        .map(String::as_str)
        .filter(|name| !is_client(name))
        .collect();
    let mean = |variant: &Variant, node: &str| {
        let total = stack(&variant.timeline, node, &[])
            .pop()
            .unwrap_or_default();
        total.iter().sum::<f64>() / total.len().max(1) as f64
    };
    // In steps of a tenth, so that depth decides between nodes that differ about as much.
    let spread = |node: &str| {
        let loads = results.variants.iter().map(|variant| mean(variant, node));
        let (low, high) = loads.fold((f64::INFINITY, 0.0_f64), |(low, high), load| {
            (low.min(load), high.max(load))
        });
        let spread = if 0.0 < high {
            (high - low) / high
        } else {
            -1.0
        };
        if (0.0..WORTH_CHOOSING).contains(&spread) {
            0
        } else {
            (spread * 10.0) as i32
        }
    };
    let best = nodes
        .into_iter()
        .map(|node| ((spread(node), depth(node)), node));
    best.filter(|((spread, _), _)| 0 <= *spread)
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, node)| node)
}

/// What the columns say of the node, or else what its load is made of in the baseline.
fn finding(results: &Results, node: &str, causes: &[&str]) -> Vec<String> {
    let is_about = |metric: &str| {
        let rest = metric
            .strip_prefix(node)
            .and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| {
            ["reads", "writes", "arrivals", "calls", "load"]
                .iter()
                .any(|w| rest.starts_with(w))
        })
    };
    let mut clauses = Vec::new();
    if let Some(column) = results
        .columns
        .iter()
        .position(|column| is_about(&column.metric))
    {
        clauses.extend(finding::differences(results, column));
    }
    let Some(baseline) = results.variants.first() else {
        return clauses;
    };
    let load = baseline.timeline.load.get(node);
    let sum = |cause: &str| {
        load.and_then(|load| load.get(cause))
            .map_or(0.0, |calls| calls.iter().sum::<f64>())
    };
    let all: f64 = causes.iter().map(|cause| sum(cause)).sum();
    let extra = causes
        .iter()
        .filter(|cause| **cause != "first")
        .map(|cause| (*cause, sum(cause)));
    let most = extra.fold(
        ("", 0.0),
        |best, next| if best.1 < next.1 { next } else { best },
    );
    if 0.0 < most.1 {
        let share = words::value(most.1 / all, Unit::Share);
        clauses.push(format!(
            "{share} of the baseline's calls to {node} are {}",
            noun(most.0)
        ));
    } else if clauses.is_empty() {
        let total = stack(&baseline.timeline, node, &[])
            .pop()
            .unwrap_or_default();
        let peak = words::value(total.into_iter().fold(0.0, f64::max), Unit::PerSecond);
        clauses.push(format!(
            "{node} is asked {peak} at the peak of the baseline"
        ));
    }
    clauses
}

fn noun(cause: &str) -> &str {
    match cause {
        "first" => "first tries",
        "retry" => "retries",
        "hedge" => "hedges",
        "refresh" => "refreshes",
        "probe" => "probes",
        other => other,
    }
}
