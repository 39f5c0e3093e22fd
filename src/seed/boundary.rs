//! Walls: what lies beyond the ends of each axis, as written.
//!
//! In: `boundary` of `[domain]`, a word for all axes or a table by axis, field and side. Out: one [`AxisBoundary`] per
//! axis of the grid. What is not named is no-flux; an axis that is not named is periodic.

use super::reader::{Reader, Value};
use super::text::{Spanned, Text};
use crate::diagnostic::{Diagnostic, Span};

/// What lies beyond the two ends of an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum AxisBoundary {
    /// The other end. The span is empty where that is the default.
    Periodic(Span),
    /// Walls that nothing crosses, for every field.
    NoFlux(Span),
    /// Walls by field and side; a field or side that is not named is no-flux.
    Walls(Span, Vec<FieldWalls>),
}

/// The walls that one field sees at the ends of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldWalls {
    /// The field's name.
    pub field: Text,
    /// The sides that are named: at most two.
    pub sides: Vec<Wall>,
}

/// One wall of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Wall {
    /// Which end of the axis.
    pub side: Spanned<Side>,
    /// What holds there.
    pub condition: Condition,
}

/// An end of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left, bottom, back.
    Low,
    /// Right, top, front.
    High,
}

/// What holds at a wall, half a cell beyond the last centre; expressions of x, y, z, t and parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// du/dn = 0.
    NoFlux,
    /// u = the value.
    Value(Text),
    /// du/dn = the value, outward.
    Flux(Text),
    /// a*u + b*du/dn = c.
    Robin([Text; 3]),
}

/// What the author calls the two ends of each axis.
const AXES: [(&str, [&str; 2]); 3] = [("x", ["left", "right"]), ("y", ["bottom", "top"]), ("z", ["back", "front"])];

/// The word for walls that nothing crosses.
const NO_FLUX: &str = "no-flux";

/// Words that people write for it, none of which is an expression with a meaning.
const LIKE_NO_FLUX: [&str; 6] = ["noflux", "no_flux", "no flux", "neumann", "zero-flux", "zero_flux"];

/// Reads `boundary` for a grid of `axes` axes; `domain` is the section's header.
pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    value: Option<&Value<'a>>,
    axes: usize,
    domain: Span,
) -> Vec<AxisBoundary> {
    let periodic = AxisBoundary::Periodic(Span::new(domain.end, domain.end));
    match value {
        None => vec![periodic; axes],
        Some(value) if value.is_table() => {
            let Some(mut table) = reader.table(value) else { return Vec::new() };
            let mut boundary = Vec::new();
            for (axis, sides) in AXES.into_iter().take(axes) {
                let given = table.optional(axis).and_then(|value| axis_boundary(reader, &value, sides));
                boundary.push(given.unwrap_or_else(|| periodic.clone()));
            }
            reader.finish(table, &[]);
            boundary
        }
        Some(value) => reader.word(value, &whole_axis()).map_or_else(Vec::new, |word| vec![named(word); axes]),
    }
}

type Make = fn(Span) -> AxisBoundary;

fn whole_axis() -> [(&'static str, Make); 2] {
    [("periodic", AxisBoundary::Periodic), (NO_FLUX, AxisBoundary::NoFlux)]
}

fn named(word: Spanned<Make>) -> AxisBoundary {
    (word.value)(word.span)
}

fn axis_boundary<'a>(reader: &mut Reader<'a>, value: &Value<'a>, sides: [&'static str; 2]) -> Option<AxisBoundary> {
    if !value.is_table() {
        return reader.word(value, &whole_axis()).map(named);
    }
    let table = reader.table(value)?;
    let walls = table.into_entries().into_iter().filter_map(|(field, value)| field_walls(reader, field, &value, sides));
    Some(AxisBoundary::Walls(value.span, walls.collect()))
}

fn field_walls<'a>(
    reader: &mut Reader<'a>,
    field: Text,
    value: &Value<'a>,
    sides: [&'static str; 2],
) -> Option<FieldWalls> {
    if !value.is_table() {
        let [low, high] = sides;
        let example = format!("walls are given by field and side: A = {{{low} = \"0\", {high} = \"{NO_FLUX}\"}}");
        return reader.mismatch(value, "a table of sides", Some(example));
    }
    let mut table = reader.table(value)?;
    let mut walls = Vec::new();
    for (name, side) in sides.into_iter().zip([Side::Low, Side::High]) {
        if let Some((key, value)) = table.named(name) {
            let condition = condition(reader, &value);
            walls.extend(condition.map(|condition| Wall { side: Spanned::new(side, key.span), condition }));
        }
    }
    reader.finish(table, &[]);
    Some(FieldWalls { field, sides: walls })
}

fn condition<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Condition> {
    if !value.is_table() {
        let text = reader.text(value)?;
        return match text.value.trim() {
            NO_FLUX => Some(Condition::NoFlux),
            "periodic" => refuse(reader, &text, "periodic is an axis as a whole, for all fields: x = \"periodic\""),
            word if LIKE_NO_FLUX.contains(&word) => refuse(reader, &text, "did you mean `no-flux`?"),
            _ => Some(Condition::Value(text)),
        };
    }
    let mut table = reader.table(value)?;
    let flux = table.optional("flux");
    let robin = table.optional("robin");
    reader.finish(table, &[("neumann", "flux"), ("gradient", "flux")]);
    match (flux, robin) {
        (Some(flux), None) => reader.text(&flux).map(Condition::Flux),
        (None, Some(robin)) => robin_condition(reader, &robin),
        _ => {
            reader.refuse(
                Diagnostic::error("a wall has one condition")
                    .at(value.span, "needs one of `flux` and `robin`")
                    .note("{flux = \"g\"} is du/dn = g outward; {robin = [\"a\", \"b\", \"c\"]} is a*u + b*du/dn = c"),
            );
            None
        }
    }
}

fn refuse(reader: &mut Reader<'_>, text: &Text, advice: &str) -> Option<Condition> {
    reader.refuse(Diagnostic::error("not a condition that a wall can have").at(text.span, "").note(advice));
    None
}

fn robin_condition<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Condition> {
    let items = reader.list(value, "three expressions")?;
    let texts: Vec<Text> = items.iter().filter_map(|item| reader.text(item)).collect();
    if let Ok(texts) = <[Text; 3]>::try_from(texts) {
        return Some(Condition::Robin(texts));
    }
    if items.len() != 3 {
        reader.refuse(
            Diagnostic::error("`robin` has three expressions")
                .at(value.span, format!("{} here", items.len()))
                .note("{robin = [\"a\", \"b\", \"c\"]} is a*u + b*du/dn = c"),
        );
    }
    None
}
