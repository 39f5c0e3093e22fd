//! The map of the notes: how well it tells who is near whom, and a switch that lets it settle.
//!
//! While it settles, the window asks for a few iterations of the layout per frame, as an act like any other: what was seen
//! is in the trace, and is grown again with it.

use egui::Ui;

use super::desk::Desk;
use super::pieces::{fact, hint, section};
use crate::app::frame::Notice;
use crate::app::words::Word;
use crate::run::documents::MAP_RECALL;
use crate::simulation::act::Act;

/// Iterations of the layout per frame.
const ITERATIONS: u32 = 5;

/// A map that settles.
#[derive(Clone, Debug, Default)]
pub(super) struct Settling {
    /// Whether it does.
    on: bool,
    /// The frame that was seen when the last iterations were asked for, and the notice that it bore.
    asked: Option<(u64, Option<u64>)>,
}

impl Settling {
    /// Whether the next iterations are to be asked for: those asked for last have been seen. A refusal ends it.
    fn is_due(&mut self, serial: u64, notice: Option<&(u64, Notice)>) -> bool {
        if !self.on {
            return false;
        }
        let told = notice.map(|(number, _)| *number);
        let Some((last, heard)) = self.asked.replace((serial, told)) else { return true };
        self.on = told == heard || !matches!(notice, Some((_, Notice::Refused(_) | Notice::Diverged(_))));
        self.on && serial != last
    }
}

/// Quality, switch, and colours.
pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    let Some([trust, recall]) = desk.frame.felt.quality else { return };
    section(ui, desk.word(Word::MapQuality));
    fact(ui, desk.word(Word::Trustworthiness), &format!("{trust:.3}"));
    fact(ui, desk.word(Word::Recall), &format!("{recall:.3}"));
    let [settle, color] = [Word::LetMapSettle, Word::ColorByRecall].map(|word| desk.word(word));
    let memory = &mut desk.state.memory.settling;
    if ui.checkbox(&mut memory.on, settle).changed() {
        memory.asked = None;
    }
    let chosen = &mut desk.state.look.note_color;
    let mut colored = chosen == MAP_RECALL;
    if ui.checkbox(&mut colored, color).changed() {
        *chosen = if colored { MAP_RECALL.to_owned() } else { String::new() };
    }
    hint(ui, desk.word(Word::SettleHelp));
}

/// Before the panels: asks for the next iterations.
pub(super) fn advance(ui: &Ui, desk: &mut Desk<'_>) {
    let frame = desk.frame;
    if frame.regrowing.is_none() && desk.state.memory.settling.is_due(frame.serial, frame.notice.as_ref()) {
        desk.act(Act::Settle { iterations: ITERATIONS });
    }
    if desk.state.memory.settling.on {
        ui.ctx().request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_are_asked_for_once_per_frame_until_they_are_refused() {
        let done = (7, Notice::Done(String::new()));
        let refused = (8, Notice::Refused("no".into()));
        let mut settling = Settling::default();
        assert!(!settling.is_due(1, None));
        settling.on = true;
        assert!(settling.is_due(1, None));
        assert!(!settling.is_due(1, None), "not twice for one frame");
        assert!(settling.is_due(2, None));
        assert!(settling.is_due(3, Some(&done)));
        assert!(!settling.is_due(4, Some(&refused)));
        assert!(!settling.on);
    }
}
