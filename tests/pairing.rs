//! Variants live in one world: what they share happens to each at the same time, in the same way.

use crate::running::{read, results};
use scenarios::catalogue;
use scenarios::study::follow;
use scenarios::{Document, Setting, Source};

fn document(id: &str) -> Document {
    let entry = catalogue::find(id).expect("it is in the catalogue");
    Document::parse(Source {
        name: id.into(),
        text: entry.text.into(),
        folder: None,
    })
    .expect("it is a scenario")
}

#[test]
fn the_same_requests_arrive_at_every_variant() {
    for id in ["retry-storm", "cache-stampede"] {
        let results = results(&document(id), &[("runs", "1")], 2);
        let [baseline, others @ ..] = results.variants.as_slice() else {
            panic!("{id} has no variants");
        };
        for other in others {
            assert_eq!(
                baseline.timeline.offered, other.timeline.offered,
                "{id}, {}",
                other.name
            );
            assert_eq!(
                baseline.ends.offered, other.ends.offered,
                "{id}, {}",
                other.name
            );
        }
    }
}

/// What happens to a request that is decided before the trigger is the same in every variant that
/// does nothing until then.
#[test]
fn requests_before_the_trigger_fare_alike() {
    // The work of these is done by the time at which the fault begins.
    for (id, variants, duration) in [
        ("retry-storm", ["no-retries", "backoff", "budget"], "45s"),
        (
            "cache-stampede",
            [
                "single-flight",
                "single-flight-per-instance",
                "stale-while-revalidate",
            ],
            "45s",
        ),
    ] {
        let document = document(id);
        let sets = [Setting {
            path: "duration".into(),
            value: duration.into(),
            origin: "--duration".into(),
        }];
        for request in [1, 4_000] {
            let story = |variant| {
                follow(&document, variant, &sets, None, request).unwrap_or_else(|e| panic!("{e}"))
            };
            let baseline = story(None);
            assert!(!baseline.is_empty(), "{id} has request {request}");
            for variant in variants {
                assert_eq!(baseline, story(Some(variant)), "{id}, {variant}, {request}");
            }
        }
    }
}

#[test]
fn a_variant_that_changes_nothing_differs_by_exactly_nothing() {
    let results = results(
        &read(
            "
squall: 1
name: no-op
summary: A shop under a fault, and a variant that writes down what holds anyway.
duration: 20s
runs: 4
nodes:
  users: { clients: { arrivals: { poisson: 150/s }, keys: { zipf: { exponent: 1, count: 99 } },
    good_within: 100ms, gives_up_after: 2s, call: { to: web, timeout: 200ms, retry: { attempts: 3 } } } }
  web: { service: { instances: 2, workers: 8, steps: [ { work: { exponential: 5ms } },
    { call: { to: store, timeout: 150ms } } ] } }
  store: { database: { connections: 4, read: { lognormal: { median: 15ms, p99: 60ms } } } }
faults:
  - { at: 8s, for: 3s, slow: { target: store, factor: 3 } }
variants:
  the-same: { set: { nodes.web.service.workers: 8, nodes.web.service.steps.1.call.deadline: 1h } }
",
        ),
        &[],
        2,
    );
    let [baseline, same] = results.variants.as_slice() else {
        panic!("there are two variants");
    };
    assert_eq!(baseline.runs, same.runs);
    // The 99.9th percentile has too few samples.
    let differences = same
        .cells
        .iter()
        .filter_map(|cell| cell.difference.as_ref());
    assert_eq!(differences.clone().count(), 3);
    for difference in differences {
        let figures = [difference.mean, difference.low, difference.high];
        assert_eq!(figures.map(f64::abs).map(f64::to_bits), [0; 3]);
    }
}
