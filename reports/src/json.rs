//! `results.json`: results as text and back; and what differs between two, as text.

use crate::histogram;
use scenarios::results::contrast::Contrast;
use scenarios::results::{FORMAT, Results};
use serde_json::Value;

/// Writes results as JSON: fields in their order, an indented line for each part, series on one
/// line, numbers in the shortest form that is read back exactly.
pub fn to_json(results: &Results) -> String {
    let value = serde_json::to_value(results).expect("results have only names as keys");
    let mut text = String::new();
    write(&value, 0, &mut text);
    text + "\n"
}

/// Writes what differs between two results, laid out in the same way.
pub fn contrast_to_json(contrast: &Contrast) -> String {
    let value = serde_json::to_value(contrast).expect("it has only names as keys");
    let mut text = String::new();
    write(&value, 0, &mut text);
    text + "\n"
}

/// Reads what [`to_json`] wrote.
///
/// # Errors
/// In words: not JSON, not results, results of another version, or a damaged histogram.
pub fn from_json(text: &str) -> Result<Results, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("this is not JSON: {e}"))?;
    let format = value.get("format").and_then(Value::as_u64);
    let squall = value
        .pointer("/identity/squall")
        .and_then(Value::as_str)
        .unwrap_or("unknown");
    match format {
        None => return Err("this is no Squall result: it has no \"format\"".to_owned()),
        Some(format) if format != u64::from(FORMAT) => {
            let remedy = if u64::from(FORMAT) < format {
                "use that version"
            } else {
                "run it again"
            };
            return Err(format!(
                "these results have format {format}, written by Squall {squall}; this version \
                 reads format {FORMAT}: {remedy}"
            ));
        }
        Some(_) => {}
    }
    // Not from the text: read into a value first, a number keeps what it was written as.
    let results: Results =
        serde_json::from_value(value).map_err(|e| format!("these results are damaged: {e}"))?;
    for variant in &results.variants {
        for text in [&variant.latency, &variant.time_to_failure] {
            histogram::decode(text).map_err(|e| format!("variant {}: {e}", variant.name))?;
        }
    }
    Ok(results)
}

/// Breaks lines only around what itself has parts.
fn write(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Array(items) if items.iter().any(has_parts) => {
            let items = items.iter().map(|item| (None, item));
            write_lines(('[', ']'), items, depth, text);
        }
        Value::Object(fields) if depth == 0 || fields.values().any(has_parts) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (Some(name.as_str()), field));
            write_lines(('{', '}'), fields, depth, text);
        }
        flat => *text += &flat.to_string(),
    }
}

fn has_parts(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => false,
    }
}

fn write_lines<'a>(
    (open, close): (char, char),
    items: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    depth: usize,
    text: &mut String,
) {
    text.push(open);
    for (i, (name, item)) in items.enumerate() {
        *text += if i == 0 { "\n" } else { ",\n" };
        *text += &"  ".repeat(depth + 1);
        if let Some(name) = name {
            *text += &format!("{}: ", Value::from(name));
        }
        write(item, depth + 1, text);
    }
    text.push('\n');
    *text += &"  ".repeat(depth);
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn results_survive_their_text_to_the_bit() {
        let all = [made_up::stampede(), made_up::single_run(), made_up::curve()];
        let edges = made_up::edges().into_iter().map(|(_, results)| results);
        for results in all.into_iter().chain(edges) {
            let text = to_json(&results);
            let read = from_json(&text).unwrap();
            assert_eq!(read, results);
            assert_eq!(to_json(&read), text);
        }
    }

    #[test]
    fn a_number_is_read_as_it_was_written() {
        let mut results = made_up::single_run();
        for awkward in [
            0.1 + 0.2,
            1.0 / 3.0,
            9_007_199_254_740_993.0,
            5e-324,
            f64::MAX,
        ] {
            results.good_within = awkward;
            assert_eq!(
                from_json(&to_json(&results)).unwrap().good_within.to_bits(),
                awkward.to_bits()
            );
        }
    }

    #[test]
    fn json_looks_right() {
        insta::assert_snapshot!(to_json(&made_up::small()));
    }

    #[test]
    fn other_text_is_refused_in_words() {
        let format = |format: u32| {
            let written = format!("\"format\": {FORMAT}");
            to_json(&made_up::small()).replace(&written, &format!("\"format\": {format}"))
        };
        let (newer, older) = (format(FORMAT + 1), format(1));
        let damaged = to_json(&made_up::small()).replace("\"good_within\"", "\"good\"");
        let mut histogram = made_up::small();
        histogram.variants[0].latency = "????".to_owned();
        for (text, message) in [
            (
                "{",
                "this is not JSON: EOF while parsing an object at line 1 column 1",
            ),
            ("{}", "this is no Squall result: it has no \"format\""),
            (
                &newer,
                "these results have format 3, written by Squall 0.1.0; this version reads format \
                 2: use that version",
            ),
            (
                &older,
                "these results have format 1, written by Squall 0.1.0; this version reads format \
                 2: run it again",
            ),
            (
                &damaged,
                "these results are damaged: missing field `good_within`",
            ),
            (
                &to_json(&histogram),
                "variant baseline: a histogram is not base64",
            ),
        ] {
            assert_eq!(from_json(text).unwrap_err(), message);
        }
    }
}
