//! What a caller sees of its target: who is in rotation, near or far, until something changes.

use super::{Rotation, RotationState};
use crate::policy::Choices;
use sim_core::{Dice, Purpose, Time};
use std::cell::{Cell, Ref, RefCell};

/// The instances of a target, as far as they never change.
pub(crate) struct Fleet {
    /// The instances that may be asked in principle: number and whether it is in the caller's zone.
    pub(crate) instances: Vec<(u32, bool)>,
    /// Which of the calling instances this one is.
    pub(crate) caller: u32,
    /// The dice of subsets.
    pub(crate) dice: Dice,
}

/// Who may be picked.
#[derive(Default)]
pub(crate) struct View {
    parts: RefCell<Parts>,
    /// Which set of parameters it is a view of.
    epoch: Cell<Option<usize>>,
    /// Until when it holds if nothing happens.
    until: Cell<Time>,
}

#[derive(Default)]
struct Parts {
    /// The caller's subset, in order.
    members: Vec<u32>,
    /// Of these, who is in the caller's zone.
    is_near: Vec<bool>,
    /// Since when each has been back in rotation; [`Time::NEVER`] while it is out of it.
    since: Vec<Time>,
    /// Who is in rotation: in the caller's zone, where that matters, and elsewhere.
    near: Vec<u32>,
    far: Vec<u32>,
    /// The share of calls that stays near.
    stays: f64,
    is_panic: bool,
}

/// A picked instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pick {
    pub(crate) instance: u32,
    /// Whether anybody was asked, as too few seem well.
    pub(crate) is_panic: bool,
}

/// The draws of a pick beside those of balancing.
const NEAR: u32 = 8;
const SLOW_START: u32 = 9;

impl View {
    /// The caller's subset, in order.
    pub(super) fn members(&self) -> Ref<'_, [u32]> {
        Ref::map(self.parts.borrow(), |parts| parts.members.as_slice())
    }

    /// Whether an instance is one that the caller may ask.
    pub(super) fn is_member(&self, instance: u32) -> bool {
        self.members().binary_search(&instance).is_ok()
    }

    /// Forgets everything, and says how many were out of rotation.
    pub(super) fn forget(&self) -> i64 {
        self.epoch.set(None);
        self.parts.take().out()
    }

    /// Something has changed.
    pub(super) fn outdate(&self) {
        self.until.set(Time::ZERO);
    }
}

impl RotationState {
    /// Whether the view of these parameters must be made anew.
    pub(crate) fn is_outdated(&self, epoch: usize, now: Time) -> bool {
        self.view.epoch.get() != Some(epoch) || self.view.until.get() <= now
    }

    /// Looks who is in rotation now, and returns by how many more are out of it than before.
    pub(crate) fn look(
        &self,
        rotation: &Rotation,
        epoch: usize,
        fleet: impl FnOnce() -> Fleet,
        now: Time,
    ) -> i64 {
        let parts = &mut *self.view.parts.borrow_mut();
        let before = parts.out();
        if self.view.epoch.replace(Some(epoch)) != Some(epoch) {
            parts.begin(rotation, fleet());
        }
        let mut until = Time::NEVER;
        for (&member, since) in parts.members.iter().zip(&mut parts.since) {
            let (is_in, holds_until) = self.standing(rotation, member, now);
            until = until.min(holds_until);
            if !is_in {
                *since = Time::NEVER;
            } else if *since == Time::NEVER {
                *since = now;
            }
        }
        self.view.until.set(until);
        parts.sort_out(rotation);
        parts.out() - before
    }

    /// Picks an instance in rotation, as `balance` does among choices.
    pub(crate) fn pick(
        &self,
        rotation: &Rotation,
        avoid: Option<u32>,
        dice: Dice,
        now: Time,
        balance: impl Fn(&Choices<'_>) -> u32,
    ) -> Pick {
        let parts = &*self.view.parts.borrow();
        let draw = |index| dice.uniform(Purpose::Balance, index);
        let from = if parts.is_panic {
            &parts.members
        } else {
            let stays = draw_is_needed(parts.stays) && draw(NEAR) < parts.stays;
            parts.side(stays || 1.0 <= parts.stays, avoid)
        };
        let mut instance = balance(&Choices::listed(from, avoid));
        if let Some(slow) = &rotation.slow_start {
            let back = parts.back_since(instance).filter(|_| !parts.is_panic);
            let share = back.map_or(1.0, |since| slow.share(since, now));
            if share < 1.0 && share < draw(SLOW_START) {
                instance = balance(&Choices::listed(from, Some(instance)));
            }
        }
        Pick {
            instance,
            is_panic: parts.is_panic,
        }
    }
}

/// Whether chance decides.
fn draw_is_needed(share: f64) -> bool {
    0.0 < share && share < 1.0
}

impl Parts {
    /// Begins with a fleet of whom all are in rotation, and always were.
    fn begin(&mut self, rotation: &Rotation, fleet: Fleet) {
        let instances: Vec<u32> = fleet.instances.iter().map(|&(i, _)| i).collect();
        self.members = match &rotation.subset {
            Some(subset) => subset.of(fleet.dice, fleet.caller, &instances),
            None => instances,
        };
        let is_near = |member| fleet.instances.iter().any(|&(i, near)| near && i == member);
        self.is_near = self.members.iter().map(|&member| is_near(member)).collect();
        self.since = vec![Time::ZERO; self.members.len()];
    }

    /// How many are out of rotation.
    fn out(&self) -> i64 {
        let out = self.since.iter().filter(|&&since| since == Time::NEVER);
        out.count() as i64
    }

    /// Since when an instance has been back in rotation; nothing when it has never been out of it.
    fn back_since(&self, instance: u32) -> Option<Time> {
        let index = self.members.binary_search(&instance).ok()?;
        (self.since[index] != Time::ZERO).then(|| self.since[index])
    }

    /// Sorts out who may be picked.
    fn sort_out(&mut self, rotation: &Rotation) {
        let (mut near, mut far, mut zone) = (Vec::new(), Vec::new(), 0);
        for ((&member, &is_near), &since) in self.members.iter().zip(&self.is_near).zip(&self.since)
        {
            zone += usize::from(is_near);
            if since != Time::NEVER {
                let side = if is_near { &mut near } else { &mut far };
                side.push(member);
            }
        }
        let left = near.len() + far.len();
        self.is_panic =
            left == 0 || (left as f64) < rotation.panic_below * self.members.len() as f64;
        match &rotation.prefer_zone {
            Some(zone_first) => self.stays = zone_first.stays(near.len(), zone),
            None => {
                far.append(&mut near);
                far.sort_unstable();
                self.stays = 0.0;
            }
        }
        (self.near, self.far) = (near, far);
    }

    /// The instances near or far, whichever there is anybody else to ask.
    fn side(&self, near: bool, avoid: Option<u32>) -> &Vec<u32> {
        let (wanted, other) = match near {
            true => (&self.near, &self.far),
            false => (&self.far, &self.near),
        };
        let has_somebody = wanted.iter().any(|&i| Some(i) != avoid);
        if has_somebody || other.is_empty() {
            wanted
        } else {
            other
        }
    }
}
