//! The module of a leap: its constants and arenas, the sweeps of a step, and what is copied in and out.
//!
//! In: a leap. Out: WGSL text round `shaders/compute/leap.wgsl`. Invariant: a kernel's arithmetic is the text that it has
//! in a module of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Leap, Leaps, added};
use crate::grid::Axis;
use crate::program::{Extent, Kernel, Pass, Role, Slot};
use crate::shader::arena::{Elements, Window, declare};
use crate::shader::header::{constant, extent, lanes, line, number_blocks_of_array, tables, vector};
use crate::shader::memory::{Memory, plane_name};
use crate::shader::shape::wall_arenas;
use crate::shader::{Lanes, Module, ShaderError, arena_name, emit, module as finished};

/// The module of a leap.
pub(super) fn module(leaps: &Leaps<'_>, leap: Leap) -> Result<Module, ShaderError> {
    let functions = functions(leaps)?;
    finished("leap", &header(leaps, leap), "compute/leap", &functions)
}

fn header(leaps: &Leaps<'_>, leap: Leap) -> String {
    let program = leaps.placement.program;
    let names: Vec<&str> = leaps.sweeps().map(|kernel| kernel.name.as_str()).collect();
    let steps = if leap.steps == 1 { "step" } else { "steps" };
    let mut header = format!("// {} {steps} of {} in one pass.\n", leap.steps, names.join(" and "));
    tables(&mut header, program, number_blocks_of_array(program));
    extent(&mut header, program, Extent::Cells);
    let [columns, rows, layers] = leaps.workgroup(leap);
    constant(&mut header, "COLUMNS", columns);
    constant(&mut header, "ROWS", rows);
    constant(&mut header, "LAYERS", layers);
    constant(&mut header, "WORKGROUP", columns * rows * layers);
    constant(&mut header, "GROUPS_X", leaps.groups(leap)[0]);
    constant(&mut header, "STEPS", leap.steps);
    constant(&mut header, "HELD", leaps.vectors_held(leap));
    vector(&mut header, "TILES", leaps.tiles(leap));
    vector(&mut header, "TILE", leaps.tile(leap).unwrap_or([1; 3]));
    vector(&mut header, "HALO", leaps.halo(leap.steps));
    vector(&mut header, "SPAN", leap.span);
    vector(&mut header, "REACH", leaps.step_reach());
    let [x, y, z] = Axis::ALL.map(|axis| axis.index() < program.grid.axes() && program.grid.bounded(axis));
    line(&mut header, format_args!("const BOUNDED = vec3<bool>({x}, {y}, {z});"));
    lanes(&mut header, leaps.lanes);
    arenas(leaps, &mut header);
    header + "\n"
}

/// The arenas that the sweeps read and the leap writes, and the planes of exchanged buffers.
fn arenas(leaps: &Leaps<'_>, header: &mut String) {
    let placement = leaps.placement;
    let mut bound = BTreeMap::new();
    for kernel in leaps.sweeps() {
        bound.extend(leaps.only_read(kernel).into_iter().map(|slot| (placement.arena(slot.buffer), false)));
    }
    let walls: Vec<Role> = leaps.sweeps().flat_map(|kernel| wall_arenas(placement, kernel)).collect();
    bound.extend(walls.iter().map(|arena| (*arena, false)));
    bound.extend(leaps.carried.iter().map(|(own, _)| (placement.arena(*own), true)));
    for (arena, written) in bound {
        let elements = match leaps.lanes {
            Lanes::One => Elements::Of("Real"),
            Lanes::Four if walls.contains(&arena) => Elements::Single,
            Lanes::Four => Elements::Quads,
        };
        declare(
            header,
            placement,
            &Window { arena, name: arena_name(arena), number: 3 + arena as u32, written, elements },
        );
    }
    if leaps.lanes == Lanes::Four {
        *header += "fn tile_one(base: u32, at: u32, lane: u32) -> f32 {\n    return tile[base / LANES + at / LANES][lane];\n}\n";
    }
    for (buffer, plane) in leaps.planes.moving() {
        line(header, format_args!("var<private> {}: u32 = {plane}u * PLANE;", plane_name(buffer)));
    }
}

fn functions(leaps: &Leaps<'_>) -> Result<String, ShaderError> {
    let memory = Memory { placement: leaps.placement, planes: Some(&leaps.planes) };
    let mut text = String::new();
    // A kernel may run twice in a step.
    let kernels: BTreeMap<&str, &Kernel> = leaps.sweeps().map(|kernel| (kernel.name.as_str(), kernel)).collect();
    for kernel in kernels.into_values() {
        let refused = |message| ShaderError { module: kernel.name.clone(), message };
        text += &emit::update(memory, kernel, leaps.lanes).map_err(refused)?;
        text += &sweep(&kernel.name);
    }
    Ok(text + &make_step(leaps) + &carry(leaps, memory))
}

/// A kernel over all that is needed of it, and the barrier behind it.
fn sweep(name: &str) -> String {
    format!(
        "
fn sweep_{name}(now: u32, more: vec3<u32>) {{
    let needed = tile_with(more);
    for (var at = first_in(needed); at.z < needed.high.z; at = next_in(needed, at)) {{
        update_{name}(cell_in_tile(at), place_in_tile(at), now);
    }}
    workgroupBarrier();
}}

"
    )
}

/// The sweeps and exchanges of a step; `later` is how far the steps after it reach.
fn make_step(leaps: &Leaps<'_>) -> String {
    let program = leaps.placement.program;
    let mut lines = Vec::new();
    let mut later = [0; 3];
    for pass in program.step.iter().rev() {
        match *pass {
            Pass::Run(id) => {
                let kernel = program.kernel(id);
                let [x, y, z] = later;
                lines.push(format!("sweep_{}(now, later + vec3<u32>({x}u, {y}u, {z}u));", kernel.name));
                later = added(later, leaps.reach(kernel));
            }
            Pass::Swap(a, b) => {
                let [a, b] = [a, b].map(plane_name);
                lines.push(format!("{{ let kept = {a}; {a} = {b}; {b} = kept; }}"));
            }
            Pass::Normal { .. } | Pass::Reduce { .. } | Pass::Fourier { .. } | Pass::Gather { .. } => {}
        }
    }
    let mut text = "fn make_step(now: u32, later: vec3<u32>) {\n".to_owned();
    lines.iter().rev().for_each(|own| writeln!(text, "    {own}").expect("writing to a string succeeds"));
    text + "}\n"
}

/// What is copied of a cell before the first sweep and after the last.
fn carry(leaps: &Leaps<'_>, memory: Memory<'_>) -> String {
    let placement = leaps.placement;
    let slots = || {
        let components = |buffer| 0..placement.program.buffer(buffer).components;
        leaps.carried.iter().flat_map(move |&(own, spare)| {
            components(own).map(move |component| [own, spare].map(|buffer| Slot { buffer, component }))
        })
    };
    let mut text = "\nfn carry_in(cell: Cell, place: u32) {\n".to_owned();
    for [own, _] in slots() {
        let statement = memory.store(own, &placement.element(own, "cell.index"));
        line(&mut text, format_args!("    {statement} // {}", placement.slot_name(own)));
    }
    text += "}\n\nfn carry_out(cell: Cell, place: u32) {\n";
    for [own, spare] in slots() {
        let statement = placement.store(spare, "cell.index", &memory.element(own, [0; 3]));
        line(&mut text, format_args!("    {statement} // {}", placement.slot_name(own)));
    }
    text + "}\n"
}
