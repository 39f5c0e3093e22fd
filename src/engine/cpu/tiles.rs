//! Several sweeps over the grid in one pass through memory, tile by tile.
//!
//! In: a step that is nothing but kernels over all cells and exchanges of buffers. Out: tiles of slabs (rows in 2-D,
//! planes in 3-D) that fit into a core's cache, and the slabs that each sweep computes of a tile. In a first phase a
//! tile loses one slab per sweep at each inner end, in a second phase the gaps between the tiles grow by as much: what
//! a sweep reads is there, and nothing is overwritten that a sweep still needs, since kernels reach one slab at most
//! (split tiling: Henretty et al. 2013). Invariants: within a phase no two tiles touch the same number but to read it;
//! every cell is computed once per sweep, by the same operations as without tiles: not a bit differs.

use std::ops::Range;

use super::memory::Layout;
use crate::grid::Axis;
use crate::program::{Buffer, Extent, KernelId, Op, Pass, Program, Slot};

/// Bytes that a tile may have: what most cores have in a cache of their own, less what else is there.
const TILE_BYTES: usize = 640 << 10;
/// Sweeps in one pass at most: more save little traffic.
const MOST_SWEEPS: usize = 24;

/// How a program is tiled.
#[derive(Debug)]
pub(super) struct Tiles {
    /// The kernels of a step, in order.
    pub kernels: Vec<KernelId>,
    /// Steps in one pass through memory.
    pub steps: u64,
    slabs: usize,
    per_tile: usize,
    periodic: bool,
}

/// Which slabs are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Tiles that shrink.
    Shrink,
    /// The gaps between them, which grow.
    Grow,
}

impl Tiles {
    /// The tiles of a program, or `None` where a plain sweep is right.
    pub(super) fn new(program: &Program, layout: &Layout) -> Option<Self> {
        let axis = slab_axis(program)?;
        let kernels = only_kernels(program)?;
        let slabs = layout.shape[axis.index()];
        let bytes = slots(program, &kernels) * layout.stride[axis.index()] * program.precision.bytes();
        // Two slabs more than the tile has are read.
        let per_tile = (TILE_BYTES / bytes).saturating_sub(2).min(slabs / 2);
        let sweeps = (per_tile / 3).min(MOST_SWEEPS);
        let steps = u64::try_from(sweeps / kernels.len()).expect("few sweeps");
        (steps > 0).then(|| {
            let tiles = slabs / per_tile;
            Self { kernels, steps, slabs, per_tile: slabs.div_ceil(tiles), periodic: !program.grid.bounded(axis) }
        })
    }

    /// Number of slabs.
    pub(super) fn slabs(&self) -> usize {
        self.slabs
    }

    /// Number of tiles, and of gaps.
    pub(super) fn count(&self) -> usize {
        self.slabs.div_ceil(self.per_tile)
    }

    /// The slabs that sweep number `sweep` computes of a tile, or of the gap below it: one range, or two where the gap
    /// is that between the ends of a periodic axis.
    pub(super) fn range(&self, phase: Phase, tile: usize, sweep: usize) -> [Range<usize>; 2] {
        let (start, end) = (tile * self.per_tile, ((tile + 1) * self.per_tile).min(self.slabs));
        let fixed = |inner: bool| inner || self.periodic;
        match phase {
            Phase::Shrink => {
                let low = if fixed(tile > 0) { start + sweep } else { start };
                let high = if fixed(tile + 1 < self.count()) { end - sweep } else { end };
                [low..high, 0..0]
            }
            Phase::Grow if tile > 0 => [start - sweep..start + sweep, 0..0],
            Phase::Grow if self.periodic => [self.slabs - sweep..self.slabs, 0..sweep],
            Phase::Grow => [0..0, 0..0],
        }
    }
}

/// The axis whose neighbours are furthest apart in memory.
pub(super) fn slab_axis(program: &Program) -> Option<Axis> {
    match program.grid.axes() {
        2 => Some(Axis::Y),
        3 => Some(Axis::Z),
        _ => None,
    }
}

/// The kernels of a step, if it has nothing that sees the whole grid at once.
fn only_kernels(program: &Program) -> Option<Vec<KernelId>> {
    let mut kernels = Vec::new();
    for pass in &program.step {
        match pass {
            Pass::Run(id) if program.kernel(*id).extent == Extent::Cells => kernels.push(*id),
            Pass::Swap(a, b) if exchangeable(program.buffer(*a), program.buffer(*b)) => {}
            // Skipped as long as what it is multiplied by is 0: the caller sees to that.
            Pass::Normal { zero_when, .. } if !zero_when.is_empty() => {}
            Pass::Run(_)
            | Pass::Swap(..)
            | Pass::Normal { .. }
            | Pass::Reduce { .. }
            | Pass::Fourier { .. }
            | Pass::Gather { .. } => return None,
        }
    }
    (!kernels.is_empty()).then_some(kernels)
}

fn exchangeable(a: &Buffer, b: &Buffer) -> bool {
    a.extent == Extent::Cells && a.ghosts == b.ghosts
}

/// Number of different slots that the kernels read or write.
fn slots(program: &Program, kernels: &[KernelId]) -> usize {
    let of = |id: &KernelId| {
        let kernel = program.kernel(*id);
        let loads = kernel.ops.iter().filter_map(|op| if let Op::Load { slot, .. } = op { Some(*slot) } else { None });
        loads.chain(kernel.stores.iter().map(|store| store.slot)).collect::<Vec<Slot>>()
    };
    let mut slots: Vec<Slot> = kernels.iter().flat_map(of).collect();
    slots.sort();
    slots.dedup();
    slots.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every sweep computes every slab once, after its neighbours' previous values and before they are lost.
    #[test]
    fn sweeps_come_in_an_order_that_keeps_what_they_need() {
        for (slabs, per_tile, periodic) in [(64, 16, true), (64, 16, false), (61, 17, true), (50, 25, false)] {
            let tiles = Tiles { kernels: vec![], steps: 1, slabs, per_tile, periodic };
            let mut done = vec![0_usize; slabs];
            for phase in [Phase::Shrink, Phase::Grow] {
                // Any order of tiles is right; the last first is one.
                for tile in (0..tiles.count()).rev() {
                    for sweep in 0..5 {
                        for slab in tiles.range(phase, tile, sweep).into_iter().flatten() {
                            assert_eq!(done[slab], sweep, "slab {slab}");
                            for other in [slab.checked_sub(1), Some(slab + 1).filter(|&next| next < slabs)] {
                                let Some(other) = other.or(periodic.then_some((slab + slabs - 1) % slabs)) else {
                                    continue;
                                };
                                assert!(done[other] == sweep || done[other] == sweep + 1, "slab {slab} at {sweep}");
                            }
                            done[slab] += 1;
                        }
                    }
                }
            }
            assert!(done.iter().all(|&sweeps| sweeps == 5), "{done:?}");
        }
    }
}
