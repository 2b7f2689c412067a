//! The command line of Squall: what was asked for, who does it, and how it ended.

mod arguments;
mod commands;
mod destination;
mod exit;
mod files;
mod input;
mod interrupt;
mod page;
mod progress;
mod stamp;
mod terminal;
mod whole;

use arguments::{Arguments, Command};
use clap::Parser;
use commands::{check, diff, list, new, report, reproduce, show, study, test, verify};
use exit::Exit;
use terminal::Terminal;

fn main() -> Exit {
    exit::when_panicking();
    interrupt::listen();
    let arguments = Arguments::parse();
    let terminal = Terminal::new(arguments.quiet, arguments.color);
    let ended = match arguments.command {
        Command::List(wanted) => list::list(&wanted, &terminal),
        Command::Show(wanted) => show::show(&wanted, &terminal),
        Command::Run(wanted) => study::run(&wanted, &terminal),
        Command::Compare(wanted) => study::compare(&wanted, &terminal),
        Command::Test(wanted) => test::test(&wanted, &terminal),
        Command::Check(wanted) => check::check(&wanted, &terminal),
        Command::New(wanted) => new::new(&wanted, &terminal),
        Command::Schema => new::schema(&terminal),
        Command::Report(wanted) => report::report(&wanted, &terminal),
        Command::Verify(wanted) => verify::verify(wanted, &terminal),
        Command::Reproduce(wanted) => reproduce::reproduce(&wanted, &terminal),
        Command::Diff(wanted) => diff::diff(&wanted, &terminal),
        Command::Fingerprints(wanted) => verify::fingerprints(&wanted, &terminal),
        Command::Completions { shell } => new::completions(shell, &terminal),
    };
    ended.unwrap_or_else(|error| terminal.explain(&error))
}
