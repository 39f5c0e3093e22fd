//! What the engine chooses for speed or must choose for an adapter's limits: no choice may change a bit.

use semafield::engine::Engine;
use semafield::engine::gpu::{Choices, GpuEngine};
use semafield::field::Values;
use semafield::grid::{Axis, Topology};
use semafield::math::arithmetic::Arithmetic;
use semafield::program::{BufferId, Ghost, Pass, Program, Role};
use semafield::shader::{Lanes, Placement, Shape, emit_wgsl};

use super::programs::{add, empty, every_offset, ginzburg_landau, grid, kernel, noise, slot, torus};
use super::{engine, numbers, reducing};

/// All that a run leaves behind: the bits of every buffer, and the held values.
#[derive(PartialEq)]
struct Outcome(Vec<Vec<u32>>, Vec<(f64, f64)>);

fn outcome(program: &Program, choices: Choices) -> Outcome {
    let mut engine = GpuEngine::with(program.clone(), None, choices).unwrap();
    for (number, buffer) in (0..).zip(&program.buffers) {
        let count = program.extent_cells(buffer.extent) * buffer.components as usize;
        engine.write(BufferId(number), &Values::F32(noise(count, number.into()))).unwrap();
    }
    engine.advance(0, 3).unwrap();
    assert!(engine.is_finite(BufferId(0)).unwrap());
    let held = engine.held().unwrap();
    let mut bits = |number| numbers(&mut engine, BufferId(number)).into_iter().map(f32::to_bits).collect();
    Outcome((0..).zip(&program.buffers).map(|(number, _)| bits(number)).collect(), held)
}

/// The same field with noise in it.
fn noisy(cells: usize) -> Program {
    let mut program = ginzburg_landau(cells);
    let (field, drawn) = (BufferId(0), add(&mut program, "noise", Role::Work, 2));
    let shake = kernel(&mut program, "shake", |k| {
        for component in 0..2 {
            let (value, change) = (k.load(slot(field, component), [0; 3]), k.load(slot(drawn, component), [0; 3]));
            let little = k.constant(0.01);
            let change = k.mul(little, change);
            let sum = k.add(value, change);
            k.store(slot(field, component), sum);
        }
    });
    program.step.extend([Pass::Normal { buffer: drawn, first_stream: 3, zero_when: vec![] }, Pass::Run(shake)]);
    program
}

/// The sum of the next neighbours along every axis, beyond walls of the most expensive kind.
fn neighbors(lengths: &[usize]) -> Program {
    let mut program = every_offset(grid(lengths, &vec![Topology::Bounded; lengths.len()]), |axis, _, wall| {
        if axis == Axis::Z { Ghost::Zero } else { Ghost::Affine(wall) }
    });
    program.kernels.clear();
    let run = kernel(&mut program, "sum", |k| {
        for component in 0..2 {
            let mut sum = k.load(slot(BufferId(0), component), [0; 3]);
            for offset in [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [1, -1, 0], [0, 0, 1], [0, 0, -1]] {
                if (lengths.len()..3).all(|axis| offset[axis] == 0) {
                    let next = k.load(slot(BufferId(0), component), offset);
                    sum = k.add(sum, next);
                }
            }
            k.store(slot(BufferId(1), component), sum);
        }
    });
    program.step = vec![Pass::Run(run)];
    program
}

/// Rows of whole vectors, on one to three axes.
fn samples() -> Vec<Program> {
    vec![neighbors(&[264]), neighbors(&[20, 13]), neighbors(&[8, 9, 5]), noisy(36), reducing(&[12, 20])]
}

#[test]
fn a_shape_changes_no_bit() {
    for program in samples() {
        if engine(&program).is_none() {
            return;
        }
        let plain = Shape { lanes: Lanes::One, tile: [256, 1, 1] };
        let expected = outcome(&program, Choices { shape: Some(plain), ..Choices::default() });
        assert!(expected.0.iter().flatten().any(|bits| *bits != 0));
        let shapes = [
            (Lanes::Four, [256, 1, 1]),
            (Lanes::Four, [16, 16, 1]),
            (Lanes::Four, [8, 4, 4]),
            (Lanes::One, [64, 4, 1]),
        ];
        for (lanes, tile) in shapes {
            let shape = Some(Shape { lanes, tile });
            assert!(outcome(&program, Choices { shape, ..Choices::default() }) == expected, "{lanes:?} {tile:?}");
        }
    }
}

#[test]
fn an_arena_in_pieces_is_the_arena() {
    for program in samples() {
        if engine(&program).is_none() {
            return;
        }
        let expected = outcome(&program, Choices::default());
        let longest = [Role::State, Role::Work].map(|arena| 4 * Placement::new(&program).elements(arena));
        for parts in [2, 5] {
            let binding_bytes = Some(longest[0].max(longest[1]).div_ceil(parts));
            assert!(
                outcome(&program, Choices { binding_bytes, ..Choices::default() }) == expected,
                "in {parts} pieces"
            );
        }
    }
}

#[test]
fn a_transform_in_pieces_is_the_transform() {
    let mut program = empty(torus(&[12, 20]));
    let [field, scratch] = ["A", "scratch"].map(|name| add(&mut program, name, Role::Work, 2));
    let transform = |inverse| Pass::Fourier { buffer: field, scratch, inverse };
    program.step = vec![transform(false), transform(true)];
    if engine(&program).is_none() {
        return;
    }
    let pieces = Choices { binding_bytes: Some(1024), ..Choices::default() };
    assert!(outcome(&program, pieces) == outcome(&program, Choices::default()));
}

#[test]
fn defects_of_a_field_in_pieces_are_the_defects() {
    let program = ginzburg_landau(24);
    if engine(&program).is_none() {
        return;
    }
    let [whole, pieces] = [None, Some(1280)].map(|binding_bytes| {
        let mut engine =
            GpuEngine::with(program.clone(), None, Choices { binding_bytes, ..Choices::default() }).unwrap();
        engine.write(BufferId(0), &Values::F32(noise(2 * 24 * 24, 4))).unwrap();
        engine.search_defects(BufferId(0), None, None).unwrap().unwrap()
    });
    assert!(whole.len() > 10 && whole == pieces);
}

#[test]
fn more_pieces_than_bindings_are_an_error_with_numbers() {
    let program = ginzburg_landau(256);
    if engine(&program).is_none() {
        return;
    }
    let refused = GpuEngine::with(program, None, Choices { binding_bytes: Some(256), ..Choices::default() });
    let message = refused.map(drop).unwrap_err().to_string();
    assert!(message.contains("all fields together needs 1048576 bytes"), "{message}");
    assert!(message.ends_with("to one kernel on this adapter; use a smaller domain, or --backend cpu"), "{message}");
}

#[test]
fn rows_of_whole_vectors_are_read_as_vectors() {
    let vectors = |cells| emit_wgsl(&ginzburg_landau(cells)).unwrap().contains("alias Real = vec4<f32>");
    assert!(vectors(20) && !vectors(22));
}
