//! Latency histograms as an HdrHistogram interval log (`.hlog`), a tag for each variant.

use crate::histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use scenarios::results::Results;
use std::time::Duration;

/// The largest value of an interval is written in milliseconds, as the Java library does.
const NANOSECONDS: f64 = 1e6;

/// Writes all runs' latencies of answered requests, one interval for each variant: the measured
/// time, in seconds from a base time of 0, for there is no wall clock in a simulation.
pub fn hlog(results: &Results) -> String {
    let identity = &results.identity;
    let mut log = vec![];
    let mut serializer = V2DeflateSerializer::new();
    let mut writer = IntervalLogWriterBuilder::new()
        .add_comment(&crate::identity::origin(identity))
        .add_comment("[BaseTime: 0.000 (seconds since epoch)]")
        .with_max_value_divisor(NANOSECONDS)
        .begin_log_with(&mut log, &mut serializer)
        .expect("memory takes all bytes");
    let span = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    for variant in &results.variants {
        let tag = tag(&variant.title());
        let latency = histogram::decode_or_empty(&variant.latency);
        let measured = span(identity.duration - identity.warm_up);
        writer
            .write_histogram(&latency, span(identity.warm_up), measured, Tag::new(&tag))
            .expect("a histogram that was read can be written to memory");
    }
    String::from_utf8(log).expect("only text was written")
}

/// A name without what separates fields.
fn tag(name: &str) -> String {
    name.replace([' ', ',', '\n', '\r'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    #[test]
    fn a_log_is_read_back_with_the_same_histograms() {
        let results = made_up::curve();
        let log = hlog(&results);
        assert!(
            log.contains("\n#[BaseTime: 0.000 (seconds since epoch)]\n"),
            "{log}"
        );
        let entries = IntervalLogIterator::new(log.as_bytes()).map(|entry| entry.unwrap());
        let intervals = entries.filter_map(|entry| match entry {
            LogEntry::Interval(interval) => Some(interval),
            _ => None,
        });
        let intervals: Vec<_> = intervals.collect();
        assert_eq!(intervals.len(), results.variants.len());
        for (interval, variant) in intervals.iter().zip(&results.variants) {
            assert_eq!(interval.tag().unwrap().as_str(), tag(&variant.title()));
            assert_eq!(interval.start_timestamp(), Duration::from_secs(20));
            assert_eq!(interval.duration(), Duration::from_secs(100));
            let read = histogram::decode(interval.encoded_histogram()).unwrap();
            assert_eq!(read, histogram::decode(&variant.latency).unwrap());
        }
    }
}
