//! What a person should know now: the last notice, how far a regrowing has come, and the way back to hidden panels.

use std::time::Duration;

use egui::{Align2, Area, Frame as Plate, Id, Order, Pos2, ProgressBar, Rect, RichText, Ui, Vec2};

use super::desk::Desk;
use super::figures::count;
use super::icons::Icon;
use super::pieces::{icon_button, icon_button_sized, tones_of};
use crate::app::frame::Notice;
use crate::app::words::{Word, said};

/// Seconds for which good news stays.
const STAYS: f64 = 6.0;

pub(super) fn show(ui: &Ui, desk: &mut Desk<'_>, middle: Rect) {
    if !desk.state.panels_open {
        reopen(ui, desk, middle);
    }
    regrowing(ui, desk, middle);
    let Some((number, notice)) = desk.frame.notice.clone() else { return };
    let now = ui.input(|input| input.time);
    let seen = match desk.state.memory.notice {
        Some((known, since, away)) if known == number => (since, away),
        _ => (now, false),
    };
    desk.state.memory.notice = Some((number, seen.0, seen.1));
    let age = now - seen.0;
    let passes = matches!(notice, Notice::Done(_));
    if seen.1 || (passes && age > STAYS) {
        return;
    }
    if passes {
        ui.ctx().request_repaint_after(Duration::from_secs_f64((STAYS - age).max(0.1)));
    }
    if toast(ui, desk, middle, &notice) {
        desk.state.memory.notice = Some((number, seen.0, true));
    }
}

/// The notice; `true` if it is put away.
fn toast(ui: &Ui, desk: &Desk<'_>, middle: Rect, notice: &Notice) -> bool {
    let tones = tones_of(ui);
    let (title, text, color) = match notice {
        Notice::Done(text) => (Word::Done, text, tones.accent),
        Notice::Refused(text) => (Word::Refused, text, tones.care),
        Notice::Diverged(text) => (Word::Diverged, text, tones.wrong),
    };
    let at = Pos2::new(middle.center().x, middle.bottom() - 14.0);
    let width = (middle.width() - 40.0).clamp(160.0, 460.0);
    above(ui, "notice", at, Align2::CENTER_BOTTOM, egui::accesskit::Role::Alert, |ui| {
        ui.horizontal_top(|ui| {
            let (mark, _) = ui.allocate_exact_size(Vec2::new(3.0, 34.0), egui::Sense::hover());
            ui.painter().rect_filled(mark, 1.5, color);
            ui.vertical(|ui| {
                ui.set_max_width(width - 40.0);
                ui.label(RichText::new(desk.word(title)).strong().color(color));
                // What points into a text needs letters of one width.
                let text = said(text, desk.state.language);
                let points = text.contains("--> ");
                let text = if points { RichText::new(text).monospace() } else { RichText::new(text) };
                ui.add(egui::Label::new(text).wrap().selectable(true));
            });
            icon_button_sized(ui, Icon::Close, desk.word(Word::Dismiss), false, Vec2::splat(22.0)).clicked()
        })
        .inner
    })
}

fn regrowing(ui: &Ui, desk: &Desk<'_>, middle: Rect) {
    let Some((done, all)) = desk.frame.regrowing else { return };
    let at = Pos2::new(middle.center().x, middle.top() + 14.0);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a share")]
    let share = (done as f64 / all.max(1) as f64) as f32;
    above(ui, "regrowing", at, Align2::CENTER_TOP, egui::accesskit::Role::Status, |ui| {
        ui.set_max_width(260.0);
        ui.label(format!("{} {} / {}", desk.word(Word::Regrowing), count(done), count(all)));
        ui.add(ProgressBar::new(share).desired_height(6.0).fill(tones_of(ui).accent));
    });
}

/// The way back, when all panels are hidden.
fn reopen(ui: &Ui, desk: &mut Desk<'_>, middle: Rect) {
    let at = middle.right_top() + Vec2::new(-12.0, 12.0);
    let name = desk.word(Word::ShowPanels);
    let role = egui::accesskit::Role::Group;
    if above(ui, "reopen", at, Align2::RIGHT_TOP, role, |ui| icon_button(ui, Icon::Panels, name, false).clicked()) {
        desk.state.panels_open = true;
    }
}

/// Something that floats above the canvas.
fn above<R>(
    ui: &Ui,
    name: &str,
    at: Pos2,
    pivot: Align2,
    role: egui::accesskit::Role,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let tones = tones_of(ui);
    let plate = Plate::new().fill(tones.panel).stroke(egui::Stroke::new(1.0, tones.line)).corner_radius(8.0);
    let area = Area::new(Id::unique(name)).order(Order::Foreground).fixed_pos(at).pivot(pivot).role(role);
    area.show(ui.ctx(), |ui| plate.inner_margin(10.0).show(ui, add).inner).inner
}
