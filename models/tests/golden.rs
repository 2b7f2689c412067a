//! Golden samples: what each sampler makes of fixed inputs, to the bit.
//!
//! The table is `golden.txt`: floats by their 64 bits in hexadecimal, times in nanoseconds. Nothing
//! writes it. A line that is not as it was means that every result of every scenario may change:
//! where that is meant, the lines that the failure prints are copied into the table by hand, and the
//! changelog says why.

use models::{Backoff, Jitter, Profile, Stage};
use sim_core::{Dice, Distribution, InvalidDistribution, Keys, Purpose, Span, Stream, Time};
use std::collections::BTreeMap;

const TABLE: &str = include_str!("golden.txt");

/// The smallest uniform, two of each side, the middle, and the largest.
const UNIFORMS: [f64; 5] = [
    1.0 / (1_u64 << 53) as f64,
    0.01,
    0.5,
    0.99,
    1.0 - 1.0 / (1_u64 << 53) as f64,
];

/// Names and values of the table, in order.
#[derive(Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn add(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().collect();
        self.0.push((name.to_owned(), values.join(" ")));
    }
}

fn bits(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

fn word(value: u64) -> String {
    format!("{value:016x}")
}

fn ms(millis: u64) -> Span {
    Span::millis(millis)
}

fn visit(n: u64) -> Dice {
    Dice::visit(1, 2, sim_core::name_hash("readers"), n)
}

/// The functions that samplers stand on, where their own code has a hard time.
fn functions(lines: &mut Lines) {
    type Function = (&'static str, fn(f64) -> f64, [f64; 4]);
    let functions: [Function; 13] = [
        ("libm log", libm::log, [1e-300, 0.1, 0.999_999, 1e17]),
        ("libm log1p", libm::log1p, [-0.999, 1e-9, 0.3, 1e6]),
        ("libm exp", libm::exp, [-700.0, -1e-9, 0.1, 700.0]),
        ("libm expm1", libm::expm1, [-40.0, -1e-9, 0.1, 20.0]),
        ("libm erf", libm::erf, [-2.0, 1e-9, 0.8, 3.0]),
        ("libm erfc", libm::erfc, [-2.0, 0.8, 3.0, 20.0]),
        ("libm lgamma", libm::lgamma, [0.5, 3.0, 30.0, 1000.0]),
        ("libm cbrt", libm::cbrt, [1e-9, 0.1, 2.0, 1e17]),
        ("libm sin", libm::sin, [0.1, 1.0, 3.0, 1e6]),
        ("libm cos", libm::cos, [0.1, 1.0, 3.0, 1e6]),
        ("libm tan", libm::tan, [0.1, 1.0, 1.57, 3.0]),
        ("libm atan", libm::atan, [0.1, 1.0, 10.0, 1e6]),
        (
            "libm pow 0.1",
            |x| libm::pow(x, 0.1),
            [1e-300, 0.3, 3.0, 1e17],
        ),
    ];
    for (name, function, inputs) in functions {
        lines.add(name, inputs.map(|input| bits(function(input))));
    }
}

/// The keys of draws, their finaliser, and the generator of streams.
fn dice(lines: &mut Lines) {
    let names = ["", "a", "readers", "a-long-name-of-a-node"];
    lines.add(
        "name hashes",
        names.map(|name| word(sim_core::name_hash(name))),
    );
    let drawn = |dice: Dice| word(dice.bits(Purpose::Work, 0));
    let readers = sim_core::name_hash("readers");
    let keys = [
        visit(3),
        Dice::visit_of_user(1, 2, readers, 3, 4),
        visit(3).call(readers, 1),
        visit(3).attempt(2, 1),
        visit(3).call(readers, 1).attempt(2, 1),
    ];
    lines.add("dice: visit, user, call, attempt, both", keys.map(drawn));
    let purposes = [
        Purpose::Work,
        Purpose::NetworkRequest,
        Purpose::NetworkReply,
        Purpose::NetworkCancel,
        Purpose::LossRequest,
        Purpose::LossReply,
        Purpose::LossCancel,
        Purpose::Balance,
        Purpose::Backoff,
        Purpose::Key,
        Purpose::Operation,
        Purpose::Session,
        Purpose::Ttl,
        Purpose::EarlyRefresh,
        Purpose::Fail,
        Purpose::Think,
        Purpose::Replication,
        Purpose::Apply,
    ];
    for (group, purposes) in purposes.chunks(6).enumerate() {
        let drawn = purposes.iter().map(|p| word(visit(3).bits(*p, 1)));
        lines.add(&format!("dice: purposes {}", group * 6), drawn);
    }
    let uniforms = (0..5).map(|index| bits(visit(3).uniform(Purpose::Work, index)));
    lines.add("dice: uniforms", uniforms);
    let mut stream = Stream::new(1, 0, "readers", "arrivals");
    lines.add("stream", (0..5).map(|_| bits(stream.uniform())));
}

fn distributions(lines: &mut Lines) {
    type Sampler = Result<Distribution, InvalidDistribution>;
    let exponential = |millis| Distribution::exponential(ms(millis));
    let points = [(0.0, ms(1)), (0.5, ms(2)), (0.75, ms(2)), (1.0, ms(9))];
    let phases = [(0.9, ms(2)), (0.1, ms(50))];
    let parts = || {
        let parts = vec![(0.75, exponential(2)?), (0.25, exponential(50)?)];
        Distribution::mixture(parts)
    };
    let all: [(&str, Sampler); 22] = [
        ("constant", Ok(Distribution::constant(ms(3)))),
        ("uniform", Distribution::uniform(ms(1), ms(4))),
        ("exponential", exponential(5)),
        ("folded normal", Distribution::folded_normal(ms(2), ms(3))),
        ("half normal", Distribution::folded_normal(ms(0), ms(3))),
        (
            "truncated normal",
            Distribution::truncated_normal(ms(2), ms(3)),
        ),
        ("lognormal", Distribution::lognormal(ms(5), ms(50))),
        (
            "lognormal of mean",
            Distribution::lognormal_of_mean(ms(5), 0.5),
        ),
        ("weibull 0.5", Distribution::weibull(0.5, ms(5))),
        ("weibull 3", Distribution::weibull(3.0, ms(5))),
        ("pareto", Distribution::pareto(ms(5), 2.5)),
        (
            "bounded pareto 1.5",
            Distribution::bounded_pareto(ms(5), ms(500), 1.5),
        ),
        (
            "bounded pareto 1",
            Distribution::bounded_pareto(ms(5), ms(50), 1.0),
        ),
        ("erlang 2", Distribution::erlang(2, ms(5))),
        ("erlang 30", Distribution::erlang(30, ms(5))),
        ("erlang 1000", Distribution::erlang(1000, ms(5))),
        ("hyperexponential", Distribution::hyperexponential(&phases)),
        ("mixture", parts()),
        ("quantiles", Distribution::quantiles(&points)),
        (
            "samples",
            Distribution::samples(&[ms(4), ms(1), ms(1), ms(9)]),
        ),
        ("shifted", exponential(5).map(|law| law.shifted(ms(1)))),
        ("scaled", exponential(5).and_then(|law| law.scaled(1.5))),
    ];
    for (name, distribution) in all {
        let distribution = distribution.expect("it can be");
        let samples = UNIFORMS.map(|uniform| bits(distribution.quantile(uniform)));
        lines.add(name, samples);
    }
}

fn keys(lines: &mut Lines) {
    let all = [
        ("keys uniform", Keys::uniform(1000)),
        ("keys zipf 0.99", Keys::zipf(1000, 0.99)),
        ("keys zipf 1.2", Keys::zipf(100_000, 1.2)),
        ("keys hot set", Keys::hot_set(1000, 10, 0.9)),
        ("keys weighted", Keys::weighted(&[1.0, 0.5, 5.0, 2.5])),
    ];
    for (name, keys) in all {
        let keys = keys.expect("they can be");
        lines.add(name, (0..12).map(|n| keys.draw(visit(n)).to_string()));
    }
}

fn pauses(lines: &mut Lines) {
    for (name, jitter) in [
        ("backoff", Jitter::None),
        ("backoff full", Jitter::Full),
        ("backoff equal", Jitter::Equal),
        ("backoff decorrelated", Jitter::Decorrelated),
    ] {
        let backoff = Backoff {
            base: ms(10),
            doubles: true,
            cap: ms(100),
            jitter,
        };
        let mut before = Span::ZERO;
        let pauses = (1..=6).map(|attempt| {
            before = backoff.pause(attempt, before, visit(3));
            before.0.to_string()
        });
        lines.add(name, pauses.collect::<Vec<_>>());
    }
}

/// The times of arrivals number 1, 10, 100 and 1000 of each profile, evenly and by a stream.
fn arrivals(lines: &mut Lines) {
    let (five, ten) = (Time(5_000_000_000), Time(10_000_000_000));
    let stage = |until, from, to| Stage { until, from, to };
    let level = Profile::constant(300.0);
    let ramp = Profile::stages(&[stage(five, 50.0, 450.0), stage(Time::NEVER, 70.0, 70.0)]);
    let profiles = [
        ("level", level.clone()),
        ("ramp", ramp.clone()),
        (
            "step of a level",
            level.scaled(Time(1), Some(five), 2.5, false),
        ),
        (
            "ramp of a level",
            level.scaled(Time(1), Some(five), 2.5, true),
        ),
        ("ramp of a ramp", ramp.scaled(Time(1), Some(ten), 2.5, true)),
        ("spliced", ramp.splice(Time(2_500_000_000), &level)),
    ];
    for (name, profile) in profiles {
        let mut clock = profile.clock();
        let marks = [1.0, 10.0, 100.0, 1000.0];
        let even = marks.map(|target| time(clock.time_of(target)));
        lines.add(&format!("arrivals, {name}"), even);
        let (mut clock, mut target) = (profile.clock(), 0.0);
        let mut stream = Stream::new(1, 0, "readers", "arrivals");
        let times: Vec<String> = (1..=1000)
            .map(|_| {
                target -= libm::log(stream.uniform());
                time(clock.time_of(target))
            })
            .collect();
        let at_random = [1, 10, 100, 1000].map(|n: usize| times[n - 1].clone());
        lines.add(&format!("arrivals at random, {name}"), at_random);
    }
}

fn time(time: Option<Time>) -> String {
    time.map_or("never".to_owned(), |time| time.0.to_string())
}

#[test]
fn every_sampler_keeps_its_golden_samples() {
    let mut lines = Lines::default();
    for part in [functions, dice, distributions, keys, pauses, arrivals] {
        part(&mut lines);
    }
    let table = TABLE.lines().filter(|line| !line.starts_with('#'));
    let golden: BTreeMap<&str, &str> = table.filter_map(|line| line.split_once(" = ")).collect();
    let moved = lines
        .0
        .iter()
        .filter(|(name, values)| golden.get(name.as_str()) != Some(&values.as_str()));
    let moved: Vec<String> = moved.map(|(name, v)| format!("{name} = {v}")).collect();
    assert!(
        moved.is_empty(),
        "these are not the samples of models/tests/golden.txt:\n{}",
        moved.join("\n")
    );
    assert_eq!(golden.len(), lines.0.len(), "the table has lines too many");
}
