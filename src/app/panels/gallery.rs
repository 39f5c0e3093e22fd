//! Seeds to open: those that come with the program, recent files, a path, or what is dropped on the window.

use std::path::PathBuf;

use egui::{Key, Label, RichText, Sense, TextEdit, Ui, WidgetInfo};

use super::desk::Desk;
use super::pieces::{hint, main_button, section, tones_of};
use crate::app::request::Request;
use crate::app::state::State;
use crate::app::words::Word;

/// What can be opened without looking for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gallery {
    /// Seeds that come with the program, in the order in which they are shown.
    pub seeds: Vec<Bundled>,
}

/// A seed that comes with the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundled {
    /// The name by which it is asked for.
    pub name: String,
    /// Its title.
    pub title: String,
    /// One line on what there is to see.
    pub description: String,
}

/// The line in which a path is typed.
pub(in crate::app) fn path_id() -> egui::Id {
    egui::Id::unique("the path to open")
}

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    section(ui, desk.word(Word::Yours));
    hint(ui, desk.word(Word::DropHere));
    if let Some(path) = path(ui, desk.state) {
        desk.ask(Request::Open(path));
    }
    if !desk.state.recent.is_empty() {
        section(ui, desk.word(Word::Recent));
    }
    for recent in desk.state.recent.clone() {
        let name = recent.file_name().unwrap_or(recent.as_os_str()).to_string_lossy().into_owned();
        if ui.link(name).on_hover_text(recent.to_string_lossy()).clicked() {
            desk.ask(Request::Open(recent));
        }
    }
    section(ui, desk.word(Word::Gallery));
    let files = desk.files;
    for seed in &files.seeds {
        if card(ui, seed) {
            desk.ask(Request::Gallery(seed.name.clone()));
        }
    }
}

/// A line to type a path into: the path, when it is to be opened.
pub(in crate::app) fn path(ui: &mut Ui, state: &mut State) -> Option<PathBuf> {
    let word = |word: Word| word.text(state.language);
    let [name, open, hint, button] = [Word::Path, Word::Open, Word::PathHint, Word::OpenPath].map(word);
    ui.horizontal(|ui| {
        let room = ui.available_width() - 84.0;
        let edit = TextEdit::singleline(&mut state.path).id(path_id()).hint_text(hint);
        let line = ui.add(edit.desired_width(room)).accessible_name(name);
        let entered = line.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let typed = state.path.trim();
        let pressed = main_button(ui, !typed.is_empty(), open).accessible_name(button).clicked();
        (!typed.is_empty() && (pressed || entered)).then(|| typed.into())
    })
    .inner
}

/// A seed's title and description; `true` if it is clicked.
fn card(ui: &mut Ui, seed: &Bundled) -> bool {
    let tones = tones_of(ui);
    let id = ui.make_persistent_id(&seed.name);
    let before = ui.ctx().read_response(id);
    let lit = before.is_some_and(|before| before.hovered() || before.has_focus());
    let fill = if lit { tones.button } else { tones.bar };
    let plate = egui::Frame::new().fill(fill).corner_radius(8.0).inner_margin(9.0);
    let inside = plate.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.add(Label::new(RichText::new(&seed.title).strong().color(tones.strong)).wrap());
        hint(ui, &seed.description);
    });
    let response = ui.interact(inside.response.rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &seed.title));
    response.clicked()
}
