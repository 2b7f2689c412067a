//! `squall report`: draws results again.

use crate::arguments::Report;
use crate::destination::Destination;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::{files, input};
use anyhow::anyhow;

pub(crate) fn report(wanted: &Report, terminal: &Terminal) -> anyhow::Result<Exit> {
    let path = wanted.dir.join(files::RESULTS);
    let text = input::text(&path)?;
    let results = reports::json::from_json(&text)
        .map_err(|error| anyhow!("cannot read `{}`: {error}", path.display()))?;
    let destination = Destination::new(Some(&wanted.dir))?;
    let files = files::all(&results);
    let saved = destination.write(&results.identity.scenario, &files);
    terminal.print(&files::shown(&results, wanted.format, terminal.width))?;
    terminal.note(files::named(&files, &saved?.display().to_string()));
    Ok(Exit::Fine)
}
