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
pub(crate) mod schedule;
pub(crate) mod slips;
pub(crate) mod subject;

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
use crate::simulation::evaluator::Evaluator;
use crate::simulation::life::Life;
pub use crate::simulation::read_seed;
use crate::simulation::trace::{Header, Trace, hash};
use crate::simulation::{Options, Simulation, grow_soil};
use crate::soil::Progress;
use history::History;
use pictures::Gallery;
use schedule::Schedule;
use slips::GraphHistory;

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
    let diagnostics = model.not_finite_in(options.place.precision);
    if !diagnostics.is_empty() {
        return Err(Error::Seed { file: options.file.clone(), text: text.to_owned(), diagnostics });
    }
    let soil = grow_soil(&seed, &options.place.folder, progress)?;
    let soil_seconds = clock.seconds();
    let simulation = Simulation::grow_text(text, &options.file, soil, &options.place)?;

    let mut run = Run::new(&seed, text, options, simulation)?;
    run.manifest.seconds.insert("soil".into(), soil_seconds);
    run.manifest.seconds.insert("start".into(), clock.seconds() - soil_seconds);
    run.warn(&findings, text, &options.file);
    let failure = run.live(progress).err();
    run.manifest.wall_seconds = clock.seconds();
    run.write(failure.is_none())?;
    Ok(Outcome { manifest: run.manifest, failure })
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
    measure_series: Evaluator,
    gallery: Gallery,
    history: Option<History>,
    /// The same for a graph.
    slips: Option<GraphHistory>,
    /// The mask that the history knows.
    mask: Option<Field>,
    manifest: Manifest,
    step_seconds: f64,
}

impl<'a> Run<'a> {
    fn new(seed: &Seed, text: &'a str, options: &'a RunOptions, simulation: Simulation) -> Result<Self, Error> {
        let model = simulation.model();
        let (dt, threads) = (simulation.dt(), options.place.threads);
        let measure_series = measure_series(&simulation, threads)?;
        let gallery = Gallery::new(model, dt, threads)?;
        let history = History::new(&simulation, threads)?;
        let slips = GraphHistory::new(&simulation, threads)?;
        let columns = model.observe.series.iter().map(|series| (series.name.clone(), vec![])).collect();
        let mut manifest = manifest(seed, text, options, &simulation);
        let schedule = schedule(&simulation, options)?;
        manifest.warnings.extend(schedule.warnings.iter().cloned());
        if let Some(trace) = &options.trace {
            let header = Header::of(text, &options.file, &simulation);
            let differences = trace.header.check(&header, options.anyway)?;
            manifest.warnings.extend(differences.iter().map(|what| format!("replayed although {what}")));
            manifest.notices.extend(trace.notice.clone());
        }
        files::prepare(&options.out)?;
        files::write(&options.out.join("seed.toml"), text.as_bytes())?;
        let (revision, mask) = (simulation.revision(), simulation.ground().mask.clone());
        let path = options.out.join("trace.jsonl");
        let life = Life::record(simulation, &options.file, options.trace.clone(), options.anyway, &path)?;
        let series = SeriesTable { steps: vec![], times: vec![], columns };
        Ok(Self {
            text,
            options,
            life,
            revision,
            schedule,
            series,
            measure_series,
            gallery,
            history,
            slips,
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
            if self.schedule.series_due(now) {
                self.observe()?;
            }
            if self.schedule.picture_due(now) {
                let simulation = self.life.simulation_mut();
                simulation.fields()?;
                self.gallery.take(&simulation.state())?;
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
        let (model, threads) = (simulation.model(), self.options.place.threads);
        if let Some(mut fresh) = History::new(simulation, threads)? {
            if let Some(old) = self.history.take() {
                (fresh.events, fresh.uncertain) = (old.events, old.uncertain);
            }
            self.history = Some(fresh);
        }
        if let Some(mut fresh) = GraphHistory::new(simulation, threads)? {
            if let Some(old) = self.slips.take() {
                (fresh.events, fresh.uncertain) = (old.events, old.uncertain);
            }
            self.slips = Some(fresh);
        }
        self.mask.clone_from(&simulation.ground().mask);
        if rewritten {
            self.schedule = schedule(simulation, self.options)?;
            self.manifest.warnings.extend(self.schedule.warnings.iter().cloned());
            self.measure_series = measure_series(simulation, threads)?;
            for series in &model.observe.series {
                if !self.series.columns.iter().any(|(name, _)| *name == series.name) {
                    self.series.columns.push((series.name.clone(), vec![f64::NAN; self.series.steps.len()]));
                }
            }
            let gallery = Gallery::new(model, simulation.dt(), threads)?;
            self.gallery = std::mem::replace(&mut self.gallery, gallery).renewed(model, simulation.dt(), threads)?;
            self.revision = simulation.revision();
        }
        Ok(())
    }

    /// A row of the series; a series that the seed no longer has is not a number.
    fn observe(&mut self) -> Result<(), Error> {
        let simulation = self.life.simulation_mut();
        simulation.fields()?;
        let values = self.measure_series.numbers(&simulation.state())?;
        let measured = simulation.model().observe.series.iter().zip(values);
        let measured: BTreeMap<&str, f64> = measured.map(|(series, value)| (series.name.as_str(), value)).collect();
        self.series.steps.push(i64::try_from(simulation.step()).unwrap_or(i64::MAX));
        self.series.times.push(simulation.time());
        for (name, column) in &mut self.series.columns {
            column.push(measured.get(name.as_str()).copied().unwrap_or(f64::NAN));
        }
        if let Some(history) = &mut self.history {
            history.observe(&simulation.state())?;
        }
        if let Some(slips) = &mut self.slips {
            slips.observe(&simulation.state())?;
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
        let manifest = &mut self.manifest;
        let mut uncertain = 0;
        if let Some(history) = self.history.as_ref().filter(|history| history.has_defects()) {
            let (births, annihilations) = history.tally();
            manifest.notices.push(format!("phase defects: {births} births and {annihilations} annihilations of pairs"));
            uncertain = history.uncertain;
        }
        if let Some(slips) = &self.slips {
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
        let threads = self.options.place.threads;
        let notes =
            documents::measure(self.life.simulation_mut(), self.history.as_ref(), self.slips.as_ref(), threads)?;
        files::write_all(self, notes.as_ref())?;
        Ok(())
    }
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

/// Appointments from the present step on: to the given time, else to the seed's stop or to the last line of the trace,
/// whichever is later.
fn schedule(simulation: &Simulation, options: &RunOptions) -> Result<Schedule, Error> {
    let mut schedule = Schedule::new(simulation.model(), simulation.dt(), simulation.origin(), options.until)?;
    schedule.last_at(simulation.step());
    if let Some(trace) = options.trace.as_ref().filter(|_| options.until.is_none()) {
        schedule.last_at(trace.last_step());
    }
    Ok(schedule)
}

/// The seed's series, compiled.
pub(crate) fn measure_series(simulation: &Simulation, threads: usize) -> Result<Evaluator, Error> {
    let model = simulation.model();
    let series: Vec<_> = model.observe.series.iter().map(|series| series.expr).collect();
    Evaluator::new(model, &series, simulation.dt(), threads)
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
        title: title(seed, &options.file),
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

fn title(seed: &Seed, file: &str) -> String {
    let stem = || std::path::Path::new(file).file_stem().map_or(file.to_owned(), |stem| stem.to_string_lossy().into());
    seed.title.as_ref().map_or_else(stem, |title| title.value.clone())
}

/// Whether a precision can be run on a back end; said before anything is grown.
pub fn check_place(backend: Option<Backend>, precision: Precision) -> Result<(), Error> {
    if backend == Some(Backend::Gpu) && precision == Precision::F64 {
        return Err(crate::engine::EngineError::Precision("gpu", "f64").into());
    }
    Ok(())
}
