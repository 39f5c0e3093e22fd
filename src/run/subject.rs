//! What of a model is followed through a run: the field whose defects and regions make its history, and the tension.
//!
//! In: a model. Out: expressions to evaluate. The subject is that of the first `defects(...)` of the series, else the
//! first complex field with the frames it is carried through, else the first complex field, else the first real one.

use crate::field::Kind;
use crate::model::{Expr, Model, Node, Number, Operator, Place};

/// The field that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A complex value; its strength is the modulus.
    Complex {
        /// The value.
        u: Expr,
        /// The frames it is carried through, where it is carried at all: only then do its defects mean something.
        theta: Option<Expr>,
    },
    /// A real field; its strength is itself.
    Real(Expr),
}

/// Chooses; `None` for a model of links only.
pub(crate) fn subject(model: &Model) -> Option<Subject> {
    if let Some((u, theta)) = with_frames(model) {
        return Some(Subject::Complex { u, theta: Some(theta) });
    }
    let of_kind = |kind: Kind| model.fields.iter().find(|field| field.kind == kind).map(|field| field.expr);
    let complex = of_kind(Kind::Complex).map(|u| Subject::Complex { u, theta: None });
    complex.or_else(|| of_kind(Kind::Real).map(Subject::Real))
}

/// The first field that is a tension or follows one, else the first such derived field.
pub(super) fn tension(model: &Model) -> Option<(String, Expr)> {
    let fields = model.fields.iter().filter(|field| field.kind == Kind::Real);
    let fields = fields.map(|field| (field.name.clone(), field.expr));
    let derived = model.derived.iter().map(|derived| (derived.name.clone(), derived.expr));
    fields.chain(derived).find(|(_, expr)| on_cells(model, *expr) && super::pictures::is_strain(model, *expr))
}

/// Whether an expression is one real number per cell.
pub(super) fn on_cells(model: &Model, expr: Expr) -> bool {
    let ty = model.arena.ty(expr);
    ty.number == Number::Real && matches!(ty.place, Place::Cell | Place::Anywhere)
}

/// A complex value and its frames.
fn with_frames(model: &Model) -> Option<(Expr, Expr)> {
    let complex = |u: Expr| model.arena.ty(u).number == Number::Complex;
    let series: Vec<Expr> = model.observe.series.iter().map(|named| named.expr).collect();
    let counted = operators(model, &series)
        .into_iter()
        .find_map(|(operator, all)| (operator == Operator::Winding && complex(all[0])).then(|| (all[0], all[1])));
    counted.or_else(|| {
        let field = model.fields.iter().find(|field| complex(field.expr))?;
        let carried = operators(model, &[field.equation]).into_iter().find_map(|(operator, all)| match operator {
            Operator::Laplacian if all[0] == field.expr => Some(all[1]),
            Operator::DivGrad if all[1] == field.expr => Some(all[2]),
            _ => None,
        });
        carried.map(|theta| (field.expr, theta))
    })
}

/// The operators in some expressions, in the order of the arena.
fn operators(model: &Model, roots: &[Expr]) -> Vec<(Operator, Vec<Expr>)> {
    let mut seen = std::collections::BTreeSet::new();
    let mut open = roots.to_vec();
    while let Some(expr) = open.pop() {
        if seen.insert(expr) {
            open.extend(model.arena.arguments(expr));
        }
    }
    let operators = seen.into_iter().filter_map(|expr| match model.arena.node(expr) {
        Node::Operator(operator, all) => Some((*operator, all.clone())),
        _ => None,
    });
    operators.collect()
}
