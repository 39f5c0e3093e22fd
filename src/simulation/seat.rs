//! The engine under the fields: made at the start, and made anew when an act changes the equations.
//!
//! In: a model, its ground and fields. Out: an engine that holds them. Invariant: after [`Simulation::reseat`] the
//! fields, the step and the time are what they were; reductions that equations use start from the fields as they are.

use super::guard::Snapshot;
use super::start::Ground;
use super::{Options, Simulation};
use crate::discretize::{Factors, MASK, factors, graph_maps, step_program};
use crate::engine::{self, Engine, Origin};
use crate::error::Error;
use crate::field::{Field, Values};
use crate::math::arithmetic::Precision;
use crate::model::Model;
use crate::program::BufferId;

/// An engine, and where it keeps the fields.
pub(super) struct Seat {
    pub(super) engine: Box<dyn Engine>,
    pub(super) buffers: Vec<BufferId>,
}

impl Seat {
    /// Starts an engine and gives it maps, mask, fields and factors.
    pub(super) fn new(
        model: &Model,
        ground: &Ground,
        fields: &[Field],
        dt: f64,
        options: &Options,
    ) -> Result<Self, Error> {
        let program = step_program(model, dt, options.precision);
        let Options { backend, adapter, threads, batch, .. } = options;
        let engine = engine::start(program, *backend, adapter.as_deref(), *threads, batch)?;
        let named = |name: &str| engine.program().buffer_named(name).expect("every field has a state buffer");
        let buffers: Vec<BufferId> = model.fields.iter().map(|field| named(&field.name)).collect();
        let mut seat = Self { engine, buffers };
        seat.fill(model, ground, fields, options)?;
        Ok(seat)
    }

    /// Gives the engine all that it needs beside its program.
    pub(super) fn fill(
        &mut self,
        model: &Model,
        ground: &Ground,
        fields: &[Field],
        options: &Options,
    ) -> Result<(), Error> {
        let Self { engine, buffers } = self;
        for (map, field) in model.maps.iter().zip(&ground.maps) {
            write_map(engine.as_mut(), &map.name, field.as_ref(), options.precision)?;
        }
        write_map(engine.as_mut(), MASK, ground.mask.as_ref(), options.precision)?;
        for (name, values) in graph_maps(&model.grid) {
            if let Some(buffer) = engine.program().buffer_named(name) {
                engine.write(buffer, &Values::rounded(&values, options.precision))?;
            }
        }
        for (&buffer, field) in buffers.iter().zip(fields) {
            engine.write(buffer, &field.values)?;
        }
        let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
        for (parameter, &value) in model.parameters.iter().zip(&parameters) {
            if let Some(id) = engine.program().parameter_named(&parameter.name) {
                engine.set_parameter(id, value);
            }
        }
        write_factors(engine.as_mut(), model, &parameters, options.threads)
    }
}

/// Gives a Program a map (or the mask), if it uses it.
fn write_map(engine: &mut dyn Engine, name: &str, map: Option<&Field>, precision: Precision) -> Result<(), Error> {
    if let (Some(buffer), Some(map)) = (engine.program().buffer_named(name), map) {
        engine.write(buffer, &Values::rounded(&map.values.to_f64(), precision))?;
    }
    Ok(())
}

/// Gives an `etd2` program what depends on the parameters; others need nothing.
pub(super) fn write_factors(
    engine: &mut dyn Engine,
    model: &Model,
    parameters: &[f64],
    threads: usize,
) -> Result<(), Error> {
    let (dt, precision) = (engine.program().dt, engine.program().precision);
    for Factors { buffer, values } in factors(model, parameters, dt, precision, threads) {
        let buffer = engine.program().buffer_named(&buffer).expect("the program was made from this model");
        engine.write(buffer, &values)?;
    }
    Ok(())
}

impl Simulation {
    /// Goes on with other equations, another ground or another step. Nothing is changed if that fails.
    pub(super) fn reseat(&mut self, model: Model, ground: Ground, fields: Vec<Field>, dt: f64) -> Result<(), Error> {
        let now = self.time();
        let origin =
            if dt.to_bits() == self.dt.to_bits() { self.origin } else { Origin { step: self.step, time: now } };
        let Seat { mut engine, buffers } = Seat::new(&model, &ground, &fields, dt, &self.options)?;
        if self.step > 0 {
            // An engine that has made no step reduces at step 0: let that be now.
            engine.set_origin(Origin { step: 0, time: now });
            let held = engine.held()?;
            engine.set_held(&held);
        }
        engine.set_origin(origin);
        self.parameters = model.parameters.iter().map(|parameter| parameter.value).collect();
        self.safe = Snapshot { step: self.step, fields, held: engine.held()? };
        (self.engine, self.buffers) = (engine, buffers);
        (self.model, self.ground, self.dt, self.origin) = (model, ground, dt, origin);
        self.revision += 1;
        self.ground_changes += 1;
        Ok(())
    }

    /// Gives the engine a map as it is now.
    pub(super) fn write_map(&mut self, map: usize) -> Result<(), Error> {
        self.ground_changes += 1;
        let name = &self.model.maps[map].name;
        write_map(self.engine.as_mut(), name, self.ground.maps[map].as_ref(), self.options.precision)
    }

    /// Gives the engine mask and maps as they are now.
    pub(super) fn write_ground(&mut self) -> Result<(), Error> {
        (0..self.model.maps.len()).try_for_each(|map| self.write_map(map))?;
        write_map(self.engine.as_mut(), MASK, self.ground.mask.as_ref(), self.options.precision)
    }

    /// Gives the engine all fields.
    pub(super) fn write_fields(&mut self, fields: Vec<Field>) -> Result<(), Error> {
        for (&buffer, field) in self.buffers.iter().zip(&fields) {
            self.engine.write(buffer, &field.values)?;
        }
        self.safe.fields = fields;
        Ok(())
    }
}
