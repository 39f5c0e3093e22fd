//! What the schedule needs to know of a kernel: where it runs, what it reads of its neighbours, what it writes.
//!
//! In: a Program. Out: a [`KernelUse`] for each kernel, from which a [`Place`] makes a [`Job`]. Invariant: whoever
//! writes a buffer whose ghosts somebody loads, under whatever name, keeps them.

use crate::engine::cpu::bands::Bands;
use crate::engine::cpu::ghosts::Walls;
use crate::engine::cpu::memory::Layout;
use crate::engine::cpu::native::Job;
use crate::grid::Axis;
use crate::program::{BufferId, Kernel, Op, Pass, Program};

/// What the schedule needs to know of a kernel.
pub(super) struct KernelUse {
    pub(super) layout: Layout,
    pub(super) bands: Bands,
    /// Buffers loaded at another cell than the own.
    pub(super) neighbours: Vec<BufferId>,
    /// Buffers written.
    pub(super) written: Vec<BufferId>,
    /// Those written whose ghosts somebody loads.
    pub(super) ghosted: Vec<BufferId>,
}

impl KernelUse {
    /// The use of every kernel, in order.
    pub(super) fn all(program: &Program) -> Vec<Self> {
        let ghosted = ghosted(program);
        program.kernels.iter().map(|kernel| Self::new(program, kernel, &ghosted)).collect()
    }

    fn new(program: &Program, kernel: &Kernel, ghosted: &[bool]) -> Self {
        let layout = Layout::new(program, kernel.extent);
        let mut written: Vec<BufferId> = kernel.stores.iter().map(|store| store.slot.buffer).collect();
        written.sort();
        written.dedup();
        Self {
            bands: Bands::new(&layout),
            neighbours: neighbours(kernel),
            ghosted: written.iter().copied().filter(|buffer| ghosted[buffer.0 as usize]).collect(),
            written,
            layout,
        }
    }
}

/// Where kernels run.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) program: &'a Program,
    pub(super) layouts: &'a [Layout],
    pub(super) walls: &'a Walls,
}

impl<'a> Place<'a> {
    /// One kernel over all of its extent, by one thread.
    pub(super) fn job<T>(self, kernel: &'a KernelUse, position: usize, uniforms: &'a [T]) -> Job<'a, T> {
        Job {
            kernel: position,
            layout: &kernel.layout,
            bands: &kernel.bands,
            parallel: false,
            buffers: &self.program.buffers,
            layouts: self.layouts,
            uniforms,
            fill_x: if kernel.bands.whole_rows() { &kernel.ghosted } else { &[] },
            periodic_x: !self.program.grid.bounded(Axis::X),
            wall_x: self.walls.along(Axis::X),
            graph: self.program.grid.graph().map(AsRef::as_ref),
        }
    }
}

/// Buffers that a kernel loads at another cell than the own.
fn neighbours(kernel: &Kernel) -> Vec<BufferId> {
    let mut buffers: Vec<BufferId> = kernel
        .ops
        .iter()
        .filter_map(|op| match op {
            Op::Load { slot, offset } if *offset != [0; 3] => Some(slot.buffer),
            _ => None,
        })
        .collect();
    buffers.sort();
    buffers.dedup();
    buffers
}

/// Per buffer: whether its ghosts are loaded, under its own name or under one that it is swapped with.
fn ghosted(program: &Program) -> Vec<bool> {
    let mut ghosted = vec![false; program.buffers.len()];
    for buffer in program.kernels.iter().flat_map(neighbours) {
        ghosted[buffer.0 as usize] = true;
    }
    // As often as a name can be handed on.
    for _ in &program.buffers {
        for pass in program.prepare.iter().chain(&program.step) {
            if let Pass::Swap(a, b) = pass {
                let either = ghosted[a.0 as usize] || ghosted[b.0 as usize];
                (ghosted[a.0 as usize], ghosted[b.0 as usize]) = (either, either);
            }
        }
    }
    ghosted
}
