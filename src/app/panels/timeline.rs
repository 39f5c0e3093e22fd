//! The timeline over the whole life: acts as coloured ticks, events as faint ones, the present as a line.
//!
//! In: the frame's acts and events. Out: `Regrow` where it is clicked or the pointer lets go, `Branch` from its menu.
//! Ticks are binned by pixel, so that a life of a million acts is drawn as fast as one of ten.

use egui::{Color32, Pos2, Rect, Sense, Stroke, Ui, Vec2, WidgetInfo};

use super::desk::Desk;
use super::figures::{count, number};
use super::pieces::tones_of;
use crate::app::request::Request;
use crate::app::words::{self, Word};
use crate::simulation::act::Act;

/// Height of the groove.
const HEIGHT: f32 = 26.0;
/// How near to a tick the pointer takes hold of it.
const NEAR: f32 = 4.0;

/// Steps along a line on the screen.
#[derive(Clone, Copy)]
struct Scale {
    rect: Rect,
    end: u64,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a place on the screen")]
    fn x(self, step: u64) -> f32 {
        egui::lerp(self.rect.x_range(), step.min(self.end) as f32 / self.end as f32)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of the whole, within it"
    )]
    fn step(self, x: f32) -> u64 {
        let share = f64::from(((x - self.rect.left()) / self.rect.width()).clamp(0.0, 1.0));
        (share * self.end as f64).round() as u64
    }
}

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    let name = desk.word(Word::Timeline);
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let scale = Scale { rect: rect.shrink2(Vec2::new(6.0, 3.0)), end: desk.state.memory.end.max(1) };
    #[expect(clippy::cast_precision_loss, reason = "for a reader of screens")]
    response.widget_info(|| WidgetInfo::slider(true, desk.frame.step as f64, name));
    paint(ui, desk, rect, scale);

    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    let held = pointer.map(|pointer| take_hold(&desk.frame.acts, scale, pointer.x));
    if response.dragged() {
        desk.state.memory.scrub = held.map(|(step, _)| step);
    } else if response.drag_stopped() || response.clicked() {
        let scrubbed = desk.state.memory.scrub.take();
        if let Some(step) = scrubbed.or(held.map(|(step, _)| step)) {
            desk.ask(Request::Regrow(step));
        }
    }
    if let Some((step, act)) = held.filter(|_| response.hovered() || response.dragged()) {
        let x = scale.x(step);
        ui.painter().vline(x, rect.y_range(), Stroke::new(1.0, tones_of(ui).strong));
        let language = desk.state.language;
        let line = format!("{} {}, t = {}", desk.word(Word::StepNumber), count(step), number(time(desk, step)));
        let what = act.map(|act| words::act(act, language));
        response.clone().on_hover_ui_at_pointer(|ui| {
            if let Some(what) = what {
                ui.strong(what);
            }
            ui.label(line);
            ui.weak(Word::ClickToRegrow.text(language));
        });
    }
    menu(&response, desk, held.map(|(step, _)| step));
}

/// The step under the pointer, and the act there if there is one near.
fn take_hold(acts: &[(u64, Act)], scale: Scale, x: f32) -> (u64, Option<&Act>) {
    let from = scale.step(x - NEAR);
    let first = acts.partition_point(|(step, _)| *step < from);
    let near = acts[first..].iter().take_while(|(step, _)| scale.x(*step) <= x + NEAR);
    let distance = |step: u64| (scale.x(step) - x).abs();
    let nearest = near.min_by(|(a, _), (b, _)| distance(*a).total_cmp(&distance(*b)));
    nearest.map_or((scale.step(x), None), |(step, act)| (*step, Some(act)))
}

#[expect(clippy::cast_precision_loss, reason = "steps of a life are far below 2^53")]
fn time(desk: &Desk<'_>, step: u64) -> f64 {
    let elapsed = step as f64 - desk.frame.step as f64;
    desk.frame.time + elapsed * desk.frame.dt
}

fn menu(response: &egui::Response, desk: &mut Desk<'_>, pointed: Option<u64>) {
    let remembered = response.id.with("menu");
    if let Some(step) = pointed.filter(|_| response.secondary_clicked()) {
        response.ctx.data_mut(|data| data.insert_temp(remembered, step));
    }
    response.context_menu(|ui| {
        let step = ui.data(|data| data.get_temp(remembered)).unwrap_or(desk.frame.step);
        let at = count(step);
        if ui.button(format!("{} ({at})", desk.word(Word::RegrowTo))).clicked() {
            desk.ask(Request::Regrow(step));
            ui.close();
        }
        if ui.button(format!("{} ({at})", desk.word(Word::BranchFrom))).clicked() {
            desk.ask(Request::Branch(step));
            ui.close();
        }
    });
}

fn paint(ui: &Ui, desk: &Desk<'_>, rect: Rect, scale: Scale) {
    let tones = tones_of(ui);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect.shrink2(Vec2::new(0.0, 3.0)), 5.0, tones.well);
    let now = scale.x(desk.frame.step);
    let lived =
        Rect::from_min_max(Pos2::new(rect.left(), scale.rect.bottom() - 2.0), Pos2::new(now, scale.rect.bottom()));
    painter.rect_filled(lived, 1.0, tones.accent.gamma_multiply(0.6));
    let events = desk.frame.events.iter().map(|event| (event.step, tones.faint.gamma_multiply(0.45)));
    ticks(&painter, scale, events, 0.72..=0.92, 1.0);
    let acts = desk.frame.acts.iter().map(|(step, act)| (*step, act_color(act, ui.visuals().dark_mode)));
    ticks(&painter, scale, acts, 0.08..=0.62, 2.5);
    painter.vline(now, rect.y_range(), Stroke::new(1.5, tones.accent));
    painter.circle_filled(Pos2::new(now, rect.top() + 4.0), 3.5, tones.accent);
}

/// Draws at most one tick per pixel.
fn ticks(
    painter: &egui::Painter,
    scale: Scale,
    marks: impl Iterator<Item = (u64, Color32)>,
    shares: std::ops::RangeInclusive<f32>,
    width: f32,
) {
    let y = egui::Rangef::new(
        egui::lerp(scale.rect.y_range(), *shares.start()),
        egui::lerp(scale.rect.y_range(), *shares.end()),
    );
    let mut last = f32::NEG_INFINITY;
    for (step, color) in marks {
        let x = scale.x(step);
        if x - last >= 1.0 {
            painter.vline(x, y, Stroke::new(width, color));
            last = x;
        }
    }
}

/// The colour of an act: one for each family.
pub(super) fn act_color(act: &Act, dark: bool) -> Color32 {
    let (on_dark, on_light) = match act {
        Act::Retune { .. } | Act::Rewrite { .. } | Act::Reseed { .. } => ((178, 150, 245), (110, 72, 190)),
        Act::Paint { .. } | Act::Erase { .. } | Act::Pulse { .. } => ((240, 196, 100), (158, 104, 0)),
        Act::Stir { .. } | Act::Push { .. } => ((104, 196, 226), (8, 110, 150)),
        Act::Pin { .. } | Act::Release { .. } | Act::Cut { .. } | Act::Heal { .. } => ((170, 180, 194), (84, 94, 108)),
        Act::Cool { .. } | Act::Warm { .. } => ((244, 146, 104), (184, 76, 22)),
        Act::Pull { .. } | Act::PinNote { .. } | Act::Settle { .. } | Act::Link { .. } | Act::Unlink { .. } => {
            ((130, 206, 130), (34, 124, 44))
        }
        Act::Say { .. } => ((244, 140, 186), (178, 40, 110)),
    };
    let (r, g, b) = if dark { on_dark } else { on_light };
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pointer_takes_hold_of_a_near_act_or_of_a_step() {
        let scale = Scale { rect: Rect::from_min_max(Pos2::ZERO, Pos2::new(1000.0, 20.0)), end: 2000 };
        let act = Act::Reseed { rng_seed: 1 };
        let acts = [(100, act.clone()), (104, act.clone()), (1000, act)];
        assert_eq!(take_hold(&acts, scale, 52.4).0, 104);
        assert_eq!(take_hold(&acts, scale, 49.0).0, 100);
        assert_eq!(take_hold(&acts, scale, 497.0).0, 1000);
        let (step, act) = take_hold(&acts, scale, 250.0);
        assert_eq!((step, act), (500, None));
        assert_eq!(scale.step(-5.0), 0);
        assert_eq!(scale.step(5000.0), 2000);
    }
}
