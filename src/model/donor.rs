//! Two fields side by side: what expressions see of a donor, and what that asks of the two models.
//!
//! In: a model with a section `[donor]`, and the model of its donor. Out: the maps through which a donor reaches
//! expressions (`nudge(A)`, `donor.A`), and diagnostics where the two do not fit. Invariants: equations see a donor
//! through block averages only; blocks are boxes of whole cells on both grids, counted from the origin (the last one
//! along an axis may be cut by the domain's end).

use super::{MapSource, Model};
use crate::diagnostic::{Diagnostic, Span, suggest};
use crate::field::Kind;
use crate::grid::{Axis, Grid};
use crate::seed::{self, Seed};

/// `nudge(A, theta)`: block averages of the donor's field minus one's own, spread back over the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nudge {
    /// The field, by position.
    pub field: u32,
    /// Through which frames values are carried to their block's lowest cell.
    pub frames: Option<Frames>,
    /// Where it was written first.
    pub span: Span,
}

/// A link value that is there without being computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// A link field, by position.
    Field(u32),
    /// A link map, by position.
    Map(u32),
}

/// Relative error up to which a number of cells counts as whole.
const WHOLE: f64 = 1e-9;

impl Model {
    /// The nudges that expressions use, each with the position of its map.
    pub fn nudges(&self) -> impl Iterator<Item = (usize, Nudge)> {
        self.maps.iter().enumerate().filter_map(|(position, map)| match map.source {
            MapSource::Nudge(nudge) => Some((position, nudge)),
            _ => None,
        })
    }

    /// The name of the link value behind frames.
    pub fn frames_name(&self, frames: Frames) -> &str {
        match frames {
            Frames::Field(index) => &self.fields[index as usize].name,
            Frames::Map(index) => &self.maps[index as usize].name,
        }
    }

    /// Whether anything that is evaluated shows the donor's own field of some position.
    fn shows_donor(&self, field: usize) -> bool {
        let shown = |node: &super::Node| match node {
            super::Node::Map(map) => {
                matches!(self.maps[*map as usize].source, MapSource::Donor(own) if own as usize == field)
            }
            _ => false,
        };
        self.roots().into_iter().any(|root| self.arena.any(root, &shown))
    }
}

impl seed::Donor {
    /// Cells of a block along each axis of a grid; `None` if the side is no whole number of its cells. Without a side,
    /// blocks are the cells of `own`.
    pub fn cells(&self, own: &Grid, grid: &Grid) -> Option<[usize; 3]> {
        let mut cells = [1; 3];
        for &axis in grid.axis_list() {
            let side = self.block.map_or_else(|| own.spacing(axis), |block| block.value);
            cells[axis.index()] = whole(side / grid.spacing(axis))?;
        }
        Some(cells)
    }
}

/// A ratio as a whole number of at least 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 2^32")]
fn whole(ratio: f64) -> Option<usize> {
    let nearest = ratio.round();
    let fits = (1.0..4_294_967_296.0).contains(&nearest) && (ratio - nearest).abs() <= WHOLE * nearest;
    fits.then_some(nearest as usize)
}

/// What a section `[donor]` asks of this seed itself; the rest is asked once the donor is known. Warns of a donor that
/// nobody sees.
pub(super) fn check(seed: &Seed, model: &Model, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let Some(donor) = &seed.donor else { return true };
    let before = diagnostics.len();
    if donor.seed.is_none() {
        diagnostics.extend(mismatches(model, model));
    }
    let fits = diagnostics.len() == before;
    let seen = model.nudges().next().is_some() || (0..model.fields.len()).any(|field| model.shows_donor(field));
    if !seen {
        let warning = Diagnostic::warning("the donor is grown, but nothing looks at it").at(donor.span, "");
        diagnostics.push(warning.note("add a term such as `gamma*nudge(A)`, or a series such as `distance(A)`"));
    }
    fits
}

/// Where a model and that of its donor do not fit, as mistakes in the seed of the first.
pub fn mismatches(own: &Model, donor: &Model) -> Vec<Diagnostic> {
    let Some(declared) = &own.donor else { return vec![] };
    let mut found = unknown_parameters(declared, donor);
    found.extend(field_mismatches(own, donor, declared));
    let (ours, theirs) = (&own.grid, &donor.grid);
    let place = declared.block.map_or(declared.span, |block| block.span);
    let same_domain = ours.axes() == theirs.axes()
        && ours.axis_list().iter().all(|&axis| {
            let (a, b) = (ours.size_along(axis), theirs.size_along(axis));
            (a - b).abs() <= WHOLE * a && ours.topology(axis) == theirs.topology(axis)
        });
    if !same_domain {
        let place = declared.seed.as_ref().map_or(declared.span, |seed| seed.span);
        let message = "the donor lives on another domain";
        let note = "both need the same lengths and the same kind of ends along each axis; the cells may differ";
        found.push(Diagnostic::error(message).at(place, "").note(note));
    } else if declared.cells(ours, ours).is_none() || declared.cells(ours, theirs).is_none() {
        let note = match (nearest_side(declared, ours, theirs), declared.block) {
            (Some(side), Some(_)) => format!("the nearest side that fits both grids is {side}"),
            (Some(side), None) => format!("the cells of the two grids differ: give `block`, such as {side}"),
            (None, _) => "no side fits both grids: choose shapes whose spacings have a common multiple".into(),
        };
        let message = "a block must be a whole number of cells on each axis of both grids";
        found.push(Diagnostic::error(message).at(place, "not whole").note(note));
    }
    found
}

/// The nearest side of a block that fits two grids over one domain.
#[expect(clippy::cast_precision_loss, reason = "cells along an axis are far below 2^52")]
fn nearest_side(declared: &seed::Donor, ours: &Grid, theirs: &Grid) -> Option<f64> {
    let wanted = declared.block.map_or_else(|| ours.spacing(Axis::X), |block| block.value);
    let fits = |side: f64| {
        let whole_on = |grid: &Grid| grid.axis_list().iter().all(|&axis| whole(side / grid.spacing(axis)).is_some());
        whole_on(ours) && whole_on(theirs)
    };
    let sides = (1..=ours.cells_along(Axis::X)).map(|cells| cells as f64 * ours.spacing(Axis::X));
    sides.filter(|&side| fits(side)).min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()))
}

fn unknown_parameters(declared: &seed::Donor, donor: &Model) -> Vec<Diagnostic> {
    let names = || donor.parameters.iter().map(|parameter| parameter.name.as_str());
    let unknown = declared.parameters.iter().filter(|(name, _)| !names().any(|own| own == name.value));
    let describe = |name: &seed::Text| {
        let note = suggest(&name.value, names()).map_or_else(
            || format!("its parameters are {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        Diagnostic::error(format!("the donor has no parameter `{}`", name.value)).at(name.span, "").note(note)
    };
    unknown.map(|(name, _)| describe(name)).collect()
}

/// Fields that are looked at and that the donor lacks, or that do not fit cell by cell where that is asked for.
fn field_mismatches(own: &Model, donor: &Model, declared: &seed::Donor) -> Vec<Diagnostic> {
    let there = |name: &str| donor.fields.iter().find(|field| field.name == name).map(|field| field.kind);
    let missing = |name: &str, kind: Kind, span: Span| {
        let other = there(name).filter(|other| *other != kind);
        let label = other.map_or_else(|| "not there".into(), |other| format!("{} there", other.name()));
        Diagnostic::error(format!("the donor has no {} field `{name}`", kind.name()))
            .at(span, label)
            .note("a field is compared with one of the same name and type")
    };
    let mut found = Vec::new();
    for (_, nudge) in own.nudges() {
        let field = &own.fields[nudge.field as usize];
        let frames = nudge.frames.and_then(|frames| match frames {
            Frames::Field(index) => Some(&own.fields[index as usize]),
            Frames::Map(_) => None,
        });
        for needed in [Some(field), frames].into_iter().flatten() {
            if there(&needed.name) != Some(needed.kind) {
                found.push(missing(&needed.name, needed.kind, nudge.span));
            }
        }
        if let Some(Frames::Map(index)) = nudge.frames
            && !donor.maps.iter().any(|map| map.name == own.maps[index as usize].name && map.kind == Kind::Link)
        {
            found.push(missing(&own.maps[index as usize].name, Kind::Link, nudge.span));
        }
        if declared.mutual.is_some_and(|mutual| mutual.value) {
            found.extend(deaf(donor, &field.name, declared));
        }
    }
    let place = declared.seed.as_ref().map_or(declared.span, |seed| seed.span);
    let shown = own.fields.iter().enumerate().filter(|(index, _)| own.shows_donor(*index));
    for (_, field) in shown {
        if there(&field.name) != Some(field.kind) {
            found.push(missing(&field.name, field.kind, place));
        } else if own.grid.shape() != donor.grid.shape() {
            let message = format!("`{}` is compared with the donor's cell by cell, but their cells differ", field.name);
            let note = "`distance` and `donor.` need two grids of one shape; `nudge` does not";
            found.push(Diagnostic::error(message).at(place, "another shape").note(note));
        }
    }
    found
}

/// Why a donor can't be nudged back.
fn deaf(donor: &Model, field: &str, declared: &seed::Donor) -> Option<Diagnostic> {
    let hears = donor.nudges().any(|(_, nudge)| donor.fields[nudge.field as usize].name == field);
    let span = declared.mutual.map_or(declared.span, |mutual| mutual.span);
    let message = format!("the donor can't be nudged back: its equations have no `nudge({field})`");
    let note = "give its seed such a term, and a section [donor]: it counts only where that seed is grown itself";
    (!hears).then(|| Diagnostic::error(message).at(span, "asks for it").note(note))
}
