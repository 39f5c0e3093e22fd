//! Scheme `etd2`: its transforms, its factors, exactness for linear equations, order, both back ends, refusals.

use std::f64::consts::TAU;
use std::path::PathBuf;

use semafield::diagnostic::Severity;
use semafield::engine::cpu::CpuEngine;
use semafield::engine::{Backend, Batch, Engine, EngineError};
use semafield::error::Error;
use semafield::field::{Kind, Values};
use semafield::grid::{Axis, Grid, Topology};
use semafield::linear::{Base, Linearization, mode_turns, split};
use semafield::math::arithmetic::Precision;
use semafield::math::complex::Complex;
use semafield::model::Model;
use semafield::program::{Buffer, BufferId, Extent, Ghost, Pass, Program, Role};
use semafield::simulation::{Act, Options, Simulation};

mod seeds;

use seeds::{CGLE, KURAMOTO_SIVASHINSKY, SWIFT_HOHENBERG, model, seed};

fn options(backend: Backend, precision: Precision, threads: usize) -> Options {
    Options {
        backend: Some(backend),
        adapter: None,
        threads,
        precision,
        folder: PathBuf::new(),
        batch: Batch::default(),
    }
}

fn grow(text: &str) -> Simulation {
    grow_with(text, &options(Backend::Cpu, Precision::F64, 1)).expect("it grows")
}

fn grow_with(text: &str, options: &Options) -> Result<Simulation, Error> {
    Simulation::grow(model(text), None, options)
}

/// The first field after all steps, planar.
fn run(text: &str) -> Vec<f64> {
    let mut simulation = grow(text);
    advance(&mut simulation);
    values(&mut simulation)
}

fn advance(simulation: &mut Simulation) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
    let steps = (simulation.model().time.stop / simulation.dt()).round() as u64;
    simulation.advance(steps).expect("it stays finite");
}

fn values(simulation: &mut Simulation) -> Vec<f64> {
    simulation.fields().expect("it is finite")[0].values.to_f64()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| value.abs().max(most))
}

/// `(2 - 2 cos k h) / h^2` of the mode with so many periods along an axis of `cells` cells, spacing 1/2.
fn square(periods: f64, cells: f64) -> f64 {
    (2.0 - 2.0 * (TAU * periods / cells).cos()) / 0.25
}

#[test]
fn a_transform_follows_its_definition_and_comes_back() {
    for shape in [&[30][..], &[48], &[1], &[20, 18], &[45, 1], &[9, 10, 8], &[160, 120]] {
        for precision in [Precision::F64, Precision::F32] {
            let tolerance = if precision == Precision::F64 { 1e-14 } else { 2e-6 };
            for threads in [1, 3] {
                let mut engine = CpuEngine::new(transforming(shape, precision), threads).unwrap();
                assert_transforms(&mut engine, shape, tolerance);
            }
        }
    }
}

#[cfg(feature = "gpu")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn a_transform_on_a_gpu_follows_its_definition() {
    use semafield::engine::gpu::GpuEngine;
    for shape in [&[30][..], &[48], &[20, 18], &[9, 10, 8], &[64, 64]] {
        let mut engine = match GpuEngine::new(transforming(shape, Precision::F32), None) {
            Ok(engine) => engine,
            Err(EngineError::NoAdapter(reason)) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => {
                eprintln!("skipped: {reason}");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        assert_transforms(&mut engine, shape, 2e-6);
    }
}

/// Step 0 transforms `there`, every step transforms `back` the other way.
fn transforming(shape: &[usize], precision: Precision) -> Program {
    let size = vec![1.0; shape.len()];
    let grid = Grid::new(shape, &size, &vec![Topology::Periodic; shape.len()]);
    let buffer = |name: &str| Buffer {
        name: name.into(),
        role: Role::Work,
        kind: Kind::Complex,
        components: 2,
        extent: Extent::Cells,
        ghosts: [[Ghost::Mirror; 2]; 3],
    };
    let program = Program {
        grid,
        precision,
        dt: 1.0,
        rng_seed: 0,
        buffers: ["there", "back", "scratch"].map(buffer).into(),
        uniforms: vec![],
        kernels: vec![],
        prepare: vec![],
        step: vec![
            Pass::Fourier { buffer: BufferId(0), scratch: BufferId(2), inverse: false },
            Pass::Fourier { buffer: BufferId(1), scratch: BufferId(2), inverse: true },
        ],
    };
    program.validate().unwrap();
    program
}

fn assert_transforms(engine: &mut dyn Engine, shape: &[usize], tolerance: f64) {
    let cells: usize = shape.iter().product();
    let precision = engine.program().precision;
    let numbers: Vec<f64> =
        (0..2 * cells).map(|i| f64::from(u32::try_from(i * 7919 % 1013).unwrap()) / 1013.0 - 0.5).collect();
    let expected = definition(&numbers, shape);
    engine.write(BufferId(0), &Values::rounded(&numbers, precision)).unwrap();
    engine.write(BufferId(1), &Values::rounded(&expected, precision)).unwrap();
    engine.advance(0, 1).unwrap();
    let [there, back] = [0, 1].map(|id| engine.read(BufferId(id)).unwrap().to_f64());
    let there = largest_difference(&there, &expected) / largest(&expected);
    let back = largest_difference(&back, &numbers);
    assert!(there < tolerance && back < 4.0 * tolerance, "{shape:?}: {there:e}, back {back:e}");
}

/// `X_k = sum_j x_j e^(-2 pi i j k / n)`, axis after axis.
fn definition(numbers: &[f64], shape: &[usize]) -> Vec<f64> {
    let cells = numbers.len() / 2;
    let mut data: Vec<Complex> = (0..cells).map(|i| Complex::new(numbers[i], numbers[cells + i])).collect();
    let mut stride = 1;
    for &n in shape {
        let root = |j: usize| {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let angle = -TAU * (j % n) as f64 / n as f64;
            Complex::new(angle.cos(), angle.sin())
        };
        let roots: Vec<Complex> = (0..n).map(root).collect();
        data = (0..cells)
            .map(|at| {
                let k = at / stride % n;
                let first = at - k * stride;
                (0..n).fold(Complex::ZERO, |sum, j| sum + data[first + j * stride] * roots[j * k % n])
            })
            .collect();
        stride *= n;
    }
    data.iter().map(|z| z.re).chain(data.iter().map(|z| z.im)).collect()
}

#[test]
fn symbols_are_the_diagonal_of_the_linearised_equations() {
    let text = seed(
        "shape = [12, 10]\nsize = [6.0, 5.0]\nstencil = 9",
        "a = 0.7",
        "A = {type = \"complex\", initial = \"0\"}",
        "A = \"(a + 2*i)*A - laplacian(laplacian(A)/3) + (1 - i)*dx(A) - div(grad(A))*a + at_cells(grad(dy(A)))\"",
        0.1,
        1.0,
    );
    let model = model(&text);
    let parts = split(&model);
    assert!(parts[0].explicit.is_empty());
    let symbol = parts[0].symbol(&model, &[0.7]);
    let linearization = Linearization::new(&model, &Base::rest(&model));
    let turns = [12, 10].map(mode_turns);
    for (m, n) in [(0, 0), (1, 0), (5, 3), (6, 5), (7, 9), (11, 1)] {
        let signed = |m: usize, cells: usize| if 2 * m > cells { m as f64 - cells as f64 } else { m as f64 };
        let k = [TAU * signed(m, 12) / 6.0, TAU * signed(n, 10) / 5.0, 0.0];
        // Of re + i im, which this operator does not couple to its conjugate.
        let matrix = linearization.matrix(k);
        let expected = matrix[0] + Complex::I * matrix[2];
        let found = symbol.of(&[turns[0][m], turns[1][n], Complex::ZERO]);
        assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "({m}, {n}): {found:?}, {expected:?}");
        assert!((symbol.at(k) - expected).abs() < 1e-12 * expected.abs().max(1.0));
    }
}

/// Every mode decays by itself, however large the step; the mean stays.
#[test]
fn heat_is_exact_at_any_step() {
    let waves = |axes: usize| -> String { ["cos(2*x)", "sin(y)", "cos(3*z)"][..axes].join("*") };
    for shape in [&[30][..], &[45], &[48, 30], &[12, 10, 9]] {
        let cells: Vec<f64> = shape.iter().map(|&n| f64::from(u32::try_from(n).unwrap())).collect();
        let size: Vec<f64> = cells.iter().map(|n| 0.5 * n).collect();
        let mut initial = waves(shape.len());
        for (name, length) in ["x", "y", "z"].iter().zip(&size) {
            initial = initial.replace(name, &format!("{name}*{:?}", TAU / length));
        }
        let rate: f64 = [2.0, 1.0, 3.0].iter().zip(&cells).map(|(&periods, &n)| square(periods, n)).sum();
        for dt in [0.001, 0.7, 30.0] {
            let text = seed(
                &format!("shape = {shape:?}\nsize = {size:?}"),
                "D = 0.8",
                &format!("u = {{type = \"real\", initial = \"0.25 + {initial}\"}}"),
                "u = \"D*laplacian(u)\"",
                dt,
                4.0 * dt,
            );
            let decay = (-0.8 * rate * 4.0 * dt).exp();
            let expected: Vec<f64> = values(&mut grow(&text)).iter().map(|u| 0.25 + (u - 0.25) * decay).collect();
            let error = largest_difference(&run(&text), &expected);
            assert!(error < 4e-15, "{shape:?}, dt = {dt}: {error:e}");
        }
    }
}

#[test]
fn dispersive_waves_are_exact_at_any_step() {
    // u_t = -dx(laplacian(u)) - dx(u): a wave moves with speed s (1 - square)/k.
    let (cells, dt) = (48.0, 2.5);
    let text = |initial: &str| {
        seed(
            "shape = [48]\nsize = [24.0]",
            "",
            &format!("u = {{type = \"real\", initial = \"{initial}\"}}"),
            "u = \"-dx(laplacian(u)) - dx(u)\"",
            dt,
            8.0 * dt,
        )
    };
    let k = TAU * 5.0 / 24.0;
    let frequency = (0.5_f64 * k).sin() / 0.5 * (1.0 - square(5.0, cells));
    let (start, end) = (format!("cos({k:?}*x)"), format!("cos({k:?}*x - {:?})", frequency * 8.0 * dt));
    let error = largest_difference(&run(&text(&start)), &values(&mut grow(&text(&end))));
    assert!(error < 3e-14, "{error:e}");
    // Schroedinger, and the shortest wave, whose odd derivative is 0.
    let schroedinger = seed(
        "shape = [30, 18]\nsize = [15.0, 9.0]",
        "",
        "A = {type = \"complex\", initial = \"exp(i*(x*0.4188790204786391 - y*0.6981317007977318))\"}",
        "A = \"i*laplacian(A) + dx(A)\"",
        1.7,
        17.0,
    );
    let rate = square(1.0, 30.0) + square(1.0, 18.0) - (0.5_f64 * TAU / 15.0).sin() / 0.5;
    let turn = Complex::new((17.0 * rate).cos(), -(17.0 * rate).sin());
    let (found, start) = (run(&schroedinger), values(&mut grow(&schroedinger)));
    let half = start.len() / 2;
    for cell in 0..half {
        let expected = Complex::new(start[cell], start[half + cell]) * turn;
        let found = Complex::new(found[cell], found[half + cell]);
        assert!((found - expected).abs() < 1e-13, "{cell}: {found:?} instead of {expected:?}");
    }
    let shortest = text("sin(6.283185307179586*x)");
    assert!(largest_difference(&run(&shortest), &values(&mut grow(&shortest))) < 1e-14);
}

/// Halving the step divides the distance from RK4's limit by four.
#[test]
fn second_order_in_time() {
    for (name, text, dt) in [
        ("Kuramoto-Sivashinsky", KURAMOTO_SIVASHINSKY, 0.1),
        ("complex Ginzburg-Landau", CGLE, 0.1),
        ("Swift-Hohenberg", SWIFT_HOHENBERG, 0.2),
    ] {
        let reference = run(&text.replace("SCHEME", "rk4").replace("STEP", "0.0005"));
        let error = |dt: f64| {
            let text = text.replace("SCHEME", "etd2").replace("STEP", &format!("{dt:?}"));
            largest_difference(&run(&text), &reference)
        };
        let (coarse, middle, fine) = (error(dt), error(dt / 2.0), error(dt / 4.0));
        let orders = [(coarse / middle).log2(), (middle / fine).log2()];
        assert!(orders.iter().all(|order| (1.8..2.3).contains(order)) && fine < 1e-3, "{name}: {orders:?}, {fine:e}");
    }
}

/// Several fields: one without linear terms, one that rests, links, time, reductions, derivatives in N.
#[test]
fn coupled_fields_are_second_order() {
    let text = seed(
        "shape = [16, 12]\nsize = [8.0, 6.0]\nstencil = 9",
        "a = 0.5",
        "A = {type = \"complex\", initial = \"0.5*cos(x*0.785398163397448) + 0.3*i*sin(y*1.0471975511965976)\"}\n\
         B = {type = \"real\", initial = \"0.2*sin(x*0.785398163397448)\"}\n\
         C = {type = \"real\", initial = \"0.1\"}\n\
         theta = {type = \"link\", initial = \"0.1\"}",
        "A = \"A - abs2(A)*A + (1 + 0.5*i)*laplacian(A) + 0.1*laplacian(abs2(A)*A, theta) + B\"\n\
         B = \"sin(t) - B^3 + re(A)*mean(abs2(A))\"\n\
         C = \"0\"\n\
         theta = \"-a*theta - 0.1*current(A, theta) + grad(C*B)\"",
        0.0,
        1.0,
    );
    let solve = |scheme: &str, dt: f64| {
        let text = text.replace("etd2", scheme).replace("dt = 0.0", &format!("dt = {dt:?}"));
        let mut simulation = grow(&text);
        advance(&mut simulation);
        let fields = simulation.fields().expect("finite");
        fields.iter().flat_map(|field| field.values.to_f64()).collect::<Vec<f64>>()
    };
    // A reduction holds the value of the step before: a delay by the step, first order. So compare at one step.
    let (etd, heun) = (solve("etd2", 0.0125), solve("heun", 0.0125));
    let (etd_fine, heun_fine) = (solve("etd2", 0.00625), solve("heun", 0.00625));
    let (coarse, fine) = (largest_difference(&etd, &heun), largest_difference(&etd_fine, &heun_fine));
    assert!((3.4..4.8).contains(&(coarse / fine)), "{coarse:e} / {fine:e}");
}

/// The attractor of Kuramoto-Sivashinsky at L = 22 at a step 25 times longer than an explicit scheme's.
#[test]
fn kuramoto_sivashinsky_saturates() {
    let text =
        KURAMOTO_SIVASHINSKY.replace("SCHEME", "etd2").replace("STEP", "0.1").replace("stop = 1.0", "stop = 400.0");
    let mut simulation = grow(&text);
    let start = values(&mut simulation);
    advance(&mut simulation);
    let end = values(&mut simulation);
    assert!((1.5..4.5).contains(&largest(&end)), "{}", largest(&end));
    let mean = |u: &[f64]| u.iter().sum::<f64>() / 64.0;
    assert!((mean(&end) - mean(&start)).abs() < 1e-11, "the mean is conserved: {} {}", mean(&start), mean(&end));
}

/// V2: a plane wave of the complex Ginzburg-Landau equation keeps its amplitude and turns at its frequency.
#[test]
fn a_plane_wave_turns() {
    let q = TAU * 4.0 / 64.0;
    let k2 = square(4.0, 128.0);
    let (amplitude, frequency) = ((1.0 - k2).sqrt(), -0.5 * (1.0 - k2) + k2);
    let text = seed(
        "shape = [128]\nsize = [64.0]",
        "",
        &format!("A = {{type = \"complex\", initial = \"{amplitude:?}*exp(i*{q:?}*x)\"}}"),
        "A = \"A - (1 - 0.5*i)*abs2(A)*A + (1 + i)*laplacian(A)\"",
        0.005,
        10.0,
    );
    let (found, start) = (run(&text), values(&mut grow(&text)));
    let turn = Complex::new((10.0 * frequency).cos(), -(10.0 * frequency).sin());
    for cell in 0..128 {
        let expected = Complex::new(start[cell], start[128 + cell]) * turn;
        let found = Complex::new(found[cell], found[128 + cell]);
        assert!((found - expected).abs() < 1e-4, "{cell}: {found:?} instead of {expected:?}");
    }
}

/// Large enough for the threads to be used.
const WIDE: &str = r#"
semafield = 1
rng_seed = 3
[domain]
kind = "grid"
shape = [160, 150]
size = [80.0, 75.0]
[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
[equations]
A = "A - (1 - 1.2*i)*abs2(A)*A + (1 + 2*i)*laplacian(A)"
[time]
scheme = "etd2"
dt = 0.1
stop = 1.2
"#;

#[test]
fn threads_do_not_change_a_bit() {
    let digest = |threads: usize, split: u64| {
        let mut simulation = grow_with(WIDE, &options(Backend::Cpu, Precision::F32, threads)).expect("it grows");
        simulation.advance(split).and_then(|()| simulation.advance(12 - split)).expect("finite");
        simulation.digests().expect("finite")
    };
    let alone = digest(1, 12);
    assert_eq!(alone, digest(2, 12));
    assert_eq!(alone, digest(5, 7));
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn precisions_and_back_ends_agree() {
    let end = |backend: Backend, precision: Precision| {
        let mut simulation = grow_with(WIDE, &options(backend, precision, 2))?;
        simulation.advance(12)?;
        Ok::<_, Error>(values(&mut simulation))
    };
    let exact = end(Backend::Cpu, Precision::F64).expect("it runs");
    let single = end(Backend::Cpu, Precision::F32).expect("it runs");
    let error = largest_difference(&exact, &single);
    assert!(error < 1e-5 && error > 0.0, "f32: {error:e}");
    match end(Backend::Gpu, Precision::F32) {
        Ok(gpu) => {
            let error = largest_difference(&exact, &gpu);
            assert!(error < 1e-5, "GPU: {error:e}");
        }
        Err(Error::Engine(EngineError::NoAdapter(reason))) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => {
            eprintln!("skipped: {reason}");
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_parameter_of_the_linear_part_can_be_retuned() {
    let text = seed(
        "shape = [48]\nsize = [24.0]",
        "D = 0.5",
        "u = {type = \"real\", initial = \"cos(0.5235987755982988*x)\"}",
        "u = \"D*laplacian(u)\"",
        0.5,
        2.0,
    );
    let mut simulation = grow(&text);
    let start = values(&mut simulation);
    simulation.advance(2).expect("finite");
    simulation.apply(&Act::Retune { name: "D".into(), value: 0.125 }).expect("there is such a parameter");
    simulation.advance(2).expect("finite");
    let decay = (-square(2.0, 48.0) * (0.5 + 0.125)).exp();
    let expected: Vec<f64> = start.iter().map(|u| u * decay).collect();
    let error = largest_difference(&values(&mut simulation), &expected);
    assert!(error < 4e-15, "{error:e}");
}

#[test]
fn what_can_not_be_right_is_refused() {
    let plain = seed(
        "shape = [32, 32]\nsize = [16.0, 16.0]",
        "",
        "u = {type = \"real\", initial = \"0\"}",
        "u = \"laplacian(u) - u^3\"",
        0.1,
        1.0,
    );
    assert!(Model::from_text(&plain).model.is_some());
    let size = "size = [16.0, 16.0]";
    for (from, to, message, help) in [
        (size, &*format!("{size}\nboundary = \"no-flux\""), "walls", "periodic"),
        (size, &format!("{size}\nboundary = {{x = \"periodic\", y = {{u = {{top = \"1\"}}}}}}"), "walls", "periodic"),
        (size, &format!("{size}\nmask = \"x < 5\""), "mask", "heun"),
        ("laplacian(u) - u^3", "laplacian(u) + noise()", "noise", "heun"),
        ("laplacian(u) - u^3", "x*laplacian(u) - u^3", "no equation has any", "rk4"),
        ("laplacian(u) - u^3", "0", "no equation has any", "rk4"),
        ("[32, 32]", "[32, 31]", "can't transform 31 cells along y", "use 32 cells"),
        ("[32, 32]", "[77, 32]", "can't transform 77 cells along x", "use 80 cells"),
    ] {
        let reading = Model::from_text(&plain.replace(from, to));
        let errors: Vec<_> = reading.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
        assert_eq!(errors.len(), 1, "{to}: {:?}", reading.diagnostics);
        let notes = errors[0].notes.join(" ");
        assert!(errors[0].span.is_some() && reading.model.is_none());
        assert!(errors[0].message.contains(message) || message == "noise", "{}", errors[0].message);
        assert!(notes.contains(help), "{notes}");
    }
}

#[test]
fn a_program_says_what_it_transforms() {
    let mut simulation = grow(WIDE);
    let program = simulation.program();
    let text = program.to_string();
    assert_eq!(text.matches("\n  fourier A ").count(), 3, "{text}");
    assert_eq!(text.matches("\n  inverse_fourier A change").count(), 2);
    // State, stage, wave, change, scratch: 2 each; 3 complex factors.
    assert_eq!(program.memory_bytes(), 160 * 150 * 16 * 8);
    let mut broken = program.clone();
    for pass in &mut broken.step {
        if let Pass::Fourier { scratch, buffer, .. } = pass {
            *scratch = *buffer;
        }
    }
    assert!(broken.validate().unwrap_err().contains("through itself"));
    let mut odd = program.clone();
    odd.grid = Grid::new(&[7, 8], &[1.0, 1.0], &[Topology::Periodic; 2]);
    assert!(odd.validate().unwrap_err().contains("7 points"));
    assert_eq!(odd.grid.cells_along(Axis::X), 7);
    simulation.advance(1).expect("finite");
}

/// Run with `cargo test --release -- --ignored --nocapture etd`.
#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stderr, reason = "the figure is the purpose")]
fn speed_of_cgle() {
    for threads in [1, 2] {
        let text = WIDE.replace("[160, 150]", "[512, 512]").replace("[80.0, 75.0]", "[256.0, 256.0]");
        let mut simulation = grow_with(&text, &options(Backend::Cpu, Precision::F32, threads)).expect("it grows");
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = std::time::Instant::now();
            simulation.advance(10).expect("finite");
            best = best.min(start.elapsed().as_secs_f64());
        }
        eprintln!("CGLE 512 x 512, f32, {threads} thread(s): {:.1} Mcell/s", 512.0 * 512.0 * 10.0 / best / 1e6);
    }
}

/// Derived fields that double a sum again and again have 2^59 terms when written out; nobody writes them out.
#[test]
fn sums_that_double_again_and_again_stay_small() {
    let doubled: String = (1..60).map(|n| format!("d{n} = \"d{} + d{}\"\n", n - 1, n - 1)).collect();
    for equation in ["laplacian(u) - u + 0*d59", "laplacian(u) - u + d59/2^59"] {
        let text = format!(
            "semafield = 1\n[domain]\nkind = \"grid\"\nshape = [16]\nsize = [16.0]\n[fields]\n\
             u = {{type = \"real\", initial = \"1 + 0.1*cos(2*pi*x/16)\"}}\n[equations]\nu = \"{equation}\"\n[derived]\n\
             d0 = \"u - laplacian(u)\"\n{doubled}[time]\nscheme = \"etd2\"\ndt = 0.01\nstop = 0.05\n"
        );
        assert!(run(&text).iter().all(|value| value.is_finite()), "{equation}");
    }
}
