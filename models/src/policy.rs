//! How one node asks another: the policy of a call, and its state at each calling instance.

mod adaptive_throttling;
mod backoff;
mod balance;
mod budget;
mod bulkhead;
mod circuit_breaker;
mod concurrency_limit;
mod gate;
mod hedge;
mod honour;
mod rolling;
mod rotation;

pub use adaptive_throttling::AdaptiveThrottling;
pub use backoff::{Backoff, Jitter};
pub use balance::{Balance, ConsistentHash, HashOf, ResponseTime, Weights};
pub(crate) use balance::{Choices, Rings};
pub(crate) use budget::Allowance;
pub use budget::{Budget, TOKEN, Tokens};
pub use bulkhead::Bulkhead;
pub use circuit_breaker::CircuitBreaker;
pub use concurrency_limit::{Algorithm, ConcurrencyLimit};
pub use gate::Gates;
pub(crate) use gate::{At, Attempt, Ending, Gate};
pub use hedge::{Hedge, HedgeAfter};
pub use honour::Honour;
pub use rolling::Window;
pub(crate) use rotation::{Checks, Fleet, Removal};
pub use rotation::{
    Depth, Ejection, HealthCheck, PreferZone, Rotation, SlowStart, Subset, SubsetChoice,
    SuccessRate,
};

use crate::Failure;
use balance::BalanceState;
use budget::Spending;
use gate::GateStates;
use hedge::Hedging;
use rotation::RotationState;
use sim_core::Span;
use std::cell::OnceCell;

/// The policy of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPolicy {
    /// How long one attempt may take, both copies of a hedge; `FOREVER` without limit.
    pub timeout: Span,
    /// How long all attempts together may take.
    pub deadline: Span,
    /// Attempts in all.
    pub attempts: u32,
    /// Which failures are tried again.
    pub retry_on: Vec<Failure>,
    /// The wait before another attempt.
    pub backoff: Backoff,
    /// Whether it is at least as long as the other side has said.
    pub retry_after: Honour,
    /// A limit on retries.
    pub budget: Option<Budget>,
    /// Whether the time that is left travels with the question.
    pub propagates_deadline: bool,
    /// When to send a second copy.
    pub hedge: Option<Hedge>,
    /// What may keep an attempt from being made; nothing when there is nothing.
    pub gates: Option<Box<Gates>>,
    /// Whether a write depends on the version that it replaces, which is read first.
    pub conditional_writes: bool,
    /// Which instance to ask.
    pub balance: Balance,
    /// How often balancing by load looks at the loads; at each pick when missing.
    pub stale_load: Option<Span>,
    /// Which instances may be asked; all when missing.
    pub rotation: Option<Box<Rotation>>,
    /// Whether work that nobody waits for is called off.
    pub cancels: bool,
    /// Whether several copies are asked at once.
    pub fan_out: Option<FanOut>,
}

impl CallPolicy {
    /// Whether a second copy knows of the first.
    #[inline]
    pub(crate) fn is_tied(&self) -> bool {
        self.hedge.is_some_and(|hedge| hedge.tied)
    }
}

/// Several copies of one question at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FanOut {
    /// How many copies.
    pub copies: u16,
    /// Whether copy i goes to instance i.
    pub to_each: bool,
    /// How many answers are needed.
    pub need: u16,
    /// After how long it goes on with what has come.
    pub within: Span,
}

/// The state of a call's policy at one calling instance. What is switched off has state too, and
/// it is empty.
pub(crate) struct PolicyState {
    pub(crate) balance: BalanceState,
    pub(crate) spending: Spending,
    gates: OnceCell<Box<GateStates>>,
    rotation: OnceCell<Box<RotationState>>,
    hedging: OnceCell<Box<Hedging>>,
}

impl PolicyState {
    pub(crate) fn new(targets: u32) -> PolicyState {
        PolicyState {
            balance: BalanceState::new(targets),
            spending: Spending::default(),
            gates: OnceCell::new(),
            rotation: OnceCell::new(),
            hedging: OnceCell::new(),
        }
    }

    pub(crate) fn gates(&self) -> &GateStates {
        self.gates.get_or_init(Box::default)
    }

    /// Forgets what is known of rotation, and says how many were out of it.
    pub(crate) fn forget_rotation(&self) -> i64 {
        self.rotation.get().map_or(0, |state| state.forget())
    }

    /// Other gates hold from now on: who waits for room looks again, and those that are gone are forgotten.
    pub(crate) fn set_gates(&self, gates: Option<&Gates>, at: &At<'_>) {
        if let Some(state) = self.gates.get() {
            state.set(gates, at);
        }
    }

    pub(crate) fn rotation(&self) -> &RotationState {
        self.rotation.get_or_init(Box::default)
    }

    pub(crate) fn hedging(&self) -> &Hedging {
        self.hedging.get_or_init(Box::default)
    }
}
