//! V7: vortices of the real Ginzburg-Landau equation annihilate; their density falls like `ln t / t` (Yurke, Pargellis,
//! Kovacs, Huse, Phys. Rev. E 47, 1525, 1993; Rojas and Rutenberg, cond-mat/9902331), and the energy never grows.
//!
//! The constant 0.0212 of `rho t / ln t` is measured (science.md, V7: h = 1, five points, Euler, this noise).

use super::lab::Specimen;
use super::{Finding, Lab};
use crate::error::Error;
use crate::math::elementary::scalar64::log;

const SEED: &str = r#"
semafield = 1
rng_seed = 1
[domain]
kind = "grid"
shape = [512, 512]
size = [512.0, 512.0]
[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
[equations]
A = "A - abs2(A)*A + laplacian(A)"
[time]
scheme = "euler"
dt = 0.1
stop = 320.0
[observe.series]
density = "defects(A)/512^2"
energy = "sum(abs2(A)^2/4 - abs2(A)/2 + tension(A))"
"#;

const LEVEL: f64 = 0.0212;

/// One seed until t = 80.
pub(super) fn vortices(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut field = lab.grow(SEED, &[])?;
    let (densities, rises) = watch(&mut field, &[10.0, 20.0, 40.0, 80.0])?;
    let mut findings = levels(&densities, 0.1);
    findings.push(Finding::absolute("coarsening: rises of the energy", 0.0, rises, 0.0));
    Ok(findings)
}

/// The mean of four seeds until t = 320.
pub(super) fn vortices_long(lab: &Lab) -> Result<Vec<Finding>, Error> {
    const TIMES: [f64; 6] = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0];
    let mut mean = TIMES.map(|time| (time, 0.0));
    for rng_seed in 1..=4 {
        let (densities, _) = watch(&mut lab.grow(SEED, &[("rng_seed", &rng_seed)])?, &TIMES)?;
        for (mean, (_, density)) in mean.iter_mut().zip(densities) {
            mean.1 += density / 4.0;
        }
    }
    Ok(levels(&mean, 0.1))
}

/// Defect densities at some times, and how often the energy was higher than ten units of time before.
fn watch(field: &mut Specimen, times: &[f64]) -> Result<(Vec<(f64, f64)>, f64), Error> {
    let (mut densities, mut rises, mut energy) = (vec![], 0.0, field.measure("energy")?);
    while let Some(&due) = times.get(densities.len()) {
        field.until((field.time() + 10.0).min(due))?;
        let now = field.measure("energy")?;
        rises += f64::from(u8::from(now > energy));
        energy = now;
        if field.time() > due - 0.05 {
            densities.push((due, field.measure("density")?));
        }
    }
    Ok((densities, rises))
}

fn levels(densities: &[(f64, f64)], tolerance: f64) -> Vec<Finding> {
    let level = |&(time, density): &(f64, f64)| {
        Finding::relative(format!("coarsening: rho t/ln t, t = {time}"), LEVEL, density * time / log(time), tolerance)
    };
    densities.iter().map(level).collect()
}
