//! Arm 4: twins that listen, over sides of blocks and gains.
//!
//! In: the seed and the plan. Out: one [`Run`] per donor, side and gain, grown from a text that anyone can grow: the
//! seed with a section `[donor]` and one more term. Both grow apart until the seed has settled; only then is one heard.

use rayon::prelude::*;

use super::arms::{SAMPLES, donor_seed, record, twin_seed};
use super::chronicle::Chronicle;
use super::prediction::{ONE, Predictions};
use super::subject::Subject;
use super::{Run, TransferOptions};
use crate::error::Error;
use crate::experiment::statistics::regression;
use crate::math::arithmetic::Precision;
use crate::math::elementary::scalar64::log;
use crate::soil::Progress;

pub(super) fn run(
    subject: &Subject,
    plan: &Predictions,
    options: &TransferOptions,
    progress: &dyn Progress,
) -> Result<Vec<Run>, Error> {
    let mut pairs = Vec::new();
    for &block in &plan.blocks {
        for &gain in &plan.gains {
            pairs.extend((0..options.repeats).map(|repeat| (repeat, block, gain)));
        }
    }
    progress.stage("dialogue", pairs.len() as u64);
    let runs = pairs.into_par_iter().map(|(repeat, block, gain)| {
        let run = pair(subject, plan, repeat, block, gain);
        progress.advance(1);
        run
    });
    runs.collect()
}

/// The seed of a twin that listens.
pub(super) fn text(subject: &Subject, repeat: u32, block: f64, gain: f64) -> Result<String, Error> {
    let (key, equation) = subject.listening(gain, subject.settled);
    subject.with(&[
        ("rng_seed", twin_seed(subject, repeat).to_string()),
        (&key, equation),
        ("donor.rng_seed", donor_seed(subject, repeat).to_string()),
        ("donor.block", format!("{block:?}")),
    ])
}

fn pair(subject: &Subject, plan: &Predictions, repeat: u32, block: f64, gain: f64) -> Result<Run, Error> {
    let text = text(subject, repeat, block, gain)?;
    let asked = format!("distance({})", subject.field);
    let mut twin = subject.grow(&text, &[&asked], Precision::F64, None)?;
    let mut run = Run {
        arm: 4,
        variant: "nudged".into(),
        repeat,
        donor_rng_seed: donor_seed(subject, repeat),
        rng_seed: twin_seed(subject, repeat),
        block: Some(block),
        gain: Some(gain),
        ..Run::default()
    };
    twin.simulation.advance(subject.steps(subject.settled))?;
    let (start, steps) = (twin.simulation.time(), subject.steps(plan.until / f64::from(SAMPLES)));
    let donor = twin.simulation.donor().expect("its text names one");
    let mut stories = [Chronicle::begin(&twin.simulation)?, Chronicle::begin(donor)?];
    for sample in 0..=SAMPLES {
        if sample > 0 {
            twin.simulation.advance(steps)?;
        }
        let numbers = twin.measure()?;
        run.times.push(twin.simulation.time() - start);
        run.distances.push(numbers.asked[0]);
        record(&mut run.statistics, &numbers.statistics);
        let donor = twin.simulation.donor().expect("its text names one");
        for (story, field) in stories.iter_mut().zip([&twin.simulation, donor]) {
            story.as_mut().map_or(Ok(()), |story| story.observe(field))?;
        }
        // Once two fields are one, they stay so: held innovations are then 0 to rounding.
        if run.distances.iter().rev().take(3).filter(|distance| **distance < 1e-3 * ONE).count() == 3 {
            break;
        }
    }
    if let [Some(story), Some(told)] = &stories {
        run.log_distance = Some(story.distance(told, [start, twin.simulation.time()], plan.until));
    }
    run.rate = decay(&run.times, &run.distances);
    Ok(run.finished())
}

/// The rate at which a distance falls, from where it has begun to where rounding ends it; none if it does not.
fn decay(times: &[f64], distances: &[f64]) -> Option<f64> {
    let end = distances.iter().position(|&distance| distance < ONE).unwrap_or(distances.len());
    let start = distances[..end].iter().rposition(|&distance| distance > 0.1).map_or(0, |last| last + 1);
    let falling: Vec<(f64, f64)> = (start..end).map(|at| (times[at], log(distances[at]))).collect();
    (falling.len() > 3).then(|| -regression(&falling).effect)
}
