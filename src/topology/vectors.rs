//! Plane vector fields on Freudenthal's triangulation: where they vanish, with which index, and how they flow.
//!
//! In come two components per cell (of a link field, [`at_cells`] gives them); within a triangle the field is linear.
//! The index of a triangle is the winding of the field round it, by the same crossings as phase defects have.
//! Invariant: the indices and that of the rim sum to the Euler characteristic of the domain (Poincaré and Hopf): 0 for
//! the torus, where there is no rim, 1 for the box.

use super::lattice::Lattice;
use super::winding::crossing;
use super::{ScalarGrid, TopologyError};
use rayon::prelude::*;
use serde::Serialize;

/// A field of two components on a plane grid, x fastest. Cells that are not finite are outside the domain.
#[derive(Clone, Copy, Debug)]
pub struct VectorGrid<'a> {
    /// Cells along x and y.
    pub shape: [usize; 2],
    /// Whether x and y close on themselves.
    pub periodic: [bool; 2],
    /// Components along x and y, in cells per unit of time (divide by the spacing).
    pub components: [&'a [f64]; 2],
}

/// What the field does round a zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ZeroKind {
    /// It flows out.
    Source,
    /// It flows in.
    Sink,
    /// It goes round without either.
    Centre,
    /// It flows in along one line and out along another.
    Saddle,
}

/// A triangle in which the field vanishes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VectorZero {
    /// The lowest cell of the triangle.
    pub cell: usize,
    /// Whether the triangle is the one below the diagonal (right of it), else the one above.
    pub below: bool,
    /// Place, in cells from the corner of the grid.
    pub x: f64,
    /// Place, in cells from the corner of the grid.
    pub y: f64,
    /// +1, or -1 for a saddle.
    pub index: i32,
    /// What it is.
    pub kind: ZeroKind,
}

/// The zeros of a field, and what the rim makes up for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VectorTopology {
    /// Ordered by cell, the triangle below the diagonal first.
    pub zeros: Vec<VectorZero>,
    /// Vertices less edges plus triangles of the domain.
    pub euler: i32,
    /// The index of the rim: what is missing from the sum of the zeros' indices to the Euler characteristic. 0 where
    /// the field leaves the domain, or enters it, all along the rim, and where there is no rim.
    pub rim: i32,
}

/// The corners of a triangle as steps from its lowest cell, counter-clockwise.
const fn corners(below: bool) -> [[i8; 3]; 3] {
    if below { [[0, 0, 0], [1, 0, 0], [1, 1, 0]] } else { [[0, 0, 0], [1, 1, 0], [0, 1, 0]] }
}

/// A field on a triangle: values at the corners, in the order of [`corners`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    /// At the triangle's lowest cell.
    origin: [f64; 2],
    /// Change per cell along x and along y.
    along: [[f64; 2]; 2],
}

impl Linear {
    pub(super) fn new(below: bool, [a, b, c]: [[f64; 2]; 3]) -> Self {
        let minus = |p: [f64; 2], q: [f64; 2]| [p[0] - q[0], p[1] - q[1]];
        let along = if below { [minus(b, a), minus(c, b)] } else { [minus(b, c), minus(c, a)] };
        Self { origin: a, along }
    }

    /// The value at a place, in cells from the lowest cell's centre.
    pub(super) fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|k| self.origin[k] + self.along[0][k] * x + self.along[1][k] * y)
    }

    fn determinant(&self) -> f64 {
        self.along[0][0] * self.along[1][1] - self.along[1][0] * self.along[0][1]
    }

    fn trace(&self) -> f64 {
        self.along[0][0] + self.along[1][1]
    }

    /// Where it vanishes; none if it is degenerate.
    fn zero(&self) -> Option<[f64; 2]> {
        let [[a, c], [b, d]] = self.along;
        let [p, q] = self.origin;
        let determinant = self.determinant();
        let zero = [(b * q - d * p) / determinant, (c * p - a * q) / determinant];
        zero.iter().all(|coordinate| coordinate.is_finite()).then_some(zero)
    }

    /// Directions that the flow keeps at a saddle: out of it, into it.
    pub(super) fn saddle_directions(&self) -> Option<[[f64; 2]; 2]> {
        let [[a, c], [b, d]] = self.along;
        let half = self.trace() / 2.0;
        let root = (half * half - self.determinant()).max(0.0).sqrt();
        let direction = |eigenvalue: f64| {
            // Both rows of (J - eigenvalue) are perpendicular to the direction; the longer one says it better.
            let rows = [[a - eigenvalue, b], [c, d - eigenvalue]];
            let square = |row: [f64; 2]| row[0] * row[0] + row[1] * row[1];
            let [x, y] = if square(rows[0]) >= square(rows[1]) { rows[0] } else { rows[1] };
            let size = (x * x + y * y).sqrt();
            (size > 0.0).then(|| [-y / size, x / size])
        };
        Some([direction(half + root)?, direction(half - root)?])
    }
}

impl VectorGrid<'_> {
    pub(super) fn lattice(&self) -> Result<Lattice, TopologyError> {
        let [x, y] = self.components;
        if x.len() != y.len() {
            return Err(TopologyError::Length { what: "component along y", needed: x.len(), found: y.len() });
        }
        ScalarGrid { shape: self.shape, periodic: self.periodic, values: x }.lattice()
    }

    fn at(&self, cell: usize) -> Option<[f64; 2]> {
        let value = [self.components[0][cell], self.components[1][cell]];
        value.iter().all(|component| component.is_finite()).then_some(value)
    }

    /// The field at the corners of a triangle; none where one is beyond a wall or outside the domain.
    pub(super) fn triangle(&self, lattice: &Lattice, cell: usize, below: bool) -> Option<[[f64; 2]; 3]> {
        let [a, b, c] = corners(below).map(|step| self.at(lattice.neighbor(cell, step)?.0));
        Some([a?, b?, c?])
    }

    /// Vertices less edges plus triangles, of those that are inside the domain.
    fn euler(&self, lattice: &Lattice) -> i32 {
        let inside = |cell: usize, step: [i8; 3]| {
            lattice.neighbor(cell, step).is_some_and(|(other, _)| self.at(other).is_some())
        };
        let of_cell = |cell: usize| {
            if self.at(cell).is_none() {
                return 0;
            }
            let [right, up, diagonal] = [[1, 0, 0], [0, 1, 0], [1, 1, 0]].map(|step| inside(cell, step));
            1 - i32::from(right) - i32::from(up) - i32::from(diagonal)
                + i32::from(right && diagonal)
                + i32::from(up && diagonal)
        };
        (0..lattice.cells()).into_par_iter().with_min_len(1 << 12).map(of_cell).sum()
    }
}

/// All zeros of a field.
pub fn vector_topology(grid: &VectorGrid<'_>) -> Result<VectorTopology, TopologyError> {
    let lattice = grid.lattice()?;
    let rows: Vec<Vec<VectorZero>> = (0..lattice.rows())
        .into_par_iter()
        .map(|row| {
            let cells = row * grid.shape[0]..(row + 1) * grid.shape[0];
            cells.flat_map(|cell| [true, false].map(|below| zero(grid, &lattice, cell, below))).flatten().collect()
        })
        .collect();
    let (zeros, euler) = (rows.concat(), grid.euler(&lattice));
    let rim = euler - zeros.iter().map(|zero| zero.index).sum::<i32>();
    Ok(VectorTopology { zeros, euler, rim })
}

fn zero(grid: &VectorGrid<'_>, lattice: &Lattice, cell: usize, below: bool) -> Option<VectorZero> {
    let values @ [a, b, c] = grid.triangle(lattice, cell, below)?;
    let index = -(crossing(a, b) + crossing(b, c) + crossing(c, a));
    if index == 0 {
        return None;
    }
    let linear = Linear::new(below, values);
    let inside = linear.zero().map_or(CENTRE[usize::from(below)], |zero| clamped(below, zero));
    let [x, y, _] = lattice.position(cell);
    let place = [(x, 0), (y, 1)].map(|(at, axis)| wrapped(at, inside[axis], grid.shape[axis]));
    Some(VectorZero { cell, below, x: place[0], y: place[1], index, kind: kind(index, &linear) })
}

fn kind(index: i32, linear: &Linear) -> ZeroKind {
    match linear.trace() {
        _ if index < 0 => ZeroKind::Saddle,
        trace if trace > 0.0 => ZeroKind::Source,
        trace if trace < 0.0 => ZeroKind::Sink,
        _ => ZeroKind::Centre,
    }
}

/// Middles of the triangles above and below the diagonal.
const CENTRE: [[f64; 2]; 2] = [[1.0 / 3.0, 2.0 / 3.0], [2.0 / 3.0, 1.0 / 3.0]];

/// A place pulled into its triangle, which rounding may have put it out of.
fn clamped(below: bool, [x, y]: [f64; 2]) -> [f64; 2] {
    let (x, y) = (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
    match (below, x < y) {
        (true, true) | (false, false) => [f64::midpoint(x, y); 2],
        _ => [x, y],
    }
}

#[expect(clippy::cast_precision_loss, reason = "indices are below 2^32")]
fn wrapped(index: usize, offset: f64, count: usize) -> f64 {
    let place = index as f64 + 0.5 + offset;
    if place >= count as f64 { place - count as f64 } else { place }
}

/// A link field averaged to the cells: the mean of the two links of each axis, of the one there is beside a wall.
pub fn at_cells(shape: [usize; 2], periodic: [bool; 2], links: [&[f64]; 2]) -> Result<[Vec<f64>; 2], TopologyError> {
    let lattice = VectorGrid { shape, periodic, components: links }.lattice()?;
    let mean = |axis: usize, cell: usize| {
        let step = |sign: i8| std::array::from_fn(|k| if k == axis { sign } else { 0 });
        let ahead = lattice.neighbor(cell, step(1)).map(|_| links[axis][cell]);
        let behind = lattice.neighbor(cell, step(-1)).map(|(last, _)| links[axis][last]);
        match (ahead, behind) {
            (Some(ahead), Some(behind)) => f64::midpoint(ahead, behind),
            (one, other) => one.or(other).unwrap_or(0.0),
        }
    };
    Ok([0, 1].map(|axis| (0..lattice.cells()).map(|cell| mean(axis, cell)).collect()))
}
