//! The generated constants that a template of `shaders/` needs: sizes, places and choices, known when a pipeline is
//! made, so that drivers fold the index arithmetic.
//!
//! In: a Program and the pass. Out: WGSL text of `const` declarations and the arenas that a kernel binds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::emit::parts;
use super::graph::member_start;
use super::{Placement, arena_name};
use crate::grid::Axis;
use crate::math::fft::{radices, root_of_unity};
use crate::program::{
    BufferId, Extent, Ghost, Kernel, Op, Pass, Program, Reduction, Role, Share, Slot, Uniform, UniformId,
};

/// Invocations of a workgroup, a power of two; every adapter has 256.
pub const WORKGROUP: u32 = 256;

/// Workgroups per dimension that every adapter has.
const MOST_GROUPS: u32 = 65_535;

/// Partial results of a reduction.
const MOST_PARTIALS: usize = 1024;

/// Workgroups along x and y.
pub type Groups = [u32; 2];

/// Workgroups that hold so many invocations.
pub fn group_count(invocations: usize) -> Groups {
    let groups = whole(invocations.div_ceil(WORKGROUP as usize).max(1));
    let along_x = groups.min(MOST_GROUPS);
    [along_x, groups.div_ceil(along_x)]
}

/// Workgroups that gather a reduction over so many cells.
pub fn reduce_groups(cells: usize) -> u32 {
    whole(cells.div_ceil(WORKGROUP as usize).clamp(1, MOST_PARTIALS))
}

/// The header of a kernel.
pub(super) fn pointwise(placement: &Placement<'_>, kernel: &Kernel) -> String {
    let program = placement.program;
    let mut header = format!("// Kernel `{}` over {:?}.\n", kernel.name, kernel.extent) + &common(program);
    dispatch(&mut header, program, kernel.extent, program.extent_cells(kernel.extent));
    for (role, written) in arenas(placement, kernel) {
        let access = if written { "read_write" } else { "read" };
        let (number, name) = (3 + role as u32, arena_name(role));
        line(&mut header, format_args!("@group(0) @binding({number}) var<storage, {access}> {name}: array<f32>;"));
    }
    if !parts(kernel).is_empty() {
        line(&mut header, format_args!("@group(0) @binding(8) var<storage, read> parts: array<u32>;"));
    }
    if held_uniforms(program, kernel) {
        line(&mut header, format_args!("@group(0) @binding(2) var<storage, read> held: array<vec2<f32>>;"));
    }
    header + "\n"
}

/// The header of a pass of normal numbers.
pub(super) fn normal(program: &Program, buffer: BufferId, first_stream: u32) -> String {
    let target = program.buffer(buffer);
    let mut header = common(program);
    dispatch(&mut header, program, target.extent, program.extent_cells(target.extent).div_ceil(4));
    constant(&mut header, "BUFFER", buffer.0);
    constant(&mut header, "COMPONENTS", target.components);
    constant(&mut header, "FIRST_STREAM", first_stream);
    header + "\n"
}

/// Names and headers of the passes over the data that a reduction makes: one, or two for a standard deviation.
pub(super) fn reduce(
    program: &Program,
    source: Slot,
    reduction: Reduction,
    mask: Option<Slot>,
    target: UniformId,
) -> Vec<(String, String)> {
    struct Sweep {
        combine: u32,
        divided: bool,
        to_mean: bool,
    }
    let sweep = |combine, divided, to_mean| Sweep { combine, divided, to_mean };
    let sweeps = match reduction {
        Reduction::Sum => vec![sweep(0, false, false)],
        Reduction::Mean => vec![sweep(0, true, false)],
        Reduction::Min => vec![sweep(1, false, false)],
        Reduction::Max => vec![sweep(2, false, false)],
        Reduction::Std => vec![sweep(0, true, true), sweep(3, true, false)],
    };
    let cells = program.extent_cells(program.buffer(source.buffer).extent);
    let place = |slot: Slot| whole(program.extent_cells(program.buffer(slot.buffer).extent)) * slot.component;
    let unmasked = Slot { buffer: source.buffer, component: 0 };
    sweeps
        .iter()
        .enumerate()
        .map(|(position, sweep)| {
            let mut header = common(program);
            constant(&mut header, "WORKGROUP", WORKGROUP);
            constant(&mut header, "GROUPS", reduce_groups(cells));
            constant(&mut header, "CELLS", whole(cells));
            constant(&mut header, "SOURCE_BUFFER", source.buffer.0);
            constant(&mut header, "SOURCE_OFFSET", place(source));
            constant(&mut header, "MASK_BUFFER", mask.unwrap_or(unmasked).buffer.0);
            constant(&mut header, "MASK_OFFSET", place(mask.unwrap_or(unmasked)));
            constant(&mut header, "COMBINE", sweep.combine);
            constant(&mut header, "HELD", target.0);
            constant(&mut header, "SERVES", steps_served_after(program, target));
            line(&mut header, format_args!("const MASKED = {};", mask.is_some()));
            line(&mut header, format_args!("const DIVIDED = {};", sweep.divided));
            line(&mut header, format_args!("const TO_MEAN = {};", sweep.to_mean));
            (format!("reduce_{}_{position}", target.0), header + "\n")
        })
        .collect()
}

/// Names, headers and workgroups of the sweeps of a Fourier transform, one per axis and radix, in the order in which they
/// run. They go from the buffer to the scratch buffer and back; if their number is odd, the last copies.
pub(super) fn fourier(
    program: &Program,
    buffer: BufferId,
    scratch: BufferId,
    inverse: bool,
) -> Vec<(String, String, Groups)> {
    let mut sweeps = Vec::new();
    let mut inner = 1;
    let mut roots = 0;
    for &axis in program.grid.axis_list() {
        let points = program.grid.cells_along(axis);
        let (mut length, mut stride) = (points, inner);
        for radix in radices(points).expect("a valid program has available sizes") {
            sweeps.push(Sweep { points, radix, length, stride, roots });
            length /= radix;
            stride *= radix;
        }
        inner *= points;
        roots += points;
    }
    // Radix 1 copies.
    if sweeps.len() % 2 == 1 {
        sweeps.push(Sweep { points: 1, radix: 1, length: 1, stride: 1, roots: 0 });
    }
    let cells = program.grid.cells();
    let (last, direction) = (sweeps.len().saturating_sub(1), if inverse { "inverse_fourier" } else { "fourier" });
    let header = |(number, sweep): (usize, &Sweep)| {
        let mut header = common(program);
        let invocations = cells / sweep.radix;
        dispatch(&mut header, program, Extent::Cells, invocations);
        let ends = if number % 2 == 0 { [buffer, scratch] } else { [scratch, buffer] };
        constant(&mut header, "FROM", ends[0].0);
        constant(&mut header, "TO", ends[1].0);
        // Exchanging the parts of the input and of the output conjugates the kernel.
        constant(&mut header, "RE", if inverse { whole(cells) } else { 0 });
        constant(&mut header, "IM", if inverse { 0 } else { whole(cells) });
        constant(&mut header, "POINTS", whole(sweep.points));
        constant(&mut header, "RADIX", whole(sweep.radix));
        constant(&mut header, "LENGTH", whole(sweep.length));
        constant(&mut header, "STRIDE", whole(sweep.stride));
        constant(&mut header, "ROOTS", whole(sweep.roots));
        #[expect(clippy::cast_precision_loss, reason = "WGSL wants the number to be rounded")]
        let factor = if inverse && number == last { 1.0 / cells as f32 } else { 1.0 };
        line(&mut header, format_args!("const FACTOR = {factor:?}f;"));
        (format!("{direction}_{}_{number}", buffer.0), header + "\n", group_count(invocations))
    };
    sweeps.iter().enumerate().map(header).collect()
}

/// One pass of one radix along one axis.
struct Sweep {
    points: usize,
    radix: usize,
    length: usize,
    stride: usize,
    /// Where the axis' roots of unity start.
    roots: usize,
}

/// `e^(-2 pi i j / n)` for all j, of every axis of the grid one after the other, as pairs re, im.
pub fn fourier_roots(program: &Program) -> Vec<[f64; 2]> {
    let points = program.grid.axis_list().iter().map(|&axis| program.grid.cells_along(axis));
    points.flat_map(|n| (0..n).map(move |j| root_of_unity(j, n))).collect()
}

/// How many steps after the one that computes it a held value is seen, so that step n sees that of the start of step
/// n - 1: 1 if the reduction comes before the step changes any state, else 2, for it sees the start of the next step.
pub fn steps_served_after(program: &Program, target: UniformId) -> u32 {
    let is_state = |buffer: BufferId| program.buffer(buffer).role == Role::State;
    let before = |pass: &&Pass| !matches!(pass, Pass::Reduce { target: own, .. } if *own == target);
    let changes_state = program.step.iter().take_while(before).any(|pass| match *pass {
        Pass::Run(kernel) => program.kernel(kernel).stores.iter().any(|store| is_state(store.slot.buffer)),
        Pass::Swap(a, b) => is_state(a) || is_state(b),
        Pass::Normal { buffer, .. } | Pass::Fourier { buffer, .. } => is_state(buffer),
        Pass::Gather { to, .. } => is_state(to),
        Pass::Reduce { .. } => false,
    });
    1 + u32::from(changes_state)
}

/// The header of a gather.
pub(super) fn gather(program: &Program, from: BufferId, to: BufferId, share: Share) -> String {
    let (giver, target) = (program.buffer(from), program.buffer(to));
    let graph = program.grid.graph().expect("a valid program gathers on a graph");
    let (starts, members, bits) = member_start(graph, giver.extent, target.extent);
    let mut header = common(program);
    dispatch(&mut header, program, target.extent, program.extent_cells(target.extent));
    constant(&mut header, "FROM", from.0);
    constant(&mut header, "TO", to.0);
    constant(&mut header, "GIVERS", whole(program.extent_cells(giver.extent)));
    constant(&mut header, "COMPONENTS", target.components);
    constant(&mut header, "STARTS", whole(starts));
    constant(&mut header, "MEMBERS", whole(members));
    constant(&mut header, "BITS", bits);
    let share = match share {
        Share::Same => 0,
        Share::Signed => 1,
        Share::Own => 2,
        Share::Mean => 3,
    };
    constant(&mut header, "SHARE", share);
    header + "\n"
}

/// The header of the search for infinities.
pub(super) fn finite() -> String {
    let mut header = String::new();
    constant(&mut header, "WORKGROUP", WORKGROUP);
    constant(&mut header, "STRIDE", WORKGROUP * whole(MOST_PARTIALS));
    header + "\n"
}

/// The arenas that a kernel touches, and whether it writes them.
fn arenas(placement: &Placement<'_>, kernel: &Kernel) -> BTreeMap<Role, bool> {
    let program = placement.program;
    let mut arenas = BTreeMap::new();
    for op in &kernel.ops {
        let Some(slot) = op.slot() else { continue };
        let buffer = program.buffer(slot.buffer);
        arenas.entry(placement.arena(slot.buffer)).or_insert(false);
        for ghost in buffer.ghosts.iter().flatten() {
            if let Ghost::Affine(wall) = ghost {
                arenas.entry(placement.arena(*wall)).or_insert(false);
            }
        }
    }
    for store in &kernel.stores {
        arenas.insert(placement.arena(store.slot.buffer), true);
    }
    arenas
}

fn held_uniforms(program: &Program, kernel: &Kernel) -> bool {
    kernel.ops.iter().any(|op| {
        matches!(op, Op::Uniform(id)
            if matches!(program.uniforms[id.0 as usize], Uniform::Held { .. }))
    })
}

/// The header of the search for phase defects.
pub(super) fn defects(program: &Program, u: BufferId, theta: Option<BufferId>, mask: Option<BufferId>) -> String {
    let mut header = common(program);
    let cells = program.grid.cells();
    dispatch(&mut header, program, Extent::Cells, cells);
    constant(&mut header, "GROUP_COUNT", whole(cells.div_ceil(WORKGROUP as usize)));
    constant(&mut header, "U_BUFFER", u.0);
    constant(&mut header, "THETA_BUFFER", theta.unwrap_or(u).0);
    constant(&mut header, "MASK_BUFFER", mask.unwrap_or(u).0);
    line(&mut header, format_args!("const LINKED = {};", theta.is_some()));
    line(&mut header, format_args!("const MASKED = {};", mask.is_some()));
    for axis in [Axis::X, Axis::Y] {
        let name = axis.name().to_uppercase();
        line(&mut header, format_args!("const PERIODIC_{name} = {};", !program.grid.bounded(axis)));
    }
    header + "\n"
}

/// Sizes of the tables that every template binds.
fn common(program: &Program) -> String {
    let mut header = String::new();
    constant(&mut header, "BASE_BLOCKS", whole(program.buffers.len().div_ceil(4).max(1)));
    constant(&mut header, "NUMBER_BLOCKS", whole(program.uniforms.len().div_ceil(4).max(1)));
    header
}

/// Which invocations there are, and which cells.
fn dispatch(header: &mut String, program: &Program, extent: Extent, invocations: usize) {
    let [x, y, z] = program.extent_shape(extent).map(whole);
    constant(header, "WORKGROUP", WORKGROUP);
    constant(header, "GROUPS_X", group_count(invocations)[0]);
    constant(header, "CELLS", whole(program.extent_cells(extent)));
    line(header, format_args!("const SHAPE = vec3<u32>({x}u, {y}u, {z}u);"));
}

fn constant(header: &mut String, name: &str, value: u32) {
    line(header, format_args!("const {name} = {value}u;"));
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string succeeds");
}

/// A count of cells or buffers; the engine has refused arenas whose elements 32 bits can't count.
pub(super) fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
