//! Choosing: which instance of its target a call asks.

use crate::call::Calling;
use crate::policy::{At, Attempt, Choices, Ending, Fleet, PolicyState, Removal, Rotation};
use crate::question::Context;
use crate::serving::Health;
use crate::system::System;
use crate::{CallPolicy, Count, NO_SESSION, NodeId, NodeKind, NodeParameters, Reads, SiteId};
use sim_core::{Dice, PlaceId};

/// The purpose of the dice of subsets.
const SUBSET: u64 = sim_core::name_hash("subset");

/// The purpose of the dice for an instance in place of one that is barred.
const UNBARRED: u64 = sim_core::name_hash("unbarred");

impl System<'_> {
    /// The instance that an attempt or a copy of it asks, another than `avoid` where there is one.
    pub(crate) fn choose(
        &self,
        calling: &Calling<'_>,
        target: NodeId,
        policy: &CallPolicy,
        state: &PolicyState,
        context: &Context,
        (copy, avoid): (u32, Option<u32>),
    ) -> u32 {
        let count = self.plan.nodes[target.index()].instances;
        let now = self.sim.now();
        let is_barred = |instance| {
            let gates = policy.gates.as_deref().filter(|_| copy != 2);
            gates.is_some_and(|gates| state.gates().bars(gates, instance, now))
        };
        let pick = |first, count| {
            let rings = self.rings(target);
            let balance = |choices: &Choices<'_>| {
                let pick = |choices: &Choices<'_>, context: &Context| {
                    let (balance, stale) = (&policy.balance, policy.stale_load);
                    state
                        .balance
                        .pick(balance, stale, choices, context, now, rings)
                };
                let instance = pick(choices, context);
                if !is_barred(instance) {
                    return instance;
                }
                // Again among those whom no gate bars, with dice of their own.
                let open: Vec<u32> = choices.iter().filter(|&other| !is_barred(other)).collect();
                let mut again = *context;
                again.dice = context.dice.call(UNBARRED, 0);
                match open.is_empty() {
                    true => instance,
                    false => pick(&Choices::listed(&open, None), &again),
                }
            };
            match &policy.rotation {
                None => balance(&Choices::range(first, count, avoid)),
                Some(rotation) => {
                    self.look_at_rotation(calling.site, calling.here, rotation);
                    let pick = state
                        .rotation()
                        .pick(rotation, avoid, context.dice, now, balance);
                    if pick.is_panic {
                        self.count(calling.here, Count::PanicPicks);
                    }
                    pick.instance
                }
            }
        };
        if policy.fan_out.is_some_and(|fan| fan.to_each) {
            return u32::from(calling.copy.unwrap_or(0));
        }
        if count == 1 {
            return 0;
        }
        if let NodeKind::Database(_) = self.plan.nodes[target.index()].kind {
            if context.is_write || copy == 2 {
                return 0;
            }
            return match self.parameters(target).as_database().reads {
                Reads::Primary => 0,
                Reads::Any => pick(0, count),
                Reads::Nearest => {
                    let nearest = self.nearest(calling.here, target, avoid);
                    if is_barred(nearest) {
                        pick(0, count)
                    } else {
                        nearest
                    }
                }
                Reads::Sticky if context.session == NO_SESSION => pick(0, count),
                Reads::Sticky => {
                    let mut home = context.session % count;
                    if avoid == Some(home) {
                        home = (home + 1) % count;
                    }
                    if is_barred(home) {
                        pick(0, count)
                    } else {
                        home
                    }
                }
                Reads::WaitForVersion(_) => pick(1, count - 1),
            };
        }
        pick(0, count)
    }

    /// Brings up to date whom a caller sees in rotation.
    pub(crate) fn look_at_rotation(&self, site: SiteId, here: PlaceId, rotation: &Rotation) {
        let (state, now) = (self.policy_state(site, here).rotation(), self.sim.now());
        let epoch = self.epoch_number();
        if state.is_outdated(epoch, now) {
            let more = state.look(rotation, epoch, || self.fleet(site, here), now);
            self.change_out_of_rotation(site, more);
        }
    }

    /// Other parameters hold from now on: gates hear of their policies, and where there is no rotation any
    /// more, nobody is out of it.
    pub(crate) fn change_policies(&self) {
        for (site, plan) in (0..).map(SiteId).zip(&self.plan.sites) {
            for caller in 0..self.plan.nodes[plan.from.index()].instances {
                let state = self.policy_state(site, self.instance(plan.from, caller));
                let at = At {
                    now: self.sim.now(),
                    sim: &self.sim,
                    calibration: &self.plan.calibration,
                    meters: self.meters(plan.from),
                };
                state.set_gates(self.policy(site).gates.as_deref(), &at);
                if self.policy(site).rotation.is_none() {
                    self.change_out_of_rotation(site, -state.forget_rotation());
                }
            }
        }
    }

    /// More instances are out of rotation at a caller, or fewer.
    fn change_out_of_rotation(&self, site: SiteId, more: i64) {
        let target = self.plan.sites[usize::from(site.0)].to;
        let gauge = &self.meters(target).out_of_rotation;
        gauge.change(&self.plan.calibration, self.sim.now(), more);
    }

    /// The instances that a caller may ask in principle.
    fn fleet(&self, site: SiteId, here: PlaceId) -> Fleet {
        let target = self.plan.sites[usize::from(site.0)].to;
        let plan = &self.plan.nodes[target.index()];
        let zone = self.plan.places[here.0 as usize].zone;
        let zone_of = |i| self.plan.places[self.instance(target, i).0 as usize].zone;
        let instances = match self.parameters(target) {
            NodeParameters::Database(database)
                if matches!(database.reads, Reads::WaitForVersion(_)) =>
            {
                1..plan.instances
            }
            _ => 0..plan.instances,
        };
        Fleet {
            instances: instances
                .map(|i| (i, zone.is_some() && zone_of(i) == zone))
                .collect(),
            caller: self.instance_of(here),
            dice: Dice::visit(self.seed, self.run, self.hash(target), 0).call(SUBSET, 0),
        }
    }

    /// What the end of an attempt tells its caller of the instance that it asked.
    pub(crate) fn learn_of_instance(
        &self,
        site: SiteId,
        here: PlaceId,
        rotation: &Rotation,
        attempt: &Attempt,
        ending: Ending,
    ) {
        let state = self.policy_state(site, here).rotation();
        for removal in state.ends(rotation, attempt.instance, ending, self.sim.now()) {
            self.count_removal(site, here, removal);
        }
    }

    /// Counts who was taken out of rotation, and whether that was a mistake, which only we know.
    pub(crate) fn count_removal(&self, site: SiteId, here: PlaceId, removal: Removal) {
        let (instance, what) = match removal {
            Removal::Ejected(instance) => (instance, Count::Ejections),
            Removal::Unhealthy(instance) => (instance, Count::MarkedUnhealthy),
        };
        self.count(here, what);
        let place = self.instance(self.plan.sites[usize::from(site.0)].to, instance);
        let there = &self.instances[place.0 as usize];
        let is_well = there.slowness.borrow().is_empty() && there.sick.borrow().is_empty();
        if there.health.get() == Health::Up && is_well {
            self.count(here, Count::FalseEjections);
        }
    }
}
