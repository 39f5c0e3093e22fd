//! One file per command. Exit codes: 0 done, 1 the run failed or diverged, 2 bad input or usage. Messages go to
//! stderr, results to stdout.

mod bench;
mod check;
mod devices;
mod emit;
mod evaluate;
mod frames;
mod influence;
mod links;
mod notes;
#[cfg(feature = "app")]
mod open;
mod place;
mod plant;
mod run;
mod sweep;
mod topology;
mod transfer;
mod verify;

use std::process::ExitCode;

use semafield::error::Error;
use serde::Serialize;

use crate::cli::{Arguments, Command, Form};

/// Performs a command and says what went wrong, if anything did.
pub(crate) fn perform(arguments: Arguments) -> ExitCode {
    let done = |()| ExitCode::SUCCESS;
    let outcome = match arguments.command {
        Command::Run(arguments) => run::run(&arguments).map(done),
        #[cfg(feature = "app")]
        Command::Open(arguments) => open::open(&arguments).map(done),
        Command::Plant(arguments) => plant::plant(&arguments).map(done),
        Command::Check(arguments) => check::check(&arguments).map(done),
        Command::Emit(arguments) => emit::emit(&arguments).map(done),
        Command::Topology(arguments) => topology::topology(&arguments).map(done),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments).map(done),
        Command::Sweep(arguments) => sweep::sweep(&arguments).map(done),
        Command::Transfer(arguments) => transfer::transfer(&arguments).map(done),
        Command::Links(arguments) => links::links(&arguments).map(done),
        Command::Influence(arguments) => influence::influence(&arguments).map(done),
        Command::Frames(arguments) => frames::frames(&arguments).map(done),
        Command::Evaluate(arguments) => evaluate::evaluate(&arguments).map(done),
        Command::Devices(arguments) => devices::devices(&arguments).map(done),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => report(&failure),
    }
}

fn report(failure: &anyhow::Error) -> ExitCode {
    let known = failure.downcast_ref::<Error>();
    // Diagnostics of a seed bring their own heading.
    let heading = if matches!(known, Some(Error::Seed { .. })) { "" } else { "error: " };
    say(&format!("{heading}{failure}"));
    ExitCode::from(known.map_or(1, Error::exit_code))
}

/// Says a warning; one about a seed's text brings its own heading.
fn warn(warning: &str) {
    say(&format!("warning: {}", warning.trim_start_matches("warning: ").trim_end()));
}

/// Says something on stderr.
fn say(message: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

/// Prints a result in the form that was asked for.
fn answer(form: Form, result: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    print(&if form.json { serde_json::to_string(result)? + "\n" } else { text() })
}

/// Prints a text; a reader that has gone away (a closed pipe) is no error, a result that is lost otherwise is one.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::{ErrorKind, Write as _};
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(Error::file("standard output", why).into()),
        _ => Ok(()),
    }
}
