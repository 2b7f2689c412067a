//! A rate of arrivals that changes over time, and the times at which its integral reaches given
//! values: arrivals by inversion, which need one draw each at any rate.

use sim_core::Time;

const NANOS: f64 = 1e9;
/// Straight pieces per ramp of a factor over a ramp of the rate, whose product is a parabola.
const CHORDS: u64 = 64;

/// A rate over time, in straight pieces from time 0 on.
#[derive(Clone, PartialEq, Debug)]
pub struct Profile {
    pieces: Vec<Piece>,
}

/// A stretch of a changing rate, which begins where the one before it ends.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stage {
    /// When the stretch ends; [`Time::NEVER`] for one that stays.
    pub until: Time,
    /// The rate at its start, per second.
    pub from: f64,
    /// The rate at its end, per second, reached in a straight line.
    pub to: f64,
}

/// A straight piece of a rate.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Piece {
    begin: Time,
    end: Time,
    /// Per second, at the begin and at the end.
    rates: (f64, f64),
    /// Expected arrivals before its begin.
    before: f64,
}

impl Profile {
    /// The same rate, per second, for ever.
    pub fn constant(rate: f64) -> Profile {
        Profile::stages(&[Stage {
            until: Time::NEVER,
            from: rate,
            to: rate,
        }])
    }

    /// One stretch after the other; nothing comes after the last.
    pub fn stages(stages: &[Stage]) -> Profile {
        let begins = [Time::ZERO]
            .into_iter()
            .chain(stages.iter().map(|stage| stage.until));
        let pieces = begins
            .zip(stages)
            .map(|(begin, stage)| Piece::new(begin, stage.until, (stage.from, stage.to)));
        Profile::of(pieces)
    }

    /// This rate with a factor. A step multiplies it in `[from, to)`; a ramp leads from 1 at `from`
    /// in a straight line to `factor` at `to`, where it stays. Without an end, both are a step that
    /// stays. Where a ramp meets a rate that is a ramp itself, the parabola that is their product
    /// is cut into 64 chords.
    pub fn scaled(&self, from: Time, to: Option<Time>, factor: f64, ramp: bool) -> Profile {
        let end = to.unwrap_or(Time::NEVER).max(from);
        let during = self.between(from, end);
        let after = self.between(end, Time::NEVER);
        let before = self.between(Time::ZERO, from);
        if !ramp || to.is_none() {
            let during = during.map(|piece| piece.times(factor, factor));
            return Profile::of(before.chain(during).chain(after));
        }
        let factor_at = |time: Time| {
            1.0 + (factor - 1.0) * (time.since(from).0 as f64 / end.since(from).0 as f64)
        };
        let during = during
            .flat_map(Piece::chords)
            .map(|piece| piece.times(factor_at(piece.begin), factor_at(piece.end)));
        let after = after.map(|piece| piece.times(factor, factor));
        Profile::of(before.chain(during).chain(after))
    }

    /// This rate before `at`, the `other` one from then on.
    pub fn splice(&self, at: Time, other: &Profile) -> Profile {
        Profile::of(
            self.between(Time::ZERO, at)
                .chain(other.between(at, Time::NEVER)),
        )
    }

    /// The rate at a moment, per second; at a step, the one after it.
    pub fn rate(&self, at: Time) -> f64 {
        let index = self.pieces.partition_point(|piece| piece.end <= at);
        self.pieces.get(index).map_or(0.0, |piece| piece.rate(at))
    }

    /// The expected number of arrivals in `[0, until)`.
    pub fn integral(&self, until: Time) -> f64 {
        let index = self.pieces.partition_point(|piece| piece.begin < until);
        self.pieces[..index]
            .last()
            .map_or(0.0, |piece| piece.before + piece.mass(until.min(piece.end)))
    }

    /// Turns values of the integral into times.
    pub fn clock(&self) -> Clock<'_> {
        Clock {
            pieces: &self.pieces,
            last: Time::ZERO,
        }
    }

    fn of(pieces: impl Iterator<Item = Piece>) -> Profile {
        let mut before = 0.0;
        let pieces = pieces
            .filter(|piece| piece.begin < piece.end)
            .map(|piece| {
                let piece = Piece { before, ..piece };
                before += piece.mass(piece.end);
                piece
            })
            .collect();
        Profile { pieces }
    }

    /// The pieces, cut to `[begin, end)`; some may be empty.
    fn between(&self, begin: Time, end: Time) -> impl Iterator<Item = Piece> {
        self.pieces
            .iter()
            .filter(move |piece| piece.begin < end && begin < piece.end)
            .map(move |piece| piece.cut(piece.begin.max(begin), piece.end.min(end)))
    }
}

impl Piece {
    fn new(begin: Time, end: Time, rates: (f64, f64)) -> Piece {
        Piece {
            begin,
            end,
            rates,
            before: 0.0,
        }
    }

    fn is_level(&self) -> bool {
        self.rates.0.to_bits() == self.rates.1.to_bits()
    }

    fn rate(&self, at: Time) -> f64 {
        let share = at.since(self.begin).0 as f64 / self.end.since(self.begin).0 as f64;
        self.rates.0 + (self.rates.1 - self.rates.0) * share
    }

    /// The part of this piece between two moments of it.
    fn cut(&self, begin: Time, end: Time) -> Piece {
        let rate = |at| {
            if self.is_level() {
                self.rates.0
            } else {
                self.rate(at)
            }
        };
        Piece::new(begin, end, (rate(begin), rate(end)))
    }

    fn times(self, at_begin: f64, at_end: f64) -> Piece {
        let rates = (self.rates.0 * at_begin, self.rates.1 * at_end);
        Piece { rates, ..self }
    }

    /// The piece itself when it is level, else in so many parts that a factor may bend it.
    fn chords(self) -> impl Iterator<Item = Piece> {
        let parts = if self.is_level() { 1 } else { CHORDS };
        let length = u128::from(self.end.since(self.begin).0);
        let mark = move |part: u64| {
            let offset = length * u128::from(part) / u128::from(parts);
            Time(self.begin.0 + offset as u64)
        };
        (0..parts).map(move |part| self.cut(mark(part), mark(part + 1)))
    }

    /// Expected arrivals from its begin to a moment of it.
    fn mass(&self, until: Time) -> f64 {
        let nanos = until.since(self.begin).0 as f64;
        let mean_rate = if self.is_level() {
            self.rates.0
        } else {
            (self.rates.0 + self.rate(until)) / 2.0
        };
        mean_rate * nanos / NANOS
    }

    /// The first moment, to the nearest nanosecond, by which `mass` arrivals are expected since its
    /// begin: the solution of a quadratic equation in the form without cancellation.
    fn inverse(&self, mass: f64) -> Time {
        if mass <= 0.0 {
            return self.begin;
        }
        let (first, last) = self.rates;
        let nanos = if self.is_level() {
            mass * NANOS / first
        } else {
            let slope = (last - first) / self.end.since(self.begin).as_seconds();
            let end_rate = (first * first + 2.0 * slope * mass).max(0.0).sqrt();
            2.0 * mass * NANOS / (first + end_rate)
        };
        Time(self.begin.0.saturating_add(nanos.round() as u64)).min(self.end)
    }
}

/// Turns increasing values of the integral of a rate into times.
///
/// Each time is computed from the begin of its piece, so rounding does not add up: arrival number
/// 10^10 is as exact as the first, to the nanosecond and to 16 digits.
pub struct Clock<'p> {
    /// From the current one on.
    pieces: &'p [Piece],
    last: Time,
}

impl Clock<'_> {
    /// The first moment by which `target` arrivals are expected since time 0; nothing when there
    /// will never be so many. Targets must not decrease, and times do not either.
    pub fn time_of(&mut self, target: f64) -> Option<Time> {
        while let Some((piece, rest)) = self.pieces.split_first() {
            let mass = target - piece.before;
            if mass <= piece.mass(piece.end) {
                self.last = self.last.max(piece.inverse(mass));
                return Some(self.last);
            }
            self.pieces = rest;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: f64) -> Time {
        Time((seconds * NANOS).round() as u64)
    }

    fn stage(until: f64, from: f64, to: f64) -> Stage {
        Stage {
            until: at(until),
            from,
            to,
        }
    }

    fn times(profile: &Profile, targets: impl IntoIterator<Item = f64>) -> Vec<Time> {
        let mut clock = profile.clock();
        targets
            .into_iter()
            .map_while(|target| clock.time_of(target))
            .collect()
    }

    #[test]
    fn arrivals_at_a_constant_rate_come_at_exact_distances() {
        let profile = Profile::constant(2_000.0);
        for (n, time) in (1..).zip(times(&profile, (1..=100_000).map(f64::from))) {
            assert_eq!(time, Time(n * 500_000));
        }
        let late = 1e10;
        let expected = [Time(5_000_000_000_000_000), Time(5_000_000_000_500_000)];
        assert_eq!(times(&profile, [late, late + 1.0]), expected);
    }

    #[test]
    fn a_ramp_follows_the_root_of_the_target() {
        let up = Profile::stages(&[stage(100.0, 0.0, 50.0)]);
        assert!((up.integral(at(100.0)) - 2_500.0).abs() < 1e-9);
        let mut clock = up.clock();
        for n in 1..=2_500 {
            let expected = at((f64::from(n) * 4.0).sqrt()).0;
            let time = clock.time_of(f64::from(n)).expect("in the ramp").0;
            assert!(time.abs_diff(expected) <= 1, "{n}: {time} {expected}");
        }
        assert_eq!(clock.time_of(2_500.5), None);
        let down = Profile::stages(&[stage(100.0, 50.0, 0.0)]);
        let expected = at(100.0 - (2_500.0_f64 - 1_600.0).sqrt() * 2.0);
        assert_eq!(times(&down, [1_600.0, 2_500.0]), [expected, at(100.0)]);
    }

    #[test]
    fn gaps_are_jumped_over() {
        let profile = Profile::stages(&[
            stage(5.0, 0.0, 0.0),
            stage(6.0, 10.0, 10.0),
            stage(1_000.0, 0.0, 0.0),
            stage(1_001.0, 10.0, 10.0),
            stage(2_000.0, 0.0, 0.0),
        ]);
        let expected = [5.5, 6.0, 1_000.1, 1_001.0].map(at);
        assert_eq!(times(&profile, [5.0, 10.0, 11.0, 20.0, 21.0]), expected);
        assert!((profile.integral(Time::NEVER) - 20.0).abs() < 1e-12);
        assert!(times(&Profile::constant(0.0), [1e-300]).is_empty());
        assert!(times(&Profile::stages(&[]), [1.0]).is_empty());
    }

    #[test]
    fn a_step_ends_and_a_ramp_stays() {
        let base = Profile::constant(100.0);
        let step = base.scaled(at(10.0), Some(at(20.0)), 3.0, false);
        for (seconds, rate) in [(0.0, 100.0), (9.9, 100.0), (10.0, 300.0), (20.0, 100.0)] {
            assert!((step.rate(at(seconds)) - rate).abs() < 1e-9);
        }
        assert!((step.integral(at(30.0)) - 5_000.0).abs() < 1e-9);
        let ramp = base.scaled(at(10.0), Some(at(20.0)), 3.0, true);
        for (seconds, rate) in [(9.9, 100.0), (10.0, 100.0), (15.0, 200.0), (40.0, 300.0)] {
            assert!((ramp.rate(at(seconds)) - rate).abs() < 1e-9);
        }
        assert!((ramp.integral(at(30.0)) - 6_000.0).abs() < 1e-9);
        let lasting = base.scaled(at(10.0), None, 0.5, false);
        assert!((lasting.integral(at(30.0)) - 2_000.0).abs() < 1e-9);
    }

    #[test]
    fn a_ramp_of_a_ramp_is_a_parabola_but_for_its_chords() {
        let base = Profile::stages(&[stage(10.0, 100.0, 200.0)]);
        let product = base.scaled(at(0.0), Some(at(10.0)), 3.0, true);
        for seconds in [0.0, 1.0, 4.321, 9.0] {
            let exact = (100.0 + 10.0 * seconds) * (1.0 + 0.2 * seconds);
            let error = (product.rate(at(seconds)) - exact).abs();
            assert!(error <= 100.0 * 2.0 / 4.0 / 64.0 / 64.0, "{error}");
        }
    }

    #[test]
    fn a_splice_changes_the_rate_from_then_on() {
        let first = Profile::stages(&[stage(10.0, 0.0, 100.0), stage(20.0, 100.0, 100.0)]);
        let spliced = first.splice(at(5.0), &Profile::constant(7.0));
        assert!((spliced.integral(at(5.0)) - 125.0).abs() < 1e-9);
        assert!((spliced.integral(at(15.0)) - 195.0).abs() < 1e-9);
        let unchanged = first.splice(at(30.0), &Profile::constant(1.0));
        assert!((unchanged.integral(at(30.0)) - 1_500.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_clock_inverts_the_integral(
            stages in prop::collection::vec((1_u32..2_000, 0_u32..5_000, 0_u32..5_000), 1..8),
            shares in prop::collection::vec(0.0..1.0_f64, 1..100),
            factor in 0.0..5.0_f64,
            fault in (0_u32..4_000, 1_u32..4_000, any::<bool>()),
        ) {
            let mut until = 0.0;
            let stages: Vec<Stage> = stages
                .into_iter()
                .map(|(length, from, to)| {
                    until += f64::from(length);
                    stage(until, f64::from(from), f64::from(to))
                })
                .collect();
            let (from, length, ramp) = fault;
            let end = at(f64::from(from + length));
            let profile = Profile::stages(&stages).scaled(at(f64::from(from)), Some(end), factor, ramp);
            let total = profile.integral(Time::NEVER);
            let mut targets: Vec<f64> = shares.iter().map(|share| share * total).collect();
            targets.sort_by(f64::total_cmp);
            let mut clock = profile.clock();
            let mut last = Time::ZERO;
            for target in targets {
                let time = clock.time_of(target).expect("the target is below the total");
                prop_assert!(last <= time);
                last = time;
                // Half a nanosecond of arrivals at the rates around, and 16 digits of the target.
                let rates = profile.rate(time) + profile.rate(Time(time.0.saturating_sub(2)));
                let slack = (rates + 1.0) / NANOS + 1e-14 * total;
                let error = (profile.integral(time) - target).abs();
                prop_assert!(error <= slack, "{error} over {slack} at {time}");
            }
        }
    }
}
