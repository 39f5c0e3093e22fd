//! Small Programs for the tests, and numbers to feed them.

use semafield::field::Kind;
use semafield::grid::{Axis, Grid, Topology};
use semafield::math::arithmetic::Precision;
use semafield::program::{
    Buffer, BufferId, Extent, Ghost, Kernel, KernelBuilder, KernelId, Pass, Program, Role, Side, Slot,
};

/// A Program without anything yet.
pub(crate) fn empty(grid: Grid) -> Program {
    Program {
        grid,
        precision: Precision::F32,
        dt: 0.125,
        rng_seed: 0x0123_4567_89ab_cdef,
        buffers: vec![],
        uniforms: vec![],
        kernels: vec![],
        prepare: vec![],
        step: vec![],
    }
}

/// A grid of unit spacing.
pub(crate) fn grid(shape: &[usize], topology: &[Topology]) -> Grid {
    let size: Vec<f64> = shape.iter().map(|&cells| cells as f64).collect();
    Grid::new(shape, &size, topology)
}

/// A periodic grid of unit spacing.
pub(crate) fn torus(shape: &[usize]) -> Grid {
    grid(shape, &vec![Topology::Periodic; shape.len()])
}

/// Adds a buffer over all cells.
pub(crate) fn add(program: &mut Program, name: &str, role: Role, components: u32) -> BufferId {
    add_over(program, name, role, components, Extent::Cells, [[Ghost::Mirror; 2]; 3])
}

/// Adds a buffer.
pub(crate) fn add_over(
    program: &mut Program,
    name: &str,
    role: Role,
    components: u32,
    extent: Extent,
    ghosts: [[Ghost; 2]; 3],
) -> BufferId {
    program.buffers.push(Buffer { name: name.into(), role, kind: Kind::Real, components, extent, ghosts });
    program.buffer_named(name).unwrap()
}

/// Adds a kernel over all cells.
pub(crate) fn kernel(program: &mut Program, name: &str, write: impl FnOnce(&mut KernelBuilder)) -> KernelId {
    let mut builder = KernelBuilder::new(Precision::F32, Extent::Cells);
    write(&mut builder);
    push(program, builder.finish(name))
}

/// Adds a finished kernel.
pub(crate) fn push(program: &mut Program, kernel: Kernel) -> KernelId {
    program.kernels.push(kernel);
    KernelId(u32::try_from(program.kernels.len() - 1).unwrap())
}

/// A slot.
pub(crate) fn slot(buffer: BufferId, component: u32) -> Slot {
    Slot { buffer, component }
}

/// Repeatable numbers between -1 and 1.
pub(crate) fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1 << 23) as f32) - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// A Program that loads a field at every displacement, into one component of an output each. The field has ghosts of
/// the given kind; wall coefficients are buffers of their own, after the field and the output.
pub(crate) fn every_offset(grid: Grid, ghosts_of: impl Fn(Axis, Side, BufferId) -> Ghost) -> Program {
    let offsets = displacements(grid.axes());
    let mut program = empty(grid);
    let field = add(&mut program, "A", Role::State, 2);
    let output = add(&mut program, "out", Role::Work, 2 * u32::try_from(offsets.len()).unwrap());
    for axis in Axis::ALL {
        for side in [Side::Low, Side::High] {
            if program.grid.bounded(axis) {
                let mirror = [[Ghost::Mirror; 2]; 3];
                let wall = add_over(
                    &mut program,
                    &format!("wall {axis:?} {side:?}"),
                    Role::Wall,
                    3,
                    Extent::Wall(axis, side),
                    mirror,
                );
                program.buffers[field.0 as usize].ghosts[axis.index()][side as usize] = ghosts_of(axis, side, wall);
            }
        }
    }
    let gather = kernel(&mut program, "gather", |k| {
        for (number, offset) in (0..).zip(offsets) {
            for component in 0..2 {
                let value = k.load(slot(field, component), offset);
                k.label(value, format!("A displaced by\n{offset:?}"));
                k.store(slot(output, 2 * number + component), value);
            }
        }
    });
    program.step = vec![Pass::Run(gather)];
    program
}

/// All displacements by -1, 0, 1 along so many axes.
fn displacements(axes: usize) -> Vec<[i8; 3]> {
    let reach = |axis: usize| if axis < axes { -1..=1 } else { 0..=0 };
    reach(2).flat_map(|z| reach(1).flat_map(move |y| reach(0).map(move |x| [x, y, z]))).collect()
}

/// Complex Ginzburg-Landau, explicit Euler, periodic, two swapped buffers: what a real seed costs.
pub(crate) fn ginzburg_landau(cells: usize) -> Program {
    use semafield::math::arithmetic::Arithmetic;
    let mut program = empty(torus(&[cells, cells]));
    let now = add(&mut program, "A", Role::State, 2);
    let next = add(&mut program, "A.next", Role::Work, 2);
    let step = kernel(&mut program, "euler", |k| {
        let here = [0, 1].map(|c| k.load(slot(now, c), [0, 0, 0]));
        let four = k.constant(4.0);
        let laplacian = [0, 1].map(|c| {
            let [w, e, s, n] = [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0]].map(|o| k.load(slot(now, c), o));
            let (we, sn) = (k.add(w, e), k.add(s, n));
            let (around, middle) = (k.add(we, sn), k.mul(four, here[c as usize]));
            k.sub(around, middle)
        });
        let (re2, im2) = (k.mul(here[0], here[0]), k.mul(here[1], here[1]));
        let size2 = k.add(re2, im2);
        let (dt, alpha, beta) = (k.constant(0.05), k.constant(0.5), k.constant(-1.2));
        for (c, component, sign) in [(0, 0, -1.0), (1, 1, 1.0)] {
            let (own, other) = (here[c], here[1 - c]);
            let sign = k.constant(sign);
            let (twist_l, twist_r) = (k.mul(alpha, laplacian[1 - c]), k.mul(beta, other));
            let (twist_l, twist_r) = (k.mul(sign, twist_l), k.mul(sign, twist_r));
            let spread = k.add(laplacian[c], twist_l);
            let turned = k.add(own, twist_r);
            let bounded = k.mul(size2, turned);
            let grown = k.sub(own, bounded);
            let rate = k.add(grown, spread);
            k.label(rate, "A + (1 + i alpha) laplacian(A) - (1 + i beta) abs2(A) A");
            let change = k.mul(dt, rate);
            let after = k.add(own, change);
            k.store(slot(next, component), after);
        }
    });
    program.step = vec![Pass::Run(step), Pass::Swap(now, next)];
    program
}
