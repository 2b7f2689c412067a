//! Work against a deadline.

use crate::timers::Ticket;
use crate::{Reply, Sim, Time};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Work against a deadline. Its alarm rings when everything else of its moment has happened.
pub struct Before<'s, F, C: Copy, R: Reply, T> {
    sim: &'s Sim<C, R, T>,
    work: F,
    deadline: Time,
    alarm: Option<Ticket>,
}

impl<C: Copy, R: Reply, T> Sim<C, R, T> {
    /// Does `work`, but stops waiting at the end of the moment `deadline`: an answer that comes
    /// at that very moment still counts. Work that is late is dropped with the future.
    #[inline]
    pub fn before<F: Future + Unpin>(&self, deadline: Time, work: F) -> Before<'_, F, C, R, T> {
        Before {
            sim: self,
            work,
            deadline,
            alarm: None,
        }
    }
}

impl<F: Future + Unpin, C: Copy, R: Reply, T> Future for Before<'_, F, C, R, T> {
    type Output = Option<F::Output>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = Pin::new(&mut self.work).poll(context) {
            return Poll::Ready(Some(output));
        }
        let sim = self.sim;
        match self.alarm {
            Some(ticket) if !sim.is_armed(ticket) => {
                self.alarm = None; // It has rung.
                return Poll::Ready(None);
            }
            Some(_) => {}
            None if self.deadline == Time::NEVER => {}
            None => {
                let at = self.deadline.max(sim.now());
                let ticket = sim.agenda.borrow_mut().arm_deadline(sim.running(), at);
                self.alarm = Some(ticket);
            }
        }
        Poll::Pending
    }
}

impl<F, C: Copy, R: Reply, T> Drop for Before<'_, F, C, R, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(ticket) = self.alarm {
            self.sim.disarm(ticket);
        }
    }
}
