//! Sites: where an expression is evaluated relative to the cell that a kernel is at, and which cells that needs.

use crate::grid::{Axis, Grid};
use crate::program::Part;

/// A displacement in cells along x, y, z.
pub(super) type Offset = [i8; 3];

/// No displacement.
pub(super) const HERE: Offset = [0; 3];

/// What a value is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum At {
    /// The cell.
    Cell,
    /// The edge to the upper neighbour along an axis.
    Link(Axis),
    /// A plaquette, by component.
    Face(usize),
    /// The edge of a graph.
    Edge,
    /// The triangle of a graph.
    Triangle,
    /// A part of the edge or triangle of a graph.
    Part(Part),
}

/// A displaced cell, edge or plaquette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Site {
    pub(super) at: At,
    pub(super) offset: Offset,
}

impl Site {
    pub(super) fn part(part: Part) -> Self {
        Self { at: At::Part(part), offset: HERE }
    }

    pub(super) fn cell(offset: Offset) -> Self {
        Self { at: At::Cell, offset }
    }

    pub(super) fn link(axis: Axis, offset: Offset) -> Self {
        Self { at: At::Link(axis), offset }
    }

    pub(super) fn face(component: usize, offset: Offset) -> Self {
        Self { at: At::Face(component), offset }
    }
}

/// One cell further along an axis (or `cells` further).
pub(super) fn along(offset: Offset, axis: Axis, cells: i8) -> Offset {
    let mut moved = offset;
    moved[axis.index()] += cells;
    moved
}

/// The two axes of a plaquette in counter-clockwise order: faces are named by their normal.
pub(super) fn plane(grid: &Grid, face: usize) -> (Axis, Axis) {
    match (grid.axes(), face) {
        (3, 0) => (Axis::Y, Axis::Z),
        (3, 1) => (Axis::Z, Axis::X),
        _ => (Axis::X, Axis::Y),
    }
}

/// The plaquettes that have an axis in their plane: component, the other axis, and +1 if the axis comes first.
pub(super) fn faces_with(grid: &Grid, axis: Axis) -> Vec<(usize, Axis, i8)> {
    (0..grid.faces())
        .filter_map(|face| match plane(grid, face) {
            (a, b) if a == axis => Some((face, b, 1)),
            (a, b) if b == axis => Some((face, a, -1)),
            _ => None,
        })
        .collect()
}

/// The four corners of a plaquette, counter-clockwise.
pub(super) fn corners(grid: &Grid, face: usize, offset: Offset) -> [Offset; 4] {
    let (a, b) = plane(grid, face);
    let right = along(offset, a, 1);
    [offset, right, along(right, b, 1), along(offset, b, 1)]
}
