//! Watches the life of a field from a thread of its own: series, events and what they mean for the notes.
//!
//! In: states, copied as they are due. Out: [`Report`]s in the same order. Invariants: the field never waits for its
//! witness, unless that has fallen far behind; what is reported is what a headless run measures in the same states.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use crate::app::frame::{Happening, Mark, Motion, Reading};
use crate::error::Error;
use crate::field::Field;
use crate::model::Expr;
use crate::output::tables::Event;
use crate::run::history::History;
use crate::run::slips::GraphHistory;
use crate::simulation::Simulation;
use crate::simulation::evaluator::{Evaluator, State};
use crate::topology::readings::{Pace, Readings};

/// States that may wait; with more the field does.
const MOST_WAITING: usize = 3;

/// A state by itself.
struct Moment {
    step: u64,
    dt: f64,
    origin: crate::engine::Origin,
    fields: Vec<Field>,
    ground: Arc<Stage>,
    parameters: Vec<f64>,
    lyapunov: f64,
}

/// Maps and mask, shared until they change.
struct Stage {
    changes: u64,
    maps: Vec<Option<Field>>,
    mask: Option<Field>,
}

/// What is sent to the thread.
enum Message {
    /// Look at this.
    Look(Box<Moment>),
    /// The notes lie elsewhere now.
    Places(Vec<[f64; 2]>),
}

/// What was seen in one state.
#[derive(Default)]
pub(super) struct Report {
    /// Its time.
    pub(super) time: f64,
    /// A number for each series.
    pub(super) values: Vec<f64>,
    /// What happened since the report before.
    pub(super) events: Vec<Happening>,
    /// What the field makes of the notes.
    pub(super) reading: Reading,
    /// The phase defects of a graph; those of a grid are seen in every frame.
    pub(super) defects: Vec<Mark>,
}

/// The field's end of the thread.
pub(super) struct Witness {
    messages: Option<Sender<Message>>,
    reports: Receiver<Result<Report, Error>>,
    waiting: usize,
    stage: Option<Arc<Stage>>,
    thread: Option<JoinHandle<()>>,
}

impl Witness {
    /// Begins to watch a field.
    pub(super) fn of(simulation: &Simulation, threads: usize) -> Result<Self, Error> {
        let model = simulation.model();
        let series: Vec<Expr> = model.observe.series.iter().map(|series| series.expr).collect();
        let measure = Evaluator::new(model, &series, simulation.dt(), threads)?;
        let (history, slips) = (History::new(simulation, threads)?, GraphHistory::new(simulation, threads)?);
        let mut eyes = Eyes { measure, history, slips, told: 0 };
        let (messages, received) = channel();
        let (report, reports) = channel();
        let work = move || {
            for message in received {
                match message {
                    Message::Look(moment) => {
                        if report.send(eyes.look(&moment)).is_err() {
                            return;
                        }
                    }
                    Message::Places(places) => {
                        eyes.history.iter_mut().for_each(|history| history.rearrange(&places));
                        eyes.slips.iter_mut().for_each(|slips| slips.rearrange(&places));
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("witness".into()).spawn(work);
        let thread = thread.expect("a thread can be started");
        Ok(Self { messages: Some(messages), reports, waiting: 0, stage: None, thread: Some(thread) })
    }

    /// Has the present state looked at. [`Simulation::fields`] has been called.
    pub(super) fn look(&mut self, simulation: &Simulation) {
        let state = simulation.state();
        let stage = self.stage.take().filter(|stage| stage.changes == state.ground);
        let stage = stage.unwrap_or_else(|| {
            Arc::new(Stage { changes: state.ground, maps: state.maps.to_vec(), mask: state.mask.cloned() })
        });
        let moment = Moment {
            step: state.step,
            dt: state.dt,
            origin: state.origin,
            fields: state.fields.to_vec(),
            ground: Arc::clone(&stage),
            parameters: state.parameters.to_vec(),
            lyapunov: state.lyapunov,
        };
        self.stage = Some(stage);
        self.send(Message::Look(Box::new(moment)));
        self.waiting += 1;
    }

    /// The notes lie elsewhere now.
    pub(super) fn rearrange(&mut self, places: Vec<[f64; 2]>) {
        self.send(Message::Places(places));
    }

    fn send(&self, message: Message) {
        if let Some(messages) = &self.messages {
            let _ = messages.send(message);
        }
    }

    /// The next report: at once or not at all, unless too many states wait or all of them are wanted.
    pub(super) fn report(&mut self, all: bool) -> Option<Result<Report, Error>> {
        if self.waiting == 0 {
            return None;
        }
        let report = if all || self.waiting > MOST_WAITING {
            self.reports.recv().ok()
        } else {
            match self.reports.try_recv() {
                Ok(report) => Some(report),
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => None,
            }
        };
        self.waiting = if report.is_some() { self.waiting - 1 } else { 0 };
        report
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's own.
struct Eyes {
    measure: Evaluator,
    history: Option<History>,
    /// The history of a graph.
    slips: Option<GraphHistory>,
    /// Events of the history that were reported.
    told: usize,
}

impl Eyes {
    fn look(&mut self, moment: &Moment) -> Result<Report, Error> {
        let state = State {
            step: moment.step,
            dt: moment.dt,
            origin: moment.origin,
            fields: &moment.fields,
            maps: &moment.ground.maps,
            mask: moment.ground.mask.as_ref(),
            ground: moment.ground.changes,
            parameters: &moment.parameters,
            lyapunov: moment.lyapunov,
        };
        let values = self.measure.numbers(&state)?;
        let mut report = Report { time: state.time(), values, ..Report::default() };
        if let Some(history) = &mut self.history {
            history.observe(&state)?;
            report.events = happenings(&history.events[self.told..]);
            self.told = history.events.len();
            report.reading = reading(&history.readings);
        }
        if let Some(slips) = &mut self.slips {
            slips.observe(&state)?;
            report.events = happenings(&slips.events[self.told..]);
            self.told = slips.events.len();
            report.defects = slips.standing().map(mark).collect();
        }
        Ok(report)
    }
}

/// What the window shows of rows of `events.parquet`.
fn happenings(events: &[Event]) -> Vec<Happening> {
    let happening = |event: &Event| {
        #[expect(clippy::cast_possible_truncation, reason = "a position on a screen; charges are a few units")]
        let (at, charge) = (
            [event.x.unwrap_or(0.0) as f32, event.y.unwrap_or(0.0) as f32],
            event.charge.map(|charge| charge.clamp(-127, 127) as i8),
        );
        Happening { step: u64::try_from(event.step).unwrap_or(0), kind: word(&event.kind), charge, at }
    };
    events.iter().map(happening).collect()
}

/// A defect of a graph; how strong the field is about it is not asked.
fn mark((at, sign): ([f64; 2], Option<i32>)) -> Mark {
    #[expect(clippy::cast_possible_truncation, reason = "a position on a screen; a sign is a unit")]
    let (at, charge) = (at.map(|x| x as f32), sign.unwrap_or(0) as i8);
    Mark { at, charge, strength: 1.0 }
}

/// What the window shows of the readings.
fn reading(readings: &Readings) -> Reading {
    let mut bridges: Vec<usize> = readings.bridges().iter().map(|bridge| bridge.note).collect();
    let mut seen = std::collections::BTreeSet::new();
    bridges.retain(|&note| seen.insert(note));
    let sides = readings.fault_lines().into_iter().map(|line| line.notes);
    Reading {
        groups: readings.groups().into_iter().map(|group| group.notes).collect(),
        bridges,
        fault_lines: sides.filter(|sides| sides.iter().all(|side| !side.is_empty())).collect(),
        motion: match readings.pace() {
            Pace::Living => Motion::Living,
            Pace::Frozen { since } => Motion::Frozen(since),
            Pace::Looping { period } => Motion::Looping(period),
        },
    }
}

/// The words of `events.parquet`.
fn word(kind: &str) -> &'static str {
    const WORDS: [&str; 10] =
        ["birth", "annihilation", "exchange", "enter", "exit", "appear", "vanish", "merge", "split", "drift"];
    WORDS.into_iter().find(|&word| word == kind).unwrap_or("event")
}
