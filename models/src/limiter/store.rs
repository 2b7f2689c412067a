//! A store of counts that the instances of a service share: asked about each request, or now and then.

use super::{Counts, Local, RateLimit, Tally};
use crate::call::{Asker, Calling};
use crate::question::{Context, Outcome};
use crate::serving::Health;
use crate::system::{System, pool};
use crate::{Cause, Command, NodeId, NodeParameters, SiteId};
use sim_core::{Dice, Launch, PlaceId, Promise, Span, Time};

/// The bits of the number of a question to a store below those of its sequence.
const SEQUENCE: u32 = 24;

impl System<'_> {
    /// Asks the store about a question: how long it is held back, or when it may come again. Nothing
    /// when the store does not answer. What the store does with its counts, it does as its answer comes.
    pub(super) async fn ask_store(
        &self,
        limit: &RateLimit,
        store: SiteId,
        is_atomic: bool,
        promise: Promise,
        context: &Context,
    ) -> Option<Result<Span, Span>> {
        let here = self.sim.look(promise, |question, _| question.to)?;
        let calling = |copy| Calling {
            site: store,
            here,
            asker: Asker::Question(promise),
            copy: Some(copy),
            is_leg: false,
            limit: Time::NEVER,
        };
        let shared = &self.limiter(self.node_of(here)).shared;
        let (quota, limit) = limit.quota(context);
        if let Outcome::Failed(_) = self.call(&calling(0)).await {
            return None;
        }
        let now = self.sim.now();
        let mut tally: Tally = {
            let shared = shared.borrow();
            shared
                .get(&quota)
                .cloned()
                .unwrap_or_else(|| limit.nothing())
        };
        let held_back = match limit.decide(&tally, now) {
            Ok(held_back) => held_back,
            Err(reset) => return Some(Err(reset)),
        };
        limit.take(&mut tally, now);
        // Whoever reads before this is told counts as if this request had not been.
        if !is_atomic && let Outcome::Failed(_) = self.call(&calling(1)).await {
            return None;
        }
        shared.borrow_mut().insert(quota, tally);
        Some(Ok(held_back))
    }

    /// Lets the instances that ask a store now and then begin to do so, at different times.
    pub(crate) fn begin_synchronising(&self) {
        for node in (0..).map(NodeId).take(self.plan.nodes.len()) {
            self.synchronise_from_now(node, 0);
        }
    }

    /// Other parameters hold from now on: who asks a store more or less often begins anew.
    pub(crate) fn change_synchronising(&self, before: usize) {
        for (node, parameters) in (0..).map(NodeId).zip(&self.plan.epochs[before].nodes) {
            let every = |parameters| synchronised(parameters).map(|(_, every)| every);
            if every(parameters) != every(self.parameters(node)) {
                self.synchronise_from_now(node, self.epoch_number() as u8);
            }
        }
    }

    /// Begins another sequence of questions to the store of a node, if it has one to ask.
    fn synchronise_from_now(&self, node: NodeId, sequence: u8) {
        let sequence = u32::from(sequence);
        self.limiter(node).asking.set(sequence);
        let Some((_, every)) = synchronised(self.parameters(node)) else {
            return;
        };
        let instances = self.plan.nodes[node.index()].instances;
        for instance in 0..instances {
            let phase = every.0 / u64::from(instances) * u64::from(instance + 1);
            let first = sequence << SEQUENCE;
            let command = Command::Synchronise(self.instance(node, instance), first);
            self.sim.start_after(Span(phase), command);
        }
    }

    /// It is time for an instance to ask the store, the n-th time.
    pub(crate) fn arrive_to_synchronise(&self, place: PlaceId, n: u32) -> Option<Launch> {
        let node = self.node_of(place);
        let (_, every) = synchronised(self.parameters(node))?;
        if n >> SEQUENCE != self.limiter(node).asking.get() {
            return None;
        }
        self.sim
            .start_after(every, Command::Synchronise(place, n + 1));
        let is_up = self.instances[place.0 as usize].health.get() == Health::Up;
        is_up.then_some(Launch {
            pool: pool::LIMITER,
            place,
        })
    }

    /// An instance tells the store what it has let in, and learns what all have.
    pub(crate) async fn synchronise(&self, place: PlaceId, n: u32) {
        let node = self.node_of(place);
        let Some((site, _)) = synchronised(self.parameters(node)) else {
            return;
        };
        let context = self.synchronising(place, n);
        let calling = Calling {
            site,
            here: place,
            asker: Asker::Visit(&context),
            copy: None,
            is_leg: false,
            limit: Time::NEVER,
        };
        if let Outcome::Failed(_) = self.call(&calling).await {
            return;
        }
        let Some(limit) = self.rate_limit(self.node_of(place)) else {
            return;
        };
        let state = self.limiter(node);
        let mut shared = state.shared.borrow_mut();
        let instance = self.instance_of(place);
        let mut local = state.local.borrow_mut();
        for (&(_, quota), counted) in local.range_mut((instance, 0)..=(instance, u32::MAX)) {
            let limit = limit.limit_of(quota);
            let all = shared.entry(quota).or_insert_with(|| limit.nothing());
            let Local { tally, unsent } = counted;
            for at in unsent.drain(..) {
                limit.take(all, at);
            }
            tally.clone_from(all);
        }
    }

    /// What an instance asks the store about.
    fn synchronising(&self, place: PlaceId, n: u32) -> Context {
        let (node, instance) = (self.hash(self.node_of(place)), self.instance_of(place));
        let dice = Dice::visit_of_user(self.seed, self.run, node, instance, n.into());
        Context {
            request: crate::request_id(node, u64::from(instance) << 32 | u64::from(n)),
            cause: Cause::Refresh,
            leaves_something: true,
            ..Context::about(dice, 0)
        }
    }
}

/// How the limiter of a node asks a store now and then, and how often, if it does.
fn synchronised(parameters: &NodeParameters) -> Option<(SiteId, Span)> {
    let NodeParameters::Service(service) = parameters else {
        return None;
    };
    match service.extras.as_ref()?.rate_limit.as_ref()?.counts {
        Counts::Synchronised { store, every } => Some((store, every)),
        Counts::Local | Counts::Shared { .. } => None,
    }
}
