//! Nothing crosses the rim of a mask: what only flows within it is kept, up to rounding.
//!
//! The sum of u under `u_t = div(D grad u)` and under `u_t = L (u^3 - u - L u)`, and that of `e^{-i chi} A` under the
//! covariant Laplacian with the pure gauge `theta_ij = chi_i - chi_j`, stay what they are on a mask of odd shape.

use super::{Finding, Lab};
use crate::error::Error;

const PLANE: &str = r#"
semafield = 1
rng_seed = 6
[domain]
kind = "grid"
shape = [37, 29]
size = [37.0, 29.0]
boundary = {x = "periodic", y = "no-flux"}
stencil = 5
mask = "(x - 18)^2 + 2*(y - 14)^2 < 250 && !(abs(x - 20) < 3 && y > 12) || x + y < 6 || abs(x - 2*y) < 1.5"
[fields]
u = {type = "real", initial = "1 + uniform()"}
v = {type = "real", initial = "0.2 + 0.1*normal()"}
A = {type = "complex", initial = "(1 + 0.5*uniform() + 0.2*i*uniform())*exp(i*(sin(0.5*x) + cos(0.7*y)))"}
theta = {type = "link", initial = {x = "sin(0.5*x - 0.25) - sin(0.5*x + 0.25)", y = "cos(0.7*y - 0.35) - cos(0.7*y + 0.35)"}}
[equations]
u = "div_grad(1 + 0.5*sin(x)*cos(y), u)"
v = "laplacian(v^3 - v - laplacian(v))"
A = "(1 + 0.5*i)*laplacian(A, theta)"
theta = "0"
[time]
scheme = "heun"
dt = 0.01
stop = 10.0
[observe.series]
diffused = "sum(u)"
separated = "sum(v)"
parallel = "sum(re(A*exp(-i*(sin(0.5*x) + cos(0.7*y)))))"
"#;

const VOLUME: &str = r#"
semafield = 1
rng_seed = 6
[domain]
kind = "grid"
shape = [13, 11, 9]
size = [13.0, 11.0, 9.0]
boundary = "no-flux"
mask = "(x - 6)^2 + (y - 5)^2 + 2*(z - 4)^2 < 30 && x + y - z > 3"
[fields]
u = {type = "real", initial = "1 + uniform()"}
[equations]
u = "div_grad(1 + 0.5*sin(x)*cos(y - z), u)"
[time]
scheme = "heun"
dt = 0.02
stop = 10.0
[observe]
series = {diffused = "sum(u)"}
"#;

/// Relative drift of each sum over 1000 steps, for each stencil.
pub(super) fn masks(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (stencil, text) in [("5", PLANE), ("9", PLANE), ("7", VOLUME)] {
        let plane = [("domain.stencil", &stencil as &dyn std::fmt::Display)];
        let mut field = lab.grow(text, if stencil == "7" { &[] } else { &plane })?;
        let names: &[&str] = if stencil == "7" { &["diffused"] } else { &["diffused", "separated", "parallel"] };
        let before = field.measure_all()?;
        field.advance(1000)?;
        let after = field.measure_all()?;
        for ((name, before), after) in names.iter().zip(before).zip(after) {
            let what = format!("sum on an odd mask, {name}, {stencil} points");
            findings.push(Finding::relative(what, before, after, lab.tolerance(1e-12, 1e-6)));
        }
    }
    Ok(findings)
}
