//! `semafield verify`

use std::process::ExitCode;

use semafield::verify::{checks, places, verify as run_checks};

use super::place::available;
use crate::cli;
use crate::progress::Bars;

/// Runs the checks; 1 if one of them does not hold.
pub(crate) fn verify(arguments: &cli::Verify) -> anyhow::Result<ExitCode> {
    let places = places(arguments.backend.and_then(cli::Backend::chosen), arguments.precision.map(Into::into))?;
    let bars = Bars::new(false);
    let report = run_checks(&checks(), &places, arguments.long, available(), &bars);
    bars.finish();
    super::answer(arguments.form, &report, || report.table())?;
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
