//! The living thread: owns the field and its trace, steps, does what is asked, and says what there is to see.
//!
//! In: [`Request`]s. Out: a [`Sight`]: planting, a failure, or the newest [`Frame`]. Invariants: the field changes here
//! and nowhere else; a frame is made when the last one has been seen, so that a slow window slows nobody, or when
//! something was done since; the clock decides how many steps a frame has, never what a step does.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::frame::{Frame, Notice};
use crate::app::growth::{Growth, Origin};
use crate::app::request::Request;
use crate::simulation::Options;

/// What there is to see.
#[derive(Clone, Debug)]
pub enum Sight {
    /// Notes are read and laid out.
    Planting {
        /// What is being done.
        stage: String,
        /// Units of it that are done.
        done: u64,
        /// Units that there are.
        total: u64,
    },
    /// Nothing could be grown, and why.
    Failed(String),
    /// A field lives.
    Alive(Arc<Frame>),
}

impl Default for Sight {
    fn default() -> Self {
        Self::Planting { stage: String::new(), done: 0, total: 0 }
    }
}

/// What is sent to the thread.
enum Message {
    /// The person wants something.
    Ask(Request),
    /// The last frame was seen: the next may be made.
    Seen,
    /// Something to tell with the next frame.
    Tell(Notice),
}

/// The window's end of the thread.
pub struct Living {
    messages: Sender<Message>,
    sight: Arc<Mutex<Sight>>,
    cancel: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Living {
    /// Begins to grow `origin`; `wake` is called whenever there is something new to see. Traces are kept below `out`.
    pub fn start(origin: Origin, options: Options, out: PathBuf, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (messages, received) = channel();
        let sight = Arc::new(Mutex::new(Sight::default()));
        let cancel = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(AtomicU64::new(0));
        let show = Show {
            sight: Arc::clone(&sight),
            wake: Arc::new(wake),
            cancel: Arc::clone(&cancel),
            asked: Arc::clone(&asked),
            answered: Arc::default(),
        };
        let thread = std::thread::Builder::new()
            .name("living".into())
            .spawn(move || Thread { messages: received, show, options, out }.run(origin))
            .expect("a thread can be started");
        Self { messages, sight, cancel, asked, thread: Some(thread) }
    }

    /// Asks for something; the number of the request, counted from 1.
    pub fn ask(&self, request: Request) -> u64 {
        if matches!(request, Request::Quit | Request::Open(_) | Request::Gallery(_)) {
            self.cancel.store(true, Ordering::Relaxed);
        }
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.messages.send(Message::Ask(request));
        number
    }

    /// Has something told with the next frame.
    pub fn tell(&self, notice: Notice) {
        let _ = self.messages.send(Message::Tell(notice));
    }

    /// What there is to see now; the next frame may be made.
    pub fn sight(&self) -> Sight {
        let sight = self.sight.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let _ = self.messages.send(Message::Seen);
        sight
    }

    /// Ends the thread and waits until the trace is closed.
    pub fn end(&mut self) {
        self.ask(Request::Quit);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        self.end();
    }
}

/// The thread's end of the window.
#[derive(Clone)]
pub(super) struct Show {
    sight: Arc<Mutex<Sight>>,
    wake: Arc<dyn Fn() + Send + Sync>,
    cancel: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    answered: Arc<AtomicU64>,
}

impl Show {
    /// One that nobody looks at.
    #[cfg(test)]
    pub(super) fn blind() -> Self {
        let (sight, cancel) = (Arc::default(), Arc::default());
        Self { sight, wake: Arc::new(|| {}), cancel, asked: Arc::default(), answered: Arc::default() }
    }

    pub(super) fn put(&self, sight: Sight) {
        *self.sight.lock().unwrap_or_else(PoisonError::into_inner) = sight;
        (self.wake)();
    }

    /// How many requests were answered.
    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Whether the person has asked for something that was not answered yet.
    pub(super) fn is_wanted(&self) -> bool {
        self.asked.load(Ordering::Relaxed) > self.answered()
    }

    /// One more request was taken up.
    fn count(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// Set when what is being done is no longer wanted.
    pub(super) fn cancel(&self) -> &AtomicBool {
        &self.cancel
    }
}

struct Thread {
    messages: Receiver<Message>,
    show: Show,
    options: Options,
    out: PathBuf,
}

/// Why a life ended.
enum End {
    /// Another one is wanted.
    Open(Origin),
    /// The window is closed.
    Quit,
}

impl Thread {
    /// One life after the other. What can't be grown leaves the life that is there as it is.
    fn run(self, mut origin: Origin) {
        let mut alive: Option<Growth> = None;
        loop {
            self.show.cancel.store(false, Ordering::Relaxed);
            match Growth::begin(&origin, &self.options, &self.out, &self.show) {
                Ok(growth) => alive = Some(growth),
                Err(why) => match &mut alive {
                    Some(growth) => growth.tell(Notice::Refused(why.to_string())),
                    None => self.show.put(Sight::Failed(why.to_string())),
                },
            }
            let end = match &mut alive {
                Some(growth) => self.live(growth),
                None => self.wait_for_another(),
            };
            match end {
                End::Open(next) => origin = next,
                End::Quit => return,
            }
        }
    }

    /// Nothing lives: only another origin helps.
    fn wait_for_another(&self) -> End {
        loop {
            match self.messages.recv() {
                Ok(Message::Ask(request)) => {
                    self.show.count();
                    if let Some(end) = ending(&request) {
                        return end;
                    }
                }
                Ok(Message::Seen | Message::Tell(_)) => {}
                Err(_) => return End::Quit,
            }
        }
    }

    /// One life, until another one is wanted.
    fn live(&self, growth: &mut Growth) -> End {
        let mut unseen = false;
        let mut changed = true;
        // What was done is to be in the next picture, so a frame that was not seen yet is made again.
        let mut urgent = false;
        loop {
            let busy = urgent || (!unseen && (changed || growth.is_playing()));
            match self.next(busy) {
                Ok(Some(Message::Ask(request))) => {
                    self.show.count();
                    if let Some(end) = ending(&request) {
                        growth.finish();
                        return end;
                    }
                    urgent |= matches!(request, Request::Do(_) | Request::Say { .. });
                    growth.answer(request, &self.show);
                    changed = true;
                    continue;
                }
                Ok(Some(Message::Tell(notice))) => {
                    growth.tell(notice);
                    changed = true;
                    continue;
                }
                Ok(Some(Message::Seen)) => {
                    unseen = false;
                    continue;
                }
                Ok(None) => {}
                Err(Gone) => {
                    growth.finish();
                    return End::Quit;
                }
            }
            if busy {
                self.show.put(Sight::Alive(growth.breathe(&self.show)));
                unseen = true;
                (changed, urgent) = (false, false);
            }
        }
    }

    /// The next message: at once if there is work to do.
    fn next(&self, busy: bool) -> Result<Option<Message>, Gone> {
        if busy {
            return match self.messages.try_recv() {
                Ok(message) => Ok(Some(message)),
                Err(TryRecvError::Empty) => Ok(None),
                Err(TryRecvError::Disconnected) => Err(Gone),
            };
        }
        self.messages.recv().map(Some).map_err(|_| Gone)
    }
}

/// The window is gone.
struct Gone;

fn ending(request: &Request) -> Option<End> {
    match request {
        Request::Quit => Some(End::Quit),
        Request::Open(path) => Some(End::Open(Origin::Path(path.clone()))),
        Request::Gallery(name) => Some(End::Open(Origin::Bundled(name.clone()))),
        Request::Play(_)
        | Request::Step(_)
        | Request::Speed(_)
        | Request::Show(_)
        | Request::Do(_)
        | Request::Say { .. }
        | Request::Undo
        | Request::Regrow(_)
        | Request::Branch(_)
        | Request::ExportSeries(_)
        | Request::ExportNotes(..) => None,
    }
}
