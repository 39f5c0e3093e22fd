//! Phase defects of a field, found where the field is.
//!
//! In: which field, and the link field that it is read through. Out: its defects, ordered by cell. Invariant: the list is
//! the one that [`crate::topology::defects::defects`] makes of the same numbers in the host's memory.

use super::Simulation;
use crate::discretize::MASK;
use crate::engine::DefectRecord;
use crate::error::Error;
use crate::grid::Axis;
use crate::topology::TopologyError;
use crate::topology::defects::{Defect, Plaquette, defects_among};

impl Simulation {
    /// The defects of a complex field now, both fields by their place in the model, as the device lists them. `None`
    /// where there is nothing to ask: the back end's memory is the host's, the grid is no plane, or the mask is not
    /// among what the equations use.
    pub fn defects_on_device(&mut self, field: usize, links: Option<usize>) -> Result<Option<Vec<Defect>>, Error> {
        let mask = self.engine.program().buffer_named(MASK);
        let grid = &self.model.grid;
        if grid.axes() != 2 || grid.graph().is_some() || self.ground.mask.is_some() != mask.is_some() {
            return Ok(None);
        }
        let shape = [Axis::X, Axis::Y].map(|axis| grid.cells_along(axis));
        let periodic = [Axis::X, Axis::Y].map(|axis| !grid.bounded(axis));
        let links = links.map(|links| self.buffers[links]);
        let Some(records) = self.engine.search_defects(self.buffers[field], links, mask)? else { return Ok(None) };
        let plaquette = |DefectRecord { cell, values, angles, .. }| Plaquette { cell, values, angles };
        let plaquettes: Vec<Plaquette<f32>> = records.into_iter().map(plaquette).collect();
        let refused = |why: TopologyError| Error::Input(why.to_string());
        defects_among(shape, periodic, &plaquettes).map(Some).map_err(refused)
    }
}
