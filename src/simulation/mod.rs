//! A running field: the whole flow on one screen, and the only owner of time.
//!
//! ```text
//! seed text -> Model -> (soil, maps, mask, initial values) -> Program -> Engine -> Fields -> measured expressions
//! ```
//!
//! In: a seed and acts. Out: fields, numbers, digests. Invariants: the step count (u64) is the truth and time follows
//! from it; a running field changes only by steps and by acts; equal seeds and acts give equal fields on one back end.

pub mod act;
pub mod evaluator;
mod guard;
pub mod start;
pub mod trace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::discretize::{Factors, MASK, factors, step_program};
use crate::engine::{self, Backend, Engine, Place};
use crate::error::Error;
use crate::field::Field;
use crate::linear;
use crate::math::arithmetic::Precision;
use crate::model::Model;
use crate::program::BufferId;
use crate::seed::{self, Seed};
use crate::soil::{LayoutKind, Progress, Soil, SoilOptions, cache_folder};
pub use act::Act;
use evaluator::State;
use guard::Snapshot;
use start::Ground;

/// Where and how a seed is grown.
#[derive(Clone, Debug)]
pub struct Options {
    /// The back end; `None` for `auto`: a hardware GPU, else the CPU.
    pub backend: Option<Backend>,
    /// Part of the name of the GPU adapter.
    pub adapter: Option<String>,
    /// Threads of the CPU back end and of all host work.
    pub threads: usize,
    /// The format of all numbers.
    pub precision: Precision,
    /// The folder that paths in the seed are relative to.
    pub folder: PathBuf,
}

/// A running field.
pub struct Simulation {
    model: Model,
    soil: Option<Soil>,
    ground: Ground,
    engine: Box<dyn Engine>,
    buffers: Vec<BufferId>,
    parameters: Vec<f64>,
    dt: f64,
    step: u64,
    threads: usize,
    safe: Snapshot,
}

impl Simulation {
    /// Grows the state at t = 0: all that a seed says, ready to step.
    pub fn grow(model: Model, soil: Option<Soil>, options: &Options) -> Result<Self, Error> {
        if let Some(mistake) = model.not_finite_in(options.precision).into_iter().next() {
            return Err(Error::Input(mistake.message));
        }
        let maps = match &soil {
            Some(soil) if model.uses_soil() => Some(soil.maps(&model.grid)?),
            _ => None,
        };
        let ground = Ground::new(&model, maps.as_ref(), &options.folder, options.threads)?;
        let initial = ground.initial(&model, options.precision, options.threads)?;
        let dt = match model.time.dt {
            Some(dt) => dt,
            None => automatic_dt(&model, &ground, &initial)?,
        };
        let program = step_program(&model, dt, options.precision);
        let mut engine = engine::start(program, options.backend, options.adapter.as_deref(), options.threads)?;

        for (map, field) in model.maps.iter().zip(&ground.maps) {
            if let (Some(buffer), Some(field)) = (engine.program().buffer_named(&map.name), field) {
                let values = crate::field::Values::rounded(&field.values.to_f64(), options.precision);
                engine.write(buffer, &values)?;
            }
        }
        if let (Some(buffer), Some(mask)) = (engine.program().buffer_named(MASK), &ground.mask) {
            let values = crate::field::Values::rounded(&mask.values.to_f64(), options.precision);
            engine.write(buffer, &values)?;
        }
        let named = |name: &str| engine.program().buffer_named(name).expect("every field has a state buffer");
        let buffers: Vec<BufferId> = model.fields.iter().map(|field| named(&field.name)).collect();
        for (&buffer, field) in buffers.iter().zip(&initial) {
            engine.write(buffer, &field.values)?;
        }
        let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
        write_factors(engine.as_mut(), &model, &parameters, options.threads)?;
        let safe = Snapshot { step: 0, fields: initial, held: engine.held()? };
        Ok(Self { model, soil, ground, engine, buffers, parameters, dt, step: 0, threads: options.threads, safe })
    }

    /// Runs some steps. Stops at the first step that leaves a value that is not finite, and says where; the fields
    /// then are those of the last step that was known to be finite.
    pub fn advance(&mut self, steps: u64) -> Result<(), Error> {
        /// Steps between two looks for values that are not finite.
        const LOOK_EVERY: u64 = 64;
        let end = self.step + steps;
        while self.step < end {
            let batch = LOOK_EVERY.min(end - self.step);
            self.engine.advance(self.step, batch)?;
            self.step += batch;
            if !self.is_finite()? {
                return Err(self.locate()?);
            }
        }
        Ok(())
    }

    /// Applies what a person did, at the present step.
    pub fn apply(&mut self, act: &Act) -> Result<(), Error> {
        match act {
            Act::Retune { name, value } => {
                let position = self.model.parameters.iter().position(|parameter| parameter.name == *name);
                let position = position.ok_or_else(|| Error::Input(format!("no parameter `{name}` to retune")))?;
                self.parameters[position] = *value;
                if let Some(id) = self.engine.program().parameter_named(name) {
                    self.engine.set_parameter(id, *value);
                }
                write_factors(self.engine.as_mut(), &self.model, &self.parameters, self.threads)
            }
            _ => Err(Error::Input(format!("`{}` is not done yet", act.kind()))),
        }
    }

    /// The model that is grown.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The notes under the field, if it has a soil.
    pub fn soil(&self) -> Option<&Soil> {
        self.soil.as_ref()
    }

    /// Maps and mask.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// What the fields run on.
    pub fn place(&self) -> Place {
        self.engine.place()
    }

    /// The Program that runs.
    pub fn program(&self) -> &crate::program::Program {
        self.engine.program()
    }

    /// Steps so far.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Length of a step.
    pub fn dt(&self) -> f64 {
        self.dt
    }

    /// Time of the present step.
    #[expect(clippy::cast_precision_loss, reason = "steps are far below 2^52")]
    pub fn time(&self) -> f64 {
        self.step as f64 * self.dt
    }

    /// Values of the parameters now, in the order of the seed.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// The fields as they are now, in the order of the seed. They become the place to which a failing run falls back.
    pub fn fields(&mut self) -> Result<&[Field], Error> {
        if self.safe.step != self.step {
            let fields = self.read()?;
            if fields.iter().any(|field| start::first_not_finite(field).is_some()) {
                return Err(self.locate()?);
            }
            self.safe = Snapshot { step: self.step, fields, held: self.engine.held()? };
        }
        Ok(&self.safe.fields)
    }

    /// What expressions can refer to now; call [`Simulation::fields`] first.
    pub fn state(&self) -> State<'_> {
        State {
            step: self.safe.step,
            dt: self.dt,
            fields: &self.safe.fields,
            maps: &self.ground.maps,
            mask: self.ground.mask.as_ref(),
            parameters: &self.parameters,
        }
    }

    /// Digest of each field now.
    pub fn digests(&mut self) -> Result<BTreeMap<String, String>, Error> {
        Ok(self.fields()?.iter().map(|field| (field.name.clone(), field.digest())).collect())
    }

    fn read(&mut self) -> Result<Vec<Field>, Error> {
        let mut fields = Vec::new();
        for (declared, &buffer) in self.model.fields.iter().zip(&self.buffers) {
            let values = self.engine.read(buffer)?;
            let (name, grid) = (declared.name.clone(), self.model.grid.clone());
            fields.push(Field { name, kind: declared.kind, grid, values });
        }
        Ok(fields)
    }
}

/// Gives an `etd2` program what depends on the parameters; others need nothing.
fn write_factors(engine: &mut dyn Engine, model: &Model, parameters: &[f64], threads: usize) -> Result<(), Error> {
    let (dt, precision) = (engine.program().dt, engine.program().precision);
    for Factors { buffer, values } in factors(model, parameters, dt, precision, threads) {
        let buffer = engine.program().buffer_named(&buffer).expect("the program was made from this model");
        engine.write(buffer, &values)?;
    }
    Ok(())
}

/// 0.8 of the linear stability bound at the initial state.
fn automatic_dt(model: &Model, ground: &Ground, initial: &[Field]) -> Result<f64, Error> {
    const SHARE: f64 = 0.8;
    let base = linear::Base::largest(model, &ground.maps, initial);
    linear::stability_bound(model, &base, model.time.scheme).map(|bound| SHARE * bound).ok_or_else(|| {
        Error::Input("dt = \"auto\": nothing in the linearised equations limits the step; give dt a number".into())
    })
}

/// Makes the soil that a seed names; paths are relative to its folder.
pub fn grow_soil(seed: &Seed, folder: &Path, progress: &dyn Progress) -> Result<Option<Soil>, Error> {
    let Some(declared) = &seed.soil else { return Ok(None) };
    let options = SoilOptions {
        neighbors: declared.neighbors.map_or(SoilOptions::default().neighbors, |neighbors| neighbors.value),
        layout: match declared.layout.map(|layout| layout.value) {
            None | Some(seed::Layout::Neighbor) => LayoutKind::Neighbor,
            Some(seed::Layout::Pca) => LayoutKind::Pca,
            Some(seed::Layout::Given) => LayoutKind::Given,
        },
        encoder: declared.encoder.as_ref().map_or(SoilOptions::default().encoder, |encoder| encoder.value.clone()),
        columns: declared.columns.iter().map(|entry| (entry.name.value.clone(), entry.text.value.clone())).collect(),
        rng_seed: seed.rng_seed,
        cache: cache_folder(),
    };
    Ok(Some(Soil::grow(&folder.join(&declared.source.value), &options, progress)?))
}
