//! What a cache keeps: entries by key, up to a capacity, and who leaves when it is full.

use sim_core::{Span, Time};

const NIL: u32 = u32::MAX;

/// How much a cache holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capacity {
    /// This many entries, whatever their size.
    Entries(u32),
    /// Entries of so many bytes together.
    Bytes(u64),
}

/// Which entry leaves a full cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Evict {
    /// The least recently used: read ([`Store::touch`]) or written.
    #[default]
    Lru,
    /// The first that came in. Replacing its value does not make an entry younger: the order is
    /// that of admission (King, "Analysis of demand paging algorithms", 1971).
    Fifo,
}

/// A value in a cache, as far as a simulation cares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The version of the data.
    pub version: u32,
    /// Its size.
    pub bytes: u32,
    /// From when on it is no longer fresh.
    pub expires: Time,
    /// How long it took to get it.
    pub fill_took: Span,
}

/// Entries for the keys `0..keys`.
///
/// Expired entries stay until they are replaced, removed or evicted: what an expired entry is good
/// for is the reader's business. The keys are dense, so an index by key finds the slot, and a list
/// through the slots is the order of eviction; every operation takes constant time but those that
/// evict several entries.
pub struct Store {
    capacity: Capacity,
    evict: Evict,
    slot_of: Vec<u32>,
    slots: Vec<Slot>,
    /// Free slots are chained by `older`.
    free: u32,
    newest: u32,
    oldest: u32,
    length: u32,
    bytes: u64,
    evictions: u64,
}

struct Slot {
    key: u32,
    newer: u32,
    older: u32,
    entry: Entry,
}

impl Store {
    /// An empty store for the keys `0..keys`.
    pub fn new(keys: u32, capacity: Capacity, evict: Evict) -> Store {
        Store {
            capacity,
            evict,
            slot_of: vec![NIL; keys as usize],
            slots: Vec::new(),
            free: NIL,
            newest: NIL,
            oldest: NIL,
            length: 0,
            bytes: 0,
            evictions: 0,
        }
    }

    /// The entry of a key, fresh or not. Does not count as use.
    #[inline]
    pub fn get(&self, key: u32) -> Option<Entry> {
        let slot = self.slots.get(self.slot_of[key as usize] as usize)?;
        Some(slot.entry)
    }

    /// Counts a use of a key's entry, if it has one.
    #[inline]
    pub fn touch(&mut self, key: u32) {
        let slot = self.slot_of[key as usize];
        if slot != NIL && self.evict == Evict::Lru && slot != self.newest {
            self.unlink(slot);
            self.link(slot);
        }
    }

    /// Puts an entry in, in the place of the key's former one, and evicts others until it fits.
    /// False when it is larger than the whole store: then it stays out, and the former one, which
    /// it was to replace, leaves as well.
    pub fn put(&mut self, key: u32, entry: Entry) -> bool {
        let could_fit = match self.capacity {
            Capacity::Entries(entries) => 0 < entries,
            Capacity::Bytes(bytes) => u64::from(entry.bytes) <= bytes,
        };
        if !could_fit {
            self.remove(key);
            return false;
        }
        let mut slot = self.slot_of[key as usize];
        if slot == NIL {
            slot = self.take_slot(key, entry);
            self.slot_of[key as usize] = slot;
            self.link(slot);
            self.length += 1;
        } else {
            self.bytes -= u64::from(self.slots[slot as usize].entry.bytes);
            self.slots[slot as usize].entry = entry;
            self.touch(key);
        }
        self.bytes += u64::from(entry.bytes);
        self.make_fit(slot);
        true
    }

    /// Takes the entry of a key out; false when there was none.
    pub fn remove(&mut self, key: u32) -> bool {
        let slot = std::mem::replace(&mut self.slot_of[key as usize], NIL);
        if slot == NIL {
            return false;
        }
        self.unlink(slot);
        self.length -= 1;
        self.bytes -= u64::from(self.slots[slot as usize].entry.bytes);
        self.slots[slot as usize].older = self.free;
        self.free = slot;
        true
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        while self.oldest != NIL {
            self.remove(self.slots[self.oldest as usize].key);
        }
    }

    /// How many keys there are.
    pub fn keys(&self) -> u32 {
        self.slot_of.len() as u32
    }

    /// Changes when the entry of a key expires, if it has one.
    pub fn set_expiry(&mut self, key: u32, expires: Time) {
        if let Some(slot) = self.slots.get_mut(self.slot_of[key as usize] as usize) {
            slot.entry.expires = expires;
        }
    }

    /// Changes the capacity, and evicts what no longer fits.
    pub fn resize(&mut self, capacity: Capacity) {
        self.capacity = capacity;
        self.make_fit(NIL);
    }

    /// How many entries there are, fresh or not.
    pub fn len(&self) -> u32 {
        self.length
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The size of all entries.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many entries have left for want of room.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    fn is_too_full(&self) -> bool {
        match self.capacity {
            Capacity::Entries(entries) => entries < self.length,
            Capacity::Bytes(bytes) => bytes < self.bytes,
        }
    }

    /// Evicts from the old end until all fits, but never the slot `keep`.
    fn make_fit(&mut self, keep: u32) {
        while self.is_too_full() {
            let mut victim = self.oldest;
            if victim == keep {
                victim = self.slots[victim as usize].newer;
            }
            self.remove(self.slots[victim as usize].key);
            self.evictions += 1;
        }
    }

    fn take_slot(&mut self, key: u32, entry: Entry) -> u32 {
        let fresh = Slot {
            key,
            newer: NIL,
            older: NIL,
            entry,
        };
        let index = self.free;
        if index == NIL {
            self.slots.push(fresh);
            return self.slots.len() as u32 - 1;
        }
        self.free = self.slots[index as usize].older;
        self.slots[index as usize] = fresh;
        index
    }

    /// Makes a slot the newest.
    fn link(&mut self, slot: u32) {
        let second = std::mem::replace(&mut self.newest, slot);
        self.slots[slot as usize].newer = NIL;
        self.slots[slot as usize].older = second;
        match self.slots.get_mut(second as usize) {
            Some(second) => second.newer = slot,
            None => self.oldest = slot,
        }
    }

    fn unlink(&mut self, slot: u32) {
        let Slot { newer, older, .. } = self.slots[slot as usize];
        match self.slots.get_mut(newer as usize) {
            Some(newer) => newer.older = older,
            None => self.newest = older,
        }
        match self.slots.get_mut(older as usize) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(version: u32, bytes: u32) -> Entry {
        Entry {
            version,
            bytes,
            expires: Time::NEVER,
            fill_took: Span::ZERO,
        }
    }

    fn keys_kept(store: &Store, keys: u32) -> Vec<u32> {
        (0..keys).filter(|&key| store.get(key).is_some()).collect()
    }

    #[test]
    fn lru_evicts_the_least_recently_used_and_fifo_the_first_come() {
        for (evict, kept) in [(Evict::Lru, [1, 3, 4]), (Evict::Fifo, [2, 3, 4])] {
            let mut store = Store::new(5, Capacity::Entries(3), evict);
            for key in [0, 1, 2] {
                store.put(key, entry(1, 1));
            }
            store.touch(1);
            store.put(1, entry(2, 1));
            store.put(3, entry(1, 1));
            store.put(4, entry(1, 1));
            assert_eq!(keys_kept(&store, 5), kept, "{evict:?}");
            assert_eq!(store.evictions(), 2);
        }
    }

    #[test]
    fn bytes_are_evicted_until_the_new_entry_fits() {
        let mut store = Store::new(5, Capacity::Bytes(100), Evict::Lru);
        for key in 0..4 {
            assert!(store.put(key, entry(1, 25)));
        }
        assert!(store.put(4, entry(1, 60)));
        assert_eq!(keys_kept(&store, 5), [3, 4]);
        assert_eq!((store.bytes(), store.evictions()), (85, 3));
        assert!(!store.put(3, entry(2, 101)));
        assert_eq!(keys_kept(&store, 5), [4], "the old value of 3 is outdated");
        store.resize(Capacity::Bytes(59));
        assert!(store.is_empty());
    }

    #[test]
    fn a_growing_oldest_entry_pushes_others_out_but_not_itself() {
        let mut store = Store::new(3, Capacity::Bytes(30), Evict::Fifo);
        for key in 0..3 {
            store.put(key, entry(1, 10));
        }
        assert!(store.put(0, entry(2, 20)));
        assert_eq!(keys_kept(&store, 3), [0, 2]);
    }

    /// King 1971, for the independent reference model: the sum over the contents of the stationary
    /// probability times the popularity of what is kept.
    #[test]
    fn hit_ratios_are_those_of_king() {
        for (evict, expected) in [(Evict::Lru, 0.628_300_7), (Evict::Fifo, 0.610_687)] {
            let mut store = Store::new(4, Capacity::Entries(2), evict);
            let (mut state, mut hits) = (1_u64, 0);
            const READS: u32 = 4_000_000;
            for _ in 0..READS {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
                let key = [0.5, 0.75, 0.9].iter().filter(|&&p| p <= uniform).count() as u32;
                if store.get(key).is_some() {
                    hits += 1;
                    store.touch(key);
                } else {
                    store.put(key, entry(1, 1));
                }
            }
            let ratio = f64::from(hits) / f64::from(READS);
            assert!((ratio - expected).abs() < 0.001, "{evict:?}: {ratio}");
        }
    }

    /// The store as a list, oldest first.
    struct Model {
        capacity: Capacity,
        evict: Evict,
        entries: Vec<(u32, Entry)>,
        evictions: u64,
    }

    impl Model {
        fn position(&self, key: u32) -> Option<usize> {
            self.entries.iter().position(|&(k, _)| k == key)
        }

        fn touch(&mut self, key: u32) {
            if let (Evict::Lru, Some(index)) = (self.evict, self.position(key)) {
                let entry = self.entries.remove(index);
                self.entries.push(entry);
            }
        }

        fn bytes(&self) -> u64 {
            self.entries.iter().map(|(_, e)| u64::from(e.bytes)).sum()
        }

        fn shrink(&mut self, keep: Option<u32>) {
            while match self.capacity {
                Capacity::Entries(entries) => (entries as usize) < self.entries.len(),
                Capacity::Bytes(bytes) => bytes < self.bytes(),
            } {
                let victim = self.entries.iter().position(|&(k, _)| Some(k) != keep);
                self.entries.remove(victim.expect("one entry fits"));
                self.evictions += 1;
            }
        }

        fn put(&mut self, key: u32, entry: Entry) -> bool {
            let room = match self.capacity {
                Capacity::Entries(entries) => u64::from(entries) * u64::from(u32::MAX),
                Capacity::Bytes(bytes) => bytes,
            };
            if room < u64::from(entry.bytes) {
                self.entries.retain(|&(k, _)| k != key);
                return false;
            }
            match self.position(key) {
                Some(index) => self.entries[index].1 = entry,
                None => self.entries.push((key, entry)),
            }
            self.touch(key);
            self.shrink(Some(key));
            true
        }
    }

    const KEYS: u32 = 12;

    fn capacities() -> impl Strategy<Value = Capacity> {
        prop_oneof![
            (0_u32..8).prop_map(Capacity::Entries),
            (1_u64..60).prop_map(Capacity::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn agrees_with_a_list(
            first in capacities(),
            is_lru in any::<bool>(),
            steps in prop::collection::vec((0_u32..20, 0..KEYS, 1_u32..25, capacities()), 1..300),
        ) {
            let evict = if is_lru { Evict::Lru } else { Evict::Fifo };
            let mut store = Store::new(KEYS, first, evict);
            let mut model = Model { capacity: first, evict, entries: Vec::new(), evictions: 0 };
            for (version, (action, key, bytes, capacity)) in (0..).zip(steps) {
                match action {
                    0 => {
                        store.resize(capacity);
                        model.capacity = capacity;
                        model.shrink(None);
                    }
                    1 => {
                        store.clear();
                        model.entries.clear();
                    }
                    2 | 3 => {
                        prop_assert_eq!(store.remove(key), model.position(key).is_some());
                        model.entries.retain(|&(k, _)| k != key);
                    }
                    4 => {
                        store.set_expiry(key, Time(7));
                        if let Some(index) = model.position(key) {
                            model.entries[index].1.expires = Time(7);
                        }
                    }
                    5..10 => {
                        store.touch(key);
                        model.touch(key);
                    }
                    _ => {
                        let entry = entry(version, bytes);
                        prop_assert_eq!(store.put(key, entry), model.put(key, entry));
                    }
                }
                for key in 0..KEYS {
                    let expected = model.position(key).map(|index| model.entries[index].1);
                    prop_assert_eq!(store.get(key), expected);
                }
                prop_assert_eq!(store.len() as usize, model.entries.len());
                prop_assert_eq!(store.bytes(), model.bytes());
                prop_assert_eq!(store.evictions(), model.evictions);
            }
        }
    }
}
