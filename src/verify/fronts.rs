//! Moving walls: V11, a disc of the Allen-Cahn equation shrinks by curvature, `d(R^2)/dt = -2`; V12, the front of
//! `u_t = L u + u (1 - u)(u - a)` moves at `(1 - 2a)/sqrt 2` (both with errors of order h^2 and, V11, 1/R^2).

use super::{Finding, Lab};
use crate::error::Error;

const DISC: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [200, 200]
size = [100.0, 100.0]
stencil = 9
[fields]
u = {type = "real", initial = "tanh((30 - sqrt((x - 50)^2 + (y - 50)^2))/sqrt(2))"}
[equations]
u = "laplacian(u) + u - u^3"
[time]
scheme = "heun"
dt = 0.08
stop = 200.0
[observe]
series = {radius2 = "(mean(u) + 1)/2*100^2/pi"}
"#;

/// V11 at h = 0.5, within 2 %.
pub(super) fn disc(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut disc = lab.grow(DISC, &[])?;
    disc.until(20.0)?;
    let measured = disc.rate_until("radius2", 200.0)?;
    Ok(vec![Finding::relative("disc, dR^2/dt, h = 0.5", -2.0, measured, 0.02)])
}

/// V11 at h = 0.25, within 0.5 %.
pub(super) fn disc_fine(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut disc = lab.grow(DISC, &[("domain.shape", &"[400, 400]"), ("time.dt", &0.02)])?;
    disc.until(20.0)?;
    let measured = disc.rate_until("radius2", 120.0)?;
    Ok(vec![Finding::relative("disc, dR^2/dt, h = 0.25", -2.0, measured, 0.005)])
}

const FRONT: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [800]
size = [200.0]
boundary = "no-flux"
[parameters]
a = 0.1
[fields]
u = {type = "real", initial = "(1 - tanh((x - 50)/sqrt(8)))/2"}
[equations]
u = "laplacian(u) + u*(1 - u)*(u - a)"
[time]
scheme = "rk4"
dt = 0.025
stop = 120.0
[observe]
series = {position = "mean(u)*200"}
"#;

/// V12 for a fast and a slow front.
pub(super) fn bistable(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for a in [0.1, 0.3] {
        let mut front = lab.grow(FRONT, &[("a", &a)])?;
        front.until(20.0)?;
        let measured = front.rate_until("position", 120.0)?;
        let expected = (1.0 - 2.0 * a) / 2.0_f64.sqrt();
        findings.push(Finding::relative(format!("bistable front, a = {a}"), expected, measured, 0.003));
    }
    Ok(findings)
}
