//! Where to grow: the options of the command line as the library takes them.

use std::path::Path;

use semafield::engine::{self, Batch};
use semafield::error::Error;
use semafield::math::arithmetic;
use semafield::simulation::Options;
use semafield::simulation::trace::Header;

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

/// Where to grow, as the library takes it. What is not asked for is as in the life that is lived again, where that can be
/// had here.
pub(crate) fn place(place: &Where, folder: &Path, lived: Option<&Header>) -> Result<Options, Error> {
    let mut backend = asked(place.backend, place.adapter.as_deref())?;
    let mut precision = place.precision.map(arithmetic::Precision::from);
    let mut adapter = place.adapter.clone();
    let agrees = |header: &&Header| {
        backend.is_none_or(|backend| backend.name() == header.backend)
            && precision.is_none_or(|precision| precision.name() == header.precision)
    };
    if let Some(header) = lived.filter(agrees) {
        if header.backend == engine::Backend::Cpu.name() {
            backend = Some(engine::Backend::Cpu);
        } else if adapter.is_none() && is_here(&header.adapter) {
            (backend, adapter) = (Some(engine::Backend::Gpu), Some(header.adapter.clone()));
        }
        if header.precision == arithmetic::Precision::F64.name() {
            precision = Some(arithmetic::Precision::F64);
        }
    }
    let precision = precision.unwrap_or(arithmetic::Precision::F32);
    semafield::run::check_place(backend, precision)?;
    let threads = place.threads.map_or_else(available, usize::from);
    Ok(Options { backend, adapter, threads, precision, folder: folder.to_owned(), batch: Batch::default() })
}

/// The back end that was asked for; who names an adapter asks for a GPU.
pub(crate) fn asked(backend: Backend, adapter: Option<&str>) -> Result<Option<engine::Backend>, Error> {
    match (backend, adapter) {
        (Backend::Cpu, Some(name)) => {
            let help = "leave --adapter out, or ask for --backend gpu";
            Err(Error::Input(format!("--backend cpu has no adapter `{name}`\n  = help: {help}")))
        }
        (Backend::Auto, Some(_)) => Ok(Some(engine::Backend::Gpu)),
        (backend, _) => Ok(backend.chosen()),
    }
}

/// Whether this machine has a GPU adapter of exactly this name.
#[cfg(feature = "gpu")]
fn is_here(adapter: &str) -> bool {
    engine::gpu::adapters().iter().any(|here| here.name == adapter)
}

#[cfg(not(feature = "gpu"))]
fn is_here(_adapter: &str) -> bool {
    false
}

/// Processors of this machine.
pub(crate) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
