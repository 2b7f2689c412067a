//! A metric against the varied parameter.

use super::axis::Axis;
use super::canvas::{Font, Rect, Stroke};
use super::page::Page;
use super::plot::{Axes, LineEnd, Plot, tick_font};
use super::{Drawing, finding, palette, words};
use scenarios::results::{Curve, CurvePoint, Results};

/// Half the width of the ends of an interval.
const CAP: f64 = 3.5;

/// Draws a line per variant with 95 % intervals; nothing when the study is no curve or has no
/// values.
pub(super) fn draw(results: &Results) -> Option<Drawing> {
    let curve = results.curve.as_ref()?;
    let names = names(results, curve);
    let Curve { values, metric, .. } = curve;
    let drawn = names
        .iter()
        .filter_map(|name| curve.lines.get(*name))
        .flatten();
    let drawn = drawn.flat_map(|point| {
        let (low, high) = point.interval.unzip();
        [point.value, low.filter(|low| 0.0 < *low), high]
            .into_iter()
            .flatten()
    });
    drawn.clone().next()?;
    let x = match &curve.numbers {
        Some(numbers) if numbers.len() == values.len() => Axis::numbers(numbers, values),
        _ => Axis::categories(values),
    };
    let position = |index: usize| match &curve.numbers {
        Some(numbers) if numbers.len() == values.len() => numbers[index],
        _ => index as f64,
    };
    let mut axes = Axes {
        y: Axis::for_values(drawn, metric.unit),
        x_name: if x.is_log() {
            format!("{} (log scale)", curve.path)
        } else {
            curve.path.clone()
        },
        x,
        y_name: metric.label.clone(),
        has_columns: false,
    };
    if axes.y.is_log() {
        axes.y_name.push_str(" (log scale)");
    }
    let subtitle = format!(
        "{} of all runs against {}; bars: 95 % interval over {} paired runs",
        metric.label, curve.path, results.identity.runs
    );
    let page = Page::new(
        results,
        &finding::capitalised(finding(curve, &names)),
        &subtitle,
    );
    let content = page.content;
    let rect = Rect {
        left: content.left + axes.left(),
        bottom: content.bottom - axes.below(),
        right: content.right - Plot::width_of_ends(names.iter().copied()),
        ..content
    };
    axes.x = axes
        .x
        .thinned(rect.width(), 8.0, |label| tick_font().width(label));
    Some(page.draw("metric-against-parameter", |canvas| {
        let plot = Plot::new(canvas, rect, &axes);
        let mut ends = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let points = &curve.lines[*name];
            let points: Vec<(f64, &CurvePoint)> = points
                .iter()
                .take(values.len())
                .enumerate()
                .map(|(i, p)| (position(i), p))
                .collect();
            let line: Vec<_> = points.iter().map(|(x, point)| (*x, point.value)).collect();
            let stroke = palette::stroke(index);
            plot.line(canvas, &line, stroke);
            for (x, point) in &points {
                let Some(value) = point.value else { continue };
                canvas.dot(plot.at((*x, value)), stroke.width + 1.0, stroke.colour);
                if let Some((low, high)) = point.interval {
                    let ((x, low), (_, high)) = (plot.at((*x, low)), plot.at((*x, high)));
                    let bar = Stroke::new(stroke.colour, 1.2);
                    canvas.line(&[(x, low), (x, high)], bar);
                    canvas.line(&[(x - CAP, low), (x + CAP, low)], bar);
                    canvas.line(&[(x - CAP, high), (x + CAP, high)], bar);
                }
            }
            let last = line.iter().rev().find_map(|&(x, y)| Some((x, y?)));
            ends.extend(last.map(|last| LineEnd {
                at: plot.at(last),
                name: (*name).to_owned(),
                note: String::new(),
                font: Font::new(12.0).bold().colour(palette::text_colour(index)),
            }));
        }
        plot.name_ends(canvas, &ends);
    }))
}

/// The variants in the order of the study.
fn names<'a>(results: &'a Results, curve: &Curve) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for variant in &results.variants {
        if curve.lines.contains_key(&variant.name) && !names.contains(&variant.name.as_str()) {
            names.push(&variant.name);
        }
    }
    names
}

/// How the first line moves from end to end, and which others lie apart from it at the last
/// value. Points are told apart when their intervals do not touch, which is stricter than a paired
/// difference.
fn finding(curve: &Curve, names: &[&str]) -> Vec<String> {
    let Curve {
        metric,
        values,
        lines,
        ..
    } = curve;
    let Some((baseline, others)) = names.split_first() else {
        return Vec::new();
    };
    let points = &lines[*baseline];
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let unit = metric.unit;
    let at = |index: usize| values.get(index).map_or("", String::as_str);
    let (from, to) = (at(0), at(points.len() - 1));
    let mut clauses = Vec::new();
    clauses.push(match (first.value, last.value, apart(first, last)) {
        (Some(a), Some(b), true) => format!(
            "{baseline}: {} {} from {} at {from} to {} at {to}",
            metric.label,
            if a < b { "rises" } else { "falls" },
            words::value(a, unit),
            words::value(b, unit)
        ),
        (Some(a), Some(b), false) if 1 < points.len() => format!(
            "{baseline}: no difference seen in {} between {from} ({}) and {to} ({})",
            metric.label,
            words::value(a, unit),
            words::value(b, unit)
        ),
        _ => format!("{} against {}", metric.label, curve.path),
    });
    let (mut groups, mut unseen) = (Vec::new(), Vec::new());
    for name in others {
        let Some(point) = lines[*name].get(points.len() - 1) else {
            continue;
        };
        match point.value {
            Some(value) if apart(point, last) => {
                finding::put(&mut groups, name, words::value(value, unit));
            }
            _ => unseen.push(*name),
        }
    }
    if !groups.is_empty() {
        let groups = groups
            .iter()
            .map(|(names, value)| format!("{value} with {}", words::list(names)));
        clauses.push(format!(
            "at {to} it is {}",
            groups.collect::<Vec<_>>().join(", ")
        ));
    }
    if !unseen.is_empty() {
        clauses.push(format!(
            "no difference seen at {to} for {}",
            words::list(&unseen)
        ));
    }
    clauses
}

fn apart(a: &CurvePoint, b: &CurvePoint) -> bool {
    match (a.interval, b.interval) {
        (Some(a), Some(b)) => a.1 < b.0 || b.1 < a.0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_apart_when_their_intervals_do_not_touch() {
        let point = |low, high| CurvePoint {
            value: Some(low),
            interval: Some((low, high)),
        };
        assert!(apart(&point(1.0, 2.0), &point(2.5, 3.0)));
        assert!(!apart(&point(1.0, 2.0), &point(1.5, 3.0)));
        assert!(!apart(
            &point(1.0, 2.0),
            &CurvePoint {
                value: Some(9.0),
                interval: None
            }
        ));
    }
}
