//! Where the time of requests went, by node and kind of wait: traces of some requests, summed by
//! bucket of latency.
//!
//! A process knows what it has waited for in all, with the waits of those who answered it. Of a
//! request that is traced, each call that has ended is kept besides: who asked, who answered, and
//! what the asker waited for by it. A node's own time is then the whole of its process less its
//! calls, as the self time of a span is in distributed tracing (Sigelman and others, 2010, "Dapper,
//! a Large-Scale Distributed Systems Tracing Infrastructure").

use crate::NodeId;
use crate::notes::mix;
use crate::system::System;
use sim_core::{PlaceId, Process, Promise, Span, Wait, Waits};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Which requests are traced: those whose number has a hash without certain bits, whatever else
/// there is in the system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sampling {
    mask: u64,
}

impl Sampling {
    /// None: one request in 2^64.
    pub const NONE: Sampling = Sampling { mask: u64::MAX };

    /// One request in 2^`bits`, of which there are at most 63; a request that is traced is also
    /// traced with fewer bits.
    pub const fn one_in_two_to_the(bits: u32) -> Sampling {
        Sampling {
            mask: (1 << bits) - 1,
        }
    }

    #[inline]
    fn takes(self, request: u64) -> bool {
        mix(request) & self.mask == 0
    }
}

/// A call that has ended, as who made it sees it.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    /// For which request.
    pub(crate) request: u64,
    /// Where it was made.
    pub(crate) from: PlaceId,
    /// Whose time it is, but for what those who answered have waited for elsewhere.
    pub(crate) to: PlaceId,
    /// The question that was answered; nothing when the time is lost.
    pub(crate) answered: Option<Promise>,
    /// What the caller waited for.
    pub(crate) waits: Waits,
}

/// A call of a request that is traced.
struct Hop {
    by: Process,
    from: NodeId,
    to: NodeId,
    served_by: Option<Process>,
    waits: Waits,
}

/// The traces of requests under way.
#[derive(Default)]
pub(crate) struct Tracer {
    /// By request, in the order in which calls ended.
    open: RefCell<BTreeMap<u64, Vec<Hop>>>,
    /// Empty, to be used again.
    spare: RefCell<Vec<Vec<Hop>>>,
    sheet: RefCell<Sheet>,
}

/// Where the time of one request is laid out; to be used again.
#[derive(Default)]
struct Sheet {
    by_node: Vec<Waits>,
    /// Processes whose answers were of use.
    useful: Vec<Process>,
}

impl System<'_> {
    /// The running process has waited for a call.
    #[inline]
    pub(crate) fn spend(&self, spent: &Spent) {
        self.sim.with_waits(|mine| mine.add_all(&spent.waits));
        if self.plan.traced.takes(spent.request) {
            self.trace(spent);
        }
    }

    /// Keeps a call, if its request is still under way.
    #[inline(never)]
    fn trace(&self, spent: &Spent) {
        if let Some(hops) = self.tracer.open.borrow_mut().get_mut(&spent.request) {
            hops.push(Hop {
                by: self.sim.running(),
                from: self.node_of(spent.from),
                to: self.node_of(spent.to),
                served_by: spent.answered.and_then(|promise| self.sim.server(promise)),
                waits: spent.waits,
            });
        }
    }

    /// A request that is measured begins: its calls are kept, where it is one of the sample.
    #[inline]
    pub(crate) fn begin_trace(&self, request: u64) {
        if self.plan.traced.takes(request) {
            let hops = self.tracer.spare.borrow_mut().pop().unwrap_or_default();
            self.tracer.open.borrow_mut().insert(request, hops);
        }
    }

    /// A request ends in the running process: its trace is dropped, and where it was `answered`,
    /// its time is added to the sums of its clients node.
    #[inline]
    pub(crate) fn end_trace(&self, request: u64, clients: NodeId, waits: &Waits, answered: bool) {
        if self.plan.traced.takes(request) {
            self.close_trace(request, clients, waits, answered);
        }
    }

    #[inline(never)]
    fn close_trace(&self, request: u64, clients: NodeId, waits: &Waits, answered: bool) {
        let Some(mut hops) = self.tracer.open.borrow_mut().remove(&request) else {
            return;
        };
        if answered {
            let mut sheet = self.tracer.sheet.borrow_mut();
            let root = (self.sim.running(), clients, waits);
            let by_node = sheet.lay_out(self.plan.nodes.len(), root, &hops);
            let meters = &self.clients(clients).meters;
            meters.breakdown.borrow_mut().add(waits.total(), by_node);
        }
        hops.clear();
        self.tracer.spare.borrow_mut().push(hops);
    }
}

impl Sheet {
    /// The time of a request by node: at first all of it is its clients', then each call's time is
    /// handed on from the caller's node to the node that was asked. A call that was answered ended
    /// after those that were made for its sake, so in reverse order each comes when it is known
    /// whether it was of use, and what is handed on is there already.
    fn lay_out(
        &mut self,
        nodes: usize,
        (process, node, waits): (Process, NodeId, &Waits),
        hops: &[Hop],
    ) -> &[Waits] {
        let Sheet { by_node, useful } = self;
        by_node.clear();
        by_node.resize(nodes, Waits::default());
        by_node[node.index()] = *waits;
        useful.clear();
        useful.push(process);
        for hop in hops.iter().rev() {
            if useful.contains(&hop.by) {
                by_node[hop.from.index()].take_all(&hop.waits);
                by_node[hop.to.index()].add_all(&hop.waits);
                useful.extend(hop.served_by);
            }
        }
        by_node
    }
}

/// Time of traced requests by node and kind of wait, by bucket of latency. Only whole numbers are
/// added, so that it does not matter in which order.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Breakdown {
    buckets: BTreeMap<u64, Bucket>,
}

/// Requests of about the same latency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bucket {
    /// How many.
    pub requests: u64,
    /// The shortest latency among them.
    pub shortest: Span,
    /// The longest.
    pub longest: Span,
    /// Nanoseconds by node, in order of name, and by kind of wait.
    pub spent: Vec<[u128; Wait::ALL.len()]>,
}

impl Bucket {
    fn new(nodes: usize) -> Bucket {
        Bucket {
            requests: 0,
            shortest: Span::FOREVER,
            longest: Span::ZERO,
            spent: vec![Default::default(); nodes],
        }
    }

    /// Adds other requests.
    pub fn merge(&mut self, more: &Bucket) {
        self.requests += more.requests;
        self.shortest = self.shortest.min(more.shortest);
        self.longest = self.longest.max(more.longest);
        let theirs = more.spent.iter().flatten();
        for (mine, theirs) in self.spent.iter_mut().flatten().zip(theirs) {
            *mine += theirs;
        }
    }
}

impl Breakdown {
    /// Adds a request: its latency, and its time by node.
    ///
    /// # Panics
    /// When the parts are not the whole.
    pub fn add(&mut self, latency: Span, by_node: &[Waits]) {
        let bucket = self.bucket(bucket_of(latency), by_node.len());
        bucket.requests += 1;
        bucket.shortest = bucket.shortest.min(latency);
        bucket.longest = bucket.longest.max(latency);
        let mut total = 0;
        for (sums, waits) in bucket.spent.iter_mut().zip(by_node) {
            for (sum, kind) in sums.iter_mut().zip(Wait::ALL) {
                let nanos = u128::from(waits.of(kind).0);
                *sum += nanos;
                total += nanos;
            }
        }
        assert_eq!(
            total,
            u128::from(latency.0),
            "the parts add up to the latency: {by_node:?}"
        );
    }

    /// Adds the requests of other clients or another run of the same nodes.
    pub fn merge(&mut self, more: &Breakdown) {
        for (&number, bucket) in &more.buckets {
            self.bucket(number, bucket.spent.len()).merge(bucket);
        }
    }

    /// The buckets that have requests, the shortest latencies first.
    pub fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.buckets.values()
    }

    fn bucket(&mut self, number: u64, nodes: usize) -> &mut Bucket {
        self.buckets
            .entry(number)
            .or_insert_with(|| Bucket::new(nodes))
    }
}

/// The number of a latency's bucket: powers of two of nanoseconds, each cut into 64.
fn bucket_of(latency: Span) -> u64 {
    const PART_BITS: u32 = 6;
    let shift = (latency.0 | 1 << PART_BITS).ilog2() - PART_BITS;
    (u64::from(shift) << PART_BITS) + (latency.0 >> shift)
}
