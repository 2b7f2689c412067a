//! The replay of a trace through a cache, against caches written as plain lists.

use crate::running::{open, results};

/// A request: its key and the size of the object.
type Request = (u64, u64);

fn sample() -> Vec<Request> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/replay-sample.csv");
    let text = std::fs::read_to_string(path).expect("the file is there");
    let request = |line: &str| {
        let mut fields = line.split(',').skip(1);
        let mut number = || fields.next().and_then(|field| field.parse().ok());
        number().zip(number()).expect("a key and a size")
    };
    text.lines().skip(1).map(request).collect()
}

/// How many requests a cache misses whose content is a list, the next to go first.
fn misses(requests: &[Request], capacity: u64, is_lru: bool) -> usize {
    let mut kept: Vec<Request> = Vec::new();
    let is_miss = |&(key, bytes): &Request| {
        if let Some(index) = kept.iter().position(|&(other, _)| other == key) {
            if is_lru {
                let entry = kept.remove(index);
                kept.push(entry);
            }
            return false;
        }
        if bytes <= capacity {
            while capacity < bytes + kept.iter().map(|&(_, size)| size).sum::<u64>() {
                kept.remove(0);
            }
            kept.push((key, bytes));
        }
        true
    };
    let found: Vec<bool> = requests.iter().map(is_miss).collect();
    found.iter().filter(|&&miss| miss).count()
}

#[test]
fn a_replayed_trace_misses_what_a_plain_list_misses() {
    let (document, requests) = (open("docs/replay.yaml"), sample());
    for kib in [1, 16, 64, 128, 256] {
        let capacity = ("nodes.cache.cache.capacity", &*format!("{kib}KiB"));
        let results = results(&document, &[capacity], 1);
        for variant in &results.variants {
            let expected = misses(&requests, kib * 1024, variant.name == "baseline");
            let total = |metric: &str| variant.runs[0].metrics[metric] as usize;
            let case = format!("{kib} KiB, {}", variant.name);
            assert_eq!(total("cache.misses.total"), expected, "{case}");
            assert_eq!(total("store.reads.total"), expected, "{case}");
            assert_eq!(variant.ends.in_time, requests.len() as u64, "{case}");
        }
    }
}
