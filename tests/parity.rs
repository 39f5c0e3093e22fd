//! The two back ends on the same seeds: the same fields within the stated tolerance, over a horizon too short for
//! chaos to grow. Needs an adapter, or says that it skips; see `engine_gpu`.
#![cfg(feature = "gpu")]

use semafield::discretize::step_program;
use semafield::engine::cpu::CpuEngine;
use semafield::engine::gpu::{Choices, GpuEngine};
use semafield::engine::{Engine, EngineError};
use semafield::field::Values;
use semafield::math::arithmetic::Precision;
use semafield::model::Model;
use semafield::program::{BufferId, Program, Role};
use semafield::seed::Seed;
use semafield::shader::Leap;

use crate::common::tolerance::{GPU_SEED, near};

/// Complex with gauge links, a wall of every kind, functions, noise, held reductions, an explicit time: by scheme.
fn gauged(scheme: &str) -> String {
    format!(
        r#"
semafield = 1
rng_seed = 7
[domain]
kind = "grid"
shape = [33, 21]
size = [16.5, 10.5]
boundary = {{x = "periodic", y = {{A = {{bottom = "no-flux", top = {{robin = ["1", "0.5", "0.25"]}}}}, B = {{top = {{flux = "sin(x)"}}, bottom = "0.3"}}}}}}
stencil = 9
[parameters]
alpha = 2.0
sigma = 0.1
[fields]
A = {{type = "complex", initial = "0"}}
B = {{type = "real", initial = "0"}}
theta = {{type = "link", initial = "0"}}
[equations]
A = "A - (1 - 1.2*i)*abs2(A)*A + (1 + i*alpha)*laplacian(A, theta) + 0.1*B*mean(abs2(A))"
B = "laplacian(B) - B + tanh(B)*cos(t) + sigma*noise()"
theta = "0"
[time]
scheme = "{scheme}"
dt = 0.01
stop = 1
"#
    )
}

const VOLUME: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [9, 7, 5]
size = [9.0, 7.0, 5.0]
boundary = {x = "no-flux", y = "periodic", z = "no-flux"}
mask = "(x-4)^2 + (y-3)^2 < 9"
[fields]
u = {type = "real", initial = "0"}
[equations]
u = "laplacian(u) - u^3 + exp(-u^2)*max_of(u) + 0.1*min(u, 0.2)"
[time]
scheme = "rk4"
dt = 0.02
stop = 1
"#;

/// Constants that no literal of WGSL can say.
const UNBOUNDED: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [20, 12]
size = [20.0, 12.0]
[fields]
u = {type = "real", initial = "0"}
[equations]
u = "laplacian(u) + select(u < 1000, -u, 1/0) - min(1/0, u) - max(u, log(0)) + 0.1*tanh(1e30*1e30*(u - 2))"
[time]
dt = 0.01
stop = 1
"#;

fn program(text: &str) -> Program {
    let seed = Seed::parse(text).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let mut diagnostics = vec![];
    let model = Model::from_seed(&seed, &mut diagnostics).unwrap_or_else(|| panic!("{diagnostics:?}"));
    let program = step_program(&model, 0.01, Precision::F32);
    program.validate().unwrap();
    program
}

/// Some smooth values between -1/2 and 1/2; 1 in masks and maps.
fn start(program: &Program, engine: &mut dyn Engine) {
    for (id, buffer) in (0..).map(BufferId).zip(&program.buffers) {
        let count = u32::try_from(program.extent_cells(buffer.extent)).unwrap() * buffer.components;
        let value = |i: u32| if i % 7 < 3 { 0.05 * f64::from(i % 11) } else { -0.04 * f64::from(i % 13) };
        let values: Vec<f64> = match buffer.role {
            Role::State => (0..count).map(value).collect(),
            Role::Map => (0..count).map(|i| if i % 10 == 9 { 0.0 } else { 1.0 }).collect(),
            Role::Work | Role::Wall | Role::Output => continue,
        };
        engine.write(id, &Values::rounded(&values, Precision::F32)).unwrap();
    }
}

/// With one pass for each step, or several steps in one.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn agree(text: &str, leap: Option<Leap>) {
    let program = program(text);
    let mut gpu = match GpuEngine::with(program.clone(), None, Choices { leap, ..Choices::default() }) {
        Ok(engine) => engine,
        Err(EngineError::NoAdapter(reason)) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => {
            eprintln!("skipped: {reason}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mut cpu = CpuEngine::new(program.clone(), 1).unwrap();
    let engines: [&mut dyn Engine; 2] = [&mut gpu, &mut cpu];
    let [found, expected] = engines.map(|engine| {
        start(&program, engine);
        engine.advance(0, 2).unwrap();
        engine.advance(2, 11).unwrap();
        let states = (0..).map(BufferId).zip(&program.buffers).filter(|(_, buffer)| buffer.role == Role::State);
        let values: Vec<_> = states.map(|(id, buffer)| (&buffer.name, engine.read(id).unwrap().to_f64())).collect();
        (values, engine.held().unwrap())
    });
    for ((name, found), (_, expected)) in found.0.iter().zip(&expected.0) {
        assert!(expected.iter().any(|value| value.abs() > 0.01 || name.as_str() == "theta"), "{name} lives");
        for (position, (a, b)) in found.iter().zip(expected).enumerate() {
            assert!(near(*a, *b, GPU_SEED), "{name}[{position}]: {a} on the GPU, {b} on the CPU");
        }
    }
    assert_eq!(found.1.len(), expected.1.len());
    for (a, b) in found.1.iter().zip(&expected.1) {
        assert!(near(a.0, b.0, GPU_SEED) && near(a.1, b.1, GPU_SEED), "held: {a:?} on the GPU, {b:?} on the CPU");
    }
}

#[test]
fn gauged_fields_with_walls_and_noise_agree_in_every_scheme() {
    for scheme in ["euler", "heun"] {
        agree(&gauged(scheme), None);
    }
}

#[test]
fn a_masked_volume_agrees() {
    agree(VOLUME, None);
}

#[test]
fn infinite_constants_agree() {
    agree(UNBOUNDED, None);
    agree(UNBOUNDED, Some(Leap { steps: 2, span: [16, 9, 1] }));
}

/// The same without what sees the whole grid, and with a mask.
#[test]
fn several_steps_in_one_pass_agree() {
    for (scheme, leap) in
        [("euler", Leap { steps: 4, span: [20, 17, 1] }), ("heun", Leap { steps: 2, span: [16, 13, 1] })]
    {
        let local = gauged(scheme).replace("+ 0.1*B*mean(abs2(A))", "").replace("sigma = 0.1", "sigma = 0.0");
        let masked = local.replace("stencil = 9", "stencil = 9\nmask = \"(x-8)^2 + (y-5)^2 < 20\"");
        [local, masked].iter().for_each(|text| agree(text, Some(leap)));
    }
}
