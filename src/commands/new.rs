//! What Squall writes for others to start from: a scenario, the schema, completions.

use crate::arguments::{Arguments, New};
use crate::exit::Exit;
use crate::input;
use crate::terminal::Terminal;
use anyhow::{Context, anyhow};
use clap::CommandFactory;
use clap_complete::Shell;
use scenarios::catalogue;
use std::fs::File;
use std::io::{ErrorKind, Write};

/// A small scenario with a comment on every line that a newcomer may want to change.
const STARTER: &str = include_str!("../starter.yaml");

/// `squall new`: writes a scenario file, never over another.
pub(crate) fn new(wanted: &New, terminal: &Terminal) -> anyhow::Result<Exit> {
    let text = match &wanted.from {
        Some(id) => catalogue::find(id).ok_or_else(|| input::unknown(id))?.text,
        None => STARTER,
    };
    let path = wanted.file.display();
    let mut file = File::create_new(&wanted.file).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!("`{path}` exists already; nothing was written"),
        _ => anyhow!(error).context(format!("cannot write `{path}`")),
    })?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("cannot write `{path}`"))?;
    terminal.note(format_args!(
        "{path} is written. Try: squall compare {path}"
    ));
    Ok(Exit::Fine)
}

/// `squall schema`: prints the JSON Schema of scenario files.
pub(crate) fn schema(terminal: &Terminal) -> anyhow::Result<Exit> {
    terminal.print(&format!("{:#}\n", scenarios::json_schema()))?;
    Ok(Exit::Fine)
}

/// `squall completions`: prints what a shell needs to complete commands.
pub(crate) fn completions(shell: Shell, terminal: &Terminal) -> anyhow::Result<Exit> {
    let all = Arguments::command();
    let visible = all
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    let mut command = clap::Command::new("squall")
        .args(all.get_arguments().cloned())
        .subcommands(visible.cloned());
    let mut script = vec![];
    clap_complete::generate(shell, &mut command, "squall", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
