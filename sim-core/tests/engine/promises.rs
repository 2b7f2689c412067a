//! Promises of k of n answers.

use crate::{Job, Log, PLENTY, Value, job, ns, run};
use sim_core::{Sim, Span, Wait};

/// Waits for `need` of the answers, each with its time; returns when it was over, and how.
#[track_caller]
fn check(need: u32, answers: &[(u64, bool)], expected: (u64, bool)) {
    let sim: Sim<Job, Value, [u8; 8]> = Sim::default();
    let log = Log::default();
    sim.start_after(Span::ZERO, job(0));
    run(&sim, PLENTY, |_| async {
        let answer = sim.promise_of(need, answers.len() as u32, [7; 8]);
        let promise = answer.promise();
        for &(delay, good) in answers {
            sim.answer_after(ns(delay), promise, Value(good));
        }
        let Value(good) = answer.await;
        log.note(sim.now(), u32::from(good));
        let last = answers.iter().map(|answer| answer.0).max().unwrap_or(0);
        let early = last - sim.now().0;
        assert_eq!(
            sim.promises_held(),
            usize::from(0 < early),
            "late ones hold it"
        );
        assert!(!sim.is_awaited(promise));
        let record = sim.with_record(promise, |record| *record);
        assert_eq!(record, (0 < early).then_some([7; 8]));
        sim.sleep(ns(early + 1), Wait::Work).await;
        assert_eq!(sim.promises_held(), 0);
        assert_eq!(sim.with_record(promise, |_| ()), None);
    })
    .expect("ends");
    log.check(&[(expected.0, u32::from(expected.1))]);
}

#[test]
fn a_promise_is_kept_by_k_answers_of_n() {
    check(1, &[(10, true)], (10, true));
    check(2, &[(30, true), (10, true), (20, true)], (20, true));
    check(3, &[(30, true), (10, true), (20, true)], (30, true));
    check(2, &[(10, false), (20, true), (30, true)], (30, true));
}

#[test]
fn a_promise_is_broken_as_soon_as_too_many_have_failed() {
    check(1, &[(10, false)], (10, false));
    check(2, &[(10, false), (20, false), (30, true)], (20, false));
    check(3, &[(10, false), (20, true), (30, true)], (10, false));
    check(1, &[(10, false), (20, false), (30, false)], (30, false));
}

#[test]
fn answers_that_will_never_come_release_the_slot() {
    let sim: Sim<Job, Value, ()> = Sim::default();
    sim.start_after(Span::ZERO, job(0));
    run(&sim, PLENTY, |_| async {
        let answer = sim.promise_of(2, 3, ());
        let promise = answer.promise();
        sim.forsake(promise);
        sim.answer_after(ns(5), promise, Value(true));
        assert_eq!(sim.before(crate::at(9), answer).await, None);
        assert_eq!(sim.promises_held(), 1);
        sim.forsake(promise);
        assert_eq!(sim.promises_held(), 0);
        sim.forsake(promise);
    })
    .expect("ends");
}
