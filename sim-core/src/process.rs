//! Processes: pooled frames of `async fn`s, and what the engine knows about each.

use crate::{PlaceId, Time, Wait, Waits};
use std::pin::Pin;
use std::task::{Context, Waker};

/// The name of a process, for as long as it lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Process {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl Process {
    /// No process.
    pub const NONE: Process = Process {
        index: u32::MAX,
        generation: 0,
    };
}

/// What kind of process a command starts, and where it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Launch {
    /// Which pool: an index into those given to [`crate::Sim::run`].
    pub pool: usize,
    /// Where it runs.
    pub place: PlaceId,
}

/// Frames of one kind of process.
pub trait Pool<C> {
    /// Makes a frame for `command` and runs it until it waits; returns its number, or nothing when
    /// it has ended already.
    fn start(&mut self, command: C) -> Option<u32>;
    /// Runs a frame until it waits; true when it has ended and its number is free.
    fn resume(&mut self, frame: u32) -> bool;
    /// Drops a frame before its end.
    fn end(&mut self, frame: u32);
    /// What these processes are, for messages.
    fn name(&self) -> &'static str;
    /// The bytes of all frames that were ever needed at once.
    fn bytes(&self) -> usize;
}

/// A pool of processes that all run `body`. Frames are boxed once and used again.
pub struct Frames<F, B> {
    name: &'static str,
    body: B,
    frames: Vec<Pin<Box<Option<F>>>>,
    free: Vec<u32>,
}

impl<F, B> Frames<F, B> {
    /// An empty pool of processes called `name`, each of which runs `body` of its command.
    pub fn new<C>(name: &'static str, body: B) -> Frames<F, B>
    where
        F: Future<Output = ()>,
        B: Fn(C) -> F,
    {
        Frames {
            name,
            body,
            frames: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<C, F: Future<Output = ()>, B: Fn(C) -> F> Pool<C> for Frames<F, B> {
    fn start(&mut self, command: C) -> Option<u32> {
        let index = self.free.pop().unwrap_or_else(|| {
            self.frames.push(Box::pin(None));
            self.frames.len() as u32 - 1
        });
        self.frames[index as usize].set(Some((self.body)(command)));
        let has_ended = self.resume(index);
        (!has_ended).then_some(index)
    }

    #[inline]
    fn resume(&mut self, frame: u32) -> bool {
        let slot = &mut self.frames[frame as usize];
        let future = slot
            .as_mut()
            .as_pin_mut()
            .expect("a live process has a frame");
        let has_ended = future
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready();
        if has_ended {
            slot.set(None);
            self.free.push(frame);
        }
        has_ended
    }

    fn end(&mut self, frame: u32) {
        self.frames[frame as usize].set(None);
        self.free.push(frame);
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn bytes(&self) -> usize {
        self.frames.len() * (size_of::<Option<F>>() + size_of::<usize>())
    }
}

/// The number that no frame has.
const NO_FRAME: u32 = u32::MAX;

/// What the engine knows about its processes.
#[derive(Default)]
pub(crate) struct Processes {
    slots: Vec<Slot>,
    free: Vec<u32>,
    pub(crate) live: usize,
}

pub(crate) struct Slot {
    generation: u32,
    resumptions: u16,
    pub(crate) pool: u8,
    is_live: bool,
    frame: u32,
    pub(crate) place: PlaceId,
    resumed_at: Time,
    waits: Waits,
}

impl Processes {
    pub(crate) fn open(&mut self, launch: Launch) -> Process {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                generation: 0,
                pool: 0,
                is_live: false,
                frame: NO_FRAME,
                place: PlaceId::NOWHERE,
                resumptions: 0,
                resumed_at: Time::ZERO,
                waits: Waits::default(),
            });
            self.slots.len() as u32 - 1
        });
        let slot = &mut self.slots[index as usize];
        slot.is_live = true;
        slot.pool = launch.pool as u8;
        slot.frame = NO_FRAME;
        slot.place = launch.place;
        slot.resumptions = 0;
        slot.waits = Waits::default();
        self.live += 1;
        Process {
            index,
            generation: slot.generation,
        }
    }

    /// Says which frame a process has.
    #[inline]
    pub(crate) fn set_frame(&mut self, process: Process, frame: u32) {
        self.slots[process.index as usize].frame = frame;
    }

    pub(crate) fn close(&mut self, process: Process) {
        let slot = &mut self.slots[process.index as usize];
        slot.generation = slot.generation.wrapping_add(1);
        slot.is_live = false;
        slot.frame = NO_FRAME;
        self.free.push(process.index);
        self.live -= 1;
    }

    #[inline]
    pub(crate) fn get(&mut self, process: Process) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(process.index as usize)?;
        (slot.generation == process.generation).then_some(slot)
    }

    /// Counts a resumption at `now`, and says how many there were at this moment.
    #[inline]
    pub(crate) fn count_resumption(slot: &mut Slot, now: Time) -> u16 {
        if slot.resumed_at != now {
            slot.resumed_at = now;
            slot.resumptions = 0;
        }
        slot.resumptions = slot.resumptions.saturating_add(1);
        slot.resumptions
    }

    /// The processes at `place`, in the order of their slots.
    pub(crate) fn at(&self, place: PlaceId) -> Vec<Process> {
        let here = |slot: &Slot| slot.is_live && slot.place == place;
        (0..)
            .zip(&self.slots)
            .filter(|(_, slot)| here(slot))
            .map(|(i, s)| s.named(i))
            .collect()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<Slot>() + self.free.len() * 4
    }
}

impl Slot {
    /// The frame's number in its pool; none before the process has begun.
    pub(crate) fn frame(&self) -> Option<u32> {
        (self.frame != NO_FRAME).then_some(self.frame)
    }

    fn named(&self, index: u32) -> Process {
        Process {
            index,
            generation: self.generation,
        }
    }

    #[inline]
    pub(crate) fn add_wait(&mut self, kind: Wait, span: crate::Span) {
        self.waits.add(kind, span);
    }

    pub(crate) fn waits(&mut self) -> &mut Waits {
        &mut self.waits
    }
}
