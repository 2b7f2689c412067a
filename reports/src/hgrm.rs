//! Percentile distributions as HdrHistogram's plotters read them (`.hgrm`).

use crate::identity;
use hdrhistogram::Histogram;
use scenarios::results::Identity;

/// Recorded are nanoseconds, written are milliseconds.
const NANOSECONDS: f64 = 1e6;

/// Points per halving of the distance to 100 %, as the Java library has by default.
const TICKS: u32 = 5;

/// Writes a histogram of nanoseconds in milliseconds, in the layout of
/// `AbstractHistogram.outputPercentileDistribution` of the Java HdrHistogram: value, percentile,
/// samples up to it and one over the rest, where the last line, the maximum, has no rest. One more
/// line behind `#` says where it comes from.
pub fn hgrm(histogram: &Histogram<u64>, identity: &Identity) -> String {
    let mut text = format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    );
    let mut count = 0;
    for point in histogram.iter_quantiles(TICKS) {
        let value = histogram.highest_equivalent(point.value_iterated_to()) as f64 / NANOSECONDS;
        let quantile = point.quantile_iterated_to();
        count += point.count_since_last_iteration();
        text += &format!("{value:12.3} {quantile:.12} {count:10}");
        if quantile < 1.0 {
            text += &format!(" {:14.2}", 1.0 / (1.0 - quantile));
        }
        text.push('\n');
    }
    let [mean, deviation, max] = [histogram.mean(), histogram.stdev(), histogram.max() as f64]
        .map(|nanoseconds| nanoseconds / NANOSECONDS);
    let (buckets, sub_buckets) = buckets(histogram);
    text += &format!("#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]\n");
    text += &format!(
        "#[Max     = {max:12.3}, Total count    = {:12}]\n",
        histogram.len()
    );
    text += &format!("#[Buckets = {buckets:12}, SubBuckets     = {sub_buckets:12}]\n");
    text += &format!("#[{}]\n", identity::origin(identity));
    text
}

/// How many powers of two the histogram has, and how many steps in each: a step must be at most
/// one unit of the last significant digit, and both are powers of two.
fn buckets(histogram: &Histogram<u64>) -> (u32, u64) {
    let steps = (2 * 10u64.pow(histogram.sigfig().into())).next_power_of_two();
    let unit = u64::BITS - 1 - histogram.low().max(1).leading_zeros();
    let reach = |buckets: u32| u128::from(steps) << unit << (buckets - 1);
    let buckets = (1..=u64::BITS).find(|&n| u128::from(histogram.high()) < reach(n));
    (buckets.unwrap_or(u64::BITS), steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    fn identity() -> Identity {
        made_up::small().identity
    }

    #[test]
    fn hgrm_looks_as_the_java_library_writes_it() {
        let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
        for milliseconds in 1..=1000 {
            histogram.record(milliseconds * 1_000_000).unwrap();
        }
        insta::assert_snapshot!(hgrm(&histogram, &identity()));
    }

    #[test]
    fn the_footer_counts_buckets_as_the_java_library_does() {
        let of = |high, digits| buckets(&Histogram::new_with_bounds(1, high, digits).unwrap());
        assert_eq!(of(2047, 3), (1, 2048));
        assert_eq!(of(2048, 3), (2, 2048));
        assert_eq!(of(3_600_000_000, 3), (22, 2048));
        assert_eq!(of(u64::MAX, 2), (57, 256));
    }

    #[test]
    fn an_empty_histogram_has_only_heading_and_footer() {
        let text = hgrm(&Histogram::new(3).unwrap(), &identity());
        assert!(text.contains("Total count    =            0]"), "{text}");
        assert!(!text.contains("NaN") && text.lines().count() <= 7, "{text}");
    }
}
