//! How much a run may use, and why it was stopped when it used more.

use crate::{PlaceId, Time};
use std::fmt;

/// How often one process may go on within one moment.
pub(crate) const MAX_RESUMPTIONS: u16 = 50_000;

/// How much a run may use.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Events.
    pub events: u64,
    /// Bytes of frames, calendar, promises and queues.
    pub bytes: usize,
}

/// Why a run was stopped before its end. `culprit` is the kind of process that ran last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A process was resumed over and over while time stood still.
    Runaway {
        /// The kind of process.
        culprit: &'static str,
        /// Where it ran.
        place: PlaceId,
        /// When.
        at: Time,
    },
    /// The run had more events than its budget.
    TooManyEvents {
        /// The kind of process.
        culprit: &'static str,
        /// When.
        at: Time,
        /// The budget.
        budget: u64,
    },
    /// The run needed more memory than its budget.
    TooMuchMemory {
        /// The kind of process of which there are most bytes, or `queues`.
        culprit: &'static str,
        /// When.
        at: Time,
        /// The budget in bytes.
        budget: usize,
    },
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Runaway { culprit, at, .. } => write!(
                f,
                "time stands still at {at}: a {culprit} process went on for more than \
                 {MAX_RESUMPTIONS} steps within one moment"
            ),
            Stopped::TooManyEvents {
                culprit,
                at,
                budget,
            } => write!(
                f,
                "the run exceeded its budget of {budget} events at {at}, in a {culprit} process"
            ),
            Stopped::TooMuchMemory {
                culprit,
                at,
                budget,
            } => write!(
                f,
                "the run exceeded its memory budget of {} MiB at {at}; most of it is {culprit}",
                budget >> 20
            ),
        }
    }
}

impl std::error::Error for Stopped {}
