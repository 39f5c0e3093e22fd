//! All keys, in two columns.

use egui::{Grid, Id, Modal, RichText, ScrollArea, Ui};

use super::desk::Desk;
use super::icons::Icon;
use super::pieces::{hint, icon_button, tones_of};
use crate::app::keys;
use crate::app::words::Word;

pub(super) fn show(ui: &Ui, desk: &mut Desk<'_>) {
    if !desk.state.help_open {
        return;
    }
    let plate = egui::Frame::window(ui.style()).inner_margin(18.0);
    let modal = Modal::new(Id::unique("help")).frame(plate).show(ui.ctx(), |ui| {
        ui.set_width((ui.ctx().content_rect().width() - 60.0).clamp(240.0, 680.0));
        ui.horizontal(|ui| {
            ui.heading(desk.word(Word::Help));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if icon_button(ui, Icon::Close, desk.word(Word::CloseHelp), false).clicked() {
                    desk.state.help_open = false;
                }
            });
        });
        let height = ui.ctx().content_rect().height() - 160.0;
        ScrollArea::vertical().max_height(height).min_scrolled_height(height.min(480.0)).show(ui, |ui| {
            hint(ui, desk.word(Word::PointerHelp));
            ui.add_space(6.0);
            ui.columns(2, |columns| {
                let rows = keys::rows(desk.state.language);
                let half = rows.len().div_ceil(2);
                for (place, (column, rows)) in columns.iter_mut().zip(rows.chunks(half)).enumerate() {
                    list(column, place, rows);
                }
            });
        });
    });
    if modal.should_close() {
        desk.state.help_open = false;
    }
}

fn list(ui: &mut Ui, place: usize, rows: &[(String, String)]) {
    ui.spacing_mut().interact_size.y = 16.0;
    Grid::new(("keys", place)).num_columns(2).spacing([14.0, 5.0]).show(ui, |ui| {
        for (keys, what) in rows {
            ui.label(RichText::new(keys).monospace().color(tones_of(ui).accent));
            ui.label(what);
            ui.end_row();
        }
    });
}
