//! Exact nearest neighbours by cosine.
//!
//! In: unit vectors. Out: the k nearest of each, nearest first, equal distances by index. A fast product of tiles
//! ([`super::product`]) proposes candidates with a margin above its rounding error; order and distance come from the
//! fixed-order f64 product, so the answer is exact and the same everywhere. Cost: n^2 dims; memory beside the answer:
//! `TILE` n numbers per thread.

use rayon::prelude::*;

use super::vectors::{Vectors, dot};
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

/// Rows of a tile: what one thread takes at once; fewer would spend their time on reading all vectors.
const TILE: usize = 96;

impl NeighborGraph {
    /// Finds the nearest `k` (at most all others) of every vector.
    pub fn nearest(vectors: &Vectors, k: usize, progress: &dyn Progress) -> Self {
        let count = vectors.len();
        let k = k.min(count.saturating_sub(1));
        progress.stage("finding neighbours", count as u64);
        if k == 0 {
            progress.advance(count as u64);
            return Self { k, indices: Vec::new(), distances: Vec::new() };
        }
        let tiles: Vec<std::ops::Range<usize>> =
            (0..count).step_by(TILE).map(|first| first..(first + TILE).min(count)).collect();
        let found: Vec<Vec<(u32, f64)>> = tiles
            .into_par_iter()
            .map_init(Room::default, |room, rows| {
                product::products(vectors, &rows, &mut room.products);
                progress.advance(rows.len() as u64);
                let products = room.products.chunks_exact(count);
                rows.zip(products).flat_map(|(row, of)| nearest_of(vectors, row, of, k, &mut room.others)).collect()
            })
            .collect();
        let (indices, distances) = found.into_iter().flatten().unzip();
        Self { k, indices, distances }
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

/// What a thread needs again for every tile.
#[derive(Default)]
struct Room {
    products: Vec<f32>,
    others: Vec<f32>,
}

/// The nearest of one note: candidates by fast products, order by exact ones.
fn nearest_of(vectors: &Vectors, note: usize, products: &[f32], k: usize, others: &mut Vec<f32>) -> Vec<(u32, f64)> {
    others.clear();
    others.extend_from_slice(products);
    others.swap_remove(note);
    let (_, last, _) = others.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
    // Both the last of the nearest and a candidate may be off by the margin.
    let floor = *last - 2.0 * product::margin(vectors.dims());
    let mut candidates: Vec<(u32, f64)> = (0_u32..)
        .zip(products)
        .filter(|&(other, product)| *product >= floor && other as usize != note)
        .map(|(other, _)| (other, dot(vectors.row(note), vectors.row(other as usize))))
        .collect();
    candidates.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    candidates.truncate(k);
    candidates.iter_mut().for_each(|(_, product)| *product = (1.0 - *product).max(0.0));
    candidates
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
