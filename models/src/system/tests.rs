//! Tests of whole systems, from plans made by hand.

use super::*;
use crate::plan::{
    Clients, FaultKind, FaultPlan, Link, NodePlan, PlacePlan, Service, SitePlan, Source, Step, Work,
};
use crate::policy::{Backoff, Balance};
use crate::{Profile, Sampling};
use sim_core::measure::Calibration;
use sim_core::{Budget, Distribution, Keys, Order, name_hash};
use std::sync::Arc;

/// Clients that ask a service without limits, which works for `work`, over an instant network.
fn plan(rate: f64, seconds: u64, work: Span) -> Plan {
    let place = |node, name| PlacePlan {
        node: NodeId(node),
        instance: 0,
        zone: None,
        class: 0,
        hash: name_hash(name),
    };
    let node = |name: &str, kind, first_place| NodePlan {
        name: name.to_owned(),
        kind,
        first_place: PlaceId(first_place),
        instances: 1,
        slow: None,
    };
    let clients = Clients {
        keys: Arc::new(Keys::uniform(1).expect("one key")),
        bytes: 1,
        writes: 0.0,
        read_back: None,
        sessions: None,
        priority: 0,
        tenant: crate::TenantId(0),
        good_within: Span::seconds(100.0),
        gives_up_after: Span::FOREVER,
        think: Distribution::constant(Span::ZERO),
        call: SiteId(0),
    };
    let service = Service {
        workers: u32::MAX,
        queue: u32::MAX,
        order: Order::Fifo,
        reject_expired: None,
        steps: vec![Step::Work(Work {
            span: Distribution::constant(work),
            per_request: false,
        })],
        retry_after: None,
        extras: None,
    };
    let policy = CallPolicy {
        timeout: Span::seconds(50.0),
        deadline: Span::FOREVER,
        attempts: 3,
        retry_on: Failure::ALL.to_vec(),
        backoff: Backoff::NONE,
        retry_after: crate::Honour::Ignore,
        budget: None,
        propagates_deadline: false,
        hedge: None,
        gates: None,
        conditional_writes: false,
        balance: Balance::Random,
        stale_load: None,
        rotation: None,
        cancels: false,
        fan_out: None,
    };
    Plan {
        calibration: Calibration {
            from: Time::ZERO,
            until: Time::ZERO + Span::seconds(seconds as f64),
            window: Span::seconds(1.0),
        },
        drain: Span::seconds(100.0),
        nodes: vec![
            node("clients", NodeKind::Clients(0), 0),
            node("web", NodeKind::Service, 1),
        ],
        places: vec![place(0, "clients"), place(1, "web")],
        sites: vec![SitePlan {
            from: NodeId(0),
            to: NodeId(1),
            ordinal: 0,
        }],
        epochs: vec![Parameters {
            nodes: vec![
                NodeParameters::Clients(clients),
                NodeParameters::Service(service),
            ],
            calls: vec![policy],
            links: vec![Link {
                latency: Distribution::constant(Span::ZERO),
                loss: 0.0,
            }],
        }],
        faults: Vec::new(),
        random_faults: Vec::new(),
        sources: vec![Source::Constant(Arc::new(Profile::constant(rate)))],
        keys: 1,
        traced: Sampling::NONE,
        budget: Budget {
            events: u64::MAX,
            bytes: usize::MAX,
        },
    }
}

/// Clients that ask two fronts, which ask three backs of one worker each, over a network that loses
/// messages, while machines and processes crash, one stands still, and a link is cut.
pub(super) fn world() -> Plan {
    let mut plan = plan(250.0, 1, Span::millis(1));
    let shape = [("clients", 1), ("front", 2), ("back", 3)];
    let (mut places, mut nodes) = (Vec::new(), Vec::new());
    for (node, (name, instances)) in (0..).zip(shape) {
        nodes.push(NodePlan {
            name: name.to_owned(),
            first_place: PlaceId(places.len() as u32),
            instances,
            ..plan.nodes[usize::from(0 < node)].clone()
        });
        places.extend((0..instances).map(|instance| PlacePlan {
            node: NodeId(node),
            instance,
            zone: None,
            class: node,
            hash: name_hash(&format!("{name}/{instance}")),
        }));
    }
    let site = |from, to| SitePlan {
        from: NodeId(from),
        to: NodeId(to),
        ordinal: 0,
    };
    let NodeParameters::Service(back) = plan.epochs[0].nodes[1].clone() else {
        unreachable!("web is a service")
    };
    let exponential = |millis| Distribution::exponential(Span::millis(millis)).expect("a mean");
    let work = |millis| {
        Step::Work(Work {
            span: exponential(millis),
            per_request: false,
        })
    };
    let front = Service {
        workers: 30,
        queue: 50,
        reject_expired: Some(Span::millis(2)),
        steps: vec![work(1), Step::Call(SiteId(1))],
        ..back.clone()
    };
    let back = Service {
        workers: 1,
        queue: 5,
        steps: vec![work(8), Step::Fail(0.1)],
        ..back
    };
    let policy = CallPolicy {
        timeout: Span::millis(50),
        attempts: 1,
        ..plan.epochs[0].calls[0].clone()
    };
    let fault = |at, length, kind| FaultPlan {
        name: "fault".to_owned(),
        at: Time::ZERO + Span::millis(at),
        until: Time::ZERO + Span::millis(at + length),
        kind,
    };
    let crash = |place, machine| FaultKind::Crash {
        places: vec![PlaceId(place)],
        machine,
    };
    let pause = FaultKind::Pause {
        places: vec![PlaceId(5)],
    };
    let cut = |held| FaultKind::Cut {
        classes: vec![(1, 2)],
        held,
    };
    plan.drain = Span::FOREVER;
    (plan.nodes, plan.places) = (nodes, places);
    plan.sites = vec![site(0, 1), site(1, 2)];
    plan.epochs[0].calls = vec![policy.clone(), policy];
    plan.epochs[0]
        .nodes
        .splice(1.., [front, back].map(NodeParameters::Service));
    plan.epochs[0].links = vec![
        Link {
            latency: exponential(1),
            loss: 0.02,
        };
        9
    ];
    plan.faults = vec![
        fault(200, 100, crash(3, false)),
        fault(350, 100, crash(4, true)),
        fault(400, 100, crash(1, false)),
        fault(550, 100, pause),
        fault(700, 50, cut(true)),
        fault(800, 50, cut(false)),
    ];
    plan
}

#[test]
fn a_million_live_processes_stay_within_700_bytes_each() {
    let mut plan = plan(500_000.0, 1, Span::seconds(10.0));
    plan.drain = Span::ZERO; // The run ends with the arrivals: everything is under way.
    let system = System::new(&plan, 1, 1, None);
    let mut pools = system.pools();
    system.begin();
    let stopped = system.sim.run(&system, &mut pools, plan.budget);
    assert_eq!(stopped, Ok(()));
    let live = system.sim.processes_live();
    assert!(
        999_000 < live,
        "a request and its service are live for each of 500 000: {live}"
    );
    let bytes = system.sim.bytes_held(&pools) / live;
    println!("{bytes} bytes per live process");
    assert!(
        bytes <= 700,
        "{bytes} bytes per live process: frame, slot, promise and timer"
    );
}

#[test]
fn a_run_is_a_function_of_plan_seed_and_number() {
    let mut plan = plan(1_000.0, 2, Span::millis(5));
    let latency = Distribution::exponential(Span::millis(1)).expect("a positive mean");
    plan.epochs[0].links[0].latency = latency;
    let fingerprint = |seed, number| run(&plan, seed, number, None).map(|run| run.fingerprint);
    assert_eq!(fingerprint(1, 1), fingerprint(1, 1));
    assert_ne!(fingerprint(1, 1), fingerprint(1, 2));
    assert_ne!(fingerprint(1, 1), fingerprint(2, 1));
}

#[test]
fn the_story_of_a_request_begins_with_its_arrival_and_ends_with_its_outcome() {
    let plan = plan(1_000.0, 1, Span::millis(5));
    let id = crate::request_id(name_hash("clients"), 7);
    let story = run(&plan, 1, 1, Some(id))
        .map(|run| run.story)
        .unwrap_or_default();
    let kinds: Vec<Happening> = story.iter().map(|note| note.what).collect();
    use Happening::{Answer, Arrival, Delivery, Outcome, Send, Start};
    assert_eq!(kinds, [Arrival, Send, Delivery, Start, Answer, Outcome]);
    assert_eq!(story[5].at.since(story[0].at), Span::millis(5));
}

#[test]
fn an_event_is_at_most_32_bytes() {
    let bytes = Sim::<Command, Outcome, Question>::EVENT_BYTES;
    assert!(bytes <= 32, "{bytes} bytes");
}
