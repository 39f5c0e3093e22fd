//! Loads at displaced cells, without ghost memory: a periodic axis wraps, a bounded axis stays at the wall's own cell
//! and what is found there becomes the ghost by the buffer's rule.
//!
//! In: a slot and an offset. Out: WGSL text. Invariant: only the axes that an offset moves along cost anything, and
//! where two walls meet, the later axis' rule is applied to the ghost of the earlier one (see [`Ghost::Affine`]).

use std::fmt::Write as _;

use super::Placement;
use crate::grid::Axis;
use crate::program::{Extent, Ghost, Kernel, Program, Side, Slot};

/// Whether a load is one that a kernel may make.
pub(super) fn check(program: &Program, kernel: &Kernel, slot: Slot, offset: [i8; 3]) -> Result<(), String> {
    let buffer = program.buffer(slot.buffer);
    let near = offset.iter().all(|cells| cells.abs() <= 1);
    if buffer.extent != kernel.extent || !near || (kernel.extent != Extent::Cells && offset != [0; 3]) {
        return Err(format!("it can't load `{}` of {:?} at {offset:?}", buffer.name, buffer.extent));
    }
    Ok(())
}

/// Whether a load may find a ghost that is not simply the wall's own cell.
pub(super) fn crosses_wall(program: &Program, slot: Slot, offset: [i8; 3]) -> bool {
    walls(program, offset).any(|(axis, side)| ghost(program, slot, axis, side) != Ghost::Mirror)
}

/// `at_m0p` for a displacement of (-1, 0, 1).
pub(super) fn position_name(offset: [i8; 3]) -> String {
    let letter = |cells: &i8| match cells.signum() {
        -1 => 'm',
        0 => '0',
        _ => 'p',
    };
    let letters: String = offset.iter().map(letter).collect();
    format!("at_{letters}")
}

/// The displaced cell, wrapped or kept inside, as a `vec3<u32>`.
pub(super) fn position(program: &Program, offset: [i8; 3]) -> String {
    let along = |axis: Axis| {
        let (here, cells) = (format!("cell.at.{}", axis.name()), format!("SHAPE.{}", axis.name()));
        match (offset[axis.index()].signum(), program.grid.bounded(axis)) {
            (-1, false) => format!("wrap_low({here}, {cells})"),
            (1, false) => format!("wrap_high({here}, {cells})"),
            (-1, true) => format!("clamp_low({here})"),
            (1, true) => format!("clamp_high({here}, {cells})"),
            _ => here,
        }
    };
    let [x, y, z] = Axis::ALL.map(along);
    format!("vec3<u32>({x}, {y}, {z})")
}

/// The function `load_N` of a load that may find a ghost.
pub(super) fn function(placement: &Placement<'_>, number: usize, slot: Slot, offset: [i8; 3]) -> String {
    let program = placement.program;
    let what = placement.slot_name(slot);
    let mut text = format!(
        "// {what}, displaced by {offset:?}
fn load_{number}(cell: Cell) -> f32 {{
"
    );
    let mut append = |line: String| writeln!(text, "    {line}").expect("writing to a string succeeds");
    append(format!("let at = {};", position(program, offset)));
    append(format!("var u = {};", placement.element(slot, "index_of(at)")));
    for (axis, side) in walls(program, offset) {
        let here = format!("cell.at.{}", axis.name());
        let beyond = match side {
            Side::Low => format!("{here} == 0u"),
            Side::High => format!("{here} + 1u == SHAPE.{}", axis.name()),
        };
        let outcome = match ghost(program, slot, axis, side) {
            Ghost::Mirror => continue,
            Ghost::Zero => "0.0".to_owned(),
            Ghost::Affine(wall) => {
                let bend = if axis == Axis::X { None } else { beyond_x(program, slot, offset) };
                let of_wall = |component| {
                    let at = |cell: &str| {
                        let place = format!("on_wall_{}({cell})", axis.name());
                        placement.element(Slot { buffer: wall, component }, &place)
                    };
                    match &bend {
                        None => at("at"),
                        Some((condition, inner)) => {
                            format!("select({0}, 2.0 * {0} - {1}, {condition})", at("at"), at(inner))
                        }
                    }
                };
                format!("{} * u + {}", of_wall(0), of_wall(1 + slot.component))
            }
        };
        append(format!("if ({beyond}) {{ u = {outcome}; }}"));
    }
    text + "    return u;\n}\n\n"
}

/// If a displacement may cross an x wall with a condition of its own: when it does, and the cell one further inside.
fn beyond_x(program: &Program, slot: Slot, offset: [i8; 3]) -> Option<(&'static str, &'static str)> {
    let (_, side) = walls(program, offset).find(|&(axis, _)| axis == Axis::X)?;
    let own = matches!(ghost(program, slot, Axis::X, side), Ghost::Affine(_));
    (own && program.grid.cells_along(Axis::X) > 1).then_some(match side {
        Side::Low => ("cell.at.x == 0u", "vec3<u32>(at.x + 1u, at.y, at.z)"),
        Side::High => ("cell.at.x + 1u == SHAPE.x", "vec3<u32>(at.x - 1u, at.y, at.z)"),
    })
}

/// The walls that a displacement may cross, in the order of axes.
fn walls(program: &Program, offset: [i8; 3]) -> impl Iterator<Item = (Axis, Side)> {
    Axis::ALL.into_iter().filter_map(move |axis| match offset[axis.index()].signum() {
        -1 if program.grid.bounded(axis) => Some((axis, Side::Low)),
        1 if program.grid.bounded(axis) => Some((axis, Side::High)),
        _ => None,
    })
}

fn ghost(program: &Program, slot: Slot, axis: Axis, side: Side) -> Ghost {
    program.buffer(slot.buffer).ghosts[axis.index()][side as usize]
}
