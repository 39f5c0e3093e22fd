//! The watch for values that are not finite: where, and after which step.
//!
//! In: a state that is known to be finite and a later one that is not. Out: the first step after which it is not, and
//! the first cell; found by running again from the snapshot, halving the interval. The fields stay those of the
//! snapshot, so that nothing measured is lost.

use super::Simulation;
use super::start::{first_not_finite, position};
use crate::error::Error;
use crate::field::Field;
use crate::linear;

/// A state to fall back to.
pub(super) struct Snapshot {
    pub(super) step: u64,
    pub(super) fields: Vec<Field>,
    pub(super) held: Vec<(f64, f64)>,
}

impl Simulation {
    /// Whether all values are finite, those of a donor too.
    pub(super) fn is_finite(&mut self) -> Result<bool, Error> {
        for &buffer in &self.buffers {
            if !self.engine.is_finite(buffer)? {
                return Ok(false);
            }
        }
        match &mut self.dialog {
            Some(dialog) => dialog.donor.is_finite(),
            None => Ok(true),
        }
    }

    /// The error that names field, step and cell.
    pub(super) fn locate(&mut self) -> Result<Error, Error> {
        let (mut good, mut bad) = (self.safe.step, self.step);
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            self.rerun(middle)?;
            if self.is_finite()? { good = middle } else { bad = middle }
        }
        self.rerun(bad)?;
        let error = match self.broken()? {
            Some(error) => error,
            None => {
                let donor = &mut self.dialog.as_mut().expect("something is not finite").donor;
                match donor.broken()?.expect("something is not finite") {
                    Error::NotFinite { field, step, time, cell, advice } => {
                        Error::NotFinite { field: format!("donor.{field}"), step, time, cell, advice }
                    }
                    other => other,
                }
            }
        };
        self.rewind()?;
        Ok(error)
    }

    /// The first own value that is not finite at the present step.
    fn broken(&mut self) -> Result<Option<Error>, Error> {
        let broken = self.read()?.into_iter().find_map(|field| first_not_finite(&field).map(|at| (field, at)));
        Ok(broken.map(|(field, at)| Error::NotFinite {
            step: self.step,
            time: self.origin.time_of(self.step, 0.0, self.dt),
            cell: position(field.kind, &self.model.grid, at),
            advice: self.advice(),
            field: field.name,
        }))
    }

    /// From the snapshot to a later step.
    fn rerun(&mut self, step: u64) -> Result<(), Error> {
        self.rewind()?;
        self.march(self.safe.step, step - self.safe.step)?;
        self.step = step;
        Ok(())
    }

    fn advice(&self) -> String {
        let base = linear::Base::largest(&self.model, &self.ground.maps, &self.safe.fields);
        match linear::stability_bound(&self.model, &base, self.model.time.scheme) {
            Some(bound) if bound < self.dt => format!(
                "dt = {} is above the linear stability bound {bound:.3e}: try dt = {:.2e}",
                self.dt,
                0.8 * bound
            ),
            _ => format!("try dt = {:.2e}, or check the equation for unbounded growth", self.dt / 4.0),
        }
    }
}
