//! The CPU back end against the plain interpreter, bit for bit, and its own promises.

mod interpret;
mod programs;
mod speed;

use interpret::Interpreter;
use programs::{cgle, random_program, random_values, slot};
use proptest::prelude::*;
use semafield::engine::cpu::{CpuEngine, Width};
use semafield::engine::{Engine, EngineError};
use semafield::field::{Kind, Values};
use semafield::grid::{Axis, Grid, Topology};
use semafield::math::arithmetic::{Precision, Scalar};
use semafield::program::{
    Buffer, BufferId, Extent, Ghost, KernelBuilder, KernelId, Op, Pass, Program, Reduction, Role, Side, Uniform,
    UniformId,
};

/// The bits of a value; all NaNs count as one.
fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

/// Runs a program on the engine and returns all buffers.
fn run_engine(program: &Program, threads: usize, steps: &[u64]) -> Vec<Vec<f64>> {
    run_width(program, threads, steps, Width::widest())
}

fn run_width(program: &Program, threads: usize, steps: &[u64], width: Width) -> Vec<Vec<f64>> {
    let mut engine = CpuEngine::with_width(program.clone(), threads, width).unwrap();
    write_random(program, &mut engine);
    let mut first = 0;
    for &count in steps {
        engine.advance(first, count).unwrap();
        first += count;
    }
    (0..).zip(&program.buffers).map(|(id, _)| engine.read(BufferId(id)).unwrap().to_f64()).collect()
}

fn write_random(program: &Program, engine: &mut CpuEngine) {
    for (id, _) in (0..).zip(&program.buffers) {
        engine.write(BufferId(id), &random_values(program, BufferId(id))).unwrap();
    }
}

fn run_interpreter(program: &Program, steps: u32) -> Vec<Vec<f64>> {
    let values = (0..).zip(&program.buffers).map(|(id, _)| random_values(program, BufferId(id)));
    macro_rules! run {
        ($real:ty, $variant:ident) => {{
            let mut interpreter = Interpreter::new(program, Scalar::<$real>::default());
            for (buffer, values) in interpreter.buffers.iter_mut().zip(values) {
                let Values::$variant(values) = values else { panic!("another precision") };
                *buffer = values;
            }
            interpreter.run(steps);
            interpreter.buffers.iter().map(|buffer| buffer.iter().map(|&v| f64::from(v)).collect()).collect()
        }};
    }
    match program.precision {
        Precision::F32 => run!(f32, F32),
        Precision::F64 => run!(f64, F64),
    }
}

fn assert_same(program: &Program, found: &[Vec<f64>], wanted: &[Vec<f64>]) {
    for ((buffer, found), wanted) in program.buffers.iter().zip(found).zip(wanted) {
        for (position, (&found, &wanted)) in found.iter().zip(wanted).enumerate() {
            assert_eq!(bits(found), bits(wanted), "{}[{position}]: {found} for {wanted}\n{program}", buffer.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_programs_agree_with_the_interpreter(program in random_program()) {
        program.validate().unwrap();
        let wanted = run_interpreter(&program, 6);
        for width in Width::available() {
            assert_same(&program, &run_width(&program, 1, &[1, 5], width), &wanted);
        }
    }
}

const TOPOLOGIES: [Topology; 2] = [Topology::Periodic, Topology::Bounded];

#[test]
fn threads_and_cuts_do_not_change_a_bit() {
    // The larger ones are swept tile by tile, several steps at once.
    let grids: [&[usize]; 4] = [&[40_003], &[150, 131], &[1500, 90], &[37, 29, 23]];
    for (shape, topology) in grids.into_iter().flat_map(|shape| TOPOLOGIES.map(|topology| (shape, topology))) {
        let program = cgle(shape, Precision::F32, topology);
        let one = run_engine(&program, 1, &[7]);
        assert_same(&program, &run_engine(&program, 3, &[2, 5]), &one);
        assert_same(&program, &one, &run_interpreter(&program, 7));
    }
}

/// A program that holds a reduction of `u` and writes what it sees to `seen`; u grows by 1 per step.
fn held_program(reduction: Reduction, late: bool) -> Program {
    let grid = Grid::new(&[5, 3], &[5.0, 3.0], &[Topology::Periodic; 2]);
    let names = [("u", Role::State), ("seen", Role::State)];
    let buffers = names.map(|(name, role)| programs::buffer(name, role, 1));
    let (u, seen, held) = (slot(0, 0), slot(1, 0), UniformId(0));
    let mut grow = KernelBuilder::new(Precision::F64, Extent::Cells);
    let [old, one] = [grow.load(u, [0; 3]), semafield::math::arithmetic::Arithmetic::constant(&mut grow, 1.0)];
    let sum = semafield::math::arithmetic::Arithmetic::add(&mut grow, old, one);
    let value = grow.uniform(held);
    grow.store(u, sum);
    grow.store(seen, value);
    let reduce = Pass::Reduce { source: u, reduction, mask: None, target: held };
    let run = Pass::Run(KernelId(0));
    Program {
        grid,
        precision: Precision::F64,
        dt: 1.0,
        rng_seed: 1,
        buffers: buffers.to_vec(),
        uniforms: vec![Uniform::Held { name: "mean".into() }],
        kernels: vec![grow.finish("grow")],
        prepare: vec![],
        step: if late { vec![run, reduce] } else { vec![reduce, run] },
    }
}

#[test]
fn a_held_reduction_lags_by_one_step() {
    for late in [false, true] {
        let program = held_program(Reduction::Max, late);
        let mut engine = CpuEngine::new(program, 1).unwrap();
        engine.write(BufferId(0), &Values::F64((0..15).map(f64::from).collect())).unwrap();
        assert_eq!(engine.held().unwrap()[0].0, 14.0, "of the initial field");
        for (step, expected) in (0..).zip([14.0, 14.0, 15.0, 16.0]) {
            engine.advance(step, 1).unwrap();
            assert_eq!(engine.read(BufferId(1)).unwrap().get(3), expected, "step {step}, late: {late}");
        }
        let held = engine.held().unwrap();
        assert_eq!(held[0].0, 17.0);
        engine.set_held(&[(-3.0, -2.0)]);
        engine.advance(4, 1).unwrap();
        assert_eq!(engine.read(BufferId(1)).unwrap().get(0), -3.0);
    }
}

#[test]
fn reductions_do_not_depend_on_threads() {
    let mut program = held_program(Reduction::Std, false);
    program.grid = Grid::new(&[211, 173], &[1.0, 1.0], &[Topology::Periodic; 2]);
    let values = Values::F64((0..211 * 173).map(|i| f64::from(i % 1009).sqrt()).collect());
    let results = [1, 2, 5].map(|threads| {
        let mut engine = CpuEngine::new(program.clone(), threads).unwrap();
        engine.write(BufferId(0), &values).unwrap();
        engine.held().unwrap()[0].0
    });
    assert!(results[0] > 1.0 && results.iter().all(|result| result.to_bits() == results[0].to_bits()), "{results:?}");
}

#[test]
fn noise_is_drawn_per_cell_and_step_and_skipped_when_multiplied_by_zero() {
    let mut program = held_program(Reduction::Mean, false);
    program.grid = Grid::new(&[211, 173], &[1.0, 1.0], &[Topology::Periodic; 2]);
    program.uniforms.push(Uniform::Parameter { name: "sigma".into(), value: 1.0 });
    program.buffers.push(programs::buffer("noise", Role::Work, 2));
    let (noise, sigma) = (BufferId(2), UniformId(1));
    program.step.push(Pass::Normal { buffer: noise, first_stream: 7, zero_when: vec![sigma] });
    let draw = |threads: usize, step: u64| {
        let mut engine = CpuEngine::new(program.clone(), threads).unwrap();
        engine.advance(step, 1).unwrap();
        engine.read(noise).unwrap().to_f64()
    };
    let numbers = draw(1, 4);
    assert_eq!(numbers, draw(3, 4));
    assert_ne!(numbers, draw(1, 5));
    assert_ne!(numbers[..211 * 173], numbers[211 * 173..], "components are different streams");
    assert!(numbers.iter().all(|number| number.is_finite() && *number != 0.0));
    let mut engine = CpuEngine::new(program.clone(), 1).unwrap();
    engine.advance(0, 1).unwrap();
    engine.set_parameter(sigma, 0.0);
    engine.advance(1, 1).unwrap();
    assert!(engine.read(noise).unwrap().to_f64().iter().all(|&number| number == 0.0));
}

#[test]
fn walls_are_prepared_again_when_a_parameter_changes() {
    let grid = Grid::new(&[6], &[6.0], &[Topology::Bounded]);
    let wall = Extent::Wall(Axis::X, Side::High);
    let mut u = programs::buffer("u", Role::State, 1);
    u.ghosts[0][1] = Ghost::Affine(BufferId(1));
    let coefficients = Buffer { extent: wall, components: 2, ..programs::buffer("u.right", Role::Wall, 2) };
    let mut set = KernelBuilder::new(Precision::F64, wall);
    let zero = semafield::math::arithmetic::Arithmetic::constant(&mut set, 0.0);
    let value = set.uniform(UniformId(0));
    set.store(slot(1, 0), zero);
    set.store(slot(1, 1), value);
    let mut shift = KernelBuilder::new(Precision::F64, Extent::Cells);
    let right = shift.load(slot(0, 0), [1, 0, 0]);
    shift.store(slot(2, 0), right);
    let program = Program {
        grid,
        precision: Precision::F64,
        dt: 1.0,
        rng_seed: 0,
        buffers: vec![u, coefficients, programs::buffer("v", Role::Work, 1)],
        uniforms: vec![Uniform::Parameter { name: "p".into(), value: 5.0 }],
        kernels: vec![set.finish("set"), shift.finish("shift")],
        prepare: vec![Pass::Run(KernelId(0))],
        step: vec![Pass::Run(KernelId(1))],
    };
    let mut engine = CpuEngine::new(program, 1).unwrap();
    engine.write(BufferId(0), &Values::F64((1..=6).map(f64::from).collect())).unwrap();
    engine.advance(0, 1).unwrap();
    assert_eq!(engine.read(BufferId(2)).unwrap().to_f64(), [2.0, 3.0, 4.0, 5.0, 6.0, 5.0]);
    engine.set_parameter(UniformId(0), -1.0);
    engine.advance(1, 1).unwrap();
    assert_eq!(engine.read(BufferId(2)).unwrap().to_f64(), [2.0, 3.0, 4.0, 5.0, 6.0, -1.0]);
}

#[test]
fn too_large_a_program_is_refused_with_numbers() {
    let program = cgle(&[1 << 20, 1 << 20, 1 << 20], Precision::F64, Topology::Periodic);
    let Err(EngineError::TooLarge { needed, limit, .. }) = CpuEngine::new(program, 1).map(|_| ()) else {
        panic!("not refused")
    };
    assert!(needed > 1 << 64 && limit < needed);
}

#[test]
fn finiteness_is_seen_in_every_cell_and_only_there() {
    let program = cgle(&[33, 5], Precision::F32, Topology::Periodic);
    let mut engine = CpuEngine::new(program, 1).unwrap();
    let mut values = vec![1.0_f32; 2 * 33 * 5];
    engine.write(BufferId(0), &Values::F32(values.clone())).unwrap();
    assert!(engine.is_finite(BufferId(0)).unwrap());
    values[329] = f32::INFINITY;
    engine.write(BufferId(0), &Values::F32(values)).unwrap();
    assert!(!engine.is_finite(BufferId(0)).unwrap());
}

/// Every way to break a program is noticed: the code generator trusts `validate`.
#[test]
fn invalid_programs_are_refused() {
    let valid = cgle(&[8, 8], Precision::F32, Topology::Bounded);
    valid.validate().unwrap();
    let load = valid.kernels[0].ops.iter().position(|op| matches!(op, Op::Load { .. })).unwrap();
    type Break = Box<dyn Fn(&mut Program)>;
    let breaks: Vec<(&str, Break)> = vec![
        (
            "reaches 2 cells",
            Box::new(move |p| p.kernels[0].ops[load] = Op::Load { slot: slot(0, 0), offset: [2, 0, 0] }),
        ),
        (
            "no neighbours along z",
            Box::new(move |p| p.kernels[0].ops[load] = Op::Load { slot: slot(0, 0), offset: [0, 0, 1] }),
        ),
        ("does not exist", Box::new(move |p| p.kernels[0].ops[load] = Op::Load { slot: slot(0, 2), offset: [0; 3] })),
        ("no buffer 9", Box::new(move |p| p.kernels[0].ops[load] = Op::Load { slot: slot(9, 0), offset: [0; 3] })),
        (
            "writes elsewhere",
            Box::new(move |p| p.kernels[0].ops[load] = Op::Load { slot: slot(1, 0), offset: [1, 0, 0] }),
        ),
        ("before it is there", Box::new(|p| p.kernels[0].ops[0] = Op::Neg(semafield::program::Value(0)))),
        ("is not rounded", Box::new(|p| p.kernels[0].ops[0] = Op::Const(0.1))),
        ("no uniform 99", Box::new(|p| p.kernels[0].ops[0] = Op::Uniform(UniformId(99)))),
        ("twice", Box::new(|p| p.kernels[0].stores[1].slot = p.kernels[0].stores[0].slot)),
        ("another extent", Box::new(|p| p.buffers[1].extent = Extent::Wall(Axis::X, Side::Low))),
        ("called `A`", Box::new(|p| p.buffers[1].name = "A".into())),
        ("not an identifier", Box::new(|p| p.kernels[0].name = "a b".into())),
        ("no kernel 5", Box::new(|p| p.step.push(Pass::Run(KernelId(5))))),
        (
            "different shapes",
            Box::new(|p| {
                p.buffers.push(programs::buffer("n", Role::Work, 1));
                p.step.push(Pass::Swap(BufferId(0), BufferId(2)));
            }),
        ),
        ("no wall buffer", Box::new(|p| p.buffers[0].ghosts[0][0] = Ghost::Affine(BufferId(77)))),
        ("is another wall", Box::new(|p| p.buffers[0].ghosts[0][0] = Ghost::Affine(BufferId(1)))),
        ("0 reductions", Box::new(|p| p.uniforms.push(Uniform::Held { name: "h".into() }))),
        ("only run kernels", Box::new(|p| p.prepare.push(Pass::Swap(BufferId(0), BufferId(1))))),
    ];
    for (message, break_it) in breaks {
        let mut broken = valid.clone();
        break_it(&mut broken);
        let found = broken.validate().expect_err(message);
        assert!(found.contains(message), "`{found}` for `{message}`");
    }
}

#[test]
fn a_program_is_displayed_with_everything_it_has() {
    let mut program = cgle(&[8, 4], Precision::F32, Topology::Bounded);
    program.kernels[0].labels.insert(0, "laplacian\n(A)".into());
    let text = program.to_string();
    for part in [
        "x: 8 cells, size 8.0, bounded",
        "A: state, complex, 2 components, cells, x.low mirror",
        "kernel euler over cells",
        "A.0[x-1]",
        "// laplacian\\n(A)",
        "A.next.1[] = %",
        "run euler",
        "swap A A.next",
        "$beta = parameter, -1.2",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert_eq!(text, program.clone().to_string());
    assert_eq!(Kind::Complex.name(), "complex");
}
