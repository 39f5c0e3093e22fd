//! V9: Kuramoto's oscillators with Lorentzian frequencies of width 1: `r = sqrt(1 - 2/K)` above K = 2, else 0.
//!
//! Oscillators are the cells of a line, their frequencies the quantiles `tan(pi (x - 1/2))`, and the mean field is
//! held by reductions: `phi_t = omega + K (Y cos phi - X sin phi)`, `X = <cos phi>`, `Y = <sin phi>`.

use super::{Finding, Lab};
use crate::error::Error;

const SEED: &str = r#"
semafield = 1
rng_seed = 3
[domain]
kind = "grid"
shape = [4000]
size = [1.0]
[parameters]
K = 3.0
[fields]
phi = {type = "real", initial = "2*pi*uniform()"}
[equations]
phi = "tan(pi*(x - 1/2)) + K*(mean(sin(phi))*cos(phi) - mean(cos(phi))*sin(phi))"
[time]
scheme = "heun"
dt = 0.02
stop = 60.0
[observe]
series = {order = "sqrt(mean(cos(phi))^2 + mean(sin(phi))^2)"}
"#;

pub(super) fn kuramoto(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (coupling, tolerance) in [(1.0, 0.05), (3.0, 0.01), (4.0, 0.01)] {
        let expected = if coupling > 2.0 { (1.0_f64 - 2.0 / coupling).sqrt() } else { 0.0 };
        let mut swarm = lab.grow(SEED, &[("K", &coupling)])?;
        swarm.until(30.0)?;
        let mut mean = 0.0;
        for sample in 1..=20 {
            swarm.until(30.0 + f64::from(sample))?;
            mean += swarm.measure("order")? / 20.0;
        }
        findings.push(Finding::absolute(format!("Kuramoto, K = {coupling}"), expected, mean, tolerance));
    }
    Ok(findings)
}
