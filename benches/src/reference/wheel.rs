//! A radix wheel: events by time, those of one moment in the order in which they came.
//!
//! It knows no liveness, no memory budget and no arena; a slot keeps the memory of its fullest
//! moment. That is what makes it a limit, and not an engine.

const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = 11;
const RUN: usize = 64;

/// Pending events of type `E`, by nanosecond.
pub struct Wheel<E> {
    now: u64,
    /// Sorted, the next event last.
    run: Vec<(u64, E)>,
    /// What happens up to here, after now, is in the run.
    run_end: u64,
    used: [u64; LEVELS],
    levels: u16,
    slots: Vec<Vec<(u64, E)>>,
    spare: Vec<(u64, E)>,
}

impl<E: Copy> Default for Wheel<E> {
    fn default() -> Self {
        Wheel {
            now: 0,
            run: Vec::new(),
            run_end: 0,
            used: [0; LEVELS],
            levels: 0,
            slots: (0..LEVELS * SLOTS).map(|_| Vec::new()).collect(),
            spare: Vec::new(),
        }
    }
}

impl<E: Copy> Wheel<E> {
    /// Adds an event; `time` is not before that of the last event taken.
    #[inline]
    pub fn push(&mut self, time: u64, event: E) {
        if time <= self.run_end {
            let mut index = self.run.len();
            while 0 < index && self.run[index - 1].0 <= time {
                index -= 1;
            }
            self.run.insert(index, (time, event));
        } else {
            self.push_to_slot(time, event);
        }
    }

    /// Takes the next event.
    #[inline]
    pub fn pop(&mut self) -> Option<(u64, E)> {
        loop {
            if let Some(next) = self.run.pop() {
                self.now = next.0;
                return Some(next);
            }
            if self.levels == 0 {
                return None;
            }
            self.open_slot();
        }
    }

    #[inline]
    fn push_to_slot(&mut self, time: u64, event: E) {
        let level = (63 - ((time ^ self.now) | 1).leading_zeros()) / BITS;
        let digit = (time >> (level * BITS)) as usize % SLOTS;
        self.levels |= 1 << level;
        self.used[level as usize] |= 1 << digit;
        self.slots[level as usize * SLOTS + digit].push((time, event));
    }

    fn open_slot(&mut self) {
        let level = self.levels.trailing_zeros();
        let digit = self.used[level as usize].trailing_zeros() as usize;
        self.used[level as usize] &= !(1 << digit);
        if self.used[level as usize] == 0 {
            self.levels &= !(1 << level);
        }
        let slot = level as usize * SLOTS + digit;
        let mut events = std::mem::replace(&mut self.slots[slot], std::mem::take(&mut self.spare));
        let low = (1_u64 << (level * BITS)) - 1;
        if level == 0 || events.len() <= RUN {
            self.run_end = events[0].0 | low;
            self.run.extend(events.drain(..).rev());
            // Equal times stand in the opposite order of their coming, and stay so.
            self.run.sort_by_key(|event| std::cmp::Reverse(event.0));
        } else {
            self.now = events[0].0 & !low;
            for (time, event) in events.drain(..) {
                self.push_to_slot(time, event);
            }
        }
        self.spare = events;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    #[test]
    fn agrees_with_a_heap_of_time_and_sequence() {
        for (pending, spread) in [(10, 5), (300, 100), (5_000, 1 << 20), (5_000, 1 << 40)] {
            let (mut wheel, mut heap) = (Wheel::default(), BinaryHeap::new());
            let (mut now, mut state) = (0, 1_u64);
            for sequence in 0..40_000 {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                let time = now + (state >> 17) % spread;
                wheel.push(time, sequence);
                heap.push(Reverse((time, sequence)));
                if pending < sequence {
                    let expected = heap.pop().map(|Reverse(next)| next);
                    assert_eq!(wheel.pop(), expected);
                    now = expected.map_or(now, |next| next.0);
                }
            }
        }
    }
}
