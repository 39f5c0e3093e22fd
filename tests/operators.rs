//! Each operator against its definition as plain loops (`reference`), in f64 on small grids of every kind, both as a
//! measured expression and as the right-hand side of a step.

mod reference;
mod walls;

use std::collections::BTreeMap;

use reference::{C, Domain};
use semafield::field::{Field, Kind};
use semafield::grid::Axis;
use semafield::simulation::Simulation;

use crate::common::grown::{derived, field, grow};

/// Rounding of some dozen operations on numbers of order 100.
const ROUNDING: f64 = 1e-11;

/// Lines of `[domain]`.
const DOMAINS: &[(&str, bool)] = &[
    ("shape = [7]\nsize = [3.5]", false),
    ("shape = [5]\nsize = [3.0]\nboundary = \"no-flux\"", false),
    ("shape = [9]\nsize = [9.0]\nmask = \"x < 3 || x > 5\"", false),
    ("shape = [5, 4]\nsize = [2.5, 3.0]", false),
    ("shape = [5, 6]\nsize = [2.5, 3.0]\nboundary = {x = \"no-flux\", y = \"periodic\"}", false),
    (
        "shape = [6, 5]\nsize = [3.0, 5.0]\nboundary = \"no-flux\"\nmask = \"(x-1.5)^2 + (y-2.5)^2 < 4 && x != 1.25\"",
        false,
    ),
    ("shape = [6, 5]\nsize = [3.0, 2.5]\nstencil = 9", true),
    ("shape = [6, 5]\nsize = [3.0, 2.5]\nstencil = 9\nboundary = \"no-flux\"", true),
    ("shape = [6, 5]\nsize = [3.0, 2.5]\nstencil = 9\nboundary = {x = \"periodic\", y = \"no-flux\"}", true),
    ("shape = [8, 7]\nsize = [4.0, 3.5]\nstencil = 9\nmask = \"sin(3*x) + cos(2*y*x) < 0.9\"", true),
    (
        "shape = [8, 7]\nsize = [4.0, 3.5]\nstencil = 9\nboundary = \"no-flux\"\nmask = \"abs(x-y) > 0.6 || x > 3\"",
        true,
    ),
    ("shape = [4, 3, 5]\nsize = [2.0, 1.2, 3.0]", false),
    (
        "shape = [4, 3, 5]\nsize = [2.0, 1.2, 3.0]\nboundary = {x = \"periodic\", y = \"no-flux\", z = \"no-flux\"}",
        false,
    ),
    (
        "shape = [4, 4, 4]\nsize = [2.0, 1.2, 3.0]\nboundary = {z = \"no-flux\"}\nmask = \"x + y + z < 4 && x*y != 0.45*0.75\"",
        false,
    ),
];

/// What an expression gives: a word of `[fields]` type, or `face` (which no field is).
type Case<'a> = (&'a str, &'a str, &'a str);

/// A seed with random fields A, u, D, theta, the expressions as derived fields, and a field `to_NAME` per expression
/// whose equation it is.
fn seed(domain: &str, cases: &[Case<'_>]) -> String {
    let mut fields = String::new();
    let mut equations = String::new();
    let mut derived = String::new();
    for (name, kind, expression) in cases {
        derived += &format!("{name} = \"{expression}\"\n");
        if *kind != "face" {
            fields += &format!("to_{name} = {{type = \"{kind}\", initial = \"0\"}}\n");
            equations += &format!("to_{name} = \"{name}\"\n");
        }
    }
    format!(
        r#"semafield = 1
rng_seed = 11
[domain]
kind = "grid"
{domain}
[parameters]
p = 0.7
[fields]
A = {{type = "complex", initial = "normal() + i*normal()"}}
u = {{type = "real", initial = "normal()"}}
D = {{type = "real", initial = "1 + 0.5*uniform()"}}
theta = {{type = "link", initial = "normal()"}}
{fields}
[equations]
A = "0"
u = "0"
D = "0"
theta = "0"
{equations}
[derived]
{derived}
[time]
scheme = "euler"
dt = 1.0
stop = 1
"#
    )
}

/// The expressions' values; checks that a step of length 1 from 0 gives the same.
fn measured(simulation: &mut Simulation) -> BTreeMap<String, Field> {
    let values = derived(simulation);
    let alive = alive(simulation);
    simulation.advance(1).unwrap();
    for stepped in simulation.fields().unwrap() {
        let Some(name) = stepped.name.strip_prefix("to_") else { continue };
        let values = &values[name];
        for at in 0..values.values.len() {
            if stepped.kind == Kind::Link || alive[at % alive.len()] {
                let (a, b) = (values.values.get(at), stepped.values.get(at));
                assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0), "{name}[{at}]: measured {a}, stepped {b}");
            } else {
                assert_eq!(stepped.values.get(at), 0.0, "inert cells stay 0");
            }
        }
    }
    values
}

fn alive(simulation: &Simulation) -> Vec<bool> {
    let cells = simulation.model().grid.cells();
    simulation
        .ground()
        .mask
        .as_ref()
        .map_or(vec![true; cells], |mask| (0..cells).map(|cell| mask.values.get(cell) > 0.5).collect())
}

/// The values of a cell field; imaginary parts are 0 where it has none.
fn complex(field: &Field) -> Vec<C> {
    let re = field.component(0);
    if field.kind == Kind::Complex {
        return re.into_iter().zip(field.component(1)).map(|(re, im)| [re, im]).collect();
    }
    re.into_iter().map(|re| [re, 0.0]).collect()
}

fn assert_cells(domain: &Domain<'_>, name: &str, found: &Field, expected: &[C]) {
    let found = complex(found);
    for cell in domain.cells() {
        for part in 0..2 {
            let (a, b) = (found[cell][part], expected[cell][part]);
            assert!((a - b).abs() < ROUNDING, "{name} at {:?}: {a}, by definition {b}", domain.position(cell));
        }
    }
}

/// Links and faces: inert ones are 0.
fn assert_all(name: &str, found: &Field, expected: &[f64]) {
    assert_eq!(found.values.len(), expected.len());
    for (at, &b) in expected.iter().enumerate() {
        let a = found.values.get(at);
        assert!((a - b).abs() < ROUNDING, "{name}[{at}]: {a}, by definition {b}");
    }
}

fn reals(values: Vec<f64>) -> Vec<C> {
    values.into_iter().map(|value| [value, 0.0]).collect()
}

#[test]
fn covariant_operators_are_sums_over_edges() {
    for (domain_text, nine) in DOMAINS {
        let axes = domain_text.lines().next().unwrap().matches(',').count() + 1;
        let position = ["link(0.3*x)", "link(0.3*x, sin(x*y))", "link(0.3*x, sin(x*y), z - x)"][axes - 1];
        let waves = ["1 + 0.3*sin(x + 2)*x", "1 + 0.3*sin(x + 2*y)*y", "1 + 0.3*sin(x + y*z)*y"][axes - 1];
        let pairs = [
            ("0", "D"),
            ("theta", "1"),
            ("theta", waves),
            ("2*theta + 0.1", "D + abs2(A)"),
            ("p", "p"),
            (position, "D"),
            ("current(A, theta)", waves),
        ];
        for (frames, d) in pairs {
            let div_grad = format!("div_grad({d}, A, {frames})");
            let tension = format!("tension(A, {frames}, {d})");
            let current = format!("current(A, {frames}, {d})");
            let real = format!("div_grad({d}, u)");
            let laplacian = format!("laplacian(A, {frames})");
            let frames_link = format!("{frames} + 0*theta");
            let d_cell = format!("{d} + 0*u");
            let cases = [
                ("flow", "complex", div_grad.as_str()),
                ("strain", "real", &tension),
                ("drift", "link", &current),
                ("heat", "real", &real),
                ("plain", "complex", &laplacian),
                ("angles", "link", &frames_link),
                ("weights", "real", &d_cell),
            ];
            let mut simulation = grow(&seed(domain_text, &cases));
            let (a, u) = (field(&mut simulation, "A"), field(&mut simulation, "u"));
            let alive = alive(&simulation);
            let values = measured(&mut simulation);
            let domain = Domain { grid: &simulation.model().grid, alive, nine: *nine };
            let theta = values["angles"].values.to_f64();
            let d = values["weights"].values.to_f64();
            let (a, u) = (complex(&a), complex(&u));
            let about = |name: &str| format!("{name} of {frames:?}, {d:?} in {domain_text}");
            let ones = vec![1.0; d.len()];
            let zero = vec![0.0; theta.len()];
            assert_cells(&domain, &about("div_grad"), &values["flow"], &domain.div_grad(&d, &a, &theta));
            assert_cells(&domain, &about("laplacian"), &values["plain"], &domain.div_grad(&ones, &a, &theta));
            assert_cells(&domain, &about("real div_grad"), &values["heat"], &domain.div_grad(&d, &u, &zero));
            assert_cells(&domain, &about("tension"), &values["strain"], &reals(domain.tension(&d, &a, &theta)));
            assert_all(&about("current"), &values["drift"], &domain.current(&d, &a, &theta));
        }
    }
}

#[test]
fn absent_arguments_are_no_frames_and_one() {
    let cases = [
        ("a", "real", "laplacian(u) - div_grad(1, u)"),
        ("b", "complex", "laplacian(A, 0) - laplacian(A)"),
        ("c", "real", "tension(A) - tension(A, 0, 1)"),
        ("d", "link", "current(A, theta) - current(A, theta, 1)"),
    ];
    for (domain, _) in DOMAINS {
        for field in measured(&mut grow(&seed(domain, &cases))).values() {
            assert!(field.values.to_f64().iter().all(|&value| value == 0.0), "{} in {domain}", field.name);
        }
    }
}

#[test]
fn links_and_faces_follow_their_definitions() {
    for (domain_text, nine) in DOMAINS.iter().filter(|(domain, _)| !domain.starts_with("shape = [7]\n")) {
        let axes = domain_text.lines().next().unwrap().matches(',').count() + 1;
        let mut cases: Vec<Case<'_>> = vec![
            ("slope", "link", "grad(u)"),
            ("flux", "real", "div(theta)"),
            ("spread", "real", "div(theta^2 + 1)"),
            ("centred", "real", "at_cells(theta)"),
            ("along_x", "real", "dx(u)"),
        ];
        if axes > 1 {
            cases.extend([
                ("turn", "face", "curvature(theta)"),
                ("rate", "face", "curl(theta)"),
                ("back", "link", "cocurl(sin(curvature(theta)))"),
                ("place", "link", "cocurl(x*y + 0.3)"),
                ("face_mean", "real", "at_cells(curvature(theta))"),
                ("along_y", "real", "dy(u)"),
            ]);
        }
        let mut simulation = grow(&seed(domain_text, &cases));
        let (u, theta) = (field(&mut simulation, "u"), field(&mut simulation, "theta"));
        let alive = alive(&simulation);
        let values = measured(&mut simulation);
        let grid = &simulation.model().grid;
        let domain = Domain { grid, alive, nine: *nine };
        let (u, theta) = (u.values.to_f64(), theta.values.to_f64());
        let cells = grid.cells();
        let axis_list = grid.axis_list();

        // Links
        let (mut slope, mut flux, mut spread, mut centred) =
            (vec![0.0; theta.len()], vec![0.0; cells], vec![0.0; cells], vec![0.0; cells]);
        for i in domain.cells() {
            for &axis in axis_list {
                let h = grid.spacing(axis);
                if let Some(j) = domain.step(i, &[(axis, 1)]) {
                    let link = domain.link(axis, i);
                    slope[link] = (u[j] - u[i]) / h;
                    for (cell, sign) in [(i, 1.0), (j, -1.0)] {
                        flux[cell] += sign * theta[link] / h;
                        spread[cell] += sign * (theta[link].powi(2) + 1.0) / h;
                        centred[cell] += theta[link] / (2.0 * axis_list.len() as f64);
                    }
                }
            }
        }
        assert_all(domain_text, &values["slope"], &slope);
        assert_cells(&domain, domain_text, &values["flux"], &reals(flux));
        assert_cells(&domain, domain_text, &values["spread"], &reals(spread));
        assert_cells(&domain, domain_text, &values["centred"], &reals(centred));
        for (&axis, name) in axis_list.iter().zip(["along_x", "along_y"]) {
            let mut slope = vec![0.0; cells];
            for i in domain.cells() {
                let value = |sign| u[domain.step(i, &[(axis, sign)]).unwrap_or(i)];
                slope[i] = (value(1) - value(-1)) / (2.0 * grid.spacing(axis));
            }
            assert_cells(&domain, domain_text, &values[name], &reals(slope));
        }
        if axes == 1 {
            continue;
        }

        // Faces
        let faces = domain.planes().len();
        let mut turn = vec![0.0; faces * cells];
        for (face, link, sign) in domain.incidence() {
            turn[face] += sign * theta[link];
        }
        assert_all(domain_text, &values["turn"], &turn);
        let (mut rate, mut place) = (vec![0.0; turn.len()], vec![0.0; turn.len()]);
        for (face, (a, b), [o, right, up]) in domain.plaquettes() {
            let (ha, hb) = (grid.spacing(a), grid.spacing(b));
            let v = |axis, cell| theta[domain.link(axis, cell)];
            rate[face * cells + o] = (v(a, o) * ha + v(b, right) * hb - v(a, up) * ha - v(b, o) * hb) / (ha * hb);
            let coordinate = |axis: Axis| {
                let inside = if a == axis || b == axis { 1.0 } else { 0.5 };
                (grid.position(o)[axis.index()] as f64 + inside) * grid.spacing(axis)
            };
            place[face * cells + o] = coordinate(Axis::X) * coordinate(Axis::Y) + 0.3;
        }
        assert_all(domain_text, &values["rate"], &rate);
        let transpose = |f: &[f64]| {
            let mut links = vec![0.0; theta.len()];
            for (face, link, sign) in domain.incidence() {
                links[link] += sign * f[face];
            }
            links
        };
        let sines: Vec<f64> = turn.iter().map(|f| f.sin()).collect();
        assert_all(domain_text, &values["back"], &transpose(&sines));
        assert_all(domain_text, &values["place"], &transpose(&place));
        let mut mean = vec![0.0; cells];
        for (face, (a, b), [o, ..]) in domain.plaquettes() {
            for steps in [vec![], vec![(a, 1)], vec![(b, 1)], vec![(a, 1), (b, 1)]] {
                let corner = domain.step(o, &steps).unwrap();
                mean[corner] += turn[face * cells + o] / (4.0 * faces as f64);
            }
        }
        assert_cells(&domain, domain_text, &values["face_mean"], &reals(mean));
    }
}

#[test]
fn operators_of_operators_are_compositions() {
    for (domain_text, nine) in DOMAINS {
        let cases: &[Case<'_>] = &[
            ("once", "real", "laplacian(u)"),
            ("twice", "real", "laplacian(laplacian(u))"),
            ("thrice", "real", "laplacian(laplacian(laplacian(u)))"),
            ("slope", "real", "dx(u)*u"),
            ("burgers", "real", "laplacian(dx(u)*u)"),
            ("cahn", "real", "laplacian(u^3 - u - laplacian(u))"),
            ("energy", "real", "tension(A, theta)"),
            ("smooth", "real", "div_grad(tension(A, theta), u)"),
            ("flow", "complex", "laplacian(A, theta)"),
            ("flow_twice", "complex", "laplacian(laplacian(A, theta), theta)"),
            ("drift", "link", "current(A, theta)"),
            ("sources", "real", "div(current(A, theta))"),
        ];
        let mut simulation = grow(&seed(domain_text, cases));
        let theta = field(&mut simulation, "theta").values.to_f64();
        let u = field(&mut simulation, "u").values.to_f64();
        let alive = alive(&simulation);
        let values = measured(&mut simulation);
        let domain = Domain { grid: &simulation.model().grid, alive, nine: *nine };
        let ones = vec![1.0; u.len()];
        let zero = vec![0.0; theta.len()];
        let again = |name: &str, d: &[f64], theta: &[f64]| domain.div_grad(d, &complex(&values[name]), theta);
        let scale = |name: &str| values[name].values.to_f64().iter().fold(1.0_f64, |most, v| most.max(v.abs()));
        let check = |name: &str, expected: &[C]| {
            let found = complex(&values[name]);
            for cell in domain.cells() {
                for part in 0..2 {
                    let (a, b) = (found[cell][part], expected[cell][part]);
                    assert!((a - b).abs() < 1e-13 * scale(name), "{name} in {domain_text}: {a}, by definition {b}");
                }
            }
        };
        check("twice", &again("once", &ones, &zero));
        check("thrice", &again("twice", &ones, &zero));
        check("burgers", &again("slope", &ones, &zero));
        check("flow_twice", &again("flow", &ones, &theta));
        let d = values["energy"].values.to_f64();
        check("smooth", &domain.div_grad(&d, &reals(u.clone()), &zero));
        let once = values["once"].values.to_f64();
        let potential: Vec<f64> = u.iter().zip(&once).map(|(u, l)| u.powi(3) - u - l).collect();
        check("cahn", &domain.div_grad(&ones, &reals(potential), &zero));
        let mut sources = vec![0.0; u.len()];
        for i in domain.cells() {
            for &axis in domain.grid.axis_list() {
                if let Some(j) = domain.step(i, &[(axis, 1)]) {
                    let flow = values["drift"].values.get(domain.link(axis, i)) / domain.grid.spacing(axis);
                    sources[i] += flow;
                    sources[j] -= flow;
                }
            }
        }
        check("sources", &reals(sources));
    }
}
