//! The connection Laplacian, `(L u)_i = sum_j w_ij (u_i - e^{i theta_ij} u_j)`, as it stands or normalised.
//!
//! In: edges with angles and weights. Out: a Hermitian operator without negative eigenvalues, and its lowest ones. Its
//! lowest eigenvalue is 0 exactly where frames can be chosen so that no edge turns; a small field whose gain is mu
//! grows at the rate `mu - lambda_min(L)`. Normalised, `d^-1/2 L d^-1/2` with the strengths d, the eigenvalues lie in [0, 2]
//! and a loosely tied note weighs no less than others: what Cheeger's inequality for frustration is about (Bandeira,
//! Singer & Spielman, SIAM J. Matrix Anal. Appl. 34, 2013). Every row adds up its neighbours in ascending order.

use rayon::prelude::*;

use super::Edge;
use crate::math::complex::Complex;
use crate::math::elementary::scalar64::sin_cos;
use crate::math::lanczos::{Lowest, lowest};
use crate::math::rng::Draw;
use crate::soil::streams::LANCZOS;

/// Rows that one thread applies at once.
const ROWS: usize = 256;

/// A Hermitian matrix on the notes of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionLaplacian {
    begin: Vec<usize>,
    /// Column and `-w_ij e^{i theta_ij}`, by rows, columns ascending.
    entries: Vec<(u32, Complex)>,
    diagonal: Vec<f64>,
}

impl ConnectionLaplacian {
    /// `L` of `count` notes.
    pub fn new(count: usize, edges: &[Edge]) -> Self {
        let mut strengths = vec![0.0; count];
        edges.iter().for_each(|edge| edge.ends.iter().for_each(|&end| strengths[end as usize] += edge.weight));
        Self::scaled(edges, strengths, &vec![1.0; count])
    }

    /// `d^-1/2 L d^-1/2`; the row of a note without ties is zero.
    pub fn normalized(count: usize, edges: &[Edge]) -> Self {
        let plain = Self::new(count, edges);
        let factors: Vec<f64> =
            plain.diagonal.iter().map(|&strength| if strength > 0.0 { 1.0 / strength.sqrt() } else { 0.0 }).collect();
        let diagonal = plain.diagonal.iter().map(|&strength| f64::from(u8::from(strength > 0.0))).collect();
        Self::scaled(edges, diagonal, &factors)
    }

    fn scaled(edges: &[Edge], diagonal: Vec<f64>, factors: &[f64]) -> Self {
        let mut rows: Vec<Vec<(u32, Complex)>> = vec![Vec::new(); diagonal.len()];
        for edge in edges.iter().filter(|edge| edge.weight > 0.0) {
            let [i, j] = edge.ends;
            let (sin, cos) = sin_cos(edge.angle);
            let entry = Complex::new(-cos, -sin).scale(edge.weight * (factors[i as usize] * factors[j as usize]));
            rows[i as usize].push((j, entry));
            rows[j as usize].push((i, entry.conj()));
        }
        let mut begin = vec![0];
        let mut entries = Vec::new();
        for mut row in rows {
            row.sort_by_key(|(column, _)| *column);
            entries.append(&mut row);
            begin.push(entries.len());
        }
        Self { begin, entries, diagonal }
    }

    /// The operator's action.
    pub fn apply(&self, u: &[Complex]) -> Vec<Complex> {
        let row = |i: usize| {
            let off = self.entries[self.begin[i]..self.begin[i + 1]].iter();
            off.fold(u[i].scale(self.diagonal[i]), |sum, &(j, entry)| sum + entry * u[j as usize])
        };
        (0..self.diagonal.len()).into_par_iter().with_min_len(ROWS).map(row).collect()
    }

    /// The `count` lowest eigenpairs, to residuals of `accuracy` times the operator's size.
    pub fn lowest(&self, count: usize, accuracy: f64, rng_seed: u64) -> Lowest {
        let draw = Draw { rng_seed, stream: LANCZOS, step: 0 };
        lowest(self.diagonal.len(), count, accuracy, draw, |u| self.apply(u))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{PI, TAU};

    fn ring(count: u32, turn: f64) -> Vec<Edge> {
        let edge = |i: u32, j: u32, angle: f64| Edge { ends: [i, j], angle, confidence: 1.0, weight: 1.0 };
        let mut edges: Vec<Edge> = (0..count - 1).map(|i| edge(i, i + 1, 0.0)).collect();
        // From the last to the first, which is stored the other way round.
        edges.insert(1, edge(0, count - 1, -turn));
        edges
    }

    #[test]
    fn a_ring_has_the_eigenvalues_of_its_holonomy() {
        for turn in [PI, 1.0] {
            let mut expected: Vec<f64> =
                (0..12).map(|m| 2.0 - 2.0 * ((TAU * f64::from(m) + turn) / 12.0).cos()).collect();
            expected.sort_by(f64::total_cmp);
            let found = ConnectionLaplacian::new(12, &ring(12, turn)).lowest(12, 1e-12, 1).values;
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "{found:?} {expected:?}");
            let halves = ConnectionLaplacian::normalized(12, &ring(12, turn)).lowest(1, 1e-12, 1).values;
            assert!((2.0 * halves[0] - expected[0]).abs() < 1e-13);
        }
    }

    #[test]
    fn frames_that_can_be_made_parallel_cost_nothing() {
        let frame = |note: u32| f64::from(note * note) * 0.61;
        let pairs = (0..200_u32).flat_map(|i| (i + 1..200.min(i + 4)).map(move |j| [i, j]));
        let edges: Vec<Edge> = pairs
            .map(|[i, j]| Edge {
                ends: [i, j],
                angle: frame(i) - frame(j),
                confidence: 1.0,
                weight: 0.3 + frame(i) % 1.0,
            })
            .collect();
        let least = ConnectionLaplacian::normalized(200, &edges).lowest(1, 1e-9, 7);
        assert!(least.values[0].abs() < 1e-12, "{:?}", least.values);
        // The eigenvector is the field of parallel frames.
        let parallel = |i: usize, j: usize| least.vectors[0][i] * least.vectors[0][j].conj();
        let expected = frame(3) - frame(50);
        let found = parallel(3, 50);
        assert!((found.im / found.abs() - expected.sin()).abs() < 1e-6);
    }
}
