//! Signs: `!a`, `-a`, `a + b`, `a < b`, `a && b`, `a^b`.
//!
//! In: a sign and its typed operands. Out: a typed node, or a diagnostic. Invariants: numbers and truth values never
//! mix; `>` and `>=` are `<` and `<=` with their sides exchanged, `!=` is a negated `==`.

use std::ops::Range;

use super::{Checked, Reader};
use crate::model::expr::{Binary, Expr, Node, Number, Place, Type, Unary};
use crate::model::syntax::{BinarySign, Syntax, UnarySign};

impl Reader<'_> {
    /// A sign before an operand.
    pub(super) fn sign(&mut self, sign: UnarySign, operand: &Syntax, range: &Range<usize>) -> Checked {
        let inner = self.expression(operand)?;
        let Type { number, place } = self.ty(inner);
        match sign {
            UnarySign::Not => {
                self.truth(inner, &operand.range)?;
                self.add(Node::Unary(Unary::Not, inner), Number::Truth, place, range)
            }
            UnarySign::Plus => {
                self.not_truth(inner, &operand.range)?;
                Some(inner)
            }
            UnarySign::Minus => {
                self.not_truth(inner, &operand.range)?;
                if let Node::Literal(value) = *self.checker.arena.node(inner) {
                    return Some(self.checker.arena.literal(-value));
                }
                self.add(Node::Unary(Unary::Neg, inner), number, place, range)
            }
        }
    }

    /// A sign between two operands.
    pub(super) fn between(
        &mut self,
        sign: BinarySign,
        a: (Expr, &Syntax),
        b: (Expr, &Syntax),
        range: &Range<usize>,
    ) -> Checked {
        let place = self.meet(a, b)?;
        if matches!(sign, BinarySign::And | BinarySign::Or) {
            self.truth(a.0, &a.1.range)?;
            self.truth(b.0, &b.1.range)?;
            let operation = if sign == BinarySign::And { Binary::And } else { Binary::Or };
            return self.add(Node::Binary(operation, a.0, b.0), Number::Truth, place, range);
        }
        self.not_truth(a.0, &a.1.range)?;
        self.not_truth(b.0, &b.1.range)?;
        let number = self.ty(a.0).number.max(self.ty(b.0).number);
        if sign.is_comparison() && !matches!(sign, BinarySign::Equal | BinarySign::NotEqual) {
            self.real(a.0, &a.1.range, "a comparison")?;
            self.real(b.0, &b.1.range, "a comparison")?;
        }
        let truth = |operation, x, y| (Node::Binary(operation, x, y), Number::Truth);
        let (node, number) = match sign {
            BinarySign::Add => (Node::Binary(Binary::Add, a.0, b.0), number),
            BinarySign::Sub => (Node::Binary(Binary::Sub, a.0, b.0), number),
            BinarySign::Mul => (Node::Binary(Binary::Mul, a.0, b.0), number),
            BinarySign::Div => (Node::Binary(Binary::Div, a.0, b.0), number),
            BinarySign::Power => return self.power(a, b, place, range),
            BinarySign::Less => truth(Binary::Less, a.0, b.0),
            BinarySign::LessEqual => truth(Binary::LessEqual, a.0, b.0),
            BinarySign::Greater => truth(Binary::Less, b.0, a.0),
            BinarySign::GreaterEqual => truth(Binary::LessEqual, b.0, a.0),
            BinarySign::Equal => truth(Binary::Equal, a.0, b.0),
            BinarySign::NotEqual => {
                let equal = self.add(Node::Binary(Binary::Equal, a.0, b.0), Number::Truth, place, range)?;
                (Node::Unary(Unary::Not, equal), Number::Truth)
            }
            BinarySign::And | BinarySign::Or => unreachable!("handled above"),
        };
        self.add(node, number, place, range)
    }

    /// A constant integer exponent is repeated multiplication of any base, else the base is real and positive.
    pub(super) fn power(
        &mut self,
        a: (Expr, &Syntax),
        b: (Expr, &Syntax),
        place: Place,
        range: &Range<usize>,
    ) -> Checked {
        if let Some(exponent) = self.literal(b.0).filter(|value| value.fract() == 0.0) {
            if exponent.abs() > 1024.0 {
                let message = format!("the exponent {exponent} is beyond 1024");
                return self.report(message, &b.1.range, "", Some("`exp(n*log(x))` has no such limit".into()));
            }
            #[expect(clippy::cast_possible_truncation, reason = "integral and at most 1024")]
            let node = Node::Power(a.0, exponent as i32);
            let number = self.ty(a.0).number;
            return self.add(node, number, place, range);
        }
        self.real(a.0, &a.1.range, "a power with an exponent that is not a constant integer")?;
        self.real(b.0, &b.1.range, "an exponent")?;
        self.add(Node::Binary(Binary::Pow, a.0, b.0), Number::Real, place, range)
    }

    /// The value of an expression made of literals.
    fn literal(&self, expr: Expr) -> Option<f64> {
        match *self.checker.arena.node(expr) {
            Node::Literal(value) => Some(value),
            Node::Unary(Unary::Neg, a) => Some(-self.literal(a)?),
            Node::Binary(Binary::Add, a, b) => Some(self.literal(a)? + self.literal(b)?),
            Node::Binary(Binary::Sub, a, b) => Some(self.literal(a)? - self.literal(b)?),
            Node::Binary(Binary::Mul, a, b) => Some(self.literal(a)? * self.literal(b)?),
            Node::Binary(Binary::Div, a, b) => Some(self.literal(a)? / self.literal(b)?),
            _ => None,
        }
    }
}
