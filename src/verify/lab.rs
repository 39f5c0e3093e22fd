//! Where checks grow their seeds, and how they read them.
//!
//! In: a seed's text and values for its parameters. Out: a [`Specimen`] that steps and is measured. Invariant: only
//! what any user of the library has: text, `Model::from_text`, `Simulation`, measured expressions. So a check that
//! holds proves the whole chain from the text on.

use std::fmt::Display;
use std::path::PathBuf;

use super::place::Place;
use crate::engine::Batch;
use crate::error::Error;
use crate::field::Field;
use crate::math::arithmetic::Precision;
use crate::model::Model;
use crate::seed::set;
use crate::simulation::evaluator::Evaluator;
use crate::simulation::{Options, Simulation};

/// Values for a seed's parameters and keys, by name.
pub type Settings<'a> = &'a [(&'a str, &'a dyn Display)];

/// Grows seeds at one place.
#[derive(Clone, Debug)]
pub struct Lab {
    /// Where.
    pub place: Place,
    /// Threads of the CPU back end and of the host's work.
    pub threads: usize,
}

impl Lab {
    /// A tolerance that depends on the precision: what f64 must reach, and f32.
    pub fn tolerance(&self, double: f64, single: f64) -> f64 {
        match self.place.precision {
            Precision::F64 => double,
            Precision::F32 => single,
        }
    }

    /// Grows a seed after some of its values have been replaced.
    pub fn grow(&self, text: &str, settings: Settings<'_>) -> Result<Specimen, Error> {
        let mut text = text.to_owned();
        for (key, value) in settings {
            text = set(&text, key, &value.to_string()).map_err(|wrong| seed_error(&text, vec![wrong]))?;
        }
        let reading = Model::from_text(&text);
        let model = reading.model.ok_or_else(|| seed_error(&text, reading.diagnostics))?;
        let options = Options {
            backend: Some(self.place.backend),
            adapter: self.place.adapter.clone(),
            threads: self.threads,
            precision: self.place.precision,
            folder: PathBuf::from("."),
            batch: Batch::default(),
        };
        let simulation = Simulation::grow(model, None, &options)?;
        let model = simulation.model();
        let (names, exprs): (Vec<_>, Vec<_>) =
            model.observe.series.iter().map(|series| (series.name.clone(), series.expr)).unzip();
        let series = Evaluator::new(model, &exprs, simulation.dt(), self.threads)?;
        Ok(Specimen { simulation, series, names })
    }
}

fn seed_error(text: &str, diagnostics: Vec<crate::diagnostic::Diagnostic>) -> Error {
    Error::Seed { file: "check".into(), text: text.to_owned(), diagnostics }
}

/// A growing seed.
pub struct Specimen {
    simulation: Simulation,
    series: Evaluator,
    names: Vec<String>,
}

impl Specimen {
    /// Steps on.
    pub fn advance(&mut self, steps: u64) -> Result<(), Error> {
        self.simulation.advance(steps)
    }

    /// Steps until a time that is not earlier than now.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of steps")]
    pub fn until(&mut self, time: f64) -> Result<(), Error> {
        let steps = ((time - self.simulation.time()) / self.simulation.dt()).round();
        self.simulation.advance(steps as u64)
    }

    /// Time now.
    pub fn time(&self) -> f64 {
        self.simulation.time()
    }

    /// One of the seed's series now.
    pub fn measure(&mut self, name: &str) -> Result<f64, Error> {
        let position = self.names.iter().position(|own| own == name).expect("the seed names its series");
        Ok(self.measure_all()?[position])
    }

    /// All of the seed's series now, in its order.
    pub fn measure_all(&mut self) -> Result<Vec<f64>, Error> {
        self.simulation.fields()?;
        self.series.numbers(&self.simulation.state())
    }

    /// One of the seed's fields now.
    pub fn field(&mut self, name: &str) -> Result<&Field, Error> {
        let fields = self.simulation.fields()?;
        Ok(fields.iter().find(|field| field.name == name).expect("the seed names its fields"))
    }

    /// A series at a later time minus now, per unit of time.
    pub fn rate_until(&mut self, name: &str, time: f64) -> Result<f64, Error> {
        let (start, from) = (self.time(), self.measure(name)?);
        self.until(time)?;
        Ok((self.measure(name)? - from) / (self.time() - start))
    }
}
