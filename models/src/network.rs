//! The network: how long messages travel, which are lost, and which links are cut.
//!
//! A message is judged when it is sent: one that is on its way when a link is cut arrives.

use crate::{Command, Link, Outcome};
use sim_core::{Dice, Promise, Purpose, Span};
use std::cell::RefCell;

/// A message that waits for the end of a cut.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parcel {
    Question(Command),
    Reply(Promise, Outcome),
    Cancel(Promise),
    CallOffTied(Promise),
}

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    Delivered(Span),
    Lost,
    Held,
}

/// The state of the links between classes of places.
pub(crate) struct Network {
    classes: usize,
    links: RefCell<Vec<LinkState>>,
    held: RefCell<Vec<(usize, Parcel)>>,
}

#[derive(Clone, Default)]
struct LinkState {
    cuts_lost: u32,
    cuts_held: u32,
    /// Shares by fault, so that the end of one leaves the others exactly as they were.
    losses: Vec<(u32, f64)>,
}

impl LinkState {
    /// The share of messages that is not lost.
    #[inline]
    fn passes(&self, link: &Link) -> f64 {
        let shares = self.losses.iter().map(|(_, share)| share);
        shares.fold(1.0 - link.loss, |passes, share| passes * (1.0 - share))
    }
}

/// The purposes of the draws of one message.
#[derive(Clone, Copy)]
pub(crate) struct Leg {
    latency: Purpose,
    loss: Purpose,
}

pub(crate) const REQUEST: Leg = Leg {
    latency: Purpose::NetworkRequest,
    loss: Purpose::LossRequest,
};
pub(crate) const REPLY: Leg = Leg {
    latency: Purpose::NetworkReply,
    loss: Purpose::LossReply,
};
pub(crate) const CANCEL: Leg = Leg {
    latency: Purpose::NetworkCancel,
    loss: Purpose::LossCancel,
};
pub(crate) const TIED: Leg = Leg {
    latency: Purpose::NetworkTied,
    loss: Purpose::LossTied,
};

impl Network {
    pub(crate) fn new(classes: usize) -> Network {
        Network {
            classes,
            links: RefCell::new(vec![LinkState::default(); classes * classes]),
            held: RefCell::default(),
        }
    }

    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    fn index(&self, from: u16, to: u16) -> usize {
        usize::from(from) * self.classes + usize::from(to)
    }

    /// Judges a message that is sent now between two classes of places.
    pub(crate) fn judge(
        &self,
        links: &[Link],
        (from, to): (u16, u16),
        dice: Dice,
        leg: Leg,
    ) -> Fate {
        let index = self.index(from, to);
        let link = &links[index];
        let state = &self.links.borrow()[index];
        if 0 < state.cuts_lost {
            return Fate::Lost;
        }
        if 0 < state.cuts_held {
            return Fate::Held;
        }
        let passes = state.passes(link);
        if passes < 1.0 && passes <= dice.uniform(leg.loss, 0) {
            return Fate::Lost;
        }
        let delay = link.latency.sample_with(|| dice.uniform(leg.latency, 0));
        Fate::Delivered(delay)
    }

    /// The delay of a message of a stream that repeats what gets lost, as TCP does, after
    /// `retransmit`; nothing while the link is cut.
    pub(crate) fn stream_delay(
        &self,
        links: &[Link],
        (from, to): (u16, u16),
        dice: Dice,
        retransmit: Span,
    ) -> Option<Span> {
        const GIVE_UP: u32 = 16;
        let index = self.index(from, to);
        let link = &links[index];
        let state = &self.links.borrow()[index];
        if 0 < state.cuts_lost + state.cuts_held {
            return None;
        }
        let passes = state.passes(link);
        let is_lost =
            |attempt| passes < 1.0 && passes <= dice.uniform(Purpose::Replication, attempt);
        let lost = (1..GIVE_UP).take_while(|&attempt| is_lost(attempt)).count() as u64;
        let delay = link
            .latency
            .sample_with(|| dice.uniform(Purpose::Replication, 0));
        Some(delay + Span(retransmit.0.saturating_mul(lost)))
    }

    pub(crate) fn hold(&self, classes: (u16, u16), parcel: Parcel) {
        self.held
            .borrow_mut()
            .push((self.index(classes.0, classes.1), parcel));
    }

    pub(crate) fn cut(&self, classes: &[(u16, u16)], holds: bool) {
        for &(from, to) in classes {
            let state = &mut self.links.borrow_mut()[self.index(from, to)];
            *(if holds {
                &mut state.cuts_held
            } else {
                &mut state.cuts_lost
            }) += 1;
        }
    }

    /// Ends a cut, and returns the messages that were held and may go on, in order.
    pub(crate) fn heal(&self, classes: &[(u16, u16)], holds: bool) -> Vec<Parcel> {
        let mut links = self.links.borrow_mut();
        for &(from, to) in classes {
            let state = &mut links[self.index(from, to)];
            *(if holds {
                &mut state.cuts_held
            } else {
                &mut state.cuts_lost
            }) -= 1;
        }
        let mut released = Vec::new();
        self.held.borrow_mut().retain(|&(index, parcel)| {
            let is_open = links[index].cuts_held == 0;
            if is_open {
                released.push(parcel);
            }
            !is_open
        });
        released
    }

    pub(crate) fn begin_loss(&self, fault: u32, classes: &[(u16, u16)], share: f64) {
        for &(from, to) in classes {
            self.links.borrow_mut()[self.index(from, to)]
                .losses
                .push((fault, share));
        }
    }

    pub(crate) fn end_loss(&self, fault: u32, classes: &[(u16, u16)]) {
        for &(from, to) in classes {
            let state = &mut self.links.borrow_mut()[self.index(from, to)];
            state.losses.retain(|&(of, _)| of != fault);
        }
    }
}

/// How soon a place is reached from another on average, to find the nearest.
pub(crate) fn mean_latency(links: &[Link], classes: usize, from: u16, to: u16) -> f64 {
    links[usize::from(from) * classes + usize::from(to)]
        .latency
        .mean()
}
