//! Kernels put together, call by call.
//!
//! In: calls on a [`KernelBuilder`]: what a cell loads, computes (as an
//! [`Arithmetic`](crate::math::arithmetic::Arithmetic), see `folding`) and stores. Out: a [`Kernel`]. Invariants: the
//! same calls give the same operations in the same order; equal operations are one; what no store needs is gone.

mod folding;

use std::collections::{BTreeMap, HashMap};

use super::{Extent, Kernel, Op, Part, Slot, Store, UniformId, Value};
use crate::grid::Axis;
use crate::math::arithmetic::Precision;

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
            ops.push(op.with_operands(|operand| renamed[operand.0 as usize]));
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
}
