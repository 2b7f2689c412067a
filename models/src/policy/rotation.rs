//! Rotation: which instances a caller asks at all, by what its own calls and checks have taught it.

mod ejection;
mod health;
mod slow_start;
mod subset;
mod view;
mod zone;

pub use ejection::{Ejection, SuccessRate};
pub(crate) use health::Checks;
pub use health::{Depth, HealthCheck};
pub use slow_start::SlowStart;
pub use subset::{Subset, SubsetChoice};
pub(crate) use view::Fleet;
pub use zone::PreferZone;

use super::Ending;
use ejection::Ejections;
use sim_core::Time;
use view::View;

/// Which instances may be asked; what is missing keeps nobody out.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rotation {
    /// Each calling instance asks a few instances only.
    pub subset: Option<Subset>,
    /// Instances in the caller's zone go first.
    pub prefer_zone: Option<PreferZone>,
    /// Instances whose calls fail are left alone for a while.
    pub ejection: Option<Ejection>,
    /// Instances are asked whether they are well.
    pub health_check: Option<HealthCheck>,
    /// Instances that come back get few calls at first.
    pub slow_start: Option<SlowStart>,
    /// When a smaller share of them than this seems well, anybody is asked; the same when nobody does.
    pub panic_below: f64,
}

/// What one caller knows of the instances of its target.
#[derive(Default)]
pub(crate) struct RotationState {
    ejections: Ejections,
    checks: Checks,
    view: View,
}

/// Why an instance was taken out of rotation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Removal {
    /// Its calls failed.
    Ejected(u32),
    /// Its checks failed.
    Unhealthy(u32),
}

impl RotationState {
    /// A call has ended. Says whom that has cost the place in rotation.
    pub(crate) fn ends(
        &self,
        rotation: &Rotation,
        instance: u32,
        ending: Ending,
        now: Time,
    ) -> Vec<Removal> {
        let Some(policy) = &rotation.ejection else {
            return Vec::new();
        };
        let members = self.view.members();
        let ejected = self.ejections.ends(policy, &members, instance, ending, now);
        if !ejected.is_empty() {
            self.view.outdate();
        }
        ejected.into_iter().map(Removal::Ejected).collect()
    }

    /// A health check has ended. Says whether that has cost the instance its place in rotation.
    pub(crate) fn checked(
        &self,
        policy: &HealthCheck,
        instance: u32,
        has_passed: bool,
    ) -> Option<Removal> {
        let change = self.checks.checked(policy, instance, has_passed)?;
        self.view.outdate();
        (change == health::Change::Unhealthy).then_some(Removal::Unhealthy(instance))
    }

    /// What checks have found.
    pub(crate) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Whether an instance is one that the caller may ask.
    pub(crate) fn is_member(&self, instance: u32) -> bool {
        self.view.is_member(instance)
    }

    /// Forgets everything, and says how many instances were out of rotation.
    pub(crate) fn forget(&self) -> i64 {
        self.ejections.forget();
        self.checks.forget();
        self.view.forget()
    }

    /// Whether an instance is in rotation, and until when that is so if nothing happens.
    fn standing(&self, rotation: &Rotation, instance: u32, now: Time) -> (bool, Time) {
        let ejected_until = match &rotation.ejection {
            Some(_) => self.ejections.until(instance),
            None => Time::ZERO,
        };
        let is_ejected = now < ejected_until;
        let is_healthy = rotation.health_check.is_none() || self.checks.is_healthy(instance);
        let until = if is_ejected {
            ejected_until
        } else {
            Time::NEVER
        };
        (is_healthy && !is_ejected, until)
    }
}
