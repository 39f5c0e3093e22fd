//! The transport: run, step, how fast; where the field is in time; back and forth between acts; undo and branch.

use egui::{Align, DragValue, Layout, RichText, Ui, Vec2};

use super::desk::Desk;
use super::figures::{count, number};
use super::icons::Icon;
use super::pieces::{icon_button, icon_button_sized, tones_of};
use crate::app::frame::Frame;
use crate::app::request::Request;
use crate::app::words::Word;

/// The greatest number of steps per frame that can be wanted.
pub(in crate::app) const FASTEST: u64 = 4096;

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.horizontal(|ui| {
        let (icon, word) = if desk.frame.playing { (Icon::Pause, Word::Pause) } else { (Icon::Play, Word::Play) };
        if icon_button_sized(ui, icon, desk.word(word), desk.frame.playing, Vec2::new(40.0, 28.0)).clicked() {
            desk.ask(Request::Play(!desk.frame.playing));
        }
        if icon_button(ui, Icon::Step, desk.word(Word::Step), false).clicked() {
            desk.ask(Request::Step(1));
        }
        speed(ui, desk);
        ui.separator();
        between_acts(ui, desk);
        if icon_button(ui, Icon::Undo, desk.word(Word::Undo), false).clicked() {
            desk.ask(Request::Undo);
        }
        if icon_button(ui, Icon::Branch, desk.word(Word::BranchHere), false).clicked() {
            desk.ask(Request::Branch(desk.frame.step));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| clock(ui, desk));
    });
}

fn speed(ui: &mut Ui, desk: &mut Desk<'_>) {
    let name = desk.word(Word::StepsPerFrame);
    ui.label(RichText::new(desk.word(Word::Speed)).color(tones_of(ui).faint));
    let mut speed = desk.state.speed;
    let drag = DragValue::new(&mut speed).range(1..=FASTEST).speed(0.1).prefix("× ");
    if ui.add(drag).on_hover_text(name).accessible_name(name).changed() {
        desk.state.speed = speed;
        desk.ask(Request::Speed(speed));
    }
}

/// The step of the act before the present, or of the one after.
pub(in crate::app) fn neighbor(frame: &Frame, after: bool) -> Option<u64> {
    let steps = || frame.acts.iter().map(|(step, _)| *step);
    if after { steps().find(|&step| step > frame.step) } else { steps().rev().find(|&step| step < frame.step) }
}

fn between_acts(ui: &mut Ui, desk: &mut Desk<'_>) {
    for (icon, word, after) in [(Icon::Before, Word::ActBefore, false), (Icon::After, Word::ActAfter, true)] {
        let name = desk.word(word);
        let target = neighbor(desk.frame, after);
        let clicked = ui.add_enabled_ui(target.is_some(), |ui| icon_button(ui, icon, name, false).clicked()).inner;
        if let Some(step) = target.filter(|_| clicked) {
            desk.ask(Request::Regrow(step));
        }
    }
}

/// Step and time, at the right.
fn clock(ui: &mut Ui, desk: &Desk<'_>) {
    let tones = tones_of(ui);
    let value = |text: String| RichText::new(text).monospace().color(tones.strong);
    let name = |word| RichText::new(desk.word(word)).color(tones.faint);
    ui.label(value(number(desk.frame.time)));
    ui.label(name(Word::Time));
    ui.add_space(6.0);
    ui.label(value(count(desk.frame.step)));
    ui.label(name(Word::StepNumber));
    if ui.available_width() > 170.0 {
        ui.add_space(6.0);
        let pace = desk.frame.pace.steps_per_second;
        ui.label(value(if desk.frame.playing { number(pace.round()) } else { "0".into() }));
        ui.label(name(Word::StepsPerSecond));
    }
}
