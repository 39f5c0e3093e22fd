//! Turns of the phase: the integers on edges from which every winding number is made.
//!
//! An edge i -> j, once and in its stored direction, carries `m = round((arg u_j - arg u_i + theta_ij) / 2 pi)`;
//! where theta is 0 the same integer is a signed crossing of the negative real axis, without any arc tangent, and
//! a link that cannot carry the phase beyond half a turn does not change it. Arc tangents are left for the rest.
//! The winding of a face is minus the sum of m round it, so it does not depend on the gauge, and since every edge
//! of a closed surface enters twice with opposite signs, the windings of a torus sum to exactly zero.

use super::TopologyError;
use super::lattice::Lattice;
use crate::math::elementary::scalar64;
use rayon::prelude::*;
use std::f64::consts::TAU;
use std::ops::{Add, Mul, Sub};

/// A link of at most this angle (radians), added to less than a quarter turn, stays clear of half a turn.
const SMALL_LINK: f64 = 1.5;

/// A real number that one component of a complex field is stored as.
pub trait Component:
    Copy + Default + PartialOrd + Into<f64> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Send + Sync
{
    /// A link of at most this angle (radians), added to three eighths of a turn, stays clear of half a turn.
    const SMALL_LINK: Self;

    /// `|x|`.
    fn magnitude(self) -> Self;

    /// `|re + i im|`, computed in f64, then rounded.
    fn modulus(re: f64, im: f64) -> Self;
}

impl Component for f32 {
    const SMALL_LINK: Self = 0.75;

    fn magnitude(self) -> Self {
        self.abs()
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding to the field's precision is the purpose")]
    fn modulus(re: f64, im: f64) -> Self {
        (re * re + im * im).sqrt() as Self
    }
}

impl Component for f64 {
    const SMALL_LINK: Self = 0.75;

    fn magnitude(self) -> Self {
        self.abs()
    }

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

    /// The value at the upper end of an edge, read in the frame of the lower.
    pub(super) fn carried(&self, axis: usize, from: usize, into: usize) -> [f64; 2] {
        rotated(self.at(into), self.link(axis, from))
    }

    /// The angle of the link from a cell along an axis.
    pub(super) fn link(&self, axis: usize, cell: usize) -> f64 {
        self.theta.map_or(0.0, |theta| theta[axis * self.re.len() + cell].into())
    }
}

/// A value turned by an angle.
pub(super) fn rotated([re, im]: [f64; 2], angle: f64) -> [f64; 2] {
    if angle == 0.0 {
        return [re, im];
    }
    let (sin, cos) = scalar64::sin_cos(angle);
    [re * cos - im * sin, re * sin + im * cos]
}

/// The turn of an edge whose angle is zero: +1 or -1 where the way from `a` to `b` crosses the negative real axis.
#[inline]
pub(super) fn crossing(a @ [a_re, a_im]: [f64; 2], b @ [b_re, b_im]: [f64; 2]) -> i32 {
    let cross = a_re * b_im - a_im * b_re;
    // Written so that what is not a number is looked at again, too.
    if !((1e-290..1e290).contains(&cross.abs())) && (a_im < 0.0) != (b_im < 0.0) {
        return crossing_of(a, b, product_sign(a, b));
    }
    crossing_of(a, b, cross)
}

/// The same, given the cross product `a_re b_im - a_im b_re`, or its sign.
#[inline]
fn crossing_of([_, a_im]: [f64; 2], [_, b_im]: [f64; 2], cross: f64) -> i32 {
    let up = (a_im < 0.0) & (b_im >= 0.0) & (cross <= 0.0);
    let down = (b_im < 0.0) & (a_im >= 0.0) & (cross >= 0.0);
    i32::from(up) - i32::from(down)
}

/// The sign of the cross product of values so small or so large that the product itself may have none.
#[cold]
fn product_sign(a: [f64; 2], b: [f64; 2]) -> f64 {
    let ([a_re, a_im], [b_re, b_im]) = (of_order_one(a), of_order_one(b));
    a_re * b_im - a_im * b_re
}

/// A value, times a power of two if it is very small or very large; zero stays, and what is not finite.
fn of_order_one([mut re, mut im]: [f64; 2]) -> [f64; 2] {
    /// 2^500 and 2^-500.
    const SCALES: [f64; 2] = [f64::from_bits((1023 + 500) << 52), f64::from_bits((1023 - 500) << 52)];
    // The smallest numbers need two goes.
    for _ in 0..2 {
        let size = re.abs().max(im.abs());
        let scale = if size < 1e-140 { SCALES[0] } else { SCALES[1] };
        if !(1e-140..=1e140).contains(&size) {
            (re, im) = (re * scale, im * scale);
        }
    }
    [re, im]
}

/// Whether a link surely leaves the crossing of its edge as it is: the definition needs no arc tangent there. False where
/// rounding leaves a doubt.
///
/// With delta the angle from `a` to `b` the short way, it does so if it is of the opposite sign, or smaller than what
/// delta is short of half a turn (whose sine is no larger than itself), or small while delta is below a quarter turn.
#[inline]
fn is_crossing(a: [f64; 2], b: [f64; 2], theta: f64) -> bool {
    let (dot, cross) = (a[0] * b[0] + a[1] * b[1], a[0] * b[1] - a[1] * b[0]);
    let (sine, size) = (cross * cross, dot * dot + cross * cross);
    let against = ((cross > 0.0) != (theta > 0.0)) & (sine > 1e-18 * size + 1e-290);
    let short = sine > (1.0 + 3e-9) * (theta * theta) * size + 1e-290;
    let calm = (dot > 0.0) & (theta.abs() <= SMALL_LINK);
    (theta == 0.0) | calm | ((theta.abs() <= 2.0 * SMALL_LINK) & (against | short))
}

/// The turn of an edge between two values with the angle theta_ij.
#[inline]
pub(super) fn turn(a: [f64; 2], b: [f64; 2], theta: f64) -> i32 {
    if is_crossing(a, b, theta) { crossing(a, b) } else { turn_of_phases(phase(a), phase(b), theta) }
}

/// The sum of the turns of four edges, each with its sign.
#[inline]
pub(super) fn circulation(edges: &[([f64; 2], [f64; 2], f64, i32); 4]) -> i32 {
    let crossings = || edges.iter().map(|&(a, b, _, sign)| sign * crossing(a, b)).sum();
    // Together, for fewer branches: nearly all faces that are looked at have four plain edges.
    let plain = || edges.iter().fold(true, |plain, &(a, b, theta, _)| plain & is_crossing(a, b, theta));
    if edges.iter().all(|&(_, _, theta, _)| theta == 0.0) || plain() {
        return crossings();
    }
    edges.iter().map(|&(a, b, theta, sign)| sign * turn(a, b, theta)).sum()
}

/// The definition.
#[expect(clippy::cast_possible_truncation, reason = "saturates, alike for all faces that share the edge")]
#[cold]
fn turn_of_phases(from: f64, into: f64, theta: f64) -> i32 {
    let turns = (into - from + theta) / TAU;
    // Nearly always; and rounding is a call where the processor is taken for an old one.
    if turns.abs() < 0.5 { 0 } else { turns.round() as i32 }
}

/// The argument in (-pi, pi], that of zero 0; signs of zeros mean nothing, as in [`crossing`].
fn phase([re, im]: [f64; 2]) -> f64 {
    if re == 0.0 && im == 0.0 {
        return 0.0; // whole regions where nothing grows
    }
    scalar64::atan2(im + 0.0, re + 0.0)
}

/// The turn of an edge along an axis.
fn turn_of_edge<T: Component>(grid: &ComplexGrid<'_, T>, axis: usize, from: usize, into: usize) -> i32 {
    turn(grid.at(from), grid.at(into), grid.link(axis, from))
}

/// The turns of all edges along each axis, stored at their lower cells; 0 beyond a wall.
pub(super) fn turns<T: Component>(grid: &ComplexGrid<'_, T>, lattice: &Lattice) -> Vec<Vec<i32>> {
    let nx = lattice.shape()[0];
    let along = |axis: usize| {
        let mut turns = vec![0; lattice.cells()];
        turns.par_chunks_mut(nx).enumerate().for_each(|(row, turns)| {
            for (from, into, count) in lattice.runs(row, axis) {
                let turns = &mut turns[from - row * nx..][..count];
                if grid.theta.is_none() {
                    crossings(grid, from, into, turns);
                } else {
                    let edges = (from..).zip(into..);
                    turns.iter_mut().zip(edges).for_each(|(turn, (a, b))| *turn = turn_of_edge(grid, axis, a, b));
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
                assert_eq!(turn(a, b, TAU), crossing(a, b) + 1);
            }
        }
    }

    #[test]
    fn crossings_do_not_depend_on_the_size_of_values() {
        let pairs = [([-0.1, -1.0], [1.0, 0.1], 0), ([-1.0, -0.1], [0.1, 1.0], 1), ([-1.0, 0.1], [0.1, -1.0], -1)];
        for (a, b, expected) in pairs {
            for scale in [1.0, 1e-170, 1e-300, 1e170, 1e300] {
                let scaled = |value: [f64; 2], scale: f64| value.map(|part| part * scale);
                assert_eq!(crossing(scaled(a, scale), scaled(b, scale)), expected, "{a:?} {b:?} {scale}");
                assert_eq!(crossing(scaled(a, scale), b), expected, "{a:?} {b:?} {scale}");
            }
        }
    }

    #[test]
    fn turns_with_links_are_those_of_the_definition() {
        let directions: Vec<[f64; 2]> =
            (0..60).map(|k| scalar64::sin_cos(0.03 + TAU * f64::from(k) / 60.7)).map(|(s, c)| [c, s]).collect();
        for k in -300i32..300 {
            let theta = f64::from(k) * 0.031 + 1e-4;
            for (&a, &b) in directions.iter().zip(directions.iter().cycle().skip(7 * k.unsigned_abs() as usize)) {
                let defined = turn_of_phases(phase(a), phase(b), theta);
                assert_eq!(turn(a, b, theta), defined, "{a:?} {b:?} {theta}");
            }
        }
    }
}
