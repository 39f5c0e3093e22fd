//! V13: the Gray-Scott reaction, `u_t = Du L u - u v^2 + F (1 - u)`, `v_t = Dv L v + u v^2 - (F + k) v`.
//!
//! Homogeneous states: `v = (p + sqrt(p^2 - 4F))/2`, `p = F/(F + k)`, iff `4 (F + k)^2 < F`. Patterns: mean v after
//! 20 000 steps (science.md, V13; Pearson's classes, Science 261, 189, 1993).

use super::{Finding, Lab};
use crate::error::Error;

const SEED: &str = r#"
semafield = 1
rng_seed = 5
[domain]
kind = "grid"
shape = [128, 128]
size = [128.0, 128.0]
[parameters]
F = 0.03
k = 0.055
[fields]
u = {type = "real", initial = "select(max(abs(x - 64), abs(y - 64)) < 10, 0.5, 1) + 0.01*normal()"}
v = {type = "real", initial = "select(max(abs(x - 64), abs(y - 64)) < 10, 0.25, 0) + 0.01*abs(normal())"}
[equations]
u = "0.2*laplacian(u) - u*v^2 + F*(1 - u)"
v = "0.1*laplacian(v) + u*v^2 - (F + k)*v"
[time]
scheme = "euler"
dt = 1.0
stop = 20000.0
[observe]
series = {v = "mean(v)", spread = "max_of(v) - min_of(v)"}
"#;

/// The homogeneous state from a disturbed one.
pub(super) fn homogeneous(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let (feed, kill) = (0.06_f64, 0.03);
    let p = feed / (feed + kill);
    let expected = 0.5 * (p + (p * p - 4.0 * feed).sqrt());
    let start: [(&str, &dyn std::fmt::Display); 6] = [
        ("F", &feed),
        ("k", &kill),
        ("domain.shape", &"[16, 16]"),
        ("domain.size", &"[16.0, 16.0]"),
        ("fields.u", &"{type = \"real\", initial = \"0.2 + 0.01*normal()\"}"),
        ("fields.v", &"{type = \"real\", initial = \"0.6 + 0.01*normal()\"}"),
    ];
    let mut mixture = lab.grow(SEED, &start)?;
    mixture.advance(3000)?;
    let [v, spread] = [mixture.measure("v")?, mixture.measure("spread")?];
    Ok(vec![
        Finding::absolute("Gray-Scott, homogeneous v, F = 0.06, k = 0.03", expected, v, lab.tolerance(1e-9, 1e-6)),
        Finding::absolute("Gray-Scott, its spread", 0.0, spread, lab.tolerance(1e-9, 2e-6)),
    ])
}

/// Mean v of a still and of a spotted pattern.
pub(super) fn patterns(lab: &Lab) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (name, feed, kill, expected) in [("delta", 0.03, 0.055, 0.1991), ("lambda", 0.026, 0.061, 0.100)] {
        let mut pattern = lab.grow(SEED, &[("F", &feed), ("k", &kill)])?;
        pattern.advance(20_000)?;
        let what = format!("Gray-Scott, mean v of {name}, t = 20 000");
        findings.push(Finding::relative(what, expected, pattern.measure("v")?, 0.05));
    }
    Ok(findings)
}
