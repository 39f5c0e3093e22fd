//! One life in the window: a field that steps, is touched, is looked at, and can be grown again.
//!
//! In: an [`Origin`], then requests. Out: frames. Invariants: what is done to the field is an act in the trace before
//! anyone sees it; the number of steps in a frame follows the clock, what they do does not.

#[cfg(test)]
mod tests;
mod tracker;
mod waiting;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::app::export;
use crate::app::frame::{Felt, Frame, Notice, Subject};
use crate::app::living::Show;
use crate::app::observer::Observer;
use crate::app::request::Request;
use crate::app::subject;
use crate::engine::EngineError;
use crate::error::Error;
use crate::field::Kind;
use crate::run::Clock;
use crate::run::schedule::Schedule;
use crate::simulation::act::Act;
use crate::simulation::life::Life;
use crate::simulation::trace::Trace;
use crate::simulation::{Options, plant};
use crate::soil::Progress;
use crate::source::Source;
use tracker::Tracker;
use waiting::{Planting, Regrowing};

/// Where a life comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A seed, notes, vectors or a trace.
    Path(PathBuf),
    /// A seed of the bundle.
    Bundled(String),
}

/// After a touch, and between two looks at whether there is one, steps take about this long at most.
const PROMPT: Duration = Duration::from_millis(8);
/// What notes feel is measured anew after this time: numbers that are read need no more.
const FELT_EVERY: Duration = Duration::from_millis(200);

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

    /// Does what is asked; a refusal is told, and changes nothing.
    pub(super) fn answer(&mut self, request: Request, show: &Show) {
        if let Err(why) = self.try_answer(request, show) {
            if is_lost(&why) {
                self.recover(show);
            }
            self.tell(Notice::Refused(why.to_string()));
        }
    }

    fn try_answer(&mut self, request: Request, show: &Show) -> Result<(), Error> {
        match request {
            Request::Play(playing) => (self.playing, self.left) = (playing, None),
            Request::Step(steps) => (self.playing, self.left) = (true, Some(steps)),
            Request::Speed(speed) => self.speed = speed.max(1),
            Request::Show(wanted) => self.observer.show(wanted, self.life.simulation_mut()),
            Request::Do(act) => self.touch(act)?,
            Request::Say { text, against } => {
                let act = self.sentence(text, against)?;
                self.touch(act)?;
            }
            Request::Undo => self.grow_again(show, |life, progress, cancel| life.undo(progress, cancel))?,
            Request::Regrow(step) => {
                self.grow_again(show, |life, progress, cancel| life.regrow(step, progress, cancel))?;
                self.playing = false;
            }
            Request::Branch(step) => {
                self.grow_again(show, |life, progress, cancel| life.branch(step, progress, cancel))?;
                self.tell(Notice::Done(self.life.path().display().to_string()));
            }
            Request::ExportSeries(path) => {
                self.observer.collect(true)?;
                export::series(&self.frame()?, &path)?;
                self.tell(Notice::Done(path.display().to_string()));
            }
            Request::ExportNotes(notes, path) => {
                export::notes(&self.frame()?, &notes, &path)?;
                self.tell(Notice::Done(path.display().to_string()));
            }
            Request::Open(_) | Request::Gallery(_) | Request::Quit => {}
        }
        Ok(())
    }

    /// An act: in the trace, then in what is shown.
    fn touch(&mut self, act: Act) -> Result<(), Error> {
        let before = self.life.simulation().revision();
        let is_stroke = act.brush().is_some();
        self.touched = true;
        self.life.act(act)?;
        self.acts = Arc::new(all_acts(&self.life));
        if is_stroke && self.life.simulation().revision() == before {
            return self.observer.renew(self.life.simulation_mut());
        }
        self.renew()
    }

    /// A sentence as an act: a bump where it belongs.
    fn sentence(&mut self, text: String, against: bool) -> Result<Act, Error> {
        /// The bump's radius, as a share of the map's shorter side.
        const RADIUS: f64 = 0.04;
        let at = self.life.place(&text)?;
        let model = self.life.simulation().model();
        let field = model.fields.iter().find(|field| field.kind != Kind::Link);
        let none = || Error::Input("this seed has no field of cells that a sentence could enter".into());
        let field = field.ok_or_else(none)?.name.clone();
        let sides = model.grid.place_axes().iter().map(|&axis| model.grid.size_along(axis));
        let radius = RADIUS * sides.fold(f64::INFINITY, f64::min);
        Ok(Act::Say { text, field, at, radius, strength: 1.0, against })
    }

    /// After something that may have changed the model.
    fn renew(&mut self) -> Result<(), Error> {
        self.observer.renew(self.life.simulation_mut())?;
        self.felt_at = None;
        let serial = self.subject.serial + 1;
        let subject = subject::describe(&self.life, self.opened.as_deref(), serial, Some(&self.subject));
        self.subject = Arc::new(subject);
        self.acts = Arc::new(all_acts(&self.life));
        self.schedule = schedule(&self.life)?;
        Ok(())
    }

    /// Grows the field again from its trace, and shows how far it has come.
    fn grow_again(
        &mut self,
        show: &Show,
        again: impl FnOnce(&mut Life, &dyn Progress, &AtomicBool) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let progress = Regrowing::new(show, self.newest.clone());
        if again(&mut self.life, &progress, show.cancel())? {
            self.observer.rewind(self.life.simulation_mut())?;
        }
        self.renew()
    }

    /// The device was lost, and the field with it: it is grown again from its trace, up to where it was.
    fn recover(&mut self, show: &Show) {
        let step = self.life.simulation().step();
        let again = self.grow_again(show, |life, progress, cancel| life.regrow(step, progress, cancel));
        if let Err(why) = again {
            self.playing = false;
            self.tell(Notice::Refused(why.to_string()));
        }
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

    /// The next frame: some steps if it is playing, and what there is to see then.
    pub(super) fn breathe(&mut self, show: &Show) -> Arc<Frame> {
        if self.playing {
            match self.step(show) {
                Ok(()) => {}
                Err(why) if is_lost(&why) => self.recover(show),
                Err(why) => {
                    self.playing = false;
                    self.tell(Notice::Diverged(why.to_string()));
                }
            }
        }
        let frame = match self.frame() {
            Ok(frame) => frame,
            Err(why) if is_lost(&why) => {
                self.recover(show);
                self.bare()
            }
            Err(why) => {
                self.playing = false;
                self.tell(Notice::Refused(why.to_string()));
                self.bare()
            }
        };
        let frame = Arc::new(Frame { answered: show.answered(), ..frame });
        self.newest = Some(Arc::clone(&frame));
        frame
    }

    /// Some steps; fewer if the person has done something, or wants something: that is to be seen at once.
    fn step(&mut self, show: &Show) -> Result<(), Error> {
        let budget = self.pace.budget();
        let budget = if std::mem::take(&mut self.touched) { budget.min(PROMPT.as_secs_f64()) } else { budget };
        let wanted = self.pace.steps(self.speed, budget).min(self.left.unwrap_or(u64::MAX));
        let stretch = self.pace.steps(wanted, PROMPT.as_secs_f64());
        let clock = Clock::start();
        let before = self.life.simulation().step();
        let mut outcome = Ok(());
        while outcome.is_ok() && self.life.simulation().step() < before + wanted {
            let now = self.life.simulation().step();
            outcome = self.stride((before + wanted).min(now + stretch));
            if clock.seconds() > budget || show.is_wanted() {
                break;
            }
        }
        let made = self.life.simulation().step() - before;
        self.pace.stepped(made, clock.seconds(), self.life.simulation().model().grid.cells());
        if std::mem::take(&mut self.pace.new_second) {
            self.life.simulation_mut().watch();
        }
        if let Some(left) = &mut self.left {
            *left -= made.min(*left);
            if *left == 0 {
                (self.playing, self.left) = (false, None);
            }
        }
        outcome
    }

    fn frame(&mut self) -> Result<Frame, Error> {
        let clock = Clock::start();
        self.life.simulation_mut().fields()?;
        self.observer.collect(!self.playing)?;
        let layers = self.observer.layers(self.life.simulation())?;
        // Of very many notes more seldom, so that most of the time goes into living.
        let due = FELT_EVERY.as_secs_f64().max(9.0 * self.felt_took);
        if !self.playing || self.felt_at.as_ref().is_none_or(|clock| clock.seconds() > due) {
            let feeling = Clock::start();
            self.felt = self.observer.felt(self.life.simulation())?;
            (self.felt_took, self.felt_at) = (feeling.seconds(), Some(Clock::start()));
        }
        let felt = self.felt.clone();
        let defects = self.observer.defects(self.life.simulation_mut())?;
        if let Some(why) = self.observer.refused.take() {
            self.tell(Notice::Refused(why));
        }
        let donor = self.observer.donor(self.life.simulation());
        let mut frame = Frame { layers, felt, defects, ..self.bare() };
        frame.donor = donor.map(|(grid, layers, defects)| {
            Arc::new(Frame { grid, layers, defects, felt: Felt::default(), mask: None, ..frame.clone() })
        });
        self.pace.showed(clock.seconds());
        Ok(frame)
    }

    /// A frame without what is measured.
    fn bare(&mut self) -> Frame {
        self.serial += 1;
        let simulation = self.life.simulation();
        Frame {
            serial: self.serial,
            step: simulation.step(),
            time: simulation.time(),
            dt: simulation.dt(),
            grid: self.observer.canvas(&simulation.model().grid).clone(),
            layers: vec![],
            mask: self.observer.mask(),
            defects: vec![],
            felt: Felt::default(),
            subject: Arc::clone(&self.subject),
            series: Arc::clone(&self.observer.series),
            acts: Arc::clone(&self.acts),
            events: Arc::clone(&self.observer.events),
            reading: Arc::clone(&self.observer.reading),
            pace: self.pace.pace,
            passes: Arc::new(simulation.pass_times().to_vec()),
            playing: self.playing,
            answered: 0,
            notice: self.notice.clone(),
            regrowing: None,
            donor: None,
        }
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
