//! Lanes: those who wait for a place, by class, and who of them is next.

use crate::{Process, Span, Time};
use std::collections::VecDeque;
use std::num::NonZeroU64;

/// Who goes first in a queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out.
    Lifo,
    /// First in, first out while the queue is short and young, else last in, first out (Maurer, 2015,
    /// "Fail at Scale", ACM Queue 13(8)).
    AdaptiveLifo {
        /// It is long when more than this many wait.
        longer_than: u32,
        /// It is old when somebody has waited longer than this.
        older_than: Span,
    },
    /// The lowest class number first, then first in, first out.
    Priority,
    /// Classes in turn, by their weights: start-time fair queueing (Goyal, Vin and Cheng, 1997,
    /// "Start-Time Fair Queuing", IEEE/ACM Transactions on Networking 5(5)) with requests of length 1,
    /// as nobody knows beforehand how long one will take. First in, first out within a class.
    Fair,
}

/// A position in a queue: the class in the upper two bytes, and one more than the serial number below,
/// so that an optional position needs no more room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position(NonZeroU64);

const CLASS_SHIFT: u32 = 48;

impl Position {
    fn new(class: u16, serial: u64) -> Position {
        let packed = u64::from(class) << CLASS_SHIFT | (serial + 1);
        Position(NonZeroU64::new(packed).expect("the lower part is at least 1"))
    }

    fn class(self) -> u16 {
        (self.0.get() >> CLASS_SHIFT) as u16
    }

    fn serial(self) -> u64 {
        (self.0.get() & ((1 << CLASS_SHIFT) - 1)) - 1
    }
}

/// Those who wait in all classes.
pub(super) struct Lanes<C> {
    /// In order of their classes.
    lanes: Vec<Lane<C>>,
    next_serial: u64,
    /// Of fair queueing: the tag at which the last one began.
    virtual_time: f64,
    /// Of fair queueing: what a request costs, by class; 1 for those without.
    costs: Vec<f64>,
}

/// Those who wait in one class, in the order in which they came.
struct Lane<C> {
    class: u16,
    /// Of fair queueing: the tag at which the first of them may begin.
    start: f64,
    entries: VecDeque<Entry<C>>,
}

pub(super) struct Entry<C> {
    serial: u64,
    since: Time,
    pub(super) waiter: Waiter<C>,
}

#[derive(Clone, Copy)]
pub(super) enum Waiter<C> {
    Command(C),
    Process(Process),
    /// Has left; is skipped.
    Nobody,
}

impl<C> Entry<C> {
    fn waits(&self) -> bool {
        !matches!(self.waiter, Waiter::Nobody)
    }
}

impl<C> Default for Lanes<C> {
    fn default() -> Self {
        Lanes {
            lanes: Vec::new(),
            next_serial: 0,
            virtual_time: 0.0,
            costs: Vec::new(),
        }
    }
}

impl<C: Copy> Lanes<C> {
    /// Sets the weights of fair queueing, by class; those without have 1.
    pub(super) fn weigh(&mut self, weights: &[f64]) {
        self.costs = weights.iter().map(|weight| 1.0 / weight).collect();
    }

    /// Adds one who waits since `now`.
    pub(super) fn push(&mut self, waiter: Waiter<C>, class: u16, now: Time) -> Position {
        let serial = self.next_serial;
        self.next_serial += 1;
        let index = self.lanes.partition_point(|before| before.class < class);
        if self.lanes.get(index).is_none_or(|lane| lane.class != class) {
            let lane = Lane {
                class,
                start: 0.0,
                entries: VecDeque::new(),
            };
            self.lanes.insert(index, lane);
        }
        let lane = &mut self.lanes[index];
        if lane.entries.is_empty() {
            lane.start = lane.start.max(self.virtual_time);
        }
        lane.entries.push_back(Entry {
            serial,
            since: now,
            waiter,
        });
        Position::new(class, serial)
    }

    /// Takes the next in this order of so many who wait, and says how many entries went with it.
    pub(super) fn take_next(
        &mut self,
        order: Order,
        waiting: u32,
        now: Time,
    ) -> (Waiter<C>, usize) {
        let newest_first = match order {
            Order::Fifo | Order::Priority => false,
            Order::Lifo => true,
            Order::AdaptiveLifo {
                longer_than,
                older_than,
            } => {
                let is_old = |since| older_than < now.since(since);
                longer_than < waiting || self.oldest().is_some_and(is_old)
            }
            Order::Fair => return self.take_fairly(),
        };
        let mut gone = 0;
        for lane in &mut self.lanes {
            loop {
                let entry = if newest_first {
                    lane.entries.pop_back()
                } else {
                    lane.entries.pop_front()
                };
                let Some(entry) = entry else { break };
                gone += 1;
                if entry.waits() {
                    return (entry.waiter, gone);
                }
            }
        }
        (Waiter::Nobody, gone)
    }

    /// Takes the first of the class whose tag is the lowest.
    fn take_fairly(&mut self) -> (Waiter<C>, usize) {
        let mut gone = 0;
        for lane in &mut self.lanes {
            while lane.entries.front().is_some_and(|entry| !entry.waits()) {
                lane.entries.pop_front();
                gone += 1;
            }
        }
        let waiting = self
            .lanes
            .iter_mut()
            .filter(|lane| !lane.entries.is_empty());
        let next = waiting.min_by(|one, other| one.start.total_cmp(&other.start));
        let Some(lane) = next else {
            return (Waiter::Nobody, gone);
        };
        self.virtual_time = lane.start;
        lane.start += self.costs.get(usize::from(lane.class)).unwrap_or(&1.0);
        let entry = lane.entries.pop_front();
        (entry.map_or(Waiter::Nobody, |entry| entry.waiter), gone + 1)
    }

    /// Since when the one who waits longest has waited.
    pub(super) fn oldest(&self) -> Option<Time> {
        let firsts = self
            .lanes
            .iter()
            .filter_map(|lane| lane.entries.iter().find(|entry| entry.waits()));
        firsts.map(|entry| entry.since).min()
    }

    pub(super) fn has(&self, position: Position) -> bool {
        self.find(position).is_some()
    }

    /// Lets one leave who waits, with `waiting` left then; says how many entries went, nothing when
    /// it waited no longer.
    pub(super) fn abandon(&mut self, position: Position, waiting: u32) -> Option<usize> {
        let (lane, index) = self.find(position)?;
        let entries = &mut self.lanes[lane].entries;
        if !entries[index].waits() {
            return None;
        }
        entries[index].waiter = Waiter::Nobody;
        let before = entries.len();
        if (waiting as usize + 64) * 2 < before {
            entries.retain(Entry::waits);
        }
        Some(before - entries.len())
    }

    /// All entries, by class and then in the order in which they came.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry<C>> {
        let lanes = std::mem::take(&mut self.lanes);
        lanes.into_iter().flat_map(|lane| lane.entries)
    }

    fn find(&self, position: Position) -> Option<(usize, usize)> {
        let class = position.class();
        let lane = self.lanes.iter().position(|lane| lane.class == class)?;
        let entries = &self.lanes[lane].entries;
        let entry = entries.binary_search_by_key(&position.serial(), |entry| entry.serial);
        Some((lane, entry.ok()?))
    }
}
