//! Tangent planes of notes, by local PCA.
//!
//! In: unit vectors and their nearest neighbours. Out: per note two orthonormal tangent vectors, and by how much they
//! stand out. A note and its neighbours, weighted by `exp(-d^2 / r^2)` with r the chord to the last of them, span the two
//! leading directions of their covariance, found through the Gram matrix: the cost does not grow with the square of
//! the dimension. Vectors are kept in f32, like those of the notes.

use rayon::prelude::*;

use crate::math::elementary::scalar64::exp;
use crate::math::symmetric::leading_eigenpairs;
use crate::soil::neighbors::NeighborGraph;
use crate::soil::vectors::{Vectors, dot};

use super::Overlap;

/// A direction of less variance than this share of the first is none.
const FLAT: f64 = 1e-9;

/// Two tangent vectors per note.
#[derive(Clone, Debug, PartialEq)]
pub struct TangentPlanes {
    dims: usize,
    /// The two vectors of note 0, then of note 1, ...; zeros where there is no plane.
    vectors: Vec<f32>,
    /// `(lambda_2 - lambda_3) / lambda_2` of each note's covariance, 0 to 1: near 0, the plane is arbitrary.
    pub gaps: Vec<f64>,
}

impl TangentPlanes {
    /// The planes of all notes.
    pub fn of(vectors: &Vectors, neighbors: &NeighborGraph) -> Self {
        let dims = vectors.dims();
        let mut planes = Self { dims, vectors: vec![0.0; 2 * dims * vectors.len()], gaps: vec![0.0; vectors.len()] };
        let rows = planes.vectors.par_chunks_mut(2 * dims).zip(&mut planes.gaps).enumerate();
        rows.for_each(|(note, (plane, gap))| *gap = span(vectors, neighbors, note, plane));
        planes
    }

    /// Number of notes.
    pub fn len(&self) -> usize {
        self.gaps.len()
    }

    /// Whether there are no notes.
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// `B_i^T B_j`.
    pub fn overlap(&self, i: usize, j: usize) -> Overlap {
        let tangent = |note: usize, k: usize| &self.vectors[(2 * note + k) * self.dims..][..self.dims];
        [0, 1].map(|k| [0, 1].map(|l| dot(tangent(i, k), tangent(j, l))))
    }
}

/// Writes the plane of one note, if it has one, and gives its gap.
fn span(vectors: &Vectors, neighbors: &NeighborGraph, note: usize, plane: &mut [f32]) -> f64 {
    let members: Vec<usize> = std::iter::once(note).chain(neighbors.of(note).map(|(other, _)| other)).collect();
    let size = members.len();
    if size < 3 {
        return 0.0;
    }
    let reach = neighbors.of(note).last().map_or(0.0, |(_, distance)| distance);
    let weigh = |distance: f64| if reach > 0.0 { exp(-distance / reach) } else { 1.0 };
    let mut weights: Vec<f64> = std::iter::once(1.0).chain(neighbors.of(note).map(|(_, d)| weigh(d))).collect();
    let total = weights.iter().fold(0.0, |sum, weight| sum + weight);
    weights.iter_mut().for_each(|weight| *weight /= total);
    let matrix = covariance(vectors, &members, &weights).into_iter().map(|x| [x]).collect();
    let (values, rotations) = leading_eigenpairs(size, 3, matrix);
    let (values, rotations) = (values.into_flattened(), rotations.into_flattened());
    if values[1] <= FLAT * values[0] || values[0] <= 0.0 {
        return 0.0;
    }
    // The tangent vector k is sum_a sqrt(w_a) e_ka v_a / sqrt(value_k); the mean drops out, since sum_a sqrt(w_a) e_ka = 0.
    for (k, tangent) in plane.chunks_exact_mut(vectors.dims()).enumerate() {
        let mut sum = vec![0.0; vectors.dims()];
        for (a, &member) in members.iter().enumerate() {
            let share = weights[a].sqrt() * rotations[k * size + a] / values[k].sqrt();
            sum.iter_mut().zip(vectors.row(member)).for_each(|(sum, &x)| *sum += share * f64::from(x));
        }
        #[expect(clippy::cast_possible_truncation, reason = "vectors are kept in f32")]
        tangent.iter_mut().zip(sum).for_each(|(slot, x)| *slot = x as f32);
    }
    ((values[1] - values[2].max(0.0)) / values[1]).clamp(0.0, 1.0)
}

/// `sqrt(w_a w_b) (v_a - m) . (v_b - m)` with the weighted mean m: the covariance's spectrum, in the span of the notes.
fn covariance(vectors: &Vectors, members: &[usize], weights: &[f64]) -> Vec<f64> {
    let size = members.len();
    let mut gram = vec![0.0; size * size];
    for a in 0..size {
        for b in 0..=a {
            let product = vectors.cosine(members[a], members[b]);
            gram[a * size + b] = product;
            gram[b * size + a] = product;
        }
    }
    let weighted = |row: &[f64]| row.iter().zip(weights).fold(0.0, |sum, (x, weight)| sum + weight * x);
    let with_mean: Vec<f64> = gram.chunks_exact(size).map(weighted).collect();
    let of_mean = weighted(&with_mean);
    for a in 0..size {
        for b in 0..size {
            let centered = gram[a * size + b] - with_mean[a] - with_mean[b] + of_mean;
            gram[a * size + b] = weights[a].sqrt() * weights[b].sqrt() * centered;
        }
    }
    gram
}
