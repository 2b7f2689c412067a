//! `squall list`: the scenarios of the catalogue.

use crate::arguments::{List, PlainFormat};
use crate::exit::Exit;
use crate::page::Page;
use crate::terminal::Terminal;
use scenarios::schema::Scenario;
use scenarios::{Document, Source, catalogue};
use serde_json::json;

pub(crate) fn list(wanted: &List, terminal: &Terminal) -> anyhow::Result<Exit> {
    let mut scenarios = vec![];
    for entry in catalogue::ENTRIES {
        let source = Source {
            name: entry.id.into(),
            text: entry.text.into(),
            folder: None,
        };
        scenarios.push(Document::parse(source)?.scenario(None, &[])?);
    }
    if let Some(tag) = &wanted.tag {
        let tags: Vec<_> = tags(&scenarios);
        scenarios.retain(|scenario| scenario.tags.contains(tag));
        if scenarios.is_empty() {
            anyhow::bail!(
                "no scenario has the tag `{tag}`; there are {}",
                tags.join(", ")
            );
        }
    }
    terminal.print(&match wanted.format {
        PlainFormat::Text => text(&scenarios, terminal.width),
        PlainFormat::Json => json(&scenarios),
    })?;
    Ok(Exit::Fine)
}

/// Every tag once, in order.
fn tags(scenarios: &[Scenario]) -> Vec<String> {
    let mut tags: Vec<_> = scenarios.iter().flat_map(|s| s.tags.clone()).collect();
    tags.sort();
    tags.dedup();
    tags
}

fn text(scenarios: &[Scenario], width: usize) -> String {
    let mut page = Page::new(width);
    let rows = scenarios.iter().map(|scenario| {
        let tags = scenario.tags.join(", ");
        vec![scenario.name.clone(), scenario.summary.clone(), tags]
    });
    page.table(0, rows, 0);
    page.finish()
}

fn json(scenarios: &[Scenario]) -> String {
    let entries = scenarios.iter().map(|scenario| {
        let Scenario {
            name,
            summary,
            tags,
            ..
        } = scenario;
        json!({ "id": name, "summary": summary, "tags": tags })
    });
    format!("{:#}\n", entries.collect::<serde_json::Value>())
}
