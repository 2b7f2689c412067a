//! The calendar: everything that is going to happen, in order.

use crate::Time;
use std::collections::VecDeque;

const DIGIT_BITS: usize = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64_usize.div_ceil(DIGIT_BITS);
const CHUNK: usize = 62;
/// Up to so many events are sorted rather than spread over slots again.
const RUN: usize = 160;
const NIL: u32 = u32::MAX;

/// A queue of events by time; events of one moment leave in the order in which they came.
///
/// This is a radix queue in base 64, a timing wheel without a horizon. An event lies at the level
/// of the highest digit in which its time differs from the current time, in the slot that this
/// digit names. When a slot of many events comes up, they move down to lower levels, in order; few
/// are sorted into a run, from which they leave one by one. Equal times always share a slot, so
/// ties keep their order without sequence numbers. An event moves a few times whatever the length
/// of the queue, where a heap compares it with the logarithm of that length.
///
/// **Invariant:** what happens up to `run_last`, after the current moment, is in the run.
///
/// Slots are chains of chunks from one arena, so that memory follows the number of events
/// and not the fullest moment of each slot. Events that the caller calls dead are dropped when
/// their slot or their moment comes up.
pub struct Calendar<E> {
    now: Time,
    /// What came for the current moment since it began.
    due: VecDeque<E>,
    /// The next event is the last, so equal times are in the opposite order of their coming.
    run: Vec<(Time, E)>,
    run_last: Time,
    levels: u16,
    slots_used: [u64; LEVELS],
    slots: Box<[Slot]>,
    chunks: Vec<Chunk<E>>,
    free_chunk: u32,
}

#[derive(Clone, Copy)]
struct Slot {
    first: u32,
    last: u32,
    length: u32,
}

impl Slot {
    const EMPTY: Slot = Slot {
        first: NIL,
        last: NIL,
        length: 0,
    };
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
            due: VecDeque::new(),
            run: Vec::new(),
            run_last: Time::ZERO,
            levels: 0,
            slots_used: [0; LEVELS],
            slots: vec![Slot::EMPTY; LEVELS * SLOTS].into(),
            chunks: Vec::new(),
            free_chunk: NIL,
        }
    }
}

impl<E: Copy> Calendar<E> {
    /// Adds an event; a `time` before the current moment counts as the current moment.
    #[inline]
    pub fn push(&mut self, time: Time, event: E) {
        if time <= self.now {
            debug_assert!(self.now <= time, "an event cannot happen in the past");
            self.due.push_back(event);
        } else if time <= self.run_last {
            self.push_to_run(time, event);
        } else {
            self.push_to_slot(time, event);
        }
    }

    /// Takes the next event, and moves on to its moment. One that is not `is_alive` is dropped and
    /// does not move the moment; but while something else is due at once, it is returned too.
    #[inline]
    pub fn pop(&mut self, mut is_alive: impl FnMut(&E) -> bool) -> Option<(Time, E)> {
        if !self.due.is_empty() {
            return self.pop_now().map(|event| (self.now, event));
        }
        loop {
            while let Some((time, event)) = self.run.pop() {
                if is_alive(&event) {
                    self.now = time;
                    return Some((time, event));
                }
            }
            if self.levels == 0 {
                return None;
            }
            self.open_slot(&mut is_alive);
        }
    }

    /// Takes the next event of the current moment.
    #[inline(never)]
    pub fn pop_now(&mut self) -> Option<E> {
        // What lies in the run came before this moment began, and so before all that is due.
        match self.run.last() {
            Some(&(time, event)) if time == self.now => {
                self.run.pop();
                Some(event)
            }
            _ => self.due.pop_front(),
        }
    }

    /// The memory held for events, in bytes.
    pub fn bytes(&self) -> usize {
        self.chunks.len() * size_of::<Chunk<E>>()
            + self.due.capacity() * size_of::<E>()
            + self.run.capacity() * size_of::<(Time, E)>()
    }

    /// Adds an event to the run, which goes back into the slots when it gets too long.
    fn push_to_run(&mut self, time: Time, event: E) {
        // Most come soon, behind a few others; the rest is far and takes a search.
        const NEAR: usize = 8;
        let far = self.run.len().saturating_sub(NEAR);
        let mut index = self.run.len();
        while far < index && self.run[index - 1].0 <= time {
            index -= 1;
        }
        if index == far {
            index = self.run[..far].partition_point(|later| time < later.0);
        }
        self.run.insert(index, (time, event));
        if 2 * RUN < self.run.len() {
            self.spread_run();
        }
    }

    /// Puts the run back into the slots, but for what is left of the current moment.
    #[cold]
    fn spread_run(&mut self) {
        self.run_last = Time::ZERO;
        let later = self.run.partition_point(|next| self.now < next.0);
        let ties = self.run.split_off(later);
        for (time, event) in std::mem::replace(&mut self.run, ties).into_iter().rev() {
            self.push_to_slot(time, event);
        }
    }

    #[inline]
    fn push_to_slot(&mut self, time: Time, event: E) {
        let difference = time.0 ^ self.now.0;
        let level = (difference | 1).ilog2() as usize / DIGIT_BITS;
        let digit = (time.0 >> (level * DIGIT_BITS)) as usize % SLOTS;
        self.levels |= 1 << level;
        self.slots_used[level] |= 1 << digit;
        self.append(level * SLOTS + digit, (time, event));
    }

    /// Empties the next slot: into the run, or else over the slots of lower levels.
    #[inline(never)]
    fn open_slot(&mut self, mut is_alive: impl FnMut(&E) -> bool) {
        let level = self.levels.trailing_zeros() as usize;
        let digit = self.slots_used[level].trailing_zeros() as usize;
        self.slots_used[level] &= !(1 << digit);
        if self.slots_used[level] == 0 {
            self.levels &= !(1 << level);
        }
        let slot = std::mem::replace(&mut self.slots[level * SLOTS + digit], Slot::EMPTY);
        let low_digits = (1 << (level * DIGIT_BITS)) - 1;
        let is_run = level == 0 || slot.length as usize <= RUN;
        if is_run {
            self.run_last = Time(self.chunks[slot.first as usize].entries[0].0.0 | low_digits);
        }
        let mut index = slot.first;
        while index != NIL {
            for entry in 0..self.chunks[index as usize].length as usize {
                let (time, event) = self.chunks[index as usize].entries[entry];
                if !is_alive(&event) {
                    continue;
                }
                if is_run {
                    self.run.push((time, event));
                } else {
                    self.now = Time(time.0 & !low_digits);
                    self.push_to_slot(time, event);
                }
            }
            index = self.free(index);
        }
        self.run.sort_by_key(|&(time, _)| time);
        self.run.reverse();
    }

    #[inline]
    fn append(&mut self, slot: usize, entry: (Time, E)) {
        self.slots[slot].length += 1;
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

    /// Frees a chunk and returns the one after it.
    fn free(&mut self, index: u32) -> u32 {
        let next = std::mem::replace(&mut self.chunks[index as usize].next, self.free_chunk);
        self.free_chunk = index;
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    fn pop(calendar: &mut Calendar<u64>) -> Option<(Time, u64)> {
        calendar.pop(|_| true)
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
        let first = calendar.pop(|&event| 900 <= event);
        assert_eq!(first, Some((Time(900_001), 900)));
        calendar.push(Time(900_002), 1);
        assert_eq!(pop(&mut calendar), Some((Time(900_002), 1)));
        assert_eq!(pop(&mut calendar), Some((Time(901_001), 901)));
    }

    #[test]
    fn events_that_die_late_do_not_move_time_either() {
        let mut calendar = Calendar::default();
        for event in 0..10 {
            calendar.push(Time(1_000 + event), event);
        }
        assert_eq!(pop(&mut calendar), Some((Time(1_000), 0)));
        let seventh = calendar.pop(|&event| event == 7);
        assert_eq!(seventh, Some((Time(1_007), 7)));
        assert_eq!(calendar.pop(|_| false), None);
        calendar.push(Time(1_008), 1);
        assert_eq!(pop(&mut calendar), Some((Time(1_008), 1)));
    }

    #[test]
    fn a_crowd_of_later_events_does_not_overtake_the_ties_of_a_moment() {
        let mut calendar = Calendar::default();
        for event in 0..150 {
            calendar.push(Time(1_000), event);
        }
        assert_eq!(pop(&mut calendar), Some((Time(1_000), 0)));
        calendar.push(Time(1_000), 150);
        for event in 151..500 {
            calendar.push(Time(1_001), event); // So many that the run is spread.
        }
        let order: Vec<u64> = std::iter::from_fn(|| pop(&mut calendar))
            .map(|(_, event)| event)
            .collect();
        assert_eq!(order, (1..500).collect::<Vec<u64>>());
    }

    #[test]
    fn crowded_moments_agree_with_a_heap() {
        for (pending, spread) in [
            (3_000, 40),
            (3_000, 5_000),
            (3_000, 900_000),
            (200, 1 << 45),
        ] {
            let (mut calendar, mut heap) = (Calendar::default(), BinaryHeap::new());
            let (mut now, mut state) = (0, 1_u64);
            for sequence in 0..30_000 {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                // Every fourth comes soon, into the midst of what is sorted already.
                let spread = if sequence % 4 == 0 {
                    spread / 30 + 1
                } else {
                    spread
                };
                let time = Time(now + (state >> 17) % spread);
                calendar.push(time, sequence);
                heap.push(Reverse((time, sequence)));
                if pending < sequence {
                    let expected = heap.pop().map(|Reverse(pair)| pair);
                    assert_eq!(pop(&mut calendar), expected, "{pending} over {spread} ns");
                    now = expected.map_or(now, |(time, _)| time.0);
                }
            }
        }
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
