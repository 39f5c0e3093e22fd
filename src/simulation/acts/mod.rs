//! What acts do to a running field.
//!
//! In: an [`Act`] at the present step. Out: the changed simulation. Invariants: an act is checked before anything is
//! changed, for a trace may come from a stranger; its effect depends on the act and the present state alone; outside
//! of its brush no bit changes, and an act of strength 0 changes none at all.

mod brush;
mod expression;
mod graph;
mod notes;
mod pins;
mod rewrite;
mod strokes;
mod walls;
mod warmth;
mod warps;

use brush::{Footprint, Point, Profile, Region};
pub(super) use expression::Values as PaintedValues;
pub(super) use notes::{Arrangement, Medium, Relations};
pub(super) use pins::{Pin, walk};

use super::act::{Act, Brush};
use super::start::{is_active, link_axis};
use super::{Simulation, write_factors};
use crate::diagnostic::suggest;
use crate::error::Error;
use crate::field::{Field, Kind, Values};
use crate::grid::Grid;
use crate::math::arithmetic::Precision;

/// Numbers beyond this in an act are a mistake, or mischief.
const LARGEST: f64 = 1e9;
/// The most points of a line.
const MOST_POINTS: usize = 4096;
/// The largest radius, in units of the longest axis.
const WIDEST: f64 = 10.0;

/// New values of some positions of a field.
type Edits = Vec<(usize, f64)>;

/// The part of a field that one footprint is about: components that lie at the same places.
struct Part {
    components: std::ops::Range<usize>,
    footprint: Footprint,
}

impl Simulation {
    /// Applies what a person did, at the present step. An act that can't be done is refused, and nothing is changed.
    pub fn apply(&mut self, act: &Act) -> Result<(), Error> {
        if self.model.grid.graph().is_some() {
            graph::check(act, &self.model)?;
        }
        self.fields()?; // a failing run falls back to a state from which only steps follow
        self.close_interval()?;
        let revision = self.revision;
        match act {
            Act::Retune { name, value } => self.retune(name, *value)?,
            Act::Rewrite { key, value } => self.rewrite(key, value)?,
            Act::Reseed { rng_seed } => self.reseed(*rng_seed)?,
            Act::Paint { field, mode, value, brush, strength } => self.paint(field, *mode, value, brush, *strength)?,
            Act::Erase { field, brush, strength } => self.erase(field, brush, *strength)?,
            Act::Stir { field, brush, strength } => self.stir(field, brush, *strength)?,
            Act::Push { field, brush, by } => self.push(field, brush, by)?,
            Act::Pulse { field, brush, strength, phase } => self.pulse(field, brush, *strength, *phase)?,
            Act::Pin { field, brush, value, steps } => self.pin(field, brush, value, *steps)?,
            Act::Release { brush } => self.release(brush)?,
            Act::Cut { brush } => self.wall(brush, true)?,
            Act::Heal { brush } => self.wall(brush, false)?,
            Act::Cool { field, brush, strength } => self.warm(field, brush, -strength)?,
            Act::Warm { field, brush, strength } => self.warm(field, brush, *strength)?,
            Act::Pull { note, to } => self.pull(note, *to)?,
            Act::PinNote { note, pinned } => self.pin_note(note, *pinned)?,
            Act::Settle { iterations } => self.settle(*iterations)?,
            Act::Link { from, to } => self.link(from, to, true)?,
            Act::Unlink { from, to } => self.link(from, to, false)?,
            Act::Say { text: _, field, at, radius, strength, against } => {
                self.say(field, *at, *radius, *strength, *against)?;
            }
        }
        self.safe.held = self.engine.held()?;
        self.regroup(self.revision == revision)
    }

    pub(super) fn retune(&mut self, name: &str, value: f64) -> Result<(), Error> {
        let names = || self.model.parameters.iter().map(|parameter| parameter.name.as_str());
        let position = self.model.parameters.iter().position(|parameter| parameter.name == *name);
        let position = position.ok_or_else(|| unknown("parameter", name, names()))?;
        if !value.is_finite() || value.abs() > self.options.precision.largest() {
            return Err(Error::Input(format!("`{name}` can't be retuned to {value}: give a finite number")));
        }
        self.parameters[position] = value;
        self.model.parameters[position].value = value;
        if let Some(id) = self.engine.program().parameter_named(name) {
            self.engine.set_parameter(id, value);
        }
        write_factors(self.engine.as_mut(), &self.model, &self.parameters, self.options.threads)
    }

    /// The position of a field.
    fn field_named(&self, name: &str) -> Result<usize, Error> {
        let names = || self.model.fields.iter().map(|field| field.name.as_str());
        names().position(|own| own == name).ok_or_else(|| unknown("field", name, names()))
    }

    /// A brush on the grid.
    fn region(&self, brush: &Brush) -> Result<Region<'_>, Error> {
        let grid = &self.model.grid;
        let points = |points: &[Vec<f64>]| points.iter().map(|at| point(grid, at)).collect::<Result<Vec<_>, _>>();
        match brush {
            Brush::Disc { at, radius } => {
                Ok(Region::new(grid, &[point(grid, at)?], checked_radius(grid, *radius)?, Profile::Disc))
            }
            Brush::Gaussian { at, radius } => {
                Ok(Region::new(grid, &[point(grid, at)?], checked_radius(grid, *radius)?, Profile::Gaussian))
            }
            Brush::Line { points: line, radius } => {
                if line.is_empty() || line.len() > MOST_POINTS {
                    return Err(Error::Input(format!("a line has 1 to {MOST_POINTS} points, not {}", line.len())));
                }
                Ok(Region::new(grid, &points(line)?, checked_radius(grid, *radius)?, Profile::Disc))
            }
            Brush::Notes { ids, radius } => {
                if ids.is_empty() {
                    return Err(Error::Input("a lasso without notes touches nothing: name some".into()));
                }
                let at = self.note_points(ids)?;
                Ok(Region::points(grid, &at, checked_radius(grid, *radius)?, Profile::Disc))
            }
        }
    }

    /// What of a field lies under a brush and is active.
    fn parts(&self, region: &Region<'_>, kind: Kind) -> Result<Vec<Part>, Error> {
        let grid = &self.model.grid;
        let all = kind.components(grid);
        // Links of each axis lie elsewhere; the parts of a complex number lie together.
        let together = if kind == Kind::Link { 1 } else { all };
        let groups = (0..all).step_by(together).map(|first| first..first + together);
        let mask = self.ground.mask.as_ref();
        let part = |components: std::ops::Range<usize>| {
            let edges = link_axis(kind, components.start);
            let mut footprint = region.footprint(edges).ok_or_else(too_often)?;
            footprint.retain(|&(cell, _)| is_active(grid, mask, edges, cell));
            Ok(Part { components, footprint })
        };
        groups.map(part).collect()
    }

    /// Gives a field new values at some positions, if all are finite in the run's precision.
    fn edit(&mut self, field: usize, edits: &Edits) -> Result<(), Error> {
        let name = &self.model.fields[field].name;
        if let Some((_, value)) = edits.iter().find(|(_, value)| !is_finite(*value, self.options.precision)) {
            return Err(Error::Input(format!("`{name}` would become {value} under the brush: use a smaller value")));
        }
        if edits.is_empty() {
            return Ok(());
        }
        for &(at, value) in edits {
            put(&mut self.safe.fields[field].values, at, value);
        }
        self.engine.write(self.buffers[field], &self.safe.fields[field].values)?;
        Ok(())
    }

    /// The present values of a field; [`Simulation::apply`] has made sure that they are.
    fn present(&self, field: usize) -> &Field {
        &self.safe.fields[field]
    }
}

/// Rounds a value into its place.
#[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the run is the purpose")]
fn put(values: &mut Values, at: usize, value: f64) {
    match values {
        Values::F32(values) => values[at] = value as f32,
        Values::F64(values) => values[at] = value,
    }
}

/// Whether a value is a number once it is rounded.
fn is_finite(value: f64, precision: Precision) -> bool {
    value.is_finite() && value.abs() <= precision.largest()
}

/// A position of as many numbers as the grid has axes, not far outside of it.
fn point(grid: &Grid, at: &[f64]) -> Result<Point, Error> {
    if at.len() != grid.place_axes().len() {
        let axes = grid.place_axes().len();
        return Err(Error::Input(format!("a point of {} numbers, where the domain has {axes} axes", at.len())));
    }
    let mut point = [0.0; 3];
    for ((own, &given), &axis) in point.iter_mut().zip(at).zip(grid.place_axes()) {
        if !given.is_finite() || given.abs() > WIDEST * grid.size_along(axis) {
            return Err(Error::Input(format!("{} = {given} is not a place in or near the domain", axis.name())));
        }
        *own = given;
    }
    Ok(point)
}

fn checked_radius(grid: &Grid, radius: f64) -> Result<f64, Error> {
    let longest = grid.place_axes().iter().map(|&axis| grid.size_along(axis)).fold(0.0, f64::max);
    if radius.is_finite() && radius > 0.0 && radius <= WIDEST * longest {
        return Ok(radius);
    }
    Err(Error::Input(format!("a brush of radius {radius}: give a positive length, at most {}", WIDEST * longest)))
}

fn checked_strength(strength: f64) -> Result<f64, Error> {
    if strength.is_finite() && strength.abs() <= LARGEST {
        return Ok(strength);
    }
    Err(Error::Input(format!("a strength of {strength}: give a finite number of at most {LARGEST:e}")))
}

fn too_often() -> Error {
    Error::Input("the brush covers the domain many times over: take a smaller radius, or fewer points".into())
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let near = suggest(name, known.clone());
    let shown: Vec<&str> = known.take(20).collect();
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if shown.is_empty() => format!("there is no {what}"),
        None => format!("there are {}", shown.join(", ")),
    };
    let name: String = name.chars().take(60).collect();
    Error::Input(format!("no {what} `{name}`\n  = help: {help}"))
}
