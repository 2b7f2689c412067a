//! `docs/CATALOGUE.md`: everything that the catalogue is to show, what of it works, and where the
//! examples of other simulators have their counterparts.

use scenarios::catalogue::{Row, THEMES, find, rows};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// An example of another simulator: its name there, what it shows, our scenarios that show it, and
/// what none of them has.
struct Example(
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
);

/// The built-in examples of stability-sim (Brooker, 2026, stability-sim.systems), by their ids there.
const STABILITY_SIM: [Example; 8] = [
    Example(
        "metastable-retry",
        "retries keep two servers down after one of them crashed for 5 s",
        &["metastable-failure", "retry-storm"],
        "",
    ),
    Example(
        "gc-death-spiral",
        "a burst pushes a server to where memory pressure makes it slower than its load",
        &["gc-pause"],
        "",
    ),
    Example(
        "connection-pool-exhaustion",
        "a slow database holds connections, and retries keep the pool empty",
        &["connection-pool-exhaustion"],
        "",
    ),
    Example(
        "cache-stampede",
        "a slow database, short lifetimes and a bounded queue keep misses coming",
        &["cache-stampede", "cache-avalanche"],
        "",
    ),
    Example(
        "cache-flush",
        "a flushed cache cannot be filled again, as fills time out",
        &["cache-cold-start"],
        "`cache-stampede` gets stuck in the same way, after an expiry and not a flush.",
    ),
    Example(
        "timeout-cascade",
        "at full utilisation with exponential service, timeouts come and go without a fault",
        &["queue-saturation", "timeout-tuning"],
        "",
    ),
    Example(
        "lb-sinkholing",
        "least connections sends everything to the server that fails at once",
        &["lb-black-hole"],
        "",
    ),
    Example(
        "goodput-collapse",
        "a long queue keeps servers busy with requests that nobody waits for any more",
        &["load-shedding", "unbounded-queue"],
        "",
    ),
];

/// The scenarios of the simulation that guards Dialogue, an HTTP client (Palantir, 2020, by the
/// names of `SimulationTest`).
const DIALOGUE: [Example; 9] = [
    Example(
        "simplest_possible_case",
        "balancers in front of servers that differ a little",
        &["lb-policies"],
        "",
    ),
    Example(
        "slowdown_and_error_thresholds",
        "servers that become slower with load and then fail",
        &["load-shedding", "gc-pause"],
        "",
    ),
    Example(
        "slow_503s_then_revert",
        "one server answers slowly, and only errors",
        &["slow-node", "circuit-breaker"],
        "",
    ),
    Example(
        "fast_500s_then_revert",
        "one server fails at once",
        &["lb-black-hole"],
        "",
    ),
    Example(
        "drastic_slowdown",
        "one server takes 10 s",
        &["slow-node"],
        "",
    ),
    Example(
        "all_nodes_500",
        "every server fails for a while",
        &["circuit-breaker"],
        "",
    ),
    Example(
        "black_hole",
        "one server never answers",
        &["slow-dependency"],
        "",
    ),
    Example(
        "one_endpoint_dies_on_each_server",
        "each server fails one of two endpoints",
        &["circuit-breaker"],
        "Services have one endpoint here, so that a breaker cannot tell two apart.",
    ),
    Example(
        "one_big_spike",
        "one burst of a thousand requests",
        &["flash-crowd"],
        "",
    ),
];

fn links(examples: &[Example]) -> String {
    let mut text = "| example | what it shows | here |\n|---|---|---|\n".to_owned();
    for Example(name, shows, ids, missing) in examples {
        let named = |id: &&str| {
            let planned = if find(id).is_some() { "" } else { " (not yet)" };
            format!("`{id}`{planned}")
        };
        let here: Vec<_> = ids.iter().map(named).collect();
        let missing = if missing.is_empty() {
            String::new()
        } else {
            format!(". {missing}")
        };
        let here = here.join(", ");
        writeln!(text, "| `{name}` | {shows} | {here}{missing} |").expect("a String takes all");
    }
    text
}

fn page(rows: &[Row]) -> String {
    let work = rows.iter().filter(|row| row.works()).count();
    let all = rows.len();
    let mut text = format!(
        "# Catalogue\n\n\
        Every failure that Squall is to show: {work} of {all} work. Written by \
        `UPDATE=1 cargo test --test suite catalogue` from `scenarios/catalogue/rows.csv` and the \
        scenarios there are; `squall list --coverage` prints the same. Tier 1 is wanted first, \
        3 last.\n\n\
        | theme | works | of |\n|---|--:|--:|\n"
    );
    let mut themes = String::new();
    for (number, theme) in (1..).zip(THEMES) {
        let of_theme: Vec<_> = rows.iter().filter(|row| row.theme == number).collect();
        let work = of_theme.iter().filter(|row| row.works()).count();
        text += &format!("| {theme} | {work} | {} |\n", of_theme.len());
        themes += &format!("\n## {theme}\n\n| | id | tier | what fails |\n|---|---|--:|---|\n");
        for row in of_theme {
            let Row {
                id,
                tier,
                failure,
                note,
                ..
            } = row;
            let mark = if row.works() { "works" } else { "" };
            let note = if note.is_empty() {
                String::new()
            } else {
                format!(" (*{note}*)")
            };
            themes += &format!("| {mark} | `{id}` | {tier} | {failure}{note} |\n");
        }
    }
    format!(
        "{text}| **all** | **{work}** | **{all}** |\n{themes}\n\
        ## Examples of other simulators\n\n\
        What the examples of other simulators show is shown by these. \
        [stability-sim](https://stability-sim.systems) (Brooker, 2026):\n\n{}\n\
        The simulation of [Dialogue](https://github.com/palantir/dialogue) (Palantir, 2020):\n\n{}",
        links(&STABILITY_SIM),
        links(&DIALOGUE)
    )
}

#[test]
fn the_page_of_the_catalogue_is_what_the_catalogue_has() {
    let rows = rows();
    for Example(name, _, ids, _) in STABILITY_SIM.iter().chain(&DIALOGUE) {
        for id in *ids {
            assert!(
                rows.iter().any(|row| row.id == *id),
                "{name}: `{id}` is in no row"
            );
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CATALOGUE.md");
    let right = page(&rows);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, right).expect("the file can be written");
    } else {
        assert!(
            fs::read_to_string(path).unwrap_or_default() == right,
            "docs/CATALOGUE.md is out of date: \
            `UPDATE=1 cargo test --test suite catalogue` writes it anew"
        );
    }
}
