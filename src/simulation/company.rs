//! Steps of a field and of all that is grown alongside: its donor, the copy that tells its Lyapunov exponent, and the
//! other runs of a batch.
//!
//! In: fields, each with a number of steps. Out: all of them that many steps later. Invariants: whoever hears of another
//! hears of it at the start of a step, when both are at that step; what each does is what it would do alone, bit for bit.
//! Runs go in stretches that end where somebody has to be looked at; all record a stretch before any is looked at, so that
//! engines of one [`Batch`](crate::engine::Batch) wait for the device once.

use super::Simulation;
use super::acts::walk;
use crate::error::Error;
use crate::field::{Field, Values};

/// Steps between two looks for values that are not finite.
pub(crate) const LOOK_EVERY: u64 = 64;

/// A field on its way to a step.
struct Leg<'s> {
    simulation: &'s mut Simulation,
    now: u64,
    end: u64,
    outcome: Result<(), Error>,
}

impl Leg<'_> {
    fn is_under_way(&self) -> bool {
        self.now < self.end && self.outcome.is_ok()
    }

    /// Steps until somebody has to be looked at.
    fn stretch(&self) -> u64 {
        let (field, now) = (&self.simulation, self.now);
        let renewal = field.shadow.as_ref().map_or(u64::MAX, |shadow| shadow.until_renewal(now));
        field.until_next_word(now).min(renewal).min(self.end - now)
    }

    fn attempt(&mut self, part: impl FnOnce(&mut Simulation) -> Result<(), Error>) {
        self.outcome = part(self.simulation);
    }
}

/// Calls with each leg that is not over.
fn each(legs: &mut [Leg<'_>], part: impl Fn(&mut Leg<'_>)) {
    legs.iter_mut().filter(|leg| leg.is_under_way()).for_each(part);
}

/// Brings all legs to their ends.
fn march(legs: &mut [Leg<'_>]) {
    while legs.iter().any(Leg::is_under_way) {
        each(legs, |leg| {
            let now = leg.now;
            leg.attempt(|field| field.converse(now));
        });
        each(legs, |leg| {
            let (now, steps) = (leg.now, leg.stretch());
            leg.attempt(|field| field.stride(now, steps));
        });
        each(legs, |leg| {
            leg.now += leg.stretch();
            let now = leg.now;
            leg.attempt(|field| field.renew_shadow(now));
        });
    }
}

/// Runs some steps of each field. Each stops at its first step that leaves a value that is not finite, and says where; its
/// fields then are those of the last step that was known to be finite, and the others go on.
pub(crate) fn advance_together(runs: Vec<(&mut Simulation, u64)>) -> Vec<Result<(), Error>> {
    let ends: Vec<u64> = runs.iter().map(|(field, steps)| field.step + steps).collect();
    let at_rest = |simulation| Leg { now: 0, end: 0, outcome: Ok(()), simulation };
    let mut legs: Vec<Leg<'_>> = runs.into_iter().map(|(simulation, _)| at_rest(simulation)).collect();
    legs.iter_mut().for_each(|leg| leg.now = leg.simulation.step);
    loop {
        legs.iter_mut().zip(&ends).for_each(|(leg, &end)| leg.end = end.min(leg.now + LOOK_EVERY));
        if !legs.iter().any(Leg::is_under_way) {
            return legs.into_iter().map(|leg| leg.outcome).collect();
        }
        march(&mut legs);
        for leg in legs.iter_mut().filter(|leg| leg.outcome.is_ok() && leg.simulation.step < leg.now) {
            leg.simulation.step = leg.now;
            leg.attempt(Simulation::check_finite);
        }
    }
}

impl Simulation {
    /// Runs some steps of all that belong to this field.
    pub(super) fn march(&mut self, first: u64, steps: u64) -> Result<(), Error> {
        let mut legs = [Leg { simulation: self, now: first, end: first + steps, outcome: Ok(()) }];
        march(&mut legs);
        let [leg] = legs;
        leg.outcome
    }

    /// Steps of all during which nobody is looked at; then all will be.
    fn stride(&mut self, first: u64, steps: u64) -> Result<(), Error> {
        walk(self.engine.as_mut(), &self.buffers, &self.pins, first, steps)?;
        self.engine.announce(&self.buffers);
        if let Some(dialog) = &mut self.dialog {
            dialog.donor.stride(first, steps)?;
            dialog.donor.step = first + steps;
        }
        self.follow(first, steps)
    }

    fn check_finite(&mut self) -> Result<(), Error> {
        if self.is_finite()? { Ok(()) } else { Err(self.locate()?) }
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
