//! How strongly neighbours attract each other on the map.
//!
//! In: the neighbour graph. Out: symmetric weights `p_ij` of sum 1 over all ordered pairs. For every note a Gaussian of
//! the distance, as wide as to count a third of its neighbours in full (perplexity, t-SNE), then the mean of both
//! directions.

use rayon::prelude::*;

use super::neighbors::NeighborGraph;
use crate::math::elementary::scalar64::{exp, log};

/// Sparse symmetric weights.
pub(super) struct Affinities {
    begin: Vec<usize>,
    edges: Vec<(u32, f64)>,
}

impl Affinities {
    /// The others that attract a note, by index, with their weights.
    pub(super) fn of(&self, note: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.edges[self.begin[note]..self.begin[note + 1]].iter().map(|&(other, weight)| (other as usize, weight))
    }
}

/// The weights of `count` notes.
pub(super) fn of(neighbors: &NeighborGraph, count: usize) -> Affinities {
    let rows: Vec<Vec<f64>> = (0..count).into_par_iter().map(|note| conditional(neighbors, note)).collect();
    let mut lists: Vec<Vec<(u32, f64)>> = vec![Vec::new(); count];
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
    let share = 0.5 / count as f64;
    for (note, weights) in (0_u32..).zip(&rows) {
        for ((other, _), weight) in neighbors.of(note as usize).zip(weights) {
            lists[note as usize].push((u32::try_from(other).expect("an index of the graph"), share * weight));
            lists[other].push((note, share * weight));
        }
    }
    let mut affinities = Affinities { begin: vec![0], edges: Vec::new() };
    for mut list in lists {
        list.sort_by_key(|(other, _)| *other);
        for (other, weight) in list {
            let begin = *affinities.begin.last().expect("never empty");
            match affinities.edges[begin..].last_mut() {
                Some((last, sum)) if *last == other => *sum += weight,
                _ => affinities.edges.push((other, weight)),
            }
        }
        affinities.begin.push(affinities.edges.len());
    }
    affinities
}

/// Gaussian weights of the neighbours of one note, of sum 1, with the wanted entropy (by bisection).
fn conditional(neighbors: &NeighborGraph, note: usize) -> Vec<f64> {
    // Squared Euclidean distances of unit vectors are twice the cosine distances; the factor goes into `beta`.
    let distances: Vec<f64> = neighbors.of(note).map(|(_, distance)| distance).collect();
    let Some(&nearest) = distances.first() else { return Vec::new() };
    #[expect(clippy::cast_precision_loss, reason = "a handful of neighbours")]
    let perplexity = (distances.len() as f64 / 3.0).max(1.0);
    let wanted = log(perplexity);
    let spread = distances.last().expect("not empty") - nearest;
    if spread <= 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "a handful of neighbours")]
        return vec![1.0 / distances.len() as f64; distances.len()];
    }
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut beta = 1.0 / spread;
    let mut weights = Vec::new();
    for _ in 0..60 {
        weights = distances.iter().map(|distance| exp(-beta * (distance - nearest))).collect();
        let sum = weights.iter().fold(0.0, |sum, weight| sum + weight);
        let mean = weights.iter().zip(&distances).fold(0.0, |mean, (w, d)| mean + w * (d - nearest)) / sum;
        weights.iter_mut().for_each(|weight| *weight /= sum);
        // Entropy of exp(-beta d) / sum.
        if log(sum) + beta * mean > wanted {
            low = beta;
            beta = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * beta };
        } else {
            high = beta;
            beta = 0.5 * (low + high);
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_symmetric_and_sum_to_one() {
        let graph = NeighborGraph {
            k: 2,
            indices: vec![1, 2, 0, 2, 1, 3, 2, 1],
            distances: vec![0.1, 0.5, 0.1, 0.2, 0.2, 0.2, 0.2, 0.9],
        };
        let affinities = of(&graph, 4);
        let weight = |i: usize, j: usize| affinities.of(i).find(|(other, _)| *other == j).map_or(0.0, |(_, w)| w);
        let mut sum = 0.0;
        for i in 0..4 {
            for j in 0..4 {
                assert_eq!(weight(i, j), weight(j, i));
                sum += weight(i, j);
            }
        }
        assert!((sum - 1.0).abs() < 1e-14);
        assert!(weight(0, 1) > weight(0, 2));
    }
}
