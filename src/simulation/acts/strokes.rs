//! Strokes: acts that give each value under the brush a new one from what is there.
//!
//! In: a field, a brush and what to bring in. Out: new values under the brush, with a weight w = strength times that
//! of the brush: `u + w (v - u)`, `u + w v`, and so on. All in f64, then rounded.

use super::notes::on_map;
use super::{Edits, Part, brush, checked_radius, checked_strength, point};
use crate::error::Error;
use crate::field::{Field, Kind};
use crate::grid::{Axis, Grid};
use crate::math::elementary::scalar64::{atan2, sin_cos};
use crate::simulation::Simulation;
use crate::simulation::act::{Brush, Paint};
use crate::simulation::start::{is_active, link_axis};
use brush::{Profile, Region};

impl Simulation {
    pub(super) fn paint(
        &mut self,
        field: &str,
        mode: Paint,
        value: &str,
        brush: &Brush,
        strength: f64,
    ) -> Result<(), Error> {
        let (field, parts, strength) = self.stroke(field, brush, strength)?;
        let edits = match mode {
            Paint::Smooth => self.smoothed(field, &parts, strength),
            Paint::Set => {
                let painted = self.values_of(field, value)?;
                self.mixed(field, &parts, |u, w, at| u + strength * w * (painted.at(at) - u))
            }
            Paint::Add => {
                let painted = self.values_of(field, value)?;
                self.mixed(field, &parts, |u, w, at| u + strength * w * painted.at(at))
            }
        };
        self.edit(field, &edits)
    }

    pub(super) fn erase(&mut self, field: &str, brush: &Brush, strength: f64) -> Result<(), Error> {
        let (field, parts, strength) = self.stroke(field, brush, strength)?;
        let edits = self.mixed(field, &parts, |u, w, _| u - strength * w * u);
        self.edit(field, &edits)
    }

    pub(super) fn pulse(&mut self, field: &str, brush: &Brush, strength: f64, phase: f64) -> Result<(), Error> {
        let phase = checked_strength(phase)?;
        let (field, parts, strength) = self.stroke(field, brush, strength)?;
        let edits = self.bump(field, &parts, strength, phase);
        self.edit(field, &edits)
    }

    /// A Gaussian bump with the phase (or sign) of what lies under it, or against it.
    pub(super) fn say(
        &mut self,
        field: &str,
        at: [f64; 2],
        radius: f64,
        strength: f64,
        against: bool,
    ) -> Result<(), Error> {
        let field = self.field_named(field)?;
        let strength = checked_strength(strength)? * if against { -1.0 } else { 1.0 };
        let grid = &self.model.grid;
        if grid.axes() > 2 {
            return Err(Error::Input(
                "sentences belong on the map of the notes, and this domain has three axes".into(),
            ));
        }
        let kind = self.model.fields[field].kind;
        if !matches!(kind, Kind::Real | Kind::Complex) {
            let name = &self.model.fields[field].name;
            return Err(Error::Input(format!("`{name}` lies on links: say it to a field on cells")));
        }
        on_map(grid, at)?;
        let center = point(grid, &at[..grid.place_axes().len()])?;
        let region = Region::points(grid, &[center], checked_radius(grid, radius)?, Profile::Gaussian);
        let parts = self.parts(&region, kind)?;
        let [re, im] = weighted_sum(self.present(field), &parts[0]);
        let edits = match kind {
            Kind::Complex => self.bump(field, &parts, strength, atan2(im, re)),
            _ => self.bump(field, &parts, if re < 0.0 { -strength } else { strength }, 0.0),
        };
        self.edit(field, &edits)
    }

    /// Field, active footprint and strength of an act, checked.
    pub(super) fn stroke(&self, field: &str, brush: &Brush, strength: f64) -> Result<(usize, Vec<Part>, f64), Error> {
        let field = self.field_named(field)?;
        let region = self.region(brush)?;
        Ok((field, self.parts(&region, self.model.fields[field].kind)?, checked_strength(strength)?))
    }

    /// `new(u, w, position)` at all positions under the brush.
    fn mixed(&self, field: usize, parts: &[Part], new: impl Fn(f64, f64, usize) -> f64) -> Edits {
        let present = self.present(field);
        let cells = present.kind.sites(&present.grid);
        let mut edits = Edits::new();
        for Part { components, footprint } in parts {
            for component in components.clone() {
                edits.extend(footprint.iter().filter_map(|&(cell, w)| {
                    let at = component * cells + cell;
                    let u = present.values.get(at);
                    let new = new(u, w, at);
                    // Adding nothing to -0 would still give +0.
                    (new != u).then_some((at, new))
                }));
            }
        }
        edits
    }

    /// `u + height w e^(i phase)`; real fields have no phase.
    fn bump(&self, field: usize, parts: &[Part], height: f64, phase: f64) -> Edits {
        let cells = self.model.grid.cells();
        let (sin, cos) = sin_cos(phase);
        let complex = self.model.fields[field].kind == Kind::Complex;
        self.mixed(field, parts, |u, w, at| {
            let direction = match (complex, at / cells) {
                (false, _) => 1.0,
                (true, 0) => cos,
                (true, _) => sin,
            };
            u + height * w * direction
        })
    }

    fn smoothed(&self, field: usize, parts: &[Part], strength: f64) -> Edits {
        let (present, grid) = (self.present(field), &self.model.grid);
        self.mixed(field, parts, |u, w, at| {
            let mean = mean_of_neighbors(present, grid, self.ground.mask.as_ref(), at);
            mean.map_or(u, |mean| u + strength * w * (mean - u))
        })
    }
}

/// Sum of weight times value of a cell field; the imaginary part of a real one is 0.
fn weighted_sum(field: &Field, part: &Part) -> [f64; 2] {
    let cells = field.grid.cells();
    let mut sum = [0.0; 2];
    for &(cell, weight) in &part.footprint {
        for component in part.components.clone() {
            sum[component] += weight * field.values.get(component * cells + cell);
        }
    }
    sum
}

/// The mean over the active neighbours of a position in its component; none without neighbours.
pub(super) fn mean_of_neighbors(field: &Field, grid: &Grid, mask: Option<&Field>, at: usize) -> Option<f64> {
    let cells = grid.cells();
    let (component, cell) = (at / cells, at % cells);
    let edges = link_axis(field.kind, component);
    let mut sum = 0.0;
    let mut count = 0.0;
    for neighbor in neighbors(grid, cell) {
        if is_active(grid, mask, edges, neighbor) {
            sum += field.values.get(component * cells + neighbor);
            count += 1.0;
        }
    }
    (count > 0.0).then(|| sum / count)
}

/// The cells next to a cell, below and above along each axis; on a graph all that an edge leads to.
fn neighbors(grid: &Grid, cell: usize) -> Vec<usize> {
    if let Some(graph) = grid.graph() {
        let ends = graph.ends();
        return graph.around().of(cell).map(|(edge, end)| ends[1 - end].at(edge)).collect();
    }
    let position = grid.position(cell);
    let along = |&axis: &Axis| {
        let (count, here) = (grid.cells_along(axis), position[axis.index()]);
        let bounded = grid.bounded(axis);
        let below = if here > 0 { Some(here - 1) } else { (!bounded).then(|| count - 1) };
        let above = if here + 1 < count { Some(here + 1) } else { (!bounded).then_some(0) };
        [below, above].into_iter().flatten().map(move |along| {
            let mut next = position;
            next[axis.index()] = along;
            grid.index(next)
        })
    };
    grid.axis_list().iter().flat_map(along).collect()
}
