//! `semafield verify`

use std::process::ExitCode;

use semafield::engine::Backend;
use semafield::math::arithmetic::Precision;
use semafield::verify::{checks, places, verify as run_checks};

use super::place::available;
use crate::cli;
use crate::progress::Bars;

/// Runs the checks; 1 if one of them does not hold.
pub(crate) fn verify(arguments: &cli::Verify) -> anyhow::Result<ExitCode> {
    let backend = match arguments.backend {
        None | Some(cli::Backend::Auto) => None,
        Some(cli::Backend::Cpu) => Some(Backend::Cpu),
        Some(cli::Backend::Gpu) => Some(Backend::Gpu),
    };
    let precision = arguments.precision.map(|precision| match precision {
        cli::Precision::F32 => Precision::F32,
        cli::Precision::F64 => Precision::F64,
    });
    let places = places(backend, precision)?;
    let bars = Bars::new(false);
    let report = run_checks(&checks(), &places, arguments.long, available(), &bars);
    bars.finish();
    if arguments.json {
        super::print(&format!("{}\n", serde_json::to_string(&report)?));
    } else {
        super::print(&report.table());
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
