//! One run of a sweep: grown, measured, and made into a record.
//!
//! In: a run's own seed text, its soil, and what to measure. Out: a [`Record`]. It is the run that `semafield run` makes of
//! the same text (the same steps, the same observations, the same digests), without its files. Invariant: the clock is read
//! for the wall time only.

use super::measures::{Measure, Observer};
use super::record::{Exact, Record, Status};
use super::sketch::Sketch;
use super::statistics::regression;
use crate::error::Error;
use crate::output::tables::SeriesTable;
use crate::run::schedule::Schedule;
use crate::run::{Clock, examine, measure_series};
use crate::simulation::{Options, Simulation};
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
}

/// A run on its way.
struct Growth<'a> {
    simulation: Simulation,
    schedule: Schedule,
    series: SeriesTable,
    evaluator: crate::simulation::evaluator::Evaluator,
    observer: Observer<'a>,
    threads: usize,
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
            threads: place.threads,
        })
    }

    /// Steps to the end, a row of the series at each appointment; `stepped` hears of every stretch of steps.
    fn live(&mut self, stepped: &dyn Fn(u64)) -> Result<(), Error> {
        loop {
            let now = self.simulation.step();
            if self.schedule.series_due(now) {
                self.observe()?;
            }
            if now >= self.schedule.last {
                return Ok(());
            }
            let steps = self.schedule.next(now) - now;
            self.simulation.advance(steps)?;
            stepped(steps);
        }
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
    fn record(mut self, sketch: bool, outcome: Result<(), Error>, wall_seconds: f64) -> Result<Record, Error> {
        let (status, message) = match outcome {
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
        record.sketch = if sketch { Sketch::take(&mut self.simulation, self.threads)? } else { None };
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

/// Makes a run.
pub(super) fn grow(job: &Job<'_>, place: &Options, stepped: &dyn Fn(u64)) -> Result<Record, Error> {
    let clock = Clock::start();
    let mut growth = Growth::new(job, place)?;
    let outcome = growth.live(stepped);
    growth.record(job.sketch, outcome, clock.seconds())
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
    let looks = (0..)
        .scan(0, |now, _| {
            let due = *now < steps;
            *now = growth.schedule.next(*now);
            due.then_some(())
        })
        .take(100_000)
        .count();
    let bytes = growth.simulation.program().memory_bytes() * (1 + BESIDE);
    let stepping = examine::time(&mut growth.simulation, steps)?;
    Ok(Cost { start, live: stepping + look * looks as f64, bytes, dt, steps })
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
