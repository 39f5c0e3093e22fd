//! Who could be linked to whom, by five methods.
//!
//! In: what each method knows. Out: rows of scores. [`Response`] is semafield's own, and personalised PageRank on
//! another graph; cosine and Adamic-Adar (Social Networks 25, 2003) know one thing each.

use rayon::prelude::*;

use super::Link;
use super::recall::{Predictor, ends};
use super::response::Response;
use super::web::Web;
use crate::math::elementary::scalar64::log;
use crate::soil::{NeighborGraph, Silent, Vectors};

/// Damping 0.85 of PageRank (Brin & Page 1998) as a screening: `1 / damping - 1`.
pub(super) const PAGERANK_SCREENING: f64 = 0.15 / 0.85;

impl Predictor for Response {
    fn scores(&self, notes: &[usize]) -> Vec<Vec<f64>> {
        self.rows(notes)
    }
}

/// Personalised PageRank on a graph.
pub(super) fn pagerank(web: &Web) -> Response {
    Response::new(web, PAGERANK_SCREENING)
}

/// The cosine of the vectors. Only the nearest can be among the best, so the others are left out where it is safe: each row
/// holds exact cosines of more notes than `top` and the known links together, and of the rest something smaller.
pub(super) struct Cosine<'a> {
    vectors: &'a Vectors,
    near: NeighborGraph,
    /// Notes with so many known links that their rows have to be whole.
    whole: Vec<bool>,
}

impl<'a> Cosine<'a> {
    /// Prepares for `top` candidates per note beside the known links.
    pub(super) fn new(vectors: &'a Vectors, links: &[Link], top: usize) -> Self {
        /// Known links of a note up to which its row is short.
        const LINKS: usize = 50;
        let near = NeighborGraph::nearest(vectors, top.saturating_add(LINKS), &Silent);
        let whole = ends(vectors.len(), links).iter().map(|known| known.len() > LINKS).collect();
        Self { vectors, near, whole }
    }
}

impl Predictor for Cosine<'_> {
    fn scores(&self, notes: &[usize]) -> Vec<Vec<f64>> {
        /// Below every cosine.
        const OUT: f64 = -2.0;
        let count = self.vectors.len();
        let row = |&note: &usize| {
            if self.whole[note] {
                return self.vectors.cosines(note, 0..count);
            }
            let mut row = vec![OUT; count];
            let near = || self.near.of(note).map(|(other, _)| other);
            near().zip(self.vectors.cosines(note, near())).for_each(|(other, cosine)| row[other] = cosine);
            row
        };
        notes.par_iter().map(row).collect()
    }
}

/// Common neighbours by links, each weighed by `1 / log(its links)`.
pub(super) struct AdamicAdar {
    ends: Vec<Vec<usize>>,
}

impl AdamicAdar {
    pub(super) fn new(count: usize, links: &[Link]) -> Self {
        Self { ends: ends(count, links) }
    }
}

impl Predictor for AdamicAdar {
    fn scores(&self, notes: &[usize]) -> Vec<Vec<f64>> {
        let row = |&note: &usize| {
            let mut row = vec![0.0; self.ends.len()];
            for &between in &self.ends[note] {
                let others = &self.ends[between];
                // A note between two others has at least two links.
                let weight = if others.len() > 1 { 1.0 / log(others.len() as f64) } else { 0.0 };
                others.iter().for_each(|&other| row[other] += weight);
            }
            row
        };
        notes.par_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adamic_adar_weighs_rare_friends_more() {
        let predictor = AdamicAdar::new(6, &[[0, 1], [1, 2], [0, 3], [3, 2], [3, 4], [3, 5]]);
        let row = &predictor.scores(&[0])[0];
        assert!((row[2] - (1.0 / 2.0_f64.ln() + 1.0 / 4.0_f64.ln())).abs() < 1e-14);
        assert!((row[4] - 1.0 / 4.0_f64.ln()).abs() < 1e-14);
        assert_eq!(row[1], 0.0);
    }

    #[test]
    fn short_rows_of_cosines_find_the_same_best() {
        use super::super::recall::Riddle;
        let numbers = (0..300 * 5_u32).map(|i| f64::from(i * i % 1009 * 7919 % 2003) - 1001.0);
        let vectors = Vectors::normalized(5, numbers.collect()).unwrap();
        // Note 0 knows more than 50 others, so its row is whole.
        let known: Vec<Link> = (1..80).map(|other| [0, other]).chain((1..150).map(|i| [i, i + 100])).collect();
        let hidden: Vec<Link> = (0..40).map(|i| [i, 290 - i]).collect();
        let riddle = Riddle::new(300, &known, &hidden);
        struct Brute<'a>(&'a Vectors);
        impl Predictor for Brute<'_> {
            fn scores(&self, notes: &[usize]) -> Vec<Vec<f64>> {
                notes.iter().map(|&note| (0..self.0.len()).map(|other| self.0.cosine(note, other)).collect()).collect()
            }
        }
        for top in [1, 10, 100, 400] {
            let short = riddle.recall(&Cosine::new(&vectors, &known, top), top);
            assert_eq!(short, riddle.recall(&Brute(&vectors), top), "{top}");
        }
    }

    #[test]
    fn pagerank_is_the_power_iteration() {
        let links = [[0, 1], [1, 2], [2, 3], [1, 3]];
        let row = &pagerank(&Web::plain(None, 4, &links)).scores(&[0])[0];
        let ends = ends(4, &links);
        let mut rank = [1.0, 0.0, 0.0, 0.0];
        for _ in 0..200 {
            let mut next = [0.15, 0.0, 0.0, 0.0];
            for (note, others) in ends.iter().enumerate() {
                others.iter().for_each(|&other| next[other] += 0.85 * rank[note] / others.len() as f64);
            }
            rank = next;
        }
        for (found, expected) in row.iter().zip(rank) {
            assert!((found - expected).abs() < 1e-5, "{row:?} {rank:?}");
        }
    }
}
