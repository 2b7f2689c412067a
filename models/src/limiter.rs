//! Rate limiters: how many requests a service lets in, whose requests share a quota, and who counts.
//!
//! A limiter is asked when a question arrives, before any queue. How it decides is an [`Algorithm`], one
//! in each file; where its counts are kept is decided here and in `store`.

mod algorithm;
mod busiest;
mod fixed_window;
mod leaky_bucket;
mod retry_after;
mod sliding_counter;
mod sliding_log;
mod store;
mod token_bucket;

pub use algorithm::Limit;
pub use busiest::Busiest;
pub use fixed_window::FixedWindow;
pub use leaky_bucket::LeakyBucket;
pub use retry_after::RetryAfter;
pub use sliding_counter::SlidingCounter;
pub use sliding_log::SlidingLog;
pub use token_bucket::TokenBucket;

use crate::question::{Context, Failure};
use crate::system::{System, pool};
use crate::{Count, NodeId, SiteId};
use algorithm::{Algorithm, Tally, Verdict, interval};
use sim_core::{Launch, PlaceId, Promise, Span, Time, Wait};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// The rate limiter of a service.
#[derive(Clone, Debug)]
pub struct RateLimit {
    /// Whose requests share a quota.
    pub quota_of: QuotaOf,
    /// What each quota is; at each instance, where each counts for itself.
    pub limit: Limit,
    /// The tenants whose quota is another one, by number.
    pub tenants: BTreeMap<u32, Limit>,
    /// Who counts.
    pub counts: Counts,
    /// What those are told that are not let in.
    pub answer: Failure,
}

/// Whose requests share a quota.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuotaOf {
    /// All that the service is asked.
    Service,
    /// Those of a tenant.
    Tenant,
    /// Those for a key.
    Key,
}

/// Who counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Counts {
    /// Each instance for itself.
    Local,
    /// A store that every request is checked with.
    Shared {
        /// How it is asked.
        store: SiteId,
        /// Whether it reads and counts in one step, or is read first and told afterwards.
        is_atomic: bool,
        /// Whether requests are let in when it does not answer.
        fails_open: bool,
    },
    /// Each instance for itself, with what the others had when it last asked the store.
    Synchronised {
        /// How the store is asked.
        store: SiteId,
        /// How often.
        every: Span,
    },
}

/// What the limiter of a node has counted.
#[derive(Default)]
pub(crate) struct LimiterState {
    /// In the store, by quota.
    shared: RefCell<BTreeMap<u32, Tally>>,
    /// Which sequence of its questions to a store goes on: they begin anew when their period changes.
    asking: Cell<u32>,
    /// At each instance, by instance and quota.
    local: RefCell<BTreeMap<(u32, u32), Local>>,
}

/// What an instance has counted of a quota.
struct Local {
    tally: Tally,
    /// When those were let in of which the store does not know.
    unsent: Vec<Time>,
}

impl LimiterState {
    /// An instance has crashed: what it had counted is gone.
    pub(crate) fn forget(&self, instance: u32) {
        self.local.borrow_mut().retain(|&(of, _), _| of != instance);
    }
}

impl RateLimit {
    /// The quota that a request falls under, by number, and what it is.
    fn quota(&self, context: &Context) -> (u32, &Limit) {
        let quota = match self.quota_of {
            QuotaOf::Service => 0,
            QuotaOf::Tenant => context.tenant.0.into(),
            QuotaOf::Key => context.key,
        };
        (quota, self.limit_of(quota))
    }

    fn limit_of(&self, quota: u32) -> &Limit {
        match self.quota_of {
            QuotaOf::Tenant => self.tenants.get(&quota).unwrap_or(&self.limit),
            QuotaOf::Service | QuotaOf::Key => &self.limit,
        }
    }

    /// Whether it takes time to decide.
    fn takes_time(&self) -> bool {
        let delays = |limit: &Limit| matches!(limit, Limit::LeakyBucket(_));
        matches!(self.counts, Counts::Shared { .. })
            || delays(&self.limit)
            || self.tenants.values().any(delays)
    }
}

impl<'p> System<'p> {
    /// The limiter of a node, if it has one.
    pub(crate) fn rate_limit(&self, node: NodeId) -> Option<&'p RateLimit> {
        self.extras(node)?.rate_limit.as_ref()
    }

    /// A question has arrived where there is a limiter.
    pub(crate) fn arrive_at_limiter(&self, limit: &RateLimit, promise: Promise) -> Option<Launch> {
        let (place, context) = self
            .sim
            .look(promise, |question, _| (question.to, question.context))?;
        if limit.takes_time() {
            let pool = pool::LIMITER;
            return Some(Launch { pool, place });
        }
        match self.count_locally(limit, place, &context) {
            Ok(_) => self.let_in(limit, promise),
            Err(reset) => {
                self.turn_away_by_limit(limit, promise, reset);
                None
            }
        }
    }

    /// Decides on a question by what its instance has counted: how long it is held back, or when it
    /// may come again.
    fn count_locally(
        &self,
        limit: &RateLimit,
        place: PlaceId,
        context: &Context,
    ) -> Result<Span, Span> {
        let now = self.sim.now();
        let (quota, limit_of_quota) = limit.quota(context);
        let state = self.limiter(self.node_of(place));
        let mut local = state.local.borrow_mut();
        let counted = local
            .entry((self.instance_of(place), quota))
            .or_insert_with(|| Local {
                tally: limit_of_quota.nothing(),
                unsent: Vec::new(),
            });
        let held_back = limit_of_quota.decide(&counted.tally, now)?;
        limit_of_quota.take(&mut counted.tally, now);
        if let Counts::Synchronised { .. } = limit.counts {
            counted.unsent.push(now);
        }
        Ok(held_back)
    }

    /// A process checks a question, where that takes time.
    pub(crate) async fn check_limit(&self, promise: Promise) {
        let Some((checking, context)) = Checking::begin(self, promise) else {
            return;
        };
        let place = checking.place;
        let Some(limit) = self.rate_limit(self.node_of(place)) else {
            return;
        };
        let decision = match limit.counts {
            Counts::Shared {
                store,
                is_atomic,
                fails_open,
            } => {
                let asked = self.ask_store(limit, store, is_atomic, promise, &context);
                match asked.await {
                    Some(decision) => decision,
                    None if fails_open => {
                        self.count(place, Count::Unchecked);
                        Ok(Span::ZERO)
                    }
                    None => Err(Span::ZERO),
                }
            }
            Counts::Local | Counts::Synchronised { .. } => {
                self.count_locally(limit, place, &context)
            }
        };
        if let Ok(held_back) = decision {
            self.sim.sleep(held_back, Wait::Queue).await;
        }
        checking.end();
        match decision {
            Ok(_) => {
                if let Some(launch) = self.let_in(limit, promise) {
                    self.sim.spawn(launch, crate::Command::Begin(promise));
                }
            }
            Err(reset) => self.turn_away_by_limit(limit, promise, reset),
        }
    }

    fn let_in(&self, limit: &RateLimit, promise: Promise) -> Option<Launch> {
        let (place, arrived, is_tied) = self.sim.look(promise, |question, _| {
            (question.to, question.arrived, question.context.is_tied)
        })?;
        let now = self.sim.now();
        // The other copy may have begun while this one was held back.
        if is_tied && self.is_called_off(promise) {
            let meters = self.meters(self.node_of(place));
            meters.leave(&self.plan.calibration, now, arrived);
            self.forsake_tied(promise);
            return None;
        }
        self.count(place, Count::Admitted);
        if self.plan.calibration.covers(now) {
            let admitted = &self.meters(self.node_of(place)).admitted;
            admitted.add(now, limit.limit.window());
        }
        self.find_worker(promise, place, self.extras(self.node_of(place)))
    }

    /// Turns a question away that may come again after `reset`.
    fn turn_away_by_limit(&self, limit: &RateLimit, promise: Promise, reset: Span) {
        self.sim
            .with_record(promise, |question| question.retry_after = reset);
        self.turn_away(promise, limit.answer, "refuses: over its rate limit");
    }
}

/// A question that is being checked. Dropping it before it is decided on, in a crash or when it is
/// called off, ends the question.
struct Checking<'s> {
    system: &'s System<'s>,
    promise: Promise,
    place: PlaceId,
    arrived: Time,
    is_decided: Cell<bool>,
}

impl<'s> Checking<'s> {
    fn begin(system: &'s System<'s>, promise: Promise) -> Option<(Checking<'s>, Context)> {
        let (place, arrived, context) = system.sim.serve(promise, |question| {
            (question.to, question.arrived, question.context)
        })?;
        let checking = Checking {
            system,
            promise,
            place,
            arrived,
            is_decided: Cell::new(false),
        };
        Some((checking, context))
    }

    fn end(&self) {
        self.is_decided.set(true);
    }
}

impl Drop for Checking<'_> {
    fn drop(&mut self) {
        if !self.is_decided.get() {
            self.system
                .leave_unanswered(self.promise, self.place, self.arrived);
        }
    }
}

#[cfg(test)]
mod tests;
