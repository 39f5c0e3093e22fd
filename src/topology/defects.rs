//! Phase defects: the faces round which the phase of a complex field turns.
//!
//! In comes a complex field, perhaps with links; out goes the list of plaquettes of non-zero gauge-invariant winding
//! `n[i] = -(m.x[i] + m.y[i+x] - m.x[i+y] - m.y[i])`, positive where the phase grows counter-clockwise, each with
//! the zero of the bilinear interpolant inside. In space there are three orientations of plaquettes.
//! Invariant: on a torus the charges of one orientation sum to exactly zero in every plane.

use super::TopologyError;
use super::lattice::Lattice;
use super::winding::{ComplexGrid, Component, turns};
use crate::grid::Axis;
use crate::math::elementary::scalar64;
use rayon::prelude::*;
use serde::ser::{Serialize, SerializeStruct, Serializer};

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

/// Cells that are skipped together if none of them has a charge.
const BLOCK: usize = 64;

/// The third coordinate of a defect on a plane grid.
const PLANE: f64 = 0.0;

/// All defects, ordered by cell, then normal (x, y, z).
pub fn defects<T: Component>(grid: &ComplexGrid<'_, T>) -> Result<Vec<Defect>, TopologyError> {
    let lattice = grid.lattice()?;
    Ok(defects_of_turns(grid, &lattice, &turns(grid, &lattice)))
}

/// The two axes of the plaquettes with a normal, in counter-clockwise order.
const fn plane_axes(normal: Axis) -> [usize; 2] {
    match normal {
        Axis::X => [1, 2],
        Axis::Y => [2, 0],
        Axis::Z => [0, 1],
    }
}

/// The defects, given the turns of the edges along each axis.
pub(super) fn defects_of_turns<T: Component>(
    grid: &ComplexGrid<'_, T>,
    lattice: &Lattice,
    turns: &[Vec<i32>],
) -> Vec<Defect> {
    let normals: &[Axis] = match lattice.axes() {
        1 => &[],
        2 => &[Axis::Z],
        _ => &Axis::ALL,
    };
    let nx = lattice.shape()[0];
    let rows: Vec<Vec<Defect>> = (0..lattice.rows())
        .into_par_iter()
        .map(|row| {
            let mut found = Vec::new();
            for &normal in normals {
                row_defects(grid, lattice, turns, normal, row * nx, &mut found);
            }
            found.sort_unstable_by_key(|defect| (defect.cell, defect.normal));
            found
        })
        .collect();
    rows.concat()
}

fn row_defects<T: Component>(
    grid: &ComplexGrid<'_, T>,
    lattice: &Lattice,
    turns: &[Vec<i32>],
    normal: Axis,
    start: usize,
    found: &mut Vec<Defect>,
) {
    let nx = lattice.shape()[0];
    let [a, b] = plane_axes(normal);
    let mut charges = Vec::with_capacity(nx);
    let unit = |axis: usize| std::array::from_fn(|k| i8::from(k == axis));
    let beyond = |cell: usize, axis: usize| lattice.neighbor(cell, unit(axis)).map(|(cell, _)| cell);
    // The neighbours of a row are rows, but for the last cell.
    for (from, count) in [(start, nx - 1), (start + nx - 1, 1)] {
        let (Some(to_a), Some(to_b)) = (beyond(from, a), beyond(from, b)) else { continue };
        let along_a = turns[a][to_b..][..count].iter().zip(&turns[a][from..][..count]);
        let along_b = turns[b][from..][..count].iter().zip(&turns[b][to_a..][..count]);
        charges.clear();
        charges.extend(along_a.zip(along_b).map(|((a_far, a_near), (b_near, b_far))| a_far - a_near + b_near - b_far));
        for (block, first) in charges.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
            if block.iter().fold(0, |any, charge| any | charge) == 0 {
                continue;
            }
            for (&charge, x) in block.iter().zip(first..).filter(|&(&charge, _)| charge != 0) {
                let Some(far) = beyond(to_a + x, b) else { continue };
                let corners = [from + x, to_a + x, to_b + x, far];
                if corners.iter().all(|&corner| grid.active(corner)) {
                    let position = position(grid, lattice, corners, [a, b]);
                    found.push(Defect { cell: from + x, normal, position, charge });
                }
            }
        }
    }
}

/// Where the field vanishes inside a plaquette, all corners read in the frame of the lowest.
fn position<T: Component>(
    grid: &ComplexGrid<'_, T>,
    lattice: &Lattice,
    corners: [usize; 4],
    [a, b]: [usize; 2],
) -> [f64; 3] {
    let [low, beyond_a, beyond_b, _] = corners;
    let (along_a, along_b) = (grid.link(a, low), grid.link(b, low));
    let across = (along_a + grid.link(b, beyond_a) + along_b + grid.link(a, beyond_b)) / 2.0;
    let angles = [0.0, along_a, along_b, across];
    let values: [[f64; 2]; 4] = std::array::from_fn(|k| rotated(grid.at(corners[k]), angles[k]));
    let inside = bilinear_zero(values);
    let mut position = [0.5, 0.5, if lattice.axes() == 3 { 0.5 } else { PLANE }];
    for (axis, index) in lattice.position(low).into_iter().enumerate() {
        position[axis] += real(index);
    }
    for (axis, offset) in [a, b].into_iter().zip(inside) {
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

fn rotated([re, im]: [f64; 2], angle: f64) -> [f64; 2] {
    if angle == 0.0 {
        return [re, im];
    }
    let (sin, cos) = scalar64::sin_cos(angle);
    [re * cos - im * sin, re * sin + im * cos]
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
