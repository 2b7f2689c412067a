//! The core of the list of known results that Squall is held against, and what of it is checked.

/// How far an entry is checked.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Coverage {
    /// All of it.
    Whole,
    /// All but this.
    But(&'static str),
    /// Not at all, as models lack this.
    Lacks(&'static str),
}

use Coverage::{But, Lacks, Whole};

/// The entries: id, what is known, and how far it is checked.
pub(crate) const CORE: &[(&str, &str, Coverage)] = &[
    (
        "Q01",
        "M/M/1: mean and percentiles",
        But("the standard deviation, which is not reported"),
    ),
    (
        "Q04",
        "M/M/10: Erlang's delay",
        But("the share that waits, which is not reported; the mean wait follows from it"),
    ),
    (
        "Q05",
        "13 % and 3.6 % wait at half load",
        But("the share itself, as for Q04"),
    ),
    ("Q07", "Erlang's loss is insensitive", Whole),
    (
        "Q11",
        "M/D/1",
        But("the share that does not wait, which is not reported"),
    ),
    (
        "Q13",
        "M/G/1 with lognormal service",
        But("the standard deviation, which is not reported"),
    ),
    (
        "Q15",
        "M/G/1 with bounded Pareto service",
        But("its precision: a heavy tail needs ten times the requests that a test can afford"),
    ),
    (
        "Q17",
        "Processor sharing is insensitive",
        But("the mean time of requests of one size, which are not told apart"),
    ),
    (
        "Q18",
        "D/M/1 and Kingman's bound",
        But("the share that waits, which is not reported"),
    ),
    ("Q20", "Two priorities", Whole),
    (
        "Q23",
        "Last come first served",
        But("standard deviations, which are not reported; percentiles stand for them"),
    ),
    ("Q25", "Closed network", Whole),
    ("Q28", "Three queues in a row", Whole),
    (
        "Q30",
        "Exponential patience",
        Lacks("patience drawn from a distribution"),
    ),
    ("Q32", "Constant patience", Whole),
    (
        "Q33",
        "Callers that leave a server which does not know",
        Whole,
    ),
    ("Q34", "Fork and join of two", Whole),
    ("Q36", "Batches", Whole),
    ("Q40", "Little's law", Whole),
    ("Q41", "A fluid's backlog and drain", Whole),
    ("X01", "Hockey sticks of 1, 4 and 16 servers", Whole),
    ("X03", "Ten queues against one", Whole),
    ("L01", "Ten servers by chance", Whole),
    ("L02", "Ten servers in turn", Whole),
    ("L04", "The shorter of two queues", Whole),
    ("L06", "Two choices of a hundred", Whole),
    (
        "L08",
        "Queue lengths under two choices",
        But(
            "each length: the shares of servers with 2, 3, ... requests are not reported; their sum is",
        ),
    ),
    (
        "L11",
        "Shares on a hash ring",
        But("percentiles of the shares, which are not reported"),
    ),
    (
        "L13",
        "Keys that move when nodes are added",
        But("jump hash; of the other two a node goes, and comes in unit tests"),
    ),
    ("L14", "Shuffle sharding", Lacks("shards of clients")),
    ("T01", "63 % and 18 % of fan-outs are slow", Whole),
    ("T04", "Hedging at the 95th percentile", Whole),
    ("T07", "Hedging a fan-out of a hundred", Whole),
    (
        "T08",
        "Tied requests in production",
        Lacks("the latencies of its servers, which are not published"),
    ),
    ("T09", "Two copies at once", Whole),
    (
        "C01",
        "Hits under a lifetime",
        But("lifetimes that a hit renews"),
    ),
    (
        "C03",
        "Hits of LRU and FIFO",
        But("random eviction and a fixed content"),
    ),
    ("C05", "Two places, solved exactly", Whole),
    (
        "C07",
        "Misses of a recorded trace",
        But(
            "the trace, which is not in the repository; a sample of 2000 requests is replayed in `tests/replay.rs`",
        ),
    ),
    ("C09", "Fills at an expiry", Whole),
    (
        "C10",
        "Early refresh",
        But("the deviation of the number of fills, which is not reported"),
    ),
    ("C13", "Bloom filter", Lacks("Bloom filters")),
    ("R01", "Backoff and jitter against contention", Whole),
    ("R04", "64, 243 and 256 attempts", Whole),
    ("R05", "Mean attempts", Whole),
    ("R07", "Retry budget", Whole),
    (
        "R09",
        "Adaptive throttling",
        But("a target that accepts exactly 100 a second: one of 100 places takes 99 of 198"),
    ),
    ("M01", "A cut that outlasts itself", Whole),
    ("M02", "Hidden capacity of 150/s", Whole),
    (
        "M04",
        "Collapse of a server that slows with its load",
        Lacks(
            "work whose length is decided by the load when it begins, and not changed by it afterwards",
        ),
    ),
    ("M06", "A flushed look-aside cache", Whole),
    ("M08", "Order of outcomes by size, length and load", Whole),
    ("G01", "Fixed windows", Whole),
    ("G02", "Token bucket", Whole),
    ("G03", "Token bucket and virtual scheduling", Whole),
    ("G04", "Token bucket under Poisson load", Whole),
    (
        "P01",
        "k-staleness of partial quorums",
        Lacks("partial quorums"),
    ),
    (
        "P03",
        "Staleness of exponential replicas",
        Lacks("partial quorums"),
    ),
    ("P04", "Staleness on SSDs", Lacks("partial quorums")),
    ("P05", "Staleness on disks", Lacks("partial quorums")),
    ("P08", "Staleness over a WAN", Lacks("partial quorums")),
    ("P10", "Reading one's own write", Whole),
    (
        "P12",
        "Writes lost by a failover",
        But("the failover and deviations; what a replica lacks on average is what it would lose"),
    ),
    ("P13", "Majorities of nodes that fail", Whole),
    ("P17", "Copysets", Lacks("placement of chunks")),
    ("K01", "Split votes", Lacks("consensus")),
    ("K03", "Time to elect", Lacks("consensus")),
    ("K04", "Elections over a WAN", Lacks("consensus")),
    ("K06", "Elections under crashes", Lacks("consensus")),
    ("K08", "Gossip by push", Lacks("gossip")),
    ("K10", "Rumor mongering", Lacks("gossip")),
    (
        "K13",
        "Failure detection by probes",
        Lacks("failure detectors"),
    ),
    ("N01", "Minority of a partition", Lacks("consensus")),
    ("N04", "Bandwidth and propagation", Lacks("bandwidth")),
    ("N05", "Leases and clock drift", Lacks("leases and clocks")),
    ("N06", "Collisions of identifiers", Lacks("identifiers")),
    ("N08", "Snowflake identifiers", Lacks("identifiers")),
    ("A01", "Lost updates", Lacks("transactions")),
    ("A03", "Write skew", Lacks("transactions")),
    (
        "A05",
        "Universal scalability",
        But("the peak itself, which a unit test has"),
    ),
];
