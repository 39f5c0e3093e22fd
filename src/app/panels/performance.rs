//! How fast the field lives, on what, and where every touch is kept.

use egui::Ui;

use super::desk::Desk;
use super::figures::{amount, number};
use super::pieces::{fact, hint, section};
use crate::app::words::{Counted, Word, counted};

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    let pace = desk.frame.pace;
    section(ui, desk.word(Word::Performance));
    fact(ui, desk.word(Word::StepsPerSecond), &number(pace.steps_per_second.round()));
    fact(ui, desk.word(Word::CellsPerSecond), &amount(pace.cells_per_second));
    fact(ui, desk.word(Word::MillisecondsPerStep), &milliseconds(desk, pace.step_milliseconds));
    fact(ui, desk.word(Word::MillisecondsPerFrame), &milliseconds(desk, pace.show_milliseconds));
    fact(ui, desk.word(Word::StepsPerFrame), &format!("{} / {}", pace.steps_per_frame, desk.state.speed));
    window(ui, desk);
    if !desk.frame.passes.is_empty() {
        section(ui, desk.word(Word::Passes));
        for (name, time) in desk.frame.passes.iter() {
            fact(ui, name, &milliseconds(desk, *time));
        }
    }
    section(ui, desk.word(Word::Place));
    fact(ui, desk.word(Word::Backend), &desk.frame.subject.place);
    if desk.frame.subject.threads > 0 {
        hint(ui, &counted(desk.frame.subject.threads, Counted::Threads, desk.state.language));
    }
    let grid = &desk.frame.grid;
    let shape: Vec<String> = grid.axis_list().iter().map(|&axis| grid.cells_along(axis).to_string()).collect();
    fact(ui, desk.word(Word::Grid), &shape.join(" × "));
    hint(ui, &counted(grid.cells(), Counted::Cells, desk.state.language));
    section(ui, desk.word(Word::Trace));
    fact(ui, desk.word(Word::File), &desk.frame.subject.trace.to_string_lossy());
    hint(ui, &counted(desk.frame.acts.len(), Counted::Acts, desk.state.language));
    hint(ui, desk.word(Word::TraceHelp));
}

/// How soon the window answers.
fn window(ui: &mut Ui, desk: &Desk<'_>) {
    let swift = desk.state.swiftness;
    section(ui, desk.word(Word::Window));
    let [between, longest] = swift.between;
    let pictures = if between > 0.0 { 1e3 / between } else { 0.0 };
    fact(ui, desk.word(Word::PicturesPerSecond), &number((10.0 * pictures).round() / 10.0));
    fact(ui, desk.word(Word::LongestPause), &milliseconds(desk, longest));
    fact(ui, desk.word(Word::Painting), &milliseconds(desk, swift.painting));
    if let Some([latest, median, longest]) = swift.answer {
        fact(ui, desk.word(Word::TouchToField), &milliseconds(desk, latest));
        let [median, longest] = [median, longest].map(|value| milliseconds(desk, value));
        hint(ui, &format!("{} {median}, {} {longest}", desk.word(Word::Median), desk.word(Word::Longest)));
    } else {
        fact(ui, desk.word(Word::TouchToField), "–");
    }
}

fn milliseconds(desk: &Desk<'_>, value: f64) -> String {
    let decimals = if value < 10.0 { 2 } else { 0 };
    format!("{value:.decimals$} {}", desk.word(Word::Milliseconds))
}
