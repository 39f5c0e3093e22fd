//! Noise buffers: one per `noise()` that was written, filled once per step with normal numbers.

use std::collections::BTreeSet;

use super::assemble::Assembly;
use super::lower::Bindings;
use crate::field::Kind;
use crate::model::{Binary, Draw, Expr, Model, Node, Place};
use crate::program::{Pass, Role};

/// Streams are numbered by the order of writing; each has room for this many components.
pub(crate) const STREAM_WIDTH: u32 = 4;

impl Assembly<'_> {
    /// Buffers and passes for all noise in the equations.
    pub(super) fn noise(&mut self, bindings: &mut Bindings) -> Vec<Pass> {
        let model = self.model;
        let mut passes = Vec::new();
        for field in &model.fields {
            for stream in streams(model, field.equation) {
                let kind = if field.kind == Kind::Link { Kind::Link } else { Kind::Real };
                let buffer = self.cells(format!("noise {stream}"), Role::Work, kind);
                bindings.draws.insert(stream, buffer);
                let factors = common_factors(model, field.equation, stream);
                let zero_when = factors.into_iter().map(|index| bindings.parameters[index as usize]).collect();
                passes.push(Pass::Normal { buffer, first_stream: stream * STREAM_WIDTH, zero_when });
            }
        }
        passes
    }
}

/// The streams of `noise()` in an expression.
fn streams(model: &Model, expr: Expr) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut open = vec![expr];
    while let Some(next) = open.pop() {
        if let Node::Draw(Draw::Noise, stream) = *model.arena.node(next) {
            found.insert(stream);
        }
        open.extend(model.arena.arguments(next).into_iter().filter(|&argument| model.arena.draws(argument)));
    }
    found
}

fn has_stream(model: &Model, expr: Expr, stream: u32) -> bool {
    model.arena.any(expr, &|node| matches!(node, Node::Draw(_, own) if *own == stream))
}

/// Parameters that multiply all of a stream: if one is 0, so is its noise.
fn common_factors(model: &Model, expr: Expr, stream: u32) -> BTreeSet<u32> {
    match *model.arena.node(expr) {
        Node::Binary(Binary::Mul, a, b) => {
            let (inner, other) = if has_stream(model, a, stream) { (a, b) } else { (b, a) };
            let mut factors = common_factors(model, inner, stream);
            factors.extend(parameter_factors(model, other));
            factors
        }
        Node::Binary(Binary::Add | Binary::Sub, a, b) => match [a, b].map(|e| has_stream(model, e, stream)) {
            [true, true] => {
                let (a, b) = (common_factors(model, a, stream), common_factors(model, b, stream));
                a.intersection(&b).copied().collect()
            }
            [true, false] => common_factors(model, a, stream),
            _ => common_factors(model, b, stream),
        },
        Node::Binary(Binary::Div, a, _) | Node::Unary(_, a) => common_factors(model, a, stream),
        _ => BTreeSet::new(),
    }
}

/// Parameters that multiply an expression.
fn parameter_factors(model: &Model, expr: Expr) -> BTreeSet<u32> {
    match *model.arena.node(expr) {
        Node::Parameter(index) => BTreeSet::from([index]),
        Node::Binary(Binary::Mul, a, b) => &parameter_factors(model, a) | &parameter_factors(model, b),
        Node::Binary(Binary::Div, a, _) | Node::Unary(crate::model::Unary::Neg, a) => parameter_factors(model, a),
        _ => BTreeSet::new(),
    }
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
