//! The arithmetic of a kernel as WGSL: one `let` per operation, its source term in a trailing comment.
//!
//! In: a kernel. Out: the text of `fn update(cell: Cell)` and of the loads that it needs beyond walls. Invariant: every
//! operation is matched by name, so a new one does not compile until it is here; literals keep their bits.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::header::whole;
use super::placement::{Placement, one_line};
use super::{graph, load};
use crate::program::{Kernel, Op, Part, Uniform, Value};

/// `update` of a kernel, or what is wrong with it.
pub(super) fn update(placement: &Placement<'_>, kernel: &Kernel) -> Result<String, String> {
    let mut functions = String::new();
    let mut body = String::new();
    for offset in plain_offsets(placement, kernel) {
        let at = load::position(placement.program, offset);
        append(&mut body, format_args!("let {} = index_of({at});", load::position_name(offset)));
    }
    let graph = placement.program.grid.graph();
    for (part, graph) in parts(kernel).into_iter().zip(graph.into_iter().cycle()) {
        let start = graph::part_start(graph, part);
        append(&mut body, format_args!("let {} = parts[{start}u + cell.index];", part.name()));
    }
    for (position, op) in kernel.ops.iter().enumerate() {
        if let Op::Load { slot, offset } = *op {
            load::check(placement.program, kernel, slot, offset)?;
            if load::crosses_wall(placement.program, slot, offset) {
                functions += &load::function(placement, position, slot, offset);
            }
        }
        let value = expression(placement, position, op)?;
        let label = match (kernel.labels.get(&whole(position)), op) {
            (Some(text), _) => format!(" // {}", one_line(text)),
            (None, Op::Load { slot, .. } | Op::Fetch { slot, .. }) => format!(" // {}", placement.slot_name(*slot)),
            (None, _) => String::new(),
        };
        append(&mut body, format_args!("let v{position} = {value};{label}"));
    }
    for store in &kernel.stores {
        let place = placement.element(store.slot, "cell.index");
        append(&mut body, format_args!("{place} = {}; // {}", name(store.value), placement.slot_name(store.slot)));
    }
    Ok(format!("{functions}fn update(cell: Cell) {{\n{body}}}\n"))
}

fn expression(placement: &Placement<'_>, position: usize, op: &Op) -> Result<String, String> {
    let unary = |operation: &str, a: Value| format!("{operation}({})", name(a));
    let binary = |a: Value, operation: &str, b: Value| format!("{} {operation} {}", name(a), name(b));
    Ok(match *op {
        Op::Const(value) => literal(value)?,
        Op::Uniform(id) => match &placement.program.uniforms[id.0 as usize] {
            Uniform::Parameter { .. } | Uniform::Time { .. } => {
                format!("numbers.values[{}].{}", id.0 / 4, ["x", "y", "z", "w"][id.0 as usize % 4])
            }
            Uniform::Held { .. } => format!("held[{}][numbers.step_low % 2u]", id.0),
        },
        Op::Index(axis) => format!("f32(cell.at.{})", axis.name()),
        Op::Load { slot, offset: [0, 0, 0] } => placement.element(slot, "cell.index"),
        Op::Load { slot, offset } if load::crosses_wall(placement.program, slot, offset) => {
            format!("load_{position}(cell)")
        }
        Op::Load { slot, offset } => placement.element(slot, &load::position_name(offset)),
        Op::Fetch { slot, part } => placement.element(slot, &part.name()),
        Op::Neg(a) => format!("-{}", name(a)),
        Op::Abs(a) => unary("abs", a),
        Op::Sqrt(a) => unary("sqrt", a),
        Op::Floor(a) => unary("floor", a),
        Op::Power2(a) => unary("power2", a),
        Op::Exponent(a) => unary("exponent", a),
        Op::Significand(a) => unary("significand", a),
        Op::Add(a, b) => binary(a, "+", b),
        Op::Sub(a, b) => binary(a, "-", b),
        Op::Mul(a, b) => binary(a, "*", b),
        Op::Div(a, b) => binary(a, "/", b),
        // Not WGSL's min and max, which leave open what becomes of a NaN.
        Op::Min(a, b) => format!("select({}, {}, {})", name(a), name(b), binary(b, "<", a)),
        Op::Max(a, b) => format!("select({}, {}, {})", name(a), name(b), binary(a, "<", b)),
        Op::Less(a, b) => binary(a, "<", b),
        Op::LessEqual(a, b) => binary(a, "<=", b),
        Op::Equal(a, b) => binary(a, "==", b),
        Op::And(a, b) => binary(a, "&", b),
        Op::Or(a, b) => binary(a, "|", b),
        Op::Not(a) => format!("!{}", name(a)),
        Op::Select(condition, a, b) => format!("select({}, {}, {})", name(b), name(a), name(condition)),
    })
}

/// The shortest decimal that reads back as the same bits.
#[expect(clippy::cast_possible_truncation, reason = "the builder has rounded literals to f32")]
fn literal(value: f64) -> Result<String, String> {
    let value = value as f32;
    if value.is_finite() { Ok(format!("{value:?}f")) } else { Err(format!("the constant {value} is not finite")) }
}

fn name(value: Value) -> String {
    format!("v{}", value.0)
}

/// The displacements whose storage index is needed in `update` itself.
fn plain_offsets(placement: &Placement<'_>, kernel: &Kernel) -> BTreeSet<[i8; 3]> {
    let plain = |op: &Op| match *op {
        Op::Load { slot, offset } if offset != [0; 3] && !load::crosses_wall(placement.program, slot, offset) => {
            Some(offset)
        }
        _ => None,
    };
    kernel.ops.iter().filter_map(plain).collect()
}

/// The parts of its edges or triangles that a kernel fetches from.
pub(super) fn parts(kernel: &Kernel) -> BTreeSet<Part> {
    kernel.ops.iter().filter_map(|op| if let Op::Fetch { part, .. } = *op { Some(part) } else { None }).collect()
}

fn append(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "    {arguments}").expect("writing to a string succeeds");
}
