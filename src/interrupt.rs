//! Ctrl-C: the first asks a study to stop, any other ends the process.

use crate::exit::Exit;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a study must stop; true as long as none is under way, so that Ctrl-C then ends the
/// process.
static STOP: AtomicBool = AtomicBool::new(true);

/// Handles Ctrl-C from now on.
pub(crate) fn listen() {
    let on_interrupt = || {
        if STOP.swap(true, Ordering::Relaxed) {
            Exit::Interrupted.now();
        }
        let _ = writeln!(
            std::io::stderr(),
            "\ninterrupted: finishing the runs under way; Ctrl-C again ends at once"
        );
    };
    // Where it cannot be handled, Ctrl-C ends the process as it always does.
    let _ = ctrlc::set_handler(on_interrupt);
}

/// Becomes true at the first Ctrl-C after this.
pub(crate) fn stop() -> &'static AtomicBool {
    STOP.store(false, Ordering::Relaxed);
    &STOP
}
