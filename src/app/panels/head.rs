//! The bar above: what is open, pictures and recordings, language, theme, help.

use egui::{Align, Layout, RichText, Ui};

use super::desk::Desk;
use super::icons::Icon;
use super::pieces::{icon_button, tones_of};
use super::recording;
use crate::app::state::Panel;
use crate::app::words::Word;

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.horizontal(|ui| {
        ui.set_min_height(28.0);
        if ui.button(desk.word(Word::Open)).clicked() {
            desk.state.panel = Panel::Gallery;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            switches(ui, desk);
            recording::show(ui, desk);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title(ui, desk));
        });
    });
}

fn title(ui: &mut Ui, desk: &Desk<'_>) {
    let tones = tones_of(ui);
    let subject = &desk.frame.subject;
    let mut line = egui::text::LayoutJob::default();
    let font = |size| egui::FontId::proportional(size);
    line.append(&subject.title, 4.0, egui::TextFormat::simple(font(15.0), tones.strong));
    if let Some((parent, step)) = &subject.parent {
        let name = parent.file_name().unwrap_or_default().to_string_lossy();
        let text = format!("{} {name}, {} {step}", desk.word(Word::BranchOf), desk.word(Word::StepNumber));
        line.append(&text, 12.0, egui::TextFormat::simple(font(12.0), tones.faint));
    }
    ui.add(egui::Label::new(line).truncate());
}

fn switches(ui: &mut Ui, desk: &mut Desk<'_>) {
    if icon_button(ui, Icon::Panels, desk.word(Word::HidePanels), false).clicked() {
        desk.state.panels_open = false;
    }
    if icon_button(ui, Icon::Help, desk.word(Word::Help), desk.state.help_open).clicked() {
        desk.state.help_open = !desk.state.help_open;
    }
    let (icon, word) = if desk.state.dark { (Icon::Sun, Word::Light) } else { (Icon::Moon, Word::Dark) };
    if icon_button(ui, icon, desk.word(word), false).clicked() {
        desk.state.dark = !desk.state.dark;
    }
    let other = desk.state.language.other();
    let language = egui::Button::new(RichText::new(other.name())).frame_when_inactive(false);
    if ui.add(language).on_hover_text(desk.word(Word::Language)).clicked() {
        desk.state.language = other;
    }
}
