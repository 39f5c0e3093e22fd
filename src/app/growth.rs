//! One life in the window: a field that steps, is touched, is looked at, and can be grown again.
//!
//! In: an [`Origin`], then requests. Out: frames. Invariants: what is done to the field is an act in the trace before
//! anyone sees it; the number of steps in a frame follows the clock, what they do does not.

mod frames;
mod requests;
#[cfg(test)]
mod tests;
mod tracker;
mod waiting;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::frame::{Felt, Frame, Notice, Subject};
use crate::app::living::Show;
use crate::app::observer::Observer;
use crate::app::subject;
use crate::engine::EngineError;
use crate::error::Error;
use crate::run::Clock;
use crate::run::schedule::Schedule;
use crate::simulation::act::Act;
use crate::simulation::life::Life;
use crate::simulation::trace::Trace;
use crate::simulation::{Options, plant};
use crate::soil::Progress;
use crate::source::Source;
use tracker::Tracker;
use waiting::Planting;

/// Where a life comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A seed, notes, vectors or a trace.
    Path(PathBuf),
    /// A seed of the bundle.
    Bundled(String),
}

/// One life.
pub(super) struct Growth {
    life: Life,
    observer: Observer,
    subject: Arc<Subject>,
    acts: Arc<Vec<(u64, Act)>>,
    schedule: Schedule,
    opened: Option<PathBuf>,
    playing: bool,
    /// Steps that are still to be made before holding still.
    left: Option<u64>,
    speed: u64,
    notices: u64,
    notice: Option<(u64, Notice)>,
    serial: u64,
    pace: Tracker,
    newest: Option<Arc<Frame>>,
    /// Whether something was done that no frame shows yet.
    touched: bool,
    felt: Felt,
    felt_at: Option<Clock>,
    /// Seconds that measuring it took.
    felt_took: f64,
}

impl Growth {
    /// Grows an origin to its first frame.
    pub(super) fn begin(origin: &Origin, options: &Options, out: &Path, show: &Show) -> Result<Self, Error> {
        let planting = Planting::new(show);
        match origin {
            Origin::Bundled(file) => Self::seed(Source::bundled(file)?, options, out, None, &planting),
            Origin::Path(path) => Self::path(path, options, out, show, &planting),
        }
    }

    fn path(path: &Path, options: &Options, out: &Path, show: &Show, planting: &Planting) -> Result<Self, Error> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let opened = Some(path.to_owned());
        let trace = if extension.as_deref() == Some("jsonl") { Trace::read(path).ok() } else { None };
        match (extension.as_deref(), trace) {
            (Some("toml"), _) => Self::seed(Source::open(Some(path))?, options, out, opened, planting),
            (_, Some(trace)) => {
                let folder = trace.header.folder.unwrap_or_else(|| PathBuf::from("."));
                let options = Options { folder, ..options.clone() };
                let life = Life::reopen(path, &options, false, planting)?;
                let mut growth = Self::wrap(life, &options, opened)?;
                growth.catch_up(planting, show.cancel())?;
                Ok(growth)
            }
            _ => {
                let (source, _) = plant(path, &[], Path::new("."), planting)?;
                Self::seed(source, options, out, opened, planting)
            }
        }
    }

    fn seed(
        source: Source,
        options: &Options,
        out: &Path,
        opened: Option<PathBuf>,
        planting: &Planting,
    ) -> Result<Self, Error> {
        let options = Options { folder: source.folder.clone(), ..options.clone() };
        let name = Path::new(&source.file).file_stem().map_or_else(|| "seed".into(), |stem| stem.to_string_lossy());
        let traces = out.join(&*name).join("traces");
        std::fs::create_dir_all(&traces).map_err(|source| Error::file(&traces, source))?;
        let life = Life::begin(&source.text, &source.file, &options, planting, &traces)?;
        Self::wrap(life, &options, opened)
    }

    fn wrap(mut life: Life, options: &Options, opened: Option<PathBuf>) -> Result<Self, Error> {
        let first = subject::first_layer(life.simulation().model());
        let mut observer = Observer::new(life.simulation_mut(), options.threads, vec![first])?;
        observer.observe(life.simulation_mut())?;
        let schedule = schedule(&life)?;
        let subject = subject::describe(&life, opened.as_deref(), subject::next_life(), None);
        let acts = Arc::new(all_acts(&life));
        Ok(Self {
            life,
            observer,
            subject: Arc::new(subject),
            acts,
            schedule,
            opened,
            playing: true,
            left: None,
            speed: 4,
            notices: 0,
            notice: None,
            serial: 0,
            pace: Tracker::default(),
            newest: None,
            touched: false,
            felt: Felt::default(),
            felt_at: None,
            felt_took: 0.0,
        })
    }

    pub(super) const fn is_playing(&self) -> bool {
        self.playing
    }

    /// Has something told with the next frame.
    pub(super) fn tell(&mut self, notice: Notice) {
        self.notices += 1;
        self.notice = Some((self.notices, notice));
    }

    /// Closes the trace.
    pub(super) fn finish(&mut self) {
        let _ = self.life.finish();
    }

    /// Lives all that the trace has, and measures on the way what its series and events are.
    fn catch_up(&mut self, progress: &dyn Progress, cancel: &AtomicBool) -> Result<(), Error> {
        /// Steps between two looks at whether it is still wanted.
        const LOOK_EVERY: u64 = 64;
        let last = self.life.last_line();
        progress.stage("growing again", last);
        while self.life.simulation().step() < last {
            if cancel.load(Ordering::Relaxed) {
                return Err(Error::Input("growing the trace again was given up".into()));
            }
            let before = self.life.simulation().step();
            self.stride(last.min(before + LOOK_EVERY))?;
            progress.advance(self.life.simulation().step() - before);
        }
        self.life.advance(0)?; // what was done at the last step
        self.renew()
    }

    /// Steps to the next observation, or to `stop`.
    fn stride(&mut self, stop: u64) -> Result<(), Error> {
        let now = self.life.simulation().step();
        let next = self.schedule.next_series(now).min(stop);
        let before = self.life.simulation().revision();
        self.life.advance(next - now)?;
        if self.life.simulation().revision() != before {
            self.renew()?; // the trace had an act that changed the equations
        }
        if self.schedule.series_due(next) {
            self.observer.observe(self.life.simulation_mut())?;
        }
        Ok(())
    }
}

/// What was done, and what lies ahead because the field was grown again to an earlier step.
fn all_acts(life: &Life) -> Vec<(u64, Act)> {
    life.acts().chain(life.future()).map(|(step, act)| (step, act.clone())).collect()
}

/// When the series are measured.
fn schedule(life: &Life) -> Result<Schedule, Error> {
    let simulation = life.simulation();
    Schedule::new(simulation.model(), simulation.dt(), simulation.origin(), None)
}

/// Whether the device is gone that the field was on.
const fn is_lost(why: &Error) -> bool {
    matches!(why, Error::Engine(EngineError::DeviceLost(_)))
}
