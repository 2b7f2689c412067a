//! Sharing: work at a place where each job is the slower, the more there are.
//!
//! All jobs at such a place get served time alike. So each has a tag, the served time at which it is
//! done, from when it begins to when it ends, however often the speed changes; and one timer, for the
//! lowest tag, is enough.

use crate::timers::Ticket;
use crate::{PlaceId, Process, Reply, Sim};
use std::collections::BTreeMap;

/// How fast each job at a place is, by their number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sharing {
    /// So many jobs run at full speed; more of them share alike (processor sharing).
    pub cores: u32,
    /// The share of work that only one job can do at a time: sigma of the Universal Scalability Law
    /// (Gunther, 2007, "Guerrilla Capacity Planning").
    pub contention: f64,
    /// What it costs a job to agree with each other one, as a share of its work: kappa of that law.
    pub coherence: f64,
}

impl Sharing {
    /// Full speed, however many there are.
    pub const NONE: Sharing = Sharing {
        cores: u32::MAX,
        contention: 0.0,
        coherence: 0.0,
    };

    /// The speed of each of so many jobs; their throughput is that many times as much.
    pub fn speed(&self, jobs: usize) -> f64 {
        let jobs = jobs.max(1) as f64;
        let others = jobs - 1.0;
        let share = (f64::from(self.cores) / jobs).min(1.0);
        share / (1.0 + self.contention * others + self.coherence * jobs * others)
    }
}

/// The name of a job: its tag, and its number to tell it from others of the same tag.
pub(crate) type Job = (u64, u64);

/// The jobs at a place that share it.
pub(crate) struct Shared {
    law: Sharing,
    /// The speed of a job that is alone.
    own_speed: f64,
    jobs: BTreeMap<Job, Process>,
    next_number: u64,
    /// The timer of the first job.
    alarm: Option<(Ticket, Job)>,
}

impl Shared {
    pub(crate) fn set_own_speed(&mut self, speed: f64) {
        self.own_speed = speed;
    }

    /// Adds a job of `process` that is done at `tag`, and returns its number.
    fn add(&mut self, tag: u64, process: Process) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.jobs.insert((tag, number), process);
        number
    }

    fn speed(&self) -> f64 {
        self.own_speed * self.law.speed(self.jobs.len())
    }
}

impl<C: Copy, R: Reply, T> Sim<C, R, T> {
    /// Lets the jobs at a place share it, from before there are any.
    pub fn share(&self, place: PlaceId, law: Sharing) {
        let place = &mut self.places.borrow_mut()[place.0 as usize];
        place.shared = Some(Box::new(Shared {
            law,
            own_speed: place.speed,
            jobs: BTreeMap::new(),
            next_number: 0,
            alarm: None,
        }));
    }

    /// The running process has work at a place that is shared; its number there.
    pub(crate) fn join(&self, place: PlaceId, tag: u64) -> u64 {
        let process = self.running();
        let mut number = 0;
        self.change_shared(place, |shared| number = shared.add(tag, process));
        number
    }

    /// A job ends, or is dropped.
    pub(crate) fn part(&self, place: PlaceId, job: Job) {
        self.change_shared(place, |shared| {
            shared.jobs.remove(&job);
        });
    }

    /// Changes something about the jobs at a place, and sets the timer anew for who is first then; true
    /// when the place is shared.
    pub(crate) fn change_shared(&self, place: PlaceId, change: impl FnOnce(&mut Shared)) -> bool {
        let now = self.now();
        let place = &mut self.places.borrow_mut()[place.0 as usize];
        let Some(mut shared) = place.shared.take() else {
            return false;
        };
        change(&mut shared);
        let speed = shared.speed();
        let is_steady = speed.to_bits() == place.speed.to_bits();
        if !is_steady {
            place.settle(now);
            place.speed = speed;
        }
        let first = shared
            .jobs
            .first_key_value()
            .map(|(&job, &process)| (job, process));
        let mut agenda = self.agenda.borrow_mut();
        let is_set = |(ticket, job): (Ticket, Job)| {
            is_steady && agenda.timers.is_armed(ticket) && first.is_some_and(|first| first.0 == job)
        };
        if !shared.alarm.is_some_and(is_set) {
            if let Some((ticket, _)) = shared.alarm.take() {
                agenda.timers.take(ticket);
            }
            shared.alarm = first.and_then(|(job, process)| {
                let left = place.until(job.0, now)?;
                Some((agenda.arm(process, now + left), job))
            });
        }
        place.shared = Some(shared);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The throughput of so many jobs, in those of one alone.
    fn throughput(law: Sharing, jobs: usize) -> f64 {
        law.speed(jobs) * jobs as f64
    }

    #[test]
    fn so_many_jobs_as_cores_run_at_full_speed_and_more_share() {
        let law = Sharing {
            cores: 4,
            ..Sharing::NONE
        };
        for (jobs, expected) in [(0, 0.0), (1, 1.0), (4, 4.0), (5, 4.0), (100, 4.0)] {
            assert!((throughput(law, jobs) - expected).abs() < 1e-12, "{jobs}");
        }
    }

    #[test]
    fn throughput_has_a_peak_where_gunther_says() {
        let law = Sharing {
            contention: 0.05,
            coherence: 0.0005,
            ..Sharing::NONE
        };
        // sqrt((1 - 0.05) / 0.0005) = 43.6.
        let peak = (1..200).max_by(|&a, &b| throughput(law, a).total_cmp(&throughput(law, b)));
        assert_eq!(peak, Some(44));
        assert!((throughput(law, 32) - 10.505_58).abs() < 1e-5);
    }
}
