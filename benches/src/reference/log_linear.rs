//! A count by log-linear buckets: powers of two, each cut into 1024 equal parts, which keeps
//! three significant digits (the layout of HdrHistogram, Gil Tene).

const PART_BITS: u32 = 10;

/// Counts of nanoseconds up to 2^47, a day and a half.
pub struct LogLinear {
    counts: Vec<u64>,
}

impl Default for LogLinear {
    fn default() -> Self {
        LogLinear {
            counts: vec![0; (48 - PART_BITS as usize) << PART_BITS],
        }
    }
}

impl LogLinear {
    /// Counts one value.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let shift = (63 - (value | 1 << PART_BITS).leading_zeros()) - PART_BITS;
        self.counts[((shift as usize) << PART_BITS) + (value >> shift) as usize] += 1;
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}
