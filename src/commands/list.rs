//! `squall list`: the scenarios of the catalogue, and all that it is to show.

use crate::arguments::{List, PlainFormat};
use crate::exit::Exit;
use crate::page::Page;
use crate::terminal::Terminal;
use scenarios::catalogue::{self, Row, THEMES};
use scenarios::schema::Scenario;
use scenarios::{Document, Source};
use serde_json::{Value, json};

pub(crate) fn list(wanted: &List, terminal: &Terminal) -> anyhow::Result<Exit> {
    let rows = catalogue::rows();
    terminal.print(&match (wanted.coverage, wanted.format) {
        (true, PlainFormat::Text) => coverage(&rows, terminal.width),
        (true, PlainFormat::Json) => pretty(rows.iter().map(coverage_of).collect()),
        (false, format) => {
            let listed = listed(rows, wanted.tag.as_deref())?;
            match format {
                PlainFormat::Text => text(&listed, terminal.width),
                PlainFormat::Json => pretty(listed.iter().map(entry).collect()),
            }
        }
    })?;
    Ok(Exit::Fine)
}

/// The rows that work and have the tag, with their scenarios, theme by theme.
fn listed(rows: Vec<Row>, tag: Option<&str>) -> anyhow::Result<Vec<(Row, Scenario)>> {
    let mut listed = vec![];
    for row in rows {
        if let Some(entry) = catalogue::find(&row.id) {
            let source = Source {
                name: entry.id.into(),
                text: entry.text.into(),
                folder: None,
            };
            listed.push((row, Document::parse(source)?.scenario(None, &[])?));
        }
    }
    let Some(tag) = tag else { return Ok(listed) };
    let tags = tags(&listed);
    listed.retain(|(_, scenario)| scenario.tags.iter().any(|has| has == tag));
    if listed.is_empty() {
        let tags = tags.join(", ");
        anyhow::bail!("no scenario has the tag `{tag}`; there are {tags}");
    }
    Ok(listed)
}

/// Every tag once, in order.
fn tags(listed: &[(Row, Scenario)]) -> Vec<String> {
    let mut tags: Vec<_> = listed.iter().flat_map(|(_, s)| s.tags.clone()).collect();
    tags.sort();
    tags.dedup();
    tags
}

fn text(listed: &[(Row, Scenario)], width: usize) -> String {
    let mut page = Page::new(width);
    for (number, theme) in (1..).zip(THEMES) {
        let of_theme = listed.iter().filter(|(row, _)| row.theme == number);
        let lines: Vec<_> = of_theme
            .map(|(row, _)| vec![row.id.clone(), row.failure.clone()])
            .collect();
        if !lines.is_empty() {
            page.heading(theme);
            page.table(2, lines, 0);
        }
    }
    page.finish().trim_start().to_owned()
}

fn entry((row, scenario): &(Row, Scenario)) -> Value {
    json!({
        "id": scenario.name,
        "theme": row.theme(),
        "summary": scenario.summary,
        "tags": scenario.tags,
    })
}

fn coverage_of(row: &Row) -> Value {
    json!({
        "id": row.id,
        "theme": row.theme(),
        "tier": row.tier,
        "failure": row.failure,
        "note": row.note,
        "works": row.works(),
    })
}

fn coverage(rows: &[Row], width: usize) -> String {
    let mut page = Page::new(width);
    page.paragraph(0, "+ works, - not yet; tier 1 is wanted first.");
    let counted = |rows: &[&Row]| {
        let work = rows.iter().filter(|row| row.works()).count();
        [work, rows.len()].map(|n| n.to_string())
    };
    let mut totals = vec![];
    for (number, theme) in (1..).zip(THEMES) {
        let of_theme: Vec<&Row> = rows.iter().filter(|row| row.theme == number).collect();
        let [work, all] = counted(&of_theme);
        page.heading(&format!("{theme} ({work} of {all})"));
        let line = |row: &&Row| {
            let mark = if row.works() { "+" } else { "-" };
            let (tier, note) = (row.tier, &row.note);
            let note = if note.is_empty() {
                String::new()
            } else {
                format!(" ({note})")
            };
            vec![
                format!("{mark} {tier}"),
                row.id.clone(),
                format!("{}{note}", row.failure),
            ]
        };
        page.table(0, of_theme.iter().map(line), 0);
        totals.push(vec![theme.to_owned(), work, all]);
    }
    let [work, all] = counted(&rows.iter().collect::<Vec<_>>());
    totals.push(vec!["all".to_owned(), work, all]);
    page.heading("What works, of how many");
    page.table(0, totals, 2);
    page.finish()
}

fn pretty(entries: Value) -> String {
    format!("{entries:#}\n")
}
