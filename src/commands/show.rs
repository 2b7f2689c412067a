//! `squall show`: what a scenario is, before anything is run.

use crate::arguments::Show;
use crate::exit::Exit;
use crate::input;
use crate::page::Page;
use crate::terminal::Terminal;
use reports::ledger::{blocks, models};
use reports::quantity::{duration, quantity};
use scenarios::ledger::as_written;
use scenarios::results::{FaultSpan, Ledger, Unit};
use scenarios::schema::{RunLength, Scenario};
use scenarios::study::{self, BASELINE, Capacity, Overview};

pub(crate) fn show(wanted: &Show, terminal: &Terminal) -> anyhow::Result<Exit> {
    let document = input::document(&wanted.scenario)?;
    let variant = wanted.variant.as_deref();
    let scenario = document.scenario(variant, &wanted.set)?;
    let overview = study::overview(&document, variant, &wanted.set)?;
    let mut page = Page::new(terminal.width);
    if wanted.metrics {
        let metrics = overview.metrics.into_iter();
        page.table(0, metrics.map(|(name, what)| vec![name, what]), 0);
    } else {
        what(&mut page, &scenario, variant);
        system(&mut page, &overview);
        load(&mut page, &overview.capacities);
        faults(&mut page, &overview.faults);
        variants(&mut page, &scenario);
        list(&mut page, "Expectations", &expectations(&scenario));
        list(
            &mut page,
            "What it takes for granted",
            &scenario.assumptions,
        );
        list(&mut page, "Sources", &scenario.sources);
        let names = [variant.unwrap_or(BASELINE)];
        rests_on(&mut page, &document.ledger(&names, &wanted.set)?);
    }
    terminal.print(&page.finish())?;
    for warning in &overview.warnings {
        terminal.warn(warning);
    }
    Ok(Exit::Fine)
}

fn what(page: &mut Page, scenario: &Scenario, variant: Option<&str>) {
    let with = variant.map(|name| format!(" (with variant {name})"));
    page.paragraph(
        0,
        &format!(
            "{}{}: {}",
            scenario.name,
            with.unwrap_or_default(),
            scenario.summary
        ),
    );
    let length = match scenario.duration {
        RunLength::For(duration) => duration.to_string(),
        RunLength::Trace(_) => "as long as the trace".into(),
    };
    let Scenario {
        runs,
        warm_up,
        seed,
        ..
    } = scenario;
    page.paragraph(
        0,
        &format!("{runs} runs, each {length}, of which {warm_up} warm up; seed {seed}"),
    );
    if !scenario.tags.is_empty() {
        page.paragraph(0, &format!("tags: {}", scenario.tags.join(", ")));
    }
    if !scenario.story.is_empty() {
        page.heading("Story");
        page.lines(&scenario.story);
    }
}

fn system(page: &mut Page, overview: &Overview) {
    page.heading("System");
    let nodes = overview.topology.nodes.iter().map(|node| {
        let zones = match node.zones.as_slice() {
            [] => String::new(),
            zones => format!("in {}", zones.join(", ")),
        };
        vec![
            node.name.clone(),
            node.kind.clone(),
            node.detail.clone(),
            zones,
        ]
    });
    page.table(2, nodes, 0);
    page.heading("Calls");
    let calls = overview.topology.edges.iter();
    page.table(
        2,
        calls.map(|e| vec![format!("{} -> {}", e.from, e.to), e.label.clone()]),
        0,
    );
}

fn load(page: &mut Page, capacities: &[Capacity]) {
    page.heading("Load by arithmetic, before anything is run");
    let headings = ["", "offered", "capacity", "busy", "with cold caches"];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    rows.extend(capacities.iter().map(|node| {
        vec![
            node.node.clone(),
            quantity(Some(node.offered), Unit::PerSecond),
            quantity(node.capacity, Unit::PerSecond),
            quantity(node.utilisation, Unit::Share),
            quantity(node.cold_utilisation, Unit::Share),
        ]
    }));
    page.table(2, rows, headings.len() - 1);
}

fn faults(page: &mut Page, faults: &[FaultSpan]) {
    if faults.is_empty() {
        return;
    }
    page.heading("Faults");
    let rows = faults.iter().map(|fault| {
        let from = duration(fault.from);
        let when = match fault {
            FaultSpan { stays: true, .. } => format!("from {from} on"),
            FaultSpan {
                from: start, to, ..
            } if start < to => format!("{from} to {}", duration(*to)),
            _ => format!("at {from}"),
        };
        vec![when, fault.name.clone()]
    });
    page.table(2, rows, 0);
}

fn variants(page: &mut Page, scenario: &Scenario) {
    if !scenario.variants.is_empty() {
        page.heading("Variants");
    }
    for (name, variant) in &scenario.variants {
        page.paragraph(
            2,
            format!("{name}: {}", variant.summary).trim_end_matches(": "),
        );
        let uses = variant.uses.iter().map(|other| format!("as {other}"));
        let sets = variant
            .set
            .iter()
            .map(|(path, value)| format!("{path}: {}", as_written(value)));
        for change in uses.chain(sets) {
            page.paragraph(4, &change);
        }
    }
    for (path, values) in &scenario.vary {
        page.heading("Varied");
        let values: Vec<_> = values.iter().map(as_written).collect();
        page.paragraph(2, &format!("{path}: {}", values.join(", ")));
    }
}

/// What the scenario expects of its variants, and why.
fn expectations(scenario: &Scenario) -> Vec<String> {
    let expected = scenario.expect.iter();
    expected
        .map(|expect| match expect.because.trim() {
            "" => expect.that.clone(),
            because => format!("{}: {because}", expect.that),
        })
        .collect()
}

/// What figures will rest on besides what is written.
fn rests_on(page: &mut Page, ledger: &Ledger) {
    let parts = [
        ("Defaults that it uses", blocks(&ledger.defaults)),
        ("Distributions", ledger.distributions.clone()),
        ("What the models leave out", models(&ledger.not_modelled)),
    ];
    for (heading, entries) in parts {
        if !entries.is_empty() {
            page.heading(heading);
        }
        for (name, text) in entries {
            page.paragraph(2, &format!("{name}: {text}"));
        }
    }
}

fn list(page: &mut Page, heading: &str, items: &[String]) {
    if !items.is_empty() {
        page.heading(heading);
        page.table(
            2,
            items.iter().map(|item| vec!["-".into(), item.clone()]),
            0,
        );
    }
}
