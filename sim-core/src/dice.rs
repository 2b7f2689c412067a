//! Keyed draws: a draw is a hash of what it is for, so that nothing else can shift it.
//!
//! A request carries [`Dice`], 64 bits that name it: which visit of which source, which call,
//! which attempt. A draw hashes these bits with a [`Purpose`] and an index. Two variants of one
//! world therefore meet the same luck wherever they do the same, however much else they do.
//! Everything here is integer arithmetic but for one exact conversion to a float, and so the same
//! on every platform.

/// The odd number nearest to 2^64 over the golden ratio: steps of it spread evenly (Knuth 1973,
/// The Art of Computer Programming 3, 6.4).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Where a chain of hashes starts. Digits of pi, as are the other marks, to have nothing up the
/// sleeve; the marks keep keys of different shapes apart.
const START: u64 = 0x243f_6a88_85a3_08d3;
const USER: u64 = 0x1319_8a2e_0370_7344;
const ATTEMPT: u64 = 0xa409_3822_299f_31d0;
const DRAW: u64 = 0x082e_fa98_ec4e_6c89;

/// The smallest number that [`open_unit`] returns; the largest is 1 less this.
pub(crate) const SMALLEST_UNIFORM: f64 = 1.0 / (1_u64 << 53) as f64;

/// The keyed dice of a request, a call or an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Dice(u64);

/// What a draw decides. The numbers are part of every result: new purposes get new ones.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Purpose {
    /// How long a step of work takes.
    Work = 0,
    /// How long a request travels.
    NetworkRequest = 1,
    /// How long a reply travels.
    NetworkReply = 2,
    /// How long the news travels that a caller has left.
    NetworkCancel = 3,
    /// Whether a request is lost.
    LossRequest = 4,
    /// Whether a reply is lost.
    LossReply = 5,
    /// Whether the news is lost that a caller has left.
    LossCancel = 6,
    /// Which instance is picked.
    Balance = 7,
    /// How long a retry waits.
    Backoff = 8,
    /// Which key is asked for.
    Key = 9,
    /// Whether it is a read or a write.
    Operation = 10,
    /// Which session a visit belongs to.
    Session = 11,
    /// How the lifetime of a cache entry is jittered.
    Ttl = 12,
    /// Whether an entry is refreshed before it expires.
    EarlyRefresh = 13,
    /// Whether a step fails.
    Fail = 14,
    /// How long a user thinks.
    Think = 15,
    /// How long a change travels to a replica.
    Replication = 16,
    /// How long a replica takes to apply a change.
    Apply = 17,
    /// Whether a gray failure hits an attempt.
    Gray = 18,
    /// Whether a client holds an attempt back by itself.
    Throttle = 30,
    /// How long the news travels that a tied request has begun.
    NetworkTied = 31,
    /// Whether the news is lost that a tied request has begun.
    LossTied = 32,
    /// How much later than the others a caller is told to try again.
    RetryAfter = 40,
    /// How much later than told a caller tries again.
    RetryAfterSpread = 41,
}

/// The 64-bit hash of a node's name, for the keys of its dice: FNV-1a (Fowler, Noll and Vo),
/// finished by a mixer that spreads its last letters.
pub const fn name_hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    mix(hash)
}

impl Dice {
    /// The dice of visit `n` of an open source.
    #[inline]
    pub const fn visit(seed: u64, run: u32, source: u64, n: u64) -> Dice {
        Dice(absorb(place(seed, run, source), n))
    }

    /// The dice of what `user` of a source asks in `iteration`. Serves all that is counted twice,
    /// such as the refreshes of a cache by key and ordinal.
    #[inline]
    pub const fn visit_of_user(
        seed: u64,
        run: u32,
        source: u64,
        user: u32,
        iteration: u64,
    ) -> Dice {
        let of_user = absorb(place(seed, run, source) ^ USER, user as u64);
        Dice(absorb(of_user, iteration))
    }

    /// The dice of call number `ordinal` to `target` (the hash of its name) made for this one.
    #[inline]
    #[must_use]
    pub const fn call(self, target: u64, ordinal: u32) -> Dice {
        Dice(absorb(self.0 ^ target, ordinal as u64))
    }

    /// The dice of one copy (a hedge is another) of one attempt at a call; not the call's own.
    #[inline]
    #[must_use]
    pub const fn attempt(self, attempt: u32, copy: u32) -> Dice {
        Dice(absorb(self.0 ^ ATTEMPT, pair(attempt, copy)))
    }

    /// 64 random bits for draw number `index` of `purpose`.
    #[inline]
    pub const fn bits(self, purpose: Purpose, index: u32) -> u64 {
        absorb(self.0 ^ DRAW, pair(purpose as u32, index))
    }

    /// A uniform number for draw number `index` of `purpose`, above 0 and below 1.
    #[inline]
    pub const fn uniform(self, purpose: Purpose, index: u32) -> f64 {
        open_unit(self.bits(purpose, index))
    }
}

/// What `seed`, `run` and the hash of a name stand for.
#[inline]
pub(crate) const fn place(seed: u64, run: u32, name: u64) -> u64 {
    absorb(absorb(START, seed) ^ name, run as u64)
}

/// The hash of `state` and one more `word`; for one state, a bijection of the words.
#[inline]
pub(crate) const fn absorb(state: u64, word: u64) -> u64 {
    mix(state.wrapping_add(word.wrapping_mul(STEP)))
}

/// Turns 64 random bits into a number above 0 and below 1: the middle of one of 2^52 equal steps,
/// so that it and its distance from 1 are both exact.
#[inline]
pub(crate) const fn open_unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
}

#[inline]
const fn pair(high: u32, low: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

/// NASAM, a bijection of 64 bits that is statistically sound on counters (Pelle Evensen 2020,
/// "NASAM: Not Another Strange Acronym Mixer").
#[inline]
const fn mix(mut x: u64) -> u64 {
    x ^= x.rotate_right(25) ^ x.rotate_right(47);
    x = x.wrapping_mul(0x9e6c_63d0_676a_9a99);
    x ^= x >> 23 ^ x >> 51;
    x = x.wrapping_mul(0x9e6d_62d0_6f6a_9a9b);
    x ^ x >> 23 ^ x >> 51
}

#[cfg(test)]
mod tests;
