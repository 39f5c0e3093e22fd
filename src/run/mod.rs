//! A headless run: grow, step, measure, write. The flow of `semafield run`.
//!
//! In: a seed's text (and perhaps a trace to live again). Out: a folder with everything that design.md section 4 names.
//! Invariants: files of an earlier run are replaced, others left; what was measured before a failure is written too;
//! the clock is read for the manifest only.

pub(crate) mod documents;
pub mod examine;
mod files;
mod frames;
pub(crate) mod history;
mod page;
pub(crate) mod pictures;
mod reel;
pub(crate) mod schedule;
pub(crate) mod slips;
pub(crate) mod subject;
pub(crate) mod witness;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use crate::diagnostic::{Diagnostic, render};
use crate::engine::Backend;
use crate::error::Error;
use crate::field::Field;
use crate::linear;
use crate::math::arithmetic::Precision;
use crate::output::manifest::{Digest, LayoutQuality, Manifest};
use crate::output::tables::SeriesTable;
use crate::seed::Seed;
use crate::simulation::evaluator::State;
use crate::simulation::life::Life;
use crate::simulation::trace::{Header, Trace, hash};
use crate::simulation::{Options, Simulation, grow_soil};
pub use crate::simulation::{check_numbers, read_seed};
use crate::soil::Progress;
use schedule::Schedule;
use witness::{Due, Eyes, MOST_WAITING, Witness};

/// What a run is given beside its seed.
pub struct RunOptions {
    /// The folder to write.
    pub out: PathBuf,
    /// The seed's file name, for messages and as the default title.
    pub file: String,
    /// Stop at this time instead of the seed's.
    pub until: Option<f64>,
    /// A trace to live again.
    pub trace: Option<Trace>,
    /// Replay although something differs from the trace.
    pub anyway: bool,
    /// Let the report hold the notes' text.
    pub with_text: bool,
    /// Where and how.
    pub place: Options,
}

impl RunOptions {
    /// The time to stop at if it is not the seed's: as given, else as the run did that is lived again.
    fn until(&self) -> Option<f64> {
        self.until.or_else(|| self.trace.as_ref()?.header.until)
    }
}

/// What a run leaves for its caller.
#[derive(Debug)]
pub struct Outcome {
    /// The record that was written.
    pub manifest: Manifest,
    /// Why it stopped early, if it did; everything measured until then is written.
    pub failure: Option<Error>,
}

/// Runs a seed and writes its folder.
pub fn run(text: &str, options: &RunOptions, progress: &dyn Progress) -> Result<Outcome, Error> {
    let clock = Clock::start();
    let (seed, model, findings) = read_seed(text, &options.file)?;
    check_numbers(&model, options.place.precision, (text, &options.file))?;
    let soil = grow_soil(&seed, &options.place.folder, progress)?;
    let soil_seconds = clock.seconds();
    let simulation = Simulation::grow_text(text, &options.file, soil, &options.place)?;

    let mut run = Run::new(&seed, text, options, simulation)?;
    run.manifest.seconds.insert("soil".into(), soil_seconds);
    run.manifest.seconds.insert("start".into(), clock.seconds() - soil_seconds);
    run.warn(&findings, text, &options.file);
    let lived = run.live(progress);
    let failure = lived.and(run.collect(true)).err();
    run.manifest.wall_seconds = clock.seconds();
    run.write(failure.is_none())?;
    Ok(Outcome { manifest: run.manifest, failure })
}

/// Bytes that states may take together while they wait until they are looked at.
const MOST_WAITING_BYTES: usize = 1 << 28;

/// A row of the series.
struct Row {
    step: u64,
    time: f64,
    values: Vec<f64>,
}

/// A run on its way.
struct Run<'a> {
    text: &'a str,
    options: &'a RunOptions,
    life: Life,
    /// The model that is measured, as [`Simulation::revision`] counts them.
    revision: u64,
    schedule: Schedule,
    series: SeriesTable,
    /// Names of the series that are measured now.
    measured: Vec<String>,
    witness: Witness<Option<Row>>,
    /// The mask that the witness knows.
    mask: Option<Field>,
    manifest: Manifest,
    step_seconds: f64,
}

impl<'a> Run<'a> {
    fn new(seed: &Seed, text: &'a str, options: &'a RunOptions, simulation: Simulation) -> Result<Self, Error> {
        let model = simulation.model();
        let threads = options.place.threads;
        witness::check_memory(model)?;
        let witness = watch(&simulation, eyes(&simulation, options)?, threads);
        let measured: Vec<String> = model.observe.series.iter().map(|series| series.name.clone()).collect();
        let columns = measured.iter().map(|name| (name.clone(), vec![])).collect();
        let mut manifest = manifest(seed, text, options, &simulation);
        let schedule = schedule(&simulation, options)?;
        manifest.warnings.extend(schedule.warnings.iter().cloned());
        if let Some(trace) = &options.trace {
            let header = Header::of(text, &options.file, &simulation);
            let differences = trace.header.check(&header, options.anyway)?;
            manifest.warnings.extend(differences.iter().map(|what| format!("replayed although {what}")));
            manifest.notices.extend(trace.notice.clone());
        }
        files::prepare(&options.out, text, &model.observe.arrays)?;
        let (revision, mask) = (simulation.revision(), simulation.ground().mask.clone());
        let path = options.out.join("trace.jsonl");
        let (lived, until) = (options.trace.clone(), options.until());
        let life = Life::record(simulation, &options.file, lived, options.anyway, until, &path)?;
        let series = SeriesTable { steps: vec![], times: vec![], columns };
        Ok(Self {
            text,
            options,
            life,
            revision,
            schedule,
            series,
            measured,
            witness,
            mask,
            manifest,
            step_seconds: 0.0,
        })
    }

    /// Steps from one appointment to the next; the life lives its trace again on the way.
    fn live(&mut self, progress: &dyn Progress) -> Result<(), Error> {
        progress.stage("growing", self.schedule.last);
        self.life.advance(0)?;
        loop {
            self.renew()?;
            let now = self.life.simulation().step();
            let due = Due { series: self.schedule.series_due(now), pictures: self.schedule.picture_due(now) };
            if due.series || due.pictures {
                self.observe(due)?;
            }
            if due.pictures {
                self.digest()?;
            }
            if now >= self.schedule.last {
                return self.life.finish();
            }
            let next = self.schedule.next(now).min(self.life.next_line().unwrap_or(u64::MAX));
            let clock = Clock::start();
            let stepped = self.life.advance(next.min(self.schedule.last) - now);
            self.step_seconds += clock.seconds();
            stepped?;
            progress.advance(self.life.simulation().step() - now);
        }
    }

    /// Measures what the model is now: an act may have rewritten it, or painted walls.
    fn renew(&mut self) -> Result<(), Error> {
        let simulation = self.life.simulation();
        let rewritten = simulation.revision() != self.revision;
        if !rewritten && simulation.ground().mask == self.mask {
            return Ok(());
        }
        let threads = self.options.place.threads;
        let fresh = eyes(simulation, self.options)?;
        self.collect(true)?;
        let eyes = fresh.after(self.witness.close());
        let simulation = self.life.simulation();
        let model = simulation.model();
        self.witness = watch(simulation, eyes, threads);
        self.mask.clone_from(&simulation.ground().mask);
        if rewritten {
            self.schedule = schedule(simulation, self.options)?;
            self.manifest.warnings.extend(self.schedule.warnings.iter().cloned());
            self.measured = model.observe.series.iter().map(|series| series.name.clone()).collect();
            for series in &self.measured {
                if !self.series.columns.iter().any(|(name, _)| name == series) {
                    self.series.columns.push((series.clone(), vec![f64::NAN; self.series.steps.len()]));
                }
            }
            self.revision = simulation.revision();
        }
        Ok(())
    }

    /// Has the present state looked at.
    fn observe(&mut self, due: Due) -> Result<(), Error> {
        let simulation = self.life.simulation_mut();
        simulation.fields()?;
        self.witness.look(simulation, due);
        self.collect(false)
    }

    /// Takes in what has been seen until now, or all that there was to see.
    fn collect(&mut self, all: bool) -> Result<(), Error> {
        while let Some(report) = self.witness.report(all) {
            let Some(Row { step, time, values }) = report? else { continue };
            let values: BTreeMap<&str, f64> = self.measured.iter().map(String::as_str).zip(values).collect();
            self.series.steps.push(i64::try_from(step).unwrap_or(i64::MAX));
            self.series.times.push(time);
            for (name, column) in &mut self.series.columns {
                // A series that the seed no longer has is not a number.
                column.push(values.get(name.as_str()).copied().unwrap_or(f64::NAN));
            }
        }
        Ok(())
    }

    fn digest(&mut self) -> Result<(), Error> {
        let simulation = self.life.simulation_mut();
        self.manifest.digests.push(Digest { step: simulation.step(), fields: simulation.digests()? });
        self.life.digest()
    }

    fn warn(&mut self, findings: &[Diagnostic], text: &str, file: &str) {
        for finding in findings {
            self.manifest.warnings.push(render(std::slice::from_ref(finding), file, text));
        }
        let simulation = self.life.simulation();
        self.manifest.warnings.extend(simulation.dialog_notes());
        self.manifest.warnings.extend(step_warning(simulation));
    }

    /// Writes the folder.
    fn write(&mut self, completed: bool) -> Result<(), Error> {
        let threads = self.options.place.threads;
        let eyes = self.witness.close();
        let manifest = &mut self.manifest;
        let mut uncertain = 0;
        if let Some(history) = eyes.history.as_ref().filter(|history| history.has_defects()) {
            let (births, annihilations) = history.tally();
            manifest.notices.push(format!("phase defects: {births} births and {annihilations} annihilations of pairs"));
            uncertain = history.uncertain;
        }
        if let Some(slips) = &eyes.slips {
            manifest.notices.push(slips.summary());
            uncertain = slips.uncertain;
        }
        if uncertain > 0 {
            manifest.notices.push(format!(
                "in {uncertain} intervals some phases moved by nearly half a turn or more: observe more often ([observe] \
                 every) for certain world lines of defects"
            ));
        }
        manifest.completed = completed;
        manifest.steps = self.life.simulation().step();
        manifest.time = self.life.simulation().time();
        manifest.seconds.insert("step".into(), self.step_seconds);
        #[expect(clippy::cast_precision_loss, reason = "a speed")]
        let updates = manifest.cells as f64 * manifest.steps as f64;
        manifest.cell_updates_per_second = if self.step_seconds > 0.0 { updates / self.step_seconds } else { 0.0 };
        let notes = documents::measure(self.life.simulation_mut(), &eyes, threads)?;
        files::write_all(self, &eyes, notes.as_ref())?;
        Ok(())
    }
}

/// What looks at a run.
fn eyes(simulation: &Simulation, options: &RunOptions) -> Result<Eyes, Error> {
    let threads = options.place.threads;
    Eyes::new(simulation, threads)?.with_gallery(simulation, threads, options.out.join("images"))
}

/// Begins to watch a field beside its life; on one thread, it waits until each state has been looked at.
fn watch(simulation: &Simulation, eyes: Eyes, threads: usize) -> Witness<Option<Row>> {
    let state = simulation.state();
    let bytes: usize = state.fields.iter().map(|field| size_of::<f32>() * field.values.len()).sum();
    let most_waiting = if threads > 1 { MOST_WAITING.min(MOST_WAITING_BYTES / bytes.max(1)) } else { 0 };
    let row = |state: &State<'_>, values| Row { step: state.step, time: state.time(), values };
    Witness::new(eyes, most_waiting, move |_, state, values| Ok(values.map(|values| row(state, values))))
}

/// What to say about a step above the linear stability bound of the state.
fn step_warning(simulation: &Simulation) -> Option<String> {
    let (model, dt) = (simulation.model(), simulation.dt());
    let base = linear::Base::largest(model, &simulation.ground().maps, simulation.state().fields);
    let bound = linear::stability_bound(model, &base, model.time.scheme).filter(|&bound| dt > bound)?;
    Some(format!(
        "dt = {dt} is above the linear stability bound {bound:.4} of the initial state: the run may blow up; try \
         dt = {:.3e}",
        0.8 * bound
    ))
}

/// A stopwatch: the only place where a run, or a life in the window, looks at the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "timings in the manifest and the pace of pictures, never in a result"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Appointments from the present step on: to the given time, else to the stop of the seed or of the run that is lived
/// again or to the last line of its trace, whichever is later.
fn schedule(simulation: &Simulation, options: &RunOptions) -> Result<Schedule, Error> {
    let mut schedule = Schedule::new(simulation.model(), simulation.dt(), simulation.origin(), options.until())?;
    schedule.last_at(simulation.step());
    if let Some(trace) = options.trace.as_ref().filter(|_| options.until.is_none()) {
        schedule.last_at(trace.last_step());
    }
    Ok(schedule)
}

fn manifest(seed: &Seed, text: &str, options: &RunOptions, simulation: &Simulation) -> Manifest {
    let place = simulation.place();
    let model = simulation.model();
    let soil = simulation.soil();
    let mut notices = Vec::new();
    if let Some(soil) = soil {
        notices.extend(soil.warnings.iter().cloned());
    }
    let parameters: BTreeMap<String, f64> = model.parameters.iter().map(|p| (p.name.clone(), p.value)).collect();
    #[expect(clippy::cast_precision_loss, reason = "a few kilobytes at most")]
    let bytes = simulation.program().bytes_per_cell_step() as f64;
    Manifest {
        title: seed.title_or(&options.file),
        seed_hash: hash(text),
        soil_hash: soil.map(|soil| soil.hash.clone()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: place.backend.name().to_owned(),
        adapter: place.adapter,
        driver: place.driver,
        precision: options.place.precision.name().to_owned(),
        threads: place.threads,
        shape: model.grid.shape()[..model.grid.axes().max(1)].to_vec(),
        cells: model.grid.cells() as u64,
        dt: simulation.dt(),
        bytes_per_cell_step: bytes,
        parameters,
        layout: soil.map(|soil| LayoutQuality {
            trustworthiness: soil.quality.trustworthiness,
            neighbor_recall: soil.quality.recall,
            neighbors: soil.quality.k,
            notes: soil.quality.sample,
        }),
        notices,
        ..Manifest::default()
    }
}

/// Whether a precision can be run on a back end; said before anything is grown.
pub fn check_place(backend: Option<Backend>, precision: Precision) -> Result<(), Error> {
    if backend == Some(Backend::Gpu) && precision == Precision::F64 {
        return Err(crate::engine::EngineError::Precision("gpu", "f64").into());
    }
    Ok(())
}
