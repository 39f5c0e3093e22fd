//! How strongly neighbours attract each other on the map.
//!
//! In: the neighbour graph. Out: symmetric weights `p_ij` of sum 1 over all ordered pairs. The weight of a neighbour falls
//! linearly with its rank; both directions add up. Ranks instead of t-SNE's Gaussians of the distance: in spaces of
//! text, distances to neighbours hardly differ, and maps by rank are measurably more trustworthy.

use super::neighbors::NeighborGraph;

/// The weight of the last neighbour is this much less than that of the first.
const FALL: f64 = 0.5;

/// Sparse symmetric weights.
#[derive(Clone, Debug)]
pub(super) struct Affinities {
    begin: Vec<usize>,
    edges: Vec<(u32, f32)>,
}

impl Affinities {
    /// The others that attract a note, by index, with their weights.
    pub(super) fn of(&self, note: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.edges[self.begin[note]..self.begin[note + 1]].iter().map(|&(other, weight)| (other as usize, weight))
    }
}

/// The weights of `count` notes.
pub(super) fn of(neighbors: &NeighborGraph, count: usize) -> Affinities {
    let ranks: Vec<f64> = (0..neighbors.k).map(|rank| 1.0 - FALL * rank as f64 / neighbors.k as f64).collect();
    let sum = 2.0 * count as f64 * ranks.iter().fold(0.0, |sum, weight| sum + weight);
    #[expect(clippy::cast_possible_truncation, reason = "forces are computed in f32")]
    let shares: Vec<f32> = ranks.iter().map(|weight| (weight / sum) as f32).collect();
    let name = |note: usize| u32::try_from(note).expect("notes are numbered by u32");
    let pairs = || {
        (0..count)
            .flat_map(|note| neighbors.of(note).zip(&shares).map(move |((other, _), share)| (note, other, *share)))
    };
    let mut begin = vec![0; count + 1];
    for (note, other, _) in pairs() {
        begin[note + 1] += 1;
        begin[other + 1] += 1;
    }
    (0..count).for_each(|note| begin[note + 1] += begin[note]);
    let mut edges = vec![(0, 0.0); begin[count]];
    let mut next = begin[..count].to_vec();
    for (note, other, share) in pairs() {
        for (from, to) in [(note, other), (other, note)] {
            edges[next[from]] = (name(to), share);
            next[from] += 1;
        }
    }
    merged(Affinities { begin, edges })
}

/// The same with one edge for two between the same notes.
fn merged(Affinities { mut begin, mut edges }: Affinities) -> Affinities {
    let (mut kept, mut first) = (0, 0);
    for end in &mut begin[1..] {
        let last = *end;
        edges[first..last].sort_by_key(|(other, _)| *other);
        let own = kept;
        for at in first..last {
            let (other, weight) = edges[at];
            if kept > own && edges[kept - 1].0 == other {
                edges[kept - 1].1 += weight;
            } else {
                edges[kept] = (other, weight);
                kept += 1;
            }
        }
        (*end, first) = (kept, last);
    }
    edges.truncate(kept);
    edges.shrink_to_fit();
    Affinities { begin, edges }
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
                sum += f64::from(weight(i, j));
            }
        }
        assert!((sum - 1.0).abs() < 1e-6);
        assert!(weight(0, 1) > weight(0, 2));
    }
}
