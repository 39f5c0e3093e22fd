//! Turns of the phase: the integers on edges from which every winding number is made.
//!
//! An edge i -> j, once and in its stored direction, carries `m = round((arg u_j - arg u_i + theta_ij) / 2 pi)`;
//! where theta is 0 the same integer is a signed crossing of the negative real axis, without any arc tangent.
//! The winding of a face is minus the sum of m round it, so it does not depend on the gauge, and since every edge
//! of a closed surface enters twice with opposite signs, the windings of a torus sum to exactly zero.

use super::TopologyError;
use super::lattice::Lattice;
use crate::math::elementary::scalar64;
use rayon::prelude::*;
use std::f64::consts::TAU;

/// A real number that one component of a complex field is stored as.
pub trait Component: Copy + Into<f64> + Send + Sync {
    /// `|re + i im|`, computed in f64, then rounded.
    fn modulus(re: f64, im: f64) -> Self;
}

impl Component for f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to the field's precision is the purpose")]
    fn modulus(re: f64, im: f64) -> Self {
        (re * re + im * im).sqrt() as Self
    }
}

impl Component for f64 {
    fn modulus(re: f64, im: f64) -> Self {
        (re * re + im * im).sqrt()
    }
}

/// A complex field on a grid of one to three axes, x fastest.
#[derive(Clone, Copy, Debug)]
pub struct ComplexGrid<'a, T> {
    /// Cells along each axis.
    pub shape: &'a [usize],
    /// Whether each axis closes on itself.
    pub periodic: &'a [bool],
    /// Real parts, one per cell.
    pub re: &'a [T],
    /// Imaginary parts, one per cell.
    pub im: &'a [T],
    /// Angles of the links in radians, axis by axis, one per cell: `theta.x[i]` belongs to the edge i -> i+x.
    pub theta: Option<&'a [T]>,
    /// False for inert cells. Cells that are not finite are inert too.
    pub mask: Option<&'a [bool]>,
}

impl<T: Component> ComplexGrid<'_, T> {
    /// Checks that the arrays belong together.
    pub(super) fn lattice(&self) -> Result<Lattice, TopologyError> {
        let lattice = Lattice::new(self.shape, self.periodic, self.re.len())?;
        let cells = lattice.cells();
        let lengths = [
            ("imaginary part", Some(self.im.len()), cells),
            ("link field", self.theta.map(<[T]>::len), cells * lattice.axes()),
            ("mask", self.mask.map(<[bool]>::len), cells),
        ];
        for (what, found, needed) in lengths {
            if found.is_some_and(|found| found != needed) {
                return Err(TopologyError::Length { what, needed, found: found.unwrap_or(0) });
            }
        }
        Ok(lattice)
    }

    /// The value at a cell.
    pub(super) fn at(&self, cell: usize) -> [f64; 2] {
        [self.re[cell].into(), self.im[cell].into()]
    }

    /// Whether a cell takes part.
    pub(super) fn active(&self, cell: usize) -> bool {
        let [re, im] = self.at(cell);
        re.is_finite() && im.is_finite() && self.mask.is_none_or(|mask| mask[cell])
    }

    /// The angle of the link from a cell along an axis.
    pub(super) fn link(&self, axis: usize, cell: usize) -> f64 {
        self.theta.map_or(0.0, |theta| theta[axis * self.re.len() + cell].into())
    }
}

/// The turn of an edge whose angle is zero: +1 or -1 where the way from `a` to `b` crosses the negative real axis.
#[inline]
pub(super) fn crossing([a_re, a_im]: [f64; 2], [b_re, b_im]: [f64; 2]) -> i32 {
    let cross = a_re * b_im - a_im * b_re;
    let up = (a_im < 0.0) & (b_im >= 0.0) & (cross <= 0.0);
    let down = (b_im < 0.0) & (a_im >= 0.0) & (cross >= 0.0);
    i32::from(up) - i32::from(down)
}

/// The turn of an edge between two phases with the angle theta_ij.
#[expect(clippy::cast_possible_truncation, reason = "saturates, alike for all faces that share the edge")]
fn turn(from: f64, into: f64, theta: f64) -> i32 {
    ((into - from + theta) / TAU).round() as i32
}

/// The turns of all edges along each axis, stored at their lower cells; 0 beyond a wall.
pub(super) fn turns<T: Component>(grid: &ComplexGrid<'_, T>, lattice: &Lattice) -> Vec<Vec<i32>> {
    let phase = |cell: usize| {
        let [re, im] = grid.at(cell);
        scalar64::atan2(im, re)
    };
    let phases: Option<Vec<f64>> =
        grid.theta.map(|_| (0..lattice.cells()).into_par_iter().with_min_len(1 << 12).map(phase).collect());
    let nx = lattice.shape()[0];
    let along = |axis: usize| {
        let mut turns = vec![0; lattice.cells()];
        turns.par_chunks_mut(nx).enumerate().for_each(|(row, turns)| {
            for (from, into, count) in lattice.runs(row, axis) {
                let turns = &mut turns[from - row * nx..][..count];
                match &phases {
                    None => crossings(grid, from, into, turns),
                    Some(phases) => phase_turns(grid, phases, axis, from, into, turns),
                }
            }
        });
        turns
    };
    (0..lattice.axes()).map(along).collect()
}

/// Turns of the edges from consecutive cells to consecutive neighbours, without links.
fn crossings<T: Component>(grid: &ComplexGrid<'_, T>, from: usize, into: usize, turns: &mut [i32]) {
    let values = |start: usize| {
        let (re, im) = (&grid.re[start..][..turns.len()], &grid.im[start..][..turns.len()]);
        re.iter().zip(im).map(|(&re, &im)| [re.into(), im.into()])
    };
    let ends = values(from).zip(values(into));
    turns.iter_mut().zip(ends).for_each(|(turn, (a, b))| *turn = crossing(a, b));
}

/// The same with links: where theta is 0, as without.
fn phase_turns<T: Component>(
    grid: &ComplexGrid<'_, T>,
    phases: &[f64],
    axis: usize,
    from: usize,
    into: usize,
    turns: &mut [i32],
) {
    for ((result, a), b) in turns.iter_mut().zip(from..).zip(into..) {
        let theta = grid.link(axis, a);
        *result = if theta == 0.0 { crossing(grid.at(a), grid.at(b)) } else { turn(phases[a], phases[b], theta) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_rounded_angles() {
        let directions: Vec<[f64; 2]> =
            (0..40).map(|k| scalar64::sin_cos(0.05 + TAU * f64::from(k) / 40.3)).map(|(s, c)| [c, s]).collect();
        for &a in &directions {
            for &b in &directions {
                let difference = scalar64::atan2(b[1], b[0]) - scalar64::atan2(a[1], a[0]);
                assert_eq!(f64::from(crossing(a, b)), (difference / TAU).round(), "{a:?} {b:?}");
                let phase = |[re, im]: [f64; 2]| scalar64::atan2(im, re);
                assert_eq!(turn(phase(a), phase(b), TAU), crossing(a, b) + 1);
            }
        }
    }
}
