//! Kernels: straight-line code over the cells of an extent, in single-assignment form.
//!
//! In: what a [`KernelBuilder`](super::KernelBuilder) has put together. Out: plain data for validation, display and the
//! back ends. Invariants: operands precede their use; no cell depends on another of the same kernel.

use std::collections::{BTreeMap, BTreeSet};

use super::{Extent, Part, Slot, UniformId};
use crate::grid::Axis;

/// The outcome of one operation: its position in [`Kernel::ops`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);

/// One operation. Comparisons and logic give truth values, all others real numbers; the semantics of each are those
/// of [`Arithmetic`](crate::math::arithmetic::Arithmetic).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    /// A number, already rounded to the program's precision.
    Const(f64),
    /// A number that is the same for all cells.
    Uniform(UniformId),
    /// The integer position of the cell along an axis, as a real number. In a kernel over `Wall(axis, side)` the
    /// position along that axis is 0.
    Index(Axis),
    /// The value of a slot at the cell displaced by an offset of -1, 0 or 1 along x, y, z. Over a wall, only slots of
    /// the same extent, at offset 0.
    Load {
        /// What.
        slot: Slot,
        /// Where from, in cells.
        offset: [i8; 3],
    },
    /// The value of a slot at a part of the edge or triangle that a kernel over a graph is at.
    Fetch {
        /// What: of the extent that the part has.
        slot: Slot,
        /// Where from.
        part: Part,
    },
    /// `-a`
    Neg(Value),
    /// `|a|`
    Abs(Value),
    /// Square root.
    Sqrt(Value),
    /// Largest integer not above.
    Floor(Value),
    /// `2^n`, n integral.
    Power2(Value),
    /// Binary exponent of a positive normal number.
    Exponent(Value),
    /// Significand of a positive normal number.
    Significand(Value),
    /// `a + b`
    Add(Value, Value),
    /// `a - b`
    Sub(Value, Value),
    /// `a * b`
    Mul(Value, Value),
    /// `a / b`
    Div(Value, Value),
    /// `b < a ? b : a`
    Min(Value, Value),
    /// `a < b ? b : a`
    Max(Value, Value),
    /// `a < b`, a truth value.
    Less(Value, Value),
    /// `a <= b`, a truth value.
    LessEqual(Value, Value),
    /// `a == b`, a truth value.
    Equal(Value, Value),
    /// Both, a truth value.
    And(Value, Value),
    /// Either, a truth value.
    Or(Value, Value),
    /// Not, a truth value.
    Not(Value),
    /// `condition ? a : b` of real numbers.
    Select(Value, Value, Value),
}

impl Op {
    /// Whether the outcome is a truth value.
    pub fn is_truth(&self) -> bool {
        matches!(
            self,
            Self::Less(..) | Self::LessEqual(..) | Self::Equal(..) | Self::And(..) | Self::Or(..) | Self::Not(_)
        )
    }

    /// The slot that it reads.
    pub fn slot(&self) -> Option<Slot> {
        match *self {
            Self::Load { slot, .. } | Self::Fetch { slot, .. } => Some(slot),
            _ => None,
        }
    }

    /// The operands, in order.
    pub fn operands(&self) -> Vec<Value> {
        match *self {
            Self::Const(_) | Self::Uniform(_) | Self::Index(_) | Self::Load { .. } | Self::Fetch { .. } => vec![],
            Self::Neg(a)
            | Self::Abs(a)
            | Self::Sqrt(a)
            | Self::Floor(a)
            | Self::Power2(a)
            | Self::Exponent(a)
            | Self::Significand(a)
            | Self::Not(a) => vec![a],
            Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Div(a, b)
            | Self::Min(a, b)
            | Self::Max(a, b)
            | Self::Less(a, b)
            | Self::LessEqual(a, b)
            | Self::Equal(a, b)
            | Self::And(a, b)
            | Self::Or(a, b) => vec![a, b],
            Self::Select(c, a, b) => vec![c, a, b],
        }
    }

    /// The same operation on operands of other names.
    pub(super) fn with_operands(self, name: impl Fn(Value) -> Value) -> Self {
        match self {
            Self::Const(_) | Self::Uniform(_) | Self::Index(_) | Self::Load { .. } | Self::Fetch { .. } => self,
            Self::Neg(a) => Self::Neg(name(a)),
            Self::Abs(a) => Self::Abs(name(a)),
            Self::Sqrt(a) => Self::Sqrt(name(a)),
            Self::Floor(a) => Self::Floor(name(a)),
            Self::Power2(a) => Self::Power2(name(a)),
            Self::Exponent(a) => Self::Exponent(name(a)),
            Self::Significand(a) => Self::Significand(name(a)),
            Self::Add(a, b) => Self::Add(name(a), name(b)),
            Self::Sub(a, b) => Self::Sub(name(a), name(b)),
            Self::Mul(a, b) => Self::Mul(name(a), name(b)),
            Self::Div(a, b) => Self::Div(name(a), name(b)),
            Self::Min(a, b) => Self::Min(name(a), name(b)),
            Self::Max(a, b) => Self::Max(name(a), name(b)),
            Self::Less(a, b) => Self::Less(name(a), name(b)),
            Self::LessEqual(a, b) => Self::LessEqual(name(a), name(b)),
            Self::Equal(a, b) => Self::Equal(name(a), name(b)),
            Self::And(a, b) => Self::And(name(a), name(b)),
            Self::Or(a, b) => Self::Or(name(a), name(b)),
            Self::Not(a) => Self::Not(name(a)),
            Self::Select(c, a, b) => Self::Select(name(c), name(a), name(b)),
        }
    }
}

/// Writes a value to a slot at the cell itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    /// Where to.
    pub slot: Slot,
    /// What: a real number.
    pub value: Value,
}

/// Straight-line code that runs once for every cell of its extent, in any order of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Unique in the program; an identifier.
    pub name: String,
    /// Where it runs.
    pub extent: Extent,
    /// The operations; operands precede their use.
    pub ops: Vec<Op>,
    /// Source terms, for readers of the emitted code.
    pub labels: BTreeMap<u32, String>,
    /// What it writes, after all operations.
    pub stores: Vec<Store>,
}

impl Kernel {
    /// Number of slots read plus slots written, each counted once.
    pub fn slots_moved(&self) -> usize {
        let read: BTreeSet<Slot> = self.ops.iter().filter_map(Op::slot).collect();
        read.len() + self.stores.len()
    }
}
