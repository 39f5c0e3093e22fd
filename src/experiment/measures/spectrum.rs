//! Radial power spectrum and correlation length of a field.
//!
//! In: a real or complex value per cell (planar, x fastest), without inert cells, on a grid taken as periodic. Out: the
//! power per shell of wavenumbers, and a length.
//! Definitions: `u_k = (1/N) sum_x u(x) e^{-ikx}` of the deviations u from the mean; shell j of width dk = 2 pi / (longest
//! side) gathers |u_k|^2 of all modes with |k| nearest to j dk, so that the sum over shells is the mean of |u|^2
//! (Parseval). The autocorrelation is the transform of |u_k|^2 (Wiener-Khinchin), averaged over rings one smallest
//! spacing wide; the correlation length is where it first falls to 1/e of its value at 0, by linear interpolation.

use crate::grid::{Axis, Grid};
use crate::math::fft::{Fft, FftError, check_size};

/// Power by wavenumber.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// Width of a shell: shell j is at j times this, in radians per unit of length.
    pub spacing: f64,
    /// Power of each shell.
    pub power: Vec<f64>,
}

impl Spectrum {
    /// The wavenumber of the shell with the most power; NaN if there is no power at all.
    pub fn peak(&self) -> f64 {
        let most = (0..self.power.len()).max_by(|&a, &b| self.power[a].total_cmp(&self.power[b]).then(b.cmp(&a)));
        most.filter(|&shell| self.power[shell] > 0.0).map_or(f64::NAN, |shell| shell as f64 * self.spacing)
    }

    /// The mean wavenumber, weighted by power; NaN if there is no power at all.
    pub fn mean(&self) -> f64 {
        let total: f64 = self.power.iter().sum();
        let first: f64 = self.power.iter().enumerate().map(|(shell, power)| shell as f64 * self.spacing * power).sum();
        first / total
    }
}

/// Whether the grid's sides can be transformed.
pub(super) fn check(grid: &Grid) -> Result<(), FftError> {
    grid.axis_list().iter().try_for_each(|&axis| check_size(grid.cells_along(axis)))
}

/// |u_k|^2 of the deviations from the mean, in the order of the transform.
fn powers(grid: &Grid, re: &[f64], im: &[f64]) -> Result<Vec<f64>, FftError> {
    let count = grid.cells() as f64;
    let deviations = |values: &[f64]| {
        let mean = crate::math::sum::pairwise(values) / count;
        values.iter().map(|value| value - mean).collect::<Vec<f64>>()
    };
    let (mut re, mut im) = (deviations(re), deviations(im));
    for &axis in grid.axis_list() {
        Fft::new(grid.cells_along(axis))?.forward(&mut re, &mut im, grid.shape(), axis.index());
    }
    Ok(re.iter().zip(&im).map(|(re, im)| (re * re + im * im) / (count * count)).collect())
}

/// The signed number of a mode or of a displacement: 0, 1, ..., -2, -1.
#[expect(clippy::cast_precision_loss, reason = "cells along an axis")]
fn signed(index: usize, count: usize) -> f64 {
    if 2 * index <= count { index as f64 } else { index as f64 - count as f64 }
}

/// The length of a vector whose components are multiples of `unit`.
fn length(grid: &Grid, cell: usize, unit: impl Fn(Axis) -> f64) -> f64 {
    let position = grid.position(cell);
    let part = |&axis: &Axis| {
        let part = unit(axis) * signed(position[axis.index()], grid.cells_along(axis));
        part * part
    };
    grid.axis_list().iter().map(part).sum::<f64>().sqrt()
}

/// The radial power spectrum.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shells are fewer than modes")]
pub fn radial(grid: &Grid, re: &[f64], im: &[f64]) -> Result<Spectrum, FftError> {
    let step = |axis: Axis| std::f64::consts::TAU / grid.size_along(axis);
    let spacing = grid.axis_list().iter().map(|&axis| step(axis)).fold(f64::INFINITY, f64::min);
    let mut power = Vec::new();
    for (mode, mode_power) in powers(grid, re, im)?.into_iter().enumerate() {
        let shell = (length(grid, mode, step) / spacing).round() as usize;
        if shell >= power.len() {
            power.resize(shell + 1, 0.0);
        }
        power[shell] += mode_power;
    }
    Ok(Spectrum { spacing, power })
}

/// The correlation length; NaN where the correlation stays above 1/e within half of the shortest side.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rings are fewer than cells")]
pub fn correlation_length(grid: &Grid, re: &[f64], im: &[f64]) -> Result<f64, FftError> {
    const LEVEL: f64 = 0.367_879_441_171_442_33;
    let mut correlation = powers(grid, re, im)?;
    let mut zero = vec![0.0; correlation.len()];
    for &axis in grid.axis_list() {
        let fft = Fft::new(grid.cells_along(axis))?;
        fft.forward(&mut correlation, &mut zero, grid.shape(), axis.index());
    }
    let axes = grid.axis_list();
    let ring = axes.iter().map(|&axis| grid.spacing(axis)).fold(f64::INFINITY, f64::min);
    let reach = axes.iter().map(|&axis| grid.size_along(axis)).fold(f64::INFINITY, f64::min) / 2.0;
    let mut rings: Vec<[f64; 3]> = vec![[0.0; 3]; (reach / ring) as usize + 1];
    for (cell, value) in correlation.iter().enumerate() {
        let distance = length(grid, cell, |axis| grid.spacing(axis));
        if let Some([count, distances, values]) = rings.get_mut((distance / ring).round() as usize) {
            (*count, *distances, *values) = (*count + 1.0, *distances + distance, *values + value);
        }
    }
    let whole = correlation[0];
    let points = rings.into_iter().filter(|ring| ring[0] > 0.0).map(|[count, r, c]| (r / count, c / count / whole));
    let mut before = (0.0, 1.0);
    for (r, c) in points {
        if c < LEVEL {
            let (r0, c0) = before;
            return Ok(r0 + (r - r0) * (c0 - LEVEL) / (c0 - c));
        }
        before = (r, c);
    }
    Ok(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Topology;
    use crate::math::rng::{Draw, fill_normal_f64};
    use crate::topology::defects::defects;
    use crate::topology::winding::ComplexGrid;

    fn plane(cells: [usize; 2], size: [f64; 2]) -> Grid {
        Grid::new(&cells, &size, &[Topology::Periodic; 2])
    }

    #[test]
    fn a_plane_wave_is_one_shell() {
        let grid = plane([48, 40], [24.0, 20.0]);
        let (kx, ky) = (3.0 * std::f64::consts::TAU / 24.0, -4.0 * std::f64::consts::TAU / 20.0);
        let phase = |cell: usize| {
            let [x, y, _] = grid.position(cell);
            kx * x as f64 * 0.5 + ky * y as f64 * 0.5
        };
        let (re, im): (Vec<f64>, Vec<f64>) =
            (0..grid.cells()).map(|cell| (0.3 + 0.7 * phase(cell).cos(), 0.7 * phase(cell).sin())).unzip();
        let spectrum = radial(&grid, &re, &im).unwrap();
        let k = (kx * kx + ky * ky).sqrt();
        let shell = (k / spectrum.spacing).round();
        assert!((spectrum.peak() - shell * spectrum.spacing).abs() < 1e-12 && (spectrum.peak() - k).abs() < 0.14);
        for (at, &power) in spectrum.power.iter().enumerate() {
            let due = if (at as f64 - shell).abs() < 0.5 { 0.49 } else { 0.0 };
            assert!((power - due).abs() < 1e-14, "{at}: {power}");
        }
        assert!((spectrum.mean() - spectrum.peak()).abs() < 1e-12);
    }

    #[test]
    fn power_is_the_mean_square() {
        let grid = plane([30, 27], [7.0, 11.0]);
        let mut re = vec![0.0; grid.cells()];
        fill_normal_f64(&mut re, 0, Draw { rng_seed: 1, stream: 0, step: 0 });
        let mean = re.iter().sum::<f64>() / re.len() as f64;
        let square = re.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / re.len() as f64;
        let spectrum = radial(&grid, &re, &vec![0.0; re.len()]).unwrap();
        assert!((spectrum.power.iter().sum::<f64>() / square - 1.0).abs() < 1e-12);
    }

    /// A complex Gaussian field with the spectrum `e^{-k^2/k0^2}`; with `exact`, every mode has just that power.
    fn gaussian(grid: &Grid, k0: f64, rng_seed: u64, exact: bool) -> [Vec<f64>; 2] {
        let mut parts = [0, 1].map(|stream| {
            let mut part = vec![0.0; grid.cells()];
            fill_normal_f64(&mut part, 0, Draw { rng_seed, stream, step: 0 });
            part
        });
        let [re, im] = &mut parts;
        for cell in 0..grid.cells() {
            let k = length(grid, cell, |axis| std::f64::consts::TAU / grid.size_along(axis));
            let size = if exact { (re[cell] * re[cell] + im[cell] * im[cell]).sqrt() } else { 1.0 };
            let factor = (-k * k / (2.0 * k0 * k0)).exp() / size;
            (re[cell], im[cell]) = (re[cell] * factor, im[cell] * factor);
        }
        for &axis in grid.axis_list() {
            Fft::new(grid.cells_along(axis)).unwrap().inverse(re, im, grid.shape(), axis.index());
        }
        parts
    }

    #[test]
    fn a_gaussian_spectrum_has_its_correlation_length() {
        // The transform of e^{-k^2/k0^2} is e^{-k0^2 r^2/4}: 1/e at r = 2/k0.
        let grid = plane([256, 256], [256.0, 256.0]);
        for k0 in [0.1, 0.2, 0.4] {
            let [re, im] = gaussian(&grid, k0, 3, true);
            let found = correlation_length(&grid, &re, &im).unwrap();
            assert!((found * k0 / 2.0 - 1.0).abs() < 0.02, "{k0}: {found}");
        }
        let flat = vec![0.0; grid.cells()];
        assert!(correlation_length(&grid, &flat, &flat).unwrap().is_nan());
        assert!(radial(&grid, &flat, &flat).unwrap().peak().is_nan());
    }

    #[test]
    fn a_gaussian_field_has_its_density_of_defects() {
        // science.md V25 (Halperin; Berry and Dennis): k0^2 / 4 pi.
        let (grid, k0) = (plane([512, 512], [512.0, 512.0]), 0.2);
        let mut count = 0;
        for rng_seed in 0..8 {
            let [re, im] = gaussian(&grid, k0, rng_seed, false);
            let field =
                ComplexGrid { shape: &[512, 512], periodic: &[true, true], re: &re, im: &im, theta: None, mask: None };
            count += defects(&field).unwrap().len();
        }
        let density = count as f64 / (8.0 * 512.0 * 512.0);
        assert!((density / (k0 * k0 / (4.0 * std::f64::consts::PI)) - 1.0).abs() < 0.03, "{density}");
    }
}
