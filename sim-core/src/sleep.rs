//! Waiting for time to pass.

use crate::timers::Ticket;
use crate::{Reply, Sim, Span, Time, Wait};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A wait for time to pass.
pub struct Sleep<'s, C: Copy, R: Reply, T> {
    sim: &'s Sim<C, R, T>,
    began: Time,
    until: Time,
    kind: Wait,
    alarm: Option<Ticket>,
}

impl<C: Copy, R: Reply, T> Sim<C, R, T> {
    /// Waits for `span`, for the reason `kind`.
    #[inline]
    pub fn sleep(&self, span: Span, kind: Wait) -> Sleep<'_, C, R, T> {
        Sleep {
            sim: self,
            began: self.now(),
            until: self.now() + span,
            kind,
            alarm: None,
        }
    }
}

impl<C: Copy, R: Reply, T> Future for Sleep<'_, C, R, T> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let sim = self.sim;
        if self.until <= sim.now() {
            if self.began == self.until && sim.is_running_away() {
                return Poll::Pending;
            }
            // It has rung, or does in this moment: a stale wake at most.
            self.alarm = None;
            sim.waited(self.kind, self.began);
            return Poll::Ready(());
        }
        if self.alarm.is_none() {
            self.alarm = Some(sim.arm(self.until));
        }
        Poll::Pending
    }
}

impl<C: Copy, R: Reply, T> Drop for Sleep<'_, C, R, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(ticket) = self.alarm {
            self.sim.disarm(ticket);
        }
    }
}
