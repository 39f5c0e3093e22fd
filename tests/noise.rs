//! Noise in equations: its strength, its streams, and the two readings of a coefficient that depends on the state.

use semafield::simulation::Simulation;

use crate::common::grown::{field, grow};

fn seed(domain: &str, fields: &str, time: &str) -> String {
    format!("semafield = 1\nrng_seed = 3\n[domain]\nkind = \"grid\"\n{domain}\n{fields}\n[time]\n{time}\nstop = 1\n")
}

fn one(equation: &str, initial: &str, time: &str) -> String {
    let fields = format!(
        "[parameters]\nsigma = 0.3\n[fields]\nu = {{type = \"real\", initial = \"{initial}\"}}\n[equations]\nu = \"{equation}\""
    );
    seed("shape = [128, 128]\nsize = [32.0, 64.0]", &fields, time)
}

fn values(simulation: &mut Simulation) -> Vec<f64> {
    field(simulation, "u").values.to_f64()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
}

/// Standard errors of a mean over 128^2 cells.
const FIVE_SIGMA: f64 = 5.0 / 128.0;

#[test]
fn the_variance_grows_as_time_over_volume() {
    for scheme in ["euler", "heun"] {
        for dt in ["0.1", "0.02"] {
            let time = format!("scheme = \"{scheme}\"\ndt = {dt}");
            let mut simulation = grow(&one("sigma*noise()", "0", &time));
            simulation.advance(10).unwrap();
            let u = values(&mut simulation);
            let due = 0.3_f64.powi(2) * simulation.time() / (0.25 * 0.5);
            assert!((product(&u, &u) / due - 1.0).abs() < FIVE_SIGMA * 1.5, "{scheme}, dt = {dt}");
            assert!(mean(&u).abs() < FIVE_SIGMA * due.sqrt());
        }
    }
}

#[test]
fn each_noise_and_each_step_is_independent() {
    let fields = r#"[fields]
u = {type = "real", initial = "0"}
v = {type = "real", initial = "0"}
A = {type = "complex", initial = "0"}
theta = {type = "link", initial = "0"}
[equations]
u = "noise()"
v = "noise()"
A = "noise() + i*noise()"
theta = "noise()"
"#;
    let mut simulation = grow(&seed("shape = [128, 128]\nsize = [128.0, 128.0]", fields, "dt = 1.0"));
    let mut seen: Vec<Vec<f64>> = Vec::new();
    let mut before = vec![vec![0.0; 128 * 128]; 6];
    for _ in 0..2 {
        simulation.advance(1).unwrap();
        let now: Vec<Vec<f64>> = (simulation.fields().unwrap().iter())
            .flat_map(|field| (0..field.kind.components(&field.grid)).map(|part| field.component(part)))
            .collect();
        for (now, before) in now.iter().zip(&before) {
            seen.push(now.iter().zip(before).map(|(now, before)| now - before).collect());
        }
        before = now;
    }
    assert_eq!(seen.len(), 12);
    for (n, a) in seen.iter().enumerate() {
        assert!((product(a, a) - 1.0).abs() < FIVE_SIGMA * 1.5, "{n}");
        let neighbor: Vec<f64> = a[1..].to_vec();
        assert!(product(&neighbor, a).abs() < FIVE_SIGMA, "{n}: neighbouring cells");
        for b in &seen[..n] {
            assert!(product(a, b).abs() < FIVE_SIGMA, "streams, components and steps");
        }
    }
}

/// du = s u dW: E[u] stays for Ito, grows as exp(s^2 t/2) for Stratonovich.
#[test]
fn ito_and_stratonovich_differ_by_the_drift_that_theory_says() {
    let run = |time: &str| {
        // Cells of volume 1/8: s^2 = 0.3^2 * 8 = 0.72.
        let mut simulation = grow(&one("sigma*u*noise()", "1", time));
        simulation.advance(100).unwrap();
        mean(&values(&mut simulation))
    };
    let stratonovich = (0.72_f64 / 2.0).exp();
    // The spread of u at t = 1 is sqrt(exp(0.72) - 1) = 1.03.
    let tolerance = FIVE_SIGMA * 1.1;
    for (time, due) in [
        ("scheme = \"euler\"\ndt = 0.01", 1.0),
        ("scheme = \"heun\"\ndt = 0.01", 1.0),
        ("scheme = \"heun\"\ndt = 0.01\nnoise = \"stratonovich\"", stratonovich),
    ] {
        let found = run(time);
        assert!((found - due).abs() < tolerance * due, "{time}: {found}, due {due}");
    }
}

/// The Ito step by its formula, with the increments taken from a field that is nothing but them.
#[test]
fn heun_takes_the_coefficient_where_it_says() {
    for (reading, stratonovich) in [("ito", false), ("stratonovich", true)] {
        for (coefficient, reads) in [("u*x", false), ("dx(u)", true), ("(1 + t)*v", false), ("laplacian(u)*v", true)] {
            let fields = format!(
                r#"[parameters]
zero = 0.0
[fields]
u = {{type = "real", initial = "sin(x)"}}
v = {{type = "real", initial = "2 + cos(x)"}}
[derived]
b = "{coefficient}"
[equations]
u = "-u + b*noise()"
v = "-v*u"
"#
            );
            let text = seed("shape = [12]\nsize = [12.0]", &fields, &format!("dt = 0.1\nnoise = \"{reading}\""));
            // The increment dW/dt of the first step: the same stream with the coefficient 1 and no drift.
            let pure = text.replace("-u + b*noise()", "noise()").replace("-v*u", "0");
            let mut probe = grow(&pure);
            let start = values(&mut probe);
            probe.advance(1).unwrap();
            let n: Vec<f64> = values(&mut probe).iter().zip(&start).map(|(a, b)| (a - b) / 0.1).collect();

            let b = |u: &[f64], v: &[f64], t: f64| -> Vec<f64> {
                (0..12)
                    .map(|i| {
                        let (l, r) = (u[(i + 11) % 12], u[(i + 1) % 12]);
                        match coefficient {
                            "u*x" => u[i] * (i as f64 + 0.5),
                            "dx(u)" => (r - l) / 2.0,
                            "(1 + t)*v" => (1.0 + t) * v[i],
                            _ => (l + r - 2.0 * u[i]) * v[i],
                        }
                    })
                    .collect()
            };
            let mut simulation = grow(&text);
            let (u0, v0) = (values(&mut simulation), field(&mut simulation, "v").component(0));
            let b0 = b(&u0, &v0, 0.0);
            let s: Vec<f64> = (0..12).map(|i| u0[i] + 0.1 * (-u0[i] + b0[i] * n[i])).collect();
            let sv: Vec<f64> = (0..12).map(|i| v0[i] - 0.1 * v0[i] * u0[i]).collect();
            let b1 = if stratonovich { b(&s, &sv, 0.1) } else { b0.clone() };
            simulation.advance(1).unwrap();
            for (i, found) in values(&mut simulation).into_iter().enumerate() {
                let due = (u0[i] + s[i] + 0.1 * (-s[i] + b1[i] * n[i])) / 2.0;
                assert!(
                    (found - due).abs() < 1e-13,
                    "{reading}, {coefficient} ({reads}), cell {i}: {found}, due {due}"
                );
            }
        }
    }
}

#[test]
fn a_coefficient_of_zero_is_a_run_without_noise() {
    for time in ["scheme = \"euler\"\ndt = 0.01", "dt = 0.01", "dt = 0.01\nnoise = \"stratonovich\""] {
        let with = one("0.1*laplacian(u) - u^3 + sigma*dx(u)*noise() + sigma*noise()/2", "sin(x)", time)
            .replace("sigma = 0.3", "sigma = 0.0");
        let without = one("0.1*laplacian(u) - u^3", "sin(x)", time);
        let (mut with, mut without) = (grow(&with), grow(&without));
        with.advance(20).unwrap();
        without.advance(20).unwrap();
        assert_eq!(values(&mut with), values(&mut without), "{time}");
    }
}

#[test]
fn noise_stays_inside_of_masks_and_walls() {
    let fields = r#"[fields]
u = {type = "real", initial = "1"}
theta = {type = "link", initial = "0"}
[equations]
u = "(1 + x)*noise()"
theta = "noise()"
"#;
    let domain = "shape = [8, 8]\nsize = [8.0, 8.0]\nboundary = {x = \"no-flux\"}\nmask = \"x + y > 6\"";
    let mut simulation = grow(&seed(domain, fields, "dt = 0.1"));
    simulation.advance(3).unwrap();
    let u = values(&mut simulation);
    let theta = field(&mut simulation, "theta");
    let alive = |x: usize, y: usize| x < 8 && x + y % 8 + 1 > 6;
    for y in 0..8 {
        for x in 0..8 {
            let cell = x + 8 * y;
            assert_eq!(u[cell] != 0.0, alive(x, y), "{x} {y}");
            assert_eq!(theta.values.get(cell) != 0.0, alive(x, y) && alive(x + 1, y), "{x} {y}");
            assert_eq!(theta.values.get(64 + cell) != 0.0, alive(x, y) && alive(x, y + 1), "{x} {y}");
        }
    }
}
