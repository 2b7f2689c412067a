//! A recorded sequence of requests, ready to be replayed.

use sim_core::Span;
use std::collections::BTreeMap;

/// A request that was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// How long after the first request it came.
    pub at: Span,
    /// What it asked for: a number from 0, in the order of first appearance.
    pub key: u32,
    /// The size of the answer.
    pub bytes: u32,
}

/// Recorded requests in order of time; there is at least one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    records: Vec<Record>,
    keys: u32,
}

impl Trace {
    /// Takes rows of time in seconds, key and bytes. The first time may be any, such as one of day.
    ///
    /// # Errors
    /// When there is no row, or one (counted from 1) has a time that is no number or lies before
    /// the time of the row before it.
    pub fn from_rows(rows: impl IntoIterator<Item = (f64, u64, u32)>) -> Result<Trace, String> {
        let mut records = Vec::new();
        let mut numbers = BTreeMap::new();
        let (mut first, mut last) = (None, f64::NEG_INFINITY);
        for (row, (seconds, key, bytes)) in (1..).zip(rows) {
            if !seconds.is_finite() {
                return Err(format!("record {row}: `{seconds}` is not a time"));
            }
            if seconds < last {
                return Err(format!(
                    "record {row}: its time {seconds} s lies before the {last} s of record {}",
                    row - 1
                ));
            }
            last = seconds;
            let next = numbers.len() as u32;
            records.push(Record {
                at: Span::seconds(seconds - *first.get_or_insert(seconds)),
                key: *numbers.entry(key).or_insert(next),
                bytes,
            });
        }
        if records.is_empty() {
            return Err("the trace has no records".into());
        }
        Ok(Trace {
            keys: numbers.len() as u32,
            records,
        })
    }

    /// The requests.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many different keys there are.
    pub fn keys(&self) -> u32 {
        self.keys
    }

    /// The time of the last request.
    pub fn length(&self) -> Span {
        self.records.last().map_or(Span::ZERO, |record| record.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbered_in_order_of_first_appearance() {
        let rows = [(100.5, 9_u64, 10), (100.5, u64::MAX, 20), (102.0, 9, 30)];
        let trace = Trace::from_rows(rows).expect("valid");
        let record = |millis, key, bytes| Record {
            at: Span::millis(millis),
            key,
            bytes,
        };
        let expected = [record(0, 0, 10), record(0, 1, 20), record(1_500, 0, 30)];
        assert_eq!(trace.records(), expected);
        assert_eq!((trace.keys(), trace.length()), (2, Span::millis(1_500)));
    }

    #[test]
    fn bad_rows_are_named() {
        for (rows, message) in [
            (vec![], "the trace has no records"),
            (vec![f64::NAN], "record 1: `NaN` is not a time"),
            (vec![0.0, f64::INFINITY], "record 2: `inf` is not a time"),
            (
                vec![1.0, 2.0, 1.5],
                "record 3: its time 1.5 s lies before the 2 s of record 2",
            ),
        ] {
            let rows = rows.into_iter().map(|seconds| (seconds, 0, 0));
            assert_eq!(Trace::from_rows(rows), Err(message.to_owned()));
        }
    }
}
