//! What is asked of a type: a truth value, a number, a real one, one that lives somewhere.
//!
//! In: a typed expression. Out: nothing if it is as it should be, else a diagnostic that says what it is and, where
//! there is a way, how to make of it what is due.

use std::ops::Range;

use super::{Checked, Reader};
use crate::model::expr::{Expr, Number, Place, Type};
use crate::model::syntax::Syntax;

impl Reader<'_> {
    /// A truth value.
    pub(super) fn truth(&mut self, expr: Expr, range: &Range<usize>) -> Checked<()> {
        if self.ty(expr).number == Number::Truth {
            return Some(());
        }
        let found = describe(self.ty(expr));
        self.report(format!("a condition is due here, this is {found}"), range, "", Some("compare it: `a > 0`".into()))
    }

    /// A number of any type.
    pub(super) fn not_truth(&mut self, expr: Expr, range: &Range<usize>) -> Checked<()> {
        if self.ty(expr).number != Number::Truth {
            return Some(());
        }
        let note = "turn it into a number with `select(condition, 1, 0)`".into();
        self.report("a number is due here, this is a comparison".into(), range, "", Some(note))
    }

    /// A real number; `what` needs it.
    pub(super) fn real(&mut self, expr: Expr, range: &Range<usize>, what: &str) -> Checked<()> {
        self.not_truth(expr, range)?;
        if self.ty(expr).number == Number::Real {
            return Some(());
        }
        let due = Type { number: Number::Real, place: self.ty(expr).place };
        let note = remedy(self.ty(expr), due);
        self.report(format!("{what} needs a real number, this is complex"), range, "complex", note)
    }

    /// Where two values live together.
    pub(super) fn meet(&mut self, a: (Expr, &Syntax), b: (Expr, &Syntax)) -> Checked<Place> {
        let (first, second) = (self.ty(a.0), self.ty(b.0));
        if let Some(place) = first.place.meet(second.place) {
            return Some(place);
        }
        let message = format!("{} and {} don't meet", first.place.name(), second.place.name());
        let due = Type { number: second.number, place: first.place };
        self.report(message, &b.1.range, second.place.name(), remedy(second, due))
    }

    /// A number that is there where one is due; `what` is what it is.
    pub(super) fn lives(&mut self, (expr, syntax): (Expr, &Syntax), due: Place, what: &str) -> Checked<()> {
        self.not_truth(expr, &syntax.range)?;
        let ty = self.ty(expr);
        if ty.place.meet(due) == Some(due) {
            return Some(());
        }
        let note = remedy(ty, Type { number: ty.number, place: due });
        self.report(
            format!("{what} is {} here, due is {}", ty.place.name(), due.name()),
            &syntax.range,
            ty.place.name(),
            note,
        )
    }

    /// A real number that is there where one is due.
    pub(super) fn real_at(&mut self, given: (Expr, &Syntax), due: Place, what: &str) -> Checked<()> {
        self.lives(given, due, what)?;
        self.real(given.0, &given.1.range, what)
    }
}

/// A type in words.
pub(super) fn describe(ty: Type) -> String {
    let number = match ty.number {
        Number::Truth => "a truth value (the outcome of a comparison)",
        Number::Real => match ty.place {
            Place::Uniform => "a real number",
            Place::Anywhere => "a real function of position",
            Place::Cell => "a real cell value",
            Place::Link => "a real link value",
            Place::Face => "a real face value",
        },
        Number::Complex => match ty.place {
            Place::Uniform => "a complex number",
            Place::Anywhere => "a complex function of position",
            Place::Cell => "a complex cell value",
            Place::Link => "a complex link value",
            Place::Face => "a complex face value",
        },
    };
    number.to_owned()
}

/// What makes a value of the type that is due from one that was found.
pub(super) fn remedy(found: Type, due: Type) -> Option<String> {
    if found.number == Number::Truth {
        return Some("turn a truth value into a number with `select(condition, 1, 0)`".into());
    }
    if found.number == Number::Complex && due.number == Number::Real {
        return Some("take a real part of it: `re(...)`, `im(...)`, `abs(...)`, `abs2(...)` or `arg(...)`".into());
    }
    match (found.place, due.place) {
        (Place::Link | Place::Face, Place::Cell | Place::Anywhere) => {
            Some("`at_cells(...)` gives the mean of the links or faces round a cell, `div(...)` the divergence".into())
        }
        (Place::Cell, Place::Link) => Some("`grad(...)` of a cell value is a link value".into()),
        (Place::Link, Place::Face) => Some("`curvature(...)` and `curl(...)` of a link value are face values".into()),
        (Place::Face, Place::Link) => Some("`cocurl(...)` of a face value is a link value".into()),
        (_, Place::Uniform) => Some("combine it over the domain: `mean(...)`, `sum(...)`, `max_of(...)`".into()),
        _ => None,
    }
}
