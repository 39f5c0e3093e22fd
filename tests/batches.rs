//! Sweeps on a GPU: runs that share every submission leave the bits of runs by themselves.
//!
//! Without an adapter the tests print a line and pass; `SEMAFIELD_REQUIRE_GPU=1` makes that a failure.

use std::path::Path;

use semafield::engine::{Backend, EngineError};
use semafield::error::Error;
use semafield::experiment::{Axis, Experiment, Outcome, Sweep, SweepOptions};
use semafield::math::arithmetic::Precision;
use semafield::simulation::{Options, Simulation};
use semafield::soil::Silent;
use semafield::source::Source;

use crate::common::grown::options;
use crate::common::tables::{but_for_clocks, numbers, table, texts};
use crate::common::tolerance::{GPU_SEED, near};

/// Noise in the initial state and in time, a mean in the equation, and a Lyapunov exponent.
const LIVING: &str = r#"semafield = 1
rng_seed = 4294967299
[domain]
kind = "grid"
shape = [20, 16]
size = [15.0, 12.0]
[parameters]
beta = -1.2
sigma = 0.1
gamma = 0.5
[fields]
A = {type = "complex", initial = "0.3*(normal() + i*normal())"}
[equations]
A = "(1 + i*beta)*(1 - abs2(A))*A + (1 + 2*i)*laplacian(A) - 0.1*mean(abs2(A))*A + sigma*noise()"
[time]
dt = 0.02
stop = 3.0
[observe]
every = 0.3
series = {size = "mean(abs2(A))", chaos = "lyapunov()"}
"#;

/// Sweeps on a GPU in batches of some size; none, and a line that says so, without an adapter.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn sweep(text: &str, axes: &[&str], repeats: u64, out: &Path, batch: Option<usize>) -> Option<Outcome> {
    let seed = Source { text: text.into(), file: "seed.toml".into(), folder: ".".into() };
    let mut experiment = Experiment { repeats, ..Experiment::of_seed(seed) };
    axes.iter().for_each(|axis| experiment.vary(Axis::parse(axis).unwrap()));
    let place = Options { backend: Some(Backend::Gpu), ..options(Precision::F32, Path::new(".")) };
    let options = SweepOptions { out: out.to_owned(), place, jobs: 2, batch };
    match Sweep::prepare(experiment, options, &Silent) {
        Ok(sweep) => Some(sweep.run(&Silent).unwrap()),
        Err(Error::Engine(EngineError::NoAdapter(why))) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => {
            eprintln!("skipped: {why}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The table of runs, one by one and in batches, which must be the same but for the clock.
fn same_in_batches(text: &str, axes: &[&str], repeats: u64, batches: &[Option<usize>]) {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("alone");
    if sweep(text, axes, repeats, &alone, Some(1)).is_none() {
        return;
    }
    let due = table(&alone.join("runs.parquet"));
    let mut digests = texts(&due, "digest_A");
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), due.num_rows(), "no two runs are the same");
    for batch in batches {
        let out = folder.path().join(format!("{batch:?}"));
        let outcome = sweep(text, axes, repeats, &out, *batch).unwrap();
        assert_eq!(outcome.grown, due.num_rows());
        assert_eq!(but_for_clocks(&table(&out.join("runs.parquet"))), but_for_clocks(&due), "{batch:?}");
    }
}

#[test]
fn runs_in_batches_are_runs_alone() {
    same_in_batches(LIVING, &["beta=-1.2,-0.5", "sigma=0,0.1"], 2, &[None, Some(3)]);
}

#[test]
fn runs_with_a_donor_are_batched_too() {
    let nudged = LIVING
        .replace("sigma*noise()", "gamma*nudge(A)")
        .replace("[time]", "[donor]\nrng_seed = 9\nblock = 3.0\nevery = 0.04\ndelay = 0.1\nnoise = 0.01\n[time]");
    same_in_batches(&nudged, &["gamma=0.5,2"], 2, &[None]);
}

/// Both sides of a dialogue, some steps after the start, on the GPU and on the CPU.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn a_donor_is_heard_alike_on_both_back_ends() {
    let text = LIVING
        .replace("mean(abs2(A))*A + sigma*noise()", "mean(abs2(A))*A + gamma*nudge(A)")
        .replace("sigma = 0.1\n", "")
        .replace("[time]", "[donor]\nrng_seed = 9\nblock = 3.0\nevery = 0.04\ndelay = 0.1\nmutual = true\n[time]");
    let grow = |backend| {
        let place = Options { backend: Some(backend), ..options(Precision::F32, Path::new(".")) };
        Simulation::grow_text(&text, "seed.toml", None, &place)
    };
    let mut gpu = match grow(Backend::Gpu) {
        Err(Error::Engine(EngineError::NoAdapter(why))) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => {
            eprintln!("skipped: {why}");
            return;
        }
        grown => grown.unwrap(),
    };
    let mut cpu = grow(Backend::Cpu).unwrap();
    gpu.advance(20).unwrap();
    cpu.advance(20).unwrap();
    let both = |field: &mut Simulation| -> Vec<f64> {
        let own = field.fields().unwrap()[0].values.to_f64();
        let donor = field.donor().unwrap().state().fields[0].values.to_f64();
        [own, donor].concat()
    };
    let (found, expected) = (both(&mut gpu), both(&mut cpu));
    assert!(found.iter().zip(&expected).all(|(&a, &b)| near(a, b, GPU_SEED)));
    assert_ne!(found[..found.len() / 2], found[found.len() / 2..], "they are two fields");
}

#[test]
fn one_that_diverges_leaves_the_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = LIVING.replace("(1 - abs2(A))*A", "(1 - gamma*abs2(A))*A").replace("beta = -1.2", "beta = 0.0");
    let run = |name: &str, batch| {
        let out = folder.path().join(name);
        sweep(&text, &["gamma=1,-5,2"], 1, &out, batch).map(|_| table(&out.join("runs.parquet")))
    };
    let (Some(alone), Some(batch)) = (run("alone", Some(1)), run("batch", None)) else { return };
    assert_eq!(texts(&batch, "status"), ["done", "diverged", "done"]);
    assert!(numbers(&batch, "steps")[1] < numbers(&batch, "steps")[0]);
    assert_eq!(but_for_clocks(&batch), but_for_clocks(&alone));
}

#[test]
fn grids_of_different_sizes_share_what_they_can() {
    same_in_batches(LIVING, &["domain.shape=[20, 16],[12, 8]", "time.stop=1.2,1.5"], 1, &[None]);
}
