//! One life in the window: a field that steps, is touched, is looked at, and can be grown again.
//!
//! In: an [`Origin`], then requests. Out: frames. Invariants: what is done to the field is an act in the trace before
//! anyone sees it; the number of steps in a frame follows the clock, what they do does not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::app::export;
use crate::app::frame::{Frame, Notice, Pace, Subject};
use crate::app::living::{Show, Sight};
use crate::app::observer::Observer;
use crate::app::request::Request;
use crate::app::subject;
use crate::error::Error;
use crate::run::schedule::Schedule;
use crate::simulation::Options;
use crate::simulation::act::Act;
use crate::simulation::life::{Life, Until};
use crate::simulation::trace::Trace;
use crate::soil::{Progress, Soil, SoilOptions};
use crate::source::Source;

/// Where a life comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A seed, notes, vectors or a trace.
    Path(PathBuf),
    /// A seed of the bundle.
    Bundled(String),
}

/// Steps of a frame take about this long at most, so that pictures come at an even pace.
const BUDGET: Duration = Duration::from_millis(14);

/// One life.
pub(super) struct Growth {
    life: Life,
    observer: Observer,
    subject: Arc<Subject>,
    schedule: Schedule,
    options: Options,
    opened: Option<PathBuf>,
    playing: bool,
    /// Steps that are still to be made before holding still.
    left: Option<u64>,
    speed: u64,
    notices: u64,
    notice: Option<(u64, Notice)>,
    serial: u64,
    pace: Tracker,
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
        match extension.as_deref() {
            Some("toml") => Self::seed(Source::open(Some(path))?, options, out, opened, planting),
            Some("jsonl") if Trace::is_one(path) => {
                let trace = Trace::read(path)?;
                let mut growth = Self::wrap(Life::resume(path, trace, options, planting)?, options, opened)?;
                growth.relive(Until::End, show)?;
                Ok(growth)
            }
            _ => {
                let soil = Soil::grow(path, &SoilOptions::default(), planting)?;
                let source = Source::of_notes(path, Path::new("."), soil.notes.len())?;
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
        let life = Life::begin(&source.text, &source.file, &options, &traces, planting)?;
        let mut growth = Self::wrap(life, &options, opened)?;
        growth.observer.observe(growth.life.simulation())?;
        Ok(growth)
    }

    fn wrap(mut life: Life, options: &Options, opened: Option<PathBuf>) -> Result<Self, Error> {
        let first = subject::first_layer(life.simulation().model());
        let observer = Observer::new(life.simulation(), options.threads, vec![first])?;
        let schedule = Schedule::new(life.simulation().model(), life.simulation().dt(), None)?;
        let subject = Arc::new(subject::describe(&mut life, opened.as_deref(), subject::next_life()));
        Ok(Self {
            life,
            observer,
            subject,
            schedule,
            options: options.clone(),
            opened,
            playing: true,
            left: None,
            speed: 4,
            notices: 0,
            notice: None,
            serial: 0,
            pace: Tracker::default(),
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

    /// Writes the trace through.
    pub(super) fn keep(&mut self) {
        if let Err(why) = self.life.keep() {
            self.tell(Notice::Refused(why.to_string()));
        }
    }

    /// Closes the trace.
    pub(super) fn finish(&mut self) {
        let _ = self.life.finish();
    }

    /// Does what is asked; a refusal is told, and changes nothing.
    pub(super) fn answer(&mut self, request: Request, show: &Show) {
        if let Err(why) = self.try_answer(request, show) {
            self.tell(Notice::Refused(why.to_string()));
        }
    }

    fn try_answer(&mut self, request: Request, show: &Show) -> Result<(), Error> {
        match request {
            Request::Play(playing) => (self.playing, self.left) = (playing, None),
            Request::Step(steps) => (self.playing, self.left) = (true, Some(steps)),
            Request::Speed(speed) => self.speed = speed.max(1),
            Request::Show(wanted) => self.observer.show(wanted, self.life.simulation()),
            Request::Do(act) => self.touch(act)?,
            Request::Say { text, against } => {
                let act = self.life.sentence(&text, against)?;
                self.touch(act)?;
            }
            Request::Undo => match self.life.acts().len() {
                0 => return Err(Error::Input("nothing was done yet that could be undone".into())),
                acts => self.grow_again(Until::Act(acts - 1), true, show)?,
            },
            Request::Regrow(step) => {
                self.grow_again(Until::Step(step), false, show)?;
                self.playing = false;
            }
            Request::Branch(step) => {
                self.grow_again(Until::Step(step), true, show)?;
                self.tell(Notice::Done(format!("{}", self.life.trace_path().display())));
            }
            Request::ExportSeries(path) => {
                export::series(&self.frame(None)?, &path)?;
                self.tell(Notice::Done(path.display().to_string()));
            }
            Request::ExportNotes(notes, path) => {
                export::notes(&self.frame(None)?, &notes, &path)?;
                self.tell(Notice::Done(path.display().to_string()));
            }
            Request::Open(_) | Request::Gallery(_) | Request::Quit => {}
        }
        Ok(())
    }

    /// An act: in the trace, then in what is shown.
    fn touch(&mut self, act: Act) -> Result<(), Error> {
        self.life.act(act)?;
        self.renew()
    }

    /// After something that may have changed the model.
    fn renew(&mut self) -> Result<(), Error> {
        self.observer.renew(self.life.simulation())?;
        let serial = self.subject.serial + 1;
        self.subject = Arc::new(subject::describe(&mut self.life, self.opened.as_deref(), serial));
        self.schedule = Schedule::new(self.life.simulation().model(), self.life.simulation().dt(), None)?;
        Ok(())
    }

    /// Grows the field again from its trace; as a branch if the rest of the trace is not to be lived.
    fn grow_again(&mut self, until: Until, branch: bool, show: &Show) -> Result<(), Error> {
        self.life.rewind(until, branch)?;
        let wanted = self.observer.wanted();
        self.observer = Observer::new(self.life.simulation(), self.options.threads, wanted)?;
        self.relive(until, show)?;
        self.renew()
    }

    /// Lives the trace again, observing, and shows how far it has come.
    fn relive(&mut self, until: Until, show: &Show) -> Result<(), Error> {
        self.observer.observe(self.life.simulation())?;
        let total = self.life.steps_until(until);
        let mut clock = Clock::start();
        while let Some(stop) = self.life.next_line(until) {
            while self.life.simulation().step() < stop {
                self.stride(stop)?;
                if clock.seconds() > 0.1 {
                    clock = Clock::start();
                    let done = self.life.simulation().step();
                    show.put(Sight::Alive(Arc::new(self.frame(Some((done, total)))?)));
                }
                if show.cancelled() {
                    return Ok(());
                }
            }
            self.life.relive_line()?;
            self.observer.renew(self.life.simulation())?;
        }
        Ok(())
    }

    /// Steps to the next observation, or to `stop`.
    fn stride(&mut self, stop: u64) -> Result<(), Error> {
        let now = self.life.simulation().step();
        let next = self.schedule.next_series(now).min(stop);
        self.life.advance(next - now)?;
        if self.schedule.series_due(next) {
            self.observer.observe(self.life.simulation())?;
        }
        Ok(())
    }

    /// The next frame: some steps if it is playing, and what there is to see then.
    pub(super) fn breathe(&mut self) -> Arc<Frame> {
        if self.playing
            && let Err(why) = self.step()
        {
            self.playing = false;
            self.tell(Notice::Diverged(why.to_string()));
        }
        let frame = self.frame(None).or_else(|why| {
            self.playing = false;
            self.tell(Notice::Refused(why.to_string()));
            self.bare()
        });
        Arc::new(frame.expect("a frame without layers can always be made"))
    }

    fn step(&mut self) -> Result<(), Error> {
        let wanted = self.pace.steps(self.speed).min(self.left.unwrap_or(u64::MAX));
        let clock = Clock::start();
        let before = self.life.simulation().step();
        let mut outcome = Ok(());
        while outcome.is_ok() && self.life.simulation().step() < before + wanted {
            outcome = self.stride(before + wanted);
            if clock.seconds() > BUDGET.as_secs_f64() {
                break;
            }
        }
        let made = self.life.simulation().step() - before;
        self.pace.stepped(made, clock.seconds(), self.life.simulation().model().grid.cells());
        if let Some(left) = &mut self.left {
            *left -= made.min(*left);
            if *left == 0 {
                (self.playing, self.left) = (false, None);
            }
        }
        outcome
    }

    fn frame(&mut self, regrowing: Option<(u64, u64)>) -> Result<Frame, Error> {
        let clock = Clock::start();
        self.life.simulation().fields()?;
        let layers = self.observer.layers(self.life.simulation())?;
        let felt = self.observer.felt(self.life.simulation())?;
        let defects = self.observer.defects(self.life.simulation());
        if let Some(why) = self.observer.refused.take() {
            self.tell(Notice::Refused(why));
        }
        let frame = Frame { layers, felt, defects, regrowing, ..self.bare()? };
        self.pace.showed(clock.seconds());
        Ok(frame)
    }

    /// A frame without what is measured.
    fn bare(&mut self) -> Result<Frame, Error> {
        self.serial += 1;
        let acts = self.life.acts();
        let simulation = self.life.simulation();
        Ok(Frame {
            serial: self.serial,
            step: simulation.step(),
            time: simulation.time(),
            dt: simulation.dt(),
            grid: simulation.model().grid.clone(),
            layers: vec![],
            mask: self.observer.mask(),
            defects: vec![],
            felt: crate::app::frame::Felt::default(),
            subject: Arc::clone(&self.subject),
            series: Arc::clone(&self.observer.series),
            acts,
            events: Arc::clone(&self.observer.events),
            pace: self.pace.pace,
            playing: self.playing,
            notice: self.notice.clone(),
            regrowing: None,
        })
    }
}

/// How fast it goes, and how many steps fit into a frame.
#[derive(Default)]
struct Tracker {
    pace: Pace,
    since: Option<Instant>,
    steps: u64,
}

impl Tracker {
    /// Steps for the next frame: as many as wanted, as long as they fit.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count of steps")]
    fn steps(&self, wanted: u64) -> u64 {
        let one = self.pace.step_milliseconds;
        if one <= 0.0 {
            return 1;
        }
        wanted.min((BUDGET.as_secs_f64() * 1e3 / one) as u64).max(1)
    }

    #[expect(clippy::cast_precision_loss, reason = "a speed")]
    #[expect(clippy::disallowed_methods, reason = "a speed for people")]
    fn stepped(&mut self, made: u64, seconds: f64, cells: usize) {
        /// Weight of the newest measurement.
        const NEW: f64 = 0.2;
        if made == 0 {
            return;
        }
        let blend = |old: f64, new: f64| if old > 0.0 { old + NEW * (new - old) } else { new };
        let one = seconds / made as f64;
        self.pace.step_milliseconds = blend(self.pace.step_milliseconds, one * 1e3);
        self.pace.cells_per_second = blend(self.pace.cells_per_second, cells as f64 / one.max(1e-9));
        self.pace.steps_per_frame = made;
        self.steps += made;
        let since = *self.since.get_or_insert_with(Instant::now);
        let elapsed = since.elapsed().as_secs_f64();
        if elapsed >= 1.0 {
            self.pace.steps_per_second = self.steps as f64 / elapsed;
            (self.since, self.steps) = (Some(Instant::now()), 0);
        }
    }

    fn showed(&mut self, seconds: f64) {
        self.pace.show_milliseconds = seconds * 1e3;
    }
}

/// A stopwatch.
struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the pace of pictures, never a result")]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Shows how far the planting has come.
struct Planting {
    show: Show,
    stage: std::sync::Mutex<(String, u64, u64)>,
}

impl Planting {
    fn new(show: &Show) -> Self {
        Self { show: show.clone(), stage: std::sync::Mutex::default() }
    }

    fn update(&self, change: impl FnOnce(&mut (String, u64, u64))) {
        let mut now = self.stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = now.1 * 50 / now.2.max(1);
        let stage = now.0.clone();
        change(&mut now);
        if now.0 != stage || now.1 * 50 / now.2.max(1) != before {
            self.show.put(Sight::Planting { stage: now.0.clone(), done: now.1, total: now.2 });
        }
    }
}

impl Progress for Planting {
    fn stage(&self, name: &str, total: u64) {
        self.update(|now| *now = (name.to_owned(), 0, total));
    }

    fn advance(&self, amount: u64) {
        self.update(|now| now.1 += amount);
    }
}
