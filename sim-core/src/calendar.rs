//! The calendar: everything that is going to happen, in order.

use crate::Time;

const DIGIT_BITS: usize = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64_usize.div_ceil(DIGIT_BITS);
const CHUNK: usize = 14;
const NIL: u32 = u32::MAX;

/// A queue of events by time; events of one moment leave in the order in which they came.
///
/// This is a radix queue in base 64, a timing wheel without a horizon. An event lies at the level
/// of the highest digit in which its time differs from the current time, in the slot that this
/// digit names. When a slot comes up, its events move down to lower levels, in order. Equal times
/// always share a slot, so ties keep their order without sequence numbers. An event moves a few
/// times whatever the length of the queue, where a heap compares it with the logarithm of that
/// length.
///
/// Slots are chains of small chunks from one arena, so that memory follows the number of events
/// and not the fullest moment of each slot. Events that the caller calls dead are dropped when
/// their slot comes up.
pub struct Calendar<E> {
    now: Time,
    due: Vec<E>,
    due_taken: usize,
    levels: u16,
    slots_used: [u64; LEVELS],
    slots: Box<[Slot]>,
    chunks: Vec<Chunk<E>>,
    free_chunk: u32,
    scratch: Vec<(Time, E)>,
}

#[derive(Clone, Copy)]
struct Slot {
    first: u32,
    last: u32,
}

struct Chunk<E> {
    entries: [(Time, E); CHUNK],
    length: u32,
    next: u32,
}

impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Calendar {
            now: Time::ZERO,
            due: Vec::new(),
            due_taken: 0,
            levels: 0,
            slots_used: [0; LEVELS],
            slots: vec![
                Slot {
                    first: NIL,
                    last: NIL
                };
                LEVELS * SLOTS
            ]
            .into(),
            chunks: Vec::new(),
            free_chunk: NIL,
            scratch: Vec::new(),
        }
    }
}

impl<E: Copy> Calendar<E> {
    /// Adds an event; a `time` before the current moment counts as the current moment.
    #[inline]
    pub fn push(&mut self, time: Time, event: E) {
        let difference = time.0 ^ self.now.0;
        if difference == 0 || time < self.now {
            debug_assert!(self.now <= time, "an event cannot happen in the past");
            self.due.push(event);
            return;
        }
        let level = difference.ilog2() as usize / DIGIT_BITS;
        let digit = (time.0 >> (level * DIGIT_BITS)) as usize % SLOTS;
        self.levels |= 1 << level;
        self.slots_used[level] |= 1 << digit;
        self.append(level * SLOTS + digit, (time, event));
    }

    /// Takes the next event of the current moment.
    #[inline]
    pub fn pop_due(&mut self) -> Option<E> {
        let event = *self.due.get(self.due_taken)?;
        self.due_taken += 1;
        Some(event)
    }

    /// Moves on to the next moment at which something that `is_alive` happens, and returns it. The
    /// events of the moment before must have been taken.
    pub fn advance(&mut self, is_alive: impl Fn(&E) -> bool) -> Option<Time> {
        debug_assert_eq!(
            self.due_taken,
            self.due.len(),
            "events of this moment are left"
        );
        self.due.clear();
        self.due_taken = 0;
        while self.levels != 0 {
            let level = self.levels.trailing_zeros() as usize;
            let digit = self.slots_used[level].trailing_zeros() as usize;
            self.slots_used[level] &= !(1 << digit);
            if self.slots_used[level] == 0 {
                self.levels &= !(1 << level);
            }
            let mut events = std::mem::take(&mut self.scratch);
            self.empty_slot(level * SLOTS + digit, &mut events, &is_alive);
            if let Some(next) = events.iter().map(|&(time, _)| time).min() {
                self.now = next;
                for &(time, event) in &events {
                    self.push(time, event);
                }
            }
            events.clear();
            self.scratch = events;
            if !self.due.is_empty() {
                return Some(self.now);
            }
        }
        None
    }

    /// The memory held for events, in bytes.
    pub fn bytes(&self) -> usize {
        self.chunks.len() * size_of::<Chunk<E>>()
            + self.due.capacity() * size_of::<E>()
            + self.scratch.capacity() * size_of::<(Time, E)>()
    }

    #[inline]
    fn append(&mut self, slot: usize, entry: (Time, E)) {
        let last = self.slots[slot].last;
        if last != NIL {
            let chunk = &mut self.chunks[last as usize];
            if (chunk.length as usize) < CHUNK {
                chunk.entries[chunk.length as usize] = entry;
                chunk.length += 1;
                return;
            }
        }
        let fresh = self.take_chunk(entry);
        if last == NIL {
            self.slots[slot].first = fresh;
        } else {
            self.chunks[last as usize].next = fresh;
        }
        self.slots[slot].last = fresh;
    }

    fn take_chunk(&mut self, entry: (Time, E)) -> u32 {
        let index = self.free_chunk;
        if index == NIL {
            self.chunks.push(Chunk {
                entries: [entry; CHUNK],
                length: 1,
                next: NIL,
            });
            return self.chunks.len() as u32 - 1;
        }
        let chunk = &mut self.chunks[index as usize];
        self.free_chunk = chunk.next;
        chunk.entries[0] = entry;
        chunk.length = 1;
        chunk.next = NIL;
        index
    }

    /// Moves what lives in a slot to `events`, in order, and frees its chunks.
    fn empty_slot(
        &mut self,
        slot: usize,
        events: &mut Vec<(Time, E)>,
        is_alive: impl Fn(&E) -> bool,
    ) {
        let mut index = self.slots[slot].first;
        self.slots[slot] = Slot {
            first: NIL,
            last: NIL,
        };
        while index != NIL {
            let chunk = &mut self.chunks[index as usize];
            let entries = &chunk.entries[..chunk.length as usize];
            events.extend(entries.iter().filter(|(_, event)| is_alive(event)));
            let next = chunk.next;
            chunk.next = self.free_chunk;
            self.free_chunk = index;
            index = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    fn pop(calendar: &mut Calendar<u64>) -> Option<(Time, u64)> {
        if let Some(event) = calendar.pop_due() {
            return Some((calendar.now, event));
        }
        calendar.advance(|_| true)?;
        calendar.pop_due().map(|event| (calendar.now, event))
    }

    #[test]
    fn events_of_one_moment_leave_in_the_order_they_came() {
        let mut calendar = Calendar::default();
        for event in 0..1000 {
            calendar.push(Time(7_000_000 + event % 3), event);
        }
        let order: Vec<u64> = std::iter::from_fn(|| pop(&mut calendar))
            .map(|(_, e)| e)
            .collect();
        let mut expected: Vec<u64> = (0..1000).collect();
        expected.sort_by_key(|event| event % 3);
        assert_eq!(order, expected);
    }

    #[test]
    fn dead_events_are_dropped_without_moving_time() {
        let mut calendar = Calendar::default();
        for event in 0..1000 {
            calendar.push(Time(1 + event * 1_000), event);
        }
        assert_eq!(calendar.advance(|&event| 900 <= event), Some(Time(900_001)));
        assert_eq!(calendar.pop_due(), Some(900));
        calendar.push(Time(900_002), 1);
        assert_eq!(pop(&mut calendar), Some((Time(900_002), 1)));
        assert_eq!(pop(&mut calendar), Some((Time(901_001), 901)));
    }

    #[test]
    fn memory_follows_the_number_of_events() {
        let mut calendar = Calendar::default();
        for round in 0..200 {
            for event in 0..1000 {
                calendar.push(Time(round * 1_000_000 + event * 977 + 1), event);
            }
            while pop(&mut calendar).is_some() {}
        }
        assert!(calendar.bytes() < 1000 * 100, "{} bytes", calendar.bytes());
    }

    proptest! {
        #[test]
        fn agrees_with_a_heap_of_time_and_sequence(
            rounds in prop::collection::vec((0_usize..4, 0_u32..60, any::<u64>()), 1..400),
        ) {
            let mut calendar = Calendar::default();
            let mut heap = BinaryHeap::new();
            let (mut now, mut sequence) = (0_u64, 0);
            for (pushes, magnitude, bits) in rounds {
                for push in 0..pushes {
                    let far = bits.rotate_left(push as u32 * 7) % (1_u64 << magnitude).max(1);
                    let time = Time(now.saturating_add(far));
                    calendar.push(time, sequence);
                    heap.push(Reverse((time, sequence)));
                    sequence += 1;
                }
                let expected = heap.pop().map(|Reverse(pair)| pair);
                prop_assert_eq!(pop(&mut calendar), expected);
                now = expected.map_or(now, |(time, _)| time.0);
            }
            while let Some(Reverse(expected)) = heap.pop() {
                prop_assert_eq!(pop(&mut calendar), Some(expected));
            }
            prop_assert_eq!(pop(&mut calendar), None);
        }
    }
}
