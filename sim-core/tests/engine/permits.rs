//! Who gets a place, in which order, and who does not.

use crate::{Job, Log, PLENTY, Value, job, ns, run};
use sim_core::{Entrance, Order, Permits, Position, Refusal, Sim, Wait};

type Engine = Sim<Job, Value, ()>;

fn queued(entrance: Entrance) -> Position {
    match entrance {
        Entrance::Queued(position) => position,
        other => panic!("{other:?} instead of a position"),
    }
}

/// In which order jobs of these classes, all waiting for one place, get it.
fn order_of(order: Order, classes: &[u16]) -> Vec<u32> {
    let (sim, log) = (Engine::default(), Log::default());
    let permits = Permits::new(1, u32::MAX, order);
    assert_eq!(permits.enter(&sim, job(0), 0), Entrance::Granted);
    permits.weigh(&[1.0, 3.0]);
    for (number, &class) in (1..).zip(classes) {
        queued(permits.enter(&sim, job(number), class));
    }
    sim.start_after(ns(10), job(0));
    run(&sim, PLENTY, |job| {
        let (sim, log, permits) = (&sim, &log, &permits);
        async move {
            let _permit = permits.held(sim);
            log.note(sim.now(), job.number);
            sim.sleep(ns(1), Wait::Work).await;
        }
    })
    .expect("ends");
    assert_eq!((permits.taken(), permits.waiting()), (0, 0));
    log.0
        .into_inner()
        .into_iter()
        .skip(1)
        .map(|note| note.1)
        .collect()
}

#[test]
fn queues_are_served_in_their_order() {
    let priorities = [2, 1, 2, 0, 1];
    assert_eq!(order_of(Order::Fifo, &priorities), [1, 2, 3, 4, 5]);
    assert_eq!(order_of(Order::Lifo, &priorities), [5, 4, 3, 2, 1]);
    assert_eq!(order_of(Order::Priority, &priorities), [4, 2, 5, 1, 3]);
}

#[test]
fn classes_get_places_in_proportion_to_their_weights() {
    // The second class has three times the weight of the others, of which the third has none said.
    let classes = [0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2];
    let served = order_of(Order::Fair, &classes);
    assert_eq!(served, [1, 4, 10, 5, 6, 2, 7, 11, 8, 9, 3, 12]);
}

#[test]
fn a_class_that_has_waited_for_nothing_has_nothing_saved() {
    let (sim, permits) = (Engine::default(), Permits::new(0, u32::MAX, Order::Fair));
    for number in 0..100 {
        queued(permits.enter(&sim, job(number), 0));
    }
    permits.resize(&sim, 50, u32::MAX, Order::Fair);
    for number in 100..110 {
        queued(permits.enter(&sim, job(number), 1));
    }
    permits.resize(&sim, 60, u32::MAX, Order::Fair);
    let left = permits.clear(&sim);
    let late = left.iter().filter(|job| 100 <= job.number).count();
    assert_eq!(late, 5, "of ten places each class got five");
}

#[test]
fn an_adaptive_queue_turns_round_while_it_is_long_or_old() {
    let long = |longer_than| Order::AdaptiveLifo {
        longer_than,
        older_than: ns(1_000),
    };
    let classes = [0; 5];
    assert_eq!(order_of(long(5), &classes), [1, 2, 3, 4, 5]);
    assert_eq!(order_of(long(2), &classes), [5, 4, 3, 1, 2]);
    let old = |older_than| Order::AdaptiveLifo {
        longer_than: 9,
        older_than: ns(older_than),
    };
    // All came at 0, and places are given at 11, 12, ...
    assert_eq!(order_of(old(12), &classes), [1, 2, 5, 4, 3]);
}

#[test]
fn processes_and_commands_wait_in_one_queue() {
    let (sim, log) = (Engine::default(), Log::default());
    let permits = Permits::new(1, u32::MAX, Order::Fifo);
    for number in 0..6 {
        sim.start_after(ns(u64::from(number)), job(number));
    }
    const AS_DATA: u32 = 100;
    run(&sim, PLENTY, |started| {
        let (sim, log, permits) = (&sim, &log, &permits);
        async move {
            let number = started.number;
            let permit = if AS_DATA <= number {
                permits.held(sim)
            } else if number % 2 == 1 {
                queued(permits.enter(sim, job(AS_DATA + number), 0));
                return;
            } else {
                permits.acquire(sim, 0).await.expect("not cleared")
            };
            log.note(sim.now(), number % AS_DATA);
            sim.sleep(ns(10), Wait::Work).await;
            drop(permit);
        }
    })
    .expect("ends");
    log.check(&[(0, 0), (10, 1), (20, 2), (30, 3), (40, 4), (50, 5)]);
}

#[test]
fn who_has_left_a_bounded_queue_does_not_count() {
    let sim = Engine::default();
    let permits = Permits::new(1, 3, Order::Fifo);
    assert_eq!(permits.enter(&sim, job(0), 0), Entrance::Granted);
    let positions = [1, 2, 3].map(|number| queued(permits.enter(&sim, job(number), 0)));
    assert_eq!(permits.enter(&sim, job(4), 0), Entrance::Full);
    assert!(permits.abandon(&sim, positions[0]));
    assert!(!permits.abandon(&sim, positions[0]), "only once");
    assert_eq!(permits.waiting(), 2);
    queued(permits.enter(&sim, job(4), 0));
    assert_eq!(permits.enter(&sim, job(5), 0), Entrance::Full);
    assert!(permits.abandon(&sim, positions[2]));
    let commands: Vec<u32> = permits.clear(&sim).iter().map(|job| job.number).collect();
    assert_eq!(commands, [2, 4]);
    assert_eq!((permits.taken(), permits.waiting()), (0, 0));
    assert_eq!(permits.oldest(), None);
}

#[test]
fn many_who_leave_take_no_memory() {
    let sim = Engine::default();
    let permits = Permits::new(0, u32::MAX, Order::Fifo);
    for number in 0..100_000 {
        let position = queued(permits.enter(&sim, job(number), 0));
        assert!(permits.abandon(&sim, position));
    }
    assert!(sim.bytes_held(&[]) < 10_000);
}

#[test]
fn a_process_that_stops_waiting_leaves_the_queue() {
    let (sim, log) = (Engine::default(), Log::default());
    let permits = Permits::new(1, 2, Order::Fifo);
    for number in 0..4 {
        sim.start_after(ns(u64::from(number)), job(number));
    }
    run(&sim, PLENTY, |job| {
        let (sim, log, permits) = (&sim, &log, &permits);
        async move {
            let patience = if job.number == 1 { ns(5) } else { ns(1_000) };
            let permit = sim
                .before(sim.now() + patience, permits.acquire(sim, 0))
                .await;
            match permit {
                Some(Ok(_permit)) => {
                    sim.sleep(ns(10), Wait::Work).await;
                    assert_eq!(
                        sim.waits().of(Wait::Queue).0,
                        sim.now().0 - 10 - u64::from(job.number)
                    );
                    log.note(sim.now(), job.number);
                }
                Some(Err(refusal)) => {
                    assert_eq!(refusal, Refusal::Full);
                    log.note(sim.now(), 100 + job.number);
                }
                None => log.note(sim.now(), 200 + job.number),
            }
        }
    })
    .expect("ends");
    log.check(&[(3, 103), (6, 201), (10, 0), (20, 2)]);
    assert_eq!((permits.taken(), permits.waiting()), (0, 0));
}

#[test]
fn more_places_let_in_who_waits_and_fewer_go_as_they_are_given_back() {
    let (sim, log) = (Engine::default(), Log::default());
    let permits = Permits::new(1, u32::MAX, Order::Fifo);
    for number in 0..8 {
        sim.start_after(ns(0), job(number));
    }
    sim.start_after(ns(10), job(103));
    sim.start_after(ns(20), job(101));
    run(&sim, PLENTY, |job| {
        let (sim, log, permits) = (&sim, &log, &permits);
        async move {
            if 100 < job.number {
                permits.resize(sim, job.number - 100, u32::MAX, Order::Fifo);
                return;
            }
            let _permit = permits.acquire(sim, 0).await;
            assert!(permits.taken() <= 3);
            log.note(sim.now(), job.number);
            sim.sleep(ns(10), Wait::Work).await;
        }
    })
    .expect("ends");
    // Three places from 10 ns on, one from 20 ns on, where nobody can be thrown out.
    log.check(&[
        (0, 0),
        (10, 1),
        (10, 2),
        (10, 3),
        (20, 4),
        (30, 5),
        (40, 6),
        (50, 7),
    ]);
    assert_eq!((permits.size(), permits.taken()), (1, 0));
}

#[test]
fn a_crash_refuses_who_waits_and_forgets_who_holds() {
    let (sim, log) = (Engine::default(), Log::default());
    let permits = Permits::new(1, u32::MAX, Order::Fifo);
    for number in 0..3 {
        sim.start_after(ns(u64::from(number)), job(number));
    }
    sim.start_after(ns(5), job(100));
    sim.start_after(ns(6), job(3));
    run(&sim, PLENTY, |job| {
        let (sim, log, permits) = (&sim, &log, &permits);
        async move {
            if job.number == 100 {
                assert!(permits.clear(sim).is_empty());
                return;
            }
            match permits.acquire(sim, 0).await {
                Ok(_permit) => {
                    sim.sleep(ns(10), Wait::Work).await;
                    log.note(sim.now(), job.number);
                }
                Err(refusal) => {
                    assert_eq!(refusal, Refusal::Cleared);
                    log.note(sim.now(), 100 + job.number);
                }
            }
        }
    })
    .expect("ends");
    log.check(&[(5, 101), (5, 102), (10, 0), (16, 3)]);
    assert_eq!((permits.taken(), permits.waiting()), (0, 0));
}
