//! Arithmetic on the values of a kernel under construction: what is known is computed at once.
//!
//! In: the methods of [`Arithmetic`]. Out: literals where all operands are, a shorter operation where one operand makes
//! it so, else the operation. Invariant: literals are computed in the precision of the program, as a cell would compute
//! them, but for the sign of zero.

use super::KernelBuilder;
use crate::math::arithmetic::{Arithmetic, Precision, Scalar};
use crate::program::{Op, Value};

impl KernelBuilder {
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
