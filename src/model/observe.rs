//! What is written down of a run. In: the section `[observe]`. Out: an [`Observe`] of typed expressions, or
//! diagnostics. Invariants: a series is real and uniform; a picture is no comparison; an array is something that has a
//! name.

use super::Named;
use super::check::{Checker, Context};
use super::expr::{Number, Place, Type};
use super::names::Meaning;
use crate::diagnostic::{Diagnostic, suggest};
use crate::seed::{Seed, Text};

/// What is written down.
#[derive(Clone, Debug)]
pub struct Observe {
    /// Time between rows of the series.
    pub every: Option<f64>,
    /// Columns of the series: real and uniform.
    pub series: Vec<Named>,
    /// Expressions to draw, named by their text.
    pub images: Vec<Named>,
    /// Time between pictures.
    pub image_every: Option<f64>,
    /// What is written as arrays at the end.
    pub arrays: Vec<Named>,
}

/// All that is written down.
pub(super) fn read(seed: &Seed, checker: &mut Checker) -> Option<Observe> {
    let number = Type { number: Number::Real, place: Place::Uniform };
    let series: Vec<_> = (seed.observe.series.iter())
        .map(|entry| {
            Some(Named { name: entry.name.value.clone(), expr: checker.read_as(&entry.text, Context::Series, number)? })
        })
        .collect();
    let images: Vec<_> = (seed.observe.images.iter())
        .map(|text| {
            let expr = checker.read(text, Context::Picture)?;
            if checker.arena.ty(expr).number == Number::Truth {
                let message = "a picture shows a number, this is a comparison";
                checker
                    .diagnostics
                    .push(Diagnostic::error(message).at(text.span, "").note("write `select(condition, 1, 0)`"));
                return None;
            }
            Some(Named { name: text.value.clone(), expr })
        })
        .collect();
    let arrays: Vec<_> = seed.observe.arrays.iter().map(|text| read_array(text, checker)).collect();
    Some(Observe {
        every: seed.observe.every.map(|every| every.value),
        series: series.into_iter().collect::<Option<_>>()?,
        images: images.into_iter().collect::<Option<_>>()?,
        image_every: seed.observe.image_every.map(|every| every.value),
        arrays: arrays.into_iter().collect::<Option<_>>()?,
    })
}

/// A field, a derived field or a map that is named.
fn read_array(text: &Text, checker: &mut Checker) -> Option<Named> {
    let known = checker.names.iter().find(|(name, _)| *name == text.value).map(|(_, meaning)| meaning.clone());
    if known.is_some_and(|meaning| !matches!(meaning, Meaning::Parameter(_))) {
        let expr = checker.read(text, Context::Picture)?;
        let Type { number, place } = checker.arena.ty(expr);
        if number == Number::Complex && matches!(place, Place::Link | Place::Face) {
            let message =
                format!("`{}` is {} of complex numbers, which an array does not hold", text.value, place.name());
            let note = "take a real part of it: `re(...)`, `im(...)`, `abs(...)`";
            checker.diagnostics.push(Diagnostic::error(message).at(text.span, "").note(note));
            return None;
        }
        return Some(Named { name: text.value.clone(), expr });
    }
    let names: Vec<&str> = (checker.names.iter())
        .filter(|(_, meaning)| !matches!(meaning, Meaning::Parameter(_)))
        .map(|(name, _)| name.as_str())
        .collect();
    let note = suggest(&text.value, names.iter().copied())
        .map_or_else(|| format!("arrays: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    let message = format!("`{}` is not a field, a derived field or a map", text.value);
    checker.diagnostics.push(Diagnostic::error(message).at(text.span, "").note(note));
    None
}
