//! Figures and names as charts write them.

use crate::quantity::quantity;
use scenarios::results::Unit;

/// Writes a value as the tables do, with a proper micro sign.
pub(super) fn value(value: f64, unit: Unit) -> String {
    quantity(Some(value), unit).replace(" us", " µs")
}

/// Writes a value as a tick label: without trailing zeros.
pub(super) fn tick(figure: f64, unit: Unit) -> String {
    if figure == 0.0 {
        return if unit == Unit::Share {
            "0 %".to_owned()
        } else {
            "0".to_owned()
        };
    }
    let text = value(figure, unit);
    let end = text.find([' ', '/']).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    match number.contains(['.']) && !number.contains('e') {
        true => format!(
            "{}{unit}",
            number.trim_end_matches('0').trim_end_matches('.')
        ),
        false => text,
    }
}

/// Writes a moment of simulated time where ticks are `step` seconds apart.
pub(super) fn moment(seconds: f64, step: f64) -> String {
    let (size, unit) = match (seconds, step) {
        (0.0, _) => return "0".to_owned(),
        (s, step) if s < 60.0 || step < 30.0 => match step {
            step if step < 1e-3 => (1e-6, "µs"),
            step if step < 1.0 => (1e-3, "ms"),
            _ => (1.0, "s"),
        },
        (s, step) if s < 3600.0 || step < 1800.0 => (60.0, "min"),
        _ => (3600.0, "h"),
    };
    let tenths = (seconds / size * 10.0).round() / 10.0;
    format!("{tenths} {unit}")
}

/// Writes a count with thin groups of three digits: `240 000`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// Writes names as a list: `a`, `a and b`, `a, b and c`, `a, b, c and 4 others`.
pub(super) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] if names.len() < 5 => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {} others", names[..3].join(", "), names.len() - 3),
    }
}

/// Ties each number to what it counts, so that lines do not break between them.
pub(super) fn unbroken(text: &str) -> String {
    let mut last = ' ';
    let tie = |character: char| {
        let is_tied = character == ' ' && last.is_ascii_digit();
        last = character;
        if is_tied { '\u{a0}' } else { character }
    };
    text.chars().map(tie).collect()
}

/// Cuts a text so that it fits, with an ellipsis.
pub(super) fn shortened(text: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let start: String = kept.iter().collect();
        let shorter = format!("{}…", start.trim_end());
        if fits(&shorter) {
            return shorter;
        }
    }
    String::new()
}

/// Breaks a text at spaces into lines that fit; a word that does not fit is cut.
pub(super) fn wrapped(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, &fits)),
        }
    }
    lines
}
