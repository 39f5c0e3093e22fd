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

#[test]
fn small_runs_are_batched_and_large_ones_are_not() {
    let of = |cells: usize| {
        let mut sized = program();
        sized.grid = Grid::new(&[cells], &[1.0], &[Topology::Periodic]);
        runs_at_once(&sized, 64)
    };
    assert_eq!([of(8), of(1 << 16), of(1 << 20), of(1 << 24)], [64, 16, 1, 1]);
}
