//! What is shown while nothing lives yet: how far the planting has come, or why nothing grows and what can be opened
//! instead.
//!
//! In: a [`Sight`] without a field. Out: requests.

use egui::{Align, Layout, ProgressBar, RichText, ScrollArea, Ui};

use crate::app::living::Sight;
use crate::app::panels::{Gallery, gallery};
use crate::app::request::Request;
use crate::app::state::State;
use crate::app::theme;
use crate::app::words::{Word, said};

/// Shows it.
pub(super) fn show(ui: &mut Ui, sight: &Sight, state: &mut State, files: &Gallery) -> Vec<Request> {
    theme::apply(ui.ctx(), state.dark);
    let mut requests = Vec::new();
    let column = Layout::top_down(Align::Center);
    egui::CentralPanel::default().show(ui, |ui| {
        ui.with_layout(column, |ui| {
            ui.add_space(ui.available_height() * 0.22);
            ui.label(RichText::new("semafield").size(28.0).strong());
            ui.add_space(18.0);
            match sight {
                Sight::Planting { stage, done, total } => planting(ui, &said(stage, state.language), *done, *total),
                Sight::Failed(why) => failed(ui, &said(why, state.language), state, files, &mut requests),
                Sight::Alive(_) => {}
            }
        });
    });
    requests
}

#[expect(clippy::cast_precision_loss, reason = "a share of a bar")]
fn planting(ui: &mut Ui, stage: &str, done: u64, total: u64) {
    let share = if total == 0 { 0.0 } else { done as f32 / total as f32 };
    ui.label(stage);
    ui.add_space(6.0);
    ui.add(ProgressBar::new(share).desired_width(320.0));
}

fn failed(ui: &mut Ui, why: &str, state: &mut State, files: &Gallery, requests: &mut Vec<Request>) {
    let width = ui.available_width().min(720.0);
    // Lines of a diagnostic point at one another: they begin at one edge.
    let why = RichText::new(why).monospace().color(theme::tones(state.dark).care);
    ui.allocate_ui(egui::vec2(width, 0.0), |ui| ui.add(egui::Label::new(why).halign(Align::Min)));
    ui.add_space(18.0);
    ui.label(Word::DropHere.text(state.language));
    ui.add_space(6.0);
    ui.allocate_ui(egui::vec2(width.min(480.0), 0.0), |ui| {
        requests.extend(gallery::path(ui, state).map(Request::Open));
    });
    ui.add_space(10.0);
    ScrollArea::vertical().max_height(280.0).show(ui, |ui| {
        for path in &state.recent {
            if ui.link(path.display().to_string()).clicked() {
                requests.push(Request::Open(path.clone()));
            }
        }
        for seed in &files.seeds {
            if ui.link(&seed.title).on_hover_text(&seed.description).clicked() {
                requests.push(Request::Gallery(seed.name.clone()));
            }
        }
    });
}
