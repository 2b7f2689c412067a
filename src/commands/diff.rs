//! `squall diff`: what differs between two results beyond noise.

use crate::arguments::{Diff, PlainFormat};
use crate::exit::Exit;
use crate::input;
use crate::terminal::Terminal;
use anyhow::ensure;
use scenarios::contrast::contrast;

pub(crate) fn diff(wanted: &Diff, terminal: &Terminal) -> anyhow::Result<Exit> {
    let (a, b) = (input::results(&wanted.a)?, input::results(&wanted.b)?);
    let contrast = contrast(&a, &b, wanted.all);
    ensure!(
        !contrast.variants.is_empty(),
        "these results have no variant in common: {} in `{}`; {} in `{}`",
        contrast.only_a.join(", "),
        wanted.a.display(),
        contrast.only_b.join(", "),
        wanted.b.display(),
    );
    terminal.print(&match wanted.format {
        PlainFormat::Text => reports::terminal::contrast(&contrast, terminal.width),
        PlainFormat::Json => reports::json::contrast_to_json(&contrast),
    })?;
    Ok(if contrast.is_beyond_noise() {
        Exit::Violated
    } else if contrast.is_undecided() {
        Exit::Undecided
    } else {
        Exit::Fine
    })
}
