//! Measured orders of accuracy: manufactured solutions in space for each kind of wall, in time for each scheme.

use std::f64::consts::PI;

use crate::common::grown::{field, grow};

fn seed(domain: &str, fields: &str, scheme: &str, dt: f64) -> String {
    format!(
        "semafield = 1\n[domain]\nkind = \"grid\"\n{domain}\n{fields}\n[time]\nscheme = \"{scheme}\"\ndt = {dt:e}\nstop = 1\n"
    )
}

/// The largest error of u against an exact solution of x, y and t.
fn error(text: &str, steps: u64, exact: impl Fn([f64; 3], f64) -> f64) -> f64 {
    let mut simulation = grow(text);
    simulation.advance(steps).unwrap();
    let time = simulation.time();
    let u = field(&mut simulation, "u");
    let grid = &u.grid;
    (0..grid.cells())
        .map(|cell| {
            let at = grid.position(cell);
            let place = semafield::grid::Axis::ALL.map(|axis| (at[axis.index()] as f64 + 0.5) * grid.spacing(axis));
            (u.values.get(cell) - exact(place, time)).abs()
        })
        .fold(0.0, f64::max)
}

/// The slope of log error over log step, by least squares.
fn order(steps: &[f64], errors: &[f64]) -> f64 {
    let n = steps.len() as f64;
    let (x, y): (Vec<f64>, Vec<f64>) = steps.iter().zip(errors).map(|(h, e)| (h.ln(), e.ln())).unzip();
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let above: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
    above / x.iter().map(|x| (x - mx).powi(2)).sum::<f64>()
}

/// u = e^-t (2 + sin(x + 1)) solves u_t = (D u_x)_x + f; D = 1 + x/4.
#[test]
fn second_order_in_space_at_every_wall_of_one_axis() {
    let exact = |[x, ..]: [f64; 3], t: f64| (-t).exp() * (2.0 + (x + 1.0).sin());
    let value = "exp(-t)*(2 + sin(x + 1))";
    let slope = "exp(-t)*cos(x + 1)";
    let walls = [
        ("values", format!("left = \"{value}\", right = \"{value}\"")),
        ("value and flux", format!("left = \"{value}\", right = {{flux = \"{slope}\"}}")),
        ("flux and value", format!("left = {{flux = \"-{slope}\"}}, right = \"{value}\"")),
        (
            "Robin and Robin",
            format!(
                "left = {{robin = [\"2\", \"1\", \"2*{value} - {slope}\"]}}, right = {{robin = [\"1 + t\", \"0.5\", \"(1 + t)*{value} + 0.5*{slope}\"]}}"
            ),
        ),
    ];
    let source = "-exp(-t)*(2 + sin(x + 1)) - exp(-t)*(cos(x + 1)/4 - (1 + x/4)*sin(x + 1))";
    for operator in ["div_grad(1 + x/4, u)", "div(link(1 + x/4)*grad(u))"] {
        for (name, sides) in &walls {
            let cells = [10, 20, 40];
            let errors = cells.map(|n| {
                let domain = format!("shape = [{n}]\nsize = [2.0]\nboundary = {{x = {{u = {{{sides}}}}}}}");
                let fields = format!(
                    "[fields]\nu = {{type = \"real\", initial = \"2 + sin(x + 1)\"}}\n[equations]\nu = \"{operator} + {source}\""
                );
                error(&seed(&domain, &fields, "rk4", 5e-4), 1000, exact)
            });
            let order = order(&cells.map(|n| 2.0 / f64::from(n)), &errors);
            assert!((1.85..2.4).contains(&order), "{name}, {operator}: order {order:.3}, errors {errors:?}");
        }
    }
}

/// u = e^-t cos x sin(y + 1/2), periodic in x, with a wall of each kind in y; both stencils.
#[test]
fn second_order_in_space_on_two_axes() {
    let exact = |[x, y, _]: [f64; 3], t: f64| (-t).exp() * x.cos() * (y + 0.5).sin();
    let value = "exp(-t)*cos(x)*sin(y + 0.5)";
    let slope = "exp(-t)*cos(x)*cos(y + 0.5)";
    let walls = [
        format!("bottom = \"{value}\", top = {{flux = \"{slope}\"}}"),
        format!("bottom = {{flux = \"-{slope}\"}}, top = {{robin = [\"1\", \"2\", \"{value} + 2*{slope}\"]}}"),
    ];
    for stencil in [5, 9] {
        for sides in &walls {
            let cells = [8, 16, 32];
            let errors = cells.map(|n| {
                let domain = format!(
                    "shape = [{n}, {n}]\nsize = [{size}, {size}]\nstencil = {stencil}\nboundary = {{x = \"periodic\", y = {{u = {{{sides}}}}}}}",
                    size = 2.0 * PI
                );
                let fields = format!(
                    "[fields]\nu = {{type = \"real\", initial = \"cos(x)*sin(y + 0.5)\"}}\n[equations]\nu = \"laplacian(u) + {value}\""
                );
                error(&seed(&domain, &fields, "rk4", 5e-3), 100, exact)
            });
            let order = order(&cells.map(|n| 1.0 / f64::from(n)), &errors);
            assert!((1.8..2.6).contains(&order), "{stencil} points, {sides}: order {order:.3}, errors {errors:?}");
        }
    }
}

/// Walls that move with time, at the stages' times: against a run with a much smaller step on the same grid.
#[test]
fn orders_in_time_with_moving_walls() {
    for (scheme, due) in [("euler", 1.0), ("heun", 2.0), ("rk4", 4.0)] {
        let run = |steps: u64| {
            let domain = "shape = [6]\nsize = [3.0]\nboundary = {x = {u = {left = \"sin(3*t)\", right = {robin = [\"1\", \"1\", \"cos(2*t)\"]}}}}";
            let fields = "[fields]\nu = {type = \"real\", initial = \"cos(x)\"}\n[equations]\nu = \"0.3*laplacian(u) + u - u^3 + sin(5*t)\"";
            let mut simulation = grow(&seed(domain, fields, scheme, 1.0 / steps as f64));
            simulation.advance(steps).unwrap();
            field(&mut simulation, "u").values.to_f64()
        };
        let reference = run(if scheme == "rk4" { 2560 } else { 20480 });
        let counts = [20, 40, 80];
        let errors =
            counts.map(|steps| run(steps).iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max));
        let order = order(&counts.map(|steps| 1.0 / steps as f64), &errors);
        assert!((order - due).abs() < 0.15, "{scheme}: order {order:.3}, errors {errors:?}");
    }
}

/// Coupled fields on links and cells, with time in the equations: every scheme has its order.
#[test]
fn orders_in_time_of_coupled_fields() {
    for (scheme, due) in [("euler", 1.0), ("heun", 2.0), ("rk4", 4.0)] {
        let run = |steps: u64| {
            let fields = r#"[fields]
A = {type = "complex", initial = "cos(x) + i*sin(y)"}
u = {type = "real", initial = "sin(x + y)"}
theta = {type = "link", initial = "sin(x)*cos(y)"}
[equations]
A = "A - (1 - 1.2*i)*abs2(A)*A + 0.2*(1 + 2*i)*div_grad(1 + u^2, A, theta) + sin(t)"
u = "tension(A, theta) - u + 0.1*laplacian(laplacian(u))*0.1"
theta = "-0.3*(current(A, theta) + cocurl(sin(curvature(theta))))"
"#;
            let domain = "shape = [5, 4]\nsize = [6.283185307179586, 5.0]\nboundary = {y = \"no-flux\"}";
            let mut simulation = grow(&seed(domain, fields, scheme, 1.0 / steps as f64));
            simulation.advance(steps).unwrap();
            simulation.fields().unwrap().iter().flat_map(|field| field.values.to_f64()).collect::<Vec<f64>>()
        };
        let reference = run(if scheme == "rk4" { 1280 } else { 10240 });
        let counts = [40, 80, 160];
        let errors =
            counts.map(|steps| run(steps).iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max));
        let order = order(&counts.map(|steps| 1.0 / steps as f64), &errors);
        assert!((order - due).abs() < 0.2, "{scheme}: order {order:.3}, errors {errors:?}");
    }
}
