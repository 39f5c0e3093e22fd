//! Kernels: straight-line code over the cells of an extent, in single-assignment form.
//!
//! In: calls on a [`KernelBuilder`], which is an [`Arithmetic`], folds constants and shares common subexpressions.
//! Out: a [`Kernel`]. Invariant: the same calls give the same operations in the same order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Extent, Part, Slot, UniformId};
use crate::grid::Axis;
use crate::math::arithmetic::{Arithmetic, Precision, Scalar};

/// The outcome of one operation: its position in [`Kernel::ops`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);

/// One operation. Comparisons and logic give truth values, all others real numbers; the semantics of each are those
/// of [`Arithmetic`].
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

/// Puts a kernel together.
#[derive(Debug)]
pub struct KernelBuilder {
    precision: Precision,
    extent: Extent,
    ops: Vec<Op>,
    labels: BTreeMap<u32, String>,
    /// Look-up only: never iterated.
    known: HashMap<OpKey, Value>,
    stores: Vec<Store>,
}

/// An operation with its literal as bits, so that equal operations are found.
#[derive(PartialEq, Eq, Hash, Debug)]
struct OpKey(std::mem::Discriminant<Op>, [u64; 5]);

impl OpKey {
    fn new(op: &Op) -> Self {
        let mut words = [0; 5];
        match op {
            Op::Const(value) => words[0] = value.to_bits(),
            Op::Uniform(id) => words[0] = u64::from(id.0),
            Op::Index(axis) => words[0] = axis.index() as u64,
            Op::Load { slot, offset } => {
                words[0] = u64::from(slot.buffer.0);
                words[1] = u64::from(slot.component);
                for (word, &cells) in words[2..].iter_mut().zip(offset) {
                    *word = u64::from(cells.unsigned_abs()) * 2 + u64::from(cells < 0);
                }
            }
            Op::Fetch { slot, part } => {
                words[0] = u64::from(slot.buffer.0);
                words[1] = u64::from(slot.component);
                words[2] = part.table() as u64;
            }
            _ => {
                for (word, operand) in words.iter_mut().zip(op.operands()) {
                    *word = u64::from(operand.0);
                }
            }
        }
        Self(std::mem::discriminant(op), words)
    }
}

impl KernelBuilder {
    /// An empty kernel.
    pub fn new(precision: Precision, extent: Extent) -> Self {
        Self { precision, extent, ops: vec![], labels: BTreeMap::new(), known: HashMap::new(), stores: vec![] }
    }

    /// Number of operations so far.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether there is no operation yet.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// The number that is the same for all cells.
    pub fn uniform(&mut self, id: UniformId) -> Value {
        self.push(Op::Uniform(id))
    }

    /// The position of the cell along an axis.
    pub fn index(&mut self, axis: Axis) -> Value {
        self.push(Op::Index(axis))
    }

    /// A slot at a displaced cell.
    pub fn load(&mut self, slot: Slot, offset: [i8; 3]) -> Value {
        self.push(Op::Load { slot, offset })
    }

    /// A slot at a part of the edge or triangle.
    pub fn fetch(&mut self, slot: Slot, part: Part) -> Value {
        self.push(Op::Fetch { slot, part })
    }

    /// Names a value in the emitted code.
    pub fn label(&mut self, value: Value, text: impl Into<String>) {
        self.labels.entry(value.0).or_insert_with(|| text.into());
    }

    /// Writes a value when the kernel ends.
    pub fn store(&mut self, slot: Slot, value: Value) {
        self.stores.push(Store { slot, value });
    }

    /// The literal behind a value, if it is one.
    pub fn literal(&self, value: Value) -> Option<f64> {
        if let Op::Const(literal) = self.ops[value.0 as usize] { Some(literal) } else { None }
    }

    /// The outcome of a comparison of literals.
    fn truth_literal(&self, truth: Value) -> Option<bool> {
        let real = |value| self.literal(value);
        match self.ops[truth.0 as usize] {
            Op::Less(a, b) => Some(real(a)? < real(b)?),
            Op::LessEqual(a, b) => Some(real(a)? <= real(b)?),
            #[expect(clippy::float_cmp, reason = "the language's == is exact equality")]
            Op::Equal(a, b) => Some(real(a)? == real(b)?),
            Op::And(a, b) => Some(self.truth_literal(a)? && self.truth_literal(b)?),
            Op::Or(a, b) => Some(self.truth_literal(a)? || self.truth_literal(b)?),
            Op::Not(a) => Some(!self.truth_literal(a)?),
            _ => None,
        }
    }

    /// The finished kernel: operations that no store needs are gone.
    pub fn finish(self, name: impl Into<String>) -> Kernel {
        let mut needed = vec![false; self.ops.len()];
        for store in &self.stores {
            needed[store.value.0 as usize] = true;
        }
        for position in (0..self.ops.len()).rev() {
            if needed[position] {
                for operand in self.ops[position].operands() {
                    needed[operand.0 as usize] = true;
                }
            }
        }
        let mut renamed = vec![Value(u32::MAX); self.ops.len()];
        let mut ops = Vec::new();
        let mut labels = BTreeMap::new();
        for (position, op) in self.ops.iter().enumerate().filter(|(position, _)| needed[*position]) {
            let value = Value(u32::try_from(ops.len()).expect("fewer than 2^32 operations"));
            renamed[position] = value;
            ops.push(rename(*op, |operand| renamed[operand.0 as usize]));
            if let Some(text) = u32::try_from(position).ok().and_then(|position| self.labels.get(&position)) {
                labels.insert(value.0, text.clone());
            }
        }
        let stores = self
            .stores
            .iter()
            .map(|store| Store { slot: store.slot, value: renamed[store.value.0 as usize] })
            .collect();
        Kernel { name: name.into(), extent: self.extent, ops, labels, stores }
    }

    fn push(&mut self, op: Op) -> Value {
        let next = Value(u32::try_from(self.ops.len()).expect("fewer than 2^32 operations"));
        let value = *self.known.entry(OpKey::new(&op)).or_insert(next);
        if value == next {
            self.ops.push(op);
        }
        value
    }

    fn literals<const N: usize>(&self, values: [Value; N]) -> Option<[f64; N]> {
        let mut literals = [0.0; N];
        for (literal, value) in literals.iter_mut().zip(values) {
            *literal = self.literal(value)?;
        }
        Some(literals)
    }

    /// Evaluates an operation on literals in the precision of the program.
    fn fold(&mut self, values: &[f64], f32_op: impl Fn(&[f32]) -> f32, f64_op: impl Fn(&[f64]) -> f64) -> Value {
        let mut scalar = Scalar::<f32>::default();
        let folded = match self.precision {
            Precision::F32 => {
                let values: Vec<f32> = values.iter().map(|&value| scalar.constant(value)).collect();
                f64::from(f32_op(&values))
            }
            Precision::F64 => f64_op(values),
        };
        self.push(Op::Const(folded))
    }
}

fn rename(op: Op, name: impl Fn(Value) -> Value) -> Op {
    match op {
        Op::Const(_) | Op::Uniform(_) | Op::Index(_) | Op::Load { .. } | Op::Fetch { .. } => op,
        Op::Neg(a) => Op::Neg(name(a)),
        Op::Abs(a) => Op::Abs(name(a)),
        Op::Sqrt(a) => Op::Sqrt(name(a)),
        Op::Floor(a) => Op::Floor(name(a)),
        Op::Power2(a) => Op::Power2(name(a)),
        Op::Exponent(a) => Op::Exponent(name(a)),
        Op::Significand(a) => Op::Significand(name(a)),
        Op::Add(a, b) => Op::Add(name(a), name(b)),
        Op::Sub(a, b) => Op::Sub(name(a), name(b)),
        Op::Mul(a, b) => Op::Mul(name(a), name(b)),
        Op::Div(a, b) => Op::Div(name(a), name(b)),
        Op::Min(a, b) => Op::Min(name(a), name(b)),
        Op::Max(a, b) => Op::Max(name(a), name(b)),
        Op::Less(a, b) => Op::Less(name(a), name(b)),
        Op::LessEqual(a, b) => Op::LessEqual(name(a), name(b)),
        Op::Equal(a, b) => Op::Equal(name(a), name(b)),
        Op::And(a, b) => Op::And(name(a), name(b)),
        Op::Or(a, b) => Op::Or(name(a), name(b)),
        Op::Not(a) => Op::Not(name(a)),
        Op::Select(c, a, b) => Op::Select(name(c), name(a), name(b)),
    }
}

/// Folds an operation whose operands are all literals, in the precision of the program.
macro_rules! folded {
    ($self:ident, $method:ident($($operand:ident),+)) => {
        if let Some(literals) = $self.literals([$($operand),+]) {
            return $self.fold(
                &literals,
                |v| { let mut i = 0..; Scalar::<f32>::default().$method($({ let _ = $operand; v[i.next().expect("one literal per operand")] }),+) },
                |v| { let mut i = 0..; Scalar::<f64>::default().$method($({ let _ = $operand; v[i.next().expect("one literal per operand")] }),+) },
            );
        }
    };
}

/// Folding keeps IEEE results except for the sign of zero: `x + 0`, `x - 0`, `1 * x`, `x / 1` become x, and `0 * x`
/// becomes 0 (fields are finite: a run that is not stops).
impl Arithmetic for KernelBuilder {
    type Real = Value;
    type Truth = Value;

    fn precision(&self) -> Precision {
        self.precision
    }
    fn constant(&mut self, value: f64) -> Value {
        let rounded = match self.precision {
            Precision::F32 => f64::from(Scalar::<f32>::default().constant(value)),
            Precision::F64 => value,
        };
        self.push(Op::Const(if rounded == 0.0 { 0.0 } else { rounded }))
    }
    fn neg(&mut self, a: Value) -> Value {
        folded!(self, neg(a));
        if let Op::Neg(inner) = self.ops[a.0 as usize] {
            return inner;
        }
        self.push(Op::Neg(a))
    }
    fn abs(&mut self, a: Value) -> Value {
        folded!(self, abs(a));
        self.push(Op::Abs(a))
    }
    fn sqrt(&mut self, a: Value) -> Value {
        folded!(self, sqrt(a));
        self.push(Op::Sqrt(a))
    }
    fn floor(&mut self, a: Value) -> Value {
        folded!(self, floor(a));
        self.push(Op::Floor(a))
    }
    fn power2(&mut self, n: Value) -> Value {
        folded!(self, power2(n));
        self.push(Op::Power2(n))
    }
    fn exponent(&mut self, a: Value) -> Value {
        folded!(self, exponent(a));
        self.push(Op::Exponent(a))
    }
    fn significand(&mut self, a: Value) -> Value {
        folded!(self, significand(a));
        self.push(Op::Significand(a))
    }
    fn add(&mut self, a: Value, b: Value) -> Value {
        folded!(self, add(a, b));
        match (self.literal(a), self.literal(b)) {
            (Some(0.0), _) => b,
            (_, Some(0.0)) => a,
            _ => self.push(Op::Add(a, b)),
        }
    }
    fn sub(&mut self, a: Value, b: Value) -> Value {
        folded!(self, sub(a, b));
        match (self.literal(a), self.literal(b)) {
            (Some(0.0), _) => self.neg(b),
            (_, Some(0.0)) => a,
            _ => self.push(Op::Sub(a, b)),
        }
    }
    fn mul(&mut self, a: Value, b: Value) -> Value {
        folded!(self, mul(a, b));
        match (self.literal(a), self.literal(b)) {
            (Some(0.0), _) | (_, Some(0.0)) => self.constant(0.0),
            (Some(1.0), _) => b,
            (_, Some(1.0)) => a,
            (Some(-1.0), _) => self.neg(b),
            (_, Some(-1.0)) => self.neg(a),
            _ => self.push(Op::Mul(a, b)),
        }
    }
    fn div(&mut self, a: Value, b: Value) -> Value {
        folded!(self, div(a, b));
        match (self.literal(a), self.literal(b)) {
            (_, Some(1.0)) => a,
            _ => self.push(Op::Div(a, b)),
        }
    }
    fn min(&mut self, a: Value, b: Value) -> Value {
        folded!(self, min(a, b));
        self.push(Op::Min(a, b))
    }
    fn max(&mut self, a: Value, b: Value) -> Value {
        folded!(self, max(a, b));
        self.push(Op::Max(a, b))
    }
    fn less(&mut self, a: Value, b: Value) -> Value {
        self.push(Op::Less(a, b))
    }
    fn less_equal(&mut self, a: Value, b: Value) -> Value {
        self.push(Op::LessEqual(a, b))
    }
    fn equal(&mut self, a: Value, b: Value) -> Value {
        self.push(Op::Equal(a, b))
    }
    fn and(&mut self, a: Value, b: Value) -> Value {
        self.push(Op::And(a, b))
    }
    fn or(&mut self, a: Value, b: Value) -> Value {
        self.push(Op::Or(a, b))
    }
    fn not(&mut self, a: Value) -> Value {
        self.push(Op::Not(a))
    }
    fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        match self.truth_literal(condition) {
            Some(true) => a,
            Some(false) => b,
            None if a == b => a,
            None => self.push(Op::Select(condition, a, b)),
        }
    }
}
