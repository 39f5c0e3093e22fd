//! Pins: regions held to a value for some steps.
//!
//! In: a field, a brush, a value and a number of steps. Out: after each of these steps the held positions are written
//! again, whatever the scheme and the back end. Invariant: a pin ends by its step, never by the clock; what is walled
//! up is no longer held.

use super::{Edits, Part, put};
use crate::engine::Engine;
use crate::error::Error;
use crate::program::BufferId;
use crate::simulation::Simulation;
use crate::simulation::act::Brush;
use crate::simulation::start::{is_active, link_axis};

/// Weight from which on a cell belongs to a region that has no soft edge.
pub(super) const INSIDE: f64 = 0.5;
/// The most pins at one time.
const MOST: usize = 256;

/// A held region.
#[derive(Clone, Debug)]
pub(in crate::simulation) struct Pin {
    field: usize,
    edits: Edits,
    /// The last step after which it is written.
    until: u64,
}

impl Simulation {
    pub(super) fn pin(&mut self, field: &str, brush: &Brush, value: &str, steps: u64) -> Result<(), Error> {
        let (field, parts, _) = self.stroke(field, brush, 0.0)?;
        self.drop_expired();
        if self.pins.len() >= MOST {
            return Err(Error::Input(format!(
                "{MOST} regions are held already: let go of some before pinning another"
            )));
        }
        let painted = if value.trim().is_empty() { None } else { Some(self.values_of(field, value)?) };
        let present = self.present(field);
        let cells = present.kind.sites(&present.grid);
        let mut edits = Edits::new();
        for Part { components, footprint } in &parts {
            for component in components.clone() {
                for &(cell, _) in footprint.iter().filter(|(_, weight)| *weight >= INSIDE) {
                    let at = component * cells + cell;
                    edits.push((at, painted.as_ref().map_or_else(|| present.values.get(at), |painted| painted.at(at))));
                }
            }
        }
        self.edit(field, &edits)?;
        if !edits.is_empty() {
            self.pins.push(Pin { field, edits, until: self.step.saturating_add(steps) });
        }
        Ok(())
    }

    pub(super) fn release(&mut self, brush: &Brush) -> Result<(), Error> {
        self.drop_expired();
        let touched: Vec<Vec<Part>> = {
            let region = self.region(brush)?;
            let kinds = self.model.fields.iter().map(|field| field.kind);
            kinds.map(|kind| self.parts(&region, kind)).collect::<Result<_, _>>()?
        };
        let (fields, grid) = (&self.model.fields, &self.model.grid);
        self.pins.retain(|pin| {
            let cells = fields[pin.field].kind.sites(grid);
            let part = |at: usize| touched[pin.field].iter().find(|part| part.components.contains(&(at / cells)));
            let is_touched = |&(at, _): &(usize, f64)| {
                let found = |part: &Part| part.footprint.binary_search_by_key(&(at % cells), |(cell, _)| *cell).is_ok();
                part(at).is_some_and(found)
            };
            !pin.edits.iter().any(is_touched)
        });
        Ok(())
    }

    /// Puts what is held into the present fields, which another act has replaced.
    pub(super) fn hold(&mut self) -> Result<(), Error> {
        self.drop_expired();
        for pin in std::mem::take(&mut self.pins) {
            self.edit(pin.field, &pin.edits)?;
            self.pins.push(pin);
        }
        Ok(())
    }

    /// Lets go of what is inert now.
    pub(super) fn release_inert(&mut self) {
        let (grid, mask) = (&self.model.grid, self.ground.mask.as_ref());
        for pin in &mut self.pins {
            let kind = self.model.fields[pin.field].kind;
            let cells = kind.sites(grid);
            pin.edits.retain(|&(at, _)| is_active(grid, mask, link_axis(kind, at / cells), at % cells));
        }
        self.pins.retain(|pin| !pin.edits.is_empty());
    }

    /// Renumbers the fields of pins; those of fields that are no more let go.
    pub(super) fn renumber_pins(&mut self, new: &[Option<usize>]) {
        self.pins.retain_mut(|pin| new[pin.field].map(|field| pin.field = field).is_some());
    }

    fn drop_expired(&mut self) {
        let now = self.step;
        self.pins.retain(|pin| pin.until > now);
    }
}

/// Runs some steps of an engine, writing what is held after each of them.
pub(in crate::simulation) fn walk(
    engine: &mut dyn Engine,
    buffers: &[BufferId],
    pins: &[Pin],
    first: u64,
    steps: u64,
) -> Result<(), Error> {
    let end = first + steps;
    let held = pins.iter().map(|pin| pin.until).max().unwrap_or(0).min(end);
    for step in first..held {
        engine.advance(step, 1)?;
        write_pins(engine, buffers, pins, step + 1)?;
    }
    let free = first.max(held);
    Ok(engine.advance(free, end - free)?)
}

/// Writes what is held after a step.
fn write_pins(engine: &mut dyn Engine, buffers: &[BufferId], pins: &[Pin], step: u64) -> Result<(), Error> {
    for (field, &buffer) in buffers.iter().enumerate() {
        let mut pins = pins.iter().filter(|pin| pin.field == field && step <= pin.until).peekable();
        if pins.peek().is_none() {
            continue;
        }
        let mut values = engine.read(buffer)?;
        for &(at, value) in pins.flat_map(|pin| &pin.edits) {
            put(&mut values, at, value);
        }
        engine.write(buffer, &values)?;
    }
    Ok(())
}
