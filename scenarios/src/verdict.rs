//! The verdict on recovery: what a run looks like after its trigger, by its own time before it.

use crate::results::{Band, Recovery, Verdict};
use crate::schema;
use crate::statistics;

#[cfg(test)]
mod tests;

/// A number in flight that rises by less than this share of its mean does not rise.
const RISE_OF_MEAN: f64 = 0.25;

/// What a rise must exceed to be no chance, in standard deviations around it.
const SCATTERS: f64 = 4.0;

/// Relapses that make an oscillation.
const RELAPSES: usize = 2;

/// Forgives the rounding of sums of decimal fractions.
const ROUNDING: f64 = 1e-9;

/// From where on a system counts as back to normal; a scenario's `recovery` block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// What windows may fall short of the baseline's share in time whatever their size.
    pub share_slack: f64,
    /// What windows may fall short by chance, in standard errors.
    pub standard_errors: f64,
    /// How much larger than any of the baseline a good window's median latency may be.
    pub median_factor: f64,
    /// The baseline needs this many windows, the time after the trigger too, and so does a recovery.
    pub windows: usize,
    /// The share of the windows after a recovery that must be good.
    pub later_good: f64,
    /// The part of the baseline's share in time below which the system is stuck.
    pub stuck_below: f64,
    /// Good windows, and bad ones after them, that make a relapse.
    pub stretch: usize,
    /// The system is overloaded where its share in time is below this before anything went wrong.
    pub healthy_share: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        schema::Recovery::default().into()
    }
}

impl From<schema::Recovery> for Thresholds {
    fn from(written: schema::Recovery) -> Self {
        Thresholds {
            share_slack: written.share_slack.0,
            standard_errors: written.standard_errors,
            median_factor: written.median_factor,
            windows: written.windows as usize,
            later_good: written.later_good.0,
            stuck_below: written.stuck_below.0,
            stretch: written.stretch as usize,
            healthy_share: written.healthy_share.0,
        }
    }
}

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
    /// What its windows are held against; nothing without a verdict.
    pub band: Option<Band>,
    /// Why there is no verdict, when the scenario could be changed so that there is one.
    pub warning: Option<String>,
}

impl Judgement {
    fn without_verdict(overloaded_before: bool, warning: Option<String>) -> Judgement {
        Judgement {
            verdict: Verdict::NotApplicable,
            overloaded_before,
            band: None,
            warning,
        }
    }
}

/// Judges a run whose faults lasted from the first to the second time of `trigger`, in seconds;
/// a trigger that lasts beyond the run, as one without end does, leaves nothing to judge.
///
/// The baseline is the windows that lie wholly between the warm-up and the trigger. Windows
/// without arrivals are skipped. Of the others a window is *good* when (by default)
///
/// - its share in time is at least the baseline's, less 1 point or 4 standard errors, whichever is
///   more: sqrt(p (1 - p) / n) for a baseline share p and the window's own n arrivals; and
/// - something was answered, at a median latency of at most 1.5 times the largest of the baseline.
pub fn judge(series: &Series, trigger: Option<(f64, f64)>, thresholds: &Thresholds) -> Judgement {
    let Some((from, to)) = trigger else {
        return Judgement::without_verdict(false, None);
    };
    let baseline = match Baseline::before(series, from, thresholds) {
        Ok(baseline) => baseline,
        Err(warning) => return Judgement::without_verdict(false, Some(warning)),
    };
    let overloaded_before = baseline.is_overloaded;
    let after = Aftermath::new(series, &baseline, to);
    if after.good.len() < thresholds.windows {
        return Judgement::without_verdict(overloaded_before, None);
    }
    Judgement {
        verdict: after.verdict(&baseline),
        overloaded_before,
        band: Some(Band {
            from: series.warm_up,
            until: from,
            trigger_end: to,
            share: baseline.share(),
            least: baseline.least(baseline.arrivals as f64 / baseline.windows as f64),
        }),
        warning: None,
    }
}

/// Counts the verdicts of a variant's runs, with the intervals of their probabilities and of the
/// mean time to recover.
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
    recovery.time_interval = statistics::interval(&times).map(|(low, high)| (low.max(0.0), high));
    let probability = |runs| statistics::wilson(runs, recovery.judged);
    recovery.probabilities = [
        recovery.recovered,
        recovery.degraded,
        recovery.oscillating,
        recovery.stuck,
    ]
    .into_iter()
    .filter_map(probability)
    .collect();
    recovery.band = average(judgements.iter().filter_map(|judgement| judgement.band));
    recovery
}

/// The mean band of runs, which all have the same trigger.
fn average(bands: impl Iterator<Item = Band>) -> Option<Band> {
    let bands: Vec<Band> = bands.collect();
    let mean = |of: fn(&Band) -> f64| statistics::mean(&bands.iter().map(of).collect::<Vec<_>>());
    Some(Band {
        share: mean(|band| band.share)?,
        least: mean(|band| band.least)?,
        ..*bands.first()?
    })
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
struct Baseline<'t> {
    thresholds: &'t Thresholds,
    /// Windows with arrivals.
    windows: usize,
    arrivals: u64,
    in_time: u64,
    largest_median: f64,
    is_overloaded: bool,
}

impl<'t> Baseline<'t> {
    /// The baseline of a run whose trigger is at `from`, or why there is none.
    fn before(
        series: &Series,
        from: f64,
        thresholds: &'t Thresholds,
    ) -> Result<Baseline<'t>, String> {
        let begin = series.first_from(series.warm_up);
        let range = begin..series.first_beyond(from).max(begin);
        let windows = series.arrivals[range.clone()]
            .iter()
            .filter(|&&n| 0 < n)
            .count();
        let needed = thresholds.windows;
        if windows < needed {
            let length = series.window;
            return Err(format!(
                "no verdict on recovery: between the warm-up and the first fault requests arrive \
                 in {windows} windows of {length} s, and {needed} are needed"
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
            share(in_time, arrivals) < thresholds.healthy_share || rises(&series.in_flight[range]);
        Ok(Baseline {
            thresholds,
            windows,
            arrivals,
            in_time,
            largest_median,
            is_overloaded,
        })
    }

    fn share(&self) -> f64 {
        share(self.in_time, self.arrivals)
    }

    /// The least share in time of a good window with so many arrivals.
    fn least(&self, arrivals: f64) -> f64 {
        let expected = self.share();
        let standard_error = (expected * (1.0 - expected) / arrivals).sqrt();
        let by_chance = self.thresholds.standard_errors * standard_error;
        expected - self.thresholds.share_slack.max(by_chance)
    }

    fn is_good(&self, arrivals: u64, in_time: u64, median: Option<f64>) -> bool {
        let largest = self.thresholds.median_factor * self.largest_median;
        self.least(arrivals as f64) - ROUNDING <= share(in_time, arrivals)
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
    fn new(series: &Series, baseline: &Baseline<'_>, to: f64) -> Aftermath {
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

    fn verdict(&self, baseline: &Baseline<'_>) -> Verdict {
        let thresholds = baseline.thresholds;
        if let Some(time) = self.recovered_after(thresholds) {
            return Verdict::Recovered(time);
        }
        let arrivals: u64 = self.arrivals[self.last_quarter..].iter().sum();
        let in_time: u64 = self.in_time[self.last_quarter..].iter().sum();
        if share(in_time, arrivals) + ROUNDING < thresholds.stuck_below * baseline.share() {
            Verdict::Stuck
        } else if RELAPSES <= relapses(&self.good[self.last_quarter..], thresholds.stretch) {
            Verdict::Oscillating
        } else {
            Verdict::Degraded
        }
    }

    /// When the first good windows in a row begin of which enough of the later ones are good.
    fn recovered_after(&self, thresholds: &Thresholds) -> Option<f64> {
        let stays_good = |rest: &[bool]| {
            thresholds.later_good * rest.len() as f64 <= count_good(rest) as f64 + ROUNDING
        };
        let begin = (0..=self.good.len() - thresholds.windows).find(|&begin| {
            let (row, rest) = self.good[begin..].split_at(thresholds.windows);
            count_good(row) == row.len() && stays_good(rest)
        })?;
        Some(self.since[begin])
    }
}

fn count_good(windows: &[bool]) -> usize {
    windows.iter().filter(|&&good| good).count()
}

/// How often a stretch of good windows is followed at once by as many bad ones.
fn relapses(good: &[bool], stretch: usize) -> usize {
    let is_relapse = |both: &&[bool]| {
        let (before, after) = both.split_at(stretch);
        count_good(before) == stretch && count_good(after) == 0
    };
    good.windows(2 * stretch).filter(is_relapse).count()
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
    1.0 < rise && RISE_OF_MEAN * mean < rise && SCATTERS * scatter < rise
}
