//! A kernel in the instructions that the processor has. In: a kernel and its [`Plan`]. Out: definitions of values in
//! order of dependency, and the order in which the vector loop computes and stores them.
//!
//! Invariant: every definition has the bits of the operation it stands for (see `super::super::emit`); what no store
//! needs is not there.

use super::super::plan::{Plan, Rate};
use crate::grid::Axis;
use crate::math::arithmetic::Precision;
use crate::program::{Kernel, Op, Slot, UniformId, Value};

/// Position of a definition in [`Instructions::definitions`].
pub(super) type Name = usize;

/// One operand, beside constants of the instruction itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    SquareRoot,
    Floor,
    ShiftLeft,
    ShiftRight,
}

/// Two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    /// `a < b ? a : b`, like the instruction.
    Min,
    /// `b < a ? a : b`, like the instruction.
    Max,
    And,
    Or,
    Xor,
}

impl Binary {
    /// Whether the operands may be exchanged (of two NaNs either may come out).
    pub(super) fn commutes(self) -> bool {
        matches!(self, Self::Add | Self::Mul | Self::And | Self::Or | Self::Xor)
    }
}

/// A comparison, by its number in the instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal = 0,
    Less = 1,
    LessEqual = 2,
}

/// Where a value comes from. Truth values are masks: all bits of a lane, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Definition {
    /// The same bits in all lanes.
    Splat(u64),
    /// 0, 1, 2, ...: integers (f32) or reals (f64).
    Ramp,
    Uniform(UniformId),
    /// Position of the row along y or z.
    Row(Axis),
    /// Position along x, made with the ramp.
    Column(Name),
    /// A slot, so many cells away.
    Load(Slot, i64),
    One(Unary, Name),
    Two(Binary, Name, Name),
    Compare(Relation, Name, Name),
    Select(Name, Name, Name),
    /// `left relation right ? a : b`
    SelectIf(Relation, [Name; 2], [Name; 2]),
}

impl Definition {
    /// The values it is made from.
    pub(super) fn operands(&self) -> Vec<Name> {
        match *self {
            Self::Splat(_) | Self::Ramp | Self::Uniform(_) | Self::Row(_) | Self::Load(..) => vec![],
            Self::Column(a) | Self::One(_, a) => vec![a],
            Self::Two(_, a, b) | Self::Compare(_, a, b) => vec![a, b],
            Self::Select(c, a, b) => vec![c, a, b],
            Self::SelectIf(_, [l, r], [a, b]) => vec![l, r, a, b],
        }
    }
}

/// One turn of the vector loop does these in order; loads are left out, they happen where they are used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Item {
    Compute(Name),
    Store(Slot, Name),
}

/// A kernel ready for allocation.
pub(super) struct Instructions {
    pub definitions: Vec<Definition>,
    pub rates: Vec<Rate>,
    pub items: Vec<Item>,
    /// What the vector loop uses but does not compute, and what that is made of: in order of dependency.
    pub outside: Vec<Name>,
}

impl Instructions {
    /// Translates a kernel; `strides` are numbers per cell along x, y, z.
    pub(super) fn new(kernel: &Kernel, precision: Precision, strides: [usize; 3]) -> Self {
        let plan = Plan::new(kernel);
        let mut translation = Translation {
            precision,
            strides,
            rates: &plan.rates,
            definitions: vec![],
            definition_rates: vec![],
            of: vec![],
        };
        let parts: Vec<std::ops::Range<Name>> = (0..kernel.ops.len())
            .map(|position| {
                let first = translation.definitions.len();
                translation.translate(kernel, position);
                first..translation.definitions.len()
            })
            .collect();
        let loaded = |wanted: Slot| kernel.ops.iter().any(|op| matches!(op, Op::Load { slot, .. } if *slot == wanted));
        // What is loaded and stored as it is may be overwritten in between: a copy of its own is safe.
        let stored: Vec<Name> = kernel.stores.iter().map(|store| translation.stored(store.value)).collect();
        let Translation { definitions, definition_rates: rates, .. } = translation;
        let needed = needed(&definitions, stored.iter().copied());
        let inside = |name: &Name| needed[*name] && rates[*name] == Rate::Cell;
        let mut items = Vec::new();
        let mut late = Vec::new();
        for ((store, demand), &name) in kernel.stores.iter().zip(&plan.demands).zip(&stored) {
            let computed = demand.iter().flat_map(|&position| parts[position].clone());
            items.extend(computed.filter(inside).map(Item::Compute));
            // A copy comes after all operations' own definitions.
            if parts.last().is_some_and(|part| name >= part.end) {
                items.push(Item::Compute(name));
            }
            // What is still to be loaded must not be overwritten.
            let list = if loaded(store.slot) { &mut late } else { &mut items };
            list.push(Item::Store(store.slot, name));
        }
        items.extend(late);
        let outside = (0..definitions.len()).filter(|&name| needed[name] && rates[name] != Rate::Cell).collect();
        Self { definitions, rates, items, outside }
    }
}

/// What the stores need, directly or not.
fn needed(definitions: &[Definition], stored: impl Iterator<Item = Name>) -> Vec<bool> {
    let mut needed = vec![false; definitions.len()];
    stored.for_each(|name| needed[name] = true);
    for name in (0..definitions.len()).rev() {
        if needed[name] {
            definitions[name].operands().into_iter().for_each(|operand| needed[operand] = true);
        }
    }
    needed
}

struct Translation<'a> {
    precision: Precision,
    strides: [usize; 3],
    rates: &'a [Rate],
    definitions: Vec<Definition>,
    definition_rates: Vec<Rate>,
    /// The value of each operation.
    of: Vec<Name>,
}

impl Translation<'_> {
    fn define(&mut self, definition: Definition) -> Name {
        let own = match definition {
            Definition::Load(..) | Definition::Column(_) => Rate::Cell,
            Definition::Row(_) => Rate::Row,
            _ => Rate::Call,
        };
        let operands = definition.operands();
        let rate = operands.iter().map(|&operand| self.definition_rates[operand]).fold(own, Rate::max);
        self.definitions.push(definition);
        self.definition_rates.push(rate);
        self.definitions.len() - 1
    }

    /// A literal that an instruction needs beside its operands; each is there once.
    fn bits(&mut self, bits: u64) -> Name {
        let known = self.definitions.iter().position(|definition| *definition == Definition::Splat(bits));
        known.unwrap_or_else(|| self.define(Definition::Splat(bits)))
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the run is the purpose")]
    fn literal(&mut self, value: f64) -> Name {
        self.bits(match self.precision {
            Precision::F32 => u64::from((value as f32).to_bits()),
            Precision::F64 => value.to_bits(),
        })
    }

    /// The value to store: of a mere load, a copy.
    fn stored(&mut self, value: Value) -> Name {
        let name = self.of[value.0 as usize];
        match self.definitions[name] {
            Definition::Load(..) => self.define(Definition::Two(Binary::Or, name, name)),
            _ => name,
        }
    }

    fn translate(&mut self, kernel: &Kernel, position: usize) {
        let op = kernel.ops[position];
        let name = self.definition(kernel, &op);
        debug_assert!(self.definition_rates[name] <= self.rates[position], "a definition is as slow as its operation");
        self.of.push(name);
    }

    fn definition(&mut self, kernel: &Kernel, op: &Op) -> Name {
        let (sign, all) = match self.precision {
            Precision::F32 => (1 << 31, u64::from(u32::MAX)),
            Precision::F64 => (1 << 63, u64::MAX),
        };
        let names: Vec<Name> = op.operands().iter().map(|operand| self.of[operand.0 as usize]).collect();
        let two = |operation: Binary| Definition::Two(operation, names[0], names[1]);
        let compared = |relation: Relation| Definition::Compare(relation, names[0], names[1]);
        let definition = match *op {
            Op::Const(value) => return self.literal(value),
            Op::Uniform(id) => Definition::Uniform(id),
            Op::Index(Axis::X) => {
                let known = self.definitions.iter().position(|definition| *definition == Definition::Ramp);
                Definition::Column(known.unwrap_or_else(|| self.define(Definition::Ramp)))
            }
            Op::Index(axis) => Definition::Row(axis),
            Op::Load { slot, offset } => Definition::Load(slot, displacement(offset, self.strides)),
            Op::Fetch { .. } => unreachable!("kernels that fetch are left to cranelift"),
            Op::Neg(_) => Definition::Two(Binary::Xor, names[0], self.bits(sign)),
            Op::Abs(_) => Definition::Two(Binary::And, names[0], self.bits(all ^ sign)),
            Op::Sqrt(_) => Definition::One(Unary::SquareRoot, names[0]),
            Op::Floor(_) => Definition::One(Unary::Floor, names[0]),
            Op::Power2(_) => return self.power2(names[0]),
            Op::Exponent(_) => return self.exponent(names[0]),
            Op::Significand(_) => return self.significand(names[0]),
            Op::Add(..) => two(Binary::Add),
            Op::Sub(..) => two(Binary::Sub),
            Op::Mul(..) => two(Binary::Mul),
            Op::Div(..) => two(Binary::Div),
            // The instructions give their second operand for NaN and for zeros of either sign.
            Op::Min(..) => Definition::Two(Binary::Min, names[1], names[0]),
            Op::Max(..) => Definition::Two(Binary::Max, names[1], names[0]),
            Op::Less(..) => compared(Relation::Less),
            Op::LessEqual(..) => compared(Relation::LessEqual),
            Op::Equal(..) => compared(Relation::Equal),
            Op::And(..) => two(Binary::And),
            Op::Or(..) => two(Binary::Or),
            Op::Not(_) => Definition::Two(Binary::Xor, names[0], self.bits(all)),
            Op::Select(condition, ..) => self.select(kernel, condition, names[1], names[2]),
        };
        self.define(definition)
    }

    /// A selection by a comparison needs no mask in a register.
    fn select(&self, kernel: &Kernel, condition: Value, a: Name, b: Name) -> Definition {
        let compared = |value: Value| match self.definitions[self.of[value.0 as usize]] {
            Definition::Compare(relation, left, right) => Some((relation, [left, right])),
            _ => None,
        };
        if let Some((relation, pair)) = compared(condition) {
            return Definition::SelectIf(relation, pair, [a, b]);
        }
        match kernel.ops[condition.0 as usize] {
            Op::Not(inner) if compared(inner).is_some() => {
                let (relation, pair) = compared(inner).expect("just seen");
                Definition::SelectIf(relation, pair, [b, a])
            }
            _ => Definition::Select(self.of[condition.0 as usize], a, b),
        }
    }

    /// `2^s`, s the bits of the stored significand, and the bias of the exponent; see `super::super::emit`.
    fn format(&self) -> (f64, f64) {
        match self.precision {
            Precision::F32 => (8_388_608.0, 127.0),
            Precision::F64 => (4_503_599_627_370_496.0, 1023.0),
        }
    }

    fn power2(&mut self, n: Name) -> Name {
        let (threshold, bias) = self.format();
        let magic = self.literal(1.5 * threshold + bias);
        let biased = self.define(Definition::Two(Binary::Add, n, magic));
        self.define(Definition::One(Unary::ShiftLeft, biased))
    }

    fn exponent(&mut self, a: Name) -> Name {
        let (threshold, bias) = self.format();
        let (base, offset) = (self.literal(threshold), self.literal(threshold + bias));
        let shifted = self.define(Definition::One(Unary::ShiftRight, a));
        let sum = self.define(Definition::Two(Binary::Or, shifted, base));
        self.define(Definition::Two(Binary::Sub, sum, offset))
    }

    fn significand(&mut self, a: Name) -> Name {
        let fraction = self.bits(match self.precision {
            Precision::F32 => (1 << 23) - 1,
            Precision::F64 => (1 << 52) - 1,
        });
        let one = self.literal(1.0);
        let kept = self.define(Definition::Two(Binary::And, a, fraction));
        self.define(Definition::Two(Binary::Or, kept, one))
    }
}

fn displacement(offset: [i8; 3], strides: [usize; 3]) -> i64 {
    let stride = |axis: usize| i64::try_from(strides[axis]).expect("memory has fewer than 2^63 bytes");
    (0..3).map(|axis| i64::from(offset[axis]) * stride(axis)).sum()
}
