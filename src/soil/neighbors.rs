//! Exact nearest neighbours by cosine.
//!
//! In: unit vectors. Out: the k nearest of each, nearest first, equal distances by index. A fast f32 product of tiles
//! proposes candidates with a margin above its rounding error; order and distance come from the fixed-order f64
//! product, so the answer is exact and the same everywhere. Cost: n^2 dims; memory beside the answer: n per thread.

use rayon::prelude::*;

use super::Progress;
use super::vectors::{Vectors, dot};

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

/// Rows whose products are computed together, in registers.
const ROWS: usize = 4;
/// Rows of a tile: what one thread takes at once.
const TILE: usize = 32;
/// Vectors that a tile is multiplied with before the next ones, so that both stay in cache.
const COLUMNS: usize = 64;

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
            .flat_map_iter(|rows| {
                let products = products(vectors, &rows);
                progress.advance(rows.len() as u64);
                let first = rows.start;
                rows.map(move |row| nearest_of(vectors, row, &products[(row - first) * count..][..count], k))
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

    /// The neighbours of a note with their distances, nearest first.
    pub fn of(&self, note: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = note * self.k..(note + 1) * self.k;
        self.indices[range.clone()].iter().map(|&index| index as usize).zip(self.distances[range].iter().copied())
    }
}

/// Products in f32 of a tile of rows with all vectors, row by row.
fn products(vectors: &Vectors, rows: &std::ops::Range<usize>) -> Vec<f32> {
    let count = vectors.len();
    let mut products = vec![0.0; rows.len() * count];
    for first_column in (0..count).step_by(COLUMNS) {
        for first in rows.clone().step_by(ROWS) {
            let group: [usize; ROWS] = std::array::from_fn(|row| (first + row).min(rows.end - 1));
            for column in first_column..(first_column + COLUMNS).min(count) {
                let of_rows = fast_products(group.map(|row| vectors.row(row)), vectors.row(column));
                for (row, product) in group.into_iter().zip(of_rows) {
                    products[(row - rows.start) * count + column] = product;
                }
            }
        }
    }
    products
}

/// Four products at once; the order of their sums is immaterial.
fn fast_products(rows: [&[f32]; ROWS], other: &[f32]) -> [f32; ROWS] {
    let [mut s0, mut s1, mut s2, mut s3] = [[0.0_f32; 8]; ROWS];
    let [(a, a_rest), (b, b_rest), (c, c_rest), (d, d_rest)] = rows.map(|row| row.as_chunks::<8>());
    let (y, y_rest) = other.as_chunks::<8>();
    for ((((y, a), b), c), d) in y.iter().zip(a).zip(b).zip(c).zip(d) {
        for lane in 0..8 {
            s0[lane] += a[lane] * y[lane];
            s1[lane] += b[lane] * y[lane];
            s2[lane] += c[lane] * y[lane];
            s3[lane] += d[lane] * y[lane];
        }
    }
    let rest = |row: &[f32]| row.iter().zip(y_rest).map(|(x, y)| x * y).sum::<f32>();
    let sum = |lanes: [f32; 8], row: &[f32]| lanes.iter().sum::<f32>() + rest(row);
    [sum(s0, a_rest), sum(s1, b_rest), sum(s2, c_rest), sum(s3, d_rest)]
}

/// The nearest of one note: candidates by f32, order by f64.
fn nearest_of(vectors: &Vectors, note: usize, products: &[f32], k: usize) -> Vec<(u32, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "an error bound")]
    let margin = 2.0 * (vectors.dims() as f32 + 8.0) * f32::EPSILON;
    let mut others: Vec<f32> = products.to_vec();
    others.swap_remove(note);
    let (_, last, _) = others.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
    let floor = *last - margin;
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
