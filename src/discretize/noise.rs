//! Noise buffers: one per `noise()` that was written, filled once per step with normal numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::assemble::Assembly;
use super::lower::Bindings;
use crate::field::Kind;
use crate::model::{Binary, Expr, Model, Node, Place, Unary};
use crate::program::{Pass, Role};

/// Streams are numbered by the order of writing; each has room for this many components.
pub(crate) const STREAM_WIDTH: u32 = 4;

impl Assembly<'_> {
    /// Buffers and passes for all noise in the equations.
    pub(super) fn noise(&mut self, bindings: &mut Bindings) -> Vec<Pass> {
        let model = self.model;
        let mut passes = Vec::new();
        for field in &model.fields {
            for (stream, factors) in common_factors(model, field.equation) {
                let kind = if field.kind == Kind::Link { Kind::Link } else { Kind::Real };
                let buffer = self.cells(format!("noise {stream}"), Role::Work, kind);
                bindings.draws.insert(stream, buffer);
                let zero_when = factors.into_iter().map(|index| bindings.parameters[index as usize]).collect();
                passes.push(Pass::Normal { buffer, first_stream: stream * STREAM_WIDTH, zero_when });
            }
        }
        passes
    }
}

/// Parameters that multiply all of each stream in an expression: if one is 0, so is its noise. Each stream is written
/// once, so that the parts with noise form a tree.
fn common_factors(model: &Model, expr: Expr) -> BTreeMap<u32, BTreeSet<u32>> {
    if !model.arena.draws(expr) {
        return BTreeMap::new();
    }
    match *model.arena.node(expr) {
        Node::Draw(_, stream) => BTreeMap::from([(stream, BTreeSet::new())]),
        Node::Binary(Binary::Mul, a, b) => {
            let (noisy, factor) = if model.arena.draws(a) { (a, b) } else { (b, a) };
            let mut factors = common_factors(model, noisy);
            let parameters = parameter_factors(model, factor);
            factors.values_mut().for_each(|own| own.extend(&parameters));
            factors
        }
        _ => {
            let mut all = BTreeMap::new();
            for argument in model.arena.arguments(expr) {
                let mut factors = common_factors(model, argument);
                if factors.len() > all.len() {
                    std::mem::swap(&mut factors, &mut all);
                }
                all.append(&mut factors);
            }
            all
        }
    }
}

/// Parameters that multiply an expression.
fn parameter_factors(model: &Model, expr: Expr) -> BTreeSet<u32> {
    let (mut found, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![expr]);
    while let Some(next) = open.pop() {
        if !seen.insert(next) {
            continue;
        }
        match *model.arena.node(next) {
            Node::Parameter(index) => {
                found.insert(index);
            }
            Node::Binary(Binary::Mul, a, b) => open.extend([a, b]),
            Node::Binary(Binary::Div, a, _) | Node::Unary(Unary::Neg, a) => open.push(a),
            _ => {}
        }
    }
    found
}

/// Whether what multiplies the noise of an expression reads neighbours.
pub(super) fn coefficient_reads_neighbors(model: &Model, expr: Expr) -> bool {
    if !model.arena.draws(expr) {
        return false;
    }
    let arguments = model.arena.arguments(expr);
    let additive = matches!(model.arena.node(expr), Node::Binary(Binary::Add | Binary::Sub, ..));
    arguments.into_iter().any(|argument| {
        if model.arena.draws(argument) {
            coefficient_reads_neighbors(model, argument)
        } else {
            !additive
                && model.arena.ty(argument).place != Place::Uniform
                && super::materialize::reads_neighbors(model, argument)
        }
    })
}
