//! What every panel has before it: the frame, the state, and where to put its answers.

use egui::Ui;

use super::gallery::Gallery;
use super::{Answers, tools};
use crate::app::frame::Frame;
use crate::app::request::Request;
use crate::app::state::{ColorStyle, State, Wish};
use crate::app::words::Word;
use crate::field::Kind;
use crate::output::colormap::Palette;
use crate::simulation::act::Act;

/// A panel's view of the world for one frame.
pub(super) struct Desk<'a> {
    pub(super) frame: &'a Frame,
    pub(super) state: &'a mut State,
    pub(super) files: &'a Gallery,
    pub(super) answers: &'a mut Answers,
}

impl Desk<'_> {
    /// A word in the language of the interface.
    pub(super) fn word(&self, word: Word) -> &'static str {
        word.text(self.state.language)
    }

    pub(super) fn ask(&mut self, request: Request) {
        self.answers.requests.push(request);
    }

    pub(super) fn act(&mut self, act: Act) {
        self.ask(Request::Do(act));
    }

    pub(super) fn wish(&mut self, wish: Wish) {
        self.answers.wishes.push(wish);
    }

    /// The field that tools change.
    pub(super) fn field(&self) -> &str {
        let first = self.frame.subject.fields.first().map_or("", |(name, _)| name.as_str());
        if self.state.field.is_empty() { first } else { &self.state.field }
    }

    /// Shows a note everywhere: selected, inspected, in the middle of the view.
    pub(super) fn open_note(&mut self, note: usize) {
        self.state.selected = [note].into();
        self.state.inspected = Some(note);
        self.wish(Wish::Visit(note));
    }

    /// Before the panels: what was remembered of another seed is forgotten.
    pub(super) fn begin(&mut self, ui: &Ui) {
        let subject = &self.frame.subject;
        let now = ui.input(|input| input.time);
        if self.state.memory.begin(self.frame, self.state.inspected, now) {
            self.forget_what_is_gone();
        }
        let seen = self.frame.layers.first().filter(|layer| layer.expression == self.state.look.colored(subject));
        if seen.is_some_and(|layer| layer.kind != Kind::Complex) && self.state.look.style == ColorStyle::Domain {
            self.state.look.style = ColorStyle::Scalar(Palette::Tide);
        }
        let exists = |name: &str| subject.fields.iter().any(|(field, _)| field == name);
        if !self.state.field.is_empty() && !exists(&self.state.field) {
            self.state.field.clear();
        }
        let [least, greatest] = tools::radii(&self.frame.grid);
        let radius = if self.state.radius > 0.0 { self.state.radius } else { greatest / 8.0 };
        self.state.radius = radius.clamp(least.min(greatest), greatest);
        let notes = subject.notes.len();
        if self.state.inspected.is_some_and(|note| note >= notes) {
            self.state.inspected = None;
        }
        if self.state.selected.last().is_some_and(|&note| note >= notes) {
            self.state.selected.retain(|&note| note < notes);
        }
    }

    /// Names that another seed does not have are chosen no longer.
    fn forget_what_is_gone(&mut self) {
        let State { look, memory, drafts, .. } = &mut *self.state;
        drafts.retain(|(key, _)| memory.has(key));
        for expression in [&mut look.color, &mut look.tracers] {
            if !expression.is_empty() && !memory.checks.expression(&self.frame.subject.seed, expression).is_empty() {
                expression.clear();
                look.range = None;
            }
        }
        let columns = &self.frame.felt.columns;
        for chosen in [&mut look.note_color, &mut look.note_size] {
            if !columns.iter().any(|(name, _)| name == chosen) {
                chosen.clear();
            }
        }
    }

    /// After the panels: what is looked at now is asked for.
    pub(super) fn end(&mut self) {
        let wanted = self.state.look.layers(&self.frame.subject);
        if self.state.memory.wanted.as_ref() != Some(&wanted) {
            self.state.memory.wanted = Some(wanted.clone());
            self.ask(Request::Show(wanted));
        }
    }
}
