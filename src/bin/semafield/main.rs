//! The command `semafield`: arguments, exit codes, messages. Everything else is the library's.

mod cli;
mod commands;
mod progress;

use clap::Parser as _;

fn main() -> std::process::ExitCode {
    commands::perform(cli::Arguments::parse())
}
