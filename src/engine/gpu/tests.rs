//! What happens when the device goes away: errors, never a panic; and what a batch submits.

use super::*;
use crate::field::Kind;
use crate::grid::{Grid, Topology};
use crate::program::{Buffer, Extent, Ghost};

fn program() -> Program {
    let buffer = Buffer {
        name: "A".into(),
        role: Role::State,
        kind: Kind::Real,
        components: 1,
        extent: Extent::Cells,
        ghosts: [[Ghost::Mirror; 2]; 3],
    };
    Program {
        grid: Grid::new(&[8], &[8.0], &[Topology::Periodic]),
        precision: Precision::F32,
        dt: 1.0,
        rng_seed: 0,
        buffers: vec![buffer],
        uniforms: vec![],
        kernels: vec![],
        prepare: vec![],
        step: vec![],
    }
}

#[test]
fn a_lost_device_is_an_error() {
    let Ok(mut engine) = GpuEngine::new(program(), None) else { return };
    engine.advance(0, 1).unwrap();
    engine.device.raw.destroy();
    let buffer = BufferId(0);
    let lost = |outcome| matches!(outcome, Err(EngineError::DeviceLost(_)));
    assert!(lost(engine.advance(1, 500)) || lost(engine.read(buffer).map(drop)));
    assert!(engine.read(buffer).is_err());
    assert!(engine.is_finite(buffer).is_err());
    assert!(engine.write(buffer, &Values::F32(vec![0.0; 8])).is_err());
}

#[test]
fn a_name_that_follows_a_swap_is_found_again() {
    let mut swapping = program();
    swapping.buffers.push(Buffer { name: "B".into(), ..swapping.buffers[0].clone() });
    swapping.step = vec![crate::program::Pass::Swap(BufferId(0), BufferId(1))];
    let mut names = Names::new(&swapping, &[]).unwrap();
    assert_eq!(names.assignments(), [[0, 1], [1, 0]]);
    names.swap(BufferId(0), BufferId(1));
    assert_eq!((names.current(), names.place(BufferId(0))), (1, 1));
}

#[test]
fn a_batch_waits_once_for_all_of_its_members() {
    let Ok(batch) = Batch::open(None) else { return };
    let mut engines: Vec<GpuEngine> = (0..3).map(|_| GpuEngine::join(program(), &batch).unwrap()).collect();
    let buffer = BufferId(0);
    for (engine, value) in engines.iter_mut().zip([1.0, 2.0, 3.0]) {
        engine.write(buffer, &Values::F32(vec![value; 8])).unwrap();
        engine.advance(0, 5).unwrap();
        engine.announce(&[buffer]);
    }
    assert_eq!(batch.waiting(), (3, 3), "nothing is submitted before a result is asked for");
    assert_eq!(engines[1].read(buffer).unwrap(), Values::F32(vec![2.0; 8]));
    assert_eq!(batch.waiting(), (0, 0), "one submission was for all");
    for (engine, value) in engines.iter_mut().zip([1.0, 2.0, 3.0]) {
        assert!(batch.arrived(engine.member, &engine.ranges(buffer)).is_some(), "it came with the others");
        assert!(engine.is_finite(buffer).unwrap());
        assert_eq!(engine.read(buffer).unwrap(), Values::F32(vec![value; 8]));
    }
    engines[0].write(buffer, &Values::F32(vec![f32::NAN; 8])).unwrap();
    assert!(!engines[0].is_finite(buffer).unwrap(), "what came back before a change is forgotten");
    assert!(engines[1].is_finite(buffer).unwrap());
}

/// Diffusion on a line of 16 cells, by Euler.
fn diffusion() -> Program {
    use crate::math::arithmetic::Arithmetic as _;
    use crate::program::{KernelBuilder, KernelId, Pass, Slot};
    let mut diffusion = program();
    diffusion.grid = Grid::new(&[16], &[16.0], &[Topology::Periodic]);
    diffusion.buffers.push(Buffer { name: "B".into(), role: Role::Work, ..diffusion.buffers[0].clone() });
    let slot = |id| Slot { buffer: BufferId(id), component: 0 };
    let mut kernel = KernelBuilder::new(Precision::F32, Extent::Cells);
    let [low, high] = [-1, 1].map(|cells| kernel.load(slot(0), [cells, 0, 0]));
    let (sum, half) = (kernel.add(low, high), kernel.constant(0.5));
    let mean = kernel.mul(half, sum);
    kernel.store(slot(1), mean);
    diffusion.kernels.push(kernel.finish("spread"));
    diffusion.step = vec![Pass::Run(KernelId(0)), Pass::Swap(BufferId(0), BufferId(1))];
    diffusion
}

#[test]
fn leaps_in_a_batch_are_those_of_a_run_alone() {
    let Ok(batch) = Batch::open(None) else { return };
    let form = |leap| Some(Form { shape: Shape::DEFAULT, leap });
    let leap = Leap { steps: 3, span: [20, 1, 1] };
    let outcome = |batch: &Batch, leap| {
        let mut engines = [0.5_f32, 1.5].map(|_| GpuEngine::make(diffusion(), batch, form(leap)).unwrap());
        for (engine, value) in engines.iter_mut().zip([0.5, 1.5]) {
            let values = (0..16).map(|cell| if cell == 5 { value } else { 0.25 });
            engine.write(BufferId(0), &Values::F32(values.collect())).unwrap();
            engine.advance(0, 8).unwrap();
            engine.announce(&[BufferId(0)]);
        }
        engines.map(|mut engine| engine.read(BufferId(0)).unwrap())
    };
    let expected = outcome(&Batch::of_one(None).unwrap(), None);
    assert_ne!(expected[0], expected[1]);
    assert!(outcome(&batch, Some(leap)) == expected);
}

#[test]
fn a_leap_is_taken_if_it_agrees_and_leaves_nothing_behind() {
    let Ok(batch) = Batch::of_one(None) else { return };
    let program = diffusion();
    let device = &batch.device;
    let placement = placed(&program, device);
    let names = Names::new(&program, &leaps::exchanges(&placement)).unwrap();
    let arenas = Arenas::new(device, &placement).unwrap();
    let tables = Tables::new(device, &placement, &names).unwrap();
    let compiler = Compiler { device, placement: &placement, arenas: &arenas, tables: &tables, names: &names };
    let mut schedule = Schedule::new(&compiler, Shape::DEFAULT).unwrap();
    let agreeing = |schedule: &Schedule, steps| {
        agreement::agreeing(&compiler, schedule, Leap { steps, span: [20, 1, 1] }, &[]).unwrap()
    };
    assert!(agreeing(&schedule, 3).is_some());
    assert!(agreeing(&schedule, 40).is_none(), "its halo does not fit");
    for buffer in arenas.all() {
        assert!(readback::read(device, buffer, 0, buffer.size()).unwrap().iter().all(|byte| *byte == 0));
    }
    // Steps that do nothing but exchange names are others; the verdict on a text that was tried stays.
    schedule.step.remove(0);
    assert!(agreeing(&schedule, 2).is_none());
    assert!(agreeing(&schedule, 3).is_some());
}

#[test]
fn small_runs_are_batched_and_large_ones_are_not() {
    let of = |cells: usize| {
        let mut sized = program();
        sized.grid = Grid::new(&[cells], &[1.0], &[Topology::Periodic]);
        runs_at_once(&sized, 64)
    };
    assert_eq!([of(8), of(1 << 16), of(1 << 20), of(1 << 24)], [64, 16, 1, 1]);
}
