//! What must not change: mass behind walls and masks, the energy identities of science.md 1.4, gauge, winding.

use semafield::field::Field;
use semafield::math::sum::pairwise;

use crate::common::grown::{derived, field, grow, series};

/// Rims of every kind.
const CLOSED: &[&str] = &[
    "shape = [21]\nsize = [10.0]\nboundary = \"no-flux\"\nmask = \"x < 4 || x > 5.3\"",
    "shape = [17, 13]\nsize = [8.5, 6.5]\nmask = \"(x-4)^2 + (y-3)^2 < 8 && abs(x - y) > 0.4\"",
    "shape = [17, 13]\nsize = [8.5, 6.5]\nstencil = 9\nmask = \"(x-4)^2 + (y-3)^2 < 8 && abs(x - y) > 0.4\"",
    "shape = [17, 13]\nsize = [8.5, 6.5]\nstencil = 9\nboundary = \"no-flux\"\nmask = \"sin(2*x*y) < 0.7\"",
    "shape = [17, 13]\nsize = [8.5, 6.5]\nstencil = 9\nboundary = {x = \"no-flux\"}",
    "shape = [7, 6, 5]\nsize = [3.5, 4.0, 5.0]\nboundary = {z = \"no-flux\"}\nmask = \"x + y + z < 9\"",
];

#[test]
fn mass_stays_behind_every_rim() {
    let flows = [
        "laplacian(u)",
        "div_grad(1 + 0.5*sin(3*x)*x, u)",
        "div_grad(0.2 + u^2, u)",
        "laplacian(u^3 - u - 0.1*laplacian(u))",
        "div(grad(u) - 0.3*theta)",
        "-div(link_of_position)",
        "div(u_free*theta)",
    ];
    for domain in CLOSED {
        let axes = domain.lines().next().unwrap().matches(',').count() + 1;
        let link = ["link(1 + x)", "link(y, -x)", "link(y, -x, 1 + z)"][axes - 1];
        for flow in flows {
            let flow = flow.replace("link_of_position", link).replace("u_free", "cos(theta)");
            let text = format!(
                r#"semafield = 1
[domain]
kind = "grid"
{domain}
[fields]
u = {{type = "real", initial = "1 + 0.3*normal()"}}
theta = {{type = "link", initial = "normal()"}}
[equations]
u = "{flow}"
theta = "0"
[time]
scheme = "heun"
dt = 0.002
stop = 1
[observe]
series = {{mass = "sum(u)"}}
"#
            );
            let mut simulation = grow(&text);
            let before = field(&mut simulation, "u").component(0);
            let start = series(&mut simulation)[0];
            assert!((start - pairwise(&before)).abs() < 1e-12 * start.abs(), "inert cells are 0");
            simulation.advance(100).unwrap();
            let end = series(&mut simulation)[0];
            assert!((end - start).abs() < 1e-12 * start.abs(), "{flow} in {domain}: {start} became {end}");
            assert_ne!(field(&mut simulation, "u").component(0), before, "{flow} does something");
        }
    }
}

/// The energy of science.md 1.4 with its parts, and the squared rates of the fields.
fn audit(domain: &str, alpha: f64, beta: f64, eps: f64, kappa: f64) -> String {
    format!(
        r#"semafield = 1
rng_seed = 5
[domain]
kind = "grid"
{domain}
[parameters]
alpha = {alpha}
beta = {beta}
eps = {eps}
kappa = {kappa}
tau = 5.0
k_F = 0.1
lam = 0.1
[fields]
A = {{type = "complex", initial = "0.5*(normal() + i*normal())"}}
M = {{type = "complex", initial = "0.5*(normal() + i*normal())"}}
theta = {{type = "link", initial = "normal()"}}
[derived]
mu = "1 + 0.3*sin(x)"
D = "1 + 0.5*cos(x)"
A_t = "mu*(1 + i*beta)*A - (1 + i*beta)*abs2(A)*A + (1 + i*alpha)*div_grad(D, A, theta) + kappa*(M - A)"
M_t = "(A - M)/tau"
theta_t = "-eps*(current(A, theta, D) + k_F*sin(theta) + lam*cocurl(sin(curvature(theta))))"
[equations]
A = "A_t"
M = "M_t"
theta = "theta_t"
[time]
scheme = "rk4"
dt = 0.0005
stop = 1
[observe.series]
energy = "sum(-mu*abs2(A)/2 + abs2(A)^2/4 + tension(A, theta, D) + kappa*abs2(A - M)/2) + sum(k_F*(1 - cos(theta))) + sum(lam*(1 - cos(curvature(theta))))"
A_rate = "sum(abs2(A_t))"
M_rate = "sum(abs2(M_t))"
theta_rate = "sum(theta_t^2)"
"#
    )
}

const BOUNDED: &[&str] = &[
    "shape = [8, 7]\nsize = [6.0, 5.25]",
    "shape = [8, 7]\nsize = [6.0, 5.25]\nstencil = 9",
    "shape = [8, 7]\nsize = [6.0, 5.25]\nstencil = 9\nboundary = \"no-flux\"\nmask = \"abs(x - y) > 0.6 || x > 3\"",
    "shape = [5, 4, 4]\nsize = [3.75, 3.0, 3.0]\nboundary = {y = \"no-flux\"}",
];

#[test]
fn the_energy_falls_as_the_identity_says() {
    // I1: dE/dt = -sum |A_t|^2 - kappa tau sum |M_t|^2 - sum theta_t^2 / eps
    for domain in BOUNDED {
        let (eps, kappa, tau) = (0.05, 0.2, 5.0);
        let mut simulation = grow(&audit(domain, 0.0, 0.0, eps, kappa));
        let identity = |now: &[f64]| -now[1] - kappa * tau * now[2] - now[3] / eps;
        let before = series(&mut simulation);
        simulation.advance(1).unwrap();
        let middle = series(&mut simulation);
        simulation.advance(1).unwrap();
        let after = series(&mut simulation);
        let measured = (after[0] - before[0]) / 0.001;
        // Simpson's rule over the two steps.
        let expected = (identity(&before) + 4.0 * identity(&middle) + identity(&after)) / 6.0;
        assert!((measured / expected - 1.0).abs() < 1e-8, "{domain}: {measured}, by the identity {expected}");
        let mut energy = after[0];
        for _ in 0..50 {
            simulation.advance(10).unwrap();
            let now = series(&mut simulation)[0];
            assert!(now < energy, "{domain}: the energy rose from {energy} to {now}");
            energy = now;
        }
    }
}

#[test]
fn the_energy_falls_too_where_alpha_is_beta() {
    // I4: A_t = -(1 + i alpha) grad E, dE/dt = -sum |A_t|^2 / (1 + alpha^2)
    for domain in BOUNDED {
        let mut simulation = grow(&audit(domain, 1.5, 1.5, 0.0, 0.0));
        let identity = |now: &[f64]| -now[1] / (1.0 + 1.5 * 1.5);
        let before = series(&mut simulation);
        simulation.advance(1).unwrap();
        let middle = series(&mut simulation);
        simulation.advance(1).unwrap();
        let after = series(&mut simulation);
        let measured = (after[0] - before[0]) / 0.001;
        let expected = (identity(&before) + 4.0 * identity(&middle) + identity(&after)) / 6.0;
        assert!((measured / expected - 1.0).abs() < 1e-7, "{domain}: {measured}, by the identity {expected}");
    }
}

/// I2: everything that is observed is the same after u_i -> e^{i c_i} u_i, theta_ij -> theta_ij + c_i - c_j.
#[test]
fn a_change_of_gauge_changes_nothing_observed() {
    for domain in BOUNDED {
        let axes = domain.lines().next().unwrap().matches(',').count() + 1;
        // c is the same random number wherever it is written: a map would do, a function of position is simpler.
        let c = |x: &str, y: &str| format!("2*sin(2.3*({x})*({x}) + ({y})) + ({y})*3");
        let (hx, hy) = (0.75, 0.75);
        let (lx, ly) = (6.0, 5.25);
        let wrap = |name: &str, shift: &str, length: f64| {
            format!("select({name} {shift} > {length}, {name} {shift} - {length}, {name} {shift})")
        };
        let seed = |gauge: bool| {
            let (phase, mut links) = if gauge {
                let here_x = c(&format!("x - {}", hx / 2.0), "y");
                let there_x = c(&wrap("x", &format!("+ {}", hx / 2.0), lx), "y");
                let here_y = c("x", &format!("y - {}", hy / 2.0));
                let there_y = c("x", &wrap("y", &format!("+ {}", hy / 2.0), ly));
                (c("x", "y"), vec![format!("{here_x} - ({there_x})"), format!("{here_y} - ({there_y})")])
            } else {
                ("0".to_owned(), vec!["0".to_owned(), "0".to_owned()])
            };
            links.truncate(axes);
            let links: Vec<String> = links
                .iter()
                .zip(["x", "y"])
                .map(|(gauge, axis)| format!("{axis} = \"0.7*sin(3*x + 5*y) + {gauge}\""))
                .collect();
            format!(
                r#"semafield = 1
[domain]
kind = "grid"
{domain}
[fields]
A = {{type = "complex", initial = "exp(i*({phase}))*(sin(3*x + 1) + i*cos(2*y + x))"}}
theta = {{type = "link", initial = {{{}}}}}
[derived]
size = "abs2(A)"
strain = "tension(A, theta)"
turn = "at_cells(curvature(theta))"
drift = "current(A, theta)"
[equations]
A = "A - (1 - 1.2*i)*abs2(A)*A + (1 + 2*i)*laplacian(A, theta)"
theta = "-0.05*(current(A, theta) + 0.1*cocurl(sin(curvature(theta))))"
[time]
scheme = "heun"
dt = 0.01
stop = 1
[observe.series]
count = "defects(A, theta)"
"#,
                links.join(", ")
            )
        };
        if axes == 3 {
            continue;
        }
        let (mut plain, mut turned) = (grow(&seed(false)), grow(&seed(true)));
        for _ in 0..3 {
            assert_eq!(series(&mut plain), series(&mut turned), "{domain}: defects");
            let (a, b) = (derived(&mut plain), derived(&mut turned));
            let active = plain.ground().mask.clone();
            for (name, a) in &a {
                for at in 0..a.values.len() {
                    let (a, b) = (a.values.get(at), b[name].values.get(at));
                    let cell = at % plain.model().grid.cells();
                    if active.as_ref().is_none_or(|mask| mask.values.get(cell) > 0.5) {
                        assert!((a - b).abs() < 1e-12 * a.abs().max(1.0), "{domain}: {name}[{at}]: {a}, turned {b}");
                    }
                }
            }
            plain.advance(10).unwrap();
            turned.advance(10).unwrap();
        }
    }
}

/// The integers of design.md's table, by loops.
fn windings(a: &Field, theta: Option<&Field>, [nx, ny]: [usize; 2]) -> Vec<f64> {
    let phase: Vec<f64> = a.component(0).into_iter().zip(a.component(1)).map(|(re, im)| im.atan2(re)).collect();
    let at = |x: usize, y: usize| x % nx + nx * (y % ny);
    let turns = |axis: usize, from: usize, into: usize| {
        let angle = theta.map_or(0.0, |theta| theta.values.get(axis * nx * ny + from));
        ((phase[into] - phase[from] + angle) / std::f64::consts::TAU).round()
    };
    let mut all = Vec::new();
    for y in 0..ny {
        for x in 0..nx {
            let (o, r, u, d) = (at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1));
            all.push(-(turns(0, o, r) + turns(1, r, d) - turns(0, u, d) - turns(1, o, u)));
        }
    }
    all
}

#[test]
fn defects_count_windings_and_windings_cancel_on_a_torus() {
    let text = r#"semafield = 1
[domain]
kind = "grid"
shape = [33, 21]
size = [33.0, 21.0]
[fields]
A = {type = "complex", initial = "normal() + i*normal()"}
theta = {type = "link", initial = "4*normal()"}
[equations]
A = "0"
theta = "0"
[time]
dt = 1.0
stop = 1
[observe.series]
plain = "defects(A)"
framed = "defects(A, theta)"
none = "defects(A, 0*theta) - defects(A)"
"#;
    let mut simulation = grow(text);
    let (a, theta) = (field(&mut simulation, "A"), field(&mut simulation, "theta"));
    let found = series(&mut simulation);
    for (theta, found) in [(None, found[0]), (Some(&theta), found[1])] {
        let windings = windings(&a, theta, [33, 21]);
        assert_eq!(windings.iter().sum::<f64>(), 0.0);
        assert_eq!(found, windings.iter().filter(|&&n| n != 0.0).count() as f64);
        assert!(found > 100.0);
    }
    assert_eq!(found[2], 0.0);
}
