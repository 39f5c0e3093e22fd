//! One note: what it says, what it is linked with, what is near, and what it feels over time.

use egui::{Label, RichText, ScrollArea, Ui};
use egui_plot::{Line, Plot, PlotPoints};

use super::desk::Desk;
use super::figures::number;
use super::icons::Icon;
use super::notes::title;
use super::pieces::{choice, hint, icon_button_sized, section, tones_of};
use crate::app::view::camera::plane_size;
use crate::app::words::Word;
use crate::simulation::act::Act;
use crate::soil::Note;

/// Notes that are linked with one at once, at most.
const MOST_LINKED: usize = 16;
/// Nearest notes that are listed.
const NEAREST: usize = 8;
/// Characters of a note's text that are laid out.
const LONGEST: usize = 20_000;

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>, index: usize) {
    let notes = std::sync::Arc::clone(&desk.frame.subject.notes);
    let note = &notes[index];
    let tones = tones_of(ui);
    let mut close = false;
    ui.horizontal(|ui| {
        let close_name = desk.word(Word::CloseNote);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            close = icon_button_sized(ui, Icon::Close, close_name, false, egui::Vec2::splat(22.0)).clicked();
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                let heading = RichText::new(title(note)).size(15.0).strong().color(tones.strong);
                ui.add(Label::new(heading).wrap().selectable(true));
            });
        });
    });
    ScrollArea::vertical().id_salt("note").auto_shrink([false, false]).show(ui, |ui| {
        if !note.tags.is_empty() {
            let tags: Vec<String> = note.tags.iter().map(|tag| format!("#{tag}")).collect();
            ui.label(RichText::new(tags.join("  ")).small().color(tones.accent));
        }
        acts(ui, desk, note, index, &notes);
        felt(ui, desk, index);
        if !note.text.is_empty() {
            section(ui, desk.word(Word::Text));
            let text: String = note.text.chars().take(LONGEST).collect();
            ui.add(Label::new(text).wrap().selectable(true));
        }
        links(ui, desk, note, &notes);
        nearest(ui, desk, index, &notes);
    });
    if close {
        desk.state.inspected = None;
    }
}

/// What can be done to it: what the tool that arranges notes does, without a pointer.
fn acts(ui: &mut Ui, desk: &mut Desk<'_>, note: &Note, index: usize, notes: &[Note]) {
    let id = || note.id.clone();
    let pinned = desk.frame.felt.pinned.get(index).copied().unwrap_or(false);
    let others: Vec<usize> = desk.state.selected.iter().copied().filter(|&other| other != index).collect();
    ui.horizontal_wrapped(|ui| {
        if ui.small_button(desk.word(if pinned { Word::LetNoteGo } else { Word::PinNote })).clicked() {
            desk.act(Act::PinNote { note: id(), pinned: !pinned });
        }
        if !pinned && ui.small_button(desk.word(Word::PullNote)).clicked() {
            let size = plane_size(&desk.frame.grid);
            let to = [0, 1].map(|axis| desk.state.camera.center[axis] * size[axis]);
            desk.act(Act::Pull { note: id(), to });
        }
        for (word, linked) in [(Word::LinkSelected, true), (Word::UnlinkSelected, false)] {
            if (1..=MOST_LINKED).contains(&others.len()) && ui.small_button(desk.word(word)).clicked() {
                for to in others.iter().filter_map(|&other| Some(notes.get(other)?.id.clone())) {
                    let from = id();
                    desk.act(if linked { Act::Link { from, to } } else { Act::Unlink { from, to } });
                }
            }
        }
    });
}

/// What it feels now and felt before.
fn felt(ui: &mut Ui, desk: &mut Desk<'_>, index: usize) {
    if desk.frame.felt.columns.is_empty() {
        return;
    }
    section(ui, desk.word(Word::Felt));
    if desk.frame.felt.pinned.get(index).copied().unwrap_or(false) {
        hint(ui, desk.word(Word::NotePinned));
    }
    let history = &desk.state.memory.felt;
    for (column, (name, values)) in desk.frame.felt.columns.iter().enumerate() {
        let Some(&value) = values.get(index) else { continue };
        ui.horizontal(|ui| {
            let faint = tones_of(ui).faint;
            cell(ui, 84.0, RichText::new(name).color(faint));
            cell(ui, 62.0, RichText::new(number(f64::from(value))).monospace());
            if let Some((_, past)) = history.columns.get(column) {
                spark(ui, name, &history.times, past);
            }
        });
    }
    let none = (String::new(), desk.word(Word::Ink).to_owned());
    let named = desk.frame.felt.columns.iter().map(|(name, _)| (name.clone(), name.clone()));
    let options: Vec<_> = std::iter::once(none).chain(named).collect();
    choice(ui, desk.word(Word::NoteColor), &mut desk.state.look.note_color, &options);
}

/// A text in a cell of fixed width.
fn cell(ui: &mut Ui, width: f32, text: RichText) {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(egui::Vec2::new(width, 22.0), layout, |ui| {
        ui.set_min_width(width);
        ui.add(Label::new(text).truncate());
    });
}

/// A small plot without axes.
fn spark(ui: &mut Ui, name: &str, times: &[f64], values: &[f64]) {
    let points: PlotPoints<'_> = times.iter().zip(values).map(|(&time, &value)| [time, value]).collect();
    let line = Line::new(name, points).color(tones_of(ui).accent).width(1.2);
    let plot = Plot::new(("felt", name)).height(22.0).show_axes(false).show_grid(false).show_background(false);
    let plot = plot.allow_drag(false).allow_zoom(false).allow_scroll(false).allow_boxed_zoom(false);
    plot.show_x(false).show_y(false).sense(egui::Sense::hover()).show(ui, |plot| plot.line(line));
}

fn links(ui: &mut Ui, desk: &mut Desk<'_>, note: &Note, notes: &[Note]) {
    if note.links.is_empty() {
        return;
    }
    section(ui, desk.word(Word::LinksOfNote));
    for &other in &note.links {
        if ui.add(egui::Link::new(title(&notes[other]))).clicked() {
            desk.open_note(other);
        }
    }
}

fn nearest(ui: &mut Ui, desk: &mut Desk<'_>, index: usize, notes: &[Note]) {
    let subject = std::sync::Arc::clone(&desk.frame.subject);
    let Some(nearest) = subject.nearest.get(index).filter(|nearest| !nearest.is_empty()) else { return };
    section(ui, desk.word(Word::Nearest));
    for &(other, similarity) in nearest.iter().take(NEAREST) {
        ui.horizontal(|ui| {
            ui.label(RichText::new(format!("{similarity:.2}")).monospace().color(tones_of(ui).faint));
            if ui.add(egui::Link::new(title(&notes[other]))).clicked() {
                desk.open_note(other);
            }
        });
    }
}
