//! Writes docs/PAIRING.md to standard output: what pairing buys in each scenario of the catalogue.
//!
//!     cargo run --release -p benches --bin pairing > docs/PAIRING.md
//!     cargo run -p benches --bin pairing -- runs=5 duration=60s retry-storm
//!
//! An argument with `=` is a new value for one path of every scenario, any other a scenario.

use benches::pairing::{AIM, Gain, Shortfall, gains};
use benches::scenario;
use scenarios::results::Results;
use scenarios::study::{Study, run};
use scenarios::{Document, Setting, catalogue};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

/// What stands above the tables. It names no figure, so that it holds whatever they say.
const INTRODUCTION: &str = "\
# What pairing buys

Every variant is run in the worlds of the baseline: run i of both has the same arrivals, keys and luck, wherever
they do the same ([how](DETERMINISM.md)). What both suffer drops out of their difference, and the interval of
the difference gets narrower than that of independent seeds. This page measures by how much. It is written by
one command, tables and counts from a run of it:

    cargo run --release -p benches --bin pairing > docs/PAIRING.md

**How.** For each variant and column, on the scale on which the comparison is made (logarithms for times and
rates, the values themselves for shares and counts): the width of Welch's interval, which takes the two samples
for independent, over the width of the paired one, from the same runs. Runs of different numbers share no dice,
so the sum of the two variances is the variance under independent seeds. Behind the ratio stands the correlation
over runs, where both vary. *exact*: all pairs differ by the same, though runs differ. *-*: no run differs from
another, or too few have a value.

**What makes a ratio high.** A variant that leaves the path of most requests alone: it acts on few of them (a
hedge after the 99th percentile, sticky sessions), elsewhere (replicas that apply faster, seen from the
database's queue), or on something else than what the column measures (another balancing, seen from the work
that is done). There the aim is 3 and more.

**What keeps a ratio low.** With standard deviations s and t and correlation r the ratio is, but for the degrees
of freedom, sqrt((s^2 + t^2) / (s^2 + t^2 - 2 r s t)).

- **a: one side has nearly all of the noise.** Even at r = 1 the ratio is at most sqrt(s^2 + t^2) / |s - t|,
  here less than the aim. So it is where a mitigation works: the baseline collapses at random, the variant does
  not collapse, and there is nothing to take off. Nothing could pair better, and such differences are the large
  ones, seen whatever the interval.
- **b: both have noise of their own.** They could be in step and are not. The same requests arrive, but the
  variant changes what happens to so many that what is random in the column is random anew. The reasons are
  named under each table. In general: *overload* is chaotic, as a queue that never empties carries one shifted
  request on to all that follow; a *retry*, a *hedge* or another *instance* is a new draw by design, and so is
  the lifetime of a cache entry that is filled at another time; a *tail* is made of few requests, and a share of
  failures near 0 or 1 of few failures; a *peak* is the largest of many windows, and another window may win.
";

/// What breaks pairing in a scenario, said where something does.
const REASONS: &[(&str, &str)] = &[
    (
        "cache-avalanche",
        "The noise is in which keys are asked for in the moments after their common expiry, \
         and how the database's queue serves them. Jitter draws every lifetime; with single \
         flight another reader starts the fill. From then on other entries expire at other \
         times.",
    ),
    (
        "cache-stampede",
        "With `ttl-jitter` both systems are stuck: the queue is never empty again, attempts \
         and duplicate fills depend on every one before, and other lifetimes shift the first \
         of them. Pairs share the time before the trigger and nothing after it.",
    ),
    (
        "hedged-requests",
        "A hedge goes to another instance with dice of its own, and its work makes others \
         wait: the tail is then that of the second copies, not of the first.",
    ),
    (
        "network-partition",
        "While the zone is cut off, what its clients get depends on which requests are under \
         way at the cut and which retry comes through after it; variants ask other replicas, \
         over links with draws of their own. Quantiles there are those of the network, with \
         little noise to begin with.",
    ),
    (
        "queue-saturation",
        "The same work in another order: near saturation the longest waits are made by a few \
         long busy periods, and which requests are in them depends on how the queue is cut. \
         Steady work has no luck in common with random work but that of the arrivals.",
    ),
    (
        "replica-lag",
        "Reads that wait or go to the primary change its queue, and with it the order in \
         which writes get a connection. Writers read back what was acknowledged, when \
         it was: where writes take longer, these reads are other moments. What is left alone, \
         such as the lag of the replicas, pairs to many digits.",
    ),
    (
        "retry-storm",
        "Before the trigger all is equal. After it, each variant decides which requests \
         exist: its retries are other requests with other draws, and how long the queue lasts \
         depends on how many come.",
    ),
    (
        "tail-fanout",
        "A hedge or a second attempt at a leaf is a draw of its own, and with partial answers \
         it is the k-th of the leaves that counts: the slowest leaf, which made the \
         baseline's tail, is no longer waited for.",
    ),
];

/// How many gains of each kind there are.
#[derive(Default)]
struct Tally {
    reached: usize,
    exact: usize,
    one_sided: usize,
    own_luck: usize,
    none: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match page(&arguments) {
        Ok(page) => {
            print!("{page}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn page(arguments: &[String]) -> Result<String, String> {
    let mut sets: Vec<(&str, &str)> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for argument in arguments {
        match argument.split_once('=') {
            Some(set) => sets.push(set),
            None => ids.push(argument),
        }
    }
    if ids.is_empty() {
        ids = catalogue::ENTRIES.iter().map(|entry| entry.id).collect();
    }
    let (mut tables, mut tally) = (String::new(), Tally::default());
    for id in ids {
        catalogue::find(id).ok_or_else(|| format!("there is no scenario `{id}`"))?;
        tables += &section(&study(id, &sets)?, &mut tally);
    }
    Ok(format!("{INTRODUCTION}\n{}{tables}", summary(&tally)))
}

fn study(id: &str, sets: &[(&str, &str)]) -> Result<Results, String> {
    let document = scenario::of_catalogue(id);
    let as_written = as_written(&document)?;
    let written = as_written.iter().map(|(path, value)| (&**path, &**value));
    let setting = |(path, value): (&str, &str)| Setting {
        path: path.to_owned(),
        value: value.to_owned(),
        origin: "argument".to_owned(),
    };
    let study = Study {
        variants: None,
        sets: written.chain(sets.iter().copied()).map(setting).collect(),
        vary: None,
        metric: None,
        precision: None,
        threads: std::thread::available_parallelism().map_or(1, Into::into),
        command: String::new(),
    };
    run(&document, &study, &|_| {}, &AtomicBool::new(false))
        .map_err(|error| format!("{id}: {error}"))
}

/// The parameter that the scenario varies, at the value that stands in its place.
fn as_written(document: &Document) -> Result<Option<(String, String)>, String> {
    let Some(varied) = document.vary().into_iter().next() else {
        return Ok(None);
    };
    let canonical = document
        .canonical(&[])
        .map_err(|problems| problems.to_string())?;
    let canonical: serde_json::Value =
        serde_json::from_str(&canonical).map_err(|error| error.to_string())?;
    let value = canonical.pointer(&format!("/{}", varied.path.replace('.', "/")));
    let text = value.and_then(|value| value.as_str()).map(str::to_owned);
    let text = text.ok_or_else(|| format!("`{}` has no value of its own", varied.path))?;
    Ok(Some((varied.path, text)))
}

/// How many ratios reach the aim, and what keeps the others from it.
fn summary(tally: &Tally) -> String {
    let Tally {
        reached,
        exact,
        one_sided,
        own_luck,
        none,
    } = tally;
    format!(
        "**In all.** Of {} ratios with noise {reached} are {AIM} or more, {exact} are exact, {one_sided} are low for reason a and \
         {own_luck} for reason b; {none} columns have no noise or too few values.\n",
        reached + exact + one_sided + own_luck
    )
}

fn section(results: &Results, tally: &mut Tally) -> String {
    let identity = &results.identity;
    let mut text = format!(
        "\n## {}\n\n{} runs of {} s, seed {}.\n\n",
        identity.scenario, identity.runs, identity.duration, identity.seed
    );
    let labels: Vec<&str> = results.columns.iter().map(|c| c.label.as_str()).collect();
    text += &format!(
        "| | {} |\n|---|{}\n",
        labels.join(" | "),
        "---:|".repeat(labels.len())
    );
    let mut has_own_luck = false;
    for (variant, gains) in gains(results) {
        let cells: Vec<String> = gains.iter().map(|gain| cell(*gain)).collect();
        text += &format!("| {} | {} |\n", variant.name, cells.join(" | "));
        for gain in gains {
            has_own_luck |= gain.shortfall() == Some(Shortfall::OwnLuck);
            tally.add(gain);
        }
    }
    let reason = REASONS.iter().find(|(id, _)| *id == identity.scenario);
    if let Some((_, reason)) = reason.filter(|_| has_own_luck) {
        text += &format!("\n*b:* {reason}\n");
    }
    text
}

impl Tally {
    fn add(&mut self, gain: Gain) {
        let count = match (gain, gain.shortfall()) {
            (Gain::Unknown | Gain::NoNoise, _) => &mut self.none,
            (Gain::Exact, _) => &mut self.exact,
            (_, None) => &mut self.reached,
            (_, Some(Shortfall::OneSided)) => &mut self.one_sided,
            (_, Some(Shortfall::OwnLuck)) => &mut self.own_luck,
        };
        *count += 1;
    }
}

fn cell(gain: Gain) -> String {
    let mark = match gain.shortfall() {
        None => "",
        Some(Shortfall::OneSided) => " a",
        Some(Shortfall::OwnLuck) => " b",
    };
    match gain {
        Gain::Unknown | Gain::NoNoise => "-".to_owned(),
        Gain::Exact => "exact".to_owned(),
        Gain::Ratio {
            narrower,
            correlation,
            ..
        } => {
            let digits = if narrower < 9.95 { 1 } else { 0 };
            let correlation = correlation.map_or(String::new(), |r| format!(" ({r:.2})"));
            format!("{narrower:.digits$}{correlation}{mark}")
        }
    }
}
