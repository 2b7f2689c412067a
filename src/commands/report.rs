//! `squall report`: draws results again.

use crate::arguments::Report;
use crate::destination::Destination;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::{files, input};

pub(crate) fn report(wanted: &Report, terminal: &Terminal) -> anyhow::Result<Exit> {
    let results = input::results(&wanted.dir.join(files::RESULTS))?;
    let destination = Destination::new(Some(&wanted.dir))?;
    let files = files::all(&results);
    let saved = destination.write(&results.identity.scenario, &files);
    terminal.print(&files::shown(&results, wanted.format, terminal.width))?;
    terminal.note(files::named(&files, &saved?.display().to_string()));
    Ok(Exit::Fine)
}
