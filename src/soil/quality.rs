//! How well the map keeps neighbours together.
//!
//! In: unit vectors and positions. Out: trustworthiness (Venna & Kaski, 2001; as in scikit-learn with cosine distance)
//! `T = 1 - 2/(n k (2n - 3k - 1)) sum_i sum_{j in N_map(i)} max(0, rank(i, j) - k)`, and recall, the share of the k
//! nearest vectors that are among the k nearest on the map. Of more than 5000 notes a seeded sample is measured
//! against all. Equal distances are ranked by index.

use rayon::prelude::*;

use super::Progress;
use super::streams::SAMPLES;
use super::vectors::Vectors;
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
        let of_notes: Vec<(usize, usize)> = notes
            .par_iter()
            .map(|&note| {
                progress.advance(1);
                compare(vectors, layout, note, k)
            })
            .collect();
        let (penalty, kept) = of_notes.iter().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
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

/// Of one note: the ranks beyond k of those near on the map, and how many of them are near as vectors.
fn compare(vectors: &Vectors, layout: &[[f64; 2]], note: usize, k: usize) -> (usize, usize) {
    let count = layout.len();
    let on_map = |other: usize| {
        let difference = [layout[other][0] - layout[note][0], layout[other][1] - layout[note][1]];
        difference[0] * difference[0] + difference[1] * difference[1]
    };
    let mut others: Vec<(f64, usize)> =
        (0..count).filter(|&other| other != note).map(|other| (on_map(other), other)).collect();
    let by_distance = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    others.select_nth_unstable_by(k - 1, by_distance);
    let products = vectors.cosines(note, 0..count);
    let (mut penalty, mut kept) = (0, 0);
    for &(_, near) in &others[..k] {
        let nearer = |(other, product): &(usize, &f64)| {
            *other != note && (**product > products[near] || (**product == products[near] && *other < near))
        };
        let rank = 1 + products.iter().enumerate().filter(nearer).count();
        penalty += rank.saturating_sub(k);
        kept += usize::from(rank <= k);
    }
    (penalty, kept)
}
