//! V5: the wavenumber that a one-armed spiral selects (Hagan, SIAM J. Appl. Math. 42, 762, 1982), and V5b: that explicit
//! Euler steps miss it.
//!
//! `A_t = A - (1 + i b) |A|^2 A + L A` in the frame that turns with the uniform state: a spiral turns at `b q^2`.
//! Expected: the boundary value problem's q (science.md, table of section 2). The grid shifts q by O(h^2), so two
//! grids are extrapolated. In the frame at rest the spiral turns at about b (1 - q^2), and an Euler step makes whatever
//! turns at W grow at the spurious rate W^2 dt/2: there it turns too fast, and a check that can't see that sees nothing.

use std::f64::consts::{PI, TAU};

use super::lab::Settings;
use super::{Finding, Lab};
use crate::error::Error;

const SEED: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [100, 100]
size = [100.0, 100.0]
boundary = "no-flux"
stencil = 9
[parameters]
b = 1.0
[fields]
A = {type = "complex", initial = "((x - 50) + i*(y - 50))/sqrt((x - 50)^2 + (y - 50)^2 + 4)"}
[equations]
A = "(1 + i*b)*(1 - abs2(A))*A + laplacian(A)"
[time]
scheme = "heun"
dt = 0.08
stop = 300.0
[observe]
series = {phase = "arg(mean(A*((x - 50) - i*(y - 50))*exp(-((x - 50)^2 + (y - 50)^2)/30)))"}
"#;

/// The spiral in the frame at rest.
const AT_REST: &str = "A - (1 + i*b)*abs2(A)*A + laplacian(A)";
/// By how much Euler steps of 0.02 raise the frequency there.
const MISSED: f64 = 0.006;

/// q of b = 1.
const HAGAN: f64 = 0.302_925;

pub(super) fn wavenumber(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let coarse = measured(lab, 100)?;
    let fine = measured(lab, 200)?;
    let extrapolated = (4.0 * fine - coarse) / 3.0;
    Ok(vec![
        Finding::relative("spiral, b = 1, h = 0.5", HAGAN, fine, 0.012),
        Finding::relative("spiral, b = 1, h = 1 and 0.5 extrapolated", HAGAN, extrapolated, 0.004),
    ])
}

/// V5b: the same spiral in the frame at rest, by Euler and by Heun steps of 0.02.
pub(super) fn missed_by_euler(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let at_rest = |scheme: &str| -> Result<f64, Error> {
        Ok(frequency(lab, &[("equations.A", &AT_REST), ("time.scheme", &scheme), ("time.dt", &0.02)])?.abs())
    };
    let missed = at_rest("euler")? - at_rest("heun")?;
    Ok(vec![Finding::relative("spiral, b = 1: what Euler adds to the frequency", MISSED, missed, 0.25)])
}

fn measured(lab: &Lab, cells: usize) -> Result<f64, Error> {
    Ok(frequency(lab, &[("domain.shape", &format!("[{cells}, {cells}]"))])?.abs().sqrt())
}

/// From the turns of the core between t = 200 and t = 300.
fn frequency(lab: &Lab, settings: Settings<'_>) -> Result<f64, Error> {
    let mut spiral = lab.grow(SEED, settings)?;
    spiral.until(200.0)?;
    let start = spiral.time();
    let (mut last, mut turned) = (spiral.measure("phase")?, 0.0);
    for sample in 1..=50 {
        spiral.until(200.0 + 2.0 * f64::from(sample))?;
        let phase = spiral.measure("phase")?;
        turned += (phase - last + PI).rem_euclid(TAU) - PI;
        last = phase;
    }
    Ok(turned / (spiral.time() - start))
}
