//! A life: a running field and the trace of what was done to it.
//!
//! In: a seed or a trace, then acts and steps. Out: a field, and a file from which it can be grown again. What a trace
//! holds beyond the present step is the *future*: steps live it again as they reach it, and an act before its end
//! leaves it, which begins a branch (another file that names this one and holds all lines up to there, so that it
//! replays alone). Invariants: a line is in the file only after it was lived; nothing but lines and steps changes the
//! field; reliving checks every digest on the way.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::act::Act;
use super::checkpoint::Checkpoints;
use super::trace::{Header, Line, Parent, Trace, TraceWriter};
use super::{Options, Simulation, grow_soil, read_seed};
use crate::error::Error;
use crate::soil::{Progress, Reader};

/// Steps between two digests of a life that nobody observes.
const DIGEST_EVERY: u64 = 1000;
/// Steps between two checkpoints, and from the last one to an act, which may be taken back.
const CHECKPOINT_EVERY: u64 = 100;
const CHECKPOINT_BEFORE_ACT: u64 = 16;
/// Steps between two looks at whether growing again was cancelled.
const LOOK_EVERY: u64 = 64;

/// A running field and its trace.
pub struct Life {
    simulation: Simulation,
    header: Header,
    story: Story,
    writer: TraceWriter,
    /// Lines of past and future that the file has.
    written: usize,
    digest_every: Option<u64>,
    reader: Option<Reader>,
}

/// Lines that were lived, and those that are still to be.
#[derive(Default)]
struct Story {
    past: Vec<Line>,
    future: VecDeque<Line>,
    /// Digests that differ are no error; own ones take their place.
    anyway: bool,
    /// States to go back to; none where nobody will.
    checkpoints: Option<Checkpoints>,
}

impl Life {
    /// Begins to live a seed. The trace is a file, which is replaced, or a folder, which gets the next free number.
    pub fn begin(
        text: &str,
        file: &str,
        options: &Options,
        progress: &dyn Progress,
        trace: &Path,
    ) -> Result<Self, Error> {
        let simulation = grow(text, file, options, progress)?;
        let mut life = Self::record(simulation, file, None, false, None, trace)?;
        life.story.checkpoints = Some(Checkpoints::default());
        life.story.keep(&mut life.simulation, 1)?;
        life.digest_every = Some(DIGEST_EVERY);
        Ok(life)
    }

    /// Lives a trace again up to its last line, and goes on in its file. `None` if it was cancelled.
    pub fn open(
        path: &Path,
        options: &Options,
        anyway: bool,
        progress: &dyn Progress,
        cancel: &AtomicBool,
    ) -> Result<Option<Self>, Error> {
        let mut life = Self::reopen(path, options, anyway, progress)?;
        let last = life.last_line();
        let done = life.story.regrow(&mut life.simulation, last, progress, cancel)?;
        Ok(done.then_some(life))
    }

    /// The beginning of a life that has a trace: all of its lines are its future.
    pub fn reopen(path: &Path, options: &Options, anyway: bool, progress: &dyn Progress) -> Result<Self, Error> {
        let trace = Trace::read(path)?;
        let header = trace.header.clone();
        let file = header.file.clone().unwrap_or_else(|| "trace".into());
        let simulation = grow(&header.seed, &file, options, progress)?;
        header.check(&Header::of(&header.seed, &file, &simulation), anyway)?;
        let (written, checkpoints) = (trace.lines.len(), Some(Checkpoints::default()));
        let story = Story { past: vec![], future: trace.lines.into(), anyway, checkpoints };
        let writer = TraceWriter::resume(path)?;
        Ok(Self { simulation, header, story, writer, written, digest_every: Some(DIGEST_EVERY), reader: None })
    }

    /// A field at step 0 that may have a trace as its future; what is lived is written to another trace, which says when
    /// it is to end if that is not when its seed says.
    pub(crate) fn record(
        simulation: Simulation,
        file: &str,
        lived: Option<Trace>,
        anyway: bool,
        until: Option<f64>,
        path: &Path,
    ) -> Result<Self, Error> {
        let mut header = Header { until, ..Header::of(simulation.seed_text()?, file, &simulation) };
        let mut story = Story { anyway, ..Story::default() };
        if let Some(lived) = lived {
            (header.parent, header.branched_at) = (lived.header.parent, lived.header.branched_at);
            story.future = lived.lines.into();
        }
        let writer = TraceWriter::create(path, &header)?;
        Ok(Self { simulation, header, story, writer, written: 0, digest_every: None, reader: None })
    }

    /// The field.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The field, to be looked at: only a life's own functions may step it or act on it.
    pub fn simulation_mut(&mut self) -> &mut Simulation {
        &mut self.simulation
    }

    /// The first line of the trace.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The file of the trace.
    pub fn path(&self) -> &Path {
        self.writer.path()
    }

    /// What was done so far, oldest first, with its step.
    pub fn acts(&self) -> impl Iterator<Item = (u64, &Act)> {
        acts(self.story.past.iter())
    }

    /// What was done later, before the life was grown again to the present step.
    pub fn future(&self) -> impl Iterator<Item = (u64, &Act)> {
        acts(self.story.future.iter())
    }

    /// The step of the last line.
    pub fn last_line(&self) -> u64 {
        self.story.future.back().or(self.story.past.last()).map_or(0, Line::step)
    }

    /// The step of the next line that is still to be lived.
    pub fn next_line(&self) -> Option<u64> {
        self.story.future.front().map(Line::step)
    }

    /// Does something to the field now. If there was a future, it is left: the act begins a branch.
    pub fn act(&mut self, act: Act) -> Result<(), Error> {
        self.story.keep(&mut self.simulation, CHECKPOINT_BEFORE_ACT)?;
        self.simulation.apply(&act)?;
        if !self.story.future.is_empty() {
            self.leave_future()?;
        }
        self.story.past.push(Line::Act { step: self.simulation.step(), act });
        self.write()
    }

    /// The place of a sentence on the map, in units of the domain: where [`Act::Say`] is to be done.
    pub fn place(&mut self, sentence: &str) -> Result<[f64; 2], Error> {
        let Some(soil) = self.simulation.soil() else {
            return Err(Error::Input("this seed has no notes among which a sentence could have a place".into()));
        };
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => soil.reader()?,
        };
        let placed = reader.place(soil, sentence);
        let grid = &self.simulation.model().grid;
        let at = placed.map(|placed| crate::soil::on_domain(placed.at, grid));
        self.reader = Some(reader);
        Ok(at?)
    }

    /// Runs some steps, living again what the trace has on the way.
    pub fn advance(&mut self, steps: u64) -> Result<(), Error> {
        let end = self.simulation.step().saturating_add(steps);
        loop {
            let now = self.simulation.step();
            let due = self.digest_every.map_or(end, |every| (now / every + 1).saturating_mul(every));
            let lived = self.story.live(&mut self.simulation, due.min(end));
            self.write()?;
            lived?;
            if self.digest_every.is_some() && (self.simulation.step() == due || self.writer.is_silent()) {
                self.digest()?;
            }
            if self.simulation.step() == end {
                return self.writer.keep();
            }
        }
    }

    /// Writes the digests of all fields now, unless the trace has them.
    pub fn digest(&mut self) -> Result<(), Error> {
        let step = self.simulation.step();
        let has_it = |line: &Line| matches!(line, Line::Digest { step: own, .. } if *own == step);
        let relives_its_file = self.written > self.story.past.len();
        if relives_its_file || self.story.past.last().is_some_and(has_it) {
            return Ok(());
        }
        self.story.past.push(Line::Digest { step, digests: self.simulation.digests()? });
        self.write()
    }

    /// Lets the disk have all lines, after a last digest.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.digest()?;
        self.writer.sync()
    }

    /// Goes to a step of the same life: later lines become its future. `false` if it was cancelled; nothing has changed
    /// then, nor after an error.
    pub fn regrow(&mut self, step: u64, progress: &dyn Progress, cancel: &AtomicBool) -> Result<bool, Error> {
        let lines = self.story.past.iter().chain(&self.story.future).cloned().collect();
        let written = self.written;
        self.live_again(lines, written, step, progress, cancel)
    }

    /// Goes to a step and begins a branch there.
    pub fn branch(&mut self, step: u64, progress: &dyn Progress, cancel: &AtomicBool) -> Result<bool, Error> {
        let done = self.regrow(step, progress, cancel)?;
        if done {
            self.leave_future()?;
        }
        Ok(done)
    }

    /// Takes the last act back: a branch that is just before it.
    pub fn undo(&mut self, progress: &dyn Progress, cancel: &AtomicBool) -> Result<bool, Error> {
        let last = self.story.past.iter().rposition(|line| matches!(line, Line::Act { .. }));
        let last = last.ok_or_else(|| Error::Input("nothing was done yet that could be undone".into()))?;
        let lines: VecDeque<Line> = self.story.past[..last].iter().cloned().collect();
        let (written, step) = (lines.len(), self.story.past[last].step());
        let done = self.live_again(lines, written, step, progress, cancel)?;
        if done {
            self.leave_future()?;
        }
        Ok(done)
    }

    fn live_again(
        &mut self,
        mut lines: VecDeque<Line>,
        written: usize,
        step: u64,
        progress: &dyn Progress,
        cancel: &AtomicBool,
    ) -> Result<bool, Error> {
        let checkpoints = self.story.checkpoints.clone();
        let known = checkpoints.as_ref().map(|kept| kept.before(step, lines.len(), &self.simulation));
        let (mut simulation, lived) = match known.transpose()?.flatten() {
            Some(known) => known,
            None => (self.seedling()?, 0),
        };
        let future = lines.split_off(lived);
        let mut story = Story { past: lines.into(), future, anyway: self.story.anyway, checkpoints };
        if !story.regrow(&mut simulation, step, progress, cancel)? {
            return Ok(false);
        }
        (self.simulation, self.story, self.written) = (simulation, story, written);
        Ok(true)
    }

    /// The field at step 0.
    fn seedling(&self) -> Result<Simulation, Error> {
        let now = &self.simulation;
        let file = self.header.file.as_deref().unwrap_or("trace");
        let mut simulation = Simulation::grow_text(&self.header.seed, file, now.planted_soil(), now.options())?;
        // Whoever counts changes must see that this is another field.
        simulation.revision = now.revision + 1;
        simulation.ground_changes = now.ground_changes + 1;
        Ok(simulation)
    }

    /// Goes on in a trace of its own, which begins with all lines up to now.
    fn leave_future(&mut self) -> Result<(), Error> {
        let path = self.writer.path().to_owned();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let hash = super::trace::lines_hash(&self.header, &self.story.past);
        let header = Header {
            parent: Some(Parent { path: path.canonicalize().unwrap_or_else(|_| path.clone()), hash }),
            branched_at: Some(self.simulation.step()),
            ..self.header.clone()
        };
        self.writer = TraceWriter::create(folder, &header)?;
        self.header = header;
        self.story.leave_future(self.simulation.step());
        self.written = 0;
        self.write()
    }

    /// Writes the lines that were lived and that the file lacks.
    fn write(&mut self) -> Result<(), Error> {
        while self.written < self.story.past.len() {
            self.writer.append(&self.story.past[self.written])?;
            self.written += 1;
        }
        Ok(())
    }
}

impl Story {
    /// Steps to `end`, living again the lines on the way and those at `end`.
    fn live(&mut self, simulation: &mut Simulation, end: u64) -> Result<(), Error> {
        loop {
            let now = simulation.step();
            while let Some(line) = self.future.pop_front_if(|line| line.step() <= now) {
                self.relive(simulation, line)?;
            }
            if now >= end {
                return Ok(());
            }
            let next = self.future.front().map_or(end, Line::step);
            simulation.advance(next.min(end) - now)?;
            self.keep(simulation, CHECKPOINT_EVERY)?;
        }
    }

    /// Keeps the present state, if the last one that is kept is at least so many steps back.
    fn keep(&mut self, simulation: &mut Simulation, gap: u64) -> Result<(), Error> {
        let lines = self.past.len();
        self.checkpoints.as_mut().map_or(Ok(()), |checkpoints| checkpoints.keep(simulation, lines, gap))
    }

    /// What was still to be lived after this step will not be.
    fn leave_future(&mut self, step: u64) {
        self.future.clear();
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.forget_beyond(self.past.len(), step);
        }
    }

    /// An act is applied again; a digest must agree.
    fn relive(&mut self, simulation: &mut Simulation, line: Line) -> Result<(), Error> {
        match &line {
            Line::Act { step, act } => {
                let kind = act.kind();
                simulation.apply(act).map_err(|why| match why {
                    Error::Input(why) => Error::Input(format!("the trace has `{kind}` at step {step}: {why}")),
                    other => other,
                })?;
                self.past.push(line);
            }
            Line::Digest { step, digests } => {
                let own = simulation.digests()?;
                if own != *digests && !self.anyway {
                    let differ = digests.iter().filter(|(name, hash)| own.get(*name) != Some(hash));
                    let names: Vec<_> = differ.map(|(name, _)| format!("`{name}`")).collect();
                    let names = names.join(", ");
                    return Err(Error::Replay(format!("the replay left the trace by step {step}: {names} differ")));
                }
                self.past.push(Line::Digest { step: *step, digests: own });
            }
        }
        Ok(())
    }

    /// Lives from where the simulation is to a step, unless that is cancelled.
    fn regrow(
        &mut self,
        simulation: &mut Simulation,
        step: u64,
        progress: &dyn Progress,
        cancel: &AtomicBool,
    ) -> Result<bool, Error> {
        progress.stage("growing again", step.saturating_sub(simulation.step()));
        while !cancel.load(Ordering::Relaxed) {
            let now = simulation.step();
            self.live(simulation, step.min(now + LOOK_EVERY))?;
            progress.advance(simulation.step() - now);
            if simulation.step() == step {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn acts<'l>(lines: impl Iterator<Item = &'l Line>) -> impl Iterator<Item = (u64, &'l Act)> {
    lines.filter_map(|line| match line {
        Line::Act { step, act } => Some((*step, act)),
        Line::Digest { .. } => None,
    })
}

/// Soil and field of a seed at step 0.
fn grow(text: &str, file: &str, options: &Options, progress: &dyn Progress) -> Result<Simulation, Error> {
    let (seed, ..) = read_seed(text, file)?;
    let soil = grow_soil(&seed, &options.folder, progress)?;
    Simulation::grow_text(text, file, soil, options)
}
