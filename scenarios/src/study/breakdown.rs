//! Where the time went: the parts of the latency of the middle and of the tail of the requests
//! that were traced.

use crate::results::{Breakdown, Part, Portion};
use models::breakdown::Bucket;
use sim_core::Wait;
use std::cmp::Reverse;

/// A portion of fewer requests is not stated.
const FEWEST: u64 = 10;

/// The breakdown of what all runs have traced; `nodes` are in order of name.
pub(super) fn breakdown(nodes: &[&str], traced: &models::Breakdown) -> Breakdown {
    let buckets: Vec<&Bucket> = traced.buckets().collect();
    let requests: u64 = buckets.iter().map(|bucket| bucket.requests).sum();
    // The bucket in which a percentile lies: that of the request with the rank, from 1.
    let at = |percent: u64| {
        let rank = (requests * percent).div_ceil(100);
        let mut below = 0;
        buckets.iter().position(|bucket| {
            below += bucket.requests;
            rank <= below
        })
    };
    let middle = at(45).zip(at(55)).map(|(low, high)| &buckets[low..=high]);
    let tail = at(99).map(|last| &buckets[last + 1..]);
    Breakdown {
        traced: requests,
        middle: middle.and_then(|buckets| portion(nodes, buckets)),
        tail: tail.and_then(|buckets| portion(nodes, buckets)),
    }
}

/// The requests of neighbouring buckets; nothing when they are too few.
fn portion(nodes: &[&str], buckets: &[&Bucket]) -> Option<Portion> {
    let (first, more) = buckets.split_first()?;
    let mut all = Bucket::clone(first);
    more.iter().for_each(|bucket| all.merge(bucket));
    if all.requests < FEWEST {
        return None;
    }
    let mut sums: Vec<(u128, &str, Wait)> = Vec::new();
    for (node, spent) in nodes.iter().zip(&all.spent) {
        let kinds = spent.iter().zip(Wait::ALL);
        sums.extend(kinds.map(|(&nanos, kind)| (nanos, *node, kind)));
    }
    sums.retain(|&(nanos, ..)| 0 < nanos);
    sums.sort_by_key(|&(nanos, node, kind)| (Reverse(nanos), node, kind as usize));
    let mean = |nanos: u128| nanos as f64 / all.requests as f64 / 1e9;
    Some(Portion {
        requests: all.requests,
        between: (all.shortest.as_seconds(), all.longest.as_seconds()),
        latency: mean(sums.iter().map(|&(nanos, ..)| nanos).sum()),
        parts: sums
            .iter()
            .map(|&(nanos, node, kind)| Part {
                node: node.to_owned(),
                kind: kind.name().to_owned(),
                seconds: mean(nanos),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests;
