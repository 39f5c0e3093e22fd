//! How well the map keeps neighbours together.
//!
//! In: unit vectors and positions. Out: trustworthiness (Venna & Kaski, 2001; as in scikit-learn with cosine distance)
//! `T = 1 - 2/(n k (2n - 3k - 1)) sum_i sum_{j in N_map(i)} max(0, rank(i, j) - k)`, and recall, the share of the k
//! nearest vectors that are among the k nearest on the map. Of more than 5000 notes a seeded sample is measured
//! against all. Equal distances are ranked by index. Ranks are counted by fast products ([`super::product`]); exact ones
//! are made of those that the fast ones can't tell apart, so that the figures are exact.

use rayon::prelude::*;

use super::nearby::Cells;
use super::streams::SAMPLES;
use super::vectors::Vectors;
use super::{Progress, product};
use crate::math::rng::Draw;

/// Two figures of a layout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// 1 when no stranger is near on the map; about 0.5 for a random map.
    pub trustworthiness: f64,
    /// Share of nearest neighbours that are nearest on the map too, 0 to 1.
    pub recall: f64,
    /// The number of neighbours compared: 15, or fewer among few notes.
    pub k: usize,
    /// The number of notes measured: all, or a sample.
    pub sample: usize,
}

/// Notes that one thread compares at once, and others that they meet at once.
const TILE: usize = 32;
const BLOCK: usize = 4096;
/// Neighbours compared.
const NEIGHBORS: usize = 15;
/// Up to this many notes all are measured.
const ALL: usize = 5000;
/// Of more, so many.
const SAMPLE: usize = 1000;
/// At a glance, so many at least.
const FEWEST: usize = 24;

impl Quality {
    /// Measures a layout; a map of fewer than four notes has nothing to get wrong.
    pub fn measure(vectors: &Vectors, layout: &[[f64; 2]], rng_seed: u64, progress: &dyn Progress) -> Self {
        Self::of(sample(vectors.len(), rng_seed), vectors, layout, progress)
    }

    /// The same by as many notes as a moment allows: some hundred of thousands, each compared with all.
    pub(super) fn glance(vectors: &Vectors, layout: &[[f64; 2]], rng_seed: u64) -> Self {
        /// Products of vectors' numbers.
        const PRODUCTS: usize = 200_000_000;
        let most = (PRODUCTS / (vectors.len() * vectors.dims()).max(1)).max(FEWEST);
        let mut notes = drawn(vectors.len(), rng_seed);
        notes.truncate(most);
        Self::of(notes, vectors, layout, &super::Silent)
    }

    /// By some notes, each compared with all.
    fn of(notes: Vec<usize>, vectors: &Vectors, layout: &[[f64; 2]], progress: &dyn Progress) -> Self {
        let count = vectors.len();
        progress.stage("measuring the map", notes.len() as u64);
        // The definition needs k < n/2.
        let k = NEIGHBORS.min(count.saturating_sub(1) / 2);
        if k == 0 {
            progress.advance(notes.len() as u64);
            return Self { trustworthiness: 1.0, recall: 1.0, k, sample: count };
        }
        let cells = Cells::new(layout);
        let of_tile = |tile: &[usize]| {
            let near: Vec<Vec<usize>> = tile.iter().map(|&note| cells.nearest(layout, note, k)).collect();
            progress.advance(tile.len() as u64);
            ranks(vectors, tile, &near)
        };
        let ranks: Vec<usize> = notes.par_chunks(TILE).flat_map_iter(of_tile).collect();
        let of_notes = ranks.iter().map(|&rank| (rank.saturating_sub(k), usize::from(rank <= k)));
        let (penalty, kept) = of_notes.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let [n, m, k_real, penalty, kept] = [count, notes.len(), k, penalty, kept].map(|x| x as f64);
        let trustworthiness = 1.0 - 2.0 / (m * k_real * (2.0 * n - 3.0 * k_real - 1.0)) * penalty;
        Self { trustworthiness, recall: kept / (m * k_real), k, sample: notes.len() }
    }
}

/// All notes, or distinct ones drawn at random, ascending.
fn sample(count: usize, rng_seed: u64) -> Vec<usize> {
    if count <= ALL {
        return (0..count).collect();
    }
    let mut notes = drawn(count, rng_seed);
    notes.truncate(SAMPLE);
    notes.sort_unstable();
    notes
}

/// All notes in random order.
fn drawn(count: usize, rng_seed: u64) -> Vec<usize> {
    let draw = Draw { rng_seed, stream: SAMPLES, step: 0 };
    let mut drawn: Vec<(u32, usize)> = (0..count).map(|note| (draw.bits(note as u64), note)).collect();
    drawn.sort_unstable();
    drawn.into_iter().map(|(_, note)| note).collect()
}

/// The ranks by cosine, from 1, of the notes near each of some notes.
fn ranks(vectors: &Vectors, notes: &[usize], near: &[Vec<usize>]) -> Vec<usize> {
    // Twice, since the bounds are rounded.
    let margin = 2.0 * f64::from(product::margin(vectors.dims()));
    let own: Vec<f32> = notes.iter().flat_map(|&note| vectors.row(note)).copied().collect();
    let exact: Vec<Vec<f64>> =
        notes.iter().zip(near).map(|(&note, near)| vectors.cosines(note, near.iter().copied())).collect();
    let mut ranks: Vec<Vec<usize>> = near.iter().map(|near| vec![1; near.len()]).collect();
    let mut products = Vec::new();
    for first in (0..vectors.len()).step_by(BLOCK) {
        let block = first..(first + BLOCK).min(vectors.len());
        product::products_between(vectors.dims(), &own, vectors.rows(&block), &mut products);
        for (at, row) in products.chunks_exact_mut(block.len()).enumerate() {
            let note = notes[at];
            if block.contains(&note) {
                row[note - first] = f32::NEG_INFINITY; // it is not near itself
            }
            for ((&near, &cosine), rank) in near[at].iter().zip(&exact[at]).zip(&mut ranks[at]) {
                #[expect(clippy::cast_possible_truncation, reason = "within the margin")]
                let [low, high] = [cosine - margin, cosine + margin].map(|bound| bound as f32);
                let above = |bound: f32| row.iter().map(|&product| u32::from(product > bound)).sum::<u32>() as usize;
                let (surely, perhaps) = (above(high), above(low));
                *rank += surely;
                if perhaps > surely {
                    let unsure = (first..).zip(row.iter()).filter(|(_, product)| **product > low && **product <= high);
                    let nearer = |&(other, _): &(usize, &f32)| {
                        let own = vectors.cosine(note, other);
                        own > cosine || (own == cosine && other < near)
                    };
                    *rank += unsure.filter(nearer).count();
                }
            }
        }
    }
    ranks.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_exact_products() {
        let (count, dims) = (150_u32, 6);
        // Many are the same as others.
        let number = |i: u32| f64::from(i % 311 * 7919 % 103) - 50.0;
        let rows = (0..count).flat_map(|note| (0..6).map(move |dim| number(note % 40 * 6 + dim)));
        let vectors = Vectors::normalized(dims, rows.collect()).unwrap();
        let notes: Vec<usize> = (0..150).step_by(7).collect();
        let near: Vec<Vec<usize>> = notes.iter().map(|&note| vec![(note + 1) % 150, (note + 40) % 150]).collect();
        let expected = notes.iter().zip(&near).flat_map(|(&note, near)| {
            near.iter()
                .map(|&near| {
                    let own = vectors.cosine(note, near);
                    let nearer = |&other: &usize| {
                        let product = vectors.cosine(note, other);
                        other != note && (product > own || (product == own && other < near))
                    };
                    1 + (0..150).filter(nearer).count()
                })
                .collect::<Vec<_>>()
        });
        assert_eq!(ranks(&vectors, &notes, &near), expected.collect::<Vec<_>>());
    }
}
