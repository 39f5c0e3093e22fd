//! The arithmetic of a kernel as WGSL: one `let` per operation, its source term in a trailing comment.
//!
//! In: a kernel, its lanes and where its numbers are. Out: the text of `fn update(cell: Cell)` and of the loads that it
//! needs beyond walls. The arithmetic is the same text for any number of lanes, in the arenas or in a workgroup's tile:
//! only the type `Real` differs, and how displaced numbers are found. Invariant: every operation is matched by name, so a
//! new one does not compile until it is here; literals keep their bits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::header::whole;
use super::load::Found;
use super::memory::Memory;
use super::placement::one_line;
use super::{Lanes, graph, load};
use crate::program::{Kernel, Op, Part, Slot, Uniform, Value};

/// `update` of a kernel, or what is wrong with it; in a module of several kernels with its name behind.
pub(super) fn update(memory: Memory<'_>, kernel: &Kernel, lanes: Lanes) -> Result<String, String> {
    let mut update =
        Update { memory, kernel, lanes, functions: String::new(), body: String::new(), rows: BTreeMap::new() };
    update.positions();
    for (position, op) in kernel.ops.iter().enumerate() {
        update.operation(position, op)?;
    }
    for store in &kernel.stores {
        let statement = memory.store(store.slot, &name(store.value));
        update.append(format_args!("{statement} // {}", memory.placement.slot_name(store.slot)));
    }
    let (suffix, more) = (update.suffix(), if memory.planes.is_some() { ", place: u32, now: u32" } else { "" });
    Ok(format!("{}fn update{suffix}(cell: Cell{more}) {{\n{}}}\n", update.functions, update.body))
}

/// The parts of its edges or triangles that a kernel fetches from.
pub(super) fn parts(kernel: &Kernel) -> BTreeSet<Part> {
    kernel.ops.iter().filter_map(|op| if let Op::Fetch { part, .. } = *op { Some(part) } else { None }).collect()
}

/// A text that grows.
struct Update<'k> {
    memory: Memory<'k>,
    kernel: &'k Kernel,
    lanes: Lanes,
    functions: String,
    body: String,
    /// With four lanes: the names of the vectors that are there, by slot and displacement across rows.
    rows: BTreeMap<(Slot, [i8; 3]), String>,
}

impl Update<'_> {
    /// What the functions of this kernel are told apart by, if it is not alone in its module.
    fn suffix(&self) -> String {
        if self.memory.planes.is_some() { format!("_{}", self.kernel.name) } else { String::new() }
    }

    /// Where displaced numbers lie, and the parts of edges and triangles.
    fn positions(&mut self) {
        let (memory, program) = (self.memory, self.memory.placement.program);
        let loads = self.kernel.ops.iter().filter_map(|op| match *op {
            Op::Load { slot, offset } => Some((memory.holds(slot.buffer), offset)),
            _ => None,
        });
        let needed: BTreeSet<(bool, [i8; 3])> = match self.lanes {
            Lanes::One => loads.collect(),
            Lanes::Four => loads.flat_map(|(held, at)| [(held, at), (held, across_rows(at))]).collect(),
        };
        for (held, offset) in needed.into_iter().filter(|(_, offset)| *offset != [0; 3]) {
            let line = if held {
                format!("let {} = {};", load::near_name(offset), load::near(program, offset, self.lanes))
            } else {
                let at = load::position(program, offset, self.lanes);
                format!("let {} = index_of({at});", load::position_name(offset))
            };
            self.append(format_args!("{line}"));
        }
        for (part, graph) in parts(self.kernel).into_iter().zip(program.grid.graph().into_iter().cycle()) {
            let start = graph::part_start(graph, part);
            self.append(format_args!("let {} = parts[{start}u + cell.index];", part.name()));
        }
    }

    fn operation(&mut self, position: usize, op: &Op) -> Result<(), String> {
        let value = match *op {
            Op::Load { slot, offset } => self.load(position, slot, offset)?,
            _ => expression(self.memory, op),
        };
        let label = match (self.kernel.labels.get(&whole(position)), op) {
            (Some(text), _) => format!(" // {}", one_line(text)),
            (None, Op::Load { slot, .. } | Op::Fetch { slot, .. }) => {
                format!(" // {}", self.memory.placement.slot_name(*slot))
            }
            (None, _) => String::new(),
        };
        self.append(format_args!("let v{position} = {value};{label}"));
        Ok(())
    }

    fn load(&mut self, position: usize, slot: Slot, offset: [i8; 3]) -> Result<String, String> {
        let placement = self.memory.placement;
        let program = placement.program;
        load::check(program, self.kernel, slot, offset)?;
        Ok(match load::found(program, slot, offset) {
            Found::Inside => self.inside(position, slot, offset),
            Found::ZeroWhere(beyond) => {
                format!("select({}, Real(0.0), {beyond})", self.inside(position, slot, offset))
            }
            Found::Ghosts => {
                let name = format!("ghost{}_{position}", self.suffix());
                self.functions += &load::ghost_function(placement, &name, (slot, offset), self.lanes);
                format!("{name}(cell, {})", self.inside(position, slot, offset))
            }
        })
    }

    /// The displaced numbers if they are inside. With four lanes those of a row are one load, and the neighbour of the
    /// outermost is another.
    fn inside(&mut self, position: usize, slot: Slot, offset: [i8; 3]) -> String {
        if self.lanes == Lanes::One {
            return self.memory.element(slot, offset);
        }
        let outer = || self.memory.number(slot, offset);
        match offset[0].signum() {
            -1 => format!("Real({}, {}.xyz)", outer(), self.row(position, slot, across_rows(offset))),
            1 => format!("Real({1}.yzw, {0})", outer(), self.row(position, slot, across_rows(offset))),
            _ => self.row(position, slot, offset),
        }
    }

    /// The name of a vector that is there, or is now.
    fn row(&mut self, position: usize, slot: Slot, offset: [i8; 3]) -> String {
        if let Some(known) = self.rows.get(&(slot, offset)) {
            return known.clone();
        }
        let name = format!("row_{position}");
        let value = self.memory.element(slot, offset);
        self.append(format_args!("let {name} = {value};"));
        self.rows.insert((slot, offset), name.clone());
        name
    }

    fn append(&mut self, arguments: std::fmt::Arguments<'_>) {
        writeln!(self.body, "    {arguments}").expect("writing to a string succeeds");
    }
}

fn expression(memory: Memory<'_>, op: &Op) -> String {
    let unary = |operation: &str, a: Value| format!("{operation}({})", name(a));
    let binary = |a: Value, operation: &str, b: Value| format!("{} {operation} {}", name(a), name(b));
    match *op {
        Op::Const(value) => constant(value),
        Op::Uniform(id) => match &memory.placement.program.uniforms[id.0 as usize] {
            Uniform::Parameter { .. } | Uniform::Time { .. } => format!("Real({})", memory.uniform(id.0)),
            Uniform::Held { .. } => format!("Real(held[{}][numbers.step_low % 2u])", id.0),
        },
        Op::Index(axis) => format!("along_{}(cell)", axis.name()),
        Op::Load { .. } => unreachable!("loads depend on the lanes"),
        Op::Fetch { slot, part } => memory.placement.element(slot, &part.name()),
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
    }
}

/// The shortest decimal that reads back as the same bits; what no literal can say, by its bits.
#[expect(clippy::cast_possible_truncation, reason = "the builder has rounded literals to f32")]
fn constant(value: f64) -> String {
    let value = value as f32;
    if value.is_finite() { format!("Real({value:?}f)") } else { format!("of_bits({:#x}u)", value.to_bits()) }
}

fn name(value: Value) -> String {
    format!("v{}", value.0)
}

fn across_rows([_, y, z]: [i8; 3]) -> [i8; 3] {
    [0, y, z]
}
