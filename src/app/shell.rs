//! The shell: what the window is showing, and who answers to what. The one place where panels, canvas, view and living
//! thread meet.
//!
//! In: what the living thread shows, egui's input. Out: requests, and a picture. Invariants: the person's choices live in
//! [`State`]; what the field is lives in the frame; wishes are granted here, requests are passed on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::canvas::{self, Canvas};
use crate::app::frame::Frame;
use crate::app::keys;
use crate::app::living::{Living, Sight};
use crate::app::panels::{self, Answers, Gallery};
use crate::app::request::Request;
use crate::app::settings::{self, Settings};
use crate::app::state::{State, Wish};
use crate::app::studio::Studio;
use crate::app::tempo::Tempo;
use crate::app::view::RenderDevice;
use crate::app::welcome;
use crate::run::Clock;

/// What the window shows and remembers.
pub struct Shell {
    state: State,
    gallery: Gallery,
    sight: Sight,
    canvas: Canvas,
    studio: Studio,
    /// The subject that `state` was fitted to.
    subject: Option<u64>,
    tempo: Tempo,
    quit: bool,
}

impl Shell {
    /// A window with what was remembered; `out` is the folder of pictures and tables.
    pub(super) fn new(settings: &Settings, state: State, gallery: Gallery, out: PathBuf, tempo: Tempo) -> Self {
        let state = State { recent: settings.recent.clone(), ..state };
        Self {
            state,
            gallery,
            sight: Sight::default(),
            canvas: Canvas::default(),
            studio: Studio::new(out),
            subject: None,
            tempo,
            quit: false,
        }
    }

    /// Takes what the living thread shows now.
    pub(super) fn take(&mut self, living: &Living) {
        self.sight = living.sight();
        let Sight::Alive(frame) = &self.sight else { return };
        let frame = Arc::clone(frame);
        if self.subject != Some(frame.subject.serial) {
            self.fit(&frame);
        }
    }

    /// Another seed: choices that name what it does not have are dropped.
    fn fit(&mut self, frame: &Frame) {
        let fresh = self.subject.is_none_or(|serial| serial >> 32 != frame.subject.serial >> 32);
        self.subject = Some(frame.subject.serial);
        if fresh {
            self.state.greet(frame);
            self.canvas.forget();
            if let Some(opened) = &frame.subject.opened {
                settings::remember(&mut self.state.recent, opened);
            }
        }
    }

    /// The window heard of a touch of pointer or keys.
    pub(super) fn touched(&mut self) {
        self.tempo.touched();
    }

    /// A picture is about to be laid out: the touch that it is the first to follow.
    pub(super) fn begin(&mut self) -> Option<Clock> {
        self.state.swiftness = self.tempo.swiftness();
        self.tempo.begin()
    }

    /// Lays out everything; `heard` tells when the window heard of the touch that is answered.
    pub(super) fn show(&mut self, ui: &mut egui::Ui, living: &Living, device: &RenderDevice, heard: Clock) {
        let Sight::Alive(frame) = &self.sight else {
            for request in welcome::show(ui, &self.sight, &mut self.state, &self.gallery) {
                living.ask(request);
            }
            return;
        };
        let frame = Arc::clone(frame);
        let mut answers = keys::read(ui.ctx(), &frame, &mut self.state);
        let canvas = &mut self.canvas;
        answers.extend(panels::show(ui, &frame, &mut self.state, &self.gallery, |ui, frame, state, answers| {
            canvas.show(ui, frame, state, answers, device);
        }));
        self.answer(answers, &frame, living, device, heard);
    }

    fn answer(&mut self, answers: Answers, frame: &Arc<Frame>, living: &Living, device: &RenderDevice, heard: Clock) {
        for wish in answers.wishes {
            match wish {
                Wish::Touch { inverted } => {
                    for act in canvas::touch_middle(frame, &self.state, inverted) {
                        self.tempo.asked(living.ask(Request::Do(act)), heard);
                    }
                }
                Wish::Fit => self.state.camera = crate::app::state::Camera::whole(),
                Wish::Visit(note) => self.canvas.visit_note(frame, &mut self.state, note),
                Wish::VisitPoint(at) => self.canvas.visit(frame, &mut self.state, at.map(f64::from)),
                Wish::Picture(size) => self.studio.picture(frame, &self.state, size, device),
                Wish::Record(kind, size) => self.studio.record(&mut self.state, kind, size),
                Wish::StopRecording => self.studio.stop(&mut self.state),
            }
        }
        for request in answers.requests {
            self.quit |= request == Request::Quit;
            let is_touch = matches!(request, Request::Do(_) | Request::Say { .. });
            let number = living.ask(request);
            if is_touch {
                self.tempo.asked(number, heard);
            }
        }
    }

    /// After a picture has been presented: it is measured, and recordings take theirs.
    pub(super) fn after(&mut self, living: &Living, device: &RenderDevice, begun: Clock, heard: Option<Clock>) {
        let frame = if let Sight::Alive(frame) = &self.sight { Some(frame.as_ref()) } else { None };
        self.tempo.presented(frame, begun, heard);
        self.tempo.write(frame, false);
        if let Some(frame) = frame {
            self.studio.take(frame, &mut self.state, device);
        }
        if let Some(notice) = self.studio.notice() {
            living.tell(notice);
        }
    }

    /// Opens a seed, notes, vectors or a trace.
    pub(super) fn open(&mut self, living: &Living, path: &Path) {
        living.ask(Request::Open(path.to_owned()));
    }

    /// The device was lost: what was made with it is made anew.
    pub(super) fn forget(&mut self) {
        self.canvas.forget();
        self.studio.forget();
    }

    /// What the window is called.
    pub(super) fn title(&self) -> String {
        match &self.sight {
            Sight::Alive(frame) => format!("{} - semafield", frame.subject.title),
            Sight::Planting { .. } | Sight::Failed(_) => "semafield".to_owned(),
        }
    }

    /// The colour behind everything.
    pub(super) fn background(&self) -> [f32; 4] {
        if self.state.dark { [0.03, 0.035, 0.045, 1.0] } else { [0.96, 0.96, 0.95, 1.0] }
    }

    /// Whether the person wants to end.
    pub(super) const fn wants_to_quit(&self) -> bool {
        self.quit
    }

    /// Keeps what is remembered from one day to the next.
    pub(super) fn remember(&mut self) {
        let frame = if let Sight::Alive(frame) = &self.sight { Some(frame.as_ref()) } else { None };
        self.tempo.write(frame, true);
        Settings::of(&self.state).write();
    }
}
