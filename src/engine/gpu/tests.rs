//! What happens when the device goes away: errors, never a panic.

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
    let mut names = Names::new(&swapping).unwrap();
    assert_eq!(names.assignments(), [[0, 1], [1, 0]]);
    names.swap(BufferId(0), BufferId(1));
    assert_eq!((names.current(), names.place(BufferId(0))), (1, 1));
}
