//! CoDel: sheds by how long those waited whose turn comes.

use sim_core::{Span, Time};

/// Controlled delay: while everybody waits longer than `target` for a whole `interval`, some are dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Codel {
    /// A wait that is no sign of trouble.
    pub target: Span,
    /// How long all waits may be longer.
    pub interval: Span,
    /// What is dropped then.
    pub variant: CodelVariant,
}

/// What CoDel drops once there is a standing queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodelVariant {
    /// One, and the next after interval / sqrt(n) when n have been dropped (Nichols and Jacobson, 2018,
    /// RFC 8289): a signal to senders who slow down.
    Network,
    /// All that have waited longer than the target, of those that came after the queue had stood for an
    /// interval; all that have waited longer than the interval of the others (Maurer, 2015, "Fail at Scale").
    Server,
}

/// What CoDel remembers, by the names of RFC 8289.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct CodelState {
    /// When waits will have been above the target for an interval.
    first_above: Option<Time>,
    drop_next: Time,
    count: u32,
    last_count: u32,
    is_dropping: bool,
    /// Since when there has been a queue.
    queue_since: Time,
}

/// Within so many intervals dropping goes on at the pace it had.
const MEMORY: u64 = 16;

impl CodelState {
    /// There is a queue, where there was none.
    pub(super) fn begins_to_queue(&mut self, now: Time) {
        self.queue_since = now;
    }

    /// Whether one that arrived then, and whose turn it is now, is dropped; `is_last` when nobody waits
    /// behind it.
    pub(super) fn drops(&mut self, codel: &Codel, arrived: Time, now: Time, is_last: bool) -> bool {
        let waited = now.since(arrived);
        match codel.variant {
            CodelVariant::Network => self.drops_in_turn(codel, waited, now, is_last),
            CodelVariant::Server => {
                let stood = codel.interval < arrived.since(self.queue_since);
                let most = if stood { codel.target } else { codel.interval };
                most < waited
            }
        }
    }

    fn drops_in_turn(&mut self, codel: &Codel, waited: Span, now: Time, is_last: bool) -> bool {
        let is_standing = self.is_standing(codel, waited, now, is_last);
        match (self.is_dropping, is_standing) {
            (_, false) => {
                self.is_dropping = false;
                false
            }
            (true, true) if now < self.drop_next => false,
            (true, true) => {
                self.count += 1;
                self.drop_next = self.drop_next + self.gap(codel);
                true
            }
            (false, true) => {
                let dropped = self.count - self.last_count;
                let was_recent =
                    now.since(self.drop_next).0 < codel.interval.0.saturating_mul(MEMORY);
                self.count = if 1 < dropped && was_recent {
                    dropped
                } else {
                    1
                };
                self.last_count = self.count;
                self.drop_next = now + self.gap(codel);
                self.is_dropping = true;
                true
            }
        }
    }

    /// Whether waits have been above the target for an interval.
    fn is_standing(&mut self, codel: &Codel, waited: Span, now: Time, is_last: bool) -> bool {
        if waited < codel.target || is_last {
            self.first_above = None;
            return false;
        }
        let first_above = *self.first_above.get_or_insert(now + codel.interval);
        first_above <= now
    }

    fn gap(&self, codel: &Codel) -> Span {
        Span::nanos(codel.interval.0 as f64 / f64::from(self.count).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Time {
        Time::ZERO + Span::millis(millis)
    }

    fn codel(variant: CodelVariant) -> Codel {
        Codel {
            target: Span::millis(5),
            interval: Span::millis(100),
            variant,
        }
    }

    /// When requests are dropped, of one each millisecond until 1000 that has waited so long.
    fn dropped(waited: impl Fn(u64) -> u64) -> Vec<u64> {
        let (codel, mut state) = (codel(CodelVariant::Network), CodelState::default());
        let drops =
            |&at: &u64| state.drops(&codel, ms(1_000 + at - waited(at)), ms(1_000 + at), false);
        (0..1_000).filter(drops).collect()
    }

    #[test]
    fn drops_begin_after_an_interval_and_come_ever_closer() {
        // 100 ms after the first, then after 100 / sqrt(2), 100 / sqrt(3), ... ms.
        let times = dropped(|_| 20);
        assert_eq!(times[..7], [100, 200, 271, 329, 379, 424, 464]);
    }

    #[test]
    fn a_short_wait_ends_it_and_a_relapse_goes_on_at_its_pace() {
        let times = dropped(|at| if (500..550).contains(&at) { 1 } else { 20 });
        let before = times.iter().filter(|&&at| at < 500).count();
        assert_eq!(before, 7);
        assert_eq!(times[before..before + 2], [650, 691], "as after 6 drops");
    }

    #[test]
    fn waits_below_the_target_are_left_alone() {
        assert!(dropped(|_| 4).is_empty());
        assert!(dropped(|at| if at % 90 == 0 { 4 } else { 50 }).is_empty());
    }

    #[test]
    fn a_server_drops_all_that_come_to_a_standing_queue_and_wait() {
        let codel = codel(CodelVariant::Server);
        let mut state = CodelState::default();
        state.begins_to_queue(ms(1_000));
        let mut drops = |arrived, now| state.drops(&codel, ms(arrived), ms(now), false);
        assert!(!drops(1_050, 1_150), "a burst may wait for the interval");
        assert!(drops(1_050, 1_151));
        assert!(!drops(1_101, 1_106), "a standing queue only for the target");
        assert!(drops(1_101, 1_107));
    }
}
