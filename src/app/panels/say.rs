//! Say a sentence: it finds its place among the notes and enters the field there.

use egui::{Align, Id, Key, Layout, TextEdit, Ui};

use super::desk::Desk;
use super::pieces::{hint, main_button};
use crate::app::request::Request;
use crate::app::words::Word;

/// The line in which the sentence is typed.
pub(in crate::app) fn line_id() -> Id {
    Id::unique("the sentence to say")
}

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    if !desk.frame.subject.can_say {
        ui.horizontal(|ui| {
            ui.set_min_height(28.0);
            hint(ui, desk.word(Word::CannotSay));
        });
        return;
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.set_max_height(28.0);
        let ready = !desk.state.sentence.trim().is_empty();
        let said = main_button(ui, ready, desk.word(Word::Say)).clicked();
        ui.checkbox(&mut desk.state.against, Word::Against.text(desk.state.language))
            .on_hover_text(Word::AgainstHelp.text(desk.state.language));
        let hint = Word::SayHint.text(desk.state.language);
        let edit = TextEdit::singleline(&mut desk.state.sentence).id(line_id()).hint_text(hint);
        let line = ui.add(edit.desired_width(ui.available_width()));
        let line = line.accessible_name(desk.word(Word::Sentence));
        let entered = line.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ready && (said || entered) {
            let text = std::mem::take(&mut desk.state.sentence).trim().to_owned();
            let against = desk.state.against;
            desk.ask(Request::Say { text, against });
            line.request_focus();
        }
    });
}
