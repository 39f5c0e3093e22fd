//! Where to grow: the options of the command line as the library takes them.

use std::path::Path;

use semafield::engine::{Backend, Batch};
use semafield::error::Error;
use semafield::math::arithmetic::Precision;
use semafield::simulation::Options;

use crate::cli::{self, Where};

/// Where to grow, as the library takes it.
pub(crate) fn place(place: &Where, folder: &Path) -> Result<Options, Error> {
    let backend = match place.backend {
        cli::Backend::Auto => None,
        cli::Backend::Cpu => Some(Backend::Cpu),
        cli::Backend::Gpu => Some(Backend::Gpu),
    };
    let precision = match place.precision {
        cli::Precision::F32 => Precision::F32,
        cli::Precision::F64 => Precision::F64,
    };
    semafield::run::check_place(backend, precision)?;
    let threads = place.threads.map_or_else(available, usize::from);
    let (adapter, folder) = (place.adapter.clone(), folder.to_owned());
    Ok(Options { backend, adapter, threads, precision, folder, batch: Batch::default() })
}

/// Processors of this machine.
pub(crate) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
