//! Where an artefact comes from, as it says itself.

use crate::wording;
use scenarios::results::Identity;

/// What was run, without the command:
/// `squall 0.1.0, scenario cache-stampede, hash 0123456789abcdef, seed 1, 20 runs`.
pub(crate) fn run(identity: &Identity) -> String {
    let Identity {
        squall,
        scenario,
        hash,
        seed,
        ..
    } = identity;
    let runs = wording::counted(identity.runs as usize, "run");
    one_line(&format!(
        "squall {squall}, scenario {scenario}, hash {hash}, seed {seed}, {runs}"
    ))
}

/// What was run, and the command that runs it again, on one line.
pub(crate) fn origin(identity: &Identity) -> String {
    one_line(&format!("{}: {}", run(identity), identity.command))
}

/// A text that may stand in a comment.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
