//! Several steps in one dispatch, where nothing is drawn and nobody wants to see the steps between.
//!
//! In: a leap that a Program's steps can be made in. Out: a dispatch, and the exchange of names behind it. Invariant: after
//! a leap every name stands for the values that it would stand for after as many steps; those of stages are lost.

use super::device::Device;
use super::pipeline::{Entries, Pipeline};
use super::schedule::{Compiler, Recording, refused};
use super::tables::MOST_STEPS;
use crate::engine::EngineError;
use crate::program::BufferId;
use crate::shader::{Leap, Leaps, Placement, Room};

/// A leap, ready to run.
#[derive(Debug)]
pub(super) struct Leaper {
    pub(super) pipeline: Pipeline,
    /// Steps in one dispatch.
    pub(super) steps: usize,
    /// Bytes moved per cell and step.
    pub(super) bytes_moved: usize,
    exchanges: Vec<(BufferId, BufferId)>,
}

impl Leaper {
    /// Compiles a leap.
    pub(super) fn new(compiler: &Compiler<'_>, leap: Leap) -> Result<Self, EngineError> {
        let leaps = Leaps::of(compiler.placement)
            .filter(|leaps| leap.steps as usize <= MOST_STEPS && leaps.fit(leap, room(compiler.device)));
        let leaps =
            leaps.ok_or_else(|| EngineError::Refused(format!("{leap:?} is not for this program or adapter")))?;
        let module = leaps.module(leap).map_err(refused)?;
        Ok(Self {
            pipeline: compiler.pipeline(&module, "leap", leaps.groups(leap), None)?,
            steps: leap.steps as usize,
            bytes_moved: leaps.bytes_per_cell_step(leap),
            exchanges: leaps.exchanges().to_vec(),
        })
    }

    /// Puts the steps from one on into a pass.
    pub(super) fn record(&self, run: &mut Recording<'_, '_>, step: usize) {
        let entries = Entries { names: run.names.current(), step };
        self.pipeline.dispatch(run.pass, run.tables, entries);
        self.exchanges.iter().for_each(|&(own, spare)| run.names.swap(own, spare));
    }
}

/// The exchanges that leaps of a Program make, if it can have any.
pub(super) fn exchanges(placement: &Placement<'_>) -> Vec<(BufferId, BufferId)> {
    Leaps::of(placement).map_or(vec![], |leaps| leaps.exchanges().to_vec())
}

/// What a workgroup may have on a device.
pub(super) fn room(device: &Device) -> Room {
    let limits = device.raw.limits();
    Room {
        bytes: limits.max_compute_workgroup_storage_size,
        invocations: limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x),
    }
}
