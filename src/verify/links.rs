//! Frames: what the connection Laplacian and a relaxing link do exactly (V15, V19, V21).
//!
//! V15: a ring of N cells whose frames turn by P once round has `-L` eigenvalues `2 - 2 cos((2 pi m + P)/N)`, however
//! the turn is spread over the edges. V19: a small field grows with `mu - lambda_min(-L)`, dispersion or not; on the
//! square lattice with half a turn per plaquette `lambda_min = 4 - 2 sqrt 2` (Hofstadter, Phys. Rev. B 14, 2239, 1976).
//! V21: between fixed cells a link obeys `tan((th + phi)/2) = tan((th_0 + phi)/2) e^{-eps w t}`.

use std::f64::consts::{PI, TAU};

use super::{Finding, Lab};
use crate::error::Error;
use crate::math::elementary::scalar64::{atan2, cos, exp, log, tan};

const RING: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [12]
size = [12.0]
[parameters]
P = 3.141592653589793
m = 0.0
[fields]
A = {type = "complex", initial = "exp(2*pi*i*m*x/12)"}
theta = {type = "link", initial = "P/12"}
[equations]
A = "laplacian(A, theta)"
theta = "0"
[time]
scheme = "euler"
dt = 0.1
stop = 1.0
[observe]
series = {size = "mean(abs2(A))"}
"#;

/// The same turn on a single edge, and a field that holds all modes.
const ONE_EDGE: [(&str, &str); 2] = [
    ("fields.theta", r#"{type = "link", initial = "select(abs(x - 6) < 0.25, P, 0)"}"#),
    ("fields.A", r#"{type = "complex", initial = "0.5 + cos(x) + 0.3*i*sin(2*x)"}"#),
];

/// V15.
pub(super) fn ring(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    let eigenvalue = |m: f64, turn: f64| 2.0 - 2.0 * cos((TAU * m + turn) / 12.0);
    for (m, turn) in [(0.0, PI), (2.0, PI), (0.0, 1.0), (-1.0, 1.0)] {
        let mut ring = lab.grow(RING, &[("m", &m), ("P", &turn)])?;
        let measured = decay_per_step(&mut ring, 10)?;
        let what = format!("ring, turn {turn:.2}, eigenvalue {m}");
        findings.push(Finding::absolute(what, eigenvalue(m, turn), measured, lab.tolerance(1e-13, 2e-6)));
    }
    for turn in [PI, 1.0] {
        let [theta, field] = &ONE_EDGE;
        let mut ring = lab.grow(RING, &[("P", &turn), (theta.0, &theta.1), (field.0, &field.1)])?;
        ring.advance(600)?;
        let measured = decay_per_step(&mut ring, 10)?;
        let what = format!("ring, turn {turn:.2} on one edge, least eigenvalue");
        findings.push(Finding::absolute(what, eigenvalue(0.0, turn), measured, lab.tolerance(1e-10, 2e-6)));
    }
    Ok(findings)
}

/// l from `(1 - dt l)^n`, dt = 0.1.
fn decay_per_step(ring: &mut super::lab::Specimen, steps: u32) -> Result<f64, Error> {
    let before = ring.measure("size")?;
    ring.advance(steps.into())?;
    let ratio = ring.measure("size")? / before;
    Ok((1.0 - exp(0.5 * log(ratio) / f64::from(steps))) / 0.1)
}

const FRUSTRATED: &str = r#"
semafield = 1
rng_seed = 2
[domain]
kind = "grid"
shape = [8, 8]
size = [8.0, 8.0]
[parameters]
mu = 1.0
a = 0.0
b = 0.0
[fields]
A = {type = "complex", initial = "1e-8*(normal() + i*normal())"}
theta = {type = "link", initial = {x = "0", y = "pi*floor(x)"}}
[equations]
A = "mu*(1 + i*b)*A - (1 + i*b)*abs2(A)*A + (1 + i*a)*laplacian(A, theta)"
theta = "0"
[time]
scheme = "rk4"
dt = 0.02
stop = 60.0
[observe]
series = {size = "log(mean(abs2(A)))/2"}
"#;

/// V19.
pub(super) fn coherence_death(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let least = 4.0 - 2.0 * 2.0_f64.sqrt();
    let mut findings = Vec::new();
    for (a, b) in [(0.0, 0.0), (2.0, -1.2)] {
        for rate in [0.05, -0.05] {
            let mut field = lab.grow(FRUSTRATED, &[("mu", &(least + rate)), ("a", &a), ("b", &b)])?;
            field.until(40.0)?;
            let measured = field.rate_until("size", 60.0)?;
            let fate = if rate > 0.0 { "survives" } else { "dies" };
            let what = format!("half flux, (a, b) = ({a}, {b}), {fate} at rate");
            findings.push(Finding::absolute(what, rate, measured, lab.tolerance(1e-6, 1e-5)));
        }
    }
    Ok(findings)
}

const FRAME: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [8]
size = [8.0]
boundary = "no-flux"
[parameters]
phi = 0.7
eps = 0.2
[fields]
A = {type = "complex", initial = "exp(i*phi*x)"}
theta = {type = "link", initial = "1.5"}
[equations]
A = "0"
theta = "-eps*current(A, theta)"
[time]
scheme = "rk4"
dt = 0.01
stop = 10.0
"#;

/// V21.
pub(super) fn frame_relaxation(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut frame = lab.grow(FRAME, &[])?;
    frame.until(10.0)?;
    let measured = frame.field("theta")?.values.get(3);
    let expected = relaxed(0.7, 1.5, 0.2 * 10.0);
    Ok(vec![Finding::absolute("relaxing frame at t = 10", expected, measured, lab.tolerance(1e-9, 1e-5))])
}

/// The link after `eps w t`.
fn relaxed(phi: f64, start: f64, time: f64) -> f64 {
    2.0 * atan2(tan(0.5 * (start + phi)) * exp(-time), 1.0) - phi
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_relaxes_as_computed_before() {
        assert!((relaxed(0.7, 1.5, 2.0) + 0.180_224_587_7).abs() < 1e-10);
    }
}
