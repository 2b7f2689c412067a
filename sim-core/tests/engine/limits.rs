//! What stops a run, and what a million of anything weighs.

use crate::{Job, PLENTY, Plain, Value, job, ns, run};
use sim_core::{Budget, Frames, Order, Permits, PlaceId, Pool, Sim, Span, Stopped, Time, Wait};

type Engine = Sim<Job, Value, ()>;

#[track_caller]
fn check_runaway(outcome: Result<(), Stopped>) {
    let expected = Stopped::Runaway {
        culprit: "test",
        place: PlaceId::NOWHERE,
        at: Time(3),
    };
    assert_eq!(outcome, Err(expected));
}

#[test]
fn a_process_that_loops_in_zero_time_is_stopped() {
    let sim = Engine::default();
    sim.start_after(ns(3), job(0));
    check_runaway(run(&sim, PLENTY, |_| async {
        loop {
            let answer = sim.promise(());
            sim.answer_after(Span::ZERO, answer.promise(), Value(false));
            answer.await;
        }
    }));
}

#[test]
fn a_process_that_waits_for_no_time_over_and_over_is_stopped() {
    let sim = Engine::default();
    sim.start_after(ns(3), job(0));
    check_runaway(run(&sim, PLENTY, |_| async {
        loop {
            sim.sleep(Span::ZERO, Wait::Backoff).await;
        }
    }));
    let sim = Engine::default();
    sim.start_after(ns(3), job(0));
    check_runaway(run(&sim, PLENTY, |_| async {
        loop {
            sim.work(PlaceId::NOWHERE, Span::ZERO).await;
        }
    }));
}

#[test]
fn a_budget_trips_at_the_same_event_every_time() {
    for budget in [
        Budget {
            events: 50_000,
            ..PLENTY
        },
        Budget {
            bytes: 5_000_000,
            ..PLENTY
        },
    ] {
        let [first, second] = [(); 2].map(|()| {
            let sim = Engine::default();
            sim.start_after(ns(3), job(0));
            let outcome = run(&sim, budget, |job| {
                let sim = &sim;
                async move {
                    sim.start_after(ns(1), job);
                    sim.sleep(Span::millis(1), Wait::Work).await;
                    let ballast = [0_u8; 1_000];
                    sim.sleep(Span::millis(1), Wait::Work).await;
                    assert_eq!(ballast.len(), 1_000);
                }
            });
            (outcome.expect_err("over budget"), sim.events(), sim.now())
        });
        assert_eq!(first, second);
        let (stopped, events, now) = first;
        match stopped {
            Stopped::TooManyEvents {
                culprit,
                at,
                budget,
            } => {
                assert_eq!((culprit, at, budget, events), ("test", now, 50_000, 50_001));
            }
            Stopped::TooMuchMemory {
                culprit,
                at,
                budget,
            } => {
                assert_eq!((culprit, at, budget), ("test", now, 5_000_000));
            }
            Stopped::Runaway { .. } => panic!("{stopped}"),
        }
    }
}

const MILLION: u32 = 1_000_000;

#[test]
fn a_million_waiting_processes_weigh_at_most_512_bytes_each() {
    let sim: Sim<Job, Value, [u8; 200]> = Sim::default();
    for number in 0..MILLION {
        sim.start_after(ns(u64::from(number)), job(number));
    }
    let end = Time(1_000_000_000);
    sim.start_after(Span(end.0), job(MILLION));
    let body = |job: Job| {
        let sim = &sim;
        async move {
            if job.number == MILLION {
                sim.stop();
                return;
            }
            let answer = sim.promise([0; 200]);
            sim.answer_after(Span::millis(2_000), answer.promise(), Value(true));
            sim.before(end + ns(u64::from(job.number)), answer).await;
        }
    };
    let mut pools: [Box<dyn Pool<Job> + '_>; 1] = [Box::new(Frames::new("test", body))];
    sim.run(&Plain, &mut pools, PLENTY).expect("stops");
    assert!(MILLION as usize <= sim.processes_live() + 1);
    let each = sim.bytes_held(&pools) as f64 / f64::from(MILLION);
    println!("{each:.1} bytes per process that waits for an answer until a deadline");
    assert!(each <= 512.0, "{each} bytes");
}

/// A command of the size that the simulator's commands have.
type Command = [u32; 4];

#[test]
fn a_million_queued_requests_weigh_at_most_48_bytes_each() {
    let sim: Sim<Command, Value, ()> = Sim::default();
    let permits = Permits::new(0, u32::MAX, Order::Fifo);
    for number in 0..MILLION {
        permits.enter(&sim, [number; 4], 0);
    }
    let each = sim.bytes_held(&[]) as f64 / f64::from(MILLION);
    println!("{each:.1} bytes per request that waits as data");
    assert!(each <= 48.0, "{each} bytes");
    const { assert!(Permits::<Command>::ENTRY_BYTES <= 48) };
}
