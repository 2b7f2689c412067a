//! Results as files, and as what is printed.

use crate::arguments::Format;
use reports::chart::{self, Drawing};
use reports::{csv, hgrm, histogram, hlog, json, markdown, terminal, topology};
use scenarios::results::{Results, Variant};

/// A file of a result.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// The file that has all that the others are made of.
pub(crate) const RESULTS: &str = "results.json";

/// All files of a result.
pub(crate) fn all(results: &Results) -> Vec<File> {
    let drawings = chart::draw(results);
    let charts: Vec<markdown::Chart> = drawings
        .iter()
        .map(|drawing| (drawing.title.clone(), format!("{}.svg", drawing.name)))
        .collect();
    let texts = [
        (RESULTS, json::to_json(results)),
        ("summary.md", document(results, &charts)),
        ("runs.csv", csv::compare_csv(results)),
        ("timeline.csv", csv::timeline_csv(results)),
        ("latency.hlog", hlog::hlog(results)),
        ("topology.dot", topology::dot(results)),
        ("topology.mmd", topology::mermaid(results)),
    ];
    let percentiles = names(results).into_iter().zip(&results.variants);
    let percentiles = percentiles.map(|(name, variant)| {
        let latency = histogram::decode_or_empty(&variant.latency);
        (
            format!("{name}.hgrm"),
            hgrm::hgrm(&latency, &results.identity),
        )
    });
    let texts = texts.map(|(name, text)| (name.to_owned(), text));
    let texts = texts
        .into_iter()
        .chain(percentiles)
        .map(|(name, text)| File {
            name,
            content: text.into_bytes(),
        });
    texts.chain(drawings.iter().flat_map(pictures)).collect()
}

/// A chart as SVG and as PNG.
fn pictures(drawing: &Drawing) -> [File; 2] {
    let svg = File {
        name: format!("{}.svg", drawing.name),
        content: drawing.svg.clone().into_bytes(),
    };
    let png = File {
        name: format!("{}.png", drawing.name),
        content: chart::png(drawing),
    };
    [svg, png]
}

/// What is printed.
pub(crate) fn shown(results: &Results, format: Format, width: usize) -> String {
    match format {
        Format::Table => page(results, width),
        Format::Markdown => document(results, &[]),
        Format::Json => json::to_json(results),
        Format::Csv => csv::compare_csv(results),
    }
}

/// Says which charts and which other files there are, and where.
pub(crate) fn named(files: &[File], directory: &str) -> String {
    let list = |names: Vec<&str>| names.join(", ");
    let is_picture = |name: &&str| name.ends_with(".svg") || name.ends_with(".png");
    let names = || files.iter().map(|file| file.name.as_str());
    let charts = names()
        .filter_map(|name| name.strip_suffix(".svg"))
        .collect();
    let others = names().filter(|name| !is_picture(name)).collect();
    format!(
        "\nin {directory}:\n  charts (.svg, .png): {}\n  {}",
        list(charts),
        list(others)
    )
}

/// The page for a terminal: a curve where something was varied, else a comparison or one variant.
fn page(results: &Results, width: usize) -> String {
    match (&results.curve, results.variants.as_slice()) {
        (Some(_), _) => terminal::curve(results, width),
        (None, [_]) => terminal::run(results, width),
        (None, _) => terminal::compare(results, width),
    }
}

/// The same as a document.
fn document(results: &Results, charts: &[markdown::Chart]) -> String {
    match (&results.curve, results.variants.as_slice()) {
        (Some(_), _) => markdown::curve(results, charts),
        (None, [_]) => markdown::run(results, charts),
        (None, _) => markdown::compare(results, charts),
    }
}

/// A name for the files of each variant: no two are equal, on file systems that ignore case too.
fn names(results: &Results) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for variant in &results.variants {
        let name = name(variant);
        let taken = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let numbered = (2..).map(|n| format!("{name}-{n}"));
        let mut free = std::iter::once(name.clone()).chain(numbered);
        names.extend(free.find(|name| !taken(name)));
    }
    names
}

fn name(variant: &Variant) -> String {
    let name = match &variant.value {
        Some(value) => format!("{}-at-{value}", variant.name),
        None => variant.name.clone(),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.%".contains(c);
    let words = name.split(|c| !is_plain(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}
