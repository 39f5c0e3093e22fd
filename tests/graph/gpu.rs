//! Both back ends agree on graphs: every share of a gather, noise on edges, reductions, triangles.

use semafield::engine::{Backend, EngineError};
use semafield::error::Error;
use semafield::math::arithmetic::Precision;
use semafield::simulation::{Options, Simulation};

use super::edges::{Edges, random};
use super::{TWIN, on_edges};
use crate::common::grown::{model, options};
use crate::common::tolerance::{GPU_SEED, near};

const MEANS: &str = r#"
[fields]
u = {type = "complex", initial = "normal() + i*normal()"}
v = {type = "real", initial = "normal()"}
theta = {type = "link", initial = "soil.frame + 0.1*normal()"}
[equations]
u = "laplacian(u, theta) - abs2(u)*u + i*at_cells(curvature(theta))"
v = "div_grad(1 + v^2, v) + at_cells(theta) - div(theta) + 0.1*noise() + mean(abs2(u)) - sum(theta)/100"
theta = "0.1*grad(v) + 0.1*current(u, theta) - 0.1*cocurl(curvature(theta)) + 0.05*noise()"
[time]
scheme = "SCHEME"
dt = 0.01
stop = 1.0
"#;

/// Sums over triangles and what is taken of them.
const TRIANGLES: &str = r#"
[fields]
A = {type = "complex", initial = "normal() + i*normal()"}
theta = {type = "link", initial = "0.1"}
[equations]
A = "laplacian(A, theta) - 0.1*A*(defects(A, theta) + mean(curvature(theta)^2) + max_of(curvature(theta)))"
theta = "-cocurl(sin(curvature(theta)))"
[time]
dt = 0.01
stop = 1.0
"#;

#[test]
fn both_back_ends_agree_on_graphs() {
    let edges = random(300, 900);
    for seed in [TWIN.to_owned(), MEANS.replace("SCHEME", "heun"), MEANS.replace("SCHEME", "euler")] {
        agree(&seed, &edges);
    }
}

#[test]
fn both_back_ends_agree_where_there_is_no_triangle() {
    let path = Edges(vec![([0, 1], 1.0, 0.0), ([1, 2], 1.0, 0.3)]);
    for seed in [TWIN.to_owned(), MEANS.replace("SCHEME", "heun"), TRIANGLES.to_owned()] {
        agree(&seed, &path);
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn agree(seed: &str, edges: &Edges) {
    let folder = edges.written();
    let text = on_edges(seed);
    let grow = |backend| {
        let options = Options { backend: Some(backend), ..options(Precision::F32, folder.path()) };
        Simulation::grow(model(&text), None, &options)
    };
    let mut cpu = grow(Backend::Cpu).unwrap();
    cpu.advance(12).unwrap();
    let mut gpu = match grow(Backend::Gpu) {
        Ok(simulation) => simulation,
        Err(Error::Engine(EngineError::NoAdapter(reason))) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => {
            eprintln!("skipped: {reason}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    gpu.advance(12).unwrap();
    for (found, expected) in gpu.fields().unwrap().iter().zip(cpu.fields().unwrap()) {
        for at in 0..found.values.len() {
            let (a, b) = (found.values.get(at), expected.values.get(at));
            assert!(near(a, b, GPU_SEED), "{}[{at}] is {a} on the GPU, {b} on the CPU", found.name);
        }
    }
}
