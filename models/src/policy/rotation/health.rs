//! Active health checks: how an instance becomes unhealthy and healthy again in the eyes of a caller.

use sim_core::Span;
use std::cell::RefCell;

/// Each calling instance asks each instance every so often whether it is well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HealthCheck {
    /// How often, from the begin of one check to that of the next.
    pub interval: Span,
    /// How long it waits for an answer.
    pub timeout: Span,
    /// Checks in a row that an instance must fail to be unhealthy.
    pub unhealthy_after: u32,
    /// Checks in a row that it must pass to be healthy again.
    pub healthy_after: u32,
    /// What a check asks for.
    pub depth: Depth,
}

/// What a health check asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// Whether the process is there: it answers without a place for work.
    Shallow,
    /// All that a request does: it waits for a place, works, and asks whom the instance asks.
    Deep,
}

/// What a check has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    Healthy,
    Unhealthy,
}

/// What the checks of one caller have found.
#[derive(Default)]
pub(crate) struct Checks(RefCell<Vec<Findings>>);

/// What the checks of one instance have found. All are healthy at first.
#[derive(Clone, Copy, Default)]
struct Findings {
    is_unhealthy: bool,
    /// Checks in a row that say otherwise.
    against: u32,
    is_under_way: bool,
}

impl Checks {
    fn with<X>(&self, instance: u32, look: impl FnOnce(&mut Findings) -> X) -> X {
        let mut all = self.0.borrow_mut();
        if all.len() <= instance as usize {
            all.resize(instance as usize + 1, Findings::default());
        }
        look(&mut all[instance as usize])
    }

    /// Says whether checks of an instance are under way, and whether they were.
    pub(crate) fn under_way(&self, instance: u32, are: bool) -> bool {
        self.with(instance, |found| {
            std::mem::replace(&mut found.is_under_way, are)
        })
    }

    /// Forgets everything but which checks are under way.
    pub(super) fn forget(&self) {
        for found in self.0.borrow_mut().iter_mut() {
            (found.is_unhealthy, found.against) = (false, 0);
        }
    }

    pub(super) fn is_healthy(&self, instance: u32) -> bool {
        let all = self.0.borrow();
        all.get(instance as usize)
            .is_none_or(|found| !found.is_unhealthy)
    }

    /// A check has ended.
    pub(super) fn checked(
        &self,
        policy: &HealthCheck,
        instance: u32,
        has_passed: bool,
    ) -> Option<Change> {
        self.with(instance, |found| {
            if has_passed != found.is_unhealthy {
                found.against = 0;
                return None;
            }
            found.against += 1;
            let (threshold, change) = match found.is_unhealthy {
                true => (policy.healthy_after, Change::Healthy),
                false => (policy.unhealthy_after, Change::Unhealthy),
            };
            if found.against < threshold {
                return None;
            }
            found.against = 0;
            found.is_unhealthy = change == Change::Unhealthy;
            Some(change)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_checks_in_a_row_change_the_state() {
        let policy = HealthCheck {
            interval: Span::millis(1_000),
            timeout: Span::millis(500),
            unhealthy_after: 3,
            healthy_after: 2,
            depth: Depth::Shallow,
        };
        let checks = Checks::default();
        let found = "..x.xx.xxx.x..x.xxx".chars().map(|check| {
            match checks.checked(&policy, 7, check == '.') {
                Some(Change::Unhealthy) => 'U',
                Some(Change::Healthy) => 'H',
                None => '-',
            }
        });
        assert_eq!(found.collect::<String>(), "---------U---H----U");
        assert!(checks.is_healthy(6) && !checks.is_healthy(7));
    }
}
