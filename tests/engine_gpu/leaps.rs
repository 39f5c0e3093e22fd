//! Several steps in one pass: the bits of as many steps, wherever tiles and leaps end.

use semafield::engine::Engine;
use semafield::engine::gpu::{Choices, GpuEngine};
use semafield::field::Values;
use semafield::grid::{Axis, Grid, Topology};
use semafield::math::arithmetic::Arithmetic;
use semafield::program::{
    BufferId, Extent, Ghost, KernelBuilder, KernelId, Pass, Program, Role, Side, Uniform, UniformId, Value,
};
use semafield::shader::{Leap, Leaps, Placement, Room, Shape};

use super::programs::{add, add_over, empty, ginzburg_landau, grid, kernel, noise, slot, torus};
use super::{assert_agree, both, engine, numbers, reducing};
use crate::common::tolerance::GPU_KERNEL;

/// How a program steps.
#[derive(Clone, Copy, PartialEq)]
enum Scheme {
    /// Into a second buffer that takes the first one's name.
    Euler,
    /// Into a stage, and from there in place.
    Heun,
}

/// Two fields that spread to all their neighbours, diagonal ones too, fed by a map, a parameter, the time, and the place.
fn spreading(grid: Grid, scheme: Scheme, ghosts_of: impl Fn(Axis, Side, BufferId) -> Ghost) -> Program {
    let mut program = empty(grid);
    let fields = [("A", 2), ("B", 1)].map(|(name, numbers)| add(&mut program, name, Role::State, numbers));
    let others = [("A other", 2), ("B other", 1)].map(|(name, numbers)| add(&mut program, name, Role::Work, numbers));
    let map = add(&mut program, "map", Role::Map, 1);
    let bounded_axes = Axis::ALL.map(|axis| program.grid.bounded(axis));
    for axis in Axis::ALL.into_iter().filter(|axis| bounded_axes[axis.index()]) {
        for side in [Side::Low, Side::High] {
            let (name, mirror) = (format!("wall {axis:?} {side:?}"), [[Ghost::Mirror; 2]; 3]);
            let wall = add_over(&mut program, &name, Role::Wall, 3, Extent::Wall(axis, side), mirror);
            for id in fields.into_iter().chain(others).chain([map]) {
                program.buffers[id.0 as usize].ghosts[axis.index()][side as usize] = ghosts_of(axis, side, wall);
            }
        }
    }
    program.uniforms = vec![Uniform::Parameter { name: "alpha".into(), value: 0.25 }, Uniform::Time { fraction: 0.5 }];
    let axes = program.grid.axes();
    let rate = |k: &mut KernelBuilder, from: [BufferId; 2]| -> [Value; 3] {
        [(0, 0), (0, 1), (1, 0)].map(|(field, component)| {
            let offsets = [[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [1, -1, 0], [-1, 1, 0], [0, 1, -1]];
            let near = offsets.into_iter().filter(|offset| offset[axes..].iter().all(|&cells| cells == 0));
            let mut sum = k.load(slot(map, 0), if axes > 1 { [1, -1, 0] } else { [-1, 0, 0] });
            for offset in near {
                let next = k.load(slot(from[field], component), offset);
                sum = k.add(sum, next);
            }
            let (alpha, time, place, tenth) =
                (k.uniform(UniformId(0)), k.uniform(UniformId(1)), k.index(Axis::X), k.constant(0.1));
            let fed = k.mul(alpha, time);
            let sum = k.add(sum, fed);
            let hundredth = k.mul(tenth, tenth);
            let slope = k.mul(hundredth, place);
            let sum = k.add(sum, slope);
            k.mul(tenth, sum)
        })
    };
    let slots = |[a, b]: [BufferId; 2]| [slot(a, 0), slot(a, 1), slot(b, 0)];
    let spread = kernel(&mut program, "spread", |k| {
        let rates = rate(k, fields);
        slots(others).into_iter().zip(rates).for_each(|(to, value)| k.store(to, value));
    });
    program.step = vec![Pass::Run(spread)];
    if scheme == Scheme::Euler {
        program.step.extend([0, 1].map(|field| Pass::Swap(fields[field], others[field])));
    } else {
        let correct = kernel(&mut program, "correct", |k| {
            let rates = rate(k, others);
            for (to, value) in slots(fields).into_iter().zip(rates) {
                let (own, half) = (k.load(to, [0; 3]), k.constant(0.5));
                let sum = k.add(own, value);
                let mean = k.mul(half, sum);
                k.store(to, mean);
            }
        });
        program.step.push(Pass::Run(correct));
    }
    program.validate().unwrap();
    program
}

/// The bits of all fields after some stretches of steps, one pass making one step or a leap.
fn fields(program: &Program, leap: Option<Leap>, stretches: &[u64]) -> Vec<Vec<u32>> {
    let choices = Choices { shape: Some(Shape::DEFAULT), leap, binding_bytes: None };
    let mut engine = GpuEngine::with(program.clone(), None, choices).unwrap();
    assert_eq!(engine.steps_per_pass(), leap.map_or(1, |leap| leap.steps.into()));
    for (number, buffer) in (0..).zip(&program.buffers) {
        let count = program.extent_cells(buffer.extent) * buffer.components as usize;
        engine.write(BufferId(number), &Values::F32(noise(count, number.into()))).unwrap();
    }
    let mut first = 0;
    for &steps in stretches {
        engine.advance(first, steps).unwrap();
        first += steps;
    }
    let states = (0..).map(BufferId).zip(&program.buffers).filter(|(_, buffer)| buffer.role == Role::State);
    states.map(|(id, _)| numbers(&mut engine, id).into_iter().map(f32::to_bits).collect()).collect()
}

/// Leaps with small and large tiles that a workgroup can make.
fn leaps(program: &Program) -> Vec<Leap> {
    let placement = Placement::new(program);
    let leaps = Leaps::of(&placement).expect("a step is nothing but sweeps");
    let axes = program.grid.axes();
    let spans = [[12, 9, 7], [20, 17, 9], [24, 12, 7], [36, 33, 9], [5, 7, 5], [12, 6, 5], [12, 10, 5]];
    let spans = spans.map(|span: [u32; 3]| [0, 1, 2].map(|axis| if axis < axes { span[axis] } else { 1 }));
    let all = [1, 2, 3, 5].into_iter().flat_map(|steps| spans.map(|span| Leap { steps, span }));
    let fit: Vec<Leap> = all.filter(|leap| leaps.fit(*leap, Room::LEAST)).collect();
    assert!(fit.iter().any(|leap| leap.steps > 1), "{axes} axes: {fit:?}");
    // Compiling takes a software driver most of the time.
    fit.into_iter().step_by(3).chain(leaps.candidates(Room::LEAST).into_iter().take(1)).collect()
}

fn leaps_change_no_bit(program: &Program) {
    let stretches = [7, 1, 11];
    let expected = fields(program, None, &stretches);
    assert!(expected.iter().flatten().any(|bits| *bits != 0), "the fields live");
    for leap in leaps(program) {
        assert!(fields(program, Some(leap), &stretches) == expected, "{:?}: {leap:?}", program.grid.shape());
    }
}

fn bounded(lengths: &[usize]) -> Grid {
    grid(lengths, &vec![Topology::Bounded; lengths.len()])
}

#[test]
fn leaps_are_their_steps_on_a_torus() {
    if engine(&ginzburg_landau(8)).is_none() {
        return;
    }
    // Rows of whole vectors and others; tiles that do not divide the grid, and some that are larger.
    for program in [ginzburg_landau(44), ginzburg_landau(37), ginzburg_landau(4)] {
        leaps_change_no_bit(&program);
    }
    for lengths in [&[28, 23][..], &[264], &[12, 10, 11]] {
        leaps_change_no_bit(&spreading(torus(lengths), Scheme::Euler, |_, _, wall| Ghost::Affine(wall)));
    }
    leaps_change_no_bit(&spreading(torus(&[28, 23]), Scheme::Heun, |_, _, wall| Ghost::Affine(wall)));
}

#[test]
fn leaps_are_their_steps_beside_walls() {
    if engine(&ginzburg_landau(8)).is_none() {
        return;
    }
    let mixed = |axis, side, wall| match (axis, side) {
        (Axis::X, Side::Low) | (Axis::Y, Side::High) => Ghost::Affine(wall),
        (Axis::X, Side::High) | (Axis::Z, _) => Ghost::Zero,
        _ => Ghost::Mirror,
    };
    for (lengths, scheme) in [(&[28, 23][..], Scheme::Euler), (&[21, 18], Scheme::Heun), (&[12, 10, 6], Scheme::Euler)]
    {
        leaps_change_no_bit(&spreading(bounded(lengths), scheme, mixed));
    }
    let channel = grid(&[24, 19], &[Topology::Periodic, Topology::Bounded]);
    leaps_change_no_bit(&spreading(channel, Scheme::Heun, |_, _, _| Ghost::Mirror));
}

#[test]
fn a_leap_agrees_with_the_book() {
    let program = spreading(bounded(&[20, 14]), Scheme::Heun, |_, _, wall| Ghost::Affine(wall));
    let Some((_, mut book)) = both(&program) else { return };
    let leap = leaps(&program)[0];
    let mut leaping = GpuEngine::with(program, None, Choices { leap: Some(leap), ..Choices::default() }).unwrap();
    for (number, values) in (0..).zip(&book.buffers) {
        leaping.write(BufferId(number), &Values::F32(values.clone())).unwrap();
    }
    leaping.advance(0, u64::from(leap.steps) * 3).unwrap();
    book.advance(0, u64::from(leap.steps) * 3);
    // Stages are nobody's business.
    for id in [2, 3] {
        book.buffers[id] = numbers(&mut leaping, BufferId(u32::try_from(id).unwrap()));
    }
    assert_agree(&mut leaping, &book, GPU_KERNEL);
}

/// The same with a draw behind a factor.
fn shaken() -> (Program, UniformId) {
    let mut program = spreading(torus(&[24, 18]), Scheme::Heun, |_, _, wall| Ghost::Affine(wall));
    let drawn = add(&mut program, "noise", Role::Work, 1);
    let sigma = UniformId(u32::try_from(program.uniforms.len()).unwrap());
    program.uniforms.push(Uniform::Parameter { name: "sigma".into(), value: 0.0 });
    let shake = kernel(&mut program, "shake", |k| {
        let (value, change, sigma) =
            (k.load(slot(BufferId(1), 0), [0; 3]), k.load(slot(drawn, 0), [0; 3]), k.uniform(sigma));
        let change = k.mul(sigma, change);
        let sum = k.add(value, change);
        k.store(slot(BufferId(1), 0), sum);
    });
    program.step.insert(0, Pass::Normal { buffer: drawn, first_stream: 3, zero_when: vec![sigma] });
    program.step.push(Pass::Run(shake));
    (program, sigma)
}

#[test]
fn what_is_drawn_is_drawn_for_every_step() {
    let (program, sigma) = shaken();
    if engine(&program).is_none() {
        return;
    }
    let outcome = |leap: Option<Leap>| {
        let choices = Choices { shape: Some(Shape::DEFAULT), leap, binding_bytes: None };
        let mut engine = GpuEngine::with(program.clone(), None, choices).unwrap();
        engine.write(BufferId(0), &Values::F32(noise(2 * 24 * 18, 1))).unwrap();
        let mut first = 0;
        for value in [0.0, 0.25, 0.0] {
            engine.set_parameter(sigma, value);
            engine.advance(first, 9).unwrap();
            first += 9;
        }
        [BufferId(0), BufferId(1)].map(|id| numbers(&mut engine, id))
    };
    let leap = leaps(&program).into_iter().find(|leap| leap.steps > 1);
    assert!(outcome(leap) == outcome(None));
}

#[test]
fn a_timed_step_and_arenas_in_pieces_change_nothing() {
    let program = ginzburg_landau(44);
    if engine(&program).is_none() {
        return;
    }
    let leap = leaps(&program).into_iter().find(|leap| leap.steps > 1);
    let outcome = |choices| {
        let mut engine = GpuEngine::with(program.clone(), None, choices).unwrap();
        engine.write(BufferId(0), &Values::F32(noise(2 * 44 * 44, 1))).unwrap();
        engine.watch();
        engine.advance(0, 20).unwrap();
        numbers(&mut engine, BufferId(0))
    };
    let pieces = Choices { leap, binding_bytes: Some(9000), ..Choices::default() };
    assert!(outcome(pieces) == outcome(Choices { shape: Some(Shape::DEFAULT), ..Choices::default() }));
}

#[test]
fn what_sees_the_whole_grid_or_hands_nothing_on_has_no_leaps() {
    let copying = Program { step: vec![Pass::Run(KernelId(0))], ..ginzburg_landau(16) };
    for program in [reducing(&[12, 20]), copying] {
        assert!(Leaps::of(&Placement::new(&program)).is_none());
    }
    let too_large = Leap { steps: 4, span: [4096, 4096, 1] };
    let program = ginzburg_landau(16);
    let placement = Placement::new(&program);
    for leap in [too_large, Leap { steps: u32::MAX, span: [64, 31, 1] }, Leap { steps: 1, span: [u32::MAX; 3] }] {
        assert!(!Leaps::of(&placement).unwrap().fit(leap, Room { bytes: u32::MAX, invocations: 256 }), "{leap:?}");
    }
    if engine(&program).is_some() {
        let refused = GpuEngine::with(program, None, Choices { leap: Some(too_large), ..Choices::default() });
        assert!(refused.map(drop).unwrap_err().to_string().contains("is not for this program"));
    }
}

#[test]
fn a_leap_moves_fewer_bytes_than_its_steps() {
    let program = ginzburg_landau(1024);
    let placement = Placement::new(&program);
    let leaps = Leaps::of(&placement).unwrap();
    let moved: Vec<usize> =
        leaps.candidates(Room::LEAST).into_iter().map(|leap| leaps.bytes_per_cell_step(leap)).collect();
    assert!(!moved.is_empty() && moved.is_sorted(), "{moved:?}");
    assert!(moved[0] * 2 <= program.bytes_per_cell_step(), "{moved:?}");
}

/// For information: `cargo test --release gpu_speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stderr, reason = "a measurement is printed")]
fn gpu_speed() {
    for cells in [64, 256, 1024] {
        let program = ginzburg_landau(cells);
        if engine(&program).is_none() {
            return;
        }
        let placement = Placement::new(&program);
        let room = Room { bytes: 32_768, ..Room::LEAST };
        let candidates = Leaps::of(&placement).unwrap().candidates(room).into_iter().map(Some);
        for leap in [None].into_iter().chain(candidates) {
            let choices = Choices { shape: Some(Shape::DEFAULT), leap, binding_bytes: None };
            let mut engine = GpuEngine::with(program.clone(), None, choices).unwrap();
            let (warm, steps) = (16, 160);
            engine.advance(0, warm).unwrap();
            engine.is_finite(BufferId(0)).unwrap();
            let start = std::time::Instant::now();
            engine.advance(warm, steps).unwrap();
            engine.is_finite(BufferId(0)).unwrap();
            let rate = (cells * cells) as f64 * steps as f64 / start.elapsed().as_secs_f64();
            eprintln!(
                "{cells} x {cells} on {}, {leap:?}: {:.1} million cells a second",
                engine.place().adapter,
                rate / 1e6
            );
        }
    }
}
