//! V1: a Fourier mode of the heat equation under Euler steps decays by `1 - dt l` per step, l the stencil's symbol;
//! under `etd2`, which takes linear terms exactly, like `e^{-l t}` whatever the step.
//!
//! In one axis `l = (2 - 2 cos kx)/h^2`, k in radians per cell; more axes add up (5 and 7 points). Nine points:
//! `l = (20 - 8 cos kx - 8 cos ky - 4 cos kx cos ky) / 6h^2`.

use std::f64::consts::TAU;
use std::fmt::Display;

use super::{Finding, Lab};
use crate::error::Error;
use crate::math::elementary::scalar64;

const SEED: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [64, 64]
size = [32.0, 32.0]
stencil = 5
[parameters]
kx = 0.0
ky = 0.0
[fields]
u = {type = "real", initial = "cos(kx*x + ky*y)"}
[equations]
u = "laplacian(u)"
[time]
scheme = "euler"
dt = 0.02
stop = 4.0
[observe]
series = {amplitude = "mean(u*cos(kx*x + ky*y))/mean(cos(kx*x + ky*y)^2)"}
"#;

const LINE: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [48]
size = [24.0]
[parameters]
kx = 0.0
[fields]
u = {type = "real", initial = "cos(kx*x)"}
[equations]
u = "laplacian(u)"
[time]
scheme = "euler"
dt = 0.05
stop = 10.0
[observe]
series = {amplitude = "2*mean(u*cos(kx*x))"}
"#;

const VOLUME: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [12, 10, 8]
size = [12.0, 10.0, 8.0]
[fields]
u = {type = "real", initial = "cos(2*pi*x/12)*cos(4*pi*y/10)*cos(2*pi*z/8)"}
[equations]
u = "laplacian(u)"
[time]
scheme = "euler"
dt = 0.05
stop = 5.0
[observe]
series = {amplitude = "8*mean(u*cos(2*pi*x/12)*cos(4*pi*y/10)*cos(2*pi*z/8))"}
"#;

/// Modes on one, two and three axes.
pub(super) fn modes(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let tolerance = lab.tolerance(1e-11, 2e-5);
    let cos = |waves: u32, cells: u32| scalar64::cos(TAU * f64::from(waves) / f64::from(cells));
    let decay = |dt: f64, symbol: f64, steps| scalar64::powi(1.0 - dt * symbol, steps);
    let mut findings = Vec::new();
    for (stencil, m, p) in [(5, 1, 2), (5, 7, 5), (9, 7, 5), (9, 3, 0)] {
        let (cx, cy) = (cos(m, 64), cos(p, 64));
        let symbol = match stencil {
            5 => (4.0 - 2.0 * cx - 2.0 * cy) / 0.25,
            _ => (20.0 - 8.0 * cx - 8.0 * cy - 4.0 * cx * cy) / 1.5,
        };
        let [kx, ky] = [m, p].map(|waves| TAU * f64::from(waves) / 32.0);
        let mut heat = lab.grow(SEED, &[("kx", &kx), ("ky", &ky), ("domain.stencil", &stencil)])?;
        heat.advance(200)?;
        let what = format!("heat, {stencil} points, mode ({m}, {p})");
        findings.push(Finding::relative(what, decay(0.02, symbol, 200), heat.measure("amplitude")?, tolerance));
    }
    let symbol = (4.0 - 2.0 * cos(1, 64) - 2.0 * cos(2, 64)) / 0.25;
    let (kx, ky) = (TAU / 32.0, 2.0 * TAU / 32.0);
    let exact = [("kx", &kx as &dyn Display), ("ky", &ky), ("time.scheme", &"etd2"), ("time.dt", &0.5)];
    let mut heat = lab.grow(SEED, &exact)?;
    heat.until(4.0)?;
    let expected = scalar64::exp(-4.0 * symbol);
    findings.push(Finding::relative("heat, etd2, mode (1, 2)", expected, heat.measure("amplitude")?, tolerance));

    let mut line = lab.grow(LINE, &[("kx", &(TAU * 3.0 / 24.0))])?;
    line.advance(200)?;
    let symbol = (2.0 - 2.0 * cos(3, 48)) / 0.25;
    let expected = decay(0.05, symbol, 200);
    findings.push(Finding::relative("heat, 1 axis, mode 3", expected, line.measure("amplitude")?, tolerance));

    let mut volume = lab.grow(VOLUME, &[])?;
    volume.advance(100)?;
    let symbol = 6.0 - 2.0 * (cos(1, 12) + cos(2, 10) + cos(1, 8));
    let expected = decay(0.05, symbol, 100);
    findings.push(Finding::relative("heat, 3 axes, mode (1, 2, 1)", expected, volume.measure("amplitude")?, tolerance));
    Ok(findings)
}
