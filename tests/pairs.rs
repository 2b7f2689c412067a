//! Any two clauses of a call together: the scenario can be run, and `verify` finds the same run again.

use crate::running::{read, study};
use scenarios::study::verify;

/// A call across two hops, to instances of which one dies, one is slow, and all are short of workers.
const TWO_HOPS: &str = "
squall: 1
name: pairs
summary: Whatever a call may say, one hop down.
duration: 2500ms
warm_up: 500ms
runs: 1
nodes:
  users:
    clients:
      arrivals: { poisson: 150/s }
      keys: { uniform: { count: 50 } }
      good_within: 200ms
      call: { to: web, timeout: 250ms, propagate_deadline: yes, on_abandon: cancel }
  web:
    service:
      instances: 2
      zones: [a, b]
      workers: 32
      steps: [ { work: { exponential: 1ms } }, { call: { to: leaf, timeout: 60ms, balance: power-of-two } } ]
  leaf:
    service:
      instances: 4
      zones: [a, b]
      workers: 1
      queue: { capacity: 8 }
      steps: [ { work: { exponential: 15ms } } ]
network:
  default: { exponential: 300us }
faults:
  - { at: 1s, for: 500ms, name: a leaf dies, crash: { target: leaf/1 } }
  - { at: 1800ms, for: 400ms, name: a leaf is slow, slow: { target: leaf/2, factor: 4 } }
";

/// Each clause of a call, or one of its forms: the field, and what it says.
const CLAUSES: &[(&str, &str)] = &[
    ("deadline", "100ms"),
    ("propagate_deadline", "yes"),
    ("on_abandon", "cancel"),
    (
        "retry",
        "{ attempts: 3, backoff: { exponential: { base: 5ms, cap: 50ms, jitter: full } }, budget: { ratio: 20%, burst: 5 } }",
    ),
    ("retry", "{ preset: envoy }"),
    ("retry", "{ preset: grpc }"),
    ("retry", "{ preset: finagle }"),
    ("retry", "{ preset: aws }"),
    ("hedge", "{ after: 15ms, budget: { ratio: 10%, burst: 5 } }"),
    ("hedge", "{ after: p90 }"),
    ("hedge", "{ after: 1ms, tied: yes }"),
    (
        "circuit_breaker",
        "{ per: service, window: { calls: 10 }, open_for: 200ms, half_open_calls: 2 }",
    ),
    (
        "circuit_breaker",
        "{ per: instance, window: { time: 500ms }, minimum_calls: 5, open_for: 200ms }",
    ),
    ("bulkhead", "{ concurrent: 3 }"),
    ("bulkhead", "{ concurrent: 2, max_wait: 20ms }"),
    ("concurrency_limit", "{ aimd: { timeout: 40ms } }"),
    ("concurrency_limit", "{ gradient: {} }"),
    ("adaptive_throttling", "{ k: 1.2 }"),
    ("balance", "{ peak_ewma: { decay: 1s } }"),
    (
        "balance",
        "{ consistent_hash: { of: key, virtual_nodes: 50, bounded_load: 1.25 } }",
    ),
    ("balance", "{ weighted_round_robin: [3, 1, 1, 2] }"),
    ("stale_load", "{ refresh: 50ms }"),
    ("subset", "{ size: 2 }"),
    ("prefer_zone", "{ share: 100%, overprovisioning: 1.4 }"),
    (
        "outlier_ejection",
        "{ consecutive_failures: 3, base_ejection: 300ms, interval: 200ms, max_ejected: 50% }",
    ),
    (
        "health_check",
        "{ interval: 100ms, timeout: 20ms, depth: deep }",
    ),
    ("copies", "2"),
];

#[test]
fn any_two_clauses_of_a_call_together_come_out_the_same_again() {
    let document = read(TWO_HOPS);
    let mut refused = Vec::new();
    for (n, &one) in CLAUSES.iter().enumerate() {
        for &other in CLAUSES[n + 1..]
            .iter()
            .filter(|other| may_meet(one.0, other.0))
        {
            let name = format!("{}: {} with {}: {}", one.0, one.1, other.0, other.1);
            let path = |field| format!("nodes.web.service.steps.1.call.{field}");
            let sets = [(path(one.0), one.1), (path(other.0), other.1)];
            let sets = sets.each_ref().map(|(path, value)| (path.as_str(), *value));
            match verify(&document, &study(&sets, 2)) {
                Ok(verified) => assert_eq!(verified.differences, Vec::<String>::new(), "{name}"),
                Err(error) => refused.push(format!("{name}: {error}")),
            }
        }
    }
    assert_eq!(refused, Vec::<String>::new());
}

/// Whether a call may have both fields of its own; old figures of loads are for balancing by load.
fn may_meet(one: &str, other: &str) -> bool {
    one != other && (one, other) != ("balance", "stale_load")
}
