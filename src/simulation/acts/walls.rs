//! Walls: cells painted out of the mask, and back.
//!
//! In: a brush. Out: a mask that is the seed's without the painted cells. Invariants: what becomes inert holds 0; what
//! comes back begins at the mean of its living neighbours, or at 0 without any; the seed's own mask is never opened.

use super::pins::INSIDE;
use super::strokes::mean_of_neighbors;
use super::too_often;
use crate::error::Error;
use crate::field::Field;
use crate::model::Mask;
use crate::seed::Scheme;
use crate::simulation::Simulation;
use crate::simulation::act::Brush;
use crate::simulation::start::{is_active, link_axis, silence};

impl Simulation {
    /// Paints a wall (or takes it away).
    pub(super) fn wall(&mut self, brush: &Brush, wall: bool) -> Result<(), Error> {
        if self.model.time.scheme == Scheme::Etd2 {
            return Err(Error::Input(
                "`etd2` has no meaning with walls\n  = help: rewrite time.scheme to \"heun\" first, with a dt below its \
                 bound"
                    .into(),
            ));
        }
        let footprint = self.region(brush)?.footprint(None).ok_or_else(too_often)?;
        let inside = footprint.into_iter().filter(|(_, weight)| *weight >= INSIDE);
        let cells: Vec<usize> = inside.map(|(cell, _)| cell).collect();
        let before = self.ground.mask.clone();
        let grid = self.model.grid.clone();
        if self.model.mask.is_some() {
            if !self.ground.set_walls(&cells, &grid, wall)? {
                return Ok(());
            }
            let fields = self.resettled(before.as_ref(), self.ground.mask.as_ref());
            self.write_ground()?;
            self.write_fields(fields)?;
        } else {
            let mut ground = self.ground.clone();
            if !ground.set_walls(&cells, &grid, wall)? {
                return Ok(());
            }
            let fields = self.resettled(None, ground.mask.as_ref());
            let mut model = self.model.clone();
            model.mask = Some(Mask::Expression(model.arena.literal(1.0)));
            self.reseat(model, ground, fields, self.dt)?;
        }
        self.release_inert();
        Ok(())
    }

    /// The present fields fitted into another mask.
    fn resettled(&self, before: Option<&Field>, now: Option<&Field>) -> Vec<Field> {
        let mut fields = self.safe.fields.clone();
        fields.iter_mut().for_each(|field| resettle(field, before, now));
        fields
    }
}

/// Fits a field into another mask.
pub(super) fn resettle(field: &mut Field, before: Option<&Field>, now: Option<&Field>) {
    let (grid, kind) = (field.grid.clone(), field.kind);
    let cells = grid.cells();
    let active = |mask, at: usize| is_active(&grid, mask, link_axis(kind, at / cells), at % cells);
    let born: Vec<(usize, f64)> = (0..field.values.len())
        .filter(|&at| active(now, at) && !active(before, at))
        .map(|at| (at, mean_of_neighbors(field, &grid, before, at).unwrap_or(0.0)))
        .collect();
    for (at, value) in born {
        super::put(&mut field.values, at, value);
    }
    silence(field, now);
}
