//! Faults at random times: each is drawn in sequence from a stream of its own, before the run begins.

use crate::plan::{FaultKind, FaultPlan};
use sim_core::{Distribution, Span, Stream, Time};

/// A fault that happens at random times: a renewal process.
#[derive(Clone, Debug)]
pub struct RandomFault {
    /// What reports call it; with `of`, the name of its stream.
    pub name: String,
    /// Whose schedule it is, where several faults of one name have one each; else empty.
    pub of: String,
    /// How long until it begins again; from `from` on for the first time.
    pub wait: Distribution,
    /// Whether it is waited from the end of the one before, and not from its begin.
    pub from_end: bool,
    /// How long it lasts; nothing when it stays, or is over at once.
    pub lasts: Option<Distribution>,
    /// From when on.
    pub from: Time,
    /// No fault begins from then on.
    pub until: Time,
    /// What happens: one of these, each as likely as any other; nothing when there are none.
    pub kinds: Vec<FaultKind>,
}

/// A fault at its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Timed<'p> {
    pub(crate) name: &'p str,
    pub(crate) at: Time,
    /// `NEVER` when it stays, or is over at once.
    pub(crate) until: Time,
    pub(crate) kind: &'p FaultKind,
}

impl FaultPlan {
    pub(crate) fn timed(&self) -> Timed<'_> {
        let FaultPlan {
            name,
            at,
            until,
            kind,
        } = self;
        Timed {
            name,
            at: *at,
            until: *until,
            kind,
        }
    }
}

impl RandomFault {
    /// Its faults in one run. Each takes three numbers of the stream, needed or not, so that what
    /// one variant says of lengths and targets shifts no other draw.
    pub(crate) fn of_run(&self, seed: u64, run: u32) -> Vec<Timed<'_>> {
        let mut stream = Stream::new(seed, run, &self.name, &format!("fault {}", self.of));
        let mut faults = Vec::new();
        let mut clock = self.from;
        loop {
            let [wait, which, length] = std::array::from_fn(|_| stream.uniform());
            // Something passes even where the law says nothing, or the schedule would not end.
            let at = clock + self.wait.sample(wait).max(Span(1));
            if self.until <= at {
                return faults;
            }
            let lasts = self.lasts.as_ref().map(|lasts| lasts.sample(length));
            let until = lasts.map_or(Time::NEVER, |lasts| at + lasts);
            let kind = self.kinds.get((which * self.kinds.len() as f64) as usize);
            faults.extend(kind.map(|kind| Timed {
                name: &self.name,
                at,
                until,
                kind,
            }));
            clock = if self.from_end { until } else { at };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kills(wait: u64, lasts: u64) -> RandomFault {
        RandomFault {
            name: "kills".to_owned(),
            of: String::new(),
            wait: Distribution::exponential(Span::millis(wait)).expect("a positive mean"),
            from_end: false,
            lasts: Some(Distribution::constant(Span::millis(lasts))),
            from: Time::ZERO + Span::seconds(10.0),
            until: Time::ZERO + Span::seconds(100.0),
            kinds: (0..4).map(kill).collect(),
        }
    }

    fn kill(place: u32) -> FaultKind {
        FaultKind::Pause {
            places: vec![sim_core::PlaceId(place)],
        }
    }

    fn begins(fault: &RandomFault, run: u32) -> Vec<Time> {
        fault.of_run(1, run).iter().map(|fault| fault.at).collect()
    }

    #[test]
    fn a_schedule_is_a_function_of_seed_run_and_name() {
        let fault = kills(1_000, 500);
        assert_eq!(begins(&fault, 1), begins(&fault, 1));
        assert_ne!(begins(&fault, 1), begins(&fault, 2));
        let other = RandomFault {
            of: "web/1".to_owned(),
            ..kills(1_000, 500)
        };
        assert_ne!(begins(&fault, 1), begins(&other, 1));
    }

    #[test]
    fn lengths_and_targets_shift_no_begin() {
        let fault = kills(1_000, 500);
        let mut other = kills(1_000, 90_000);
        other.kinds.truncate(1);
        assert_eq!(begins(&fault, 1), begins(&other, 1));
        other.lasts = None;
        assert_eq!(begins(&fault, 1), begins(&other, 1));
    }

    #[test]
    fn faults_begin_within_their_time_and_hit_each_target_alike() {
        let fault = kills(10, 1);
        let faults = fault.of_run(1, 1);
        assert!(
            faults
                .iter()
                .all(|one| fault.from < one.at && one.at < fault.until)
        );
        // 9000 are expected, with a standard deviation of 95; of each target a quarter.
        assert!((8_600..9_400).contains(&faults.len()), "{}", faults.len());
        for kind in &fault.kinds {
            let hits = faults.iter().filter(|one| one.kind == kind).count();
            assert!((2_050..2_450).contains(&hits), "{hits}");
        }
    }

    #[test]
    fn from_end_to_begin_a_fault_never_meets_itself() {
        let fault = RandomFault {
            from_end: true,
            ..kills(100, 1_000)
        };
        let faults = fault.of_run(1, 1);
        assert!(faults.is_sorted_by(|one, next| one.until < next.at));
        // 90 s / 1.1 s.
        assert!((75..=85).contains(&faults.len()), "{}", faults.len());
    }

    #[test]
    fn a_law_of_no_time_ends() {
        let mut fault = kills(1_000, 500);
        fault.wait = Distribution::constant(Span::ZERO);
        fault.until = fault.from + Span(100);
        assert_eq!(fault.of_run(1, 1).len(), 99);
    }
}
