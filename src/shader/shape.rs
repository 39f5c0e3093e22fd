//! How the invocations of a kernel are laid over the cells: how many cells each computes, and which form a workgroup.
//!
//! In: a kernel. Out: the shapes that it can have, and its workgroups. Invariant: a shape changes which invocation
//! computes a cell, never by which operations: not a bit of the result.

use std::collections::BTreeSet;

use super::Placement;
use super::header::{Groups, WORKGROUP, groups_of, whole};
use crate::grid::Axis;
use crate::program::{Extent, Ghost, Kernel, Op, Program, Role};

/// Neighbouring cells of a row that an invocation computes; a component of them is one number or one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lanes {
    /// A cell.
    One,
    /// Four cells: a component is a `vec4<f32>`, one load for all four, and their neighbours along the row are in
    /// registers but for the outer two.
    Four,
}

impl Lanes {
    /// Their number.
    pub const fn count(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Four => 4,
        }
    }
}

/// Lanes and workgroups of the kernels over cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Cells of an invocation, where the kernel can have as many.
    pub lanes: Lanes,
    /// Invocations of a workgroup along x, y and z. One row of them does not end with the rows of the grid but goes on
    /// in the next.
    pub tile: [u32; 3],
}

impl Shape {
    /// The shape where nothing was measured.
    pub const DEFAULT: Self = Self { lanes: Lanes::Four, tile: [WORKGROUP, 1, 1] };

    /// One cell after the other, for what has no rows.
    const PLAIN: Self = Self { lanes: Lanes::One, tile: [WORKGROUP, 1, 1] };

    /// The shapes that are worth a try for a kernel where a workgroup has at most so many invocations, the one of the
    /// default first. Tiles that are nearly square are read with the fewest neighbours of other workgroups.
    pub fn candidates(placement: &Placement<'_>, kernel: &Kernel, invocations: u32) -> Vec<Self> {
        let tiles: &[[u32; 3]] = match placement.program.grid.axes() {
            1 => &[[64, 1, 1]],
            2 => &[[64, 1, 1], [64, 4, 1], [32, 8, 1], [16, 16, 1], [32, 16, 1]],
            _ => &[[64, 1, 1], [64, 4, 1], [32, 8, 1], [16, 4, 4], [16, 8, 4]],
        };
        let of_tiles = tiles.iter().map(|&tile| Self { tile, ..Self::DEFAULT });
        let of_tiles = of_tiles.filter(|shape| shape.workgroup() <= invocations);
        let mut shapes = Vec::new();
        for shape in [Self::DEFAULT, Self::PLAIN].into_iter().chain(of_tiles) {
            let nearest = shape.of(placement, kernel);
            if !shapes.contains(&nearest) {
                shapes.push(nearest);
            }
        }
        shapes
    }

    /// The nearest shape that a kernel can have: tiles for kernels over cells, four lanes if its rows are whole vectors.
    pub(super) fn of(self, placement: &Placement<'_>, kernel: &Kernel) -> Self {
        match kernel.extent {
            Extent::Cells if fits_four(placement, kernel) => self,
            Extent::Cells => Self { lanes: Lanes::One, ..self },
            Extent::Edges | Extent::Triangles | Extent::Wall(..) => Self::PLAIN,
        }
    }

    /// Whether a workgroup is a stretch of the cells in their order.
    pub(super) const fn is_linear(self) -> bool {
        self.tile[1] == 1 && self.tile[2] == 1
    }

    /// Invocations of a workgroup.
    pub(super) const fn workgroup(self) -> u32 {
        self.tile[0] * self.tile[1] * self.tile[2]
    }

    /// Tiles along x, y and z that cover an extent.
    pub(super) fn tiles(self, program: &Program, extent: Extent) -> [u32; 3] {
        let [x, y, z] = program.extent_shape(extent).map(whole);
        let [across, up, deep] = self.tile;
        [x.div_ceil(self.lanes.count()).div_ceil(across), y.div_ceil(up), z.div_ceil(deep)]
    }
}

/// Workgroups of a kernel, in the nearest shape that it can have.
pub fn kernel_groups(placement: &Placement<'_>, kernel: &Kernel, shape: Shape) -> Groups {
    let shape = shape.of(placement, kernel);
    if shape.is_linear() {
        let cells = placement.program.extent_cells(kernel.extent);
        let invocations = cells.div_ceil(shape.lanes.count() as usize);
        return groups_of(invocations, shape.workgroup());
    }
    let tiles = shape.tiles(placement.program, kernel.extent).map(|count| count as usize);
    groups_of(tiles.iter().product(), 1)
}

/// Whether rows are whole vectors of four, and every arena is read as vectors or, at walls, by the number.
pub(super) fn fits_four(placement: &Placement<'_>, kernel: &Kernel) -> bool {
    let program = placement.program;
    let slots = || kernel.ops.iter().filter_map(Op::slot).chain(kernel.stores.iter().map(|store| store.slot));
    let whole_rows = program.grid.cells_along(Axis::X).is_multiple_of(4);
    let plain = slots().all(|slot| program.buffer(slot.buffer).extent == Extent::Cells)
        && !kernel.ops.iter().any(|op| matches!(op, Op::Fetch { .. }));
    let vectors: BTreeSet<Role> = slots().map(|slot| placement.arena(slot.buffer)).collect();
    whole_rows && plain && wall_arenas(placement, kernel).is_disjoint(&vectors)
}

/// The arenas in which a kernel finds the coefficients of walls.
pub(super) fn wall_arenas(placement: &Placement<'_>, kernel: &Kernel) -> BTreeSet<Role> {
    let ghosts = kernel.ops.iter().filter_map(Op::slot).flat_map(|slot| placement.program.buffer(slot.buffer).ghosts);
    let wall = |ghost| if let Ghost::Affine(wall) = ghost { Some(placement.arena(wall)) } else { None };
    ghosts.flatten().filter_map(wall).collect()
}
