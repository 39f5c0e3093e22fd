//! What expressions give, folded as constants and computed over cells.

use std::collections::BTreeMap;

use crate::common::grown::{derived, field, grow, grow_in, model, series};

type C = [f64; 2];

/// A seed with the parameters a, b and the fields u, v of the same values.
fn seed(a: f64, b: f64, derived: &[String], series: &[String]) -> String {
    let list = |prefix: &str, all: &[String]| -> String {
        all.iter().enumerate().map(|(n, text)| format!("{prefix}{n} = \"{text}\"\n")).collect()
    };
    format!(
        r#"semafield = 1
[domain]
kind = "grid"
shape = [3, 2]
size = [1.5, 1.0]
[parameters]
a = {a:e}
b = {b:e}
[fields]
u = {{type = "real", initial = "a"}}
v = {{type = "real", initial = "b"}}
[equations]
u = "0"
v = "0"
[derived]
{}
[time]
dt = 0.5
stop = 1
[observe.series]
{}
"#,
        list("d", derived),
        list("s", series)
    )
}

/// Both ways to evaluate expressions in a and b: as constants, and over cells.
fn both_ways(a: f64, b: f64, expressions: &[String]) -> Vec<[C; 2]> {
    let parts = |text: &str| [format!("re({text})"), format!("im({text})")];
    let series_texts: Vec<String> = expressions.iter().flat_map(|text| parts(text)).collect();
    let on_cells = |text: &str| {
        let mut out = String::new();
        let letters: Vec<char> = text.chars().collect();
        for (at, &c) in letters.iter().enumerate() {
            let near = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_alphanumeric());
            let alone = !near(at.checked_sub(1)) && !near(Some(at + 1));
            out.push(match c {
                'a' if alone => 'u',
                'b' if alone => 'v',
                other => other,
            });
        }
        out
    };
    let cell_texts: Vec<String> = series_texts.iter().map(|text| format!("{} + 0*u", on_cells(text))).collect();
    let mut simulation = grow(&seed(a, b, &cell_texts, &series_texts));
    let folded = series(&mut simulation);
    let cells = derived(&mut simulation);
    (0..expressions.len())
        .map(|n| {
            let cell = |part: usize| cells[&format!("d{}", 2 * n + part)].values.get(4);
            [[folded[2 * n], folded[2 * n + 1]], [cell(0), cell(1)]]
        })
        .collect()
}

fn polar(z: C) -> (f64, f64) {
    (z[0].hypot(z[1]), z[1].atan2(z[0]))
}

fn exp(z: C) -> C {
    [z[0].exp() * z[1].cos(), z[0].exp() * z[1].sin()]
}

fn mul(a: C, b: C) -> C {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

fn div(a: C, b: C) -> C {
    let n = b[0] * b[0] + b[1] * b[1];
    let p = mul(a, [b[0], -b[1]]);
    [p[0] / n, p[1] / n]
}

fn sub(a: C, b: C) -> C {
    [a[0] - b[0], a[1] - b[1]]
}

const I: C = [0.0, 1.0];

fn sinh(z: C) -> C {
    [z[0].sinh() * z[1].cos(), z[0].cosh() * z[1].sin()]
}

fn cosh(z: C) -> C {
    [z[0].cosh() * z[1].cos(), z[0].sinh() * z[1].sin()]
}

fn sqrt(z: C) -> C {
    let (r, phi) = polar(z);
    [r.sqrt() * (phi / 2.0).cos(), r.sqrt() * (phi / 2.0).sin()]
}

/// Complex functions, their branch cuts included: the argument of a negative real number is +pi.
#[test]
fn complex_functions_have_principal_values() {
    type Named = (&'static str, fn(C) -> C);
    let functions: &[Named] = &[
        ("Z", |z| z),
        ("conj(Z)", |z| [z[0], -z[1]]),
        ("abs(Z)", |z| [polar(z).0, 0.0]),
        ("abs2(Z)", |z| [z[0] * z[0] + z[1] * z[1], 0.0]),
        ("arg(Z)", |z| [polar(z).1, 0.0]),
        ("exp(Z)", exp),
        ("log(Z)", |z| [polar(z).0.ln(), polar(z).1]),
        ("sqrt(Z)", sqrt),
        ("sinh(Z)", sinh),
        ("cosh(Z)", cosh),
        ("tanh(Z)", |z| div(sinh(z), cosh(z))),
        ("sin(Z)", |z| mul([0.0, -1.0], sinh(mul(I, z)))),
        ("cos(Z)", |z| cosh(mul(I, z))),
        ("tan(Z)", |z| mul([0.0, -1.0], div(sinh(mul(I, z)), cosh(mul(I, z))))),
        ("Z^3", |z| mul(z, mul(z, z))),
        ("pow(Z, 2)", |z| mul(z, z)),
        ("Z^-2", |z| div([1.0, 0.0], mul(z, z))),
        ("Z^0", |_| [1.0, 0.0]),
        ("Z*(2 - i)", |z| mul(z, [2.0, -1.0])),
        ("(2 - i)/Z", |z| div([2.0, -1.0], z)),
        ("3/Z", |z| div([3.0, 0.0], z)),
        ("Z/3", |z| [z[0] / 3.0, z[1] / 3.0]),
        ("-Z + 1", |z| sub([1.0, 0.0], z)),
        ("select(a > b, Z, 1)", |z| if z[0] > z[1] { z } else { [1.0, 0.0] }),
        ("select(Z == Z && !(Z != Z), 1, 0)", |_| [1.0, 0.0]),
        ("select(Z == conj(Z), 1, 0)", |z| [f64::from(u8::from(z[1] == 0.0)), 0.0]),
    ];
    let texts: Vec<String> = functions.iter().map(|(text, _)| text.replace('Z', "(a + i*b)")).collect();
    let points = [
        [0.7, 0.4],
        [-1.3, 0.8],
        [-0.2, -1.9],
        [1.1, -0.3],
        [-2.0, 0.0],
        [2.0, 0.0],
        [1e-3, 3.0],
        [0.0, -1.5],
        [3.0, 1e-9],
        [-3.0, -1e-9],
    ];
    for z in points {
        for ((text, reference), found) in functions.iter().zip(both_ways(z[0], z[1], &texts)) {
            let expected = reference(z);
            for (way, found) in ["constants", "cells"].iter().zip(found) {
                for part in 0..2 {
                    // Each part to its own rounding where the formula allows: sqrt(3 + 1e-9 i) has an imaginary part.
                    let scale =
                        if *text == "sqrt(Z)" { expected[part].abs().max(1e-30) } else { polar(expected).0.max(0.1) };
                    let close = (found[part] - expected[part]).abs() <= 4e-15 * scale
                        || (*text == "sqrt(Z)" && (found[part] - expected[part]).abs() < 1e-15);
                    assert!(close, "{text} at {z:?} as {way}, part {part}: {}, due {}", found[part], expected[part]);
                }
            }
        }
    }
    let tiny = both_ways(3.0, 1e-12, &["sqrt(a + i*b)".into(), "sqrt(-a + i*b)".into()]);
    for found in tiny {
        for found in found {
            assert!((found[0].min(found[1]) / (1e-12 / (2.0 * 3.0_f64.sqrt())) - 1.0).abs() < 2e-15, "{found:?}");
        }
    }
    for found in both_ways(400.0, 0.3, &["tanh(a + i*b)".into(), "tan(b + i*a)".into(), "sqrt(0*a + 0*i)".into()]) {
        assert!(found.iter().flatten().all(|part| part.is_finite()), "{found:?}");
    }
}

#[test]
fn real_functions_and_rules_of_writing() {
    let cases: &[(&str, f64)] = &[
        ("-2^2", -4.0),
        ("2^3^2", 512.0),
        ("2^-1", 0.5),
        ("-a^2", -6.25),
        ("(-a)^2", 6.25),
        ("(0 - 2)^3", -8.0),
        ("(-8)^(4/2)", 64.0),
        ("2^0.5 - sqrt(2)", 0.0),
        ("0^0", 1.0),
        ("1 - 2 - 3", -4.0),
        ("8/4/2", 1.0),
        ("2*-3", -6.0),
        ("2 - -3", 5.0),
        ("+a", 2.5),
        ("1 + 2*3^2", 19.0),
        (".5 + 5. + 1e-3 + 1E2", 105.501),
        ("re(i^2)", -1.0),
        ("re((1 + i)^4)", -4.0),
        ("im(1/i)", -1.0),
        ("step(0)", 1.0),
        ("step(-a) + step(a)", 1.0),
        ("sign(-a) + 2*sign(a) + 4*sign(0*a)", 1.0),
        ("floor(-0.5) + floor(a)", 1.0),
        ("clamp(a, 0, 1) + clamp(-a, -1, 5) + clamp(0.5, 0, 1)", 0.5),
        ("min(a, b) + 10*max(a, b)", 26.25),
        ("atan2(0, -1) - pi", 0.0),
        ("arg(-a) - pi", 0.0),
        ("arg(a)", 0.0),
        ("abs(-a) + abs2(-a)", 8.75),
        ("pow(a, b)", 2.5_f64.powf(1.25)),
        ("pow(-2, 3)", -8.0),
        ("select(a > b && !(a < b) || 1 > 2, 7, 8)", 7.0),
        ("select(a >= 2.5, 1, 0) + select(a <= 2.5, 1, 0) + select(a == 2.5, 1, 0) + select(a != 2.5, 1, 0)", 3.0),
        ("select(1 > 2 || 2 > 3 && 3 < 4, 1, 0)", 0.0),
        ("re(conj(a)) + im(a)", 2.5),
        ("exp(log(a))", 2.5),
        ("tan(b) - sin(b)/cos(b)", 0.0),
        ("tanh(b) - sinh(b)/cosh(b)", 0.0),
        ("t", 0.0),
    ];
    let texts: Vec<String> = cases.iter().map(|(text, _)| (*text).to_owned()).collect();
    for ((text, due), found) in cases.iter().zip(both_ways(2.5, 1.25, &texts)) {
        for found in found {
            assert!((found[0] - due).abs() < 1e-14 * due.abs().max(1.0), "{text} = {}, due {due}", found[0]);
        }
    }
}

#[test]
fn an_expression_shown_and_read_again_is_the_same() {
    let texts: Vec<String> = [
        "-u^2 + (-u)^2 - (u - (v - 1)) / (u*v) / (u/v)",
        "select(!(u < v) && (u <= v || u == v), -(1 + u), 2^-u^2)",
        "re((1 + i)*exp(-i*pi*x))*1e-7 - 1e30*(u + v)^-3",
        "defects(u + i*v) + mean(at_cells(link(t + 1, x)))",
        "laplacian(u) + div_grad(v, u) + tension(u + i*v, link(x, y)) + tension(u, 0, v)",
        "max_of(u)*std(v) - clamp(u, v, 3) + atan2(u, v) + min(u, v) + dy(u)",
    ]
    .map(str::to_owned)
    .into();
    let first = model(&seed(1.0, 2.0, &texts, &[]));
    let shown: Vec<String> = first.derived.iter().map(|derived| first.show(derived.expr)).collect();
    let second = model(&seed(1.0, 2.0, &shown, &[]));
    let again: Vec<String> = second.derived.iter().map(|derived| second.show(derived.expr)).collect();
    assert_eq!(shown, again);
    let (mut a, mut b) = (grow(&seed(1.0, 2.0, &texts, &[])), grow(&seed(1.0, 2.0, &shown, &[])));
    let (a, b): (BTreeMap<_, _>, BTreeMap<_, _>) = (derived(&mut a), derived(&mut b));
    assert!(a.iter().all(|(name, field)| field.values == b[name].values));
}

fn grid_seed(domain: &str, rest: &str) -> String {
    format!("semafield = 1\n[domain]\nkind = \"grid\"\n{domain}\n{rest}\n[time]\ndt = 0.25\nstop = 1\n")
}

#[test]
fn coordinates_are_those_of_the_place() {
    let text = grid_seed(
        "shape = [4, 3]\nsize = [2.0, 3.0]\nboundary = {y = \"no-flux\"}",
        r#"[fields]
u = {type = "real", initial = "x + 10*y"}
theta = {type = "link", initial = {x = "x + 10*y", y = "x + 10*y"}}
[equations]
u = "0"
theta = "0"
[derived]
slope = "dx(x)"
up = "dy(y)"
moved = "x + t"
"#,
    );
    let mut simulation = grow(&text);
    let u = field(&mut simulation, "u").values.to_f64();
    assert_eq!(u[..5], [5.25, 5.75, 6.25, 6.75, 15.25]);
    let theta = field(&mut simulation, "theta");
    assert_eq!(theta.component(0)[..4], [5.5, 6.0, 6.5, 7.0], "edges along x: their midpoints");
    assert_eq!(theta.component(1)[..2], [10.25, 10.75], "edges along y");
    assert_eq!(theta.component(1)[8..], [0.0; 4], "the wall's link is 0");
    simulation.advance(2).unwrap();
    let values = derived(&mut simulation);
    assert_eq!(values["slope"].component(0)[..4], [-1.0, 1.0, 1.0, -1.0], "x wraps with its axis");
    assert!(values["up"].component(0).iter().all(|&slope| slope == 1.0));
    assert_eq!(values["moved"].component(0)[0], 0.75);
}

#[test]
fn maps_stand_with_y_up() {
    let folder = tempfile::tempdir().unwrap();
    // .npy: axes y, x; the first row is the lowest y.
    let values: Vec<f64> = vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let padded = format!("{header:<117}\n");
    bytes.extend(u16::try_from(padded.len()).unwrap().to_le_bytes());
    bytes.extend(padded.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    std::fs::write(folder.path().join("array.npy"), bytes).unwrap();
    // .png: the first row is the highest y.
    let picture = image::GrayImage::from_raw(3, 2, vec![255, 0, 51, 0, 102, 0]).unwrap();
    picture.save(folder.path().join("picture.png")).unwrap();
    let text = grid_seed(
        "shape = [3, 2]\nsize = [3.0, 2.0]\nmask = \"picture.png\"",
        r#"[maps]
mask = "array.npy"
seen = "picture.png"
[fields]
u = {type = "real", initial = "mask + 10*seen"}
[equations]
u = "mask - laplacian(u)*0"
"#,
    );
    let mut simulation = grow_in(&text.replace("mask = \"picture.png\"", ""), folder.path());
    assert_eq!(field(&mut simulation, "u").component(0), [0.0, 5.0, 2.0, 13.0, 4.0, 7.0]);
    simulation.advance(4).unwrap();
    assert_eq!(field(&mut simulation, "u").component(0), [0.0, 6.0, 4.0, 16.0, 8.0, 12.0]);
    let mut masked = grow_in(&text, folder.path());
    masked.advance(4).unwrap();
    assert_eq!(field(&mut masked, "u").component(0), [0.0, 0.0, 0.0, 16.0, 0.0, 0.0]);
}

#[test]
fn maps_that_nothing_uses_are_checked_too() {
    let text = grid_seed(
        "shape = [3, 2]\nsize = [3.0, 2.0]",
        "[maps]\nground = \"absent.png\"\n[fields]\nu = {type = \"real\", initial = \"0\"}\n[equations]\nu = \"0\"",
    );
    let options = crate::common::grown::options(semafield::math::arithmetic::Precision::F32, std::path::Path::new("."));
    let wrong = semafield::simulation::Simulation::grow(model(&text), None, &options).err().unwrap();
    assert!(wrong.to_string().contains("absent.png"), "{wrong}");
}

#[test]
fn totals_combine_active_cells_edges_and_plaquettes() {
    let text = grid_seed(
        "shape = [5, 4]\nsize = [2.5, 2.0]\nboundary = {x = \"no-flux\"}\nmask = \"x < 2 || y > 1\"",
        r#"[fields]
u = {type = "real", initial = "normal()"}
A = {type = "complex", initial = "normal() + i*normal()"}
theta = {type = "link", initial = "normal()"}
[equations]
u = "0"
A = "0"
theta = "0"
[observe.series]
mean = "mean(u)"
sum = "sum(u)"
least = "min_of(u)"
most = "max_of(u)"
spread = "std(u)"
cells = "sum(1)"
half = "mean(2)"
re = "re(mean(A))"
im = "im(sum(A))"
edges = "sum(0*theta + 1)"
edge_mean = "mean(theta)"
edge_least = "min_of(theta + 100)"
edge_most = "max_of(theta - 100)"
faces = "sum(0*curvature(theta) + 1)"
face_mean = "mean(curvature(theta))"
nested = "mean((u - mean(u))^2)"
mixed = "2*mean(u) + sqrt(sum(1)) - t"
place = "mean(x)"
"#,
    );
    let mut simulation = grow(&text);
    let names: Vec<String> = simulation.model().observe.series.iter().map(|series| series.name.clone()).collect();
    let found: BTreeMap<String, f64> = names.into_iter().zip(series(&mut simulation)).collect();
    let mask = simulation.ground().mask.clone().unwrap().component(0);
    let pick = |values: Vec<f64>| -> Vec<f64> {
        values.into_iter().zip(&mask).filter(|(_, alive)| **alive == 1.0).map(|(value, _)| value).collect()
    };
    let u = pick(field(&mut simulation, "u").component(0));
    let a = field(&mut simulation, "A");
    let theta = field(&mut simulation, "theta");
    let n = u.len() as f64;
    assert_eq!(n, 18.0);
    let mean = u.iter().sum::<f64>() / n;
    let alive = |x: usize, y: usize| x < 5 && mask[x + 5 * (y % 4)] == 1.0;
    let mut edges = Vec::new();
    let mut faces = Vec::new();
    for y in 0..4 {
        for x in 0..5 {
            let link = |axis: usize, x: usize, y: usize| theta.values.get(axis * 20 + x + 5 * (y % 4));
            if alive(x, y) && alive(x + 1, y) {
                edges.push(link(0, x, y));
            }
            if alive(x, y) && alive(x, y + 1) {
                edges.push(link(1, x, y));
            }
            if alive(x, y) && alive(x + 1, y) && alive(x, y + 1) && alive(x + 1, y + 1) {
                faces.push(link(0, x, y) + link(1, x + 1, y) - link(0, x, y + 1) - link(1, x, y));
            }
        }
    }
    let variance = u.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let x: Vec<f64> = pick((0..20).map(|cell| (f64::from(cell % 5) + 0.5) * 0.5).collect());
    let due = [
        ("mean", mean),
        ("sum", mean * n),
        ("least", least(&u)),
        ("most", most(&u)),
        ("spread", variance.sqrt()),
        ("cells", n),
        ("half", 2.0),
        ("re", pick(a.component(0)).iter().sum::<f64>() / n),
        ("im", pick(a.component(1)).iter().sum::<f64>()),
        ("edges", edges.len() as f64),
        ("edge_mean", edges.iter().sum::<f64>() / edges.len() as f64),
        ("edge_least", least(&edges) + 100.0),
        ("edge_most", most(&edges) - 100.0),
        ("faces", faces.len() as f64),
        ("face_mean", faces.iter().sum::<f64>() / faces.len() as f64),
        ("nested", variance),
        ("mixed", 2.0 * mean + n.sqrt()),
        ("place", x.iter().sum::<f64>() / n),
    ];
    for (name, due) in due {
        assert!((found[name] - due).abs() < 1e-13 * due.abs().max(1.0), "{name}: {}, due {due}", found[name]);
    }
}

#[test]
fn totals_in_equations_are_those_at_the_start_of_the_previous_step() {
    for (scheme, stages) in [("euler", 1), ("heun", 2), ("rk4", 4)] {
        let text = grid_seed(
            "shape = [4]\nsize = [4.0]",
            r#"[fields]
u = {type = "real", initial = "1 + x"}
A = {type = "complex", initial = "1 + i*x"}
theta = {type = "link", initial = "x"}
[equations]
u = "mean(u) + max_of(u)*min_of(u) - std(u)"
A = "mean(A)*i"
theta = "mean(theta)"
"#,
        )
        .replace("dt = 0.25", &format!("scheme = \"{scheme}\"\ndt = 0.25"));
        let mut simulation = grow(&text);
        // The tendency is constant over the step, so that every scheme makes the same step.
        let state = |simulation: &mut crate::common::grown::Simulation| {
            ["u", "A", "theta"].map(|name| field(simulation, name).values.to_f64())
        };
        let mut before = state(&mut simulation);
        let mut seen = before.clone();
        for step in 0..5 {
            simulation.advance(1).unwrap();
            let [u, a, theta] = &seen;
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let spread = (u.iter().map(|v| (v - mean(u)).powi(2)).sum::<f64>() / 4.0).sqrt();
            let (least, most) = (u.iter().copied().fold(9e9, f64::min), u.iter().copied().fold(-9e9, f64::max));
            let rates = [
                vec![mean(u) + most * least - spread; 4],
                [vec![-mean(&a[4..]); 4], vec![mean(&a[..4]); 4]].concat(),
                vec![mean(theta); 4],
            ];
            let after = state(&mut simulation);
            for ((before, after), rate) in before.iter().zip(&after).zip(&rates) {
                for at in 0..before.len() {
                    let due = before[at] + 0.25 * rate[at];
                    let close = (after[at] - due).abs() < 1e-13 * due.abs().max(1.0);
                    assert!(close, "{scheme} ({stages} stages), step {step}: {}, due {due}", after[at]);
                }
            }
            // At steps 0 and 1 the initial field, then that of one step ago.
            seen = before;
            before = after;
        }
    }
}

#[test]
fn random_numbers_of_a_seed_are_streams_of_their_own() {
    let text = grid_seed(
        "shape = [64, 64]\nsize = [64.0, 64.0]",
        r#"[fields]
u = {type = "real", initial = "normal()"}
v = {type = "real", initial = "normal()"}
w = {type = "real", initial = "uniform()"}
A = {type = "complex", initial = "normal() + i*normal()"}
theta = {type = "link", initial = "normal()"}
[equations]
u = "0"
v = "0"
w = "0"
A = "0"
theta = "0"
[observe.series]
u = "mean(u)"
uu = "mean(u*u)"
uv = "mean(u*v)"
w = "mean(w)"
ww = "mean((w - 0.5)^2)*12"
reim = "mean(re(A)*im(A))"
uA = "mean(u*re(A))"
"#,
    );
    let mut simulation = grow(&text);
    let found = series(&mut simulation);
    for (found, due) in found.iter().zip([0.0, 1.0, 0.0, 0.5, 1.0, 0.0, 0.0]) {
        assert!((found - due).abs() < 5.0 / 64.0, "{found}, due {due}");
    }
    let theta = field(&mut simulation, "theta");
    let product: f64 = theta.component(0).iter().zip(theta.component(1)).map(|(x, y)| x * y).sum();
    assert!((product / 4096.0).abs() < 5.0 / 64.0, "the components of a link are independent");
}
