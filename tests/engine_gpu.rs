//! The GPU back end against a plain interpreter, on whatever adapter is here (a software rasteriser will do).
//!
//! Without an adapter the tests print a line and pass; `SEMAFIELD_REQUIRE_GPU=1` makes that a failure.
#![cfg(feature = "gpu")]

mod defects;
mod interpreter;
mod leaps;
mod programs;
mod shapes;
mod vortices;

use semafield::engine::gpu::{GpuEngine, adapters};
use semafield::engine::{Engine, EngineError};
use semafield::field::Values;
use semafield::grid::{Axis, Topology};
use semafield::math::arithmetic::{Arithmetic, Precision};
use semafield::program::{
    BufferId, Extent, Ghost, KernelBuilder, Pass, Program, Reduction, Role, Side, Uniform, UniformId,
};
use semafield::shader;

use crate::common::tolerance::{GPU_KERNEL, GPU_NORMAL, GPU_OPERATION, GPU_REDUCTION, near};
use interpreter::Interpreter;
use programs::{add, add_over, empty, every_offset, ginzburg_landau, grid, kernel, noise, push, slot, torus};

/// An engine, or none and a line that says so.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn engine(program: &Program) -> Option<GpuEngine> {
    match GpuEngine::new(program.clone(), None) {
        Ok(engine) => Some(engine),
        Err(EngineError::NoAdapter(reason)) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => {
            eprintln!("skipped: {reason}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// An engine and an interpreter with the same random fields, maps and walls.
fn both(program: &Program) -> Option<(GpuEngine, Interpreter)> {
    let mut engine = engine(program)?;
    let mut book = Interpreter::new(program);
    for (number, values) in (0..).zip(&mut book.buffers) {
        *values = noise(values.len(), number.into());
        engine.write(BufferId(number), &Values::F32(values.clone())).unwrap();
    }
    Some((engine, book))
}

fn numbers(engine: &mut GpuEngine, buffer: BufferId) -> Vec<f32> {
    match engine.read(buffer).unwrap() {
        Values::F32(numbers) => numbers,
        Values::F64(_) => panic!("the GPU has no f64"),
    }
}

fn assert_agree(engine: &mut GpuEngine, book: &Interpreter, tolerance: f64) {
    for (number, expected) in (0..).zip(&book.buffers) {
        let found = numbers(engine, BufferId(number));
        assert_eq!(found.len(), expected.len());
        for (position, (a, b)) in found.iter().zip(expected).enumerate() {
            let name = &book.program.buffer(BufferId(number)).name;
            assert!(near((*a).into(), (*b).into(), tolerance), "{name}[{position}]: {a} on the GPU, {b} by the book");
        }
    }
}

#[test]
fn every_operation_is_that_of_arithmetic() {
    // One by one, and four at a time.
    [1001, 1004].into_iter().for_each(operations_agree);
}

fn operations_agree(cells: usize) {
    let mut program = empty(torus(&[cells]));
    let input = add(&mut program, "in", Role::State, 2);
    let output = add(&mut program, "out", Role::Output, 24);
    let run = kernel(&mut program, "ops", |k| {
        let (a, b) = (k.load(slot(input, 0), [0; 3]), k.load(slot(input, 1), [0; 3]));
        let [zero, one, fifty, tiny] = [0.0, 1.0, 50.0, 1e-30].map(|value| k.constant(value));
        let scaled = k.mul(fifty, a);
        let whole = k.floor(scaled);
        let size = k.abs(a);
        let positive = k.add(size, tiny);
        let (x, y) = (k.less(a, b), k.less_equal(zero, a));
        let (self_equal, and, or, not) = (k.equal(whole, scaled), k.and(x, y), k.or(x, y), k.not(x));
        let index = k.index(Axis::X);
        let third = k.constant(1.0 / 3.0);
        let values = [
            k.neg(a),
            size,
            k.sqrt(positive),
            whole,
            k.power2(whole),
            k.exponent(positive),
            k.significand(positive),
            k.add(a, b),
            k.sub(a, b),
            k.mul(a, b),
            k.div(a, positive),
            k.min(a, b),
            k.max(a, b),
            index,
            third,
        ];
        let truths = [x, y, self_equal, and, or, not].map(|truth| k.select(truth, one, b));
        for (component, value) in (0..).zip(values.into_iter().chain(truths)) {
            k.store(slot(output, component), value);
        }
    });
    program.step = vec![Pass::Run(run)];
    let Some((mut engine, mut book)) = both(&program) else { return };
    engine.advance(0, 1).unwrap();
    book.advance(0, 1);
    assert_agree(&mut engine, &book, GPU_OPERATION);
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
fn rounded(literal: f64) -> f32 {
    literal as f32
}

#[test]
fn literals_keep_their_bits() {
    let literals = [0.1, -0.5, 3.402_823_466_385_288_6e38, 1.175_494_350_822_287_5e-38, 16_777_217.0, 1e-7, 1e16];
    let mut program = empty(torus(&[3]));
    let output = add(&mut program, "out", Role::Output, 7);
    let run = kernel(&mut program, "literals", |k| {
        for (component, literal) in (0..).zip(literals) {
            let value = k.constant(literal);
            k.store(slot(output, component), value);
        }
    });
    program.step = vec![Pass::Run(run)];
    let Some(mut engine) = engine(&program) else { return };
    engine.advance(0, 1).unwrap();
    let found = numbers(&mut engine, output);
    for (component, literal) in literals.into_iter().enumerate() {
        assert_eq!(found[3 * component].to_bits(), rounded(literal).to_bits(), "{literal}");
    }
}

/// All displacements on 1, 2 and 3 axes, for every topology, with the ghosts that `ghosts_of` gives; and in rows of one
/// and of two vectors, where three bounded axes would take a software driver long.
fn displacements_agree(ghosts_of: impl Fn(Axis, Side, BufferId) -> Ghost + Copy) {
    for (lengths, axes) in [([7, 5, 3], 1), ([7, 5, 3], 2), ([7, 5, 3], 3), ([4, 1, 1], 1), ([8, 3, 1], 2)] {
        for walls in 0..1 << axes {
            let topology: Vec<_> = (0..axes)
                .map(|axis| if walls >> axis & 1 == 1 { Topology::Bounded } else { Topology::Periodic })
                .collect();
            let program = every_offset(grid(&lengths[..axes], &topology), ghosts_of);
            let Some((mut engine, mut book)) = both(&program) else { return };
            engine.advance(0, 1).unwrap();
            book.advance(0, 1);
            assert_agree(&mut engine, &book, GPU_KERNEL);
        }
    }
}

#[test]
fn displaced_loads_wrap_and_mirror() {
    displacements_agree(|_, _, _| Ghost::Mirror);
}

#[test]
fn displaced_loads_find_zero() {
    displacements_agree(|_, _, _| Ghost::Zero);
}

#[test]
fn displaced_loads_find_affine_ghosts_and_later_axes_apply_to_earlier_ghosts() {
    displacements_agree(|_, _, wall| Ghost::Affine(wall));
}

#[test]
fn displaced_loads_may_meet_different_ghosts_at_every_wall() {
    displacements_agree(|axis, side, wall| match (axis, side) {
        (Axis::X, Side::Low) | (Axis::Z, Side::High) => Ghost::Affine(wall),
        (Axis::X, Side::High) | (Axis::Y, Side::Low) => Ghost::Zero,
        _ => Ghost::Mirror,
    });
}

#[test]
fn kernels_over_walls_read_and_write_wall_buffers() {
    let mut program = empty(grid(&[5, 4, 3], &[Topology::Bounded; 3]));
    for axis in Axis::ALL {
        let extent = Extent::Wall(axis, Side::High);
        let wall = add_over(&mut program, &format!("wall {axis:?}"), Role::Wall, 2, extent, [[Ghost::Mirror; 2]; 3]);
        let mut k = KernelBuilder::new(Precision::F32, extent);
        let along = Axis::ALL.map(|axis| k.index(axis));
        let old = k.load(slot(wall, 1), [0; 3]);
        let sum = along.into_iter().fold(old, |sum, index| {
            let ten = k.constant(10.0);
            let shifted = k.mul(ten, sum);
            k.add(shifted, index)
        });
        k.store(slot(wall, 0), sum);
        let id = push(&mut program, k.finish(format!("over_{}", axis.name())));
        program.prepare.push(Pass::Run(id));
    }
    let Some((mut engine, mut book)) = both(&program) else { return };
    engine.advance(0, 1).unwrap();
    book.advance(0, 1);
    assert_agree(&mut engine, &book, GPU_KERNEL);
}

/// A counter that moves through three names and two roles.
fn rotating() -> Program {
    let mut program = empty(torus(&[33]));
    let names = [("a", Role::State), ("b", Role::Work), ("c", Role::Work)];
    let [a, b, c] = names.map(|(name, role)| add(&mut program, name, role, 1));
    let run = kernel(&mut program, "mix", |k| {
        let (left, own, half) = (k.load(slot(a, 0), [-1, 0, 0]), k.load(slot(b, 0), [0; 3]), k.constant(0.5));
        let sum = k.add(left, own);
        let mean = k.mul(half, sum);
        k.store(slot(c, 0), mean);
    });
    program.step = vec![Pass::Run(run), Pass::Swap(a, b), Pass::Swap(b, c)];
    program
}

#[test]
fn swaps_follow_the_names_however_the_steps_are_cut() {
    let program = rotating();
    let Some((mut engine, mut book)) = both(&program) else { return };
    let mut first = 0;
    for steps in [1, 2, 1, 7, 300] {
        engine.advance(first, steps).unwrap();
        book.advance(first, steps);
        first += steps;
        assert_agree(&mut engine, &book, GPU_KERNEL);
    }
}

#[test]
fn a_run_is_the_same_bits_again_however_it_is_cut() {
    let program = ginzburg_landau(37);
    let Some((mut once, _)) = both(&program) else { return };
    let (mut again, _) = both(&program).unwrap();
    once.advance(0, 200).unwrap();
    again.advance(0, 67).unwrap();
    again.advance(67, 133).unwrap();
    let found = [&mut once, &mut again].map(|engine| numbers(engine, BufferId(0)));
    assert!(found[0].iter().zip(&found[1]).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert!(found[0].iter().any(|value| value.abs() > 0.1), "the field lives");
}

#[test]
fn a_short_run_agrees_with_the_book() {
    for cells in [19, 20] {
        let program = ginzburg_landau(cells);
        let Some((mut engine, mut book)) = both(&program) else { return };
        engine.advance(0, 10).unwrap();
        book.advance(0, 10);
        assert_agree(&mut engine, &book, GPU_KERNEL);
    }
}

#[test]
fn parameters_times_and_prepare_take_effect_when_they_should() {
    let mut program = empty(torus(&[5]));
    let (field, wall) = (add(&mut program, "A", Role::State, 1), add(&mut program, "prepared", Role::Wall, 1));
    let map = add(&mut program, "map", Role::Map, 1);
    program.uniforms = vec![
        Uniform::Parameter { name: "alpha".into(), value: 0.25 },
        Uniform::Time { fraction: 0.0 },
        Uniform::Time { fraction: 0.5 },
        Uniform::Time { fraction: 1.0 },
        Uniform::Parameter { name: "beta".into(), value: -2.0 },
    ];
    let prepare = kernel(&mut program, "prepare", |k| {
        let (alpha, given) = (k.uniform(UniformId(0)), k.load(slot(map, 0), [0; 3]));
        let sum = k.add(alpha, given);
        k.store(slot(wall, 0), sum);
    });
    let step = kernel(&mut program, "step", |k| {
        let mut sum = k.load(slot(field, 0), [0; 3]);
        for id in 1..5 {
            let (uniform, half) = (k.uniform(UniformId(id)), k.constant(0.5));
            let scaled = k.mul(half, sum);
            sum = k.add(scaled, uniform);
        }
        let prepared = k.load(slot(wall, 0), [0; 3]);
        let sum = k.add(sum, prepared);
        k.store(slot(field, 0), sum);
    });
    program.prepare = vec![Pass::Run(prepare)];
    program.step = vec![Pass::Run(step)];
    let Some((mut engine, mut book)) = both(&program) else { return };
    engine.advance(0, 300).unwrap();
    book.advance(0, 300);
    assert_agree(&mut engine, &book, GPU_KERNEL);
    engine.set_parameter(UniformId(0), 3.0);
    book.parameters[0] = 3.0;
    book.prepare_due = true;
    engine.advance(300, 1).unwrap();
    book.advance(300, 1);
    assert_agree(&mut engine, &book, GPU_KERNEL);
    engine.write(map, &Values::F32(vec![9.0; 5])).unwrap();
    book.buffers[map.0 as usize] = vec![9.0; 5];
    book.prepare_due = true;
    engine.advance(301, 2).unwrap();
    book.advance(301, 2);
    assert_agree(&mut engine, &book, GPU_KERNEL);
}

/// Every reduction, masked and not, each added to the field that it reduces.
fn reducing(shape: &[usize]) -> Program {
    let mut program = empty(torus(shape));
    let (field, mask) = (add(&mut program, "A", Role::State, 2), add(&mut program, "mask", Role::Map, 1));
    let next = add(&mut program, "A.next", Role::Work, 2);
    let kinds = [Reduction::Sum, Reduction::Mean, Reduction::Min, Reduction::Max, Reduction::Std];
    for (number, reduction) in (0..).zip(kinds.into_iter().chain(kinds)) {
        program.uniforms.push(Uniform::Held { name: format!("held {number}") });
        program.step.push(Pass::Reduce {
            source: slot(field, number % 2),
            reduction,
            mask: (number >= 5).then_some(slot(mask, 0)),
            target: UniformId(number),
        });
    }
    let run = kernel(&mut program, "pull", |k| {
        for component in 0..2 {
            let mut value = k.load(slot(field, component), [1, 0, 0]);
            for number in 0..10 {
                let (held, little) = (k.uniform(UniformId(number)), k.constant(0.001));
                let pull = k.mul(little, held);
                value = k.sub(value, pull);
            }
            k.store(slot(next, component), value);
        }
    });
    program.step.extend([Pass::Run(run), Pass::Swap(field, next)]);
    program
}

fn mask_of(book: &mut Interpreter, engine: &mut GpuEngine) {
    let mask: Vec<f32> = book.buffers[1].iter().map(|&value| if value > -0.5 { 1.0 } else { 0.0 }).collect();
    engine.write(BufferId(1), &Values::F32(mask.clone())).unwrap();
    book.buffers[1] = mask;
}

#[test]
fn held_values_are_those_of_the_previous_step() {
    for shape in [vec![3], vec![257], vec![301, 223]] {
        let program = reducing(&shape);
        let Some((mut engine, mut book)) = both(&program) else { return };
        mask_of(&mut book, &mut engine);
        let mut first = 0;
        for steps in [1, 1, 3] {
            engine.advance(first, steps).unwrap();
            book.advance(first, steps);
            first += steps;
            for (found, expected) in engine.held().unwrap().into_iter().zip(book.held.clone().unwrap()) {
                // A sum of numbers of both signs is near only in proportion to what is added.
                let scale = (shape.iter().product::<usize>() as f64).sqrt();
                assert!(near(found.0 / scale, expected.0 / scale, GPU_REDUCTION), "{found:?} {expected:?}");
                assert!(near(found.1 / scale, expected.1 / scale, GPU_REDUCTION), "{found:?} {expected:?}");
            }
        }
        assert_agree(&mut engine, &book, GPU_KERNEL * 10.0);
    }
}

/// A reduction of what uses another reduction, both before or both after the step has changed the state.
fn nested(late: bool) -> Program {
    let mut program = empty(grid(&[63], &[Topology::Bounded]));
    let (field, next) = (add(&mut program, "A", Role::State, 1), add(&mut program, "A.next", Role::Work, 1));
    let wall = add_over(&mut program, "wall", Role::Wall, 2, Extent::Wall(Axis::X, Side::Low), [[Ghost::Mirror; 2]; 3]);
    program.buffers[field.0 as usize].ghosts[0][0] = Ghost::Affine(wall);
    let work = [0, 1].map(|number| add(&mut program, &format!("total {number}"), Role::Work, 1));
    program.uniforms = [0, 1].map(|number| Uniform::Held { name: format!("held {number}") }).into();
    let mut k = KernelBuilder::new(Precision::F32, Extent::Wall(Axis::X, Side::Low));
    let (half, one) = (k.constant(0.5), k.constant(1.0));
    k.store(slot(wall, 0), half);
    k.store(slot(wall, 1), one);
    let fill = push(&mut program, k.finish("fill_wall"));
    let inner = kernel(&mut program, "inner", |k| {
        let value = k.load(slot(field, 0), [-1, 0, 0]);
        k.store(slot(work[0], 0), value);
    });
    let outer = kernel(&mut program, "outer", |k| {
        let (value, mean) = (k.load(slot(field, 0), [0; 3]), k.uniform(UniformId(0)));
        let distance = k.sub(value, mean);
        let square = k.mul(distance, distance);
        k.store(slot(work[1], 0), square);
    });
    let pull = kernel(&mut program, "pull", |k| {
        let (value, mean, spread) =
            (k.load(slot(field, 0), [1, 0, 0]), k.uniform(UniformId(0)), k.uniform(UniformId(1)));
        let product = k.mul(mean, spread);
        let sum = k.add(value, product);
        k.store(slot(next, 0), sum);
    });
    let reduce = |number: u32| Pass::Reduce {
        source: slot(work[number as usize], 0),
        reduction: Reduction::Mean,
        mask: None,
        target: UniformId(number),
    };
    let totals = vec![Pass::Run(fill), Pass::Run(inner), Pass::Run(outer), reduce(0), reduce(1)];
    let change = vec![Pass::Run(pull), Pass::Swap(field, next)];
    program.step = if late { [change, totals].concat() } else { [totals, change].concat() };
    program
}

#[test]
fn reductions_of_reductions_early_or_late_in_a_step() {
    for late in [false, true] {
        let program = nested(late);
        let Some((mut engine, mut book)) = both(&program) else { return };
        let mut first = 0;
        for steps in [1, 1, 1, 2, 3] {
            engine.advance(first, steps).unwrap();
            book.advance(first, steps);
            first += steps;
            assert_agree(&mut engine, &book, GPU_KERNEL);
            for (found, expected) in engine.held().unwrap().into_iter().zip(book.held.clone().unwrap()) {
                assert!(near(found.0, expected.0, GPU_KERNEL), "late {late}: {found:?} {expected:?}");
                assert!(near(found.1, expected.1, GPU_KERNEL), "late {late}: {found:?} {expected:?}");
            }
        }
    }
}

#[test]
fn held_values_are_of_the_initial_field_at_first_and_can_be_put_back() {
    let program = reducing(&[65]);
    let Some((mut engine, book)) = both(&program) else { return };
    let initial = engine.held().unwrap();
    let sum: f64 = book.buffers[0][..65].iter().map(|&value| f64::from(value)).sum();
    assert!(initial.iter().all(|(now, next)| now == next));
    assert!(near(initial[0].0, sum, GPU_REDUCTION), "{} is not {sum}", initial[0].0);

    engine.advance(0, 4).unwrap();
    let kept = [0, 1, 2].map(|buffer| engine.read(BufferId(buffer)).unwrap());
    let held = engine.held().unwrap();
    engine.advance(4, 3).unwrap();
    let expected = engine.read(BufferId(0)).unwrap();

    let mut other = GpuEngine::new(program, None).unwrap();
    for (buffer, values) in (0..).zip(&kept) {
        other.write(BufferId(buffer), values).unwrap();
    }
    other.set_held(&held);
    other.advance(4, 3).unwrap();
    assert_eq!(other.read(BufferId(0)).unwrap(), expected);
}

#[test]
fn normal_numbers_are_those_of_the_generator() {
    for cells in [1, 6, 1027] {
        let mut program = empty(torus(&[cells]));
        let noise = add(&mut program, "noise", Role::Work, 3);
        program.step = vec![Pass::Normal { buffer: noise, first_stream: 5, zero_when: vec![] }];
        let Some((mut engine, mut book)) = both(&program) else { return };
        for first in [0, 7, (1 << 40) + 3] {
            engine.advance(first, 2).unwrap();
            book.advance(first, 2);
            assert_agree(&mut engine, &book, GPU_NORMAL);
        }
    }
}

#[test]
fn a_draw_that_is_multiplied_by_zero_leaves_zero() {
    let mut program = empty(torus(&[9]));
    let noise = add(&mut program, "noise", Role::Work, 1);
    program.uniforms = vec![Uniform::Parameter { name: "sigma".into(), value: 0.0 }];
    program.step = vec![Pass::Normal { buffer: noise, first_stream: 0, zero_when: vec![UniformId(0)] }];
    let Some((mut engine, mut book)) = both(&program) else { return };
    engine.advance(0, 2).unwrap();
    assert_eq!(numbers(&mut engine, noise), [0.0; 9]);
    engine.set_parameter(UniformId(0), 0.5);
    engine.advance(2, 1).unwrap();
    book.advance(2, 1);
    assert_agree(&mut engine, &book, GPU_NORMAL);
    engine.set_parameter(UniformId(0), 0.0);
    engine.advance(3, 1).unwrap();
    assert_eq!(numbers(&mut engine, noise), [0.0; 9]);
}

#[test]
fn one_bad_number_is_found_wherever_it_is() {
    let mut program = empty(torus(&[1031, 3]));
    let (before, field) = (add(&mut program, "before", Role::State, 1), add(&mut program, "A", Role::State, 2));
    let Some((mut engine, book)) = both(&program) else { return };
    let good = book.buffers[1].clone();
    engine.write(before, &Values::F32(vec![f32::NAN; 1031 * 3])).unwrap();
    assert!(!engine.is_finite(before).unwrap());
    for (position, bad) in [(0, f32::NAN), (good.len() - 1, f32::INFINITY), (4000, f32::NEG_INFINITY)] {
        assert!(engine.is_finite(field).unwrap());
        let mut values = good.clone();
        values[position] = bad;
        engine.write(field, &Values::F32(values)).unwrap();
        assert!(!engine.is_finite(field).unwrap(), "{bad} at {position}");
        engine.write(field, &Values::F32(good.clone())).unwrap();
    }
}

#[test]
fn more_cells_than_one_dimension_of_workgroups_holds() {
    let cells = 65_536 * 256 + 77;
    let mut program = empty(torus(&[cells]));
    let field = add(&mut program, "A", Role::State, 1);
    let run = kernel(&mut program, "number", |k| {
        let (index, half) = (k.index(Axis::X), k.constant(0.5));
        let value = k.mul(half, index);
        k.store(slot(field, 0), value);
    });
    program.step = vec![Pass::Run(run)];
    let Some(mut engine) = engine(&program) else { return };
    engine.advance(0, 1).unwrap();
    let found = numbers(&mut engine, field);
    assert!(found.iter().enumerate().all(|(index, &value)| value == index as f32 * 0.5));
}

#[test]
fn what_cannot_run_is_an_error_with_numbers() {
    if adapters().is_empty() {
        return;
    }
    let mut program = empty(torus(&[8]));
    add(&mut program, "A", Role::State, 1);
    let double = Program { precision: Precision::F64, ..program.clone() };
    assert!(matches!(GpuEngine::new(double, None), Err(EngineError::Precision("gpu", "f64"))));
    let missing = GpuEngine::new(program.clone(), Some("no such thing")).unwrap_err().to_string();
    assert!(missing.contains("no such thing") && missing.contains(&adapters()[0].name), "{missing}");

    let mut huge = empty(torus(&[1 << 15, 1 << 15, 1 << 8]));
    add(&mut huge, "A", Role::State, 2);
    let refused = GpuEngine::new(huge, None).unwrap_err().to_string();
    assert!(refused.contains("the state arena needs 2199023255552 bytes; 17179869180 are"), "{refused}");

    let mut engine = GpuEngine::new(program.clone(), None).unwrap();
    assert!(engine.write(BufferId(0), &Values::F32(vec![0.0; 7])).is_err());
    assert!(engine.write(BufferId(0), &Values::F64(vec![0.0; 8])).is_err());

    let astray = kernel(&mut program, "astray", |k| {
        let one = k.index(Axis::X);
        k.store(slot(BufferId(0), 0), one);
    });
    program.kernels[astray.0 as usize].ops[0] =
        semafield::program::Op::Load { slot: slot(BufferId(0), 0), offset: [2, 0, 0] };
    assert!(matches!(GpuEngine::new(program, None), Err(EngineError::Compile { kernel, .. }) if kernel == "astray"));
}

/// Every file of `shaders/` is in the table and part of a module that naga accepts; needs no GPU.
#[test]
fn every_shader_file_is_validated() {
    let mut program = reducing(&[5]);
    let noise = add(&mut program, "noise", Role::Work, 1);
    program.step.push(Pass::Normal { buffer: noise, first_stream: 0, zero_when: vec![] });
    let mut modules = shader::modules(&program).unwrap();
    assert_eq!(modules.len(), 1 + 10 + 2 + 1 + 1, "a kernel, ten reductions (two of two sweeps), a draw, the search");
    let leaping = shader::modules(&ginzburg_landau(64)).unwrap();
    assert_eq!(leaping.len(), 1 + 1 + 1, "a kernel, a leap, the search");
    modules.extend(leaping);

    let mut files = 0;
    for folder in ["common", "compute"] {
        for entry in std::fs::read_dir(format!("{}/shaders/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let name = if folder == "common" { stem.to_owned() } else { format!("{folder}/{stem}") };
            assert!(shader::SOURCES.contains(&(&name, &text)), "{name} is not embedded");
            let body = text.lines().rfind(|line| !line.is_empty() && !line.starts_with("#import")).unwrap();
            assert!(modules.iter().any(|module| module.source.contains(body)), "{name} is in no module");
            assert!(folder == "compute" || !text.contains("@compute"), "{name} has an entry point");
            files += 1;
        }
    }
    assert_eq!(files, shader::SOURCES.len());
}

#[test]
fn wgsl_is_a_function_of_the_program() {
    let program = every_offset(grid(&[7, 5], &[Topology::Bounded; 2]), |_, _, wall| Ghost::Affine(wall));
    let text = shader::emit_wgsl(&program).unwrap();
    assert_eq!(text, shader::emit_wgsl(&program).unwrap());
    assert!(text.contains("// A displaced by [1, 1, 0]"), "labels are comments on one line");
}

#[test]
fn a_step_that_is_timed_is_the_step_that_would_have_run() {
    let seed = include_str!("../assets/seeds/spirals.toml");
    let seed = semafield::seed::set(seed, "domain.shape", "[32, 32]").expect("a shape can be set");
    let model = semafield::model::Model::from_text(&seed).model.expect("a bundled seed");
    let program = semafield::discretize::step_program(&model, 0.01, Precision::F32);
    let Some((mut timed, mut plain)) = engine(&program).zip(engine(&program)) else { return };
    let state = program.buffer_named("A").expect("the field");
    let values = Values::F32(noise(2 * 32 * 32, 5));
    for engine in [&mut timed, &mut plain] {
        engine.write(state, &values).unwrap();
        engine.advance(0, 2).unwrap();
    }
    assert!(timed.pass_times().is_empty());
    timed.watch();
    timed.advance(2, 3).unwrap();
    plain.advance(2, 3).unwrap();
    assert_eq!(numbers(&mut timed, state), numbers(&mut plain, state));
    let names: Vec<&str> = timed.pass_times().iter().map(|(name, _)| name.as_str()).collect();
    let kernels: Vec<&str> = program.kernels.iter().map(|kernel| kernel.name.as_str()).collect();
    assert!(names.is_empty() || names.iter().all(|name| kernels.contains(name)), "{names:?} of {kernels:?}");
    assert!(timed.pass_times().iter().all(|(_, time)| *time >= 0.0));
}
