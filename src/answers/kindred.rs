//! Who could be linked to whom, by the response and by kinship.
//!
//! In: the soil and known links. Out: scores `R_ij + w x_i.x_j`: the response to a push at i, and the cosine of what both
//! notes are about once each has moved towards those that it is joined to (the relaxation of the groups, drawn more by links
//! than by neighbours). A note's links tell what it is about where its words don't. Kinship is asked of the candidates that
//! the response or kinship itself brings forward; all others rank below them, by their response.

use rayon::prelude::*;

use super::Link;
use super::recall::{Predictor, best, ends};
use super::response::Response;
use super::web::{Near, Web};
use crate::soil::{NeighborGraph, Silent, Soil, Vectors};

/// Weight of the neighbours, in links, in what notes relax on.
const NEIGHBORS: f64 = 0.5;
/// Screening of that relaxation: a note reaches about seven steps far.
const SCREENING: f64 = 0.15;
/// Candidates of a note by either, beside those that are asked for.
const MORE: usize = 50;

/// A response with kinship.
pub(super) struct Kindred {
    response: Response,
    weight: f64,
    relaxed: Vectors,
    /// The nearest of every note by kinship.
    near: NeighborGraph,
    known: Vec<Vec<usize>>,
    candidates: usize,
}

/// The notes' vectors, each moved towards those that it is joined to.
pub(super) fn relaxed(soil: &Soil, web: &Web, screening: f64) -> Vectors {
    let vectors = &soil.vectors;
    let relaxed = Response::new(web, screening).relaxed(vectors.dims(), vectors.values());
    // Only opposite vectors of equal weight cancel; then nothing is gained by relaxing.
    Vectors::normalized(vectors.dims(), relaxed).unwrap_or_else(|_| vectors.clone())
}

impl Kindred {
    /// Prepares for `top` candidates per note.
    pub(super) fn new(response: Response, soil: &Soil, near: &Near<'_>, links: &[Link], top: usize) -> Self {
        let count = soil.notes.len();
        let relaxed = relaxed(soil, &Web::joined(near, NEIGHBORS, links), SCREENING);
        let candidates = top.saturating_add(MORE);
        let near = NeighborGraph::nearest(&relaxed, candidates, &Silent);
        Self { response, weight: 0.0, relaxed, near, known: ends(count, links), candidates }
    }

    /// The same where kinship weighs so much.
    pub(super) fn weighing(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    /// What a pair's score is in both directions together: kinship has none, the response is reciprocal.
    pub(super) fn mutual(&self, note: usize, other: usize, score: f64) -> f64 {
        let kinship = self.kinship(note, other);
        kinship + (score - kinship) * (1.0 + self.response.reciprocal(note, other)) / 2.0
    }

    fn kinship(&self, note: usize, other: usize) -> f64 {
        self.weight * self.relaxed.cosine(note, other)
    }

    /// Adds kinship to a row of responses.
    fn joined(&self, note: usize, row: &[f64]) -> Vec<f64> {
        /// More than kinship can be.
        const OUT: f64 = 2.0;
        let known = |other: usize| other == note || self.known[note].binary_search(&other).is_ok();
        let mut joined: Vec<f64> = row.iter().map(|response| response - OUT).collect();
        let of_response = best(row, self.candidates, known);
        for other in of_response.into_iter().chain(self.near.of(note).map(|(other, _)| other)) {
            joined[other] = row[other] + self.kinship(note, other);
        }
        joined
    }
}

impl Predictor for Kindred {
    fn scores(&self, notes: &[usize]) -> Vec<Vec<f64>> {
        let rows = self.response.rows(notes);
        if self.weight == 0.0 {
            return rows;
        }
        notes.par_iter().zip(&rows).map(|(&note, row)| self.joined(note, row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soil::{Note, SoilOptions};

    /// Notes on a ring, each linked to the next; two of them, far from each other, have the same vector.
    fn ring() -> Soil {
        let folder = tempfile::tempdir().unwrap();
        let line = |i: usize| {
            let angle = if i == 20 { 0.2 } else { 0.2 * i as f64 };
            format!("{{\"vector\": [{}, {}], \"links\": [\"{}\"]}}\n", angle.cos(), angle.sin(), (i + 1) % 30)
        };
        let path = folder.path().join("ring.jsonl");
        std::fs::write(&path, (0..30).map(line).collect::<String>()).unwrap();
        Soil::grow(&path, &SoilOptions { neighbors: 3, ..SoilOptions::default() }, &Silent).unwrap()
    }

    #[test]
    fn kinship_is_added_and_mutual_strength_is_symmetric() {
        let soil = ring();
        assert_eq!(soil.notes[3], Note { links: vec![4], targets: vec!["4".into()], ..soil.notes[3].clone() });
        let links = super::super::known_links(&soil);
        let near = Near::of(&soil.neighbors, 30);
        let response = || Response::new(&Web::joined(&near, 1.0, &links), 1.0);
        let kindred = Kindred::new(response(), &soil, &near, &links, 5).weighing(0.25);
        let notes: Vec<usize> = (0..30).collect();
        let (plain, joined) = (response().rows(&notes), kindred.scores(&notes));
        for i in 0..30 {
            for j in (0..30).filter(|&j| j != i) {
                let kinship = 0.25 * kindred.relaxed.cosine(i, j);
                assert!((joined[i][j] - plain[i][j] - kinship).abs() < 1e-12, "all are candidates of so few");
                let [there, back] = [kindred.mutual(i, j, joined[i][j]), kindred.mutual(j, i, joined[j][i])];
                assert!((there - back).abs() < 1e-5, "{there} {back}");
            }
        }
        assert_eq!(kindred.weighing(0.0).scores(&notes), plain);
    }
}
