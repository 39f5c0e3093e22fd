//! The seed's equations as text that can be edited while the field lives.
//!
//! In: the equations and derived fields of the seed, drafts. Out: a rewriting of one of them. Invariant: `Apply` can be
//! pressed only for a text that gives a model; mistakes are underlined in the text and told below it as one types.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{FontId, Key, Modifiers, RichText, Stroke, TextEdit, TextStyle, Ui};

use super::check::Mistake;
use super::desk::Desk;
use super::pieces::{hint, main_button, mistake, section, tones_of};
use crate::app::words::{Language, Word};
use crate::simulation::act::Act;

/// Applies the text in which the cursor is.
const APPLY: (Modifiers, Key) = (Modifiers::COMMAND, Key::Enter);

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    section(ui, desk.word(Word::Equations));
    hint(ui, desk.word(Word::EquationsHelp));
    let subject = std::sync::Arc::clone(&desk.frame.subject);
    for (field, text) in &subject.equations {
        editor(ui, desk, &format!("equations.{field}"), &format!("d {field} / dt"), text);
    }
    let Some(seed) = desk.state.memory.seed.clone() else { return };
    if !seed.derived.is_empty() {
        section(ui, desk.word(Word::Derived));
    }
    for entry in &seed.derived {
        editor(ui, desk, &format!("derived.{}", entry.name.value), &entry.name.value, &entry.text.value);
    }
}

/// One text: its name, the text, what is wrong with it, what can be done.
fn editor(ui: &mut Ui, desk: &mut Desk<'_>, key: &str, name: &str, current: &str) {
    ui.add_space(4.0);
    ui.label(RichText::new(format!("{name} =")).monospace().color(tones_of(ui).accent));
    let place = desk.state.drafts.iter().position(|(draft, _)| draft == key);
    let mut text = place.map_or_else(|| current.to_owned(), |place| desk.state.drafts[place].1.clone());
    let mistakes = if text == current {
        vec![]
    } else {
        desk.state.memory.checks.value(&desk.frame.subject.seed, key, &text).to_vec()
    };
    let id = ui.make_persistent_id(key);
    // Before the field sees it, which would break the line.
    let focused = ui.memory(|memory| memory.has_focus(id));
    let hastened = focused && ui.input_mut(|input| input.consume_key(APPLY.0, APPLY.1));
    let marks: Vec<Range<usize>> = mistakes.iter().filter_map(|mistake| mistake.place.clone()).collect();
    let mut layouter = |ui: &Ui, buffer: &dyn egui::TextBuffer, width: f32| {
        let job = marked(ui, buffer.as_str(), &marks, width);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let edit = TextEdit::multiline(&mut text).id(id).font(TextStyle::Monospace).desired_rows(2);
    let response = ui.add(edit.desired_width(f32::INFINITY).layouter(&mut layouter)).accessible_name(name);
    if response.changed() {
        desk.state.drafts.retain(|(draft, _)| draft != key);
        if text != current {
            desk.state.drafts.push((key.to_owned(), text.clone()));
        }
    }
    if text == current {
        return;
    }
    mistakes_below(ui, &mistakes, &text, desk.state.language);
    buttons(ui, desk, key, &text, mistakes.is_empty() && !response.changed(), hastened);
}

fn mistakes_below(ui: &mut Ui, mistakes: &[Mistake], text: &str, language: Language) {
    for found in mistakes {
        if let Some(place) = &found.place
            && let Some(word) = text.get(place.clone()).filter(|word| !word.trim().is_empty())
        {
            let word: String = word.chars().take(40).collect();
            ui.label(RichText::new(word).monospace().color(tones_of(ui).wrong));
        }
        mistake(ui, &found.message, language);
    }
}

fn buttons(ui: &mut Ui, desk: &mut Desk<'_>, key: &str, text: &str, sound: bool, hastened: bool) {
    ui.horizontal(|ui| {
        let apply = main_button(ui, sound, desk.word(Word::Apply))
            .on_hover_text(ui.ctx().format_shortcut(&egui::KeyboardShortcut::new(APPLY.0, APPLY.1)));
        if apply.clicked() || (hastened && sound) {
            desk.state.drafts.retain(|(draft, _)| draft != key);
            desk.act(Act::Rewrite { key: key.to_owned(), value: text.to_owned() });
        }
        if ui.button(desk.word(Word::Revert)).clicked() {
            desk.state.drafts.retain(|(draft, _)| draft != key);
        }
    });
}

/// The text in the typewriter's font, with places underlined.
fn marked(ui: &Ui, text: &str, marks: &[Range<usize>], width: f32) -> LayoutJob {
    let tones = tones_of(ui);
    let font = FontId::monospace(12.5);
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    let mut edges: Vec<usize> = marks.iter().flat_map(|mark| [mark.start, mark.end]).collect();
    edges.extend([0, text.len()]);
    edges.retain(|&edge| edge <= text.len() && text.is_char_boundary(edge));
    edges.sort_unstable();
    edges.dedup();
    for pair in edges.windows(2) {
        let mut format = TextFormat::simple(font.clone(), tones.ink);
        if marks.iter().any(|mark| mark.start <= pair[0] && pair[1] <= mark.end) {
            format.color = tones.wrong;
            format.underline = Stroke::new(1.5, tones.wrong);
        }
        job.append(&text[pair[0]..pair[1]], 0.0, format);
    }
    if text.is_empty() {
        job.append("", 0.0, TextFormat::simple(font, tones.ink));
    }
    job
}
