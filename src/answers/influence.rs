//! Who answers when one note is pushed.
//!
//! In: the soil and a note. Out: the other notes, ranked by the share of the push that arrives there (a row of
//! [`super::Response`]; with what the pushed note keeps, the shares add up to 1).

use super::calibration;
use super::known_links;
use super::recall::best;
use crate::soil::Soil;

/// One note's answer to a push.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The note that answers.
    pub note: usize,
    /// The share of the push that arrives there, 0 to 1.
    pub share: f64,
    /// Cosine of the two notes' vectors.
    pub cosine: f64,
    /// Whether the two notes are linked.
    pub linked: bool,
}

/// The `top` notes that answer most to a push at `note`, the strongest first.
pub fn influence(soil: &Soil, note: usize, top: usize, rng_seed: u64) -> Vec<Answer> {
    let links = known_links(soil);
    let response = calibration::response(soil, &links, rng_seed);
    let row = response.rows(&[note]).remove(0);
    let linked = |other: usize| links.binary_search(&[note.min(other), note.max(other)]).is_ok();
    best(&row, top, |other| other == note)
        .into_iter()
        .map(|other| Answer {
            note: other,
            share: row[other],
            cosine: soil.vectors.cosine(note, other),
            linked: linked(other),
        })
        .collect()
}
