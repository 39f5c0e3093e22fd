//! Ordinary equations, one and the same in every cell: V6, V22, V23.
//!
//! V6, Stuart-Landau: `A = A0 sqrt(G/D) e^{i(om t - (b/2) ln D)}`, `G = e^{2 mu t}`, `D = 1 + |A0|^2 (G - 1)/mu`.
//! V22, the trace follows at `|e/A| = Om tau / sqrt(1 + Om^2 tau^2)`; about A = M = 0 the pair grows with the
//! eigenvalues of `[[mu - kappa, kappa], [1/tau, -1/tau]]`. V23, Adler: `phi_t = D - f sin phi` beats at
//! `sqrt(D^2 - f^2)`, or locks.

use std::f64::consts::TAU;

use super::{Finding, Lab};
use crate::error::Error;
use crate::math::complex::Complex;
use crate::math::elementary::scalar64::{exp, log, sin_cos};

const STUART_LANDAU: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [8]
size = [8.0]
[parameters]
mu = 0.8
om = 0.3
b = 1.7
[fields]
A = {type = "complex", initial = "0.1 + 0.05*i"}
[equations]
A = "(mu + i*om)*A - (1 + i*b)*abs2(A)*A"
[time]
scheme = "rk4"
dt = 0.001
stop = 10.0
[observe]
series = {re = "mean(re(A))", im = "mean(im(A))"}
"#;

fn landau(mu: f64, om: f64, b: f64, start: Complex, t: f64) -> Complex {
    let gain = exp(2.0 * mu * t);
    let saturation = 1.0 + start.abs2() * (gain - 1.0) / mu;
    let (sin, cos) = sin_cos(om * t - 0.5 * b * log(saturation));
    start.scale((gain / saturation).sqrt()) * Complex::new(cos, sin)
}

/// V6.
pub(super) fn stuart_landau(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut points = lab.grow(STUART_LANDAU, &[])?;
    points.until(10.0)?;
    let (re, im) = (points.measure("re")?, points.measure("im")?);
    let expected = landau(0.8, 0.3, 1.7, Complex::new(0.1, 0.05), 10.0);
    let tolerance = lab.tolerance(1e-12, 2e-4);
    Ok(vec![
        Finding::absolute("Stuart-Landau, re A at t = 10", expected.re, re, tolerance),
        Finding::absolute("Stuart-Landau, im A at t = 10", expected.im, im, tolerance),
    ])
}

const TRACE: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [8]
size = [8.0]
[parameters]
om = 0.7
tau = 3.0
[fields]
A = {type = "complex", initial = "1"}
M = {type = "complex", initial = "0"}
[equations]
A = "i*om*A"
M = "(A - M)/tau"
[time]
scheme = "rk4"
dt = 0.01
stop = 100.0
[observe]
series = {gain = "mean(abs(A - M))/mean(abs(A))"}
"#;

const PAIR: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [8]
size = [8.0]
[parameters]
mu = 1.0
kappa = 0.5
tau = 4.0
ratio = 1.0
[fields]
A = {type = "complex", initial = "1e-8"}
M = {type = "complex", initial = "1e-8*ratio"}
[equations]
A = "mu*A - abs2(A)*A + kappa*(M - A)"
M = "(A - M)/tau"
[time]
scheme = "rk4"
dt = 0.01
stop = 5.0
[observe]
series = {size = "log(mean(abs(A)))"}
"#;

/// V22.
pub(super) fn trace_gain(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let (om, tau) = (0.7_f64, 3.0_f64);
    let mut trace = lab.grow(TRACE, &[("om", &om), ("tau", &tau)])?;
    trace.until(100.0)?;
    let expected = om * tau / (1.0 + om * om * tau * tau).sqrt();
    let tolerance = lab.tolerance(1e-9, 2e-5);
    let mut findings = vec![Finding::absolute("trace |A - M|/|A|", expected, trace.measure("gain")?, tolerance)];

    let (mu, kappa, tau) = (1.0_f64, 0.5_f64, 4.0_f64);
    let (middle, difference) = (0.5 * (mu - kappa - 1.0 / tau), 0.5 * (mu - kappa + 1.0 / tau));
    let root = (difference * difference + kappa / tau).sqrt();
    for (name, rate) in [("growing", middle + root), ("decaying", middle - root)] {
        let ratio = (rate - (mu - kappa)) / kappa;
        let mut pair = lab.grow(PAIR, &[("mu", &mu), ("kappa", &kappa), ("tau", &tau), ("ratio", &ratio)])?;
        let measured = pair.rate_until("size", 5.0)?;
        // In f32 the growing mode, seeded by rounding, takes over from the decaying one: e^{(0.64 + 0.39) 5} times.
        let tolerance = lab.tolerance(1e-9, 1e-4);
        findings.push(Finding::absolute(format!("{name} pair of field and trace"), rate, measured, tolerance));
    }
    Ok(findings)
}

const ADLER: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [8]
size = [8.0]
[parameters]
D = 0.5
f = 0.3
[fields]
phi = {type = "real", initial = "0"}
[equations]
phi = "D - f*sin(phi)"
[time]
scheme = "rk4"
dt = 0.01
stop = 100.0
[observe]
series = {phi = "mean(phi)"}
"#;

/// V23.
pub(super) fn adler(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let beats = 10.0;
    let beat = (0.5_f64 * 0.5 - 0.3 * 0.3).sqrt();
    let dt = TAU / beat / 1000.0;
    let mut drifting = lab.grow(ADLER, &[("time.dt", &dt)])?;
    let measured = drifting.rate_until("phi", beats * TAU / beat)?;
    let mut locked = lab.grow(ADLER, &[("f", &0.6)])?;
    locked.until(200.0)?;
    let still = locked.rate_until("phi", 300.0)?;
    let tolerance = lab.tolerance(1e-9, 1e-4);
    Ok(vec![
        Finding::absolute("Adler beat, D = 0.5, f = 0.3", beat, measured, tolerance),
        Finding::absolute("Adler, locked at f = 0.6", 0.0, still, tolerance),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_of_stuart_and_landau_has_its_known_value() {
        let found = landau(0.8, 0.3, 1.7, Complex::new(0.1, 0.05), 10.0);
        let known = Complex::new(0.849_545_710_938_82, -0.279_761_350_605_93);
        assert!((found - known).abs() < 1e-13);
    }
}
