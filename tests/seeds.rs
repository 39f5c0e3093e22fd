//! Every seed of `assets/seeds`: it reads without a word of complaint, its step is safe, it gives the same bits for any
//! number of threads, both back ends agree on it, and its physics is right (`physics`).
//!
//! The fields run on grids of a quarter of the cells along each axis: coarser, and fast.

mod physics;

use std::path::PathBuf;
use std::sync::OnceLock;

use semafield::discretize::step_program;
use semafield::engine::{Backend, Batch, EngineError};
use semafield::error::Error;
use semafield::linear::{Base, stability_bound};
use semafield::math::arithmetic::Precision;
use semafield::model::Model;
use semafield::seed::{Seed, TimeStep, set};
use semafield::simulation::graph::ground;
use semafield::simulation::{Options, Simulation, grow_soil};
use semafield::soil::{Silent, Soil};

use crate::common::tolerance::{GPU_SEED, near};

/// How many there are: a file that is lost must not pass for a file that is right.
const SEEDS: usize = 14;

/// Steps after which back ends and numbers of threads are compared.
const STEPS: u64 = 10;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/seeds")
}

/// Name and text of each bundled seed, in the order of names.
fn bundled() -> Vec<(String, String)> {
    let mut seeds: Vec<(String, String)> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), text)
        })
        .collect();
    seeds.sort();
    assert_eq!(seeds.len(), SEEDS, "{seeds:?}");
    seeds
}

/// One bundled seed with some values replaced.
fn seed(name: &str, changes: &[(&str, &str)]) -> String {
    let text = std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
    changed(&text, changes)
}

fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (key, value)| {
        set(&text, key, value).unwrap_or_else(|wrong| panic!("{key} = {value}: {wrong:?}"))
    })
}

/// The same on a quarter of the cells along each axis; a graph as it is.
fn reduced(text: &str) -> String {
    if Seed::parse(text).unwrap().domain.shape.is_empty() {
        return text.to_owned();
    }
    let shape: Vec<usize> = Seed::parse(text).unwrap().domain.shape.iter().map(|cells| cells.value / 4).collect();
    changed(text, &[("domain.shape", &format!("{shape:?}"))])
}

/// The model of a seed about which there is nothing to say, not even a warning.
fn model(text: &str) -> Model {
    let (seed, mut diagnostics) = Seed::parse_recoverable(text);
    let model = seed.as_ref().and_then(|seed| Model::from_seed(seed, &mut diagnostics));
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    model.expect("no diagnostic, so a model")
}

/// The demo vault, planted once.
fn soil(text: &str) -> Option<Soil> {
    static DEMO: OnceLock<Option<Soil>> = OnceLock::new();
    let seed = Seed::parse(text).unwrap();
    seed.soil.as_ref()?;
    DEMO.get_or_init(|| grow_soil(&seed, &folder(), &Silent).unwrap()).clone()
}

fn options(backend: Backend, threads: usize, precision: Precision) -> Options {
    Options { backend: Some(backend), adapter: None, threads, precision, folder: folder(), batch: Batch::default() }
}

fn grow(text: &str, options: &Options) -> Result<Simulation, Error> {
    Simulation::grow(model(text), soil(text), options)
}

fn on_cpu(text: &str, threads: usize) -> Simulation {
    grow(text, &options(Backend::Cpu, threads, Precision::F32)).unwrap()
}

#[test]
fn each_is_an_example_that_can_be_learned_from() {
    for (name, text) in bundled() {
        let seed = Seed::parse(&text).unwrap();
        assert!(seed.title.is_some() && !seed.observe.series.is_empty() && !seed.observe.images.is_empty(), "{name}");
        let header = text.lines().take_while(|line| line.starts_with("# ")).count();
        assert!((2..=4).contains(&header), "{name} opens with {header} lines of comment");
        assert!(text.contains("ook for "), "{name} says what to look for");
        assert!(text.lines().all(|line| line.chars().count() <= 200), "{name} has lines that don't fit a screen");
        for parameter in &seed.parameters {
            let explained = parameter.doc.is_some() && parameter.min.is_some() && parameter.max.is_some();
            assert!(explained, "{name}: `{}` has a range and a meaning", parameter.name.value);
        }
    }
}

#[test]
fn times_are_whole_steps() {
    for (name, text) in bundled() {
        let seed = Seed::parse(&text).unwrap();
        let TimeStep::Fixed(dt) = seed.time.dt else { panic!("{name} leaves dt open") };
        let observe = &seed.observe;
        for time in [Some(seed.time.stop), observe.every, observe.image_every].into_iter().flatten() {
            let steps = time.value / dt.value;
            assert!((steps - steps.round()).abs() < 1e-6 * steps, "{name}: {} is {steps} steps", time.value);
        }
    }
}

#[test]
fn programs_keep_their_promises() {
    for (name, text) in bundled() {
        let mut model = model(&text);
        ground(&mut model, soil(&text).as_ref(), &folder()).unwrap();
        for precision in [Precision::F32, Precision::F64] {
            let program = step_program(&model, model.time.dt.unwrap(), precision);
            program.validate().unwrap_or_else(|why| panic!("{name}: {why}"));
        }
    }
}

#[test]
fn steps_are_safely_below_the_bound() {
    for (name, text) in bundled() {
        let mut simulation = on_cpu(&text, 1);
        let fields = simulation.fields().unwrap().to_vec();
        let model = simulation.model();
        let base = Base::largest(model, &simulation.ground().maps, &fields);
        if let Some(bound) = stability_bound(model, &base, model.time.scheme) {
            assert!(simulation.dt() < 0.95 * bound, "{name}: dt = {}, bound {bound}", simulation.dt());
        }
    }
}

#[test]
fn one_thread_and_two_give_the_same_bits() {
    for (name, text) in bundled() {
        let text = reduced(&text);
        let digests = [1, 2].map(|threads| {
            let mut simulation = on_cpu(&text, threads);
            simulation.advance(STEPS).unwrap_or_else(|error| panic!("{name}: {error}"));
            simulation.digests().unwrap()
        });
        assert_eq!(digests[0], digests[1], "{name}");
        assert_ne!(digests[0], on_cpu(&text, 1).digests().unwrap(), "{name} moves");
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn both_back_ends_agree() {
    for (name, text) in bundled() {
        let text = reduced(&text);
        let mut gpu = match grow(&text, &options(Backend::Gpu, 1, Precision::F32)) {
            Ok(simulation) => simulation,
            Err(Error::Engine(EngineError::NoAdapter(reason)))
                if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() =>
            {
                eprintln!("skipped: {reason}");
                return;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        let mut cpu = on_cpu(&text, 1);
        for simulation in [&mut gpu, &mut cpu] {
            simulation.advance(STEPS).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for (found, expected) in gpu.fields().unwrap().iter().zip(cpu.fields().unwrap()) {
            let pairs = found.values.to_f64().into_iter().zip(expected.values.to_f64());
            for (position, (a, b)) in pairs.enumerate() {
                let field = &found.name;
                assert!(near(a, b, GPU_SEED), "{name}: {field}[{position}] is {a} on the GPU, {b} on the CPU");
            }
        }
    }
}
