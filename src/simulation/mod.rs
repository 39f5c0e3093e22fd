//! A running field: the whole flow on one screen, and the only owner of time.
//!
//! ```text
//! seed text -> Model -> (soil, maps, mask, initial values) -> Program -> Engine -> Fields -> measured expressions
//! ```
//!
//! In: a seed and acts. Out: fields, numbers, digests. Invariants: the step count (u64) is the truth and time follows
//! from it; a running field changes only by steps and by acts; equal seeds and acts give equal fields on one back end.

pub mod act;
mod acts;
mod checkpoint;
mod company;
mod dialog;
pub mod evaluator;
pub mod graph;
mod guard;
pub mod life;
mod misread;
mod planting;
mod seat;
mod shadow;
pub mod start;
pub mod trace;
mod vortices;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Backend, Batch, Engine, Origin, Place};
use crate::error::Error;
use crate::field::Field;
use crate::linear;
use crate::math::arithmetic::Precision;
use crate::model::Model;
use crate::program::BufferId;
use crate::seed::Seed;
use crate::soil::{Soil, SoilMaps, cache_folder};
pub use act::Act;
use acts::{Medium, PaintedValues, Pin, Relations};
pub(crate) use company::{LOOK_EVERY, advance_together};
use dialog::Dialog;
use evaluator::State;
use guard::Snapshot;
pub use planting::{Planted, grow_soil, keep_map, plant, plant_in_place, update};
use seat::{Seat, write_factors};
use shadow::Shadow;
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
    /// What its engines share with those of others; nothing by default.
    pub batch: Batch,
}

/// A running field.
pub struct Simulation {
    /// The present seed; absent where the field was grown from a model alone.
    text: Option<String>,
    model: Model,
    soil: Option<Soil>,
    relations: Relations,
    medium: Option<Arc<Medium>>,
    ground: Ground,
    ground_changes: u64,
    engine: Box<dyn Engine>,
    buffers: Vec<BufferId>,
    parameters: Vec<f64>,
    dt: f64,
    origin: Origin,
    step: u64,
    options: Options,
    safe: Snapshot,
    pins: Vec<Pin>,
    painted: Option<PaintedValues>,
    revision: u64,
    /// A donor, if the seed names one.
    dialog: Option<Box<Dialog>>,
    /// A copy that tells the Lyapunov exponent, if a series asks for it.
    shadow: Option<Box<Shadow>>,
}

impl Simulation {
    /// Grows the state at t = 0 of a seed's text, so that its equations can be rewritten while it lives.
    pub fn grow_text(text: &str, file: &str, soil: Option<Soil>, options: &Options) -> Result<Self, Error> {
        let (_, model, _) = read_seed(text, file)?;
        check_numbers(&model, options.precision, (text, file))?;
        let mut simulation = Self::grow_all(model, soil, options, Some((text, file)))?;
        simulation.text = Some(text.to_owned());
        Ok(simulation)
    }

    /// Grows the state at t = 0: all that a seed says, ready to step.
    pub fn grow(model: Model, soil: Option<Soil>, options: &Options) -> Result<Self, Error> {
        Self::grow_all(model, soil, options, None)
    }

    /// The field and those that are grown alongside; `seed` is the text and its name, for messages.
    fn grow_all(
        model: Model,
        soil: Option<Soil>,
        options: &Options,
        seed: Option<(&str, &str)>,
    ) -> Result<Self, Error> {
        let mut simulation = Self::grow_alone(model, soil, options)?;
        simulation.meet_donor(seed)?;
        simulation.cast_shadow()?;
        simulation.attend();
        simulation.check_delay()?;
        simulation.show_donor()?;
        simulation.keep_shadow()?;
        Ok(simulation)
    }

    /// The field by itself.
    fn grow_alone(mut model: Model, soil: Option<Soil>, options: &Options) -> Result<Self, Error> {
        if let Some(mistake) = model.not_finite_in(options.precision).into_iter().next() {
            return Err(Error::Input(mistake.message));
        }
        graph::ground(&mut model, soil.as_ref(), &options.folder)?;
        let maps = match (model.grid.graph(), &soil) {
            (Some(graph), _) if model.uses_soil() => Some(SoilMaps::of_graph(graph)),
            (None, Some(soil)) if model.uses_soil() => Some(soil.kept_maps(&model.grid, cache_folder().as_deref())?),
            _ => None,
        };
        let ground = Ground::new(&model, maps.as_ref(), &options.folder, options.threads)?;
        ground.check_numbers(&model, options.precision)?;
        let medium = soil.as_ref().zip(maps).and_then(|(soil, maps)| Medium::keep(soil, &model.grid, maps));
        let initial = ground.initial(&model, options.precision, options.threads)?;
        let dt = match model.time.dt {
            Some(dt) => dt,
            None => automatic_dt(&model, &ground, &initial)?,
        };
        let Seat { mut engine, buffers } = Seat::new(&model, &ground, &initial, dt, options)?;
        let parameters: Vec<f64> = model.parameters.iter().map(|parameter| parameter.value).collect();
        let safe = Snapshot { step: 0, fields: initial, held: engine.held()? };
        // A new engine under the same field must be of the same kind.
        let options = Options { backend: Some(engine.place().backend), ..options.clone() };
        Ok(Self {
            text: None,
            model,
            soil,
            relations: Relations::default(),
            medium,
            ground,
            ground_changes: 0,
            engine,
            buffers,
            parameters,
            dt,
            origin: Origin::default(),
            step: 0,
            options,
            safe,
            pins: vec![],
            painted: None,
            revision: 0,
            dialog: None,
            shadow: None,
        })
    }

    /// Runs some steps. Stops at the first step that leaves a value that is not finite, and says where; the fields
    /// then are those of the last step that was known to be finite.
    pub fn advance(&mut self, steps: u64) -> Result<(), Error> {
        advance_together(vec![(self, steps)]).remove(0)
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

    /// Where and how it is grown; the back end is the one that it runs on.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The Program that runs.
    pub fn program(&self) -> &crate::program::Program {
        self.engine.program()
    }

    /// Takes the device away, as drivers do.
    #[cfg(test)]
    pub(crate) fn lose_device(&mut self) {
        self.engine.lose_device();
    }

    /// Asks for the passes of the next step to be timed, where the device can.
    pub fn watch(&mut self) {
        self.engine.watch();
    }

    /// What the passes of the last timed step took, in milliseconds, by name.
    pub fn pass_times(&self) -> &[(String, f64)] {
        self.engine.pass_times()
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
    pub fn time(&self) -> f64 {
        self.origin.time_of(self.step, 0.0, self.dt)
    }

    /// Where time is counted from: another step than 0 once dt was rewritten.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Counts changes of the model: evaluators that were compiled before one are of no use after it.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The seed's text as it is now: with what was rewritten, not with what was retuned.
    pub fn seed_text(&self) -> Result<&str, Error> {
        let missing = || Error::Input("this field was grown from a model without its text".into());
        self.text.as_deref().ok_or_else(missing)
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
            self.show_donor()?;
            self.keep_shadow()?;
        }
        Ok(&self.safe.fields)
    }

    /// What expressions can refer to now; call [`Simulation::fields`] first.
    pub fn state(&self) -> State<'_> {
        State {
            step: self.safe.step,
            dt: self.dt,
            origin: self.origin,
            fields: &self.safe.fields,
            maps: &self.ground.maps,
            mask: self.ground.mask.as_ref(),
            ground: self.ground_changes,
            parameters: &self.parameters,
            lyapunov: self.lyapunov().unwrap_or(f64::NAN),
        }
    }

    /// Digest of each field now; the donor's are `donor.A` and so on.
    pub fn digests(&mut self) -> Result<BTreeMap<String, String>, Error> {
        let own = self.fields()?.iter().map(|field| (field.name.clone(), field.digest()));
        let mut digests: BTreeMap<String, String> = own.collect();
        if let Some(dialog) = &mut self.dialog {
            let there = dialog.donor.digests()?.into_iter();
            digests.extend(there.map(|(name, digest)| (format!("donor.{name}"), digest)));
        }
        Ok(digests)
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

/// The model of a seed, or all of its mistakes; warnings are returned.
pub fn read_seed(text: &str, file: &str) -> Result<(Seed, Model, Vec<Diagnostic>), Error> {
    let (seed, mut diagnostics) = Seed::parse_recoverable(text);
    let model = seed.as_ref().and_then(|seed| Model::from_seed(seed, &mut diagnostics));
    let wrong = diagnostics.iter().any(|found| found.severity == Severity::Error);
    match (seed, model) {
        (Some(seed), Some(model)) if !wrong => Ok((seed, model, diagnostics)),
        _ => Err(Error::Seed { file: file.to_owned(), text: text.to_owned(), diagnostics }),
    }
}

/// Refuses a seed with numbers that a precision can't hold; `seed` is its text and its name.
pub fn check_numbers(model: &Model, precision: Precision, (text, file): (&str, &str)) -> Result<(), Error> {
    match model.not_finite_in(precision) {
        found if found.is_empty() => Ok(()),
        diagnostics => Err(Error::Seed { file: file.to_owned(), text: text.to_owned(), diagnostics }),
    }
}

/// 0.8 of the linear stability bound at the initial state.
fn automatic_dt(model: &Model, ground: &Ground, initial: &[Field]) -> Result<f64, Error> {
    const SHARE: f64 = 0.8;
    if !linear::is_looked_at(model) {
        return Err(Error::Input(format!(
            "dt = \"auto\" is not found for more than {} real components of all fields together; give dt a number",
            linear::MOST_COMPONENTS
        )));
    }
    let base = linear::Base::largest(model, &ground.maps, initial);
    linear::stability_bound(model, &base, model.time.scheme).map(|bound| SHARE * bound).ok_or_else(|| {
        Error::Input("dt = \"auto\": nothing in the linearised equations limits the step; give dt a number".into())
    })
}
