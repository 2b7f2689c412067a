//! What processes wait for, and for how long.

use crate::Span;

/// The kind of a wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Wait {
    /// For a place: a worker, a connection.
    Queue,
    /// For one's own work to be done.
    Work,
    /// For a message to travel.
    Network,
    /// Before another attempt.
    Backoff,
    /// For an answer that somebody else has asked for.
    Flight,
    /// For a lock, or for a version to arrive.
    Lock,
    /// For attempts that came to nothing.
    Lost,
}

impl Wait {
    /// All kinds, in order.
    pub const ALL: [Wait; 7] = [
        Wait::Queue,
        Wait::Work,
        Wait::Network,
        Wait::Backoff,
        Wait::Flight,
        Wait::Lock,
        Wait::Lost,
    ];

    /// What reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Wait::Queue => "queue",
            Wait::Work => "work",
            Wait::Network => "network",
            Wait::Backoff => "backoff",
            Wait::Flight => "flight",
            Wait::Lock => "lock",
            Wait::Lost => "lost attempts",
        }
    }
}

/// Time by kind of wait, of which there is never more than a run is long.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Waits([Span; Wait::ALL.len()]);

impl Waits {
    /// Adds a wait.
    #[inline]
    pub fn add(&mut self, kind: Wait, span: Span) {
        self.0[kind as usize].0 += span.0;
    }

    /// Adds all of another's waits.
    #[inline]
    pub fn add_all(&mut self, other: &Waits) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.0 += theirs.0;
        }
    }

    /// Takes away waits that were added before.
    #[inline]
    pub fn take_all(&mut self, other: &Waits) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.0 -= theirs.0;
        }
    }

    /// The time waited in one way.
    #[inline]
    pub fn of(&self, kind: Wait) -> Span {
        self.0[kind as usize]
    }

    /// The time waited in all.
    #[inline]
    pub fn total(&self) -> Span {
        Span(self.0.iter().map(|span| span.0).sum())
    }
}
