//! The generated constants that a template of `shaders/` needs: sizes, places and choices, known when a pipeline is
//! made, so that drivers fold the index arithmetic.
//!
//! In: a Program and the pass. Out: WGSL text of `const` declarations and the arenas that a kernel binds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::arena::{Elements, Window, declare};
use super::emit::parts;
use super::graph::member_start;
use super::shape::{kernel_groups, wall_arenas};
use super::{Lanes, Placement, Shape, arena_name};
use crate::grid::Axis;
use crate::program::{BufferId, Extent, Kernel, Op, Pass, Program, Reduction, Role, Share, Slot, Uniform, UniformId};

/// Invocations of a workgroup, a power of two; every adapter has 256.
pub const WORKGROUP: u32 = 256;

/// The entries of the table of numbers begin at multiples of so many bytes: no adapter asks for more.
pub const CLOCK_BYTES: usize = 256;

/// Workgroups per dimension that every adapter has.
const MOST_GROUPS: u32 = 65_535;

/// Partial results of a reduction.
const MOST_PARTIALS: usize = 1024;

/// Workgroups along x and y.
pub type Groups = [u32; 2];

/// Workgroups that hold so many invocations.
pub fn group_count(invocations: usize) -> Groups {
    groups_of(invocations, WORKGROUP)
}

/// The same for workgroups of any size.
pub(super) fn groups_of(invocations: usize, workgroup: u32) -> Groups {
    let groups = whole(invocations.div_ceil(workgroup as usize).max(1));
    let along_x = groups.min(MOST_GROUPS);
    [along_x, groups.div_ceil(along_x)]
}

/// Workgroups that gather a reduction over so many cells.
pub fn reduce_groups(cells: usize) -> u32 {
    whole(cells.div_ceil(WORKGROUP as usize).clamp(1, MOST_PARTIALS))
}

/// The header of a kernel in a shape that it can have.
pub(super) fn pointwise(placement: &Placement<'_>, kernel: &Kernel, shape: Shape) -> String {
    let program = placement.program;
    let mut header = format!("// Kernel `{}` over {:?}.\n", kernel.name, kernel.extent) + &common(program);
    constant(&mut header, "WORKGROUP", shape.workgroup());
    constant(&mut header, "GROUPS_X", kernel_groups(placement, kernel, shape)[0]);
    extent(&mut header, program, kernel.extent);
    for (axis, invocations) in Axis::ALL.into_iter().zip(shape.tile) {
        constant(&mut header, &format!("TILE_{}", axis.name().to_uppercase()), invocations);
    }
    vector(&mut header, "TILES", shape.tiles(program, kernel.extent));
    lanes(&mut header, shape.lanes);
    let walls = wall_arenas(placement, kernel);
    for (arena, written) in arenas(placement, kernel) {
        let elements = match shape.lanes {
            Lanes::One => Elements::Of("Real"),
            Lanes::Four if walls.contains(&arena) => Elements::Single,
            Lanes::Four => Elements::Quads,
        };
        let window = Window { arena, name: arena_name(arena), number: 3 + arena as u32, written, elements };
        declare(&mut header, placement, &window);
    }
    if !parts(kernel).is_empty() {
        line(&mut header, format_args!("@group(0) @binding(8) var<storage, read> parts: array<u32>;"));
    }
    if held_uniforms(program, kernel) {
        line(&mut header, format_args!("@group(0) @binding(2) var<storage, read> held: array<vec2<f32>>;"));
    }
    header + "\n"
}

/// The types that hold the numbers of all lanes.
pub(super) fn lanes(header: &mut String, lanes: Lanes) {
    constant(header, "LANES", lanes.count());
    let (lane, types) = match lanes {
        Lanes::One => ("0u", ["f32", "i32", "u32", "bool"]),
        Lanes::Four => ("vec4<u32>(0u, 1u, 2u, 3u)", ["vec4<f32>", "vec4<i32>", "vec4<u32>", "vec4<bool>"]),
    };
    line(header, format_args!("const LANE = {lane};"));
    for (name, own) in ["Real", "Whole", "Bits", "Truth"].into_iter().zip(types) {
        line(header, format_args!("alias {name} = {own};"));
    }
}

/// The header of a pass of normal numbers.
pub(super) fn normal(placement: &Placement<'_>, buffer: BufferId, first_stream: u32) -> String {
    let program = placement.program;
    let target = program.buffer(buffer);
    let mut header = common(program);
    dispatch(&mut header, program, target.extent, program.extent_cells(target.extent).div_ceil(4));
    constant(&mut header, "BUFFER", buffer.0);
    constant(&mut header, "COMPONENTS", target.components);
    constant(&mut header, "FIRST_STREAM", first_stream);
    let arena = placement.arena(buffer);
    declare(
        &mut header,
        placement,
        &Window { arena, name: "drawn", number: 2, written: true, elements: Elements::Of("f32") },
    );
    header + "\n"
}

/// Names and headers of the passes over the data that a reduction makes: one, or two for a standard deviation.
pub(super) fn reduce(
    placement: &Placement<'_>,
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
    let program = placement.program;
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
            for (name, number, slot) in [("source", 2, source), ("mask", 3, mask.unwrap_or(unmasked))] {
                let arena = placement.arena(slot.buffer);
                declare(
                    &mut header,
                    placement,
                    &Window { arena, name, number, written: false, elements: Elements::Of("f32") },
                );
            }
            (format!("reduce_{}_{position}", target.0), header + "\n")
        })
        .collect()
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
pub(super) fn gather(placement: &Placement<'_>, from: BufferId, to: BufferId, share: Share) -> String {
    let program = placement.program;
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
    let arena = placement.arena(to);
    declare(
        &mut header,
        placement,
        &Window { arena, name: "gathered", number: 3, written: true, elements: Elements::Of("f32") },
    );
    header + "\n"
}

/// The header of the search for infinities in an arena.
pub(super) fn finite(placement: &Placement<'_>, arena: Role) -> String {
    let mut header = String::new();
    constant(&mut header, "WORKGROUP", WORKGROUP);
    constant(&mut header, "STRIDE", WORKGROUP * whole(MOST_PARTIALS));
    declare(
        &mut header,
        placement,
        &Window { arena, name: "examined", number: 1, written: false, elements: Elements::Of("f32") },
    );
    header + "\n"
}

/// The arenas that a kernel touches, and whether it writes them.
fn arenas(placement: &Placement<'_>, kernel: &Kernel) -> BTreeMap<Role, bool> {
    let mut arenas = BTreeMap::new();
    for op in &kernel.ops {
        let Some(slot) = op.slot() else { continue };
        arenas.insert(placement.arena(slot.buffer), false);
    }
    arenas.extend(wall_arenas(placement, kernel).into_iter().map(|arena| (arena, false)));
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
pub(super) fn defects(
    placement: &Placement<'_>,
    u: BufferId,
    theta: Option<BufferId>,
    mask: Option<BufferId>,
) -> String {
    let program = placement.program;
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
    let windows = [("source", "u32", u), ("links", "u32", theta.unwrap_or(u)), ("mask", "f32", mask.unwrap_or(u))];
    for (number, (name, element, buffer)) in (1..).zip(windows) {
        let arena = placement.arena(buffer);
        declare(
            &mut header,
            placement,
            &Window { arena, name, number, written: false, elements: Elements::Of(element) },
        );
    }
    header + "\n"
}

/// Sizes of the tables that every template binds.
pub(super) fn common(program: &Program) -> String {
    let mut header = String::new();
    tables(&mut header, program, number_blocks(program));
    header
}

/// The same where the numbers of a step fill so many blocks.
pub(super) fn tables(header: &mut String, program: &Program, blocks: usize) {
    constant(header, "BASE_BLOCKS", whole(program.buffers.len().div_ceil(4).max(1)));
    constant(header, "NUMBER_BLOCKS", whole(blocks));
}

/// Blocks of four that the parameters and times of a step fill.
pub(super) fn number_blocks(program: &Program) -> usize {
    program.uniforms.len().div_ceil(4).max(1)
}

/// The same where the steps of a table are the elements of an array.
pub(super) fn number_blocks_of_array(program: &Program) -> usize {
    let block = 16;
    ((number_blocks(program) + 1) * block).next_multiple_of(CLOCK_BYTES) / block - 1
}

/// Which invocations there are, and which cells.
pub(super) fn dispatch(header: &mut String, program: &Program, cells: Extent, invocations: usize) {
    constant(header, "WORKGROUP", WORKGROUP);
    constant(header, "GROUPS_X", group_count(invocations)[0]);
    extent(header, program, cells);
}

pub(super) fn extent(header: &mut String, program: &Program, extent: Extent) {
    constant(header, "CELLS", whole(program.extent_cells(extent)));
    vector(header, "SHAPE", program.extent_shape(extent).map(whole));
}

pub(super) fn vector(header: &mut String, name: &str, [x, y, z]: [u32; 3]) {
    line(header, format_args!("const {name} = vec3<u32>({x}u, {y}u, {z}u);"));
}

pub(super) fn constant(header: &mut String, name: &str, value: u32) {
    line(header, format_args!("const {name} = {value}u;"));
}

pub(super) fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string succeeds");
}

/// A count of cells or buffers; the engine has refused arenas whose elements 32 bits can't count.
pub(super) fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
