//! Ghost cells: what a load finds beyond the ends of an axis. In: a padded component. Out: the same with its ghosts.
//!
//! Invariant: axes are filled in the order x, y, z, each over the ghosts of the axes before it, so that edges and
//! corners follow the rule of the later axis. A wall's coefficients at such a ghost are those of the cell it repeats
//! (periodic axis) or of the nearest cell (bounded axis); but beyond an x wall with a condition of its own they go on
//! linearly, else the diagonals of the 9-point stencil would be wrong by O(h) in the corners of the domain.

use std::ops::Range;

use super::memory::{Layout, Storage};
use super::real::Real;
use crate::grid::{Axis, Grid};
use crate::program::{Buffer, BufferId, Extent, Ghost, Program, Side};

/// What lies beyond one end of an axis.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule<'a, T> {
    /// The cell at the other end.
    Wrap,
    /// The nearest cell.
    Mirror,
    /// 0.
    Zero,
    /// `scale * nearest + shift`, both padded components of a wall.
    Affine { scale: &'a [T], shift: &'a [T] },
}

impl<'a, T: Real> Rule<'a, T> {
    /// The rule for one component; `wall` finds a component of a wall buffer.
    pub(super) fn new(
        ghost: Ghost,
        periodic: bool,
        component: usize,
        wall: impl Fn(BufferId, usize) -> &'a [T],
    ) -> Self {
        match ghost {
            _ if periodic => Self::Wrap,
            Ghost::Mirror => Self::Mirror,
            Ghost::Zero => Self::Zero,
            Ghost::Affine(buffer) => Self::Affine { scale: wall(buffer, 0), shift: wall(buffer, 1 + component) },
        }
    }

    /// The ghost's value from the nearest cell, the cell at the other end and the position in the wall.
    fn value(&self, nearest: T, opposite: T, wall: usize) -> T {
        match self {
            Self::Wrap => opposite,
            Self::Mirror => nearest,
            Self::Zero => T::ZERO,
            Self::Affine { scale, shift } => T::affine(scale[wall], nearest, shift[wall]),
        }
    }
}

/// Fills the x ghosts of some rows. `numbers` starts at `region` of the padded component; `wall` is the layout of the
/// walls along x.
pub(super) fn fill_x<T: Real>(
    numbers: &mut [T],
    region: usize,
    rows: Range<usize>,
    layout: &Layout,
    wall: &Layout,
    rules: [Rule<'_, T>; 2],
) {
    for row in rows {
        let first = layout.row_start(row) - region;
        let last = first + layout.shape[0] - 1;
        let (low, high) = (numbers[first], numbers[last]);
        numbers[first - 1] = rules[0].value(low, high, wall.row_start(row));
        numbers[last + 1] = rules[1].value(high, low, wall.row_start(row));
    }
}

/// The layouts of the walls along x, y, z.
#[derive(Debug)]
pub(super) struct Walls([Layout; 3]);

impl Walls {
    /// Those of a program's grid.
    pub(super) fn new(program: &Program) -> Self {
        Self(Axis::ALL.map(|axis| Layout::new(program, Extent::Wall(axis, Side::Low))))
    }

    /// The layout of either wall of an axis.
    pub(super) fn along(&self, axis: Axis) -> &Layout {
        &self.0[axis.index()]
    }
}

/// Fills the ghosts of a buffer along some axes (in the order x, y, z).
pub(super) fn fill<T: Real>(
    program: &Program,
    walls: &Walls,
    storage: &mut [Storage],
    buffer: BufferId,
    axes: &[Axis],
) {
    let position = buffer.0 as usize;
    let declared = &program.buffers[position];
    let layout = Layout::new(program, declared.extent);
    // The wall buffers are read meanwhile.
    let mut own = std::mem::take(&mut storage[position]);
    for component in 0..declared.components as usize {
        for &axis in axes.iter().filter(|axis| layout.ghosts[axis.index()]) {
            let wall = walls.along(axis);
            let periodic = !program.grid.bounded(axis);
            let rules: [Rule<'_, T>; 2] = declared.ghosts[axis.index()].map(|ghost| {
                Rule::new(ghost, periodic, component, |wall_buffer, component| {
                    storage[wall_buffer.0 as usize].component(wall, component)
                })
            });
            let numbers = own.component_mut(&layout, component);
            if axis == Axis::X {
                fill_x(numbers, 0, 0..layout.rows(), &layout, wall, rules);
                continue;
            }
            for (side, rule) in [Side::Low, Side::High].into_iter().zip(rules) {
                for row in ghost_rows(&program.grid, axis, side, &layout, wall, all_places(axis, &layout)) {
                    let whole = |first: usize| first - 1..first + layout.shape[0] + 1;
                    let [ghost, source] = numbers
                        .get_disjoint_mut([whole(row.ghost), whole(row.source)])
                        .expect("a ghost row is no row of the grid");
                    fill_row(ghost, source, &program.grid, row.wall, rule, straight(declared, &layout));
                }
            }
        }
    }
    storage[position] = own;
}

/// One row beyond an end of the y or z axis; positions are those of its first cell.
pub(super) struct GhostRow {
    pub ghost: usize,
    /// The row it repeats: the nearest, or the one at the other end of a periodic axis.
    pub source: usize,
    /// In the wall.
    pub wall: usize,
}

/// The rows beyond one end of the y or z axis, for some places along the other of the two.
pub(super) fn ghost_rows(
    grid: &Grid,
    axis: Axis,
    side: Side,
    layout: &Layout,
    wall: &Layout,
    places: Range<isize>,
) -> impl Iterator<Item = GhostRow> {
    let across = if axis == Axis::Y { Axis::Z } else { Axis::Y };
    let cells = signed(layout.shape[axis.index()]);
    let strides = layout.stride.map(signed);
    let (ghost, nearest, opposite) = match side {
        Side::Low => (-1, 0, cells - 1),
        Side::High => (cells, cells - 1, 0),
    };
    let source = if grid.bounded(axis) { nearest } else { opposite };
    let (origin, wall_origin, wall_stride) = (signed(layout.origin), wall.origin, wall.stride[across.index()]);
    let inside = Inside::new(grid, across);
    places.map(move |place| {
        let row = |position: isize| {
            (origin + position * strides[axis.index()] + place * strides[across.index()]).cast_unsigned()
        };
        GhostRow { ghost: row(ghost), source: row(source), wall: wall_origin + inside.bring(place) * wall_stride }
    })
}

/// The places along the other axis where ghosts of the y or z axis are due: z without its ghosts, which come later, or
/// y with its ghosts.
fn all_places(axis: Axis, layout: &Layout) -> Range<isize> {
    match axis {
        Axis::Y => 0..signed(layout.shape[2]),
        _ => {
            let ghosts = isize::from(layout.ghosts[1]);
            -ghosts..signed(layout.shape[1]) + ghosts
        }
    }
}

/// At which ends of x the coefficients of a wall go on linearly.
pub(super) fn straight(declared: &Buffer, layout: &Layout) -> [bool; 2] {
    declared.ghosts[0].map(|ghost| matches!(ghost, Ghost::Affine(_)) && layout.shape[0] > 1)
}

/// Fills one row of ghosts, its x ghosts included; both rows begin at the lower x ghost.
pub(super) fn fill_row<T: Real>(
    ghost: &mut [T],
    source: &[T],
    grid: &Grid,
    wall_row: usize,
    rule: Rule<'_, T>,
    straight: [bool; 2],
) {
    match rule {
        Rule::Wrap | Rule::Mirror => ghost.copy_from_slice(source),
        Rule::Zero => ghost.fill(T::ZERO),
        Rule::Affine { scale, shift } => {
            let inside = Inside::new(grid, Axis::X);
            let end = signed(grid.cells_along(Axis::X));
            for ((ghost, &u), x) in ghost.iter_mut().zip(source).zip(-1..) {
                let wall = wall_row + inside.bring(x);
                let coefficient = |values: &[T]| match x {
                    -1 if straight[0] => T::beyond(values[wall], values[wall + 1]),
                    _ if x == end && straight[1] => T::beyond(values[wall], values[wall - 1]),
                    _ => values[wall],
                };
                *ghost = T::affine(coefficient(scale), u, coefficient(shift));
            }
        }
    }
}

/// Finds the cell whose wall coefficients hold at a position that may be one beyond an axis.
#[derive(Clone, Copy)]
struct Inside {
    cells: isize,
    bounded: bool,
}

impl Inside {
    fn new(grid: &Grid, axis: Axis) -> Self {
        Self { cells: signed(grid.cells_along(axis)), bounded: grid.bounded(axis) }
    }

    fn bring(self, position: isize) -> usize {
        let inside = if self.bounded { position.clamp(0, self.cells - 1) } else { position.rem_euclid(self.cells) };
        inside.cast_unsigned()
    }
}

fn signed(count: usize) -> isize {
    isize::try_from(count).expect("memory has fewer than 2^63 bytes")
}
