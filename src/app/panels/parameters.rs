//! Parameters as sliders over the seed's ranges; scheme and step beside the bound on it; the random streams.
//!
//! A slider asks for one act each time its value changes, also while it is dragged: the field answers under the hand.

use egui::{Align, DragValue, Key, Layout, RichText, Slider, TextEdit, Ui};

use super::desk::Desk;
use super::figures::number;
use super::icons::Icon;
use super::pieces::{beside, choice, complaint, hint, icon_button_sized, mistake, row, section, tones_of, wide};
use crate::app::frame::Parameter;
use crate::app::words::Word;
use crate::simulation::act::Act;

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    section(ui, desk.word(Word::Parameters));
    if desk.frame.subject.parameters.is_empty() {
        hint(ui, desk.word(Word::NoParameters));
    }
    let subject = std::sync::Arc::clone(&desk.frame.subject);
    for one in &subject.parameters {
        parameter(ui, desk, one);
    }
    section(ui, desk.word(Word::Time));
    scheme(ui, desk);
    step(ui, desk);
    section(ui, desk.word(Word::Chance));
    chance(ui, desk);
}

fn parameter(ui: &mut Ui, desk: &mut Desk<'_>, parameter: &Parameter) {
    let before = desk.state.memory.tuned(parameter);
    let mut value = before;
    ui.horizontal(|ui| {
        ui.label(RichText::new(&parameter.name).color(tones_of(ui).strong)).on_hover_text(&parameter.doc);
        let planted = desk.state.memory.planted(&parameter.name).filter(|planted| *planted != before);
        if let Some(planted) = planted {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("{} {} = {}", desk.word(Word::Reset), parameter.name, number(planted));
                if icon_button_sized(ui, Icon::Reset, &name, false, egui::Vec2::splat(20.0)).clicked() {
                    value = planted;
                }
            });
        }
    });
    ui.scope(|ui| {
        let [least, greatest] = parameter.range;
        let slider = Slider::new(&mut value, least..=greatest).clamping(egui::SliderClamping::Never);
        let response = wide(ui, slider.max_decimals(6).smart_aim(true)).accessible_name(&parameter.name);
        if !parameter.doc.is_empty() {
            response.on_hover_text(&parameter.doc);
        }
    });
    if !parameter.doc.is_empty() {
        hint(ui, &parameter.doc);
    }
    ui.add_space(4.0);
    if value != before && value.is_finite() {
        let now = ui.input(|input| input.time);
        desk.state.memory.tune(&parameter.name, value, now);
        desk.act(Act::Retune { name: parameter.name.clone(), value });
    }
}

fn scheme(ui: &mut Ui, desk: &mut Desk<'_>) {
    let schemes = ["euler", "heun", "rk4", "etd2"].map(|name| (name.to_owned(), name.to_owned()));
    let mut chosen = desk.frame.subject.scheme.clone();
    if choice(ui, desk.word(Word::Scheme), &mut chosen, &schemes) {
        desk.act(Act::Rewrite { key: "time.scheme".into(), value: chosen });
    }
}

/// Length of the step, beside the bound on it, and the end of a headless run.
fn step(ui: &mut Ui, desk: &mut Desk<'_>) {
    let dt = desk.frame.dt;
    rewritten(ui, desk, "time.dt", "dt", &dt.to_string());
    match desk.frame.subject.bound {
        Some(bound) if dt > bound => {
            complaint(ui, &format!("{}: dt ≤ {}", desk.word(Word::AboveBound), number(bound)));
        }
        Some(bound) => hint(ui, &format!("{}: dt ≤ {}", desk.word(Word::Bound), number(bound))),
        None => hint(ui, desk.word(Word::NoBound)),
    }
    let stop = desk.state.memory.seed.as_ref().map_or(0.0, |seed| seed.time.stop.value);
    rewritten(ui, desk, "time.stop", desk.word(Word::Stop), &stop.to_string());
}

/// A value of the seed that is typed, and applied with Enter.
fn rewritten(ui: &mut Ui, desk: &mut Desk<'_>, key: &str, name: &str, now: &str) {
    let place = desk.state.drafts.iter().position(|(draft, _)| draft == key);
    let mut text = place.map_or_else(|| now.to_owned(), |place| desk.state.drafts[place].1.clone());
    let response = row(ui, name, |ui| ui.add(TextEdit::singleline(&mut text).desired_width(f32::INFINITY)));
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if response.changed() {
        desk.state.drafts.retain(|(draft, _)| draft != key);
        desk.state.drafts.push((key.to_owned(), text.clone()));
    }
    if text == now {
        desk.state.drafts.retain(|(draft, _)| draft != key);
        return;
    }
    let seed = &desk.frame.subject.seed;
    let found = desk.state.memory.checks.value(seed, key, &text).first().map(|found| found.message.clone());
    match found {
        Some(found) => mistake(ui, &found, desk.state.language),
        None if entered => {
            desk.state.drafts.retain(|(draft, _)| draft != key);
            desk.act(Act::Rewrite { key: key.to_owned(), value: text });
        }
        None => hint(ui, desk.word(Word::EnterApplies)),
    }
}

fn chance(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.state.language;
    let name = Word::RngSeed.text(language);
    beside(ui, name, |ui| {
        ui.add(DragValue::new(&mut desk.state.memory.rng_seed)).accessible_name(name);
        if ui.button(Word::Reseed.text(language)).on_hover_text(Word::ReseedHelp.text(language)).clicked() {
            let rng_seed = desk.state.memory.rng_seed;
            desk.act(Act::Reseed { rng_seed });
        }
    });
}
