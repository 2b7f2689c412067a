//! The verdict on recovery: what a run looks like after its trigger, by its own time before it.

use crate::results::{Recovery, Verdict};
use crate::statistics;

#[cfg(test)]
mod tests;

/// The baseline needs this many windows, the time after the trigger too, and so does a recovery.
const WINDOWS: usize = 10;

/// A stretch of an oscillation is this many windows long.
const STRETCH: usize = 5;

/// What windows may fall short of the baseline's share in time whatever their size.
const SHARE_SLACK: f64 = 0.01;

/// What windows may fall short by chance, in standard errors.
const STANDARD_ERRORS: f64 = 4.0;

/// How much larger than any of the baseline a good window's median latency may be.
const MEDIAN_FACTOR: f64 = 1.5;

/// The system is overloaded where its share in time is below this before anything went wrong.
const HEALTHY_SHARE: f64 = 0.99;

/// A number in flight that rises by less than this share of its mean does not rise.
const RISE_OF_MEAN: f64 = 0.25;

/// Forgives the rounding of sums of decimal fractions.
const ROUNDING: f64 = 1e-9;

/// A run in windows, from time 0 on without gaps. A request belongs to the window of its intended
/// arrival, the number in flight to the window itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The length of a window in seconds.
    pub window: f64,
    /// Seconds before requests are measured.
    pub warm_up: f64,
    /// Requests that arrived.
    pub arrivals: Vec<u64>,
    /// Those of them that were answered in time.
    pub in_time: Vec<u64>,
    /// The median latency of those that were answered; nothing where none was.
    pub median: Vec<Option<f64>>,
    /// How many requests were under way on average.
    pub in_flight: Vec<f64>,
}

/// What is to be said about a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Whether, and when, it recovered.
    pub verdict: Verdict,
    /// Whether the system was in trouble before anything went wrong.
    pub overloaded_before: bool,
    /// Why there is no verdict, when the scenario could be changed so that there is one.
    pub warning: Option<String>,
}

impl Judgement {
    fn without_verdict(overloaded_before: bool, warning: Option<String>) -> Judgement {
        Judgement {
            verdict: Verdict::NotApplicable,
            overloaded_before,
            warning,
        }
    }
}

/// Judges a run whose faults lasted from the first to the second time of `trigger`, in seconds;
/// a trigger that lasts beyond the run, as one without end does, leaves nothing to judge.
///
/// The baseline is the windows that lie wholly between the warm-up and the trigger. Windows
/// without arrivals are skipped. Of the others a window is *good* when
///
/// - its share in time is at least the baseline's, less 1 point or 4 standard errors, whichever is
///   more: sqrt(p (1 - p) / n) for a baseline share p and the window's own n arrivals; and
/// - something was answered, at a median latency of at most 1.5 times the largest of the baseline.
pub fn judge(series: &Series, trigger: Option<(f64, f64)>) -> Judgement {
    let Some((from, to)) = trigger else {
        return Judgement::without_verdict(false, None);
    };
    let baseline = match Baseline::before(series, from) {
        Ok(baseline) => baseline,
        Err(warning) => return Judgement::without_verdict(false, Some(warning)),
    };
    let overloaded_before = baseline.is_overloaded;
    let after = Aftermath::new(series, &baseline, to);
    if after.good.len() < WINDOWS {
        return Judgement::without_verdict(overloaded_before, None);
    }
    Judgement {
        verdict: after.verdict(&baseline),
        overloaded_before,
        warning: None,
    }
}

/// Counts the verdicts of a variant's runs.
pub fn summarise(judgements: &[Judgement]) -> Recovery {
    let mut recovery = Recovery::default();
    let mut times = Vec::new();
    for judgement in judgements {
        recovery.overloaded_before += u32::from(judgement.overloaded_before);
        recovery.judged += u32::from(judgement.verdict != Verdict::NotApplicable);
        match judgement.verdict {
            Verdict::NotApplicable => {}
            Verdict::Recovered(time) => times.push(time),
            Verdict::Degraded => recovery.degraded += 1,
            Verdict::Oscillating => recovery.oscillating += 1,
            Verdict::Stuck => recovery.stuck += 1,
        }
    }
    recovery.recovered = times.len() as u32;
    recovery.time = statistics::mean(&times);
    recovery
}

impl Series {
    /// The first window that begins at `time` or later.
    fn first_from(&self, time: f64) -> usize {
        let index = (time / self.window - ROUNDING).ceil() as usize; // `as` saturates.
        index.min(self.arrivals.len())
    }

    /// The first window that ends after `time`.
    fn first_beyond(&self, time: f64) -> usize {
        let index = (time / self.window + ROUNDING).floor() as usize;
        index.min(self.arrivals.len())
    }

    fn start(&self, index: usize) -> f64 {
        index as f64 * self.window
    }
}

/// What is normal for the run.
struct Baseline {
    arrivals: u64,
    in_time: u64,
    largest_median: f64,
    is_overloaded: bool,
}

impl Baseline {
    /// The baseline of a run whose trigger is at `from`, or why there is none.
    fn before(series: &Series, from: f64) -> Result<Baseline, String> {
        let begin = series.first_from(series.warm_up);
        let range = begin..series.first_beyond(from).max(begin);
        let windows = series.arrivals[range.clone()]
            .iter()
            .filter(|&&n| 0 < n)
            .count();
        if windows < WINDOWS {
            let length = series.window;
            return Err(format!(
                "no verdict on recovery: between the warm-up and the first fault requests arrive \
                 in {windows} windows of {length} s, and {WINDOWS} are needed"
            ));
        }
        let largest_median = series.median[range.clone()]
            .iter()
            .flatten()
            .copied()
            .reduce(f64::max);
        let Some(largest_median) = largest_median else {
            return Err(
                "no verdict on recovery: nothing is answered before the first fault".into(),
            );
        };
        let arrivals = series.arrivals[range.clone()].iter().sum();
        let in_time = series.in_time[range.clone()].iter().sum();
        let is_overloaded =
            share(in_time, arrivals) < HEALTHY_SHARE || rises(&series.in_flight[range]);
        Ok(Baseline {
            arrivals,
            in_time,
            largest_median,
            is_overloaded,
        })
    }

    fn is_good(&self, arrivals: u64, in_time: u64, median: Option<f64>) -> bool {
        let expected = share(self.in_time, self.arrivals);
        let standard_error = (expected * (1.0 - expected) / arrivals as f64).sqrt();
        let least = expected - SHARE_SLACK.max(STANDARD_ERRORS * standard_error);
        let largest = MEDIAN_FACTOR * self.largest_median;
        least - ROUNDING <= share(in_time, arrivals)
            && median.is_some_and(|median| median <= largest * (1.0 + ROUNDING))
    }
}

/// The windows with arrivals after the trigger.
struct Aftermath {
    /// Seconds from the trigger's end to each window's begin.
    since: Vec<f64>,
    arrivals: Vec<u64>,
    in_time: Vec<u64>,
    good: Vec<bool>,
    /// How many of the windows lie before the last quarter of the time.
    last_quarter: usize,
}

impl Aftermath {
    fn new(series: &Series, baseline: &Baseline, to: f64) -> Aftermath {
        let end = series.start(series.arrivals.len());
        let last_quarter = series.first_from(end - (end - to) / 4.0);
        let judged: Vec<usize> = (series.first_from(to)..series.arrivals.len())
            .filter(|&i| 0 < series.arrivals[i])
            .collect();
        let is_good =
            |&i: &usize| baseline.is_good(series.arrivals[i], series.in_time[i], series.median[i]);
        Aftermath {
            since: judged
                .iter()
                .map(|&i| (series.start(i) - to).max(0.0))
                .collect(),
            arrivals: judged.iter().map(|&i| series.arrivals[i]).collect(),
            in_time: judged.iter().map(|&i| series.in_time[i]).collect(),
            good: judged.iter().map(is_good).collect(),
            last_quarter: judged.partition_point(|&i| i < last_quarter),
        }
    }

    fn verdict(&self, baseline: &Baseline) -> Verdict {
        if let Some(time) = self.recovered_after() {
            return Verdict::Recovered(time);
        }
        let arrivals: u64 = self.arrivals[self.last_quarter..].iter().sum();
        let in_time: u64 = self.in_time[self.last_quarter..].iter().sum();
        if share(in_time, arrivals) < share(baseline.in_time, baseline.arrivals) / 2.0 {
            Verdict::Stuck
        } else if 2 <= relapses(&self.good[self.last_quarter..]) {
            Verdict::Oscillating
        } else {
            Verdict::Degraded
        }
    }

    /// When the first 10 good windows in a row begin of which the later ones are 90 % good.
    fn recovered_after(&self) -> Option<f64> {
        let stays_good = |rest: &[bool]| 9 * rest.len() <= 10 * count_good(rest);
        let begin = (0..=self.good.len() - WINDOWS).find(|&begin| {
            let (row, rest) = self.good[begin..].split_at(WINDOWS);
            count_good(row) == WINDOWS && stays_good(rest)
        })?;
        Some(self.since[begin])
    }
}

fn count_good(windows: &[bool]) -> usize {
    windows.iter().filter(|&&good| good).count()
}

/// How often 5 good windows are followed at once by 5 bad ones.
fn relapses(good: &[bool]) -> usize {
    let is_relapse = |both: &&[bool]| {
        let (before, after) = both.split_at(STRETCH);
        count_good(before) == STRETCH && count_good(after) == 0
    };
    good.windows(2 * STRETCH).filter(is_relapse).count()
}

/// A part of a whole; all of it where there is nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// Whether the line of least squares through the values rises by more than 1, by more than a
/// quarter of their mean, and by more than 4 times their scatter around it: enough to tell a
/// backlog that builds up from a queue that comes and goes.
fn rises(values: &[f64]) -> bool {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let centred = || {
        values
            .iter()
            .enumerate()
            .map(|(i, v)| (i as f64 - (n - 1.0) / 2.0, v - mean))
    };
    let slope = centred().map(|(x, y)| x * y).sum::<f64>() * 12.0 / (n * (n * n - 1.0));
    let rise = slope * (n - 1.0);
    let residuals: f64 = centred()
        .map(|(x, y)| (y - slope * x) * (y - slope * x))
        .sum();
    let scatter = (residuals / (n - 2.0)).sqrt();
    1.0 < rise && RISE_OF_MEAN * mean < rise && STANDARD_ERRORS * scatter < rise
}
