//! Places that change their speed or stand still.

use crate::{Job, Log, PLENTY, Value, at, job, job_at, ns, run};
use sim_core::{PlaceId, Sharing, Sim, Span, Wait};

type Engine = Sim<Job, Value, ()>;

const HERE: PlaceId = PlaceId(0);

/// What is done to a place at a time.
#[derive(Clone, Copy, Debug)]
enum Change {
    Speed(f64),
    Pause,
    Resume,
}

/// Work of 1000 ns that begins at 100 ns, while the place changes.
#[track_caller]
fn check(changes: &[(u64, Change)], end: u64) {
    let (sim, log) = (Engine::default(), Log::default());
    sim.add_places(1);
    for (number, &(time, _)) in (0..).zip(changes) {
        sim.start_after(ns(time), job(number));
    }
    sim.start_after(ns(100), job_at(u32::MAX, HERE));
    run(&sim, PLENTY, |job| {
        let (sim, log) = (&sim, &log);
        async move {
            match changes.get(job.number as usize) {
                None => {
                    let begun = sim.now();
                    sim.work(HERE, ns(1_000)).await;
                    log.note(sim.now(), 0);
                    assert_eq!(sim.waits().of(Wait::Work), sim.now().since(begun));
                }
                Some(&(_, Change::Speed(speed))) => sim.set_speed(HERE, speed),
                Some((_, Change::Pause)) => sim.pause(HERE),
                Some((_, Change::Resume)) => sim.resume(HERE),
            }
        }
    })
    .expect("ends");
    log.check(&[(end, 0)]);
}

#[test]
fn work_goes_on_at_the_new_speed() {
    use Change::{Pause, Resume, Speed};
    check(&[], 1_100);
    check(&[(0, Speed(0.5))], 2_100);
    check(&[(600, Speed(0.5))], 1_600);
    check(&[(600, Speed(0.25)), (1_000, Speed(2.0))], 1_200);
    check(&[(600, Speed(0.1)), (700, Speed(1.0))], 1_190);
    check(&[(1_100, Speed(0.1))], 1_100);
    check(&[(300, Pause), (500, Resume)], 1_300);
    check(
        &[(300, Pause), (400, Pause), (500, Resume), (600, Resume)],
        1_400,
    );
    check(&[(300, Pause), (400, Speed(0.5)), (500, Resume)], 2_100);
    check(&[(300, Speed(0.5)), (400, Pause), (500, Resume)], 2_000);
    check(&[(0, Pause), (5_000, Resume)], 6_000);
    check(&[(300, Pause), (9_000, Resume)], 9_800);
}

/// Jobs by when they begin and how much work they are, at a place of one core; when they end. Whom
/// `leaver` names leaves after 300 ns.
fn sharing(jobs: &[(u64, u64)], leaver: Option<u32>, changes: &[(u64, Change)]) -> Vec<(u64, u32)> {
    let (sim, log) = (Engine::default(), Log::default());
    sim.add_places(1);
    let one_core = Sharing {
        cores: 1,
        ..Sharing::NONE
    };
    sim.share(HERE, one_core);
    for (number, &(time, _)) in (0..).zip(jobs) {
        sim.start_after(ns(time), job_at(number, HERE));
    }
    const CHANGES: u32 = 1_000;
    for (number, &(time, _)) in (CHANGES..).zip(changes) {
        sim.start_after(ns(time), job(number));
    }
    run(&sim, PLENTY, |job| {
        let (sim, log) = (&sim, &log);
        async move {
            if let Some(index) = job.number.checked_sub(CHANGES) {
                match changes[index as usize].1 {
                    Change::Speed(speed) => sim.set_speed(HERE, speed),
                    Change::Pause => sim.pause(HERE),
                    Change::Resume => sim.resume(HERE),
                }
                return;
            }
            let work = sim.work(HERE, ns(jobs[job.number as usize].1));
            if leaver == Some(job.number) {
                let done = sim.before(sim.now() + ns(300), work).await;
                assert_eq!(done, None);
                return;
            }
            work.await;
            log.note(sim.now(), job.number);
        }
    })
    .expect("ends");
    log.0.into_inner()
}

#[test]
fn jobs_share_a_core_alike() {
    // The first has done 500 when the second comes, which has done 500 when the first is done.
    let two = [(100, 1_000), (600, 1_000)];
    assert_eq!(sharing(&two, None, &[]), [(1_600, 0), (2_100, 1)]);
    // A short job overtakes.
    let short = [(0, 1_000), (100, 200), (100, 200)];
    assert_eq!(sharing(&short, None, &[]), [(700, 1), (700, 2), (1_400, 0)]);
    // Who leaves gives its share back.
    assert_eq!(sharing(&two, Some(1), &[]), [(1_250, 0)]);
    assert_eq!(sharing(&two, Some(0), &[]), [(1_600, 1)]);
}

#[test]
fn a_shared_place_can_be_slow_and_stand_still() {
    use Change::{Pause, Resume, Speed};
    let two = [(100, 1_000), (600, 1_000)];
    let slow = [(1_100, Speed(0.5))];
    assert_eq!(sharing(&two, None, &slow), [(2_100, 0), (3_100, 1)]);
    let pause = [(800, Pause), (900, Resume)];
    assert_eq!(sharing(&two, None, &pause), [(1_700, 0), (2_200, 1)]);
    let long = [(800, Pause), (1_000, Speed(2.0)), (5_000, Resume)];
    assert_eq!(sharing(&two, None, &long), [(5_400, 0), (5_650, 1)]);
}

#[test]
fn a_pause_holds_deliveries_answers_and_timers_until_its_end_in_order() {
    let (sim, log) = (Engine::default(), Log::default());
    sim.add_places(2);
    const SLEEPER: u32 = 1;
    const ASKER: u32 = 2;
    const LATER_SLEEPER: u32 = 3;
    const DELIVERED: [u32; 2] = [10, 11];
    const ELSEWHERE: u32 = 20;
    for number in [LATER_SLEEPER, SLEEPER, ASKER] {
        sim.start_after(Span::ZERO, job_at(number, HERE));
    }
    sim.start_after(ns(40), job(0));
    sim.start_after(ns(45), job_at(DELIVERED[0], HERE));
    sim.start_after(ns(55), job_at(ELSEWHERE, PlaceId(1)));
    sim.start_after(ns(65), job_at(DELIVERED[1], HERE));
    run(&sim, PLENTY, |job| {
        let (sim, log) = (&sim, &log);
        async move {
            match job.number {
                0 => {
                    sim.pause(HERE);
                    sim.sleep(ns(60), Wait::Work).await;
                    sim.resume(HERE);
                    return;
                }
                SLEEPER => sim.sleep(ns(50), Wait::Backoff).await,
                LATER_SLEEPER => sim.sleep(ns(70), Wait::Backoff).await,
                ASKER => {
                    let answer = sim.promise(());
                    sim.answer_after(ns(60), answer.promise(), Value(true));
                    answer.await;
                }
                _ => {}
            }
            log.note(sim.now(), job.number);
        }
    })
    .expect("ends");
    log.check(&[
        (55, ELSEWHERE),
        (100, DELIVERED[0]),
        (100, SLEEPER),
        (100, ASKER),
        (100, DELIVERED[1]),
        (100, LATER_SLEEPER),
    ]);
}

#[test]
fn an_answer_and_its_deadline_held_by_a_pause_are_of_one_moment() {
    let (sim, log) = (Engine::default(), Log::default());
    sim.add_places(1);
    sim.start_after(Span::ZERO, job_at(1, HERE));
    sim.start_after(ns(10), job(0));
    run(&sim, PLENTY, |job| {
        let (sim, log) = (&sim, &log);
        async move {
            if job.number == 0 {
                sim.pause(HERE);
                sim.sleep(ns(90), Wait::Work).await;
                sim.resume(HERE);
            } else {
                let answer = sim.promise(());
                sim.answer_after(ns(60), answer.promise(), Value(true));
                let answer = sim.before(at(50), answer).await;
                log.note(sim.now(), u32::from(answer.is_some()));
            }
        }
    })
    .expect("ends");
    log.check(&[(100, 1)]);
}
