//! Walls: what lies beyond the ends of each axis, as written.
//!
//! In: `boundary` of `[domain]`, a word for all axes or a table by axis, field and side. Out: one [`AxisBoundary`] per
//! axis of the grid. What is not named is no-flux; an axis that is not named is periodic.

use super::text::{Spanned, Text};
use crate::diagnostic::Span;

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
