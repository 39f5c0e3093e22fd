//! Steps of a field and of all that is grown alongside: its donor, and the copy that tells its Lyapunov exponent.
//!
//! In: a number of steps. Out: all of them at the same step. Invariant: whoever hears of another hears of it at the
//! start of a step, when all are at that step.

use super::Simulation;
use super::acts::walk;
use crate::error::Error;
use crate::field::{Field, Values};

impl Simulation {
    /// Runs some steps of all.
    pub(super) fn march(&mut self, first: u64, steps: u64) -> Result<(), Error> {
        let end = first + steps;
        let mut now = first;
        while now < end {
            self.converse(now)?;
            let renewal = self.shadow.as_ref().map_or(u64::MAX, |shadow| shadow.until_renewal(now));
            let together = self.until_next_word(now).min(renewal).min(end - now);
            walk(self.engine.as_mut(), &self.buffers, &self.pins, now, together)?;
            if let Some(dialog) = &mut self.dialog {
                dialog.donor.march(now, together)?;
                dialog.donor.step = now + together;
            }
            self.follow(now, together)?;
            now += together;
        }
        Ok(())
    }

    /// Becomes a copy of another field of the same seed, at its step: `change` is made to each number of each field, which
    /// is then rounded to this field's precision. Of use to experiments that ask what becomes of such a copy; nothing
    /// of it can be written down.
    pub(crate) fn take_over(
        &mut self,
        other: &mut Self,
        change: impl Fn(&crate::model::Field, f64) -> f64,
    ) -> Result<(), Error> {
        let there = other.fields()?.to_vec();
        let fields = self.model.fields.iter().zip(there).map(|(declared, field)| {
            let values: Vec<f64> = field.values.to_f64().into_iter().map(|value| change(declared, value)).collect();
            Field { values: Values::rounded(&values, self.options.precision), ..field }
        });
        let fields = fields.collect();
        (self.step, self.origin) = (other.step, other.origin);
        self.engine.set_origin(self.origin);
        self.write_fields(fields)?;
        self.engine.set_held(&other.safe.held);
        self.safe.step = self.step;
        self.safe.held.clone_from(&other.safe.held);
        Ok(())
    }

    /// Brings those alongside in line with the field after an act. `same_program`: nothing was compiled anew.
    pub(super) fn regroup(&mut self, same_program: bool) -> Result<(), Error> {
        self.replant_shadow(same_program)?;
        self.attend();
        self.keep_shadow()
    }

    /// Takes all back to their last snapshots.
    pub(super) fn rewind(&mut self) -> Result<(), Error> {
        for (&buffer, field) in self.buffers.iter().zip(&self.safe.fields) {
            self.engine.write(buffer, &field.values)?;
        }
        self.engine.set_held(&self.safe.held);
        self.step = self.safe.step;
        if let Some(dialog) = &mut self.dialog {
            dialog.donor.rewind()?;
        }
        self.rewind_shadow()?;
        self.recall()
    }
}
