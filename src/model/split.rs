//! Which part of each equation exponential time differencing may integrate exactly.
//!
//! In: a model. Out: per field, the terms of its right-hand side in two lists. A term is linear if it is made of the
//! field itself, operators without frames, and coefficients that are constant in space, time and fields; it is judged
//! as it is written, so `kappa*(M - A)` is explicit and `kappa*M - kappa*A` has a linear term. All terms of a link
//! field are explicit. Invariant: on a Fourier mode the linear terms of a field are multiplication by one number, the
//! symbol of the stencils.

use std::collections::BTreeMap;

use super::{Binary, Expr, Model, Node, Operator, Unary};
use crate::field::Kind;

/// A term of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether it is subtracted.
    pub negative: bool,
    /// Its absolute term.
    pub expr: Expr,
}

/// One field's equation in two parts, which add up to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSplit {
    /// Position of the field in the model.
    pub field: usize,
    /// Terms with a symbol.
    pub linear: Vec<Term>,
    /// All others.
    pub explicit: Vec<Term>,
}

/// Splits all equations, in the order of the fields.
pub fn split(model: &Model) -> Vec<FieldSplit> {
    model
        .fields
        .iter()
        .enumerate()
        .map(|(field, own)| {
            let all = terms(model, own.equation);
            // Operators mix the axes of a link field: its modes have no single symbol.
            let modes = own.kind != Kind::Link;
            let (mut known, mut sizes) = (BTreeMap::new(), BTreeMap::new());
            let (linear, explicit) = all.into_iter().partition(|term| {
                let plain = modes && size(model, term.expr, &mut sizes) <= MOST_PARTS;
                plain && is_linear(model, term.expr, field, &mut known)
            });
            FieldSplit { field, linear, explicit }
        })
        .collect()
}

/// A sum is taken apart to this many terms; what is left is one term each. Derived fields that double a sum again and
/// again would have no end.
const MOST_TERMS: usize = 4096;

/// A linear term is read part by part, shared parts as often as they are written out; beyond this it is explicit.
const MOST_PARTS: usize = 4096;

/// Parts of an expression when shared ones are written out.
fn size(model: &Model, expr: Expr, known: &mut BTreeMap<Expr, usize>) -> usize {
    if let Some(&size) = known.get(&expr) {
        return size;
    }
    let parts = model.arena.arguments(expr).into_iter();
    let total = parts.fold(1, |sum: usize, part| sum.saturating_add(size(model, part, known)));
    known.insert(expr, total);
    total
}

/// The terms of a sum, in the order in which they are written.
fn terms(model: &Model, expr: Expr) -> Vec<Term> {
    let mut found = Vec::new();
    let mut open = vec![Term { negative: false, expr }];
    while let Some(Term { negative, expr }) = open.pop() {
        if found.len() + open.len() >= MOST_TERMS {
            found.push(Term { negative, expr });
            continue;
        }
        match *model.arena.node(expr) {
            Node::Binary(Binary::Add, a, b) => {
                open.extend([Term { negative, expr: b }, Term { negative, expr: a }]);
            }
            Node::Binary(Binary::Sub, a, b) => {
                open.extend([Term { negative: !negative, expr: b }, Term { negative, expr: a }]);
            }
            Node::Unary(Unary::Neg, a) => open.push(Term { negative: !negative, expr: a }),
            _ => found.push(Term { negative, expr }),
        }
    }
    found
}

/// The same everywhere and always.
fn is_constant(model: &Model, expr: Expr) -> bool {
    !model.arena.any(expr, &|node| match node {
        Node::Time
        | Node::Coordinate(_)
        | Node::Field(_)
        | Node::Map(_)
        | Node::Total(..)
        | Node::Draw(..)
        | Node::Lyapunov => true,
        Node::Literal(_)
        | Node::ImaginaryUnit
        | Node::Parameter(_)
        | Node::Unary(..)
        | Node::Binary(..)
        | Node::Power(..)
        | Node::Select(..)
        | Node::Components(_)
        | Node::Operator(..) => false,
    })
}

/// Whether an expression is a constant-coefficient operator on a field, and nothing else. `known` spares a shared
/// part from being asked twice.
fn is_linear(model: &Model, expr: Expr, field: usize, known: &mut BTreeMap<Expr, bool>) -> bool {
    if let Some(&answer) = known.get(&expr) {
        return answer;
    }
    let answer = asked(model, expr, field, known);
    known.insert(expr, answer);
    answer
}

fn asked(model: &Model, expr: Expr, field: usize, known: &mut BTreeMap<Expr, bool>) -> bool {
    let mut linear = |expr: Expr| is_linear(model, expr, field, known);
    match *model.arena.node(expr) {
        Node::Field(index) => index as usize == field,
        Node::Unary(Unary::Neg, a) => linear(a),
        Node::Binary(Binary::Add | Binary::Sub, a, b) => linear(a) && linear(b),
        Node::Binary(Binary::Mul, a, b) => (is_constant(model, a) && linear(b)) || (linear(a) && is_constant(model, b)),
        Node::Binary(Binary::Div, a, b) => linear(a) && is_constant(model, b),
        Node::Power(a, 1) => linear(a),
        Node::Operator(operator, ref all) => match operator {
            Operator::Laplacian => linear(all[0]) && model.arena.is_zero(all[1]),
            Operator::DivGrad => is_constant(model, all[0]) && linear(all[1]) && model.arena.is_zero(all[2]),
            Operator::Grad | Operator::Div | Operator::Derivative(_) | Operator::AtCells => linear(all[0]),
            Operator::Tension
            | Operator::Current
            | Operator::Curvature
            | Operator::Cocurl
            | Operator::Curl
            | Operator::Winding => false,
        },
        Node::Unary(..)
        | Node::Binary(..)
        | Node::Power(..)
        | Node::Literal(_)
        | Node::ImaginaryUnit
        | Node::Parameter(_)
        | Node::Time
        | Node::Coordinate(_)
        | Node::Map(_)
        | Node::Select(..)
        | Node::Components(_)
        | Node::Total(..)
        | Node::Draw(..)
        | Node::Lyapunov => false,
    }
}
