//! Several sweeps over the grid in one pass through memory, tile by tile.
//!
//! In: a step that is nothing but kernels over all cells and exchanges of buffers. Out: tiles of slabs (rows in 2-D,
//! planes in 3-D), and the order in which the sweeps compute the slabs of a tile. In a first phase a tile loses one
//! slab per sweep at each inner end, in a second phase the gaps between the tiles grow by as much: what a sweep reads is
//! there, and nothing is overwritten that a sweep still needs, since kernels reach one slab at most (split tiling:
//! Henretty et al. 2013). Within a tile all sweeps advance together, each one slab behind the one before it (a wavefront:
//! Wellein et al. 2009), so that a core's cache need hold no more slabs than there are sweeps, however large the tile.
//! Invariants: within a phase no two tiles touch the same number but to read it; every cell is computed once per sweep,
//! by the same operations as without tiles: not a bit differs.

use std::ops::Range;

use super::memory::Layout;
use crate::grid::Axis;
use crate::program::{KernelId, Op, Program, Slot};

/// Bytes that the slabs under way may have: what most cores have in a cache of their own, less what else is there.
const CACHE_BYTES: usize = 3 << 19;
/// Sweeps in one pass at most: more save little traffic.
const MOST_SWEEPS: usize = 20;
/// Cells that a sweep computes before the next follows: enough to be worth a call, if they are a small part of the cache.
const PIECE_CELLS: usize = 8192;
/// Tiles that there should be, for threads to share, as long as they have the slabs that their sweeps need.
const TILES: usize = 16;
/// Slabs that a tile need not exceed: what the second phase reads again is a small share by then.
const ENOUGH_SLABS: usize = 64;

/// How a program is tiled.
#[derive(Debug)]
pub(super) struct Tiles {
    /// The kernels of a step, in order.
    pub kernels: Vec<KernelId>,
    /// Steps in one pass through memory.
    pub steps: u64,
    slabs: usize,
    per_tile: usize,
    /// Slabs that a sweep computes before the next follows.
    piece: usize,
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
        let kernels = program.sweeps()?;
        let slabs = layout.shape[axis.index()];
        let cells = layout.stride[axis.index()];
        let bytes = slots(program, &kernels) * cells * program.precision.bytes();
        let piece = (PIECE_CELLS / cells).min(CACHE_BYTES / 8 / bytes).max(1);
        // Beyond what the sweeps compute, a slab more at each end is read.
        let held = (CACHE_BYTES / bytes).saturating_sub(piece + 2);
        let sweeps = held.min(MOST_SWEEPS).min(slabs / 6);
        let steps = sweeps / kernels.len();
        let least = 3 * steps * kernels.len();
        let per_tile = (slabs / TILES).clamp(least, least.max(ENOUGH_SLABS));
        (steps > 0).then(|| {
            let tiles = (slabs / per_tile).max(2);
            let per_tile = slabs.div_ceil(tiles);
            let steps = u64::try_from(steps).expect("few sweeps");
            Self { kernels, steps, slabs, per_tile, piece, periodic: !program.grid.bounded(axis) }
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

    /// Hands out what the first `sweeps` sweeps compute of a tile, or of the gap below it: number of the sweep and
    /// slabs, in an order in which each finds what it reads.
    pub(super) fn wave(&self, phase: Phase, tile: usize, sweeps: usize, mut compute: impl FnMut(usize, Range<usize>)) {
        let slab = |slab: isize| slab.rem_euclid(signed(self.slabs)).cast_unsigned();
        let ranges = || (0..sweeps).map(|sweep| self.range(phase, tile, sweep));
        let first = ranges().map(|range| range.start).min().unwrap_or(0);
        let last = ranges().map(|range| range.end).max().unwrap_or(0) + signed(sweeps);
        // The slabs of a sweep in a round are those between two fronts that lag by one from sweep to sweep.
        for front in (first..last).step_by(self.piece) {
            for (sweep, range) in ranges().enumerate() {
                let behind = front - signed(sweep);
                let due = behind.max(range.start)..(behind + signed(self.piece)).min(range.end);
                // The gap between the ends of a periodic axis begins below the first slab.
                for due in [due.start..due.end.min(0), due.start.max(0)..due.end] {
                    if !due.is_empty() {
                        compute(sweep, slab(due.start)..slab(due.end - 1) + 1);
                    }
                }
            }
        }
    }

    /// The slabs that a sweep computes of a tile, or of the gap below it.
    fn range(&self, phase: Phase, tile: usize, sweep: usize) -> Range<isize> {
        let [start, end] = [tile, tile + 1].map(|tile| signed((tile * self.per_tile).min(self.slabs)));
        let sweep = signed(sweep);
        let moves = |inner: bool| if inner || self.periodic { sweep } else { 0 };
        match phase {
            Phase::Shrink => start + moves(tile > 0)..end - moves(tile + 1 < self.count()),
            Phase::Grow => start - moves(tile > 0)..start + moves(tile > 0),
        }
    }
}

/// A count as one of those that may be below zero.
fn signed(count: usize) -> isize {
    isize::try_from(count).expect("memory has fewer than 2^63 bytes")
}

/// The axis whose neighbours are furthest apart in memory.
pub(super) fn slab_axis(program: &Program) -> Option<Axis> {
    match program.grid.axes() {
        2 => Some(Axis::Y),
        3 => Some(Axis::Z),
        _ => None,
    }
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
            for piece in [1, 3, 40] {
                let tiles = Tiles { kernels: vec![], steps: 1, slabs, per_tile, piece, periodic };
                let mut done = vec![0_usize; slabs];
                let mut compute = |sweep: usize, range: Range<usize>| {
                    for slab in range.clone() {
                        assert_eq!(done[slab], sweep, "slab {slab}");
                        let below = slab.checked_sub(1).or(periodic.then_some(slabs - 1));
                        let above = Some(slab + 1).filter(|&next| next < slabs).or(periodic.then_some(0));
                        for other in [below, above].into_iter().flatten() {
                            assert!(done[other] == sweep || done[other] == sweep + 1, "slab {slab} at {sweep}");
                        }
                        done[slab] += 1;
                    }
                };
                for phase in [Phase::Shrink, Phase::Grow] {
                    // Any order of tiles is right; the last first is one.
                    (0..tiles.count()).rev().for_each(|tile| tiles.wave(phase, tile, 5, &mut compute));
                }
                assert!(done.iter().all(|&sweeps| sweeps == 5), "{done:?}");
            }
        }
    }
}
