//! Plane waves of `A_t = A + (1 + i a) L A - (1 + i b) |A|^2 A` and what grows on them (V2, V3, V4).
//!
//! With `s(k) = (2 - 2 cos kh)/h^2` in place of k^2 these are exact on the grid: `A = R e^{i(kx - W t)}` with
//! `R^2 = 1 - s(k)`, `W = a s(k) + b R^2`; and disturbances `u e^{i(k+q)x}`, `v* e^{i(k-q)x}` of it in the turning
//! frame obey a 2 x 2 system (Aranson and Kramer, Rev. Mod. Phys. 74, 99), for k = 0 with the rate
//! `-1 - s + sqrt(1 - 2ab s - a^2 s^2)`, s = s(q).

use std::f64::consts::TAU;

use super::{Finding, Lab};
use crate::error::Error;
use crate::math::complex::Complex;
use crate::math::eigen::eigenvalues;
use crate::math::elementary::scalar64;

const SEED: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [128]
size = [64.0]
[parameters]
a = 1.0
b = -0.5
k = 0.0
q = 0.0
R = 1.0
W = 0.0
small = 0.0
[fields]
A = {type = "complex", initial = "R*exp(i*k*x)*(1 + small*(1 + 0.3*i)*cos(q*x))"}
[equations]
A = "A + (1 + i*a)*laplacian(A) - (1 + i*b)*abs2(A)*A"
[time]
scheme = "rk4"
dt = 0.004
stop = 10.0
[observe.series]
error = "max_of(abs(A - R*exp(i*(k*x - W*t))))"
upper = "log(abs(mean(A*exp(-i*(k + q)*x))))"
"#;

/// Wave number m on so many cells.
#[derive(Clone, Copy)]
struct Line {
    a: f64,
    b: f64,
    cells: u32,
}

impl Line {
    const SPACING: f64 = 0.5;

    fn length(self) -> f64 {
        Self::SPACING * f64::from(self.cells)
    }

    fn wavenumber(self, waves: i32) -> f64 {
        TAU * f64::from(waves) / self.length()
    }

    /// The discrete k^2.
    fn symbol(self, waves: i32) -> f64 {
        let angle = self.wavenumber(waves) * Self::SPACING;
        (2.0 - 2.0 * scalar64::cos(angle)) / (Self::SPACING * Self::SPACING)
    }

    /// R^2 and W of a plane wave.
    fn wave(self, waves: i32) -> (f64, f64) {
        let s = self.symbol(waves);
        (1.0 - s, self.a * s + self.b * (1.0 - s))
    }

    /// The fastest growth rate of disturbances `waves + q` and `waves - q` of a plane wave.
    fn growth(self, waves: i32, q: i32) -> f64 {
        let (r2, w) = self.wave(waves);
        let (dispersion, detuning) = (Complex::new(1.0, self.a), Complex::new(1.0, self.b));
        let turning = Complex::new(1.0, w);
        let own = |s: f64| turning - dispersion.scale(s) - detuning.scale(2.0 * r2);
        let cross = Complex::ZERO - detuning.scale(r2);
        let matrix = [own(self.symbol(waves + q)), cross, cross.conj(), own(self.symbol(waves - q)).conj()];
        eigenvalues(&matrix, 2)[0].re
    }
}

/// V2: the error of a travelling wave at t = 10.
pub(super) fn plane_wave(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (a, b, waves) in [(1.0, -0.5, 4), (2.0, -1.2, -2)] {
        let line = Line { a, b, cells: 128 };
        let (r2, w) = line.wave(waves);
        let k = line.wavenumber(waves);
        let mut wave = lab.grow(SEED, &[("a", &a), ("b", &b), ("k", &k), ("R", &r2.sqrt()), ("W", &w)])?;
        wave.until(10.0)?;
        let what = format!("plane wave m = {waves}, (a, b) = ({a}, {b}), at t = 10");
        findings.push(Finding::absolute(what, 0.0, wave.measure("error")?, lab.tolerance(1e-10, 1e-4)));
    }
    Ok(findings)
}

/// V3: growth of long waves on the uniform oscillation, on either side of `1 + ab = 0`.
pub(super) fn benjamin_feir(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (b, q) in [(-1.2, 6), (-0.6, 2), (-0.4, 2)] {
        let line = Line { a: 2.0, b, cells: 128 };
        let s = line.symbol(q);
        let root = (1.0 - 2.0 * line.a * b * s - line.a * line.a * s * s).sqrt();
        let what = format!("Benjamin-Feir growth, b = {b}, m = {q}");
        findings.push(measured_growth(lab, line, 0, q, what, -1.0 - s + root)?);
    }
    Ok(findings)
}

/// What grows more slowly drowns in the rounding of f32: each step adds less than the last bit of A.
const SLOWEST: f64 = 0.01;

/// V4: plane waves inside the Eckhaus limit are stable, those beyond are not; growth of their fastest disturbance.
pub(super) fn eckhaus(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (a, b, waves) in [(0.0, 0.0, 11), (0.0, 0.0, 12), (0.0, 0.0, 13), (1.0, -0.5, 9)] {
        let line = Line { a, b, cells: 256 };
        let fastest = (1..=16).max_by(|&p, &q| line.growth(waves, p).total_cmp(&line.growth(waves, q)));
        let q = fastest.expect("16 candidates");
        if lab.tolerance(0.0, SLOWEST) > line.growth(waves, q).abs() {
            continue;
        }
        let what = format!("Eckhaus growth, (a, b) = ({a}, {b}), m = {waves}, q = {q}");
        findings.push(measured_growth(lab, line, waves, q, what, line.growth(waves, q))?);
    }
    Ok(findings)
}

/// The growth rate of a small disturbance between t = 20 and t = 40, when the other mode has died out.
fn measured_growth(lab: &Lab, line: Line, waves: i32, q: i32, what: String, expected: f64) -> Result<Finding, Error> {
    let (r2, _) = line.wave(waves);
    // In f32 a disturbance must be seen beside 1: it ends at 0.03.
    let small = lab.tolerance(1e-7, 0.03 * scalar64::exp(-40.0 * expected));
    let (k, wavenumber) = (line.wavenumber(waves), line.wavenumber(q));
    let mut wave = lab.grow(
        SEED,
        &[
            ("a", &line.a),
            ("b", &line.b),
            ("k", &k),
            ("q", &wavenumber),
            ("R", &r2.sqrt()),
            ("small", &small),
            ("domain.shape", &format!("[{}]", line.cells)),
            ("domain.size", &format!("[{:.1}]", line.length())),
            ("time.dt", &0.02),
        ],
    )?;
    wave.until(20.0)?;
    let measured = wave.rate_until("upper", 40.0)?;
    Ok(Finding::absolute(what, expected, measured, lab.tolerance(1e-6, 1e-3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_that_of_the_literature() {
        let uniform = Line { a: 2.0, b: -1.2, cells: 128 };
        assert!((uniform.growth(0, 6) - 0.131_609_616_9).abs() < 1e-9);
        let real = Line { a: 0.0, b: 0.0, cells: 256 };
        assert!((1..16).all(|q| real.growth(11, q) < 0.0));
        assert!((real.growth(12, 4) - 0.001_531_9).abs() < 1e-7);
    }
}
