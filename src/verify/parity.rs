//! The twin's equations at this place against the reference, f64 on the CPU; and, on the reference's own back end,
//! one thread against three, bit by bit. Fifty steps: too few for chaos to grow.

use super::{Finding, Lab, Place};
use crate::engine::Backend;
use crate::error::Error;
use crate::field::Field;
use crate::math::arithmetic::Precision;

const SEED: &str = r#"
semafield = 1
rng_seed = 7
[domain]
kind = "grid"
shape = [67, 45]
size = [50.25, 33.75]
boundary = {x = "no-flux", y = "periodic"}
[parameters]
alpha = 2.0
beta = -1.2
kappa = 0.2
tau_M = 5.0
eps = 0.05
k_F = 0.1
lam = 0.1
phi = 0.3
tau_T = 5.0
sigma = 0.05
[fields]
A = {type = "complex", initial = "0.3*(normal() + i*normal())"}
M = {type = "complex", initial = "0"}
theta = {type = "link", initial = {x = "sin(0.3*y)", y = "0.5*cos(0.4*x)"}}
T = {type = "real", initial = "0"}
[derived]
gain = "sin(0.2*x)*cos(2*pi*y/33.75) + 0.3"
coupling = "0.5 + 0.4*cos(0.25*x)*cos(2*pi*y/33.75)"
frame = "link(sin(0.3*y), 0.5*cos(0.4*x))"
[equations]
A = "(gain - phi*T + i*beta)*A - (1 + i*beta)*abs2(A)*A + (1 + i*alpha)*div_grad(coupling, A, theta) + kappa*(M - A) + sigma*(noise() + i*noise())"
M = "(A - M)/tau_M"
theta = "-eps*(current(A, theta, coupling) + k_F*sin(theta - frame) + lam*cocurl(sin(curvature(theta))))"
T = "(tension(A, theta, coupling) - T)/tau_T"
[time]
scheme = "heun"
dt = 0.02
stop = 1.0
"#;

const FIELDS: [&str; 4] = ["A", "M", "theta", "T"];

pub(super) fn twin(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let here = grown(lab)?;
    let mut findings = Vec::new();
    if lab.place.precision != Precision::F64 {
        let reference = grown(&Lab { place: Place::cpu(Precision::F64), threads: lab.threads })?;
        for ((name, here), reference) in FIELDS.into_iter().zip(&here).zip(&reference) {
            findings.push(Finding::absolute(
                format!("twin, 50 steps, {name} from f64"),
                0.0,
                apart(here, reference),
                1e-5,
            ));
        }
    }
    let threads = if lab.place.backend == Backend::Cpu { 3 } else { lab.threads };
    let again = grown(&Lab { place: lab.place.clone(), threads })?;
    let what = if lab.place.backend == Backend::Cpu {
        "twin, bits that depend on threads"
    } else {
        "twin, bits that differ in a second run"
    };
    let differing: u32 = here.iter().zip(&again).map(|(here, again)| differing(here, again)).sum();
    findings.push(Finding::absolute(what, 0.0, f64::from(differing), 0.0));
    Ok(findings)
}

fn grown(lab: &Lab) -> Result<Vec<Field>, Error> {
    let mut twin = lab.grow(SEED, &[])?;
    twin.advance(50)?;
    FIELDS.into_iter().map(|name| twin.field(name).cloned()).collect()
}

/// The largest difference, in units of the largest value.
fn apart(a: &Field, b: &Field) -> f64 {
    let (a, b) = (a.values.to_f64(), b.values.to_f64());
    let largest = b.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    a.iter().zip(&b).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs())) / largest
}

fn differing(a: &Field, b: &Field) -> u32 {
    let (a, b) = (a.values.to_le_bytes(), b.values.to_le_bytes());
    a.iter().zip(&b).map(|(a, b)| (a ^ b).count_ones()).sum()
}
