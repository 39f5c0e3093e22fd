//! The largest step at which a scheme keeps bounded what the equations keep bounded.
//!
//! In: a model, a uniform state, a scheme. Out: a bound on dt from the eigenvalues l of the linearised equations at
//! wavevectors that cover the grid's Brillouin zone (axes, diagonals, corners, a lattice).
//!
//! A Runge-Kutta scheme multiplies a mode by R(dt l), and |R| <= 1 is required of every mode with Re l replaced by
//!
//! `-max(|Re l|, max_l Re l, |Im l| / 1000)`.
//!
//! A mode that decays faster than anything grows is so held to |R| <= 1 exactly. The other two numbers keep the bound
//! from being 0 where no step is perfect: Euler and Heun amplify every undamped oscillation. A mode near the edge of
//! instability (or beyond) may gain from the scheme about what the fastest mode gains from the equations, which what
//! saturates that one saturates too; and an undamped wave may gain a thousandth per radian that it turns.

use super::exponential::Exponential;
use super::{Base, Linearization, is_looked_at, on_grid};
use crate::grid::{Axis, Grid};
use crate::math::complex::Complex;
use crate::math::eigen::eigenvalues;
use crate::model::Model;
use crate::seed::Scheme;

/// What an oscillation may gain per radian.
const GAIN_PER_RADIAN: f64 = 1e-3;
/// No scheme here is stable where |dt l| reaches this.
const BEYOND_ALL: f64 = 4.0;
/// Halvings of an interval of steps: to the last bits of the bound.
const HALVINGS: usize = 50;
/// Wavenumbers along lines, and along each axis of the lattice.
const ALONG_LINES: usize = 33;
const IN_LATTICE: usize = 9;

/// The largest stable step about a uniform state; `None` if nothing limits it, if the equations have no derivative at
/// this state, or if there are too many of them ([`is_looked_at`]).
pub fn stability_bound(model: &Model, base: &Base, scheme: Scheme) -> Option<f64> {
    if !is_looked_at(model) {
        return None;
    }
    let model = &*on_grid(model);
    let linearization = Linearization::new(model, base);
    let mut modes = Vec::new();
    for k in wavevectors(&model.grid) {
        modes.extend(eigenvalues(&linearization.matrix(k), linearization.components()));
    }
    if modes.iter().any(|l| !(l.re.is_finite() && l.im.is_finite())) {
        return None;
    }
    let growth = modes.iter().map(|l| l.re).fold(0.0, f64::max);
    let amplification: fn(Complex) -> Complex = match scheme {
        Scheme::Euler => |z| Complex::ONE + z,
        Scheme::Heun => |z| Complex::ONE + z * (Complex::ONE + z.scale(0.5)),
        Scheme::Rk4 => |z| {
            let inner = Complex::ONE + z.scale(1.0 / 3.0) * (Complex::ONE + z.scale(0.25));
            Complex::ONE + z * (Complex::ONE + z.scale(0.5) * inner)
        },
        Scheme::Etd2 => return exponential_bound(&linearization, growth),
    };
    let damped: Vec<_> = modes.iter().map(|&l| Complex::new(-damping(l, growth), l.im)).collect();
    let fastest = damped.iter().map(|l| l.abs()).fold(0.0, f64::max);
    // Each scheme's region is a star about 0 in the left half-plane: what fits at dt fits at every smaller step.
    let stable = |dt: f64| damped.iter().all(|&l| amplification(l.scale(dt)).abs2() <= 1.0 + 1e-12);
    (fastest > 0.0).then(|| last_stable(0.0, BEYOND_ALL / fastest, stable))
}

/// The rate at which a mode is taken to decay; see the module's header.
fn damping(l: Complex, growth: f64) -> f64 {
    l.re.abs().max(growth).max(GAIN_PER_RADIAN * l.im.abs())
}

/// By bisection between a step that is stable and one that is not.
fn last_stable(mut below: f64, mut above: f64, stable: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (below + above);
        if stable(middle) {
            below = middle;
        } else {
            above = middle;
        }
    }
    below
}

/// Exponential time differencing multiplies the modes of a wavevector by a matrix, whose eigenvalues must lie in the
/// unit circle after the explicit part has been damped so that none grows, as in the module's header.
fn exponential_bound(linearization: &Linearization<'_>, growth: f64) -> Option<f64> {
    const SMALLEST: f64 = 0.05;
    const LARGEST: f64 = 100.0;
    const RATIO: f64 = 1.1;
    let n = linearization.components();
    let steps: Vec<_> = lines(&linearization.model.grid)
        .into_iter()
        .map(|k| {
            let modes = eigenvalues(&linearization.matrix(k), n);
            let least = modes.iter().map(|&l| damping(l, growth) + l.re).fold(0.0, f64::max);
            Exponential::new(linearization, k, least)
        })
        .collect();
    let size = steps.iter().map(Exponential::explicit_size).fold(0.0, f64::max);
    let stable = |dt: f64| steps.iter().all(|step| step.spectral_radius(dt) <= 1.0 + 1e-9);
    let mut below = 0.0;
    let mut above = SMALLEST / size;
    while above * size < LARGEST {
        if !stable(above) {
            return Some(last_stable(below, above, stable));
        }
        below = above;
        above *= RATIO;
    }
    None
}

/// Wavenumbers that fit along an axis, times its spacing, from 0 to at most pi; at most `most` of them, evenly spread.
pub(super) fn wavenumbers(grid: &Grid, axis: Axis, most: usize) -> Vec<f64> {
    let cells = grid.cells_along(axis);
    // Round a periodic axis 2 pi m / N, between walls pi m / N.
    let (half_turns, last) = if grid.bounded(axis) { (1.0, cells) } else { (2.0, cells / 2) };
    let count = (last + 1).min(most.max(2));
    let at = |index: usize| {
        let mode = if count == 1 { 0 } else { index * last / (count - 1) };
        #[expect(clippy::cast_precision_loss, reason = "cells along an axis are far below 2^52")]
        let turn = mode as f64 / cells as f64;
        std::f64::consts::PI * half_turns * turn
    };
    (0..count).map(at).collect()
}

/// Lines and a lattice.
fn wavevectors(grid: &Grid) -> Vec<[f64; 3]> {
    let mut all = lines(grid);
    let lattice = Axis::ALL.map(|axis| both_ways(grid, axis, IN_LATTICE));
    for &z in &lattice[2] {
        for &y in &lattice[1] {
            all.extend(lattice[0].iter().filter(|&&x| x >= 0.0).map(|&x| [x, y, z]));
        }
    }
    all
}

/// Along every sum of axes with signs: axes, diagonals, and the zone's corners at their ends. Half of the zone: the
/// matrix at -k is the conjugate of that at k.
fn lines(grid: &Grid) -> Vec<[f64; 3]> {
    let along = Axis::ALL.map(|axis| radians(grid, axis, ALONG_LINES));
    let signs = |axis: Axis| if axis.index() < grid.axes() { vec![0.0, 1.0, -1.0] } else { vec![0.0] };
    // An axis of few cells has few wavenumbers: its line stays at the last.
    let longest = along.iter().map(Vec::len).max().unwrap_or(1);
    let mut all = vec![[0.0; 3]];
    for &z in &signs(Axis::Z) {
        for &y in &signs(Axis::Y) {
            for sign in [[0.0, y, z], [1.0, y, z]].into_iter().filter(|sign| *sign != [0.0; 3]) {
                let at = |axis: usize, index: usize| sign[axis] * along[axis][index.min(along[axis].len() - 1)];
                all.extend((1..longest).map(|index| std::array::from_fn(|axis| at(axis, index))));
            }
        }
    }
    all
}

fn radians(grid: &Grid, axis: Axis, most: usize) -> Vec<f64> {
    if axis.index() >= grid.axes() {
        return vec![0.0];
    }
    wavenumbers(grid, axis, most).into_iter().map(|angle| angle / grid.spacing(axis)).collect()
}

fn both_ways(grid: &Grid, axis: Axis, most: usize) -> Vec<f64> {
    let up = radians(grid, axis, most);
    let down = up.iter().skip(1).map(|k| -k);
    up.iter().copied().chain(down).collect()
}
