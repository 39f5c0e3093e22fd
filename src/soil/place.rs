//! The place of a sentence on the map.
//!
//! In: a sentence. Out: the notes that are nearest to it, and a point among them. The sentence is folded into the
//! latent semantic analysis of the notes' titles, tags and texts (as the built-in encoder makes it), also where the
//! vectors of the notes were given: those a sentence can't be compared with. The point is the mean of the nearest
//! notes weighted by similarity, but only of those around the best one: a mean of two islands lies in the sea.

use super::encoders::lsa::Analysis;
use super::maps::positions;
use super::{Silent, Soil, SoilError};
use crate::grid::Grid;

/// Notes that are named.
const NEAREST: usize = 8;
/// Similarity that a note needs to have a say, as a share of the best.
const SAY: f64 = 0.5;
/// Distance from the best note, in units of the map, or of the mean distance of notes where they are few.
const AROUND: [f64; 2] = [0.08, 2.0];
/// Longest sentence that is quoted.
const QUOTED: usize = 80;

/// Where a sentence belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// A point of the unit square, as in [`Soil::layout`].
    pub at: [f64; 2],
    /// The nearest notes and their similarity (a cosine), nearest first, ties in source order.
    pub nearest: Vec<(usize, f64)>,
}

/// What is needed to read sentences; made once per soil.
#[derive(Debug)]
pub struct Reader(Analysis);

impl Soil {
    /// Learns to read sentences from the notes' texts.
    pub fn reader(&self) -> Result<Reader, SoilError> {
        let analysis = Analysis::of(&self.notes, 0, &Silent);
        if analysis.knows_words() { Ok(Reader(analysis)) } else { Err(SoilError::NoTexts) }
    }

    /// The place of a sentence; for more than one, keep a [`Reader`].
    pub fn place(&self, sentence: &str) -> Result<Place, SoilError> {
        self.reader()?.place(self, sentence)
    }
}

impl Reader {
    /// The place of a sentence among the notes as they lie now.
    pub fn place(&self, soil: &Soil, sentence: &str) -> Result<Place, SoilError> {
        let unknown = || {
            let quoted: String = sentence.chars().take(QUOTED).collect();
            SoilError::UnknownWords { sentence: quoted }
        };
        let mut nearest: Vec<(usize, f64)> =
            self.0.cosines(sentence).ok_or_else(unknown)?.into_iter().enumerate().collect();
        nearest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        nearest.truncate(NEAREST);
        nearest.retain(|(_, similarity)| *similarity > 0.0);
        let &(best, most) = nearest.first().ok_or_else(unknown)?;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let around = AROUND[0].max(AROUND[1] / (soil.notes.len() as f64).sqrt());
        let (mut sum, mut weights) = ([0.0; 2], 0.0);
        for &(note, similarity) in &nearest {
            let away = [0, 1].map(|axis| soil.layout[note][axis] - soil.layout[best][axis]);
            if similarity >= SAY * most && away[0] * away[0] + away[1] * away[1] <= around * around {
                (0..2).for_each(|axis| sum[axis] += similarity * soil.layout[note][axis]);
                weights += similarity;
            }
        }
        Ok(Place { at: sum.map(|along| along / weights), nearest })
    }
}

/// A point of the unit square in the units of a grid's domain.
pub fn on_domain(at: [f64; 2], grid: &Grid) -> [f64; 2] {
    positions(&[at], grid)[0]
}
