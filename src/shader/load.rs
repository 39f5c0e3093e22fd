//! Loads at displaced cells, without ghost memory: a periodic axis wraps, a bounded axis stays at the wall's own cell
//! and what is found there becomes the ghost by the buffer's rule.
//!
//! In: a slot and an offset. Out: WGSL text. Invariant: only the axes that an offset moves along cost anything, and
//! where two walls meet, the later axis' rule is applied to the ghost of the earlier one (see [`Ghost::Affine`]).

use std::fmt::Write as _;

use super::{Lanes, Placement};
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

/// What a load finds.
pub(super) enum Found {
    /// A number of the field: at a wall, the wall's own cell.
    Inside,
    /// Nothing but zero where this condition holds for a lane.
    ZeroWhere(String),
    /// Ghosts that take a function.
    Ghosts,
}

/// What a load may find beyond the walls that it crosses.
pub(super) fn found(program: &Program, slot: Slot, offset: [i8; 3]) -> Found {
    let own: Vec<_> =
        walls(program, offset).map(|(axis, side)| (ghost(program, slot, axis, side), axis, side)).collect();
    if own.iter().any(|(ghost, ..)| matches!(ghost, Ghost::Affine(_))) {
        return Found::Ghosts;
    }
    let zero = own.iter().filter(|(ghost, ..)| *ghost == Ghost::Zero);
    let conditions: Vec<String> = zero.map(|&(_, axis, side)| lanes_beyond(axis, side)).collect();
    if conditions.is_empty() { Found::Inside } else { Found::ZeroWhere(conditions.join(" | ")) }
}

/// Which lanes a displacement of one cell leads beyond a wall.
fn lanes_beyond(axis: Axis, side: Side) -> String {
    match (axis, side) {
        (Axis::X, Side::Low) => "(Bits(cell.at.x) + LANE == Bits(0u))".to_owned(),
        (Axis::X, Side::High) => "(Bits(cell.at.x) + LANE == Bits(SHAPE.x - 1u))".to_owned(),
        (Axis::Y | Axis::Z, _) => format!("Truth({})", beyond(axis, side, Lanes::One)),
    }
}

/// `at_m0p` for a displacement of (-1, 0, 1).
pub(super) fn position_name(offset: [i8; 3]) -> String {
    format!("at_{}", letters(offset))
}

/// `near_m0p`: the same in the tile of a workgroup.
pub(super) fn near_name(offset: [i8; 3]) -> String {
    format!("near_{}", letters(offset))
}

fn letters(offset: [i8; 3]) -> String {
    let letter = |cells: &i8| match cells.signum() {
        -1 => 'm',
        0 => '0',
        _ => 'p',
    };
    offset.iter().map(letter).collect()
}

/// The cell displaced from the outermost lane, wrapped or kept inside, as a `vec3<u32>`.
pub(super) fn position(program: &Program, offset: [i8; 3], lanes: Lanes) -> String {
    let outermost = |axis: Axis| if axis == Axis::X { lanes.count() - 1 } else { 0 };
    let [x, y, z] = Axis::ALL.map(|axis| along(program, axis, offset[axis.index()], outermost(axis)));
    format!("vec3<u32>({x}, {y}, {z})")
}

/// The lane that the neighbour of the outermost lane has in its own vector, as WGSL. Rows are whole vectors: it is the last
/// one or the first one, but at walls, which keep inside.
pub(super) fn outer_lane(program: &Program, displacement: i8, at: &str) -> String {
    match displacement.signum() {
        -1 if !program.grid.bounded(Axis::X) => "3u".to_owned(),
        1 if !program.grid.bounded(Axis::X) => "0u".to_owned(),
        _ => format!("{at} % LANES"),
    }
}

/// Where a displacement along an axis leads, above the lowest lane if it leads up.
fn along(program: &Program, axis: Axis, displacement: i8, outermost: u32) -> String {
    let (here, cells) = (format!("cell.at.{}", axis.name()), format!("SHAPE.{}", axis.name()));
    let last = if outermost > 0 { format!("{here} + {outermost}u") } else { here.clone() };
    match (displacement.signum(), program.grid.bounded(axis)) {
        (-1, false) => format!("wrap_low({here}, {cells})"),
        (1, false) => format!("wrap_high({last}, {cells})"),
        (-1, true) => format!("clamp_low({here})"),
        (1, true) => format!("clamp_high({last}, {cells})"),
        _ => here,
    }
}

/// The place in a workgroup's tile of the cell displaced from the outermost lane. There nothing wraps; walls keep inside.
pub(super) fn near(program: &Program, offset: [i8; 3], lanes: Lanes) -> String {
    let mut near = "place".to_owned();
    for (axis, apart) in Axis::ALL.into_iter().zip(["1u", "ROW", "LAYER"]) {
        let (here, cells) = (format!("cell.at.{}", axis.name()), format!("SHAPE.{}", axis.name()));
        let last = match (axis, lanes) {
            (Axis::X, Lanes::Four) => format!(" + {}u", lanes.count() - 1),
            _ => String::new(),
        };
        near += &match (offset[axis.index()].signum(), program.grid.bounded(axis)) {
            (-1, false) => format!(" - {apart}"),
            (1, false) => format!("{last} + {apart}"),
            (-1, true) => format!(" - cells_below({here}) * {apart}"),
            (1, true) => format!("{last} + cells_above({here}{last}, {cells}) * {apart}"),
            _ => continue,
        };
    }
    near
}

/// Where a displacement leads every lane along x, as `Bits`.
fn lanes_along_x(program: &Program, displacement: i8, lanes: Lanes) -> String {
    let end = along(program, Axis::X, displacement, lanes.count() - 1);
    match (lanes, displacement.signum()) {
        (Lanes::One, _) => end,
        (Lanes::Four, -1) => format!("Bits({end}, cell.at.x, cell.at.x + 1u, cell.at.x + 2u)"),
        (Lanes::Four, 1) => format!("Bits(cell.at.x + 1u, cell.at.x + 2u, cell.at.x + 3u, {end})"),
        (Lanes::Four, _) => "cell.at.x + LANE".to_owned(),
    }
}

/// The function of a load that may find a ghost: what was found inside, as the walls make it.
pub(super) fn ghost_function(
    placement: &Placement<'_>,
    name: &str,
    (slot, offset): (Slot, [i8; 3]),
    lanes: Lanes,
) -> String {
    let program = placement.program;
    let what = placement.slot_name(slot);
    let mut text = format!("// {what}, displaced by {offset:?}\nfn {name}(cell: Cell, inside: Real) -> Real {{\n");
    let mut append = |line: String| writeln!(text, "    {line}").expect("writing to a string succeeds");
    append(format!("let at = {};", position(program, offset, Lanes::One)));
    append(format!("let x = {};", lanes_along_x(program, offset[0], lanes)));
    append("var u = inside;".to_owned());
    for (axis, side) in walls(program, offset) {
        let outcome = match ghost(program, slot, axis, side) {
            Ghost::Mirror => continue,
            Ghost::Zero => "Real(0.0)".to_owned(),
            Ghost::Affine(wall) => {
                let bend = if axis == Axis::X { None } else { beyond_x(program, slot, offset) };
                let of_wall = |component| {
                    let at = |x: &str| {
                        let place = format!("on_wall_{}(at, {x})", axis.name());
                        placement.element(Slot { buffer: wall, component }, &place)
                    };
                    match &bend {
                        None => at("x"),
                        Some((condition, inner)) => {
                            format!("select({0}, 2.0 * {0} - {1}, {condition})", at("x"), at(inner))
                        }
                    }
                };
                format!("{} * u + {}", of_wall(0), of_wall(1 + slot.component))
            }
        };
        let outcome = if lanes == Lanes::Four && axis == Axis::X {
            format!("select(u, {outcome}, {})", lanes_beyond(axis, side))
        } else {
            outcome
        };
        append(format!("if ({}) {{ u = {outcome}; }}", beyond(axis, side, lanes)));
    }
    text + "    return u;\n}\n\n"
}

/// Whether a displacement of one cell leads some lane beyond a wall.
fn beyond(axis: Axis, side: Side, lanes: Lanes) -> String {
    let here = format!("cell.at.{}", axis.name());
    let lanes = if axis == Axis::X { lanes.count() } else { 1 };
    match side {
        Side::Low => format!("{here} == 0u"),
        Side::High => format!("{here} + {lanes}u == SHAPE.{}", axis.name()),
    }
}

/// If a displacement may cross an x wall with a condition of its own: which lanes do, and the cell one further inside.
fn beyond_x(program: &Program, slot: Slot, offset: [i8; 3]) -> Option<(String, &'static str)> {
    let (axis, side) = walls(program, offset).find(|&(axis, _)| axis == Axis::X)?;
    let own = matches!(ghost(program, slot, Axis::X, side), Ghost::Affine(_));
    let inner = match side {
        Side::Low => "x + 1u",
        Side::High => "x - 1u",
    };
    (own && program.grid.cells_along(Axis::X) > 1).then(|| (lanes_beyond(axis, side), inner))
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
