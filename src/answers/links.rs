//! Links that are missing: pairs of notes that answer each other strongly and are not linked.
//!
//! In: the soil. Out: pairs, the strongest first. The strength of a pair is the mean of both responses, `(R_ij + R_ji)/2`,
//! and their kinship ([`super::kindred`]); or, where the known links are found better by the cosine of the vectors alone,
//! that.
//! Texts are not searched for each other's titles: that finds what was typed, and evaluated on links that were typed it
//! would flatter itself.

use std::collections::BTreeMap;

use super::calibration::Calibration;
use super::known_links;
use super::recall::{Predictor, best};
use super::web::Near;
use crate::soil::Soil;

/// A link that the notes suggest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MissingLink {
    /// The two notes, the smaller index first.
    pub notes: [usize; 2],
    /// Mean of both responses, 0 to 1, and kinship with its weight; or the cosine, where that is what ranks.
    pub strength: f64,
    /// Cosine of the two notes' vectors.
    pub cosine: f64,
}

/// Links that the notes suggest, and how they were found.
#[derive(Clone, Debug, PartialEq)]
pub struct MissingLinks {
    /// The strongest first.
    pub pairs: Vec<MissingLink>,
    /// Whether the cosine of the vectors ranks the pairs, since it finds more of the known links than the response.
    pub by_cosine: bool,
    /// Recall at 10 of known links hidden from both, by the response and by the cosine; `None` of too few links.
    pub recalls: Option<[f64; 2]>,
}

/// Candidates that each note may bring forward.
const PER_NOTE: usize = 10;
/// Notes asked at once: bounds the memory for rows of responses.
const BATCH: usize = 256;

/// The `top` pairs that answer each other most and are not linked.
pub fn missing_links(soil: &Soil, top: usize, rng_seed: u64) -> MissingLinks {
    let links = known_links(soil);
    let notes: Vec<usize> = (0..soil.notes.len()).collect();
    let per_note = PER_NOTE.max(top.div_ceil(notes.len().max(1)));
    let near = Near::of(&soil.neighbors, notes.len());
    let calibration = Calibration::of(soil, &near, &links, rng_seed);
    let ranker = calibration.ranker(soil, &near, &links, per_note);
    let mut pairs: BTreeMap<[usize; 2], f64> = BTreeMap::new();
    for batch in notes.chunks(BATCH) {
        for (&note, row) in batch.iter().zip(ranker.scores(batch)) {
            let known = |other: usize| links.binary_search(&[note.min(other), note.max(other)]).is_ok();
            for other in best(&row, per_note, |other| other == note || known(other)) {
                pairs.insert([note.min(other), note.max(other)], ranker.mutual(note, other, row[other]));
            }
        }
    }
    let mut found: Vec<([usize; 2], f64)> = pairs.into_iter().filter(|(_, strength)| *strength > 0.0).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found.truncate(top);
    let describe = |(notes, strength): ([usize; 2], f64)| {
        let [a, b] = notes;
        MissingLink { notes, strength, cosine: soil.vectors.cosine(a, b) }
    };
    let (by_cosine, recalls) = (calibration.is_beaten(), calibration.recalls);
    MissingLinks { pairs: found.into_iter().map(describe).collect(), by_cosine, recalls }
}
