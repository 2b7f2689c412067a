//! Whatever has no effect changes nothing: no draw, no figure of any other node, and no note of
//! the fingerprint but its own.

use crate::running::{read, results};
use scenarios::Document;
use scenarios::results::Results;
use scenarios::study::{Study, verify};
use std::collections::BTreeMap;

/// Requests, retries, a bounded queue, a slow instance, a warm cache and a pool of connections.
const WEB: &str = "
squall: 1
name: web
summary: A shop.
duration: 20s
warm_up: 2s
runs: 2
nodes:
  readers:
    clients:
      arrivals: { piecewise: [ { until: 10s, rate: 100/s, ramp_to: 400/s }, { rate: 300/s } ] }
      keys: { hot_set: { hot: 2, share: 40%, count: 300 } }
      writes: 5%
      good_within: 100ms
      gives_up_after: 2s
      call:
        to: web
        timeout: 200ms
        balance: least-outstanding
        on_abandon: cancel
        retry:
          attempts: 3
          backoff: { exponential: { base: 10ms, cap: 1s, jitter: full } }
          budget: { ratio: 10%, burst: 5 }
  web:
    service:
      instances: 3
      workers: 4
      queue: { capacity: 16 }
      steps: [ { work: { exponential: 5ms } }, { call: { to: store, timeout: 150ms } } ]
      slow_instance: { instance: 2, factor: 1.7 }
  store:
    cache:
      instances: 2
      store: per-instance
      capacity: 250
      ttl: 3s
      ttl_jitter: 20%
      start: warm
      single_flight: per-instance
      stale_while_revalidate: 500ms
      hit: 200us
      fill: { from: tables, timeout: 100ms }
  tables:
    database: { connections: 4, acquire_timeout: 80ms, read: { uniform: { from: 20ms, to: 40ms } } }
network:
  default: { lognormal: { median: 250us, p99: 1ms } }
faults:
  - { at: 8s, expire: { cache: store, hottest: 2, notice: 1s } }
  - { at: 12s, for: 2s, crash: { target: web/1 } }
  - { at: 16s, expire: { cache: store } }
";

/// A closed loop of sessions on replicas that follow over links that fail.
const REPLICAS: &str = "
squall: 1
name: replicas
summary: A database in two zones.
duration: 20s
runs: 2
nodes:
  users:
    clients:
      arrivals: { closed: { users: 40, think: { exponential: 100ms } } }
      keys: { zipf: { exponent: 1, count: 50 } }
      writes: 20%
      good_within: 50ms
      gives_up_after: 1s
      zones: [b]
      call: { to: books, timeout: 300ms, retry: { attempts: 2 } }
  books:
    database:
      connections: 3
      read: { exponential: 3ms }
      write: 5ms
      zones: [a, b, c]
      replicas:
        count: 2
        replication: { synchronous: { replicas: 1 } }
        apply: { exponential: 2ms }
        reads: { wait_for_version: { up_to: 20ms } }
network:
  default: { exponential: 2ms }
  loss: 1%
  links: [ { between: [zone/a, zone/c], latency: 15ms } ]
faults:
  - { at: 5s, for: 2s, partition: { between: [zone/a, zone/b] } }
  - { at: 10s, for: 1s, partition: { from: books/0, to: books/2, messages: held } }
  - { at: 14s, for: 1s, crash: { target: books/0, of: machine } }
";

/// Fan-out, hedges, parallel calls, priorities and work that takes equally long everywhere.
const TAIL: &str = "
squall: 1
name: tail
summary: A search.
duration: 20s
runs: 2
nodes:
  people:
    clients:
      arrivals: { constant: 50/s }
      priority: 1
      good_within: 100ms
      call: { to: front, timeout: 1s, deadline: 2s, retry: { attempts: 2 } }
  robots:
    clients:
      arrivals: { bursts: { rate: 200/s, on: { exponential: 1s }, off: 2s } }
      priority: 5
      good_within: 1s
      call: { to: front, timeout: 1s }
  front:
    service:
      workers: 8
      queue: { capacity: 40, order: priority }
      steps:
        - work: 1ms
        - parallel:
            - { to: leaf, timeout: 500ms, each: instance, need: 4, within: 50ms, on_abandon: cancel }
            - { to: leaf, timeout: 500ms, balance: power-of-two, hedge: { after: 8ms } }
  leaf:
    service:
      instances: 5
      workers: 2
      queue: { order: lifo }
      steps: [ { work: 3ms }, { work: { exponential: 2ms } }, { fail: 1% } ]
faults:
  - { at: 6s, for: 1s, pause: { target: leaf/1 } }
  - { at: 10s, for: 3s, slow: { target: leaf/3, factor: 3 } }
  - { at: 15s, for: 2s, load: { target: people, factor: 2 } }
";

/// A look-aside cache of bytes that is refreshed early and flushed, and a change of parameters.
const ASIDE: &str = "
squall: 1
name: aside
summary: A cache beside a database.
duration: 20s
runs: 2
nodes:
  readers:
    clients:
      arrivals: { poisson: 200/s }
      keys: { uniform: { count: 100 } }
      bytes: 1KiB
      good_within: 100ms
      call: { to: cache, timeout: 300ms, retry: { attempts: 2, backoff: { constant: { delay: 20ms, jitter: equal } } } }
  cache:
    cache:
      capacity: 80KiB
      ttl: 4s
      start: loaded
      evict: fifo
      pattern: look-aside
      early_refresh: { xfetch: { beta: 1 } }
      fill: { from: store, timeout: none }
  store:
    database: { connections: 10, read: { uniform: { from: 30ms, to: 60ms } } }
faults:
  - { at: 8s, flush: { cache: cache } }
  - { at: 12s, for: 4s, set: { nodes.store.database.connections: 4 } }
";

const ALL: [&str; 4] = [WEB, REPLICAS, TAIL, ASIDE];

/// Nodes that nobody asks and that ask nobody, first and last in the order of names; they have
/// more keys and larger values than the others, and zones of their own.
const IDLE: &str = "
  a-idle-service:
    service: { workers: 2, zones: [zero], steps: [ { call: { to: y-idle-cache, timeout: 1s } } ] }
  y-idle-cache:
    cache: { capacity: 10, ttl: 1s, start: warm, fill: { from: z-idle-store, timeout: none } }
  z-idle-store:
    database: { connections: 1, zones: [zero, one], replicas: { count: 1 } }
";

const IDLE_CLIENTS: &str = "
  b-idle-clients:
    clients:
      arrivals: { piecewise: [ { until: 1h, rate: 0/s }, { rate: 1/s } ] }
      keys: { uniform: { count: 5000 } }
      bytes: 1MiB
      good_within: 10ms
      call: { to: a-idle-service, timeout: 1s }
";

fn with_nodes(text: &str, nodes: &str) -> String {
    text.replace("\nnodes:\n", &format!("\nnodes:{nodes}"))
}

fn run(text: &str) -> Results {
    results(&read(text), &[], 2)
}

type Metrics = BTreeMap<String, f64>;

/// The figures of a run but those of idle nodes.
fn figures(metrics: &Metrics) -> Metrics {
    let is_of_others = |name: &&String| !name.contains("-idle-");
    let names = metrics.keys().filter(is_of_others);
    names.map(|name| (name.clone(), metrics[name])).collect()
}

/// Asserts that every run has the same figures, the idle nodes left out.
fn assert_same_figures(one: &Results, other: &Results, what: &str) {
    for (one, other) in one.variants[0].runs.iter().zip(&other.variants[0].runs) {
        let (one, other) = (figures(&one.metrics), figures(&other.metrics));
        let differs = |name: &&String| {
            one.get(*name).map(|x| x.to_bits()) != other.get(*name).map(|x| x.to_bits())
        };
        let names: Vec<&String> = one
            .keys()
            .chain(other.keys())
            .filter(differs)
            .take(9)
            .collect();
        assert!(names.is_empty(), "{what}: {names:?} differ");
    }
}

fn fingerprints(results: &Results) -> Vec<u64> {
    let fingerprint = |run: &scenarios::results::Run| u64::from_str_radix(&run.fingerprint, 16);
    let runs = results.variants[0].runs.iter();
    runs.map(|run| fingerprint(run).expect("hexadecimal"))
        .collect()
}

/// By how much the fingerprints of two results differ, run by run.
fn notes_between(one: &Results, other: &Results) -> Vec<u64> {
    let pairs = fingerprints(one).into_iter().zip(fingerprints(other));
    pairs.map(|(one, other)| other.wrapping_sub(one)).collect()
}

#[test]
fn idle_nodes_change_nothing() {
    for text in ALL {
        let plain = run(text);
        for idle in [IDLE.to_owned(), format!("{IDLE}{IDLE_CLIENTS}")] {
            let with = run(&with_nodes(text, &idle));
            let name = &plain.identity.scenario;
            assert_same_figures(&plain, &with, name);
            assert_eq!(fingerprints(&plain), fingerprints(&with), "{name}");
        }
    }
}

#[test]
fn unused_policies_change_nothing() {
    // A hedge that comes after the timeout is refused.
    let patient = WEB.replace("timeout: 150ms", "timeout: none");
    let patient_users = REPLICAS.replace("timeout: 300ms", "timeout: none");
    for (text, path, value) in [
        (
            &*patient,
            "nodes.web.service.steps.1.call.hedge",
            "{ after: 1h }",
        ),
        (WEB, "nodes.web.service.steps.1.call.deadline", "1h"),
        (
            WEB,
            "nodes.web.service.steps.1.call.retry",
            "{ attempts: 9, on: [shed], budget: { ratio: 1%, burst: 1 } }",
        ),
        (WEB, "nodes.web.service.queue.order", "priority"),
        (
            WEB,
            "nodes.web.service.queue.order",
            "{ adaptive_lifo: { longer_than: 16, older_than: 1h } }",
        ),
        (
            WEB,
            "nodes.web.service.queue.order",
            "{ fair: { weights: { readers: 3 } } }",
        ),
        (WEB, "nodes.web.service.shed", "{ depth: 17, age: 1h }"),
        (
            WEB,
            "nodes.web.service.memory",
            "{ limit: 1MiB, per_request: 1KiB, restart: 1s }",
        ),
        (
            TAIL,
            "nodes.leaf.service.pauses",
            "{ every: 1000h, length: 1s }",
        ),
        (
            TAIL,
            "nodes.leaf.service.cold_start",
            "{ factor: 9, over: 1s }",
        ),
        (TAIL, "nodes.front.service.processor", "{ cores: 8 }"),
        (
            WEB,
            "nodes.store.cache.fill.retry",
            "{ attempts: 2, on: [shed] }",
        ),
        (REPLICAS, "nodes.users.clients.priority", "3"),
        (
            &*patient_users,
            "nodes.users.clients.call.hedge",
            "{ after: 10m }",
        ),
        (
            TAIL,
            "nodes.people.clients.call.retry.budget",
            "{ ratio: 100%, burst: 9999 }",
        ),
        (
            TAIL,
            "nodes.front.service.steps.1.parallel.1.deadline",
            "1h",
        ),
        (ASIDE, "nodes.cache.cache.fill.balance", "power-of-two"),
        (ASIDE, "nodes.store.database.acquire_timeout", "1h"),
        (ASIDE, "nodes.cache.cache.fill.deadline", "1h"),
    ] {
        let what = format!("{path}: {value}");
        let (plain, with) = (run(text), results(&read(text), &[(path, value)], 2));
        assert_same_figures(&plain, &with, &what);
        assert_eq!(fingerprints(&plain), fingerprints(&with), "{what}");
    }
}

/// Faults that do nothing, by the scenario in which they do; each has the same name and the same
/// times, so that its own notes are the same everywhere.
const NO_OPS: &[(&str, &str)] = &[
    (WEB, "slow: { target: web, factor: 1 }"),
    (WEB, "load: { target: readers, factor: 1 }"),
    (WEB, "load: { target: readers, factor: 1, change: ramp }"),
    (WEB, "loss: { share: 0% }"),
    (WEB, "gray: { target: web, share: 0%, symptom: errors }"),
    (WEB, "set: { nodes.web.service.workers: 4 }"),
    (WEB, "set: { nodes.store.cache.capacity: 250 }"),
    (REPLICAS, "slow: { target: books/1, factor: 1 }"),
    (REPLICAS, "loss: { between: [users, books], share: 0% }"),
    (
        REPLICAS,
        "set: { nodes.books.database.read: { exponential: 3ms } }",
    ),
    (TAIL, "slow: { target: leaf, factor: 1 }"),
    (TAIL, "gray: { target: leaf, symptom: { slow: 1 } }"),
    (TAIL, "load: { target: robots, factor: 1 }"),
    (TAIL, "load: { target: people, factor: 1, change: ramp }"),
    (TAIL, "set: { nodes.front.service.queue.order: priority }"),
    (ASIDE, "slow: { target: cache, factor: 1 }"),
    (ASIDE, "load: { target: readers, factor: 1 }"),
    (ASIDE, "set: { nodes.cache.cache.ttl: 4s }"),
];

/// Faults of idle nodes.
const ELSEWHERE: &[&str] = &[
    "crash: { target: a-idle-service }",
    "crash: { target: zone/zero }",
    "crash: { target: [a-idle-service, z-idle-store/1] }",
    "gray: { target: z-idle-store, symptom: errors }",
    "pause: { target: z-idle-store/1 }",
    "slow: { target: z-idle-store, factor: 10 }",
    "partition: { between: [zone/zero, zone/one] }",
    "partition: { from: y-idle-cache, to: z-idle-store, messages: held }",
    "loss: { between: [y-idle-cache, z-idle-store], share: 50% }",
    "set: { nodes.a-idle-service.service.workers: 1 }",
    "load: { target: b-idle-clients, factor: 2 }",
];

/// The scenario with another fault, which stands first in the list and overlaps the others.
fn with_fault(text: &str, fault: &str) -> String {
    let fault = format!("\nfaults:\n  - {{ at: 6300ms, for: 5s, name: nothing, {fault} }}\n");
    text.replace("\nfaults:\n", &fault)
}

#[test]
fn faults_without_effect_change_nothing_and_leave_their_own_notes() {
    let mut notes = Vec::new();
    let mut check = |plain: &Results, text: &str, fault: &str| {
        let with = run(&with_fault(text, fault));
        assert_same_figures(
            plain,
            &with,
            &format!("{}: {fault}", with.identity.scenario),
        );
        for own in notes_between(plain, &with) {
            notes.push(own);
            assert_eq!(own, notes[0], "{}: {fault}", with.identity.scenario);
        }
    };
    for text in ALL {
        let plain = run(text);
        for (_, fault) in NO_OPS.iter().filter(|(of, _)| *of == text) {
            check(&plain, text, fault);
        }
        let idle = with_nodes(text, &format!("{IDLE}{IDLE_CLIENTS}"));
        for fault in ELSEWHERE {
            check(&plain, &idle, fault);
        }
    }
}

/// Faults at random times: one that shows, and others, of idle nodes or without effect, around it.
const KILLS: &str = "
  - { name: kills, random: { every: { exponential: 4s }, for: { exponential: 1s } }, crash: { target: { one_of: leaf } } }
";
const BEFORE: &str = "
  - { name: also, random: { gap: { exponential: 2s }, for: 1s }, crash: { target: { each_of: z-idle-store } } }
  - { at: 3s, for: 1s, gray: { target: leaf, share: 0%, symptom: errors } }";
const AFTER: &str = "  - { name: more, random: { every: 1s, for: 2s }, slow: { target: { one_of: [leaf/0, leaf/3] }, factor: 1 } }
";

#[test]
fn random_faults_shift_no_others() {
    let text = with_nodes(TAIL, IDLE);
    let with = |faults: &str| run(&text.replace("\nfaults:\n", &format!("\nfaults:{faults}")));
    let kills = with(KILLS);
    assert_same_figures(&kills, &with(&format!("{BEFORE}{KILLS}{AFTER}")), "kills");
    let crashes = |results: &Results| results.variants[0].runs[0].metrics["leaf.crashes.total"];
    assert!(0.0 < crashes(&kills));
}

#[test]
fn runs_are_the_same_again_on_other_threads_and_in_another_order() {
    for text in ALL {
        let study = Study {
            variants: None,
            sets: Vec::new(),
            vary: None,
            metric: None,
            precision: None,
            threads: 4,
            command: String::new(),
        };
        let document: Document = read(&with_nodes(text, IDLE));
        let verification = verify(&document, &study).expect("it runs");
        assert!(
            verification.differences.is_empty(),
            "{:?}",
            verification.differences
        );
        let (first, second) = (&verification.fingerprints[0], &verification.fingerprints[1]);
        assert_ne!(first.2, second.2, "runs have dice of their own");
    }
}
