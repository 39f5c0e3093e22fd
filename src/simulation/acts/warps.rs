//! Warps: acts that carry what a field holds from place to place.
//!
//! In: a displacement d(x) under a brush. Out: `u'(x) = u(x - d(x))`, interpolated linearly along each axis between
//! active positions; beyond a wall lies what lies at it. Components (of links too) are carried as numbers, not turned.

use super::brush::{Point, offset, position};
use super::{Edits, LARGEST, Part, checked_strength};
use crate::error::Error;
use crate::field::Field;
use crate::grid::{Axis, Grid};
use crate::math::elementary::scalar64::sin_cos;
use crate::simulation::Simulation;
use crate::simulation::act::Brush;
use crate::simulation::start::{is_active, link_axis};

impl Simulation {
    pub(super) fn stir(&mut self, field: &str, brush: &Brush, strength: f64) -> Result<(), Error> {
        let field = self.field_named(field)?;
        let strength = checked_strength(strength)?;
        if self.model.grid.axes() < 2 {
            return Err(Error::Input("on a line nothing can be stirred: push it".into()));
        }
        let grid = self.model.grid.clone();
        let region = self.region(brush)?;
        let center = region.center();
        let parts = self.parts(&region, self.model.fields[field].kind)?;
        // The source of x is x turned back about the centre.
        let edits = self.warped(field, &parts, |x, weight| {
            let from = offset(&grid, center, x);
            let (sin, cos) = sin_cos(strength * weight);
            let back = [cos * from[0] + sin * from[1], cos * from[1] - sin * from[0]];
            [from[0] - back[0], from[1] - back[1], 0.0]
        });
        self.edit(field, &edits)
    }

    pub(super) fn push(&mut self, field: &str, brush: &Brush, by: &[f64]) -> Result<(), Error> {
        let field = self.field_named(field)?;
        let grid = &self.model.grid;
        if by.len() != grid.axes() || by.iter().any(|along| !along.is_finite() || along.abs() > LARGEST) {
            return Err(Error::Input(format!("a push by {by:?}: give {} finite lengths, one per axis", grid.axes())));
        }
        let mut displacement = [0.0; 3];
        displacement[..by.len()].copy_from_slice(by);
        let region = self.region(brush)?;
        let parts = self.parts(&region, self.model.fields[field].kind)?;
        let edits = self.warped(field, &parts, |_, weight| displacement.map(|along| weight * along));
        self.edit(field, &edits)
    }

    /// What the displacement (of a place with its weight) brings to each position under the brush.
    fn warped(&self, field: usize, parts: &[Part], displacement: impl Fn(Point, f64) -> Point) -> Edits {
        let (present, grid) = (self.present(field), &self.model.grid);
        let mask = self.ground.mask.as_ref();
        let mut edits = Edits::new();
        for Part { components, footprint } in parts {
            let edges = link_axis(present.kind, components.start);
            for &(cell, weight) in footprint {
                let here = grid.position(cell);
                let d = displacement(position(grid, here, edges), weight);
                if d == [0.0; 3] {
                    continue;
                }
                let stencil = stencil(grid, here, d, |cell| is_active(grid, mask, edges, cell));
                for component in components.clone() {
                    if let Some(value) = sampled(present, component, &stencil) {
                        edits.push((component * grid.cells() + cell, value));
                    }
                }
            }
        }
        edits
    }
}

/// Cells with their shares: two per axis.
struct Stencil {
    corners: [([usize; 3], f64); 8],
    count: usize,
}

/// The cells round `here - d` that are active, with their shares; the others have share 0.
fn stencil(grid: &Grid, here: [usize; 3], d: Point, active: impl Fn(usize) -> bool) -> Stencil {
    let mut corners = [([0; 3], 0.0); 8];
    corners[0].1 = 1.0;
    let mut count = 1;
    for &axis in grid.axis_list() {
        let (low, high, share) = between(grid, axis, here[axis.index()], d[axis.index()] / grid.spacing(axis));
        for at in 0..count {
            let (corner, weight) = corners[at];
            let (mut below, mut above) = (corner, corner);
            (below[axis.index()], above[axis.index()]) = (low, high);
            corners[at] = (below, weight * (1.0 - share));
            corners[count + at] = (above, weight * share);
        }
        count *= 2;
    }
    for (corner, weight) in &mut corners[..count] {
        if !active(grid.index(*corner)) {
            *weight = 0.0;
        }
    }
    Stencil { corners, count }
}

/// The weighted mean of a component; none without active cells.
fn sampled(field: &Field, component: usize, stencil: &Stencil) -> Option<f64> {
    let cells = field.grid.cells();
    let (mut sum, mut weights) = (0.0, 0.0);
    for &(corner, weight) in &stencil.corners[..stencil.count] {
        sum += weight * field.values.get(component * cells + field.grid.index(corner));
        weights += weight;
    }
    (weights > 0.0).then(|| sum / weights)
}

/// The cells on either side of `here - shift`, in cells, and the share of the upper one.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cell counts")]
fn between(grid: &Grid, axis: Axis, here: usize, shift: f64) -> (usize, usize, f64) {
    let count = grid.cells_along(axis);
    let at = here as f64 - shift;
    let last = (count - 1) as f64;
    if grid.bounded(axis) {
        let at = at.clamp(0.0, last);
        let low = at.floor() as usize;
        return (low, (low + 1).min(count - 1), at - at.floor());
    }
    let low = at.floor();
    let index = (low.rem_euclid(count as f64) as usize).min(count - 1);
    (index, (index + 1) % count, at - low)
}
