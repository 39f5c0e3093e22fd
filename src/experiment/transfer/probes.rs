//! Probes: the same touch at the same places, and what answers.
//!
//! In: a specimen at the time of the copy. Out: one number per probe: how much the mean of |A|^2 over the domain differs
//! a while after a bump from what it would have been without, in units of the bump's own. A copy is touched, the
//! specimen goes on as it was. Answers are compared by their relative distance.

use super::arms::strength;
use super::subject::{Specimen, Subject};
use crate::error::Error;
use crate::math::arithmetic::Precision;
use crate::simulation::act::{Act, Brush};

/// Places along each axis.
const PLACES: u32 = 3;
/// How long an answer is waited for, in units of the time in which small values grow by e (at most the seed's stop/20).
const WAIT: f64 = 2.0;

/// What is asked of everyone.
pub(super) struct Probes {
    touches: Vec<Act>,
    steps: u64,
}

impl Probes {
    /// Bumps as strong as the donor, on a coarse lattice of places.
    pub(super) fn new(subject: &Subject, donor: &mut Specimen) -> Result<Self, Error> {
        let grid = subject.model.grid.clone();
        let axes = grid.axis_list();
        let shortest = axes.iter().map(|&axis| grid.size_along(axis)).fold(f64::INFINITY, f64::min);
        let strength = strength(&donor.field()?);
        let place = |index: u32| -> Vec<f64> {
            let along = |(position, &axis): (u32, &crate::grid::Axis)| {
                let step = index / PLACES.pow(position) % PLACES;
                grid.size_along(axis) * (f64::from(step) + 0.5) / f64::from(PLACES)
            };
            (0..).zip(axes).map(along).collect()
        };
        let count = PLACES.pow(u32::try_from(axes.len()).expect("at most three axes"));
        let touch = |index: u32| Act::Pulse {
            field: subject.field.clone(),
            brush: Brush::Gaussian { at: place(index), radius: shortest / 12.0 },
            strength,
            phase: 0.0,
        };
        let wait = (subject.settled / 20.0).min(WAIT);
        Ok(Self { touches: (0..count).map(touch).collect(), steps: subject.steps(wait) })
    }

    /// The answers of a specimen that grew from `text`.
    pub(super) fn ask(&self, subject: &Subject, specimen: &mut Specimen, text: &str) -> Result<Vec<f64>, Error> {
        let mut copy = subject.grow(text, &[], Precision::F64, None)?;
        let mut answer = |touch: Option<&Act>| -> Result<f64, Error> {
            copy.simulation.take_over(&mut specimen.simulation, |_, value| value)?;
            touch.map_or(Ok(()), |touch| copy.simulation.apply(touch))?;
            copy.simulation.advance(self.steps)?;
            Ok(copy.measure()?.statistics[0])
        };
        let untouched = answer(None)?;
        self.touches.iter().map(|touch| Ok(answer(Some(touch))? - untouched)).collect()
    }
}

/// Distance of two lists of answers in units of the first.
pub(super) fn mismatch(asked: &[f64], other: &[f64]) -> f64 {
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let apart = squares(&mut asked.iter().zip(other).map(|(a, b)| a - b));
    (apart / squares(&mut asked.iter().copied())).sqrt()
}
