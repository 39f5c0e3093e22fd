//! The panels: what a person reads and presses round the field.
//!
//! ```text
//! +------------------------- head: title, pictures, language, theme, help -------------------------+
//! | tools | settings of the tool in hand                                   | tabs: look, parameters,|
//! | rail  |                                                                | equations, notes,      |
//! |       |                  canvas (drawn by the caller)                  | series, topology,      |
//! |       | say a sentence                                                 | performance, gallery   |
//! +------------------------- transport, timeline of the whole life --------------------------------+
//! ```
//!
//! In: a [`Frame`], the window's [`State`], the seeds of the gallery. Out: [`Answers`]. Invariants: a panel changes the
//! field only by asking for an act, and the window by a wish or in `State`; every control has an accessible name; what
//! panels remember between frames is in [`memory::Memory`].

mod check;
mod desk;
mod equations;
mod figures;
pub mod gallery;
mod head;
mod help;
mod icons;
mod inspector;
mod layout;
mod look;
pub mod memory;
pub(super) mod notes;
mod notices;
mod parameters;
mod performance;
mod pieces;
pub(super) mod recording;
pub(super) mod say;
mod series;
mod timeline;
pub(super) mod tools;
mod topology;
pub(super) mod transport;

use egui::{Frame as Plate, Margin, Panel as Side, ScrollArea, Ui};

use self::desk::Desk;
pub use self::gallery::Gallery;
use crate::app::frame::Frame;
use crate::app::request::Request;
use crate::app::state::{Panel, State, Wish};
use crate::app::theme;
use crate::app::words::Word;

/// What the panels want done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// Asked of the living thread.
    pub requests: Vec<Request>,
    /// Asked of the window.
    pub wishes: Vec<Wish>,
}

impl Answers {
    /// Adds what others want.
    pub fn extend(&mut self, others: Self) {
        self.requests.extend(others.requests);
        self.wishes.extend(others.wishes);
    }
}

/// Lays out everything, and leaves the middle to `canvas`.
pub fn show(
    ui: &mut Ui,
    frame: &Frame,
    state: &mut State,
    files: &Gallery,
    canvas: impl FnOnce(&mut Ui, &Frame, &mut State, &mut Answers),
) -> Answers {
    let mut answers = Answers::default();
    if state.memory.dressed != Some(state.dark) {
        theme::apply(ui.ctx(), state.dark);
        state.memory.dressed = Some(state.dark);
    }
    let tones = theme::tones(state.dark);
    let bar = |x, y| Plate::new().fill(tones.bar).inner_margin(Margin::symmetric(x, y));
    let mut desk = Desk { frame, state: &mut *state, files, answers: &mut answers };
    desk.begin(ui);
    layout::advance(ui, &mut desk);
    if desk.state.panels_open {
        Side::top("head").frame(bar(12, 5)).show(ui, |ui| head::show(ui, &mut desk));
        Side::bottom("transport").frame(bar(12, 6)).show(ui, |ui| {
            transport::show(ui, &mut desk);
            timeline::show(ui, &mut desk);
        });
        Side::left("tools").frame(bar(5, 6)).exact_size(tools::RAIL).resizable(false).show(ui, |ui| {
            tools::rail(ui, &mut desk);
        });
        let plate = Plate::new().fill(tones.panel).inner_margin(Margin::same(0));
        Side::right("panel").frame(plate).default_size(326.0).size_range(280.0..=520.0).show(ui, |ui| {
            tabs(ui, &mut desk);
        });
        Side::top("settings").frame(bar(10, 5)).show(ui, |ui| tools::settings(ui, &mut desk));
        Side::bottom("say").frame(bar(10, 5)).show(ui, |ui| say::show(ui, &mut desk));
    }
    let middle = ui.available_rect_before_wrap();
    canvas(ui, frame, &mut *desk.state, &mut *desk.answers);
    notices::show(ui, &mut desk, middle);
    help::show(ui, &mut desk);
    desk.end();
    answers
}

/// The panel on the right: eight tabs and the one that is open.
fn tabs(ui: &mut Ui, desk: &mut Desk<'_>) {
    let names = PANELS.map(|(panel, word)| (panel, desk.word(word)));
    Plate::new().inner_margin(Margin { left: 10, right: 10, top: 8, bottom: 4 }).show(ui, |ui| {
        pieces::segments(ui, &mut desk.state.panel, &names, 4);
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add(egui::Separator::default().spacing(1.0));
    ui.reset_style();
    // What is inside never widens the panel: a person does.
    let rect = ui.available_rect_before_wrap();
    ui.allocate_rect(rect, egui::Sense::hover());
    let ui = &mut ui.new_child(egui::UiBuilder::new().max_rect(rect));
    ui.shrink_clip_rect(rect);
    let body = Plate::new().inner_margin(Margin { left: 12, right: 12, top: 0, bottom: 8 });
    // The list of notes scrolls by itself.
    if desk.state.panel == Panel::Notes {
        body.show(ui, |ui| notes::show(ui, desk));
        return;
    }
    ScrollArea::vertical().id_salt(desk.word(Word::Panels)).auto_shrink([false, false]).show(ui, |ui| {
        body.show(ui, |ui| match desk.state.panel {
            Panel::Look => look::show(ui, desk),
            Panel::Parameters => parameters::show(ui, desk),
            Panel::Equations => equations::show(ui, desk),
            Panel::Notes => {}
            Panel::Series => series::show(ui, desk),
            Panel::Topology => topology::show(ui, desk),
            Panel::Performance => performance::show(ui, desk),
            Panel::Gallery => gallery::show(ui, desk),
        });
    });
}

/// The tabs in order, with their names.
pub(in crate::app) const PANELS: [(Panel, Word); 8] = [
    (Panel::Look, Word::Look),
    (Panel::Parameters, Word::Parameters),
    (Panel::Equations, Word::Equations),
    (Panel::Notes, Word::Notes),
    (Panel::Series, Word::Series),
    (Panel::Topology, Word::Topology),
    (Panel::Performance, Word::Performance),
    (Panel::Gallery, Word::Gallery),
];
