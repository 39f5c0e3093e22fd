//! Both back ends agree on graphs: every share of a gather, noise on edges, reductions, triangles.

use semafield::engine::{Backend, EngineError};
use semafield::error::Error;
use semafield::math::arithmetic::Precision;
use semafield::simulation::{Options, Simulation};

use super::edges::random;
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

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn both_back_ends_agree_on_graphs() {
    let folder = random(300, 900).written();
    for seed in [TWIN.to_owned(), MEANS.replace("SCHEME", "heun"), MEANS.replace("SCHEME", "euler")] {
        let text = on_edges(&seed);
        let grow = |backend| {
            let options = Options { backend: Some(backend), ..options(Precision::F32, folder.path()) };
            Simulation::grow(model(&text), None, &options)
        };
        let mut gpu = match grow(Backend::Gpu) {
            Ok(simulation) => simulation,
            Err(Error::Engine(EngineError::NoAdapter(reason)))
                if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() =>
            {
                eprintln!("skipped: {reason}");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let mut cpu = grow(Backend::Cpu).unwrap();
        let steps = 12;
        for simulation in [&mut gpu, &mut cpu] {
            simulation.advance(steps).unwrap();
        }
        for (found, expected) in gpu.fields().unwrap().iter().zip(cpu.fields().unwrap()) {
            for at in 0..found.values.len() {
                let (a, b) = (found.values.get(at), expected.values.get(at));
                assert!(near(a, b, GPU_SEED), "{}[{at}] is {a} on the GPU, {b} on the CPU", found.name);
            }
        }
    }
}
