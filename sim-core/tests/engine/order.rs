//! What happens within one nanosecond, and in which order.

use crate::{Job, Log, PLENTY, Value, at, job, ns, run};
use sim_core::{Order, Permits, Promise, Sim, Span, Time, Wait};

type Engine = Sim<Job, Value, ()>;

#[test]
fn commands_and_timers_of_one_moment_come_in_order() {
    let (sim, log) = (Engine::default(), Log::default());
    for number in 0..1_000 {
        sim.start_after(ns(u64::from(number % 3)), job(number));
    }
    run(&sim, PLENTY, |job| {
        let (sim, log) = (&sim, &log);
        async move {
            sim.sleep(ns(10_000 - sim.now().0), Wait::Work).await;
            log.note(sim.now(), job.number);
        }
    })
    .expect("ends");
    let mut numbers: Vec<u32> = (0..1_000).collect();
    numbers.sort_by_key(|number| number % 3);
    let expected: Vec<_> = numbers.into_iter().map(|number| (10_000, number)).collect();
    log.check(&expected);
}

/// How an answer is sent that comes at 10 ns, or at least within that moment.
#[derive(Clone, Copy, Debug)]
enum Sent {
    BeforeTheDeadlineIsSet,
    AfterTheDeadlineIsSet,
    ThroughAChainOfNoDelay(u32),
    ThroughAChainAtOnce(u32),
    OneNanosecondLater,
}

/// What becomes of an answer sent like that and awaited until 10 ns.
fn race(sent: Sent) -> Option<Value> {
    let sim = Engine::default();
    let outcome = std::cell::Cell::new(None);
    sim.start_after(Span::ZERO, job(u32::MAX));
    run(&sim, PLENTY, |job| {
        let (sim, outcome) = (&sim, &outcome);
        async move {
            let send = |delay, promise| sim.answer_after(ns(delay), promise, Value(true));
            match job.number {
                u32::MAX => {
                    let answer = sim.promise(());
                    let relay = |number| Job {
                        promise: answer.promise(),
                        ..crate::job(number)
                    };
                    match sent {
                        Sent::BeforeTheDeadlineIsSet => send(10, answer.promise()),
                        Sent::AfterTheDeadlineIsSet => sim.start_after(ns(5), relay(5)),
                        Sent::OneNanosecondLater => sim.start_after(ns(5), relay(6)),
                        Sent::ThroughAChainOfNoDelay(links) | Sent::ThroughAChainAtOnce(links) => {
                            sim.start_after(ns(9), relay(100 + links));
                        }
                    }
                    outcome.set(sim.before(at(10), answer).await);
                }
                number @ 5..=6 => send(u64::from(number), job.promise),
                100 => send(0, job.promise),
                number => {
                    sim.sleep(ns(10 - sim.now().0), Wait::Work).await;
                    let next = Job {
                        number: number - 1,
                        ..job
                    };
                    match sent {
                        Sent::ThroughAChainAtOnce(_) => sim.start_at_once(next),
                        _ => sim.start_after(Span::ZERO, next),
                    }
                }
            }
        }
    })
    .expect("ends");
    assert_eq!(sim.promises_held(), 0);
    outcome.get()
}

#[test]
fn an_answer_in_the_nanosecond_of_its_deadline_wins() {
    for sent in [
        Sent::BeforeTheDeadlineIsSet,
        Sent::AfterTheDeadlineIsSet,
        Sent::ThroughAChainOfNoDelay(1),
        Sent::ThroughAChainOfNoDelay(20),
        Sent::ThroughAChainAtOnce(1),
        Sent::ThroughAChainAtOnce(20),
    ] {
        assert_eq!(race(sent), Some(Value(true)), "{sent:?}");
    }
    assert_eq!(race(Sent::OneNanosecondLater), None);
}

#[test]
fn a_deadline_now_leaves_this_moment() {
    let (sim, log) = (Engine::default(), Log::default());
    sim.start_after(ns(7), job(0));
    run(&sim, PLENTY, |_| async {
        let answer = sim.promise(());
        sim.answer_after(Span::ZERO, answer.promise(), Value(true));
        let kept = sim.before(sim.now(), answer).await;
        log.note(sim.now(), u32::from(kept.is_some()));
        let answer = sim.promise(());
        sim.forsake(answer.promise());
        let kept = sim.before(Time::ZERO, answer).await;
        log.note(sim.now(), u32::from(kept.is_some()));
    })
    .expect("ends");
    log.check(&[(7, 1), (7, 0)]);
}

#[test]
fn a_freed_place_is_taken_before_anything_else_of_that_moment() {
    let (sim, log) = (Engine::default(), Log::default());
    let permits = Permits::new(1, 10, Order::Fifo);
    const HOLDER: u32 = 0;
    const GRANTED: u32 = 1;
    const COMES_THEN: u32 = 2;
    sim.start_after(Span::ZERO, job(HOLDER));
    run(&sim, PLENTY, |started| {
        let (sim, log, permits) = (&sim, &log, &permits);
        async move {
            match started.number {
                HOLDER => {
                    let permit = permits.acquire(sim, 0).await;
                    assert!(permit.is_ok());
                    permits.enter(sim, job(GRANTED), 0);
                    sim.start_after(ns(10), job(COMES_THEN));
                    sim.start_after(ns(10), job(COMES_THEN));
                    sim.sleep(ns(9), Wait::Work).await;
                    // So that its last step lies between the two who come at 10 ns.
                    sim.sleep(ns(1), Wait::Work).await;
                }
                GRANTED => {
                    log.note(sim.now(), GRANTED);
                    let _permit = permits.held(sim);
                    sim.sleep(ns(5), Wait::Work).await;
                }
                _ => {
                    log.note(sim.now(), COMES_THEN);
                    let _permit = permits.acquire(sim, 0).await;
                    log.note(sim.now(), 3);
                }
            }
        }
    })
    .expect("ends");
    log.check(&[(10, 2), (10, 2), (10, 1), (15, 3), (15, 3)]);
    assert_eq!((permits.taken(), permits.waiting()), (0, 0));
}

#[test]
fn a_place_freed_in_the_middle_of_a_moment_goes_to_who_waits() {
    let (sim, log) = (Engine::default(), Log::default());
    let permits = Permits::new(1, 10, Order::Fifo);
    sim.start_after(Span::ZERO, job(0));
    run(&sim, PLENTY, |started| {
        let (sim, log, permits) = (&sim, &log, &permits);
        async move {
            log.note(sim.now(), started.number);
            match started.number {
                0 => {
                    let permit = permits.acquire(sim, 0).await;
                    permits.enter(sim, job(1), 0);
                    sim.sleep(ns(10), Wait::Work).await;
                    sim.start_after(Span::ZERO, job(2));
                    drop(permit);
                }
                1 => drop(permits.held(sim)),
                _ => assert!(permits.has_free_place()),
            }
        }
    })
    .expect("ends");
    log.check(&[(0, 0), (10, 1), (10, 2)]);
}

#[test]
fn an_ended_process_that_has_not_begun_gives_its_command_back() {
    let sim = Engine::default();
    let process = std::cell::Cell::new(None);
    sim.start_after(Span::ZERO, job(0));
    run(&sim, PLENTY, |started| {
        let (sim, process) = (&sim, &process);
        async move {
            assert_eq!(started.promise, Promise::NONE);
            if started.number == 0 {
                let launch = sim_core::Launch {
                    pool: 0,
                    place: sim_core::PlaceId::NOWHERE,
                };
                let child = sim.spawn(launch, job(1));
                sim.end(child);
                process.set(Some(child));
                sim.sleep(ns(1), Wait::Work).await;
            } else {
                sim.sleep(ns(100), Wait::Work).await;
                unreachable!("it was ended");
            }
        }
    })
    .expect("ends");
    assert!(process.get().is_some());
    assert_eq!((sim.now(), sim.processes_live()), (at(1), 0));
}
