//! What tests of limiters have in common, and of all of them.

use super::*;
use sim_core::Stream;

/// When requests that arrive at these seconds are let through.
pub(super) fn passed(limit: &impl Algorithm, arrivals: &[f64]) -> Vec<f64> {
    let mut state = Default::default();
    let pass = |&at: &f64| {
        let now = Time::ZERO + Span::seconds(at);
        let wait = match limit.verdict(&state, now) {
            Verdict::Pass => Span::ZERO,
            Verdict::PassAfter(wait) => wait,
            Verdict::Refuse => return None,
        };
        limit.take(&mut state, now);
        Some((now + wait).as_seconds())
    };
    arrivals.iter().filter_map(pass).collect()
}

/// The most of these moments within less than `per` seconds.
pub(super) fn busiest(moments: &[f64], per: f64) -> usize {
    let within = |&from: &f64| {
        let inside = |&&at: &&f64| from <= at && at < from + per;
        moments.iter().filter(inside).count()
    };
    moments.iter().map(within).max().unwrap_or(0)
}

/// Arrivals at random.
pub(super) fn poisson(rate: f64, until: f64) -> Vec<f64> {
    let mut stream = Stream::new(1, 0, "limiter", "arrivals");
    let mut at = 0.0;
    let next = || {
        at += -libm::log(stream.uniform()) / rate;
        Some(Span::seconds(at).as_seconds())
    };
    std::iter::from_fn(next)
        .take_while(|&at| at < until)
        .collect()
}

fn limits() -> [Limit; 5] {
    let (requests, per) = (20, Span::millis(1_000));
    [
        Limit::FixedWindow(FixedWindow { requests, per }),
        Limit::SlidingLog(SlidingLog { requests, per }),
        Limit::SlidingCounter(SlidingCounter { requests, per }),
        Limit::TokenBucket(TokenBucket {
            rate: 20.0,
            burst: 20,
        }),
        Limit::LeakyBucket(LeakyBucket {
            rate: 20.0,
            queue: 20,
        }),
    ]
}

#[test]
fn each_lets_in_again_when_it_says() {
    for limit in limits() {
        let mut tally = limit.nothing();
        let now = Time::ZERO + Span::millis(12_345);
        for _ in 0..50 {
            limit.take(&mut tally, now);
        }
        assert_eq!(limit.verdict(&tally, now), Verdict::Refuse, "{limit:?}");
        let reset = limit.reset(&tally, now);
        assert_ne!(
            limit.verdict(&tally, now + (reset - Span(2))),
            Verdict::Pass,
            "{limit:?}"
        );
        if !matches!(limit, Limit::SlidingCounter(_)) {
            assert_ne!(
                limit.verdict(&tally, now + reset),
                Verdict::Refuse,
                "{limit:?}"
            );
        }
    }
}

#[test]
fn each_of_several_instances_has_its_share_and_one_request_at_least() {
    for limit in limits() {
        let share = limit.divided(4);
        let mut tally = share.nothing();
        let now = Time::ZERO + Span::millis(12_345);
        let mut passed = 0;
        while share.verdict(&tally, now) != Verdict::Refuse {
            share.take(&mut tally, now);
            passed += 1;
        }
        let one_at_once = u32::from(matches!(limit, Limit::LeakyBucket(_)));
        assert_eq!(passed, 5 + one_at_once, "{limit:?}");
        assert_ne!(
            limit.divided(1_000).verdict(&limit.nothing(), now),
            Verdict::Refuse
        );
    }
}

#[test]
fn what_another_kind_of_limit_has_counted_counts_as_nothing() {
    let [fixed, log, ..] = limits();
    let mut tally = fixed.nothing();
    (0..20).for_each(|_| fixed.take(&mut tally, Time(1)));
    assert_eq!(log.verdict(&tally, Time(1)), Verdict::Pass);
    (0..20).for_each(|_| log.take(&mut tally, Time(1)));
    assert_eq!(log.verdict(&tally, Time(1)), Verdict::Refuse);
}
