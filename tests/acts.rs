//! Acts: each changes what it should and nothing else; a life is grown again from its trace, bit for bit.

mod life;
mod notes;
mod replay;
mod seed;
mod strokes;

use std::path::Path;

use semafield::engine::{Backend, Batch};
use semafield::error::Error;
use semafield::field::{Field, Kind};
use semafield::grid::Axis;
use semafield::math::arithmetic::Precision;
use semafield::simulation::act::{Act, Brush, Paint};
use semafield::simulation::{Options, Simulation};

pub(crate) fn options(precision: Precision, threads: usize) -> Options {
    Options {
        backend: Some(Backend::Cpu),
        adapter: None,
        threads,
        precision,
        folder: ".".into(),
        batch: Batch::default(),
    }
}

pub(crate) fn grow(text: &str, precision: Precision) -> Simulation {
    Simulation::grow_text(text, "seed.toml", None, &options(precision, 1)).unwrap_or_else(|why| panic!("{why}"))
}

/// A seed with a field of every kind, on the given domain.
pub(crate) fn seed(domain: &str, scheme: &str) -> String {
    format!(
        r#"semafield = 1
title = "Acts"
rng_seed = 5

[domain]
kind = "grid"
{domain}

[parameters]
beta = {{value = -1.2, min = -3.0, max = 3.0}}

[fields]
A = {{type = "complex", initial = "0.3*(normal() + i*normal())"}}
T = {{type = "real", initial = "0.2*normal()"}}
theta = {{type = "link", initial = "0.1*normal()"}}

[equations]
A = "A - (1 + i*beta)*abs2(A)*A + 0.3*laplacian(A) + 0.01*mean(T)*A"
T = "0.1*laplacian(T) - T + abs2(A) + 0.1*cos(t)"
theta = "-0.1*theta"

[time]
scheme = "{scheme}"
dt = 0.05
stop = 1.0

[observe]
every = 0.25
series = {{strength = "mean(abs2(A))"}}
images = ["abs(A)"]
image_every = 0.5
"#
    )
}

pub(crate) const PLANE: &str = "shape = [24, 20]\nsize = [12.0, 10.0]";
const WALLED: &str = "shape = [24, 20]\nsize = [12.0, 10.0]\nboundary = {x = \"periodic\", y = \"no-flux\"}\n\
                      mask = \"(x - 6)^2 + (y - 5)^2 > 1\"";
const LINE: &str = "shape = [40]\nsize = [20.0]\nboundary = \"no-flux\"";
const BLOCK: &str = "shape = [10, 8, 9]\nsize = [5.0, 4.0, 4.5]";

pub(crate) const DOMAINS: [&str; 4] = [PLANE, WALLED, LINE, BLOCK];

/// A brush near a seam of the domain.
pub(crate) fn brush(simulation: &Simulation) -> Brush {
    let grid = &simulation.model().grid;
    let at = grid.axis_list().iter().map(|&axis| 0.06 * grid.size_along(axis)).collect();
    Brush::Gaussian { at, radius: 0.1 * grid.size_along(Axis::X) }
}

pub(crate) fn fields(simulation: &mut Simulation) -> Vec<Field> {
    simulation.fields().unwrap().to_vec()
}

/// Positions at which two states of a field differ in a bit.
pub(crate) fn changed(before: &Field, after: &Field) -> Vec<usize> {
    (0..before.values.len()).filter(|&at| before.values.get(at).to_bits() != after.values.get(at).to_bits()).collect()
}

/// How far a position of a field is from a point, the short way round.
pub(crate) fn distance(field: &Field, at: usize, center: &[f64]) -> f64 {
    let (grid, cells) = (&field.grid, field.grid.cells());
    let (component, cell) = (at / cells, grid.position(at % cells));
    let along = |axis: &Axis| {
        let edge = field.kind == Kind::Link && axis.index() == component;
        let place = (cell[axis.index()] as f64 + if edge { 1.0 } else { 0.5 }) * grid.spacing(*axis);
        let away = place - center[axis.index()];
        let period = grid.size_along(*axis);
        if grid.bounded(*axis) { away } else { away - period * (away / period).round() }
    };
    grid.axis_list().iter().map(along).map(|away| away * away).sum::<f64>().sqrt()
}

/// One act of every kind that changes a field under a brush at once.
pub(crate) fn strokes(field: &str, brush: &Brush, strength: f64, axes: usize) -> Vec<Act> {
    let paint = |mode, value: &str| Act::Paint {
        field: field.into(),
        mode,
        value: value.into(),
        brush: brush.clone(),
        strength,
    };
    let mut by = vec![0.0; axes];
    by[0] = 0.7 * strength;
    let (field, brush) = (field.to_owned(), brush.clone());
    let mut all = vec![
        paint(Paint::Set, "0.5"),
        paint(Paint::Set, "0.3*cos(x) + beta*t"),
        paint(Paint::Add, "0.25"),
        paint(Paint::Smooth, ""),
        Act::Erase { field: field.clone(), brush: brush.clone(), strength },
        Act::Push { field: field.clone(), brush: brush.clone(), by },
        Act::Pulse { field: field.clone(), brush: brush.clone(), strength, phase: 1.0 },
    ];
    if axes > 1 {
        all.push(Act::Stir { field, brush, strength });
    }
    all
}

pub(crate) fn refusal(result: Result<(), Error>) -> String {
    let error = result.expect_err("the act is wrong");
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string()
}

pub(crate) fn field_of<'f>(fields: &'f [Field], name: &str) -> &'f Field {
    fields.iter().find(|field| field.name == name).unwrap()
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}
