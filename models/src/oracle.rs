//! Staleness: an observer that knows every acknowledged write, which no part of the system does.

use sim_core::{Span, Time};

/// The writes of one database, as far as its clients have been told.
///
/// A read misses a write when the write was acknowledged before the read was sent and the answer
/// has an older version. A write acknowledged in the very nanosecond in which the read was sent is
/// not missed: nobody could have known of it. This is Golab, Li and Shah's Δ-atomicity ("Analyzing
/// consistency properties for fun and profit", 2011) seen from the start of the read, and k-staleness
/// counted in versions.
#[derive(Default)]
pub struct Oracle {
    keys: Vec<History>,
}

/// How far an answer lay behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stale {
    /// From the acknowledgement of the first write missed until the read was sent.
    pub age: Span,
    /// How many writes it missed.
    pub versions: u32,
}

/// The acknowledged writes of one key.
#[derive(Clone, Default)]
struct History {
    /// In order of acknowledgement.
    writes: Vec<Write>,
    /// By how much at most an acknowledged version lay below one acknowledged earlier.
    lag: u32,
}

#[derive(Clone, Copy)]
struct Write {
    at: Time,
    version: u32,
    /// The highest version acknowledged so far.
    highest: u32,
}

impl Oracle {
    /// Knows of no write yet.
    pub fn new() -> Oracle {
        Oracle::default()
    }

    /// A client learns at `at`, which never goes back, that a version of `key` was written.
    pub fn acknowledged(&mut self, key: u32, version: u32, at: Time) {
        let key = key as usize;
        if self.keys.len() <= key {
            self.keys.resize_with(key + 1, History::default);
        }
        let History { writes, lag } = &mut self.keys[key];
        debug_assert!(writes.last().is_none_or(|last| last.at <= at));
        let highest = writes
            .last()
            .map_or(version, |last| last.highest.max(version));
        *lag = (*lag).max(highest - version);
        writes.push(Write {
            at,
            version,
            highest,
        });
    }

    /// Whether, and by how much, an answer with `version` to a read sent at `sent` was stale.
    ///
    /// Two searches find the writes acknowledged in time and the first one missed. Only around that
    /// one can versions be out of order, so only there are they looked at one by one.
    pub fn judge(&self, key: u32, version: u32, sent: Time) -> Option<Stale> {
        let History { writes, lag } = self.keys.get(key as usize)?;
        let known = &writes[..writes.partition_point(|write| write.at < sent)];
        let missed = &known[known.partition_point(|write| write.highest <= version)..];
        let first = missed.first()?;
        let settled = version.saturating_add(*lag);
        let (mixed, later) =
            missed.split_at(missed.partition_point(|write| write.highest <= settled));
        let mixed_missed = mixed.iter().filter(|write| version < write.version).count();
        Some(Stale {
            age: sent.since(first.at),
            versions: (mixed_missed + later.len()) as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_is_as_old_as_the_first_write_it_misses() {
        let mut oracle = Oracle::new();
        oracle.acknowledged(3, 1, Time(100));
        oracle.acknowledged(3, 2, Time(250));
        let stale = |age, versions| {
            Some(Stale {
                age: Span(age),
                versions,
            })
        };
        assert_eq!(oracle.judge(3, 0, Time(1_000)), stale(900, 2));
        assert_eq!(oracle.judge(3, 1, Time(1_000)), stale(750, 1));
        assert_eq!(oracle.judge(3, 2, Time(1_000)), None);
        assert_eq!(oracle.judge(3, 0, Time(250)), stale(150, 1));
        assert_eq!(oracle.judge(3, 0, Time(100)), None, "a tie is not missed");
        assert_eq!(oracle.judge(2, 0, Time(1_000)), None);
        assert_eq!(oracle.judge(4, 0, Time(1_000)), None);
    }

    fn by_brute_force(writes: &[(u32, Time)], version: u32, sent: Time) -> Option<Stale> {
        let missed = writes
            .iter()
            .filter(|&&(written, at)| at < sent && version < written);
        let first = missed.clone().map(|&(_, at)| at).min()?;
        Some(Stale {
            age: sent.since(first),
            versions: missed.count() as u32,
        })
    }

    proptest! {
        #[test]
        fn agrees_with_brute_force(
            delays in prop::collection::vec((0_u64..4, 0_u64..20), 0..60),
            reads in prop::collection::vec((0_u32..70, 0_u64..300), 1..60),
        ) {
            let mut begun = 0;
            let mut writes = Vec::new();
            for (version, (gap, took)) in (1_u32..).zip(delays) {
                begun += gap;
                writes.push((version, Time(begun + took)));
            }
            writes.sort_by_key(|&(_, at)| at);
            let mut oracle = Oracle::new();
            for &(version, at) in &writes {
                oracle.acknowledged(0, version, at);
            }
            for (version, sent) in reads {
                let sent = Time(sent);
                let expected = by_brute_force(&writes, version, sent);
                prop_assert_eq!(oracle.judge(0, version, sent), expected);
            }
        }
    }
}
