//! Where the time goes and what it costs, in the results of a scenario of the catalogue.

use scenarios::results::{BillLine, Item, Portion, Results, Unit, Variant};
use scenarios::study::{BASELINE, Study, run};
use scenarios::{Document, Setting, Source, catalogue};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

/// A minute of the stampede, twice.
static STAMPEDE: LazyLock<Results> = LazyLock::new(|| {
    let source = Source {
        name: "cache-stampede.yaml".into(),
        text: catalogue::find("cache-stampede")
            .expect("it is there")
            .text
            .into(),
        folder: None,
    };
    let document = Document::parse(source).unwrap_or_else(|problems| panic!("{problems}"));
    let set = |(path, value): (&str, &str)| Setting {
        path: path.into(),
        value: value.into(),
        origin: "--set".into(),
    };
    let study = Study {
        variants: None,
        sets: [("runs", "2"), ("duration", "60s")].map(set).into(),
        vary: None,
        metric: None,
        precision: None,
        threads: 2,
        command: String::new(),
    };
    run(&document, &study, &|_| {}, &AtomicBool::new(false))
        .unwrap_or_else(|error| panic!("{error}"))
});

#[track_caller]
fn adds_up(portion: &Portion) {
    let sum: f64 = portion.parts.iter().map(|part| part.seconds).sum();
    let error = (sum - portion.latency).abs();
    assert!(error <= 1e-12 * portion.latency.max(1.0), "{portion:?}");
    assert!(portion.parts.is_sorted_by(|a, b| a.seconds >= b.seconds));
    assert!(portion.parts.iter().all(|part| 0.0 < part.seconds));
    let (shortest, longest) = portion.between;
    assert!(shortest <= portion.latency && portion.latency <= longest);
    assert!(10 <= portion.requests);
}

fn cell(variant: &Variant, column: usize) -> f64 {
    variant.cells[column]
        .value
        .expect("there are enough samples")
}

#[test]
fn the_parts_of_the_middle_and_of_the_tail_are_their_latency() {
    for variant in &STAMPEDE.variants {
        let breakdown = &variant.breakdown;
        // One in 4 of 40 000 requests is traced, twice; some get no answer.
        assert!(
            (2_000..=20_500).contains(&breakdown.traced),
            "{}: {}",
            variant.name,
            breakdown.traced
        );
        let middle = breakdown.middle.as_ref().expect("a tenth of them");
        let tail = breakdown.tail.as_ref().expect("a hundredth of them");
        adds_up(middle);
        adds_up(tail);
        // The columns are goodput, p50, p99: the portions lie around and beyond them.
        let (p50, p99) = (cell(variant, 1), cell(variant, 2));
        assert!(middle.between.0 <= 1.05 * p50 && p50 <= 1.05 * middle.between.1);
        assert!(0.9 * p99 <= tail.between.0, "{p99}: {tail:?}");
    }
    // Who misses waits for the database: by a fill of its own, or by one that has begun.
    let single_flight = STAMPEDE
        .variants
        .iter()
        .find(|variant| variant.name == "single-flight");
    let tail = single_flight.and_then(|variant| variant.breakdown.tail.as_ref());
    let parts = &tail.expect("it was run").parts;
    let largest = parts.iter().take(2).map(|part| (&*part.node, &*part.kind));
    let expected = [("products", "work"), ("catalog", "flight")];
    assert_eq!(largest.collect::<Vec<_>>(), expected);
}

#[test]
fn the_bill_of_every_variant_has_a_line_for_each_price() {
    let name = |line: &BillLine| (line.item, line.node.clone(), line.label.clone());
    for variant in &STAMPEDE.variants {
        let lines = &variant.bill.lines;
        let is_baseline = variant.name == BASELINE;
        assert!(
            lines
                .iter()
                .all(|line| is_baseline == line.difference.is_none())
        );
        assert_eq!(
            lines.iter().map(name).collect::<BTreeSet<_>>().len(),
            lines.len()
        );
        let has = |item, node: &str, unit| {
            let found = lines
                .iter()
                .find(|line| line.item == item && line.node == node);
            assert_eq!(found.map(|line| line.unit), Some(unit), "{item:?} {node}");
        };
        has(Item::Load, "products", Unit::PerSecond);
        has(Item::PeakLoad, "products", Unit::PerSecond);
        for node in ["catalog", "products", "web"] {
            has(Item::FirstTries, node, Unit::PerSecond);
            has(Item::LoadByCause, node, Unit::PerSecond);
        }
        for node in ["products", "web"] {
            has(Item::IdleCapacity, node, Unit::Count);
        }
        has(Item::Median, "", Unit::Seconds);
    }
    // The causes of a node's load are its load, and places are busy or idle.
    let sum = |variant: &Variant, item, node: &str| -> f64 {
        let of = |line: &&BillLine| line.item == item && line.node == node;
        variant
            .bill
            .lines
            .iter()
            .filter(of)
            .map(|line| line.value)
            .sum()
    };
    for variant in &STAMPEDE.variants {
        let [load, first, others] = [Item::Load, Item::FirstTries, Item::LoadByCause]
            .map(|item| sum(variant, item, "products"));
        assert!(
            (load - first - others).abs() <= 1e-9 * load,
            "{load} {first} {others}"
        );
        let products = variant.nodes.iter().find(|node| node.name == "products");
        let utilisation = products
            .and_then(|node| node.utilisation)
            .expect("it is limited");
        let idle = sum(variant, Item::IdleCapacity, "products");
        assert!(
            (idle - 8.0 * (1.0 - utilisation)).abs() < 1e-9,
            "{idle} {utilisation}"
        );
    }
}
