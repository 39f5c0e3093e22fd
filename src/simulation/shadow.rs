//! The largest Lyapunov exponent of a running field, by a copy that is kept close to it.
//!
//! In: a field whose series ask for `lyapunov()`. Out: the mean growth rate of a small difference (Benettin, Galgani,
//! Giorgilli and Strelcyn, Meccanica 15, 9, 1980). The copy differs by [`apart`] of the field's norm (all evolving
//! fields together, at first by normal numbers from a stream of their own); after every [`RENEW_EVERY`] steps the
//! logarithm of what the difference has become is noted, and the copy is put back to that distance in the direction
//! that the difference has. The value at time t is the mean rate from t/2 to t, so that what the difference needs to
//! find its direction is forgotten. A nudged field's copy hears what the field hears: its exponent is the conditional
//! one, the rate at which two listeners of one donor part. Invariants: the field itself is never changed; an act ends
//! an interval early, and the direction survives it.

use super::Simulation;
use super::acts::walk;
use super::seat::Seat;
use super::start::silence;
use crate::error::Error;
use crate::field::{Field, Values};
use crate::math::arithmetic::Precision;
use crate::math::elementary::scalar64::log;
use crate::math::rng::{self, Draw};
use crate::math::sum;
use crate::model::Node;

/// Steps between two renewals: short beside the growth that an explicit scheme can follow.
const RENEW_EVERY: u64 = 50;
/// Stream of the first difference.
const STREAM: u32 = 0xE000_0000;

/// Distance of the copy in units of the field's norm: far above rounding, far below where it ceases to be small.
const fn apart(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 1e-3,
        Precision::F64 => 1e-7,
    }
}

/// The copy.
pub(super) struct Shadow {
    pub(super) seat: Seat,
    /// What the difference is, component by component, on all evolving fields in turn.
    difference: Vec<f64>,
    /// Its norm after the last renewal.
    size: f64,
    /// The step of the last renewal.
    renewed: u64,
    /// Time and sum of all logarithms of growth at each renewal.
    growth: Vec<(f64, f64)>,
    safe: Safe,
}

/// What to go back to.
#[derive(Clone, Debug, Default)]
struct Safe {
    fields: Vec<Values>,
    held: Vec<(f64, f64)>,
    difference: Vec<f64>,
    size: f64,
    renewed: u64,
    renewals: usize,
}

/// A copy without its engine, for a checkpoint.
#[derive(Debug)]
pub(super) struct KeptShadow {
    safe: Safe,
    growth: Vec<(f64, f64)>,
}

impl KeptShadow {
    pub(super) fn bytes(&self) -> usize {
        let fields: usize = self.safe.fields.iter().map(|values| values.len() * size_of::<f64>()).sum();
        fields + size_of_val(&self.safe.difference[..]) + size_of_val(&self.growth[..])
    }
}

impl Shadow {
    /// The mean rate over the second half of the time that was followed; not a number before there is one.
    fn exponent(&self) -> f64 {
        let [(start, _), .., (end, total)] = self.growth[..] else { return f64::NAN };
        let middle = start + 0.5 * (end - start);
        let from = self.growth.iter().rev().find(|(time, _)| *time <= middle);
        from.map_or(f64::NAN, |(time, sum)| (total - sum) / (end - time))
    }

    /// Steps until the next renewal.
    pub(super) fn until_renewal(&self, step: u64) -> u64 {
        RENEW_EVERY.saturating_sub(step.saturating_sub(self.renewed)).max(1)
    }
}

impl Simulation {
    /// The largest Lyapunov exponent as far as it is known, if a series asks for it; see [`shadow`](self).
    pub fn lyapunov(&self) -> Option<f64> {
        self.shadow.as_ref().map(|shadow| shadow.exponent())
    }

    /// Plants a copy beside the field if a series asks for its exponent, and none if none does.
    pub(super) fn cast_shadow(&mut self) -> Result<(), Error> {
        let asked = self
            .model
            .observe
            .series
            .iter()
            .any(|series| self.model.arena.any(series.expr, &|node| matches!(node, Node::Lyapunov)));
        if !asked || self.shadow.is_some() {
            self.shadow = self.shadow.take().filter(|_| asked);
            return Ok(());
        }
        let seat = Seat::new(&self.model, &self.ground, &self.safe.fields, self.dt, &self.options)?;
        let (renewed, difference) = (self.step, self.first_difference());
        let growth = vec![(self.time(), 0.0)];
        let mut shadow = Shadow { seat, difference, size: 0.0, renewed, growth, safe: Safe::default() };
        let fields = self.safe.fields.clone();
        self.put_apart(&mut shadow, &fields)?;
        self.shadow = Some(Box::new(shadow));
        Ok(())
    }

    /// Normal numbers where fields evolve and are active.
    fn first_difference(&self) -> Vec<f64> {
        let mut difference = Vec::new();
        for (index, field) in self.evolving() {
            let mut numbers = vec![0.0; field.values.len()];
            let stream = STREAM + u32::try_from(index).expect("few fields");
            rng::fill_normal_f64(&mut numbers, 0, Draw { rng_seed: self.model.rng_seed, stream, step: 0 });
            difference.extend(self.silenced(field, numbers));
        }
        difference
    }

    /// Fields that change, with their positions.
    fn evolving(&self) -> impl Iterator<Item = (usize, &Field)> {
        let rests = |index: usize| self.model.arena.is_zero(self.model.fields[index].equation);
        self.safe.fields.iter().enumerate().filter(move |(index, _)| !rests(*index))
    }

    fn silenced(&self, like: &Field, numbers: Vec<f64>) -> Vec<f64> {
        let mut field = Field { values: Values::F64(numbers), ..like.clone() };
        silence(&mut field, self.ground.mask.as_ref());
        field.values.to_f64()
    }

    /// Puts the copy at its distance from the given fields, in the direction of its difference.
    fn put_apart(&self, shadow: &mut Shadow, fields: &[Field]) -> Result<(), Error> {
        let own: Vec<Values> = self.evolving().map(|(index, _)| fields[index].values.clone()).collect();
        let size = norm(own.iter().flat_map(Values::to_f64).collect::<Vec<_>>().as_slice());
        let wanted = apart(self.options.precision) * if size > 0.0 { size } else { 1.0 };
        let scale = wanted / norm(&shadow.difference);
        let (mut at, mut differences) = (0, Vec::with_capacity(shadow.difference.len()));
        let positions: Vec<usize> = self.evolving().map(|(index, _)| index).collect();
        for (index, own) in positions.into_iter().zip(own) {
            let own = own.to_f64();
            let moved: Vec<f64> =
                own.iter().zip(&shadow.difference[at..]).map(|(own, change)| own + scale * change).collect();
            let moved = Values::rounded(&moved, self.options.precision);
            differences.extend(moved.to_f64().iter().zip(&own).map(|(moved, own)| moved - own));
            at += own.len();
            shadow.seat.engine.write(shadow.seat.buffers[index], &moved)?;
        }
        // As it was rounded, not as it was meant.
        shadow.size = norm(&differences);
        Ok(())
    }

    /// Notes how the difference has grown since the last renewal, with its direction.
    fn note_growth(&self, shadow: &mut Shadow, fields: &[Field], step: u64) -> Result<(), Error> {
        let mut difference = Vec::with_capacity(shadow.difference.len());
        let positions: Vec<usize> = self.evolving().map(|(index, _)| index).collect();
        for index in positions {
            let there = shadow.seat.engine.read(shadow.seat.buffers[index])?.to_f64();
            let here = fields[index].values.to_f64();
            difference.extend(there.iter().zip(&here).map(|(there, here)| there - here));
        }
        let size = norm(&difference);
        let (_, total) = shadow.growth.last().copied().expect("it begins with a zero");
        let time = self.origin.time_of(step, 0.0, self.dt);
        let told = size.is_finite() && size > 0.0;
        // A difference that has sunk below rounding has sunk by at least that much.
        let grown = if told { log(size / shadow.size) } else { log(f64::EPSILON) };
        shadow.growth.push((time, total + grown));
        if told {
            shadow.difference = difference;
        }
        shadow.renewed = step;
        Ok(())
    }

    /// Runs the copy. The field itself has made these steps already.
    pub(super) fn follow(&mut self, first: u64, steps: u64) -> Result<(), Error> {
        let Some(shadow) = self.shadow.as_deref_mut() else { return Ok(()) };
        let Seat { engine, buffers } = &mut shadow.seat;
        walk(engine.as_mut(), buffers, &self.pins, first, steps)?;
        engine.announce(buffers);
        Ok(())
    }

    /// Renews the copy if that is due; both are at a step.
    pub(super) fn renew_shadow(&mut self, step: u64) -> Result<(), Error> {
        let Some(mut shadow) = self.shadow.take() else { return Ok(()) };
        if step - shadow.renewed >= RENEW_EVERY {
            let fields = self.read()?;
            self.note_growth(&mut shadow, &fields, step)?;
            self.put_apart(&mut shadow, &fields)?;
        }
        self.shadow = Some(shadow);
        Ok(())
    }

    /// Ends the interval before an act; [`Simulation::fields`] was called.
    pub(super) fn close_interval(&mut self) -> Result<(), Error> {
        let Some(mut shadow) = self.shadow.take() else { return Ok(()) };
        if self.step > shadow.renewed {
            let fields = self.safe.fields.clone();
            self.note_growth(&mut shadow, &fields, self.step)?;
        }
        self.shadow = Some(shadow);
        Ok(())
    }

    /// Plants the copy again after an act.
    pub(super) fn replant_shadow(&mut self, same_program: bool) -> Result<(), Error> {
        self.cast_shadow()?;
        let Some(mut shadow) = self.shadow.take() else { return Ok(()) };
        if same_program {
            shadow.seat.fill(&self.model, &self.ground, &self.safe.fields, &self.options)?;
        } else {
            shadow.seat = Seat::new(&self.model, &self.ground, &self.safe.fields, self.dt, &self.options)?;
        }
        shadow.seat.engine.set_origin(self.origin);
        shadow.seat.engine.set_held(&self.safe.held);
        let lengths: usize = self.evolving().map(|(_, field)| field.values.len()).sum();
        if lengths != shadow.difference.len() {
            shadow.difference = self.first_difference();
        }
        let fields: Vec<Field> = self.evolving().map(|(_, field)| field.clone()).collect();
        let mut at = 0;
        for field in &fields {
            let numbers = shadow.difference[at..at + field.values.len()].to_vec();
            shadow.difference[at..at + field.values.len()].copy_from_slice(&self.silenced(field, numbers));
            at += field.values.len();
        }
        if norm(&shadow.difference) == 0.0 {
            shadow.difference = self.first_difference();
        }
        let fields = self.safe.fields.clone();
        self.put_apart(&mut shadow, &fields)?;
        self.shadow = Some(shadow);
        Ok(())
    }

    /// Keeps what the copy is now, to go back to.
    pub(super) fn keep_shadow(&mut self) -> Result<(), Error> {
        let Some(shadow) = self.shadow.as_deref_mut() else { return Ok(()) };
        let seat = &mut shadow.seat;
        let fields = seat.buffers.iter().map(|&buffer| seat.engine.read(buffer)).collect::<Result<_, _>>()?;
        shadow.safe = Safe {
            fields,
            held: seat.engine.held()?,
            difference: shadow.difference.clone(),
            size: shadow.size,
            renewed: shadow.renewed,
            renewals: shadow.growth.len(),
        };
        Ok(())
    }

    /// The copy as it was kept last.
    pub(super) fn kept_shadow(&self) -> Option<KeptShadow> {
        let shadow = self.shadow.as_deref()?;
        Some(KeptShadow { safe: shadow.safe.clone(), growth: shadow.growth[..shadow.safe.renewals].to_vec() })
    }

    /// Plants a copy that was kept.
    pub(super) fn revive_shadow(&mut self, kept: &KeptShadow) -> Result<(), Error> {
        let Safe { difference, size, renewed, .. } = kept.safe.clone();
        let mut seat = Seat::new(&self.model, &self.ground, &self.safe.fields, self.dt, &self.options)?;
        seat.engine.set_origin(self.origin);
        let (growth, safe) = (kept.growth.clone(), kept.safe.clone());
        self.shadow = Some(Box::new(Shadow { seat, difference, size, renewed, growth, safe }));
        self.rewind_shadow()
    }

    /// Goes back to what was kept.
    pub(super) fn rewind_shadow(&mut self) -> Result<(), Error> {
        let Some(shadow) = self.shadow.as_deref_mut() else { return Ok(()) };
        for (&buffer, values) in shadow.seat.buffers.iter().zip(&shadow.safe.fields) {
            shadow.seat.engine.write(buffer, values)?;
        }
        shadow.seat.engine.set_held(&shadow.safe.held);
        shadow.difference.clone_from(&shadow.safe.difference);
        (shadow.size, shadow.renewed) = (shadow.safe.size, shadow.safe.renewed);
        shadow.growth.truncate(shadow.safe.renewals);
        Ok(())
    }
}

fn norm(values: &[f64]) -> f64 {
    sum::reduce(values, |value| value * value).sqrt()
}
