//! Where to grow: the options of the command line as the library takes them.

use std::path::Path;

use semafield::engine::{self, Batch};
use semafield::error::Error;
use semafield::math::arithmetic;
use semafield::simulation::Options;

use crate::cli::{Backend, Precision, Where};

impl Backend {
    /// The back end that was asked for; `None` leaves the choice to the library.
    pub(crate) fn chosen(self) -> Option<engine::Backend> {
        match self {
            Self::Auto => None,
            Self::Cpu => Some(engine::Backend::Cpu),
            Self::Gpu => Some(engine::Backend::Gpu),
        }
    }
}

impl From<Precision> for arithmetic::Precision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32,
            Precision::F64 => Self::F64,
        }
    }
}

/// Where to grow, as the library takes it.
pub(crate) fn place(place: &Where, folder: &Path) -> Result<Options, Error> {
    let (backend, precision) = (place.backend.chosen(), place.precision.into());
    semafield::run::check_place(backend, precision)?;
    let threads = place.threads.map_or_else(available, usize::from);
    let (adapter, folder) = (place.adapter.clone(), folder.to_owned());
    Ok(Options { backend, adapter, threads, precision, folder, batch: Batch::default() })
}

/// Processors of this machine.
pub(crate) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
