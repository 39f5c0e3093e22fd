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
use crate::program::{BufferId, Extent, Ghost, Program, Side};

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
            let straight = declared.ghosts[0].map(|ghost| matches!(ghost, Ghost::Affine(_)) && layout.shape[0] > 1);
            if axis == Axis::X {
                fill_x(numbers, 0, 0..layout.rows(), &layout, wall, rules);
            } else {
                fill_slabs(numbers, &program.grid, axis, &layout, wall, rules, straight);
            }
        }
    }
    storage[position] = own;
}

/// Fills both ghost slabs of the y or z axis, row by row.
fn fill_slabs<T: Real>(
    numbers: &mut [T],
    grid: &Grid,
    axis: Axis,
    layout: &Layout,
    wall: &Layout,
    rules: [Rule<'_, T>; 2],
    straight: [bool; 2],
) {
    // The other axis across the slab: z (without its ghosts, which come later) or y (with its ghosts).
    let (across, span) = match axis {
        Axis::Y => (Axis::Z, 0..signed(layout.shape[2])),
        _ => {
            let ghosts = isize::from(layout.ghosts[1]);
            (Axis::Y, -ghosts..signed(layout.shape[1]) + ghosts)
        }
    };
    let cells = signed(layout.shape[axis.index()]);
    let strides = layout.stride.map(signed);
    for place in span {
        let row_at = |position: isize| {
            let start = signed(layout.origin) + position * strides[axis.index()] + place * strides[across.index()];
            start.cast_unsigned()
        };
        let wall_row = wall.origin + bring_inside(grid, across, place) * wall.stride[across.index()];
        let ends = [(row_at(-1), row_at(0), row_at(cells - 1)), (row_at(cells), row_at(cells - 1), row_at(0))];
        for ((ghost, nearest, opposite), rule) in ends.into_iter().zip(rules) {
            fill_row(numbers, grid, [ghost, nearest, opposite], wall_row, rule, straight);
        }
    }
}

/// Fills one row of ghosts, its x ghosts included, from the nearest row inside and the row at the other end;
/// `straight` tells at which ends of x the wall's coefficients go on linearly.
fn fill_row<T: Real>(
    numbers: &mut [T],
    grid: &Grid,
    [ghost, nearest, opposite]: [usize; 3],
    wall_row: usize,
    rule: Rule<'_, T>,
    straight: [bool; 2],
) {
    let cells = grid.cells_along(Axis::X);
    match rule {
        Rule::Wrap => numbers.copy_within(opposite - 1..=opposite + cells, ghost - 1),
        Rule::Mirror => numbers.copy_within(nearest - 1..=nearest + cells, ghost - 1),
        Rule::Zero => numbers[ghost - 1..=ghost + cells].fill(T::ZERO),
        Rule::Affine { scale, shift } => {
            for x in -1..=signed(cells) {
                let wall = wall_row + bring_inside(grid, Axis::X, x);
                let coefficient = |values: &[T]| match x {
                    -1 if straight[0] => T::beyond(values[wall], values[wall + 1]),
                    _ if x == signed(cells) && straight[1] => T::beyond(values[wall], values[wall - 1]),
                    _ => values[wall],
                };
                let u = numbers[nearest.wrapping_add_signed(x)];
                numbers[ghost.wrapping_add_signed(x)] = T::affine(coefficient(scale), u, coefficient(shift));
            }
        }
    }
}

/// The cell whose wall coefficients hold at a position that may be one beyond the axis.
fn bring_inside(grid: &Grid, axis: Axis, position: isize) -> usize {
    let cells = signed(grid.cells_along(axis));
    let inside = if grid.bounded(axis) { position.clamp(0, cells - 1) } else { position.rem_euclid(cells) };
    inside.cast_unsigned()
}

fn signed(count: usize) -> isize {
    isize::try_from(count).expect("memory has fewer than 2^63 bytes")
}
