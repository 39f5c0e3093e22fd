//! Random numbers and what they imply: V24, V25, V29, and the calculus of noise.
//!
//! V24: of independent uniform phases, a plaquette of four has winding +-1 with probability 1/3; on a torus the sum is
//! 0. V25: a Gaussian complex field of power spectrum `e^{-k^2/k0^2}` has `k0^2 / 4 pi` zeros per area (Halperin 1981;
//! Berry and Dennis, Proc. R. Soc. A 456, 2059, 2000); heat makes one from white noise, `k0^2 = 1/(2 t)`. V29: Philox
//! (Salmon et al., SC 2011). Noise: variances, and the two readings of `g noise()`, `<g> = 1` (Ito) or
//! `e^{s^2 t/2}` (Stratonovich).

use std::f64::consts::PI;

use super::{Finding, Lab};
use crate::error::Error;
use crate::field::Field;
use crate::math::elementary::scalar64::powi;
use crate::math::rng::philox4x32;
use crate::topology::ComplexGrid;
use crate::topology::defects::defects;

const PHASES: &str = r#"
semafield = 1
rng_seed = 4
[domain]
kind = "grid"
shape = [1024, 1024]
size = [1024.0, 1024.0]
[fields]
A = {type = "complex", initial = "exp(2*pi*i*uniform())"}
[equations]
A = "0"
[time]
scheme = "euler"
dt = 1.0
stop = 1.0
[observe]
series = {density = "defects(A)/1024^2"}
"#;

/// V24 over four grids; plaquettes are all but independent, so that their number gives the standard deviation.
pub(super) fn random_phases(lab: &Lab) -> Result<Vec<Finding>, Error> {
    const GRIDS: f64 = 4.0;
    let (mut share, mut charges) = (0.0, 0.0);
    for rng_seed in [1, 2, 3, 4] {
        let mut phases = lab.grow(PHASES, &[("rng_seed", &rng_seed)])?;
        phases.advance(1)?;
        share += phases.measure("density")? / GRIDS;
        charges += total_charge(phases.field("A")?).abs();
    }
    let deviation = (2.0 / 9.0 / (GRIDS * 1024.0 * 1024.0)).sqrt();
    Ok(vec![
        Finding::absolute("share of plaquettes with winding", 1.0 / 3.0, share, 4.0 * deviation),
        Finding::absolute("sum of windings on the torus", 0.0, charges, 0.0),
    ])
}

fn total_charge(field: &Field) -> f64 {
    let grid = ComplexGrid {
        shape: &[1024, 1024],
        periodic: &[true, true],
        re: &field.component(0),
        im: &field.component(1),
        theta: None,
        mask: None,
    };
    defects(&grid).expect("a plane grid").iter().map(|defect| f64::from(defect.charge)).sum()
}

const GAUSSIAN: &str = r#"
semafield = 1
rng_seed = 4
[domain]
kind = "grid"
shape = [1024, 1024]
size = [1024.0, 1024.0]
stencil = 9
[fields]
A = {type = "complex", initial = "normal() + i*normal()"}
[equations]
A = "laplacian(A)"
[time]
scheme = "heun"
dt = 0.25
stop = 12.5
[observe]
series = {density = "defects(A)/1024^2"}
"#;

/// V25.
pub(super) fn gaussian_field(lab: &Lab) -> Result<Vec<Finding>, Error> {
    const TIME: f64 = 12.5;
    let mut field = lab.grow(GAUSSIAN, &[])?;
    field.until(TIME)?;
    let expected = 1.0 / (2.0 * TIME) / (4.0 * PI);
    Ok(vec![Finding::relative("zeros per area, k0 = 0.2", expected, field.measure("density")?, 0.03)])
}

const NOISE: &str = r#"
semafield = 1
rng_seed = 9
[domain]
kind = "grid"
shape = [256, 256]
size = [128.0, 128.0]
[fields]
w = {type = "real", initial = "0"}
o = {type = "real", initial = "0"}
g = {type = "real", initial = "1"}
[equations]
w = "noise()"
o = "noise() - 4*o"
g = "0.3*g*noise()"
[time]
scheme = "heun"
noise = "ito"
dt = 0.02
stop = 1.0
[observe.series]
mean = "mean(w)"
variance = "mean(w^2)"
fourth = "mean(w^4)/mean(w^2)^2"
settled = "mean(o^2)"
correlation = "mean(w*o)/sqrt(mean(w^2)*mean(o^2))"
growth = "mean(g)"
"#;

/// V29, and 65 536 cells of noise to within four standard deviations of each statistic.
pub(super) fn philox_and_noise(lab: &Lab) -> Result<Vec<Finding>, Error> {
    const DT: f64 = 0.02;
    const STEPS: i32 = 50;
    const VOLUME: f64 = 0.25;
    const CELLS: f64 = 65_536.0;
    let deviations = |variance: f64| 4.0 * (variance / CELLS).sqrt();
    let mut noise = lab.grow(NOISE, &[])?;
    noise.until(1.0)?;
    let variance = DT * f64::from(STEPS) / VOLUME;
    // One Heun step: o -> r o + (1 - 2 dt) dW, the increment entering both stages.
    let (r, entering) = (1.0 - 4.0 * DT + 8.0 * DT * DT, 1.0 - 2.0 * DT);
    let settled = entering * entering * DT / VOLUME * (1.0 - powi(r, 2 * STEPS)) / (1.0 - r * r);
    let strength = 0.09 / VOLUME;
    let spread = powi(1.0 + strength * DT, STEPS) - 1.0;
    let mut findings = vec![
        Finding::absolute("Philox4x32-10, words as published", 12.0, f64::from(known_answers()), 0.0),
        Finding::absolute("noise, mean", 0.0, noise.measure("mean")?, deviations(variance)),
        Finding::relative("noise, variance", variance, noise.measure("variance")?, deviations(2.0)),
        Finding::absolute("noise, fourth moment by variance^2", 3.0, noise.measure("fourth")?, deviations(96.0)),
        Finding::relative("damped noise, variance", settled, noise.measure("settled")?, deviations(2.0)),
        Finding::absolute("two noises, correlation", 0.0, noise.measure("correlation")?, deviations(1.0)),
        Finding::absolute("g noise(), Ito, mean", 1.0, noise.measure("growth")?, deviations(spread)),
    ];
    let mut noise = lab.grow(NOISE, &[("time.noise", &"stratonovich")])?;
    noise.until(1.0)?;
    let growth = powi(1.0 + 0.5 * strength * DT, STEPS);
    let spread = growth * growth * spread;
    let measured = noise.measure("growth")?;
    findings.push(Finding::absolute("g noise(), Stratonovich, mean", growth, measured, deviations(spread)));
    Ok(findings)
}

/// Of the twelve words of the three published answers, those that are right.
fn known_answers() -> u8 {
    let answers = [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];
    let right = |(counter, key, answer): ([u32; 4], [u32; 2], [u32; 4])| {
        philox4x32(counter, key).into_iter().zip(answer).map(|(found, known)| u8::from(found == known)).sum::<u8>()
    };
    answers.into_iter().map(right).sum()
}
