//! Outlier ejection: an instance whose calls fail is left alone for a while, as in Envoy.

use crate::Failure;
use crate::policy::Ending;
use sim_core::{Span, Time};
use std::cell::{Cell, RefCell};

/// When an instance is left alone, and for how long (Envoy, "Outlier detection").
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ejection {
    /// Calls in a row that must fail.
    pub consecutive_failures: u32,
    /// How often success rates are compared, and what takes one off the number of times ejected.
    pub interval: Span,
    /// How long it is left alone, times the number of times that this has happened.
    pub base: Span,
    /// Nobody is ejected when this share is out already.
    pub max_ejected: f64,
    /// Ejects whose calls succeed less often than those of others.
    pub success_rate: Option<SuccessRate>,
}

/// Compares the success rates of the instances in each interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SuccessRate {
    /// How many standard deviations below the mean is too low.
    pub stdev_factor: f64,
    /// Calls that an instance must have had in the interval to be compared.
    pub min_requests: u32,
    /// How many instances there must be to compare.
    pub min_instances: u32,
}

/// The longest ejection unless the base is longer, as in Envoy.
const LONGEST: Span = Span::millis(300_000);

/// What one caller's calls have found.
#[derive(Default)]
pub(super) struct Ejections {
    records: RefCell<Vec<Record>>,
    compared: Cell<Time>,
}

#[derive(Clone, Copy, Default)]
struct Record {
    /// Calls in a row that have failed.
    failures: u32,
    /// Calls of this interval, and those that succeeded.
    asked: u32,
    answered: u32,
    /// It is left alone until then.
    until: Time,
    /// How often it was ejected, less what time has taken off.
    times: u32,
}

impl Record {
    fn eject(&mut self, policy: &Ejection, now: Time) {
        let forgiven = now.since(self.until).0 / policy.interval.0.max(1);
        let times = u64::from(self.times).saturating_sub(forgiven) + 1;
        self.times = times.try_into().unwrap_or(u32::MAX);
        let longest = LONGEST.max(policy.base);
        self.until = now + Span(policy.base.0.saturating_mul(times)).min(longest);
        self.failures = 0;
    }
}

impl Ejections {
    /// Until when an instance is ejected.
    pub(super) fn until(&self, instance: u32) -> Time {
        let records = self.records.borrow();
        records
            .get(instance as usize)
            .map_or(Time::ZERO, |record| record.until)
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        self.records.borrow_mut().clear();
    }

    /// A call has ended; who is ejected now.
    pub(super) fn ends(
        &self,
        policy: &Ejection,
        members: &[u32],
        instance: u32,
        ending: Ending,
        now: Time,
    ) -> Vec<u32> {
        let has_failed = match ending {
            Ending::Answered => false,
            Ending::Failed(Failure::Throttled) | Ending::Left => return Vec::new(),
            Ending::Failed(_) | Ending::TimedOut => true,
        };
        let mut records = self.records.borrow_mut();
        let all = members.last().copied().unwrap_or(0).max(instance);
        if records.len() <= all as usize {
            records.resize(all as usize + 1, Record::default());
        }
        let record = &mut records[instance as usize];
        record.asked += 1;
        record.answered += u32::from(!has_failed);
        // While it is out, calls from before go on failing: on its return it begins at 0.
        let counts = has_failed && record.until <= now;
        record.failures = if counts { record.failures + 1 } else { 0 };
        let mut outliers = Vec::new();
        if policy.consecutive_failures <= record.failures {
            outliers.push(instance);
        }
        if let Some(rates) = &policy.success_rate
            && self.compared.get() + policy.interval <= now
        {
            self.compared.set(now);
            outliers.extend(slackers(rates, members, &mut records));
        }
        let is_out = |record: &Record| now < record.until;
        outliers.retain(|&outlier| {
            let ejected = members.iter().filter(|&&i| is_out(&records[i as usize]));
            let may = (ejected.count() as f64) < policy.max_ejected * members.len() as f64;
            let record = &mut records[outlier as usize];
            let is_new = may && !is_out(record);
            if is_new {
                record.eject(policy, now);
            }
            is_new
        });
        outliers
    }
}

/// Whose calls succeed too seldom; the next interval begins.
fn slackers(policy: &SuccessRate, members: &[u32], records: &mut [Record]) -> Vec<u32> {
    let rate = |&instance: &u32| {
        let record = &records[instance as usize];
        let is_enough = policy.min_requests <= record.asked && 0 < record.asked;
        is_enough.then(|| {
            (
                instance,
                f64::from(record.answered) / f64::from(record.asked),
            )
        })
    };
    let rates: Vec<(u32, f64)> = members.iter().filter_map(rate).collect();
    for record in records {
        (record.asked, record.answered) = (0, 0);
    }
    if rates.len() < policy.min_instances.max(1) as usize {
        return Vec::new();
    }
    let count = rates.len() as f64;
    let mean = rates.iter().map(|(_, rate)| rate).sum::<f64>() / count;
    let square = |(_, rate): &(u32, f64)| (rate - mean) * (rate - mean);
    let deviation = (rates.iter().map(square).sum::<f64>() / count).sqrt();
    let least = mean - policy.stdev_factor * deviation;
    let slow = rates.into_iter().filter(|&(_, rate)| rate < least);
    slow.map(|(instance, _)| instance).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Ejection = Ejection {
        consecutive_failures: 3,
        interval: Span::millis(10_000),
        base: Span::millis(30_000),
        max_ejected: 0.5,
        success_rate: None,
    };

    const MEMBERS: [u32; 4] = [0, 1, 2, 3];

    fn at(seconds: f64) -> Time {
        Time::ZERO + Span::seconds(seconds)
    }

    fn fail(ejections: &Ejections, instance: u32, seconds: f64) -> Vec<u32> {
        ejections.ends(&POLICY, &MEMBERS, instance, Ending::TimedOut, at(seconds))
    }

    #[test]
    fn failures_in_a_row_eject_and_a_success_between_them_does_not() {
        let ejections = Ejections::default();
        assert!(fail(&ejections, 1, 1.0).is_empty() && fail(&ejections, 1, 2.0).is_empty());
        assert!(
            ejections
                .ends(&POLICY, &MEMBERS, 1, Ending::Answered, at(3.0))
                .is_empty()
        );
        assert!(fail(&ejections, 1, 4.0).is_empty() && fail(&ejections, 1, 5.0).is_empty());
        assert!(
            ejections
                .ends(&POLICY, &MEMBERS, 1, Ending::Left, at(5.5))
                .is_empty()
        );
        assert_eq!(fail(&ejections, 1, 6.0), [1]);
        assert_eq!(ejections.until(1), at(36.0));
    }

    #[test]
    fn ejections_get_longer_and_shorter_again_with_time_in_rotation() {
        let ejections = Ejections::default();
        let eject = |seconds: f64| {
            (0..3).for_each(|_| drop(fail(&ejections, 0, seconds)));
            ejections.until(0).since(at(seconds))
        };
        assert_eq!(eject(0.0), Span::seconds(30.0));
        assert_eq!(eject(31.0), Span::seconds(60.0));
        assert_eq!(eject(92.0), Span::seconds(90.0));
        // Back at 182 s, and 25 s in rotation take off two of three.
        assert_eq!(eject(207.0), Span::seconds(60.0));
    }

    #[test]
    fn a_base_above_the_longest_ejection_is_not_cut() {
        let policy = Ejection {
            base: Span::seconds(400.0),
            ..POLICY
        };
        let ejections = Ejections::default();
        for seconds in [1.0, 500.0] {
            let end = || ejections.ends(&policy, &MEMBERS, 0, Ending::TimedOut, at(seconds));
            (0..3).for_each(|_| drop(end()));
            assert_eq!(ejections.until(0), at(seconds + 400.0));
        }
    }

    #[test]
    fn failures_while_it_is_ejected_do_not_count_after_its_return() {
        let ejections = Ejections::default();
        (0..3).for_each(|_| drop(fail(&ejections, 0, 1.0)));
        (0..9).for_each(|_| drop(fail(&ejections, 0, 2.0)));
        let ejected = [31.0, 32.0, 33.0].map(|seconds| fail(&ejections, 0, seconds).len());
        assert_eq!(ejected, [0, 0, 1]);
    }

    #[test]
    fn no_more_are_ejected_than_allowed() {
        let ejections = Ejections::default();
        let eject = |instance| (0..3).flat_map(|_| fail(&ejections, instance, 1.0)).count();
        assert_eq!([0, 1, 2, 3].map(eject), [1, 1, 0, 0]);
    }

    #[test]
    fn who_succeeds_less_often_than_the_others_is_ejected_at_the_end_of_an_interval() {
        let policy = Ejection {
            consecutive_failures: 1_000,
            success_rate: Some(SuccessRate {
                stdev_factor: 1.5,
                min_requests: 10,
                min_instances: 4,
            }),
            ..POLICY
        };
        let ejections = Ejections::default();
        let mut ejected = Vec::new();
        for n in 0..100_u32 {
            let ending = match n % 4 == 2 && n % 8 == 2 {
                true => Ending::Failed(Failure::Unavailable),
                false => Ending::Answered,
            };
            let now = at(0.2 * f64::from(n));
            ejected.extend(ejections.ends(&policy, &MEMBERS, n % 4, ending, now));
        }
        assert_eq!(ejected, [2], "it fails every other call");
    }
}
