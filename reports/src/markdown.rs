//! Results as a Markdown document that can go into a design review as it is.

mod costs;

use crate::quantity::{MISSING, difference, duration, interval, quantity, range};
use crate::terminal::run::{goodput, kinds_of_end, summary_of};
use crate::{certainty, expectations, histogram, ledger, wording};
use costs::{bills, time, times};
use scenarios::results::{Cell, Column, Curve, NodeSummary, Results, Unit, Variant};

/// A chart that the document shows: its title and its file, relative to the document.
pub type Chart = (String, String);

/// The document of a comparison.
pub fn compare(results: &Results, charts: &[Chart]) -> String {
    let sections = [
        section("Result", &compare_table(results)),
        section("Recovery", &recovery(results)),
        section("What each variant costs", &bills(results)),
        section("Where the time went", &times(results)),
        section("Expectations", &expected(results)),
        section("Variants", &variants(results)),
    ];
    document(results, &sections.concat(), charts)
}

/// The document of one variant, the first.
pub fn run(results: &Results, charts: &[Chart]) -> String {
    let Some(variant) = results.variants.first() else {
        return document(results, "No run was finished.\n\n", charts);
    };
    let sections = [
        section("Latency and goodput", &latency(results, variant)),
        section("Recovery", &recovery(results)),
        section("How requests ended", &ends(variant)),
        section("Nodes", &nodes(variant)),
        section("Where the time went", &time(variant)),
    ];
    document(results, &sections.concat(), charts)
}

/// The document of a study with `--vary`.
pub fn curve(results: &Results, charts: &[Chart]) -> String {
    let body = match &results.curve {
        Some(curve) => {
            let heading = format!("{} against `{}`", escaped(&curve.metric.label), curve.path);
            section(&heading, &curve_table(results, curve))
        }
        None => "Nothing was varied.\n\n".to_owned(),
    };
    document(results, &body, charts)
}

/// What all documents have: the summary first, what the figures rest on last.
fn document(results: &Results, body: &str, charts: &[Chart]) -> String {
    let identity = &results.identity;
    let interrupted = results
        .interrupted
        .then_some("The study was interrupted.".to_owned());
    let warnings: Vec<_> = interrupted
        .into_iter()
        .chain(results.warnings.iter().cloned())
        .collect();
    let charts = charts
        .iter()
        .map(|(title, file)| format!("![{}](<{file}>)\n", escaped(title)));
    let charts: Vec<_> = charts.collect();
    let parts = [
        format!(
            "# {}: {}\n\n",
            escaped(&identity.scenario),
            escaped(&identity.summary)
        ),
        format!("{}.\n\n", wording::study(results)),
        certainty::precision(results)
            .map_or(String::new(), |text| format!("{}\n\n", escaped(&text))),
        section("Warnings", &listed(&warnings)),
        body.to_owned(),
        section("Charts", &charts.join("\n")),
        section("The story", identity.story.trim()),
        section("Assumptions", &listed(&identity.assumptions)),
        section("Sources", &listed(&identity.sources)),
        section(
            "Defaults taken",
            &entries(&ledger::blocks(&results.ledger.defaults)),
        ),
        section("Distributions", &entries(&results.ledger.distributions)),
        section(
            "What the models leave out",
            &entries(&ledger::models(&results.ledger.not_modelled)),
        ),
        section("How to make this again", &origin(results)),
    ];
    parts.concat().trim_end().to_owned() + "\n"
}

fn origin(results: &Results) -> String {
    let identity = &results.identity;
    format!(
        "    {}\n\nSquall {}, scenario `{}` with hash `{}`, seed {}, {}; requests arrive for {}, of \
         which the first {} are not measured.",
        identity.command,
        identity.squall,
        identity.scenario,
        identity.hash,
        identity.seed,
        wording::counted(identity.runs as usize, "run"),
        duration(identity.duration),
        duration(identity.warm_up)
    )
}

fn compare_table(results: &Results) -> String {
    if results.variants.is_empty() {
        return "No run was finished.".to_owned();
    }
    let labels = results.columns.iter().map(|column| column.label.clone());
    let headings = ["variant".to_owned()]
        .into_iter()
        .chain(labels)
        .chain(["recovers".to_owned()]);
    let rows = results.variants.iter().map(|variant| {
        let cells = variant
            .cells
            .iter()
            .zip(&results.columns)
            .map(|(cell, column)| figure(cell, column));
        let name = format!("**{}**", escaped(&variant.title()));
        let recovers = wording::recovery(&variant.recovery);
        [name].into_iter().chain(cells).chain([recovers]).collect()
    });
    let table = table(headings.collect(), rows);
    let remark = if wording::is_compared(results) {
        ""
    } else {
        wording::TOO_FEW
    };
    format!("{table}\n{}\n\n{remark}", wording::key(results))
}

/// A value with its difference from the baseline below it.
fn figure(cell: &Cell, column: &Column) -> String {
    let value = quantity(cell.value, column.unit);
    match &cell.difference {
        Some(change) if change.is_seen() => format!(
            "{value}<br>{} {}",
            difference(change, column.unit),
            interval(change, column.unit)
        ),
        Some(_) => format!("{value}<br>no difference seen"),
        None => value,
    }
}

/// The verdicts of all runs as probabilities; nothing without a verdict.
fn recovery(results: &Results) -> String {
    let judged = results
        .variants
        .iter()
        .filter(|v| !v.recovery.probabilities.is_empty());
    let rows = judged.map(|variant| {
        let verdicts = certainty::verdicts(&variant.recovery).into_iter();
        let cells =
            verdicts.map(|(_, [runs, share, interval])| format!("{share} {interval}<br>{runs}"));
        let (time, interval) = certainty::time_to_recover(&variant.recovery);
        let name = format!("**{}**", escaped(&variant.title()));
        [name]
            .into_iter()
            .chain(cells)
            .chain([format!("{time} {interval}").trim_end().to_owned()])
            .collect()
    });
    let headings = [
        "variant",
        "recovered",
        "degraded",
        "oscillating",
        "stuck",
        "time to recover",
    ];
    let table = table(headings.map(str::to_owned).to_vec(), rows);
    if table.is_empty() {
        return table;
    }
    format!(
        "{table}\nIn brackets 95 % intervals: of probabilities (Wilson), and of the mean time to \
         recover over the runs that did (Student's t)."
    )
}

fn expected(results: &Results) -> String {
    let headings = ["expectation", "judgement", "found", "because"];
    let rows = results.expectations.iter().map(|expectation| {
        vec![
            escaped(&expectation.that),
            expectations::word(expectation.judgement).to_owned(),
            expectations::found(&expectation.figure),
            escaped(&expectation.because),
        ]
    });
    table(headings.map(str::to_owned).to_vec(), rows)
}

fn variants(results: &Results) -> String {
    let described = results
        .variants
        .iter()
        .filter(|v| !v.summary.is_empty() || !v.changes.is_empty());
    let lines = described.map(|variant| {
        let changes = variant
            .changes
            .iter()
            .map(|(path, value)| format!(" `{path}: {value}`"));
        format!(
            "**{}**: {}{}",
            variant.title(),
            variant.summary,
            changes.collect::<String>()
        )
    });
    listed_as_is(&lines.collect::<Vec<_>>())
}

fn latency(results: &Results, variant: &Variant) -> String {
    let (headings, figures) = summary_of(&histogram::decode_or_empty(&variant.latency));
    let goodput = quantity(goodput(&variant.ends), Unit::Share);
    let headings = ["goodput"].into_iter().chain(headings).chain(["recovers"]);
    let recovers = wording::recovery(&variant.recovery);
    let row = [goodput]
        .into_iter()
        .chain(figures)
        .chain([recovers])
        .collect();
    let table = table(headings.map(str::to_owned).collect(), [row]);
    format!("{table}\n{}", wording::key(results))
}

fn ends(variant: &Variant) -> String {
    let offered = variant.ends.offered as f64;
    let rows = kinds_of_end(&variant.ends)
        .into_iter()
        .filter(|(_, n)| 0 < *n)
        .map(|(kind, n)| {
            let n = n as f64;
            vec![
                kind,
                quantity(Some(n), Unit::Count),
                quantity(Some(n / offered), Unit::Share),
            ]
        });
    table(
        ["end", "requests", "share"].map(str::to_owned).to_vec(),
        rows,
    )
}

fn nodes(variant: &Variant) -> String {
    let headings = [
        "node",
        "kind",
        "arrivals",
        "in flight",
        "queue",
        "queue peak",
        "utilisation",
    ];
    let headings =
        headings
            .into_iter()
            .chain(["refused", "errors", "wasted s/s", "by cause", "counted"]);
    table(
        headings.map(str::to_owned).collect(),
        variant.nodes.iter().map(node),
    )
}

fn node(node: &NodeSummary) -> Vec<String> {
    let rate = |value| quantity(Some(value), Unit::PerSecond);
    let count = |value| quantity(Some(value), Unit::Count);
    let causes = node
        .by_cause
        .iter()
        .map(|(cause, value)| format!("{cause} {}", rate(*value)));
    let counters = node
        .counters
        .iter()
        .map(|(name, value)| format!("{name} {}", count(*value)));
    vec![
        node.name.clone(),
        node.kind.clone(),
        rate(node.arrivals),
        count(node.in_flight),
        count(node.queue),
        count(node.queue_peak),
        quantity(node.utilisation, Unit::Share),
        rate(node.refused),
        rate(node.errors.values().sum()),
        count(node.wasted),
        causes.collect::<Vec<_>>().join(", "),
        counters.collect::<Vec<_>>().join(", "),
    ]
}

fn curve_table(results: &Results, curve: &Curve) -> String {
    let lines = wording::lines(results, curve);
    let names = lines.iter().map(|(name, _)| (*name).to_owned());
    let rows = curve.values.iter().enumerate().map(|(i, value)| {
        let cells = lines.iter().map(|(name, points)| {
            let point = points.get(i);
            let metric = point.and_then(|point| point.value);
            let ends = point.and_then(|point| point.interval);
            let unit = curve.metric.unit;
            let around = metric
                .zip(ends)
                .map(|(metric, ends)| format!(" {}", range(metric, ends, unit)));
            let variant = results
                .variants
                .iter()
                .find(|v| wording::is_at(v, name, value));
            let share = variant.and_then(|variant| goodput(&variant.ends));
            let share = share.map_or(MISSING.to_owned(), |share| {
                quantity(Some(share), Unit::Share)
            });
            format!(
                "{}{}<br>goodput {share}",
                quantity(metric, unit),
                around.unwrap_or_default()
            )
        });
        std::iter::once(value.clone()).chain(cells).collect()
    });
    let table = table(std::iter::once(String::new()).chain(names).collect(), rows);
    let within = duration(results.good_within);
    format!(
        "{table}\nIn brackets the 95 % interval over {}. goodput: share of requests answered \
         within {within}.",
        wording::over(results)
    )
}

/// A list of names, each with its text.
fn entries(entries: &[(String, String)]) -> String {
    let entries = entries.iter();
    let lines = entries.map(|(name, text)| format!("`{name}`: {}", escaped(text)));
    listed_as_is(&lines.collect::<Vec<_>>())
}

/// A heading with what follows; nothing when nothing follows.
fn section(heading: &str, body: &str) -> String {
    if body.trim().is_empty() {
        return String::new();
    }
    format!("## {heading}\n\n{}\n\n", body.trim_end())
}

/// A list of plain sentences.
fn listed(items: &[String]) -> String {
    listed_as_is(&items.iter().map(|item| escaped(item)).collect::<Vec<_>>())
}

/// A list of Markdown, one line each.
fn listed_as_is(items: &[String]) -> String {
    items
        .iter()
        .map(|item| format!("- {}\n", item.replace('\n', " ")))
        .collect()
}

/// A table whose first column is aligned left and whose others are aligned right; nothing without
/// rows.
fn table(headings: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    if rows.is_empty() {
        return rows;
    }
    let alignment = format!(
        "|---|{}\n",
        "---:|".repeat(headings.len().saturating_sub(1))
    );
    line(&headings) + &alignment + &rows
}

/// Text in which nothing is taken for Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if "\\`*_[]<>".contains(character) {
            escaped.push('\\');
        }
        escaped.push(if character == '\n' { ' ' } else { character });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    fn charts() -> Vec<Chart> {
        vec![(
            "single-flight: p99 falls by 77 %".to_owned(),
            "latency.svg".to_owned(),
        )]
    }

    #[test]
    fn documents_look_right() {
        insta::assert_snapshot!("document-compare", compare(&made_up::stampede(), &charts()));
        insta::assert_snapshot!("document-run", run(&made_up::single_run(), &charts()));
        insta::assert_snapshot!("document-curve", curve(&made_up::curve(), &[]));
    }

    #[test]
    fn every_line_of_a_table_has_the_same_number_of_cells() {
        for (name, mut results) in made_up::edges() {
            results.identity.summary = "a | b *c*".to_owned();
            for text in [
                compare(&results, &charts()),
                run(&results, &[]),
                curve(&results, &[]),
            ] {
                let cells = |line: &str| line.replace("\\|", "").matches('|').count();
                let lines: Vec<_> = text.lines().collect();
                for pair in lines
                    .windows(2)
                    .filter(|pair| pair.iter().all(|l| l.starts_with('|')))
                {
                    assert_eq!(cells(pair[0]), cells(pair[1]), "{name}: {}", pair[1]);
                }
                assert!(
                    text.starts_with("# cache-stampede: a | b \\*c\\*\n"),
                    "{name}"
                );
            }
        }
    }
}
