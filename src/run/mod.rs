//! A headless run: grow, step, measure, write. The flow of `semafield run`.
//!
//! In: a seed's text (and perhaps a trace to live again). Out: a folder with everything that design.md section 4 names.
//! Invariants: files of an earlier run are replaced, others left; what was measured before a failure is written too;
//! the clock is read for the manifest only.

mod documents;
pub mod examine;
mod files;
mod history;
mod page;
mod pictures;
mod schedule;
mod subject;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use crate::diagnostic::{Diagnostic, Severity, render};
use crate::engine::Backend;
use crate::error::Error;
use crate::linear;
use crate::math::arithmetic::Precision;
use crate::model::Model;
use crate::output::manifest::{Digest, LayoutQuality, Manifest};
use crate::output::tables::SeriesTable;
use crate::seed::Seed;
use crate::simulation::evaluator::Evaluator;
use crate::simulation::trace::{FORMAT, Header, Line, Trace, TraceWriter};
use crate::simulation::{Options, Simulation, grow_soil};
use crate::soil::Progress;
use history::History;
use pictures::Gallery;
use schedule::Schedule;

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

/// The model of a seed, or all of its mistakes; warnings are returned as text.
pub fn read_seed(text: &str, file: &str) -> Result<(Seed, Model, Vec<Diagnostic>), Error> {
    let (seed, mut diagnostics) = Seed::parse_recoverable(text);
    let model = seed.as_ref().and_then(|seed| Model::from_seed(seed, &mut diagnostics));
    let wrong = diagnostics.iter().any(|found| found.severity == Severity::Error);
    match (seed, model) {
        (Some(seed), Some(model)) if !wrong => Ok((seed, model, diagnostics)),
        _ => Err(Error::Seed { file: file.to_owned(), text: text.to_owned(), diagnostics }),
    }
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
    let simulation = Simulation::grow(model, soil, &options.place)?;

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
    simulation: Simulation,
    schedule: Schedule,
    series: SeriesTable,
    measure_series: Evaluator,
    gallery: Gallery,
    history: Option<History>,
    trace: TraceWriter,
    lines: Vec<Line>,
    manifest: Manifest,
    step_seconds: f64,
}

impl<'a> Run<'a> {
    fn new(seed: &Seed, text: &'a str, options: &'a RunOptions, simulation: Simulation) -> Result<Self, Error> {
        let model = simulation.model();
        let dt = simulation.dt();
        let schedule = Schedule::new(model, dt, options.until)?;
        let series: Vec<_> = model.observe.series.iter().map(|series| series.expr).collect();
        let measure_series = Evaluator::new(model, &series, dt, options.place.threads)?;
        let gallery = Gallery::new(model, dt, options.place.threads)?;
        let history = History::new(&simulation, options.place.threads)?;
        let columns = model.observe.series.iter().map(|series| (series.name.clone(), vec![])).collect();
        let mut manifest = manifest(seed, text, options, &simulation);
        manifest.warnings.extend(schedule.warnings.iter().cloned());
        let header = header(text, options, &simulation);
        let lines = match &options.trace {
            None => vec![],
            Some(trace) => {
                let differences = differences(&trace.header, &header);
                if !differences.is_empty() && !options.anyway {
                    return Err(Error::Input(format!(
                        "this trace was lived elsewhere: {}\n  = help: --anyway replays it all the same, and the \
                         manifest says so",
                        differences.join("; ")
                    )));
                }
                manifest.warnings.extend(differences.iter().map(|what| format!("replayed although {what}")));
                manifest.notices.extend(trace.notice.clone());
                trace.lines.clone()
            }
        };
        files::prepare(&options.out)?;
        files::write(&options.out.join("seed.toml"), text.as_bytes())?;
        let trace = TraceWriter::create(&options.out.join("trace.jsonl"), &header)?;
        let series = SeriesTable { steps: vec![], times: vec![], columns };
        Ok(Self {
            text,
            options,
            simulation,
            schedule,
            series,
            measure_series,
            gallery,
            history,
            trace,
            lines,
            manifest,
            step_seconds: 0.0,
        })
    }

    /// Steps from one appointment to the next.
    fn live(&mut self, progress: &dyn Progress) -> Result<(), Error> {
        progress.stage("growing", self.schedule.last);
        let lines = std::mem::take(&mut self.lines);
        let mut lines = lines.into_iter().peekable();
        loop {
            let now = self.simulation.step();
            while let Some(line) = lines.next_if(|line| line.step() == now) {
                self.relive(line)?;
            }
            if self.schedule.series_due(now) {
                self.observe()?;
            }
            if self.schedule.picture_due(now) {
                self.simulation.fields()?;
                self.gallery.take(&self.simulation.state())?;
                self.digest()?;
            }
            if now >= self.schedule.last {
                return Ok(());
            }
            let next = self.schedule.next(now).min(lines.peek().map_or(u64::MAX, Line::step));
            let clock = Clock::start();
            let stepped = self.simulation.advance(next.min(self.schedule.last) - now);
            self.step_seconds += clock.seconds();
            stepped?;
            progress.advance(self.simulation.step() - now);
        }
    }

    /// An act is applied again; a digest must agree.
    fn relive(&mut self, line: Line) -> Result<(), Error> {
        match line {
            Line::Act { step, act } => {
                self.simulation.apply(&act)?;
                self.trace.append(&Line::Act { step, act })
            }
            Line::Digest { step, digests } => {
                let own = self.simulation.digests()?;
                if own == digests || self.options.anyway {
                    return Ok(());
                }
                let differ: Vec<_> = digests.iter().filter(|(name, hash)| own.get(*name) != Some(hash)).collect();
                let names: Vec<_> = differ.into_iter().map(|(name, _)| format!("`{name}`")).collect();
                Err(Error::Replay(format!("the replay left the trace by step {step}: {} differ", names.join(", "))))
            }
        }
    }

    fn observe(&mut self) -> Result<(), Error> {
        self.simulation.fields()?;
        let values = self.measure_series.numbers(&self.simulation.state())?;
        self.series.steps.push(i64::try_from(self.simulation.step()).unwrap_or(i64::MAX));
        self.series.times.push(self.simulation.time());
        for ((_, column), value) in self.series.columns.iter_mut().zip(values) {
            column.push(value);
        }
        if let Some(history) = &mut self.history {
            history.observe(&self.simulation.state())?;
        }
        Ok(())
    }

    fn digest(&mut self) -> Result<(), Error> {
        let (step, digests) = (self.simulation.step(), self.simulation.digests()?);
        self.manifest.digests.push(Digest { step, fields: digests.clone() });
        self.trace.append(&Line::Digest { step, digests })
    }

    fn warn(&mut self, findings: &[Diagnostic], text: &str, file: &str) {
        for finding in findings {
            self.manifest.warnings.push(render(std::slice::from_ref(finding), file, text));
        }
        self.manifest.warnings.extend(step_warning(&self.simulation));
    }

    /// Writes the folder.
    fn write(&mut self, completed: bool) -> Result<(), Error> {
        let manifest = &mut self.manifest;
        if let Some(history) = self.history.as_ref().filter(|history| history.has_defects()) {
            let (births, annihilations) = history.tally();
            manifest.notices.push(format!("phase defects: {births} births and {annihilations} annihilations of pairs"));
            if history.uncertain > 0 {
                manifest.notices.push(format!(
                    "in {} intervals some phases moved by nearly half a turn or more: observe more often ([observe] \
                     every) for certain world lines of defects",
                    history.uncertain
                ));
            }
        }
        manifest.completed = completed;
        manifest.steps = self.simulation.step();
        manifest.time = self.simulation.time();
        manifest.seconds.insert("step".into(), self.step_seconds);
        #[expect(clippy::cast_precision_loss, reason = "a speed")]
        let updates = manifest.cells as f64 * manifest.steps as f64;
        manifest.cell_updates_per_second = if self.step_seconds > 0.0 { updates / self.step_seconds } else { 0.0 };
        let notes = documents::measure(&mut self.simulation, self.history.as_ref(), self.options.place.threads)?;
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

/// A stopwatch: the only place where a run looks at the clock.
struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "timings in the manifest, never in a result")]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

fn header(text: &str, options: &RunOptions, simulation: &Simulation) -> Header {
    let place = simulation.place();
    Header {
        trace: FORMAT,
        seed: text.to_owned(),
        seed_hash: hash(text),
        soil_hash: simulation.soil().map(|soil| soil.hash.clone()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: place.backend.name().to_owned(),
        precision: options.place.precision.name().to_owned(),
        adapter: place.adapter,
        driver: place.driver,
        folder: options.place.folder.canonicalize().ok(),
    }
}

/// What makes a replay another run. The CPU back end gives the same bits on every machine.
fn differences(lived: &Header, now: &Header) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, then: &str, now: &str| {
        if then != now {
            found.push(format!("the {what} was {then} and is {now}"));
        }
    };
    compare("seed's hash", &lived.seed_hash, &now.seed_hash);
    compare("version of semafield", &lived.version, &now.version);
    compare("back end", &lived.backend, &now.backend);
    compare("precision", &lived.precision, &now.precision);
    if lived.backend == Backend::Gpu.name() {
        compare("adapter", &lived.adapter, &now.adapter);
        compare("driver", &lived.driver, &now.driver);
    }
    let none = "none".to_owned();
    compare("soil's hash", lived.soil_hash.as_ref().unwrap_or(&none), now.soil_hash.as_ref().unwrap_or(&none));
    found
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
        shape: model.grid.shape()[..model.grid.axes()].to_vec(),
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
