//! Walls: one condition per field, axis and side. In: `boundary` as written. Out: typed conditions; what is not named
//! is no-flux. Invariant: a condition names a field of the seed, once.

use super::Model;
use super::check::{Checker, Context};
use super::expr::{Arena, Expr, Node, Number, Place, Type, Unary};
use crate::diagnostic::{Diagnostic, Span, suggest};
use crate::grid::Grid;
use crate::seed::{self, AxisBoundary, Condition, Seed, Side};

/// What holds at a wall, half a cell beyond the last centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// du/dn = 0; a link across the wall is 0.
    NoFlux,
    /// u = value.
    Value(Expr),
    /// du/dn = flux, outward.
    Flux(Expr),
    /// a u + b du/dn = c.
    Robin(Expr, Expr, Expr),
}

/// The conditions of one field: `[axis][side]`, low side first.
pub(super) fn read(
    seed: &Seed,
    field: &seed::Field,
    due: Type,
    grid: &Grid,
    checker: &mut Checker,
) -> Option<[[Wall; 2]; 3]> {
    let mut walls = [[Wall::NoFlux; 2]; 3];
    let mut right = true;
    for (axis, boundary) in grid.axis_list().iter().zip(&seed.domain.boundary) {
        let AxisBoundary::Walls(_, fields) = boundary else { continue };
        for named in fields.iter().filter(|named| named.field.value == field.name.value) {
            for wall in &named.sides {
                let side = usize::from(wall.side.value == Side::High);
                match condition(&wall.condition, due, field, wall.side.span, grid.spacing(*axis), checker) {
                    Some(condition) => walls[axis.index()][side] = condition,
                    None => right = false,
                }
            }
        }
    }
    right.then_some(walls)
}

fn condition(
    condition: &Condition,
    field: Type,
    written: &seed::Field,
    span: Span,
    h: f64,
    checker: &mut Checker,
) -> Option<Wall> {
    if field.place == Place::Link && !matches!(condition, Condition::NoFlux) {
        checker.diagnostics.push(
            Diagnostic::error(format!("`{}` is a link field: the wall's link is 0", written.name.value))
                .at(span, "")
                .note("leave the condition out"),
        );
        return None;
    }
    let value = Type { number: field.number, place: Place::Anywhere };
    let real = Type { number: Number::Real, place: Place::Anywhere };
    Some(match condition {
        Condition::NoFlux => Wall::NoFlux,
        Condition::Value(text) => Wall::Value(checker.read_as(text, Context::Wall, value)?),
        Condition::Flux(text) => Wall::Flux(checker.read_as(text, Context::Wall, value)?),
        Condition::Robin([a, b, c]) => {
            let a = checker.read_as(a, Context::Wall, real);
            let b = checker.read_as(b, Context::Wall, real);
            let c = checker.read_as(c, Context::Wall, value);
            let (a, b, c) = (a?, b?, c?);
            if let (Some(of_value), Some(of_slope)) = (literal(&checker.arena, a), literal(&checker.arena, b))
                && of_value / 2.0 + of_slope / h == 0.0
            {
                let message = format!("no value of `{}` beyond the wall meets this condition", written.name.value);
                let why = format!("a u + b du/dn = c has no solution where a/2 + b/h = 0 (h = {h}, the cells' size)");
                checker.diagnostics.push(Diagnostic::error(message).at(span, "this side").note(why));
                return None;
            }
            Wall::Robin(a, b, c)
        }
    })
}

/// The number that is written, if it is one.
fn literal(arena: &Arena, expr: Expr) -> Option<f64> {
    match *arena.node(expr) {
        Node::Literal(value) => Some(value),
        Node::Unary(Unary::Neg, inner) => literal(arena, inner).map(|value| -value),
        _ => None,
    }
}

/// Conditions for fields that don't exist.
pub(super) fn unknown_fields(seed: &Seed, checker: &mut Checker) {
    for boundary in &seed.domain.boundary {
        let AxisBoundary::Walls(_, fields) = boundary else { continue };
        for named in fields {
            let known = seed.fields.iter().map(|field| field.name.value.as_str());
            if known.clone().any(|name| name == named.field.value) {
                continue;
            }
            let note = suggest(&named.field.value, known)
                .map_or_else(|| "conditions are given for fields".into(), |near| format!("did you mean `{near}`?"));
            let message = format!("a wall condition for `{}`, which is not a field", named.field.value);
            checker.diagnostics.push(Diagnostic::error(message).at(named.field.span, "no such field").note(note));
        }
    }
}

/// Conditions that nothing feels, because no operator reads the field's neighbours.
pub(super) fn unused(seed: &Seed, model: &Model, checker: &mut Checker) {
    for boundary in &seed.domain.boundary {
        let AxisBoundary::Walls(_, fields) = boundary else { continue };
        for named in fields.iter().filter(|named| named.sides.iter().any(|s| s.condition != Condition::NoFlux)) {
            let own =
                |node: &Node| matches!(node, Node::Field(i) if model.fields[*i as usize].name == named.field.value);
            let feels = |node: &Node| match node {
                Node::Operator(_, all) => all.iter().any(|&argument| model.arena.any(argument, &own)),
                _ => false,
            };
            let mut evaluated = model.roots().into_iter().chain(model.derived.iter().map(|derived| derived.expr));
            if !evaluated.any(|root| model.arena.any(root, &feels)) {
                let message = format!("the wall conditions of `{}` are never used", named.field.value);
                checker.diagnostics.push(
                    Diagnostic::error(message)
                        .at(named.field.span, "no operator reads this field at a wall")
                        .note("leave them out, or use the field in `laplacian(...)` or another operator"),
                );
            }
        }
    }
}
