//! Watches the life of a field from a thread of its own: series, pictures, events and what they mean for the notes.
//!
//! In: states, copied as they are due. Out: what was seen in each, in the same order, and in the end the histories.
//! Invariants: the field waits for its witness only when more states wait than may; what is seen depends on the states
//! alone, whenever it is looked at.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use super::history::History;
use super::pictures::Gallery;
use super::slips::GraphHistory;
use crate::engine::{EngineError, Origin, check_available};
use crate::error::Error;
use crate::field::Field;
use crate::model::{Expr, Model};
use crate::simulation::Simulation;
use crate::simulation::evaluator::{Evaluator, State};

/// What to look for in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// A row of the series, and what happened since the row before.
    pub(crate) series: bool,
    /// The seed's pictures.
    pub(crate) pictures: bool,
}

/// What looks at states: the seed's series and pictures, and the history of the field.
pub(crate) struct Eyes {
    measure: Evaluator,
    /// Absent where nobody keeps pictures.
    pub(super) gallery: Option<Gallery>,
    pub(crate) history: Option<History>,
    /// The history of a graph.
    pub(crate) slips: Option<GraphHistory>,
}

impl Eyes {
    /// For the fields of a simulation, as its model is now; for no pictures.
    pub(crate) fn new(simulation: &Simulation, threads: usize) -> Result<Self, Error> {
        Ok(Self {
            measure: measure_series(simulation, threads)?,
            gallery: None,
            history: History::new(simulation, threads)?,
            slips: GraphHistory::new(simulation, threads)?,
        })
    }

    /// The same, for pictures too, to be written into a folder.
    pub(super) fn with_gallery(self, simulation: &Simulation, threads: usize, folder: PathBuf) -> Result<Self, Error> {
        let gallery = Gallery::new(simulation.model(), simulation.dt(), threads, folder)?;
        Ok(Self { gallery: Some(gallery), ..self })
    }

    /// Goes on with the events and the pictures of others.
    pub(super) fn after(mut self, past: Self) -> Self {
        self.gallery = self.gallery.zip(past.gallery).map(|(own, old)| own.after(old));
        if let (Some(own), Some(old)) = (&mut self.history, past.history) {
            (own.events, own.uncertain) = (old.events, old.uncertain);
        }
        if let (Some(own), Some(old)) = (&mut self.slips, past.slips) {
            (own.events, own.uncertain) = (old.events, old.uncertain);
        }
        self
    }

    /// Looks at a state; the numbers of the series, if they are due.
    fn look(&mut self, state: &State<'_>, due: Due) -> Result<Option<Vec<f64>>, Error> {
        if let Some(gallery) = self.gallery.as_mut().filter(|_| due.pictures) {
            gallery.take(state)?;
        }
        if !due.series {
            return Ok(None);
        }
        let values = self.measure.numbers(state)?;
        if let Some(history) = &mut self.history {
            history.observe(state)?;
        }
        if let Some(slips) = &mut self.slips {
            slips.observe(state)?;
        }
        Ok(Some(values))
    }
}

/// States that may wait until they are looked at.
pub(crate) const MOST_WAITING: usize = 3;

/// Bytes per number of a cell for the copies of a state that are looked at, and per cell for defects and regions: as
/// measured, rounded up.
const BYTES_OF_COPIES: u64 = 24;
const BYTES_OF_HISTORY: u64 = 110;

/// Bytes that it takes, beside the program, to look at the states of a run.
pub(super) fn observing_bytes(model: &Model) -> u64 {
    let numbers: u64 = model.fields.iter().map(|field| field.kind.components(&model.grid) as u64).sum();
    let of_history = if (1..3).contains(&model.grid.axes()) { BYTES_OF_HISTORY } else { 0 };
    (model.grid.cells() as u64).saturating_mul(BYTES_OF_COPIES * numbers + of_history)
}

/// Refuses a run whose states could not be looked at in the memory that is free.
pub(super) fn check_memory(model: &Model) -> Result<(), EngineError> {
    let needed = u128::from(observing_bytes(model));
    check_available("looking at the states of the run", needed, "use fewer cells")
}

/// The seed's series, compiled.
pub(crate) fn measure_series(simulation: &Simulation, threads: usize) -> Result<Evaluator, Error> {
    let model = simulation.model();
    let series: Vec<Expr> = model.observe.series.iter().map(|series| series.expr).collect();
    Evaluator::new(model, &series, simulation.dt(), threads)
}

/// A state by itself.
struct Moment {
    step: u64,
    dt: f64,
    origin: Origin,
    fields: Vec<Field>,
    ground: Arc<Stage>,
    parameters: Vec<f64>,
    lyapunov: f64,
}

impl Moment {
    fn state(&self) -> State<'_> {
        State {
            step: self.step,
            dt: self.dt,
            origin: self.origin,
            fields: &self.fields,
            maps: &self.ground.maps,
            mask: self.ground.mask.as_ref(),
            ground: self.ground.changes,
            parameters: &self.parameters,
            lyapunov: self.lyapunov,
        }
    }
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
    Look(Box<Moment>, Due),
    /// The notes lie elsewhere now.
    #[cfg(feature = "app")]
    Places(Vec<[f64; 2]>),
}

/// The field's end of the thread; `R` is what is told of each state.
pub(crate) struct Witness<R> {
    messages: Option<Sender<Message>>,
    reports: Receiver<Result<R, Error>>,
    waiting: usize,
    most_waiting: usize,
    stage: Option<Arc<Stage>>,
    thread: Option<JoinHandle<Eyes>>,
}

impl<R: Send + 'static> Witness<R> {
    /// Begins to watch. `most_waiting` states may wait, with more the field does; `tell` makes a report of what was seen,
    /// given the numbers of the series if they were due.
    pub(crate) fn new(
        mut eyes: Eyes,
        most_waiting: usize,
        mut tell: impl FnMut(&Eyes, &State<'_>, Option<Vec<f64>>) -> Result<R, Error> + Send + 'static,
    ) -> Self {
        let (messages, received) = channel();
        let (report, reports) = channel();
        let work = move || {
            for message in received {
                match message {
                    Message::Look(moment, due) => {
                        let state = moment.state();
                        let seen = eyes.look(&state, due).and_then(|values| tell(&eyes, &state, values));
                        if report.send(seen).is_err() {
                            break;
                        }
                    }
                    #[cfg(feature = "app")]
                    Message::Places(places) => {
                        eyes.history.iter_mut().for_each(|history| history.rearrange(&places));
                        eyes.slips.iter_mut().for_each(|slips| slips.rearrange(&places));
                    }
                }
            }
            eyes
        };
        let thread = std::thread::Builder::new().name("witness".into()).spawn(work);
        let thread = thread.expect("a thread can be started");
        Self { messages: Some(messages), reports, waiting: 0, most_waiting, stage: None, thread: Some(thread) }
    }

    /// Has the present state looked at. [`Simulation::fields`] has been called.
    pub(crate) fn look(&mut self, simulation: &Simulation, due: Due) {
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
        self.send(Message::Look(Box::new(moment), due));
        self.waiting += 1;
    }

    /// The notes lie elsewhere now.
    #[cfg(feature = "app")]
    pub(crate) fn rearrange(&mut self, places: Vec<[f64; 2]>) {
        self.send(Message::Places(places));
    }

    fn send(&self, message: Message) {
        if let Some(messages) = &self.messages {
            let _ = messages.send(message);
        }
    }

    /// The next report: at once or not at all, unless too many states wait or all of them are wanted.
    pub(crate) fn report(&mut self, all: bool) -> Option<Result<R, Error>> {
        if self.waiting == 0 {
            return None;
        }
        let report = if all || self.waiting > self.most_waiting {
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

    /// Ends the watch, once all that was shown has been looked at.
    pub(super) fn close(&mut self) -> Eyes {
        self.messages = None;
        let thread = self.thread.take().expect("a watch is ended once");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl<R> Drop for Witness<R> {
    fn drop(&mut self) {
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
