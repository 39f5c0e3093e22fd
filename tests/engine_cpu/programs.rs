//! Programs to test with: the complex Ginzburg-Landau equation by hand, and random ones.

use proptest::prelude::*;
use semafield::field::{Kind, Values};
use semafield::grid::{Axis, Grid, Topology};
use semafield::math::arithmetic::{Arithmetic, Precision};
use semafield::program::{
    Buffer, BufferId, Extent, Ghost, Kernel, KernelBuilder, KernelId, Op, Pass, Program, Role, Side, Slot, Store,
    Uniform, UniformId, Value,
};

pub(super) fn slot(buffer: u32, component: u32) -> Slot {
    Slot { buffer: BufferId(buffer), component }
}

pub(super) fn buffer(name: &str, role: Role, components: u32) -> Buffer {
    let kind = if components == 2 { Kind::Complex } else { Kind::Real };
    let ghosts = [[Ghost::Mirror; 2]; 3];
    Buffer { name: name.into(), role, kind, components, extent: Extent::Cells, ghosts }
}

/// Deterministic values in (-2, 2) for a buffer.
pub(super) fn random_values(program: &Program, id: BufferId) -> Values {
    let buffer = program.buffer(id);
    let count = program.extent_cells(buffer.extent) * buffer.components as usize;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::from(id.0) + 1);
    let values: Vec<f64> = (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(1_u32 << 30) - 2.0
        })
        .collect();
    Values::rounded(&values, program.precision)
}

/// `A' = A - (1 + i beta) |A|^2 A + (1 + i alpha) laplacian(A)`, one Euler step at a time, h = 1, dt = 0.05.
pub(super) fn cgle(shape: &[usize], precision: Precision, topology: Topology) -> Program {
    let sizes: Vec<f64> = shape.iter().map(|&n| f64::from(u32::try_from(n).unwrap())).collect();
    let grid = Grid::new(shape, &sizes, &vec![topology; shape.len()]);
    let mut k = KernelBuilder::new(precision, Extent::Cells);
    let [alpha, beta, dt] = [UniformId(0), UniformId(1), UniformId(2)].map(|id| k.uniform(id));
    let laplacian: Vec<Value> = [0, 1].iter().map(|&c| laplacian(&mut k, &grid, slot(0, c))).collect();
    let [re, im] = [0, 1].map(|c| k.load(slot(0, c), [0; 3]));
    let [re2, im2] = [k.mul(re, re), k.mul(im, im)];
    let abs2 = k.add(re2, im2);
    let [beta_re, beta_im] = [k.mul(beta, re), k.mul(beta, im)];
    let [turned_re, turned_im] = [k.sub(re, beta_im), k.add(im, beta_re)];
    let [cubic_re, cubic_im] = [k.mul(abs2, turned_re), k.mul(abs2, turned_im)];
    let [alpha_re, alpha_im] = [k.mul(alpha, laplacian[0]), k.mul(alpha, laplacian[1])];
    let [spread_re, spread_im] = [k.sub(laplacian[0], alpha_im), k.add(laplacian[1], alpha_re)];
    for (c, u, cubic, spread) in [(0, re, cubic_re, spread_re), (1, im, cubic_im, spread_im)] {
        let growth = k.sub(u, cubic);
        let rate = k.add(growth, spread);
        let change = k.mul(dt, rate);
        let new = k.add(u, change);
        k.store(slot(1, c), new);
    }
    let parameter = |name: &str, value: f64| Uniform::Parameter { name: name.into(), value };
    Program {
        grid,
        precision,
        dt: 0.05,
        rng_seed: 1,
        buffers: vec![buffer("A", Role::State, 2), buffer("A.next", Role::Work, 2)],
        uniforms: vec![parameter("alpha", 2.0), parameter("beta", -1.2), parameter("dt", 0.05)],
        kernels: vec![k.finish("euler")],
        prepare: vec![],
        step: vec![Pass::Run(KernelId(0)), Pass::Swap(BufferId(0), BufferId(1))],
    }
}

fn laplacian(k: &mut KernelBuilder, grid: &Grid, slot: Slot) -> Value {
    let mut sum = None;
    for axis in grid.axis_list() {
        let neighbours = [-1, 1].map(|cells| {
            let mut offset = [0; 3];
            offset[axis.index()] = cells;
            k.load(slot, offset)
        });
        let pair = k.add(neighbours[0], neighbours[1]);
        sum = Some(sum.map_or(pair, |sum| k.add(sum, pair)));
    }
    let centre = k.load(slot, [0; 3]);
    let sides = k.constant([0.0, 2.0, 4.0, 6.0][grid.axes()]);
    let all = k.mul(sides, centre);
    let sum = sum.expect("a grid has an axis");
    k.sub(sum, all)
}

/// Instructions for one operation: which, and from where to take operands.
type Draw = (u8, u16, u16, u16);

/// A program of random operations: a kernel over cells from `u` (and a map) to `v`, swapped, an in-place kernel on a
/// third buffer, and a kernel per wall whose coefficients depend on time or are set once.
pub(super) fn random_program() -> impl Strategy<Value = Program> {
    let shape = prop_oneof![
        prop::collection::vec(1_usize..70, 1..=1),
        (1_usize..24, 1_usize..40).prop_map(|(x, y)| vec![x, y]),
        (1_usize..10, 1_usize..10, 1_usize..24).prop_map(|(x, y, z)| vec![x, y, z]),
    ];
    let draws = || prop::collection::vec(any::<Draw>(), 1..70);
    let ghosts = prop::array::uniform12(0_u8..3);
    (shape, prop::array::uniform3(any::<bool>()), ghosts, any::<bool>(), draws(), draws()).prop_map(
        |(shape, bounded, ghosts, double, over_cells, in_place)| {
            let precision = if double { Precision::F64 } else { Precision::F32 };
            let topology: Vec<Topology> = bounded[..shape.len()]
                .iter()
                .map(|&bounded| if bounded { Topology::Bounded } else { Topology::Periodic })
                .collect();
            let grid = Grid::new(&shape, &vec![1.0; shape.len()], &topology);
            assemble(grid, precision, ghosts, &over_cells, &in_place)
        },
    )
}

fn assemble(grid: Grid, precision: Precision, ghosts: [u8; 12], over_cells: &[Draw], in_place: &[Draw]) -> Program {
    let mut buffers = vec![
        buffer("u", Role::State, 2),
        buffer("v", Role::Work, 2),
        buffer("w", Role::State, 2),
        buffer("map", Role::Map, 1),
    ];
    let mut kernels = vec![
        random_kernel(&grid, "over_cells", over_cells, &[slot(0, 0), slot(0, 1), slot(2, 0), slot(3, 0)], &[], 1),
        random_kernel(&grid, "in_place", in_place, &[slot(0, 0), slot(0, 1)], &[slot(2, 0), slot(2, 1)], 2),
    ];
    let (mut prepare, mut step) = (vec![], vec![]);
    for &axis in grid.axis_list().iter().filter(|&&axis| grid.bounded(axis)) {
        for (number, side) in [Side::Low, Side::High].into_iter().enumerate() {
            let id = BufferId(u32::try_from(buffers.len()).unwrap());
            let extent = Extent::Wall(axis, side);
            let name = format!("wall_{}{number}", axis.name());
            buffers.push(Buffer { extent, ..buffer(&name, Role::Wall, 3) });
            kernels.push(wall_kernel(&name, extent, id));
            // Half of the time the walls rest, so that several steps may be made at once.
            let passes = if ghosts[9] == 0 { &mut step } else { &mut prepare };
            passes.push(Pass::Run(KernelId(u32::try_from(kernels.len() - 1).unwrap())));
            for (position, choice) in [0, 2].into_iter().zip([ghosts[axis.index() * 2 + number], ghosts[6 + number]]) {
                buffers[position].ghosts[axis.index()][number] =
                    [Ghost::Mirror, Ghost::Zero, Ghost::Affine(id)][choice as usize];
            }
        }
    }
    // Half of the time, v has the rules of u, so that its ghosts survive the swap.
    if ghosts[8] != 0 {
        buffers[1].ghosts = buffers[0].ghosts;
    }
    step.extend([Pass::Run(KernelId(0)), Pass::Run(KernelId(1)), Pass::Swap(BufferId(0), BufferId(1))]);
    let parameter = |name: &str, value: f64| Uniform::Parameter { name: name.into(), value };
    let uniforms = vec![parameter("a", 1.375), parameter("b", -0.1), Uniform::Time { fraction: 0.5 }];
    Program { grid, precision, dt: 0.3, rng_seed: 1, buffers, uniforms, kernels, prepare, step }
}

/// p = time - x / 8, q_c = y * z + c + position along the wall.
fn wall_kernel(name: &str, extent: Extent, id: BufferId) -> Kernel {
    let c = |component| Slot { buffer: id, component };
    let ops = vec![
        Op::Uniform(UniformId(2)),
        Op::Index(Axis::X),
        Op::Const(0.125),
        Op::Mul(Value(1), Value(2)),
        Op::Sub(Value(0), Value(3)),
        Op::Index(Axis::Y),
        Op::Index(Axis::Z),
        Op::Add(Value(5), Value(6)),
        Op::Add(Value(7), Value(1)),
        Op::Load { slot: c(2), offset: [0; 3] },
    ];
    let stores = [(0, 4), (1, 8), (2, 9)].map(|(component, value)| Store { slot: c(component), value: Value(value) });
    Kernel { name: format!("{name}_k"), extent, ops, labels: Default::default(), stores: stores.to_vec() }
}

/// A kernel of random operations that reads `neighbours` at random offsets and `own` at the cell, and stores the last
/// two reals to the buffer `target`.
fn random_kernel(grid: &Grid, name: &str, draws: &[Draw], neighbours: &[Slot], own: &[Slot], target: u32) -> Kernel {
    let mut ops = vec![
        Op::Const(0.5),
        Op::Uniform(UniformId(0)),
        Op::Index(Axis::X),
        Op::Load { slot: neighbours[0], offset: [0; 3] },
        Op::Less(Value(1), Value(3)),
    ];
    let mut reals = vec![0, 1, 2, 3];
    let mut truths = vec![4];
    for &(kind, a, b, c) in draws {
        let real = |draw: u16| Value(reals[usize::from(draw) % reals.len()]);
        let truth = |draw: u16| Value(truths[usize::from(draw) % truths.len()]);
        let offset = [a, b, c].map(|draw| i8::try_from(draw % 3).unwrap() - 1);
        let offset = [0, 1, 2].map(|axis| if axis < grid.axes() { offset[axis] } else { 0 });
        let (x, y, last) = (real(a), real(b), u32::try_from(ops.len()).unwrap());
        match kind % 32 {
            0 => ops.push(Op::Const(f64::from(f32::from(a) / 7.0 - 3000.0))),
            1 => ops.push(Op::Uniform(UniformId(u32::from(a % 3)))),
            2 => ops.push(Op::Index(Axis::ALL[usize::from(a % 3)])),
            3..=7 => ops.push(Op::Load { slot: neighbours[usize::from(a / 3) % neighbours.len()], offset }),
            8 | 9 if !own.is_empty() => {
                ops.push(Op::Load { slot: own[usize::from(a) % own.len()], offset: [0; 3] });
            }
            8 => ops.push(Op::Neg(x)),
            9 => ops.push(Op::Abs(x)),
            10 => ops.push(Op::Sqrt(x)),
            11 => ops.push(Op::Floor(x)),
            12 => power2(&mut ops, x),
            // Of a NaN, whose sign is nobody's promise, these would show the sign: 0.5 instead.
            13 => ops.extend([Op::Equal(x, x), Op::Select(Value(last), x, Value(0)), Op::Exponent(Value(last + 1))]),
            14 => ops.extend([Op::Equal(x, x), Op::Select(Value(last), x, Value(0)), Op::Significand(Value(last + 1))]),
            15 | 16 => ops.push(Op::Add(x, y)),
            17 | 18 => ops.push(Op::Sub(x, y)),
            19 | 20 => ops.push(Op::Mul(x, y)),
            21 => ops.push(Op::Div(x, y)),
            22 => ops.push(Op::Min(x, y)),
            23 => ops.push(Op::Max(x, y)),
            24 => ops.push(Op::Less(x, y)),
            25 => ops.push(Op::LessEqual(x, y)),
            26 => ops.push(Op::Equal(x, y)),
            27 => ops.push(Op::And(truth(a), truth(b))),
            28 => ops.push(Op::Or(truth(a), truth(b))),
            29 => ops.push(Op::Not(truth(a))),
            _ => ops.push(Op::Select(truth(c), x, y)),
        }
        let newest = u32::try_from(ops.len()).unwrap() - 1;
        if ops[newest as usize].is_truth() { truths.push(newest) } else { reals.push(newest) }
    }
    let stores = [0, 1].map(|component| Store {
        slot: slot(target, component),
        value: Value(reals[reals.len() - 1 - component as usize]),
    });
    let extent = Extent::Cells;
    let loaded = ops.iter().any(|op| matches!(op, Op::Load { slot, .. } if slot.buffer.0 == target));
    let kernel = Kernel { name: name.into(), extent, ops, labels: Default::default(), stores: stores.to_vec() };
    assert!(!loaded || own.iter().all(|slot| slot.buffer.0 == target));
    kernel
}

/// `2^n` of the floor of a real, brought into [-20, 20]; a NaN becomes 1/2 first.
fn power2(ops: &mut Vec<Op>, x: Value) {
    let first = u32::try_from(ops.len()).unwrap();
    let v = |step| Value(first + step);
    ops.extend([
        Op::Equal(x, x),
        Op::Select(v(0), x, Value(0)),
        Op::Const(-20.0),
        Op::Max(v(1), v(2)),
        Op::Const(20.0),
        Op::Min(v(3), v(4)),
        Op::Floor(v(5)),
        Op::Power2(v(6)),
    ]);
}
