//! V20: the twin without felt tension is a gradient flow (science.md, section 1.4).
//!
//! I1: for a = b = 0 the energy obeys `dE/dt = -sum |A_t|^2 - kappa tau sum |M_t|^2 - sum theta_t^2 / eps`. I4: for
//! a = b (and kappa = 0) still `dE/dt = -sum |A_t|^2 / (1 + a^2) - sum theta_t^2 / eps`. I2: a change of gauge,
//! `A -> e^{i chi} A`, `theta_ij -> theta_ij + chi_i - chi_j`, leaves amplitudes, tension, curvature and defects.

use super::{Finding, Lab};
use crate::error::Error;

/// A twin with its soil written out: coupling D, gain mu, frames. `c` is the strength of the change of gauge
/// `chi = c (2 sin kx + 1.5 cos 2ky)`, k = 2 pi / 16, spacing 1/2.
const SEED: &str = r#"
semafield = 1
rng_seed = 11
[domain]
kind = "grid"
shape = [32, 32]
size = [16.0, 16.0]
[parameters]
a = 0.0
b = 0.0
kappa = 0.2
tau = 5.0
eps = 0.05
k_F = 0.1
lam = 0.1
c = 0.0
k = 0.39269908169872414
[fields]
A = {type = "complex", initial = "START*exp(i*c*(2*sin(k*x) + 1.5*cos(2*k*y)))"}
M = {type = "complex", initial = "0.5*exp(i*c*(2*sin(k*x) + 1.5*cos(2*k*y)))"}
[fields.theta]
type = "link"
initial = {x = "0.4*sin(k*y) - 4*c*cos(k*x)*sin(k/4)", y = "0.3*cos(k*x) + 3*c*sin(2*k*y)*sin(k/2)"}
[derived]
D = "0.6 + 0.3*cos(k*x)*sin(2*k*y)"
mu = "1 + 0.3*sin(k*x + 1)"
frame = "link(0.4*sin(k*y) - 4*c*cos(k*x)*sin(k/4), 0.3*cos(k*x) + 3*c*sin(2*k*y)*sin(k/2))"
A_t = "mu*(1 + i*b)*A - (1 + i*b)*abs2(A)*A + (1 + i*a)*div_grad(D, A, theta) + kappa*(M - A)"
M_t = "(A - M)/tau"
theta_t = "-eps*(current(A, theta, D) + k_F*sin(theta - frame) + lam*cocurl(sin(curvature(theta))))"
[equations]
A = "A_t"
M = "M_t"
theta = "theta_t"
[time]
scheme = "rk4"
dt = 0.005
stop = 10.0
[observe.series]
energy = "sum(-mu*abs2(A)/2 + abs2(A)^2/4 + tension(A, theta, D) + kappa*abs2(A - M)/2) + k_F*sum(1 - cos(theta - frame)) + lam*sum(1 - cos(curvature(theta)))"
power = "-sum(abs2(A_t))/(1 + a^2) - kappa*tau*sum(abs2(M_t)) - sum(theta_t^2)/eps"
size = "mean(abs2(A)*(2 + sin(1.3*x + 0.7*y)))"
strain = "mean(tension(A, theta, D)*(2 + sin(0.7*x - 1.1*y)))"
flux = "mean(curvature(theta)^2*(2 + cos(x + 2*y)))"
defects = "defects(A, theta)"
"#;

const SMOOTH: &str = "(0.8 + 0.3*cos(k*x))*exp(i*sin(k*y))";
const RANDOM: &str = "0.3*(normal() + i*normal())";

fn seed(start: &str) -> String {
    SEED.replace("START", start)
}

/// The flow named, with a and kappa.
const FLOWS: [(&str, f64, f64); 2] = [("I1, a = b = 0", 0.0, 0.2), ("I4, a = b = 1.5", 1.5, 0.0)];

/// The rate of the energy, by differences of sixth order in time, against the sum of squares.
pub(super) fn audit(lab: &Lab) -> Result<Vec<Finding>, Error> {
    const DT: f64 = 0.0025;
    let mut findings = Vec::new();
    for (name, a, kappa) in FLOWS {
        let mut twin = lab.grow(&seed(SMOOTH), &[("a", &a), ("b", &a), ("kappa", &kappa), ("time.dt", &DT)])?;
        twin.advance(100)?;
        let (mut energies, mut power) = ([0.0; 7], 0.0);
        for (position, energy) in energies.iter_mut().enumerate() {
            *energy = twin.measure("energy")?;
            if position == 3 {
                power = twin.measure("power")?;
            }
            twin.advance(1)?;
        }
        let difference = |reach: usize| energies[3 + reach] - energies[3 - reach];
        let rate = (45.0 * difference(1) - 9.0 * difference(2) + difference(3)) / (60.0 * DT);
        findings.push(Finding::relative(format!("{name}: dE/dt"), power, rate, 1e-10));
    }
    Ok(findings)
}

/// Steps after which the energy is higher than before, beyond rounding.
pub(super) fn monotone(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for ((name, a, kappa), dt) in FLOWS.into_iter().zip([0.05, 0.01]) {
        let mut twin = lab.grow(
            &seed(RANDOM),
            &[("a", &a), ("b", &a), ("kappa", &kappa), ("time.scheme", &"euler"), ("time.dt", &dt)],
        )?;
        let (mut rises, mut energy) = (0.0, twin.measure("energy")?);
        for _ in 0..200 {
            twin.advance(1)?;
            let now = twin.measure("energy")?;
            rises += f64::from(u8::from(now - energy > lab.tolerance(1e-13, 1e-6) * energy.abs()));
            energy = now;
        }
        findings.push(Finding::absolute(format!("{name}: rises of E, 200 Euler steps"), 0.0, rises, 0.0));
    }
    Ok(findings)
}

/// The same field in two gauges, after 200 steps of the living twin.
pub(super) fn gauge(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let measured = |c: f64| -> Result<Vec<f64>, Error> {
        let mut twin = lab.grow(&seed(RANDOM), &[("a", &2.0), ("b", &-1.2), ("c", &c), ("time.dt", &0.01)])?;
        twin.advance(200)?;
        ["size", "strain", "flux", "energy", "defects"].into_iter().map(|name| twin.measure(name)).collect()
    };
    let (plain, turned) = (measured(0.0)?, measured(1.0)?);
    let names = ["amplitude", "tension", "curvature", "energy", "defects"];
    let compared = names.into_iter().zip(plain).zip(turned);
    let finding = |((name, plain), turned): ((&str, f64), f64)| {
        Finding::relative(format!("I2: {name} in another gauge"), plain, turned, lab.tolerance(1e-11, 1e-4))
    };
    Ok(compared.map(finding).collect())
}
