//! Hodge decomposition of a link field on a plane torus: gradient, rotation and the rest.
//!
//! `v = grad(phi) + rot(psi) + h` with `laplacian(phi) = div(v)` and `-laplacian(psi) = curl(v)`, the operators being
//! those of the equation language: `rot(psi)` is `((psi[i] - psi[i-y])/hy, (psi[i-x] - psi[i])/hx)`, a value per face
//! giving links, and `h` is the mean of `v`. The Laplacian is diagonal in Fourier space and its symbol real, so that
//! phi and psi travel as the two parts of one complex array.
//! Invariant: the three parts are orthogonal and sum to `v`, to rounding (Jiang, Lim, Yao & Ye 2011).

use super::TopologyError;
use super::lattice::Lattice;
use crate::math::elementary::scalar64;
use crate::math::fft::Fft;
use std::f64::consts::TAU;

/// The parts of a link field on a torus; arrays have one value per cell, x fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Hodge {
    /// phi, of mean 0: its gradient is the part without rotation.
    pub potential: Vec<f64>,
    /// psi, a value per face, of mean 0: what rotates round faces.
    pub stream: Vec<f64>,
    /// `grad(phi)` along x and y.
    pub gradient: [Vec<f64>; 2],
    /// `rot(psi)` along x and y.
    pub rotation: [Vec<f64>; 2],
    /// The mean of the field: neither source nor rotation, but round the torus.
    pub harmonic: [f64; 2],
}

/// Decomposes a link field given as values per length, along x and along y. Extents are products of 2, 3 and 5.
pub fn hodge(shape: [usize; 2], spacing: [f64; 2], [vx, vy]: [&[f64]; 2]) -> Result<Hodge, TopologyError> {
    let lattice = Lattice::new(&shape, &[true; 2], vx.len())?;
    let cells = lattice.cells();
    if vy.len() != cells {
        return Err(TopologyError::Length { what: "component along y", needed: cells, found: vy.len() });
    }
    let [nx, ny] = shape;
    let [hx, hy] = spacing;
    let next = |i: usize| (if i % nx + 1 == nx { i + 1 - nx } else { i + 1 }, (i + nx) % cells);
    let last = |i: usize| (if i.is_multiple_of(nx) { i + nx - 1 } else { i - 1 }, (i + cells - nx) % cells);

    let divergence = |i: usize| {
        let (left, below) = last(i);
        (vx[i] - vx[left]) / hx + (vy[i] - vy[below]) / hy
    };
    let curl = |i: usize| {
        let (right, above) = next(i);
        (vy[right] - vy[i]) / hx - (vx[above] - vx[i]) / hy
    };
    let mut potential: Vec<f64> = (0..cells).map(|i| -divergence(i)).collect();
    let mut stream: Vec<f64> = (0..cells).map(curl).collect();
    invert_laplacian(shape, spacing, &mut potential, &mut stream)?;

    let along = |difference: &dyn Fn(usize) -> f64| (0..cells).map(difference).collect::<Vec<f64>>();
    let gradient = [
        along(&|i| (potential[next(i).0] - potential[i]) / hx),
        along(&|i| (potential[next(i).1] - potential[i]) / hy),
    ];
    let rotation = [along(&|i| (stream[i] - stream[last(i).1]) / hy), along(&|i| (stream[last(i).0] - stream[i]) / hx)];
    let harmonic = [mean(vx, ny), mean(vy, ny)];
    Ok(Hodge { potential, stream, gradient, rotation, harmonic })
}

/// Solves `-laplacian(u) = f` for two right-hand sides in place; the mean of u is 0.
fn invert_laplacian(
    [nx, ny]: [usize; 2],
    [hx, hy]: [f64; 2],
    re: &mut [f64],
    im: &mut [f64],
) -> Result<(), TopologyError> {
    let transforms = [Fft::<f64>::new(nx)?, Fft::<f64>::new(ny)?];
    let extents = [nx, ny, 1];
    for (axis, transform) in transforms.iter().enumerate() {
        transform.forward(re, im, extents, axis);
    }
    let (symbol_x, symbol_y) = (symbol(nx, hx), symbol(ny, hy));
    for (index, (re, im)) in re.iter_mut().zip(im.iter_mut()).enumerate() {
        let symbol = symbol_x[index % nx] + symbol_y[index / nx];
        let inverse = if index == 0 { 0.0 } else { 1.0 / symbol };
        *re *= inverse;
        *im *= inverse;
    }
    for (axis, transform) in transforms.iter().enumerate() {
        transform.inverse(re, im, extents, axis);
    }
    Ok(())
}

/// `(2 sin(k h / 2) / h)^2` for the wave numbers of an axis.
#[expect(clippy::cast_precision_loss, reason = "indices are below 2^32")]
fn symbol(n: usize, h: f64) -> Vec<f64> {
    let amplitude = |index: usize| 2.0 * scalar64::sin(TAU / 2.0 * index as f64 / n as f64) / h;
    (0..n).map(|index| amplitude(index) * amplitude(index)).collect()
}

/// The mean of a component, row by row.
#[expect(clippy::cast_precision_loss, reason = "counts are below 2^32")]
fn mean(values: &[f64], rows: usize) -> f64 {
    let sums = values.chunks(values.len() / rows).map(|row| row.iter().sum::<f64>());
    sums.sum::<f64>() / values.len() as f64
}
