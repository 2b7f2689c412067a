//! Where two values of JSON differ, path by path.

use crate::results::contrast::Distinction;
use serde_json::Value;

/// Each leaf in which the values differ: its path, with the names of what is named and numbers from
/// 0 for the other items of lists, and what it is in either; empty where there is none.
pub(crate) fn distinctions(a: &Value, b: &Value) -> impl Iterator<Item = Distinction> {
    let mut found = Vec::new();
    walk("", a, b, &mut found);
    found.into_iter()
}

/// Adds each leaf in which two values differ.
fn walk(path: &str, a: &Value, b: &Value, found: &mut Vec<Distinction>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    let (none, mut parts) = (Value::Null, Vec::new());
    match (a, b) {
        _ if a == b => {}
        (Value::Object(a), Value::Object(b)) => {
            let new = b.keys().filter(|name| !a.contains_key(*name));
            for name in a.keys().chain(new) {
                parts.push((below(name), a.get(name), b.get(name)));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                let items = (a.get(index), b.get(index));
                let name = [items.0, items.1].into_iter().flatten().find_map(name);
                let number = index.to_string();
                parts.push((below(name.unwrap_or(&number)), items.0, items.1));
            }
        }
        _ => {
            let (a, b) = texts(a, b);
            found.push(Distinction {
                what: path.to_owned(),
                a,
                b,
            });
        }
    }
    for (path, a, b) in parts {
        walk(&path, a.unwrap_or(&none), b.unwrap_or(&none), found);
    }
}

/// What an item of a list is called, where it has a name.
fn name(item: &Value) -> Option<&str> {
    ["name", "label"]
        .iter()
        .find_map(|field| item.get(field)?.as_str())
}

/// Two values on one line each: of what is long, the part where they begin to differ.
fn texts(a: &Value, b: &Value) -> (String, String) {
    const LONGEST: usize = 40;
    let (a, b) = (text(a), text(b));
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let same = same.count();
    let cut = |text: String| {
        let length = text.chars().count();
        if length <= LONGEST {
            return text;
        }
        let from = same.saturating_sub(LONGEST / 2);
        let part: String = text.chars().skip(from).take(LONGEST).collect();
        let (before, after) = (0 < from, from + LONGEST < length);
        let dots = |cut| if cut { "..." } else { "" };
        format!("{}{part}{}", dots(before), dots(after))
    };
    (cut(a), cut(b))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
