//! What a study found, as plain versioned data: the content of `results.json`.
//!
//! Everything a report needs is here, and nothing that differs between two equal studies (elapsed
//! time, threads, paths). Times are in seconds, shares between 0 and 1, rates per second, unless a
//! name says otherwise. Histograms are HdrHistogram V2 deflate, base64, in nanoseconds.

mod certainty;
mod expectation;

pub use certainty::Precision;
pub(crate) use certainty::title;
pub use expectation::{Basis, Expectation, Figure, Judgement};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub mod contrast;

/// The name of the scenario as it stands.
pub const BASELINE: &str = "baseline";

/// The version of this format; it rises when a field changes its meaning or goes.
pub const FORMAT: u32 = 2;

/// A study: one scenario, its variants, and what came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`FORMAT`].
    pub format: u32,
    /// What was run, so that it can be run again.
    pub identity: Identity,
    /// The parts of the system and who asks whom.
    pub topology: Topology,
    /// What went wrong, and when.
    pub faults: Vec<FaultSpan>,
    /// The columns of the comparison, in order; recovery comes after them.
    pub columns: Vec<Column>,
    /// An answer within this many seconds is in time (the smallest of all clients nodes).
    pub good_within: f64,
    /// The baseline first, then the variants in their order; with `--vary`, all of them at each
    /// value, values in order.
    pub variants: Vec<Variant>,
    /// What was varied, when the study is a curve.
    pub curve: Option<Curve>,
    /// True when the study was interrupted: every variant then has the runs that were finished.
    pub interrupted: bool,
    /// What a reader must know before believing the figures, a sentence each.
    pub warnings: Vec<String>,
    /// What the figures rest on besides what the scenario says.
    pub ledger: Ledger,
    /// What a wanted precision took; nothing when none was wanted.
    pub precision: Option<Precision>,
    /// The scenario's expectations of the variants that were run, judged, in their order.
    pub expectations: Vec<Expectation>,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The version of Squall.
    pub squall: String,
    /// The scenario's name.
    pub scenario: String,
    /// What fails, in one sentence.
    pub summary: String,
    /// The hash of the scenario in its canonical form, 16 hexadecimal digits.
    pub hash: String,
    /// The command that makes these results again.
    pub command: String,
    /// The root of all dice.
    pub seed: u64,
    /// Runs of each variant.
    pub runs: u32,
    /// Simulated seconds in which requests arrive.
    pub duration: f64,
    /// Simulated seconds before requests are measured.
    pub warm_up: f64,
    /// The story of the scenario, as Markdown.
    pub story: String,
    /// What the scenario takes for granted.
    pub assumptions: Vec<String>,
    /// What the story rests on.
    pub sources: Vec<String>,
    /// What was asked for, all that it takes to make the results again.
    pub request: Request,
}

/// What was asked for: the scenario as it was written, and what the command line added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The text of the scenario file.
    pub source: String,
    /// The variants by name; all when missing.
    pub variants: Option<Vec<String>>,
    /// New values by path, in order, such as those of `--set`, `--seed` and `--runs`.
    pub sets: Vec<(String, String)>,
    /// A parameter that was varied on the command line, and its values.
    pub vary: Option<(String, Vec<String>)>,
    /// The metric that was named.
    pub metric: Option<String>,
    /// The precision that was wanted, as a share, and the most runs that it might take.
    pub precision: Option<(String, u32)>,
    /// The hashes of the traces that were replayed, 16 hexadecimal digits each, in order: they are
    /// the one input that is not in these results.
    pub traces: Vec<String>,
}

/// What the figures rest on besides what the scenario says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The defaults that were taken: path, and value as it would stand in a file.
    pub defaults: Vec<(String, String)>,
    /// Every distribution: path, and law as it would stand in a file.
    pub distributions: Vec<(String, String)>,
    /// What the models that are used leave out: model, and a sentence.
    pub not_modelled: Vec<(String, String)>,
}

/// The parts of the system and who asks whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Topology {
    /// The nodes in order of name.
    pub nodes: Vec<TopologyNode>,
    /// Who asks whom.
    pub edges: Vec<Edge>,
}

/// A part of the system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopologyNode {
    /// Its name.
    pub name: String,
    /// `clients`, `service`, `cache` or `database`.
    pub kind: String,
    /// How many instances.
    pub instances: u32,
    /// What matters about it in a few words: `4 x 64 workers`.
    pub detail: String,
    /// The zones of its instances.
    pub zones: Vec<String>,
}

/// One node asks another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Who asks.
    pub from: String,
    /// Who is asked.
    pub to: String,
    /// How, in a few words: `timeout 1 s, 3 attempts`.
    pub label: String,
}

/// A fault on the timeline; of faults at random times, the time in which they may begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultSpan {
    /// What charts call it.
    pub name: String,
    /// When it begins.
    pub from: f64,
    /// When it ends; equal to `from` for what happens at once.
    pub to: f64,
    /// Whether the verdict on recovery counts it as the trigger.
    pub trigger: bool,
    /// True when it lasts until the end of the run.
    pub stays: bool,
}

/// A column of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// What stands above it.
    pub label: String,
    /// The metric, as `squall show --metrics` lists it.
    pub metric: String,
    /// How to write its values.
    pub unit: Unit,
    /// Whether smaller values are better; nothing when neither is.
    pub better: Better,
}

/// How to write a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A time in seconds.
    Seconds,
    /// A number per second.
    PerSecond,
    /// A share of a whole; differences are in percentage points.
    Share,
    /// A number of things.
    Count,
    /// A number of bytes.
    Bytes,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Smaller values.
    Lower,
    /// Larger values.
    Higher,
    /// Neither.
    Neither,
}

/// What came out of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name; `baseline` for the scenario as it stands.
    pub name: String,
    /// What it does, in one sentence; may be empty.
    pub summary: String,
    /// What it changes: path and new value as text.
    pub changes: Vec<(String, String)>,
    /// With `--vary`: the value of the varied parameter, as written.
    pub value: Option<String>,
    /// Each run by itself.
    pub runs: Vec<Run>,
    /// One cell for each of [`Results::columns`].
    pub cells: Vec<Cell>,
    /// The verdict on recovery over all runs.
    pub recovery: Recovery,
    /// All runs' latencies of answered requests, from intended arrival; base64, nanoseconds.
    pub latency: String,
    /// All runs' times until a request failed or its client gave up; base64, nanoseconds.
    pub time_to_failure: String,
    /// How requests ended, over all runs.
    pub ends: Ends,
    /// What happened over time.
    pub timeline: Timeline,
    /// Each node, in order of name; means over runs.
    pub nodes: Vec<NodeSummary>,
    /// What the variant costs.
    pub bill: Bill,
    /// Where the time of its answered requests went.
    pub breakdown: Breakdown,
    /// With batch means: the metrics of each batch of the one long run that its windows give.
    pub batches: Vec<BTreeMap<String, f64>>,
}

/// Where the time of answered requests went, by kind of wait and node, of those requests that
/// were traced: all of a short run, a random sample of a long one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// Requests that were traced, over all runs.
    pub traced: u64,
    /// Those whose latency lies between the 45th and the 55th percentile.
    pub middle: Option<Portion>,
    /// Those whose latency lies above the 99th percentile; nothing with fewer than 10.
    pub tail: Option<Portion>,
}

/// Some of the traced requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Portion {
    /// How many.
    pub requests: u64,
    /// The latencies between which they lie.
    pub between: (f64, f64),
    /// Their mean latency: the sum of the parts.
    pub latency: f64,
    /// What it is made of, largest first.
    pub parts: Vec<Part>,
}

/// A part of the latency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Where: the node that worked, or whose queue, network path or failed attempt it was.
    pub node: String,
    /// The kind of wait: `queue`, `work`, `network`, `backoff`, `flight`, `lock`, `lost attempts`.
    pub kind: String,
    /// The mean over the requests.
    pub seconds: f64,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The hash of what happened in the model, 16 hexadecimal digits.
    pub fingerprint: String,
    /// Events that the engine handled.
    pub events: u64,
    /// Every metric by name; a metric without enough samples is missing.
    pub metrics: BTreeMap<String, f64>,
    /// The verdict on recovery.
    pub recovery: Verdict,
}

/// A cell of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The value: a quantile of the merged histogram, else the mean over runs. Nothing when there
    /// are too few samples.
    pub value: Option<f64>,
    /// The difference from the baseline; nothing for the baseline itself, or with too few runs.
    pub difference: Option<Difference>,
}

/// A paired difference from the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// True when the figures are ratios minus one (-0.38 is 38 % less), false when they are
    /// differences in the metric's own unit.
    pub relative: bool,
    /// The middle of the interval.
    pub mean: f64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// The upper end of the 95 % interval.
    pub high: f64,
}

impl Difference {
    /// Whether the interval leaves out zero.
    pub fn is_seen(&self) -> bool {
        0.0 < self.low || self.high < 0.0
    }
}

/// The verdict on recovery of one run (the system's own baseline is the time before the trigger).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// There is no verdict: no trigger, no baseline, or too little time after it.
    NotApplicable,
    /// Back to the baseline for good, this many seconds after the trigger's end.
    Recovered(f64),
    /// Neither recovered nor one of the others.
    Degraded,
    /// Again and again good and bad.
    Oscillating,
    /// In time less than half as often as before.
    Stuck,
}

/// The verdicts of all runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// Runs with a verdict.
    pub judged: u32,
    /// Runs that recovered.
    pub recovered: u32,
    /// Runs that stayed degraded.
    pub degraded: u32,
    /// Runs that oscillated.
    pub oscillating: u32,
    /// Runs that were stuck.
    pub stuck: u32,
    /// Mean seconds to recover over the runs that recovered.
    pub time: Option<f64>,
    /// The 95 % interval of that mean; nothing with fewer than 2 runs that recovered.
    pub time_interval: Option<(f64, f64)>,
    /// The Wilson intervals of the probabilities to be recovered, degraded, oscillating and stuck,
    /// in this order; empty when no run has a verdict.
    pub probabilities: Vec<(f64, f64)>,
    /// Runs that were overloaded before the trigger.
    pub overloaded_before: u32,
    /// What windows are held against, on average over runs; nothing without a verdict.
    pub band: Option<Band>,
}

/// The time before the trigger, against which windows are held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Where the baseline begins, in seconds.
    pub from: f64,
    /// Where it ends: the trigger.
    pub until: f64,
    /// When the trigger ends.
    pub trigger_end: f64,
    /// Its share in time.
    pub share: f64,
    /// The least share in time of a good window of average size.
    pub least: f64,
}

/// How the measured requests ended, over all runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ends {
    /// All of them.
    pub offered: u64,
    /// Answered within `good_within`.
    pub in_time: u64,
    /// Answered later.
    pub late: u64,
    /// Failed, by kind of failure.
    pub failed: BTreeMap<String, u64>,
    /// The client left.
    pub gave_up: u64,
    /// Not decided when the run ended.
    pub undecided: u64,
}

/// What happened over time: one figure per window, means over runs. A request belongs to the
/// window of its intended arrival; loads and depths to the window in which they happen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// The length of a window in seconds.
    pub window: f64,
    /// Requests per second that arrived.
    pub offered: Vec<f64>,
    /// Requests per second that were answered in time.
    pub goodput: Vec<f64>,
    /// Median latency of the window's answered requests, of all runs together; nothing without.
    pub p50: Vec<Option<f64>>,
    /// 99th percentile; nothing with fewer than 10 samples beyond it.
    pub p99: Vec<Option<f64>>,
    /// Calls per second that arrived at each node, by cause; causes that never occur are left out.
    pub load: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
    /// How many requests waited for a place at each node, on average.
    pub depth: BTreeMap<String, Vec<f64>>,
}

/// A node's figures: means over runs, in the measured time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeSummary {
    /// Its name.
    pub name: String,
    /// `clients`, `service`, `cache` or `database`.
    pub kind: String,
    /// Calls per second that arrived (requests per second that were offered, for clients).
    pub arrivals: f64,
    /// Calls per second, by cause.
    pub by_cause: BTreeMap<String, f64>,
    /// Requests in the node on average.
    pub in_flight: f64,
    /// Requests that wait for a place on average.
    pub queue: f64,
    /// The most that waited at once, averaged over runs.
    pub queue_peak: f64,
    /// The share of places that are taken; nothing without a limit.
    pub utilisation: Option<f64>,
    /// Refused calls per second.
    pub refused: f64,
    /// Calls per second that ended with a failure, by kind.
    pub errors: BTreeMap<String, f64>,
    /// Busy seconds per second that nobody waited for.
    pub wasted: f64,
    /// What else the node's model counts, per second or as its name says.
    pub counters: BTreeMap<String, f64>,
}

/// What a variant costs: means over runs, each with the paired difference from the baseline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    /// The lines: for each node in order of name, then of all requests.
    pub lines: Vec<BillLine>,
    /// Time by kind of wait per answered request, in seconds, on average.
    pub waits: BTreeMap<String, f64>,
}

/// A line of the bill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BillLine {
    /// What it is: `load of products: refresh`.
    pub label: String,
    /// What kind of price it is.
    pub item: Item,
    /// Whose it is; empty for all requests.
    pub node: String,
    /// How to write its values.
    pub unit: Unit,
    /// The mean over runs.
    pub value: f64,
    /// The difference from the baseline.
    pub difference: Option<Difference>,
}

/// What kind of price a line of the bill states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// Calls that arrive.
    Load,
    /// The most calls that arrive in a window.
    PeakLoad,
    /// Calls that arrive because somebody wants to know: more of them where more is served.
    FirstTries,
    /// Calls that arrive for another cause.
    LoadByCause,
    /// Work that nobody waited for.
    WastedWork,
    /// Fills that landed on a fresh key.
    DuplicateFills,
    /// Waits for a fill that somebody else began.
    SharedFills,
    /// Calls refused.
    Refused,
    /// Calls refused while an instance had a free place.
    GoodRefused,
    /// Answers older than a lifetime or an acknowledged write.
    Stale,
    /// Retries that a budget did not allow.
    RetriesDenied,
    /// What else a mitigation keeps back, drops or answers in place of the real thing.
    Counted,
    /// The latency of the median request.
    Median,
    /// Places that stand idle.
    IdleCapacity,
}

impl Item {
    /// Whether one always wants less of it. First tries come where callers are served, and places
    /// stand idle where there is less to do or more is held ready: neither is good or bad by itself.
    pub fn is_price(self) -> bool {
        !matches!(self, Item::FirstTries | Item::IdleCapacity)
    }
}

/// What was varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The path of the varied parameter.
    pub path: String,
    /// Its values as written, in order.
    pub values: Vec<String>,
    /// Its values as numbers, where they are quantities.
    pub numbers: Option<Vec<f64>>,
    /// The unit of the numbers: `/s`, `ms`, or nothing.
    pub unit: String,
    /// The metric to draw.
    pub metric: Column,
    /// For each variant name, at each value: the metric.
    pub lines: BTreeMap<String, Vec<CurvePoint>>,
}

/// A point of a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// The metric; nothing with too few samples.
    pub value: Option<f64>,
    /// The ends of the 95 % interval over runs.
    pub interval: Option<(f64, f64)>,
}
