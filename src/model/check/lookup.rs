//! Names in expressions: what a word stands for, and whether it may stand here.
//!
//! In: a name and where it was written. Out: a typed node, or a diagnostic with the name that was meant. Invariant:
//! what may be used is decided by the [`Context`] alone.

use std::ops::Range;

use super::{Checked, Context, Derived, Reader, plural};
use crate::diagnostic::suggest;
use crate::grid::Axis;
use crate::model::expr::{Node, Number, Place};
use crate::model::functions::{FUNCTIONS, SYNONYMS, function};
use crate::model::names::Meaning;

impl Reader<'_> {
    /// The value of a name.
    pub(super) fn name(&mut self, name: &str, range: &Range<usize>) -> Checked {
        match name {
            "i" => return self.add(Node::ImaginaryUnit, Number::Complex, Place::Uniform, range),
            "pi" => return Some(self.checker.arena.literal(std::f64::consts::PI)),
            "t" => {
                self.allowed(self.context != Context::Mask, "time", name, range)?;
                return self.add(Node::Time, Number::Real, Place::Uniform, range);
            }
            "x" | "y" | "z" => return self.coordinate(name, range),
            _ => {}
        }
        let meaning = self.checker.names.iter().find(|(own, _)| own == name).map(|(_, meaning)| meaning.clone());
        match meaning {
            Some(Meaning::Parameter(index)) => self.add(Node::Parameter(index), Number::Real, Place::Uniform, range),
            Some(Meaning::Field(index, ty)) => {
                self.allowed(self.context.sees_fields(), "a field", name, range)?;
                self.add(Node::Field(index), ty.number, ty.place, range)
            }
            Some(Meaning::Map(index, ty)) => {
                self.allowed(self.context.sees_maps(), "a map", name, range)?;
                self.shown(index, name, range)?;
                self.add(Node::Map(index), ty.number, ty.place, range)
            }
            Some(Meaning::One) => {
                self.allowed(self.context.sees_maps(), "a map", name, range)?;
                Some(self.checker.arena.literal(1.0))
            }
            Some(Meaning::Derived(index)) => {
                self.allowed(self.context.sees_fields(), "a derived field", name, range)?;
                self.derived(index, name, range)
            }
            None => self.unknown_name(name, range),
        }
    }

    /// A derived field, which must not be on its way already.
    fn derived(&mut self, index: usize, name: &str, range: &Range<usize>) -> Checked {
        let cyclic = matches!(self.checker.derived[index], Derived::Reading);
        let expr = self.checker.derived(index);
        if cyclic {
            return self.report(format!("`{name}` is defined by itself"), range, "a circle of derived fields", None);
        }
        expr
    }

    fn allowed(&mut self, yes: bool, what: &str, name: &str, range: &Range<usize>) -> Checked<()> {
        if yes {
            return Some(());
        }
        let note = match self.context {
            Context::Wall => "walls see x, y, z, t and the parameters",
            Context::Mask => "a mask sees x, y, z, the parameters and the maps",
            _ => "initial values see x, y, z, the parameters and the maps; a field has no value yet",
        };
        self.report(format!("`{name}` can't stand in {}", self.context.name()), range, what, Some(note.into()))
    }

    fn coordinate(&mut self, name: &str, range: &Range<usize>) -> Checked {
        let axis = Axis::ALL.into_iter().find(|axis| axis.name() == name).expect("x, y or z");
        if axis.index() >= self.checker.axes && self.checker.graph {
            return self.report("there is no `z`: the map of a graph is flat".into(), range, "", None);
        }
        if axis.index() >= self.checker.axes {
            let axes = self.checker.axes;
            let message = format!("there is no `{name}`: the grid has {axes} {}", plural(axes, "axis", "axes"));
            return self.report(message, range, "", None);
        }
        self.add(Node::Coordinate(axis), Number::Real, Place::Anywhere, range)
    }

    fn unknown_name(&mut self, name: &str, range: &Range<usize>) -> Checked {
        if let Some((_, _, _, _, usage)) = function(name) {
            return self.report(format!("`{name}` is a function"), range, "", Some(format!("write `{usage}`")));
        }
        if name.starts_with("soil.") && !self.checker.names.iter().any(|(own, _)| own.starts_with("soil.")) {
            let note = "add a section [soil] with `source = \"...\"`".into();
            return self.report(format!("`{name}` needs a soil"), range, "this seed has no [soil]", Some(note));
        }
        if name.starts_with("donor.") && !self.checker.donor {
            return self.lacks_donor(name, range);
        }
        let note = self.suggestion(name);
        self.report(format!("unknown name `{name}`"), range, "", Some(note))
    }

    /// What an unknown name may have been meant to be.
    pub(super) fn suggestion(&self, name: &str) -> String {
        if let Some((_, own)) = SYNONYMS.iter().find(|(other, _)| *other == name) {
            return format!("did you mean `{own}`?");
        }
        let known = self.checker.names.iter().map(|(own, _)| own.as_str());
        let words = ["i", "pi", "t", "x", "y", "z"].into_iter().chain(FUNCTIONS.iter().map(|row| row.0));
        match suggest(name, known.clone().chain(words)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<_> = known.map(|own| format!("`{own}`")).collect();
                format!("known here: {}, and i, pi, t, x, y, z and the functions", names.join(", "))
            }
        }
    }
}
