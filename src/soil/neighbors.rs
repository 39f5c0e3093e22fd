//! Exact nearest neighbours by cosine.
//!
//! In: unit vectors. Out: the k nearest of each, nearest first, equal distances by index. A fast product of tiles
//! ([`super::product`]), one for every two panels of notes, proposes candidates to both with a margin above its rounding
//! error ([`super::shortlist`]); order and distance come from the fixed-order f64 product, so the answer is exact and
//! the same everywhere. Cost: n^2 dims; memory beside the answer: a tile per thread, and the lists of candidates.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::shortlist::{Shortlists, propose, propose_among};
use super::vectors::Vectors;
use super::{Progress, product};
use crate::math::elementary::scalar64::exp;

/// The `k` nearest of every note.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborGraph {
    /// Neighbours per note: as many as asked for, or all others.
    pub k: usize,
    /// Indices, `k` per note, nearest first.
    pub indices: Vec<u32>,
    /// Cosine distances `1 - cos`, in the order of `indices`.
    pub distances: Vec<f64>,
}

/// Notes of a panel: with fewer, a thread would spend its time on reading vectors; with more, few notes keep few threads
/// busy.
const PANEL: usize = 512;

impl NeighborGraph {
    /// Finds the nearest `k` (at most all others) of every vector.
    pub fn nearest(vectors: &Vectors, k: usize, progress: &dyn Progress) -> Self {
        let count = vectors.len();
        let k = k.min(count.saturating_sub(1));
        let panel = PANEL.min(count.div_ceil(2 * rayon::current_num_threads())).max(1);
        let panels: Vec<Range<usize>> =
            (0..count).step_by(panel).map(|first| first..(first + panel).min(count)).collect();
        let tiles = panels.len() * (panels.len() + 1) / 2;
        progress.stage("finding neighbours", tiles as u64);
        if k == 0 {
            progress.advance(tiles as u64);
            return Self { k, indices: Vec::new(), distances: Vec::new() };
        }
        let shortlists: Vec<_> = panels.iter().map(|notes| Mutex::new(Shortlists::new(vectors, notes, k))).collect();
        let pairs = (0..panels.len() * panels.len()).into_par_iter().map(|at| [at / panels.len(), at % panels.len()]);
        pairs.filter(|[row, column]| row <= column).for_each_init(Vec::new, |products, [row, column]| {
            product::products(vectors, &panels[row], &panels[column], products);
            // Whoever holds one and waits for the other holds the lower.
            let mut own = locked(&shortlists[row]);
            if row == column {
                propose_among(&mut own, products);
            } else {
                propose(&mut own, &mut locked(&shortlists[column]), products);
            }
            progress.advance(1);
        });
        let of_panel =
            |lists: Mutex<Shortlists<'_>>| lists.into_inner().unwrap_or_else(PoisonError::into_inner).nearest();
        let found: Vec<Vec<(u32, f64)>> = shortlists.into_par_iter().map(of_panel).collect();
        // Room for all at once: what grows takes up to twice as much for a while.
        let mut graph = Self { k, indices: Vec::with_capacity(count * k), distances: Vec::with_capacity(count * k) };
        for (note, distance) in found.into_iter().flatten() {
            graph.indices.push(note);
            graph.distances.push(distance);
        }
        graph
    }

    /// The same graph with fewer neighbours.
    pub(super) fn truncated(&self, k: usize) -> Self {
        let k = k.min(self.k);
        let first = |all: &[u32]| all.chunks(self.k.max(1)).flat_map(|of| of[..k].to_vec()).collect();
        let distances = self.distances.chunks(self.k.max(1)).flat_map(|of| of[..k].to_vec()).collect();
        Self { k, indices: first(&self.indices), distances }
    }

    /// Every two notes of which one is among the nearest of the other, lower first, ascending, with their nearness
    /// `e^(-d/s)`: d the cosine distance, half the squared Euclidean one, and s the mean of all.
    pub fn pairs(&self) -> Vec<([u32; 2], f64)> {
        let mean = self.distances.iter().fold(0.0, |sum, distance| sum + distance) / self.distances.len().max(1) as f64;
        let nearness = |distance: f64| if mean > 0.0 { exp(-distance / mean) } else { 1.0 };
        let near = |(of, (&other, &distance)): (usize, (&u32, &f64))| {
            let note = u32::try_from(of / self.k).expect("notes are numbered by u32");
            ([note.min(other), note.max(other)], nearness(distance))
        };
        let mut pairs: Vec<_> = self.indices.iter().zip(&self.distances).enumerate().map(near).collect();
        pairs.sort_by_key(|(ends, _)| *ends);
        pairs.dedup_by_key(|(ends, _)| *ends);
        pairs
    }

    /// The neighbours of a note with their distances, nearest first.
    pub fn of(&self, note: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = note * self.k..(note + 1) * self.k;
        self.indices[range.clone()].iter().map(|&index| index as usize).zip(self.distances[range].iter().copied())
    }
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soil::Silent;

    #[test]
    fn agrees_with_brute_force_and_keeps_duplicates_in_order() {
        let dims = 19;
        let mut rows: Vec<f64> =
            (0..60 * 19_u32).map(|i| f64::from((i * i % 1009 * 7919 + i) % 1009) - 504.0).collect();
        let copy = rows[..dims].to_vec();
        rows[30 * dims..31 * dims].copy_from_slice(&copy);
        rows[45 * dims..46 * dims].copy_from_slice(&copy);
        let vectors = Vectors::normalized(dims, rows).unwrap();
        let graph = NeighborGraph::nearest(&vectors, 7, &Silent);
        for note in 0..60 {
            let mut all: Vec<(usize, f64)> =
                (0..60).filter(|&other| other != note).map(|other| (other, vectors.cosine(note, other))).collect();
            all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let expected: Vec<usize> = all[..7].iter().map(|(other, _)| *other).collect();
            assert_eq!(graph.of(note).map(|(other, _)| other).collect::<Vec<_>>(), expected, "{note}");
        }
        assert_eq!(graph.of(0).take(2).map(|(other, _)| other).collect::<Vec<_>>(), [30, 45]);
    }

    #[test]
    fn fewer_notes_than_neighbours() {
        let vectors = Vectors::normalized(1, vec![1.0, -1.0, 2.0]).unwrap();
        let graph = NeighborGraph::nearest(&vectors, 15, &Silent);
        assert_eq!((graph.k, graph.indices), (2, vec![2, 1, 0, 2, 0, 1]));
        assert_eq!(NeighborGraph::nearest(&Vectors::normalized(2, vec![1.0, 0.0]).unwrap(), 15, &Silent).k, 0);
    }
}
