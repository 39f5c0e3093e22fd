//! Seeds written for a test, grown on the CPU in f64: their fields, and expressions measured on them.

use std::collections::BTreeMap;
use std::path::Path;

use semafield::diagnostic::{Diagnostic, render};
use semafield::engine::{Backend, Batch};
use semafield::field::Field;
use semafield::math::arithmetic::Precision;
use semafield::model::{Expr, Model};
use semafield::simulation::evaluator::{Evaluator, Measured};
pub(crate) use semafield::simulation::{Options, Simulation};

/// The model of a seed without mistakes.
pub(crate) fn model(text: &str) -> Model {
    let reading = Model::from_text(text);
    reading.model.unwrap_or_else(|| panic!("{}", render(&reading.diagnostics, "seed.toml", text)))
}

/// What is said about a seed, in order.
pub(crate) fn findings(text: &str) -> Vec<Diagnostic> {
    Model::from_text(text).diagnostics
}

pub(crate) fn options(precision: Precision, folder: &Path) -> Options {
    Options {
        backend: Some(Backend::Cpu),
        adapter: None,
        threads: 1,
        precision,
        folder: folder.to_owned(),
        batch: Batch::default(),
    }
}

/// A running field in f64.
pub(crate) fn grow(text: &str) -> Simulation {
    grow_in(text, Path::new("."))
}

/// The same with the folder that the seed's files lie in.
pub(crate) fn grow_in(text: &str, folder: &Path) -> Simulation {
    Simulation::grow(model(text), None, &options(Precision::F64, folder)).unwrap_or_else(|why| panic!("{why}"))
}

/// All derived fields of a seed in the present state, by name.
pub(crate) fn derived(simulation: &mut Simulation) -> BTreeMap<String, Field> {
    let model = simulation.model().clone();
    let exprs: Vec<Expr> = model.derived.iter().map(|derived| derived.expr).collect();
    simulation.fields().unwrap();
    let mut evaluator = Evaluator::for_fields(&model, &exprs, simulation.dt(), 1).unwrap();
    let fields = evaluator.fields(&simulation.state()).unwrap();
    model.derived.iter().map(|derived| derived.name.clone()).zip(fields).collect()
}

/// All series of a seed in the present state, in order.
pub(crate) fn series(simulation: &mut Simulation) -> Vec<f64> {
    let model = simulation.model().clone();
    let exprs: Vec<Expr> = model.observe.series.iter().map(|series| series.expr).collect();
    simulation.fields().unwrap();
    let mut evaluator = Evaluator::new(&model, &exprs, simulation.dt(), 1).unwrap();
    let measured = evaluator.measure(&simulation.state()).unwrap();
    measured
        .into_iter()
        .map(|measured| match measured {
            Measured::Number(number) => number,
            Measured::Field(_) => panic!("a series is a number"),
        })
        .collect()
}

/// One field of the present state.
pub(crate) fn field(simulation: &mut Simulation, name: &str) -> Field {
    simulation.fields().unwrap().iter().find(|field| field.name == name).unwrap().clone()
}
