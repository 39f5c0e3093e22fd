//! Phase defects: the faces round which the phase of a complex field turns.
//!
//! In comes a complex field, perhaps with links; out goes the list of plaquettes of non-zero gauge-invariant winding
//! `n[i] = -(m.x[i] + m.y[i+x] - m.x[i+y] - m.y[i])`, positive where the phase grows counter-clockwise, each with
//! the zero of the bilinear interpolant inside. In space there are three orientations of plaquettes.
//! Most faces are told by the signs of their corners alone.
//! Invariant: on a torus the charges of one orientation sum to exactly zero in every plane.

use super::TopologyError;
use super::lattice::Lattice;
use super::signs::{Corners, SignRows};
use super::winding::{ComplexGrid, Component, circulation, rotated};
use crate::grid::Axis;
use rayon::prelude::*;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::ops::Range;

/// A plaquette of non-zero winding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Defect {
    /// Its lowest cell.
    pub cell: usize,
    /// The axis it is perpendicular to: z on a plane grid.
    pub normal: Axis,
    /// The zero inside, in cells from the corner of the grid (cell centres at i + 1/2): multiply by the spacing.
    pub position: [f64; 3],
    /// The winding number.
    pub charge: i32,
}

impl Serialize for Defect {
    /// `{"cell", "x", "y", "charge"}`, in space also `"z"` and `"normal"`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [x, y, z] = self.position;
        let plane = self.normal == Axis::Z && z == PLANE;
        let mut defect = serializer.serialize_struct("Defect", if plane { 4 } else { 6 })?;
        defect.serialize_field("cell", &self.cell)?;
        defect.serialize_field("x", &x)?;
        defect.serialize_field("y", &y)?;
        if !plane {
            defect.serialize_field("z", &z)?;
            defect.serialize_field("normal", self.normal.name())?;
        }
        defect.serialize_field("charge", &self.charge)?;
        defect.end()
    }
}

/// The third coordinate of a defect on a plane grid.
const PLANE: f64 = 0.0;

/// All defects, ordered by cell, then normal (x, y, z).
pub fn defects<T: Component>(grid: &ComplexGrid<'_, T>) -> Result<Vec<Defect>, TopologyError> {
    let lattice = grid.lattice()?;
    Ok(defects_on(grid, &lattice))
}

/// The two axes of the plaquettes with a normal, in counter-clockwise order.
const fn plane_axes(normal: Axis) -> [usize; 2] {
    match normal {
        Axis::X => [1, 2],
        Axis::Y => [2, 0],
        Axis::Z => [0, 1],
    }
}

/// The defects of a field that is known to fit its lattice.
pub(super) fn defects_on<T: Component>(grid: &ComplexGrid<'_, T>, lattice: &Lattice) -> Vec<Defect> {
    /// Rows that one task looks at.
    const ROWS: usize = 32;
    let tasks = lattice.rows().div_ceil(ROWS);
    let of_task = |task: usize| {
        let rows = task * ROWS..lattice.rows().min((task + 1) * ROWS);
        strip_defects(grid, lattice, rows)
    };
    let found: Vec<Vec<Defect>> = (0..tasks).into_par_iter().map(of_task).collect();
    found.concat()
}

/// The defects of consecutive rows, ordered by cell, then normal.
fn strip_defects<T: Component>(grid: &ComplexGrid<'_, T>, lattice: &Lattice, rows: Range<usize>) -> Vec<Defect> {
    let normals: &[Axis] = match lattice.axes() {
        1 => &[],
        2 => &[Axis::Z],
        _ => &Axis::ALL,
    };
    let (mut found, mut signs) = (Vec::new(), SignRows::new(grid, lattice));
    for row in rows {
        signs.go_to(grid, lattice, row);
        let before = found.len();
        for &normal in normals {
            let look = |corners| found.extend(defect(grid, lattice, normal, corners));
            signs.each_doubtful(plane_axes(normal), look);
        }
        if normals.len() > 1 {
            found[before..].sort_unstable_by_key(|defect: &Defect| (defect.cell, defect.normal));
        }
    }
    found
}

/// One plaquette by itself: what a list of candidates from elsewhere holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plaquette<T> {
    /// Its lowest cell.
    pub cell: usize,
    /// The field at the lowest corner, beside it along x, above it along y, and across.
    pub values: [[T; 2]; 4],
    /// The links along x and y from the lowest corner, along x from the one above, along y from the one beside.
    pub angles: [T; 4],
}

/// The defects among some plaquettes of a plane grid, in their order; those without winding are left out.
///
/// Of a list with all plaquettes that have a winding, ordered by cell, this is what [`defects`] finds.
pub fn defects_among<T: Component>(
    shape: [usize; 2],
    periodic: [bool; 2],
    plaquettes: &[Plaquette<T>],
) -> Result<Vec<Defect>, TopologyError> {
    let cells = shape[0].saturating_mul(shape[1]);
    let lattice = Lattice::new(&shape, &periodic, cells)?;
    if let Some(wrong) = plaquettes.iter().find(|plaquette| plaquette.cell >= cells) {
        return Err(TopologyError::Length { what: "grid of a plaquette", needed: wrong.cell + 1, found: cells });
    }
    let widened = |plaquette: &Plaquette<T>| Plaquette {
        cell: plaquette.cell,
        values: plaquette.values.map(|value| value.map(Into::into)),
        angles: plaquette.angles.map(Into::into),
    };
    Ok(plaquettes.iter().filter_map(|plaquette| wound(&lattice, Axis::Z, &widened(plaquette))).collect())
}

/// The defect of a plaquette, given its corners: the lowest, those beside it along each axis, the farthest.
#[inline]
fn defect<T: Component>(
    grid: &ComplexGrid<'_, T>,
    lattice: &Lattice,
    normal: Axis,
    corners @ [low, beside, above, _]: Corners,
) -> Option<Defect> {
    let [a, b] = plane_axes(normal);
    let plaquette = Plaquette {
        cell: low,
        values: corners.map(|corner| grid.at(corner)),
        angles: [grid.link(a, low), grid.link(b, low), grid.link(a, above), grid.link(b, beside)],
    };
    let found = wound(lattice, normal, &plaquette)?;
    corners.iter().all(|&corner| grid.active(corner)).then_some(found)
}

/// The defect of a plaquette, if the phase winds round it.
#[inline(always)]
fn wound(lattice: &Lattice, normal: Axis, plaquette: &Plaquette<f64>) -> Option<Defect> {
    let [low, beside, above, far] = plaquette.values;
    let [below, left, top, right] = plaquette.angles;
    let sides = [(above, far, top, 1), (low, beside, below, -1), (low, above, left, 1), (beside, far, right, -1)];
    let charge = circulation(&sides);
    (charge != 0).then(|| {
        let position = position(lattice, normal, plaquette);
        Defect { cell: plaquette.cell, normal, position, charge }
    })
}

/// Where the field vanishes inside a plaquette, all corners read in the frame of the lowest.
#[inline(never)]
fn position(lattice: &Lattice, normal: Axis, plaquette: &Plaquette<f64>) -> [f64; 3] {
    let [below, left, top, right] = plaquette.angles;
    let angles = [0.0, below, left, (below + right + left + top) / 2.0];
    let inside = bilinear_zero(std::array::from_fn(|k| rotated(plaquette.values[k], angles[k])));
    let mut position = [0.5, 0.5, if lattice.axes() == 3 { 0.5 } else { PLANE }];
    for (axis, index) in lattice.position(plaquette.cell).into_iter().enumerate() {
        position[axis] += real(index);
    }
    for (axis, offset) in plane_axes(normal).into_iter().zip(inside) {
        let extent = real(lattice.shape()[axis]);
        position[axis] += offset;
        if position[axis] >= extent {
            position[axis] -= extent;
        }
    }
    position
}

#[expect(clippy::cast_precision_loss, reason = "indices are below 2^32")]
fn real(index: usize) -> f64 {
    index as f64
}

/// The zero `(s, t)` in the unit square of `A + B s + C t + D s t`, given the corners 00, 10, 01, 11.
///
/// `(A + B s) + t (C + D s) = 0` with real t means that `Im[(A + B s) conj(C + D s)]`, a quadratic in s, vanishes.
fn bilinear_zero([u00, u10, u01, u11]: [[f64; 2]; 4]) -> [f64; 2] {
    let minus = |p: [f64; 2], q: [f64; 2]| [p[0] - q[0], p[1] - q[1]];
    let cross = |p: [f64; 2], q: [f64; 2]| p[1] * q[0] - p[0] * q[1];
    let dot = |p: [f64; 2], q: [f64; 2]| p[0] * q[0] + p[1] * q[1];
    let (constant, along_s, along_t) = (u00, minus(u10, u00), minus(u01, u00));
    let mixed = minus(minus(u11, u10), along_t);

    let (q0, q1, q2) =
        (cross(constant, along_t), cross(constant, mixed) + cross(along_s, along_t), cross(along_s, mixed));
    let root = (q1 * q1 - 4.0 * q2 * q0).max(0.0).sqrt();
    let half = -0.5 * (q1 + if q1 < 0.0 { -root } else { root });
    let zero_at = |s: f64| {
        let numerator = [constant[0] + along_s[0] * s, constant[1] + along_s[1] * s];
        let denominator = [along_t[0] + mixed[0] * s, along_t[1] + mixed[1] * s];
        [s, -dot(numerator, denominator) / dot(denominator, denominator)]
    };
    let outside = |[s, t]: [f64; 2]| [s, t].map(|c| (c - c.clamp(0.0, 1.0)).abs()).iter().sum::<f64>();
    [half / q2, q0 / half]
        .map(zero_at)
        .into_iter()
        .filter(|zero| zero.iter().all(|c| c.is_finite()))
        .min_by(|p, q| outside(*p).total_cmp(&outside(*q)))
        .map_or([0.5; 2], |zero| zero.map(|c| c.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zero_of_a_bilinear_function_is_found() {
        for (s, t) in [(0.25, 0.75), (0.0, 0.5), (0.9, 0.1), (1.0, 1.0)] {
            let field = |x: f64, y: f64| [x - s + 0.3 * (y - t) + 0.2 * (x - s) * (y - t), y - t - 0.1 * (x - s)];
            let [found_s, found_t] =
                bilinear_zero([field(0.0, 0.0), field(1.0, 0.0), field(0.0, 1.0), field(1.0, 1.0)]);
            assert!((found_s - s).abs() < 1e-12 && (found_t - t).abs() < 1e-12, "{found_s} {found_t}");
        }
        assert_eq!(bilinear_zero([[0.0; 2]; 4]), [0.5; 2]);
    }
}
