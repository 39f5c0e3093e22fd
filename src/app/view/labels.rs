//! Names of notes on the map: which are shown, and where.
//!
//! In: the notes that are drawn, the widths of texts. Out: labels that never overlap. More of them as one zooms in, because
//! fewer notes share the same room. Stable: a note that had its name keeps it, and in its place, unless one that matters
//! clearly more needs the room; a new name fades in.

use std::collections::BTreeMap;

use super::eye::Sight;
use super::notes::{self, Shown};
use crate::output::labels::{Rect, Spot, Wanted, place, shorten};

/// Size of letters in points.
pub const FONT: f64 = 13.0;
/// How much more important another note must be to take a name's room, of 1.
const LOYALTY: f32 = 0.2;
/// Points of area for each name, at least.
const ROOM: f64 = 11_000.0;
/// Most characters of a name.
const LONGEST: usize = 34;
/// Share of full opacity that a new name gains per second.
const FADE: f32 = 6.0;

/// A name on the map, in points of the view.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteLabel {
    /// The note.
    pub note: usize,
    /// Its name, cut if it is long.
    pub text: String,
    /// What it covers.
    pub rect: Rect,
    /// 1 when it has been there for a while.
    pub opacity: f32,
}

/// Names from frame to frame.
#[derive(Clone, Debug, Default)]
pub(super) struct LabelLayout {
    /// Place and opacity of each note's name.
    kept: BTreeMap<usize, (usize, f32)>,
}

impl LabelLayout {
    /// The names for what is seen now; none on what is `taken`, `dt` seconds after the last call, `width` measures a text in points.
    pub(super) fn place(
        &mut self,
        sight: &Sight<'_>,
        shown: &Shown,
        taken: &[Rect],
        dt: f32,
        width: &mut dyn FnMut(&str) -> f32,
    ) -> Vec<NoteLabel> {
        let scale = f64::from(sight.scale);
        let frame = sight.eye.projection().pixels.map(|side| side / scale);
        let spots: Vec<Spot> = shown
            .notes
            .iter()
            .map(|&(_, [x, y], radius)| Spot {
                x: f64::from(x) / scale,
                y: f64::from(y) / scale,
                radius: f64::from(radius) / scale + 1.0,
            })
            .collect();
        let most = most(frame);
        let order = self.order(sight, shown, 40 * most);
        let wanted = order.into_iter().map(|spot| {
            let note = shown.notes[spot].0;
            let text = shorten(&sight.frame.subject.notes[note].title, LONGEST);
            let before = self.kept.get(&note).map(|(place, _)| *place);
            Wanted { spot, width: f64::from(width(&text)), text, before }
        });
        let placed = place(&spots, wanted, frame, taken, FONT, most);
        let opacity = |note: usize| self.kept.get(&note).map_or(0.0, |(_, opacity)| *opacity) + FADE * dt;
        let labels = placed.iter().map(|label| {
            let note = shown.notes[label.spot].0;
            NoteLabel { note, text: label.text.clone(), rect: label.rect, opacity: opacity(note).min(1.0) }
        });
        let labels: Vec<NoteLabel> = labels.collect();
        self.kept = labels.iter().zip(&placed).map(|(l, placed)| (l.note, (placed.place, l.opacity))).collect();
        labels
    }

    /// Positions among what is shown, the most important first; at most so many.
    fn order(&self, sight: &Sight<'_>, shown: &Shown, most: usize) -> Vec<usize> {
        let coherence = notes::column(sight.frame, sight.body, "coherence");
        let highest =
            coherence.map_or(0.0, |values| values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f32::max));
        let score = |spot: usize| {
            let note = shown.notes[spot].0;
            let chosen = Some(note) == sight.hover || Some(note) == sight.state.inspected;
            let selected = sight.state.selected.contains(&note);
            let felt = coherence
                .and_then(|values| values.get(note))
                .map_or(0.0, |value| value / highest.max(f32::MIN_POSITIVE));
            let felt = if felt.is_finite() { felt.clamp(0.0, 1.0) } else { 0.0 };
            let loyal = if self.kept.contains_key(&note) { LOYALTY } else { 0.0 };
            let first = if chosen { 8.0 } else { 0.0 } + if selected { 4.0 } else { 0.0 };
            first + loyal + 0.6 * sight.body.rank.get(note).copied().unwrap_or(0.0) + 0.4 * felt
        };
        let mut scored: Vec<(f32, usize)> = (0..shown.notes.len()).map(|spot| (score(spot), spot)).collect();
        let better = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if scored.len() > most {
            scored.select_nth_unstable_by(most, better);
            scored.truncate(most);
        }
        scored.sort_by(better);
        scored.into_iter().map(|(_, spot)| spot).collect()
    }
}

/// Names that fit into a frame without crowding it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
fn most(frame: [f64; 2]) -> usize {
    ((frame[0] * frame[1] / ROOM) as usize).clamp(6, 160)
}
