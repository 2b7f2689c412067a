//! The bill of a variant: what it costs, and what it saves, against the baseline.

use super::metrics::{counts_of, describe};
use super::record::{Record, by_run, counted_by_run, mean_of};
use crate::results::{Bill, BillLine, Item};
use crate::schema::{Node, Scenario};
use crate::statistics::difference;
use models::{Cause, Count};
use sim_core::Wait;

/// What a line of the bill states.
struct Price {
    item: Item,
    node: String,
    label: String,
    metric: String,
}

/// The bill of a variant. A line that is zero in the baseline too is left out; every line is
/// something that one wants less of.
pub(super) fn bill(scenario: &Scenario, records: &[&Record], baseline: Option<&[&Record]>) -> Bill {
    let lines = prices(scenario).into_iter().filter_map(|price| {
        let metric = &price.metric;
        let (unit, _) = describe(metric);
        // A counter that a run does not have has counted nothing; no median is not a short one.
        let missing = (price.item != Item::Median).then_some(0.0);
        let of = |records: &[&Record]| match missing {
            Some(_) => counted_by_run(records, metric),
            None => by_run(records, metric),
        };
        let value = mean_of(records, metric).or(missing)?;
        let is_there = |records: &[&Record]| mean_of(records, metric).is_some_and(|v| 0.0 < v);
        (0.0 < value || baseline.is_some_and(is_there)).then(|| BillLine {
            difference: baseline.and_then(|baseline| difference(&of(baseline), &of(records), unit)),
            label: price.label,
            item: price.item,
            node: price.node,
            unit,
            value,
        })
    });
    let waits = Wait::ALL.iter().filter_map(|kind| {
        let metric = format!("waits.{}", kind.name().replace([' ', '-'], "_"));
        let seconds = mean_of(records, &metric)?;
        (0.0 < seconds).then(|| (kind.name().to_owned(), seconds))
    });
    Bill {
        lines: lines.collect(),
        waits: waits.collect(),
    }
}

/// All that a bill may state: loads first, then what each node wastes, denies and holds ready,
/// then what is of all requests. Within a kind, nodes are in order of name.
fn prices(scenario: &Scenario) -> Vec<Price> {
    let mut prices = Vec::new();
    let mut add = |item: Item, node: &str, label: String, metric: &str| {
        prices.push(Price {
            item,
            node: node.to_owned(),
            label,
            metric: format!("{node}.{metric}"),
        });
    };
    let called = || {
        let is_called = |node: &Node| !matches!(node, Node::Clients(_));
        scenario
            .nodes
            .iter()
            .filter(move |(_, node)| is_called(node))
    };
    for (name, node) in called() {
        if let Node::Database(_) = node {
            add(Item::Load, name, format!("load of {name}"), "arrivals.rate");
            let label = format!("peak load of {name}");
            add(Item::PeakLoad, name, label, "arrivals.peak");
        }
    }
    for (name, _) in called() {
        for cause in Cause::ALL {
            let item = match cause {
                Cause::First => Item::FirstTries,
                _ => Item::LoadByCause,
            };
            let cause = cause.name();
            let label = format!("load of {name}: {cause}");
            let metric = format!("arrivals.{cause}.rate");
            add(item, name, label, &metric);
        }
    }
    for (name, node) in called() {
        let label = format!("wasted work of {name}");
        add(Item::WastedWork, name, label, "wasted.share");
        if !matches!(node, Node::Cache(_)) {
            let label = format!("refused by {name}");
            add(Item::Refused, name, label, "refused.rate");
            let label = format!("idle places of {name}");
            add(Item::IdleCapacity, name, label, "idle");
        }
    }
    for (name, node) in &scenario.nodes {
        if let Node::Clients(_) = node {
            let label = format!("stale reads of {name}");
            add(Item::Stale, name, label, "stale_share");
        }
        for count in counts_of(node).filter(|count| count.is_price()) {
            let (item, label) = counted(count, name);
            add(item, name, label, &format!("{}.rate", count.name()));
        }
    }
    prices.push(Price {
        item: Item::Median,
        node: String::new(),
        label: "latency of the median request".to_owned(),
        metric: "latency.p50".to_owned(),
    });
    prices
}

/// The kind of price that a count is, and how the bill words it.
fn counted(count: Count, name: &str) -> (Item, String) {
    match count {
        Count::DuplicateFills => (Item::DuplicateFills, format!("duplicate fills of {name}")),
        Count::StaleServed => (Item::Stale, format!("expired answers of {name}")),
        Count::Joined => (
            Item::SharedFills,
            format!("waits for another's fill at {name}"),
        ),
        Count::RetriesDenied => (Item::RetriesDenied, format!("retries denied to {name}")),
        Count::GoodRefused => (
            Item::GoodRefused,
            format!("refused by {name} beside a free place"),
        ),
        other => (Item::Counted, format!("{name}: {}", other.what())),
    }
}
