//! How a command ends: the exit codes.

use std::io::Write;
use std::process::{ExitCode, Termination};

/// What the exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Fine,
    /// What was to hold does not: an expectation is violated, or two results differ.
    Violated,
    /// Bad input or usage, unreadable, unwritable, or over budget.
    Refused,
    /// There is not enough data to tell.
    Undecided,
    /// A mistake in Squall itself.
    Mistake,
    /// Interrupted by the user.
    Interrupted,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Violated => 1,
            Exit::Refused => 2,
            Exit::Undecided => 3,
            Exit::Mistake => 70,
            Exit::Interrupted => 130,
        }
    }

    /// Ends the process at once.
    pub(crate) fn now(self) -> ! {
        std::process::exit(self.code().into())
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.code().into()
    }
}

/// Makes a panic ask for a report that can be acted on.
pub(crate) fn when_panicking() {
    std::panic::set_hook(Box::new(|panic| {
        let command: Vec<_> = std::env::args().collect();
        // Nobody is left to tell when standard error is closed as well.
        let _ = writeln!(
            std::io::stderr(),
            "\nThis is a mistake in Squall {}, not in what you did. Please report it with this:\n\n  \
             {}\n  {panic}\n",
            env!("CARGO_PKG_VERSION"),
            command.join(" "),
        );
        Exit::Mistake.now()
    }));
}
