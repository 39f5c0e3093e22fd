//! Leaps: several steps in one pass over the arenas, made in the memory of workgroups.
//!
//! In: a Program whose steps are nothing but sweeps, and how much memory a workgroup has. Out: the leaps that fit, best
//! first, and the module of each (see `shaders/compute/leap.wgsl`). What a step changes is held as planes of a box: a tile
//! and a halo that is as wide as all sweeps of the leap reach (overlapped tiling: Krishnamoorthy et al. 2007). Invariant: a
//! leap makes the steps that it stands for, by the same operations: not a bit of the result.

mod text;

use std::collections::BTreeSet;

use super::header::{WORKGROUP, groups_of, whole};
use super::memory::Planes;
use super::shape::{fits_four, wall_arenas};
use super::{Groups, Lanes, Module, Placement, ShaderError};
use crate::program::{BufferId, Kernel, KernelId, Op, Slot};

/// Cells that all sweeps of a leap together should reach, as far as they divide so: vectors have four.
const REACHES: [u32; 3] = [2, 4, 8];
/// Parts of its memory that a workgroup may take: what it leaves is for others beside it.
const SHARES: [u32; 3] = [1, 2, 4];
/// Invocations of a workgroup along z that every adapter has.
const MOST_LAYERS: u32 = 64;
/// Cells of a row that a workgroup holds.
const ROWS: [u32; 4] = [16, 32, 64, 128];

/// How a leap is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leap {
    /// Steps in one pass.
    pub steps: u32,
    /// Cells that a workgroup holds along x, y and z, the halo included.
    pub span: [u32; 3],
}

/// What a workgroup may have on an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes of memory of its own.
    pub bytes: u32,
    /// Invocations.
    pub invocations: u32,
}

impl Room {
    /// What every adapter has.
    pub const LEAST: Self = Self { bytes: 16_384, invocations: WORKGROUP };
}

/// The leaps that the steps of a Program can be made in.
#[derive(Debug)]
pub struct Leaps<'p> {
    placement: &'p Placement<'p>,
    /// The sweeps of a step.
    kernels: Vec<KernelId>,
    planes: Planes,
    /// The buffers that steps hand on, and where their new values go.
    carried: Vec<(BufferId, BufferId)>,
    lanes: Lanes,
}

impl<'p> Leaps<'p> {
    /// The leaps of a Program; `None` if a step is more than sweeps or hands nothing on, or if there is no place for the
    /// new values.
    pub fn of(placement: &'p Placement<'p>) -> Option<Self> {
        let program = placement.program;
        let kernels = program.sweeps()?;
        let carried = program.spares().filter(|spares| !spares.is_empty())?;
        // An arena that would have become too long was left apart.
        let exchangeable = |(own, spare): &(BufferId, BufferId)| placement.arena(*own) == placement.arena(*spare);
        let all = || kernels.iter().map(|id| program.kernel(*id));
        let walls: BTreeSet<_> = all().flat_map(|kernel| wall_arenas(placement, kernel)).collect();
        let loads = all().flat_map(|kernel| kernel.ops.iter().filter_map(Op::slot));
        let mut vectors = loads.map(|slot| slot.buffer).chain(carried.iter().map(|(own, _)| *own));
        let apart = vectors.all(|buffer| !walls.contains(&placement.arena(buffer)));
        let lanes = if apart && all().all(|kernel| fits_four(placement, kernel)) { Lanes::Four } else { Lanes::One };
        let planes = Planes::new(program);
        carried.iter().all(exchangeable).then_some(Self { placement, kernels, planes, carried, lanes })
    }

    /// The buffers that a leap leaves in the place of another, each with that other.
    pub fn exchanges(&self) -> &[(BufferId, BufferId)] {
        &self.carried
    }

    /// The leaps that are worth a try, one for every number of steps and part of the memory; those that move the fewest
    /// bytes first.
    pub fn candidates(&self, room: Room) -> Vec<Leap> {
        let fewer_bytes = |a: &Leap, b: &Leap| self.bytes_moved(*a).total_cmp(&self.bytes_moved(*b));
        let reach = self.step_reach().into_iter().max().unwrap_or(0).max(1);
        let mut leaps: Vec<Leap> = Vec::new();
        for steps in REACHES.map(|cells| (cells / reach).max(1)) {
            for share in SHARES {
                let spans = self.spans(Room { bytes: room.bytes / share, ..room }, steps);
                let paying = spans.into_iter().map(|span| Leap { steps, span }).filter(|leap| self.pays(*leap, room));
                leaps.extend(paying.min_by(fewer_bytes).filter(|leap| !leaps.contains(leap)));
            }
        }
        leaps.sort_by(fewer_bytes);
        leaps
    }

    /// Whether a workgroup can make a leap.
    pub fn fit(&self, leap: Leap, room: Room) -> bool {
        let numbers = u64::from(self.vectors_held(leap)) * u64::from(self.lanes.count());
        let [columns, rows, layers] = self.workgroup(leap);
        let whole_vectors = leap.span[0].is_multiple_of(self.lanes.count());
        leap.steps > 0
            && whole_vectors
            && self.tile(leap).is_some()
            && numbers * 4 <= u64::from(room.bytes)
            && columns * rows * layers <= room.invocations
    }

    /// Workgroups of a leap.
    pub fn groups(&self, leap: Leap) -> Groups {
        groups_of(self.tiles(leap).map(|count| count as usize).iter().product(), 1)
    }

    /// The module of a leap; entry point `leap`.
    pub fn module(&self, leap: Leap) -> Result<Module, ShaderError> {
        text::module(self, leap)
    }

    /// Bytes that a leap moves per cell and step between the arenas and workgroups: what is carried is read with the halo
    /// and written once per leap, what is only read comes in every sweep.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand bytes")]
    pub fn bytes_per_cell_step(&self, leap: Leap) -> usize {
        self.bytes_moved(leap).round() as usize
    }

    fn bytes_moved(&self, leap: Leap) -> f64 {
        let Some(tile) = self.tile(leap) else { return f64::INFINITY };
        let cells = |sides: [u32; 3]| sides.map(f64::from).iter().product::<f64>();
        let carried: u32 = self.carried.iter().map(|(own, _)| self.placement.program.buffer(*own).components).sum();
        let read: usize = self.sweeps().map(|kernel| self.only_read(kernel).len()).sum();
        let per_leap = f64::from(carried) * (1.0 + cells(leap.span) / cells(tile));
        4.0 * (per_leap / f64::from(leap.steps) + f64::from(whole(read)))
    }

    /// Boxes that fill the memory, by the length of their rows.
    fn spans(&self, room: Room, steps: u32) -> Vec<[u32; 3]> {
        let program = self.placement.program;
        let lanes = self.lanes.count();
        let numbers = (room.bytes / 4).saturating_sub(2 * lanes) / self.planes.count().max(1);
        let (halo, shape) = (self.halo(steps), program.grid.shape().map(whole));
        // No more than the grid has, but whole vectors.
        let side = |axis: usize, cells: u32| cells.min(shape[axis].saturating_add(2 * halo[axis])).max(1);
        let row = |cells: u32| side(0, cells).next_multiple_of(lanes);
        match program.grid.axes() {
            1 => vec![[row((numbers / lanes * lanes).min(room.invocations.min(WORKGROUP) * lanes)), 1, 1]],
            2 => ROWS.map(|cells| [row(cells), side(1, numbers / row(cells)), 1]).to_vec(),
            _ => {
                let across = |cells| (numbers / row(cells)).isqrt();
                ROWS.map(|cells| [row(cells), side(1, across(cells)), side(2, across(cells))]).to_vec()
            }
        }
    }

    /// Whether a leap fits, is more than one sweep, and computes less in halos than in tiles.
    fn pays(&self, leap: Leap, room: Room) -> bool {
        let cells = |sides: [u32; 3]| sides.map(u64::from).iter().product::<u64>();
        let sweeps = leap.steps as usize * self.kernels.len();
        let half = self.tile(leap).is_some_and(|tile| 2 * cells(tile) >= cells(leap.span));
        sweeps > 1 && half && self.fit(leap, room)
    }

    /// The kernels of a step, in order.
    fn sweeps(&self) -> impl Iterator<Item = &'p Kernel> {
        let program = self.placement.program;
        self.kernels.iter().map(|id| program.kernel(*id))
    }

    /// How far a sweep reads what steps change, in cells along each axis.
    fn reach(&self, kernel: &Kernel) -> [u32; 3] {
        let mut reach = [0; 3];
        for op in &kernel.ops {
            if let Op::Load { slot, offset } = op
                && self.planes.hold(slot.buffer)
            {
                reach = [0, 1, 2].map(|axis| reach[axis].max(offset[axis].unsigned_abs().into()));
            }
        }
        reach
    }

    /// How far a step reads.
    fn step_reach(&self) -> [u32; 3] {
        self.sweeps().map(|kernel| self.reach(kernel)).fold([0; 3], added)
    }

    /// Cells round a tile that so many steps read; along x whole vectors.
    fn halo(&self, steps: u32) -> [u32; 3] {
        let [x, y, z] = self.step_reach().map(|cells| cells.saturating_mul(steps));
        [x.checked_next_multiple_of(self.lanes.count()).unwrap_or(u32::MAX), y, z]
    }

    /// Cells that a workgroup leaves behind, if there are any.
    fn tile(&self, leap: Leap) -> Option<[u32; 3]> {
        let halo = self.halo(leap.steps);
        let side = |axis: usize| leap.span[axis].checked_sub(halo[axis].checked_mul(2)?).filter(|&cells| cells > 0);
        Some([side(0)?, side(1)?, side(2)?])
    }

    /// Tiles along x, y and z that cover the grid.
    fn tiles(&self, leap: Leap) -> [u32; 3] {
        let tile = self.tile(leap).unwrap_or([1; 3]);
        let shape = self.placement.program.grid.shape().map(whole);
        [0, 1, 2].map(|axis| shape[axis].div_ceil(tile[axis]))
    }

    /// Vectors that a workgroup holds, one more at each end.
    fn vectors_held(&self, leap: Leap) -> u32 {
        let numbers = leap.span.iter().fold(self.planes.count(), |product, &cells| product.saturating_mul(cells));
        (numbers / self.lanes.count()).saturating_add(2)
    }

    /// Invocations of a workgroup: a column for every vector of a row, and as many rows and layers at once as there may be.
    fn workgroup(&self, leap: Leap) -> [u32; 3] {
        let columns = (leap.span[0] / self.lanes.count()).max(1);
        let rows = (WORKGROUP / columns).clamp(1, leap.span[1].max(1));
        let layers = (WORKGROUP / columns / rows).clamp(1, leap.span[2].clamp(1, MOST_LAYERS));
        [columns, rows, layers]
    }

    /// The slots that a kernel reads and no step changes.
    fn only_read(&self, kernel: &Kernel) -> BTreeSet<Slot> {
        kernel.ops.iter().filter_map(Op::slot).filter(|slot| !self.planes.hold(slot.buffer)).collect()
    }
}

fn added(a: [u32; 3], b: [u32; 3]) -> [u32; 3] {
    [0, 1, 2].map(|axis| a[axis] + b[axis])
}
