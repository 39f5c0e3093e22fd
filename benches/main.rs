//! Speed, by criterion: `cargo bench`. Groups: compiling a seed, the cases of `semafield bench` at one size each, one
//! step of each bundled seed (cell updates per second), growing a soil, and the whole way from notes to a report.
//!
//! `SEMAFIELD_BENCH_SOURCE=folder-or-table` takes other notes than the demo's: `cargo bench -- notes` then says how
//! long planting and the twin at 512 x 512 to t = 50 take on them.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    reason = "criterion's macros make undocumented items; time is taken"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use semafield::bench;
use semafield::engine::{Backend, Batch};
use semafield::math::arithmetic::Precision;
use semafield::model::Model;
use semafield::run::{RunOptions, read_seed, run};
use semafield::seed::{Seed, set};
use semafield::simulation::{Options, Simulation, grow_soil};
use semafield::soil::{Silent, Soil, SoilOptions};

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/seeds")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(seeds().join(name).with_extension("toml")).expect("a bundled seed")
}

fn place() -> Options {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Options {
        backend: Some(Backend::Cpu),
        adapter: None,
        threads,
        precision: Precision::F32,
        folder: seeds(),
        batch: Batch::default(),
    }
}

fn simulation(text: &str) -> Simulation {
    let seed = Seed::parse(text).expect("a bundled seed");
    let soil = grow_soil(&seed, &seeds(), &Silent).expect("the demo's soil");
    let model = Model::from_text(text).model.expect("a bundled seed");
    Simulation::grow(model, soil, &place()).expect("grows")
}

fn reading(criterion: &mut Criterion) {
    let twin = text("twin");
    criterion.bench_function("read/twin", |b| b.iter(|| read_seed(black_box(&twin), "twin.toml").expect("a seed")));
}

fn stepping(criterion: &mut Criterion) {
    const STEPS: u64 = 8;
    let mut group = criterion.benchmark_group("step");
    group.sample_size(20);
    for entry in ["twin", "spirals", "gray-scott", "fitzhugh-nagumo", "heat", "allen-cahn", "kuramoto-sivashinsky"] {
        let mut simulation = simulation(&text(entry));
        group.throughput(Throughput::Elements(simulation.model().grid.cells() as u64 * STEPS));
        group.bench_function(entry, |b| b.iter(|| simulation.advance(STEPS).expect("finite")));
    }
    group.finish();
}

/// The cases of `semafield bench`; the command itself measures more sizes, and the bandwidth.
fn cases(criterion: &mut Criterion) {
    let threads = place().threads;
    let options = bench::Options { backend: Some(Backend::Cpu), adapter: None, threads, size: None, steps: None };
    let mut group = criterion.benchmark_group("case");
    group.sample_size(10);
    for case in bench::Case::ALL {
        let size = match case {
            bench::Case::Cgle | bench::Case::GrayScott => 1024,
            bench::Case::Twin | bench::Case::Defects | bench::Case::Persistence => 512,
            bench::Case::Heat3d => 128,
            bench::Case::Neighbors | bench::Case::Layout => 2000,
        };
        let mut work = bench::workload(case, size, &options).expect("a case that is there");
        group.throughput(Throughput::Elements(work.items as u64));
        group.bench_function(format!("{}/{size}", case.name()), |b| {
            b.iter_custom(|count| {
                let start = Instant::now();
                (work.run)(count).expect("a case that runs");
                start.elapsed()
            });
        });
    }
    group.finish();
}

fn soil(criterion: &mut Criterion) {
    let source = seeds().join("../vaults/demo");
    let mut group = criterion.benchmark_group("soil");
    group.sample_size(10);
    group.bench_function("demo", |b| b.iter(|| Soil::grow(&source, &SoilOptions::default(), &Silent).expect("grows")));
    group.finish();
}

/// From notes to a report: plant, then the twin at 512 x 512 to t = 50.
fn notes(criterion: &mut Criterion) {
    let demo = seeds().join("../vaults/demo");
    let source = std::env::var_os("SEMAFIELD_BENCH_SOURCE").map_or(demo, PathBuf::from);
    let quoted = format!("{:?}", source.canonicalize().expect("the source of the notes").display().to_string());
    let mut seed = text("twin");
    for (key, value) in
        [("soil.source", quoted.as_str()), ("domain.shape", "[512, 512]"), ("domain.size", "[384.0, 384.0]")]
    {
        seed = set(&seed, key, value).expect("a key of the twin");
    }
    let out = std::env::temp_dir().join("semafield-bench");
    let options = RunOptions {
        out,
        file: "twin.toml".into(),
        until: Some(50.0),
        trace: None,
        anyway: false,
        with_text: false,
        place: place(),
    };
    let mut group = criterion.benchmark_group("notes");
    group.sample_size(10);
    group.bench_function("plant-and-run-512", |b| {
        b.iter(|| run(black_box(&seed), &options, &Silent).expect("grows").manifest.steps);
    });
    group.finish();
}

criterion_group!(benches, reading, cases, stepping, soil, notes);
criterion_main!(benches);
