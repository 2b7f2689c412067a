//! Services: workers that follow the same steps for each request.

use crate::call::{Asker, Calling};
use crate::plan::Step;
use crate::question::{Failure, Outcome, Value};
use crate::system::System;
use crate::{Count, NodeId};
use sim_core::{Promise, Purpose, Time};

impl System<'_> {
    /// A worker follows the steps, and answers with what the last of them has learned.
    pub(crate) async fn serve_at_service(&self, promise: Promise) {
        let serving = self.begin_serving(promise);
        let place = serving.place();
        let node = self.node_of(place);
        if serving.deadline() != Time::NEVER && self.is_expired(node, serving.deadline()) {
            self.count(place, Count::ExpiredRejected);
            serving.answer(Outcome::Failed(Failure::Shed));
            return;
        }
        let mut outcome = Outcome::Answered(Value::default());
        // A change of parameters holds for decisions from then on: steps are looked up one by one.
        for index in 0.. {
            let Some(step) = self.parameters(node).as_service().steps.get(index) else {
                break;
            };
            let calling = |site| Calling {
                site,
                here: place,
                asker: Asker::Question(promise),
                copy: None,
                is_leg: false,
                limit: serving.deadline(),
            };
            match step {
                Step::Work(work) => {
                    let span = serving.work_dice().span_of(work, index as u32);
                    self.sim.work(place, self.warmed(place, span)).await;
                    continue;
                }
                Step::Call(site) => {
                    let calling = calling(*site);
                    outcome = self.call(&calling).await;
                    if let Outcome::Failed(_) = outcome
                        && let Some(fallback) = self.fallback(&calling)
                    {
                        // In a box, so that calls that are answered need no room for one.
                        outcome = Box::pin(self.fall_back(&calling, fallback)).await;
                    }
                }
                Step::Parallel(sites) => {
                    let Some(&first) = sites.first() else {
                        continue;
                    };
                    outcome = Box::pin(self.parallel(&calling(first), sites)).await;
                }
                Step::Fail(share) => {
                    if serving
                        .work_dice()
                        .attempt
                        .uniform(Purpose::Fail, index as u32)
                        < *share
                    {
                        outcome = Outcome::Failed(Failure::Unavailable);
                    }
                }
            }
            if let Outcome::Failed(_) = outcome {
                break;
            }
            self.degrade(promise, outcome);
        }
        serving.answer(seen_by_caller(outcome));
    }
}

impl System<'_> {
    /// Whether a service begins no work for a caller who waits until then.
    fn is_expired(&self, node: NodeId, deadline: Time) -> bool {
        let min_remaining = self.parameters(node).as_service().reject_expired;
        min_remaining.is_some_and(|least| deadline < self.sim.now() + least)
    }
}

/// A failure further down is this node's failure: its callers see that it cannot.
fn seen_by_caller(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(_) => Outcome::Failed(Failure::Unavailable),
        answered @ Outcome::Answered(_) => answered,
    }
}
