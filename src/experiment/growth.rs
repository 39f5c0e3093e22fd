//! Runs of a sweep: grown, measured, and made into records; one by itself, or several in step on one device.
//!
//! In: a run's own seed text, its soil, and what to measure. Out: a [`Record`]. It is the run that `semafield run` makes of
//! the same text (the same steps, the same observations, the same digests), without its files, in whatever company.
//! Invariant: the clock is read for the wall time only.

use rayon::prelude::*;

use super::measures::{Measure, Observer};
use super::record::{Exact, Record, Status};
use super::sketch::Sketch;
use super::statistics::regression;
use crate::engine::Batch;
use crate::error::Error;
use crate::output::tables::SeriesTable;
use crate::run::schedule::Schedule;
use crate::run::witness::measure_series;
use crate::run::{Clock, examine};
use crate::simulation::{LOOK_EVERY, Options, Simulation, advance_together};
use crate::soil::Soil;

/// A run to be made.
pub(super) struct Job<'a> {
    /// Its own seed text.
    pub(super) text: &'a str,
    /// The seed's name in messages.
    pub(super) file: &'a str,
    pub(super) soil: Option<&'a Soil>,
    pub(super) until: Option<f64>,
    pub(super) measures: &'a [Measure],
    /// Whether to keep a likeness of the field at the end.
    pub(super) sketch: bool,
}

/// What one run costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Seconds before the first step.
    pub(super) start: f64,
    /// Seconds of all steps and observations.
    pub(super) live: f64,
    /// Bytes that it holds.
    pub(super) bytes: u128,
    /// Length of a step.
    pub(super) dt: f64,
    /// Steps.
    pub(super) steps: u64,
    /// How many such runs step together.
    pub(super) together: usize,
}

/// A run on its way.
struct Growth<'a> {
    simulation: Simulation,
    schedule: Schedule,
    series: SeriesTable,
    evaluator: crate::simulation::evaluator::Evaluator,
    observer: Observer<'a>,
    sketch: bool,
    threads: usize,
    /// Steps to the next appointment; 0 after the last.
    due: u64,
    outcome: Result<(), Error>,
}

impl<'a> Growth<'a> {
    fn new(job: &Job<'a>, place: &Options) -> Result<Self, Error> {
        let simulation = Simulation::grow_text(job.text, job.file, job.soil.cloned(), place)?;
        let schedule = Schedule::new(simulation.model(), simulation.dt(), simulation.origin(), job.until)?;
        let columns = simulation.model().observe.series.iter().map(|series| (series.name.clone(), vec![])).collect();
        Ok(Self {
            schedule,
            series: SeriesTable { steps: vec![], times: vec![], columns },
            evaluator: measure_series(&simulation, place.threads)?,
            observer: Observer::new(job.measures, &simulation, place.threads)?,
            simulation,
            sketch: job.sketch,
            threads: place.threads,
            due: 1,
            outcome: Ok(()),
        })
    }

    /// A row of the series if one is due now, and how far it is to the next.
    fn keep_appointment(&mut self) {
        if self.due == 0 || self.outcome.is_err() {
            return;
        }
        let now = self.simulation.step();
        if self.schedule.series_due(now) {
            self.outcome = self.observe();
        }
        self.due = if now < self.schedule.last { self.schedule.next(now) - now } else { 0 };
    }

    fn observe(&mut self) -> Result<(), Error> {
        self.simulation.fields()?;
        let values = self.evaluator.numbers(&self.simulation.state())?;
        self.series.steps.push(i64::try_from(self.simulation.step()).unwrap_or(i64::MAX));
        self.series.times.push(self.simulation.time());
        for ((_, column), value) in self.series.columns.iter_mut().zip(values) {
            column.push(value);
        }
        self.observer.observe(&self.simulation)
    }

    /// What is kept.
    fn record(mut self, wall_seconds: f64) -> Result<Record, Error> {
        let (status, message) = match self.outcome {
            Ok(()) => (Status::Done, None),
            Err(why @ Error::NotFinite { .. }) => (Status::Diverged, Some(why.to_string())),
            Err(other) => return Err(other),
        };
        let mut record = Record {
            status,
            message,
            steps: self.simulation.step(),
            time: Exact(self.simulation.time()),
            wall_seconds,
            ..Record::failed(String::new())
        };
        if status != Status::Done {
            return Ok(record);
        }
        record.digests = self.simulation.digests()?.into_iter().collect();
        record.sketch = if self.sketch { Sketch::take(&mut self.simulation, self.threads)? } else { None };
        record.columns = summaries(&self.series);
        let every = match self.series.times[..] {
            [first, second, ..] => second - first,
            _ => 1.0,
        };
        let found = self.observer.finish(&mut self.simulation, self.threads, every)?;
        record.columns.extend(found.columns.into_iter().map(|(name, value)| (name, Exact(value))));
        record.spectra = found.spectra;
        record.logs = found.logs.into_iter().collect();
        Ok(record)
    }
}

/// Makes some runs side by side; on the device of one batch they step together. `stepped` hears of every stretch of steps,
/// with the position of its run. The wall time of each is its share of that of all.
pub(super) fn grow(jobs: &[Job<'_>], place: &Options, stepped: &dyn Fn(usize, u64)) -> Vec<Result<Record, Error>> {
    let clock = Clock::start();
    let mut growths: Vec<Result<Growth<'_>, Error>> = jobs.par_iter().map(|job| Growth::new(job, place)).collect();
    while step_together(&mut growths, stepped) {}
    let seconds = clock.seconds() / jobs.len().max(1) as f64;
    growths.into_par_iter().map(|growth| growth?.record(seconds)).collect()
}

/// Observes where that is due, then steps each run to its next appointment; whether anything was left to step.
fn step_together(growths: &mut [Result<Growth<'_>, Error>], stepped: &dyn Fn(usize, u64)) -> bool {
    growths.par_iter_mut().filter_map(|growth| growth.as_mut().ok()).for_each(Growth::keep_appointment);
    let (mut at_work, mut runs) = (vec![], vec![]);
    for (position, growth) in growths.iter_mut().enumerate() {
        let Ok(Growth { simulation, due, outcome: outcome @ Ok(()), .. }) = growth else { continue };
        if *due > 0 {
            runs.push((simulation, *due));
            at_work.push((position, *due, outcome));
        }
    }
    let outcomes = advance_together(runs);
    let any = !at_work.is_empty();
    for ((position, steps, outcome), found) in at_work.into_iter().zip(outcomes) {
        stepped(position, steps);
        *outcome = found;
    }
    any
}

/// What a run would cost here: grown, observed once, and stepped for a moment.
pub(super) fn cost(job: &Job<'_>, place: &Options) -> Result<Cost, Error> {
    /// Copies of the fields beside the Program's: those measured, in f64, and the place to fall back to.
    const BESIDE: u128 = 2;
    let clock = Clock::start();
    let mut growth = Growth::new(job, place)?;
    let start = clock.seconds();
    let looking = Clock::start();
    growth.observe()?;
    let look = looking.seconds();
    let (steps, dt) = (growth.schedule.last, growth.simulation.dt());
    let looks = growth.schedule.rows();
    let program = growth.simulation.program();
    let bytes = program.memory_bytes() * (1 + BESIDE);
    let stretch = usize::try_from(LOOK_EVERY).expect("a small number");
    let together = Batch::runs(growth.simulation.place().backend, program, stretch);
    let stepping = examine::time(&mut growth.simulation, steps)?;
    Ok(Cost { start, live: stepping + look * looks as f64, bytes, dt, steps, together })
}

/// The numbers that a series is summed up by.
pub(super) const SUMMARIES: [&str; 5] = ["final", "mean", "rate", "min", "max"];

/// Each series: its last value, mean and slope over the second half of the run, least and greatest value.
fn summaries(table: &SeriesTable) -> Vec<(String, Exact)> {
    let (start, end) = (table.times[0], table.times[table.times.len() - 1]);
    let half = table.times.partition_point(|&time| time < f64::midpoint(start, end));
    let summary = |(name, values): &(String, Vec<f64>)| {
        let later = &values[half..];
        let points: Vec<(f64, f64)> = table.times[half..].iter().copied().zip(later.iter().copied()).collect();
        let extreme = |best: fn(f64, f64) -> f64| values.iter().copied().reduce(best).unwrap_or(f64::NAN);
        let numbers = [
            values[values.len() - 1],
            super::statistics::Estimate::of(later).mean,
            regression(&points).effect,
            extreme(f64::min),
            extreme(f64::max),
        ];
        SUMMARIES.into_iter().zip(numbers).map(|(kind, number)| (format!("{name}_{kind}"), Exact(number))).collect()
    };
    table.columns.iter().flat_map(|column| -> Vec<(String, Exact)> { summary(column) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_summed_up_over_their_second_half() {
        let times: Vec<f64> = (0..=10).map(f64::from).collect();
        let values = times.iter().map(|&t| if t < 5.0 { 100.0 } else { 2.0 * t }).collect();
        let table = SeriesTable { steps: vec![], times, columns: vec![("s".into(), values)] };
        let found: Vec<(String, f64)> = summaries(&table).into_iter().map(|(name, value)| (name, value.0)).collect();
        let due = [("s_final", 20.0), ("s_mean", 15.0), ("s_rate", 2.0), ("s_min", 10.0), ("s_max", 100.0)];
        for ((name, value), (due_name, due)) in found.into_iter().zip(due) {
            assert!(name == due_name && (value - due).abs() < 1e-12, "{name}: {value}");
        }
    }
}
