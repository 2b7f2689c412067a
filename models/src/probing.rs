//! Probing: the health checks of a calling instance, which are real messages to each instance it may ask.

use crate::network::{Fate, Parcel};
use crate::policy::{Checks, Depth, HealthCheck};
use crate::question::Context;
use crate::serving::Health;
use crate::system::System;
use crate::{Cause, Command, Happening, NodeId, Outcome, Question, SiteId, Value};
use sim_core::{Dice, Launch, PlaceId, Promise, Purpose, Span, Wait, name_hash};

/// The purpose of the dice of health checks.
const PROBE: u64 = name_hash("health-check");

/// The checks of one instance that are under way. Dropping it says that they are not any more.
struct UnderWay<'s>(&'s Checks, u32);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way(self.1, false);
    }
}

impl System<'_> {
    /// Begins the health checks that the parameters ask for, but for those that are under way.
    pub(crate) fn begin_checks(&self) {
        for (place, plan) in (0..).map(PlaceId).zip(&self.plan.places) {
            self.begin_checks_of(place, plan.node);
        }
    }

    /// Begins the health checks that an instance of this node makes.
    pub(crate) fn begin_checks_of(&self, here: PlaceId, node: NodeId) {
        for (site, plan) in (0..).map(SiteId).zip(&self.plan.sites) {
            let is_up = self.instances[here.0 as usize].health.get() == Health::Up;
            if plan.from == node && is_up && self.health_check(site).is_some() {
                for instance in 0..self.plan.nodes[plan.to.index()].instances {
                    self.sim.start_at_once(Command::Check(site, here, instance));
                }
            }
        }
    }

    fn health_check(&self, site: SiteId) -> Option<&HealthCheck> {
        let rotation = self.policy(site).rotation.as_ref()?;
        rotation.health_check.as_ref()
    }

    /// Checks one instance every so often, for as long as the parameters say so.
    pub(crate) async fn check(&self, site: SiteId, here: PlaceId, instance: u32) {
        let state = self.policy_state(site, here).rotation();
        if state.checks().under_way(instance, true) {
            return;
        }
        let _under_way = UnderWay(state.checks(), instance);
        let mut next = self.sim.now();
        for number in 0.. {
            let Some(policy) = self.health_check(site) else {
                return;
            };
            let dice = self.check_dice(site, here, instance, number);
            next = next
                + match number {
                    // Checks of different instances, and of different callers, are out of step.
                    0 => Span::nanos(policy.interval.0 as f64 * dice.uniform(Purpose::Balance, 0)),
                    _ => policy.interval,
                };
            self.sim.sleep(next.since(self.sim.now()), Wait::Work).await;
            let Some(rotation) = &self.policy(site).rotation else {
                return;
            };
            self.look_at_rotation(site, here, rotation);
            if state.is_member(instance) {
                let has_passed = self.passes(site, here, instance, dice).await;
                if let Some(removal) = state.checked(policy, instance, has_passed) {
                    self.count_removal(site, here, removal);
                }
                self.look_at_rotation(site, here, rotation);
            }
        }
    }

    fn check_dice(&self, site: SiteId, here: PlaceId, instance: u32, number: u32) -> Dice {
        let plan = &self.plan.sites[usize::from(site.0)];
        let (from, caller) = (self.hash(plan.from) ^ PROBE, self.instance_of(here));
        let dice = Dice::visit_of_user(self.seed, self.run, from, caller, number.into());
        dice.call(self.hash(plan.to), plan.ordinal)
            .attempt(instance, 0)
    }

    /// Asks an instance whether it is well.
    async fn passes(&self, site: SiteId, here: PlaceId, instance: u32, dice: Dice) -> bool {
        let Some(policy) = self.health_check(site) else {
            return true;
        };
        let to = self.instance(self.plan.sites[usize::from(site.0)].to, instance);
        let context = Context {
            cause: Cause::Probe,
            request: PROBE,
            ..Context::about(dice, 0)
        };
        let fate = self.send_question(here, to, &context);
        let question = Question {
            to,
            ..self.local_question(context, here)
        };
        let mut answer = self.sim.promise(question);
        let promise = answer.promise();
        let command = match policy.depth {
            Depth::Shallow => Command::Ping(promise),
            Depth::Deep => Command::Serve(promise),
        };
        match fate {
            Fate::Delivered(delay) => self.sim.start_after(delay, command),
            Fate::Lost => self.sim.forsake(promise),
            Fate::Held => {
                let classes = (self.class(here), self.class(to));
                self.network.hold(classes, Parcel::Question(command));
            }
        }
        let deadline = self.sim.now() + policy.timeout;
        let outcome = self.sim.before(deadline, &mut answer).await;
        matches!(outcome, Some(Outcome::Answered(_)))
    }

    /// A shallow check has come: the process answers it, if there is one, without a place for work.
    pub(crate) fn answer_ping(&self, promise: Promise) -> Option<Launch> {
        let (calibration, now) = (&self.plan.calibration, self.sim.now());
        let place = self.sim.with_record(promise, |question| question.to)?;
        if self.instances[place.0 as usize].health.get() != Health::Up {
            self.is_not_heard(promise, place, PROBE);
            return None;
        }
        let meters = self.meters(self.node_of(place));
        self.note(place, Happening::Delivery, PROBE, || {
            "is asked whether it is well".into()
        });
        meters.calls[Cause::Probe as usize].add(calibration, now, 1);
        meters.enter(calibration, now);
        meters.leave(calibration, now, now);
        self.send_reply(promise, Outcome::Answered(Value::default()));
        None
    }
}
