//! Two fields in dialogue: V26 and the theorem of science.md 1.8; the exponent by two copies.
//!
//! A twin that is nudged everywhere approaches its donor at the rate `gamma - lambda_1` exactly; over blocks of side H
//! it does so from any state if `min(gamma, (2 - 2 cos(pi/m))/h^2) > mu`, m the cells of a block along each axis, and
//! at least at the rate by which it is larger (fixed frames, |beta| <= sqrt 3, the 5-point stencil). Expected rates of
//! V26 are those of science.md's table, measured there with spectral derivatives.

use std::f64::consts::PI;

use super::chaos::slope;
use super::lab::{Settings, Specimen};
use super::{Finding, Lab};
use crate::error::Error;
use crate::math::elementary::scalar64::{cos, log};

const DIALOGUE: &str = r#"
semafield = 1
rng_seed = 1
[domain]
kind = "grid"
shape = [96, 96]
size = [60.0, 60.0]
[parameters]
gamma = 1.0
start = 100.0
own = 1.0
[donor]
rng_seed = 1001
block = 0.625
[donor.parameters]
own = 0.0
[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
[equations]
A = "(1 - 1.2*i)*(1 - abs2(A))*A + (1 + 2*i)*laplacian(A) + gamma*step(t - start)*nudge(A)"
[time]
scheme = "heun"
dt = 0.02
stop = 300.0
[observe]
series = {distance = "distance(A)"}
"#;

/// Block side, gain, and the rate of approach.
const RATES: [(f64, f64, f64); 4] = [(0.625, 0.5, 0.307), (0.625, 1.0, 0.807), (1.25, 1.0, 0.791), (2.5, 1.0, 0.716)];

/// V26: rates over the range in which the distance is small and above rounding, means over two pairs.
pub(super) fn synchronisation(lab: &Lab) -> Result<Vec<Finding>, Error> {
    const PAIRS: u32 = 2;
    let mut findings = Vec::new();
    for (block, gamma, expected) in RATES {
        let mut mean = 0.0;
        for pair in 1..=PAIRS {
            let (own, donor) = (pair, 1000 + pair);
            let settings: Settings<'_> =
                &[("donor.block", &block), ("gamma", &gamma), ("rng_seed", &own), ("donor.rng_seed", &donor)];
            mean += approach(&mut lab.grow(DIALOGUE, settings)?, 1e-2, 1e-12, 200.0)? / f64::from(PAIRS);
        }
        let what = format!("nudging over blocks of {block}, gamma {gamma}: rate");
        findings.push(Finding::relative(what, expected, mean, 0.1));
    }
    let mut twin = lab.grow(DIALOGUE, &[("donor.block", &7.5), ("gamma", &5.0)])?;
    twin.until(200.0)?;
    let apart = twin.measure("distance")?;
    let failed = f64::from(apart > 0.1);
    findings.push(Finding::absolute(
        "nudging over blocks of 7.5, gamma 5: not one after 100 (1: so)",
        1.0,
        failed,
        0.0,
    ));
    Ok(findings)
}

/// The rate at which a distance falls between two sizes; not a number if it does not get there in `patience`.
fn approach(twin: &mut Specimen, from: f64, to: f64, patience: f64) -> Result<f64, Error> {
    let mut falling = Vec::new();
    twin.until(100.0)?;
    while twin.time() < 100.0 + patience {
        let distance = twin.measure("distance")?;
        if distance < to {
            return Ok(-slope(&falling));
        }
        if distance < from {
            falling.push((twin.time(), log(distance)));
        }
        twin.until(twin.time() + 0.5)?;
    }
    Ok(f64::NAN)
}

/// States to begin with: at rest, far too large, a wave, noise.
const STATES: [(&str, &str); 4] =
    [("rest", "0"), ("a large state", "5"), ("a plane wave", "exp(2*pi*i*3*x/15)"), ("noise", "normal() + i*normal()")];

/// The theorem: from any state, at least at its rate.
pub(super) fn theorem(lab: &Lab) -> Result<Vec<Finding>, Error> {
    const GAMMA: f64 = 2.0;
    let mut findings = Vec::new();
    for (cells, spacing) in [(4.0, 0.625), (5.0, 0.6)] {
        let shape = if cells < 4.5 { "[24, 24]" } else { "[25, 25]" };
        let block = cells * spacing;
        let bound = GAMMA.min((2.0 - 2.0 * cos(PI / cells)) / (spacing * spacing)) - 1.0;
        for (name, initial) in STATES {
            let initial = format!("own*({initial}) + 0.1*(1 - own)*(normal() + i*normal())");
            let field = format!("{{type = \"complex\", initial = \"{initial}\"}}");
            let settings: Settings<'_> = &[
                ("domain.shape", &shape),
                ("domain.size", &"[15.0, 15.0]"),
                ("fields.A", &field),
                ("donor.block", &block),
                ("gamma", &GAMMA),
                ("start", &0.0),
                ("time.dt", &0.005), // large states are stiff
            ];
            let mut twin = lab.grow(DIALOGUE, settings)?;
            twin.until(10.0)?;
            let (early, time) = (twin.measure("distance")?, twin.time());
            twin.until(20.0)?;
            let late = twin.measure("distance")?;
            let rate = -log(late / early) / (twin.time() - time);
            let excess = (bound - rate).max(0.0);
            let what = format!("blocks of {block} < pi, from {name}: shortfall of the theorem's rate {bound:.3}");
            findings.push(Finding::absolute(what, 0.0, excess, 0.0));
        }
    }
    Ok(findings)
}

const ALONE: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [80, 80]
size = [60.0, 60.0]
stencil = 9
[parameters]
b = -1.2
[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
[equations]
A = "(1 + i*b)*(1 - abs2(A))*A + (1 + 2*i)*laplacian(A)"
[time]
scheme = "heun"
dt = 0.02
stop = 600.0
[observe]
series = {lyapunov = "lyapunov()"}
"#;

/// The largest exponents of science.md's table (V10), by `lyapunov()`: means over three growths from t = 300 to 600.
pub(super) fn exponents(lab: &Lab) -> Result<Vec<Finding>, Error> {
    const GROWTHS: u32 = 3;
    let mut findings = Vec::new();
    for (b, expected) in [(-0.8, 0.143), (-1.2, 0.197), (-2.0, 0.281)] {
        let mut mean = 0.0;
        for rng_seed in 1..=GROWTHS {
            let mut field = lab.grow(ALONE, &[("b", &b), ("rng_seed", &rng_seed)])?;
            field.until(600.0)?;
            mean += field.measure("lyapunov")? / f64::from(GROWTHS);
        }
        findings.push(Finding::relative(format!("exponent at (2, {b}) by two copies"), expected, mean, 0.1));
    }
    Ok(findings)
}
