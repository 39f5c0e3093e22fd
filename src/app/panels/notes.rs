//! The notes: search as one types, a list of any length, and the inspector of one note below it.
//!
//! Only the rows that are seen are laid out, and a search reads a bounded amount of text per frame, so a hundred
//! thousand notes scroll as smoothly as ten.

use egui::{Button, Id, Modifiers, RichText, ScrollArea, TextEdit, Ui, Vec2};

use super::desk::Desk;
use super::inspector;
use super::memory::Search;
use super::pieces::{hint, tones_of};
use crate::app::request::Request;
use crate::app::words::{Counted, Word, counted};
use crate::soil::Note;

/// Bytes of text that a search reads in one frame.
const READ: usize = 1 << 20;
/// Share of the height that the list has while a note is inspected.
const LIST: f32 = 0.4;

/// The line in which the search is typed.
pub(in crate::app) fn search_id() -> Id {
    Id::unique("the search through the notes")
}

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.add_space(8.0);
    let notes = std::sync::Arc::clone(&desk.frame.subject.notes);
    if notes.is_empty() {
        hint(ui, desk.word(Word::NoNotes));
        return;
    }
    let name = desk.word(Word::Search);
    let edit = TextEdit::singleline(&mut desk.state.search).id(search_id()).hint_text(name);
    ui.add(edit.desired_width(f32::INFINITY)).accessible_name(name);
    if !desk.state.memory.search.advance(&desk.state.search, &notes, READ) {
        ui.ctx().request_repaint();
    }
    let found = Found::of(&desk.state.memory.search, notes.len());
    tally(ui, desk, &found, notes.len());
    let room = ui.available_height();
    let inspected = desk.state.inspected;
    let height = if inspected.is_some() { room * LIST } else { room };
    list(ui, desk, &found, &notes, height);
    if let Some(note) = inspected {
        ui.separator();
        inspector::show(ui, desk, note);
    }
}

/// The notes that are listed.
enum Found {
    /// All of them.
    All(usize),
    /// These.
    Some(Vec<usize>),
}

impl Found {
    fn of(search: &Search, all: usize) -> Self {
        if search.query.is_empty() {
            Self::All(all)
        } else {
            Self::Some(search.named.iter().chain(&search.within).copied().collect())
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::All(all) => *all,
            Self::Some(notes) => notes.len(),
        }
    }

    fn note(&self, row: usize) -> usize {
        match self {
            Self::All(_) => row,
            Self::Some(notes) => notes[row],
        }
    }
}

/// How many there are, and what can be done with those that are selected.
fn tally(ui: &mut Ui, desk: &mut Desk<'_>, found: &Found, all: usize) {
    let language = desk.state.language;
    ui.horizontal_wrapped(|ui| {
        let shown = match found {
            Found::All(all) => counted(*all, Counted::Notes, language),
            Found::Some(notes) => format!("{} / {}", notes.len(), counted(all, Counted::Notes, language)),
        };
        ui.label(RichText::new(shown).small().color(tones_of(ui).faint));
        if ui.small_button(desk.word(Word::SelectAll)).clicked() {
            desk.state.selected = (0..found.len()).map(|row| found.note(row)).collect();
        }
        let selected = desk.state.selected.len();
        if selected > 0 {
            if ui.small_button(desk.word(Word::SelectNone)).clicked() {
                desk.state.selected.clear();
            }
            let path = desk.frame.subject.trace.with_file_name(format!("notes-{}.csv", desk.frame.step));
            let export = ui.small_button(format!("CSV ({selected})")).on_hover_text(path.to_string_lossy());
            if export.accessible_name(desk.word(Word::ExportNotes)).clicked() {
                desk.ask(Request::ExportNotes(desk.state.selected.iter().copied().collect(), path));
            }
        }
    });
}

fn list(ui: &mut Ui, desk: &mut Desk<'_>, found: &Found, notes: &[Note], height: f32) {
    let row_height = ui.spacing().interact_size.y;
    ui.spacing_mut().item_spacing.y = 1.0;
    let area = ScrollArea::vertical().id_salt("notes").max_height(height).auto_shrink([false, false]);
    area.show_rows(ui, row_height, found.len(), |ui, rows| {
        for row in rows {
            let note = found.note(row);
            let chosen = desk.state.selected.contains(&note);
            let tag = notes[note].tags.first().map_or("", String::as_str);
            let tag = RichText::new(tag).small().color(tones_of(ui).faint);
            let button = Button::selectable(chosen, title(&notes[note])).right_text(tag).truncate();
            let size = Vec2::new(ui.available_width(), row_height);
            let row_button = ui.add_sized(size, button.min_size(size));
            let row_button = row_button.accessible_name(title(&notes[note]));
            if row_button.clicked() {
                select(desk, found, row, ui.input(|input| input.modifiers));
            }
        }
    });
    ui.reset_style();
}

/// What a note is called in lists: its title, else its id.
pub(super) fn title(note: &Note) -> &str {
    if note.title.is_empty() { &note.id } else { &note.title }
}

/// A click on a row: alone, added with Ctrl, or all from the inspected one on with Shift.
fn select(desk: &mut Desk<'_>, found: &Found, row: usize, modifiers: Modifiers) {
    let note = found.note(row);
    if modifiers.command {
        if !desk.state.selected.remove(&note) {
            desk.state.selected.insert(note);
        }
        desk.state.inspected = Some(note);
    } else if modifiers.shift {
        let anchor = desk.state.inspected.and_then(|from| (0..found.len()).find(|&row| found.note(row) == from));
        let from = anchor.unwrap_or(row);
        desk.state.selected.extend((from.min(row)..=from.max(row)).map(|row| found.note(row)));
    } else {
        desk.open_note(note);
    }
}

impl Search {
    /// Reads on for what is typed, at most about `budget` bytes of text; `true` once all notes are read.
    pub(super) fn advance(&mut self, typed: &str, notes: &[Note], budget: usize) -> bool {
        let query = typed.trim().to_lowercase();
        if query != self.query {
            *self = Self { query, ..Self::default() };
        }
        if self.query.is_empty() {
            return true;
        }
        let mut bytes = 0;
        while self.read < notes.len() && bytes < budget {
            let note = &notes[self.read];
            bytes += 64 + note.title.len() + note.text.len();
            if has(&note.title, &self.query)
                || has(&note.id, &self.query)
                || note.tags.iter().any(|tag| has(tag, &self.query))
            {
                self.named.push(self.read);
            } else if has(&note.text, &self.query) {
                self.within.push(self.read);
            }
            self.read += 1;
        }
        self.read == notes.len()
    }
}

/// Whether a text has a folded word in it, in upper or lower case.
fn has(text: &str, folded: &str) -> bool {
    text.len() >= folded.len() / 2 && text.to_lowercase().contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(title: &str, text: &str) -> Note {
        Note { id: title.into(), title: title.into(), text: text.into(), ..Note::default() }
    }

    #[test]
    fn titles_come_before_texts_and_case_does_not_matter() {
        let notes = [note("Gardens", "of the SEA"), note("Море", "волны"), note("Sea", "waves"), note("x", "МОРЕ")];
        let mut search = Search::default();
        while !search.advance(" sea ", &notes, 1) {}
        assert_eq!((search.named.as_slice(), search.within.as_slice()), (&[2][..], &[0][..]));
        assert!(search.advance("море", &notes, READ));
        assert_eq!((search.named.as_slice(), search.within.as_slice()), (&[1][..], &[3][..]));
        assert!(search.advance("", &notes, 1));
    }
}
