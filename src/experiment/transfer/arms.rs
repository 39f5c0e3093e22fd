//! Arms 0 to 3: a donor and its twins, stepped side by side and compared.
//!
//! In: the seed and the plan. Out: one [`Run`] per pair. A donor grows to the time at which the seed has settled; there
//! the copies are made, the probes asked, and the distances begin. Invariant: the donor is the same trajectory for all
//! of its twins.

use rayon::prelude::*;

use super::chronicle::Chronicle;
use super::prediction::Predictions;
use super::probes::{Probes, mismatch};
use super::subject::{Specimen, Subject, distance};
use super::verdict::{growth, lost_at};
use super::{Run, TransferOptions};
use crate::error::Error;
use crate::field::{Field, Kind};
use crate::math::arithmetic::Precision;
use crate::soil::Progress;

/// Samples of each pair.
pub(super) const SAMPLES: u32 = 200;
/// Twins among which arm 3 chooses.
const CANDIDATES: u32 = 6;
/// What the chosen one and the others are called.
pub(super) const CHOSEN: &str = "most alike in answers";
pub(super) const CANDIDATE: &str = "candidate";
/// What a copy on a GPU is called, before the adapter's name.
const GPU: &str = "GPU for CPU";
/// Random numbers are those of the seed plus these strides.
const STRIDE: u64 = 1000;

/// Random numbers of a donor.
pub(super) fn donor_seed(subject: &Subject, repeat: u32) -> u64 {
    subject.rng_seed + STRIDE * u64::from(repeat)
}

/// Random numbers of the first twin that is not a copy.
pub(super) fn twin_seed(subject: &Subject, repeat: u32) -> u64 {
    donor_seed(subject, repeat) + 1
}

pub(super) fn run(
    subject: &Subject,
    plan: &Predictions,
    options: &TransferOptions,
    progress: &dyn Progress,
) -> Result<Vec<Run>, Error> {
    progress.stage("copies and kin", u64::from(options.repeats) * u64::from(SAMPLES));
    let runs = (0..options.repeats).into_par_iter().map(|repeat| Pairs::grow(subject, repeat)?.follow(plan, progress));
    Ok(runs.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect())
}

/// A donor and its twins at the time of the copy.
struct Pairs<'s> {
    subject: &'s Subject,
    donor: Specimen,
    twins: Vec<(Specimen, Run)>,
}

impl<'s> Pairs<'s> {
    fn grow(subject: &'s Subject, repeat: u32) -> Result<Self, Error> {
        let rng_seed = donor_seed(subject, repeat);
        let text = subject.reseeded(rng_seed)?;
        let settled = |text: &str| -> Result<Specimen, Error> {
            let mut specimen = subject.grow(text, &[], Precision::F64, None)?;
            specimen.simulation.advance(subject.steps(subject.settled))?;
            Ok(specimen)
        };
        let mut donor = settled(&text)?;
        let mut twins: Vec<(Specimen, Run)> = Vec::new();
        let named = |arm: u8, variant: &str, own: u64| Run {
            arm,
            variant: variant.to_owned(),
            repeat,
            donor_rng_seed: rng_seed,
            rng_seed: own,
            ..Run::default()
        };
        for (arm, variant, precision, adapter) in environments() {
            let mut copy = subject.grow(&text, &[], precision, adapter.as_deref())?;
            let change = if variant == "one ulp" { f64::next_up } else { |value: f64| value };
            copy.simulation.take_over(&mut donor.simulation, |field, value| {
                if field.kind == Kind::Complex { change(value) } else { value }
            })?;
            twins.push((copy, named(arm, &variant, rng_seed)));
        }
        let own = twin_seed(subject, repeat);
        twins.push((settled(&subject.reseeded(own)?)?, named(2, "other random numbers", own)));
        let probes = Probes::new(subject, &mut donor)?;
        let asked = probes.ask(subject, &mut donor, &text)?;
        let first = twins.len();
        for own in (1..=CANDIDATES).map(|candidate| own + u64::from(candidate)) {
            let text = subject.reseeded(own)?;
            let mut twin = settled(&text)?;
            let mismatch = Some(mismatch(&asked, &probes.ask(subject, &mut twin, &text)?));
            twins.push((twin, Run { mismatch, ..named(3, CANDIDATE, own) }));
        }
        let unlike = |run: &Run| run.mismatch.unwrap_or(f64::INFINITY);
        let nearest = twins[first..].iter_mut().min_by(|a, b| unlike(&a.1).total_cmp(&unlike(&b.1)));
        CHOSEN.clone_into(&mut nearest.expect("there are candidates").1.variant);
        Ok(Self { subject, donor, twins })
    }

    /// Distances and statistics of all twins.
    fn follow(mut self, plan: &Predictions, progress: &dyn Progress) -> Result<Vec<Run>, Error> {
        let steps = self.subject.steps(plan.until / f64::from(SAMPLES));
        let start = self.donor.simulation.time();
        let mut told = Chronicle::begin(&self.donor.simulation)?;
        let begun = self.twins.iter().map(|(twin, _)| Chronicle::begin(&twin.simulation));
        let mut stories: Vec<Option<Chronicle>> = begun.collect::<Result<_, Error>>()?;
        for sample in 0..=SAMPLES {
            if sample > 0 {
                self.donor.simulation.advance(steps)?;
            }
            let (field, numbers) = (self.donor.field()?, self.donor.measure()?);
            told.as_mut().map_or(Ok(()), |told| told.observe(&self.donor.simulation))?;
            let time = self.donor.simulation.time() - start;
            for ((twin, run), story) in self.twins.iter_mut().zip(&mut stories) {
                if sample > 0 {
                    twin.simulation.advance(steps)?;
                }
                run.times.push(time);
                run.distances.push(distance(&field, &twin.field()?));
                record(&mut run.statistics, &twin.measure()?.statistics);
                record(&mut run.donor_statistics, &numbers.statistics);
                story.as_mut().map_or(Ok(()), |story| story.observe(&twin.simulation))?;
            }
            progress.advance(u64::from(sample > 0));
        }
        let time = [start, self.donor.simulation.time()];
        for ((_, run), story) in self.twins.iter_mut().zip(&stories) {
            let both = story.as_ref().zip(told.as_ref());
            run.log_distance = both.map(|(story, told)| story.distance(told, time, plan.until));
        }
        let runs = self.twins.into_iter().map(|(_, run)| match run.arm {
            1 if plan.chaotic => parted(run, 2.0 / plan.lambda),
            _ => run.finished(),
        });
        Ok(runs.collect())
    }
}

/// A copy that was lost: how fast and when, from the time on at which the change has had its say.
fn parted(mut run: Run, from: f64) -> Run {
    let start = run.times.iter().position(|&time| time >= from).unwrap_or(run.times.len() - 1);
    run.start_distance = Some(run.distances[start]);
    run.rate = growth(&run.times[start..], &run.distances[start..]);
    run.horizon = lost_at(&run.times, &run.distances);
    run.finished()
}

/// Appends one number to each column.
pub(super) fn record(columns: &mut Vec<Vec<f64>>, row: &[f64]) {
    columns.resize(row.len(), vec![]);
    columns.iter_mut().zip(row).for_each(|(column, &value)| column.push(value));
}

/// Copies: arm, what was done, precision, GPU adapter.
fn environments() -> Vec<(u8, String, Precision, Option<String>)> {
    let mut all = vec![
        (0, "same bits".to_owned(), Precision::F64, None),
        (1, "one ulp".to_owned(), Precision::F64, None),
        (1, "f32 for f64".to_owned(), Precision::F32, None),
    ];
    all.extend(gpu().map(|adapter| (1, format!("{GPU} ({})", brief(&adapter)), Precision::F32, Some(adapter))));
    all
}

/// An adapter's name without what it says of itself in brackets.
fn brief(adapter: &str) -> &str {
    adapter.split(" (").next().unwrap_or(adapter)
}

/// The best adapter; one in software is another environment too.
#[cfg(feature = "gpu")]
fn gpu() -> Option<String> {
    crate::engine::gpu::adapters().into_iter().next().map(|adapter| adapter.name)
}

#[cfg(not(feature = "gpu"))]
fn gpu() -> Option<String> {
    None
}

/// The largest absolute value of a field, by which probes are scaled.
pub(super) fn strength(field: &Field) -> f64 {
    let cells = field.grid.cells();
    let squares = (0..cells).map(|cell| {
        let (re, im) = (field.values.get(cell), field.values.get(cells + cell));
        re * re + im * im
    });
    squares.fold(0.0, f64::max).sqrt()
}
