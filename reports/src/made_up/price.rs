//! Made-up prices: the bill of a variant, and where the time of its requests went.

use super::parts::{about, named};
use scenarios::results::*;

/// A bill: loads and waste fall with the change, retries and refusals end with the stampede, and
/// each mitigation has a price of its own.
pub(super) fn bill(name: &str, hurt: f64, change: Option<f64>) -> Bill {
    let is_stuck = 0.5 < hurt;
    let line = |label: &str, item, node: &str, unit, value, difference| BillLine {
        label: label.to_owned(),
        item,
        node: node.to_owned(),
        unit,
        value,
        difference,
    };
    let changed = |label: &str, item, unit, before: f64| {
        let change = change.unwrap_or_default();
        line(
            label,
            item,
            "products",
            unit,
            before * (1.0 + change),
            about(true, change),
        )
    };
    let ended = |label: &str, item, node: &str, unit, before: f64| {
        let after = if is_stuck { before } else { 0.0 };
        line(label, item, node, unit, after, about(false, after - before))
    };
    let begun = |label: &str, item, node: &str, unit, after: f64| {
        line(label, item, node, unit, after, about(false, after))
    };
    let idle = if is_stuck { 1.8 } else { 9.6 };
    let mut lines = vec![
        ended(
            "duplicate fills of catalog",
            Item::DuplicateFills,
            "catalog",
            Unit::PerSecond,
            230.0,
        ),
        changed("load of products", Item::Load, Unit::PerSecond, 48.0),
        changed(
            "peak load of products",
            Item::PeakLoad,
            Unit::PerSecond,
            300.0,
        ),
        ended(
            "wasted work of products",
            Item::WastedWork,
            "products",
            Unit::Share,
            0.62,
        ),
        ended(
            "load of web: retry",
            Item::LoadByCause,
            "web",
            Unit::PerSecond,
            3100.0,
        ),
        line(
            "idle places of products",
            Item::IdleCapacity,
            "products",
            Unit::Count,
            idle,
            about(false, idle - 1.8),
        ),
    ];
    match name {
        "single-flight" | "both" => lines.push(begun(
            "waits for another's fill at catalog",
            Item::SharedFills,
            "catalog",
            Unit::PerSecond,
            10.0,
        )),
        "stale-while-revalidate" => lines.push(begun(
            "expired answers of catalog",
            Item::Stale,
            "catalog",
            Unit::PerSecond,
            28.0,
        )),
        "early-refresh" => lines.push(line(
            "load of products: refresh",
            Item::LoadByCause,
            "products",
            Unit::PerSecond,
            14.0,
            about(true, 11.0),
        )),
        _ => {}
    }
    if change.is_none() {
        lines.iter_mut().for_each(|line| line.difference = None);
    }
    Bill {
        lines,
        waits: named([
            ("queue", 0.31),
            ("network", 0.0011),
            ("work", 0.0021),
            ("lock", 0.0),
        ]),
    }
}

/// Where the time went: the middle is work and network, the tail waits at the database or for a
/// fill.
pub(super) fn breakdown(name: &str, hurt: f64) -> Breakdown {
    let part = |node: &str, kind: &str, seconds: f64| Part {
        node: node.to_owned(),
        kind: kind.to_owned(),
        seconds,
    };
    let portion = |requests, mut parts: Vec<Part>| {
        parts.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        let latency: f64 = parts.iter().map(|part| part.seconds).sum();
        Portion {
            requests,
            between: (latency * 0.8, latency * 1.7),
            latency,
            parts,
        }
    };
    let usual = || {
        vec![
            part("web", "work", 0.0011),
            part("web", "network", 0.0006),
            part("catalog", "network", 0.0004),
            part("catalog", "work", 0.0001),
        ]
    };
    let slow = if name == "single-flight" || name == "both" {
        vec![part("catalog", "flight", 0.9 * hurt)]
    } else {
        vec![
            part("products", "queue", 1.93 * hurt),
            part("web", "lost attempts", 0.1 * hurt),
            part("web", "backoff", 0.04 * hurt),
        ]
    };
    let database = [part("products", "work", 0.0035)];
    Breakdown {
        traced: 4_000_000,
        middle: Some(portion(400_000, usual())),
        tail: Some(portion(
            40_000,
            usual().into_iter().chain(database).chain(slow).collect(),
        )),
    }
}
