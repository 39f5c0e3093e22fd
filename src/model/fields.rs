//! The fields that evolve: each has one initial value, one equation and one condition per wall.
//!
//! In: the sections `[fields]` and `[equations]`. Out: typed [`Field`]s, or a diagnostic for all that is missing, or
//! given for a field that does not exist.

use super::check::{Checker, Context};
use super::expr::{Expr, Node, Type};
use super::names::position;
use super::{Wall, linear_noise, walls};
use crate::diagnostic::{Diagnostic, suggest};
use crate::field::Kind;
use crate::grid::Grid;
use crate::seed::{self, Entry, FieldKind, Initial, Seed};

/// An evolving field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name.
    pub name: String,
    /// What one value is.
    pub kind: Kind,
    /// The expression that is the field itself.
    pub expr: Expr,
    /// Values at t = 0: one expression, or one per axis of a link field.
    pub initial: Vec<Expr>,
    /// Right-hand side of d/dt.
    pub equation: Expr,
    /// Conditions at the walls: `walls[axis][side]`, low side first; unused where the axis is periodic.
    pub walls: [[Wall; 2]; 3],
}

/// What one value of a field is.
pub(super) fn kind(field: &seed::Field) -> Kind {
    match field.kind.value {
        FieldKind::Real => Kind::Real,
        FieldKind::Complex => Kind::Complex,
        FieldKind::Link => Kind::Link,
    }
}

/// The field at a position of the seed, with all that is said of it.
pub(super) fn read(seed: &Seed, index: usize, grid: &Grid, checker: &mut Checker) -> Option<Field> {
    let field = &seed.fields[index];
    let due = Type::from(kind(field));
    let expr = checker.arena.add(Node::Field(position(index)), due);
    let initial = read_initial(field, due, grid, checker);
    let equation = seed.equations.iter().find(|entry| entry.name.value == field.name.value);
    let equation = match equation {
        Some(entry) => {
            let expr = checker.read_as(&entry.text, Context::Equation, due);
            expr.filter(|&expr| linear_noise::check(expr, &entry.text, seed, checker))
        }
        None => {
            let name = &field.name.value;
            checker.diagnostics.push(
                Diagnostic::error(format!("the field `{name}` has no equation"))
                    .at(field.name.span, "evolves, but how?")
                    .note(format!("add `{name} = \"...\"` to [equations]; `{name} = \"0\"` keeps it as it is")),
            );
            None
        }
    };
    let walls = walls::read(seed, field, due, grid, checker);
    Some(Field {
        name: field.name.value.clone(),
        kind: kind(field),
        expr,
        initial: initial?,
        equation: equation?,
        walls: walls?,
    })
}

/// The values at t = 0: one expression, or one per axis of the grid.
fn read_initial(field: &seed::Field, due: Type, grid: &Grid, checker: &mut Checker) -> Option<Vec<Expr>> {
    match &field.initial {
        Initial::Expression(text) => Some(vec![checker.read_as(text, Context::Initial, due)?]),
        Initial::Components { span, .. } if grid.graph().is_some() => {
            let message = format!("the edges of a graph have no axes: `{}` has one initial value", field.name.value);
            checker.diagnostics.push(Diagnostic::error(message).at(*span, "").note("write `initial = \"...\"`"));
            None
        }
        Initial::Components { span, axes } => {
            let mut all = Vec::new();
            for axis in grid.axis_list() {
                match &axes[axis.index()] {
                    Some(text) => all.push(checker.read_as(text, Context::Initial, due)),
                    None => {
                        let name = axis.name();
                        checker.diagnostics.push(
                            Diagnostic::error(format!("the initial value of `{}` lacks `{name}`", field.name.value))
                                .at(*span, "")
                                .note(format!("add `{name} = \"0\"`")),
                        );
                        all.push(None);
                    }
                }
            }
            for (index, text) in axes.iter().enumerate().skip(grid.axes()) {
                if let Some(text) = text {
                    let message = format!("the grid has no axis `{}`", ["x", "y", "z"][index]);
                    checker.diagnostics.push(Diagnostic::error(message).at(text.span, ""));
                }
            }
            all.into_iter().collect()
        }
    }
}

/// Equations for fields that don't exist.
pub(super) fn unknown_equations(seed: &Seed, checker: &mut Checker) {
    for Entry { name, .. } in &seed.equations {
        let fields = seed.fields.iter().map(|field| field.name.value.as_str());
        if fields.clone().any(|field| field == name.value) {
            continue;
        }
        let note = suggest(&name.value, fields)
            .map_or_else(|| "add the field to [fields]".into(), |near| format!("did you mean `{near}`?"));
        let message = format!("an equation for `{}`, which is not a field", name.value);
        checker.diagnostics.push(Diagnostic::error(message).at(name.span, "no such field").note(note));
    }
}
