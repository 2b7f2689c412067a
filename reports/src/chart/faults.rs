//! Faults on a chart over time: shaded, and named above the data.

use super::axis::Axis;
use super::canvas::{Canvas, Font, Rect, Stroke};
use super::{labels, palette, words};
use scenarios::results::FaultSpan;

const FAULT_ROW: f64 = 15.0;
/// Above this many differently named faults the rest are only counted.
const NAMED_FAULTS: usize = 6;
const FAULT_FONT: f64 = 11.0;

/// The faults of a chart: shaded spans, and names above the data.
pub(super) struct Faults {
    spans: Vec<(f64, f64)>,
    names: Vec<Name>,
    rows: usize,
}

struct Name {
    text: String,
    /// Where the fault begins, and where its name does.
    at: f64,
    left: f64,
    row: usize,
}

impl Faults {
    /// Places the names of faults; faults of one name are named once.
    pub(super) fn new(faults: &[FaultSpan], time: &Axis, rect: &Rect) -> Faults {
        let end = time.high();
        let x = |seconds: f64| rect.left + (seconds / end).clamp(0.0, 1.0) * rect.width();
        let shown = || faults.iter().filter(|fault| fault.from <= end);
        let span = |fault: &FaultSpan| (x(fault.from), x(if fault.stays { end } else { fault.to }));
        let mut named: Vec<(&str, f64, usize)> = Vec::new();
        for fault in shown() {
            match named.iter_mut().find(|(name, ..)| *name == fault.name) {
                Some((_, _, count)) => *count += 1,
                None => named.push((&fault.name, x(fault.from), 1)),
            }
        }
        let font = Font::new(FAULT_FONT);
        let more = named.len().saturating_sub(NAMED_FAULTS);
        let texts: Vec<(String, f64)> = named
            .into_iter()
            .take(NAMED_FAULTS)
            .enumerate()
            .map(|(index, (name, at, count))| {
                let times = if 1 < count {
                    format!(" × {count}")
                } else {
                    String::new()
                };
                let rest = match more {
                    0 => String::new(),
                    more if index + 1 == NAMED_FAULTS => format!(" and {more} more"),
                    _ => String::new(),
                };
                let fits = |text: &str| font.width(text) <= rect.width() * 0.8;
                (words::shortened(&format!("{name}{times}{rest}"), fits), at)
            })
            .collect();
        let poles: Vec<_> = texts
            .iter()
            .map(|(text, at)| (*at, font.width(text) + 14.0))
            .collect();
        let flags = labels::flags(&poles, rect.left - 10.0, rect.right + 60.0);
        let rows = flags.iter().map(|flag| flag.row + 1).max().unwrap_or(0);
        let names = texts.into_iter().zip(flags);
        let names = names.map(|((text, at), flag)| Name {
            text,
            at,
            left: flag.left,
            row: flag.row,
        });
        Faults {
            spans: shown().map(span).collect(),
            names: names.collect(),
            rows,
        }
    }

    /// The height that the names need above the data.
    pub(super) fn height(&self) -> f64 {
        self.rows as f64 * FAULT_ROW + if self.rows == 0 { 0.0 } else { 3.0 }
    }

    /// Shades the spans, behind the data.
    pub(super) fn shade(&self, canvas: &Canvas, rect: &Rect) {
        for &(left, right) in &self.spans {
            canvas.fill(
                Rect {
                    left,
                    right,
                    ..*rect
                },
                palette::ALARM,
                0.1,
            );
        }
    }

    /// Draws a line where a fault begins.
    pub(super) fn mark(&self, canvas: &Canvas, rect: &Rect) {
        for &(left, right) in &self.spans {
            let opacity = if right - left < 1.5 { 0.7 } else { 0.35 };
            let line = Stroke::new(palette::ALARM, 1.2).opacity(opacity);
            canvas.line(&[(left, rect.top), (left, rect.bottom)], line);
        }
    }

    /// Writes the names above the data.
    pub(super) fn name(&self, canvas: &Canvas, rect: &Rect) {
        let font = Font::new(FAULT_FONT).colour(palette::ALARM);
        for Name {
            text,
            at,
            left,
            row,
        } in &self.names
        {
            let bottom = rect.top - *row as f64 * FAULT_ROW;
            let pole = Stroke::new(palette::ALARM, 1.0).opacity(0.7);
            canvas.line(&[(*at, rect.top), (*at, bottom - FAULT_ROW + 3.0)], pole);
            canvas.text((left + 7.0, bottom - FAULT_ROW / 2.0 - 1.0), text, font);
        }
    }
}
