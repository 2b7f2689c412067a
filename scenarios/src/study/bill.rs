//! The bill of a variant: what it costs, and what it saves, against the baseline.

use super::record::{Record, counted_by_run, mean_of};
use crate::results::{Bill, BillLine, Item, Unit};
use crate::schema::{Node, Scenario};
use crate::statistics::difference;
use models::Cause;
use sim_core::Wait;

/// Every line is something that one wants less of.
pub(super) fn bill(scenario: &Scenario, records: &[&Record], baseline: Option<&[&Record]>) -> Bill {
    let mut lines: Vec<BillLine> = Vec::new();
    let mut add = |item: Item, node: &str, label: String, metric: String, unit: Unit| {
        let of = |records: &[&Record]| counted_by_run(records, &metric);
        let value = mean_of(records, &metric).unwrap_or(0.0);
        let difference =
            baseline.and_then(|baseline| difference(&of(baseline), &of(records), unit));
        let was_there = baseline.is_some_and(|b| 0.0 < mean_of(b, &metric).unwrap_or(0.0));
        if 0.0 < value || was_there {
            lines.push(BillLine {
                label,
                item,
                node: node.to_owned(),
                unit,
                value,
                difference,
            });
        }
    };
    let called = || {
        scenario
            .nodes
            .iter()
            .filter(|(_, node)| !matches!(node, Node::Clients(_)))
    };
    for (name, node) in called() {
        if let Node::Database(_) = node {
            add(
                Item::Load,
                name,
                format!("load of {name}"),
                format!("{name}.arrivals.rate"),
                Unit::PerSecond,
            );
            add(
                Item::PeakLoad,
                name,
                format!("peak load of {name}"),
                format!("{name}.arrivals.peak"),
                Unit::PerSecond,
            );
        }
    }
    for (name, _) in called() {
        for cause in Cause::ALL
            .into_iter()
            .filter(|cause| *cause != Cause::First)
        {
            let cause = cause.name();
            let metric = format!("{name}.arrivals.{cause}.rate");
            add(
                Item::LoadByCause,
                name,
                format!("load of {name}: {cause}"),
                metric,
                Unit::PerSecond,
            );
        }
    }
    for (name, node) in called() {
        add(
            Item::WastedWork,
            name,
            format!("wasted work of {name}"),
            format!("{name}.wasted.share"),
            Unit::Share,
        );
        match node {
            Node::Cache(_) => {
                let rate = |count: &str| format!("{name}.{count}.rate");
                add(
                    Item::DuplicateFills,
                    name,
                    format!("duplicate fills of {name}"),
                    rate("duplicate_fills"),
                    Unit::PerSecond,
                );
                add(
                    Item::Stale,
                    name,
                    format!("expired answers of {name}"),
                    rate("stale_served"),
                    Unit::PerSecond,
                );
                add(
                    Item::SharedFills,
                    name,
                    format!("waits for another's fill at {name}"),
                    rate("joined"),
                    Unit::PerSecond,
                );
            }
            Node::Service(_) | Node::Database(_) => {
                let rate = format!("{name}.refused.rate");
                add(
                    Item::Refused,
                    name,
                    format!("refused by {name}"),
                    rate,
                    Unit::PerSecond,
                );
                let rate = format!("{name}.good_refused.rate");
                add(
                    Item::GoodRefused,
                    name,
                    format!("refused by {name} beside a free place"),
                    rate,
                    Unit::PerSecond,
                );
            }
            Node::Clients(_) => {}
        }
    }
    for (name, node) in &scenario.nodes {
        if let Node::Clients(_) = node {
            add(
                Item::Stale,
                name,
                format!("stale reads of {name}"),
                format!("{name}.stale_share"),
                Unit::Share,
            );
            let denied = format!("{name}.retries_denied.rate");
            add(
                Item::RetriesDenied,
                name,
                format!("retries denied to {name}"),
                denied,
                Unit::PerSecond,
            );
        }
    }
    let waits = Wait::ALL.iter().filter_map(|kind| {
        let metric = format!("waits.{}", kind.name().replace([' ', '-'], "_"));
        let seconds = mean_of(records, &metric)?;
        (0.0 < seconds).then(|| (kind.name().to_owned(), seconds))
    });
    Bill {
        lines,
        waits: waits.collect(),
    }
}
