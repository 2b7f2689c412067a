//! Where the time goes, in cases where it is known by arithmetic and in the catalogue.

use super::*;
use crate::build::build;
use crate::{Document, Source, catalogue};
use models::{Outcomes, Sampling};
use sim_core::{Span, Waits};
use std::collections::BTreeMap;

fn document(text: &str) -> Document {
    let source = Source {
        name: "test.yaml".into(),
        text: text.into(),
        folder: None,
    };
    Document::parse(source).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

/// The names of the nodes, what run 1 leaves behind, and what all its clients have traced.
fn run(
    document: &Document,
    variant: Option<&str>,
    traced: Sampling,
) -> (Vec<String>, Outcomes, models::Breakdown) {
    let mut built = build(document, variant, &[]).unwrap_or_else(|error| panic!("{error}"));
    built.plan.traced = traced;
    let outcomes = models::run(&built.plan, 1, 1, None).unwrap_or_else(|error| panic!("{error}"));
    let mut all = models::Breakdown::default();
    for clients in outcomes
        .nodes
        .iter()
        .filter_map(|node| node.clients.as_ref())
    {
        all.merge(&clients.breakdown.borrow());
    }
    (built.scenario.nodes.into_keys().collect(), outcomes, all)
}

const ALL: Sampling = Sampling::one_in_two_to_the(0);

/// Milliseconds by node and kind of wait of all requests together, over their number.
#[track_caller]
fn milliseconds(text: &str) -> BTreeMap<(String, &'static str), f64> {
    let (nodes, outcomes, traced) = run(&document(text), None, ALL);
    let ends = outcomes
        .nodes
        .iter()
        .filter_map(|node| node.clients.as_ref());
    let offered: u64 = ends.map(|clients| clients.ends.offered.get()).sum();
    let requests: u64 = traced.buckets().map(|bucket| bucket.requests).sum();
    assert_eq!(requests, offered, "every request is answered and traced");
    let mut sums: BTreeMap<(String, &'static str), u128> = BTreeMap::new();
    for bucket in traced.buckets() {
        for (node, spent) in nodes.iter().zip(&bucket.spent) {
            for (&nanos, kind) in spent.iter().zip(Wait::ALL).filter(|(nanos, _)| 0 < **nanos) {
                *sums.entry((node.clone(), kind.name())).or_default() += nanos;
            }
        }
    }
    let mean = |nanos: u128| nanos as f64 / requests as f64 / 1e6;
    sums.into_iter()
        .map(|(part, nanos)| (part, mean(nanos)))
        .collect()
}

fn parts<const N: usize>(
    parts: [(&str, &'static str, f64); N],
) -> BTreeMap<(String, &'static str), f64> {
    let owned = |(node, kind, time): (&str, &'static str, f64)| ((node.to_owned(), kind), time);
    parts.into_iter().map(owned).collect()
}

#[test]
fn a_retry_waits_at_its_caller_and_loses_its_first_attempt_at_whom_it_asked() {
    // Each request asks the slow instance first, gives up, and asks the other.
    let found = milliseconds(
        "
squall: 1
name: retry
summary: One instance is too slow.
duration: 20s
nodes:
  people:
    clients:
      arrivals: { constant: 1/s }
      good_within: 1s
      call:
        to: web
        timeout: 50ms
        balance: round-robin
        retry: { attempts: 2, backoff: { constant: { delay: 20ms } } }
  web:
    service:
      instances: 2
      workers: unlimited
      steps: [ { work: 10ms } ]
      slow_instance: { instance: 0, factor: 30 }
network: { default: 1ms }
",
    );
    let expected = parts([
        ("people", "backoff", 20.0),
        ("web", "lost attempts", 50.0),
        ("web", "network", 2.0),
        ("web", "work", 10.0),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn a_hedge_that_wins_has_lost_the_time_before_it_was_sent() {
    // A service between clients and leaves, whose own time is its work and nothing else. Every
    // other of the 20 requests asks the slow leaf first, and the quick one after 30 ms.
    let found = milliseconds(
        "
squall: 1
name: hedge
summary: One leaf is too slow.
duration: 21s
nodes:
  people:
    clients:
      arrivals: { constant: 1/s }
      good_within: 1s
      call: { to: front, timeout: none }
  front:
    service:
      workers: unlimited
      steps:
        - work: 3ms
        - call: { to: leaf, timeout: none, balance: round-robin, hedge: { after: 30ms } }
  leaf:
    service:
      instances: 2
      workers: unlimited
      steps: [ { work: 10ms } ]
      slow_instance: { instance: 0, factor: 30 }
network: { default: 1ms }
",
    );
    let expected = parts([
        ("front", "network", 2.0),
        ("front", "work", 3.0),
        ("leaf", "lost attempts", 30.0 / 2.0),
        ("leaf", "network", 2.0),
        ("leaf", "work", 10.0),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn a_fill_is_the_time_of_the_origin_for_who_began_it_and_a_flight_for_who_joins() {
    // Both ask at the same moment for what is no longer fresh; the far ones come 2 ms later, when
    // of the fill's 12 ms 10 are left.
    let found = milliseconds(
        "
squall: 1
name: fill
summary: Nothing is fresh when it is asked for.
duration: 20s
nodes:
  far:
    clients:
      arrivals: { constant: 1/s }
      keys: { uniform: { count: 1 } }
      good_within: 1s
      call: { to: store, timeout: none }
  near:
    clients:
      arrivals: { constant: 1/s }
      keys: { uniform: { count: 1 } }
      good_within: 1s
      call: { to: store, timeout: none }
  store:
    cache: { capacity: 1, ttl: 100ms, single_flight: fleet, fill: { from: tables, timeout: none } }
  tables:
    database: { connections: 4, read: 10ms }
network:
  default: 1ms
  links: [ { between: [far, store], latency: 3ms } ]
",
    );
    // Over both: half of what one of them has waited for.
    let expected = parts([
        ("store", "flight", 10.0 / 2.0),
        ("store", "network", (2.0 + 6.0) / 2.0),
        ("tables", "network", 2.0 / 2.0),
        ("tables", "work", 10.0 / 2.0),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn a_fan_out_has_the_time_of_the_leg_that_decided_it() {
    let found = milliseconds(
        "
squall: 1
name: legs
summary: One of three leaves is slow, and all are needed.
duration: 20s
nodes:
  people:
    clients:
      arrivals: { constant: 1/s }
      good_within: 1s
      call: { to: front, timeout: none }
  front:
    service:
      workers: 1
      steps:
        - call: { to: leaf, timeout: none, each: instance }
        - work: 4ms
        - parallel: [ { to: leaf, timeout: none, each: instance, within: 20ms }, { to: store, timeout: none } ]
  leaf:
    service:
      instances: 3
      workers: unlimited
      steps: [ { work: 10ms } ]
      slow_instance: { instance: 1, factor: 3 }
  store:
    database: { connections: 1, read: 50ms }
network: { default: 1ms }
",
    );
    // The second call waits for the store; what it asks leaves for is of no use within 20 ms.
    let expected = parts([
        ("front", "network", 2.0),
        ("front", "work", 4.0),
        ("leaf", "network", 2.0),
        ("leaf", "work", 30.0),
        ("store", "network", 2.0),
        ("store", "work", 50.0),
    ]);
    assert_eq!(found, expected);
}

/// Requests that were traced, and their nanoseconds at a node in one kind of wait.
fn traced_at(traced: &models::Breakdown, node: usize, kind: usize) -> (u64, u128) {
    let add = |(requests, sum), bucket: &Bucket| {
        (requests + bucket.requests, sum + bucket.spent[node][kind])
    };
    traced.buckets().fold((0, 0), add)
}

#[test]
fn when_all_are_traced_the_nodes_add_up_to_the_waits_to_the_nanosecond() {
    for (id, variant) in [
        ("cache-stampede", Some("single-flight")),
        ("hedged-requests", None),
        ("replica-lag", None),
        ("tail-fanout", None),
    ] {
        let document = document(catalogue::find(id).expect("it is there").text);
        let (nodes, outcomes, traced) = run(&document, variant, ALL);
        for (index, kind) in Wait::ALL.into_iter().enumerate() {
            let sum: u128 = (0..nodes.len())
                .map(|node| traced_at(&traced, node, index).1)
                .sum();
            let clients = outcomes
                .nodes
                .iter()
                .filter_map(|node| node.clients.as_ref());
            let waits = clients.map(|clients| u128::from(clients.waits.borrow().of(kind).0));
            assert_eq!(sum, waits.sum::<u128>(), "{id}: {}", kind.name());
        }
    }
}

#[test]
fn a_sample_changes_nothing_and_has_the_means_of_all() {
    let document = document(catalogue::find("cache-stampede").expect("it is there").text);
    let (nodes, outcomes, traced) = run(&document, None, ALL);
    let (_, again, sampled) = run(&document, None, Sampling::one_in_two_to_the(4));
    assert_eq!(again.fingerprint, outcomes.fingerprint);
    assert_eq!(again.events, outcomes.events);
    // Within 4 standard errors, where no part of a latency has a larger second moment than it.
    let square = |bucket: &Bucket| {
        let longest = bucket.longest.as_seconds();
        bucket.requests as f64 * longest * longest
    };
    let squares: f64 = traced.buckets().map(square).sum();
    for (node, name) in nodes.iter().enumerate() {
        for (index, kind) in Wait::ALL.into_iter().enumerate() {
            let [(all, whole), (some, part)] =
                [&traced, &sampled].map(|of| traced_at(of, node, index));
            let expected = all as f64 / 16.0;
            assert!(
                (some as f64 - expected).abs() < 4.0 * expected.sqrt(),
                "{some} of {all}"
            );
            let [one, other] = [(whole, all), (part, some)].map(|(s, n)| s as f64 / n as f64 / 1e9);
            let error = (squares / all as f64 / some as f64).sqrt();
            let kind = kind.name();
            assert!(
                (one - other).abs() <= 4.0 * error,
                "{name}, {kind}: {other} of {one}"
            );
        }
    }
}

/// Requests of these milliseconds, one each, all of it work of one node.
fn of_latencies(latencies: impl IntoIterator<Item = u64>) -> models::Breakdown {
    let mut all = models::Breakdown::default();
    for millis in latencies {
        let mut waits = Waits::default();
        waits.add(Wait::Work, Span::millis(millis));
        all.add(waits.total(), &[waits]);
    }
    all
}

#[test]
fn the_middle_is_around_the_median_and_the_tail_beyond_the_99th_percentile() {
    // A hundred seconds in steps so wide that each latency has a bucket of its own.
    let latencies = (0..20_u64).flat_map(|step| vec![1 << step; 100]);
    let found = breakdown(&["web"], &of_latencies(latencies));
    assert_eq!(found.traced, 2_000);
    let middle = found.middle.expect("there are enough");
    // Ranks 900 to 1100 lie in steps 8 (801 to 900), 9 and 10 (1001 to 1100).
    assert_eq!((middle.requests, middle.between), (300, (0.256, 1.024)));
    assert!((middle.latency - (0.256 + 0.512 + 1.024) / 3.0).abs() < 1e-12);
    assert_eq!(found.tail, None, "the longest are 5 in 100");

    let latencies = (0..3).flat_map(|_| (1..=1_000).map(|n| if n <= 990 { 1 } else { n }));
    let tail = breakdown(&["web"], &of_latencies(latencies))
        .tail
        .expect("there are 30");
    assert_eq!((tail.requests, tail.between), (30, (0.991, 1.0)));

    let few = breakdown(&["web"], &of_latencies((1..10).map(|n| n * 100)));
    assert_eq!((few.traced, few.middle, few.tail), (9, None, None));
    assert_eq!(breakdown(&["web"], &of_latencies([])), Breakdown::default());
}
