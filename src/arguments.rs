//! What can be said on the command line.

mod test;

pub(crate) use test::Test;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use scenarios::Setting;
use scenarios::study::{Vary, Wanted};
use scenarios::units::{Misread, Share};
use std::path::PathBuf;

/// Shows failure modes of distributed systems in a simulator, and which mitigation helps, by how much,
/// how surely and at what price.
#[derive(Debug, Parser)]
#[command(
    name = "squall",
    version,
    before_help = "\
Examples:
  squall list                       what can be shown
  squall show cache-stampede        what fails, in which system, and what may help
  squall compare cache-stampede     the system as it is against each mitigation
  squall new mine.yaml              a scenario of your own to start from",
    after_help = "\
Exit codes: 0 fine, 1 an expectation is violated or something differs, 2 bad input or usage,
3 not enough data, 70 a mistake in Squall, 130 interrupted."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Say nothing on standard error but errors and warnings
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Whether messages have colours; `auto` heeds NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
    Show(Show),
    Run(Run),
    Compare(Compare),
    Test(Test),
    Check(Check),
    New(New),
    /// Print the JSON Schema of scenario files, for editors
    #[command(before_help = "\
Example:
  squall schema > squall.schema.json")]
    Schema,
    Report(Report),
    Verify(Verify),
    Reproduce(Reproduce),
    Diff(Diff),
    /// Print completions for a shell
    #[command(before_help = "\
Example:
  squall completions bash > ~/.local/share/bash-completion/completions/squall")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the fingerprint of each run
    #[command(hide = true)]
    Fingerprints(Verify),
}

/// List the scenarios of the catalogue
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  squall list
  squall list --tag cache
  squall list --coverage
  squall list --format json")]
pub(crate) struct List {
    /// Only scenarios with this tag
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// Everything that the catalogue is to show, and which of it works
    #[arg(long, conflicts_with = "tag")]
    pub(crate) coverage: bool,
    /// How to print them
    #[arg(long, default_value = "text")]
    pub(crate) format: PlainFormat,
}

/// How to print what is not the results of a study.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PlainFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Show a scenario: story, topology, load and capacity, faults, variants, assumptions, sources
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  squall show cache-stampede
  squall show cache-stampede --variant single-flight
  squall show mine.yaml --metrics")]
pub(crate) struct Show {
    /// A scenario of the catalogue, or a file
    #[arg(value_name = "ID|FILE")]
    pub(crate) scenario: PathBuf,
    /// The scenario with this variant
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// List the metrics instead
    #[arg(long)]
    pub(crate) metrics: bool,
    /// Another value for one place of the scenario; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) set: Vec<Setting>,
}

/// Run one variant, with a table per node
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  squall run cache-stampede
  squall run cache-stampede --variant single-flight --runs 5
  squall run cache-stampede --follow 80000
  squall run mine.yaml --set nodes.web.service.workers=8")]
pub(crate) struct Run {
    /// The variant; the scenario as it stands when missing
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
    /// Tell the story of one request of run 1 instead: its number, after the clients' name where
    /// there are several
    #[arg(long, value_name = "[CLIENTS:]N", value_parser = follow, conflicts_with_all = ["vary", "metric", "precision", "out", "format"])]
    pub(crate) follow: Option<Follow>,
    #[command(flatten)]
    pub(crate) study: Study,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// Compare the scenario as it stands with its variants, run by run in the same worlds
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  squall compare cache-stampede
  squall compare cache-stampede --variants single-flight,early-refresh
  squall compare mine.yaml --runs 5 --out results
  squall compare mine.yaml --precision 5% --metric p99 --max-runs 500
  squall compare mine.yaml --vary nodes.readers.clients.arrivals.poisson=500/s,1000/s,2000/s")]
pub(crate) struct Compare {
    /// The variants to compare with the baseline; all when missing
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        visible_alias = "variant"
    )]
    pub(crate) variants: Vec<String>,
    #[command(flatten)]
    pub(crate) study: Study,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// What is studied, and on how many threads.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Study {
    /// A scenario of the catalogue, or a file
    #[arg(value_name = "ID|FILE")]
    pub(crate) scenario: PathBuf,
    /// A parameter and its values: each variant is run at each of them
    #[arg(long, value_name = "PATH=A,B,C", value_parser = vary)]
    pub(crate) vary: Option<Vary>,
    /// The metric that is drawn against a varied parameter, and that --precision is about
    /// [default: latency.p99]
    #[arg(long)]
    pub(crate) metric: Option<String>,
    /// Add runs until the metric is known this well in every variant, and every difference from the
    /// baseline: the half-width of the 95 % interval, in points where the metric is a share
    #[arg(long, value_name = "SHARE", value_parser = precision)]
    pub(crate) precision: Option<String>,
    /// The most runs that --precision may take
    #[arg(long, value_name = "N", requires = "precision", default_value_t = 200, value_parser = clap::value_parser!(u32).range(i64::from(LEAST_LIMIT)..=10_000))]
    pub(crate) max_runs: u32,
    /// Another value for one place of the scenario; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = setting)]
    pub(crate) set: Vec<Setting>,
    /// The root of all dice
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<String>,
    /// How many runs of each variant
    #[arg(long, value_name = "N")]
    pub(crate) runs: Option<String>,
    /// Simulated time in which requests arrive, such as `30s`
    #[arg(long, value_name = "TIME")]
    pub(crate) duration: Option<String>,
    /// How many threads to run on; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// How results are shown, and where they go.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Where results go: a directory that is missing, empty, or holds results, which are replaced
    /// [default: a fresh one in squall-out]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// How to print the results
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

/// How to print results.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For documents
    Markdown,
    /// All there is, for programs
    Json,
    /// Every metric of every run, for spreadsheets
    Csv,
}

/// Check scenario files without running them, and warn of nodes that are offered too much
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  squall check mine.yaml
  squall check scenarios/*.yaml")]
pub(crate) struct Check {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Write a scenario file to start from
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  squall new mine.yaml
  squall new mine.yaml --from cache-stampede")]
pub(crate) struct New {
    /// The file to write, which must not exist
    pub(crate) file: PathBuf,
    /// Copy this scenario of the catalogue
    #[arg(long, value_name = "ID")]
    pub(crate) from: Option<String>,
}

/// Draw again from the results.json of a directory
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  squall report squall-out/latest
  squall report squall-out/latest --format markdown > result.md")]
pub(crate) struct Report {
    /// A directory with results
    pub(crate) dir: PathBuf,
    /// How to print the results
    #[arg(long, default_value = "table")]
    pub(crate) format: Format,
}

/// Prove determinism: run again, on 1 thread and on several, with nodes in another order and in
/// another process, and compare
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  squall verify cache-stampede
  squall verify mine.yaml --runs 5")]
pub(crate) struct Verify {
    /// The variants to verify; all when missing
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        visible_alias = "variant"
    )]
    pub(crate) variants: Vec<String>,
    #[command(flatten)]
    pub(crate) study: Study,
}

/// Make results again from what they hold alone, and compare all that came out
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  squall reproduce squall-out/latest
  squall reproduce results.json --threads 4",
    after_help = "\
Exit codes: 0 the same, 1 another version of Squall makes something else, 2 bad input, 70 the same
version does, which is a mistake in Squall."
)]
pub(crate) struct Reproduce {
    /// A results.json, or a directory with one
    #[arg(value_name = "FILE|DIR")]
    pub(crate) results: PathBuf,
    /// How many threads to run on; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// Say what differs between two results beyond noise
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  squall diff squall-out/tiny-1 squall-out/tiny-2
  squall diff before/results.json after/results.json --all
  squall diff before after --format json",
    after_help = "\
Runs of one seed and length are compared in pairs. What is beyond noise is decided over all metrics
and variants together.
Exit codes: 0 nothing is beyond noise, 1 something is, 2 bad input, 3 too few runs to tell."
)]
pub(crate) struct Diff {
    /// A results.json, or a directory with one
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,
    /// Another
    #[arg(value_name = "B")]
    pub(crate) b: PathBuf,
    /// Compare every metric of the runs, not only the columns of the comparison
    #[arg(long)]
    pub(crate) all: bool,
    /// How to print what differs
    #[arg(long, default_value = "text")]
    pub(crate) format: PlainFormat,
}

/// Whose story to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Follow {
    /// The clients node; the only one when missing.
    pub(crate) clients: Option<String>,
    /// The number of the request.
    pub(crate) request: u64,
}

impl Study {
    /// The new values, the flags for seed, runs and duration among them.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let flags = [
            ("seed", &self.seed),
            ("runs", &self.runs),
            ("duration", &self.duration),
        ];
        let flags = flags.into_iter().filter_map(|(path, value)| {
            Some(Setting {
                path: path.into(),
                value: value.clone()?,
                origin: format!("--{path}"),
            })
        });
        self.set.iter().cloned().chain(flags).collect()
    }

    /// How narrow intervals are wanted.
    pub(crate) fn wanted(&self) -> Option<Wanted> {
        let half_width = self.precision.as_ref()?.parse().ok()?;
        Wanted::new(half_width, self.max_runs).ok()
    }
}

/// How many threads to run on: as many as were asked for, else one per core.
pub(crate) fn threads(wanted: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, Into::into);
    wanted.map_or_else(cores, usize::from)
}

fn setting(text: &str) -> Result<Setting, String> {
    let (path, value) = assignment(text)?;
    Ok(Setting {
        path,
        value,
        origin: "--set".into(),
    })
}

/// The least that --max-runs may be.
const LEAST_LIMIT: u32 = 5;

/// Keeps the text as it is, for the stamp.
fn precision(text: &str) -> Result<String, String> {
    let share: Share = text
        .parse()
        .map_err(|misread: Misread| misread.to_string())?;
    Wanted::new(share, LEAST_LIMIT)?;
    Ok(text.to_owned())
}

fn vary(text: &str) -> Result<Vary, String> {
    let (path, values) = assignment(text)?;
    let values = listed(&values);
    if values.iter().any(String::is_empty) {
        return Err("a value is missing: write PATH=A,B,C".into());
    }
    Ok(Vary { path, values })
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() && !value.trim().is_empty() => {
            Ok((path.trim().into(), value.trim().into()))
        }
        _ => Err("write a path, `=` and a value, such as nodes.web.service.workers=8".into()),
    }
}

/// The parts of a text between the commas that stand outside of brackets and quotes.
fn listed(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts
            .last_mut()
            .expect("there is always a part")
            .push(character);
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

fn follow(text: &str) -> Result<Follow, String> {
    let (clients, request) = match text.rsplit_once(':') {
        Some((clients, request)) => (Some(clients.to_owned()), request),
        None => (None, text),
    };
    let request = request
        .parse()
        .map_err(|_| "write the number of a request, such as 1 or readers:1")?;
    Ok(Follow { clients, request })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn values_in_brackets_and_quotes_may_have_commas() {
        let vary =
            vary("a.b = 1ms,{ uniform: { from: 1ms, to: 2ms } }, 'x,y'").expect("it is good");
        assert_eq!(vary.path, "a.b");
        assert_eq!(
            vary.values,
            ["1ms", "{ uniform: { from: 1ms, to: 2ms } }", "'x,y'"]
        );
    }

    #[test]
    fn a_missing_path_or_value_is_refused() {
        for text in ["", "a", "=1", "a=", "a=1,,2", "a=1,"] {
            assert!(vary(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_precision_is_a_share_above_nothing() {
        let parsed = |precision: &str| {
            let arguments = ["squall", "run", "a.yaml", "--precision", precision];
            Arguments::try_parse_from(arguments)
        };
        let Command::Run(run) = parsed("2.5%").expect("it is good").command else {
            panic!("this is no run");
        };
        let wanted = run.study.wanted().expect("it is there");
        assert_eq!((wanted.half_width, wanted.limit), (Share(0.025), 200));
        for wrong in ["0%", "5", "0.05", "-1%", "101%"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        let alone = ["squall", "run", "a.yaml", "--max-runs", "9"];
        assert!(Arguments::try_parse_from(alone).is_err());
    }

    #[test]
    fn a_request_may_be_named_with_its_clients() {
        let of = |clients: Option<&str>, request| Follow {
            clients: clients.map(str::to_owned),
            request,
        };
        assert_eq!(follow("7"), Ok(of(None, 7)));
        assert_eq!(follow("readers:7"), Ok(of(Some("readers"), 7)));
        assert!(follow("readers").is_err());
    }
}
