//! Gray failures: an instance that is there, looks healthy, and is sick for some of its requests.
//!
//! Huang et al., 2017, "Gray Failure: The Achilles' Heel of Cloud-Scale Systems": what a failure
//! detector sees differs from what callers see.

use crate::plan::FaultKind;
use crate::question::Question;
use crate::system::System;
use sim_core::{PlaceId, Promise, Purpose, name_hash};

/// Instances that are sick for some of their requests.
#[derive(Clone, PartialEq, Debug)]
pub struct Gray {
    /// The instances.
    pub places: Vec<PlaceId>,
    /// Whose requests; everybody's when missing.
    pub callers: Option<Vec<PlaceId>>,
    /// The share of these requests.
    pub share: f64,
    /// What becomes of them.
    pub symptom: Symptom,
}

/// What becomes of the requests that a gray failure hits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Symptom {
    /// They are answered `unavailable` at once, without a worker.
    Errors,
    /// Work on them takes so many times as long.
    Slow(f64),
}

impl System<'_> {
    /// Whether a gray failure of its place answers this question with an error.
    #[cold]
    pub(crate) fn fails_at_once(&self, promise: Promise, place: PlaceId) -> bool {
        self.symptoms(promise, place).contains(&Symptom::Errors)
    }

    /// How many times as long gray failures of its place make the work on this question.
    #[inline]
    pub(crate) fn slowed_by(&self, promise: Promise, place: PlaceId) -> f64 {
        if !self.instances[place.0 as usize].is_sick() {
            return 1.0;
        }
        let symptoms = self.symptoms(promise, place).into_iter();
        let factors = symptoms.map(|symptom| match symptom {
            Symptom::Slow(factor) => factor,
            Symptom::Errors => 1.0,
        });
        factors.product()
    }

    /// What gray failures of its place do to a question. Each hits an attempt or not for as long as
    /// it lasts, by its name and the dice of the attempt.
    fn symptoms(&self, promise: Promise, place: PlaceId) -> Vec<Symptom> {
        let sick = self.instances[place.0 as usize].sick.borrow();
        let asked = |question: &mut Question| (question.from, question.context.dice);
        let Some((caller, dice)) = self.sim.with_record(promise, asked) else {
            return Vec::new();
        };
        let symptom = |&number: &u32| {
            let fault = &self.faults[number as usize];
            let FaultKind::Gray(gray) = fault.kind else {
                return None;
            };
            let callers = gray.callers.as_ref();
            let is_his = callers.is_none_or(|callers| callers.contains(&caller));
            let share = if is_his { gray.share } else { 0.0 };
            let uniform = dice.uniform(Purpose::Gray, name_hash(fault.name) as u32);
            (uniform < share).then_some(gray.symptom)
        };
        sick.iter().filter_map(symptom).collect()
    }
}
