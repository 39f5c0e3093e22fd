//! Watches the life of a field from a thread of its own: series, events and what they mean for the notes.
//!
//! In: states, copied as they are due. Out: what was seen in each, in the same order, and in the end the histories.
//! Invariants: the field waits for its witness only when more states wait than may; what is seen depends on the states
//! alone, whenever it is looked at.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use super::history::History;
use super::slips::GraphHistory;
use crate::engine::Origin;
use crate::error::Error;
use crate::field::Field;
use crate::model::Expr;
use crate::simulation::Simulation;
use crate::simulation::evaluator::{Evaluator, State};

/// What looks at states: the seed's series, and the history of the field.
pub(crate) struct Eyes {
    measure: Evaluator,
    pub(crate) history: Option<History>,
    /// The history of a graph.
    pub(crate) slips: Option<GraphHistory>,
}

impl Eyes {
    /// For the fields of a simulation, as its model is now.
    pub(crate) fn new(simulation: &Simulation, threads: usize) -> Result<Self, Error> {
        Ok(Self {
            measure: measure_series(simulation, threads)?,
            history: History::new(simulation, threads)?,
            slips: GraphHistory::new(simulation, threads)?,
        })
    }

    /// Goes on with the events of others.
    pub(super) fn after(mut self, past: Self) -> Self {
        if let (Some(own), Some(old)) = (&mut self.history, past.history) {
            (own.events, own.uncertain) = (old.events, old.uncertain);
        }
        if let (Some(own), Some(old)) = (&mut self.slips, past.slips) {
            (own.events, own.uncertain) = (old.events, old.uncertain);
        }
        self
    }

    /// Looks at a state; the numbers of the series.
    fn look(&mut self, state: &State<'_>) -> Result<Vec<f64>, Error> {
        let values = self.measure.numbers(state)?;
        if let Some(history) = &mut self.history {
            history.observe(state)?;
        }
        if let Some(slips) = &mut self.slips {
            slips.observe(state)?;
        }
        Ok(values)
    }
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
    Look(Box<Moment>),
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
    /// given the numbers of the series.
    pub(crate) fn new(
        mut eyes: Eyes,
        most_waiting: usize,
        mut tell: impl FnMut(&Eyes, &State<'_>, Vec<f64>) -> Result<R, Error> + Send + 'static,
    ) -> Self {
        let (messages, received) = channel();
        let (report, reports) = channel();
        let work = move || {
            for message in received {
                match message {
                    Message::Look(moment) => {
                        let state = moment.state();
                        let seen = eyes.look(&state).and_then(|values| tell(&eyes, &state, values));
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
    pub(crate) fn look(&mut self, simulation: &Simulation) {
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
