//! Notes of what happens in the model: the fingerprint of a run, and the story of a request.

use sim_core::Time;
use std::cell::{Cell, RefCell};

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Happening {
    /// A request arrived at a clients node.
    Arrival,
    /// A question was sent.
    Send,
    /// A question was delivered.
    Delivery,
    /// Work on a question began.
    Start,
    /// An answer was sent.
    Answer,
    /// A request ended.
    Outcome,
    /// A fault began or ended.
    Fault,
    /// A message was lost on its way.
    Loss,
    /// A question was turned away.
    Refusal,
}

/// A note of the request that is followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// When.
    pub at: Time,
    /// What.
    pub what: Happening,
    /// Where, by the number of the place.
    pub place: u32,
    /// More about it, for readers.
    pub detail: String,
}

/// Notes of a run. Their sum, and nothing that the engine does, is the fingerprint: wakes and
/// timers leave no note, so the engine may become faster without changing it. It is a sum of
/// hashes, so that notes of one moment may come in any order.
#[derive(Default)]
pub(crate) struct Notes {
    sum: Cell<u64>,
    faults: Cell<u64>,
    followed: Cell<Option<u64>>,
    story: RefCell<Vec<Note>>,
}

impl Notes {
    /// Notes that tell the story of one request.
    pub(crate) fn following(request: Option<u64>) -> Notes {
        Notes {
            followed: Cell::new(request),
            ..Notes::default()
        }
    }

    /// Takes a note: at `now`, at the place with this hash, about this request.
    #[inline]
    pub(crate) fn take(&self, now: Time, what: Happening, place: u64, request: u64) {
        // Each part times an odd constant of its own: equal parts in other roles differ.
        let hash = mix(now
            .0
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(place.wrapping_mul(0xd6e8_feb8_6659_fd93))
            .wrapping_add(request.wrapping_mul(0xa076_1d64_78bd_642f))
            .wrapping_add((what as u64).wrapping_mul(0xe703_7ed1_a0b4_28db)));
        let sum = if what == Happening::Fault {
            &self.faults
        } else {
            &self.sum
        };
        sum.set(sum.get().wrapping_add(hash));
    }

    /// Adds to the story, when this request is followed.
    #[inline]
    pub(crate) fn tell(
        &self,
        request: u64,
        at: Time,
        what: Happening,
        place: u32,
        detail: impl FnOnce() -> String,
    ) {
        if self.followed.get() == Some(request) {
            self.add(at, what, place, detail);
        }
    }

    #[cold]
    #[inline(never)]
    fn add(&self, at: Time, what: Happening, place: u32, detail: impl FnOnce() -> String) {
        let note = Note {
            at,
            what,
            place,
            detail: detail(),
        };
        self.story.borrow_mut().push(note);
    }

    /// The fingerprint so far.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.sum.get().wrapping_add(self.faults.get())
    }

    /// The fingerprint without the notes of faults themselves.
    pub(crate) fn fingerprint_without_faults(&self) -> u64 {
        self.sum.get()
    }

    /// The story so far.
    pub(crate) fn story(&self) -> Vec<Note> {
        self.story.borrow().clone()
    }
}

/// A 64-bit finaliser (the one of SplitMix64; Steele, Lea and Flood, 2014).
#[inline]
pub(crate) fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
