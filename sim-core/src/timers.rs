//! Timers: alarms that can be called off.

use crate::Process;

/// The name of an armed timer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ticket {
    index: u32,
    generation: u32,
}

/// All timers of a run. Calling one off is a step of its generation: the event that stays behind
/// in the calendar is dead, and dropped there.
#[derive(Default)]
pub(crate) struct Timers {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

struct Slot {
    generation: u32,
    owner: Process,
}

impl Timers {
    pub(crate) fn arm(&mut self, owner: Process) -> Ticket {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                generation: 0,
                owner,
            });
            self.slots.len() as u32 - 1
        });
        let slot = &mut self.slots[index as usize];
        slot.owner = owner;
        Ticket {
            index,
            generation: slot.generation,
        }
    }

    #[inline]
    pub(crate) fn is_armed(&self, ticket: Ticket) -> bool {
        self.slots[ticket.index as usize].generation == ticket.generation
    }

    /// Takes an armed timer off and names its owner; nothing when it was called off before.
    #[inline]
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<Process> {
        let slot = &mut self.slots[ticket.index as usize];
        if slot.generation != ticket.generation {
            return None;
        }
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(ticket.index);
        Some(slot.owner)
    }

    /// Whose timer it is; nothing when it was called off.
    pub(crate) fn owner(&self, ticket: Ticket) -> Option<Process> {
        let slot = &self.slots[ticket.index as usize];
        (slot.generation == ticket.generation).then_some(slot.owner)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<Slot>() + self.free.len() * 4
    }
}
