//! How well the map of the notes is, as it is now.
//!
//! In: the soil under a living field. Out: the share of each note's nearest notes that are near on the map, and the map's
//! trustworthiness. Invariant: the first is that of the present places; the second takes longer, so while notes are on the
//! move it is of a moment ago.

use crate::soil::Soil;

/// Moves of notes between two looks at the trustworthiness.
const LOOK_EVERY: usize = 16;

/// What was measured of the map.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    layout: Vec<[f64; 2]>,
    /// Moves since the trustworthiness was measured; `None` before the first time.
    moves: Option<usize>,
    trustworthiness: f64,
    /// Of every note, 0 to 1.
    pub(super) recall: Vec<f64>,
}

impl Mapped {
    /// Follows the notes; the map's trustworthiness and mean recall.
    pub(super) fn follow(&mut self, soil: &Soil) -> [f64; 2] {
        let moved = self.layout != soil.layout;
        if moved {
            self.layout.clone_from(&soil.layout);
            self.recall = soil.map_recall();
        }
        let moves = self.moves.map(|moves| moves + usize::from(moved));
        let rests = !moved && moves.is_some_and(|moves| moves > 0);
        self.moves = match moves {
            Some(moves) if moves < LOOK_EVERY && !rests => Some(moves),
            first_or_due => {
                // As it was planted, it is known.
                let planted = first_or_due.is_none() && !moved;
                self.trustworthiness =
                    if planted { soil.quality.trustworthiness } else { soil.glance().trustworthiness };
                Some(0)
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let notes = self.recall.len().max(1) as f64;
        [self.trustworthiness, self.recall.iter().fold(0.0, |sum, recall| sum + recall) / notes]
    }
}
