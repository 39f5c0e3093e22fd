//! The places where fields can be grown on this machine: back end, adapter, precision.
//!
//! In: what the user narrowed down. Out: places, the reference (CPU in f64) first. Invariant: a place that was asked
//! for by name and is not here is an error, never an empty list that "all hold" on.

use crate::engine::{Backend, EngineError};
use crate::error::Error;
use crate::math::arithmetic::Precision;

/// One back end in one precision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The back end.
    pub backend: Backend,
    /// The adapter's name, on a GPU.
    pub adapter: Option<String>,
    /// The format of all numbers.
    pub precision: Precision,
    /// Whether the adapter is a program that runs on the processor, which gets the short checks only.
    pub software: bool,
}

impl Place {
    /// The CPU in one precision.
    pub const fn cpu(precision: Precision) -> Self {
        Self { backend: Backend::Cpu, adapter: None, precision, software: false }
    }

    /// Name in tables.
    pub fn name(&self) -> String {
        match &self.adapter {
            None => format!("{} {}", self.backend.name(), self.precision.name()),
            Some(adapter) => {
                // Drivers append versions and buses in brackets.
                let short = adapter.split('(').next().unwrap_or(adapter).trim();
                format!("{} {} ({short})", self.backend.name(), self.precision.name())
            }
        }
    }
}

/// The places here that fit; both back ends and precisions where nothing was asked for.
pub fn places(backend: Option<Backend>, precision: Option<Precision>) -> Result<Vec<Place>, Error> {
    if backend == Some(Backend::Gpu) && precision == Some(Precision::F64) {
        return Err(EngineError::Precision("gpu", "f64").into());
    }
    let cpu = [Place::cpu(Precision::F64), Place::cpu(Precision::F32)];
    let fits = |place: &Place| {
        backend.is_none_or(|backend| backend == place.backend)
            && precision.is_none_or(|precision| precision == place.precision)
    };
    let found: Vec<_> = cpu.into_iter().chain(gpus()).filter(fits).collect();
    if found.is_empty() {
        return Err(EngineError::NoAdapter("this machine has none; use --backend cpu".into()).into());
    }
    Ok(found)
}

#[cfg(feature = "gpu")]
fn gpus() -> Vec<Place> {
    let all = crate::engine::gpu::adapters().into_iter();
    all.map(|adapter| Place {
        backend: Backend::Gpu,
        adapter: Some(adapter.name),
        precision: Precision::F32,
        software: !adapter.hardware,
    })
    .collect()
}

#[cfg(not(feature = "gpu"))]
fn gpus() -> Vec<Place> {
    vec![]
}
